"""Which turns are allowed? The weight W with its two combs of rotations."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Winding"]


class Winding(Explorer):
    """W with the rotations that end aligned and anti-aligned, and their sums beside the Born rule.

    Attributes
    ----------
    theta : float
        Angle from the preparation to the second magnet in radians, 0 to 2 pi.
    gamma : float
        Width of the anomaly weight in radians, 0.01 to 2.
    turn : int
        The rotation shown on the dial, theta + pi turn, -5 to 3; an even one ends aligned.

    Examples
    --------
    >>> Winding(theta=1.0, gamma=5.0).gamma
    2.0
    """

    name = "winding"
    outputs = ("plus", "born_plus", "minus", "born_minus", "weight")
    theta = Clamped(math.pi / 3, 0.0, 2 * math.pi, math.pi / 180)
    gamma = Clamped(0.4, 0.01, 2.0, 0.01)
    turn = Clamped(0, -5, 3, 1)
