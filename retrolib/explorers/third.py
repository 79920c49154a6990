"""Does the third man steer the other two? Three spins that start along one direction."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Third"]

DEGREE = math.pi / 180


class Third(Explorer):
    """The correlation of two spins against the setting of a third that shares their direction.

    Attributes
    ----------
    a, b, c : float
        Settings of Alice, Bob and the third in radians, 0 to 2 pi.
    gamma : float
        Width of the anomaly weight in radians, 0 to 1; 0 is the Born limit.

    Examples
    --------
    >>> Third(c=7).c == 2 * math.pi
    True
    """

    name = "third"
    outputs = ("E12", "alone", "swing")
    a = Clamped(0.0, 0.0, 2 * math.pi, DEGREE)
    b = Clamped(math.pi / 3, 0.0, 2 * math.pi, DEGREE)
    c = Clamped(0.0, 0.0, 2 * math.pi, DEGREE)
    gamma = Clamped(0.1, 0.0, 1.0, 0.01)
