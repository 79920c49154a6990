"""The search: hills whose tops are known."""

import numpy as np
import pytest

from retrolib._search import refine


def looking(*tops, asked=None):
    """How `refine` looks at paraboloids around the tops, the highest of which counts."""

    def look(around):
        if asked is not None:
            asked.append(around)
        values = [
            (np.square(around - np.array(place)[:, None])[:, :, :, None], height)
            for *place, height in tops
        ]
        grids = []
        for square, height in values:
            x, y = square[:, 0, :, 0], square[:, 1, :, 0]
            grids.append(height - x[:, :, None] - y[:, None, :])
        best = np.max(grids, axis=0).reshape(len(around), -1)
        return best.max(axis=1), np.stack(np.divmod(best.argmax(axis=1), 5), axis=1)

    return look


STEPS = 0.1 * np.power(0.5, np.arange(40))


def test_the_top_is_found_from_one_start():
    value, where = refine(looking((0.13, -0.07, 2.0)), np.array([[0.0, 0.0]]), STEPS)
    assert value == pytest.approx(2.0, abs=1e-15)
    np.testing.assert_allclose(where, [0.13, -0.07], atol=1e-8)


def test_of_several_starts_the_one_with_the_highest_top_counts():
    look = looking((0.1, 0.1, 1.0), (5.0, 5.1, 3.0), (-4.0, 4.0, 2.0))
    value, where = refine(look, np.array([[0.0, 0.0], [5.1, 5.0], [-4.1, 4.1]]), STEPS)
    assert value == pytest.approx(3.0, abs=1e-15)
    np.testing.assert_allclose(where, [5.0, 5.1], atol=1e-8)


def test_five_values_are_looked_at_from_a_step_before_to_a_step_after():
    asked = []
    refine(looking((0.0, 0.0, 1.0), asked=asked), np.array([[0.0, 2.0]]), [0.4, 0.1])
    np.testing.assert_allclose(asked[0], [[[-0.4, -0.2, 0, 0.2, 0.4], [1.6, 1.8, 2, 2.2, 2.4]]])
    np.testing.assert_allclose(asked[1][0, 1], [1.5, 1.55, 1.6, 1.65, 1.7])


def test_what_was_found_is_not_lost_by_a_later_step():
    answers = iter([5.0, 7.0, 6.0])

    def look(around):
        return np.array([next(answers)]), np.array([[4, 4]])

    value, where = refine(look, np.array([[0.0, 0.0]]), [1.0, 1.0, 1.0])
    assert value == 7.0
    assert where.tolist() == [2.0, 2.0]
