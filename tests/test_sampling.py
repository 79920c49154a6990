"""Drawing: rejection, shares and straight lines, against the laws that they should have."""

import numpy as np
import pytest
from scipy import stats

from retrolib._sampling import cauchy_share, from_lines, rejection

DRAWS = 40_000


def test_rejection_keeps_what_is_accepted_and_asks_again_for_the_rest():
    asked = []

    def propose(places):
        asked.append(places.tolist())
        return places + 0.1 * len(asked), places % 3 < len(asked)

    drawn = rejection(propose, np.empty(7))
    assert asked == [[0, 1, 2, 3, 4, 5, 6], [1, 2, 4, 5], [2, 5]]
    np.testing.assert_allclose(drawn, [0.1, 1.2, 2.3, 3.1, 4.2, 5.3, 6.1])


def test_rejection_fills_all_rows_alike_and_asks_nothing_for_nothing():
    rng = np.random.default_rng(1)

    def propose(places):
        x = rng.random(places.size)
        return np.stack([x, -x]), x < 0.3

    first, second = rejection(propose, np.full((2, 1000), np.nan))
    assert first.max() < 0.3
    assert np.array_equal(second, -first)
    assert rejection(None, np.empty((2, 0))).shape == (2, 0)


def test_a_rejected_proposal_leaves_no_trace_in_the_law():
    rng = np.random.default_rng(2)

    def triangle(places):
        x = rng.random(places.size)
        return x, rng.random(places.size) < x

    assert stats.kstest(rejection(triangle, np.empty(DRAWS)), np.square).pvalue > 1e-3


@pytest.mark.parametrize(
    ("total", "a", "b"), [(1.0, 0.3, 0.3), (-2.0, 0.05, 1.0), (0.0, 1.0, 0.2), (3.0, 2.0, 0.1)]
)
def test_a_share_is_a_cauchy_number_given_the_sum_of_two(total, a, b):
    rng = np.random.default_rng(9)
    drawn = cauchy_share(*[np.full(DRAWS, x) for x in (total, a, b, b / (a + b))], rng)
    u = np.linspace(-np.pi / 2, np.pi / 2, 40_001)[1:-1]
    x = np.sort(np.concatenate([a * np.tan(u), total + b * np.tan(u)]))
    density = 1 / ((x**2 + a**2) * ((total - x) ** 2 + b**2))
    cdf = np.append(0.0, np.cumsum(np.diff(x) * (density[1:] + density[:-1]) / 2))
    assert stats.kstest(drawn, lambda y: np.interp(y, x, cdf / cdf[-1])).pvalue > 1e-3
    other = np.append(0.0, np.cumsum(np.diff(x) / (x[1:] ** 2 + a**2)))
    assert stats.kstest(drawn, lambda y: np.interp(y, x, other / other[-1])).pvalue < 1e-3


def test_without_widths_a_share_is_all_or_nothing():
    total, none = np.array([2.0, -2.0, 0.0] * 4000), np.zeros(12_000)
    drawn = cauchy_share(total, none, none, none + 0.75, np.random.default_rng(10))
    assert ((drawn == 0) | (drawn == total)).all()
    assert np.mean(drawn[total != 0] == 0) == pytest.approx(0.75, abs=4.5 * np.sqrt(0.19 / 8000))


MASSES = np.array([[1.0, 3.0, 2.0, 0.0, 2.0], [0.0, 0.0, 5.0, 1.0, 0.0], [0.5, 0.5, 0.5, 0.5, 6.0]])
ATOM = np.array([0.77])


def law(row):
    """Distribution function over a turn without the atom, its share, and the line's height."""
    steps, mass = MASSES[row, :4], MASSES[row, 4]
    x = np.linspace(0.0, 2 * np.pi, 4001)
    line = np.interp(x, np.arange(5) * np.pi / 2, [*steps, steps[0]])
    area = np.concatenate([[0.0], np.cumsum((line[1:] + line[:-1]) / 2)])
    share = mass / (mass + steps.sum())
    return (
        (lambda y: np.interp(y, x, area / area[-1])),
        share,
        (lambda y: np.interp(y, x, line * 4 / (2 * np.pi))),
    )


@pytest.mark.parametrize("row", [0, 1, 2])
def test_angles_lie_as_the_lines_say_and_atoms_as_their_masses(row):
    rows = np.random.default_rng(3).integers(0, 3, 3 * DRAWS)  # all rows at once
    angle, height = from_lines(MASSES, ATOM, rows, np.random.default_rng(4))
    angle, height = angle[rows == row], height[rows == row]
    cdf, share, line = law(row)
    atom = height == 0.0
    assert (angle[atom] == 0.77).all()
    error = np.sqrt(share * (1 - share) / angle.size)
    assert atom.mean() == pytest.approx(share, abs=4.5 * error)
    assert stats.kstest(angle[~atom], cdf).pvalue > 1e-3
    np.testing.assert_allclose(height[~atom], line(angle[~atom]), rtol=1e-2, atol=2e-3)


def test_there_may_be_atoms_alone_or_none():
    alone = np.array([[1.0, 3.0]])
    rows = np.zeros(DRAWS, dtype=int)
    angle, height = from_lines(alone, np.array([1.0, 2.0]), rows, np.random.default_rng(5))
    assert (angle == 2.0).mean() == pytest.approx(0.75, abs=4.5 * np.sqrt(0.1875 / DRAWS))
    assert not height.any()
    angle, height = from_lines(np.ones((1, 8)), np.empty(0), rows, np.random.default_rng(6))
    assert stats.kstest(angle / (2 * np.pi), "uniform").pvalue > 1e-3
    np.testing.assert_allclose(height, 8 / (2 * np.pi), rtol=1e-13)


class Last:
    """A generator whose numbers are the largest below 1, where sums of shares are rounded."""

    @staticmethod
    def random(count):
        return np.full(count, 1.0 - 2.0**-53)


def test_the_last_cell_is_the_last_whatever_rounding_does():
    masses = np.random.default_rng(7).random((200, 50))
    with np.errstate(all="raise"):
        angle, height = from_lines(masses, np.empty(0), np.arange(200), Last)
        assert np.abs(angle - 2 * np.pi).max() < 1e-12
        assert np.isfinite(height).all()
        masses[:, [0, -1]] = 0.0  # the last cell has nothing
        angle, height = from_lines(masses, np.empty(0), np.arange(200), Last)
    np.testing.assert_allclose(angle, 2 * np.pi * 49 / 50, atol=1e-8)
    assert height.min() >= 0.0
