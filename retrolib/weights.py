r"""The weight of a rotation, and its sum over windings.

Schulman gives a history in which the spin turns by the net angle :math:`\alpha` the weight
:math:`W(\alpha)`. A measurement sees only directions, so what counts is the *wrapped* weight

.. math:: w(\theta) = \sum_{n=-\infty}^{\infty} W(\theta + 2\pi n).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike

    from retrolib.domain import FloatArray

__all__ = [
    "Wrapped",
    "exponential",
    "gaussian",
    "lorentzian",
    "power_law",
    "skewed_lorentzian",
    "wrap",
    "wrapped_lorentzian",
]

TWO_PI = 2.0 * np.pi


def lorentzian(alpha: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Weight of a net rotation, :math:`W(\alpha) = 1/(\alpha^2 + \gamma^2)`.

    Parameters
    ----------
    alpha : array_like
        Net rotation in radians, windings included; any finite values.
    gamma : array_like
        Width in radians, above 0; broadcast with `alpha`.

    Returns
    -------
    ndarray
        W, above 0, in the broadcast shape.

    Raises
    ------
    ValueError
        If `alpha` is not finite, `gamma` is not finite and above 0, or they do not broadcast.
    OverflowError
        If W is larger than the largest float.

    Notes
    -----
    Almada et al. (2015), eq. 1. The weight is not normalised; its integral is pi/gamma.

    Examples
    --------
    >>> float(lorentzian(0.0, gamma=0.5))
    4.0
    """
    alpha = domain.angle("alpha", alpha)
    gamma = domain.width("gamma", gamma, positive=True)
    domain.broadcast_shape(alpha=alpha, gamma=gamma)
    with domain.overflow_is_an_error("the weight"):
        # Halves, because the hypotenuse of two floats may be too large for a float.
        return np.square(0.5 / np.hypot(0.5 * alpha, 0.5 * gamma))


def power_law(alpha: ArrayLike, gamma: ArrayLike, p: ArrayLike) -> FloatArray:
    r"""Weight with another exponent, :math:`W(\alpha) = 1/(|\alpha|^p + \gamma^p)`.

    Parameters
    ----------
    alpha : array_like
        Net rotation in radians, windings included; any finite values.
    gamma : array_like
        Width in radians, above 0; broadcast with `alpha`.
    p : array_like
        Exponent, above 1 so that the sum over windings converges; broadcast with `alpha`.

    Returns
    -------
    ndarray
        W, in the broadcast shape; relative error below 1e-13.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or they do not broadcast.
    OverflowError
        If W is larger than the largest float.

    Notes
    -----
    Not in Almada et al. (2015), whose eq. 1 is p = 2.

    Examples
    --------
    >>> float(power_law(1.0, gamma=1.0, p=3.0))
    0.5
    """
    alpha = domain.angle("alpha", alpha)
    gamma = domain.width("gamma", gamma, positive=True)
    p = domain.exponent("p", p)
    domain.broadcast_shape(alpha=alpha, gamma=gamma, p=p)
    larger = np.maximum(np.abs(alpha), gamma)
    smaller = np.minimum(np.abs(alpha), gamma)
    with domain.overflow_is_an_error("the weight"):
        return np.power(larger, -p) / (1.0 + np.power(smaller / larger, p))


