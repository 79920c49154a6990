r"""Preparations: how much weight mu each initial direction of particle 1 has among the histories.

It is a weight on the possibility space, not the distribution of :math:`\lambda`: that one depends
on the settings as well. Particle 2 starts in the opposite direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain
from retrolib.weights import unwind

if TYPE_CHECKING:
    from collections.abc import Callable

    from retrolib.domain import FloatArray

__all__ = ["Preparation", "axis", "cosine", "uniform", "von_mises"]


@dataclass(frozen=True, eq=False)  # arrays have no one answer to "equal?"
class Preparation:
    """A weight on the initial directions: a density, points that carry a mass, or both.

    Preparations can be added; ``axis(0, 0.3) + axis(1, 0.6)`` has four points.

    Parameters
    ----------
    density : callable, optional
        Weight per radian: takes a one-dimensional array of directions in radians, gives as many
        weights, none of them negative. It need not be normalised.
    atoms, masses : array_like
        Directions in radians that carry a mass of their own, and these masses, none negative: two
        rows of the same length. They are kept as arrays that cannot be written to.

    Raises
    ------
    ValueError
        If an argument is none of these.

    Examples
    --------
    >>> (uniform() + axis(0.0, share=1.0)).masses
    array([1., 0.])
    """

    density: Callable[[FloatArray], FloatArray] | None = None
    atoms: FloatArray = field(default_factory=lambda: np.empty(0))
    masses: FloatArray = field(default_factory=lambda: np.empty(0))

    def __post_init__(self) -> None:
        if self.density is not None:
            domain.function("density", self.density)
        atoms, masses = domain.masses(self.atoms, self.masses)
        object.__setattr__(self, "atoms", atoms)
        object.__setattr__(self, "masses", masses)

    def __add__(self, other: Preparation) -> Preparation:
        """Return the sum of both weights."""
        if not isinstance(other, Preparation):
            return NotImplemented
        densities = [part.density for part in (self, other) if part.density is not None]

        def density(lam: FloatArray) -> FloatArray:
            lam = domain.angle("lam", lam)
            weights = [domain.weights_of("preparation", mu, lam) for mu in densities]
            with domain.overflow_is_an_error("the preparation"):
                total: FloatArray = np.sum(weights, axis=0)
            return total

        return Preparation(
            density if densities else None,
            np.concatenate([self.atoms, other.atoms]),
            np.concatenate([self.masses, other.masses]),
        )


def uniform() -> Preparation:
    r"""All directions alike, :math:`\mu = 1/2\pi`: the paper's preparation.

    Returns
    -------
    Preparation
        For :class:`retrolib.PairModel`.

    Notes
    -----
    Almada et al. (2015), sec. 2.2.

    Examples
    --------
    >>> uniform().density(np.array([0.0, 1.0])).round(4)
    array([0.1592, 0.1592])
    """
    return Preparation(lambda lam: np.full_like(domain.angle("lam", lam), 0.5 / np.pi))


def von_mises(kappa: float, center: float = 0.0) -> Preparation:
    r"""Directions around one, :math:`\mu \propto e^{\kappa\cos(\lambda - c)}`.

    Parameters
    ----------
    kappa : float
        Concentration, at least 0; 0 is uniform. The spread is about :math:`1/\sqrt\kappa` radians.
    center : float
        The likeliest direction c in radians.

    Returns
    -------
    Preparation
        For :class:`retrolib.PairModel`.

    Raises
    ------
    ValueError
        If `kappa` is not finite and at least 0, or `center` is not finite.

    Notes
    -----
    Not in Almada et al. (2015): a preparation that singles out a direction, for which their eqs. 18
    and 19 fail.

    Examples
    --------
    >>> float(von_mises(1e6).density(np.array([np.pi]))[0])
    0.0
    """
    kappa_ = domain.scalar("kappa", domain.width("kappa", kappa))
    center_ = _direction(center)
    # The integral of exp(kappa (cos x - 1)): a Bessel function, scaled so that it cannot overflow.
    if kappa_ < 700.0:
        integral = 2.0 * np.pi * float(np.i0(kappa_)) * np.exp(-kappa_)
    else:
        x = 0.125 / kappa_
        integral = np.sqrt(2.0 * np.pi / kappa_) * (
            1 + x * (1 + x * (4.5 + x * (37.5 + x * 459.375)))
        )

    def density(lam: FloatArray) -> FloatArray:
        half = 0.5 * (domain.angle("lam", lam) - center_)
        with np.errstate(over="ignore", under="ignore"):
            mu: FloatArray = np.exp(-2.0 * (kappa_ * np.square(np.sin(half)))) / integral
        return mu

    return Preparation(density)


def cosine(epsilon: float, center: float = 0.0) -> Preparation:
    r"""Slight preference, :math:`\mu = (1 + \epsilon\cos(\lambda - c))/2\pi`.

    Parameters
    ----------
    epsilon : float
        Strength, in [-1, 1].
    center : float
        The preferred direction c in radians.

    Returns
    -------
    Preparation
        For :class:`retrolib.PairModel`.

    Raises
    ------
    ValueError
        If `epsilon` is not within [-1, 1], or `center` is not finite.

    Notes
    -----
    Not in Almada et al. (2015): the simplest preparation for which their eqs. 18 and 19 fail.

    Examples
    --------
    >>> cosine(1.0).density(np.array([0.0, np.pi])).round(4)
    array([0.3183, 0.    ])
    """
    epsilon_ = domain.scalar("epsilon", domain.fraction("epsilon", epsilon, least=-1.0))
    center_ = _direction(center)
    # Squares, so that rounding makes nothing negative.
    rest, sign = 1.0 - abs(epsilon_), 0.0 if epsilon_ >= 0 else 0.5 * np.pi

    def density(lam: FloatArray) -> FloatArray:
        square = np.square(np.cos(0.5 * (domain.angle("lam", lam) - center_) + sign))
        return (rest + 2.0 * abs(epsilon_) * square) / (2.0 * np.pi)

    return Preparation(density)


def axis(center: float, share: float) -> Preparation:
    r"""One axis: mass `share` on the direction c and the rest on :math:`c + \pi`.

    Parameters
    ----------
    center : float
        The direction c in radians.
    share : float
        The mass on it, in [0, 1]; 1 is a single direction, the separable case.

    Returns
    -------
    Preparation
        For :class:`retrolib.PairModel`.

    Raises
    ------
    ValueError
        If `center` is not finite, or `share` is not within [0, 1].

    Notes
    -----
    Almada et al. (2015), sec. 4, on separable states.

    Examples
    --------
    >>> axis(0.0, share=0.3).masses.round(3)
    array([0.3, 0.7])
    """
    center_ = _direction(center)
    share_ = domain.scalar("share", domain.fraction("share", share))
    return Preparation(None, np.array([center_, center_ + np.pi]), np.array([share_, 1.0 - share_]))


def _direction(center: float) -> float:
    """Return one direction without whole turns, beside which the others would lose digits."""
    return float(unwind(np.array(domain.scalar("center", domain.angle("center", center))))[0])
