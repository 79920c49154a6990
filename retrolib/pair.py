r"""Two spins, prepared opposite and measured by Alice and by Bob: the paper's model of the singlet.

Particle 1 turns from its initial direction :math:`\lambda` to one of Alice's, by
:math:`\alpha = a + \pi A - \lambda + 2\pi m`; particle 2 turns from :math:`\lambda + \pi` to one
of Bob's, by :math:`\beta = b + \pi B - \lambda - \pi + 2\pi n`. Every history counts with
:math:`W(\alpha)W(\beta)`, whatever :math:`\lambda`. The net rotation
:math:`\alpha - \beta = a - b + \pi(A - B + 1) + 2\pi(m - n)` no longer knows :math:`\lambda`: its
weight is that of one particle with twice the width.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from retrolib import domain, one_particle
from retrolib._sampling import rejection
from retrolib.weights import TWO_PI, doubled, sech, tanh_sech2, wrapped_lorentzian

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from retrolib.domain import FloatArray

__all__ = [
    "Sample",
    "correlation",
    "hidden_density",
    "joint_probabilities",
    "joint_weight",
    "sample",
]

MAX_SETTING = 5e14
"""Beyond this a float no longer tells which winding is meant."""
MAX_WIDTH = 500.0
"""Beyond this a sampled winding number might not fit 64 bits."""
BLOCK = 2**14
"""So many numbers at a time stay in the processor's cache."""


class Sample(NamedTuple):
    r"""Histories of pairs, with alpha = a + pi A - lam and beta = b + pi B - lam - pi mod 2 pi.

    Attributes
    ----------
    lam : ndarray of float
        Initial direction of particle 1 in radians, in [0, 2 pi]; particle 2 starts opposite.
    alpha, beta : ndarray of float
        Net rotations of particle 1 and particle 2 in radians, windings included.
    A, B : ndarray of int
        Outcomes of Alice and Bob: 0 = aligned with the setting (+1), 1 = anti-aligned (-1).
    """

    lam: FloatArray
    alpha: FloatArray
    beta: FloatArray
    A: NDArray[np.int64]
    B: NDArray[np.int64]


