"""What the explorer of sources displays, from retrolib: every source is a preparation of a pair."""

import numpy as np

from retrolib import PairModel, Wrapped, chsh, wrapped_lorentzian
from retrolib.preparations import Preparation

__all__ = [
    "SOURCES",
    "at_their_best",
    "pair_of",
    "preparation_of",
    "readouts_of_source",
    "signal_of",
    "source_densities",
    "source_shares",
]

# Each a row: turn, lean, the directions, their shares, three amplitudes. Without shares it is
# smooth; its amplitudes and lean add up to 1 at most.
SOURCES = np.array(
    [
        [0.0, 0.0, *np.radians([0.0, 60.0, 120.0]), 1.0, 1.0, 1.0, 0.0, 0.0, 0.0],
        [0.4, 0.7, 0.2, 1.1, 2.9, 1.0, 0.3, 0.02, 0.0, 0.0, 0.0],
        [1.3, 1.0, 0.5, 0.5, 0.5, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, -1.0],
        [0.9, 0.3, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, -0.3, 0.2],
    ]
)


def preparation(turn, lean, centers, shares, amplitudes):
    """Return the source: its axes if one has a share, else its smooth weight."""
    centers, shares = np.asarray(centers), np.asarray(shares)
    if shares.any():
        ends = np.concatenate([centers, centers + np.pi])
        masses = np.tile(shares, 2) * (1 + lean * np.cos(ends))
        return Preparation(None, ends + turn, masses)
    orders = 2 * np.arange(1, len(amplitudes) + 1)

    def density(lam):
        x = lam[:, None] - turn
        wave = 1 + lean * np.cos(x[:, 0]) + np.cos(orders * x) @ np.asarray(amplitudes)
        return np.maximum(wave, 0.0)

    return Preparation(density)


def preparation_of(turn, lean, *rest):
    """Return the source whose parts are those of SOURCES."""
    count = (len(rest) - 3) // 2
    return preparation(turn, lean, rest[:count], rest[count:-3], rest[-3:])


def pair_of(gamma, *source):
    """Return the pair with two legs of this width, and this source."""
    legs = Wrapped(lambda x: wrapped_lorentzian(x, gamma))
    return PairModel(legs, preparation=preparation_of(*source))


def settings_of(turn, _, *rest):
    """Return settings 3 degrees apart, and along the axes."""
    count = (len(rest) - 3) // 2
    held = np.array(rest[count:-3]) > 0
    return np.append(np.arange(60) * np.pi / 60, np.array(rest[:count])[held] + turn)


@np.vectorize
def signal_of(*law):
    """How far Bob can move Alice's odds between two of these settings."""
    settings = settings_of(*law[1:])
    odds = pair_of(*law).marginals(settings[:, None], settings).a
    return np.ptp(odds, axis=1).max()


@np.vectorize
def at_their_best(*law):
    """Return the largest S over all settings, for a width at which it has one clear maximum."""
    return chsh.maximise(pair_of(*law).correlation).value


@np.vectorize
def source_densities(lam, a, b, *law):
    return pair_of(*law).hidden_density(np.array([lam]), a, b)[0]


@np.vectorize(signature="(),(),(),(),(),(),(),(),(),(),(),(),(),()->(n)")
def source_shares(a, b, gamma, turn, _, m1, m2, m3, p1, p2, p3, *__):
    """Return how probable each axis is: histories through it, of all outcomes."""
    ends = [np.array([[0.0], [np.pi]]) + turn + m for m in (m1, m2, m3)]
    turns = [(a - end, b - end) for end in ends]
    both = np.array([0.0, np.pi])
    w = [
        [wrapped_lorentzian(x + both, gamma).sum(axis=-1) for x in leg] for leg in turns
    ]  # axes, legs, ends
    weights = np.array([p1, p2, p3]) * np.prod(w, axis=1).sum(axis=-1)
    return weights / weights.sum()


def readouts_of_source(kind, at, gamma, turn, lean, best, a1, a2, b1, b2, **traits):
    """Correlations and S of the same source; the best settings are those that are displayed."""
    m, p = ([traits[f"{name}{i}"] for i in range(1, 7)] for name in "mp")
    c = [traits[f"c{k}"] for k in (2, 4, 6)]
    if kind == "waves" or not any(p):
        p = [0.0] * 6
        size = max(1.0, np.abs([lean, *c]).sum())
        lean, c = lean / size, [x / size for x in c]
    law = (turn, lean, *m, *p, *c)
    E = pair_of(gamma, *law).correlation
    a_1, a_2, b_1, b_2 = chsh.STANDARD_SETTINGS
    standard = [E(a, b) for a in (a_1, a_2) for b in (b_1, b_2)]
    found = [E(a, b) for a in (a1, a2) for b in (b1, b2)]
    shown = dict(
        zip(["E11", "E12", "E21", "E22"], found if at == "best" else standard, strict=True)
    )
    assert best > float(chsh.value(*standard)) - 1e-12
    return {
        **shown,
        "standard": chsh.value(*standard),
        "best": chsh.value(*found),
        "uniform": chsh.maximum(gamma),
        "signal": signal_of(gamma, *law),
    }
