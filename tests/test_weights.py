"""The weight of a rotation and its sums over windings, against sums in many digits."""

import re

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from retrolib import (
    Wrapped,
    exponential,
    gaussian,
    lorentzian,
    power_law,
    skewed_lorentzian,
    wrap,
    wrapped_lorentzian,
)
from retrolib.weights import _GAUSS, doubled, sech, unwind
from tests.oracle import lattice_sum, relative_error, weight

LARGEST = mp.mpf(np.finfo(float).max)

SPECIAL = [0.0, 1e-150, 1e-8, 1.0, np.pi / 2, np.pi, 2 * np.pi, 3 * np.pi, 200 * np.pi, 12345.678]
ANGLES = sorted(
    {float(sign * np.nextafter(t, to)) for t in SPECIAL for to in (0, t, 1e9) for sign in (1, -1)}
)
WIDTHS = [1e-150, 1e-77, 1e-20, 1e-8, 1e-3, 0.1, 1.0, 5.0, 40.0, 709.0, 1e3]

any_angle = st.one_of(st.floats(-1e9, 1e9), st.floats(-10.0, 10.0), st.sampled_from(ANGLES))
any_width = st.floats(-150.0, 3.0).map(lambda exponent: max(10.0**exponent, 1e-150))
exact_tests = settings(derandomize=True, deadline=None, max_examples=150)


# The oracle itself.


@pytest.mark.parametrize(("theta", "gamma"), [(0.3, 0.5), (3.1, 0.01), (-2.0, 7.0), (1.0, 0.0)])
def test_the_oracle_is_the_sum_over_windings(theta, gamma):
    with mp.workdps(30):
        terms = mp.fsum(weight(theta + 2 * mp.pi * n, gamma) for n in range(-40, 41))
        tails = mp.nsum(
            lambda n: weight(theta + 2 * mp.pi * n, gamma) + weight(theta - 2 * mp.pi * n, gamma),
            [41, mp.inf],
        )
        assert abs(terms + tails - lattice_sum(theta, gamma)) < 1e-20


# Eq. 1.


@pytest.mark.parametrize("gamma", WIDTHS)
def test_lorentzian_is_equation_1(gamma):
    for alpha in ANGLES:
        exact = weight(mp.mpf(alpha), gamma)
        assert relative_error(lorentzian(alpha, gamma), exact) < 1e-14


@pytest.mark.parametrize(
    ("alpha", "gamma"), [(1e-154, 1e-200), (1e-200, 1e-154), (1e153, 1.0), (0.0, 7.5e-155)]
)
def test_lorentzian_survives_squares_that_are_no_normal_floats(alpha, gamma):
    assert relative_error(lorentzian(alpha, gamma), weight(mp.mpf(alpha), gamma)) < 1e-14


def test_lorentzian_of_huge_arguments_is_zero():
    assert lorentzian(1.7e308, 1.7e308) == 0.0


@pytest.mark.parametrize("function", [lorentzian, wrapped_lorentzian])
@pytest.mark.parametrize("gamma", [7e-155, 1e-160, 1e-200, 1e-308, 5e-324])
def test_a_weight_too_large_for_a_float_is_an_error(function, gamma):
    with pytest.raises(OverflowError, match="larger than the largest float"):
        function([1.0, 0.0], gamma)


@pytest.mark.parametrize(
    "function",
    [
        lorentzian,
        wrapped_lorentzian,
        gaussian,
        exponential,
        lambda alpha, gamma: power_law(alpha, gamma, 2.0),
        lambda alpha, gamma: skewed_lorentzian(alpha, gamma, 0.5),
    ],
)
def test_a_weight_needs_a_width(function):
    for width in (0.0, -0.0, [1.0, 0.0]):
        for alpha in (0.0, 1.0):
            with pytest.raises(ValueError, match=r"^\w+ must be finite and above 0, got -?0\.0$"):
                function(alpha, width)


# Its rivals.


