"""The general pair: theorems and numbers on signaling, against quadrature and closed forms."""

from functools import cache, partial

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate, stats

from retrolib import (
    PairModel,
    Wrapped,
    chsh,
    exponential,
    gaussian,
    lorentzian,
    pair,
    pair_model,
    power_law,
    preparations,
    signaling,
    skewed_lorentzian,
    wrap,
    wrapped_lorentzian,
)
from tests.oracle import relative_error
from tests.test_one_particle import kolmogorov

RNG = np.random.default_rng(2015)
A, B = RNG.uniform(-7.0, 7.0, (2, 400))
DIRECTIONS = np.linspace(0.0, 2 * np.pi, 5001)[:-1]


def width(gamma):
    """Return eq. 1 with a width, as a reader would write it."""
    return lambda alpha: lorentzian(alpha, gamma)


def closed(gamma):
    """Return eq. 1 with a width and its sum over windings in closed form."""
    return Wrapped(lambda theta: wrapped_lorentzian(theta, gamma))


def summed(weight):
    """Return the sum over windings of a weight that is given in either way."""
    return getattr(weight, "wrapped", partial(wrap, weight))


def skewed(gamma, skew):
    return lambda alpha: skewed_lorentzian(alpha, gamma, skew)


def sech(x):
    return 1 / np.cosh(x)


def brute_joint(weight1, weight2, mu, a, b):
    """Return P(A, B) by the rule of Gauss and Legendre, between the peaks of the integrand."""
    ends = np.pi * np.arange(2)[:, None]
    peaks = np.sort(np.mod([a, a + np.pi, b, b + np.pi], 2 * np.pi))
    edges = np.concatenate([peaks, peaks[:1] + 2 * np.pi])
    nodes, shares = np.polynomial.legendre.leggauss(150)
    half = np.diff(edges)[:, None] / 2
    lam = (edges[:-1, None] + half * (1 + nodes)).ravel()
    mass = (half * shares).ravel() * mu(lam)
    legs = wrap(weight1, a + ends - lam), wrap(weight2, b + ends - lam - np.pi)
    J = (legs[0] * mass) @ legs[1].T
    return J / J.sum()


# The paper's model as a special case.


@pytest.mark.parametrize("gamma", [1e-3, 0.01, 0.1, 0.5, 3.0, 20.0])
def test_even_lorentzians_and_all_directions_give_the_closed_forms(gamma):
    model = PairModel(closed(gamma))
    exact = pair.joint_probabilities(A, B, gamma)
    np.testing.assert_allclose(model.joint(A, B), exact, rtol=1e-11)
    np.testing.assert_allclose(model.correlation(A, B), pair.correlation(A, B, gamma), atol=1e-12)
    lam = DIRECTIONS[::50]
    exact = pair.hidden_density(lam, 0.3, 1.4, gamma)
    np.testing.assert_allclose(model.hidden_density(lam, 0.3, 1.4), exact, rtol=1e-11)


def test_a_weight_can_be_given_in_several_ways():
    ways = [width(0.1), closed(0.1), partial(lorentzian, gamma=0.1)]
    models = [PairModel(way) for way in ways] + [PairModel(ways[0], ways[1])]
    models += [PairModel(ways[0], preparation=p) for p in (preparations.uniform(), np.ones_like)]
    for model in models:
        exact = pair.joint_probabilities(A, B, 0.1)
        np.testing.assert_allclose(model.joint(A, B), exact, rtol=1e-12)


@pytest.mark.parametrize(("gamma1", "gamma2"), [(0.1, 0.7), (1.0, 0.05)])
def test_legs_of_different_widths_add_them(gamma1, gamma2):
    model = PairModel(closed(gamma1), closed(gamma2))
    expected = -sech(gamma1 + gamma2) * np.cos(A - B)
    np.testing.assert_allclose(model.correlation(A, B), expected, atol=1e-13)


def test_the_narrower_leg_keeps_the_direction_as_the_widths_vanish():
    # Particle 2 carries the anomaly, so that lambda is at a, with probability g2 / (g1 + g2).
    model = PairModel(closed(0.004), closed(0.012))
    a, b = 0.0, 1.5
    near = 0.7
    at_a = sum(
        integrate.quad(
            lambda lam: float(model.hidden_density(lam, a, b)), s - near, s + near, points=[s]
        )[0]
        for s in (a, a + np.pi)
    )
    assert at_a == pytest.approx(0.75, abs=0.01)


BRUTE = {
    "unequal": (width(0.3), width(1.1), preparations.uniform()),
    "skewed": (skewed(0.3, 0.8), skewed(0.5, -1.0), preparations.uniform()),
    "one-sided": (width(0.3), skewed(0.5, 0.4), preparations.von_mises(4.0, 1.0)),
    "steep": (partial(power_law, gamma=0.4, p=4.0), width(0.3), preparations.cosine(0.9, 2.0)),
    "gaussian": (partial(gaussian, sigma=0.6), partial(gaussian, sigma=0.9), np.ones_like),
    "two hills": (width(0.4), width(0.4), lambda lam: np.exp(np.sin(2 * lam) + np.cos(lam))),
}


@cache
def brute(name):
    return PairModel(*BRUTE[name])


@pytest.mark.parametrize("name", BRUTE)
def test_joint_probabilities_are_the_integral_over_the_direction(name):
    weight1, weight2, preparation = BRUTE[name]
    model = brute(name)
    mu = getattr(preparation, "density", preparation)
    for a, b in [(0.3, 1.2), (2.0, -1.0), (0.0, 0.0)]:
        exact = brute_joint(weight1, weight2, mu, a, b)
        np.testing.assert_allclose(model.joint(a, b), exact, rtol=1e-11)