@np.errstate(over="ignore", under="ignore")
def gaussian(alpha: ArrayLike, sigma: ArrayLike) -> FloatArray:
    r"""Gaussian weight, :math:`W(\alpha) = e^{-\alpha^2/2\sigma^2}`.

    Parameters
    ----------
    alpha : array_like
        Net rotation in radians, windings included; any finite values.
    sigma : array_like
        Width in radians, above 0; broadcast with `alpha`.

    Returns
    -------
    ndarray
        W, in [0, 1], in the broadcast shape; relative error below 1e-13, far tails included.

    Raises
    ------
    ValueError
        If `alpha` is not finite, `sigma` is not finite and above 0, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015): a rival of eq. 1.

    Examples
    --------
    >>> round(float(gaussian(1.0, sigma=1.0)), 6)
    0.606531
    """
    alpha = domain.angle("alpha", alpha)
    sigma = domain.width("sigma", sigma, positive=True)
    domain.broadcast_shape(alpha=alpha, sigma=sigma)
    # The square of a rounded quotient would lose three digits in the tail. So split the quotient
    # into a part with a short square and a rest, and the width as well, to have the rest exactly.
    unit, exponent = np.frexp(sigma)
    scaled = np.ldexp(np.abs(alpha), -exponent)
    z = np.rint(np.minimum(scaled / unit, 64.0) * 2.0**16) / 2.0**16
    short = np.rint(unit * 2.0**26) / 2.0**26
    rest = ((np.minimum(scaled, 64.0) - z * short) - z * (unit - short)) / unit
    return np.exp(-0.5 * np.square(z)) * np.exp(-rest * (z + 0.5 * rest))


@np.errstate(over="ignore", under="ignore")
def exponential(alpha: ArrayLike, ell: ArrayLike) -> FloatArray:
    r"""Exponential weight, :math:`W(\alpha) = e^{-|\alpha|/\ell}`.

    Parameters
    ----------
    alpha : array_like
        Net rotation in radians, windings included; any finite values.
    ell : array_like
        Width in radians, above 0; broadcast with `alpha`.

    Returns
    -------
    ndarray
        W, in [0, 1], in the broadcast shape; relative error below 1e-13, far tails included.

    Raises
    ------
    ValueError
        If `alpha` is not finite, `ell` is not finite and above 0, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015): a rival of eq. 1.

    Examples
    --------
    >>> round(float(exponential(-1.0, ell=0.5)), 6)
    0.135335
    """
    alpha = domain.angle("alpha", alpha)
    ell = domain.width("ell", ell, positive=True)
    domain.broadcast_shape(alpha=alpha, ell=ell)
    return np.exp(-np.abs(alpha) / ell)


def skewed_lorentzian(alpha: ArrayLike, gamma: ArrayLike, skew: ArrayLike) -> FloatArray:
    r"""Weight that is not even, :math:`(1 + c\,\alpha/\sqrt{\alpha^2 + \gamma^2})\,W(\alpha)`.

    Parameters
    ----------
    alpha : array_like
        Net rotation in radians, windings included; any finite values.
    gamma : array_like
        Width in radians, above 0; broadcast with `alpha`.
    skew : array_like
        The skew c, in [-1, 1]: 0 gives eq. 1, 1 strongly prefers positive rotations. Broadcast
        with `alpha`.

    Returns
    -------
    ndarray
        The weight, in the broadcast shape; relative error below 1e-13, tails included.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or they do not broadcast.
    OverflowError
        If the weight is larger than the largest float.

    Notes
    -----
    The W of Almada et al. (2015), eq. 1, made uneven, which their sec. 4 holds to be enough for
    signaling. With both senses taken together it is eq. 1 again.

    Examples
    --------
    >>> left, right = skewed_lorentzian([-1.0, 1.0], gamma=0.1, skew=0.5)
    >>> round(float(right / left), 2), bool(left + right == 2 * lorentzian(1.0, 0.1))
    (2.98, True)
    """
    alpha = domain.angle("alpha", alpha)
    gamma = domain.width("gamma", gamma, positive=True)
    skew = domain.fraction("skew", skew, least=-1.0)
    domain.broadcast_shape(alpha=alpha, gamma=gamma, skew=skew)
    x, g = 0.5 * np.abs(alpha), 0.5 * gamma
    radius = np.hypot(x, g)
    # One minus the modulus of the sine, without a cancellation far out.
    missing = np.square(g / radius) / (1.0 + x / radius)
    along = 1.0 + np.abs(skew) * (x / radius)
    against = (1.0 - np.abs(skew)) + np.abs(skew) * missing
    factor = np.where(skew * np.sign(alpha) < 0.0, against, along)
    with domain.overflow_is_an_error("the weight"):
        return factor * lorentzian(alpha, gamma)


