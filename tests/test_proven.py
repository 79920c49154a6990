"""The claims of book/proven.md, each on random instances of the whole class that it names.

Histories are added up one by one, with plain numpy. A source is a list of directions with masses.
A test that says what a claim needs drops one hypothesis and sees the claim fail there.
"""

from itertools import product

import numpy as np
import pytest
from scipy.optimize import nnls
from scipy.signal import fftconvolve

PI = np.pi
TSIRELSON = 2 * np.sqrt(2)
EQ_15 = np.radians([0.0, 90.0]), np.radians([45.0, -45.0])
HALF_TURNS = PI * np.arange(2)  # what the outcomes 0 and 1 add to a setting
PAULI = np.array([[[0, 1], [1, 0]], [[0, -1j], [1j, 0]], [[1, 0], [0, -1]]])
X, Y, Z = PAULI


@pytest.fixture
def rng():
    return np.random.default_rng(1510)


# Histories, and what is read from them. Settings, outcomes: the axes are a, A, b, B.


def joint(F, mu, lam, a, b):
    """J: the weights of all histories, F(alpha, beta) is that of a pair of turns."""
    mu, lam, a, b = (np.asarray(x, float) for x in (mu, lam, a, b))
    lam = lam[..., None, None, None, None, :]
    alpha = a[..., :, None, None, None, None] + HALF_TURNS[:, None, None, None] - lam
    beta = b[..., None, None, :, None, None] + HALF_TURNS[:, None] - PI - lam
    return (mu[..., None, None, None, None, :] * F(alpha, beta)).sum(axis=-1)


def legs(w1, w2):
    return lambda alpha, beta: w1(alpha) * w2(beta)


def law(J):
    return J / J.sum(axis=(-3, -1), keepdims=True)


def marginals(P):
    """P(A = 0) and P(B = 0) at each pair of settings."""
    return P.sum(axis=-1)[..., 0, :], P[..., 0].sum(axis=-2)


def correlation(P):
    return P[..., 0, :, 0] + P[..., 1, :, 1] - P[..., 0, :, 1] - P[..., 1, :, 0]


def chsh(E):
    """The largest of the four S that two settings a side have, one for each place of the minus."""
    total = E.sum(axis=(-2, -1))
    return np.abs(total[..., None, None] - 2 * E).max(axis=(-2, -1))


def signals(P):
    """How far each side's marginals move with the far setting: Bob to Alice, Alice to Bob."""
    alice, bob = marginals(P)
    return np.ptp(alice, axis=-1).max(axis=-1), np.ptp(bob, axis=-2).max(axis=-1)


# Weights.


def lorentzian(x, gamma):
    """Eq. 1 over all windings: a sum, and an integral for what it leaves out."""
    x = (np.asarray(x) + PI) % (2 * PI) - PI
    n = np.arange(-2000, 2001)
    near = (1 / ((x[..., None] + 2 * PI * n) ** 2 + np.asarray(gamma)[..., None] ** 2)).sum(-1)
    ends = 4001 * PI + x, 4001 * PI - x
    return near + sum(np.arctan(gamma / end) / (2 * PI * gamma) for end in ends)


def cauchy(gamma):
    """The same in closed form, which the first test below is about; without its constant."""
    return lambda x: np.sinh(gamma) / (np.cosh(gamma) - np.cos(x))


def power(x, p, gamma=0.0, K=200):
    """1/(|x|^p + gamma^p) over all windings, from a sum and an integral for what it leaves out."""
    x = (np.asarray(x) + PI) % (2 * PI) - PI
    n = np.arange(-K, K + 1)
    near = (1 / (np.abs(x[..., None] + 2 * PI * n) ** p + gamma**p)).sum(axis=-1)
    ends = (2 * K + 1) * PI + x, (2 * K + 1) * PI - x
    return near + sum(end ** (1 - p) / (p - 1) / (2 * PI) for end in ends)


def power_legs(p, gamma):
    return legs(*[lambda x: power(x, p, gamma, 50)] * 2)


def harmonics(rng, orders, size=1.0):
    """A random sum of harmonics, at most `size` large."""
    c = rng.uniform(-1, 1, len(orders))
    c *= size / np.abs(c).sum()
    phases = rng.uniform(0, 2 * PI, len(orders))
    return lambda x: sum(q * np.cos(k * x + f) for q, k, f in zip(c, orders, phases, strict=True))


def any_weight(rng, kinds=5):
    """A weight on the circle: wound up from the line, mostly lopsided, or trigonometric."""
    scale, lean, p = 10 ** rng.uniform(-0.7, 0.5), rng.uniform(-1, 1), rng.uniform(1.2, 5)
    kind = rng.integers(kinds)
    if kind == 4:
        wave = harmonics(rng, range(1, 6), 0.95)
        return lambda x: 1 + wave(x)
    W = (
        lambda x: 1 / (x**2 + scale**2),
        lambda x: (1 + lean * x / np.hypot(x, scale)) / (x**2 + scale**2),
        lambda x: np.exp(-((x - lean) ** 2) / (2 * scale**2)) + 1e-3 * np.exp(-(x**2) / 50),
        lambda x: (1.1 + lean * np.tanh(x)) / (np.abs(x) ** p + scale**p),
    )[kind]
    return wound(W)


def wound(W, turns=5):
    n = 2 * PI * np.arange(-turns, turns + 1)
    return lambda x: W(((x + PI) % (2 * PI) - PI)[..., None] + n).sum(axis=-1)


def any_pair_weight(rng):
    """A weight of a pair of turns that is no product."""
    if rng.random() < 0.5:
        waves = [
            (rng.uniform(0.2, 1), k, m, rng.uniform(0, 2 * PI))
            for k, m in product(range(-2, 3), repeat=2)
        ]
        return lambda x, y: np.exp(sum(c * np.cos(k * x + m * y + f) for c, k, m, f in waves))
    g, c = rng.uniform(0.2, 1), rng.uniform(0.5, 2.5)
    n = 2 * PI * np.arange(-3, 4)

    def F(x, y):
        x = ((x + PI) % (2 * PI) - PI)[..., None, None] + n[:, None]
        y = ((y + PI) % (2 * PI) - PI)[..., None, None] + n
        return (1 / ((x**2 + g**2) * (y**2 + g**2) + (x - c * y) ** 4)).sum(axis=(-2, -1))

    return F


# Sources: n of them, each as masses and directions; the second half lies opposite to the first.


def any_shares(rng, n, half):
    """Masses on `half` directions: on few of them, spread out, or in a sharp bunch or two."""
    few = rng.dirichlet(np.full(half, 0.02), n)
    spread = rng.dirichlet(np.full(half, 1.0), n)
    x = np.arange(half) * PI / half - rng.uniform(0, PI, (n, 1))
    bunch = np.exp(10 ** rng.uniform(-1, 2, (n, 1)) * (np.cos(2 * rng.integers(1, 4) * x) - 1))
    kind = rng.integers(3, size=(n, 1))
    return np.where(kind == 0, few, np.where(kind == 1, spread, bunch)) + 1e-300


def axes(rng, n, half=64):
    """Directions: on a regular grid or anywhere, and their opposites."""
    grid = np.arange(half) * PI / half + rng.uniform(0, PI, (n, 1))
    first = np.where(rng.random((n, 1)) < 0.5, grid, rng.uniform(0, 2 * PI, (n, half)))
    return np.concatenate([first, first + PI], axis=1)


def symmetric(rng, n, half=64):
    shares = any_shares(rng, n, half)
    return np.concatenate([shares, shares], axis=1), axes(rng, n, half)


def one_sided(rng, n, half=64):
    """Any source: no mass knows that opposite to it, and none is zero."""
    shares = [any_shares(rng, n, half) + rng.uniform(0.01, 0.1, (n, half)) / half for _ in "12"]
    return np.concatenate(shares, axis=1), axes(rng, n, half)


def few_directions(rng, n):
    """Two axes, one of them even-handed and one not."""
    m, share = rng.uniform(0, PI, (n, 1)), rng.uniform(0.1, 0.9, (n, 2))
    m = np.concatenate([m, m + rng.uniform(0.2, PI - 0.2, (n, 1))], axis=1)
    mu = [share[:, 0], share[:, 1], 2 - share[:, 0], share[:, 1]]
    return np.stack(mu, axis=1), np.concatenate([m, m + PI], axis=1)


def isotropic(rng, n, half):
    """A source with a uniform even part: what a direction has more, its opposite has less."""
    lam = np.arange(2 * half) * PI / half
    shape = rng.integers(3, size=(n, 1))
    odd = np.array([harmonics(rng, (1, 3, 7))(lam[:half]) for _ in range(n)])
    odd = np.where(shape == 0, odd, rng.uniform(-1, 1, (n, half)))
    odd = np.where(shape == 1, np.sign(odd), odd)  # one of each pair of opposites not at all
    return np.concatenate([1 + odd, 1 - odd], axis=1), np.broadcast_to(lam, (n, 2 * half))


def one_axis(rng, n):
    share, m = rng.uniform(0, 1, (n, 1)), rng.uniform(0, 2 * PI, (n, 1))
    return np.concatenate([share, 1 - share], axis=1), np.concatenate([m, m + PI], axis=1)


THREE_AXES = np.ones(6), np.radians(np.arange(0.0, 360.0, 60.0))


def uniform(N=2048):
    return np.ones(N), np.arange(N) * 2 * PI / N


def lorentzian_law(rng, source, settings=None, low=-1.5, high=0.3):
    """The law of n sources with two Lorentzian legs each, at random settings or at those given."""
    mu, lam = source
    n = len(mu)
    gamma = 10 ** rng.uniform(low, high, (2, n, 1, 1, 1, 1, 1))
    a, b = rng.uniform(0, 2 * PI, (2, n, 2)) if settings is None else settings
    return law(joint(legs(cauchy(gamma[0]), cauchy(gamma[1])), mu, lam, a, b)), gamma.reshape(2, n)


def turned_eq_15(rng, n):
    turn = rng.uniform(0, 2 * PI, (n, 1))
    return EQ_15[0] + turn, EQ_15[1] + turn


# One particle.


def test_the_sum_over_windings_has_the_closed_form(rng):
    theta, gamma = rng.uniform(-20, 20, 500), 10 ** rng.uniform(-3, 1.5, 500)
    np.testing.assert_allclose(cauchy(gamma)(theta) / (2 * gamma), lorentzian(theta, gamma), 1e-10)


@pytest.mark.parametrize("p", [1.3, 1.8, 2.3, 4.0])
def test_the_closed_form_needs_the_exponent_2(p):
    # In it 1/w is a straight line in the cosine, for whatever width.
    for gamma in (0.03, 0.3, 1.0):
        up, side, down = 1 / power(np.array([0.0, PI / 2, PI]), p, gamma)
        assert abs(up + down - 2 * side) > 1e-2 * side


def test_born_s_rule_is_missed_by_the_visibility_alone(rng):
    theta, gamma = rng.uniform(-20, 20, 500), 10 ** rng.uniform(-3, 1.5, 500)
    plus, minus = lorentzian(theta, gamma), lorentzian(theta + PI, gamma)
    P = plus / (plus + minus)
    np.testing.assert_allclose(P, (1 + np.cos(theta) / np.cosh(gamma)) / 2, atol=1e-10)
    assert np.all(np.abs(P - np.cos(theta / 2) ** 2) <= gamma**2 / 4 + 1e-10)


@pytest.mark.parametrize("p", [1.3, 1.8, 2.3, 4.0])
def test_born_s_rule_in_the_limit_needs_the_exponent_2(p):
    theta = np.pi / 3
    for gamma in (1e-2, 1e-4):
        plus, minus = power(np.array([theta, theta + PI]), p, gamma)
        assert abs(plus / (plus + minus) - np.cos(theta / 2) ** 2) > 1e-2


def mean_turns(rng, p):
    """The mean of |alpha| over the first 10^2, 10^3 ... windings, times a constant; its growth."""
    start = rng.uniform(-20, 20, 20)[:, None]  # theta, or theta and a half turn
    gamma = 10 ** rng.uniform(-3, 0.5, (20, 1))
    alpha = start + 2 * PI * np.arange(-100_000, 100_001)
    n = np.abs(np.arange(-100_000, 100_001))
    terms = np.abs(alpha) / (np.abs(alpha) ** p + gamma**p)
    return [terms[:, (10**k < n) & (n <= 10 ** (k + 1))].sum(axis=1) for k in (2, 3, 4)]


def test_the_mean_turn_is_infinite(rng):
    for growth in mean_turns(rng, 2):
        np.testing.assert_allclose(growth, np.log(10) / PI, rtol=2e-2)


def test_an_infinite_mean_turn_needs_an_exponent_of_at_most_2(rng):
    first, second, third = mean_turns(rng, 2.5)
    np.testing.assert_allclose([second / first, third / second], 10**-0.5, rtol=5e-2)


def born_misses(rng, orders):
    """How far (1 + cos x) g(x) is off Born's rule, for 100 random g of those harmonics."""
    x = rng.uniform(0, 2 * PI, 50)
    misses = []
    for _ in range(100):
        wave = harmonics(rng, orders, rng.uniform(0.2, 4))
        plus = (1 + np.cos(x)) * np.exp(wave(x))
        minus = (1 + np.cos(x + PI)) * np.exp(wave(x + PI))
        misses.append(np.abs(plus / (plus + minus) - np.cos(x / 2) ** 2).max())
    return np.array(misses)


def test_one_plus_cosine_times_any_factor_of_period_pi_is_born_s_rule(rng):
    assert born_misses(rng, (2, 4, 10)).max() < 1e-13


def test_born_s_rule_leaves_a_factor_of_period_pi_and_no_other(rng):
    x = (np.arange(500) + 0.5) * PI / 500
    first = np.exp(harmonics(rng, (1, 2, 3, 8), 3)(x))  # anything on one half of the circle ...
    second = first * np.tan(x / 2) ** 2  # ... and what Born's rule makes of it on the other
    np.testing.assert_allclose(first / (1 + np.cos(x)), second / (1 + np.cos(x + PI)), rtol=1e-10)


def test_born_s_rule_needs_the_period_pi(rng):
    assert born_misses(rng, (1, 3)).min() > 1e-3


def chain(weights, settings):
    """The law of the records of magnets in a row, all runs kept; the first setting prepares."""
    a, m = settings[:2]
    J = weights[0](m - a + HALF_TURNS)
    for w, before, after in zip(weights[1:], settings[1:-1], settings[2:], strict=True):
        J = J[..., None] * w(after - before + HALF_TURNS - HALF_TURNS[:, None])
    return J / J.sum()


def test_no_record_depends_on_a_later_setting(rng):
    for _ in range(200):
        weights = [any_weight(rng) for _ in range(3)]
        settings = rng.uniform(0, 2 * PI, 4)
        P = chain(weights, settings)
        for last in rng.uniform(0, 2 * PI, 5):
            later = chain(weights, [*settings[:3], last])
            np.testing.assert_allclose(later.sum(axis=2), P.sum(axis=2), atol=1e-14)
            later = chain(weights, [*settings[:2], last, settings[3]])
            np.testing.assert_allclose(later.sum(axis=(1, 2)), P.sum(axis=(1, 2)), atol=1e-14)
        given = P / P.sum(axis=2, keepdims=True)  # each depends on the one before only
        np.testing.assert_allclose(given[0], given[1], atol=1e-13)


def test_silent_records_need_runs_that_are_kept_whatever_bob_finds(rng):
    for _ in range(50):
        weights, (a, m, b, bb) = [any_weight(rng), any_weight(rng)], rng.uniform(0, 2 * PI, 4)
        kept = [chain(weights, [a, m, x])[:, 0] for x in (b, bb)]
        first, second = (x[0] / x.sum() for x in kept)
        assert abs(first - second) > 1e-6


def test_silent_records_need_weights_that_multiply(rng):
    half = HALF_TURNS
    for _ in range(50):
        F, (a, m, b, bb) = any_pair_weight(rng), rng.uniform(0, 2 * PI, 4)
        first, second = (
            F(m - a + half[:, None], x - m + half - half[:, None]).sum(axis=1) for x in (b, bb)
        )
        assert abs(first[0] / first.sum() - second[0] / second.sum()) > 1e-6


def bridge_moments(C, alpha, t, scale):
    """Mean and variance at t on the way to alpha, C(x, t) the density of the process."""
    u = (np.arange(40_000) + 0.5) / 40_000 * PI - PI / 2
    x = alpha / 2 + scale * np.tan(u)
    f = C(x, t) * C(alpha - x, 1 - t) / np.cos(u) ** 2
    mean = (x * f).sum() / f.sum()
    return mean, (x**2 * f).sum() / f.sum() - mean**2


def test_the_cauchy_bridge_has_this_mean_and_variance(rng):
    for _ in range(100):
        alpha, gamma, t = rng.uniform(-9, 9), 10 ** rng.uniform(-1, 1), rng.uniform(0.02, 0.98)
        mean, variance = bridge_moments(
            lambda x, s, g=gamma: s / (x**2 + (s * g) ** 2), alpha, t, np.hypot(alpha, gamma)
        )
        assert mean == pytest.approx(t * alpha, abs=1e-8)
        assert variance == pytest.approx(t * (1 - t) * (alpha**2 + gamma**2), rel=1e-8)


