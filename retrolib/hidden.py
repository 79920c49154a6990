r"""The pair's hidden direction and turns in closed form, once both settings are given.

The symbols are those of `retrolib.pair`: particle 1 starts along :math:`\lambda` and turns by
:math:`\alpha`, particle 2 turns by :math:`\beta`, and :math:`\alpha - \beta` is the net turn.
Whole histories are weighed, except in `states_correlation` and `states_split_density`, where each
leg is normalised by itself, as by ``PairModel(..., rule="states")``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrolib import domain
from retrolib.weights import doubled, sech, tanh_sech2

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from retrolib.domain import FloatArray

__all__ = [
    "cumulative",
    "distance",
    "near_axes",
    "peak",
    "split_density",
    "split_peak",
    "states_correlation",
    "states_split_density",
    "turn_density",
    "turn_peak",
]

MAX_ANGLE = 5e307
"""The sum of three such angles is a float."""
MAX_DIRECTION = 1e6
"""Beyond this a float no longer tells ten digits of a direction."""
MAX_NET = 1e100
"""Beyond this the norm of two legs is no float."""
MIN_WIDTH = 1e-6
"""Below this rounding would leave fewer than nine digits of a distance."""
MAX_WIDTH = 100.0
"""Beyond this the norm of two legs might not be a float."""


def peak(a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the highest value of the density of the hidden direction over all directions.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob in radians; finite, broadcast together.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with the angles.

    Returns
    -------
    ndarray
        The largest `retrolib.pair.hidden_density`, per radian, in the broadcast shape; relative
        error below 1e-12 for the float a - b and widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and above 0, or they do not
        broadcast.
    OverflowError
        If the density is larger than the largest float.

    Notes
    -----
    Ours, for the chapter "Two spins, one direction that nobody fixed"; Almada et al. (2015)
    give no formula.
    With :math:`t = \tanh\gamma`, :math:`s = \operatorname{sech}\gamma` and h half the angle
    between the two axes, at most :math:`\pi/4` in magnitude, it is

    .. math:: \frac{\tanh 2\gamma}{8\pi}\,\frac{4t^2 + s^4\sin^2 2h}{L}, \qquad
              L = \begin{cases} t^2\sin^2 2h & \text{if } \tan|h| > t,\\
              (t^2\cos^2 h + \sin^2 h)^2 & \text{otherwise:}\end{cases}

    two peaks near the axes, or one midway between them.

    Examples
    --------
    >>> peak(0.0, 1.0, gamma=[0.01, 1.0]).round(3)
    array([7.96 , 0.205])
    """
    a, b = _angles(domain.MAX_DIFFERENCE, a=a, b=b)
    gamma = _width(gamma, a=a, b=b)
    t, sech = _hyperbolic(gamma)
    h = 0.5 * _half_turn(a - b)
    with domain.overflow_is_an_error("the density"):
        middle = np.hypot(t * np.cos(h), np.sin(h))
        two = np.tan(np.abs(h)) > t
        root = np.hypot(2.0 * t, np.square(sech) * np.sin(2.0 * h))
        root = root / np.where(two, t, middle) / np.where(two, np.abs(np.sin(2.0 * h)), middle)
        root = root * np.sqrt(np.tanh(doubled(gamma))) / np.sqrt(8.0 * np.pi)
        highest: FloatArray = np.square(root)
        return highest


