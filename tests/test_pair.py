"""The pair: closed forms against sums and quadrature in many digits and QuTiP; exact histories."""

from functools import cache

import mpmath as mp
import numpy as np
import pytest
import qutip
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate

from retrolib import pair
from tests.oracle import DIGITS, lattice_sum, relative_error, weight
from tests.test_one_particle import check, goodness_of_fit, kolmogorov, rotation_law
from tests.test_weights import ANGLES, LARGEST, WIDTHS, any_angle, any_width, exact_tests

OUTCOMES = [(A, B) for A in (0, 1) for B in (0, 1)]


def exact_joint(theta, gamma):
    """Return P(A, B) from lattice sums of the net weight, eq. 5, for an exact theta."""
    with mp.workdps(DIGITS):
        twice = 2 * mp.mpf(gamma)
        J = {k: lattice_sum(mp.mpf(theta) + k * mp.pi, twice) for k in (0, 1)}
        return {(A, B): J[(A - B + 1) % 2] / (2 * (J[0] + J[1])) for A, B in OUTCOMES}


def exact_cosine_sech(theta, gamma):
    with mp.workdps(DIGITS):
        return -mp.cos(mp.mpf(theta)) * mp.sech(2 * mp.mpf(gamma))


# Eqs. 4 and 5.


@pytest.mark.parametrize(("delta", "gamma"), [(0.0, 0.5), (1.3, 0.1), (-2.0, 1.5)])
def test_two_legs_convolved_have_twice_the_width(delta, gamma):
    with mp.workdps(25):
        d, g = mp.mpf(delta), mp.mpf(gamma)
        points = [-mp.inf, -abs(d), -abs(d) / 2, 0, abs(d) / 2, abs(d), mp.inf]
        points = sorted(set(points))
        meant = mp.quad(lambda p: weight(d / 2 + p, gamma) * weight(d / 2 - p, gamma), points)
        printed = mp.quad(lambda p: weight(d + p, gamma) * weight(d - p, gamma), points)
        assert abs(meant / ((2 * mp.pi / g) / (d**2 + 4 * g**2)) - 1) < 1e-9
        assert abs(printed / ((mp.pi / (2 * g)) / (d**2 + g**2)) - 1) < 1e-9


@pytest.mark.parametrize("gamma", WIDTHS)
def test_joint_weight_is_equation_5_summed_over_windings(gamma):
    with mp.workdps(DIGITS):
        a = 2 * mp.pi / mp.mpf(gamma)
    for delta in ANGLES:
        exact = a * lattice_sum(delta, 2 * mp.mpf(gamma))
        if exact < LARGEST:
            assert relative_error(pair.joint_weight(delta, gamma), exact) < 1e-14


@exact_tests
@given(any_angle, any_width)
def test_joint_weight_is_the_right_side_of_equation_5(delta, gamma):
    with mp.workdps(DIGITS):
        d, g = mp.mpf(delta), mp.mpf(gamma)
        b = mp.pi * mp.tanh(g) / (2 * g**2)
        exact = b / (mp.sin(d / 2) ** 2 + mp.cos(d / 2) ** 2 * mp.tanh(g) ** 2)
    if exact < LARGEST:
        assert relative_error(pair.joint_weight(delta, gamma), exact) < 1e-13


@pytest.mark.parametrize(("a", "b", "gamma"), [(0.3, 1.4, 0.8), (2.0, -0.5, 1.5)])
def test_joint_weight_adds_up_all_initial_directions(a, b, gamma):
    nodes = 2 * np.pi * np.arange(48) / 48
    for A, B in [(0, 0), (0, 1)]:
        legs = [(a + A * np.pi - lam, b + B * np.pi - lam - np.pi) for lam in nodes]
        brute = mp.fsum(lattice_sum(x, gamma) * lattice_sum(y, gamma) for x, y in legs)
        delta = a - b + np.pi * (A - B + 1)
        exact = brute * 2 * mp.pi / 48
        assert relative_error(pair.joint_weight(delta, gamma), exact) < 1e-13


