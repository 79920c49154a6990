"""Many spins: the law against sums over the source's directions and QuTiP; bounds by enumeration.

The last part has what the source must not be: claims on models that retrolib does not offer.
"""

from itertools import combinations, product

import mpmath as mp
import numpy as np
import pytest
import qutip
from scipy import optimize, stats

from retrolib import many, one_particle, pair
from tests.oracle import DIGITS, outcome_probabilities, relative_error
from tests.test_proven import lorentzian as wound

PI = np.pi
HALF_TURNS = np.array([0.0, PI])


def by_directions(settings, widths, steps):
    """The weights of all outcomes, added up over directions with the sum 0, without a constant."""
    count = len(settings)
    lam = np.indices((steps,) * (count - 1))
    lam = [*lam, -lam.sum(axis=0)]
    grid = 2 * PI * np.arange(steps) / steps
    legs = [
        wound(np.add.outer(HALF_TURNS, phi - grid), np.array(g))[:, direction % steps]
        for phi, g, direction in zip(settings, widths, lam, strict=True)
    ]
    J = np.empty((2,) * count)
    for A in np.ndindex(J.shape):
        J[A] = np.sum(np.prod([leg[a] for leg, a in zip(legs, A, strict=True)], axis=0))
    return J


def means(P):
    """The correlation of all outcomes, the last axes."""
    while np.ndim(P):
        P = P[0] - P[1]
    return float(P)


# The law.

CASES = [
    ((0.7,), (0.2,), 1),
    ((0.4, -2.0), (0.3, 0.5), 128),
    ((0.3, -0.9, 1.7), (0.3, 0.3, 0.3), 128),
    ((0.3, -0.9, 1.7), (0.3, 0.45, 0.6), 128),
    ((5.0, 0.1, -2.2), (1.5, 0.3, 0.4), 128),
    ((0.1, 0.2, 0.3, 0.5), (0.8, 0.8, 0.8, 0.8), 48),
    ((1.0, -4.0, 0.3, 2.5), (0.75, 0.8, 0.9, 1.1), 48),
]


@pytest.mark.parametrize(("settings", "widths", "steps"), CASES)
def test_joint_probabilities_add_up_all_directions_of_the_source(settings, widths, steps):
    J = by_directions(settings, widths, steps)
    found = many.joint_probabilities(settings, widths)
    np.testing.assert_allclose(found, J / J.sum(), rtol=1e-10)
    assert many.correlation(settings, widths) == pytest.approx(means(J / J.sum()), abs=1e-11)
    if len(set(widths)) == 1:
        np.testing.assert_array_equal(many.joint_probabilities(settings, widths[0]), found)


@pytest.mark.parametrize("gamma", [1e-150, 1e-77, 1e-8, 1e-3, 0.1, 1.0, 5.0, 40.0, 230.0, 1e3])
def test_probabilities_and_correlations_are_accurate_at_any_width(gamma):
    for settings in ([0.0, 0.0, 0.0], [2.0**-40, 0.5, -0.5], [1.0, 1.5, 0.625], [2.0, 1.0, 0.125]):
        phi, whole = sum(settings), gamma + gamma + gamma
        found = many.joint_probabilities(settings, gamma)
        even, odd = outcome_probabilities(phi, whole)
        for A in product((0, 1), repeat=3):
            exact = (odd if sum(A) % 2 else even) / 4
            assert relative_error(found[A], exact) < 1e-13
        with mp.workdps(DIGITS):
            exact = mp.cos(mp.mpf(phi)) * mp.sech(mp.mpf(whole))
        if exact > np.finfo(float).tiny:
            assert relative_error(many.correlation(settings, gamma), exact) < 1e-13
        else:
            assert many.correlation(settings, gamma) <= 2 * np.finfo(float).tiny


@pytest.mark.parametrize("wide", [400.0, 600.0, 700.0])
def test_one_wide_spin_leaves_the_correlation_that_its_width_says(wide):
    with mp.workdps(DIGITS):
        exact = mp.cos(mp.mpf(1.75)) * mp.sech(mp.mpf(wide + 0.75))
    found = many.correlation([1.0, 0.5, 0.25], [0.5, wide, 0.25])
    assert relative_error(found, exact) < 1e-13


@pytest.mark.parametrize("gamma", [0.0, 1e-155, 1e-154, 0.1, 237.0, 1e3])
@pytest.mark.parametrize("phi", [0.0, 3e-155, 1e-154, 1.0, PI])
def test_floating_point_settings_of_the_caller_do_not_matter(phi, gamma):
    with np.errstate(all="raise"):
        P = many.joint_probabilities([phi, 0.0, 0.0], gamma)
        E = many.correlation([phi, 0.0, 0.0], gamma)
    assert P.sum() == pytest.approx(1.0, abs=1e-15)
    assert pytest.approx(means(P), abs=1e-15) == E


@pytest.mark.parametrize("huge", [1e16, 2.6e307])
def test_huge_settings_and_widths_give_numbers(huge):
    assert many.joint_probabilities([huge, huge, -huge], 0.1).sum() == pytest.approx(1, abs=1e-15)
    assert (many.joint_probabilities([1.0, 0.0, 2.0], huge) == 0.125).all()
    assert many.correlation([1.0, 0.0, 2.0], [1e308, 1.7e308, 1e308]) == 0.0


def test_one_spin_is_the_particle_and_two_are_the_pair():
    rng = np.random.default_rng(1)
    a, b = rng.uniform(-10.0, 10.0, (2, 2000))
    gamma = np.append(10.0 ** rng.uniform(-10.0, 1.0, 1900), np.zeros(100))
    one = many.joint_probabilities(a[:, None], gamma[:, None])
    np.testing.assert_array_equal(one, one_particle.probabilities(a, gamma))
    settings = np.stack([a, PI - b], axis=-1)
    two = many.joint_probabilities(settings, gamma[:, None])
    np.testing.assert_allclose(two, pair.joint_probabilities(a, b, gamma), rtol=0, atol=1e-14)
    E = many.correlation(settings, gamma[:, None])
    np.testing.assert_allclose(E, pair.correlation(a, b, gamma), rtol=0, atol=1e-14)


def quantum(state, settings):
    """P over all outcomes, from projectors on the equator."""
    count = len(settings)
    found = np.empty((2,) * count)
    for A in product((0, 1), repeat=count):
        directions = [
            (qutip.basis(2, 0) + np.exp(1j * (phi + PI * a)) * qutip.basis(2, 1)).unit()
            for phi, a in zip(settings, A, strict=True)
        ]
        found[A] = np.real(qutip.expect(qutip.tensor(*[d.proj() for d in directions]), state))
    return found