def test_the_variance_of_the_bridge_needs_the_cauchy_process():
    def normal(x, s):
        return np.exp(-(x**2) / (2 * s))

    for alpha in (0.5, 3.0):
        _, variance = bridge_moments(normal, alpha, 0.5, 3.0)
        assert variance == pytest.approx(0.25)  # however large the turn


def duration_growth(alpha, gamma, drift=0.0):
    """By how much the mean of the landing time grows over each of three decades, over rate."""
    T = np.geomspace(1e-4, 1e9, 100_000)
    landing = gamma * np.exp(-((gamma - drift * T) ** 2) / (2 * T)) / np.sqrt(2 * PI * T**3)
    f = landing * np.exp(-(alpha**2) / (2 * T)) / np.sqrt(2 * PI * T)
    f *= np.gradient(T)
    f /= f.sum()
    rate = (alpha**2 + gamma**2) / 2
    late = [(rate * 10**k < T) & (rate * 10 ** (k + 1) >= T) for k in (2, 3, 4)]
    return np.array([(T * f)[decade].sum() for decade in late]) / rate


def test_the_wandering_path_has_no_finite_variance(rng):
    # Given T it is t (1 - t) T.
    for _ in range(20):
        growth = duration_growth(rng.uniform(-9, 9), 10 ** rng.uniform(-1, 1))
        np.testing.assert_allclose(growth, np.log(10), rtol=1e-2)


def test_an_infinite_variance_needs_a_path_without_drift():
    assert duration_growth(1.0, 1.0, drift=0.5)[-1] < 1e-6


# Bell's theorem.


def spread_of_rank(P):
    """How far P, with axes a, A, b, B, is from a factor with a, A times one with b, B."""
    flat = P.reshape(P.shape[0] * P.shape[1], -1)
    return np.linalg.svd(flat, compute_uv=False)[1]


def conditionals(rng, settings, outcomes, shape=()):
    p = rng.dirichlet(np.ones(outcomes), (*shape, settings))
    return np.where(p < 0.05, 0, p) / np.where(p < 0.05, 0, p).sum(axis=-1, keepdims=True)


def dependences(P):
    """How far parameter and outcome independence fail; the axes are a, A, b, B."""
    alice, bob = P.sum(axis=3), P.sum(axis=1)
    parameter = max(np.ptp(alice, axis=2).max(), np.ptp(bob, axis=0).max())
    product_of = alice[..., None] * bob[:, None]
    return parameter, np.abs(P - product_of).max()


def tables(rng, a, b, A, B):
    """Four tables at one lambda: with both independences, only outcome, only parameter, neither."""
    near = np.einsum("aA,bB->aAbB", conditionals(rng, a, A), conditionals(rng, b, B))
    told_b = conditionals(rng, a, A, (b,)).transpose(1, 2, 0)[..., None]
    told_a = conditionals(rng, b, B, (a,))[:, None]
    other = np.einsum("aA,bB->aAbB", conditionals(rng, a, A), conditionals(rng, b, B))
    return near, told_b * told_a, (near + other) / 2, (near + told_b * told_a) / 2


def test_factorisability_is_parameter_and_outcome_independence(rng):
    for _ in range(300):
        found = tables(rng, *rng.integers(2, 5, 4))
        independent = [np.array(dependences(P)) < 1e-14 for P in found]
        assert [tuple(x) for x in independent] == [(1, 1), (0, 1), (1, 0), (0, 0)]
        for P, both in zip(found, independent, strict=True):
            assert (spread_of_rank(P) < 1e-14) == both.all()


def test_factorisability_needs_both_independences(rng):
    for _ in range(100):
        _, only_outcome, only_parameter, _ = tables(rng, *rng.integers(2, 5, 4))
        assert min(spread_of_rank(only_outcome), spread_of_rank(only_parameter)) > 1e-6


def test_factorised_outcomes_with_one_distribution_keep_to_2(rng):
    for n in range(1, 200):
        left, right = (rng.choice([1, 0.7]) * rng.uniform(-1, 1, (50, n, 2)) for _ in "AB")
        if n % 2:  # sharp outcomes, with which the bound is reached
            left, right = np.sign(left), np.sign(right)
        E = np.einsum("xn,xna,xnb->xab", rng.dirichlet(np.full(n, 0.3), 50), left, right)
        assert chsh(E).max() <= 2 + 1e-12


def test_the_bound_of_bell_needs_both_premises(rng):
    own = rng.dirichlet(np.full(8, 0.3), (500, 2, 2))
    one = rng.dirichlet(np.full(8, 0.3), (500, 1, 1))
    for rho, near_only in ((own, True), (one, False)):
        A, B = deterministic(rng, 500, near_only)
        assert chsh((rho * np.moveaxis(A * B, 1, -1)).sum(axis=-1)).max() > 2.5


def columns(m):
    """Every table of instructions for m settings a side, as a column."""
    instructions = np.array(list(product(np.eye(2), repeat=m)))
    tables = np.einsum("iaA,jbB->ijaAbB", instructions, instructions)
    return tables.reshape(4**m, -1).T


@pytest.mark.parametrize("m", [2, 3])
def test_what_a_local_model_can_do_tables_of_instructions_can_do(rng, m):
    for _ in range(100):
        n = rng.integers(1, 8)
        left, right = conditionals(rng, m, 2, (n,)), conditionals(rng, m, 2, (n,))
        P = np.einsum("n,naA,nbB->aAbB", rng.dirichlet(np.ones(n)), left, right)
        assert nnls(columns(m), P.ravel())[1] < 1e-12


def test_tables_of_instructions_need_statistical_independence(rng):
    # The same factors, another distribution of the hidden variable for each pair of settings.
    left, right = conditionals(rng, 2, 2, (6,)), conditionals(rng, 2, 2, (6,))
    beyond = 0
    for _ in range(100):
        rho = rng.dirichlet(np.full(6, 0.2), (2, 2))
        P = np.einsum("abn,naA,nbB->aAbB", rho, left, right)
        beyond += nnls(columns(2), P.ravel())[1] > 1e-3
    assert beyond > 50


def deterministic(rng, n, near_only):
    """Random signs A and B at 8 values of lambda, with axes n, lambda, a, b."""
    A, B = rng.choice([-1, 1], (2, n, 8, 2, 2))
    if near_only:
        A, B = A[..., :1] + 0 * A, B[..., :1, :] + 0 * B
    else:
        better = np.array([[1, 1], [1, -1]]) * A  # some of them as S likes it
        B = np.where(rng.random((n, 8, 1, 1)) < 0.5, better, B)
    return A, B


def test_deterministic_models_past_2_break_parameter_independence(rng):
    rho = rng.dirichlet(np.ones(8), 2000)
    A, B = deterministic(rng, 2000, near_only=False)
    S = chsh(np.einsum("nl,nlab->nab", rho, A * B))
    respects = (np.ptp(A, axis=3) == 0).all(axis=(1, 2)) & (np.ptp(B, axis=2) == 0).all(axis=(1, 2))
    assert np.sum(S > 2 + 1e-12) > 500
    assert not np.any(respects & (S > 2 + 1e-12))
    A, B = deterministic(rng, 2000, near_only=True)
    assert chsh(np.einsum("nl,nlab->nab", rho, A * B)).max() <= 2 + 1e-12


def test_breaking_parameter_independence_needs_determinism_and_one_distribution(rng):
    E = -np.cos(np.subtract.outer(*EQ_15))  # the singlet's, its state as the hidden variable
    P = (1 + E[:, None, :, None] * np.array([[1, -1], [-1, 1]])[None, :, None]) / 4
    assert dependences(P)[0] < 1e-15
    assert chsh(E) > 2.8
    A, B = deterministic(rng, 500, near_only=True)
    rho = rng.dirichlet(np.full(8, 0.3), (500, 2, 2))
    assert np.sum(chsh(np.einsum("nabl,nlab->nab", rho, A * B)) > 2.1) > 50


SIGNS = np.array(list(product((1, -1), repeat=4)))
COLUMNS = np.einsum("la,lb->lab", SIGNS[:, :2], SIGNS[:, 2:]).reshape(16, 4)
"""The products of outcomes that the sixteen tables of instructions give, at each a, b."""


def hall(rng, respond):
    """S and Hall's M of models with 16 values of lambda and a distribution for each a, b."""
    n, terms = len(respond), np.array([1, 1, 1, -1]) * respond
    rho = rng.dirichlet(np.full(16, 0.5), (n, 1)) + np.zeros((n, 4, 1))
    informed = rho * np.exp(rng.uniform(0, 9, (n, 1, 1)) * terms.transpose(0, 2, 1))
    informed /= informed.sum(axis=2, keepdims=True)
    rho += rng.uniform(0, 1, (n, 1, 1)) ** 2 * (informed - rho)
    M = np.abs(rho[:, :, None] - rho[:, None]).sum(axis=-1).max(axis=(1, 2))
    return chsh(np.einsum("njl,nlj->nj", rho, respond).reshape(n, 2, 2)), M


def test_dependence_buys_at_most_three_times_itself(rng):
    A, B = rng.uniform(-1, 1, (2, 3000, 16, 2))
    respond = np.einsum("nla,nlb->nlab", A, B).reshape(3000, 16, 4)
    respond[::2] = COLUMNS
    S, M = hall(rng, respond)
    assert np.all(S <= 2 + 3 * M + 1e-12)
    assert np.sum(S > 2 + M) > 100
    terms = np.array([1, 1, 1, -1]) * COLUMNS
    wrong = [np.flatnonzero((terms.sum(axis=1) == 2) & (terms[:, j] < 0))[0] for j in range(4)]
    for q in rng.uniform(0, 0.25, 20):  # the cheapest way: equality
        rho = np.full((4, 4), (1 - q) / 3) + ((4 * q - 1) / 3) * np.eye(4)
        S = sum(rho[j] @ terms[wrong, j] for j in range(4))
        M = max(np.abs(x - y).sum() for x, y in product(rho, repeat=2))
        assert abs(S - 2 - 3 * M) < 1e-12


def test_the_price_of_dependence_needs_factorisability(rng):
    S, M = hall(rng, rng.choice([-1, 1], (3000, 16, 4)))  # both outcomes may know both settings
    assert np.sum(S > 2 + 3 * M + 0.1) > 10


# The pair.


def lorentzian_pairs(rng, n, **source):
    """n random pairs of widths, with E at two settings a side from a sum over histories."""
    mu, lam = source.get("source") or tuple(np.broadcast_to(x, (n, 2048)) for x in uniform())
    a, b = rng.uniform(0, 2 * PI, (2, n, 2))
    P, gamma = lorentzian_law(rng, (mu, lam), (a, b), low=-1.4)
    return P, np.cos(a[..., :, None] - b[..., None, :]), gamma


def test_the_correlation_of_a_pair_is_minus_cosine_times_sech(rng):
    for _ in range(4):
        P, cosine, gamma = lorentzian_pairs(rng, 100)
        sech = 1 / np.cosh(gamma.sum(axis=0))
        np.testing.assert_allclose(correlation(P), -sech[:, None, None] * cosine, atol=1e-12)


def test_minus_cosine_needs_an_isotropic_source_and_the_lorentzian(rng):
    P, cosine, gamma = lorentzian_pairs(rng, 300, source=symmetric(rng, 300))
    off = correlation(P) + cosine / np.cosh(gamma.sum(axis=0))[:, None, None]
    assert np.mean(np.abs(off).max(axis=(1, 2)) > 1e-3) > 0.8
    a, b = np.zeros(1), np.array([0.0, PI / 4])
    for p in (1.5, 3.0):
        E = correlation(law(joint(power_legs(p, 0.3), *uniform(512), a, b)))
        assert abs(E[0, 1] / E[0, 0] - np.cos(PI / 4)) > 1e-2


def density(lam, a, b, gamma):
    C, c = np.cosh(2 * gamma), np.cosh(4 * gamma) - np.cos(2 * (a - b))
    return (
        np.tanh(2 * gamma)
        * c
        / (4 * PI * (C - np.cos(2 * (lam - a))) * (C - np.cos(2 * (lam - b))))
    )


def summed_density(lam, a, b, g1, g2):
    s1, s2 = (
        sum(lorentzian(x - lam + turn, np.full(lam.shape, g)) for turn in HALF_TURNS)
        for x, g in ((a, g1), (b, g2))
    )
    return s1 * s2 / (np.mean(s1 * s2) * 2 * PI)


def test_the_direction_at_the_source_has_this_density(rng):
    lam = uniform(256)[1]
    for _ in range(20):
        a, b, gamma = *rng.uniform(0, 2 * PI, 2), 10 ** rng.uniform(-0.8, 0.5)
        found = summed_density(lam, a, b, gamma, gamma)
        np.testing.assert_allclose(density(lam, a, b, gamma), found, rtol=1e-9)


def test_the_density_needs_equal_widths():
    found = summed_density(uniform(256)[1], 0.3, 1.2, 0.2, 0.6)
    assert all(
        np.abs(found - density(uniform(256)[1], 0.3, 1.2, g)).max() > 0.01 for g in (0.2, 0.4, 0.6)
    )


def at_each_direction(F, lam, a, b):
    """The law at given lambda, one for each."""
    return [law(joint(F, [1.0], [x], a, b)) for x in lam]


def test_given_the_direction_outcomes_factorise(rng):
    for _ in range(100):
        lam, a, b = rng.uniform(0, 2 * PI, (3, 3))
        for P in at_each_direction(legs(any_weight(rng), any_weight(rng)), lam, a, b):
            assert max(dependences(P)) < 1e-14
        gamma = 10 ** rng.uniform(-2, 0.5, 2)
        for x, P in zip(lam, at_each_direction(legs(*map(cauchy, gamma)), lam, a, b), strict=True):
            alice, bob = marginals(P)
            half = (1 + np.cos(a - x) / np.cosh(gamma[0])) / 2
            np.testing.assert_allclose(alice, np.tile(half[:, None], 3), atol=1e-12)
            half = (1 - np.cos(b - x) / np.cosh(gamma[1])) / 2
            np.testing.assert_allclose(bob, np.tile(half, (3, 1)), atol=1e-12)


def test_factorised_outcomes_need_weights_that_multiply(rng):
    for _ in range(50):
        lam, a, b = rng.uniform(0, 2 * PI, (3, 3))
        F = any_pair_weight(rng)
        assert max(max(dependences(P)) for P in at_each_direction(F, lam, a, b)) > 1e-3


# Past and future.

STEP, HALVES = 48, 6  # points in a half turn; half turns to either side


def turn_distances(W1, W2, near, far, other):
    """TV of lambda, alpha and beta as Bob goes from far to other; settings in steps."""
    x = (np.arange(-HALVES * STEP, HALVES * STEP) + 0.5) * PI / STEP
    W1, W2 = W1(x), W2(x)
    s1, s2 = (W.reshape(2 * HALVES, STEP).sum(axis=0) for W in (W1, W2))
    index = np.arange(-HALVES * STEP, HALVES * STEP)

    def laws(b):
        theta = near - b
        once = np.arange(STEP)
        lam = s1[once] * s2[(once - theta) % STEP]
        alpha = W1 * s2[(index - theta) % STEP]
        beta = W2 * s1[(index + theta) % STEP]
        return [f / f.sum() for f in (lam, alpha, beta)]

    return [np.abs(f - g).sum() / 2 for f, g in zip(laws(far), laws(other), strict=True)]


def even_weight(rng):
    g, p, wave = rng.uniform(0.1, 2), rng.uniform(1.1, 5), harmonics(rng, (1, 2, 3))
    return lambda x: (1.2 + (wave(x) + wave(-x)) / 2) / (np.abs(x) ** p + g**p)


def test_source_and_both_turns_move_equally_far(rng):
    for _ in range(300):
        W = even_weight(rng)
        hidden, alpha, beta = turn_distances(W, W, *rng.integers(0, STEP, 3))
        assert alpha == pytest.approx(hidden, abs=1e-13)
        assert beta == pytest.approx(hidden, abs=1e-13)


def test_equal_moves_need_equal_and_even_weights(rng):
    even, other = even_weight(rng), even_weight(rng)

    def skewed(x):
        return even(x) * (1 + 0.9 * np.tanh(2 * x))

    for W1, W2 in ((even, other), (skewed, skewed)):
        hidden, alpha, beta = turn_distances(W1, W2, 3, 10, 31)
        assert alpha == pytest.approx(hidden, abs=1e-13)
        assert abs(beta - hidden) > 1e-4


def turn_given_direction(F, lam, a, b):
    """The law of alpha at given lambda, all windings of both, all outcomes."""
    k = PI * np.arange(-8, 9)
    alpha, beta = a - lam + k[:, None], b - lam + k
    J = F(alpha, beta).sum(axis=1)
    return J / J.sum()


def line_weight(rng):
    g, lean = rng.uniform(0.1, 2), rng.uniform(-1, 1)
    return lambda x: (1.1 + lean * np.tanh(x)) / (x**2 + g**2)


def test_the_direction_screens_alice_s_turn_from_bob_s_setting(rng):
    for _ in range(300):
        F, (lam, a, b, bb) = legs(line_weight(rng), line_weight(rng)), rng.uniform(0, 2 * PI, 4)
        first, second = (turn_given_direction(F, lam, a, x) for x in (b, bb))
        np.testing.assert_allclose(first, second, atol=1e-14)


