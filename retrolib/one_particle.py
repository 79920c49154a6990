r"""One spin between two measurements: outcomes, windings, histories.

The spin is prepared along one direction and measured along another, `theta` further. It ends
aligned, after a net rotation :math:`\theta + 2\pi n`, or anti-aligned, after
:math:`\theta + \pi + 2\pi n`; each history counts with its weight W.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from retrolib import domain
from retrolib._sampling import cauchy_share, rejection
from retrolib.weights import TWO_PI, tanh_ratio, unwind

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from retrolib.domain import FloatArray

__all__ = ["Sample", "bridge", "probabilities", "sample", "winding_probabilities"]

MAX_ANGLE = 1e15
"""Beyond this a float no longer tells which winding is meant."""
MAX_WIDTH = 1e3
"""Beyond this a sampled winding number might not fit 64 bits."""
MAX_PATH = 1e150
"""Beyond this a path might leave the range of floats."""


class Sample(NamedTuple):
    r"""Histories drawn between two measurements, with :attr:`alpha` = theta + pi outcome + 2 pi n.

    Attributes
    ----------
    outcome : ndarray of int
        0 = aligned with the setting (+1), 1 = anti-aligned (-1).
    alpha : ndarray of float
        Net rotation in radians, windings included.
    winding : ndarray of int
        The winding number n.
    """

    outcome: NDArray[np.int64]
    alpha: FloatArray
    winding: NDArray[np.int64]


@np.errstate(under="ignore")
def probabilities(theta: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Probabilities of both outcomes, :math:`(1 \pm \operatorname{sech}\gamma\cos\theta)/2`.

    Parameters
    ----------
    theta : array_like
        Angle between preparation and setting in radians; any finite values.
    gamma : array_like
        Width in radians, at least 0; 0 is the Born limit. Broadcast with `theta`.

    Returns
    -------
    ndarray
        P, shape (..., 2): aligned, anti-aligned. Relative error below 1e-13, tails included.

    Raises
    ------
    ValueError
        If `theta` is not finite, `gamma` is not finite and at least 0, or they do not broadcast.

    Notes
    -----
    Almada et al. (2015), eq. 2, normalised: with :math:`t = \tanh(\gamma/2)`,

    .. math:: P(+) = \frac{\cos^2(\theta/2) + t^2 \sin^2(\theta/2)}{1 + t^2}, \qquad
              P(-) = \frac{\sin^2(\theta/2) + t^2 \cos^2(\theta/2)}{1 + t^2}.

    Examples
    --------
    The Born rule at sixty degrees, three times in four:

    >>> probabilities(np.pi / 3, gamma=0.0).round(12)
    array([0.75, 0.25])
    """
    theta = domain.angle("theta", theta)
    gamma = domain.width("gamma", gamma)
    domain.broadcast_shape(theta=theta, gamma=gamma)
    cos2, sin2 = np.square(np.cos(0.5 * theta)), np.square(np.sin(0.5 * theta))
    t2 = np.square(np.tanh(0.5 * gamma))
    return np.stack([cos2 + t2 * sin2, sin2 + t2 * cos2], axis=-1) / (1.0 + t2)[..., None]


@np.errstate(under="ignore")
def winding_probabilities(theta: ArrayLike, gamma: ArrayLike, n: ArrayLike) -> FloatArray:
    r"""Law of the winding number of an aligned spin, :math:`P(n) = W(\theta + 2\pi n)/w(\theta)`.

    Parameters
    ----------
    theta : array_like
        Angle between preparation and setting in radians, at most 1e15 in magnitude. Add pi for
        the anti-aligned outcome.
    gamma : array_like
        Width in radians, at least 0; 0 is the Born limit. Broadcast with `theta`.
    n : array_like
        Winding number, an integer of at most 2^53 in magnitude. Broadcast with `theta`.

    Returns
    -------
    ndarray
        P(n), in [0, 1], in the broadcast shape; relative error below 1e-13.

    Raises
    ------
    ValueError
        If `theta`, `gamma` or `n` is out of its domain, or they do not broadcast.

    Notes
    -----
    One term of the numerator of Almada et al. (2015), eq. 2, over the whole numerator. It tends to
    :math:`4\sin^2(\theta/2)/(\theta + 2\pi n)^2` in the Born limit: long ways round stay likely.

    Examples
    --------
    Up, measured at a right angle, gamma small: the short way, and the long way round.

    >>> winding_probabilities(np.pi / 2, 1e-6, n=[0, -1]).round(4)
    array([0.8106, 0.0901])
    """
    theta = domain.angle("theta", theta, limit=MAX_ANGLE)
    gamma = domain.width("gamma", gamma)
    n = domain.integer("n", n)
    domain.broadcast_shape(theta=theta, gamma=gamma, n=n)
    nearest, turns = unwind(theta)
    return _share(nearest, gamma, nearest + TWO_PI * (n + turns))[()]


