"""Searching: maxima of a function of several angles, followed with ever smaller steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from numpy.typing import NDArray

    from retrolib.domain import FloatArray


def refine(
    look: Callable[[FloatArray], tuple[FloatArray, NDArray[np.intp]]],
    starts: FloatArray,
    steps: Iterable[float],
) -> tuple[float, FloatArray]:
    """Return the largest value found from the starts, and where.

    `starts` has the shape (starts, angles). For each step the five values of each angle from a
    step before to a step after are looked at: `look` takes them, shape (starts, angles, 5), and
    returns the largest value for each start and which of the five has it for each angle, shape
    (starts, angles).
    """
    best, where = -np.inf, starts[0]
    for step in steps:
        around = starts[..., None] + step * np.linspace(-1.0, 1.0, 5)
        values, places = look(around)
        starts = np.take_along_axis(around, places[..., None], axis=-1)[..., 0]
        top = int(values.argmax())
        if values[top] > best:
            best, where = float(values[top]), starts[top]
    return best, where
