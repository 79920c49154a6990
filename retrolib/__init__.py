"""Schulman's retrocausal spin model: one particle, entangled pairs, and what they predict."""

from retrolib import one_particle
from retrolib.weights import lorentzian, wrap, wrapped_lorentzian

__all__ = ["lorentzian", "one_particle", "wrap", "wrapped_lorentzian"]
