r"""Tails: one particle, whose weight falls as a power of the turn, with or without a slow factor.

The weight of a turn is a shape f in units of the width, :math:`W(\alpha) = f(\alpha/\gamma)`. With
:math:`r = \sqrt{1 + x^2}` it is :math:`f(x) = r^{-p}`, which for p = 2 is eq. 1; or that times
:math:`1 + \ln r`; or that times :math:`1 + 0.3\sin(2\ln r)`, which repeats itself in the logarithm.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain
from retrolib.weights import TWO_PI

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from retrolib.domain import FloatArray

__all__ = ["correlation", "weight"]

KINDS = {"power": (0.0, 0.0), "logarithm": (1e20, 1e-20), "periodic": (0.3, 2.0)}
"""The slow factor is 1 + c sin(t ln r), for these c and t; a very slow wave is a logarithm."""
NEAR = 16
"""So many turns of either sense are weighed one by one."""
GAUSS = (1.0, -1 / 24, 7 / 5760, -31 / 967680, 127 / 154828800)
"""The power series of x/(2 sinh(x/2)), in even powers of x."""
CORE = 5
"""So many terms of the series of f in the square of width over turn."""


@np.errstate(under="ignore")
def weight(alpha: ArrayLike, gamma: ArrayLike, p: ArrayLike, kind: str = "power") -> FloatArray:
    r"""Weight of a net rotation, :math:`f(\alpha/\gamma)`.

    Parameters
    ----------
    alpha : array_like
        Net rotation in radians, windings included; at most 1e200 in magnitude.
    gamma : array_like
        Width in radians, 1e-100 to 1; broadcast with `alpha`.
    p : array_like
        Exponent, above 1; broadcast with `alpha`. The tail index is -p, if there is one.
    kind : {"power", "logarithm", "periodic"}
        The factor beside the power: none, a logarithm, or one that is periodic in the logarithm.

    Returns
    -------
    ndarray
        The weight, 1 at no turn, in the broadcast shape.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015), whose eq. 1 is p = 2 without a factor, up to a constant.

    Examples
    --------
    >>> round(float(weight(3.0, gamma=1.0, p=2.0)), 12)
    0.1
    >>> far = weight([1.0, 2.0], gamma=1e-24, p=2.0, kind="logarithm")
    >>> round(float(far[1] / far[0]), 4)
    0.2531
    """
    alpha = domain.angle("alpha", alpha, limit=1e200)
    gamma = domain.width("gamma", gamma, least=1e-100, limit=1.0)
    p = domain.exponent("p", p)
    domain.one_of("kind", kind, tuple(KINDS))
    domain.broadcast_shape(alpha=alpha, gamma=gamma, p=p)
    r = np.hypot(alpha, gamma) / gamma
    found: FloatArray = _slow(np.log(r), kind) * np.power(r, -p)
    return found


def _slow(log_r: FloatArray, kind: str) -> FloatArray:
    """Return the factor beside the power."""
    c, t = KINDS[kind]
    factor: FloatArray = 1.0 + c * np.sin(t * log_r)
    return factor


@np.errstate(under="ignore")
def correlation(
    theta: ArrayLike, gamma: ArrayLike, p: ArrayLike, kind: str = "power"
) -> FloatArray:
    r"""Mean outcome of one particle, :math:`E = P(+) - P(-)`.

    Parameters
    ----------
    theta : array_like
        Angle of the second magnet in radians; any finite values.
    gamma : array_like
        Width in radians, 1e-100 to 1; broadcast with `theta`.
    p : array_like
        Exponent, above 1 so that the sum over windings converges; broadcast with `theta`.
    kind : {"power", "logarithm", "periodic"}
        The factor beside the power, as for :func:`weight`.

    Returns
    -------
    ndarray
        E, in [-1, 1], in the broadcast shape; absolute error below 1e-13 for p up to 100.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or they do not broadcast.

    Notes
    -----
    Almada et al. (2015), eq. 2, for another weight than that of eq. 1; for p = 2 it is
    :math:`\operatorname{sech}\gamma\cos\theta`. A pair of which one leg has a width of zero has
    :math:`-E`: the other leg makes the whole turn.

    The nearest turns are weighed one by one. What is left of either sense begins half a turn
    before the first of it, at Y, and is Gauss's form of the Euler-Maclaurin formula,

    .. math:: \sum_{k\ge0} \big(Y + (2k+1)\pi\big)^{-s} = \frac{Y^{1-s}}{2\pi(s-1)}
              \Big[1 - \frac{(s-1)s}{24}\Big(\frac{2\pi}{Y}\Big)^2 + \dots\Big],

    with :math:`s = p + 2j` for the powers of :math:`\gamma^2`, and :math:`s = p + 2j - it` for
    the factor :math:`r^{it}`, of which the imaginary part is needed.

    Examples
    --------
    With the exponent 2 the limit at sixty degrees is one half, and a logarithm delays it:

    >>> correlation(np.pi / 3, 1e-3, [1.5, 2.0, 3.0]).round(4)
    array([0.2929, 0.5   , 0.75  ])
    >>> correlation(np.pi / 3, [1e-3, 1e-12, 1e-24], 2.0, kind="logarithm").round(4)
    array([0.4587, 0.4881, 0.4939])
    """
    theta = domain.angle("theta", theta)
    gamma = domain.width("gamma", gamma, least=1e-100, limit=1.0)
    p = domain.exponent("p", p)
    domain.one_of("kind", kind, tuple(KINDS))
    domain.broadcast_shape(theta=theta, gamma=gamma, p=p)
    sine, cosine = np.abs(np.sin(0.5 * theta)), np.abs(np.cos(0.5 * theta))
    least = 2.0 * np.arctan2(sine, cosine), 2.0 * np.arctan2(cosine, sine)
    # Weights are counted in units of the largest power, so that none is too large for a float.
    unit = np.hypot(np.minimum(*least), gamma)
    plus, minus = (_wrapped(turn, gamma, p, kind, unit) for turn in least)
    E: FloatArray = (plus - minus) / (plus + minus)
    return E


def _wrapped(
    least: FloatArray, gamma: FloatArray, p: FloatArray, kind: str, unit: FloatArray
) -> FloatArray:
    """Sum the weights of all turns to one outcome; the least is between 0 and pi."""
    total = 0.0 * (least + gamma + p)
    for side in (least, TWO_PI - least):
        for n in range(NEAR):
            r = np.hypot(side + TWO_PI * n, gamma)
            total = total + _slow(np.log(r / gamma), kind) * np.power(r / unit, -p)
        begin = side + TWO_PI * (NEAR - 0.5)
        c, t = KINDS[kind]
        total = total + _far(begin, gamma, p, 0.0, unit).real
        if c:
            total = total + c * _far(begin, gamma, p, t, unit).imag
    return total


def _far(
    begin: FloatArray, gamma: FloatArray, p: FloatArray, t: float, unit: FloatArray
) -> NDArray[np.complex128]:
    """Sum r^(it - p) over the turns from half a turn beyond `begin` on."""
    step, core = np.square(TWO_PI / begin), np.square(gamma / begin)
    q = np.minimum(p, 1e3)  # beyond it, the rest is nothing
    power = np.power(begin / unit, -q) * np.exp(1j * t * np.log(begin / gamma))
    binomial, total = np.ones_like(power), np.zeros_like(power)
    for j in range(CORE):
        s = q + 2 * j - 1j * t
        rising, corrected = np.ones_like(s), np.zeros_like(s)
        for order, share in enumerate(GAUSS):
            corrected = corrected + share * rising
            rising = rising * step * (s + (2 * order - 1)) * (s + 2 * order)
        total = total + binomial * corrected / (s - 1.0)
        binomial = binomial * core * (0.5 * s) / -(j + 1.0)
    rest: NDArray[np.complex128] = power * total * begin / TWO_PI
    return rest
