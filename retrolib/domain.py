"""What the functions of retrolib accept; anything else is refused here, by name and value."""

from __future__ import annotations

import math
import operator
import reprlib
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import ArrayLike

__all__ = [
    "MAX_DIFFERENCE",
    "MAX_DIMENSIONS",
    "MAX_SAMPLE",
    "FloatArray",
    "angle",
    "brief",
    "broadcast_shape",
    "correlations",
    "correlations_of",
    "exponent",
    "fraction",
    "fractions",
    "function",
    "generator",
    "holds_numbers",
    "integer",
    "joint",
    "masses",
    "of_spins",
    "one_of",
    "overflow_is_an_error",
    "row",
    "sample_shape",
    "scalar",
    "weights_of",
    "width",
]

FloatArray: TypeAlias = NDArray[np.float64]


MAX_DIFFERENCE = 8e307
"""The difference of two angles within this is a float."""
MAX_DIMENSIONS = 32
"""Arrays may have so many; numpy has a few more for the axes that a function adds."""
MAX_SAMPLE = 10**8
"""So many pairs take a few gigabytes."""


class _Brief(reprlib.Repr):
    """Values in one short line, whatever they are; Python prints no integer of 5000 digits."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = 60

    def repr_int(self, x: int, level: int) -> str:
        digits = x.bit_length() * math.log10(2.0)
        return repr(x) if digits < 40 else f"an integer of about {digits:.0f} digits"


def brief(value: object) -> str:
    """Return a value as messages show it."""
    return " ".join(_Brief().repr(value).split())


def _is_number(kind: type) -> bool:
    """Tell whether values of a type are real numbers: no truth values, dates, texts or arrays."""
    if issubclass(kind, np.generic):
        return issubclass(kind, np.integer | np.floating) and not issubclass(kind, np.timedelta64)
    return hasattr(kind, "__float__") and not issubclass(kind, (bool, complex, np.ndarray))


def holds_numbers(value: Any, depth: int = 0) -> bool:
    """Tell whether all that a value holds are real numbers, none of them masked."""
    if isinstance(value, (list, tuple)):
        # One by one, because numpy would convert what stands beside a float, and drop the masks.
        others = {kind for kind in set(map(type, value)) if not _is_number(kind)}
        return depth < 64 and all(holds_numbers(v, depth + 1) for v in value if type(v) in others)
    if isinstance(value, (bytearray, memoryview)) or np.ma.is_masked(value):
        return False
    array = np.asarray(value)
    if array.dtype.kind == "O":
        return all(map(_is_number, set(map(type, array.ravel()))))
    return array.dtype.kind in "iuf"


def _real(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as an array of floats; the one place where numbers are read."""
    try:
        if not holds_numbers(value):
            raise TypeError
        array = np.asarray(value)
        if array.dtype != np.float64:
            with np.errstate(over="ignore", under="ignore"):  # infinite, and refused as such
                array = array.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} must hold real numbers, got {brief(value)}") from None
    except OverflowError:
        raise ValueError(f"{name} must hold numbers that fit floats, got {brief(value)}") from None
    if array.ndim > MAX_DIMENSIONS:
        raise ValueError(
            f"{name} must have at most {MAX_DIMENSIONS} dimensions, got {array.ndim} of them"
        )
    return array


def _require(good: NDArray[np.bool_] | np.bool_, name: str, must: str, array: FloatArray) -> None:
    """Raise for the first entry of `array` that is not good."""
    if not good.all():
        raise ValueError(f"{name} must be {must}, got {float(array[~good].flat[0])!r}")


def angle(name: str, value: ArrayLike, limit: float = math.inf) -> FloatArray:
    """Return finite angles, at most `limit` in magnitude."""
    array = _real(name, value)
    _require(np.isfinite(array), name, "finite", array)
    if limit < math.inf:
        _require(np.abs(array) <= limit, name, f"at most {limit:g} in magnitude", array)
    return array


def width(
    name: str,
    value: ArrayLike,
    *,
    positive: bool = False,
    least: float = 0.0,
    limit: float = math.inf,
) -> FloatArray:
    """Return finite widths, above 0 or at least `least`, at most `limit`."""
    array = _real(name, value)
    enough, must = (array > 0, "above 0") if positive else (array >= least, f"at least {least:g}")
    _require(np.isfinite(array) & enough, name, f"finite and {must}", array)
    _require(array <= limit, name, f"at most {limit:g}", array)
    return array


