"""Who makes the turn? Up to five spins whose directions add up to zero, and one history of them."""

from __future__ import annotations

import math

from retrolib.explorers.base import Clamped, Explorer

__all__ = ["Ghz"]

DEGREE = math.pi / 180


class Ghz(Explorer):
    """One history of N spins, and the probabilities of an even and of an odd number of minuses.

    The first three settings can be chosen; a fourth and a fifth magnet stand at 0.

    Attributes
    ----------
    n : int
        Number of spins, 2 to 5; with two the third setting is not used.
    phi1, phi2, phi3 : float
        Settings in radians, 0 to 2 pi.
    gamma : float
        Width of each weight in radians, 0.01 to 1.
    seed : int
        Seed of the history that is drawn, 1 to 9999.

    Examples
    --------
    It opens with a row of the paradox, x y y:

    >>> explorer = Ghz()
    >>> [round(math.degrees(x)) for x in (explorer.phi1, explorer.phi2, explorer.phi3)]
    [0, 90, 90]
    """

    name = "ghz"
    outputs = ("spins", "even", "odd", "kept", "correlation")
    n = Clamped(3, 2, 5, 1)
    phi1 = Clamped(0.0, 0.0, 2 * math.pi, DEGREE)
    phi2 = Clamped(math.pi / 2, 0.0, 2 * math.pi, DEGREE)
    phi3 = Clamped(math.pi / 2, 0.0, 2 * math.pi, DEGREE)
    gamma = Clamped(0.1, 0.01, 1.0, 0.01)
    seed = Clamped(1, 1, 9999, 1)
