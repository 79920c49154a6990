"""One particle: outcomes, windings and histories, against sums in many digits and quadrature."""

from collections import Counter

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from retrolib import one_particle
from retrolib.one_particle import bridge, probabilities, sample, winding_probabilities
from tests.oracle import DIGITS, lattice_sum, outcome_probabilities, relative_error, weight
from tests.test_weights import ANGLES, WIDTHS, any_angle, any_width, exact_tests

TINY = np.finfo(float).tiny


def check(value, exact, rtol=1e-13):
    """Compare to `rtol` wherever the exact value is a normal float, else ask that it is tiny."""
    assert 0 <= value <= 1
    if exact > TINY:
        assert relative_error(value, exact) < rtol
    else:
        assert value <= 2 * TINY


def kolmogorov(drawn, law):
    """Probability of a sample like this under a law, in the limit of many draws."""
    return stats.kstest(drawn, law, method="asymp").pvalue


# Outcomes.


@pytest.mark.parametrize("gamma", WIDTHS)
def test_probabilities_are_the_ratio_of_lattice_sums(gamma):
    for theta, found in zip(ANGLES, probabilities(ANGLES, gamma), strict=True):
        for p, exact in zip(found, outcome_probabilities(theta, gamma), strict=True):
            check(p, exact, rtol=1e-14)


@exact_tests
@given(any_angle, any_width)
def test_probabilities_are_the_ratio_of_lattice_sums_anywhere(theta, gamma):
    for p, exact in zip(
        probabilities(theta, gamma), outcome_probabilities(theta, gamma), strict=True
    ):
        check(p, exact)


@exact_tests
@given(st.floats(-20.0, 20.0), st.floats(1e-6, 20.0))
def test_both_sides_of_equation_2_agree(theta, gamma):
    with mp.workdps(50):
        cos2, sin2 = mp.cos(mp.mpf(theta) / 2) ** 2, mp.sin(mp.mpf(theta) / 2) ** 2
        tanh2 = mp.tanh(mp.mpf(gamma) / 2) ** 2
        right = (cos2 + sin2 * tanh2) / (sin2 + cos2 * tanh2)
        middle = lattice_sum(theta, gamma) / lattice_sum(mp.mpf(theta) + mp.pi, gamma)
        assert abs(right / middle - 1) < 1e-30
    aligned, anti = probabilities(theta, gamma)
    assert relative_error(aligned / anti, right) < 1e-13


def test_probabilities_tend_to_the_born_rule():
    for theta in ANGLES:
        with mp.workdps(50):
            born = mp.cos(mp.mpf(theta) / 2) ** 2, mp.sin(mp.mpf(theta) / 2) ** 2
        for gamma in (0.0, 5e-324, 1e-200):
            for p, exact in zip(probabilities(theta, gamma), born, strict=True):
                check(p, exact)


def test_probabilities_tend_to_one_half_for_a_wide_weight():
    np.testing.assert_array_equal(probabilities(1.0, [50.0, 1e4, 1e308]), np.full((3, 2), 0.5))


def test_outcomes_are_certain_only_without_a_width():
    assert probabilities(0.0, 0.0).tolist() == [1.0, 0.0]
    assert 0 < probabilities(0.0, 1e-100)[1] < 1e-199


# Windings.


@pytest.mark.parametrize("gamma", [0.0, *WIDTHS])
def test_winding_probabilities_are_shares_of_the_lattice_sum(gamma):
    for theta in ANGLES:
        if theta == 0 == gamma:
            continue
        turns = -round(theta / (2 * np.pi))
        for n in (0, turns, turns + 1, turns - 1, 7, -1000, 10**9, -(10**9), 2**53, -(2**53)):
            with mp.workdps(DIGITS):
                exact = weight(mp.mpf(theta) + 2 * mp.pi * n, gamma) / lattice_sum(theta, gamma)
            check(winding_probabilities(theta, gamma, n), exact)


@exact_tests
@given(any_angle, any_width, st.integers(-(2**40), 2**40))
def test_winding_probabilities_are_shares_of_the_lattice_sum_anywhere(theta, gamma, n):
    with mp.workdps(DIGITS):
        exact = weight(mp.mpf(theta) + 2 * mp.pi * n, gamma) / lattice_sum(theta, gamma)
    check(winding_probabilities(theta, gamma, n), exact)


def test_nothing_winds_without_an_angle_in_the_born_limit():
    assert winding_probabilities(0.0, 0.0, [-1, 0, 1]).tolist() == [0.0, 1.0, 0.0]