def test_screening_needs_weights_that_multiply(rng):
    def F(x, y):
        return 1 / ((x**2 + 0.1) * (y**2 + 0.1) + (x - 2 * y) ** 4)

    for _ in range(50):
        lam, a, b, bb = rng.uniform(0, 2 * PI, 4)
        first, second = (turn_given_direction(F, lam, a, x) for x in (b, bb))
        assert np.abs(first - second).max() > 1e-4


def leak(g1, g2, a, b, N=200_000):
    """I(lambda; b | a) in bits, b one of two with equal odds."""
    lam = (np.arange(N) + 0.5) * PI / N
    rho = 1 / (np.cosh(2 * g1) - np.cos(2 * (a - lam)))
    rho = rho / (np.cosh(2 * g2) - np.cos(2 * (b[:, None] - lam)))
    rho /= rho.sum(axis=1, keepdims=True)
    return (rho * np.log2(rho / rho.mean(axis=0))).sum() / 2


def three_axes(rng):
    """Alice's and two of Bob's, at least 17 degrees from each other."""
    gaps = 0.3 + rng.dirichlet(np.ones(3)) * (PI - 0.9)
    return rng.permutation(rng.uniform(0, PI) + np.cumsum(gaps) + PI * rng.integers(0, 2, 3))


def test_a_reading_of_the_direction_tends_to_half_a_bit(rng):
    for _ in range(10):
        a, *b = three_axes(rng)
        off = [abs(leak(g, g, a, np.array(b)) - 0.5) for g in (1e-2, 1e-3)]
        assert off[0] < 0.25
        assert off[1] < min(0.04, off[0] / 2)


def test_half_a_bit_needs_equal_widths_and_three_axes(rng):
    a, *b = three_axes(rng)
    assert leak(1e-3, 3e-3, a, np.array(b)) == pytest.approx(1 / 4, abs=0.04)
    assert leak(3e-3, 1e-3, a, np.array(b)) == pytest.approx(3 / 4, abs=0.04)
    assert leak(1e-3, 1e-3, a, np.array([b[0], b[0] + PI])) == pytest.approx(0, abs=1e-12)


def looked(rng, source, select=False):
    """How far Bob's setting moves a record made on the way to Alice."""
    (mu, lam), w = source, [any_weight(rng) for _ in range(3)]
    (m, a), b = rng.uniform(0, 2 * PI, 2), rng.uniform(0, 2 * PI, 5)
    J = joint(legs(w[0], w[1]), mu, lam, [m], b)[0]  # M, b, B
    on = w[2](a - m + PI * np.subtract.outer(np.arange(2), np.arange(2)))  # A, M
    J = np.einsum("MbB,AM->MAb", J, on)
    J = J[:, 0] if select else J.sum(axis=1)
    P = J[0] / J.sum(axis=0)
    return np.ptp(P), np.abs(P - 0.5).max()


def test_a_magnet_on_the_way_learns_nothing_of_bob_s_setting(rng):
    for source in zip(*symmetric(rng, 300), strict=True):
        assert max(looked(rng, source)) < 1e-13


def test_a_blind_magnet_needs_a_symmetric_source(rng):
    moved = [looked(rng, source)[0] for source in zip(*one_sided(rng, 100), strict=True)]
    assert np.mean(np.array(moved) > 1e-6) > 0.9


def test_a_wired_table_adds_up_if_and_only_if_bob_cannot_signal(rng):
    for n in range(500):
        P = rng.dirichlet(np.full(4, 0.5), 5).reshape(5, 2, 2)  # b, A, B
        if n % 2:  # no signal to Alice
            P *= (P[0].sum(axis=1) / P.sum(axis=2))[..., None]
        totals = [P[b0, 0].sum() + P[b1, 1].sum() for b0, b1 in product(range(5), repeat=2)]
        signal = np.ptp(P[:, 0].sum(axis=1))
        assert np.abs(np.array(totals) - 1).max() == pytest.approx(signal, abs=1e-14)
        assert (signal < 1e-14) == bool(n % 2)


# Silence.


def test_lorentzian_legs_and_an_isotropic_source_leave_even_odds(rng):
    source = isotropic(rng, 1000, 64)
    source = np.ones_like(source[0]), source[1]
    P, gamma = lorentzian_law(rng, source, low=-3)
    for x in marginals(P):  # an angle's rounding counts in units of the width
        assert np.all(np.abs(x - 0.5).max(axis=(1, 2)) * np.minimum(gamma.min(axis=0), 1) < 1e-13)


def test_even_odds_need_a_source_that_is_not_one_sided(rng):
    P, _ = lorentzian_law(rng, isotropic(rng, 300, 512))
    assert np.mean(np.abs(marginals(P)[0] - 0.5).max(axis=(1, 2)) > 1e-3) > 0.8


def test_equations_18_and_19_hold_if_and_only_if_both_marginals_are_one_half(rng):
    for n in range(1000):
        J = rng.exponential(size=(2, 2)) * (rng.random((2, 2)) < 0.9) + 1e-9
        if n % 3 == 0:
            J = J + J[::-1, ::-1]
        alice, bob = J[0].sum() / J.sum() - 0.5, J[:, 0].sum() / J.sum() - 0.5
        off = np.array([J[0, 0] - J[1, 1], J[0, 1] - J[1, 0]]) / J.sum()
        # The two differences and the two biases are each other's sum and difference.
        np.testing.assert_allclose(off, [alice + bob, alice - bob], atol=1e-15)
        assert (np.abs(off).max() < 1e-15) == (max(abs(alice), abs(bob)) < 1e-15) == (n % 3 == 0)


def test_equations_18_and_19_need_both_marginals(rng):
    for _ in range(100):
        x, y = rng.uniform(0, 1, 2)
        J = np.array([[x, 1 - x], [y, 1 - y]])  # one half for Alice alone
        assert J[0].sum() / J.sum() == pytest.approx(0.5, abs=1e-15)
        assert abs(J[0, 0] - J[1, 1]) == pytest.approx(abs(x + y - 1))
        assert abs(x + y - 1) > 1e-6


def biases(rng, sources, F):
    """How far marginals are from one half, for each source with a weight of its own."""
    off = []
    for mu, lam in zip(*sources, strict=True):
        P = law(joint(F(rng), mu, lam, *rng.uniform(0, 2 * PI, (2, 2))))
        off.append(max(np.abs(x - 0.5).max() for x in marginals(P)))
    return np.array(off)


def any_legs(rng):
    return legs(any_weight(rng), any_weight(rng))


def test_a_symmetric_source_leaves_even_odds_whatever_the_weights(rng):
    assert biases(rng, symmetric(rng, 1000), any_legs).max() < 1e-13
    assert biases(rng, symmetric(rng, 200, 12), any_pair_weight).max() < 1e-13


def test_even_odds_need_a_source_that_a_half_turn_keeps(rng):
    assert np.mean(biases(rng, one_sided(rng, 200), any_legs) > 1e-6) > 0.95


def test_even_odds_need_weights_of_turns_alone(rng):
    def with_an_absolute_direction(rng):
        F, favour = any_legs(rng), rng.uniform(0, 2 * PI)
        return lambda x, y: F(x, y) * np.exp(np.cos(x + lam - favour))

    for mu, lam in zip(*symmetric(rng, 50), strict=True):
        P = law(joint(with_an_absolute_direction(rng), mu, lam, *rng.uniform(0, 2 * PI, (2, 2))))
        assert np.abs(marginals(P)[0] - 0.5).max() > 1e-3


def moved_by_the_odd_part(rng, n, F, half=64):
    """By how much E changes when a source loses its odd part."""
    moved = []
    for mu, lam in zip(*one_sided(rng, n, half), strict=True):
        even = np.tile(mu.reshape(2, half).mean(axis=0), 2)
        J = joint(F(rng, lam), [mu, even], lam, *rng.uniform(0, 2 * PI, (2, 2)))
        moved.append(np.abs(np.diff(correlation(law(J)), axis=0)).max())
    return np.array(moved)


def test_the_correlation_depends_on_the_even_part_of_the_source_alone(rng):
    assert moved_by_the_odd_part(rng, 300, lambda rng, lam: any_legs(rng)).max() < 1e-13
    assert moved_by_the_odd_part(rng, 200, lambda rng, lam: any_pair_weight(rng), 12).max() < 1e-13


def test_dependence_on_the_even_part_alone_needs_weights_of_turns_alone(rng):
    def F(rng, lam):
        both = any_legs(rng)
        return lambda x, y: both(x, y) * np.exp(np.cos(x + lam) + np.cos(y + lam + PI))

    assert np.mean(moved_by_the_odd_part(rng, 100, F) > 1e-4) > 0.8


def cosine_source(epsilon, widths, a, b):
    mu = 1 + epsilon * np.cos(uniform()[1])
    P = law(joint(legs(*map(cauchy, widths)), mu, uniform()[1], a, b))
    gamma = np.mean(widths)
    a, b = np.asarray(a)[:, None], np.asarray(b)
    both = np.cos(a) + np.cos(a - b) * np.cos(b) / np.cosh(2 * gamma)
    return P, 0.5 + epsilon / np.cosh(gamma) / 4 * both


def test_the_cosine_source_has_these_odds_and_this_largest_signal(rng):
    for _ in range(40):
        epsilon, gamma, a = rng.uniform(-1, 1), 10 ** rng.uniform(-1.4, 0.4), rng.uniform(0, 2 * PI)
        b = np.array([a / 2, a / 2 + PI / 2, *rng.uniform(0, 2 * PI, 20)])
        P, closed = cosine_source(epsilon, (gamma, gamma), [a], b)
        np.testing.assert_allclose(marginals(P)[0], closed, atol=1e-12)
        np.testing.assert_allclose(
            correlation(P)[0], -np.cos(a - b) / np.cosh(2 * gamma), atol=1e-12
        )
        largest = abs(epsilon) / 4 / np.cosh(gamma) / np.cosh(2 * gamma)
        found = marginals(P)[0][0]
        assert abs(found[0] - found[1]) == pytest.approx(largest, abs=1e-12)
        assert np.ptp(found) <= largest + 1e-12


def test_the_odds_of_the_cosine_source_need_equal_widths():
    P, closed = cosine_source(1.0, (0.2, 0.8), [0.3], [0.5, 2.0])
    assert np.abs(marginals(P)[0] - closed).max() > 1e-2


def violation(mu, lam, w1, a):
    """How far mu_o d1 = f mu_e s1 is from holding for some f(a): the least largest difference."""
    half = len(mu) // 2
    even, odd = (mu[:half] + mu[half:]) / 2, (mu[:half] - mu[half:]) / 2
    x = a[:, None] - lam[:half]
    s, d = w1(x) + w1(x + PI), w1(x) - w1(x + PI)
    f = (odd * d * even * s).sum(axis=1) / ((even * s) ** 2).sum(axis=1)
    return np.abs(odd * d - f[:, None] * even * s).max()


def positive_harmonics(rng, orders):
    """A weight with all of these harmonics, none of them small."""
    c, f = rng.uniform(0.5, 1, len(orders)), rng.uniform(0, 2 * PI, len(orders))
    c *= 0.95 / c.sum()
    return lambda x: 1 + sum(q * np.cos(k * x + p) for q, k, p in zip(c, orders, f, strict=True))


def lively(rng):
    """A weight with no even Fourier coefficient zero: up to a width, or lopsided."""
    gamma, lean = 10 ** rng.uniform(-1, 0), rng.uniform(0, 2 * PI)
    return lambda x: cauchy(gamma)(x) + 0.5 * cauchy(2 * gamma)(x - lean)


def silence(rng, mu, lam, w1, w2):
    a, b = rng.uniform(0, 2 * PI, (2, 7))
    return signals(law(joint(legs(w1, w2), mu / mu.sum(), lam, a, b)))


def test_bob_is_silent_if_and_only_if_the_criterion_holds(rng):
    def even_leg(rng):
        return positive_harmonics(rng, (2, 4))

    kinds = (
        (lambda: symmetric(rng, 1), any_weight, True),
        (lambda: one_axis(rng, 1), any_weight, True),
        (lambda: one_sided(rng, 1), even_leg, True),
        (lambda: one_sided(rng, 1), any_weight, False),
        (lambda: isotropic(rng, 1, 64), lively, False),
    )
    for n in range(500):
        source, first, holds = kinds[n % 5]
        (mu,), (lam,) = source()
        w1 = first(rng)
        (bob, _), off = (
            silence(rng, mu, lam, w1, lively(rng)),
            violation(mu / mu.max(), lam, w1, rng.uniform(0, 2 * PI, 5)),
        )
        if holds:
            assert off < 1e-12 * w1(np.linspace(0, 6, 50)).max()
            assert bob < 1e-13
        else:
            assert off > 1e-6
            assert bob > 1e-9


def test_the_criterion_needs_every_even_coefficient(rng):
    # The bracket of the proof has one harmonic, and the second weight lacks that one.
    mu, lam = 1 + rng.uniform(0.2, 1) * np.cos(uniform(64)[1]), uniform(64)[1]
    w1, w2 = (lambda x: 1 + np.cos(x)), positive_harmonics(rng, (1, 3, 4, 6))
    assert violation(mu, lam, w1, rng.uniform(0, 2 * PI, 5)) > 0.1
    assert silence(rng, mu, lam, w1, w2)[0] < 1e-14


def test_positive_sources_are_silent_if_and_only_if_they_are_symmetric(rng):
    lam = uniform(128)[1]
    for n in range(300):
        wave = harmonics(rng, (2, 4, 8) if n % 2 else (1, 2, 3, 4, 5), rng.uniform(0.3, 0.95))
        w1, w2 = positive_harmonics(rng, (1, 2, 3)), lively(rng)
        bob = silence(rng, 1 + wave(lam), lam, w1, w2)[0]
        assert bob < 1e-13 if n % 2 else bob > 1e-7


def test_silence_by_symmetry_alone_needs_positive_sources_and_a_leg_of_a_whole_turn(rng):
    (mu,), (lam,) = one_axis(rng, 1)
    assert abs(mu[0] - mu[1]) > 1e-3
    assert silence(rng, mu, lam, positive_harmonics(rng, (1, 2, 3)), lively(rng))[0] < 1e-13
    lam = uniform(128)[1]
    mu = 1 + harmonics(rng, (1, 2, 3), 0.9)(lam)
    assert silence(rng, mu, lam, positive_harmonics(rng, (2, 4)), lively(rng))[0] < 1e-13


def test_lorentzian_legs_are_silent_for_symmetric_sources_and_one_axis_and_no_others(rng):
    for source in (symmetric(rng, 1000), one_axis(rng, 1000)):
        P, _ = lorentzian_law(rng, source, low=-1.3)
        assert max(np.max(x) for x in signals(P)) < 1e-13
    for source in (one_sided(rng, 1000), few_directions(rng, 1000)):
        bob, alice = signals(lorentzian_law(rng, source, low=-1)[0])
        assert min(bob.min(), alice.min()) > 1e-9


def test_two_kinds_of_silent_source_need_lorentzian_weights(rng):
    for mu, lam in zip(*one_sided(rng, 50), strict=True):
        bob, alice = silence(rng, mu, lam, lively(rng), lambda x: 1 + np.cos(x))
        assert bob < 1e-13
        assert alice > 1e-9


def test_bob_is_silent_whatever_the_source_if_his_leg_s_sum_is_constant(rng):
    for mu, lam in zip(*one_sided(rng, 300), strict=True):
        w2 = positive_harmonics(rng, (1, 3, 5, 7))
        assert silence(rng, mu, lam, any_weight(rng), w2)[0] < 1e-13


def test_silence_whatever_the_source_needs_a_constant_sum(rng):
    found = [
        silence(rng, mu, lam, any_weight(rng), positive_harmonics(rng, (1, 2, 3)))[0]
        for mu, lam in zip(*one_sided(rng, 100), strict=True)
    ]
    assert np.mean(np.array(found) > 1e-7) > 0.8


def far_from_the_limit(widths, wave, a, theta):
    """How far E and P_A are from their limits at small widths, for the source 1 + wave."""
    lam, b = uniform(2**14)[1], a - theta
    P = law(joint(legs(*map(cauchy, widths)), 1 + wave(lam), lam, [a], [b]))
    at = [1 + wave(x) for x in (a, a + PI, b, b + PI)]
    c = np.cos(theta / 2) ** 2
    P_A = (at[0] + c * at[2] + (1 - c) * at[3]) / sum(at)
    return abs(correlation(P).item() + np.cos(theta)), abs(marginals(P)[0].item() - P_A)


def test_perfect_correlators_come_with_these_odds(rng):
    for _ in range(20):
        wave, a = harmonics(rng, range(1, 6), 0.95), rng.uniform(0, 2 * PI)
        theta = rng.choice([-1, 1]) * rng.uniform(0.4, PI - 0.4)
        off = np.array([far_from_the_limit((g, g), wave, a, theta) for g in (3e-2, 3e-3)])
        assert off[1].max() < 0.04
        assert np.all(off[1] < 0.3 * off[0] + 1e-3)


def test_the_odds_of_perfect_correlators_need_equal_widths_and_the_correlators_do_not(rng):
    wave = harmonics(rng, (1,), 0.95)
    off = [far_from_the_limit((3e-3, 3e-2), wave, a, 1.0) for a in rng.uniform(0, 2 * PI, 20)]
    assert max(E for E, _ in off) < 0.1 < max(P_A for _, P_A in off)


