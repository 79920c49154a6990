"""Searching: maxima of a function of several angles, followed with ever smaller steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from retrolib.domain import FloatArray

GO_ON = 8
"""So many starts are followed to the end."""
MOST_LOOKS = 1000
"""A ridge that is followed for longer is left where it is."""


def refine(
    look: Callable[[FloatArray], tuple[FloatArray, NDArray[np.intp]]],
    starts: FloatArray,
    step: float,
    least: float,
    shrink: float,
) -> tuple[float, FloatArray]:
    """Return the largest value found from the starts, and where.

    `starts` has the shape (starts, angles). Around each the five values of each angle from a step
    before to a step after are looked at: `look` takes them, shape (starts, angles, 5), and returns
    the largest value for each start and which of the five has it for each angle, shape (starts,
    angles). Where nothing larger is found, the step shrinks, until it is below `least`: a maximum
    may lie far along a narrow ridge. Each time the lowest quarter of the starts is left behind,
    until eight go on: on a coarse grid the highest of several hills cannot be told from the next.
    """
    best, steps = np.full(len(starts), -np.inf), np.full(len(starts), step)
    for _ in range(MOST_LOOKS):
        around = starts[..., None] + steps[:, None, None] * np.linspace(-1.0, 1.0, 5)
        values, places = look(around)
        higher = values > best
        found = np.take_along_axis(around, places[..., None], axis=-1)[..., 0]
        starts = np.where(higher[:, None], found, starts)
        steps = np.where(higher, steps, shrink * steps)
        best = np.maximum(best, values)
        order = np.argsort(-best, kind="stable")[: max(GO_ON, 3 * len(best) // 4)]
        best, starts, steps = best[order], starts[order], steps[order]
        if np.all(steps < least):
            break
    return float(best[0]), starts[0]