def ghz(count):
    ends = [qutip.tensor(*[qutip.basis(2, k)] * count) for k in (0, 1)]
    return (ends[0] + ends[1]).unit().proj()


@pytest.mark.parametrize("settings", [(0.4, -2.0), (0.3, -0.9, 1.7), (1.0, -4.0, 0.3, 2.5)])
@pytest.mark.parametrize("gamma", [0.0, 1e-9, 0.1, 0.6])
def test_the_law_is_that_of_a_noisy_ghz_state_on_its_equator(settings, gamma):
    count = len(settings)
    V = 1 / np.cosh(count * gamma)
    noise = qutip.tensor(*[qutip.qeye(2)] * count) / 2**count
    exact = quantum(V * ghz(count) + (1 - V) * noise, settings)
    np.testing.assert_allclose(many.joint_probabilities(settings, gamma), exact, atol=1e-14)


@pytest.mark.parametrize("count", [2, 3, 4, 6])
def test_outcomes_of_fewer_spins_are_uniform_whatever_the_others_settings(count):
    rng = np.random.default_rng(2)
    settings = rng.uniform(-10.0, 10.0, (500, count))
    joint = many.joint_probabilities(settings, 10.0 ** rng.uniform(-9.0, 1.0, (500, count)))
    for spin in range(count):
        others = joint.sum(axis=1 + spin)
        np.testing.assert_allclose(others, 2.0 ** (1 - count), rtol=0, atol=1e-13)


@pytest.mark.parametrize("count", [1, 2, 3, 4, 7])
def test_visibilities_of_one_and_of_many_spins_are_related_by_chebyshev_s_polynomials(count):
    v = np.linspace(0.2, 1.0, 9)
    of_one = np.polynomial.chebyshev.chebval(1 / v, [0.0] * count + [1.0])
    found = many.correlation(np.zeros(count), np.arccosh(1 / v)[:, None])
    np.testing.assert_allclose(found, 1 / of_one, rtol=1e-12)


def test_a_blurred_source_adds_its_width():
    settings, gamma, sigma, steps = (0.3, -0.9), 0.7, 0.6, 40
    grid = 2 * PI * np.arange(steps) / steps
    blur = wound(grid, np.array(sigma))
    J = sum(
        part * by_directions((settings[0], settings[1] - shift), (gamma, gamma), steps)
        for part, shift in zip(blur, grid, strict=True)
    )
    found = many.joint_probabilities([*settings, 0.0], [gamma, gamma, sigma])[..., 0] * 2
    np.testing.assert_allclose(found, J / J.sum(), rtol=1e-10)


# The paradox of GHZ.

X, Y = 0.0, PI / 2
ROWS = np.array([[X, X, X], [X, Y, Y], [Y, X, Y], [Y, Y, X]])
SIGNS = np.array([1, -1, -1, -1])


def test_no_answers_fixed_before_keep_more_than_three_of_the_four_rows():
    answers = np.array(list(product((1, -1), repeat=6))).reshape(-1, 3, 2)  # spin; x, y
    chosen = (ROWS == Y).astype(int)
    kept = [
        answers[:, range(3), row].prod(axis=1) == s for row, s in zip(chosen, SIGNS, strict=True)
    ]
    assert np.sum(kept, axis=0).max() == 3


@pytest.mark.parametrize("gamma", [0.3, 0.5])
def test_each_row_is_kept_as_the_histories_say(gamma):
    for row, sign in zip(ROWS, SIGNS, strict=True):
        J = by_directions(row, [gamma] * 3, 128)
        kept = (1 + sign * means(J / J.sum())) / 2
        assert (1 + sign * many.correlation(row, gamma)) / 2 == pytest.approx(kept, abs=1e-11)
        assert kept == pytest.approx((1 + 1 / np.cosh(3 * gamma)) / 2, abs=1e-11)


def test_in_the_born_limit_no_row_fails_and_three_quarters_are_met_at_mermin_s_width():
    parity = np.indices((2, 2, 2)).sum(axis=0) % 2
    for row, sign in zip(ROWS, SIGNS, strict=True):
        P = many.joint_probabilities(row, 0.0)
        assert P[(-1) ** parity != sign].max() < 1e-30
    kept = (1 + SIGNS * many.correlation(ROWS, many.critical_gamma(3, "mermin"))) / 2
    np.testing.assert_allclose(kept, 0.75, rtol=1e-14)


def test_without_a_width_the_directions_name_the_row():
    named = []
    for row, sign in zip(ROWS, SIGNS, strict=True):
        drawn = many.sample(row, 0.0, 2000, rng=3)
        assert np.abs(drawn.turns).max() < 1e-15
        assert ((-1) ** drawn.outcomes.sum(axis=-1) == sign).all()
        named.append({tuple(q % 4) for q in np.rint(drawn.lam / (PI / 2)).astype(int)})
    assert [len(directions) for directions in named] == [4] * 4
    assert len(set.union(*named)) == 16


# Whole histories.

DRAWS = 100_000
SAMPLED = [
    ((0.3, -0.9, 1.7), (0.3, 0.45, 0.6)),
    ((0.3, 0.3, 0.4), (0.02, 0.01, 0.05)),
    ((1.0, -4.0, 0.3, 2.5), (0.2, 0.2, 0.2, 0.2)),
]
each_sampled = pytest.mark.parametrize(("settings", "widths"), SAMPLED)


def goodness(drawn, P):
    """The p-value of the outcomes drawn."""
    seen = np.bincount(np.ravel_multi_index(drawn.outcomes.T, P.shape), minlength=P.size)
    return stats.chisquare(seen, P.ravel() * len(drawn.outcomes)).pvalue


def sums(x, gamma):
    """Both outcomes of a leg, over all windings: a Lorentzian wound around half a turn."""
    return np.sinh(2 * gamma) / (np.cosh(2 * gamma) - np.cos(2 * x))


@each_sampled
def test_outcomes_follow_their_joint_law(settings, widths):
    parity = np.indices((2,) * len(settings)).sum(axis=0) % 2
    E = np.cos(sum(settings)) / np.cosh(sum(widths))
    P = (1 + (-1.0) ** parity * E) / 2 ** len(settings)
    assert goodness(many.sample(settings, widths, DRAWS, rng=4), P) > 1e-4
    wider = many.sample(settings, np.multiply(widths, 1.15) + 0.08, DRAWS, rng=4)
    assert goodness(wider, P) < 1e-4