def partial(P, a, b):
    """What the statistics have of cos 2 eta, and of sin 2 eta and of v: both must not be zero."""
    E = correlation(P)
    det = E[..., 0, 0] * E[..., 1, 1] - E[..., 0, 1] * E[..., 1, 0]
    bias = marginals(P)[0][..., 0, :].mean(axis=-1) - 0.5
    return np.minimum(np.abs(bias), np.abs(det))


CROSS = np.array([0.0, PI / 2])


def crossed(n):
    return np.tile(CROSS, (n, 1)), np.tile(CROSS, (n, 1))


def test_no_source_makes_a_partially_entangled_pair(rng):
    for source in (symmetric(rng, 1000), one_axis(rng, 1000)):  # those that do not signal
        P, _ = lorentzian_law(rng, source, crossed(1000), low=-1.3)
        assert partial(P, *crossed(1000)).max() < 1e-13
    for source in (one_sided(rng, 1000), few_directions(rng, 1000)):
        assert min(x.min() for x in signals(lorentzian_law(rng, source, low=-1)[0])) > 1e-9


def test_no_noisy_partially_entangled_pair_needs_one_list(rng):
    # A coin at the source, with a list for each of its two results.
    for _ in range(50):
        share, gamma = rng.uniform(0.1, 0.9), 10 ** rng.uniform(-1.3, 0)
        a, b = rng.uniform(0, 2 * PI, (2, 6))
        F = legs(cauchy(gamma), cauchy(gamma))
        P = share * law(joint(F, *uniform(), a, b)) + (1 - share) * law(
            joint(F, [1.0], [0.0], a, b)
        )
        v, side = share / np.cosh(2 * gamma), (1 - share) / np.cosh(gamma) ** 2
        up, across = np.outer(np.cos(a), np.cos(b)), np.outer(np.sin(a), np.sin(b))
        np.testing.assert_allclose(correlation(P), -(v + side) * up - v * across, atol=1e-12)
        bias = (1 - share) / np.cosh(gamma)
        np.testing.assert_allclose(
            2 * marginals(P)[0] - 1, bias * np.cos(a)[:, None] + 0 * b, atol=1e-12
        )
        assert 0 < v < v + side  # sin 2 eta = v / (v + side)


# How large S can be.


def bounded(rng, source, settings=None, low=-1.5, high=0.3):
    """S less Tsirelson's bound times sech(gamma1 + gamma2), and S itself."""
    P, gamma = lorentzian_law(rng, source, settings, low, high)
    S = chsh(correlation(P))
    return S - TSIRELSON / np.cosh(gamma.sum(axis=0)), S, P


def test_an_isotropic_source_keeps_to_tsirelson_s_bound(rng):
    near = 0.0
    for n in range(8):
        settings = turned_eq_15(rng, 150) if n % 2 else None
        over, _, _ = bounded(rng, isotropic(rng, 150, 256), settings, low=-1.1)
        assert over.max() < 1e-11
        near = max(near, over.max())
    assert near > -1e-11
    over, _, _ = bounded(rng, isotropic(rng, 10, 4096), turned_eq_15(rng, 10), low=-2.3)
    assert over.max() < 1e-11


def test_vectors_of_length_one_at_most_keep_to_tsirelson_s_bound(rng):
    for dimension in (1, 2, 3, 8):
        v = rng.normal(size=(4, 5000, dimension))
        v *= rng.choice([1.0, rng.uniform()], (4, 5000, 1)) / np.linalg.norm(
            v, axis=2, keepdims=True
        )
        V = rng.uniform(0, 1, 5000)
        E = V[:, None, None] * np.einsum("anx,bnx->nab", v[:2], v[2:])
        assert np.all(chsh(E) <= TSIRELSON * V + 1e-12)


def test_the_bound_needs_an_isotropic_source(rng):
    best = np.zeros(1000)
    source = symmetric(rng, 1000, 12)
    for turn in np.arange(12) * PI / 24:
        settings = [np.tile(x + turn, (1000, 1)) for x in EQ_15]
        _, S, P = bounded(rng, source, settings, low=-1.3, high=-1)
        assert max(np.max(x) for x in signals(P)) < 1e-13
        assert max(np.abs(x - 0.5).max() for x in marginals(P)) < 1e-13
        best = np.maximum(best, S)
    assert np.sum(best > TSIRELSON) > 10
    assert best.max() > 2.84
    for source in (one_sided(rng, 1000), few_directions(rng, 1000)):  # all others signal
        assert min(x.min() for x in signals(bounded(rng, source, low=-1)[2])) > 1e-9


def test_the_bound_needs_lorentzian_legs(rng):
    a, b = EQ_15
    for p in (3.0, 4.0):
        assert chsh(correlation(law(joint(power_legs(p, 0.1), *uniform(512), a, b)))) > 3


def test_no_source_takes_lorentzian_legs_past_2_plus_root_2(rng):
    for source in (symmetric(rng, 1000, 6), one_sided(rng, 1000, 6), one_axis(rng, 1000)):
        for settings in (None, turned_eq_15(rng, 1000)):
            P, gamma = lorentzian_law(rng, source, settings, low=-3)
            assert np.all(chsh(correlation(P)) <= (2 + np.sqrt(2)) / np.cosh(gamma).prod(axis=0))


def test_the_bound_for_every_source_needs_lorentzian_legs(rng):
    P = law(joint(power_legs(4.0, 0.1), *uniform(512), *EQ_15))
    assert chsh(correlation(P)) > 2 + np.sqrt(2)


def test_one_axis_keeps_to_bell_s_bound(rng):
    _, S, P = bounded(rng, one_axis(rng, 1000), low=-1.3)
    assert max(np.max(x) for x in signals(P)) < 1e-13
    assert S.max() <= 2 + 1e-12


def test_the_best_settings_are_those_of_equation_15(rng):
    # Alice's first hand at 0, the others anywhere in steps of 3 degrees: turns are left out.
    step = np.radians(np.arange(0, 360, 3))
    a2, b1, b2 = step[:, None, None], step[:, None], step
    S = np.abs(np.cos(b1) + np.cos(b2) + np.cos(a2 - b1) - np.cos(a2 - b2))
    best = {tuple(3 * i) for i in np.argwhere(S > TSIRELSON - 1e-9)}
    eq_15, reflected = np.array([90, 45, -45]), np.array([-90, -45, 45])
    reversal = np.array([0, 180, 180])
    assert best == {
        tuple(x % 360) for x in (eq_15, reflected, eq_15 + reversal, reflected + reversal)
    }
    # Nor is there anything near the top between the steps.
    a2, b1, b2 = hands = rng.uniform(0, 2 * PI, (3, 400_000))
    S = np.abs(np.cos(b1) + np.cos(b2) + np.cos(a2 - b1) - np.cos(a2 - b2))
    high = hands[:, S > TSIRELSON - 1e-2].T
    apart = np.abs(np.angle(np.exp(1j * (high[:, None] - np.radians(sorted(best))))))
    assert len(high) > 10
    assert apart.max(axis=2).min(axis=1).max() < 0.2


def test_eq_15_needs_the_cosine():
    standard = 3 * limit(np.array(PI / 4), 1.4) - limit(np.array(3 * PI / 4), 1.4)
    assert always(lambda x: limit(x, 1.4), np.array(1e-2)) > abs(standard) + 0.2


def observables(rng, d, sharp, n=300):
    """n random Hermitian matrices with eigenvalues +-1, or between."""
    M = rng.normal(size=(n, d, d)) + 1j * rng.normal(size=(n, d, d))
    U = np.linalg.qr(M)[0]
    values = rng.choice([-1.0, 1.0], (n, d)) if sharp else rng.uniform(-1, 1, (n, d))
    return (U * values[:, None]) @ U.conj().transpose(0, 2, 1)


def kron(A, B):
    n, d, e = len(A), A.shape[1], B.shape[1]
    return np.einsum("nij,nkl->nikjl", A, B).reshape(n, d * e, d * e)


def states(rng, d, n=300):
    """n random density matrices, from pure to mixed."""
    M = rng.normal(size=(n, d, rng.integers(1, d + 1), 2)) @ [1, 1j]
    rho = M @ M.conj().transpose(0, 2, 1)
    return rho / np.trace(rho, axis1=1, axis2=2).real[:, None, None]


def largest(A, B):
    """The largest |<C>| over all states, for A1, A2 and B1, B2."""
    C = kron(A[0], B[0] + B[1]) + kron(A[1], B[0] - B[1])
    return np.abs(np.linalg.eigvalsh(C)).max(axis=1)


@pytest.mark.parametrize("sharp", [True, False])
@pytest.mark.parametrize(("d", "e"), [(2, 2), (2, 3), (3, 3), (2, 5), (4, 4)])
def test_no_quantum_state_passes_tsirelson_s_bound(rng, d, e, sharp):
    A, B = ([observables(rng, x, sharp) for _ in range(2)] for x in (d, e))
    top = largest(A, B)
    assert top.max() <= TSIRELSON + 1e-12
    assert not sharp or top.max() > 2.5
    rho = states(rng, d * e)
    E = np.array([[np.einsum("nij,nji->n", rho, kron(x, y)).real for y in B] for x in A])
    assert chsh(E.transpose(2, 0, 1)).max() <= TSIRELSON + 1e-12
    # E is an inner product of vectors no longer than 1: those of A and of B at the root of rho.
    values, vectors = np.linalg.eigh(rho)
    root = (vectors * np.sqrt(values.clip(0))[:, None]) @ vectors.conj().transpose(0, 2, 1)
    one = [np.broadcast_to(np.eye(x), (300, x, x)) for x in (d, e)]
    u, v = kron(A[0], one[1]) @ root, kron(one[0], B[0]) @ root
    inner = (u.conj() * v).sum(axis=(1, 2))
    np.testing.assert_allclose(inner, E[0, 0], atol=1e-12)
    assert max(np.linalg.norm(x, axis=(1, 2)).max() for x in (u, v)) <= 1 + 1e-12


def test_commuting_observables_that_are_no_product_keep_to_the_bound(rng):
    U = np.linalg.qr(rng.normal(size=(8, 8)) + 1j * rng.normal(size=(8, 8)))[0]

    def block(x, y):
        return U @ np.block([[x, np.zeros((4, 4))], [np.zeros((4, 4)), y]]) @ U.conj().T

    for _ in range(100):
        one = np.eye(2)
        A = [block(*(np.kron(observables(rng, 2, True, 1)[0], one) for _ in "12")) for _ in "12"]
        B = [block(*(np.kron(one, observables(rng, 2, True, 1)[0]) for _ in "12")) for _ in "12"]
        assert np.abs(A[0] @ B[1] - B[1] @ A[0]).max() < 1e-12
        C = A[0] @ (B[0] + B[1]) + A[1] @ (B[0] - B[1])
        assert np.linalg.norm(C, 2) <= TSIRELSON + 1e-12


def test_tsirelson_s_bound_needs_one_observable_for_each_setting(rng):
    A, B = ([observables(rng, 2, True) for _ in range(n)] for n in (2, 4))
    C = kron(A[0], B[0] + B[1]) + kron(A[1], B[2] - B[3])  # Bob's know Alice's setting
    assert np.linalg.eigvalsh(C).max() > 3


def commuting(rng, d, sharp):
    U = np.linalg.qr(rng.normal(size=(d, d)) + 1j * rng.normal(size=(d, d)))[0]
    values = rng.choice([-1.0, 1.0], (2, 300, d)) if sharp else rng.uniform(-1, 1, (2, 300, d))
    return [(U * x[:, None]) @ U.conj().T for x in values]


@pytest.mark.parametrize("sharp", [True, False])
@pytest.mark.parametrize(("d", "e"), [(2, 2), (3, 2), (4, 3)])
def test_commuting_observables_on_one_side_keep_to_2(rng, d, e, sharp):
    A, B = commuting(rng, d, sharp), [observables(rng, e, sharp) for _ in range(2)]
    assert largest(A, B).max() <= 2 + 1e-12
    assert largest(B, A).max() <= 2 + 1e-12


def test_the_bound_of_2_needs_observables_that_commute(rng):
    for d in (2, 3):
        A, B = ([observables(rng, d, True) for _ in range(2)] for _ in "AB")
        top = largest(A, B)
        apart = [np.abs(x[0] @ x[1] - x[1] @ x[0]).max(axis=(1, 2)) > 1e-6 for x in (A, B)]
        assert np.all((top > 2 + 1e-12) == (apart[0] & apart[1]))


def test_three_axes_on_one_list_are_silent_and_pass_tsirelson_s_bound(rng):
    def S(gamma, lam):
        P = law(joint(legs(cauchy(gamma), cauchy(gamma)), THREE_AXES[0], lam, *EQ_15))
        assert max(np.abs(x - 0.5).max() for x in marginals(P)) < 1e-14 + 1e-15 / gamma
        return chsh(correlation(P))

    assert S(0.1, THREE_AXES[1]) == pytest.approx(2.86447646943, abs=1e-11)
    assert S(1e-4, THREE_AXES[1]) == pytest.approx(23 * np.sqrt(2) / 11, abs=1e-3)
    assert S(1e-6, THREE_AXES[1]) == pytest.approx(23 * np.sqrt(2) / 11, abs=1e-5)
    for gamma, turn in zip(10 ** rng.uniform(-3, 1, 50), rng.uniform(0, PI, 50), strict=True):
        S(gamma, THREE_AXES[1] + turn)
    # Once more with the sum over windings.
    F = legs(*[lambda x: lorentzian(x, np.full(x.shape, 0.1))] * 2)
    assert chsh(correlation(law(joint(F, *THREE_AXES, *EQ_15)))) > 2.864


def test_three_axes_past_the_bound_need_one_list():
    for gamma in (0.01, 0.1):
        F = legs(cauchy(gamma), cauchy(gamma))
        lists = [law(joint(F, [1.0, 1.0], [m, m + PI], *EQ_15)) for m in THREE_AXES[1][:3]]
        assert chsh(correlation(sum(lists) / 3)) <= 2


# Sources of axes, and smooth ones.


def on_axes(gamma, degrees, shares, a, b):
    """The pair with both ends of some axes on one list, at settings in degrees."""
    lam = np.radians(degrees)
    F = legs(cauchy(gamma), cauchy(gamma))
    return law(joint(F, np.tile(shares, 2), np.append(lam, lam + PI), *np.radians([a, b])))


RARE = (0.0, 30.0, 105.0), [0.0, 60.0], [30.0, -30.0]


def test_a_rare_axis_on_a_magnet_holds_three_correlations(rng):
    axes, a, b = RARE
    for epsilon, gamma in ((1e-3, 1e-5), (1e-4, 1e-6), (1e-5, 1e-6)):
        P = on_axes(gamma, axes, [epsilon, epsilon, 1.0], a, b)
        assert chsh(correlation(P)) == pytest.approx((1 + 3 * np.sqrt(3)) / 2, abs=5 * epsilon)
        assert max(np.abs(x - 0.5).max() for x in marginals(P)) < 1e-8
    for _ in range(100):
        shares, gamma = rng.dirichlet([0.1, 0.1, 1.0]) + 1e-9, 10 ** rng.uniform(-2, 0.5)
        P = on_axes(gamma, axes, shares, *rng.uniform(0, 360, (2, 6)))
        assert max(np.max(x) for x in signals(P)) < 1e-11


def test_three_point_one_needs_a_width_that_vanishes_first():
    axes, a, b = RARE
    for gamma in (0.1, 0.01, 1e-3):
        assert chsh(correlation(on_axes(gamma, axes, [1e-12, 1e-12, 1.0], a, b))) < 2


def two_axes(phi, epsilon, gamma):
    shares = [epsilon, 1.0]
    return chsh(correlation(on_axes(gamma, [0.0, 90.0], shares, [0.0, phi], [0.0, -phi])))


def test_two_axes_come_as_near_to_3_as_one_likes(rng):
    for phi in rng.uniform(20.0, 85.0, 30):
        c = np.cos(np.radians(phi))
        assert two_axes(phi, 1e-4, 1e-6) == pytest.approx(2 + 2 * c - c**2, abs=1e-2)
        assert two_axes(phi, 1e-5, 1e-7) == pytest.approx(2 + 2 * c - c**2, abs=1e-3)
    assert 2.98 < two_axes(10.0, 1e-5, 1e-7) < 3


def test_two_axes_near_3_need_unequal_shares(rng):
    for phi in rng.uniform(20.0, 85.0, 30):
        assert two_axes(phi, 1.0, 1e-5) < TSIRELSON + 1e-6


def smooth(rng, n):
    """Amplitudes of n even waves that leave the weight above zero, and their phase."""
    c = rng.uniform(-1, 1, n)
    return c * rng.uniform(0.1, 1) / np.abs(c).sum(), rng.uniform(0, PI)


def summed(c, center, widths, a, b, N=2048):
    """E of a smooth source from its list of directions, at single settings."""
    lam = np.arange(N) * 2 * PI / N
    k = 2 * np.arange(1, len(c) + 1)[:, None]
    mu = 1 + np.asarray(c) @ np.cos(k * (lam - center))
    P = law(joint(legs(*map(cauchy, widths)), mu, lam, [a], [b]))
    return correlation(P)[0, 0]