@pytest.mark.parametrize("sigma", [0.05, 0.1, 0.3, 1.0])
def test_gaussian_legs_convolve_to_a_gaussian(sigma):
    model = PairModel(lambda alpha: gaussian(alpha, sigma))
    for theta in (0.0, 0.4, 1.3, 2.5):
        with mp.workdps(40):
            J = [
                mp.nsum(
                    lambda n, k=k, theta=theta: mp.exp(
                        -((theta + k * mp.pi + 2 * mp.pi * n) ** 2) / (4 * mp.mpf(sigma) ** 2)
                    ),
                    [-mp.inf, mp.inf],
                )
                for k in (0, 1)
            ]
            same = J[1] / (2 * (J[0] + J[1]))
        found = model.joint(theta, 0.0)[0, 0]
        assert found == pytest.approx(float(same), abs=1e-14)
        if same > 1e-10:
            assert relative_error(found, same) < 1e-8


@pytest.mark.parametrize("ell", [0.5, 2.0])
def test_a_weight_with_a_kink_is_resolved_to_what_is_said(ell):
    def w(x):
        return np.cosh((np.pi - np.mod(x, 2 * np.pi)) / ell) / np.sinh(np.pi / ell)

    np.testing.assert_allclose(w(A), wrap(lambda alpha: exponential(alpha, ell), A), rtol=1e-12)
    model = PairModel(Wrapped(w))
    assert 1e-13 < model.doubt < 1e-8
    n = np.arange(-400, 401)
    for theta in (0.2, 1.3):
        net = [np.abs(theta + k * np.pi + 2 * np.pi * n) for k in (0, 1)]
        different, same = (((ell + x) * np.exp(-x / ell)).sum() for x in net)
        exact = (same - different) / (same + different)
        assert model.correlation(theta, 0.0) == pytest.approx(exact, abs=1e-8)


# What protects no-signaling.


def test_no_weights_signal_if_the_preparation_is_even():
    model = PairModel(skewed(0.1, 0.9), skewed(0.35, -0.5))
    P = model.marginals(A, B)
    assert np.abs(P.a - 0.5).max() < 1e-12
    assert np.abs(P.b - 0.5).max() < 1e-12
    # The weights are not even: nor is the correlation.
    assert np.abs(model.correlation(0.8, 0.0) - model.correlation(-0.8, 0.0)) > 0.1


@pytest.mark.parametrize(
    ("weight1", "weight2", "mu"),
    [
        (skewed(0.2, 0.7), lambda x: skewed_lorentzian(-x, 0.2, 0.7), None),
        (partial(power_law, gamma=1.0, p=3.0), skewed(0.1, 1.0), None),
        (width(0.1), width(0.1), lambda lam: 1 + 0.8 * np.cos(2 * lam)),
        (skewed(0.3, 1.0), width(0.2), lambda lam: np.exp(np.sin(2 * lam) + np.cos(4 * lam))),
    ],
)
def test_neither_opposite_senses_nor_an_even_preparation_signal(weight1, weight2, mu):
    model = PairModel(weight1, weight2, mu)
    P = model.marginals(A, B)
    assert max(np.abs(P.a - 0.5).max(), np.abs(P.b - 0.5).max()) < 1e-12
    joint = model.joint(A, B)
    np.testing.assert_allclose(joint[:, 0, 0], joint[:, 1, 1], atol=1e-14)  # eq. 18
    np.testing.assert_allclose(joint[:, 0, 1], joint[:, 1, 0], atol=1e-14)  # eq. 19


@pytest.mark.parametrize("receiver", ["alice", "bob"])
def test_even_weights_signal_if_the_preparation_is_one_sided(receiver):
    model = PairModel(closed(0.1), preparation=lambda lam: np.exp(np.cos(lam) + np.sin(3 * lam)))
    assert model.max_signal(receiver).value > 0.1
    assert PairModel(closed(0.1)).max_signal(receiver).value < 1e-14


@pytest.mark.parametrize(("epsilon", "gamma"), [(0.5, 0.1), (1.0, 0.7), (-0.8, 0.3)])
def test_a_cosine_preparation_has_the_stated_closed_form(epsilon, gamma):
    model = PairModel(closed(gamma), preparation=preparations.cosine(epsilon))
    expected = -sech(2 * gamma) * np.cos(A - B)
    np.testing.assert_allclose(model.correlation(A, B), expected, atol=1e-13)
    bracket = np.cos(A) + sech(2 * gamma) * (np.cos(A) + np.cos(A - 2 * B)) / 2
    P_A = 0.5 + epsilon * sech(gamma) / 4 * bracket
    np.testing.assert_allclose(model.marginals(A, B).a, P_A, atol=1e-13)
    largest = abs(epsilon) / 4 * sech(gamma) * sech(2 * gamma)
    for receiver in ("alice", "bob"):
        assert model.max_signal(receiver).value == pytest.approx(largest, abs=1e-13)


@pytest.mark.parametrize(
    ("kappa", "printed"),
    [(0, 0.0), (1, 0.23144218), (4, 0.57782779), (8, 0.51410250), (32, 0.18327469)],
)
@pytest.mark.parametrize("center", [0.0, 1.234])
def test_a_von_mises_preparation_signals_as_tabulated(kappa, printed, center):
    model = PairModel(closed(0.1), preparation=preparations.von_mises(kappa, center))
    signals = [model.max_signal(receiver) for receiver in ("alice", "bob")]
    for signal in signals:
        assert signal.value == pytest.approx(printed, abs=5.1e-9)
    P_A = model.marginals(signals[0].a, [signals[0].b, signals[0].b2]).a
    assert P_A[0] - P_A[1] == pytest.approx(signals[0].value, abs=1e-14)
    P_B = model.marginals([signals[1].b, signals[1].b2], signals[1].a).b
    assert P_B[0] - P_B[1] == pytest.approx(signals[1].value, abs=1e-14)


