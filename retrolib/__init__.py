"""Schulman's retrocausal spin model: one particle, entangled pairs, and what they predict."""

from retrolib import chsh, exponent, hidden, one_particle, pair, preparations
from retrolib._signaling import signaling
from retrolib.pair_model import PairModel
from retrolib.weights import (
    Wrapped,
    exponential,
    gaussian,
    lorentzian,
    power_law,
    skewed_lorentzian,
    wrap,
    wrapped_lorentzian,
)

__all__ = [
    "PairModel",
    "Wrapped",
    "chsh",
    "exponent",
    "exponential",
    "gaussian",
    "hidden",
    "lorentzian",
    "one_particle",
    "pair",
    "power_law",
    "preparations",
    "signaling",
    "skewed_lorentzian",
    "wrap",
    "wrapped_lorentzian",
]