def test_a_joint_weight_too_large_for_a_float_is_an_error():
    with pytest.raises(OverflowError, match="larger than the largest float"):
        pair.joint_weight([1.0, 0.0], 1e-150)
    assert pair.joint_weight(1.0, 1e-150) > 1e150


def test_joint_weight_of_a_huge_width_vanishes_quietly():
    assert (pair.joint_weight(1.0, [1e160, 1.7e308]) < 1e-300).all()


# Eqs. 6 to 11 and 13.


@pytest.mark.parametrize("gamma", WIDTHS)
def test_joint_probabilities_are_ratios_of_lattice_sums(gamma):
    for theta, found in zip(ANGLES, pair.joint_probabilities(ANGLES, 0.0, gamma), strict=True):
        for outcome, exact in exact_joint(theta, gamma).items():
            check(found[outcome], exact, rtol=1e-14)


@exact_tests
@given(any_angle, any_angle, any_width)
def test_joint_probabilities_are_ratios_of_lattice_sums_anywhere(a, b, gamma):
    found = pair.joint_probabilities(a, b, gamma)
    for outcome, exact in exact_joint(a - b, gamma).items():
        check(found[outcome], exact)


@exact_tests
@given(st.floats(-20.0, 20.0), st.floats(1e-6, 20.0))
def test_equations_6_to_8_give_9_and_10(theta, gamma):
    with mp.workdps(50):
        t, half = mp.tanh(mp.mpf(gamma)), mp.mpf(theta) / 2
        different = 1 / (mp.sin(half) ** 2 + mp.cos(half) ** 2 * t**2)
        same = 1 / (mp.cos(half) ** 2 + mp.sin(half) ** 2 * t**2)
        Z = 2 * different + 2 * same
        eq_9 = (mp.cos(half) ** 2 + mp.sin(half) ** 2 * t**2) / (2 + 2 * t**2)
        eq_10 = (mp.sin(half) ** 2 + mp.cos(half) ** 2 * t**2) / (2 + 2 * t**2)
        assert abs(different / Z / eq_9 - 1) < 1e-40
        assert abs(same / Z / eq_10 - 1) < 1e-40
    found = pair.joint_probabilities(theta, 0.0, gamma)
    for A, B in OUTCOMES:
        assert relative_error(found[A, B], eq_10 if A == B else eq_9) < 1e-13


def test_marginals_do_not_depend_on_the_far_setting():
    rng = np.random.default_rng(1)
    a, b = rng.uniform(-10.0, 10.0, (2, 20_000))
    gamma = np.append(10.0 ** rng.uniform(-150.0, 3.0, 19_000), np.zeros(1000))
    joint = pair.joint_probabilities(a, b, gamma)
    for axis in (-1, -2):
        assert np.abs(joint.sum(axis=axis) - 0.5).max() <= 1e-15
    np.testing.assert_array_equal(joint[:, 0, 0], joint[:, 1, 1])  # eq. 18
    np.testing.assert_array_equal(joint[:, 0, 1], joint[:, 1, 0])  # eq. 19


def test_equation_3_holds_with_the_width_doubled_and_as_printed_only_for_a_small_one():
    theta = 1.1
    cos2, sin2 = np.cos(theta / 2) ** 2, np.sin(theta / 2) ** 2
    for gamma, printed_is_right in [(0.5, False), (1e-9, True)]:
        P = pair.joint_probabilities(theta, 0.0, gamma)
        ratio = P[0, 1] / P[0, 0]
        exact, printed = (
            (cos2 + sin2 * t**2) / (sin2 + cos2 * t**2) for t in np.tanh([gamma, gamma / 2])
        )
        assert ratio == pytest.approx(exact, rel=1e-13, abs=0)
        assert (ratio == pytest.approx(printed, rel=1e-13, abs=0)) == printed_is_right


