"""Can Alice's setting show in Victor's counts? His four outcomes as she turns her magnet."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Victor"]


class Victor(Explorer):
    """A complete joint measurement on two pairs: how often each of its four outcomes comes.

    Attributes
    ----------
    a, b : float
        Settings of Alice and Bob, at the ends, in radians, -pi to pi.
    gamma : float
        Width of the anomaly weight of each leg in radians, 0.01 to 0.6.

    Examples
    --------
    >>> Victor(gamma=0).gamma
    0.01
    """

    name = "victor"
    outputs = ("victor", "Epsi", "Ephi")
    a = Clamped(math.pi / 9, -math.pi, math.pi, math.pi / 180)
    b = Clamped(math.pi / 4, -math.pi, math.pi, math.pi / 180)
    gamma = Clamped(0.1, 0.01, 0.6, 0.01)
