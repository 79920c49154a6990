r"""Other exponents: the pair without a width, where the weight of a turn is :math:`|\alpha|^{-p}`.

Both legs have the weight :math:`W = 1/(|\alpha|^p + \gamma^p)`, the source is uniform, and
:math:`\gamma \to 0`. Then one leg makes the whole net turn, and what is left is its weight, summed
over windings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain
from retrolib.chsh import STANDARD_SETTINGS, Optimum, maximise, value

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from retrolib.domain import FloatArray

__all__ = ["chsh", "chsh_maximum", "correlation"]

QUARTER = 0.5 * np.pi
FIRST = 64
"""From the odd numbers beyond this on, turns are summed by the series below."""
TAIL = (1 / 2, 1 / 2, -1 / 12, -1 / 4, 7 / 720, 5 / 48, -31 / 30240, -61 / 1440)
"""The power series of 1/(2 sinh x) and of 1/(2 cosh x), in turns: those of x^-1, 1, x, x^2, ..."""


@np.errstate(all="ignore")
def correlation(theta: ArrayLike, p: ArrayLike) -> FloatArray:
    r"""Correlation of the two outcomes, :math:`E = -(w - w_\pi)/(w + w_\pi)`.

    Parameters
    ----------
    theta : array_like
        Angle a - b between the settings in radians; any finite values.
    p : array_like
        Exponent, above 1 so that the sum over windings converges; broadcast with `theta`.

    Returns
    -------
    ndarray
        E, in [-1, 1], in the broadcast shape; relative error below 1e-13.

    Raises
    ------
    ValueError
        If `theta` is not finite, `p` is not finite and above 1, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015), whose eqs. 9, 10 and 13 are p = 2 with a width. It is the limit
    :math:`\gamma \to 0` for :math:`W = 1/(|\alpha|^p + \gamma^p)` on both legs and a uniform
    source, with :math:`w = \sum_n |\theta + 2\pi n|^{-p}` for turns to different outcomes and
    :math:`w_\pi = \sum_n |\theta + \pi + 2\pi n|^{-p}` for those to equal ones. Any
    even legs with these tails have the same limit, whatever their core.

    In quarter turns, the sizes of the turns to different and to equal outcomes are c - v and c + v,
    or the other way round, for each odd c; v is what the shorter angle between the two axes lacks
    to a quarter turn. Differences and sums of their weights are added for c below 64. The rest,
    with f the weight as a function of c = 64, are series in its derivatives,

    .. math:: \sum_{k\ge0} (-1)^k f(c + 1 + 2k) = \frac{1}{2\cosh\partial}\,f, \qquad
              \sum_{k\ge0} f(c + 1 + 2k) = -\frac{1}{2\sinh\partial}\,f .

    Examples
    --------
    At sixty degrees E is :math:`-(1 - 2^{1-p})`:

    >>> correlation(np.pi / 3, [1.5, 2.0, 3.0]).round(6)
    array([-0.292893, -0.5     , -0.75    ])
    """
    theta = domain.angle("theta", theta)
    p = domain.exponent("p", p)
    domain.broadcast_shape(theta=theta, p=p)
    sine, cosine = np.sin(theta), np.cos(theta)
    least = np.arctan2(np.abs(sine), np.abs(cosine)) / QUARTER
    v = np.arctan2(np.abs(cosine), np.abs(sine)) / QUARTER

    def weights(c: int, p: FloatArray, order: int = 0) -> tuple[FloatArray, FloatArray]:
        """Return the difference and the sum of (c - v)^-(p + order) and (c + v)^-(p + order).

        They are in units of the largest weight, that of the least turn, 1 - v.
        """
        turn = c - 1 + least
        shorter = np.power(least / turn, p) * np.power(turn, -order) if c > 1 else 1.0
        excess = np.expm1(-2.0 * (p + order) * np.arctanh(v / c))
        return -shorter * excess, shorter * (2.0 + excess)

    difference, total = weights(1, p)
    for c in range(3, FIRST, 2):
        less, more = weights(c, p)
        difference = difference + (2 - c % 4) * less
        total = total + more
    q = np.minimum(p, 1e3)  # beyond it, the rest is nothing
    rising = 1.0 / (q - 1.0)
    for order, share in enumerate(TAIL, start=-1):
        less, more = weights(FIRST, q, order)
        if order % 2:
            total = total + share * rising * more
        else:
            difference = difference + share * rising * less
        rising = rising * (q + order)
    E: FloatArray = -np.sign(cosine) * difference / total
    return E


def chsh(p: ArrayLike) -> FloatArray:
    r"""S of this limit at the settings of eq. 15, :math:`S = 4\,|E(\pi/4)|`.

    Parameters
    ----------
    p : array_like
        Exponent, above 1.

    Returns
    -------
    ndarray
        S, in [0, 4], in the shape of `p`; relative error below 1e-13. It rises with p, and is
        the largest over all settings, as far as searches show, from p = 1.68 on: see
        :func:`chsh_maximum`.

    Raises
    ------
    ValueError
        If `p` is not finite and above 1.

    Notes
    -----
    Almada et al. (2015), eqs. 12 and 15, for another weight than that of eq. 1. In odd numbers,

    .. math:: S = 4\,\frac{1 - 3^{-p} - 5^{-p} + 7^{-p} + 9^{-p} - \dots}
              {1 + 3^{-p} + 5^{-p} + 7^{-p} + 9^{-p} + \dots} .

    Examples
    --------
    Tsirelson's bound is passed at the exponent 2:

    >>> chsh([1.5, 2.0, 4.0]).round(6)
    array([1.845121, 2.828427, 3.889087])
    """
    a1, a2, b1, b2 = STANDARD_SETTINGS
    return value(*(correlation(a - b, p) for a in (a1, a2) for b in (b1, b2)))


def chsh_maximum(p: float) -> Optimum:
    r"""Largest S of this limit over all settings in the plane.

    Parameters
    ----------
    p : float
        Exponent, above 1.

    Returns
    -------
    Optimum
        Fields `value` and `settings`. It is searched for as :func:`retrolib.chsh.maximise` says.

    Raises
    ------
    ValueError
        If `p` is not a single number that is finite and above 1.

    Notes
    -----
    Almada et al. (2015), eq. 12, for another weight than that of eq. 1. The value is above 2 for
    every p. As far as we have looked, three of the four angles between the best axes are equal:
    45 degrees as in eq. 15 for exponents above 1.68, and less for those below.

    Examples
    --------
    >>> best = chsh_maximum(1.5)
    >>> round(best.value, 6), round(float(chsh(1.5)), 6)
    (2.106017, 1.845121)
    """
    p_ = domain.scalar("p", domain.exponent("p", p))
    return maximise(lambda a, b: correlation(a - b, p_))
