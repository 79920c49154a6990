"""What the functions of retrolib accept; anything else is refused here, by name and value."""

from __future__ import annotations

import math
import operator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import ArrayLike

__all__ = [
    "MAX_DIFFERENCE",
    "FloatArray",
    "angle",
    "broadcast_shape",
    "correlations",
    "exponent",
    "fraction",
    "fractions",
    "generator",
    "integer",
    "joint",
    "one_of",
    "overflow_is_an_error",
    "sample_shape",
    "scalar",
    "weights",
    "width",
]

FloatArray: TypeAlias = NDArray[np.float64]


MAX_DIFFERENCE = 8e307
"""The difference of two angles within this is a float."""


def _real(name: str, value: ArrayLike) -> FloatArray:
    """Give `value` as an array of floats."""
    try:
        array = np.asarray(value)
        if array.dtype.kind == "c":
            raise TypeError
        return array.astype(np.float64, copy=False)
    except (TypeError, ValueError, OverflowError):
        raise ValueError(f"{name} must hold real numbers, got {value!r}") from None


def _require(good: NDArray[np.bool_] | np.bool_, name: str, must: str, array: FloatArray) -> None:
    """Raise for the first entry of `array` that is not good."""
    if not good.all():
        raise ValueError(f"{name} must be {must}, got {float(array[~good].flat[0])!r}")


def angle(name: str, value: ArrayLike, limit: float = math.inf) -> FloatArray:
    """Give finite angles, at most `limit` in magnitude."""
    array = _real(name, value)
    _require(np.isfinite(array), name, "finite", array)
    if limit < math.inf:
        _require(np.abs(array) <= limit, name, f"at most {limit:g} in magnitude", array)
    return array


def width(
    name: str, value: ArrayLike, *, positive: bool = False, limit: float = math.inf
) -> FloatArray:
    """Give finite widths, at least 0 or above 0, at most `limit`."""
    array = _real(name, value)
    least, must = (array > 0, "above 0") if positive else (array >= 0, "at least 0")
    _require(np.isfinite(array) & least, name, f"finite and {must}", array)
    _require(array <= limit, name, f"at most {limit:g}", array)
    return array


def exponent(name: str, value: ArrayLike) -> FloatArray:
    """Give finite exponents above 1."""
    array = _real(name, value)
    _require(np.isfinite(array) & (array > 1), name, "finite and above 1", array)
    return array


def fraction(name: str, value: ArrayLike, least: float = 0.0) -> FloatArray:
    """Give numbers from `least` to 1."""
    array = _real(name, value)
    _require((array >= least) & (array <= 1), name, f"within [{least:g}, 1]", array)
    return array


def correlations(name: str, value: ArrayLike) -> FloatArray:
    """Give correlations: within [-1, 1], up to rounding."""
    array = _real(name, value)
    _require(np.abs(array) <= 1.0 + 1e-9, name, "within [-1, 1]", array)
    return array


def weights(name: str, value: ArrayLike, alpha: FloatArray) -> FloatArray:
    """Give what a weight makes of the rotations alpha: one number each, none negative."""
    array = _real(name, value)
    if array.shape != alpha.shape:
        raise ValueError(f"{name} must give shape {alpha.shape} for it, got shape {array.shape}")
    good = np.isfinite(array) & (array >= 0)
    if not good.all():
        at = float(alpha[~good][0])
        _require(good, name, f"finite and at least 0 at the angle {at!r}", array)
    return array


def integer(name: str, value: ArrayLike) -> FloatArray:
    """Give integers as floats, at most 2^53 in magnitude, so that each is exact."""
    array = _real(name, value)
    good = (np.rint(array) == array) & (np.abs(array) <= 2.0**53)
    _require(good, name, "an integer of at most 2^53 in magnitude", array)
    return array


def fractions(name: str, value: ArrayLike) -> FloatArray:
    """Give an ascending row of fractions of the time between two measurements."""
    array = _real(name, value)
    if array.ndim > 1:
        raise ValueError(f"{name} must be one-dimensional, got shape {array.shape}")
    _require((array >= 0) & (array <= 1), name, "within [0, 1]", array)
    if (np.diff(np.atleast_1d(array)) < 0).any():
        raise ValueError(f"{name} must not decrease, got {array.tolist()}")
    return array


def joint(name: str, value: ArrayLike) -> FloatArray:
    """Give joint probabilities of two outcomes over a grid of two settings."""
    array = _real(name, value)
    if array.ndim < 4 or array.shape[-2:] != (2, 2) or 0 in array.shape[-4:-2]:
        raise ValueError(f"{name} must have the shape (..., na, nb, 2, 2), got {array.shape}")
    _require((array >= -1e-9) & np.isfinite(array), name, "finite and at least 0", array)
    whole = array.sum(axis=(-2, -1))
    _require(np.abs(whole - 1.0) <= 1e-9, f"{name}'s sum over outcomes", "1", whole)
    return array


def scalar(name: str, value: FloatArray) -> float:
    """Give a single number."""
    if value.ndim:
        raise ValueError(f"{name} must be a single number, got shape {value.shape}")
    return float(value)


def broadcast_shape(**arrays: NDArray[Any]) -> tuple[int, ...]:
    """Give the shape that the named arrays broadcast to."""
    try:
        return np.broadcast_shapes(*(array.shape for array in arrays.values()))
    except ValueError:
        shapes = " and ".join(f"{name} of shape {a.shape}" for name, a in arrays.items())
        raise ValueError(f"{shapes} do not broadcast together") from None


def sample_shape(
    size: int | tuple[int, ...] | None, parameters: tuple[int, ...]
) -> tuple[int, ...]:
    """Give the shape of a sample: `size`, to which the parameters' shape must broadcast."""
    if size is None:
        return parameters
    try:
        shape = tuple(operator.index(n) for n in (size if np.iterable(size) else (size,)))
    except TypeError:
        raise ValueError(f"size must be an integer or a tuple of them, got {size!r}") from None
    if min(shape, default=0) < 0:
        raise ValueError(f"size must not be negative, got {size!r}")
    try:
        fits = np.broadcast_shapes(shape, parameters) == shape
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(f"size must fit the parameters' shape {parameters}, got {size!r}")
    return shape


def generator(rng: Any) -> np.random.Generator:
    """Give numpy's generator for a seed, or the generator itself."""
    try:
        return np.random.default_rng(rng)
    except (TypeError, ValueError):
        raise ValueError(f"rng must be a seed or a numpy Generator, got {rng!r}") from None


def one_of(name: str, value: str, choices: tuple[str, ...]) -> None:
    """Require one of a few words."""
    if value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, choices))}, got {value!r}")


@contextmanager
def overflow_is_an_error(what: str) -> Iterator[None]:
    """Raise OverflowError where a value is larger than any float."""
    try:
        with np.errstate(over="raise", divide="raise", under="ignore"):
            yield
    except FloatingPointError:
        raise OverflowError(f"{what} is larger than the largest float") from None