@pytest.mark.parametrize("gamma", [0.0, *WIDTHS])
def test_correlation_is_minus_cosine_times_sech(gamma):
    for theta, E in zip(ANGLES, pair.correlation(ANGLES, 0.0, gamma), strict=True):
        exact = exact_cosine_sech(theta, gamma)
        if abs(exact) > np.finfo(float).tiny:
            assert relative_error(E, exact) < 1e-13
        else:
            assert abs(E) <= 2 * np.finfo(float).tiny


@exact_tests
@given(any_angle, any_angle, st.floats(0.0, 30.0))
def test_correlation_is_equation_13(a, b, gamma):
    P = pair.joint_probabilities(a, b, gamma)
    E = P[0, 0] + P[1, 1] - P[1, 0] - P[0, 1]
    assert pair.correlation(a, b, gamma) == pytest.approx(E, abs=1e-15)


def test_the_paper_calls_minus_the_correlation_a_correlation_once():
    P = pair.joint_probabilities(0.4, 0.0, 0.0)
    assert P[0, 1] + P[1, 0] - P[0, 0] - P[1, 1] == pytest.approx(np.cos(0.4), abs=1e-15)


def test_equal_settings_give_equal_outcomes_now_and_then():
    for gamma in (0.01, 0.1, 1.0):
        P = pair.joint_probabilities(0.7, 0.7, gamma)
        expected = np.sinh(gamma) ** 2 / np.cosh(2 * gamma)
        assert P[0, 0] + P[1, 1] == pytest.approx(expected, rel=1e-13, abs=0)
    assert pair.joint_probabilities(0.7, 0.7, 0.0)[0, 0] == 0.0


@pytest.mark.parametrize("huge", [1e16, 7e307])
def test_huge_settings_and_widths_give_numbers(huge):
    assert pair.joint_probabilities(huge, -huge, 0.1).sum() == pytest.approx(1.0, abs=1e-15)
    assert pair.joint_probabilities(1.0, 0.0, huge).tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert pair.correlation(1.0, 0.0, huge) == 0.0


# What quantum theory says.


def quantum_joint(state, a, b):
    """Return P(A, B) from projectors on the plane of the settings."""

    def projectors(angle):
        spin = np.cos(angle) * qutip.sigmaz() + np.sin(angle) * qutip.sigmax()
        return [(qutip.qeye(2) + sign * spin) / 2 for sign in (1, -1)]

    return np.array(
        [
            [np.real(qutip.expect(qutip.tensor(P, Q), state)) for Q in projectors(b)]
            for P in projectors(a)
        ]
    )


def werner(visibility):
    singlet = qutip.ket2dm(qutip.singlet_state())
    return visibility * singlet + (1 - visibility) * qutip.tensor(qutip.qeye(2), qutip.qeye(2)) / 4


SETTINGS = [(0.0, 0.0), (0.0, np.pi / 3), (1.2, -0.7), (4.0, 2.5), (-3.0, 3.0)]


@pytest.mark.parametrize(("a", "b"), SETTINGS)
def test_the_born_limit_is_the_singlet(a, b):
    exact = quantum_joint(qutip.ket2dm(qutip.singlet_state()), a, b)
    np.testing.assert_allclose(pair.joint_probabilities(a, b, 0.0), exact, atol=1e-15)
    np.testing.assert_allclose(pair.joint_probabilities(a, b, 1e-9), exact, atol=1e-15)


@pytest.mark.parametrize(("a", "b"), SETTINGS)
@pytest.mark.parametrize("gamma", [0.1, 0.5, 2.0])
def test_in_a_plane_the_model_is_a_werner_state_of_visibility_sech_2_gamma(a, b, gamma):
    exact = quantum_joint(werner(1 / np.cosh(2 * gamma)), a, b)
    np.testing.assert_allclose(pair.joint_probabilities(a, b, gamma), exact, atol=1e-15)
    wrong = quantum_joint(werner(1 / np.cosh(gamma)), a, b)
    assert np.abs(pair.joint_probabilities(a, b, gamma) - wrong).max() > 1e-4


