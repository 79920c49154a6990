"""Tables around the circle against the functions that they hold."""

import numpy as np
import pytest

from retrolib import wrapped_lorentzian
from retrolib._circle import FINER, Table, equal_steps, resolved

NODES = 64
TURNS = np.random.default_rng(1).uniform(-20.0, 20.0, 300)


def trigonometric(x):
    return 1.0 + 0.4 * np.cos(x - 0.3) + 0.3 * np.sin(5.0 * x) + 0.2 * np.cos(11.0 * x)


def test_equal_steps_begin_at_0_and_leave_out_the_whole_turn():
    np.testing.assert_allclose(equal_steps(4), [0.0, np.pi / 2, np.pi, 1.5 * np.pi], atol=1e-15)


@pytest.mark.parametrize("nodes", [64, 128])
def test_between_its_points_a_table_has_the_function(nodes):
    table = Table(trigonometric(equal_steps(FINER * nodes)))
    assert table.nodes == nodes
    points = np.concatenate([TURNS, equal_steps(nodes), equal_steps(FINER * nodes)])
    np.testing.assert_allclose(table.at(points), trigonometric(points), rtol=0, atol=2e-9)
    assert table.at(TURNS.reshape(3, 4, 25)).shape == (3, 4, 25)


def test_a_harmonic_of_a_quarter_of_the_nodes_is_interpolated_to_ten_digits():
    # Which asks for the ten points around each place, as many on one side as on the other.
    table = Table(1.0 + np.cos(16 * equal_steps(FINER * NODES)))
    x = np.linspace(0.0, 2 * np.pi, 3001)
    assert np.abs(table.at(x) - 1.0 - np.cos(16 * x)).max() < 2.2e-11


def test_its_points_are_exact():
    values = np.random.default_rng(2).random(FINER * NODES)
    places = equal_steps(FINER * NODES)
    np.testing.assert_allclose(Table(values).at(places), values, rtol=0, atol=1e-9)


def test_a_polynomial_through_ten_points_is_one_of_the_ninth_degree():
    # Values that are such a polynomial around one place, and cells that are symmetric about it.
    step = 2 * np.pi / (FINER * NODES)
    steps = np.arange(FINER * NODES) - 256
    coefficients = [3.0, -1.0, 0.5, 2.0, -0.2, 0.1, 1.0, -0.7, 0.3, 0.01]
    values = np.polyval(coefficients, np.clip(steps, -8, 8) / 8.0) + 50.0
    inside = np.linspace(-0.99, 0.99, 41)  # within the cells to both sides of the middle
    found = Table(values).at((256 + inside) * step)
    np.testing.assert_allclose(found, np.polyval(coefficients, inside / 8.0) + 50.0, rtol=1e-12)


def test_rows_are_the_values_at_a_turn_less_each_node():
    table = Table(wrapped_lorentzian(equal_steps(FINER * NODES), 1.0))
    found = table.less_nodes(TURNS)
    assert found.shape == (TURNS.size, NODES)
    expected = wrapped_lorentzian(TURNS[:, None] - equal_steps(NODES), 1.0)
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_what_is_tiny_beside_the_largest_value_is_accurate_as_well():
    def hill(x):
        return np.exp(40.0 * (np.cos(x) - 1.0))

    table = Table(hill(equal_steps(FINER * 128)))
    np.testing.assert_allclose(table.at(TURNS), hill(TURNS), rtol=1e-6, atol=0)


def test_nothing_is_negative():
    spike = np.zeros(FINER * NODES)
    spike[100] = 1.0
    table = Table(spike)
    x = (100.0 + np.linspace(-6.0, 6.0, 400)) * 2 * np.pi / (FINER * NODES)
    assert table.at(x).min() == 0.0
    assert table.less_nodes(x).min() == 0.0


@pytest.mark.parametrize(("harmonic", "counted"), [(24, False), (25, True), (32, True)])
def test_a_function_is_narrow_if_its_last_harmonics_exceed_a_hundredth_of_the_mean(
    harmonic, counted
):
    x = 2 * np.pi * np.arange(64) / 64
    whole = 1.0 if harmonic == 32 else 2.0
    for share, narrow in [(0.0099, False), (0.0101, counted), (1.0, counted)]:
        assert resolved(1.0 + share * whole * np.cos(harmonic * x)) == (not narrow)
