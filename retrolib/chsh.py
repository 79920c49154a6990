r"""The CHSH quantity S: its bounds, the model's value, and the search for the best settings."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retrolib import domain, pair
from retrolib._circle import equal_steps
from retrolib._search import refine

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from retrolib.domain import FloatArray

__all__ = [
    "CLASSICAL_BOUND",
    "NO_SIGNALING_BOUND",
    "STANDARD_SETTINGS",
    "TSIRELSON_BOUND",
    "Optimum",
    "Scan",
    "critical_gamma",
    "from_settings",
    "maximise",
    "maximum",
    "scan",
    "value",
]

CLASSICAL_BOUND = 2.0
"""The largest S of a local model."""
TSIRELSON_BOUND = 2.0 * float(np.sqrt(2.0))
"""The largest S of quantum theory, eq. 14."""
NO_SIGNALING_BOUND = 4.0
"""The largest S at all, which a PR box reaches without signaling."""
STANDARD_SETTINGS = (0.0, 0.5 * np.pi, 0.25 * np.pi, -0.25 * np.pi)
"""The settings (a1, a2, b1, b2) of eq. 15, in radians."""
MAX_HALF_WIDTH = 1e15
"""Beyond this a float no longer tells a direction."""
MAX_STEPS = 500
"""Of so many the grid takes a gigabyte."""


class Optimum(NamedTuple):
    """The largest S found.

    Attributes
    ----------
    value : float
        S.
    settings : tuple of float
        Where: a1, a2, b1, b2 in radians.
    """

    value: float
    settings: tuple[float, float, float, float]


class Scan(NamedTuple):
    """A grid of settings around the standard ones, with a1 held fixed.

    Attributes
    ----------
    values : ndarray of float
        S, over the offsets of a2, b1 and b2.
    offsets : ndarray of float
        The offsets in radians, the same for each of the three.
    best : Optimum
        The largest value, and the settings where it is.
    """

    values: FloatArray
    offsets: FloatArray
    best: Optimum


def value(E11: ArrayLike, E12: ArrayLike, E21: ArrayLike, E22: ArrayLike) -> FloatArray:
    r"""CHSH quantity, :math:`S = |E_{11} + E_{12} + E_{21} - E_{22}|`.

    Parameters
    ----------
    E11, E12, E21, E22 : array_like
        Correlations for the settings (a1, b1), (a1, b2), (a2, b1), (a2, b2), each in [-1, 1];
        broadcast together.

    Returns
    -------
    ndarray
        S, in [0, 4], in the broadcast shape.

    Raises
    ------
    ValueError
        If a correlation is not within [-1, 1], or they do not broadcast.

    Notes
    -----
    Almada et al. (2015), eq. 12.

    Examples
    --------
    >>> float(value(1, 1, 1, -1))
    4.0
    """
    named = {"E11": E11, "E12": E12, "E21": E21, "E22": E22}
    E = {name: domain.correlations(name, E) for name, E in named.items()}
    domain.broadcast_shape(**E)
    return np.abs(E["E11"] + E["E12"] + E["E21"] - E["E22"])


def from_settings(
    a1: ArrayLike, a2: ArrayLike, b1: ArrayLike, b2: ArrayLike, gamma: ArrayLike
) -> FloatArray:
    r"""S of the model for any four settings.

    Parameters
    ----------
    a1, a2, b1, b2 : array_like
        Alice's two settings and Bob's two, in radians; any finite values, broadcast together.
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the Born limit. Broadcast with the settings.

    Returns
    -------
    ndarray
        S, in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or they do not broadcast.

    Notes
    -----
    Almada et al. (2015), eqs. 12 and 13.

    Examples
    --------
    >>> round(float(from_settings(*STANDARD_SETTINGS, gamma=0.1)), 14)
    2.77278629968646
    """
    settings = {"a1": a1, "a2": a2, "b1": b1, "b2": b2}
    angles = {n: domain.angle(n, v, limit=domain.MAX_DIFFERENCE) for n, v in settings.items()}
    domain.broadcast_shape(**angles, gamma=domain.width("gamma", gamma))
    a1, a2, b1, b2 = angles.values()
    return value(*(pair.correlation(a, b, gamma) for a in (a1, a2) for b in (b1, b2)))


def maximum(gamma: ArrayLike) -> FloatArray:
    r"""Largest S of the model over all settings, :math:`2\sqrt 2\,\operatorname{sech} 2\gamma`.

    Parameters
    ----------
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the Born limit.

    Returns
    -------
    ndarray
        The maximum, in the shape of `gamma`; relative error below 1e-13.

    Raises
    ------
    ValueError
        If `gamma` is not finite and at least 0.

    Notes
    -----
    Almada et al. (2015), eq. 16, where :math:`K = (1 - \tanh^2\gamma)/(1 + \tanh^2\gamma)` is
    :math:`\operatorname{sech} 2\gamma`. With unit vectors,
    :math:`S \le \operatorname{sech} 2\gamma\,(|b_1 + b_2| + |b_1 - b_2|)`, so the standard
    settings are the best.

    Examples
    --------
    >>> round(float(maximum(0.1)), 14)
    2.77278629968646
    """
    return -TSIRELSON_BOUND * pair.correlation(0.0, 0.0, gamma)


def critical_gamma() -> float:
    r"""Width at which the largest S is 2, :math:`\gamma_c = \ln(1 + \sqrt 2)/2`.

    Returns
    -------
    float
        The width in radians. Above it S <= 2 for all settings.

    Notes
    -----
    Almada et al. (2015), eq. 16, set to 2.

    Examples
    --------
    >>> round(critical_gamma(), 14), round(float(maximum(critical_gamma())), 14)
    (0.44068679350977, 2.0)
    """
    return 0.5 * float(np.arcsinh(1.0))


def scan(gamma: float, half_width: float, steps: int) -> Scan:
    r"""Grid search of the paper: S for all combinations of small deviations from eq. 15.

    Parameters
    ----------
    gamma : float
        Width of each leg in radians, at least 0; 0 is the Born limit.
    half_width : float
        The largest deviation in radians, from 0 to 1e15.
    steps : int
        The number of steps from one end to the other, from 1 to 500: there are steps + 1 points an
        axis, and 500 steps take a gigabyte. An even number has the standard settings on the grid.

    Returns
    -------
    Scan
        Fields `values`, of shape (steps + 1, steps + 1, steps + 1), over the deviations of a2, b1
        and b2, `offsets` and `best`. a1 stays 0.

    Raises
    ------
    ValueError
        If an argument is out of its domain.

    Notes
    -----
    Almada et al. (2015), sec. 3.2, after eq. 16: :math:`\pm\pi/100`, 200 steps, gamma = 0.1. What
    is near the standard settings says nothing on those that are far; see :func:`maximum`.

    Examples
    --------
    >>> best = scan(0.1, np.pi / 100, 20).best
    >>> round(best.value, 14), best.settings == STANDARD_SETTINGS
    (2.77278629968646, True)
    """
    width = domain.scalar("gamma", domain.width("gamma", gamma))
    reach = domain.scalar(
        "half_width", domain.width("half_width", half_width, limit=MAX_HALF_WIDTH)
    )
    count = int(domain.scalar("steps", domain.integer("steps", steps, least=1)))
    if count > MAX_STEPS:
        gigabytes = 8e-9 * (count + 1.0) ** 3
        raise ValueError(
            f"steps must be at most {MAX_STEPS}, got {count}, for which S takes {gigabytes:.2g} GB"
        )
    offsets = reach * (2.0 * np.arange(count + 1) - count) / count
    a1, *others = STANDARD_SETTINGS
    a2, b1, b2 = (angle + offsets for angle in others)
    with_b1 = pair.correlation(a1, b1, width) + pair.correlation(a2[:, None], b1, width)
    with_b2 = pair.correlation(a1, b2, width) - pair.correlation(a2[:, None], b2, width)
    values = np.empty((count + 1,) * 3)
    for plane, first, second in zip(values, with_b1, with_b2, strict=True):
        np.add.outer(first, second, out=plane)
        np.abs(plane, out=plane)
    i, j, k = np.unravel_index(values.argmax(), values.shape)
    best = (a1, float(a2[i]), float(b1[j]), float(b2[k]))
    return Scan(values, offsets, Optimum(float(values[i, j, k]), best))


def maximise(correlation: Callable[[FloatArray, FloatArray], ArrayLike]) -> Optimum:
    r"""Best settings of any correlation function, over all four settings.

    Parameters
    ----------
    correlation : callable
        E(a, b): takes two arrays of settings in radians that broadcast, gives correlations within
        [-1, 1] in the broadcast shape; repeats itself after a turn of either setting. Its
        features must not be much narrower than two degrees.

    Returns
    -------
    Optimum
        Fields `value` and `settings`. Where E is smooth, the value is the maximum to about 1e-15
        and the settings are to about 1e-8.

    Raises
    ------
    ValueError
        If `correlation` is not callable or gives something else.

    Notes
    -----
    Almada et al. (2015), sec. 3.2, look near eq. 15 only. Here all 180^4 combinations of settings
    on a grid of two degrees are looked at: once a1 and a2 are given, the best b1 maximises
    E(a1, b) + E(a2, b) and the best b2, by itself, E(a1, b) - E(a2, b). From the best combination
    for a1 and a2 in each twelfth of their circles, for either sign of the sum, the maxima are
    followed with ever smaller steps, the higher ones to the end.

    Examples
    --------
    >>> best = maximise(lambda a, b: pair.correlation(a, b, gamma=0.1))
    >>> round(best.value, 14)
    2.77278629968646
    """
    domain.function("correlation", correlation)

    def E(a: FloatArray, b: FloatArray) -> FloatArray:
        """Return the correlations over grids of settings, the last axes."""
        return domain.correlations_of("correlation", correlation, a[..., None], b[..., None, :])

    grid = equal_steps(180)
    whole = E(grid, grid)
    starts = []
    for e in (whole, -whole):  # S is a modulus
        reached = np.array([(e1 + e).max(axis=1) + (e1 - e).max(axis=1) for e1 in e])
        for part in product(np.split(np.arange(180), 12), repeat=2):
            within = reached[np.ix_(*part)]
            i, k = (p[j] for p, j in zip(part, divmod(int(within.argmax()), 15), strict=True))
            starts.append([i, k, (e[i] + e[k]).argmax(), (e[i] - e[k]).argmax()])

    def look(around: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
        e = E(around[:, :2].reshape(-1, 10), around[:, 2:].reshape(-1, 10))
        e = np.stack([e, -e], axis=1).reshape(-1, 2, 2, 5, 2, 5)  # over starts and signs
        with_b1 = e[:, :, 0, :, None, 0] + e[:, :, 1, None, :, 0]  # and a1, a2, b1
        with_b2 = e[:, :, 0, :, None, 1] - e[:, :, 1, None, :, 1]
        S = (with_b1.max(axis=-1) + with_b2.max(axis=-1)).reshape(-1, 50)
        best = np.unravel_index(S.argmax(axis=1), (2, 5, 5))
        bs = (with_b[np.arange(len(S)), *best].argmax(axis=-1) for with_b in (with_b1, with_b2))
        return S.max(axis=1), np.stack([*best[1:], *bs], axis=1)

    center = grid[np.array(starts)]  # starts, 4
    value, (a1, a2, b1, b2) = refine(look, center, np.pi / 90, 1e-11, 0.6)
    return Optimum(value, (float(a1), float(a2), float(b1), float(b2)))
