"""What the explorers of correlations and of signals display, from retrolib and plain formulas."""

import numpy as np
from scipy.optimize import minimize_scalar

from retrolib import (
    PairModel,
    chain,
    chsh,
    exponent,
    many,
    pair,
    preparations,
    skewed_lorentzian,
    wrap,
)
from retrolib import tail as tails

__all__ = [
    "maximum",
    "readouts_of_chain",
    "readouts_of_chsh",
    "readouts_of_correlation",
    "readouts_of_signaling",
    "readouts_of_tail",
    "readouts_of_third",
    "readouts_of_victor",
    "sawtooth",
    "von_mises",
    "wrapped_skewed",
]


def sawtooth(theta):
    """E if lambda is uniform and each outcome the sign of its component along the setting."""
    return np.abs((theta + np.pi) % (2 * np.pi) - np.pi) * 2 / np.pi - 1


def maximum(gamma):
    return chsh.from_settings(*chsh.STANDARD_SETTINGS, gamma)


def wrapped_skewed(theta, gamma, skew):
    """Sum the windings, one law after the other."""
    sums = np.empty_like(theta)
    for law in np.unique([gamma, skew], axis=1).T:
        chosen = (gamma == law[0]) & (skew == law[1])
        sums[chosen] = wrap(lambda alpha, law=law: skewed_lorentzian(alpha, *law), theta[chosen])
    return sums


@np.vectorize
def von_mises(lam, kappa):
    """The preparation's density over that at its top."""
    density = preparations.von_mises(kappa).density
    return density(np.array([lam]))[0] / density(np.array([0.0]))[0]


def pair_model(gamma, skew, kappa):
    return PairModel(
        lambda alpha: skewed_lorentzian(alpha, gamma, skew),
        preparation=preparations.von_mises(kappa),
    )


def odds(model, a, b):
    """P_A(+), P_B(+) and P(A = + given B = +)."""
    joint = model.joint(a, b)
    alice, bob = joint.sum(axis=-1)[..., 0], joint.sum(axis=-2)[..., 0]
    return alice, bob, joint[..., 0, 0] / bob


def largest_change(model, a):
    """How far Bob can move P_A(+) at this setting of Alice's."""
    b = np.linspace(0, np.pi, 361)
    values = odds(model, a, b)[0]
    ends = []
    for sign in (1, -1):
        best = b[np.argmax(sign * values)]
        found = minimize_scalar(
            lambda b, sign=sign: -sign * odds(model, a, b)[0],
            bounds=(best - 0.01, best + 0.01),
            options={"xatol": 1e-8},
        )
        ends.append(-sign * found.fun)
    return ends[0] - ends[1]


def readouts_of_chsh(a1, a2, b1, b2, gamma, **_):
    E = {
        f"E{i}{j}": pair.correlation(a, b, gamma)
        for i, a in enumerate((a1, a2), 1)
        for j, b in enumerate((b1, b2), 1)
    }
    S = chsh.from_settings(a1, a2, b1, b2, gamma)
    shortfall = 1 - S / chsh.TSIRELSON_BOUND
    return {**E, "S": S, "maximum": chsh.maximum(gamma), "shortfall": shortfall}


def readouts_of_correlation(theta, gamma, **_):
    return {
        "correlation": pair.correlation(theta, 0.0, gamma),
        "singlet": -np.cos(theta),
        "sawtooth": sawtooth(theta),
        "S": maximum(gamma),
        "visibility": 1 / np.cosh(2 * gamma),
    }


def readouts_of_signaling(a, b, gamma, skew, kappa, **_):
    model = pair_model(gamma, skew, kappa)
    alice, bob, given = odds(model, a, b)
    largest = largest_change(model, a)
    signals = largest > 1e-9
    return {"plus": alice, "bob": bob, "given": given, "largest": largest, "signals": signals}


def readouts_of_tail(p, log_gamma, tail, **_):
    sixty, eighth = tails.correlation([np.pi / 3, np.pi / 4], 10.0**log_gamma, p, tail)
    return {"sixty": sixty, "limit": -exponent.correlation(np.pi / 3, p), "S": 4 * eighth}


def readouts_of_third(a, b, c, gamma, **_):
    """The correlation, that of a pair that starts along one direction, and how far c moves it."""
    thirds = np.linspace(0, np.pi, 361)
    values = many.steered(a, b, thirds, gamma)
    ends = []
    for sign in (1, -1):
        best = thirds[np.argmax(sign * values)]
        found = minimize_scalar(
            lambda c, sign=sign: -sign * many.steered(a, b, c, gamma),
            bounds=(best - 0.01, best + 0.01),
            options={"xatol": 1e-8},
        )
        ends.append(-sign * found.fun)
    return {
        "E12": many.steered(a, b, c, gamma),
        "alone": -pair.correlation(a, b, gamma),
        "swing": ends[0] - ends[1],
    }


def readouts_of_chain(links, gamma, **_):
    model, werner = chain.visibility(gamma, round(links)), chain.visibility(gamma, 1) ** links
    bound = chsh.TSIRELSON_BOUND
    return {
        "S": bound * model,
        "wernerS": bound * werner,
        "visibility": model,
        "werner": werner,
    }


def readouts_of_victor(a, b, gamma, **_):
    return {
        "victor": chain.victor(a, b, gamma),
        "Epsi": chain.correlation(a, b, gamma, 2),
        "Ephi": -chain.correlation(a, -b, gamma, 2),
    }
