"""What did the spin do on the way? Histories drawn from the model's own law."""

from __future__ import annotations

import math

from retrolib.explorers.base import Choice, Clamped, Explorer

__all__ = ["Histories"]


class Histories(Explorer):
    """Random histories: angle against time, and outcomes counted against the prediction.

    Attributes
    ----------
    theta : float
        Angle from the preparation to the second magnet in radians, 0 to 2 pi.
    gamma : float
        Width of the anomaly weight in radians, 0.01 to 2.
    count : int
        Number of histories drawn, 0 to 1000; it opens with none, so that you can predict.
    seed : int
        Seed of the draw, 0 to 9999: the same seed gives the same histories.
    kind : str
        Path between the measurements, "cauchy" or "brownian": see `one_particle.bridge`.

    Examples
    --------
    >>> Histories(count=10**6).count
    1000
    """

    name = "histories"
    outputs = ("count_plus", "count_minus", "predicted_plus", "standard_error")
    theta = Clamped(math.pi / 3, 0.0, 2 * math.pi, math.pi / 180)
    gamma = Clamped(0.1, 0.01, 2.0, 0.01)
    count = Clamped(0, 0, 1000, 1)
    seed = Clamped(1, 0, 9999, 1)
    kind = Choice("cauchy", "brownian")
