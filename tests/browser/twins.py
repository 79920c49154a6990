"""Each explorer's plot as matplotlib and `interact` would make it, to time one against the other.

The panels and the number of marks are the explorer's; the numbers come from retrolib, as there
from model.js. `interact(twin)` gives the same sliders.
"""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np

from retrolib import (
    PairModel,
    chain,
    chsh,
    lorentzian,
    many,
    one_particle,
    pair,
    preparations,
    tail,
)

__all__ = ["TWINS"]

CIRCLE = np.linspace(0, 2 * np.pi, 181)


def dial(ax, *angles):
    """Draw a dial with its hands, and 24 ticks."""
    ax.plot(np.cos(CIRCLE), np.sin(CIRCLE), color="0.8")
    for tick in CIRCLE[:-1:7]:
        ax.plot([np.cos(tick), 0.95 * np.cos(tick)], [np.sin(tick), 0.95 * np.sin(tick)], "0.6")
    for angle in angles:
        ax.plot([0, np.sin(angle)], [0, np.cos(angle)], "o-")
    ax.set_aspect("equal")


def winding(gamma=0.4, theta=np.pi / 3):
    _, (clock, plot, sums) = plt.subplots(1, 3, figsize=(8, 3))
    dial(clock, theta, theta + np.pi)
    alpha = np.linspace(-16, 16, 141)
    plot.plot(alpha, lorentzian(alpha, gamma))
    turns = theta + np.pi * np.arange(-5, 5)
    plot.stem(turns, lorentzian(turns, gamma))
    sums.bar(["+", "-"], one_particle.probabilities(theta, gamma))
    sums.plot([0, 1], one_particle.probabilities(theta, 0.0), "--")
    plt.show()


def histories(gamma=0.4, theta=np.pi / 3):
    _, (plot, tally) = plt.subplots(1, 2, figsize=(8, 3))
    drawn = one_particle.sample(theta, gamma, size=10, rng=1)
    times = np.linspace(0, 1, 101)
    plot.plot(times, one_particle.bridge(drawn.alpha, gamma, times, rng=1, kind="cauchy").T)
    tally.bar([0, 1], np.bincount(drawn.outcome, minlength=2))
    tally.errorbar([0, 1], 10 * one_particle.probabilities(theta, gamma), yerr=1.4)
    plt.show()


def anomaly(gamma=0.15, a=0.0, b=np.pi / 3):
    _, (vee, density, split) = plt.subplots(1, 3, figsize=(8, 3))
    vee.plot([-1, 0, 1], [1, 0, 1])
    vee.quiver([-1, 0, 0, 1], [1, 0, 0, 1], np.sin([a, 0, np.pi, b]), np.cos([a, 0, np.pi, b]))
    density.plot(CIRCLE, pair.hidden_density(CIRCLE, a, b, gamma))
    split.bar(np.arange(4), pair.joint_probabilities(a, b, gamma).ravel())
    plt.show()


def intervention(gamma=0.15, a=0.0, b=np.pi / 3, b2=2.0):
    _, axes = plt.subplots(2, 4, figsize=(8, 4))
    dial(axes[0, 0], a, b, b2)
    for setting in (b, b2):
        axes[0, 1].plot(CIRCLE, pair.hidden_density(CIRCLE, a, setting, gamma))
        axes[0, 2].plot(CIRCLE, pair.hidden_density(a - CIRCLE, a, setting, gamma))
        axes[0, 3].plot(CIRCLE, pair.hidden_density(setting - CIRCLE, a, setting, gamma))
        joint = pair.joint_probabilities(a, setting, gamma)
        axes[1, 1].bar([0, 1], joint.sum(axis=1), alpha=0.5)
        axes[1, 2].bar([0, 1], joint.sum(axis=0), alpha=0.5)
        axes[1, 3].bar(range(4), joint.ravel(), alpha=0.5)
    plt.show()


def correlation(gamma=0.1):
    _, (angle, reach) = plt.subplots(1, 2, figsize=(8, 3))
    angle.plot(CIRCLE, pair.correlation(CIRCLE, 0.0, gamma))
    angle.plot(CIRCLE, -np.cos(CIRCLE), "--")
    angle.plot(CIRCLE, 2 * np.abs(CIRCLE - np.pi) / np.pi - 1, ":")
    widths = np.linspace(0, 1, 101)
    reach.plot(widths, chsh.maximum(widths))
    reach.plot(gamma, chsh.maximum(gamma), "o")
    plt.show()


