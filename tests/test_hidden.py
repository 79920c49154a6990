"""The hidden direction and the turns: closed forms against quadrature and sums, and their ends."""

import mpmath
import numpy as np
import pytest
from scipy import integrate

from retrolib import hidden, pair

from .browser import quadrature
from .parity import CHOICES, FEW, MERGED, NETS, PI, SETTINGS, TURNS, mesh, turn_density

LAMBDAS = [-7.0, -PI / 2, 0.0, 0.3, 2.0, 9.0]
ALPHAS = [-5.0, -PI, 0.0, 0.01, 0.7, 2.0, 12.0]
# What is computed, the oracle, where, and the absolute error allowed besides a relative 1e-12.
FORMS = {
    "peak": (
        hidden.peak,
        quadrature.hidden_peak,
        np.concatenate([mesh([0.0, 0.7], SETTINGS, FEW), MERGED]),
        0,
    ),
    "cumulative": (
        hidden.cumulative,
        quadrature.cumulative,
        mesh(LAMBDAS, [0.0, 2.0], SETTINGS, FEW[::3]),
        5e-14,
    ),
    "near axes": (
        hidden.near_axes,
        quadrature.near_axes,
        mesh([0.0, 0.7], SETTINGS, [0.0, 1e-9, PI / 18, PI / 4], FEW),
        5e-14,
    ),
    "distance": (hidden.distance, quadrature.distance, np.array(CHOICES), 5e-14),
    "turn density": (turn_density, quadrature.turn_density, np.array(TURNS), 0),
    "turn peak": (
        hidden.turn_peak,
        quadrature.turn_peak,
        mesh([0.0, 0.7], SETTINGS, FEW),
        0,
    ),
    "split density": (
        hidden.split_density,
        quadrature.split_density,
        mesh(ALPHAS, NETS, FEW),
        0,
    ),
    "split peak": (hidden.split_peak, quadrature.split_peak, mesh(NETS, FEW), 0),
    "correlation leg by leg": (
        hidden.states_correlation,
        quadrature.legwise_correlation,
        mesh([0.0, 0.7], SETTINGS, FEW),
        1e-15,
    ),
    "split density leg by leg": (
        hidden.states_split_density,
        quadrature.legwise_split_density,
        mesh(ALPHAS, NETS, FEW),
        0,
    ),
}


@pytest.mark.parametrize("name", FORMS)
def test_closed_forms_are_what_quadrature_gives(name):
    function, oracle, grid, rounding = FORMS[name]
    found, expected = function(*grid.T), oracle(*grid.T)
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=rounding)


@pytest.mark.parametrize("gamma", [0.05, 0.5, 2.0])
@pytest.mark.parametrize(
    "density",
    [
        lambda x, gamma: hidden.turn_density(x, 0.3, 1.2, gamma),
        lambda x, gamma: hidden.split_density(x, 1.1, gamma),
        lambda x, gamma: hidden.states_split_density(x, 1.1, gamma),
    ],
)
def test_densities_of_turns_integrate_to_one(density, gamma):
    far = 128 * PI
    edges = np.linspace(-far, far, 8193)
    nodes, weights = np.polynomial.legendre.leggauss(20)
    x = (edges[1:] + edges[:-1]) / 2 + np.outer(nodes, np.diff(edges) / 2)
    near = np.sum(density(x, gamma) * np.outer(weights, np.diff(edges) / 2))
    # Beyond, the density is a function that repeats after half a turn, over the square of x.
    sense = np.array([-1.0, 1.0])
    last = sense * (far + PI * np.arange(512)[:, np.newaxis] / 512)
    beyond = np.sum(np.mean(density(last, gamma) * last**2, axis=0)) / far
    assert near + beyond == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize("gamma", [1e-4, 0.1, 1.0])
def test_probabilities_from_one_direction_to_another_are_differences(gamma):
    ends = [0.4, 1.3]
    law = hidden.cumulative(ends, 0.2, 1.0, gamma)
    found, error = integrate.quad(
        pair.hidden_density, *ends, (0.2, 1.0, gamma), points=[1.0], limit=500, epsabs=1e-12
    )
    assert law[1] - law[0] == pytest.approx(found, abs=max(1e-10, 2 * error))


def test_equal_settings_of_bob_s_and_opposite_ones_leave_the_direction_as_it_is():
    b = np.array([-3.0, 0.0, 0.7, 5.0])
    assert hidden.distance(0.7, b, b, 0.1).tolist() == [0.0] * 4
    assert hidden.distance(0.7, b, b + PI, 0.1).max() < 1e-13
    assert (hidden.distance(0.7, b, b + 0.5, 0.1) > 0.1).all()


def test_without_a_width_there_is_no_density_but_half_a_correlation():
    for function, count in [
        (hidden.peak, 2),
        (hidden.cumulative, 3),
        (hidden.near_axes, 3),
        (hidden.turn_density, 3),
        (hidden.turn_peak, 2),
        (hidden.split_density, 2),
        (hidden.split_peak, 1),
        (hidden.states_split_density, 2),
    ]:
        with pytest.raises(ValueError, match=r"^gamma must be finite and above 0, got 0\.0$"):
            function(*[0.5] * count, 0.0)
    settings = np.linspace(-4.0, 4.0, 9)
    found = hidden.states_correlation(settings, 0.5, 0.0)
    np.testing.assert_allclose(found, pair.correlation(settings, 0.5, 0.0) / 2, rtol=1e-15)