def exact_power_law(alpha, gamma, p):
    return 1 / (abs(mp.mpf(alpha)) ** mp.mpf(p) + mp.mpf(gamma) ** mp.mpf(p))


def exact_skewed(alpha, gamma, skew):
    x, g = mp.mpf(alpha), mp.mpf(gamma)
    return (1 + mp.mpf(skew) * x / mp.sqrt(x**2 + g**2)) / (x**2 + g**2)


RIVALS = {
    "power 1.05": (lambda x, g: power_law(x, g, 1.05), lambda x, g: exact_power_law(x, g, 1.05)),
    "power 20": (lambda x, g: power_law(x, g, 20.0), lambda x, g: exact_power_law(x, g, 20)),
    "gaussian": (gaussian, lambda x, s: mp.exp(-((mp.mpf(x) / mp.mpf(s)) ** 2) / 2)),
    "exponential": (exponential, lambda x, ell: mp.exp(-abs(mp.mpf(x)) / mp.mpf(ell))),
    "skew 1": (lambda x, g: skewed_lorentzian(x, g, 1.0), lambda x, g: exact_skewed(x, g, 1)),
    "skew -0.3": (
        lambda x, g: skewed_lorentzian(x, g, -0.3),
        lambda x, g: exact_skewed(x, g, -0.3),
    ),
}


@pytest.mark.parametrize("name", RIVALS)
@exact_tests
@given(
    st.floats(-150.0, 3.0),
    st.one_of(st.floats(-40.0, 40.0), st.floats(-750.0, 750.0), st.floats(-1e9, 1e9)),
)
def test_rival_weights_are_their_formulas_tails_included(name, exponent, steps):
    function, exact = RIVALS[name]
    g = 10.0**exponent
    with mp.workdps(500):
        value = exact(steps * g, g)
    if value > LARGEST:
        with pytest.raises(OverflowError, match="larger than the largest float"):
            function(steps * g, g)
    elif value > np.finfo(float).tiny:
        assert relative_error(function(steps * g, g), value) < 1e-13
    else:
        assert function(steps * g, g) <= 2 * np.finfo(float).tiny


def test_a_gaussian_keeps_fifteen_digits_far_out():
    rng = np.random.default_rng(1)
    sigma, steps = rng.uniform(0.3, 3.0, 300), rng.uniform(25.0, 37.5, 300)
    x = sigma * steps
    for value, a, b in zip(gaussian(x, sigma), x, sigma, strict=True):
        with mp.workdps(40):
            assert relative_error(value, mp.exp(-((mp.mpf(a) / mp.mpf(b)) ** 2) / 2)) < 1e-15


def test_a_wrapped_weight_stays_as_it_is_made():
    with pytest.raises(AttributeError, match="wrapped"):
        Wrapped(np.cos).wrapped = np.sin


def test_a_wrapped_weight_is_made_of_a_function():
    with pytest.raises(ValueError, match=r"^wrapped must be callable, got 0\.5$"):
        Wrapped(0.5)


@pytest.mark.parametrize("name", RIVALS)
def test_rival_weights_of_huge_arguments_are_numbers(name):
    function, _ = RIVALS[name]
    for x, g in [(1.7e308, 1.7e308), (1.7e308, 1e-300), (1e-300, 1.7e308), (-1.7e308, 1.0)]:
        assert 0.0 <= function(x, g) <= 1.0


def test_rival_weights_meet_the_lorentzian():
    alpha = np.array(ANGLES)
    np.testing.assert_allclose(power_law(alpha, 0.1, 2.0), lorentzian(alpha, 0.1), rtol=1e-14)
    np.testing.assert_array_equal(skewed_lorentzian(alpha, 0.1, 0.0), lorentzian(alpha, 0.1))
    both = skewed_lorentzian(alpha, 0.1, 0.7) + skewed_lorentzian(-alpha, 0.1, 0.7)
    np.testing.assert_allclose(both, 2 * lorentzian(alpha, 0.1), rtol=1e-14)