def test_the_largest_signal_is_the_largest_on_any_grid():
    model = PairModel(
        skewed(0.3, 0.5), width(0.2), lambda lam: np.exp(3 * np.cos(lam) + np.sin(5 * lam))
    )
    grid = np.linspace(0, 2 * np.pi, 301)
    on_grid = float(signaling(model.joint(grid[:, None], grid)))
    found = max(model.max_signal(receiver).value for receiver in ("alice", "bob"))
    assert on_grid <= found < on_grid + 1e-3


def tent(x, top, width):
    """A hill half a turn apart from itself, with a sharp top."""
    return np.maximum(0.0, 1.0 - np.abs(np.mod(x - top + np.pi / 2, np.pi) - np.pi / 2) / width)


@pytest.mark.parametrize("receiver", ["alice", "bob"])
@pytest.mark.parametrize(
    "between", [np.radians([40.45, 126.45, 74.45]), np.radians([0.45, 179.45, 45.45])]
)
def test_the_largest_signal_is_found_where_the_grid_shows_a_lesser_one(
    monkeypatch, receiver, between
):
    # A broad hill has its top on the grid of degrees; a higher one, between, looks lower than the
    # five best points of the first.
    on_grid = np.radians([100, 40, 150])

    def hill(size, top, near, width, far, other):
        a, b, b2 = top
        return size * tent(near, a, width) * (tent(far, b, other) - tent(far, b2, other))

    def P(near, far):
        broad = hill(0.20, on_grid, near, 1.2, far, 0.3)
        return 0.5 + broad + hill(0.21, between, near, 0.1, far, 0.1)

    model = PairModel(closed(1.0))
    monkeypatch.setattr(model, "marginals", lambda a, b: pair_model.Marginals(P(a, b), P(b, a)))
    signal = model.max_signal(receiver)
    assert signal.value == pytest.approx(0.42, abs=1e-8)
    np.testing.assert_allclose(np.sin(signal[1:] - between), 0.0, atol=1e-8)


def test_the_search_for_a_signal_looks_at_degrees_and_then_as_far_to_either_side(monkeypatch):
    asked = []

    def marginals(a, b):
        asked.append((a, b))
        P = 0.5 + 0.1 * np.cos(12 * (a - 0.2)) * np.cos(2 * (b - 1.0))  # twelve hills
        return pair_model.Marginals(P, P)

    model = PairModel(closed(1.0))
    monkeypatch.setattr(model, "marginals", marginals)
    model.max_signal()
    for settings in asked[0]:
        np.testing.assert_allclose(np.degrees(settings.ravel()), np.arange(180), atol=1e-12)
    steps = []
    for near, far in asked[1:]:
        for around in (near[..., 0], far[:, 0]):  # from two steps left to two steps right
            step = around[:, 4:] - around[:, 2:3]
            expected = around[:, 2:3] + step * np.linspace(-1, 1, 5)
            np.testing.assert_allclose(around, expected, atol=1e-14)
            steps.append(step[0, 0])
    assert [len(near) for near, _ in asked[1:7:2]] == [12, 9, 8]  # in the end the highest eight
    assert np.degrees(steps[0]) == pytest.approx(1.0, abs=1e-9)
    ratios = np.array(steps[4::4]) / np.array(steps[:-4:4])
    np.testing.assert_allclose(np.where(ratios > 0.8, 1.0, 0.5), ratios, rtol=1e-4)
    assert 1e-10 < steps[-1] < 2e-10


@pytest.mark.parametrize("receiver", ["alice", "bob"])
def test_no_signal_at_all_is_found_to_be_none(receiver):
    assert PairModel(Wrapped(np.ones_like)).max_signal(receiver).value == 0.0


@pytest.mark.parametrize("receiver", ["alice", "bob"])
def test_the_largest_signal_turns_with_the_preparation(receiver):
    def turned(by):
        model = PairModel(
            closed(0.3),
            closed(0.2),
            lambda lam: np.exp(3 * np.cos(lam - by) + np.sin(2 * (lam - by))),
        )
        return model.max_signal(receiver)

    first = turned(0.0)
    for by in (0.7, 1.5, 2.2, 2.9):
        signal = turned(by)
        assert signal.value == pytest.approx(first.value, abs=1e-12)
        turns = (signal.a - by - first.a) / np.pi  # an odd one exchanges the outcomes
        far = first[2:] if np.rint(turns) % 2 == 0 else first[:1:-1]
        expected = np.array([first.a, *far]) + by
        np.testing.assert_allclose(np.sin(signal[1:] - expected), 0.0, atol=1e-6)
        assert all(type(field) is float for field in signal)


def test_in_the_limit_of_no_width_the_correlations_are_the_singlet_s_and_still_it_signals():
    preparation = preparations.von_mises(2.0)
    mu = preparation.density
    a, b = A[:50], B[:50]
    away = np.abs(np.sin(a - b)) > 0.3
    a, b = a[away], b[away]
    near, far = np.cos((a - b) / 2) ** 2, np.sin((a - b) / 2) ** 2
    limit = (mu(a) + near * mu(b) + far * mu(b + np.pi)) / (
        mu(a) + mu(a + np.pi) + mu(b) + mu(b + np.pi)
    )
    errors = []
    for gamma in (4e-3, 2e-3):
        model = PairModel(closed(gamma), preparation=preparation)
        errors.append(np.abs(model.marginals(a, b).a - limit).max())
        assert np.abs(model.correlation(a, b) + np.cos(a - b)).max() < 5 * gamma
    assert errors[0] < 0.03
    assert errors[1] == pytest.approx(errors[0] / 2, rel=0.1)  # it vanishes with gamma
    assert np.ptp(limit) > 0.5