@each_sampled
def test_turns_lead_from_directions_with_the_sum_0_to_the_outcomes(settings, widths):
    drawn = many.sample(settings, widths, DRAWS, rng=5)
    moderate = np.abs(drawn.turns).max(axis=-1) < 1e3
    assert moderate.mean() > 0.99
    turns = (settings + PI * drawn.outcomes - drawn.lam - drawn.turns)[moderate] / (2 * PI)
    assert np.abs(turns - np.rint(turns)).max() < 1e-12
    whole = drawn.lam.sum(axis=-1)[moderate] / (2 * PI)
    assert np.abs(whole - np.rint(whole)).max() < 1e-12
    assert drawn.lam.min() >= 0.0
    assert drawn.lam.max() <= 2 * PI
    assert drawn.outcomes.dtype == np.int64


@pytest.mark.parametrize(("settings", "widths"), SAMPLED[:2])
def test_directions_follow_the_weights_of_the_histories(settings, widths):
    steps = 2048
    grid = 2 * PI * np.arange(steps) / steps
    drawn = many.sample(settings, widths, DRAWS, rng=6)
    for spin in range(3):
        (one, g1), (two, g2), (three, g3) = (
            (settings[k % 3], widths[k % 3]) for k in range(spin, spin + 3)
        )
        # Over all directions of the second spin; the third has what is left.
        second, third = np.fft.fft([sums(two - grid, g2), sums(three - grid, g3)])
        rest = np.fft.ifft(second * third).real[-np.arange(steps)]
        density = np.append(sums(one - grid, g1) * rest, 0.0)
        density[-1] = density[0]
        cdf = np.append(0.0, np.cumsum((density[1:] + density[:-1]) / 2))
        law = np.append(grid, 2 * PI), cdf / cdf[-1]
        found = stats.kstest(drawn.lam[:, spin], lambda x, law=law: np.interp(x, *law))
        assert found.pvalue > 1e-4


def share_law(net, mine, others):
    """The distribution function of a part of a net turn, whose weight has the width `mine`."""
    u = np.linspace(-PI / 2, PI / 2, 40_001)[1:-1]
    x = np.concatenate([mine * np.tan(u), net + others * np.tan(u)])
    x.sort()
    density = 1 / ((x**2 + mine**2) * ((net - x) ** 2 + others**2))
    cdf = np.append(0.0, np.cumsum(np.diff(x) * (density[1:] + density[:-1]) / 2))
    return lambda turn: np.interp(turn, x, cdf / cdf[-1])


@each_sampled
def test_turns_are_lorentzian_numbers_given_their_sum(settings, widths):
    drawn = many.sample(settings, widths, DRAWS, rng=7)
    net, whole = drawn.turns.sum(axis=-1), sum(widths)
    values, seen = np.unique(np.rint((net - sum(settings)) / PI).astype(int), return_counts=True)
    likeliest = sum(settings) + PI * values[seen.argmax()]
    turns = drawn.turns[np.abs(net - likeliest) < 1e-6]
    assert len(turns) > 1000
    for chosen in [*combinations(range(len(settings)), 1), (0, 1)]:
        mine = sum(widths[k] for k in chosen)
        law = share_law(likeliest, mine, whole - mine)
        assert stats.kstest(turns[:, chosen].sum(axis=-1), law).pvalue > 1e-4
    if len(set(widths)) > 1:
        wrong = share_law(likeliest, widths[1], whole - widths[1])
        assert stats.kstest(turns[:, 0], wrong).pvalue < 1e-4


def small_turns(net, gamma, eps):
    """The probability that at least two of three turns are less than eps, given their sum."""
    nodes, weights = np.polynomial.legendre.leggauss(400)
    edge = np.arctan(eps / gamma)
    x, part = gamma * np.tan(edge * nodes), edge * weights / PI  # Lorentzian numbers within eps
    third = gamma / PI / ((net - np.add.outer(x, x)) ** 2 + gamma**2)
    both = part @ third @ part
    return 3 * both / (3 * gamma / PI / (net**2 + 9 * gamma**2))  # three at once cannot be


@pytest.mark.parametrize(
    ("gamma", "expected"), [(0.01, 0.8809070238), (0.003, 0.9633275161), (0.001, 0.9876923182)]
)
def test_one_spin_carries_nearly_all_of_the_turn(gamma, expected):
    exact = small_turns(1.0, gamma, 0.1)
    assert exact == pytest.approx(expected, abs=1e-9)
    assert 1 - exact == pytest.approx(4 * gamma / (PI * 0.1), rel=0.08)
    drawn = many.sample([0.2, 0.3, 0.5], gamma, DRAWS, rng=8).turns
    drawn = drawn[np.abs(drawn.sum(axis=-1) - 1.0) < 1e-6]
    few = np.mean(np.sum(np.abs(drawn) < 0.1, axis=-1) >= 2)
    assert few == pytest.approx(exact, abs=4.5 * np.sqrt(exact * (1 - exact) / len(drawn)))


def test_in_the_born_limit_one_spin_makes_the_whole_turn():
    drawn = many.sample([0.2, 0.3, 0.5], 0.0, 100_000, rng=9)
    assert (np.sum(drawn.turns != 0.0, axis=-1) == 1).all()
    carried = np.mean(drawn.turns != 0.0, axis=0)
    np.testing.assert_allclose(carried, 1 / 3, atol=4.5 * np.sqrt(2 / 9e5))
    # The others start along their own magnets.
    still = drawn.turns == 0.0
    assert np.abs(np.sin(drawn.lam - [0.2, 0.3, 0.5]))[still].max() < 1e-9
    # Narrow widths share as their ratios say; a spin of no width does not turn.
    narrow = many.sample([0.2, 0.3, 0.5], [1e-12, 2e-12, 3e-12], 100_000, rng=9).turns
    carried = np.mean(np.abs(narrow) > 0.5 * np.abs(narrow.sum(axis=-1))[:, None], axis=0)
    np.testing.assert_allclose(carried, [1 / 6, 1 / 3, 1 / 2], atol=4.5 * np.sqrt(0.25 / 1e5))
    for widths in ([0.1, 0.0, 0.0], [0.0, 0.1, 0.0], [0.0, 0.0, 0.1]):
        turns = many.sample([0.2, 0.3, 0.5], widths, 1000, rng=9).turns
        assert ((turns != 0.0) == (np.array(widths) > 0)).all()


