"""Sums over windings in many digits, term by term, to compare the closed forms with."""

from functools import cache

import mpmath as mp

DIGITS = 60
"""How many there are at least; sums keep two thirds of them, whatever the width."""


def lattice_sum(theta, gamma, period=2):
    """Sum 1/((theta + period pi n)^2 + gamma^2) over all n, in the caller's digits if more."""
    return _lattice_sum(theta, gamma, period, max(mp.mp.dps, DIGITS))


@cache
def _lattice_sum(theta, gamma, period, digits):
    """Add the 17 terms around the least angle one by one.

    Each of the two remainders is the imaginary part of a digamma function, divided by the width,
    which costs as many digits as the width is small; where its square is less than what that
    leaves, a Hurwitz zeta function without it.
    """
    with mp.workdps(digits):
        step = period * mp.pi
        x = mp.mpf(theta) / step
        x, h = x - mp.nint(x), mp.mpf(gamma) / step
        terms = [1 / ((x + n) ** 2 + h**2) for n in range(-8, 9)]
        for start in (9 + x, 9 - x):
            wide = h**3 > mp.eps
            terms.append(mp.im(mp.psi(0, mp.mpc(start, h))) / h if wide else mp.zeta(2, start))
        return mp.fsum(terms) / step**2


def weight(alpha, gamma):
    """Return eq. 1, in the caller's digits if more."""
    with mp.workdps(max(mp.mp.dps, DIGITS)):
        return 1 / (alpha**2 + mp.mpf(gamma) ** 2)


def outcome_probabilities(theta, gamma):
    """Return eq. 2 from its middle expression, as sums."""
    with mp.workdps(DIGITS):
        aligned = lattice_sum(theta, gamma)
        anti = lattice_sum(mp.mpf(theta) + mp.pi, gamma)
        return aligned / (aligned + anti), anti / (aligned + anti)


def relative_error(value, exact):
    """Return how far a float is off, as a fraction of the exact value."""
    with mp.workdps(DIGITS):
        return float(abs(mp.mpf(float(value)) / exact - 1))