def test_no_probability_is_rounded_above_one():
    theta, gamma = np.geomspace(1e-9, 1e-6, 1000), np.geomspace(1e-9, 1e-6, 1000)[:, None]
    assert winding_probabilities(theta, gamma, 0).max() <= 1.0


@pytest.mark.parametrize("theta", [0.0, 5e-324, 1e-320, 1e-300])
@pytest.mark.parametrize("gamma", [5e-324, 1e-320, 1e-300, 1e-160])
def test_winding_probabilities_survive_subnormal_arguments(theta, gamma):
    assert winding_probabilities(theta, gamma, 0) == pytest.approx(1.0, rel=1e-3)
    assert winding_probabilities(theta, gamma, 1) < 1e-300


def test_winding_probabilities_of_a_huge_width_do_not_vanish_early():
    for gamma in (1e160, 1e300):
        assert winding_probabilities(1.0, gamma, 0) == pytest.approx(2 / gamma, rel=1e-13, abs=0)


# Sampling.

PAIRS = [
    (0.0, 0.1),
    (np.pi / 3, 0.0),
    (np.pi / 2, 0.0),
    (3.0, 0.5),
    (1.0, 1e-6),
    (-2.5, 1.0),
    (7.0, 3.0),
    (np.pi / 2, 10.0),
    (0.1, 30.0),
    (100.0, 0.3),
]
DRAWS = 1_000_000


def rotation_law(theta, gamma, reach):
    """Return P of theta + pi k for k within `reach` of the least rotation, and of all others."""
    with mp.workdps(30):
        whole = lattice_sum(theta, gamma, period=1)
        middle = -round(theta / np.pi)
        law = {
            k: float(weight(theta + mp.pi * k, gamma) / whole)
            for k in range(middle - reach, middle + reach + 1)
        }
    return law


def goodness_of_fit(drawn, law, rest=True):
    """Chi-square of counted values; what is not in `law`, or rare, is one cell together."""
    counts = Counter(dict(zip(*(x.tolist() for x in np.unique_counts(drawn)), strict=True)))
    common = [k for k, p in law.items() if p * drawn.size > 20]
    observed = [counts[k] for k in common]
    expected = [law[k] * drawn.size for k in common]
    if rest:
        observed.append(drawn.size - sum(observed))
        expected.append(drawn.size - sum(expected))
    assert min(expected) > 5
    return stats.chisquare(observed, expected).pvalue


def rotations(drawn):
    """Return the k in alpha = theta + pi k."""
    return drawn.outcome + 2 * drawn.winding


@pytest.mark.parametrize(("theta", "gamma"), PAIRS)
def test_outcomes_and_windings_follow_their_law(theta, gamma):
    drawn = sample(theta, gamma, size=DRAWS, rng=2015)
    law = rotation_law(theta, gamma, reach=30)
    assert goodness_of_fit(rotations(drawn), law) > 1e-4


@pytest.mark.parametrize(("theta", "gamma"), PAIRS)
def test_the_fit_notices_a_wrong_width(theta, gamma):
    drawn = sample(theta, 1.05 * gamma + 0.4, size=DRAWS, rng=2015)
    law = rotation_law(theta, gamma, reach=30)
    assert goodness_of_fit(rotations(drawn), law) < 1e-4


@pytest.mark.parametrize(
    ("theta", "gamma", "repeats"),
    [(np.pi / 2, 0.0, 6), (1.3, 1.0, 1), (np.pi / 2, 4.15, 2), (2.0, 40.0, 1)],
)
def test_rare_windings_follow_their_law_too(theta, gamma, repeats):
    # Draws enough to see an error of one percent in the proposal or its acceptance, once by few
    # cells, once by many.
    middle = -round(theta / np.pi)
    law = rotation_law(theta, gamma, reach=200)
    head = sum(law.pop(middle + i) for i in (-1, 0, 1))
    far = []
    for seed in range(repeats):
        k = rotations(sample(theta, gamma, size=4 * DRAWS, rng=100 + seed))
        far.append(k[np.abs(k - middle) > 1])
    for reach in (6, 200):
        conditional = {k: p / (1 - head) for k, p in law.items() if abs(k - middle) <= reach}
        assert goodness_of_fit(np.concatenate(far), conditional) > 1e-4