def test_a_wrapped_weight_is_its_sum():
    w = Wrapped(lambda theta: wrapped_lorentzian(theta, 0.1))
    theta = np.array([0.0, 1.0])
    np.testing.assert_allclose(w.wrapped(theta), wrap(lambda x: lorentzian(x, 0.1), theta))


# Its sum over windings.


@pytest.mark.parametrize("gamma", WIDTHS)
def test_wrapped_lorentzian_is_the_lattice_sum(gamma):
    wrapped = wrapped_lorentzian(ANGLES, gamma)
    for theta, w in zip(ANGLES, wrapped, strict=True):
        assert relative_error(w, lattice_sum(theta, gamma)) < 1e-14


@exact_tests
@given(any_angle, any_width)
def test_wrapped_lorentzian_is_the_lattice_sum_anywhere(theta, gamma):
    exact = lattice_sum(theta, gamma)
    if exact < LARGEST:
        assert relative_error(wrapped_lorentzian(theta, gamma), exact) < 1e-13


@pytest.mark.parametrize(
    ("theta", "gamma"), [(8e-155, 1e-160), (1e-154, 1e-154), (0.0, 7.5e-155), (1.0, 5e-324)]
)
def test_wrapped_lorentzian_holds_up_to_the_largest_float(theta, gamma):
    assert relative_error(wrapped_lorentzian(theta, gamma), lattice_sum(theta, gamma)) < 1e-13


def test_wrapped_lorentzian_of_a_huge_width_is_flat():
    for gamma in (1e4, 1e300):
        assert relative_error(wrapped_lorentzian(1.0, gamma), 1 / (2 * mp.mpf(gamma))) < 1e-14


# The same sum for any weight.

AROUND = [0.0, 1e-9, 0.3, 1.0, 2.0, np.pi, np.nextafter(np.pi, 4), 4.0, 2 * np.pi, -1.0, 100.0]


@pytest.mark.parametrize("gamma", np.geomspace(1e-6, 1e3, 19))
def test_wrap_agrees_with_the_closed_form(gamma):
    summed = wrap(lambda alpha: lorentzian(alpha, gamma), AROUND)
    np.testing.assert_allclose(summed, wrapped_lorentzian(AROUND, gamma), rtol=2e-14)


@pytest.mark.parametrize("p", [1.02, 1.05, 1.1, 1.5, 2.0, 2.5, 3.0, 5.0, 7.0, 12.0, 20.0])
def test_wrap_sums_a_pure_power_as_hurwitz_zeta_does(p):
    for theta in (0.3, 1.0, 3.0, np.pi, 4.0, 6.0):
        x = mp.mpf(theta) / (2 * mp.pi)
        exact = (mp.zeta(p, x) + mp.zeta(p, 1 - x)) / (2 * mp.pi) ** p
        assert relative_error(wrap(lambda alpha: np.abs(alpha) ** -p, theta), exact) < 1e-13


@pytest.mark.parametrize("p", [1.05, 1.3, 2.0, 4.0, 20.0])
@pytest.mark.parametrize("gamma", [1e-3, 1.0, 30.0, 300.0, 400.0, 550.0, 1e3])
def test_wrap_sums_a_softened_power(p, gamma):
    # Beyond n = 2 gamma the weight is a series of pure powers, each summed by Hurwitz zeta.
    theta, start = 1.0, int(2 * gamma) + 2
    with mp.workdps(40):
        g, x = mp.mpf(gamma) ** p, mp.mpf(theta) / (2 * mp.pi)
        exact = mp.fsum(1 / (abs(theta + 2 * mp.pi * n) ** p + g) for n in range(1 - start, start))
        for k in range(1, 80):
            power = p * k
            zetas = mp.zeta(power, start + x) + mp.zeta(power, start - x)
            term = (-g) ** (k - 1) * zetas / (2 * mp.pi) ** power
            exact += term
            if abs(term) < 1e-25 * exact:
                break
        else:
            pytest.fail("the oracle did not converge")
    summed = wrap(lambda alpha: 1 / (np.abs(alpha) ** p + gamma**p), theta)
    assert relative_error(summed, exact) < 2e-13