def signaling(gamma=0.1, a=0.0, kappa=1.0):
    _, (clock, odds, law) = plt.subplots(1, 3, figsize=(8, 3))
    model = PairModel(
        lambda alpha: lorentzian(alpha, gamma), preparation=preparations.von_mises(kappa)
    )
    dial(clock, a)
    odds.plot(CIRCLE, model.marginals(a, CIRCLE)[0])
    odds.axhline(0.5)
    law.bar(range(4), model.joint(a, 1.0).ravel())
    plt.show()


def four_settings(gamma=0.1):
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    _, (clock, sums, value) = plt.subplots(1, 3, figsize=(8, 3))
    dial(clock, a1, a2, b1, b2)
    sums.barh(range(4), [pair.correlation(a, b, gamma) for a in (a1, a2) for b in (b1, b2)])
    value.barh(0, chsh.from_settings(a1, a2, b1, b2, gamma))
    for bound in (2, chsh.TSIRELSON_BOUND, 4):
        value.axvline(bound)
    plt.show()


def falling(gamma=0.01, p=3.0):
    _, (angle, decades) = plt.subplots(1, 2, figsize=(8, 3))
    angle.plot(CIRCLE, tail.correlation(CIRCLE, gamma, p))
    angle.plot(CIRCLE, np.cos(CIRCLE), "--")
    widths = np.logspace(-24, 0, 61)
    decades.semilogx(widths, tail.correlation(np.pi / 3, widths, p))
    decades.plot(gamma, tail.correlation(np.pi / 3, gamma, p), "o")
    decades.axhline(1 - 2 ** (1 - p))
    plt.show()


def spins(gamma=0.1, phi3=np.pi / 2):
    _, axes = plt.subplots(1, 4, figsize=(8, 3))
    settings = [0.0, np.pi / 2, phi3]
    drawn = many.sample(settings, gamma, rng=1)
    for clock, *angles in zip(axes, settings, drawn.lam, strict=False):
        dial(clock, *angles)
    E = many.correlation(settings, gamma)
    axes[3].barh(["even", "odd"], [(1 + E) / 2, (1 - E) / 2])
    plt.show()


def third(gamma=0.1, c=0.0):
    _, (clock, plot) = plt.subplots(1, 2, figsize=(8, 3))
    dial(clock, 0.0, np.pi / 3, c)
    plot.plot(CIRCLE, many.steered(0.0, np.pi / 3, CIRCLE, gamma))
    plot.axhline(-pair.correlation(0.0, np.pi / 3, gamma), linestyle="--")
    plot.plot(c, many.steered(0.0, np.pi / 3, c, gamma), "o")
    plt.show()


def chain_of_pairs(gamma=0.1, links=2):
    _, ax = plt.subplots(figsize=(6, 4))
    numbers = np.arange(1, 13)
    ax.plot(numbers, chsh.TSIRELSON_BOUND * chain.visibility(gamma, numbers), "o")
    ax.plot(numbers, chsh.TSIRELSON_BOUND * chain.visibility(gamma, 1) ** numbers, "o", mfc="none")
    for bound in (2, chsh.TSIRELSON_BOUND):
        ax.axhline(bound)
    ax.axvline(links)
    plt.show()


def victor(gamma=0.1, a=0.3, b=np.pi / 4):
    _, (clock, counts, swing) = plt.subplots(1, 3, figsize=(8, 3))
    dial(clock, a, b)
    share = float(chain.victor(a, b, gamma))
    counts.bar(range(4), 500 * np.array([share, share, 1 - share, 1 - share]))
    counts.axhline(250)
    swing.plot(CIRCLE, chain.victor(CIRCLE, b, gamma))
    swing.plot(a, share, "o")
    plt.show()


def source(gamma=0.1, turn=0.0):
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    _, (clock, sums, value) = plt.subplots(1, 3, figsize=(8, 3))
    three = np.radians([0, 60, 120]) + turn
    model = PairModel(lambda alpha: lorentzian(alpha, gamma), preparation=preparations.axes(three))
    dial(clock, *three, a2, b1)
    sums.barh(range(4), [model.correlation(a, b) for a in (a1, a2) for b in (b1, b2)])
    value.barh(0, chsh.maximise(model.correlation).value)
    for bound in (2, chsh.TSIRELSON_BOUND):
        value.axvline(bound)
    plt.show()


# By the name of the explorer.
TWINS = {
    "winding": winding,
    "histories": histories,
    "anomaly": anomaly,
    "intervention": intervention,
    "correlation": correlation,
    "signaling": signaling,
    "chsh": four_settings,
    "tail": falling,
    "ghz": spins,
    "third": third,
    "chain": chain_of_pairs,
    "victor": victor,
    "source": source,
}
