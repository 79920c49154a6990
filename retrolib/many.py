r"""Many spins whose directions add up to zero: the model of the GHZ state, settings on its equator.

Spin i starts along :math:`\lambda_i` and turns to one of the directions of its magnet, by
:math:`\alpha_i = \phi_i + \pi A_i - \lambda_i + 2\pi n_i`. The source has all directions with
:math:`\lambda_1 + \dots + \lambda_N = 0` modulo a turn, none of them preferred, and a history
counts with the product of its weights. The net turn
:math:`\sum\alpha_i = \Phi + \pi\sum A_i + 2\pi n`, with :math:`\Phi = \sum\phi_i`, does not know
the directions: its weight is that of one particle whose width is :math:`\Gamma = \sum\gamma_i`.

One spin is `retrolib.one_particle`. Two are `retrolib.pair`, with :math:`\phi_1 = a`,
:math:`\phi_2 = \pi - b`. `steered` is about another source, whose three spins share a direction.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from retrolib import domain, one_particle
from retrolib._sampling import cauchy_share
from retrolib.weights import TWO_PI, sech, tanh_sech2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from retrolib.domain import FloatArray

__all__ = [
    "Sample",
    "correlation",
    "critical_gamma",
    "joint_probabilities",
    "sample",
    "steered",
]

MAX_SPINS = 20
"""So many have a million outcomes."""
MAX_TOTAL = 5e14
"""Beyond this a float no longer tells which winding is meant."""
NARROWEST = 1e-150
"""As good as no width, and its square is a float."""
MAX_WIDTH = 500.0
"""Beyond this a sampled winding number might not fit 64 bits."""

Kind = Literal["mermin", "svetlichny", "all settings", "local"]


class Sample(NamedTuple):
    r"""Histories of N spins, with turns = settings + pi outcomes - lam mod 2 pi.

    Attributes
    ----------
    lam : ndarray of float
        Initial directions in radians, in [0, 2 pi]; those of one history add up to whole turns.
    turns : ndarray of float
        Net rotations in radians, windings included.
    outcomes : ndarray of int
        0 = aligned with the setting (+1), 1 = anti-aligned (-1).
    """

    lam: FloatArray
    turns: FloatArray
    outcomes: NDArray[np.int64]


@np.errstate(under="ignore")
def joint_probabilities(settings: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Probabilities of all outcomes, :math:`2^{-N}[1 \pm \operatorname{sech}\Gamma\cos\Phi]`.

    Parameters
    ----------
    settings : array_like
        Angles in radians, shape (..., N), N from 1 to 20; each at most 8e307/N in magnitude.
    gamma : array_like
        Width of all spins in radians, or of each, shape (..., N); at least 0; 0 is the Born limit.
        Broadcast with the settings.

    Returns
    -------
    ndarray
        P, shape (..., 2, ..., 2), an axis for each spin: 0 = aligned, 1 = anti-aligned. Relative
        error below 1e-13 for the float sum of the settings, tails included.

    Raises
    ------
    ValueError
        If a setting is not finite or too large, there are no spins or too many, `gamma` is not
        finite and at least 0, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015), whose eqs. 2, 9 and 10 are those of one spin and of two. The
    weights of N spins and the condition on their directions are convolved: an N-fold wrapped
    Lorentzian, of width :math:`\Gamma`, at :math:`\Phi + \pi\sum A_i`. Only the parity of the
    outcomes matters. The settings are those of
    :math:`\cos\phi\,\sigma_x + \sin\phi\,\sigma_y`, and the law is that of the state
    :math:`(|0\dots0\rangle + |1\dots1\rangle)/\sqrt2` mixed with white noise.

    Examples
    --------
    All along x: an even number of spins is anti-aligned.

    >>> joint_probabilities([0.0, 0.0, 0.0], gamma=0.0)[0]
    array([[0.25, 0.  ],
           [0.  , 0.25]])
    """
    settings, gamma = domain.of_spins(settings, gamma, domain.MAX_DIFFERENCE)
    count = settings.shape[-1]
    if count > MAX_SPINS:
        raise ValueError(f"settings must be those of at most {MAX_SPINS} spins, got {count}")
    by_parity = one_particle.probabilities(settings.sum(axis=-1), _whole(gamma))
    parity = (np.bitwise_count(np.arange(2**count)) % 2).reshape((2,) * count)
    joint: FloatArray = by_parity[..., parity] / 2.0 ** (count - 1)
    return joint