def distance_in_many_digits(a, b, b2, gamma):
    """The printed formula in 50 digits, for settings between 0 and pi; quadrature is above."""
    with mpmath.workdps(50):
        a, b, b2, gamma = (mpmath.mpf(x) for x in (a, b, b2, gamma))
        n1, n2 = (mpmath.sinh(2 * gamma) ** 2 + mpmath.sin(a - x) ** 2 for x in (b, b2))
        v = n1 * mpmath.expj(2 * b2) - n2 * mpmath.expj(2 * b)
        crossing = mpmath.cosh(2 * gamma) * mpmath.sin(b2 - b) * mpmath.sin(2 * a - b - b2)
        middle, half = mpmath.arg(v) / 2, mpmath.acos(crossing / abs(v)) / 2

        def cumulative(lam, bob):
            h = mpmath.atan(mpmath.tan(a - bob)) / 2
            turns = mpmath.ceil((lam - bob - h) / mpmath.pi - 0.5)
            x = mpmath.tan(lam - bob - h)
            c = 2 * (mpmath.cosh(gamma) ** 2 - mpmath.sin(h) ** 2)
            p, q = mpmath.sin(2 * h) / c, mpmath.sinh(2 * gamma) / c
            arcs = mpmath.atan((x - p) / q) + mpmath.atan((x + p) / q)
            ratio = ((x + p) ** 2 + q**2) / ((x - p) ** 2 + q**2)
            log = mpmath.tanh(2 * gamma) / (2 * mpmath.tan(2 * h)) * mpmath.log(ratio)
            return turns / 2 + (arcs + log) / (4 * mpmath.pi)

        ends = middle + half, middle - half
        one, other = (cumulative(ends[0], x) - cumulative(ends[1], x) for x in (b, b2))
        return float(2 * abs(one - other))


@pytest.mark.parametrize("gamma", [1e-6, 1e-3])
def test_narrow_weights_leave_as_many_digits_of_the_distance_as_stated(gamma):
    found = hidden.distance(0.3, 1.0, 2.0, gamma)
    assert found == pytest.approx(distance_in_many_digits(0.3, 1.0, 2.0, gamma), abs=1e-15 / gamma)
    assert found == pytest.approx(0.5, abs=10 * gamma)
    with pytest.raises(ValueError, match=r"^gamma must be finite and at least 1e-06, got 9e-07$"):
        hidden.distance(0.3, 1.0, 2.0, 9e-7)


def test_arguments_out_of_their_domain_are_refused_by_name():
    for bad in (-0.1, 0.8):
        with pytest.raises(ValueError, match=rf"^reach must be .*, got {bad}$"):
            hidden.near_axes(0.0, 1.0, bad, 0.1)
    for name in ("a", "b", "b2"):
        with pytest.raises(ValueError, match=rf"^{name} must be at most 1e\+06 in magnitude"):
            hidden.distance(**{"a": 0.0, "b": 0.0, "b2": 1.0, "gamma": 0.1, name: 2e6})
    with pytest.raises(ValueError, match=r"^gamma must be at most 100, got 101\.0$"):
        hidden.states_split_density(0.0, 1.0, 101.0)
    with pytest.raises(OverflowError, match="the density is larger than the largest float"):
        hidden.split_peak(0.0, 5e-324)


@pytest.mark.parametrize("gamma", [0.01, 0.5])
def test_each_quarter_turn_from_the_middle_has_a_quarter(gamma):
    # Where the tangent changes its sign, and the rounding of many half turns may do so early.
    k = np.arange(-2000, 2000)
    odd, even = (hidden.cumulative(turn, 0.0, 0.0, gamma) for turn in (PI * k + PI / 2, PI * k))
    np.testing.assert_allclose(odd, k / 2 + 0.25, rtol=0, atol=1e-9 if gamma == 0.01 else 1e-12)
    np.testing.assert_allclose(even, k / 2, rtol=0, atol=1e-9 if gamma == 0.01 else 1e-12)


def test_axes_that_are_a_quarter_turn_apart_but_for_rounding_have_one_middle():
    ulp = np.spacing(PI / 2)
    found = hidden._half_turn(np.array([-PI / 2, -PI / 2 + 3 * ulp, -PI / 2 + 7 * ulp, PI / 2]))
    np.testing.assert_allclose(found, [PI / 2, PI / 2, -PI / 2, PI / 2], rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("function", "name", "limit"),
    [
        (lambda x: hidden.turn_density(x, 0.0, 0.0, 0.1), "turn", 5e307),
        (lambda x: hidden.turn_peak(0.0, x, 0.1), "far", 5e307),
        (lambda x: hidden.split_peak(x, 0.1), "net", 5e307),
        (lambda x: hidden.states_split_density(0.0, x, 0.1), "net", 1e100),
        (lambda x: hidden.distance(x, 0.0, 1.0, 0.1), "a", 1e6),
    ],
)
def test_angles_are_taken_up_to_their_limits_and_no_further(function, name, limit):
    assert np.isfinite(function(np.array([limit, -limit]))).all()
    with pytest.raises(ValueError, match=f"^{name} must be at most .* in magnitude"):
        function(np.nextafter(limit, np.inf))


def test_settings_a_few_floats_apart_are_no_distance_apart():
    a, b = np.random.default_rng(4).uniform(0.0, 7.0, (2, 2000))
    for ulps in (1, -3):
        assert hidden.distance(a, b, b + ulps * np.spacing(b), 0.1).max() < 1e-13


@pytest.mark.parametrize("gamma", [5e-324, 1e-310, 1e-200])
def test_the_integral_of_a_spike_is_taken_under_any_floating_point_settings(gamma):
    lam = np.array([-PI / 4, 0.1, 0.4, PI / 4])
    with np.errstate(all="raise"):
        law = hidden.cumulative(lam, 0.0, 0.5, gamma)
    np.testing.assert_allclose(np.diff(law), [0.25, 0.0, 0.25], atol=1e-12)
