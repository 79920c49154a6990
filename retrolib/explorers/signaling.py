"""Can Bob make Alice's odds move? Both marginals against Bob's setting."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Signaling"]


class Signaling(Explorer):
    """P_A(+) against Bob's setting, for a skewed weight and a preparation that prefers a direction.

    Both legs weigh a rotation by ``skewed_lorentzian(alpha, gamma, skew)``; the preparation is
    ``von_mises(kappa)``, highest at lambda = 0.

    Attributes
    ----------
    a, b : float
        Settings of Alice and Bob in radians, 0 to 2 pi.
    gamma : float
        Width of the anomaly weight in radians, 0.05 to 1.
    skew : float
        How far the weight leans to one sense of rotation, -1 to 1; 0 is the paper's even weight.
    kappa : float
        Concentration of the preparation, 0 to 32; 0 is the paper's uniform one.

    Examples
    --------
    >>> Signaling(kappa=4).kappa
    4.0
    """

    name = "signaling"
    outputs = ("signals", "largest", "plus", "bob", "given")
    a = Clamped(math.pi / 2, 0.0, 2 * math.pi, math.pi / 180)
    b = Clamped(math.pi / 3, 0.0, 2 * math.pi, math.pi / 180)
    gamma = Clamped(0.1, 0.05, 1.0, 0.01)
    skew = Clamped(0.0, -1.0, 1.0, 0.05)
    kappa = Clamped(0.0, 0.0, 32.0, 0.25)