def test_the_paper_s_singlet_has_norm_one_with_the_root_divided():
    zero, one = qutip.basis(2, 0), qutip.basis(2, 1)
    unnormalised = qutip.tensor(zero, one) - qutip.tensor(one, zero)
    assert (unnormalised / np.sqrt(2)).norm() == pytest.approx(1.0)
    assert (unnormalised * np.sqrt(2)).norm() == pytest.approx(2.0)


# The hidden variable.


def exact_density(lam, a, b, gamma):
    """Return the sums over windings to both outcomes on both sides, by those for all lambda."""
    with mp.workdps(DIGITS):
        legs = lattice_sum(mp.mpf(lam) - a, gamma, period=1)
        legs *= lattice_sum(mp.mpf(lam) - b, gamma, period=1)
        # Two legs wrapped onto half a turn convolve to one of twice the width; lambda has two.
        whole = lattice_sum(mp.mpf(a) - b, 2 * mp.mpf(gamma), period=1)
        return legs / (2 * (2 * mp.pi / mp.mpf(gamma)) * whole)


@pytest.mark.parametrize("gamma", [1e-150, 1e-77, 1e-8, 1e-3, 0.1, 1.0, 5.0, 40.0, 1e3])
def test_hidden_density_is_the_share_of_the_histories(gamma):
    # Dyadic settings, whose differences are exact.
    for lam in (0.0, 2.0**-600, 0.5, 1.0, 1.5, 3.0, -2.25):
        for b in (0.0, 2.0**-40, 1.0, 1.5):
            exact = exact_density(lam, 0.0, b, gamma)
            if exact < np.finfo(float).tiny:
                assert pair.hidden_density(lam, 0.0, b, gamma) <= 2 * np.finfo(float).tiny
            elif exact < LARGEST:
                found = pair.hidden_density(lam, 0.0, b, gamma)
                assert relative_error(found, exact) < 1e-13


@exact_tests
@given(st.floats(-7.0, 7.0), st.floats(-7.0, 7.0), st.floats(1e-3, 5.0))
def test_hidden_density_is_the_printed_closed_form(x, y, gamma):
    found = pair.hidden_density(0.0, x, y, gamma)
    with mp.workdps(50):
        a, b, g = mp.mpf(x), mp.mpf(y), mp.mpf(gamma)
        legs = (mp.cosh(2 * g) - mp.cos(2 * a)) * (mp.cosh(2 * g) - mp.cos(2 * b))
        theta = mp.mpf(x - y)
        exact = mp.tanh(2 * g) * (mp.cosh(4 * g) - mp.cos(2 * theta)) / (4 * mp.pi * legs)
    assert relative_error(found, exact) < 1e-13


@pytest.mark.parametrize("gamma", [0.01, 0.3, 2.0])
@pytest.mark.parametrize(("a", "b"), [(0.0, 0.0), (0.3, 1.2), (5.0, -0.4)])
def test_hidden_density_integrates_to_one(a, b, gamma):
    peaks = [np.mod(s + k * np.pi, 2 * np.pi) for s in (a, b) for k in (0, 1)]
    total, error = integrate.quad(
        pair.hidden_density, 0.0, 2 * np.pi, (a, b, gamma), points=peaks, limit=500, epsabs=1e-11
    )
    assert total == pytest.approx(1.0, abs=1e-11)
    assert error < 1e-7


def test_the_direction_is_near_a_setting_only_slowly():
    a, b, eps = 0.0, 1.0, 0.2
    for gamma in (1e-2, 1e-3, 1e-4):
        near = sum(
            integrate.quad(
                pair.hidden_density, s - eps, s + eps, (a, b, gamma), points=[s], limit=500
            )[0]
            for s in (a, b, a + np.pi, b + np.pi)
        )
        # Both legs are Lorentzians of width gamma: each of the two kinds of peak has the share
        # 1/2 and loses 2 gamma / (pi eps), but gets some of the other's tail, of order gamma.
        assert (1 - near) / (2 * gamma / (np.pi * eps)) == pytest.approx(1.0, abs=0.25)


