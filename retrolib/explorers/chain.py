"""How far does a chain of pairs reach? S at its ends, against the number of pairs."""

from __future__ import annotations

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Chain"]


class Chain(Explorer):
    """Pairs in a row, joined by measurements: S of the model and of Werner states.

    Attributes
    ----------
    links : int
        Number of pairs, 1 to 12.
    gamma : float
        Width of the anomaly weight of each leg in radians, 0 to 0.6; 0 is the Born limit.

    Examples
    --------
    >>> Chain(links=40).links
    12
    """

    name = "chain"
    outputs = ("S", "wernerS", "visibility", "werner")
    links = Clamped(2, 1, 12, 1)
    gamma = Clamped(0.1, 0.0, 0.6, 0.01)