def exponent(name: str, value: ArrayLike) -> FloatArray:
    """Return finite exponents above 1."""
    array = _real(name, value)
    _require(np.isfinite(array) & (array > 1), name, "finite and above 1", array)
    return array


def fraction(name: str, value: ArrayLike, least: float = 0.0) -> FloatArray:
    """Return numbers from `least` to 1."""
    array = _real(name, value)
    _require((array >= least) & (array <= 1), name, f"within [{least:g}, 1]", array)
    return array


def correlations(name: str, value: ArrayLike) -> FloatArray:
    """Return correlations: within [-1, 1], up to rounding."""
    array = _real(name, value)
    _require(np.abs(array) <= 1.0 + 1e-9, name, "within [-1, 1]", array)
    return array


def function(name: str, value: object) -> None:
    """Require something that can be called."""
    if not callable(value):
        raise ValueError(f"{name} must be callable, got {brief(value)}")


def _values(name: str, function: Callable[..., ArrayLike], *angles: FloatArray) -> FloatArray:
    """Return what a user's function makes of angles.

    It gets copies, because it may work in place, and what it gives is copied, because it may give
    the same array again.
    """
    array = _real(name, function(*(x.copy() for x in angles))).copy()
    shape = np.broadcast_shapes(*(x.shape for x in angles))
    if array.shape != shape:
        raise ValueError(f"{name} must return shape {shape}, got shape {array.shape}")
    return array


def correlations_of(
    name: str, function: Callable[..., ArrayLike], a: FloatArray, b: FloatArray
) -> FloatArray:
    """Return the correlations that a user's function gives for settings a and b."""
    return correlations(name, _values(name, function, a, b))


def weights_of(name: str, function: Callable[..., ArrayLike], angles: FloatArray) -> FloatArray:
    """Return the weights that a user's function gives for angles, none negative."""
    array = _values(name, function, angles)
    good = np.isfinite(array) & (array >= 0)
    if not good.all():
        at = float(angles[~good][0])
        _require(good, name, f"finite and at least 0 at the angle {at!r}", array)
    return array


def row(name: str, value: ArrayLike, *, most: int, limit: float) -> FloatArray:
    """Return one row of at most so many numbers, none beyond `limit`, as an array of its own."""
    array = angle(name, value, limit).copy()
    if array.ndim != 1 or array.size > most:
        raise ValueError(f"{name} must be one row of at most {most}, got shape {array.shape}")
    return array


def masses(
    atoms: ArrayLike, masses: ArrayLike, names: tuple[str, str] = ("atoms", "masses")
) -> tuple[FloatArray, FloatArray]:
    """Return directions and the mass that each carries, as arrays that nobody can change."""
    pair = angle(names[0], atoms).copy(), width(names[1], masses).copy()
    if pair[0].ndim != 1 or pair[0].shape != pair[1].shape:
        shapes = " and ".join(str(array.shape) for array in pair)
        raise ValueError(f"{' and '.join(names)} must be two rows of the same length, got {shapes}")
    for array in pair:
        array.flags.writeable = False
    return pair


def integer(name: str, value: ArrayLike, least: float = -(2.0**53)) -> FloatArray:
    """Return integers as floats, at most 2^53 in magnitude, so that each is exact."""
    array = _real(name, value)
    good = (np.rint(array) == array) & (np.abs(array) <= 2.0**53)
    _require(good, name, "an integer of at most 2^53 in magnitude", array)
    _require(array >= least, name, f"at least {least:g}", array)
    return array


def fractions(name: str, value: ArrayLike) -> FloatArray:
    """Return an ascending row of fractions of the time between two measurements."""
    array = _real(name, value)
    if array.ndim > 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    _require((array >= 0) & (array <= 1), name, "within [0, 1]", array)
    if (np.diff(np.atleast_1d(array)) < 0).any():
        raise ValueError(f"{name} must not decrease, got {brief(array.tolist())}")
    return array