@np.errstate(under="ignore")
def correlation(settings: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Correlation of all N outcomes, :math:`E = \operatorname{sech}\Gamma\cos\Phi`.

    Parameters
    ----------
    settings : array_like
        Angles in radians, shape (..., N), N at least 1; each at most 8e307/N in magnitude.
    gamma : array_like
        Width of all spins in radians, or of each, shape (..., N); at least 0; 0 is the Born limit.
        Broadcast with the settings.

    Returns
    -------
    ndarray
        The mean of :math:`(-1)^{A_1 + \dots + A_N}`, in the shape without the last axis; relative
        error below 1e-13 for the float sums of the settings and of the widths.

    Raises
    ------
    ValueError
        If a setting is not finite or too large, there are no spins, `gamma` is not finite and at
        least 0, or they do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015); their eq. 13 is that of two spins. With
    :math:`v = \operatorname{sech}\gamma`, the visibility of one spin, that of N equal ones is
    :math:`1/T_N(1/v)`, T the Chebyshev polynomial. Outcomes of fewer than N spins are independent.

    Examples
    --------
    The four products of the GHZ paradox, x x x and one x with two y:

    >>> x, y = 0.0, np.pi / 2
    >>> correlation([[x, x, x], [x, y, y], [y, x, y], [y, y, x]], gamma=0.1).round(3)
    array([ 0.957, -0.957, -0.957, -0.957])
    """
    settings, gamma = domain.of_spins(settings, gamma, domain.MAX_DIFFERENCE)
    E: FloatArray = np.cos(settings.sum(axis=-1)) * sech(_whole(gamma))
    return E


def critical_gamma(n: ArrayLike, kind: Kind) -> FloatArray:
    r"""Width of each of n spins at which a bound on their correlations is met.

    Parameters
    ----------
    n : array_like
        Number of spins, an integer from 2 to 2^53.
    kind : {"mermin", "svetlichny", "all settings", "local"}
        "mermin": below it the inequality of Mermin, Ardehali, Belinskii and Klyshko is violated,
        with two settings for each spin, by the model's best settings, and above it for none.
        "svetlichny": below it, and not above, the model is genuinely n-way nonlocal: no mixture
        of models where some group of spins may share everything and the rest is local to it.
        "all settings": below it an inequality over all settings on the circle is violated.
        "local": at it and above there is a local model for all settings on the circle.

    Returns
    -------
    ndarray
        The width in radians, in the shape of `n`; relative error below 1e-13.

    Raises
    ------
    ValueError
        If `n` is not an integer from 2 to 2^53, or `kind` is none of these.

    Notes
    -----
    Not in Almada et al. (2015); for n = 2 "mermin" and "svetlichny" are both what eq. 16, set to
    2, gives. The width is :math:`\operatorname{arcosh}(1/V)/n` for the visibilities

    .. math:: V = 2^{-(n-1)/2}, \qquad 2^{-1/2}, \qquad 2\,(2/\pi)^n, \qquad (2/\pi)^{n-1}

    in this order. For many spins "mermin" tends to :math:`\ln(2)/2`, while "all settings" and
    "local" close in on :math:`\ln(\pi/2)`. For n from 3 on, what lies between "local" and the
    larger of "mermin" and "all settings" is not decided by any of them; for n = 2 "mermin" is the
    border itself.

    Examples
    --------
    >>> critical_gamma([2, 3, 100], "mermin").round(6)
    array([0.440687, 0.438986, 0.350039])
    >>> round(float(critical_gamma(100, "local")), 6), round(float(np.log(np.pi / 2)), 6)
    (0.453998, 0.451583)
    """
    domain.one_of("kind", kind, ("mermin", "svetlichny", "all settings", "local"))
    n = domain.integer("n", n, least=2)
    half, circle = np.log(2.0) / 2.0, np.log(np.pi / 2.0)
    logarithm = {
        "mermin": (n - 1.0) * half,
        "svetlichny": np.full(n.shape, half),
        "all settings": n * circle - 2.0 * half,
        "local": (n - 1.0) * circle,
    }[kind]
    # arcosh x from ln x; x might be larger than any float.
    critical: FloatArray = (logarithm + np.log1p(np.sqrt(-np.expm1(-2.0 * logarithm)))) / n
    return critical


@np.errstate(under="ignore")
def sample(
    settings: ArrayLike,
    gamma: ArrayLike,
    size: int | tuple[int, ...] | None = None,
    rng: Any = None,
) -> Sample:
    r"""Whole histories of N spins: all initial directions, rotations and outcomes.

    Parameters
    ----------
    settings : array_like
        Angles in radians, shape (..., N), N at least 1; each at most 5e14/N in magnitude.
    gamma : array_like
        Width of all spins in radians, or of each, shape (..., N); from 0, the Born limit, to
        500/N. Broadcast with the settings.
    size : int or tuple of int, optional
        Shape of the sample, at most 10^8/N in all; by default one history for each row of settings.
    rng : optional
        Anything that `numpy.random.default_rng` takes.

    Returns
    -------
    Sample
        Fields `lam`, `turns` and `outcomes`, each in the shape of the sample followed by N.

    Raises
    ------
    ValueError
        If an argument is out of its domain, there are no spins, they do not broadcast, `size` is
        negative, too large or does not fit them, or `rng` is not understood.

    Notes
    -----
    Not in Almada et al. (2015). The law is exact. The net turn is drawn first, as that of one
    particle of width :math:`\Gamma`, and with it the parity of the outcomes, which are uniform
    besides. Then it is split: the turns are independent Cauchy numbers given their sum, drawn one
    after the other. In the Born limit one of the spins, each with the same probability, makes all
    of it; so does spin i with probability :math:`\gamma_i/\Gamma` as all widths get small.

    Examples
    --------
    One spin makes nearly all of the turn, if any is needed:

    >>> spins = sample([0.3, 0.4, 0.5], gamma=1e-6, size=1000, rng=1)
    >>> shares = np.sort(np.abs(spins.turns), axis=-1) / np.abs(spins.turns.sum(axis=-1))[:, None]
    >>> np.median(shares, axis=0).round(3)
    array([0., 0., 1.])
    """
    settings, gamma = domain.of_spins(settings, gamma, MAX_TOTAL, MAX_WIDTH)
    count = settings.shape[-1]
    shape = domain.sample_shape(size, settings.shape[:-1], count)
    rng = domain.generator(rng)
    net = one_particle.sample(settings.sum(axis=-1), gamma.sum(axis=-1), shape, rng)
    outcomes = rng.integers(0, 2, (*shape, count))
    outcomes[..., -1] = (net.outcome + outcomes[..., :-1].sum(axis=-1)) % 2
    turns = _split(np.ravel(net.alpha), np.broadcast_to(gamma, outcomes.shape), rng)
    turns = turns.reshape(outcomes.shape)
    return Sample(np.mod(settings + np.pi * outcomes - turns, TWO_PI), turns, outcomes)


@np.errstate(under="ignore")
def steered(a: ArrayLike, b: ArrayLike, c: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Correlation of two of three spins that start along one direction, any one.

    Parameters
    ----------
    a, b, c : array_like
        Settings of the two spins and of the third in radians; at most 8e307 in magnitude.
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the Born limit. All broadcast together.

    Returns
    -------
    ndarray
        :math:`E_{12}`, in [-1, 1], in the broadcast shape, whatever the third outcome is; error
        below 1e-14 for the floats a - b, c - a and c - b.

    Raises
    ------
    ValueError
        If a setting is not finite or too large, `gamma` is not finite and at least 0, or they do
        not broadcast.

    Notes
    -----
    Not in Almada et al. (2015). Reversing everything leaves this source as it is, and yet the third
    setting moves the correlation of the other two. With :math:`\theta = a - b`, :math:`u = c - a`,
    :math:`v = c - b` it is, as :math:`\gamma \to 0`,

    .. math:: E_{12} = \frac{\cos\theta\,(\sin^2 u + \sin^2 v) + \cos u \cos v \sin^2\theta}
              {\sin^2\theta + \sin^2 u + \sin^2 v}.

    Examples
    --------
    >>> steered(0.0, np.pi / 3, np.radians([0.0, 30.0, 90.0, 120.0]), gamma=0.0).round(4)
    array([0.5   , 0.65  , 0.3125, 0.25  ])
    """
    a, b, c = (
        domain.angle(n, v, limit=domain.MAX_DIFFERENCE) for n, v in (("a", a), ("b", b), ("c", c))
    )
    gamma = domain.width("gamma", gamma)
    domain.broadcast_shape(a=a, b=b, c=c, gamma=gamma)
    theta, u, v = a - b, c - a, c - b
    ours, thirds = np.square(np.sin(theta)), np.square(np.sin(u)) + np.square(np.sin(v))
    # The mean over the direction is a quotient of polynomials in q = sech 2 gamma; `rest` is 1 - q.
    t, sech2 = tanh_sech2(np.maximum(gamma, NARROWEST))
    q, rest = sech2 / (1.0 + t * t), 2.0 * t * t / (1.0 + t * t)
    of_ours = q**3 * thirds + rest * (2.0 + 3.0 * q + 2.0 * q**2)
    of_thirds = q * (q**3 * ours + rest * (2.0 + 2.0 * q + q**2))
    whole = q**4 * (ours + thirds) + 2.0 * rest * (1.0 + q) * (2.0 + q**2)
    E: FloatArray = sech2 * (np.cos(theta) * of_ours + np.cos(u) * np.cos(v) * of_thirds) / whole
    return E


def _split(net: FloatArray, gamma: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Split each net turn among the spins, whose turns are Cauchy numbers given their sum."""
    count = gamma.shape[-1]
    gamma = gamma.reshape(net.size, count)
    later = np.cumsum(gamma[:, ::-1], axis=1)[:, ::-1]  # the width of a spin and all after it
    turns = np.empty(gamma.shape)
    for i in range(count - 1):
        alike = np.full(net.size, 1.0 - 1.0 / (count - i))
        share = np.divide(later[:, i + 1], later[:, i], out=alike, where=later[:, i] > 0)
        turns[:, i] = cauchy_share(net, gamma[:, i], later[:, i + 1], share, rng)
        net = net - turns[:, i]
    turns[:, -1] = net
    return turns


def _whole(gamma: FloatArray) -> FloatArray:
    """Return the sum of the widths; beyond a thousand each makes no difference."""
    whole: FloatArray = np.minimum(gamma, 1e3).sum(axis=-1)
    return whole
