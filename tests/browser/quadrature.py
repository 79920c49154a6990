"""The hidden direction by quadrature: the oracle for the closed forms of model.js."""

import numpy as np
from scipy.optimize import brentq, minimize_scalar

from retrolib import lorentzian, one_particle, pair, wrapped_lorentzian

__all__ = ["TWINS", "anomaly", "intervention"]

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


def axes(*settings):
    return np.concatenate([s % np.pi + np.pi * np.arange(-2, 4) for s in settings])


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

    grid = np.linspace(0.0, np.pi, 721)
    values = difference(grid)
    if np.max(np.abs(values)) < 1e-9:
        return 0.0
    crossings = [
        brentq(difference, *grid[i : i + 2], xtol=1e-14)
        for i in np.flatnonzero(np.diff(np.sign(values)))
    ]
    peaks = np.concatenate([axes(a, b, b2), crossings])
    return integral(lambda lam: np.abs(difference(lam)), 0.0, np.pi, peaks, gamma)


def highest(function, low, high, peaks, width):
    """Give the largest value, found on a fine grid and refined there."""
    grid = np.add.outer(peaks, width * np.linspace(-3.0, 3.0, 601)).ravel()
    grid = np.sort(np.concatenate([np.linspace(low, high, 2001), grid]))
    best = int(np.argmax(function(grid[1:-1]))) + 1
    before, at, after = grid[best - 1 : best + 2]
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
    """Give the density of the turn: each of two opposite directions needs it for one outcome."""
    return 2 * pair.hidden_density(setting - turn, a, b, gamma) * share(turn, gamma)


def split_density(alpha, net, gamma):
    """W(alpha) W(alpha - net), normalised by a sum over angles u, with alpha = net/2 + tan u."""
    u = np.pi * (np.arange(8000) + 0.5) / 8000
    net, gamma = np.asarray(net)[..., None], np.asarray(gamma)[..., None]
    x = net / 2 + np.tan(u - np.pi / 2)
    weights = lorentzian(x, gamma) * lorentzian(x - net, gamma) / np.sin(u) ** 2
    total = weights.sum(axis=-1) * np.pi / 8000
    return lorentzian(alpha, gamma[..., 0]) * lorentzian(alpha - net[..., 0], gamma[..., 0]) / total


@pointwise
def legwise_split_density(alpha, net, gamma):
    """Give the split with each leg normalised; no frequency above 4, so steps of 1 sum exactly."""
    x = np.arange(-30_000.0, 30_001.0)
    total = np.sum(share(x, gamma) * share(x - net, gamma))
    return share(alpha, gamma) * share(alpha - net, gamma) / total


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


def points(columns, *more, count=40):
    """Give random angles in columns, then numbers in given ranges, then widths."""
    rng = np.random.default_rng(1510)
    angles = [rng.uniform(0.0, 2 * np.pi, count) for _ in range(columns)]
    others = [rng.uniform(low, high, count) for low, high in more]
    return np.stack([*angles, *others, np.geomspace(0.02, 2.0, count)], axis=-1)


NET = (-np.pi, np.pi)
# Each closed form of model.js that retrolib does not have, its twin here, and where they meet.
TWINS = {
    "hiddenPeak": (hidden_peak, points(2)),
    "nearAxes": (near_axes, points(2, (0.01, np.pi / 4))),
    "hiddenDistance": (distance, points(3)),
    "turnDensity": (turn_density, points(1, NET, NET, NET)),
    "turnPeak": (turn_peak, points(2)),
    "splitDensity": (split_density, points(0, NET, NET)),
    "splitPeak": (split_peak, points(0, NET)),
    "legwiseCorrelation": (legwise_correlation, points(2)),
    "legwiseSplitDensity": (legwise_split_density, points(0, NET, NET)),
}