def closed(c, center, gamma, a, b):
    """so-eq-harmonics as printed."""
    theta, sigma, r = a - b, a + b - 2 * center, np.exp(-2 * gamma)
    U = {k: np.sin((k + 1) * theta) / np.sin(theta) for k in range(-2, len(c) + 2)}
    q = [r**k * (U[k] - r**2 * U[k - 2]) for k in range(len(c) + 2)]
    waves = [(k, x * np.cos(k * sigma)) for k, x in enumerate(c, 1)]
    moved = q[1] + sum(x * (q[k + 1] + q[k - 1]) / 2 for k, x in waves)
    whole = q[0] + sum(x * q[k] for k, x in waves)
    return -(np.cos(theta) + moved / whole) / 2 / np.cosh(gamma) ** 2


def test_smooth_sources_have_this_correlation(rng):
    for _ in range(200):
        c, center = smooth(rng, rng.integers(1, 8))
        gamma, (a, b) = 10 ** rng.uniform(-1.5, 0.5), rng.uniform(0, 2 * PI, 2)
        E = summed(c, center, (gamma, gamma), a, b)
        assert closed(c, center, gamma, a, b) == pytest.approx(E, abs=1e-11)


def test_the_correlation_of_smooth_sources_needs_equal_widths(rng):
    for _ in range(20):
        c, (a, b) = [0.0, 0.0, rng.uniform(0.5, 1)], rng.uniform(0, 2 * PI, 2)
        E = summed(c, 0.0, (0.1, 0.6), a, b)
        assert min(abs(closed(c, 0.0, gamma, a, b) - E) for gamma in (0.1, 0.35, 0.6)) > 1e-4


def standard_of(E):
    """S at eq. 15 from E(a, b), with the minus at the second settings of both."""
    return abs(sum((-1) ** (i * k) * E(EQ_15[0][i], EQ_15[1][k]) for i in (0, 1) for k in (0, 1)))


def test_the_gentlest_lean_passes_the_bound_in_the_first_order(rng):
    for c in [1.0, -1.0, *rng.uniform(-1, 1, 20)]:
        over = [
            standard_of(lambda a, b, g=g, c=c: summed([0, 0, c], 0.0, (g, g), a, b, 2**13))
            - TSIRELSON
            for g in (0.005, 0.01)
        ]
        slope = c**2 / np.sqrt(2) / (1 - c**2 / 4)
        assert (4 * over[0] - over[1]) / 0.01 == pytest.approx(slope, abs=0.01)
    for c in (0.05, -0.2, 0.6, 1.0):
        g = c**2 / 32
        assert standard_of(lambda a, b, g=g, c=c: closed([0, 0, c], 0.0, g, a, b)) > TSIRELSON


def test_the_first_order_of_a_smooth_source_is_this(rng):
    for _ in range(100):
        c, center = smooth(rng, rng.integers(1, 6))
        b = rng.uniform(0, 2 * PI)
        a = b + rng.uniform(0.3, PI - 0.3)
        k = np.arange(1, len(c) + 1)
        mu, other = ([c @ f(2 * k * (x - center)) for x in (a, b)] for f in (np.cos, np.sin))
        slope = -np.sin(a - b) * (other[0] - other[1]) / (2 + sum(mu))
        E = [summed(c, center, (g, g), a, b, 2**13) + np.cos(a - b) for g in (0.005, 0.01)]
        size = 1 / (2 + sum(mu))
        assert (4 * E[0] - E[1]) / 0.01 == pytest.approx(slope, abs=0.02 * size**2 + 0.01)


def test_a_lean_that_passes_the_bound_needs_other_waves_than_a_square_s(rng):
    for _ in range(20):
        c = np.zeros(6)
        c[1::2] = rng.uniform(-0.3, 0.3, 3)
        for g in (0.003, 0.1):
            found = standard_of(lambda a, b, g=g, c=c: closed(c, 0.0, g, a, b))
            assert found == pytest.approx(TSIRELSON / np.cosh(2 * g), abs=1e-12)


def moved(rng, source, theta, gamma):
    """How much E varies as both magnets are turned together."""
    turns = rng.uniform(0, PI, 40)
    F = legs(cauchy(gamma), cauchy(gamma))
    return np.ptp([correlation(law(joint(F, *source, [x + theta], [x])))[0, 0] for x in turns])


def test_a_correlation_that_a_common_turn_leaves_alone_means_an_isotropic_source(rng):
    for _ in range(40):
        gamma, theta = 10 ** rng.uniform(-1, 0), rng.uniform(0.2, 1.0)
        mu, lam = isotropic(rng, 1, 256)
        assert moved(rng, (mu[0], lam[0]), theta, gamma) < 1e-10
        for make in (symmetric, one_sided):
            mu, lam = make(rng, 1, 3)
            assert moved(rng, (mu[0], lam[0]), theta, gamma) > 1e-9
    for c in ([0.01], [0.0, 0.01], [0.0, 0.0, 0.01]):
        lam = np.arange(1024) * 2 * PI / 1024
        k = 2 * np.arange(1, len(c) + 1)[:, None]
        assert moved(rng, (1 + np.array(c) @ np.cos(k * lam), lam), 1.0, 0.2) > 1e-5


def test_an_isotropic_source_is_not_seen_at_every_angle(rng):
    lam = np.arange(1024) * 2 * PI / 1024
    source = 1 + 0.9 * np.cos(6 * lam), lam
    assert moved(rng, source, PI / 3, 0.1) < 1e-12
    assert moved(rng, source, 1.0, 0.1) > 1e-2
    widths = [moved(rng, source, 0.0, g) for g in (0.3, 0.1, 0.03)]
    assert widths[0] > 0.01
    assert widths[2] < 0.1 * widths[0]


def limit(theta, p):
    """The correlation of the exponent's family as its width goes to zero, from the two sums."""
    near, far = power(theta, p), power(PI - theta, p)
    return -(near - far) / (near + far)