@dataclass(frozen=True)
class Wrapped:
    r"""A weight that is given as its sum over windings w, instead of as W.

    Use it where w is known in closed form, or where a rule for w is all there is.

    Parameters
    ----------
    wrapped : callable
        w: takes a one-dimensional array of angles in radians, gives as many weights, none of them
        negative; repeats itself after a turn.

    Raises
    ------
    ValueError
        If `wrapped` is not callable.

    Notes
    -----
    The sums over windings of Almada et al. (2015), eq. 2.

    Examples
    --------
    >>> w = Wrapped(lambda theta: wrapped_lorentzian(theta, gamma=0.1))
    >>> float(w.wrapped(0.0)) == float(wrapped_lorentzian(0.0, 0.1))
    True
    """

    wrapped: Callable[[FloatArray], FloatArray]

    def __post_init__(self) -> None:
        domain.function("wrapped", self.wrapped)


def wrapped_lorentzian(theta: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Sum of eq. 1 over windings, :math:`w = \sinh\gamma / 2\gamma(\cosh\gamma - \cos\theta)`.

    Parameters
    ----------
    theta : array_like
        Angle between the two directions in radians; any finite values.
    gamma : array_like
        Width in radians, above 0; broadcast with `theta`.

    Returns
    -------
    ndarray
        w, above 0, in the broadcast shape; relative error below 1e-13.

    Raises
    ------
    ValueError
        If `theta` is not finite, `gamma` is not finite and above 0, or they do not broadcast.
    OverflowError
        If w is larger than the largest float.

    Notes
    -----
    The sums in Almada et al. (2015), eq. 2. The hyperbolic cosine minus the cosine would cancel
    at small angles; with :math:`t = \tanh(\gamma/2)` all terms are positive:

    .. math:: w = \frac{t}{2\gamma}\,
              \frac{1}{t^2 + \sin^2(\theta/2)\operatorname{sech}^2(\gamma/2)}.

    Examples
    --------
    One winding after another comes to the same, slowly:

    >>> n = np.arange(-100_000, 100_001)
    >>> round(float(lorentzian(1.0 + 2 * np.pi * n, gamma=0.5).sum()), 4)
    0.8872
    >>> round(float(wrapped_lorentzian(1.0, gamma=0.5)), 4)
    0.8872
    """
    theta = domain.angle("theta", theta)
    gamma = domain.width("gamma", gamma, positive=True)
    domain.broadcast_shape(theta=theta, gamma=gamma)
    with domain.overflow_is_an_error("the wrapped weight"):
        t, sech2 = tanh_sech2(0.5 * gamma)
        return 0.25 * tanh_ratio(gamma) / (np.square(t) + sech2 * np.square(np.sin(0.5 * theta)))


@np.errstate(all="ignore")  # what a weight gives is checked instead
def wrap(weight: Callable[[FloatArray], FloatArray], theta: ArrayLike) -> FloatArray:
    r"""Sum of any weight over windings, :math:`w(\theta) = \sum_n W(\theta + 2\pi n)`.

    Parameters
    ----------
    weight : callable
        W: takes a one-dimensional array of net rotations in radians, gives as many weights, none
        of them negative. Its narrow features lie within 60 turns; far out it is smooth on the
        scale of a turn and falls faster than :math:`|\alpha|^{-1.01}` as a power does, or faster
        than :math:`|\alpha|^{-1.2}` with a factor that varies slowly, such as a logarithm.
    theta : array_like
        Angle between the two directions in radians; any finite values.

    Returns
    -------
    ndarray
        w, at least 0, in the shape of `theta`; relative error below 1e-12 beyond that of `weight`.

    Raises
    ------
    ValueError
        If `theta` is not finite, or `weight` is not callable, gives what is no weight, or has
        tails whose sum does not converge or cannot be had to 1e-12.
    OverflowError
        If w is larger than the largest float.

    Notes
    -----
    The sums in Almada et al. (2015), eq. 2, for a W other than eq. 1. The windings nearest to no
    rotation are added one by one, 127 of them or, if need be, more. Each tail is an integral
    with corrections at its near end, which is Gauss's form of the Euler-Maclaurin formula,

    .. math:: \sum_{n \ge N} f(n) = \int_{N-1/2}^{\infty} f\,dn + \frac{\delta f}{24}
              - \frac{17\,\delta^3 f}{5760} + \frac{367\,\delta^5 f}{967680} - \dots,

    with central differences :math:`\delta` at N - 1/2.

    Examples
    --------
    >>> theta = np.array([0.0, 1.0, np.pi])
    >>> exact = wrapped_lorentzian(theta, gamma=0.1)
    >>> bool(np.allclose(wrap(lambda alpha: lorentzian(alpha, 0.1), theta), exact, rtol=1e-12))
    True

    A weight that falls more steeply prefers the shorter way more strongly:

    >>> w = wrap(lambda alpha: 1 / (alpha**4 + 0.1**4), [1.0, 1.0 + np.pi])
    >>> round(float(w[0] / w.sum()), 3)
    0.951
    """
    theta = domain.angle("theta", theta)
    domain.function("weight", weight)
    nearest, _ = unwind(theta.ravel())

    def weigh(alpha: FloatArray) -> FloatArray:
        return domain.weights_of("weight", weight, alpha)

    for count in (64, 256, 1024):
        total, doubt = _lattice_sum(weigh, nearest, count)
        if not np.isfinite(total).all():
            raise OverflowError("the wrapped weight is larger than the largest float")
        if (doubt <= 1e-12 * total).all():
            return total.reshape(theta.shape)[()]
    raise ValueError(
        "weight must be smooth at large angles for its tails to be summed to 1e-12, got an "
        f"estimated relative error of {float(np.nanmax(doubt / total)):.1e}"
    )


_GAUSS = np.array([1 / 24, -17 / 5760, 367 / 967680, -27859 / 464486400])
"""What the odd central differences add to the integral."""
_FINE, _COARSE = (np.polynomial.legendre.leggauss(nodes) for nodes in (16, 12))
"""Rules of quadrature: one to use, one to check it with."""


_AT_ONCE = 2**14
"""A call of a weight takes as long as some thousand numbers; more than these leave the cache."""


def _sum(
    weigh: Callable[[FloatArray], FloatArray],
    start: FloatArray,
    step: FloatArray | float,
    nodes: FloatArray,
    shares: FloatArray,
) -> FloatArray:
    """Sum the weights at start + step * nodes by their shares, many nodes in one call."""
    total, many = np.zeros(start.size), 1 + _AT_ONCE // max(1, start.size)
    for first in range(0, nodes.size, many):
        part = slice(first, first + many)
        angles = start + step * nodes[part, None]
        total += np.einsum("i,ij", shares[part], weigh(angles.ravel()).reshape(angles.shape))
    return total


def _lattice_sum(
    weigh: Callable[[FloatArray], FloatArray], nearest: FloatArray, count: int
) -> tuple[FloatArray, FloatArray]:
    """Sum over all windings, the first `count` of either sense term by term, and the doubt."""
    turns = np.arange(1.0 - count, count)
    total = _sum(weigh, nearest, TWO_PI, turns, np.ones(turns.size))
    doubt = 0.0 * nearest
    if nearest.size:
        for side, start in ((weigh, nearest), (lambda alpha: weigh(-alpha), -nearest)):
            tail, tail_doubt = _tail(side, start, count, TWO_PI * float(total.min()))
            total, doubt = total + tail, doubt + tail_doubt
    return total, doubt


def _tail(
    weigh: Callable[[FloatArray], FloatArray], nearest: FloatArray, first: int, scale: float
) -> tuple[FloatArray, FloatArray]:
    """Sum over the windings from the first on, and the doubt."""
    ladder = np.array([weigh(nearest + TWO_PI * n) for n in range(first - 4, first + 4)])
    odd_differences = np.array([np.diff(ladder, k, axis=0)[4 - (k + 1) // 2] for k in (1, 3, 5, 7)])
    # From where the integral begins to a rotation that is the same for all angles, then on.
    near, near_doubt = _quadrature(weigh, nearest + TWO_PI * (first - 0.5), TWO_PI * (first + 1))
    far, far_doubt = _far_integral(weigh, TWO_PI * (first + 1), scale)
    tail = _GAUSS @ odd_differences + (near + far) / TWO_PI
    doubt = np.abs(_GAUSS[-1] * odd_differences[-1]) + (near_doubt + far_doubt) / TWO_PI
    return tail, doubt


def _quadrature(
    weigh: Callable[[FloatArray], FloatArray], start: FloatArray, stop: FloatArray | float
) -> tuple[FloatArray, FloatArray]:
    """Integrate over each interval by two rules of Gauss and Legendre; doubt their difference."""
    middle, half = (stop + start) / 2, (stop - start) / 2
    fine, coarse = (half * _sum(weigh, middle, half, *rule) for rule in (_FINE, _COARSE))
    return fine, np.abs(fine - coarse)


def _far_integral(
    weigh: Callable[[FloatArray], FloatArray], begin: float, scale: float
) -> tuple[float, float]:
    """Integrate from `begin` to infinity, piece by piece, each four times as long as the last.

    The pieces of a power fall as a geometric series, which is summed as soon as it is one. What
    is small against `scale` does not matter.
    """
    so_far, last, before, doubt = 0.0, 0.0, np.inf, 0.0
    for start in begin * np.power(4.0, np.arange(120)):
        for panels in 4 ** np.arange(5):
            edges = np.linspace(start, 4.0 * start, panels + 1)
            values, doubts = _quadrature(weigh, edges[:-1], edges[1:])
            piece, piece_doubt = float(values.sum()), float(doubts.sum())
            if piece_doubt <= 1e-14 * (scale + so_far + piece):
                break
        so_far, doubt = so_far + piece, doubt + piece_doubt
        ratio = piece / last if last > 0.0 else np.inf if piece > 0.0 else 0.0
        last = piece
        if ratio > 0.99:  # rises, or falls no faster than the power 1.007
            before = np.inf
            continue
        whole = so_far + piece * ratio / (1.0 - ratio)
        if abs(whole - before) <= 1e-13 * (scale + whole):
            return whole, doubt
        before = whole
    raise ValueError(
        "weight must fall faster than |angle|^-1.2, or as a power faster than |angle|^-1.01, for "
        f"its sum to converge, got {float(weigh(edges[-1:])[0])!r} at the angle "
        f"{float(edges[-1])!r}"
    )


def tanh_ratio(gamma: FloatArray) -> FloatArray:
    """Return tanh(gamma/2) / (gamma/2), which is 1 in the Born limit."""
    half = 0.5 * gamma
    return np.divide(np.tanh(half), half, out=np.ones_like(half), where=gamma > 1e-8)


def doubled(gamma: FloatArray) -> FloatArray:
    """Return twice the width; beyond a thousand it makes no difference and might not be finite."""
    return 2.0 * np.minimum(gamma, 1e3)


def tanh_sech2(x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return tanh x and sech^2 x; cosh x might be larger than any float."""
    t = np.tanh(x)
    return t, (1.0 - t) * (1.0 + t)


@np.errstate(under="ignore")
def sech(x: FloatArray) -> FloatArray:
    """Return 1/cosh x for x at least 0; cosh x might be larger than any float."""
    decay = np.exp(-x)
    return 2.0 * decay / (1.0 + np.square(decay))


def unwind(theta: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Write theta as a rotation by at most half a turn, to full relative accuracy, and turns."""
    turns = np.rint(theta / TWO_PI)
    sign = 1.0 - 2.0 * np.mod(turns, 2.0)
    half = 0.5 * theta
    rest = 2.0 * np.arctan2(sign * np.sin(half), sign * np.cos(half))
    return np.where(turns == 0.0, theta, rest), turns