def test_without_symmetry_the_correlation_depends_on_more_than_the_difference():
    model = PairModel(closed(0.5), preparation=lambda lam: 1 + 0.8 * np.cos(2 * lam))
    middle = np.linspace(0.0, np.pi, 721)
    E = model.correlation(middle + 0.4, middle - 0.4)
    assert round(float(E.min()), 3) == -0.531
    assert round(float(E.max()), 3) == -0.282


# The converse: what else does not signal.


def test_one_axis_is_silent_though_only_one_direction_factorises():
    model = PairModel(width(0.1), width(0.4), preparations.axis(0.7, 0.3))
    assert model.nodes == model.doubt == 0
    grid = np.linspace(0, 2 * np.pi, 40)
    joint = model.joint(grid[:, None], grid)
    assert signaling(joint) < 1e-14
    product = joint.sum(axis=-1)[..., None] * joint.sum(axis=-2)[..., None, :]
    direction = PairModel(width(0.1), width(0.4), preparations.axis(0.7, 1.0))
    separable = direction.joint(grid[:, None], grid)
    marginals = separable.sum(axis=-1)[..., None] * separable.sum(axis=-2)[..., None, :]
    np.testing.assert_allclose(separable, marginals, atol=1e-15)
    assert np.abs(joint - product).max() > 0.1  # the two directions are still correlated


def test_two_axes_signal():
    two = preparations.axis(0.0, 0.3) + preparations.axis(1.0, 0.6)
    assert PairModel(closed(0.1), preparation=two).max_signal().value > 0.1


def test_a_leg_that_favours_no_setting_carries_no_signal_whatever_the_preparation():
    flat = Wrapped(lambda theta: 1 + np.cos(theta))  # both outcomes together: constant
    model = PairModel(closed(0.1), flat, preparations.von_mises(4.0))
    assert model.max_signal("alice").value < 1e-14
    assert model.max_signal("bob").value > 0.1


def test_outcomes_factorise_once_the_direction_is_given():
    gamma, lam = 0.3, 0.7
    P = PairModel(width(gamma), preparation=preparations.axis(lam, 1.0)).joint(A, B)
    p_a = (1 + sech(gamma) * np.cos(A - lam)) / 2
    p_b = (1 - sech(gamma) * np.cos(B - lam)) / 2
    np.testing.assert_allclose(P[:, 0, 0], p_a * p_b, atol=1e-14)
    np.testing.assert_allclose(P[:, 1, 0], (1 - p_a) * p_b, atol=1e-14)


def test_points_and_a_density_add_up():
    mixed = preparations.axis(0.7, 0.25) + preparations.cosine(0.5)
    whole = PairModel(closed(0.3), closed(0.5), mixed).joint(0.2, 1.9)
    w1, w2 = (partial(wrapped_lorentzian, gamma=gamma) for gamma in (0.3, 0.5))
    J = np.zeros((2, 2))
    for i, j in np.ndindex(2, 2):

        def history(lam, i=i, j=j):
            return w1(0.2 + i * np.pi - lam) * w2(1.9 + j * np.pi - lam - np.pi)

        J[i, j] = integrate.quad(
            lambda lam, f=history: f(lam) * (1 + 0.5 * np.cos(lam)) / (2 * np.pi), 0, 2 * np.pi
        )[0]
        J[i, j] += 0.25 * history(0.7) + 0.75 * history(0.7 + np.pi)
    np.testing.assert_allclose(whole, J / J.sum(), rtol=1e-8)


# Histories, not states.


@pytest.mark.parametrize(("gamma1", "gamma2"), [(0.1, 0.1), (0.5, 0.2), (1e-9, 2.0)])
def test_normalised_leg_by_leg_the_correlation_halves(gamma1, gamma2):
    model = PairModel(closed(gamma1), closed(gamma2), rule="states")
    expected = -0.5 * sech(gamma1) * sech(gamma2) * np.cos(A - B)
    np.testing.assert_allclose(model.correlation(A, B), expected, atol=1e-13)


def test_normalised_leg_by_leg_the_direction_does_not_know_the_settings():
    mu = preparations.von_mises(2.0, 0.5)
    model = PairModel(closed(0.1), skewed(0.2, 0.5), mu, rule="states")
    for a, b in [(0.0, 0.4), (2.0, -1.0)]:
        rho = model.hidden_density(DIRECTIONS, a, b)
        np.testing.assert_allclose(rho, mu.density(DIRECTIONS), rtol=1e-12)
    assert model.max_signal().value < 1e-14
    assert model.max_signal("bob").value < 1e-14


def test_normalised_leg_by_leg_bell_s_bound_holds():
    best = chsh.maximise(PairModel(closed(1e-6), rule="states").correlation)
    assert best.value == pytest.approx(np.sqrt(2), abs=1e-10)
    one_sided = preparations.von_mises(3.0)
    local = PairModel(closed(0.1), preparation=one_sided, rule="states")
    assert chsh.maximise(local.correlation).value <= 2.0
    assert chsh.maximise(PairModel(closed(0.1)).correlation).value > 2.7


@pytest.mark.parametrize(
    ("g", "printed", "digits"),
    [
        (np.ones_like, 1.41421356, 8),
        (lambda x: 0.01 + np.cos(x) ** 2, 2.8006974, 7),
        (lambda x: 0.01 + np.cos(x) ** 4, 3.0382993, 7),
    ],
)
def test_born_for_one_particle_does_not_fix_the_pair(g, printed, digits):
    def w(x):
        return (1 + np.cos(x)) * g(x)

    one = w(A) / (w(A) + w(A + np.pi))
    np.testing.assert_allclose(one, np.cos(A / 2) ** 2, atol=1e-12)
    model = PairModel(Wrapped(w))
    assert round(chsh.maximise(model.correlation).value, digits) == printed
    assert model.max_signal().value < 1e-14


