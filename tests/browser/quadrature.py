"""The hidden direction by quadrature: the oracle for the closed forms of retrolib.hidden."""

from functools import cache

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from retrolib import lorentzian, one_particle, pair, wrapped_lorentzian

__all__ = [
    "anomaly",
    "cumulative",
    "distance",
    "half_turn",
    "hidden_peak",
    "intervention",
    "legwise_correlation",
    "legwise_split_density",
    "near_axes",
    "split_density",
    "split_peak",
    "turn_density",
    "turn_peak",
]

NODES, WEIGHTS = np.polynomial.legendre.leggauss(40)


def pointwise(function):
    """Apply to arrays a function of numbers."""
    return np.vectorize(function, otypes=[float])


def integral(function, low, high, peaks, width):
    """Integrate a function that has peaks of this width, and kinks only at peaks."""
    steps = width * np.concatenate([[0.0], np.geomspace(0.3, 5.0 / width, 12)])
    edges = np.add.outer(peaks, np.concatenate([-steps, steps])).ravel()
    edges = np.unique(np.concatenate([[low, high], edges[(edges > low) & (edges < high)]]))
    middle, half = (edges[1:] + edges[:-1]) / 2, (edges[1:] - edges[:-1]) / 2
    return np.sum(function(middle + np.outer(NODES, half)) * np.outer(WEIGHTS, half))


def half_turn(x):
    """The angle between two axes, above -pi/2 and up to pi/2."""
    return np.pi / 2 - (np.pi / 2 - x) % np.pi


def axes(*settings):
    return np.concatenate([s % np.pi + np.pi * np.arange(-2, 4) for s in settings])


@pointwise
def cumulative(lam, a, b, gamma):
    """P(lambda is between the middle of the axes and this one), below 0 on the other side."""
    middle = b + half_turn(a - b) / 2
    half_turns = np.rint((lam - middle) / np.pi)
    rest = lam - middle - np.pi * half_turns
    ends = sorted([0.0, rest])
    peaks = axes(a - middle, b - middle)
    part = integral(lambda y: pair.hidden_density(middle + y, a, b, gamma), *ends, peaks, gamma)
    return half_turns / 2 + np.copysign(part, rest)


@pointwise
def near_axes(a, b, reach, gamma):
    """P(lambda within reach of an axis), the intervals around a and b taken apart or together."""
    apart = (a - b + np.pi / 2) % np.pi - np.pi / 2
    first, second = sorted([0.0, -apart])
    intervals = [(first - reach, first + reach), (second - reach, second + reach)]
    if second - first < 2 * reach:
        intervals = [(first - reach, second + reach)]
    return 2 * sum(
        integral(lambda y: pair.hidden_density(a + y, a, b, gamma), *ends, axes(0.0, b - a), gamma)
        for ends in intervals
    )


@pointwise
def distance(a, b, b2, gamma):
    """Half the area between the densities of lambda under b and under b2."""

    def difference(lam):
        return pair.hidden_density(lam, a, b, gamma) - pair.hidden_density(lam, a, b2, gamma)

    near = gamma * np.concatenate([-np.geomspace(1e-3, 10.0, 60), np.geomspace(1e-3, 10.0, 60)])
    grid = np.add.outer(axes(a, b, b2), near).ravel()
    grid = np.concatenate([np.linspace(0.0, np.pi, 721), grid[(grid > 0) & (grid < np.pi)]])
    grid = np.unique(grid)
    values = difference(grid)
    values[np.abs(values) < 1e-6 * np.abs(values).max()] = 0.0  # Their sign may be rounding.
    grid, values = grid[values != 0], values[values != 0]
    crossings = [
        brentq(difference, *grid[i : i + 2], xtol=1e-14)
        for i in np.flatnonzero(np.diff(np.sign(values)))
    ]
    peaks = np.concatenate([axes(a, b, b2), crossings])
    return integral(lambda lam: np.abs(difference(lam)), 0.0, np.pi, peaks, gamma)


def highest(function, low, high, peaks, width):
    """Return the largest value, found on a fine grid and refined there."""
    grid = np.add.outer(peaks, width * np.linspace(-3.0, 3.0, 601)).ravel()
    grid = np.sort(np.concatenate([np.linspace(low, high, 2001), grid]))
    best = int(np.argmax(function(grid[3:-3]))) + 3
    before, at, after = grid[[best - 3, best, best + 3]]
    bounds, fine = (before - at, after - at), {"xatol": 1e-7 * width}
    found = minimize_scalar(lambda y: -function(at + y), bounds=bounds, options=fine)
    return -found.fun