def test_no_winding_is_left_out():
    # P(|n| > N) ~ 4 sin^2(theta/2) / (2 pi^2 N) in the Born limit, for both outcomes together
    # 2 sin^2(theta) / (pi^2 K), K counted in half turns.
    k = rotations(sample(np.pi / 2, 0.0, size=4 * DRAWS, rng=4))
    for reach in (100, 1000, 10_000):
        for beyond, start in ((k > reach, reach + 1.5), (k < -reach, reach + 0.5)):
            with mp.workdps(30):
                expected = 4 * DRAWS * float(mp.zeta(2, start) / mp.pi**2)
            assert np.sum(beyond) == pytest.approx(expected, abs=4.5 * np.sqrt(expected))
    assert min(k.max(), -k.min()) > 100_000


@pytest.mark.parametrize(("theta", "gamma"), PAIRS)
def test_outcomes_follow_the_probabilities(theta, gamma):
    drawn = sample(theta, gamma, size=DRAWS, rng=5)
    anti = float(outcome_probabilities(theta, gamma)[1])
    error = np.sqrt(anti * (1 - anti) / DRAWS)
    assert drawn.outcome.mean() == pytest.approx(anti, abs=4.5 * error)


@pytest.mark.parametrize("theta", [0.0, 1.0, -40.0, 2 * np.pi, 1e6])
def test_net_rotation_outcome_and_winding_fit_together(theta):
    drawn = sample(theta, 0.5, size=10_000, rng=6)
    assert set(np.unique(drawn.outcome)) <= {0, 1}
    assert drawn.outcome.dtype == drawn.winding.dtype == np.int64
    expected = theta + np.pi * drawn.outcome + 2 * np.pi * drawn.winding
    np.testing.assert_allclose(drawn.alpha, expected, rtol=1e-14, atol=1e-15 * max(theta, 1))


def test_the_least_rotation_keeps_every_digit():
    theta = float(np.nextafter(2 * np.pi, 0.0))
    drawn = sample(theta, 0.0, size=100, rng=7)
    with mp.workdps(50):
        exact = mp.mpf(theta) - 2 * mp.pi
    assert set(drawn.winding) == {-1}
    assert all(relative_error(alpha, exact) < 1e-15 for alpha in drawn.alpha)


def test_each_angle_and_width_of_an_array_has_its_own_law():
    theta = np.array([0.5, 2.0, -1.0])
    gamma = np.array([[0.0], [2.0]])
    drawn = sample(theta, gamma, size=(200_000, 2, 3), rng=8)
    for i, g in enumerate(gamma[:, 0]):
        for j, t in enumerate(theta):
            k = rotations(drawn)[:, i, j]
            assert goodness_of_fit(k, rotation_law(t, g, reach=20)) > 1e-4


def test_without_a_rotation_to_make_nothing_turns():
    drawn = sample(np.zeros(1000), 0.0, rng=9)
    assert not drawn.outcome.any()
    assert not drawn.alpha.any()
    assert not drawn.winding.any()


@pytest.mark.parametrize("gamma", [1e-150, 5e-324, 1e3])
@pytest.mark.parametrize("theta", [0.0, 1e-150, np.pi, 1e15, -1e15])
def test_samples_are_numbers_at_the_ends_of_the_domain(theta, gamma):
    drawn = sample(theta, gamma, size=10_000, rng=10)
    assert np.isfinite(drawn.alpha).all()
    assert np.all(np.abs(drawn.winding) < 2**61)


@pytest.mark.parametrize(
    ("call", "name", "limit"),
    [
        (lambda x: sample(x, 0.1, 3), "theta", 1e15),
        (lambda x: winding_probabilities(x, 0.1, 0), "theta", 1e15),
        (lambda x: sample(1.0, x, 3), "gamma", 1e3),
        (lambda x: bridge(x, 0.1, [0.5]), "alpha", 1e150),
        (lambda x: bridge(1.0, x, [0.5]), "gamma", 1e150),
        (lambda x: winding_probabilities(1.0, 0.1, x), "n", 2.0**53),
    ],
)
def test_limits_are_included_and_no_more(call, name, limit):
    assert np.isfinite(call(limit)).all()
    with pytest.raises(ValueError, match=f"^{name} must be .*at most"):
        call(limit * (1 + 4e-16))