def _share(theta: FloatArray, gamma: FloatArray, alpha: FloatArray) -> FloatArray:
    """Return W(alpha) / w(theta); theta is at most about half a turn."""
    ratio = tanh_ratio(gamma)
    chord = theta * np.sinc(theta / TWO_PI)  # 2 sin(theta/2), also where theta is subnormal
    whole = np.hypot(chord, ratio * gamma * np.cos(0.5 * theta))
    part = np.hypot(alpha, gamma)
    # No rotation without a width: the only way.
    root = np.divide(whole, part, out=np.ones(np.broadcast(whole, part).shape), where=part > 0)
    return np.minimum(root * (root / ratio), 1.0)


@np.errstate(under="ignore")
def sample(
    theta: ArrayLike,
    gamma: ArrayLike,
    size: int | tuple[int, ...] | None = None,
    rng: Any = None,
) -> Sample:
    r"""Histories drawn from eq. 2, each with its outcome, net rotation and winding number.

    Parameters
    ----------
    theta : array_like
        Angle between preparation and setting in radians, at most 1e15 in magnitude.
    gamma : array_like
        Width in radians, from 0, the Born limit, to 1000. Broadcast with `theta`.
    size : int or tuple of int, optional
        Shape of the sample, at most 10^8 in all; by default one history for each `theta` and
        `gamma`.
    rng : optional
        Anything that `numpy.random.default_rng` takes.

    Returns
    -------
    Sample
        Fields `outcome`, `alpha` and `winding`, each in the shape of the sample.

    Raises
    ------
    ValueError
        If `theta` or `gamma` is out of its domain, they do not broadcast, `size` is negative,
        too large or does not fit them, or `rng` is not understood.

    Notes
    -----
    Almada et al. (2015), sec. 2.1: P(alpha) is proportional to W(alpha) over all allowed
    rotations. Those are :math:`\theta + \pi k` with k = outcome + 2 winding. Doubled, they are
    the windings of :math:`2\theta` under the width :math:`2\gamma`. The law is exact and no
    winding is left out: the three likeliest k are drawn by their probabilities, all others by
    rejection from a Cauchy law cut into cells.

    Examples
    --------
    >>> outcome, alpha, winding = sample(np.pi / 3, gamma=0.0, size=100_000, rng=1)
    >>> round(float(outcome.mean()), 2)
    0.25
    >>> bool(np.allclose(alpha, np.pi / 3 + np.pi * outcome + 2 * np.pi * winding))
    True
    """
    theta = domain.angle("theta", theta, limit=MAX_ANGLE)
    gamma = domain.width("gamma", gamma, limit=MAX_WIDTH)
    parameters = domain.broadcast_shape(theta=theta, gamma=gamma)
    shape = domain.sample_shape(size, parameters)
    rng = domain.generator(rng)
    theta, gamma = (p if p.ndim == 0 else np.broadcast_to(p, shape).ravel() for p in (theta, gamma))
    nearest, turns = unwind(2.0 * theta)
    steps = _draw_windings(nearest, 2.0 * gamma, int(np.prod(shape)), rng)
    alpha = 0.5 * nearest + np.pi * steps
    steps -= turns.astype(np.int64)
    return Sample(
        outcome=(steps & 1).reshape(shape)[()],
        alpha=alpha.reshape(shape)[()],
        winding=(steps >> 1).reshape(shape)[()],
    )