# The hidden variable.


@pytest.mark.parametrize("name", BRUTE)
def test_hidden_density_is_a_density_proportional_to_the_weights(name):
    weight1, weight2, preparation = BRUTE[name]
    model = brute(name)
    rho = model.hidden_density(DIRECTIONS, 0.3, 1.4)
    assert rho.mean() * 2 * np.pi == pytest.approx(1.0, abs=1e-12)
    density = getattr(preparation, "density", preparation)
    weights = density(DIRECTIONS)
    for weight, setting in ((weight1, 0.3), (weight2, 1.4)):
        weights *= wrap(weight, setting - DIRECTIONS + np.pi * np.arange(2)[:, None]).sum(axis=0)
    np.testing.assert_allclose(rho, weights / (weights.mean() * 2 * np.pi), rtol=1e-11)


def test_points_have_no_density():
    model = PairModel(width(0.1), preparation=preparations.axis(0.0, 0.5))
    with pytest.raises(ValueError, match=r"^preparation must have a density for this"):
        model.hidden_density(0.0, 0.0, 1.0)


# Sampling.

DRAWS = 200_000
SAMPLED = {
    "one-sided": (closed(0.1), closed(0.3), preparations.von_mises(4.0)),
    "skewed": (skewed(0.5, 1.0), width(0.2), preparations.uniform()),
    "nothing backwards": (closed(0.3), closed(0.3), preparations.cosine(1.0)),
    "points too": (closed(0.2), closed(0.3), preparations.axis(0.4, 0.2) + preparations.uniform()),
    "points alone": (closed(0.2), closed(0.3), preparations.axis(0.4, 0.2)),
}


@cache
def sampled(name):
    return PairModel(*SAMPLED[name])


def joint_pvalue(drawn, joint):
    counts = np.bincount(drawn.A.ravel() + 2 * drawn.B.ravel(), minlength=4)
    return stats.chisquare(counts, counts.sum() * joint.T.ravel()).pvalue


@pytest.mark.parametrize("name", SAMPLED)
def test_samples_follow_the_joint_law(name):
    _, weight2, preparation = SAMPLED[name]
    model = sampled(name)
    drawn = model.sample(0.3, 1.4, DRAWS, rng=1)
    assert joint_pvalue(drawn, model.joint(0.3, 1.4)) > 1e-4
    wrong = PairModel(closed(0.4), weight2, preparation)
    assert joint_pvalue(drawn, wrong.joint(0.3, 1.4)) < 1e-4


@pytest.mark.parametrize("name", ["one-sided", "skewed", "nothing backwards"])
def test_samples_of_the_direction_follow_the_hidden_density(name):
    weight1, weight2, preparation = SAMPLED[name]
    model = sampled(name)
    drawn = model.sample(0.3, 1.4, DRAWS, rng=2)
    w1, w2 = summed(weight1), summed(weight2)
    middles = (np.arange(4000) + 0.5) * 2 * np.pi / 4000
    rho = preparation.density(middles)
    rho *= (w1(0.3 - middles) + w1(0.3 + np.pi - middles)) * (
        w2(1.4 - middles) + w2(1.4 + np.pi - middles)
    )
    cdf = np.cumsum(rho) / rho.sum()
    assert kolmogorov(drawn.lam, lambda x: np.interp(x, middles, cdf)) > 1e-4
    wrong = PairModel(weight1, closed(0.5), preparation).sample(0.3, 1.4, DRAWS, rng=2)
    assert kolmogorov(wrong.lam, lambda x: np.interp(x, middles, cdf)) < 1e-4


@pytest.mark.parametrize("name", ["one-sided", "skewed", "nothing backwards"])
def test_the_lines_that_directions_are_drawn_from_lie_above_the_density(name):
    # Which makes the rejection exact; a statistical test would not notice a slight excess.
    weight1, weight2, preparation = SAMPLED[name]
    model = sampled(name)
    a, b = pairs = np.array([[0.3, 2.0, 1.0], [1.4, 2.0, 1.001]])
    which = np.repeat([0, 1, 2], 10_000)
    lam, line = model._propose(pairs, which, np.random.default_rng(6))
    w1, w2 = summed(weight1), summed(weight2)
    x, y = a[which] - lam, b[which] - lam
    density = preparation.density(lam) * (w1(x) + w1(x + np.pi)) * (w2(y) + w2(y + np.pi))
    assert (density / line).max() < pair_model.RAISED < 1.1


def test_a_sixteenth_more_directions_are_proposed_than_taken(monkeypatch):
    model = sampled("one-sided")
    proposed = []
    propose = model._propose

    def watched(pairs, which, rng):
        proposed.append(which.size)
        return propose(pairs, which, rng)

    monkeypatch.setattr(model, "_propose", watched)
    model.sample(0.3, 1.4, 50_000, rng=7)
    # As many as it takes to succeed, with a chance of 16 in 17.
    assert sum(proposed) == pytest.approx(53_125, abs=4.5 * np.sqrt(50_000 * 17 / 16**2))


def test_samples_hit_points_as_often_as_their_histories_weigh():
    drawn = sampled("points too").sample(0.3, 1.4, DRAWS, rng=3)
    w1, w2 = (partial(wrapped_lorentzian, gamma=gamma) for gamma in (0.2, 0.3))

    def s(lam):
        return (w1(0.3 - lam) + w1(0.3 + np.pi - lam)) * (w2(1.4 - lam) + w2(1.4 + np.pi - lam))

    share = s(0.4) / (s(0.4) + s(DIRECTIONS).mean())  # s repeats itself after half a turn
    hit = np.isin(np.round(drawn.lam, 12), np.round([0.4, 0.4 + np.pi], 12))
    assert hit.mean() == pytest.approx(share, abs=4.5 * np.sqrt(share * (1 - share) / DRAWS))
    first = drawn.lam[hit] < 1
    assert first.mean() == pytest.approx(0.2, abs=4.5 * np.sqrt(0.16 / first.size))