def test_one_leg_with_all_of_the_anomaly_outweighs_two_halves_by_the_square_of_theta_over_gamma():
    theta, gamma = 0.02, 1e-5
    at_setting, halfway = pair.hidden_density([0.0, theta / 2], 0.0, theta, gamma)
    assert at_setting / halfway == pytest.approx(theta**2 / (16 * gamma**2), rel=1e-3)


def test_without_a_width_there_is_no_weight_and_no_density():
    for function in (pair.joint_weight, lambda a, gamma: pair.hidden_density(a, 0.0, 1.0, gamma)):
        with pytest.raises(ValueError, match=r"^gamma must be finite and above 0, got 0\.0$"):
            function(0.5, 0.0)


def test_a_density_too_large_for_a_float_is_an_error():
    with pytest.raises(OverflowError, match="larger than the largest float"):
        pair.hidden_density([1.0, 0.0], 0.0, 0.0, 5e-324)


# Whole histories.

DRAWS = 400_000
CASES = [(0.0, 1.1, 0.1), (2.0, -1.5, 0.5), (0.3, 0.3, 1.0), (-4.0, 9.0, 0.01), (1.0, 0.2, 8.0)]
each_case = pytest.mark.parametrize(("a", "b", "gamma"), CASES)


def wrong(gamma):
    return 1.15 * gamma + 0.05


def counted(drawn):
    return drawn.A + 2 * drawn.B


def joint_law(a, b, gamma):
    return {A + 2 * B: float(p) for (A, B), p in exact_joint(a - b, gamma).items()}


@each_case
def test_outcomes_follow_their_joint_law(a, b, gamma):
    drawn = pair.sample(a, b, gamma, DRAWS, rng=2015)
    assert goodness_of_fit(counted(drawn), joint_law(a, b, gamma), rest=False) > 1e-4


@pytest.mark.parametrize(("a", "b", "gamma"), CASES[:4])
def test_the_joint_law_notices_a_wrong_width(a, b, gamma):
    drawn = pair.sample(a, b, wrong(gamma), DRAWS, rng=2015)
    assert goodness_of_fit(counted(drawn), joint_law(a, b, gamma), rest=False) < 1e-4


@cache
def direction_law(a, b, gamma):
    """Return the distribution function of lambda, by adding up the density on a fine grid."""
    middles = (np.arange(400_000) + 0.5) * 2 * np.pi / 400_000
    s = [np.sinh(2 * gamma) / (np.cosh(2 * gamma) - np.cos(2 * (middles - x))) for x in (a, b)]
    cdf = np.cumsum(s[0] * s[1])
    return lambda lam: np.interp(lam, middles, cdf / cdf[-1])


@each_case
def test_initial_directions_follow_the_hidden_density(a, b, gamma):
    drawn = pair.sample(a, b, gamma, DRAWS, rng=7)
    assert kolmogorov(drawn.lam, direction_law(a, b, gamma)) > 1e-4
    assert drawn.lam.min() >= 0.0
    assert drawn.lam.max() <= 2 * np.pi


@pytest.mark.parametrize(("a", "b", "gamma"), CASES[:4])
def test_the_hidden_density_notices_a_wrong_width(a, b, gamma):
    drawn = pair.sample(a, b, wrong(gamma), DRAWS, rng=7)
    assert kolmogorov(drawn.lam, direction_law(a, b, gamma)) < 1e-4


