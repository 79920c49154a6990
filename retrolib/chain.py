r"""Chains of pairs, joined by measurements on two neighbours: entanglement swapping.

A joint measurement is a boundary of the same kind as a source. Outcome k ties the final directions
of the two spins, :math:`\mu` and :math:`\mu'`, to one another and prefers none of them:
:math:`\mu' = \mu + \pi` for :math:`\Psi^-`, :math:`\mu` for :math:`\Phi^+`, :math:`-\mu` for
:math:`\Phi^-` and :math:`\pi - \mu` for :math:`\Psi^+`. What one joint does not fix adds to the
width: n pairs in a row turn like one particle of width :math:`2n\gamma`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain
from retrolib.weights import doubled, sech, tanh_sech2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from retrolib.domain import FloatArray

__all__ = ["correlation", "victor", "visibility"]


@np.errstate(under="ignore")
def correlation(a: ArrayLike, b: ArrayLike, gamma: ArrayLike, links: ArrayLike) -> FloatArray:
    r"""Correlation of the two ends of a chain, :math:`E = -\cos(a-b)\operatorname{sech} 2n\gamma`.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob, at the ends, in radians; at most 8e307 in magnitude.
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the Born limit.
    links : array_like
        Number n of pairs, an integer from 1 to 2^53; all broadcast together.

    Returns
    -------
    ndarray
        E, in [-1, 1], once all joint measurements have given :math:`\Psi^-`; relative error below
        1e-13 for the floats a - b and 2 n gamma.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015); one pair has their eq. 13. If the only joint measurement of two
    pairs has given :math:`\Phi^+`, the sign changes; if :math:`\Phi^-` or :math:`\Psi^+`, it is
    :math:`\pm\cos(a+b)\operatorname{sech} 4\gamma`: always quantum theory's, times the visibility.

    Examples
    --------
    >>> correlation(0.0, np.pi / 3, gamma=0.1, links=[1, 2, 3]).round(4)
    array([-0.4902, -0.4625, -0.4218])
    """
    a, b = (domain.angle(n, v, limit=domain.MAX_DIFFERENCE) for n, v in (("a", a), ("b", b)))
    gamma, links = _chain(gamma, links, a=a, b=b)
    return -np.cos(a - b) * sech(links * doubled(gamma))


def visibility(gamma: ArrayLike, links: ArrayLike) -> FloatArray:
    r"""Largest correlation of the two ends of a chain, :math:`V_n = \operatorname{sech} 2n\gamma`.

    Parameters
    ----------
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the Born limit.
    links : array_like
        Number n of pairs, an integer from 1 to 2^53; broadcast with `gamma`.

    Returns
    -------
    ndarray
        V, in [0, 1], in the broadcast shape; relative error below 1e-13 for the float 2 n gamma.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015); one pair has their eq. 16. It is :math:`1/T_n(1/V_1)`, T the
    Chebyshev polynomial. Werner states of visibility :math:`V_1` leave, once swapped,
    :math:`V_1^n`, which is larger for n > 1.

    Examples
    --------
    >>> visibility(0.1, [1, 2, 3]).round(4)
    array([0.9803, 0.925 , 0.8436])
    """
    gamma, links = _chain(gamma, links)
    return sech(links * doubled(gamma))


@np.errstate(under="ignore")
def victor(a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Probability that the joint measurement on two pairs gives :math:`\Psi^-` or :math:`\Phi^+`.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob, at the ends, in radians; at most 8e307 in magnitude.
    gamma : array_like
        Width of each of the four legs in radians, at least 0; 0 is the Born limit. Broadcast with
        the settings.

    Returns
    -------
    ndarray
        P, in [0, 1], in the broadcast shape; relative error below 1e-13 for the floats a - b and
        a + b. Where both are 0 the Born limit is one half.

    Raises
    ------
    ValueError
        If a setting is not finite or too large, `gamma` is not finite and at least 0, or they do
        not broadcast.

    Notes
    -----
    Not in Almada et al. (2015). All four outcomes are alternatives, whose histories are weighed
    together; quantum theory has one half. Here Alice signals to Victor, who measures:

    .. math:: P = \frac{\sinh^2 4\gamma + \sin^2(a + b)}
              {2\sinh^2 4\gamma + \sin^2(a + b) + \sin^2(a - b)}.

    Examples
    --------
    >>> victor([0.0, np.pi / 8, np.pi / 4], np.pi / 4, gamma=0.1).round(4)
    array([0.5   , 0.7644, 0.8738])
    """
    a, b = (domain.angle(n, v, limit=domain.MAX_DIFFERENCE) for n, v in (("a", a), ("b", b)))
    gamma = domain.width("gamma", gamma)
    domain.broadcast_shape(a=a, b=b, gamma=gamma)
    t, sech2 = tanh_sech2(doubled(doubled(gamma)))
    roots = [np.hypot(t, np.sqrt(sech2) * np.sin(angle)) for angle in (a + b, a - b)]
    larger = np.maximum(*roots)
    # Without a width, both sines might be 0: the limit is that of the least one.
    for_these, for_others = (
        np.square(np.divide(root, larger, out=np.ones_like(larger), where=larger > 0))
        for root in roots
    )
    probability: FloatArray = for_these / (for_these + for_others)
    return probability


def _chain(
    gamma: ArrayLike, links: ArrayLike, **settings: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the width and the number of pairs; they must broadcast with the settings."""
    width, count = domain.width("gamma", gamma), domain.integer("links", links, least=1)
    domain.broadcast_shape(**settings, gamma=width, links=count)
    return width, count