def test_rotations_lead_from_the_initial_direction_to_the_outcomes():
    drawn = sampled("one-sided").sample(A, B, (50, 400), rng=4)
    legs = [(A + np.pi * drawn.A - drawn.lam, drawn.alpha)]
    legs += [(B + np.pi * drawn.B - drawn.lam - np.pi, drawn.beta)]
    for expected, rotation in legs:
        turns = (rotation - expected) / (2 * np.pi)
        assert np.abs(turns - np.rint(turns)).max() < 1e-14
        assert np.abs(rotation).max() <= np.pi
    assert drawn.lam.min() >= 0
    assert drawn.lam.max() <= 2 * np.pi


def test_each_setting_of_an_array_has_its_own_law():
    model = sampled("one-sided")
    a, b = np.array([0.0, 1.0]), np.array([[0.5], [2.0], [4.0]])
    drawn = model.sample(a, b, (50_000, 3, 2), rng=5)
    for i, j in np.ndindex(3, 2):
        one = type(drawn)(*(field[:, i, j] for field in drawn))
        assert joint_pvalue(one, model.joint(a[j], b[i, 0])) > 1e-4


def test_samples_are_reproducible_by_their_seed():
    model = sampled("points too")
    first, again, other = (model.sample(0.3, 1.0, 50, rng=seed) for seed in (1, 1, 2))
    assert all(np.array_equal(x, y) for x, y in zip(first, again, strict=True))
    assert not np.array_equal(first.lam, other.lam)


def test_a_block_has_about_two_million_numbers_and_at_least_one_setting(monkeypatch):
    model = PairModel(closed(20.0))
    block = next(model._blocks(10**6))
    numbers = (block.stop - block.start) * 10 * model.nodes
    assert 2**21 - 10 * model.nodes < numbers <= 2**21
    monkeypatch.setattr(pair_model, "BLOCK", 1)
    assert [(block.start, block.stop) for block in model._blocks(2)] == [(0, 1), (1, 2)]


@pytest.mark.parametrize("name", ["one-sided", "points too", "points alone"])
def test_blocks_of_any_size_give_the_same(monkeypatch, name):
    model = sampled(name)
    grid, rows = model.joint(A[:9, None], B[:8]), model.joint(A, B)
    monkeypatch.setattr(pair_model, "BLOCK", 3 * pair_model.STENCIL * (model.nodes + 2))
    assert [(block.start, block.stop) for block in model._blocks(7)] == [(0, 3), (3, 6), (6, 9)]
    np.testing.assert_allclose(model.joint(A[:9, None], B[:8]), grid, rtol=1e-13)
    np.testing.assert_allclose(model.joint(A, B), rows, rtol=1e-13)
    assert model.sample(A, B, (2, 400), rng=1).lam.shape == (2, 400)


# Shapes.


MODEL = sampled("one-sided")


def test_grids_meshes_and_rows_of_settings_give_the_same():
    a, b = A[:30], B[:40]
    grid = MODEL.joint(a[:, None], b)
    mesh = MODEL.joint(*np.meshgrid(a, b, indexing="ij"))
    rows = np.array([MODEL.joint(x, b) for x in a])
    single = np.array([[MODEL.joint(x, y) for y in b[:3]] for x in a[:3]])
    np.testing.assert_allclose(grid, mesh, rtol=1e-12)
    np.testing.assert_allclose(grid, rows, rtol=1e-12)
    np.testing.assert_allclose(grid[:3, :3], single, rtol=1e-12)
    # Four hundred pairs that form no grid, in one piece and one by one.
    np.testing.assert_allclose(
        MODEL.joint(A, B)[:9], [MODEL.joint(x, y) for x, y in zip(A[:9], B[:9], strict=True)]
    )


@pytest.mark.parametrize(
    ("a", "b", "shape"),
    [
        ((), (), ()),
        ((3,), (), (3,)),
        ((2, 1), (4,), (2, 4)),
        ((0,), (), (0,)),
        ((0, 1), (3,), (0, 3)),
    ],
)
@pytest.mark.parametrize("model", [MODEL, sampled("points alone")])
def test_settings_broadcast(model, a, b, shape):
    a, b = np.full(a, 0.3), np.full(b, 1.0)
    assert model.joint(a, b).shape == (*shape, 2, 2)
    assert np.shape(model.correlation(a, b)) == shape
    assert {np.shape(field) for field in model.marginals(a, b)} == {shape}
    assert {np.shape(field) for field in model.sample(a, b, rng=1)} == {shape}
    assert {np.shape(field) for field in model.sample(a, b, (5, *shape), rng=1)} == {(5, *shape)}
    if model is MODEL:
        assert np.shape(model.hidden_density(np.zeros((6, *([1] * len(shape)))), a, b)) == (
            6,
            *shape,
        )


def test_scalars_give_scalars():
    assert isinstance(float(MODEL.correlation(0.0, 1)), float)
    assert isinstance(float(MODEL.marginals(0.0, 1).a), float)
    assert isinstance(float(MODEL.hidden_density(0.0, 0.0, 1)), float)
    assert isinstance(float(MODEL.sample(0.0, 1, rng=1).lam), float)
    assert repr(MODEL) == f"PairModel(nodes={MODEL.nodes}, rule='histories')"


