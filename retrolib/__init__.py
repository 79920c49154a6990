"""Schulman's retrocausal spin model: one particle, entangled pairs, and what they predict."""

from retrolib import chain, chsh, exponent, hidden, many, one_particle, pair, preparations, tail
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
    "chain",
    "chsh",
    "exponent",
    "exponential",
    "gaussian",
    "hidden",
    "lorentzian",
    "many",
    "one_particle",
    "pair",
    "power_law",
    "preparations",
    "signaling",
    "skewed_lorentzian",
    "tail",
    "wrap",
    "wrapped_lorentzian",
]
