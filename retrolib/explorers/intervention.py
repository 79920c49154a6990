"""What moves when only Bob's choice moves? Two choices, and the laws of all that is between."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Intervention"]

DEGREE = math.pi / 180


class Intervention(Explorer):
    """The laws of lambda, alpha, beta and the outcomes under two choices of Bob's, overlaid.

    Attributes
    ----------
    a : float
        Alice's setting in radians, 0 to 2 pi.
    b, b2 : float
        Bob's two choices in radians, 0 to 2 pi.
    gamma : float
        Width of the anomaly weight in radians, 0.02 to 2.

    Examples
    --------
    >>> Intervention(b2=10.0).b2 == 2 * math.pi
    True
    """

    name = "intervention"
    outputs = ("tv_lam", "tv_alpha", "tv_beta", "tv_A", "tv_B", "tv_AB")
    a = Clamped(30 * DEGREE, 0.0, 2 * math.pi, DEGREE)
    b = Clamped(90 * DEGREE, 0.0, 2 * math.pi, DEGREE)
    b2 = Clamped(150 * DEGREE, 0.0, 2 * math.pi, DEGREE)
    gamma = Clamped(0.1, 0.02, 2.0, 0.01)