def test_several_results_come_under_their_names():
    assert MODEL.marginals(0.0, 1.0)._fields == ("a", "b")
    assert MODEL.sample(0.0, 1.0)._fields == ("lam", "alpha", "beta", "A", "B")
    assert MODEL.max_signal()._fields == ("value", "a", "b", "b2")
    P = MODEL.marginals(0.4, 1.0)
    joint = MODEL.joint(0.4, 1.0)
    assert P.a == pytest.approx(joint[0, 0] + joint[0, 1], abs=1e-15)
    assert P.b == pytest.approx(joint[0, 0] + joint[1, 0], abs=1e-15)


# Resolution.


def test_the_points_begin_with_64_and_double_until_nothing_changes_by_1e_13():
    assert PairModel(closed(20.0)).nodes == 64
    assert PairModel(closed(20.0)).doubt < 1e-15
    # Where 64 points begin to be enough, their error falls by a fifth from width to width.
    models = [PairModel(closed(gamma)) for gamma in np.arange(0.47, 0.52, 0.002)]
    assert [model.nodes for model in models] == sorted((m.nodes for m in models), reverse=True)
    assert {model.nodes for model in models} == {64, 128}
    assert 0.7e-13 < max(model.doubt for model in models) <= 1e-13


def test_a_model_whose_doubt_exceeds_1e_8_is_refused(monkeypatch):
    monkeypatch.setattr(pair_model, "MOST", 256)

    def model(kink):
        return PairModel(Wrapped(lambda x: 2.0 + np.cos(x) + kink * np.abs(np.sin(x))))

    doubt = model(1e-5).doubt  # it grows with the kink
    assert 1e-13 < doubt < 1e-8
    assert model(0.9e-13 / doubt).doubt == pytest.approx(0.9e-8, rel=0.03)
    message = (
        r"with 256 points, got joint probabilities that change by 1\.1e-08 with twice the points"
    )
    with pytest.raises(ValueError, match=message):
        model(1.1e-13 / doubt)


def test_the_doubt_is_what_twice_the_points_change_on_a_grid_of_twelve_settings_a_side(monkeypatch):
    monkeypatch.setattr(pair_model, "MOST", 128)
    w = closed(0.35).wrapped

    def P(nodes, a, b):
        lam = 2 * np.pi * np.arange(nodes) / nodes
        J = [
            (w(a[:, None] + i * np.pi - lam) * w(b[:, None] + (j - 1) * np.pi - lam)).sum(axis=1)
            for i, j in np.ndindex(2, 2)
        ]
        return np.array(J) / np.sum(J, axis=0)

    def change(a, b):
        return np.abs(P(128, a, b) - P(64, a, b)).max()

    grid = 2 * np.pi * (np.arange(12) + 0.123) / 12
    doubt = PairModel(Wrapped(w)).doubt
    assert 1e-12 < doubt < 1e-8
    assert doubt == pytest.approx(change(*map(np.ravel, np.meshgrid(grid, grid))), rel=0.01, abs=0)
    assert doubt == pytest.approx(change(A, B), rel=0.3, abs=0)


@pytest.mark.parametrize("largest", [5e-324, 1e-200, 2.0**-151, 2.0**151, 1.3e200, 1.7e308])
def test_very_large_and_very_small_weights_are_divided_by_a_power_of_two(largest):
    unit = pair_model._unit(np.array([0.0, 0.1 * largest]), np.array([largest]))
    assert np.frexp(unit)[0] == 0.5
    assert 1.0 <= largest / unit < 2.0


@pytest.mark.parametrize("largest", [0.0, 2.0**-150, 0.3, 1.0, 7.0, 2.0**150])
def test_all_other_weights_stay_as_they_are(largest):
    assert pair_model._unit(np.array([largest, 0.5 * largest])) == 1.0
    assert pair_model._unit(np.empty(0)) == 1.0


def test_the_resolution_follows_the_width():
    nodes = [PairModel(closed(gamma)).nodes for gamma in (1.0, 0.1, 0.01)]
    assert nodes == sorted(nodes)
    assert nodes[2] >= 8 * nodes[1]
    sharp = PairModel(closed(1.0), preparation=preparations.von_mises(1e5))
    assert sharp.nodes > nodes[0]
    assert sharp.doubt < 1e-13


@pytest.mark.parametrize(
    ("weight", "preparation", "culprit"),
    [
        (closed(1e-5), None, "weight1"),
        (partial(gaussian, sigma=1e-5), None, "weight1"),
        (closed(1.0), preparations.von_mises(1e12), "preparation"),
        (closed(1.0), preparations.von_mises(1e12, 0.123), "preparation"),
        (closed(1.0), lambda lam: (np.abs(lam - 1) < 0.5) * 1.0, "joint probabilities"),
        (closed(3e-4), None, "weight1"),
    ],
)
def test_what_is_too_narrow_to_be_resolved_is_refused(weight, preparation, culprit):
    message = f"must be wide and smooth enough for a quadrature with 65536 points, .*{culprit}"
    with pytest.raises(ValueError, match=message):
        PairModel(weight, preparation=preparation)


def test_a_narrow_second_weight_is_named():
    with pytest.raises(ValueError, match="got a weight2 that is too narrow: its Fourier"):
        PairModel(closed(1.0), closed(1e-5))


def test_points_and_states_need_no_resolution_of_a_narrow_width():
    narrow = PairModel(closed(1e-9), preparation=preparations.axis(0.0, 1.0))
    assert narrow.joint(1.0, 0.0)[0, 1] == pytest.approx(np.cos(0.5) ** 2, abs=1e-12)
    states = PairModel(closed(1e-9), rule="states")
    assert states.correlation(1.0, 0.0) == pytest.approx(-0.5 * np.cos(1.0), abs=1e-12)