def test_samples_are_reproducible_by_their_seed():
    first, again = (sample([0.3, 1.0], 0.1, size=(50, 2), rng=11) for _ in range(2))
    other = sample([0.3, 1.0], 0.1, size=(50, 2), rng=12)
    assert all(np.array_equal(x, y) for x, y in zip(first, again, strict=True))
    assert not np.array_equal(first.alpha, other.alpha)
    generator = np.random.default_rng(11)
    assert np.array_equal(sample([0.3, 1.0], 0.1, size=(50, 2), rng=generator).alpha, first.alpha)
    further = sample([0.3, 1.0], 0.1, size=(50, 2), rng=generator)
    assert not np.array_equal(further.alpha, first.alpha)


# Histories.


def one_time_law(alpha, gamma, t):
    """Return the distribution function of the Cauchy bridge at one time, by quadrature."""
    a, b = t * gamma, (1 - t) * gamma
    tangent = np.linspace(0, 1, 400_001)[1:-1]
    u = alpha / 2 + np.hypot(alpha, gamma) * np.tan(np.pi * (tangent - 0.5))
    stretch = 1 + ((u - alpha / 2) / np.hypot(alpha, gamma)) ** 2
    density = stretch / ((u**2 + a**2) * ((alpha - u) ** 2 + b**2))
    mass = np.cumsum(density)
    return u, mass / mass[-1], density / mass[-1]


PATHS = 100_000


@pytest.mark.parametrize("t", [0.1, 0.5, 0.8])
@pytest.mark.parametrize(("alpha", "gamma"), [(1.0, 0.1), (-2.0, 1.0), (0.0, 0.5), (4.0, 3.0)])
def test_cauchy_bridge_at_one_time_is_two_cauchy_laws_given_their_sum(alpha, gamma, t):
    x = bridge(np.full(PATHS, alpha), gamma, [t], rng=13)[:, 0]
    u, cdf, _ = one_time_law(alpha, gamma, t)
    assert kolmogorov(x, lambda v: np.interp(v, u, cdf)) > 1e-4
    u, cdf, _ = one_time_law(alpha, 1.5 * gamma, t)
    assert kolmogorov(x, lambda v: np.interp(v, u, cdf)) < 1e-4


@pytest.mark.parametrize(("alpha", "gamma"), [(1.0, 0.1), (-2.0, 1.0), (0.0, 0.5)])
def test_cauchy_bridge_has_the_same_law_for_all_steps_of_one_length(alpha, gamma):
    # The steps of a process with independent, equal increments can be exchanged, also when
    # their sum is given: a step of length d is distributed like the angle at time d.
    times = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    path = bridge(np.full(PATHS, alpha), gamma, times, rng=14)
    for i in range(5):
        for j in range(i + 1, 5):
            if (i, j) != (0, 4):
                u, cdf, _ = one_time_law(alpha, gamma, times[j] - times[i])
                law = lambda v, u=u, cdf=cdf: np.interp(v, u, cdf)  # noqa: E731
                assert kolmogorov(path[:, j] - path[:, i], law) > 1e-4


@pytest.mark.parametrize("t", [0.25, 0.6])
@pytest.mark.parametrize(("alpha", "gamma"), [(1.0, 0.3), (3.0, 2.0)])
def test_cauchy_bridge_has_the_stated_mean_and_variance(alpha, gamma, t):
    x = bridge(np.full(PATHS, alpha), gamma, [t], rng=15)[:, 0] - t * alpha
    variance = t * (1 - t) * (alpha**2 + gamma**2)
    assert x.mean() == pytest.approx(0.0, abs=4.5 * np.sqrt(variance / PATHS))
    # The fourth moment is infinite: compare the second one within a bound, where the Monte Carlo
    # error is known, and the whole of it with quadrature alone.
    u, _, mass = one_time_law(alpha, gamma, t)
    assert mass @ (u - t * alpha) ** 2 == pytest.approx(variance, rel=1e-3)
    bounded = np.minimum(x**2, 100 * variance)
    expected = mass @ np.minimum((u - t * alpha) ** 2, 100 * variance)
    assert bounded.mean() == pytest.approx(expected, abs=4.5 * bounded.std() / np.sqrt(PATHS))


@pytest.mark.parametrize("gamma", [0.0, 1e-12])
def test_cauchy_bridge_tends_to_one_jump_at_a_uniform_time(gamma):
    times = np.linspace(0.0, 1.0, 401)
    path = bridge(np.full(5_000, 2.0), gamma, times, rng=16)
    if gamma == 0:
        assert set(np.unique(path)) == {0.0, 2.0}
    after = path > 1.0
    assert np.all(np.minimum(np.abs(path), np.abs(path - 2.0)) < 1e-4)
    assert np.all(np.count_nonzero(after[:, 1:] != after[:, :-1], axis=1) == 1)
    jump = times[np.argmax(after, axis=1)] - 1 / 800
    assert kolmogorov(jump, "uniform") > 1e-4
    assert kolmogorov(jump**1.1, "uniform") < 1e-4


