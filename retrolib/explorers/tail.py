"""Which tail makes a cosine? One particle, a power, and 24 decades of width."""

from __future__ import annotations

from retrolib.explorers.base import Choice, Clamped, Explorer

__all__ = ["Tail"]


class Tail(Explorer):
    """E against the angle, its value at sixty degrees as the width shrinks, and S.

    Attributes
    ----------
    p : float
        Exponent of the weight, 1.05 to 6.
    log_gamma : float
        Decimal logarithm of the width in radians, -24 to 0.
    tail : str
        The factor beside the power: "power" for none, "logarithm", or "periodic".

    Examples
    --------
    >>> Tail(p=0.5).p
    1.05
    """

    name = "tail"
    outputs = ("sixty", "limit", "S")
    p = Clamped(3.0, 1.05, 6.0, 0.05)
    log_gamma = Clamped(-2.0, -24.0, 0.0, 0.1)
    tail = Choice("power", "logarithm", "periodic")
