"""Where does the turn happen? Two particles, one anomaly, and a hidden direction that knows."""

from __future__ import annotations

import math

from retrolib.explorers.base import Choice, Clamped, Explorer

__all__ = ["Anomaly"]

DEGREE = math.pi / 180


class Anomaly(Explorer):
    """The V of two worldlines, the density of lambda given the settings, and the anomaly's split.

    Attributes
    ----------
    a, b : float
        Settings of Alice and Bob in radians, 0 to 2 pi.
    gamma : float
        Width of the anomaly weight in radians, 0.02 to 2.
    lam : float
        The hidden direction of the history shown, in radians, 0 to 2 pi.
    outcomes : str
        Outcomes of the history shown, "different" or "same".
    rule : str
        "histories" weighs whole histories; "states" normalises each leg by itself.

    Examples
    --------
    >>> Anomaly(a=-1.0, b=1.0).a
    0.0
    """

    name = "anomaly"
    outputs = ("density", "near", "same", "correlation", "singlet")
    a = Clamped(40 * DEGREE, 0.0, 2 * math.pi, DEGREE)
    b = Clamped(100 * DEGREE, 0.0, 2 * math.pi, DEGREE)
    gamma = Clamped(0.1, 0.02, 2.0, 0.01)
    lam = Clamped(40 * DEGREE, 0.0, 2 * math.pi, DEGREE)
    outcomes = Choice("different", "same")
    rule = Choice("histories", "states")