def at_width(gamma, p, steps, N=2**16):
    """The same at a finite width: the legs convolved, at these numbers of steps."""
    w = power(np.arange(N) * 2 * PI / N, p, gamma, 8)
    J = np.fft.irfft(np.abs(np.fft.rfft(w)) ** 2, N)
    near, far = J[steps % N], J[(steps + N // 2) % N]
    return -(near - far) / (near + far)


def test_as_the_width_vanishes_the_exponent_alone_is_left(rng):
    for p in [2.0, *rng.uniform(1.5, 4, 8)]:
        steps = rng.integers(2**12, 2**15 - 2**12, 20)
        expected = limit(steps * 2 * PI / 2**16, p)
        off = [np.abs(at_width(g, p, steps) - expected).max() for g in (1e-2, 1e-3)]
        assert off[1] < 1e-3 ** min(p - 1, 1.0)
        assert off[1] < off[0] / 2


def test_the_limit_of_the_exponents_needs_an_isotropic_source():
    for p in (2.0, 3.0):
        E = correlation(law(joint(power_legs(p, 1e-3), *THREE_AXES, *EQ_15)))
        assert np.abs(np.abs(E) - np.abs(limit(PI / 4, p))).max() > 0.05


def test_the_limit_of_the_exponents_needs_an_exponent_above_1():
    def E(K):  # at p = 0.9 the sum is cut at K windings
        n = 2 * PI * np.arange(-K, K + 1)
        near, far = (np.sum(np.abs(x + n) ** -0.9) for x in (PI / 4, 3 * PI / 4))
        return -(near - far) / (near + far)

    assert abs(E(100_000)) < abs(E(1000)) * 0.8
    assert abs(limit(PI / 4, 1.1)) > 0


def test_the_fourth_power_has_this_correlation(rng):
    theta = rng.uniform(0.01, PI - 0.01, 500)
    c = np.cos(theta)
    np.testing.assert_allclose(limit(theta, 4), -(5 * c + c**3) / (2 + 4 * c**2), atol=1e-12)
    S = 3 * limit(PI / 4, 4) - limit(3 * PI / 4, 4)
    assert abs(S) == pytest.approx(11 / (2 * np.sqrt(2)), abs=1e-12)


@pytest.mark.parametrize("p", [2.0, 3.0, 3.9, 4.1, 6.0])
def test_the_correlation_of_the_fourth_power_needs_the_exponent_4(p):
    c = np.cos(1.0)
    assert abs(limit(1.0, p) + (5 * c + c**3) / (2 + 4 * c**2)) > 1e-3


def least_eigenvalue(p, n=512):
    """Of -E(a, b) at n settings round the circle, over n: the least Fourier coefficient of -E."""
    theta = np.arange(n // 2 + 1) * 2 * PI / n
    E = np.concatenate([[-1.0], limit(theta[1:-1], p), [1.0]])
    return np.fft.rfft(-np.concatenate([E, E[-2:0:-1]])).real.min() / n


def test_above_the_exponent_2_no_quantum_state_has_the_limit(rng):
    # E(a, a) = -1 makes Bob's vectors Alice's reversed, so -E would be a Gram matrix.
    for p in [2.02, *rng.uniform(2.02, 9, 200)]:
        assert least_eigenvalue(p) < -1e-4
    # The chapter's own step: n short ways are no longer than the one between their ends.
    for p in (2.5, 4.0):
        n = 2 ** np.arange(1, 13)
        ways = n * np.sqrt(2 * (1 + limit(PI / 2 / n, p)))
        assert ways[-1] < 0.5 < np.sqrt(2 * (1 + limit(PI / 2, p)))


def test_no_quantum_state_needs_an_exponent_above_2(rng):
    for p in [2.0, *rng.uniform(1.1, 2, 50)]:
        assert least_eigenvalue(p) > -1e-9


def always(E, x):
    """S of two settings a side, three of whose differences are x and one 3 x."""
    return np.abs(3 * E(x) - E(3 * x))


def test_every_exponent_has_settings_past_2(rng):
    x = np.geomspace(1e-7, 1.0, 60)
    for p in rng.uniform(1.02, 8, 200):
        assert always(lambda y, p=p: limit(y, p), x).max() > 2 + 1e-10


def test_settings_past_2_need_a_small_width():
    steps = np.arange(2**11)
    for p in (1.5, 2.0, 4.0):
        assert always(lambda y, p=p: at_width(2.0, p, y, 2**12), steps).max() < 2


def two_spins(T, r, s):
    """The state with these correlations and Bloch vectors."""
    one = np.eye(2)
    rho = np.eye(4) + sum(T[i, j] * np.kron(PAULI[i], PAULI[j]) for i in range(3) for j in range(3))
    rho = rho + sum(r[i] * np.kron(PAULI[i], one) + s[i] * np.kron(one, PAULI[i]) for i in range(3))
    return rho / 4


def partial_transpose(rho):
    """Least eigenvalue: below zero exactly for two entangled spins (Peres, Horodecki)."""
    return np.linalg.eigvalsh(rho.reshape(2, 2, 2, 2).transpose(0, 3, 2, 1).reshape(4, 4))[0]


def planar(V, rest=0.0, r=0.0, s=0.0, mixed=(0.0, 0.0)):
    """E = -V cos in the plane of x and z; what the plane does not show is free."""
    T = np.diag([-V, rest, -V]).astype(float)
    T[1, 0], T[0, 1] = mixed
    return two_spins(T, [0, r, 0], [0, s, 0])


def test_two_separable_spins_have_the_planar_data_up_to_one_half(rng):
    # No product state has more in the plane, so no mixture of them.
    n = rng.normal(size=(2, 500, 3))
    n /= np.linalg.norm(n, axis=2, keepdims=True)
    T = np.einsum("ni,nj->nij", *n)
    for _ in range(200):
        mixture = np.einsum("n,nij->ij", rng.dirichlet(np.full(500, 0.03)), T)
        assert abs(mixture[0, 0] + mixture[2, 2]) / 2 <= 0.5 + 1e-12
    # Opposite product states, evenly round the circle, reach it; noise does the rest.
    phi = np.arange(12) * PI / 6
    even = -np.einsum("in,jn->ij", *[[np.sin(phi), 0 * phi, np.cos(phi)]] * 2) / 12
    np.testing.assert_allclose(even, np.diag([-0.5, 0, -0.5]), atol=1e-15)
    for V in rng.uniform(0, 0.5, 50):
        assert partial_transpose(planar(V)) >= -1e-12
    # Above, whatever state has the data is entangled.
    found = 0
    for V in rng.uniform(0.5, 1, 1000):
        free = rng.uniform(-0.2, 0.2, 4)
        rho = planar(V, rng.uniform(-1, 1 - 2 * V), *free[:2], free[2:])
        if np.linalg.eigvalsh(rho)[0] >= 0:
            found += 1
            assert partial_transpose(rho) < 0
    assert found > 50
    for V in np.linspace(0.01, 1, 100):  # in all directions
        assert (partial_transpose(two_spins(-V * np.eye(3), [0] * 3, [0] * 3)) < -1e-12) == (
            V > 1 / 3
        )


def test_the_planar_border_needs_two_spins():
    # A shared direction, a classical system: Alice's sign, Bob's odds.
    lam = (np.arange(3600) + 0.5) * 2 * PI / 3600
    b = np.linspace(0, PI, 7)
    E = np.mean(np.sign(np.cos(lam)) * -np.cos(b[:, None] - lam), axis=1)
    np.testing.assert_allclose(E, -2 / PI * np.cos(b), atol=1e-6)
    assert 2 / PI > 0.6


# The pair at every width.


def test_equations_6_to_13_hold_at_every_width_and_with_two(rng):
    settings = rng.uniform(0, 2 * PI, (2, 200, 2))
    mu = np.ones((200, 2048))
    P, gamma = lorentzian_law(rng, (mu, mu * uniform()[1]), settings, low=-1.4)
    half = (settings[0][:, :1] - settings[1][:, :1]).ravel() / 2
    c, s, t2 = np.cos(half) ** 2, np.sin(half) ** 2, np.tanh(gamma.sum(axis=0) / 2) ** 2
    unlike, like = (c + s * t2) / (2 + 2 * t2), (s + c * t2) / (2 + 2 * t2)
    expected = np.array([[like, unlike], [unlike, like]]).transpose(2, 0, 1)
    np.testing.assert_allclose(P[:, 0, :, 0], expected, atol=1e-12)


def test_equations_6_to_13_need_an_isotropic_source(rng):
    P, cosine, gamma = lorentzian_pairs(rng, 300, source=symmetric(rng, 300))
    like = (1 - cosine / np.cosh(gamma.sum(axis=0))[:, None, None]) / 4
    assert np.mean(np.abs(P[:, :, 0, :, 0] - like).max(axis=(1, 2)) > 1e-3) > 0.8


def werner(V, a, b):
    """The four probabilities of a Werner state, from matrices."""
    psi = np.array([0, 1, -1, 0]) / np.sqrt(2)
    rho = V * np.outer(psi, psi) + (1 - V) * np.eye(4) / 4
    project = [
        [(np.eye(2) + sign * (np.cos(x) * Z + np.sin(x) * X)) / 2 for sign in (1, -1)]
        for x in (a, b)
    ]
    return np.array([[np.trace(rho @ np.kron(p, q)).real for q in project[1]] for p in project[0]])


def test_in_the_plane_the_pair_is_a_werner_state(rng):
    mu = np.ones((200, 2048))
    settings = rng.uniform(0, 2 * PI, (2, 200, 2))
    P, gamma = lorentzian_law(rng, (mu, mu * uniform()[1]), settings, low=-1.4)
    for table, width, a, b in zip(P, gamma.sum(axis=0), *settings, strict=True):
        expected = werner(1 / np.cosh(width), a[0], b[1])
        np.testing.assert_allclose(table[0, :, 1], expected, atol=1e-12)


def test_a_werner_state_needs_an_isotropic_source(rng):
    # No state at all has the statistics of three axes, past Tsirelson's bound as they are.
    P = law(joint(legs(cauchy(0.05), cauchy(0.05)), *THREE_AXES, *EQ_15))
    assert chsh(correlation(P)) > TSIRELSON + 0.05


# Shapes in units of the width. Turns are added one by one; of the far ones there is an integral.

SHAPE_ANGLES = np.radians([20.0, 45.0, 60.0, 100.0, 150.0])
PERIOD = np.exp(-np.linspace(0, PI, 9))  # widths, over one period of the waves below


def wound_shape(f, theta, gamma, turns=600, points=4001):
    """The sum of f(x / gamma) over x = theta + 2 pi n; beyond `turns`, an integral over ln x."""
    theta = np.asarray(theta, float)[..., None]
    total = f((theta + 2 * PI * np.arange(-turns, turns + 1)) / gamma).sum(axis=-1)
    log = np.linspace(0, 120, points)
    for sign in (1, -1):
        x = ((2 * turns + 1) * PI + sign * theta) * np.exp(log)
        total = total + np.trapezoid(f(sign * x / gamma) * x, log, axis=-1) / (2 * PI)
    return total


def mean_outcome(f, theta, gamma):
    plus, minus = (wound_shape(f, np.asarray(theta) + turn, gamma) for turn in (0, PI))
    return (plus - minus) / (plus + minus)


def core(rng):
    """A factor that is positive, even and 1 far out: a hump or a hole, cliffs, or neither."""
    height, place, size = rng.uniform(-0.9, 3), rng.uniform(0, 3), rng.uniform(0.3, 2)
    return (
        lambda x: 1 + height * np.exp(-np.square((np.minimum(np.abs(x), 30) - place) / size)),
        lambda x: 1 + height * (np.abs(x) < place),
        lambda x: 1 + height / (1 + np.minimum(np.abs(x), 1e9) ** 3),
        np.ones_like,
    )[rng.integers(4)]


def shape_of_index(rng, p):
    """A shape of the class with the tail index -p."""
    inner, size = core(rng), rng.uniform(0.2, 3)
    if rng.random() < 0.5:
        return lambda x: inner(x) * (size**2 + x**2) ** (-p / 2)
    return lambda x: inner(x) * (size + np.abs(x)) ** -p


def wave(c, p=2):
    """A tail that falls like a power on average only; at p = 2 it falls all the same if c < 0.7."""
    return lambda x: (1 + c * np.sin(np.log1p(x * x))) * (1 + x * x) ** (-p / 2)


def stairs(rho):
    """Steps that grow in length by a factor, and go down by its square."""
    return lambda x: rho ** (-2 * np.floor(np.log(np.maximum(np.abs(x), 1)) / np.log(rho)))


def test_both_outcomes_are_one_outcome_at_twice_the_angle_and_the_width(rng):
    for _ in range(40):
        inner, lean, waving = core(rng), rng.uniform(-1, 1), wave(rng.uniform(-1, 1), 3)

        def f(x, inner=inner, lean=lean, waving=waving):
            return inner(x) * (1.1 + lean * np.tanh(x)) * waving(x)

        theta, gamma = rng.uniform(0.1, 3, 6), 10 ** rng.uniform(-2, 0.5)
        both = wound_shape(f, theta, gamma) + wound_shape(f, theta + PI, gamma)
        np.testing.assert_allclose(both, wound_shape(f, 2 * theta, 2 * gamma), rtol=1e-5)


def test_the_doubling_identity_needs_a_shape_in_units_of_the_width():
    def w(theta, gamma):  # its core is as wide as the square of the width
        return wound_shape(lambda x: 1 / (x**2 + gamma**4), theta, 1.0)

    for gamma in (0.8, 1.6):
        assert abs((w(1.0, 0.8) + w(1.0 + PI, 0.8)) / w(2.0, gamma) - 1) > 0.05


def test_weights_of_index_minus_2_tend_to_born_s_rule(rng):
    born = np.cos(SHAPE_ANGLES)
    for _ in range(20):
        f = shape_of_index(rng, 2)
        off = [np.abs(mean_outcome(f, SHAPE_ANGLES, g) - born).max() for g in (1e-2, 1e-4)]
        assert off[1] < 1e-3
        assert off[1] < off[0] / 50
    for k in rng.uniform(-2, 2, 6):  # with a slow factor, as the inverse of a logarithm
        inner = core(rng)

        def f(x, inner=inner, k=k):
            return inner(x) * (3 + np.log1p(np.abs(x))) ** k / (1 + x * x)

        off = [born - mean_outcome(f, SHAPE_ANGLES, 10.0**-d) for d in (20, 40, 80)]
        assert np.abs(off[2]).max() < 0.02
        np.testing.assert_allclose(off[2] / off[1], off[1] / off[0], atol=0.06)


def test_weights_without_the_index_minus_2_stay_away_from_born_s_rule(rng):
    others = [*rng.uniform(1.3, 1.9, 5), *rng.uniform(2.1, 6, 5)]
    shapes = [
        *(shape_of_index(rng, p) for p in others),
        *(wave(c) for c in rng.uniform(0.1, 0.7, 5)),
        *(stairs(rho) for rho in rng.uniform(1.3, 3, 5)),
        lambda x: np.exp(-np.minimum(np.abs(x), 700)) + 1e-320,
    ]
    for f in shapes:
        E = [mean_outcome(f, SHAPE_ANGLES, 1e-5 * g) for g in PERIOD]
        assert np.abs(E - np.cos(SHAPE_ANGLES)).max() > 0.01


def test_index_minus_2_is_enough_for_even_weights_only(rng):
    for right, left in [(2.0, 1.0), *rng.uniform(0.2, 3, (5, 2))]:

        def f(x, right=right, left=left):
            return np.where(x > 0, right, left) / (1 + x * x)

        E = mean_outcome(f, [PI / 3, -PI / 3], 1e-4)
        assert (np.abs(E - 0.5) > 1e-3).any() == (abs(right - left) > 1e-2)
        if (right, left) == (2.0, 1.0):
            np.testing.assert_allclose(E, [0.651186856, 0.283283890], atol=1e-4)


def test_sixty_degrees_do_not_make_the_index(rng):
    E = [
        mean_outcome(stairs(2.0), np.radians([60.0, 45.0]), g) for g in rng.uniform(1e-4, 2e-4, 30)
    ]
    sixty, other = np.transpose(E)
    np.testing.assert_allclose(sixty, 0.5, atol=1e-4)
    assert np.ptp(other) > 0.1


def test_at_sixty_degrees_the_index_is_a_power_of_2(rng):
    for p in rng.uniform(1.5, 6, 25):
        E = mean_outcome(shape_of_index(rng, p), PI / 3, 1e-6)
        assert pytest.approx(1 - 2 ** (1 - p), abs=3e-3) == E
    # Near 1 the limit is approached slowly, as the width to the power p - 1 if the core is odd.
    E = mean_outcome(shape_of_index(rng, 1.3), PI / 3, 1e-20)
    assert pytest.approx(1 - 2**-0.3, abs=1e-5) == E


def test_a_power_of_2_at_sixty_degrees_needs_an_index():
    for p in (2.0, 3.0):
        E = [mean_outcome(wave(0.3, p), PI / 3, 1e-6 * g) for g in PERIOD]
        assert np.ptp(E) > 0.05


def pair_of_shape(f, gamma, N=2**14):
    """E of a pair of equal legs, uniform source, at 16 differences of settings."""
    w = wound_shape(f, np.arange(N) * 2 * PI / N, gamma, 10, 301)
    J = np.fft.irfft(np.fft.rfft(w) ** 2, N)
    unlike, like = J[:: N // 16], np.roll(J, N // 2)[:: N // 16]
    return (like - unlike) / (like + unlike)


def test_pairs_of_weights_of_index_minus_2_tend_to_the_singlet(rng):
    singlet = -np.cos(np.arange(16) * PI / 8)
    for _ in range(6):
        f = shape_of_index(rng, 2)
        off = [np.abs(pair_of_shape(f, g) - singlet).max() for g in (0.1, 0.01)]
        assert off[1] < 0.1
        assert off[1] < 0.3 * off[0] + 1e-4
    # f * f against 2 f times the integral of f, far out.
    x = np.linspace(-4000, 4000, 200_001)
    for _ in range(6):
        f = shape_of_index(rng, 2)
        near = f(x)
        integral = np.trapezoid(near, x) + 2 * 4000 * f(np.array(4000.0))
        ratio = [
            np.trapezoid(near * f(far - x), x) / f(np.array(far)) / integral
            for far in (40.0, 800.0)
        ]
        assert abs(ratio[1] - 2) < 0.05
        assert abs(ratio[1] - 2) < abs(ratio[0] - 2)


def test_from_one_particle_to_the_pair_takes_a_shape_in_units_of_the_width():
    x = np.arange(2**12) * 2 * PI / 2**12
    for epsilon in (0.1, 0.001):
        w = (1 + np.cos(x)) * (epsilon + np.cos(x) ** 4)
        half = np.roll(w, 2**11)
        np.testing.assert_allclose((w - half) / (w + half), np.cos(x), atol=1e-12)
        J = np.fft.irfft(np.fft.rfft(w) ** 2)
        like = np.roll(J, 2**11)
        assert np.abs((like - J) / (like + J) + np.cos(x)).max() > 0.05


def beside_a_cosine(f, gamma):
    """What is left of E when the nearest multiple of the cosine is taken away."""
    theta = np.arange(24) * PI / 12
    E = mean_outcome(f, theta, gamma)
    return np.abs(E - 2 * np.mean(E * np.cos(theta)) * np.cos(theta)).max()


def test_no_other_weight_of_the_class_is_a_cosine_at_every_width(rng):
    widths = (0.3, 1.0, 2.0)
    for size in rng.uniform(0.2, 3, 5):
        assert max(beside_a_cosine(lambda x, s=size: 1 / (s**2 + x**2), g) for g in widths) < 1e-6
    others = [
        *(lambda x, s=s: (s + np.abs(x)) ** -2.0 for s in rng.uniform(0.2, 3, 4)),
        *(lambda x, s=s: 1 / (1 + x**2) + 1 / (s**2 + x**2) for s in rng.uniform(2, 5, 4)),
        *(lambda x, s=s: 1 / (1 + x**2) + s * (np.abs(x) < 1) for s in rng.uniform(0.2, 1, 4)),
        *(shape_of_index(rng, p) for p in rng.uniform(2.2, 5, 4)),
    ]
    for f in others:
        assert max(beside_a_cosine(f, g) for g in widths) > 1e-3


def test_the_lorentzian_alone_needs_more_than_one_width(rng):
    """Sums over windings with a cosine at gamma = 0.5, shared out among the turns."""
    for _ in range(5):
        g, spread = harmonics(rng, [2, 4], 0.9), rng.uniform(10, 40)
        V = 1 / np.cosh(0.5)
        n = 2 * PI * np.arange(-30, 31)

        def shares(x, spread=spread):
            return np.exp(-np.square(np.clip(x, -150, 150)) / spread)

        def W(x, g=g, V=V, shares=shares, n=n):
            inside = (x + PI) % (2 * PI) - PI
            total = sum(shares(inside + turn) for turn in n)
            return (1 + V * np.cos(x)) * (1 + g(x)) * shares(x) / total

        theta = np.radians([10.0, 60.0, 100.0, 200.0])
        plus, minus = (sum(W(theta + turn + more) for more in n) for turn in (0, PI))
        np.testing.assert_allclose((plus - minus) / (plus + minus), V * np.cos(theta), atol=1e-12)
        # At half the width the same shape has another angle for each turn: W(2 x).
        plus, minus = (sum(W(2 * (theta + turn + more)) for more in n) for turn in (0, PI))
        E = (plus - minus) / (plus + minus)
        assert np.ptp(E / np.cos(theta)) > 1e-5


def from_waves(log_chi, theta, gamma):
    """E of one particle from the characteristic function: the Fourier coefficients of w."""
    k = np.arange(1, int(200 / gamma))
    chi = np.exp(log_chi(k * gamma))
    waves = chi * np.cos(np.multiply.outer(theta, k))
    odd, even = waves[..., ::2].sum(axis=-1), waves[..., 1::2].sum(axis=-1)
    return 2 * odd / (1 + 2 * even)


def test_of_laws_that_close_under_doubling_cauchy_s_alone_has_born_s_rule(rng):
    theta = np.radians([20.0, 60.0])
    cauchy = from_waves(lambda t: -t, theta, 1e-3)
    np.testing.assert_allclose(cauchy, np.cos(theta), atol=1e-5)
    for s in (*rng.uniform(0.7, 0.95, 3), *rng.uniform(1.05, 1.95, 3)):
        E = from_waves(lambda t, s=s: -(t**s), theta, 2e-3)
        assert E[1] == pytest.approx(1 - 2**-s, abs=0.01)
        assert np.abs(E - np.cos(theta)).max() > 0.01
    for c in rng.uniform(0.01, 0.02, 3):  # twice the scale, and a wave in the logarithm

        def log_chi(t, c=c):
            return -t * (1 + c * np.cos(2 * PI * np.log2(t)))

        t = np.geomspace(0.01, 5, 50)
        np.testing.assert_allclose(log_chi(2 * t), 2 * log_chi(t), rtol=1e-9)
        x = np.linspace(0, 30, 61)
        fine = np.linspace(1e-6, 40, 16_001)
        f = np.trapezoid(np.exp(log_chi(fine)) * np.cos(np.multiply.outer(x, fine)), fine, axis=-1)
        assert f.min() > 0
        E = [from_waves(log_chi, theta, 1e-3 * 2**-k)[0] for k in np.arange(0, 1, 0.125)]
        assert np.ptp(E) > 1e-3


def test_cauchy_alone_needs_even_weights(rng):
    for centre in rng.uniform(-3, 3, 5):

        def f(x, m=centre):
            return 1 / (1 + (x - m) ** 2)

        x = np.linspace(-5, 5, 11)
        y = np.linspace(-3000, 3000, 600_001)
        joined = [np.trapezoid(f(y) * f(far - y), y) / PI for far in x]
        np.testing.assert_allclose(joined, f(x / 2) / 2, atol=2e-4)  # twice the scale, no shift
        E = mean_outcome(f, SHAPE_ANGLES, 1e-4)
        np.testing.assert_allclose(E, np.cos(SHAPE_ANGLES), atol=1e-3)
        assert abs(f(1.0) - f(-1.0)) > 1e-3


# Chains of pairs.

RESULTS = ("Psi-", "Phi+", "Phi-", "Psi+")
ROUND = 256  # directions in a grid
GRID = 2 * PI * np.arange(ROUND) / ROUND


def tied(end):
    """Where on the grid the other spin ends, for each result, if one of them ends here."""
    return {"Psi-": end + ROUND // 2, "Phi+": end, "Phi-": -end, "Psi+": ROUND // 2 - end}


def crossing(near, far, x, mu=1.0):
    """Weights over the near outcome and where the far spin of a pair ends, all starts added up."""
    start = near(x + HALF_TURNS[:, None] - GRID) * mu
    return start @ far(GRID - GRID[:, None] - PI)


def results(w, a, b, mu=(1.0, 1.0)):
    """J over A and B, for each result of the joint measurement on spins 2 and 3."""
    near = crossing(w[0], w[1], a, mu[0])
    far = crossing(w[3], w[2], b, mu[1])
    ends = tied(np.arange(ROUND))
    return {k: near @ far[:, ends[k] % ROUND].T for k in RESULTS}


def joined(J):
    """E and the two marginals of a table of weights."""
    P = J / J.sum()
    return P[0, 0] + P[1, 1] - P[0, 1] - P[1, 0], P[0].sum(), P[:, 0].sum()


def share(J):
    """Of Psi- and Phi+ among the four results."""
    whole = {k: J[k].sum() for k in RESULTS}
    return (whole["Psi-"] + whole["Phi+"]) / sum(whole.values())


def four_lorentzians(rng, low=-0.6, high=0.1):
    gamma = 10 ** rng.uniform(low, high, 4)
    return [cauchy(g) for g in gamma], gamma.sum()


BELL = {
    "Psi-": np.array([[0, 1], [-1, 0]]) / np.sqrt(2),
    "Phi+": np.array([[1, 0], [0, 1]]) / np.sqrt(2),
    "Phi-": np.array([[1, 0], [0, -1]]) / np.sqrt(2),
    "Psi+": np.array([[0, 1], [1, 0]]) / np.sqrt(2),
}


def along(x):
    return np.cos(x) * Z + np.sin(x) * X


def swapped(given, a, b, V=1.0):
    """The correlation of the ends of a chain of Werner states, from matrices, given the results."""

    def werner_pair():
        psi = BELL["Psi-"].ravel()
        return V * np.outer(psi, psi) + (1 - V) * np.eye(4) / 4

    rho = werner_pair()
    for k in given:
        both = np.kron(rho, werner_pair()).reshape((2,) * 8)
        both = np.einsum("pqrsPQRS,qr,QR->psPS", both, BELL[k], BELL[k])
        rho = both.reshape(4, 4) / np.trace(both.reshape(4, 4))
    return np.trace(rho @ np.kron(along(a), along(b))).real


def test_given_the_joint_result_the_ends_have_quantum_theory_s_correlations_times_sech(rng):
    for _ in range(60):
        w, width = four_lorentzians(rng)
        a, b = rng.uniform(0, 2 * PI, 2)
        for k, J in results(w, a, b).items():
            E, alice, bob = joined(J)
            assert pytest.approx(swapped([k], a, b) / np.cosh(width), abs=1e-11) == E
            assert (alice, bob) == (pytest.approx(0.5), pytest.approx(0.5))


def test_the_correlations_of_the_ends_need_isotropic_sources_and_the_lorentzian(rng):
    missed = []
    for _ in range(30):
        w, width = four_lorentzians(rng, -0.6, -0.3)
        a, b = rng.uniform(0, 2 * PI, 2)
        mu = 1 + 0.8 * np.cos(2 * GRID + rng.uniform(0, 6)), 1.0
        E = joined(results(w, a, b, mu)["Psi-"])[0]
        missed.append(abs(E - swapped(["Psi-"], a, b) / np.cosh(width)))
    assert np.mean(np.array(missed) > 1e-3) > 0.8
    for p in (1.5, 4.0):
        w = [lambda x, p=p: power(x, p, 0.3, 20)] * 4
        E = [joined(results(w, a, 0.0)["Psi-"])[0] for a in (0.0, PI / 3)]
        assert abs(E[1] / E[0] - 0.5) > 0.01


def row(widths, a, b):
    """J over the outcomes at the ends of a chain, all joint results Psi-."""
    near, far = (cauchy(g) for g in widths[:2])
    J = crossing(near, far, a)
    for one, other in zip(widths[2::2], widths[3::2], strict=True):
        J = J[:, tied(np.arange(ROUND))["Psi-"] % ROUND]
        J = J @ cauchy(one)(GRID[:, None] - GRID)  # where the next spin began ...
        J = J @ cauchy(other)(GRID - GRID[:, None] - PI)  # ... and where its partner ends
    # The last spin ends on Bob's axis: of all the ends on the grid, where he stands.
    at = np.round((b + HALF_TURNS) / GRID[1]).astype(int) % ROUND
    return J[:, at]


def test_a_chain_has_one_over_chebyshev_s_polynomial_and_less_than_werner_states(rng):
    for n in (1, 2, 3, 4):
        for gamma in 10 ** rng.uniform(-0.8, 0.0, 8):
            a, b = GRID[rng.integers(ROUND, size=2)]
            E = joined(row([gamma] * (2 * n), a, b))[0]
            V1 = joined(row([gamma] * 2, 0.0, 0.0))[0] * -1
            V = 1 / np.polynomial.chebyshev.chebval(1 / V1, [0.0] * n + [1.0])
            assert pytest.approx(-V * np.cos(a - b), abs=1e-11) == E
            assert pytest.approx(1 / np.cosh(2 * n * gamma), rel=1e-9) == V
            quantum = swapped(["Psi-"] * (n - 1), a, b, V1)
            assert pytest.approx(-(V1**n) * np.cos(a - b), abs=1e-11) == quantum
            assert V1**n > V or n == 1


def test_chebyshev_s_polynomial_needs_equal_widths(rng):
    for _ in range(10):
        one, other = 10 ** rng.uniform(-0.6, -0.2), 10 ** rng.uniform(-0.2, 0.0) + 0.2
        V1 = -joined(row([one] * 2, 0.0, 0.0))[0]
        V2 = -joined(row([one, one, other, other], 0.0, 0.0))[0]
        assert abs(V2 - V1**2 / (2 - V1**2)) > 1e-2
        assert pytest.approx(1 / np.cosh(2 * one + 2 * other)) == V2


def any_leg(rng):
    """A weight of a leg, mostly lopsided, that is smooth all round the circle."""
    peak, wave = cauchy(10 ** rng.uniform(-0.5, 0.5)), harmonics(rng, range(1, 6), 0.95)
    return lambda x: peak(x) * (1 + wave(x))


def halves(rng):
    """A source that a half turn keeps, on the grid."""
    half = rng.uniform(0, 1, ROUND // 2) ** 3
    return np.concatenate([half, half])


def wings(rng, w, mu):
    """P(A, B) for three things that Victor can do."""
    a, b = GRID[rng.integers(ROUND, size=2)]
    near, far = crossing(w[0], w[1], a, mu[0]), crossing(w[3], w[2], b, mu[1])
    joint = sum(results(w, a, b, mu).values())
    m = rng.integers(ROUND, size=2)
    ends = (m[:, None] + [0, ROUND // 2]) % ROUND
    magnets = np.outer(near[:, ends[0]].sum(axis=1), far[:, ends[1]].sum(axis=1))
    nothing = np.outer(near.sum(axis=1), far.sum(axis=1))
    return np.array([J / J.sum() for J in (joint, magnets, nothing)])


def test_whatever_victor_does_each_pair_of_outcomes_has_a_quarter(rng):
    for _ in range(60):
        w = [any_leg(rng) for _ in range(4)]
        P = wings(rng, w, (halves(rng), halves(rng)))
        np.testing.assert_allclose(P, 0.25, atol=1e-12)


def test_a_quarter_each_needs_sources_that_a_half_turn_keeps(rng):
    shows = []
    for _ in range(40):
        w, _ = four_lorentzians(rng, -1.0, -0.6)
        joint, _, nothing = wings(rng, w, (np.exp(4 * np.cos(GRID)), 1.0))
        shows.append(np.abs(joint - nothing).max())
    assert np.mean(np.array(shows) > 1e-3) > 0.7


def test_alice_s_setting_shows_in_victor_s_counts_by_this_much(rng):
    for _ in range(6):
        w, width = four_lorentzians(rng, -1.0, -0.4)
        b = rng.uniform(0, 2 * PI)
        found = []
        for a in np.linspace(0, PI, 61):
            J = results(w, a, b)
            s = [1 / (np.cosh(2 * width) - np.cos(2 * x)) for x in (a - b, a + b)]
            found.append(share(J))
            assert found[-1] == pytest.approx(s[0] / sum(s), abs=1e-11)
            assert J["Psi-"].sum() == pytest.approx(J["Phi+"].sum())
        largest = abs(np.sin(2 * b)) / np.sqrt(np.cosh(2 * width) ** 2 - np.cos(2 * b) ** 2)
        assert np.ptp(found) == pytest.approx(largest, rel=1e-2, abs=1e-11)
        assert largest <= 1 / np.cosh(2 * width) + 1e-15


def test_no_weights_of_the_results_silence_alice(rng):
    for _ in range(30):
        w, width = four_lorentzians(rng, -1.0, -0.4)
        b = rng.uniform(0.1, 1.4)
        q = dict(zip(RESULTS, rng.uniform(0.01, 10, 4), strict=True))
        odds = []
        for a in (0.5, -0.5):
            J = {k: q[k] * table.sum() for k, table in results(w, a, b).items()}
            odds.append((J["Psi-"] + J["Phi+"]) / (J["Phi-"] + J["Psi+"]))
        change = (np.cosh(2 * width) - np.cos(2 * (0.5 + b))) / (
            np.cosh(2 * width) - np.cos(2 * (0.5 - b))
        )
        assert odds[0] / odds[1] == pytest.approx(change**2)
        assert change > 1.001


def test_a_signal_to_victor_needs_results_that_no_half_turn_exchanges(rng):
    for _ in range(20):
        w = [any_leg(rng) for _ in range(4)]
        J = results(w, *rng.uniform(0, 2 * PI, 2), mu=(halves(rng), halves(rng)))
        assert J["Psi-"].sum() == pytest.approx(J["Phi+"].sum())
        flat = [lambda x: 1 + np.cos(x) ** 3 / 2] * 4
        assert share(results(flat, *rng.uniform(0, 2 * PI, 2))) == pytest.approx(0.5)


def turn_weight(rng, quiet):
    """A leg's weight on the grid: its sum over half turns is constant, or not."""
    half = rng.uniform(-1, 1, ROUND // 2)
    kind = rng.integers(3)
    if kind == 1:
        half = np.sign(half)
    if kind == 2:
        half = np.sign(np.cos(GRID[: ROUND // 2] + rng.uniform(0, 6)))
    w = (1 + np.concatenate([half, -half])) / ROUND
    return w if quiet else w * (1 + rng.uniform(0.2, 0.9) * np.cos(2 * GRID + rng.uniform(0, 6)))


def any_turn(rng):
    return rng.dirichlet(np.full(ROUND, 10 ** rng.uniform(-2, 1)))


def one_after_other(*turns):
    """The law of the sum of turns on the grid, by adding up all their combinations."""
    law = np.eye(ROUND)[0]
    shift = (np.arange(ROUND)[:, None] - np.arange(ROUND)) % ROUND
    for turn in turns:
        law = turn[shift] @ law
    return law


def backwards(turn):
    return np.roll(turn[::-1], 1)


def nets(legs):
    """Laws of the net rotation for Psi- and Phi+, and for Phi- and Psi+, from four legs."""
    one, two, three, four = legs
    near = one_after_other(one, backwards(two))
    far = one_after_other(three, backwards(four))
    return one_after_other(near, far), one_after_other(near, backwards(far))


def halfway(G):
    return np.roll(G, -ROUND // 2)


def heard(G, H, q=1.0):
    """How far Victor's share moves with Alice's setting, at the most, over Bob's settings.

    Results of the first kind have q times the weight of the others.
    """
    at = np.arange(ROUND)
    g, h = q * (G + halfway(G)), H + halfway(H)
    difference, total = (at[:, None] - at) % ROUND, (at[:, None] + at) % ROUND
    P = g[difference] / (g[difference] + h[total])
    return np.ptp(P, axis=0).max()


def at_the_ends(G):
    """E against the difference of the settings, if Victor has Psi-."""
    return (halfway(G) - G) / (halfway(G) + G)


def largest_chsh(E, rng):
    """Over random settings on the grid and those of equation 15."""
    a, b = rng.integers(ROUND, size=(2, 4000, 2))
    a[0], b[0] = (0, ROUND // 4), (ROUND // 8, -ROUND // 8)
    return chsh(E[(a[:, :, None] - b[:, None, :]) % ROUND]).max()


def like_pairs(rng, one, two):
    """Legs of two pairs with the same net weight: mirror images or the same in order."""
    return (one, two, two, one) if rng.random() < 0.5 else (one, two, one, two)


def test_like_pairs_are_deaf_if_and_only_if_their_sum_is_constant(rng):
    for _ in range(40):
        for quiet in (True, False):
            one, two = turn_weight(rng, quiet), any_turn(rng)
            if not quiet:
                two = turn_weight(rng, False)
            p = one_after_other(one, backwards(two))
            spread = np.ptp(p + halfway(p)) * ROUND
            moved = heard(*nets(like_pairs(rng, one, two)), q=10 ** rng.uniform(-1, 1))
            assert (moved < 1e-10) == (spread < 1e-10) == quiet


def test_deaf_like_pairs_keep_to_2_and_four_like_legs_to_less(rng):
    box = (1 + np.sign(np.cos(GRID + GRID[1] / 2))) / ROUND
    most = []
    for n in range(60):
        one = box if n == 0 else turn_weight(rng, True)
        two = np.eye(ROUND)[0] if n == 0 else any_turn(rng)
        for G in nets(like_pairs(rng, one, two)):
            most.append(largest_chsh(at_the_ends(G), rng))
        E = np.abs(at_the_ends(nets([one] * 4)[0])).max()
        assert E <= (2 / PI) ** 2 + 1e-4
        assert n or pytest.approx(1 / 3, abs=1e-3) == E
    assert max(most) <= 2 + 1e-12
    assert most[0] > 2 - 1e-9


def test_quiet_and_weak_needs_pairs_that_are_alike(rng):
    rigid = np.eye(ROUND)[0]
    turning = (1 + np.cos(GRID)) / ROUND
    for place in range(4):
        legs = [rigid] * 4
        legs[place] = turning
        G, H = nets(legs)
        assert heard(G, H) < 1e-12
        np.testing.assert_allclose(at_the_ends(G), -np.cos(GRID), atol=1e-12)
        assert largest_chsh(at_the_ends(G), rng) == pytest.approx(TSIRELSON)
    leg = cauchy(0.15)(GRID)
    G, H = nets([leg / leg.sum()] * 4)
    assert largest_chsh(at_the_ends(G), rng) > 2.3
    assert heard(G, H) > 0.5


def soft_chain(widths, given, a, b, weigh):
    """J at the ends if results weigh by the angle between two directions, not by an exact tie."""
    signs = {"Psi-": (-1, -1), "Phi+": (1, -1), "Phi-": (1, 1), "Psi+": (-1, 1)}
    legs = [cauchy(g) for g in widths]
    J = crossing(legs[0], legs[1], a)
    for i, k in enumerate(given, 1):
        sign, sense = signs[k]
        J = J @ weigh(sign * np.cos(GRID + sense * GRID[:, None]))
        start = legs[2 * i](GRID[:, None] - GRID)
        J = J @ start @ legs[2 * i + 1](GRID - GRID[:, None] - PI)
    at = np.round((b + HALF_TURNS) / GRID[1]).astype(int) % ROUND
    return J[:, at]


def test_born_s_rule_at_the_joints_is_quiet_and_halves_each_further_pair(rng):
    for n in (2, 3):
        for _ in range(6):
            widths = 10 ** rng.uniform(-0.6, -0.2, 2 * n)
            a, b = GRID[rng.integers(ROUND, size=2)]
            J = {
                k: soft_chain(widths, k, a, b, lambda c: 1 + c)
                for k in product(RESULTS, repeat=n - 1)
            }
            whole = sum(table.sum() for table in J.values())
            V = 2.0 ** (2 - n) * np.exp(-widths.sum())
            for k, table in J.items():
                assert table.sum() / whole == pytest.approx(0.25 ** (n - 1))
                expected = V * swapped(k, a, b)
                assert joined(table)[0] == pytest.approx(expected, abs=1e-11)


def test_a_quiet_tie_has_no_even_wave(rng):
    for weigh in (lambda c: (1 + c) ** 2, lambda c: np.exp(2 * c)):
        widths = 10 ** rng.uniform(-1.0, -0.6, 4)
        shares = [
            share({k: soft_chain(widths, [k], a, GRID[32], weigh) for k in RESULTS})
            for a in (GRID[32], GRID[-32])
        ]
        assert shares[0] - shares[1] > 0.01


# Many spins. Weights of all outcomes are added up over directions on a grid, one spin an axis.


def shifts(settings, steps):
    """Turns from all directions to both outcomes, for each spin: (spin, outcome, direction)."""
    lam = 2 * PI * np.arange(steps) / steps
    return np.add.outer(np.add.outer(settings, HALF_TURNS), -lam)


def spins(mu, weights, settings):
    """The law of spins with these weights; mu has the masses of directions, an axis for each."""
    legs_ = [w(x) for w, x in zip(weights, shifts(settings, len(mu)), strict=True)]
    J = mu
    for leg in legs_:
        J = np.tensordot(J, leg, (0, 1))
    return J / J.sum()


def fixed_sum(k, steps, total=0):
    """Masses 1 where the sum of k times the directions is `total`, in steps."""
    sums = sum(c * j for c, j in zip(k, np.indices((steps,) * len(k)), strict=True))
    return ((sums - total) % steps == 0) * 1.0


def mean_product(P):
    """The mean product of all outcomes, and of the first ones if others are summed over."""
    while np.ndim(P):
        P = P[0] - P[1]
    return P


def uneven(P):
    """How far outcomes of fewer spins are from uniform."""
    return max(np.abs(P.sum(axis=i) - 2.0 ** (1 - P.ndim)).max() for i in range(P.ndim))


STEPS = {2: 128, 3: 64, 4: 28}


def any_spins(rng):
    """A number of spins, settings, and widths that its grid resolves."""
    n = int(rng.integers(2, 5))
    return n, rng.uniform(0, 2 * PI, n), rng.uniform(28, 60, n) / STEPS[n]


def test_many_spins_have_this_law(rng):
    for _ in range(40):
        n, phi, gamma = any_spins(rng)
        P = spins(fixed_sum([1] * n, STEPS[n]), [cauchy(g) for g in gamma], phi)
        E = np.cos(phi.sum()) / np.cosh(gamma.sum())
        parity = np.indices(P.shape).sum(axis=0) % 2
        np.testing.assert_allclose(P, (1 + (-1.0) ** parity * E) / 2**n, atol=1e-10)


def test_the_law_of_many_spins_needs_the_ghz_source_and_the_lorentzian(rng):
    phi, gamma = np.array([0.3, 0.4, 0.5]), 0.5
    law = np.cos(phi.sum()) / np.cosh(3 * gamma)
    mu = fixed_sum([1] * 3, 64)
    lean = np.exp(np.cos(2 * PI * np.arange(64) / 64))
    assert abs(mean_product(spins(mu * lean, [cauchy(gamma)] * 3, phi)) - law) > 1e-2
    ratios = []
    for angle in (0.0, PI / 3):
        P = spins(mu, [lambda x: power(x, 4, gamma)] * 3, np.array([angle, 0.0, 0.0]))
        ratios.append(mean_product(P))
    assert abs(ratios[1] / ratios[0] - 0.5) > 1e-2


def cauchy_density(x, gamma):
    return gamma / PI / (x**2 + gamma**2)


def test_given_the_net_turn_one_spin_carries_it(rng):
    for _ in range(5):
        T, gamma = rng.uniform(0.5, 3), rng.uniform(0.2, 0.8, 3)
        whole = gamma.sum()
        # Mean and variance of the first: the others are convolved on a long line.
        h = 0.02
        x = h * np.arange(-100_000, 100_001)
        others = fftconvolve(*(cauchy_density(x, g) for g in gamma[1:]), mode="same") * h
        density = cauchy_density(T - x, gamma[0]) * others
        density /= density.sum()
        mean = ((T - x) * density).sum()
        variance = ((T - x - mean) ** 2 * density).sum()
        t = gamma[0] / whole
        assert mean == pytest.approx(t * T, rel=1e-2)
        assert variance == pytest.approx(t * (1 - t) * (T**2 + whole**2), rel=2e-2)
        # Two far turns, by weighing random ones.
        turns = gamma[:2] * rng.standard_cauchy((400_000, 2))
        weight = cauchy_density(T - turns.sum(axis=1), gamma[2])
        for eps in T * np.array([0.1, 0.3]):
            both = np.average((np.abs(turns) > eps).all(axis=1), weights=weight)
            bound = 2 * gamma[0] * gamma[1] * (T**2 + whole**2) / (PI * eps**3 * whole)
            assert both <= bound * 1.01
        # Narrow widths in the same ratios: who carries it.
        nodes, parts = np.polynomial.legendre.leggauss(200)
        narrow, alone = 1e-4 * gamma, []
        for i in range(3):
            (x1, p1), (x2, p2) = (
                (g * np.tan(edge * nodes), edge * parts / PI)
                for g in np.delete(narrow, i)
                for edge in [np.arctan(0.05 / g)]
            )
            alone.append(p1 @ cauchy_density(T - np.add.outer(x1, x2), narrow[i]) @ p2)
        np.testing.assert_allclose(alone / np.sum(alone), gamma / whole, rtol=1e-2)
        assert np.sum(alone) / cauchy_density(T, narrow.sum()) > 0.99


def test_carrying_the_turn_alone_needs_heavy_tails(rng):
    for sigma in (0.1, 1e-3):
        turns = sigma * rng.standard_normal((10_000, 3))
        turns += (1.0 - turns.sum(axis=1, keepdims=True)) / 3  # given that they add up to 1
        assert np.mean((turns > 0.05).all(axis=1)) > 0.95


def mermin(n):
    delta = 0.0 if n % 2 else PI / 4
    return delta, np.cos(delta + np.indices((2,) * n).sum(axis=0) * PI / 2)


def weighed(terms, answers):
    """The sum of mean products: answers (n, 2) of each of many lists, or means between."""
    found = np.broadcast_to(terms, (len(answers), *terms.shape))
    for i in range(answers.shape[1]):
        found = np.einsum("ks...,ks->k...", found, answers[:, i])
    return found


def test_answers_on_slips_keep_to_mermin_s_bound(rng):
    for n in range(2, 7):
        _, terms = mermin(n)
        chances = rng.uniform(-1, 1, (2000, n, 2))
        local = weighed(terms, chances)
        assert np.abs(local).max() <= 2 ** ((n - 1) / 2) + 1e-12
        mixed = rng.dirichlet(np.full(20, 0.2), 50) @ local[:1000].reshape(20, 50)
        assert np.abs(mixed).max() <= 2 ** ((n - 1) / 2) + 1e-12
        assert np.abs(weighed(terms, np.sign(chances))).max() == pytest.approx(2 ** ((n - 1) / 2))


def test_no_settings_take_many_spins_past_their_value(rng):
    for n in range(2, 7):
        delta, terms = mermin(n)
        phi = rng.uniform(0, 2 * PI, (500, n, 2))
        phi[0, :, 0] = -delta / n
        phi[0, :, 1] = -delta / n - PI / 2
        total = np.zeros((500,) + (2,) * n)
        for i in range(n):
            total = total + phi[:, i].reshape(500, *[2 if j == i else 1 for j in range(n)])
        found = np.abs((terms * np.cos(total)).reshape(500, -1).sum(axis=1))
        assert found[0] == pytest.approx(2 ** (n - 1))
        assert found.max() <= 2 ** (n - 1) + 1e-9


def test_mermin_s_bound_needs_one_distribution():
    for n in range(2, 7):
        _, terms = mermin(n)  # answers that know the row have the sign of its coefficient
        assert np.abs(terms).sum() > 2 ** ((n - 1) / 2) + 0.1


def test_answers_to_all_settings_keep_to_a_power_of_two_over_pi(rng):
    phi = 2 * PI * np.arange(720) / 720
    fine = 1 + (PI / 720) ** 2
    for n in (2, 3, 4):
        means = []
        for _ in range(500):
            answers = [
                np.sign(np.cos(phi - rng.uniform(0, 7)) + rng.choice([0.0, 0.3]))
                if rng.random() < 0.7
                else np.clip(harmonics(rng, (1, 2, 3, 5), 2)(phi), -1, 1)
                for _ in range(n)
            ]
            product_ = np.prod([np.mean(a * np.exp(1j * phi)) for a in answers])
            means.append(product_.real)
        assert np.abs(means).max() <= (2 / PI) ** n * fine
        # The law of many spins has half its visibility there.
        few = np.stack(np.meshgrid(*[phi[::60]] * n, indexing="ij"), axis=-1).sum(axis=-1)
        assert np.mean(np.cos(few) ** 2) == pytest.approx(0.5, abs=1e-12)


def test_a_local_model_has_the_law_of_many_spins_from_its_width_on(rng):
    for n in (2, 3):
        for _ in range(5):
            phi = rng.uniform(0, 2 * PI, n)
            shape = (400_000, n)
            lam = rng.uniform(0, 2 * PI, shape)
            lam[:, -1] = -lam[:, :-1].sum(axis=1)
            signs = np.sign(np.cos(phi - lam))
            signs[:, -1] = np.where(
                rng.random(shape[0]) < (1 + np.cos(phi - lam)[:, -1]) / 2, 1, -1
            )
            E = (2 / PI) ** (n - 1) * np.cos(phi.sum())
            assert signs.prod(axis=1).mean() == pytest.approx(E, abs=4.5 / np.sqrt(shape[0]))
            for i in range(n):
                fewer = np.delete(signs, i, axis=1).prod(axis=1).mean()
                assert fewer == pytest.approx(0, abs=4.5 / np.sqrt(shape[0]))


def test_near_the_border_neither_bound_decides():
    n = np.arange(2, 60)
    nonlocal_, local = (np.arccosh(1 / V) / n for V in (2 * (2 / PI) ** n, (2 / PI) ** (n - 1)))
    assert (local > nonlocal_).all()
    limit = np.log(PI / 2)
    np.testing.assert_allclose([nonlocal_[-1], local[-1]], limit, atol=6e-3)
    assert (nonlocal_[:20] < limit).all()
    assert (local > limit).all()


def test_groupings_keep_to_svetlichny_s_bound(rng):
    for n in (2, 3, 4, 5):
        terms = np.sqrt(2) * np.cos(PI / 4 + np.indices((2,) * n).sum(axis=0) * PI / 2)
        settings = -(PI / 4 / n) - np.array([0, PI / 2])  # the model's best ones
        total = sum(np.meshgrid(*[settings] * n, indexing="ij"))
        assert (terms * np.cos(total)).sum() == pytest.approx(2 ** (n - 1) * np.sqrt(2))
        for _ in range(300):
            size = int(rng.integers(1, n))
            order = rng.permutation(n)
            first = rng.choice([-1, 1], 2**size)  # of a group the product, for all its settings
            rest = np.transpose(terms, order).reshape(2**size, -1)
            best = np.abs(first @ rest).sum()  # the other group's best answers
            assert best <= 2 ** (n - 1) + 1e-9
    # A local model of the cosine for two, from answers to eight directions and their opposites.
    answers = np.array(list(product((1, -1), repeat=8)))
    answers = np.hstack([answers, -answers])
    spectra = np.fft.rfft(answers, axis=1)
    seen = (spectra[:128:8, None] * spectra[None, ::3]).reshape(-1, 9)
    E = np.fft.irfft(seen.real, axis=1)[:, :8] / 16
    E = np.unique(E.round(12), axis=0)
    target = np.append(np.cos(PI * np.arange(8) / 8) / np.sqrt(2) * (1 - 1e-9), 1.0)
    _, left = nnls(np.vstack([E.T, np.ones(len(E))]), target, maxiter=20_000)
    assert left < 1e-6


def test_svetlichny_s_bound_needs_two_groups():
    for n in (2, 3, 4):
        terms = np.sqrt(2) * np.cos(PI / 4 + np.indices((2,) * n).sum(axis=0) * PI / 2)
        assert np.abs(terms).sum() == pytest.approx(2**n)


def flipped_alike(mu, flips):
    """The sum of what flips of spins make of masses on a grid."""
    half = mu.shape[0] // 2
    return sum(np.roll(mu, [half * f for f in flip], range(mu.ndim)) for flip in flips)


def any_many_weight(rng, n):
    """A weight of all turns that is no product."""
    waves = [(rng.uniform(0.2, 0.6), rng.integers(-2, 3, n), rng.uniform(0, 7)) for _ in range(8)]
    return lambda turns: np.exp(
        sum(
            c * np.cos(sum(k * t for k, t in zip(ks, turns, strict=True)) + f) for c, ks, f in waves
        )
    )


def law_of_turns(mu, F, settings):
    """The law where the weight is a function of all turns together."""
    n, steps = mu.ndim, mu.shape[0]
    turns = shifts(settings, steps)
    J = np.empty((2,) * n)
    for A in product((0, 1), repeat=n):
        grid = np.meshgrid(*[turns[i, a] for i, a in enumerate(A)], indexing="ij")
        J[A] = (mu * F(grid)).sum()
    return J / J.sum()


def test_a_source_that_any_two_flips_keep_is_silent(rng):
    for n, steps in [(2, 32), (3, 16), (4, 8)]:
        even = [f for f in product((0, 1), repeat=n) if sum(f) % 2 == 0]
        for _ in range(20):
            mu = flipped_alike(rng.dirichlet(np.full(steps**n, 0.02)).reshape((steps,) * n), even)
            F = any_many_weight(rng, n)
            P = law_of_turns(mu, F, rng.uniform(0, 7, n))
            assert uneven(P) < 1e-13
            parity = np.indices(P.shape).sum(axis=0) % 2
            assert all(np.ptp(P[parity == k]) < 1e-13 for k in (0, 1))


def test_silence_of_three_needs_flips_of_two(rng):
    changes = []
    for _ in range(20):
        mu = flipped_alike(
            rng.dirichlet(np.full(16**3, 0.02)).reshape(16, 16, 16), [(0,) * 3, (1,) * 3]
        )
        F, phi = any_many_weight(rng, 3), rng.uniform(0, 7, 3)
        first, moved = (law_of_turns(mu, F, [*phi[:2], c]) for c in (phi[2], phi[2] + 1))
        np.testing.assert_allclose(first.sum(axis=(1, 2)), 0.5, atol=1e-13)
        changes.append(np.abs(first.sum(axis=2) - moved.sum(axis=2)).max())
    assert np.mean(np.array(changes) > 1e-3) > 0.5
    assert min(changes) > 1e-6


def common(settings, widths, steps=100_000):
    lam = 2 * PI * np.arange(steps) / steps
    one, two, three = (
        np.stack([cauchy(g)(phi + PI * A - lam) for A in (0, 1)])
        for phi, g in zip(settings, widths, strict=True)
    )
    J = np.einsum("ai,bi,ci->abc", one, two, three, optimize=True)
    return J / J.sum()


def third_man(a, b, c):
    s = np.sin([a - b, c - a, c - b]) ** 2
    cosines = np.cos(a - b), np.cos(c - a) * np.cos(c - b)
    return (cosines[0] * (s[1] + s[2]) + cosines[1] * s[0]) / s.sum()


def apart(rng):
    while True:
        phi = rng.uniform(0, 2 * PI, 3)
        if np.abs(np.sin(np.subtract.outer(phi, phi)))[np.triu_indices(3, 1)].min() > 0.2:
            return phi


def test_the_third_man_steers_as_the_closed_form_says(rng):
    for _ in range(40):
        phi = apart(rng)
        P = common(phi, [1e-3] * 3)
        for axes_ in [(1, 2), (0, 2), (0, 1)]:
            assert P.sum(axis=axes_)[0] == pytest.approx(0.5, abs=1e-12)
        assert mean_product(P.sum(axis=2)) == pytest.approx(third_man(*phi), abs=0.03)
        finer = mean_product(common(phi, [2.5e-4] * 3, 400_000).sum(axis=2))
        assert finer == pytest.approx(third_man(*phi), abs=0.008)


def test_the_third_man_s_formula_needs_equal_widths(rng):
    phi = np.array([0.0, PI / 3, PI / 2])
    P = common(phi, [3e-4, 3e-4, 9e-4])
    assert abs(mean_product(P.sum(axis=2)) - third_man(*phi)) > 0.05


def test_sums_with_odd_coefficients_are_silent_and_have_this_correlation(rng):
    for _ in range(10):
        k = rng.choice([-3, -1, 1, 3], 3)
        phi, gamma = rng.uniform(0, 7, 3), rng.uniform(0.6, 0.9, 3)
        P = spins(fixed_sum(k, 120), [cauchy(g) for g in gamma], phi)
        assert uneven(P) < 1e-10
        E = np.cos(k @ phi) / np.cosh(np.abs(k) @ gamma)
        assert mean_product(P) == pytest.approx(E, abs=1e-9)


def test_silent_sums_need_odd_coefficients(rng):
    for _ in range(10):
        phi, gamma = rng.uniform(0, 7, 3), rng.uniform(0.4, 0.7, 3)
        P = spins(fixed_sum([1, 1, 2], 72), [cauchy(g) for g in gamma], phi)
        k = np.array([1, 1, 2])
        E = np.cos(k @ phi) / np.cosh(k @ gamma)
        assert mean_product(P.sum(axis=2)) == pytest.approx(E, abs=1e-9)
        assert mean_product(P) == pytest.approx(0, abs=1e-9)


def test_two_pairs_with_a_shared_bit_have_the_cluster_s_law(rng):
    steps = 32
    both = sum(
        np.multiply.outer(fixed_sum([1, 1], steps, c), fixed_sum([1, 1], steps, c))
        for c in (0, steps // 2)
    )
    for _ in range(5):
        phi, gamma = rng.uniform(0, 7, 4), rng.uniform(0.8, 1.2, 4)
        P = spins(both, [cauchy(g) for g in gamma], phi)
        E = np.prod(
            np.cos(phi.reshape(2, 2).sum(axis=1)) / np.cosh(gamma.reshape(2, 2).sum(axis=1))
        )
        assert mean_product(P) == pytest.approx(E, abs=1e-9)
        assert uneven(P) < 1e-9


def on_spheres(rng, n, flips):
    """The law of spins with random axes; directions are unit vectors, with flips of some."""
    sites = rng.standard_normal((12, n, 3))
    sites /= np.linalg.norm(sites, axis=-1, keepdims=True)
    mass = rng.dirichlet(np.full(12, 0.5))
    axes_ = rng.standard_normal((n, 3))
    axes_ /= np.linalg.norm(axes_, axis=-1, keepdims=True)
    wave = harmonics(rng, range(1, 5), 2.5)
    J = np.zeros((2,) * n)
    for flip in flips:
        u = sites * (1 - 2 * np.array(flip))[:, None]
        cosine = np.clip((u * axes_).sum(axis=-1), -1, 1)
        w = np.exp([wave(np.arccos(s * cosine)) for s in (1, -1)])  # outcome, site, spin
        for A in product((0, 1), repeat=n):
            J[A] += mass @ np.prod([w[a, :, i] for i, a in enumerate(A)], axis=0)
    return J / J.sum()


def test_on_the_sphere_two_flips_leave_two_spins_uncorrelated(rng):
    for n in (3, 4):
        even = [f for f in product((0, 1), repeat=n) if sum(f) % 2 == 0]
        for _ in range(30):
            assert uneven(on_spheres(rng, n, even)) < 1e-13


def test_ghz_along_its_axis_and_w_in_the_plane_have_two_spins_correlated(rng):
    ghz, w = np.zeros(8), np.zeros(8)
    ghz[[0, 7]], w[[1, 2, 4]] = 1 / np.sqrt(2), 1 / np.sqrt(3)

    def two(state, first, second):
        return np.vdot(state, np.kron(np.kron(first, second), np.eye(2)) @ state).real

    assert two(ghz, Z, Z) == pytest.approx(1)
    for a, b in rng.uniform(0, 7, (20, 2)):
        found = two(w, *(np.cos(x) * X + np.sin(x) * Y for x in (a, b)))
        assert found == pytest.approx(2 / 3 * np.cos(a - b))


def test_uncorrelated_twos_need_a_third_spin(rng):
    correlated = [mean_product(on_spheres(rng, 2, [(0, 0), (1, 1)])) for _ in range(30)]
    assert np.mean(np.abs(correlated) > 1e-3) > 0.9


def any_table(rng, n):
    """Coefficients of p in 1, cos and sin of each setting: those of a random mixed state."""
    M = rng.standard_normal((2**n, 2**n)) + 1j * rng.standard_normal((2**n, 2**n))
    rho = M @ M.conj().T
    rho /= np.trace(rho).real
    found = np.empty((3,) * n)
    for which in product(range(3), repeat=n):
        operator = np.eye(1)
        for k in which:
            operator = np.kron(operator, (np.eye(2), Z, X)[k])
        found[which] = np.trace(rho @ operator).real / 2**n
    return found


def probability(table, settings):
    """p at these settings, an axis of angles for each spin."""
    found = table
    for x in settings:
        found = np.tensordot(found, np.stack([np.ones_like(x), np.cos(x), np.sin(x)]), (0, 0))
    return found


def test_a_source_that_is_the_table_has_the_table_smoothed(rng):
    for n, steps in [(2, 48), (3, 32)]:
        for _ in range(10):
            table, phi = any_table(rng, n), rng.uniform(0, 7, n)
            mu = probability(table, [2 * PI * np.arange(steps) / steps] * n)
            assert mu.min() > -1e-12
            gamma = rng.uniform(0.9, 1.5, n)
            P = spins(mu, [cauchy(g) for g in gamma], phi)
            damp = np.ones(())
            for g in gamma:
                damp = np.multiply.outer(damp, [1, np.exp(-g), np.exp(-g)])
            ends = [phi[i] + HALF_TURNS for i in range(n)]
            np.testing.assert_allclose(P, probability(table * damp, ends), atol=1e-9)
            # Silent for any weights: the others do not see this one's setting.
            weights = [any_weight(rng, 4) for _ in range(n)]
            first, moved = (spins(mu, weights, [*phi[:-1], c]) for c in (phi[-1], phi[-1] + 1))
            np.testing.assert_allclose(first.sum(axis=-1), moved.sum(axis=-1), atol=1e-3)


def test_silence_by_the_table_needs_a_silent_table(rng):
    lam = 2 * PI * np.arange(64) / 64
    mu = (1 + 0.5 * np.multiply.outer(np.cos(lam), np.cos(2 * lam))) / 4
    first, moved = (spins(mu, [cauchy(0.5)] * 2, [0.3, b]) for b in (0.2, 1.2))
    assert np.abs(first.sum(axis=1) - moved.sum(axis=1)).max() > 1e-2