@pytest.mark.parametrize("sigma", [1e-3, 0.1, 0.5, 2.0, 10.0, 50.0, 70.0, 100.0, 130.0, 300.0, 1e3])
def test_wrap_sums_a_gaussian_as_jacobi_theta_does(sigma):
    # 2 pi w(theta) / (sigma sqrt(2 pi)) is theta_3 of theta/2 with nome exp(-sigma^2/2).
    for theta in AROUND:
        with mp.workdps(40):
            s, x = mp.mpf(sigma), mp.mpf(theta) - 2 * mp.pi * mp.nint(theta / (2 * mp.pi))
            if sigma < 2:  # the nome is near 1: add the windings themselves
                exact = mp.fsum(
                    mp.exp(-((x + 2 * mp.pi * n) ** 2) / (2 * s**2)) for n in range(-9, 10)
                )
            else:
                exact = s / mp.sqrt(2 * mp.pi) * mp.jtheta(3, x / 2, mp.exp(-(s**2) / 2))
        summed = wrap(lambda alpha: np.exp(-(alpha**2) / (2 * sigma**2)), theta)
        if exact > 1e-300:
            assert relative_error(summed, exact) < 2e-13
        else:
            assert summed < 1e-299


@pytest.mark.parametrize("ell", np.geomspace(1e-2, 1e3, 16))
def test_wrap_sums_an_exponential_as_its_geometric_series(ell):
    for theta in AROUND:
        with mp.workdps(40):
            x = mp.mpf(theta) - 2 * mp.pi * mp.floor(theta / (2 * mp.pi))
            exact = mp.cosh((mp.pi - x) / ell) / mp.sinh(mp.pi / ell)
        summed = wrap(lambda alpha: np.exp(-np.abs(alpha) / ell), theta)
        assert relative_error(summed, exact) < 1e-13


@pytest.mark.parametrize("skew", [-1.0, 0.4, 1.0])
@pytest.mark.parametrize("gamma", [0.01, 1.0, 20.0])
def test_wrap_sums_a_weight_that_is_not_even(skew, gamma):
    # The odd part, x / (x^2 + g^2)^(3/2), is a binomial series of powers far out.
    theta, start = 1.0, int(gamma) + 20
    with mp.workdps(40):
        x, g = mp.mpf(theta) / (2 * mp.pi), mp.mpf(gamma) / (2 * mp.pi)
        odd = mp.fsum((x + n) / mp.hypot(x + n, g) ** 3 for n in range(1 - start, start))
        for k in range(60):
            zetas = mp.zeta(2 + 2 * k, start + x) - mp.zeta(2 + 2 * k, start - x)
            odd += mp.binomial(mp.mpf(-3) / 2, k) * g ** (2 * k) * zetas
        exact = lattice_sum(theta, gamma) + mp.mpf(skew) * odd / (2 * mp.pi) ** 2

    def skewed(alpha):
        return (1 + skew * alpha / np.hypot(alpha, gamma)) * lorentzian(alpha, gamma)

    assert relative_error(wrap(skewed, theta), exact) < 1e-13


def test_the_tails_are_corrected_by_gauss_formula_of_summation():
    # As series of the central difference d = 2 sinh(D/2): the sum is 1/d, the integral 1/D.
    with mp.workdps(60):
        series = mp.taylor(lambda d: d / (2 * mp.asinh(d / 2)) - 1 if d else mp.mpf(0), 0, 8)
    np.testing.assert_allclose(_GAUSS, [float(c) for c in series[2::2]], rtol=1e-14)