@pytest.mark.parametrize("t", [0.2, 0.7])
def test_brownian_bridge_is_the_shadow_of_a_brownian_path_released_at_height_gamma(t):
    # Released at height gamma, a Brownian path falls for the time gamma^2/Z^2 (Levy), lands at a
    # Gaussian distance, and its shadow is a Brownian bridge. Keep those that land near alpha = 1.
    rng = np.random.default_rng(17)
    gamma = 0.5
    duration = (gamma / rng.standard_normal(4_000_000)) ** 2
    alpha = np.sqrt(duration) * rng.standard_normal(duration.size)
    near = np.abs(alpha - 1.0) < 0.05
    alpha, duration = alpha[near], duration[near]
    shadow = t * alpha + np.sqrt(t * (1 - t) * duration) * rng.standard_normal(alpha.size)
    x = bridge(alpha, gamma, [t], rng=18, kind="brownian")[:, 0]
    assert alpha.size > 40_000
    assert stats.ks_2samp(x, shadow).pvalue > 1e-4
    x = bridge(alpha, 1.6 * gamma, [t], rng=18, kind="brownian")[:, 0]
    assert stats.ks_2samp(x, shadow).pvalue < 1e-4


@pytest.mark.parametrize(("alpha", "gamma"), [(1.0, 0.1), (-2.0, 1.0), (0.0, 0.5), (1.0, 0.0)])
def test_brownian_bridge_has_the_same_law_for_all_steps_of_one_length(alpha, gamma):
    # A Gaussian over the root of twice an exponential is Student's t with 2 degrees, up to scale.
    times = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    path = bridge(np.full(PATHS, alpha), gamma, times, rng=19, kind="brownian")
    for i in range(5):
        for j in range(i + 1, 5):
            d = times[j] - times[i]
            if d < 1:
                step = path[:, j] - path[:, i] - d * alpha
                step /= np.hypot(alpha, gamma) * np.sqrt(d * (1 - d))
                assert kolmogorov(np.sqrt(2) * step, stats.t(2).cdf) > 1e-4


def test_brownian_bridge_does_not_jump_in_the_born_limit():
    times = np.linspace(0.0, 1.0, 2001)
    longest = {}
    for kind in ("cauchy", "brownian"):
        path = bridge(np.full(500, 1.0), 0.0, times, rng=20, kind=kind)
        longest[kind] = np.median(np.abs(np.diff(path, axis=1)).max(axis=1))
    assert longest["cauchy"] == 1.0
    assert longest["brownian"] < 0.2


@pytest.mark.parametrize("kind", ["cauchy", "brownian"])
@pytest.mark.parametrize("gamma", [0.0, 5e-324, 0.1, 1e3, 1e150])
def test_bridges_start_at_the_preparation_and_end_at_the_measurement(kind, gamma):
    alpha = np.array([[0.0, 1e-150, 0.1], [-3.0, 1e9, 1e150]])
    times = [0.0, 0.0, 0.3, 0.3, 0.3 + 1e-16, 1 - 1e-16, 1.0, 1.0]
    with np.errstate(all="raise"):
        path = bridge(alpha, gamma, times, 21, kind)
    assert path.shape == (2, 3, 8)
    assert np.isfinite(path).all()
    assert np.all(path[..., :2] == 0)
    assert np.all(path[..., -2:] == alpha[..., None])
    np.testing.assert_array_equal(path[..., 2], path[..., 3])


@pytest.mark.parametrize("kind", ["cauchy", "brownian"])
def test_bridges_are_reproducible_by_their_seed(kind):
    first, again, other = (bridge([1.0, 2.0], 0.1, [0.2, 0.6], seed, kind) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_far_windings_are_drawn_in_blocks_that_stay_in_the_cache(monkeypatch):
    sizes, draw = [], one_particle._draw_far_windings

    def watched(theta, gamma, count, rng):
        sizes.append(count)
        return draw(theta, gamma, count, rng)

    monkeypatch.setattr(one_particle, "_draw_far_windings", watched)
    sample(1.0, 1000.0, 200_000, rng=22)  # so wide that nearly all windings are far
    assert len(sizes) == 1 + sum(sizes) // 2**15 > 5
    assert max(sizes) - min(sizes) <= 1