def test_two_spins_are_drawn_as_the_pair_and_one_as_the_particle():
    mine = many.sample([0.3, PI - 1.2], 0.2, DRAWS, rng=10)
    theirs = pair.sample(0.3, 1.2, 0.2, DRAWS, rng=11)
    for one, other in [
        (mine.turns[:, 0], theirs.alpha),
        (mine.turns[:, 1], -theirs.beta),
        (mine.lam[:, 0], theirs.lam),
    ]:
        assert stats.ks_2samp(one, other).pvalue > 1e-4
    alone, particle = many.sample([0.7], 0.2, 1000, 12), one_particle.sample(0.7, 0.2, 1000, 12)
    np.testing.assert_array_equal(alone.turns[:, 0], particle.alpha)
    np.testing.assert_array_equal(alone.outcomes[:, 0], particle.outcome)
    assert np.abs(np.sin(alone.lam)).max() < 1e-9


def test_each_row_of_settings_and_of_widths_has_its_own_law():
    settings = np.array([[0.3, 0.4, 0.5], [1.0, -2.0, 0.1]])
    widths = np.array([[[0.1, 0.2, 0.3]], [[0.5, 0.5, 0.5]]])
    drawn = many.sample(settings, widths, (40_000, 2, 2), rng=13)
    law = many.joint_probabilities(settings, widths)
    assert drawn.turns.shape == (40_000, 2, 2, 3)
    for i, k in np.ndindex(2, 2):
        part = many.Sample(*[field[:, i, k] for field in drawn])
        assert goodness(part, law[i, k]) > 1e-4


@pytest.mark.parametrize("gamma", [0.0, 5e-324, 1e-155, 1e-8, 500.0 / 3])
@pytest.mark.parametrize("phi", [0.0, 1e-150, PI, 1.6e14])
def test_samples_are_numbers_at_the_ends_of_the_domain(phi, gamma):
    with np.errstate(all="raise"):
        drawn = many.sample([phi, phi, -phi], gamma, 2000, rng=14)
    assert all(np.isfinite(field).all() for field in drawn)


