"""Tables: a function of an angle at equal steps around the circle, and what lies between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from retrolib.weights import TWO_PI

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from retrolib.domain import FloatArray

FINER = 8
"""A table is this much finer than its nodes, and interpolated between ..."""
STENCIL = 10
"""... so many of its points."""
NARROW = 1e-2
"""A function is not resolved unless its Fourier coefficients fall to this, beside the mean."""


def equal_steps(count: int) -> FloatArray:
    """Return so many equal steps around the circle, beginning with 0."""
    return np.linspace(0.0, TWO_PI, count, endpoint=False)


def resolved(values: FloatArray) -> bool:
    """Tell whether Fourier coefficients fall to a hundredth of the mean within their band."""
    size = np.abs(np.fft.rfft(values))
    return bool(size[-(values.size // 8) :].max() < NARROW * size[0])


class Table:
    """A function that is nowhere negative, from its values at `equal_steps(FINER * nodes)`.

    Between the points it is a polynomial through the nearest ten. That is local, so that values
    that are tiny beside the largest one are accurate as well.
    """

    def __init__(self, values: FloatArray) -> None:
        self.nodes = values.size // FINER
        # Row r has every eighth point, beginning with r, back to front, over two turns: the values
        # at x - equal_steps(nodes) are a stretch of it.
        self._rows = np.tile(values.reshape(self.nodes, FINER).T[:, ::-1], 2)

    def at(self, x: FloatArray) -> FloatArray:
        """Return the values at x, in its shape."""
        parts, row, column = self._stencil(x.ravel())
        found: FloatArray = np.einsum("ij,ij->i", parts, self._rows[row, column])
        return np.maximum(found, 0.0).reshape(x.shape)

    def less_nodes(self, x: FloatArray) -> FloatArray:
        """Return the values at x - equal_steps(nodes), shape (x.size, nodes)."""
        parts, row, column = self._stencil(x)
        stretches = np.lib.stride_tricks.sliding_window_view(self._rows, self.nodes, axis=1)
        found: FloatArray = np.matmul(parts[:, None], stretches[row, column])[:, 0]
        return np.maximum(found, 0.0)

    def _stencil(self, x: FloatArray) -> tuple[FloatArray, NDArray[np.int64], NDArray[np.int64]]:
        """Return the points of the table around each x, and what part of each to take."""
        position = x * (self.nodes * FINER / TWO_PI)
        base = np.floor(position)
        offsets = np.arange(STENCIL) - (STENCIL // 2 - 1)
        parts = np.empty((x.size, STENCIL))
        for k, offset in enumerate(offsets):
            others = np.delete(offsets, k)
            parts[:, k] = (((position - base)[:, None] - others) / (offset - others)).prod(axis=1)
        whole, row = np.divmod(base.astype(np.int64)[:, None] + offsets, FINER)
        return parts, row, (self.nodes - 1 - whole) % self.nodes
