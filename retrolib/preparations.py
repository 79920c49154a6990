r"""Preparations: how much weight mu each initial direction of particle 1 has among the histories.

It is a weight on the possibility space, not the distribution of :math:`\lambda`: that one depends
on the settings as well. Particle 2 starts in the opposite direction.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain
from retrolib._circle import equal_steps
from retrolib._search import refine
from retrolib.weights import unwind

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    from retrolib.domain import FloatArray

__all__ = ["Preparation", "axes", "axis", "cosine", "harmonics", "uniform", "von_mises"]

MOST_HARMONICS = 32
"""So many can be told from the points at which a density is first looked at."""


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


def axes(centers: ArrayLike, shares: ArrayLike | None = None) -> Preparation:
    r"""Several axes, both ends of each alike: silent, as every source that looks the same reversed.

    Parameters
    ----------
    centers : array_like
        The directions of the axes in radians, one row.
    shares : array_like, optional
        How much of the mass each axis has: as many numbers, at least 0, whose ratios count. By
        default all have the same.

    Returns
    -------
    Preparation
        For :class:`retrolib.PairModel`. Half of the mass of an axis is at c, half at c + pi.

    Raises
    ------
    ValueError
        If `centers` is no row of finite directions, `shares` is no row of as many numbers of at
        least 0, or there is no share above 0.

    Notes
    -----
    Not in Almada et al. (2015). It fulfils the condition of their sec. 4 for silence, so that both
    marginals are 1/2 at all settings with any weights, and yet prefers some directions. With
    Lorentzian legs of width :math:`\gamma` and with shares c,

    .. math:: E = -\operatorname{sech}^2\!\gamma\,\sum_m q_m\cos(a - m)\cos(b - m), \qquad
              q_m \propto \frac{c_m}{[\sinh^2\gamma + \sin^2(a - m)]
                                  [\sinh^2\gamma + \sin^2(b - m)]} .

    As :math:`\gamma \to 0` it is the same without the hyperbolic functions, and
    :math:`-\cos(a - b)` where a setting is on an axis. A width of 1e-8 is as good as the limit.

    Examples
    --------
    The paper's weight and the settings of eq. 15 pass Tsirelson's bound:

    >>> from retrolib import PairModel, Wrapped, chsh, wrapped_lorentzian
    >>> w = Wrapped(lambda x: wrapped_lorentzian(x, 1e-8))
    >>> model = PairModel(w, preparation=axes(np.radians([0.0, 60.0, 120.0])))
    >>> a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    >>> S = chsh.value(*(model.correlation(a, b) for a in (a1, a2) for b in (b1, b2)))
    >>> round(float(S), 12), round(23 * 2**0.5 / 11, 12)
    (2.956991994053, 2.956991994053)
    """
    centers = domain.angle("centers", centers)
    shares = np.ones_like(centers) if shares is None else shares
    centers, shares = domain.masses(centers, shares, ("centers", "shares"))
    largest = shares.max(initial=0.0)
    if not largest > 0.0:
        raise ValueError(f"centers must have a share above 0, got the shares {shares.tolist()}")
    ends = unwind(centers)[0] + np.array([[0.0], [np.pi]])
    with np.errstate(under="ignore"):
        halves = 0.5 * (shares / largest) / (shares / largest).sum()
    return Preparation(None, ends.ravel(), np.tile(halves, 2))


def harmonics(amplitudes: ArrayLike, center: float = 0.0) -> Preparation:
    r"""Smooth preference of some axes, :math:`\mu = [1 + \sum_k c_k\cos 2k(\lambda - c)]/2\pi`.

    Parameters
    ----------
    amplitudes : array_like
        The amplitudes of the harmonics 2, 4, 6 and so on: one row of at most 32 numbers, within
        [-2, 2], which leave the weight at least 0 for all directions.
    center : float
        The direction c in radians, where they are all in phase.

    Returns
    -------
    Preparation
        For :class:`retrolib.PairModel`.

    Raises
    ------
    ValueError
        If `amplitudes` is no such row, or `center` is not finite.

    Notes
    -----
    Not in Almada et al. (2015). As even harmonics look the same reversed, their sec. 4 is
    fulfilled: nobody can signal, with any weights. For one amplitude, c cos 6 lambda, Lorentzian
    legs of width :math:`\gamma` and the settings of eq. 15,

    .. math:: S = 2\sqrt2 + \frac{c^2}{\sqrt2\,(1 - c^2/4)}\,\gamma + O(\gamma^2) .

    Examples
    --------
    Three axes are preferred, but no direction is left out:

    >>> harmonics([0.0, 0.0, 0.8]).density(np.radians([0.0, 30.0, 60.0])).round(4)
    array([0.2865, 0.0318, 0.2865])
    """
    c = domain.row("amplitudes", amplitudes, most=MOST_HARMONICS, limit=2.0)
    center_ = _direction(center)
    orders = 2.0 * np.arange(1, c.size + 1)

    def wave(x: FloatArray) -> FloatArray:
        found: FloatArray = 1.0 + np.cos(x[..., None] * orders) @ c
        return found

    def look(around: FloatArray) -> tuple[FloatArray, NDArray[np.intp]]:
        depth = -wave(around[:, 0])
        return depth.max(axis=1), depth.argmax(axis=1)[:, None]

    x = 0.5 * equal_steps(16 * MOST_HARMONICS)
    depth, _ = refine(look, x[:, None], x[1], 1e-10, 0.5)
    if depth > 1e-12:
        raise ValueError(
            "amplitudes must leave a weight of at least 0 for all directions, got "
            f"{domain.brief(c.tolist())}"
        )

    def density(lam: FloatArray) -> FloatArray:
        return np.maximum(wave(domain.angle("lam", lam) - center_), 0.0) / (2.0 * np.pi)

    return Preparation(density)


def _direction(center: float) -> float:
    """Return one direction without whole turns, beside which the others would lose digits."""
    return float(unwind(np.array(domain.scalar("center", domain.angle("center", center))))[0])
