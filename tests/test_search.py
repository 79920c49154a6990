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


STEPS = (0.1, 1e-12, 0.5)


def test_the_top_is_found_from_one_start():
    value, where = refine(looking((0.13, -0.07, 2.0)), np.array([[0.0, 0.0]]), *STEPS)
    assert value == pytest.approx(2.0, abs=1e-15)
    np.testing.assert_allclose(where, [0.13, -0.07], atol=1e-8)


def test_of_several_starts_the_one_with_the_highest_top_counts():
    look = looking((0.1, 0.1, 1.0), (5.0, 5.1, 3.0), (-4.0, 4.0, 2.0))
    value, where = refine(look, np.array([[0.0, 0.0], [5.1, 5.0], [-4.1, 4.1]]), *STEPS)
    assert value == pytest.approx(3.0, abs=1e-15)
    np.testing.assert_allclose(where, [5.0, 5.1], atol=1e-8)


def test_of_hills_that_a_grid_cannot_tell_apart_the_highest_is_found():
    # Thirty hills 1e-5 apart in height; from where they are first seen each looks up to 0.01 lower.
    away = np.random.default_rng(0).uniform(-0.1, 0.1, 30)
    tops = [(7.0 * k, 0.0, 1.0 + 1e-5 * k) for k in range(30)]
    starts = np.array([[7.0 * k + x, 0.0] for k, x in enumerate(away)])
    first, _ = looking(*tops)(starts[..., None] + 0.4 * np.linspace(-1, 1, 5))
    assert first.argmax() != 29
    value, where = refine(looking(*tops), starts, 0.4, 1e-12, 0.5)
    assert value == pytest.approx(1.00029, abs=1e-14)
    np.testing.assert_allclose(where, [203.0, 0.0], atol=1e-8)


def test_five_values_are_looked_at_from_a_step_before_to_a_step_after():
    asked = []
    look = looking((0.0, 2.0, 1.0), asked=asked)
    refine(look, np.array([[0.0, 2.0]]), 0.4, 0.05, 0.25)
    np.testing.assert_allclose(asked[0], [[[-0.4, -0.2, 0, 0.2, 0.4], [1.6, 1.8, 2, 2.2, 2.4]]])
    np.testing.assert_allclose(asked[1], asked[0])  # nothing was known before the first look
    np.testing.assert_allclose(asked[2][0, 1], [1.9, 1.95, 2.0, 2.05, 2.1])
    assert len(asked) == 3  # the step after it is below the least


def test_a_top_far_along_a_ridge_is_reached():
    def look(around):
        x, y = around[:, 0, :, None], around[:, 1, None, :]
        height = -0.001 * np.square(x + y - 40.0) - np.square(x - 1.1 * y)
        best = height.reshape(len(around), -1)
        return best.max(axis=1), np.stack(np.divmod(best.argmax(axis=1), 5), axis=1)

    value, where = refine(look, np.array([[0.0, 0.0]]), 1.0, 1e-9, 0.5)
    assert value == pytest.approx(0.0, abs=1e-14)
    np.testing.assert_allclose(where, [44 / 2.1, 40 / 2.1], atol=1e-6)


def test_the_lowest_quarter_of_the_starts_is_left_behind_until_eight_go_on():
    asked = []
    starts = np.arange(40.0)[:, None] * [1.0, 0.0]
    refine(looking((39.0, 0.0, 1.0), asked=asked), starts, 1e-3, 1e-5, 0.5)
    assert [len(around) for around in asked[:8]] == [40, 30, 22, 16, 12, 9, 8, 8]
    np.testing.assert_allclose(asked[6][:, 0, 2], np.arange(39, 31, -1), atol=0.01)


def test_a_hill_without_a_top_ends_the_search():
    looks = []

    def look(around):
        looks.append(around)
        return around[:, 0, 4], np.array([[4]])

    value, where = refine(look, np.array([[0.0]]), 1.0, 1e-9, 0.5)
    assert (value, where.tolist(), len(looks)) == (1000.0, [1000.0], 1000)


def test_what_was_found_is_not_lost_by_a_later_look():
    answers = iter([5.0, 7.0, 6.0, 7.0])

    def look(around):
        return np.array([next(answers)]), np.array([[4, 4]])

    value, where = refine(look, np.array([[0.0, 0.0]]), 1.0, 0.3, 0.5)
    assert value == 7.0
    assert where.tolist() == [2.0, 2.0]