def blocks(weight, theta):
    """Sum a weight and tell up to which windings it was added one by one, try after try."""
    windings = []

    def watched(alpha):
        windings.extend(np.round((alpha - theta) / (2 * np.pi), 9))
        return weight(alpha)

    summed = wrap(watched, theta)
    runs = np.split(windings, np.flatnonzero(np.diff(windings) != 1.0) + 1)
    return summed, [run[-1] for run in runs if run[0] == -run[-1] and run.size > 1]


@pytest.mark.parametrize(
    ("center", "reaches"), [(0.0, [63]), (1000.0, [63, 255]), (4000.0, [63, 255, 1023])]
)
def test_wrap_adds_127_windings_one_by_one_or_more_if_need_be(center, reaches):
    summed, found = blocks(lambda alpha: lorentzian(alpha - center, 1.0), 0.7)
    assert summed == pytest.approx(wrapped_lorentzian(0.7 - center, 1.0), rel=1e-12, abs=0)
    assert found == reaches


@pytest.mark.parametrize(("doubt", "reaches"), [(0.9e-12, [63]), (1.1e-12, [63, 255])])
def test_wrap_adds_more_windings_if_its_last_correction_exceeds_1e_12_of_the_sum(doubt, reaches):
    # Ripples where the tails begin. The correction takes the seventh difference there.
    theta, coefficient = 0.7, 27859 / 464486400

    def ripples(alpha):
        return (1 + np.sin(alpha / 2)) * np.exp(-(((np.abs(alpha) - 402) / 12) ** 2))

    ladders = [theta + sense * 2 * np.pi * np.arange(60, 68) for sense in (1, -1)]
    seventh = sum(abs(np.diff(ripples(ladder), 7)[0]) for ladder in ladders)
    size = doubt * wrapped_lorentzian(theta, 1.0) / (coefficient * seventh)
    assert blocks(lambda x: lorentzian(x, 1.0) + size * ripples(x), theta)[1] == reaches


def test_wrap_integrates_a_hill_far_out_that_is_smooth_on_the_scale_of_a_turn():
    def hill(alpha):
        return 1e-3 * np.exp(-(((alpha - 1e4) / 40) ** 2) / 2)

    theta = np.array([0.0, 2.0])
    windings = theta[:, None] + 2 * np.pi * np.arange(1500, 1700)
    exact = wrapped_lorentzian(theta, 1.0) + hill(windings).sum(axis=1)
    summed = wrap(lambda alpha: lorentzian(alpha, 1.0) + hill(alpha), theta)
    np.testing.assert_allclose(summed, exact, rtol=1e-12)


def test_wrap_adds_the_tails_of_a_weight_that_is_centred_elsewhere():
    for center in (50.0, -500.0, 5000.0):
        summed = wrap(lambda alpha, center=center: lorentzian(alpha - center, 0.1), AROUND)
        exact = wrapped_lorentzian(np.array(AROUND) - center, 0.1)
        np.testing.assert_allclose(summed, exact, rtol=1e-10)


def test_wrap_needs_no_tails():
    hat = wrap(lambda alpha: np.maximum(0.0, 1.0 - np.abs(alpha)), [0.25, 2 * np.pi - 0.5, 3.0])
    np.testing.assert_allclose(hat, [0.75, 0.5, 0.0], rtol=1e-14)


@pytest.mark.parametrize(
    "slow",
    [
        lambda alpha: np.ones_like(alpha),
        lambda alpha: 1 / (1 + np.abs(alpha)),
        lambda alpha: np.abs(alpha) ** -0.9,
        lambda alpha: np.abs(alpha) ** -1.001,
        lambda alpha: 1 / ((2 + np.abs(alpha)) * np.log(2 + np.abs(alpha)) ** 2),
        lambda alpha: 1 / (1 + np.abs(alpha) ** np.where(alpha < 0, 1.0, 2.0)),
    ],
)
def test_wrap_refuses_a_weight_whose_sum_does_not_converge(slow):
    with pytest.raises(ValueError, match=r"weight must fall faster .* converge, got \d"):
        wrap(slow, 1.0)