def rotation_tail_law(theta, gamma, begin, turns=3000):
    """Return the distribution function of alpha beyond `begin`.

    All that ends at alpha counts with W(alpha) times the weights of all beta that then fit, which
    repeat after half a turn. Far out their mean is enough.
    """
    alpha = begin + np.pi * np.linspace(0, turns, 200 * turns + 1)
    fits = np.sinh(2 * gamma) / (np.cosh(2 * gamma) - np.cos(2 * (alpha - theta)))
    density = fits / (alpha**2 + gamma**2)
    mass = integrate.cumulative_trapezoid(density, alpha, initial=0)
    mass /= mass[-1] + np.arctan2(gamma, alpha[-1]) / gamma
    rest = 1 - mass[-1]
    return lambda x: np.where(
        x < alpha[-1],
        np.interp(x, alpha, mass),
        1 - rest * np.arctan2(gamma, x) / np.arctan2(gamma, alpha[-1]),
    )


@pytest.mark.parametrize(("a", "b", "gamma"), [(0.0, 1.1, 0.1), (2.0, -1.5, 0.5), (0.3, 0.3, 1.0)])
def test_rotations_have_the_right_tail(a, b, gamma):
    drawn = pair.sample(a, b, gamma, 5 * DRAWS, rng=8)
    for sense in (1, -1):
        theta = sense * (a - b)
        law, other = (rotation_tail_law(theta, g, begin=1.0) for g in (gamma, wrong(gamma)))
        for rotation in (sense * drawn.alpha, -sense * drawn.beta):
            tail = rotation[rotation > 1.0]
            assert tail.size > 10_000
            assert tail.max() > 1000.0
            assert kolmogorov(tail, law) > 1e-4
            assert kolmogorov(tail, other) < 1e-4


@each_case
def test_net_rotations_wind_as_those_of_one_particle_of_twice_the_width(a, b, gamma):
    drawn = pair.sample(a, b, gamma, DRAWS, rng=9)
    k = np.rint((drawn.alpha - drawn.beta - (a - b)) / np.pi).astype(int)
    assert goodness_of_fit(k, rotation_law(a - b, 2 * gamma, reach=30)) > 1e-4
    other = rotation_law(a - b, wrong(2 * gamma) + 0.2, reach=30)
    assert goodness_of_fit(k, other) < 1e-4


@each_case
def test_both_outcomes_of_a_side_are_equally_frequent_whatever_the_rest(a, b, gamma):
    drawn = pair.sample(a, b, gamma, DRAWS, rng=10)
    near = np.cos(2 * (drawn.lam - a)) > np.median(np.cos(2 * (drawn.lam - a)))
    for outcome in (drawn.A, drawn.B, drawn.A[near], drawn.B[near], drawn.A[drawn.alpha > 0]):
        assert outcome.mean() == pytest.approx(0.5, abs=4.5 / np.sqrt(4 * outcome.size))


@each_case
def test_rotations_lead_from_the_initial_direction_to_the_outcomes(a, b, gamma):
    drawn = pair.sample(a, b, gamma, 100_000, rng=11)
    moderate = (np.abs(drawn.alpha) < 1e3) & (np.abs(drawn.beta) < 1e3)
    legs = [(a + np.pi * drawn.A - drawn.lam, drawn.alpha)]
    legs += [(b + np.pi * drawn.B - drawn.lam - np.pi, drawn.beta)]
    for expected, rotation in legs:
        turns = (rotation - expected)[moderate] / (2 * np.pi)
        assert np.abs(turns - np.rint(turns)).max() < 1e-12
    assert set(np.unique(drawn.A)) == set(np.unique(drawn.B)) == {0, 1}
    assert drawn.A.dtype == drawn.B.dtype == np.int64
    # One common sense of rotation: the difference of the rotations is a - b, not their sum.
    half_turns = (drawn.alpha - drawn.beta - (a - b)) / np.pi
    assert np.abs(half_turns - np.rint(half_turns))[moderate].max() < 1e-12