def test_samples_are_reproducible_by_their_seed():
    first, again, other = (many.sample([0.3, 1.0, 2.0], 0.1, 50, rng=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(x, y) for x, y in zip(first, again, strict=True))
    assert not np.array_equal(first.lam, other.lam)
    assert not np.array_equal(*[many.sample([0.3, 1.0, 2.0], 0.1, 50).lam for _ in range(2)])


# What is accepted and refused.


@pytest.mark.parametrize(
    ("settings", "widths", "shape"),
    [
        ((3,), (), ()),
        ((3,), (3,), ()),
        ((3,), (1,), ()),
        ((4, 3), (), (4,)),
        ((3,), (5, 1), (5,)),
        ((4, 1, 3), (5, 3), (4, 5)),
        ((0, 3), (1,), (0,)),
        ((1,), (), ()),
    ],
)
def test_settings_and_widths_broadcast(settings, widths, shape):
    settings, widths = np.full(settings, 0.5), np.full(widths, 0.1)
    count = settings.shape[-1]
    assert many.joint_probabilities(settings, widths).shape == shape + (2,) * count
    assert np.shape(many.correlation(settings, widths)) == shape
    drawn = many.sample(settings, widths, rng=1)
    assert {field.shape for field in drawn} == {(*shape, count)}
    assert {field.shape for field in many.sample(settings, widths, (2, *shape), 1)} == {
        (2, *shape, count)
    }


@pytest.mark.parametrize(
    "function",
    [many.joint_probabilities, many.correlation, lambda *x: many.sample(*x, rng=1)],
)
@pytest.mark.parametrize(
    ("settings", "gamma", "message"),
    [
        (0.5, 0.1, r"settings must have a last axis with one angle for each spin, got shape \(\)"),
        ([], 0.1, r"settings must have a last axis .*, got shape \(0,\)"),
        (np.ones((3, 0)), 0.1, r"settings must have a last axis .*, got shape \(3, 0\)"),
        ([0.5, np.nan], 0.1, r"settings must be finite, got nan"),
        (
            [0.5],
            [0.1, 0.2],
            r"gamma must be one width or one for each of 1 spins, got shape \(2,\)",
        ),
        ([0.5, 1.0], [0.1] * 3, r"settings of shape \(2,\) and gamma of shape \(3,\) do not .*"),
        ([0.5, 1.0], -0.1, r"gamma must be finite and at least 0, got -0\.1"),
        ([0.5, 1e308], 0.1, r"settings must be at most .* in magnitude, got 1e\+308"),
    ],
)
def test_settings_and_widths_that_are_none_are_refused(function, settings, gamma, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        function(settings, gamma)


def test_limits_are_for_the_sums_and_included():
    assert np.isfinite(many.correlation([4e307, -4e307], 0.1))
    with pytest.raises(ValueError, match=r"^settings must be at most 4e\+307 in magnitude"):
        many.correlation([4.1e307, 0.0], 0.1)
    assert np.isfinite(many.sample([2.5e14, 2.5e14], 250.0, 3, 1).turns).all()
    with pytest.raises(ValueError, match=r"^settings must be at most 2.5e\+14 in magnitude"):
        many.sample([2.6e14, 0.0], 0.1)
    with pytest.raises(ValueError, match=r"^gamma must be at most 250, got 251\.0$"):
        many.sample([0.0, 0.0], [1.0, 251.0])
    with pytest.raises(ValueError, match=r"^size must be at most 33333333 in all, got 33333334$"):
        many.sample([0.0, 0.0, 0.0], 0.1, 33_333_334)
    assert many.joint_probabilities(np.zeros(20), 0.1).size == 2**20
    with pytest.raises(ValueError, match=r"^settings must be those of at most 20 spins, got 21$"):
        many.joint_probabilities(np.zeros(21), 0.1)
    assert many.correlation(np.zeros(1000), 1e-5) == pytest.approx(1 / np.cosh(0.01), rel=1e-13)


# How nonlocal: bounds by enumeration.

KINDS = ("mermin", "svetlichny", "all settings", "local")
TABLE = {
    2: (0.440686793510, 0.440686793510, 0.335503958426, 0.511613739274),
    3: (0.438985965642, 0.293791195673, 0.426777892533, 0.517486744111),
    4: (0.425010551764, 0.220343396755, 0.444547128051, 0.507705294753),
    5: (0.412687413779, 0.176274717404, 0.449359026914, 0.498532746615),
    10: (0.381182085381, 0.088137358702, 0.451570746689, 0.475731776657),
    100: (0.350039326183, 0.008813735870, 0.451582705289, 0.453998350042),
}


def visibility(n, kind):
    """The one at which each bound is met, in many digits; the tests below say why."""
    return {
        "mermin": mp.mpf(2) ** (-mp.mpf(n - 1) / 2),
        "svetlichny": 1 / mp.sqrt(2),
        "all settings": 2 * (2 / mp.pi) ** n,
        "local": (2 / mp.pi) ** (n - 1),
    }[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_critical_widths_have_the_visibility_of_their_bound(kind):
    for n in (2, 3, 4, 5, 10, 100, 3000, 10**6):
        with mp.workdps(40):
            exact = mp.acosh(1 / visibility(n, kind)) / n
        assert relative_error(many.critical_gamma(n, kind), exact) < 1e-14
        if n in TABLE:
            assert float(exact) == pytest.approx(TABLE[n][KINDS.index(kind)], abs=1e-12)
    ns = np.array([[2, 3], [7, 2**53]])
    found = many.critical_gamma(ns, kind)
    assert found.shape == (2, 2)
    limit = {"mermin": np.log(2) / 2, "svetlichny": 0.0}.get(kind, np.log(PI / 2))
    assert found[1, 1] == pytest.approx(limit, abs=1e-15)


@pytest.mark.parametrize(
    ("n", "kind", "message"),
    [
        (1, "mermin", r"n must be at least 2, got 1\.0"),
        ([3, 2.5], "mermin", r"n must be an integer of .*, got 2\.5"),
        (3, "bell", r"kind must be one of 'mermin', 'svetlichny', 'all settings', 'local', got .*"),
    ],
)
def test_a_bound_that_is_none_is_refused(n, kind, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        many.critical_gamma(n, kind)


def coefficients(n, delta):
    """cos(delta + |s| pi/2) for s, the choice of each party between two settings."""
    return np.cos(delta + np.indices((2,) * n).sum(axis=0) * PI / 2)


def mabk(n):
    return coefficients(n, 0.0 if n % 2 else PI / 4)


def best_settings(n, delta):
    """Two for each spin, shape (2, n): along -delta/n, and a quarter turn before."""
    return np.add.outer([0.0, -PI / 2], np.full(n, -delta / n))


def expression(terms, settings, gamma):
    """The sum of all correlations with these coefficients."""
    n = terms.ndim
    chosen = settings[np.indices((2,) * n), np.arange(n).reshape(-1, *[1] * n)]
    return np.sum(terms * many.correlation(np.moveaxis(chosen, 0, -1), gamma))


@pytest.mark.parametrize("n", [2, 3, 4, 5, 6])
def test_mermin_s_inequality_is_violated_below_its_width_and_not_above(n):
    terms, delta = mabk(n), 0.0 if n % 2 else PI / 4
    local = terms
    for _ in range(n):  # answers of each party to its two settings
        local = np.tensordot(local, np.array(list(product((1, -1), repeat=2))).T, (0, 0))
    bound = local.max()
    assert bound == pytest.approx(2 ** ((n - 1) / 2), rel=1e-14)
    critical = many.critical_gamma(n, "mermin")
    best = best_settings(n, delta)
    assert expression(terms, best, critical * (1 - 1e-9)) > bound
    assert expression(terms, best, critical * (1 + 1e-9)) < bound
    rng = np.random.default_rng(15)
    top = expression(terms, best, critical)
    for settings in rng.uniform(0.0, 2 * PI, (50, 2, n)):
        assert expression(terms, settings, critical) <= top + 1e-12


def test_mermin_s_best_settings_are_the_best():
    terms = mabk(3)
    found = optimize.minimize(
        lambda x: -expression(terms, x.reshape(2, 3), 0.1), np.linspace(0.3, 2.0, 6), tol=1e-12
    )
    assert -found.fun == pytest.approx(3.8265116476, abs=1e-9)
    assert -found.fun == pytest.approx(4 / np.cosh(0.3), abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_svetlichny_s_inequality_is_violated_below_its_width_and_not_above(n):
    terms = np.sqrt(2) * coefficients(n, PI / 4)
    np.testing.assert_allclose(np.abs(terms), 1.0, rtol=1e-14)
    bound = 0.0
    for size in range(1, n // 2 + 1):  # one group; whatever it does, the other has the best answer
        for group in combinations(range(n), size):
            rows = np.moveaxis(terms, group, range(size)).reshape(2**size, -1)
            answers = np.array(list(product((1, -1), repeat=2**size)))
            bound = max(bound, np.abs(answers @ rows).sum(axis=-1).max())
    assert bound == pytest.approx(2 ** (n - 1), rel=1e-14)
    critical = many.critical_gamma(n, "svetlichny")
    best = best_settings(n, PI / 4)
    assert expression(terms, best, critical * (1 - 1e-9)) > bound
    assert expression(terms, best, critical * (1 + 1e-9)) < bound


def antiperiodic(steps):
    """All answers +-1 to `steps` settings of half a turn; the other half has the opposite ones."""
    half = np.array(list(product((1, -1), repeat=steps)))
    return np.hstack([half, -half])


def averaged(spectra):
    """Correlations of answers, given their Fourier coefficients, over settings with one sum.

    Settings may be turned against one another and mirrored: only the even part is left, of which
    the second quarter of a turn repeats the first one.
    """
    E = np.fft.irfft(spectra.real, axis=-1)
    return np.unique(E[:, : E.shape[1] // 4].round(12), axis=0)


def largest_local_visibility(E):
    """A linear programme: the largest V for which V cos is a mixture of these."""
    target = np.cos(PI * np.arange(E.shape[1]) / (2 * E.shape[1]))
    equal = np.vstack([np.column_stack([E.T, -target]), np.append(np.ones(len(E)), 0.0)])
    cost = np.append(np.zeros(len(E)), -1.0)
    found = optimize.linprog(cost, A_eq=equal, b_eq=np.append(np.zeros(E.shape[1]), 1.0))
    return -found.fun


def test_two_groups_have_a_local_model_up_to_svetlichny_s_visibility():
    # The settings of a group add up to one. Sixteen directions of either; Krivine has all.
    answers = antiperiodic(8)
    spectra = np.fft.rfft(answers, axis=1) / 16
    E = np.vstack([averaged(16 * first * spectra) for first in spectra[::2]])
    V = largest_local_visibility(np.unique(E, axis=0))
    assert abs(V - 1 / np.sqrt(2)) < 1e-9
    gamma = many.critical_gamma([2, 3, 4, 5], "svetlichny")
    for n, g in zip((2, 3, 4, 5), gamma, strict=True):
        assert many.correlation(np.zeros(n), g) == pytest.approx(V, abs=1e-9)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_all_settings_at_once_are_nonlocal_below_their_width(n):
    # Multiply the correlation by the cosine and take the mean over all settings.
    grid = 2 * PI * np.arange(16) / 16
    settings = np.stack(np.meshgrid(*[grid] * n, indexing="ij"), axis=-1)
    gamma = float(many.critical_gamma(n, "all settings"))
    found = np.mean(many.correlation(settings, gamma) * np.cos(settings.sum(axis=-1)))
    # Answers +-1 of one party make at most the mean of |cos| of the factor e^{i phi}.
    nodes, weights = np.polynomial.legendre.leggauss(40)
    best = np.cos(PI / 2 * nodes) @ weights / 2
    assert found == pytest.approx(best**n, rel=1e-13)
    # Sixteen settings of each party, all answers, any phase: no more than the best of these.
    answers = antiperiodic(8)
    few = np.abs(answers @ np.exp(1j * grid)).max() / 16
    assert best < few < best * (1 + PI**2 / 16**2)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_from_the_local_width_on_there_is_a_local_model(n):
    # All but the last answer with the sign of cos(phi - lambda), the last + with probability
    # (1 + cos(phi - lambda))/2, the directions add up to 0: exact sums between the signs' changes.
    nodes, weights = np.polynomial.legendre.leggauss(24)
    gamma = many.critical_gamma(n, "local")
    for settings in np.random.default_rng(16).uniform(-4.0, 4.0, (5, n)):
        lam = [
            np.concatenate([phi + PI / 2 * nodes, phi + PI + PI / 2 * nodes])
            for phi in settings[:-1]
        ]
        sign = np.repeat([1.0, -1.0], 24)
        measure = np.tile(weights, 2) / 4
        total = settings[-1] + sum(np.meshgrid(*lam, indexing="ij"))
        E = np.cos(total)
        alone = E
        for spin in range(n - 1):
            E = np.tensordot(E, sign * measure, (0, 0))
            alone = np.tensordot(alone, (sign if spin else 1.0) * measure, (0, 0))
        assert many.correlation(settings, gamma) == pytest.approx(float(E), abs=1e-13)
        assert float(alone) == pytest.approx(0.0, abs=1e-13)  # without the first


def test_below_half_the_logarithm_of_two_all_violate_and_above_only_few():
    n = np.arange(2, 2000)
    critical = many.critical_gamma(n, "mermin")
    assert (critical > np.log(2) / 2).all()
    assert (np.diff(critical) < 0).all()
    ratio = [
        2 ** (k - 1) * many.correlation(np.zeros(k), 0.4) / 2 ** ((k - 1) / 2) for k in (2, 20)
    ]
    assert ratio[0] > 1 > ratio[1]
    better = many.critical_gamma(n, "all settings") > critical
    assert better.tolist() == (n >= 4).tolist()


# What silences the source, and what does not.

STEPS = 96
GRID = 2 * PI * np.arange(STEPS) / STEPS


def three_spins(mu, weights, settings):
    """P for any weights, and any masses mu over the directions on a grid of the torus."""
    legs = [
        np.stack([w(phi + PI * A - GRID) for A in (0, 1)])
        for w, phi in zip(weights, settings, strict=True)
    ]
    J = np.einsum("ijk,ai,bj,ck->abc", mu, *legs, optimize=True)
    return J / J.sum()


def lopsided(rng):
    scale, lean = rng.uniform(0.3, 1.0), rng.uniform(-1.0, 1.0)
    n = 2 * PI * np.arange(-20, 21)

    def weight(x):
        x = ((x + PI) % (2 * PI) - PI)[:, None] + n
        return ((1 + lean * x / np.hypot(x, scale)) / (x**2 + scale**2)).sum(axis=-1)

    return weight


def flipped(mu, *spins):
    return np.roll(mu, [STEPS // 2] * len(spins), spins)


def test_a_source_that_any_two_flips_leave_unchanged_is_silent_for_any_weights():
    rng = np.random.default_rng(17)
    for _ in range(5):
        mu = rng.dirichlet(np.full(STEPS**3, 1e-3)).reshape((STEPS,) * 3)  # few directions
        weights = [lopsided(rng) for _ in range(3)]
        even = sum((flipped(mu, *p) for p in combinations(range(3), 2)), mu)
        P = three_spins(even, weights, rng.uniform(0.0, 2 * PI, 3))
        for axis in range(3):
            np.testing.assert_allclose(P.sum(axis=axis), 0.25, atol=1e-13)
        assert abs(means(P)) > 1e-4
        # All three flipped at once: the outcomes of two know the third.
        reversed_ = mu + flipped(mu, 0, 1, 2)
        P = three_spins(reversed_, weights, rng.uniform(0.0, 2 * PI, 3))
        np.testing.assert_allclose([P.sum(axis=(1, 2)), P.sum(axis=(0, 2))], 0.5, atol=1e-13)
        assert np.ptp(P.sum(axis=2)) > 1e-3


def of_first_two(P):
    return means(P.sum(axis=2))


def common_direction(settings, gamma):
    """P for three spins that start along one direction, any one: the sum over its residues.

    A wrapped Lorentzian is (1 - r^2) z / (z - r e)(1 - r z / e), z on the circle, r = e^-gamma.
    """
    r = mp.exp(-mp.mpf(gamma))
    J = {}
    for A in product((0, 1), repeat=3):
        e = [mp.expj(mp.mpf(phi) + mp.pi * k) for phi, k in zip(settings, A, strict=True)]
        J[A] = mp.fsum(
            mp.re(
                e[i] ** 2
                / mp.fprod((e[i] - e[k]) * (1 - r**2 * e[i] / e[k]) for k in range(3) if k != i)
            )
            for i in range(3)
        )
    whole = mp.fsum(J.values())
    return np.array([J[A] / whole for A in product((0, 1), repeat=3)]).reshape(2, 2, 2)


def test_of_three_spins_with_one_direction_the_third_steers_the_other_two():
    # Directions added up one by one, raw sums over windings; and the residues.
    steps, gamma = 1024, 0.1
    lam = 2 * PI * np.arange(steps) / steps
    for third, expected in [(PI / 6, 0.638801110167), (2 * PI / 3, 0.247516572712)]:
        settings = (0.0, PI / 3, third)
        legs = [wound(np.add.outer(HALF_TURNS, phi - lam), np.array(gamma)) for phi in settings]
        J = np.einsum("ai,bi,ci->abc", *legs)
        P = J / J.sum()
        np.testing.assert_allclose(P, np.flip(P), atol=1e-13)  # everything reversed
        assert P.sum(axis=(1, 2))[0] == pytest.approx(0.5, abs=1e-13)
        assert of_first_two(P) == pytest.approx(expected, abs=1e-11)
        assert many.steered(*settings, gamma) == pytest.approx(expected, abs=1e-11)
        with mp.workdps(30):
            exact = common_direction(settings, gamma).astype(float)
        np.testing.assert_allclose(P, exact, atol=1e-11)


@pytest.mark.parametrize(
    ("third", "expected"), [(PI / 6, 13 / 20), (PI / 2, 5 / 16), (2 * PI / 3, 1 / 4)]
)
def test_without_a_width_the_third_steers_as_the_closed_form_says(third, expected):
    assert many.steered(0.0, PI / 3, third, 0.0) == pytest.approx(expected, abs=1e-15)
    theta, u, v = -PI / 3, third, third - PI / 3
    s = np.sin([theta, u, v]) ** 2
    formula = np.cos(theta) * (s[1] + s[2]) + np.cos(u) * np.cos(v) * s[0]
    assert formula / s.sum() == pytest.approx(expected, abs=1e-15)


@pytest.mark.parametrize("gamma", [1e-20, 1e-8, 1e-3, 0.03, 0.3, 1.0, 3.0, 20.0])
def test_the_third_steers_at_every_width_as_the_residues_say(gamma):
    rng = np.random.default_rng(18)
    near = [(0.7, 0.7 + 1e-4, 2.0), (0.7, 2.0, 2.0 + 1e-6), (0.1, 0.1 + 1e-5, 0.1 - 1e-5)]
    for settings in [*rng.uniform(0.0, 2 * PI, (20, 3)), *near]:
        with mp.workdps(120):
            exact = of_first_two(common_direction(settings, mp.mpf(gamma)))
        assert many.steered(*settings, gamma) == pytest.approx(float(exact), abs=1e-14)


def test_parallel_magnets_agree_without_a_width_and_wide_weights_know_no_third():
    c = np.linspace(0.0, 7.0, 50)
    np.testing.assert_allclose(many.steered(0.4, 0.4, c, 0.0), 1.0, atol=1e-15)
    np.testing.assert_allclose(many.steered(0.4, 0.4, 0.4, 0.0), 1.0, atol=1e-15)
    np.testing.assert_allclose(many.steered(0.4, 0.4 + PI, c, 0.0), -1.0, atol=1e-15)
    with np.errstate(all="raise"):  # squares of tiny angles vanish quietly
        assert many.steered(1e-170, 0.0, 0.0, 0.0) == pytest.approx(1.0, abs=1e-15)
    assert np.ptp(many.steered(0.4, 0.4, c, 0.1)) > 0.01  # W has 2/3 at equal settings
    # Each leg by itself.
    wide = many.steered(0.0, 1.0, c, 9.0) * np.cosh(9.0) ** 2
    np.testing.assert_allclose(wide, np.cos(1.0) / 2, atol=1e-6)
    assert np.shape(many.steered(np.ones((2, 1)), 0.5, np.ones(3), np.full((4, 1, 1), 0.1))) == (
        4,
        2,
        3,
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((0.0, np.nan, 0.0, 0.1), r"b must be finite, got nan"),
        ((0.0, 0.0, np.inf, 0.1), r"c must be finite, got inf"),
        ((1e308, 0.0, 0.0, 0.1), r"a must be at most 8e\+307 in magnitude, got 1e\+308"),
        ((0.0, 0.0, 0.0, -0.1), r"gamma must be finite and at least 0, got -0\.1"),
        (([1.0, 2.0], 0.0, [1.0] * 3, 0.1), r"a of shape \(2,\) and .* do not broadcast together"),
    ],
)
def test_a_third_man_s_arguments_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        many.steered(*arguments)


def test_a_condition_with_an_even_coefficient_signals_and_one_with_odd_ones_does_not():
    gamma, settings = 0.4, (0.3, 0.2, 0.4)
    j = np.arange(STEPS)
    for k, signals in [((1, 1, 2), True), ((1, 1, 3), False)]:
        mu = (np.add.outer(np.add.outer(k[0] * j, k[1] * j), k[2] * j) % STEPS == 0) * 1.0
        P = three_spins(mu, [lambda x: wound(x, np.array(gamma))] * 3, settings)
        E = np.cos(np.dot(k, settings)) / np.cosh(gamma * sum(k))
        assert (of_first_two(P) if signals else means(P)) == pytest.approx(E, abs=1e-11)
        if not signals:
            np.testing.assert_allclose(P.sum(axis=2), 0.25, atol=1e-13)


def test_w_has_correlations_of_two_spins_and_so_no_such_source():
    w = sum(
        (qutip.tensor(*[qutip.basis(2, int(i == k)) for i in range(3)]) for k in range(3)),
        0 * qutip.tensor(*[qutip.basis(2, 0)] * 3),
    ).unit()
    for settings in [(0.3, 1.0, 2.0), (0.5, 0.5, -1.0)]:
        found = of_first_two(quantum(w.proj(), settings))
        assert found == pytest.approx(2 / 3 * np.cos(settings[0] - settings[1]), abs=1e-12)


def operator(x, plane):
    """A spin's observable at an angle in a plane, given by two of its axes."""
    one, two = ({"x": qutip.sigmax, "y": qutip.sigmay, "z": qutip.sigmaz}[axis]() for axis in plane)
    return np.cos(x) * one + np.sin(x) * two


def cluster():
    """The linear cluster state of four: the common eigenstate of its stabilisers."""
    letters = {"X": qutip.sigmax(), "Z": qutip.sigmaz(), "I": qutip.qeye(2)}
    projector = 1
    for word in ("XZII", "ZXZI", "IZXZ", "IIZX"):
        stabiliser = qutip.tensor(*[letters[letter] for letter in word])
        projector = projector * (1 + stabiliser) / 2
    assert projector.tr() == pytest.approx(1.0)
    return projector


def test_two_pairs_with_a_shared_bit_have_the_correlations_of_a_cluster_in_four_planes():
    planes = ("zy", "yx", "yx", "zy")
    state, steps, gamma = cluster(), 32, 0.9
    grid = 2 * PI * np.arange(steps) / steps
    for phi in np.random.default_rng(19).uniform(0.0, 2 * PI, (5, 4)):
        found = {}
        for group in (g for size in (1, 2, 3, 4) for g in combinations(range(4), size)):
            parts = [operator(phi[i], planes[i]) if i in group else qutip.qeye(2) for i in range(4)]
            found[group] = qutip.expect(qutip.tensor(*parts), state).real
        whole = found.pop((0, 1, 2, 3))
        assert max(map(abs, found.values())) < 1e-12
        assert whole == pytest.approx(np.cos(phi[0] + phi[1]) * np.cos(phi[2] + phi[3]), abs=1e-12)
        legs = [wound(np.add.outer(HALF_TURNS, x - grid), np.array(gamma)) for x in phi]
        J, back = np.zeros((2,) * 4), -np.arange(steps)
        for c in (0, steps // 2):
            pairs = [one @ two[:, (c + back) % steps].T for one, two in (legs[:2], legs[2:])]
            J += np.multiply.outer(*pairs)
        P = J / J.sum()
        assert means(P) == pytest.approx(whole / np.cosh(2 * gamma) ** 2, abs=1e-10)
        for axis in range(4):
            np.testing.assert_allclose(P.sum(axis=axis), 1 / 8, atol=1e-11)


def partially(eta):
    zero, one = qutip.basis(2, 0), qutip.basis(2, 1)
    state = np.cos(eta) * qutip.tensor(zero, zero) + np.sin(eta) * qutip.tensor(one, one)
    return state.proj()


def in_plane(state, settings):
    """The probability of + everywhere, settings from the z axis to the x axis."""
    kets = [np.cos(x / 2) * qutip.basis(2, 0) + np.sin(x / 2) * qutip.basis(2, 1) for x in settings]
    return qutip.expect(qutip.tensor(*kets).proj(), state).real


def test_a_source_that_is_a_table_of_probabilities_reaches_partial_entanglement():
    eta, gamma, a, steps = PI / 8, 0.2, 1.1, 256
    grid = 2 * PI * np.arange(steps) / steps
    few = 2 * PI * np.arange(4) / 4  # a table of first harmonics follows from four angles each
    known = np.array([[in_plane(partially(eta), (x, y)) for y in few] for x in few])
    spectrum = np.zeros((steps, steps), complex)
    near = np.array([0, 1, -1])
    spectrum[np.ix_(near, near)] = np.fft.fft2(known)[np.ix_(near, near)] * (steps / 4) ** 2
    mu = np.fft.ifft2(spectrum).real
    assert mu[5, 9] == pytest.approx(in_plane(partially(eta), (grid[5], grid[9])), abs=1e-13)
    for b, expected in [(0.4, 0.444551472178), (2.0, None)]:
        one, two = (wound(np.add.outer(HALF_TURNS, x - grid), np.array(gamma)) for x in (a, b))
        P = one @ mu @ two.T
        P /= P.sum()
        assert P[0].sum() == pytest.approx(0.631300216590, abs=1e-11)
        E = qutip.expect(qutip.tensor(operator(a, "zx"), operator(b, "zx")), partially(eta)).real
        assert means(P) == pytest.approx(E * np.exp(-2 * gamma), abs=1e-11)
        if expected:
            assert means(P) == pytest.approx(expected, abs=1e-11)


def collapsed(eta, gamma, a, b, steps=1024):
    """P_A(+) where the source sends a direction and what it leaves the other spin in."""
    lam = 2 * PI * (np.arange(steps) + 0.5) / steps
    state = partially(eta)
    weights, ends = [], []
    for x in lam[:: steps // 32]:  # the other's Bloch vector, and how probable: from QuTiP
        ket = np.cos(x / 2) * qutip.basis(2, 0) + np.sin(x / 2) * qutip.basis(2, 1)
        left = (qutip.tensor(ket.proj(), qutip.qeye(2)) * state).ptrace(1)
        weights.append(left.tr().real)
        vector = [qutip.expect(s, left / left.tr()).real for s in (qutip.sigmax(), qutip.sigmaz())]
        ends.append(np.arctan2(*vector))
    m = 2 * np.arctan2(np.sin(eta) * np.sin(lam / 2), np.cos(eta) * np.cos(lam / 2))
    p = (1 + np.cos(2 * eta) * np.cos(lam)) / 2
    np.testing.assert_allclose(p[:: steps // 32], weights, atol=1e-12)
    assert np.abs(np.sin((m[:: steps // 32] - ends) / 2)).max() < 1e-12
    one, two = (wound(np.add.outer(HALF_TURNS, x), np.array(gamma)) for x in (a - lam, b - m))
    J = (one * p) @ two.T
    return J[0].sum() / J.sum()


def test_the_obvious_source_of_partial_entanglement_signals():
    for b, expected in [(PI / 4, 0.975394209037), (-PI / 4, 0.024605790963)]:
        assert collapsed(PI / 8, 0.1, PI / 2, b) == pytest.approx(expected, abs=1e-10)
    for b in (0.3, 1.0, 2.0):  # maximal entanglement has opposite ends, and even odds
        assert collapsed(PI / 4, 0.1, PI / 2, b) == pytest.approx(0.5, abs=1e-10)


def test_ghz_has_pairs_correlated_along_its_axis():
    sz = qutip.sigmaz()
    assert qutip.expect(qutip.tensor(sz, sz, qutip.qeye(2)), ghz(3)) == pytest.approx(1.0)


def test_what_the_directions_tell_about_the_row():
    # Bits of two, from weights on a grid of half turns: sums of both outcomes have that period.
    for gamma, expected in [(0.438985965642, 0.9163901), (0.3, 1.4150061), (0.1, 1.9595180)]:
        lam = np.arange(400) * PI / 400
        third = lam[:, None] + lam
        rho = np.array(
            [
                sums(a - lam, gamma)[:, None] * sums(b - lam, gamma) * sums(c + third, gamma)
                for a, b, c in ROWS
            ]
        )
        rho /= rho.sum(axis=(1, 2), keepdims=True)
        bits = np.mean(np.sum(rho * np.log2(rho / rho.mean(axis=0)), axis=(1, 2)))
        assert bits == pytest.approx(expected, abs=1e-6)
