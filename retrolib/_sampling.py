"""Drawing: by rejection, shares of a Cauchy number, and from straight lines over a circle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrolib.weights import TWO_PI

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from retrolib.domain import FloatArray


def rejection(
    propose: Callable[[NDArray[np.intp]], tuple[FloatArray, NDArray[np.bool_]]], drawn: FloatArray
) -> FloatArray:
    """Fill the last axis of `drawn` with proposals that were accepted, and return it.

    `propose` takes the places that are still open and returns a proposal for each of them, shape
    (..., places), and whether it is accepted.
    """
    places = np.arange(drawn.shape[-1])
    while places.size:
        proposal, accept = propose(places)
        drawn[..., places[accept]] = proposal[..., accept]
        places = places[~accept]
    return drawn


def cauchy_share(
    total: FloatArray, a: FloatArray, b: FloatArray, share: FloatArray, rng: np.random.Generator
) -> FloatArray:
    r"""Draw u with the density :math:`1/AB`, :math:`A = u^2 + a^2`, :math:`B = (d-u)^2 + b^2`.

    Since :math:`1/AB = (1/A + 1/B)/(A + B)`, propose from the mixture in brackets, whose first
    part has the share b/(a+b), and accept with the least A + B over A + B.
    """

    def propose(places: NDArray[np.intp]) -> tuple[FloatArray, NDArray[np.bool_]]:
        d, a_, b_, stay = (x[places] for x in (total, a, b, share))
        cauchy = rng.standard_cauchy(places.size)
        u = np.where(rng.random(places.size) < stay, a_ * cauchy, d + b_ * cauchy)
        widths = np.hypot(a_, b_)
        least = np.hypot(np.sqrt(0.5) * d, widths)
        accept = np.sqrt(rng.random(places.size)) * np.hypot(np.hypot(u, d - u), widths) <= least
        return u, accept

    return rejection(propose, np.empty(total.size))


def from_lines(
    masses: FloatArray, atoms: FloatArray, row: NDArray[np.intp], rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw an angle for each row of `masses` asked for; return the height of its density as well.

    A row holds the masses of n equal steps around the circle, and after them those of the atoms.
    Between the steps the density is a straight line. The height is 0 where the angle is an atom.
    """
    n = masses.shape[1] - atoms.size
    left = masses[:, :n]
    right = np.roll(left, -1, axis=1)
    # Row i has its edges in (i, i + 1], so that one search finds the cells of all rows.
    edges = np.cumsum(np.hstack([0.5 * (left + right), masses[:, n:]]), axis=1)
    edges = edges / edges[:, -1:] + np.arange(len(edges))[:, None]
    cell = np.searchsorted(edges.ravel(), row + rng.random(row.size), side="right")
    cell = np.minimum(cell - row * edges.shape[1], edges.shape[1] - 1)
    atom = cell >= n
    angle, height = np.empty(row.size), np.zeros(row.size)
    angle[atom] = atoms[cell[atom] - n]
    row, cell = row[~atom], cell[~atom]
    if row.size:
        y0, y1 = left[row, cell], right[row, cell]
        # Where the area under the line from y0 to y1 has the share u.
        u = rng.random(row.size)
        end = np.sqrt((1.0 - u) * np.square(y0) + u * np.square(y1))
        t = u * (y0 + y1) / np.maximum(y0 + end, np.finfo(float).tiny)
        angle[~atom] = TWO_PI / n * (cell + t)
        height[~atom] = n / TWO_PI * (y0 + t * (y1 - y0))
    return angle, height