def test_in_the_born_limit_one_of_the_two_makes_all_of_the_rotation():
    drawn = pair.sample(0.0, 1.0, 0.0, 100_000, rng=12)
    assert np.all((drawn.alpha == 0) | (drawn.beta == 0))
    assert np.mean(drawn.alpha == 0) == pytest.approx(0.5, abs=4.5 / np.sqrt(4e5))
    assert goodness_of_fit(counted(drawn), joint_law(0.0, 1.0, 0.0), rest=False) > 1e-4
    offset = np.abs(np.sin(np.stack([drawn.lam, drawn.lam - 1.0]))).min(axis=0)
    assert offset.max() < 1e-9


def test_at_equal_settings_a_width_makes_everything_turn_and_none_makes_nothing_turn():
    drawn = pair.sample(0.5, 0.5, 0.1, 100_000, rng=13)
    assert np.all(drawn.alpha != 0)
    still = pair.sample(0.5, 0.5, 0.0, 1000, rng=13)
    assert not still.alpha.any()
    assert not still.beta.any()
    assert np.all(still.A != still.B)


def test_each_setting_and_width_of_an_array_has_its_own_law():
    a, gamma = np.array([0.0, 2.0]), np.array([[0.1], [0.8]])
    drawn = pair.sample(a, 0.5, gamma, (200_000, 2, 2), rng=14)
    for i, g in enumerate(gamma[:, 0]):
        for j, setting in enumerate(a):
            kinds = counted(drawn)[:, i, j]
            assert goodness_of_fit(kinds, joint_law(setting, 0.5, g), rest=False) > 1e-4
            law = direction_law(setting, 0.5, g)
            assert kolmogorov(drawn.lam[:, i, j], law) > 1e-4


@pytest.mark.parametrize("gamma", [0.0, 1e-150, 1e-8, 500.0])
@pytest.mark.parametrize("a", [0.0, 1e-150, np.pi, 5e14])
def test_samples_are_numbers_at_the_ends_of_the_domain(a, gamma):
    drawn = pair.sample(a, -a, gamma, 10_000, rng=15)
    assert all(np.isfinite(field).all() for field in drawn)


@pytest.mark.parametrize(
    ("call", "name", "limit"),
    [
        (lambda x: pair.sample(x, 0.0, 0.1, 3), "a", 5e14),
        (lambda x: pair.sample(0.0, x, 0.1, 3), "b", 5e14),
        (lambda x: pair.sample(0.0, 1.0, x, 3), "gamma", 500.0),
        (lambda x: pair.correlation(x, -x, 0.1), "a", 8e307),
        (lambda x: pair.hidden_density(x, -x, 0.0, 0.1), "lam", 8e307),
        (lambda x: pair.hidden_density(0.0, 0.0, x, 0.1), "b", 8e307),
    ],
)
def test_limits_are_included_and_no_more(call, name, limit):
    assert np.isfinite(call(limit)).all()
    with pytest.raises(ValueError, match=f"^{name} must be at most"):
        call(limit * (1 + 4e-16))


def test_squares_of_tiny_rotations_vanish_quietly():
    with np.errstate(all="raise"):
        drawn = pair.sample(0.5, 0.5, 1e-155, 1000, rng=16)
    assert np.abs(drawn.alpha).max() < 1e-140


def test_samples_are_reproducible_by_their_seed():
    first, again, other = (pair.sample(0.3, 1.0, 0.1, 50, rng=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(x, y) for x, y in zip(first, again, strict=True))
    assert not np.array_equal(first.lam, other.lam)


def test_legs_are_drawn_in_blocks_that_stay_in_the_cache(monkeypatch):
    sizes, draw = [], pair._draw_leg

    def watched(net, gamma, rng):
        sizes.append(net.size)
        return draw(net, gamma, rng)

    monkeypatch.setattr(pair, "_draw_leg", watched)
    pair.sample(0.0, 1.0, 0.1, 40_000, rng=23)
    assert sizes == [2**14, 2**14, 40_000 - 2**15]