def _draw_windings(
    theta: FloatArray, gamma: FloatArray, count: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """Draw n from winding_probabilities(theta, gamma, n); theta is at most half a turn."""
    head = np.cumsum([_share(theta, gamma, theta + TWO_PI * n) for n in (0, 1, -1)], axis=0)
    u = rng.random(count)
    n: NDArray[np.int64] = (u >= head[0]).astype(np.int64)
    n -= 2 * (u >= head[1])
    rest = np.flatnonzero(u >= head[2])
    for block in np.array_split(rest, 1 + rest.size // 2**15):  # blocks that stay in the cache
        angle, width = (p if p.ndim == 0 else p[block] for p in (theta, gamma))
        n[block] = _draw_far_windings(angle, width, block.size, rng)
    return n


def _draw_far_windings(
    theta: FloatArray, gamma: FloatArray, count: int, rng: np.random.Generator
) -> FloatArray:
    """Draw the rest, |n| > 1."""
    # A Cauchy law of this scale puts atan(z)/pi on the cell from y - pi to y + pi, z as below, and
    # W asks for z. Now z / atan(z) rises with z, and out here z is at most 1/sqrt(8), or 0.38
    # where a large theta makes half a turn inexact.
    scale = np.hypot(gamma, np.pi)
    begin = np.arctan((theta + 3.0 * np.pi) / scale)
    length = np.pi - begin - np.arctan((3.0 * np.pi - theta) / scale)
    bound = 0.38 / np.arctan(0.38)

    def propose(places: NDArray[np.intp]) -> tuple[FloatArray, NDArray[np.bool_]]:
        y0, g, c, b, w = (
            p if p.ndim == 0 else p[places] for p in (theta, gamma, scale, begin, length)
        )
        x = c * np.tan(b + w * rng.random(places.size))
        n = np.rint((x - y0) / TWO_PI)
        z = TWO_PI * c / (np.square(y0 + TWO_PI * n) + np.square(g))
        return n, (bound * np.arctan(z) * rng.random(places.size) < z) & (np.abs(n) > 1)

    return rejection(propose, np.empty(count))


@np.errstate(under="ignore")
def bridge(
    alpha: ArrayLike,
    gamma: ArrayLike,
    times: ArrayLike,
    rng: Any = None,
    kind: Literal["cauchy", "brownian"] = "cauchy",
) -> FloatArray:
    r"""Angle of the spin between the measurements, from the preparation (0) on to :math:`\alpha`.

    The paper gives weights to whole rotations and no path. Both kinds are this book's own choice,
    made because they leave the law of the net rotation as it is.

    Parameters
    ----------
    alpha : array_like
        Net rotation in radians, at most 1e150 in magnitude.
    gamma : array_like
        Width in radians, from 0, the Born limit, to 1e150. Broadcast with `alpha`.
    times : array_like
        When to look, as fractions of the time between the measurements: a row of numbers in
        [0, 1] that does not decrease.
    rng : optional
        Anything that `numpy.random.default_rng` takes.
    kind : {"cauchy", "brownian"}
        "cauchy": a Cauchy process, pinned to alpha at the end. It moves by jumps; in the Born
        limit by one jump, at a time that is uniform. "brownian": W is where a Brownian path in
        the half plane, released at height gamma, hits the ground; this is its shadow on the
        ground, and continuous.

    Returns
    -------
    ndarray
        Angles in radians, measured from the preparation: the shape of `alpha` and `gamma`,
        followed by that of `times`. Exactly 0 at time 0 and alpha at time 1.

    Raises
    ------
    ValueError
        If an argument is out of its domain, or `alpha` and `gamma` do not broadcast.

    Notes
    -----
    Not in Almada et al. (2015). The mean is :math:`t\alpha` for both kinds; the variance of the
    Cauchy bridge is :math:`t(1-t)(\alpha^2+\gamma^2)`, that of the Brownian one is infinite,
    because its duration, :math:`(\alpha^2+\gamma^2)/2E` with E exponential, has no mean.

    Examples
    --------
    In the Born limit one jump does it all:

    >>> path = bridge(np.pi / 3, gamma=0.0, times=[0.0, 0.25, 0.5, 0.75, 1.0], rng=1)
    >>> np.unique(path).round(4)
    array([0.    , 1.0472])
    """
    alpha = domain.angle("alpha", alpha, limit=MAX_PATH)
    gamma = domain.width("gamma", gamma, limit=MAX_PATH)
    shape = domain.broadcast_shape(alpha=alpha, gamma=gamma)
    times = domain.fractions("times", times)
    domain.one_of("kind", kind, ("cauchy", "brownian"))
    rng = domain.generator(rng)
    walk = _cauchy_bridge if kind == "cauchy" else _brownian_bridge
    alpha, gamma = (np.broadcast_to(p, shape).ravel() for p in (alpha, gamma))
    path = walk(alpha, gamma, np.atleast_1d(times), rng)
    return path.reshape(shape + times.shape)[()]


def _cauchy_bridge(
    alpha: FloatArray, gamma: FloatArray, times: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Step by step, two Cauchy laws given their sum: this step's and that of all later ones."""
    path = np.zeros((alpha.size, times.size))
    now, x = 0.0, np.zeros_like(alpha)
    for i, t in enumerate(times):
        if t == 1.0:
            x = alpha
        elif t > now:
            stay = np.full(alpha.shape, (1 - t) / (1 - now))
            x = x + cauchy_share(alpha - x, (t - now) * gamma, (1 - t) * gamma, stay, rng)
        path[:, i] = x
        now = t
    return path


def _brownian_bridge(
    alpha: FloatArray, gamma: FloatArray, times: FloatArray, rng: np.random.Generator
) -> FloatArray:
    """Draw the duration given where the path ends, then a Brownian bridge of that duration."""
    exponential = np.maximum(rng.standard_exponential(alpha.size), np.finfo(float).tiny)
    root_duration = np.hypot(alpha, gamma) / np.sqrt(2.0 * exponential)
    path = np.zeros((alpha.size, times.size))
    now, y = 0.0, np.zeros_like(alpha)
    for i, t in enumerate(times):
        if t > now:
            left = (1 - t) / (1 - now)
            y = left * y + np.sqrt((t - now) * left) * rng.standard_normal(alpha.size)
        path[:, i] = t * alpha + root_duration * y
        now = t
    return path