def cumulative(lam: ArrayLike, a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the integral of the density of the hidden direction from midway between the axes.

    Parameters
    ----------
    lam : array_like
        Direction of particle 1 in radians, at most 1e6 in magnitude.
    a, b : array_like
        Settings of Alice and Bob in radians, at most 1e6 in magnitude.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with the angles.

    Returns
    -------
    ndarray
        The integral of `retrolib.pair.hidden_density` from the middle to `lam`, negative before it;
        half turns count, 1/2 each. Absolute error below 1e-13 for angles within a few turns and
        widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and above 0, or they do not
        broadcast.

    Notes
    -----
    Ours, for the chapter "Can you cause what has already happened?"; Almada et al. (2015)
    give no formula.
    The middle is b + h, with 2h the angle a - b moved by half turns into
    :math:`(-\pi/2, \pi/2]`. For :math:`x = \tan(\lambda - b - h)` the integral within a quarter
    turn of the middle is

    .. math:: \frac{1}{4\pi}\left[\arctan\frac{x - p}{q} + \arctan\frac{x + p}{q}
              + \frac{\tanh 2\gamma}{2\tan 2h} \ln\frac{(x + p)^2 + q^2}{(x - p)^2 + q^2}\right],

    .. math:: p = \frac{\sin 2h}{2(\cosh^2\gamma - \sin^2 h)}, \qquad
              q = \frac{\sinh 2\gamma}{2(\cosh^2\gamma - \sin^2 h)}.

    Examples
    --------
    From one middle to the next one is half a turn, and has half of all directions.

    >>> cumulative([0.5, 0.5 + np.pi], a=0.0, b=1.0, gamma=0.1).round(12)
    array([0. , 0.5])
    """
    lam, a, b = _angles(MAX_DIRECTION, lam=lam, a=a, b=b)
    gamma = _width(gamma, lam=lam, a=a, b=b)
    h = 0.5 * _half_turn(a - b)
    return _from_middle(lam - b - h, h, gamma)


def near_axes(a: ArrayLike, b: ArrayLike, reach: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the probability that the hidden direction is within reach of an axis of a magnet.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob in radians, at most 1e6 in magnitude.
    reach : array_like
        How far from a, a + pi, b or b + pi in radians, from 0 to pi/4.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with the angles.

    Returns
    -------
    ndarray
        The probability, in [0, 1], in the broadcast shape; absolute error below 1e-13 for widths
        from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and above 0, or they do not
        broadcast, or
        `reach` is out of range.

    Notes
    -----
    Ours, for the chapter "Two spins, one direction that nobody fixed"; Almada et al. (2015)
    give no formula.
    With F the integral of the density from midway between the axes, :func:`cumulative`, and
    h half the angle between them, it is :math:`4[F(h + r) - F(\max(0, h - r))]` for reach r.

    Examples
    --------
    Nearly all directions are near an axis when the width is small.

    >>> near_axes(0.0, 1.0, reach=0.2, gamma=[0.001, 2.0]).round(2)
    array([1.  , 0.26])
    """
    a, b = _angles(MAX_DIRECTION, a=a, b=b)
    reach = domain.width("reach", reach, limit=np.pi / 4)
    gamma = _width(gamma, a=a, b=b, reach=reach)
    h = 0.5 * np.abs(_half_turn(a - b))
    parts = [_from_middle(y, h, gamma) for y in (h + reach, np.maximum(0.0, h - reach))]
    return 4.0 * np.abs(parts[0] - parts[1])


def distance(a: ArrayLike, b: ArrayLike, b2: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the total variation distance of the hidden direction under two settings of Bob's.

    Parameters
    ----------
    a, b, b2 : array_like
        Alice's setting, Bob's and Bob's other one in radians, at most 1e6 in magnitude.
    gamma : array_like
        Width of each leg in radians, at least 1e-6; broadcast with the angles.

    Returns
    -------
    ndarray
        TV, in [0, 1], in the broadcast shape; exactly 0 where b and b2 are equal. Absolute
        error below 1e-13 for widths from 0.01 to 2, and 1e-15/gamma for those below.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and at least 1e-6, or they
        do not broadcast.

    Notes
    -----
    Ours, for the chapter "Can you cause what has already happened?"; Almada et al. (2015)
    give no formula.
    :math:`\tfrac12\int|\rho(\lambda|a,b) - \rho(\lambda|a,b_2)|\,d\lambda`. The densities cross
    twice in each half turn. With :math:`N_i = \sinh^2 2\gamma + \sin^2(a - b_i)` the vector
    :math:`N_1 e^{2ib_2} - N_2 e^{2ib_1}` has the direction 2m and the length R, the crossings are
    :math:`m \pm c`, where
    :math:`R\cos 2c = \cosh 2\gamma\,\sin(b_2 - b_1)\sin(2a - b_1 - b_2)`, and the distance
    follows from :func:`cumulative`. The turns of both particles are as far apart.

    Examples
    --------
    >>> distance(0.0, 0.5, [0.5, 1.5], gamma=0.1).round(3)
    array([0.  , 0.54])
    """
    a, b, b2 = _angles(MAX_DIRECTION, a=a, b=b, b2=b2)
    gamma = domain.width("gamma", gamma, least=MIN_WIDTH)
    domain.broadcast_shape(a=a, b=b, b2=b2, gamma=gamma)
    t, sech = _hyperbolic(doubled(gamma))
    one, other = (np.hypot(t, sech * np.sin(a - setting)) for setting in (b, b2))
    larger = np.maximum(one, other)
    n1, n2 = np.square(one / larger), np.square(other / larger)
    # All angles from a.
    u, u2 = b - a, b2 - a
    x = n1 * np.cos(2.0 * u2) - n2 * np.cos(2.0 * u)
    y = n1 * np.sin(2.0 * u2) - n2 * np.sin(2.0 * u)
    size = np.hypot(x, y)
    cosine = -np.sin(u2 - u) * np.sin(u + u2) * sech / np.square(larger)
    # Where both settings are the same any stretch will do.
    half = 0.5 * np.arccos(np.clip(cosine / np.maximum(size, 1e-20), -1.0, 1.0))
    middle = 0.5 * np.arctan2(y, x)
    shares = []
    for v in (u, u2):
        h = 0.5 * _half_turn(-v)
        ends = [_from_middle(middle + e - v - h, h, gamma) for e in (half, -half)]
        shares.append(ends[0] - ends[1])
    return 2.0 * np.abs(shares[1] - shares[0])


def turn_density(turn: ArrayLike, near: ArrayLike, far: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the density of one particle's turn once both settings are given.

    Parameters
    ----------
    turn : array_like
        Net rotation of the particle in radians, full circles included; at most 5e307.
    near, far : array_like
        Setting of its own magnet and of the other one in radians, at most 5e307 in magnitude:
        a and b for alpha, b and a for beta.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with the angles.

    Returns
    -------
    ndarray
        The density per radian in the broadcast shape; its integral over all turns is 1. Relative
        error below 1e-12 for widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and above 0, or they do not
        broadcast.
    OverflowError
        If the density is larger than the largest float.

    Notes
    -----
    Ours, for the chapter "Can you cause what has already happened?"; Almada et al. (2015)
    give no formula.
    With :math:`\theta` = near - far, :math:`t = \tanh\gamma` and
    :math:`s = \operatorname{sech}\gamma` it is

    .. math:: \frac{\gamma\tanh 2\gamma}{4\pi t}\,\frac{4t^2 + s^4\sin^2\theta}
              {(\alpha^2 + \gamma^2)\,[t^2 + s^2\sin^2(\alpha - \theta)]}.

    Examples
    --------
    >>> turn_density([0.0, 0.5, 1.0], near=1.0, far=0.0, gamma=0.1).round(3)
    array([1.627, 0.187, 1.153])
    """
    turn, near, far = _angles(MAX_ANGLE, turn=turn, near=near, far=far)
    gamma = _width(gamma, turn=turn, near=near, far=far)
    return _turn_density(turn, near - far, gamma)


def turn_peak(near: ArrayLike, far: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the highest value of the density of one particle's turn over all turns.

    Parameters
    ----------
    near, far : array_like
        Setting of its own magnet and of the other one in radians, at most 5e307 in magnitude;
        exchanging them changes nothing.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with the angles.

    Returns
    -------
    ndarray
        The largest `turn_density`, per radian, in the broadcast shape; relative error below 1e-12
        for widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and above 0, or they do not
        broadcast.
    OverflowError
        If the density is larger than the largest float.

    Notes
    -----
    Ours, for the chapter "Can you cause what has already happened?"; Almada et al. (2015)
    give no formula.
    The highest of all is the maximum between no turn and half the way to the other magnet's axis,
    no further than one width, where the derivative changes its sign: it is found by bisection.

    Examples
    --------
    >>> bool(turn_peak(1.0, 0.0, 0.1) >= turn_density(0.0, 1.0, 0.0, 0.1))
    True
    """
    near, far = _angles(MAX_ANGLE, near=near, far=far)
    gamma = _width(gamma, near=near, far=far)
    net = np.abs(_half_turn(near - far))
    net, width = np.broadcast_arrays(net, np.minimum(gamma, 1e3))
    t, sech = _hyperbolic(width)
    low, high = np.zeros(net.shape), np.minimum(width, 0.5 * net)
    for _ in range(60):
        turn = 0.5 * (low + high)
        rest, r = net - turn, turn / width
        far_leg = np.hypot(t, sech * np.sin(rest))
        pull = 2.0 * (width / far_leg) * (sech * np.sin(rest) / far_leg) * (sech * np.cos(rest))
        before = 2.0 * r / (1.0 + np.square(r)) < pull
        low, high = np.where(before, turn, low), np.where(before, high, turn)
    return _turn_density(0.5 * (low + high), net, gamma)


def split_density(alpha: ArrayLike, net: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the density of particle 1's turn once the net turn is given.

    Parameters
    ----------
    alpha : array_like
        Turn of particle 1 in radians, at most 5e307 in magnitude.
    net : array_like
        Net turn of the pair, alpha - beta, in radians, at most 5e307 in magnitude.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with the angles.

    Returns
    -------
    ndarray
        The density per radian in the broadcast shape; its integral over all alpha is 1. Relative
        error below 1e-12 for widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and above 0, or they do not
        broadcast.
    OverflowError
        If the density is larger than the largest float.

    Notes
    -----
    Ours, for the chapter "Two spins, one direction that nobody fixed"; Almada et al. (2015)
    give no formula.
    Two Cauchy laws given their sum: with :math:`\delta` the net turn,

    .. math:: \frac{W_\gamma(\alpha)W_\gamma(\alpha - \delta)}{(2\pi/\gamma)W_{2\gamma}(\delta)}
              = \frac{\gamma}{2\pi}\,\frac{\delta^2 + 4\gamma^2}
              {(\alpha^2 + \gamma^2)\,[(\alpha - \delta)^2 + \gamma^2]}.

    Examples
    --------
    One leg makes all of the net turn, rather than each a half.

    >>> split_density([0.0, 0.5, 1.0], net=1.0, gamma=0.1).round(3)
    array([1.639, 0.245, 1.639])
    """
    alpha, net = _angles(MAX_ANGLE, alpha=alpha, net=net)
    gamma = _width(gamma, alpha=alpha, net=net)
    with domain.overflow_is_an_error("the density"):
        root = np.sqrt(2.0 / np.pi * gamma) / np.hypot(alpha, gamma)
        root = root * (np.hypot(0.5 * net, gamma) / np.hypot(alpha - net, gamma))
        density: FloatArray = np.square(root)
        return density


def split_peak(net: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the highest value of the density of particle 1's turn once the net turn is given.

    Parameters
    ----------
    net : array_like
        Net turn of the pair in radians, at most 5e307 in magnitude.
    gamma : array_like
        Width of each leg in radians, above 0; broadcast with the angles.

    Returns
    -------
    ndarray
        The largest `split_density`, per radian, in the broadcast shape; relative error below 1e-12
        for widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and above 0, or they do not
        broadcast.
    OverflowError
        If the density is larger than the largest float.

    Notes
    -----
    Ours, for the chapter "Two spins, one direction that nobody fixed"; Almada et al. (2015)
    give no formula.
    It is :math:`(\delta^2 + 4\gamma^2)/(2\pi\gamma\delta^2)` if :math:`|\delta| > 2\gamma`, at two
    turns, and :math:`8\gamma/[\pi(\delta^2 + 4\gamma^2)]` otherwise, at half the net turn
    :math:`\delta`.

    Examples
    --------
    >>> split_peak([0.0, 1.0], gamma=0.1).round(3)
    array([6.366, 1.655])
    """
    (net,) = _angles(MAX_ANGLE, net=net)
    gamma = _width(gamma, net=net)
    with domain.overflow_is_an_error("the density"):
        half = 0.5 * np.abs(net)
        middle = np.hypot(half, gamma)
        two = half > gamma
        root = np.sqrt(gamma / (2.0 * np.pi)) / np.where(two, gamma, middle)
        root = root * (middle / np.where(two, half, 0.5 * middle))
        highest: FloatArray = np.square(root)
        return highest


@np.errstate(under="ignore")
def states_correlation(a: ArrayLike, b: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the correlation of both outcomes if each leg is normalised by itself.

    Parameters
    ----------
    a, b : array_like
        Settings of Alice and Bob in radians; finite, broadcast together.
    gamma : array_like
        Width of each leg in radians, at least 0; 0 is the limit, half the singlet's correlation.

    Returns
    -------
    ndarray
        E, in [-1/2, 1/2], in the broadcast shape; relative error below 1e-12 for the
        float a - b and widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not finite and at least 0, or they do not
        broadcast.

    Notes
    -----
    Ours, for the chapter "Two spins, one direction that nobody fixed"; Almada et al. (2015)
    give no formula.
    The direction is uniform, and each outcome has its own law
    :math:`E(A) = \operatorname{sech}\gamma\cos(\lambda - a)`, so that

    .. math:: E = -\tfrac12\operatorname{sech}^2\gamma\,\cos(a - b).

    Examples
    --------
    >>> round(float(states_correlation(0.0, np.pi / 3, gamma=0.0)), 12)
    -0.25
    """
    a, b = _angles(domain.MAX_DIFFERENCE, a=a, b=b)
    gamma = domain.width("gamma", gamma)
    domain.broadcast_shape(a=a, b=b, gamma=gamma)
    return -0.5 * np.cos(a - b) * np.square(sech(gamma))


def states_split_density(alpha: ArrayLike, net: ArrayLike, gamma: ArrayLike) -> FloatArray:
    r"""Return the density of particle 1's turn given the net turn, each leg normalised by itself.

    Parameters
    ----------
    alpha : array_like
        Turn of particle 1 in radians, at most 5e307 in magnitude.
    net : array_like
        Net turn of the pair, alpha - beta, in radians, at most 1e100 in magnitude.
    gamma : array_like
        Width of each leg in radians, above 0, at most 100; broadcast with the angles.

    Returns
    -------
    ndarray
        The density per radian in the broadcast shape; its integral over all alpha is 1. Relative
        error below 1e-12 for widths from 0.01 to 2.

    Raises
    ------
    ValueError
        If an angle is not finite or too large, `gamma` is not above 0 and at most 100, or they
        do not broadcast.
    OverflowError
        If the density is larger than the largest float.

    Notes
    -----
    Ours, for the chapter "Two spins, one direction that nobody fixed"; Almada et al. (2015)
    give no formula.
    A leg makes the turn x with probability :math:`P(x) = W(x)/\sum_k W(x + \pi k)`, so that the
    density is :math:`P(\alpha)P(\alpha - \delta)/N`. The Fourier transform of P ends at the
    frequency 2, from which

    .. math:: N = \frac{\pi\gamma}{\sinh^2 2\gamma}\,
              \frac{\sinh 4\gamma - 4\gamma\sin(2\delta)/(2\delta)}{\delta^2 + 4\gamma^2}.

    Examples
    --------
    The turns are shared more evenly than if whole histories are weighed.

    >>> states_split_density([0.0, 0.5, 1.0], net=1.0, gamma=0.1).round(3)
    array([0.413, 0.492, 0.413])
    """
    (alpha,), (net,) = _angles(MAX_ANGLE, alpha=alpha), _angles(MAX_NET, net=net)
    gamma = domain.width("gamma", gamma, positive=True, limit=MAX_WIDTH)
    domain.broadcast_shape(alpha=alpha, net=net, gamma=gamma)
    t, sech = _hyperbolic(gamma)
    u, v = 4.0 * gamma, 2.0 * np.abs(net)
    with domain.overflow_is_an_error("the density"):
        size = np.hypot(u, v)
        norm = np.square(u / size) * _sinh_excess(u) + np.square(v / size) * _sine_defect(v)
        norm = 4.0 * np.pi * norm * (gamma / np.sinh(0.5 * u)) * (u / np.sinh(0.5 * u))
        legs = [np.hypot(t, sech * np.sin(x)) / np.hypot(x, gamma) for x in (alpha, alpha - net)]
        density: FloatArray = np.square(legs[0] * legs[1] * (gamma / t)) / norm
        return density


def _angles(limit: float, **angles: ArrayLike) -> list[FloatArray]:
    """Return the named angles, finite and at most `limit` in magnitude."""
    return [domain.angle(name, value, limit=limit) for name, value in angles.items()]


def _width(gamma: ArrayLike, **angles: FloatArray) -> FloatArray:
    """Return the width, above 0; it must broadcast with the angles."""
    width = domain.width("gamma", gamma, positive=True)
    domain.broadcast_shape(**angles, gamma=width)
    return width


def _hyperbolic(gamma: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return tanh and sech of the width."""
    t, sech2 = tanh_sech2(gamma)
    return t, np.sqrt(sech2)


def _half_turn(x: FloatArray) -> FloatArray:
    """Return an angle moved by half turns to between -pi/2, left out, and pi/2."""
    moved = np.arctan(np.tan(x))
    return np.where(moved <= -0.5 * np.pi + 1e-15, 0.5 * np.pi, moved)


@np.errstate(over="ignore", under="ignore")
def _from_middle(y: FloatArray, h: FloatArray, gamma: FloatArray) -> FloatArray:
    """Return the integral of the density over y, from midway between axes that are 2h apart."""
    t, sech = _hyperbolic(gamma)
    sech2 = np.square(sech)
    turns = np.ceil(y / np.pi - 0.5)
    x = np.tan(np.clip(y - np.pi * turns, -0.5 * np.pi, 0.5 * np.pi))
    high = np.square(np.cos(h)) + np.square(t * np.sin(h))
    p = 0.5 * sech2 * np.sin(2.0 * h) / high
    q = t / high
    size = np.hypot(x, np.hypot(t * np.cos(h), np.sin(h)) / np.sqrt(high))
    z = (2.0 * p / size) * (x / size)
    small = np.abs(z) < 0.5
    inner = np.where(small & (z != 0), z, 0.5)
    ratio = np.where(z == 0, 1.0, np.arctanh(inner) / inner)
    near = np.log(np.hypot(x + p, q) / np.hypot(x - p, q)) / np.where(small, 1.0, z)
    strength = np.tanh(doubled(gamma)) * np.cos(2.0 * h) * sech2 / high
    logarithm = (strength / size) * (x / size) * np.where(small, ratio, near)
    arcs = np.arctan((x - p) / q) + np.arctan((x + p) / q)
    integral: FloatArray = turns / 2.0 + (arcs + logarithm) / (4.0 * np.pi)
    return integral


def _turn_density(turn: FloatArray, net: FloatArray, gamma: FloatArray) -> FloatArray:
    """Return the density of the turn for an angle `net` between the settings."""
    t, sech = _hyperbolic(gamma)
    with domain.overflow_is_an_error("the density"):
        root = np.hypot(2.0 * t, np.square(sech) * np.sin(net))
        root = root / np.hypot(t, sech * np.sin(turn - net))
        root = root * np.sqrt(np.tanh(doubled(gamma)) / (4.0 * np.pi) * (gamma / t))
        density: FloatArray = np.square(root / np.hypot(turn, gamma))
        return density


def _sinh_excess(u: FloatArray) -> FloatArray:
    """Return (sinh u - u)/u^3."""
    return _excess(u, np.sinh(u) - u, 1.0)


def _sine_defect(v: FloatArray) -> FloatArray:
    """Return (v - sin v)/v^3."""
    return _excess(v, v - np.sin(v), -1.0)


def _excess(u: FloatArray, far: FloatArray, sign: float) -> FloatArray:
    """Return far/u^3, near 0 by its power series, whose terms have this ratio of signs."""
    small = u < 1.0
    square, term = np.square(np.where(small, u, 0.0)), np.full(u.shape, 1.0 / 6.0)
    total = term
    for k in range(4, 22, 2):
        term = term * sign * square / (k * (k + 1))
        total = total + term
    large = np.where(small, 1.0, u)
    return np.where(small, total, far / large / large / large)
