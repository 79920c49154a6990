"""How close to quantum? The correlation against the angle between the settings."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Correlation"]


class Correlation(Explorer):
    """E of the model, of the singlet and of a local model; S at the standard settings.

    Attributes
    ----------
    theta : float
        Angle between the settings, a - b, in radians, 0 to 2 pi.
    gamma : float
        Width of the anomaly weight in radians, 0 to 2; 0 is the Born limit.

    Examples
    --------
    >>> Correlation(gamma=-1.0).gamma
    0.0
    """

    name = "correlation"
    outputs = ("correlation", "singlet", "sawtooth", "S", "visibility")
    theta = Clamped(math.pi / 4, 0.0, 2 * math.pi, math.pi / 180)
    gamma = Clamped(0.2, 0.0, 2.0, 0.01)