@pointwise
def hidden_peak(a, b, gamma):
    return highest(lambda lam: pair.hidden_density(lam, a, b, gamma), 0, np.pi, axes(a, b), gamma)


@pointwise
def turn_peak(a, b, gamma):
    peaks = np.append(axes(a - b), 0.0)
    return highest(lambda x: turn_density(x, a, a, b, gamma), -4.0, 4.0, peaks, gamma)


@pointwise
def split_peak(net, gamma):
    return highest(lambda x: split_density(x, net, gamma), -4.0, 4.0, [0.0, net], gamma)


def share(turn, gamma):
    """P(a leg turns by this, given where it starts and both ends of its magnet)."""
    ends = wrapped_lorentzian(turn, gamma) + wrapped_lorentzian(turn + np.pi, gamma)
    return lorentzian(turn, gamma) / ends


def turn_density(turn, setting, a, b, gamma):
    """Return the density of the turn: each of two opposite directions needs it for one outcome."""
    return 2 * pair.hidden_density(setting - turn, a, b, gamma) * share(turn, gamma)


@cache
def split_norm(net, gamma):
    """Integrate W(alpha) W(alpha - net): a sum over angles u, alpha = net/2 + scale tan u."""
    u, scale = np.pi * (np.arange(20_000) + 0.5) / 20_000, np.hypot(net / 2, gamma)
    x = net / 2 - scale / np.tan(u)
    weights = lorentzian(x, gamma) * lorentzian(x - net, gamma) / np.sin(u) ** 2
    return weights.mean() * np.pi * scale


def split_density(alpha, net, gamma):
    norm = np.vectorize(split_norm)(net, gamma)
    return lorentzian(alpha, gamma) * lorentzian(alpha - net, gamma) / norm


@cache
def legwise_norm(net, gamma):
    """Add the weights up in steps of 1: no frequency is above 4, so the sum is the integral."""
    x = np.arange(-60_000.0, 60_001.0)
    return np.sum(share(x, gamma) * share(x - net, gamma))


def legwise_split_density(alpha, net, gamma):
    norm = np.vectorize(legwise_norm)(net, gamma)
    return share(alpha, gamma) * share(alpha - net, gamma) / norm


@pointwise
def legwise_correlation(a, b, gamma):
    """E(A) E(B) given lambda, averaged over all lambda."""
    lam = 2 * np.pi * np.arange(64) / 64
    expected = [
        one_particle.probabilities(turn, gamma) @ [1.0, -1.0] for turn in (a - lam, b - lam - np.pi)
    ]
    return np.mean(expected[0] * expected[1])


def anomaly(a, b, gamma, lam, rule, **_):
    """What the explorer `anomaly` displays."""
    singlet = pair.correlation(a, b, 0.0)
    reach = np.pi / 18
    if rule == "histories":
        return {
            "density": pair.hidden_density(lam, a, b, gamma),
            "near": near_axes(a, b, reach, gamma),
            "same": pair.joint_probabilities(a, b, gamma)[[0, 1], [0, 1]].sum(),
            "correlation": pair.correlation(a, b, gamma),
            "singlet": singlet,
        }
    correlation = legwise_correlation(a, b, gamma)
    apart = abs((a - b + np.pi / 2) % np.pi - np.pi / 2)
    return {
        "density": 1 / (2 * np.pi),
        "near": (4 * reach - max(0.0, 2 * reach - apart)) / np.pi,
        "same": (1 + correlation) / 2,
        "correlation": correlation,
        "singlet": singlet,
    }


def intervention(a, b, b2, gamma, **_):
    """What the explorer `intervention` displays: the turns move exactly as far as lambda."""
    joint = [pair.joint_probabilities(a, setting, gamma) for setting in (b, b2)]
    moved = distance(a, b, b2, gamma)
    return {
        "tv_lam": moved,
        "tv_alpha": moved,
        "tv_beta": moved,
        "tv_A": abs(joint[0].sum(axis=1) - joint[1].sum(axis=1)).sum() / 2,
        "tv_B": abs(joint[0].sum(axis=0) - joint[1].sum(axis=0)).sum() / 2,
        "tv_AB": abs(joint[0] - joint[1]).sum() / 2,
    }
