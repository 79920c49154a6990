"""What holds the bound? Axes of a source with their shares, and the largest S that they allow."""

from __future__ import annotations

import math

from retrolib.explorers.base import Choice, Clamped, Explorer

__all__ = ["Source"]

DEGREE = math.pi / 180


def direction(degrees: float) -> Clamped:
    """Return the trait of an axis' direction, from 0 to half a turn."""
    return Clamped(degrees * DEGREE, 0.0, math.pi, DEGREE)


def share(start: float) -> Clamped:
    """Return the trait of an axis' share, of which only ratios count."""
    return Clamped(start, 0.0, 2.0, 0.01)


def amplitude() -> Clamped:
    """Return the trait of a harmonic's amplitude."""
    return Clamped(0.0, -1.0, 1.0, 0.05)


class Source(Explorer):
    """A source of six axes, or of a smooth weight, and S at the standard and at the best settings.

    Attributes
    ----------
    kind : str
        "axes", or "waves" for a smooth weight 1 + c2 cos 2 lambda + c4 cos 4 lambda + c6 cos 6
        lambda. Without any share the source is smooth as well.
    turn : float
        By how much all of the source is turned, in radians, 0 to pi.
    gamma : float
        Width of the anomaly weight in radians, 0.01 to 1.
    lean : float
        How much more the ends near `turn` count than their opposites, 0 to 1: their weight is
        multiplied by 1 + lean cos lambda; to a smooth weight lean cos lambda is added.
    m1, m2, m3, m4, m5, m6 : float
        Directions of the axes in radians, 0 to pi.
    p1, p2, p3, p4, p5, p6 : float
        Their shares, 0 to 2, of which only the ratios count.
    c2, c4, c6 : float
        Amplitudes, -1 to 1. Where their magnitudes and `lean` add up to more than 1, all are
        divided by that sum.
    at : str
        At which settings the correlations are shown: "standard" or "best".
    pair : str
        Which of the four pairs of settings the dial shows.

    Examples
    --------
    It opens with three axes that have the same share:

    >>> explorer = Source()
    >>> [round(math.degrees(x)) for x in (explorer.m1, explorer.m2, explorer.m3)]
    [0, 60, 120]
    """

    name = "source"
    outputs = (
        *("E11", "E12", "E21", "E22", "standard", "best", "uniform", "signal"),
        *("a1", "a2", "b1", "b2"),
    )
    kind = Choice("axes", "waves")
    turn = direction(0)
    gamma = Clamped(0.1, 0.01, 1.0, 0.01)
    lean = Clamped(0.0, 0.0, 1.0, 0.05)
    m1, m2, m3, m4, m5, m6 = (direction(x) for x in (0, 60, 120, 30, 90, 150))
    p1, p2, p3, p4, p5, p6 = (share(x) for x in (1.0, 1.0, 1.0, 0.0, 0.0, 0.0))
    c2, c4, c6 = amplitude(), amplitude(), amplitude()
    at = Choice("standard", "best")
    pair = Choice("a2b1", "a1b1", "a1b2", "a2b2")
