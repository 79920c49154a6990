"""Weights that fall as a power, with a slow factor: against zeta functions and `wrap`."""

import mpmath as mp
import numpy as np
import pytest

from retrolib import exponent, lorentzian, tail, wrap
from tests.oracle import DIGITS, lattice_sum

SIXTY = np.pi / 3
KINDS = ["power", "logarithm", "periodic"]
FACTORS = {
    "power": lambda log: 1,
    "logarithm": lambda log: 1 + log,
    "periodic": lambda log: 1 + mp.mpf("0.3") * mp.sin(2 * log),
}


def exact(theta, gamma, p, kind, near=12):
    """E: the nearest turns term by term, the others as Hurwitz zeta functions and a binomial
    series. A logarithm is their derivative, a periodic factor has them at a complex exponent."""
    with mp.workdps(22):
        gamma, p = mp.mpf(gamma), mp.mpf(p)

        def far(s, start):
            return mp.fsum(
                mp.binomial(-s / 2, j)
                * (gamma / (2 * mp.pi)) ** (s + 2 * j)
                * mp.zeta(s + 2 * j, start)
                for j in range(8)
            )

        def wrapped(x):
            total = mp.mpf(0)
            for side in (x, 2 * mp.pi - x):
                for n in range(near):
                    r = mp.hypot(side + 2 * mp.pi * n, gamma) / gamma
                    total += r**-p * FACTORS[kind](mp.log(r))
                start = near + side / (2 * mp.pi)
                total += far(p, start)
                if kind == "logarithm":
                    total -= mp.diff(lambda s, start=start: far(s, start), p)
                elif kind == "periodic":
                    total += mp.mpf("0.3") * mp.im(far(p - 2j, start))
            return total

        plus, minus = wrapped(mp.mpf(theta)), wrapped(mp.pi - mp.mpf(theta))
        return float((plus - minus) / (plus + minus))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gamma", [1e-24, 1e-6, 1.0])
@pytest.mark.parametrize("p", [1.05, 2.0, 6.0])
def test_the_mean_outcome_is_that_of_sums_over_all_turns(kind, gamma, p):
    for theta in (0.02, SIXTY):
        E = tail.correlation(theta, gamma, p, kind)
        assert pytest.approx(exact(theta, gamma, p, kind), abs=1e-13) == E, theta


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("gamma", [1e-6, 0.03, 1.0])
@pytest.mark.parametrize("p", [1.3, 2.0, 3.3, 20.0])
def test_it_is_wrap_s_sum_of_the_weight(kind, gamma, p):
    theta = np.array([0.0, 0.02, SIXTY, 2.5])
    plus, minus = (
        wrap(lambda alpha: tail.weight(alpha, gamma, p, kind), x) for x in (theta, theta + np.pi)
    )
    found = tail.correlation(theta, gamma, p, kind)
    np.testing.assert_allclose(found, (plus - minus) / (plus + minus), atol=3e-12)


@pytest.mark.parametrize("gamma", [1e-9, 0.02, 0.7, 1.0])
def test_the_exponent_2_is_the_paper_s_weight_at_every_width(gamma):
    theta = np.linspace(-9.0, 9.0, 199)
    found = tail.correlation(theta, gamma, 2.0)
    np.testing.assert_allclose(found, np.cos(theta) / np.cosh(gamma), atol=1e-15)
    ratio = tail.weight(theta, gamma, 2.0) / lorentzian(theta, gamma)
    np.testing.assert_allclose(ratio, gamma**2, rtol=1e-14)
    with mp.workdps(DIGITS):
        plus, minus = lattice_sum(1.0, gamma), lattice_sum(mp.mpf(1.0) + mp.pi, gamma)
        assert tail.correlation(1.0, gamma, 2.0) == pytest.approx(
            float((plus - minus) / (plus + minus)), abs=1e-15
        )


def test_without_a_factor_the_limit_is_the_pair_s_with_the_other_sign():
    theta = np.linspace(0.1, 3.1, 40)
    for p, gamma in [(1.5, 1e-24), (2.0, 1e-9), (4.0, 1e-6)]:
        np.testing.assert_allclose(
            tail.correlation(theta, gamma, p), -exponent.correlation(theta, p), atol=2e-12
        )


def test_the_weight_is_its_formula():
    alpha = np.array([-7.0, 0.0, 1e-3, 2.0, 1e9])
    for gamma, p in [(1.0, 2.0), (0.01, 3.5), (1e-24, 1.05)]:
        r = np.sqrt(1.0 + (alpha / gamma) ** 2)
        for kind, factor in {
            "power": 1.0,
            "logarithm": 1.0 + np.log(r),
            "periodic": 1.0 + 0.3 * np.sin(2.0 * np.log(r)),
        }.items():
            np.testing.assert_allclose(
                tail.weight(alpha, gamma, p, kind), factor * r**-p, rtol=1e-13
            )
    assert tail.weight(1e200, 1.0, 1.5) == pytest.approx(1e-300, rel=1e-12)


def test_it_is_even_repeats_itself_and_changes_sign_after_half_a_turn():
    theta = np.array([0.3, 1.2, 2.0])
    for kind in KINDS:
        E = tail.correlation(theta, 0.2, 1.7, kind)
        for same in (-theta, theta + 2 * np.pi, theta - 20 * np.pi):
            np.testing.assert_allclose(tail.correlation(same, 0.2, 1.7, kind), E, atol=1e-14)
        np.testing.assert_allclose(tail.correlation(theta + np.pi, 0.2, 1.7, kind), -E, atol=1e-14)


@pytest.mark.parametrize("p", [6.0, 300.0, 1e300])
def test_weights_that_would_be_no_floats_make_no_difference(p):
    for kind in KINDS:
        with np.errstate(all="raise"):
            E = tail.correlation([0.0, np.pi, 1.0], 1e-24, p, kind)
            assert tail.weight(1e200, 1e-100, p, kind) == 0.0
        assert E[:2].tolist() == [1.0, -1.0]
        assert 0.9 < E[2] <= 1.0


def test_arguments_broadcast_and_others_are_refused():
    assert tail.correlation(np.ones((3, 1)), 0.1, [2.0, 3.0]).shape == (3, 2)
    assert tail.weight([1.0, 2.0], [[0.1], [0.2]], 2.0).shape == (2, 2)
    for function in (tail.correlation, tail.weight):
        with pytest.raises(
            ValueError, match=r"^gamma must be finite and at least 1e-100, got 0\.0$"
        ):
            function(1.0, 0.0, 2.0)
        with pytest.raises(ValueError, match=r"^gamma must be at most 1, got 1\.5$"):
            function(1.0, [0.5, 1.5], 2.0)
        with pytest.raises(ValueError, match=r"^p must be finite and above 1, got 1\.0$"):
            function(1.0, 0.5, 1.0)
        with pytest.raises(ValueError, match=r"^kind must be one of 'power', 'logarithm', 'per"):
            function(1.0, 0.5, 2.0, "stable")
        with pytest.raises(ValueError, match=r"of shape \(2,\) and gamma of shape \(3,\) and p"):
            function([1.0, 2.0], [0.1, 0.2, 0.3], 2.0)
    with pytest.raises(ValueError, match=r"^alpha must be at most 1e\+200 in magnitude"):
        tail.weight(-1.01e200, 1.0, 2.0)