def joint(name: str, value: ArrayLike) -> FloatArray:
    """Return joint probabilities of two outcomes over a grid of two settings."""
    array = _real(name, value)
    if array.ndim < 4 or array.shape[-2:] != (2, 2) or 0 in array.shape[-4:-2]:
        raise ValueError(f"{name} must have the shape (..., na, nb, 2, 2), got {array.shape}")
    _require((array >= -1e-9) & np.isfinite(array), name, "finite and at least 0", array)
    whole = array.sum(axis=(-2, -1))
    _require(np.abs(whole - 1.0) <= 1e-9, f"{name}'s sum over outcomes", "1", whole)
    return array


def of_spins(
    settings: ArrayLike, gamma: ArrayLike, limit: float, widest: float = math.inf
) -> tuple[FloatArray, FloatArray]:
    """Return the setting and the width of each spin, both with the spins as their last axis.

    Their sums over the spins are within the limits.
    """
    angles = angle("settings", settings)
    count = angles.shape[-1] if angles.ndim else 0
    if count == 0:
        raise ValueError(
            f"settings must have a last axis with one angle for each spin, got shape {angles.shape}"
        )
    angles = angle("settings", angles, limit=limit / count)
    widths = width("gamma", gamma, limit=widest / count)
    shape = broadcast_shape(settings=angles, gamma=widths)
    if shape[-1] != count:
        raise ValueError(
            f"gamma must be one width or one for each of {count} spins, got shape {widths.shape}"
        )
    return np.broadcast_to(angles, shape), np.broadcast_to(widths, shape)


def scalar(name: str, value: FloatArray) -> float:
    """Return a single number."""
    if value.ndim:
        raise ValueError(f"{name} must be a single number, got shape {value.shape}")
    return float(value)


def broadcast_shape(**arrays: NDArray[Any]) -> tuple[int, ...]:
    """Return the shape that the named arrays broadcast to."""
    try:
        return np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = " and ".join(f"{name} of shape {a.shape}" for name, a in arrays.items())
        raise ValueError(f"{shapes} do not broadcast together") from None


def sample_shape(
    size: int | tuple[int, ...] | None, parameters: tuple[int, ...], spins: int = 1
) -> tuple[int, ...]:
    """Return the shape of a sample: `size`, to which the parameters' shape must broadcast."""
    if size is None:
        size = parameters
    try:
        if not holds_numbers(size):
            raise TypeError
        several = isinstance(size, (tuple, list, np.ndarray)) and np.ndim(size) == 1
        lengths: Any = size if several else (size,)
        shape = tuple(map(operator.index, lengths))
    except (TypeError, ValueError):
        must = "size must be an integer or a tuple of them"
        raise ValueError(f"{must}, got {brief(size)}") from None
    if min(shape, default=0) < 0:
        raise ValueError(f"size must not be negative, got {brief(size)}")
    if len(shape) > MAX_DIMENSIONS:
        raise ValueError(f"size must have at most {MAX_DIMENSIONS} dimensions, got {len(shape)}")
    if max(math.prod(shape), *shape, 0) > MAX_SAMPLE // spins:
        raise ValueError(f"size must be at most {MAX_SAMPLE // spins} in all, got {brief(size)}")
    try:
        fits = np.broadcast_shapes(shape, parameters) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"size must fit the parameters' shape {parameters}, got {brief(size)}")
    return shape


_RANDOM = (
    type(None),
    np.random.Generator,
    np.random.RandomState,
    np.random.BitGenerator,
    np.random.bit_generator.ISeedSequence,
)


def generator(rng: Any) -> np.random.Generator:
    """Return numpy's generator for a seed, or the generator itself."""
    try:
        if not isinstance(rng, _RANDOM) and not holds_numbers(rng):
            raise TypeError
        return np.random.default_rng(rng)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"rng must be a seed or a numpy Generator, got {brief(rng)}") from None


def one_of(name: str, value: object, choices: tuple[str, ...]) -> None:
    """Require one of a few words."""
    if not (isinstance(value, str) and value in choices):
        words = ", ".join(map(repr, choices))
        raise ValueError(f"{name} must be one of {words}, got {brief(value)}")


@contextmanager
def overflow_is_an_error(what: str) -> Iterator[None]:
    """Raise OverflowError where a value is larger than any float."""
    try:
        with np.errstate(over="raise", divide="raise", under="ignore"):
            yield
    except FloatingPointError:
        raise OverflowError(f"{what} is larger than the largest float") from None