# Invalid input.


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"weight1": 0.1}, r"weight1 must be callable, got 0\.1"),
        ({"weight2": "lorentzian"}, r"weight2 must be callable, got 'lorentzian'"),
        ({"weight1": np.sin}, r"weight must be finite and at least 0 at the angle .*"),
        ({"weight1": Wrapped(np.cos)}, r"weight1 must be finite and at least 0 at the angle .*"),
        ({"weight2": Wrapped(lambda x: 1.0)}, r"weight2 must return shape \(64,\), .*"),
        ({"preparation": 3.0}, r"preparation must be callable, got 3\.0"),
        ({"preparation": np.cos}, r"preparation must be finite and at least 0 at the angle .*"),
        ({"preparation": lambda x: 1 / x}, r"preparation must be finite and .* got inf"),
        ({"preparation": lambda x: 1.0}, r"preparation must return shape \(64,\), .*"),
        ({"preparation": np.zeros_like}, r"preparation must have a weight, got 0 at all .*"),
        ({"preparation": preparations.Preparation()}, r"preparation must have a weight, .*\[\]"),
        ({"rule": "legs"}, r"rule must be one of 'histories', 'states', got 'legs'"),
        (
            {"weight1": Wrapped(lambda x: np.maximum(np.cos(x) - 0.5, 0)), "rule": "states"},
            r"weight1 must allow an outcome for all angles, not so at .*",
        ),
    ],
)
def test_models_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        PairModel(**{"weight1": closed(0.5)} | arguments)


@pytest.mark.parametrize("method", ["joint", "correlation", "marginals", "sample"])
def test_settings_that_are_none_are_refused(method):
    function = getattr(MODEL, method)
    assert np.isfinite(function(1e15, -1e15)).all()
    with pytest.raises(ValueError, match=r"^a must be at most 1e\+15 in magnitude, got 10{15}\.1$"):
        function(np.nextafter(1e15, 2e15), 0.0)
    with pytest.raises(ValueError, match=r"^a must be finite, got nan$"):
        function(np.nan, 0.0)
    with pytest.raises(ValueError, match=r"^b must be at most 1e\+15 in magnitude, got 1e\+16$"):
        function(0.0, [1e16])
    with pytest.raises(ValueError, match=r"^a of shape \(2,\) and b of shape \(3,\) do not"):
        function([0.0, 1.0], [0.0, 1.0, 2.0])


def test_other_arguments_that_are_none_are_refused():
    with pytest.raises(ValueError, match=r"^lam must be finite, got inf$"):
        MODEL.hidden_density(np.inf, 0.0, 0.0)
    with pytest.raises(ValueError, match=r"^lam of shape \(2,\).* do not broadcast"):
        MODEL.hidden_density([0.0, 1.0], [0.0, 1.0, 2.0], 0.0)
    with pytest.raises(ValueError, match=r"^size must not be negative, got -1$"):
        MODEL.sample(0.0, 1.0, -1)
    with pytest.raises(ValueError, match=r"^rng must be .*, got 'seed'$"):
        MODEL.sample(0.0, 1.0, 1, "seed")
    with pytest.raises(ValueError, match=r"^receiver must be one of .*, got 'carol'$"):
        MODEL.max_signal("carol")


def test_settings_without_any_history_are_refused():
    hat = Wrapped(lambda x: np.maximum(np.cos(2 * x) - 0.5, 0) * (np.cos(x) > 0))
    model = PairModel(hat, preparation=preparations.axis(0.0, 1.0))
    assert model.joint(0.1, 0.1)[0, 1] == 1.0
    for call in (model.joint, model.sample, model.correlation):
        with pytest.raises(
            ValueError, match=r"history for all settings, got none for a = 0\.1, b = 0\.8$"
        ):
            call(0.1, [0.2, 0.8, 0.9, 0.2])


def test_a_model_may_leave_no_history_for_some_settings():
    # Each leg turns by at most 26 degrees, and so both together by at most 52.
    hat = Wrapped(lambda x: np.maximum(np.cos(x) - 0.9, 0.0) ** 8)
    model = PairModel(hat)
    assert model.joint(0.3, 0.3)[0, 1] == pytest.approx(0.5, abs=1e-12)
    with pytest.raises(ValueError, match=r"got none for a = 0\.0, b = 1\.5$"):
        model.joint(0.0, 1.5)


def test_the_first_angle_without_any_outcome_is_named():
    hat = Wrapped(lambda x: np.maximum(np.cos(x) - 0.5, 0))
    with pytest.raises(ValueError, match=r"^weight1 must allow an outcome") as caught:
        PairModel(hat, rule="states")
    # The first of 64 that is more than sixty degrees from either direction.
    assert float(str(caught.value).rpartition(" ")[2]) == pytest.approx(2 * np.pi * 11 / 64)


def test_points_in_any_directions_count_by_their_masses_and_weights():
    atoms, masses = np.array([0.0, 0.3, 2.0]), np.array([0.5, 0.2, 0.3])
    model = PairModel(closed(0.4), preparation=preparations.Preparation(None, atoms, masses))
    w = closed(0.4).wrapped
    outcomes = np.pi * np.arange(2)
    J = np.einsum(
        "k,ik,jk->ij",
        masses,
        w(0.7 + outcomes[:, None] - atoms),
        w(1.9 + outcomes[:, None] - np.pi - atoms),
    )
    np.testing.assert_allclose(model.joint(0.7, 1.9), J / J.sum(), rtol=1e-12)


def test_directions_from_which_no_outcome_can_be_reached_are_never_drawn():
    def weight(x):  # nothing within an eighth of a turn of a quarter turn
        return np.maximum(np.cos(2.0 * x), 0.0) ** 4

    drawn = PairModel(Wrapped(weight)).sample(0.0, 0.4, 20_000, rng=8)
    assert (weight(drawn.lam) * weight(drawn.lam - 0.4) > 0).all()
    assert np.isfinite(drawn.alpha).all()
