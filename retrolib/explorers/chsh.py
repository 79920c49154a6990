"""How far can four settings go? Two settings a side, four correlations, and S on its scale."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Chsh"]

DEGREE = math.pi / 180


class Chsh(Explorer):
    """Four setting hands to drag, the four correlations they give, and S against its bounds.

    Attributes
    ----------
    a1, a2 : float
        Alice's two settings in radians, -pi to pi.
    b1, b2 : float
        Bob's two settings in radians, -pi to pi.
    gamma : float
        Width of the anomaly weight in radians, 0 to 2; 0 is the Born limit.

    Examples
    --------
    It opens at the standard settings, eq. 15:

    >>> explorer = Chsh()
    >>> [round(math.degrees(x)) for x in (explorer.a1, explorer.a2, explorer.b1, explorer.b2)]
    [0, 90, 45, -45]
    """

    name = "chsh"
    outputs = ("E11", "E12", "E21", "E22", "S", "maximum", "shortfall")
    a1 = Clamped(0.0, -math.pi, math.pi, DEGREE)
    a2 = Clamped(math.pi / 2, -math.pi, math.pi, DEGREE)
    b1 = Clamped(math.pi / 4, -math.pi, math.pi, DEGREE)
    b2 = Clamped(-math.pi / 4, -math.pi, math.pi, DEGREE)
    gamma = Clamped(0.1, 0.0, 2.0, 0.01)