def test_the_message_names_the_farthest_rotation_that_was_looked_at_and_its_weight():
    def slow(alpha):
        return np.abs(alpha) ** -0.9 * (1 + 0.3 * np.sin(np.abs(alpha)))

    with pytest.raises(ValueError, match="got") as caught:
        wrap(slow, 1.0)
    value, angle = map(float, re.findall(r"\d\S*\d", str(caught.value).partition("got")[2]))
    assert angle == pytest.approx(2 * np.pi * 65 * 4.0**120, rel=1e-12)
    assert value == slow(angle)


@pytest.mark.parametrize("scale", [1e-100, 1.0, 1e100])
def test_the_doubt_that_a_message_names_is_a_share_of_the_sum(scale):
    with pytest.raises(ValueError, match="estimated relative error of") as caught:
        wrap(lambda x: scale * (1 + 1e-5 * np.sin(x)) / (1 + x**2), 1.0)
    doubt = float(re.search(r"error of (\S+)$", str(caught.value))[1])
    assert 1e-12 < doubt < 1e-8


@pytest.mark.parametrize("wavelength", [1.0, 2 * np.pi, 20.0, 150.0])
def test_wrap_refuses_a_weight_that_is_rough_in_its_tails(wavelength):
    with pytest.raises(ValueError, match=r"weight must be smooth .* relative error of \d"):
        wrap(lambda x: (1 + 0.1 * np.sin(2 * np.pi * x / wavelength)) / (1 + x**2), 1.0)


@pytest.mark.parametrize(
    ("weight", "value"),
    [
        (lambda alpha: np.full_like(alpha, np.nan), "nan"),
        (lambda alpha: np.abs(alpha) ** -2.0, "inf"),
        (lambda alpha: np.cos(alpha) - 1.5, "at least 0 .*, got -"),
        (lambda alpha: 1 / (1 + alpha**2) - 1e-3, "at least 0 .*, got -"),
        (lambda alpha: 1.0, r"shape \(\)"),
        (lambda alpha: alpha[:0], r"shape \(0,\)"),
        (lambda alpha: 1j / (1 + alpha**2), "1j|array"),
        ("lorentzian", "'lorentzian'"),
    ],
)
def test_wrap_refuses_what_is_no_weight(weight, value):
    with pytest.raises(ValueError, match=f"^weight must .*({value})"):
        wrap(weight, 0.0)


def test_wrap_of_a_weight_too_large_for_a_float_is_an_error():
    with pytest.raises(OverflowError):
        wrap(lambda alpha: lorentzian(alpha, 1e-160), 0.0)
    with pytest.raises(OverflowError):
        wrap(lambda alpha: 1e308 * np.exp(-(alpha**2) / 1e4), 0.0)


# Which winding is nearest.


@exact_tests
@given(st.one_of(any_angle, st.floats(-1e15, 1e15)))
def test_unwinding_keeps_every_digit(theta):
    nearest, turns = unwind(np.array(theta))
    assert abs(nearest) < 1.1 * np.pi
    with mp.workdps(60):
        exact = mp.mpf(theta) - 2 * mp.pi * int(turns)
        assert exact == nearest if exact == 0 else relative_error(nearest, exact) < 1e-15


# Twice a width.


def test_twice_a_width_is_a_number_whatever_the_width():
    assert doubled(np.array([0.0, 0.1, 30.0])).tolist() == [0.0, 0.2, 60.0]
    assert np.tanh(doubled(np.array(1.7e308))) == 1.0
    assert np.isfinite(doubled(np.array(1.7e308)))


def test_sech_is_accurate_as_far_as_it_is_a_float():
    for x in (0.0, 1e-300, 1e-9, 0.5, 3.0, 20.0, 700.0):
        with mp.workdps(50):
            assert relative_error(sech(np.array(x)), mp.sech(mp.mpf(x))) < 2e-16 * (4 + x / 4)
    with np.errstate(all="raise"):
        assert sech(np.array([0.0, 800.0, 1.7e308])).tolist() == [1.0, 0.0, 0.0]
