"""Each closed form of model.js, its twin in Python, and where the two are compared."""

import numpy as np

from retrolib import (
    chain,
    chsh,
    exponent,
    hidden,
    lorentzian,
    many,
    one_particle,
    pair,
    skewed_lorentzian,
    wrapped_lorentzian,
)

from .browser import pairs, quadrature

__all__ = ["AXES", "POWERS", "TWINS", "assert_agrees", "mesh"]


def mesh(*axes):
    """Return the points of a grid, one a row."""
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


PI = np.pi
AXES = np.array([-2 * PI, -PI, -PI / 2, 0.0, PI / 2, PI, 2 * PI])
SCATTERED = np.random.default_rng(1510).uniform(-20.0, 20.0, 40)
ANGLES = np.concatenate([AXES, AXES + 1e-9, AXES - 1e-5, SCATTERED])
SETTINGS = np.array([-PI, 0.0, 1e-9, 0.7, PI / 2, 2.0, 5.0, 2 * PI])
NETS = np.array([-PI, -PI / 2, -0.05, 0.0, 1e-9, 0.021, 1.0, PI / 2, PI])
FEW = np.array([0.01, 0.1, 0.4, 2.0])
WIDTHS = np.geomspace(0.01, 2.0, 12)
BORN = np.append(WIDTHS, 0.0)  # Where the Born limit is in the domain.
SKEWS = [-1.0, 0.0, 0.4, 1.0]
POWERS = [1.05, 1.3, 2.0, 3.35, 6.0]
WINDINGS = [-(10**6), -50, -3, -2, -1, 0, 1, 2, 3, 50, 10**6]
TURNS = [(turn, a, a, b, g) for turn in ANGLES for a, b in [(0.7, 2), (2, 0.7)] for g in FEW]
# Bob's second choice far from the first, and ever nearer, on either side.
STEPS = [0.0, PI / 2, PI, *[s * 10.0**-n for n in (0, 1, 2, 5, 8, 11, 16) for s in (1, -1)]]
CHOICES = [
    (a, b, b + step, g)
    for a, b in [(0.0, 0.7), (0.7, 0.7), (0.7, 2.0)]
    for step in STEPS
    for g in FEW[::3]
]
# Around the width at which the density's two peaks become one.
MERGED = [(x, 0.0, f * np.arccosh(1 / np.cos(x)) / 2) for x in (0.1, 0.9) for f in (0.997, 1.003)]


def turn_density(turn, setting, a, b, gamma):
    """Return the density of the turn of the particle measured at `setting`, a or b."""
    return hidden.turn_density(turn, setting, np.where(setting == a, b, a), gamma)


TWINS = {
    "lorentzian": (lorentzian, mesh(ANGLES, WIDTHS)),
    "wrappedLorentzian": (wrapped_lorentzian, mesh(ANGLES, WIDTHS)),
    "probabilities": (one_particle.probabilities, mesh(ANGLES, BORN)),
    "windingProbability": (one_particle.winding_probabilities, mesh(ANGLES, WIDTHS, WINDINGS)),
    "halfTurnProbability": (
        lambda theta, gamma, k: one_particle.winding_probabilities(2 * theta, 2 * gamma, k),
        mesh(ANGLES, WIDTHS, WINDINGS),
    ),
    "correlation": (pair.correlation, mesh(SETTINGS, ANGLES, BORN)),
    "jointProbabilities": (pair.joint_probabilities, mesh(SETTINGS, ANGLES, BORN)),
    "halfTurn": (quadrature.half_turn, mesh(ANGLES)),
    "hiddenDensity": (pair.hidden_density, mesh(ANGLES, SETTINGS, SETTINGS, FEW)),
    "hiddenPeak": (
        hidden.peak,
        np.concatenate([mesh(SETTINGS, SETTINGS, WIDTHS[::3]), MERGED]),
    ),
    "hiddenCumulative": (
        hidden.cumulative,
        mesh(ANGLES[::4], SETTINGS[::3], SETTINGS, FEW[::3]),
    ),
    "nearAxes": (hidden.near_axes, mesh(SETTINGS[::2], SETTINGS, [1e-9, PI / 18, PI / 4], FEW)),
    "hiddenDistance": (hidden.distance, np.array(CHOICES)),
    "turnDensity": (turn_density, np.array(TURNS)),
    "turnPeak": (hidden.turn_peak, mesh(SETTINGS[::3], SETTINGS, FEW)),
    "splitDensity": (hidden.split_density, mesh(ANGLES[::3], NETS, FEW)),
    "splitPeak": (hidden.split_peak, mesh(NETS, FEW)),
    "statesCorrelation": (hidden.states_correlation, mesh(SETTINGS, SETTINGS, FEW)),
    "statesSplitDensity": (hidden.states_split_density, mesh(ANGLES[::3], NETS, FEW)),
    "steered": (many.steered, mesh(SETTINGS[::2], SETTINGS, ANGLES[::2], np.append(FEW, 0.0))),
    "sawtooth": (pairs.sawtooth, mesh(ANGLES)),
    "chshValue": (chsh.value, mesh(*[np.linspace(-1, 1, 5)] * 4)),
    "chshMaximum": (pairs.maximum, mesh(BORN)),
    "chainVisibility": (chain.visibility, mesh(BORN, [1, 2, 3, 12])),
    "victor": (chain.victor, mesh(ANGLES[::2], SETTINGS, WIDTHS[::2])),
    "skewedLorentzian": (skewed_lorentzian, mesh(ANGLES, WIDTHS, SKEWS)),
    "wrappedSkewed": (pairs.wrapped_skewed, mesh(ANGLES, [0.05, 0.3, 2.0], SKEWS)),
    "vonMisesWeight": (pairs.von_mises, mesh(ANGLES, [0.0, 0.25, 4.0, 32.0])),
    "tailLimit": (lambda p: -exponent.correlation(PI / 3, p), mesh(POWERS)),
}
# Absolute errors that are allowed besides a relative one of 1e-12, near a zero or after quadrature.
ROUNDING = {
    "halfTurn": 4e-15,
    "hiddenCumulative": 5e-14,
    "nearAxes": 5e-14,
    "hiddenDistance": 5e-14,
    "statesCorrelation": 1e-15,
    "steered": 4e-15,
    "sawtooth": 1e-15,
}


def assert_agrees(name, computed):
    """Compare what model.js gives on the grid of an export with its twin."""
    function, grid = TWINS[name]
    expected = np.asarray(function(*grid.T))
    computed = np.reshape(computed, expected.shape)
    assert np.isfinite(expected).all(), name
    np.testing.assert_allclose(
        computed, expected, rtol=1e-12, atol=ROUNDING.get(name, 0), err_msg=name
    )