def joint_weight(delta: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Weight of a net rotation modulo whole turns, both legs summed over, :math:`J(\delta)`.

    Parameters
    ----------
    delta : array_like
        Net rotation of the pair in radians; any finite values.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with `delta`.

    Returns
    -------
    ndarray
        J, above 0, in the broadcast shape; relative error below 1e-13.

    Raises
    ------
    ValueError
        If `delta` is not finite, `gamma` is not finite and above 0, or they do not broadcast.
    OverflowError
        If J is larger than the largest float.

    Notes
    -----
    Almada et al. (2015), eq. 5, with its constants. Two weights of eq. 1 are convolved,

    .. math:: \int W(\delta/2 + \phi)\,W(\delta/2 - \phi)\,d\phi
              = \frac{2\pi/\gamma}{\delta^2 + (2\gamma)^2},

    which is what eq. 4 means, and summed over windings,

    .. math:: J(\delta) = \frac{\pi\tanh\gamma}{2\gamma^2}\,
              \frac{1}{\sin^2(\delta/2) + \cos^2(\delta/2)\tanh^2\gamma}.

    Examples
    --------
    The same setting on both sides: opposite outcomes need no net rotation, equal ones half a turn.

    >>> J = joint_weight([0.0, np.pi], gamma=0.1)
    >>> bool(np.isclose(J[1] / J[0], np.tanh(0.1) ** 2, rtol=1e-13))
    True
    """
    delta = domain.angle("delta", delta)
    gamma = domain.width("gamma", gamma, positive=True)
    domain.broadcast_shape(delta=delta, gamma=gamma)
    with domain.overflow_is_an_error("the joint weight"):
        return TWO_PI / gamma * wrapped_lorentzian(delta, 2.0 * np.minimum(gamma, 1e300))


def joint_probabilities(a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Probabilities of both outcomes, :math:`P(A, B) = J(a - b + \pi(A - B + 1))/Z`.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob in radians; any finite values, broadcast together.
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the Born limit. Broadcast with the settings.

    Returns
    -------
    ndarray
        P, shape (..., 2, 2), over Alice's outcome A and Bob's outcome B: 0 = aligned, 1 =
        anti-aligned. Relative error below 1e-13 for the float a - b, tails included.

    Raises
    ------
    ValueError
        If a setting is not finite, `gamma` is not finite and at least 0, or they do not broadcast.

    Notes
    -----
    Almada et al. (2015), eqs. 9 and 10: with :math:`t = \tanh\gamma` and
    :math:`\theta = a - b`,

    .. math:: P(A \ne B) = \frac{\cos^2(\theta/2) + t^2 \sin^2(\theta/2)}{1 + t^2}, \qquad
              P(A = B) = \frac{\sin^2(\theta/2) + t^2 \cos^2(\theta/2)}{1 + t^2},

    each shared equally by two pairs of outcomes. These are the probabilities of one particle of
    twice the width.

    Examples
    --------
    The singlet's probabilities at sixty degrees:

    >>> joint_probabilities(0.0, np.pi / 3, gamma=0.0).round(12)
    array([[0.125, 0.375],
           [0.375, 0.125]])
    """
    theta, gamma = _angle_between(a, b, gamma)
    halves = 0.5 * one_particle.probabilities(theta, doubled(gamma))
    different, same = halves[..., 0], halves[..., 1]
    joint = np.stack([same, different, different, same], axis=-1)
    return joint.reshape((*joint.shape[:-1], 2, 2))


@np.errstate(under="ignore")
def correlation(a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Correlation of the two outcomes, :math:`E = -\cos(a - b)\,\operatorname{sech} 2\gamma`.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob in radians; any finite values, broadcast together.
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the Born limit. Broadcast with the settings.

    Returns
    -------
    ndarray
        E, in [-1, 1], in the broadcast shape; relative error below 1e-13 for the float a - b.

    Raises
    ------
    ValueError
        If a setting is not finite, `gamma` is not finite and at least 0, or they do not broadcast.

    Notes
    -----
    Almada et al. (2015), eqs. 9, 10 and 13.

    Examples
    --------
    >>> round(float(correlation(0.0, np.pi / 3, gamma=0.0)), 12)
    -0.5
    """
    theta, gamma = _angle_between(a, b, gamma)
    return -np.cos(theta) * sech(doubled(gamma))


def hidden_density(lam: ArrayLike, a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Density of the initial direction once both settings are given, :math:`\rho(\lambda|a,b)`.

    Parameters
    ----------
    lam : array_like
        Initial direction of particle 1 in radians; any finite values.
    a, b : array_like
        Settings of Alice and Bob in radians; any finite values. Broadcast with `lam`.
    gamma : array_like
        Width of each leg in radians, above 0. Broadcast with `lam`.

    Returns
    -------
    ndarray
        The density per radian, above 0, in the broadcast shape; its integral over a turn is 1.
        Relative error below 1e-13 for the floats lam - a, lam - b and a - b.

    Raises
    ------
    ValueError
        If an angle is not finite, `gamma` is not finite and above 0, or they do not broadcast.
    OverflowError
        If the density is larger than the largest float.

    Notes
    -----
    The hidden variable of Almada et al. (2015), sec. 2.2. The paper gives no formula; the weights
    of all histories that start from :math:`\lambda`, over those of all histories, are

    .. math:: \rho = \frac{\tanh 2\gamma\,(\cosh 4\gamma - \cos 2(a-b))}
              {4\pi\,[\cosh 2\gamma - \cos 2(\lambda-a)]\,[\cosh 2\gamma - \cos 2(\lambda-b)]}.

    It is computed from squares that are added, with :math:`t = \tanh\gamma` and
    :math:`s = \operatorname{sech}\gamma`:

    .. math:: \rho = \frac{\tanh 2\gamma}{8\pi}\,\frac{4t^2 + s^4\sin^2(a-b)}
              {[t^2 + s^2\sin^2(\lambda-a)]\,[t^2 + s^2\sin^2(\lambda-b)]}.

    Examples
    --------
    The direction follows the settings: it is near one of them, or opposite.

    >>> hidden_density([0.0, 0.5, 1.0], a=0.0, b=1.0, gamma=0.01).round(3)
    array([7.96 , 0.011, 7.96 ])
    """
    lam, a, b = (
        domain.angle(name, value, limit=domain.MAX_DIFFERENCE)
        for name, value in (("lam", lam), ("a", a), ("b", b))
    )
    gamma = domain.width("gamma", gamma, positive=True)
    domain.broadcast_shape(lam=lam, a=a, b=b, gamma=gamma)
    t, sech2 = tanh_sech2(gamma)
    sech = np.sqrt(sech2)
    above = np.hypot(2.0 * t, sech2 * np.sin(a - b))
    with domain.overflow_is_an_error("the density"):
        root = above
        for direction in (a, b):
            root = root / np.hypot(t, sech * np.sin(lam - direction))
        root = root * np.sqrt(np.tanh(doubled(gamma))) / np.sqrt(8.0 * np.pi)
        density: FloatArray = np.square(root)
        return density


@np.errstate(under="ignore")
def sample(
    a: ArrayLike,
    b: ArrayLike,
    gamma: ArrayLike,
    size: int | tuple[int, ...] | None = None,
    rng: Any = None,
) -> Sample:
    r"""Whole histories of pairs: initial direction, both rotations and both outcomes.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob in radians, at most 5e14 in magnitude, broadcast together.
    gamma : array_like
        Width of each leg in radians, from 0, the Born limit, to 500. Broadcast with the settings.
    size : int or tuple of int, optional
        Shape of the sample, at most 10^8 in all; by default one pair for each `a`, `b` and `gamma`.
    rng : optional
        Anything that `numpy.random.default_rng` takes.

    Returns
    -------
    Sample
        Fields `lam`, `alpha`, `beta`, `A` and `B`, each in the shape of the sample.

    Raises
    ------
    ValueError
        If an argument is out of its domain, they do not broadcast, `size` is negative, too
        large or does not fit them, or `rng` is not understood.

    Notes
    -----
    Almada et al. (2015), sec. 2.2: the probability of a history is proportional to
    :math:`W(\alpha)W(\beta)`. The law is exact. The net rotation is drawn first, as that of one
    particle of twice the width, and then split: :math:`\alpha` and :math:`-\beta` are two Cauchy
    numbers given their sum. In the Born limit one of the legs makes all of it.

    Examples
    --------
    >>> pairs = sample(0.0, np.pi / 3, gamma=0.1, size=100_000, rng=1)
    >>> E = np.mean((-1.0) ** (pairs.A + pairs.B))
    >>> round(float(E), 2), round(float(correlation(0.0, np.pi / 3, gamma=0.1)), 2)
    (-0.49, -0.49)
    """
    a, b = (domain.angle(n, v, limit=MAX_SETTING) for n, v in (("a", a), ("b", b)))
    gamma = domain.width("gamma", gamma, limit=MAX_WIDTH)
    parameters = domain.broadcast_shape(a=a, b=b, gamma=gamma)
    shape = domain.sample_shape(size, parameters)
    rng = domain.generator(rng)
    net = one_particle.sample(a - b, 2.0 * gamma, shape, rng)
    coins = rng.integers(0, 4, shape, dtype=np.uint8)
    A = (coins & 1).astype(np.int64)
    # The split has two equal legs: draw one of them, then toss whose it is.
    width = gamma if gamma.ndim == 0 else np.broadcast_to(gamma, shape).ravel()
    leg = _draw_legs(np.ravel(net.alpha), width, rng).reshape(shape)
    alpha = np.where(coins > 1, leg, net.alpha - leg)
    lam = a + np.pi * A - alpha
    lam -= TWO_PI * np.floor(lam / TWO_PI)
    return Sample(
        lam=np.clip(lam, 0.0, TWO_PI)[()],
        alpha=alpha[()],
        beta=(alpha - net.alpha)[()],
        A=A[()],
        B=(A ^ 1 ^ net.outcome)[()],
    )


def _draw_legs(net: FloatArray, gamma: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw one of the two equal legs of each net rotation."""
    x = np.empty(net.size)
    for start in range(0, net.size, BLOCK):
        part = slice(start, start + BLOCK)
        x[part] = _draw_leg(net[part], gamma[part] if gamma.ndim else gamma, rng)
    return x


def _draw_leg(net: FloatArray, gamma: FloatArray, rng: np.random.Generator) -> FloatArray:
    r"""Draw x with a density that, added to its mirror image under x -> net - x, is 1/XY.

    Here :math:`X = x^2 + \gamma^2` and :math:`Y = (net - x)^2 + \gamma^2`. Since
    :math:`1/XY = (1/X + 1/Y)/(X + Y)` and the sum X + Y is even about net/2, propose from 1/X and
    accept with the least X + Y over X + Y; half of the proposals are.
    """
    middle = 0.5 * net
    least = np.square(middle) + np.square(gamma)

    def propose(places: NDArray[np.intp]) -> tuple[FloatArray, NDArray[np.bool_]]:
        width = gamma[places] if gamma.ndim else gamma
        x = width * np.tan(np.pi * (rng.random(places.size) - 0.5))
        above = np.square(x - middle[places]) + least[places]
        return x, rng.random(places.size) * above <= least[places]

    return rejection(propose, np.empty(net.size))


def _angle_between(a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return a - b and the width."""
    a, b = (
        domain.angle(name, value, limit=domain.MAX_DIFFERENCE)
        for name, value in (("a", a), ("b", b))
    )
    gamma = domain.width("gamma", gamma)
    domain.broadcast_shape(a=a, b=b, gamma=gamma)
    return a - b, gamma
