"""Claims that the paper makes in words, where no other test has them, by independent means."""

from itertools import pairwise

import mpmath as mp
import networkx as nx
import numpy as np
import pytest
import qutip
from scipy import integrate, stats

from retrolib import chsh, lorentzian, one_particle, pair, wrapped_lorentzian
from tests.oracle import lattice_sum, relative_error, weight

DIGITS = 220
THETAS = np.linspace(-3.0, 3.0, 31)


# Section 2.1: one particle.


def test_without_a_width_only_a_history_without_a_turn_has_no_weight():
    with mp.workdps(DIGITS):
        for gamma in (1e-3, 1e-6):
            every = lattice_sum(0.0, gamma, period=1)  # all turns pi k
            assert abs(every - weight(0, gamma) - mp.mpf(1) / 3) < gamma
        assert abs(lattice_sum(1.0, 0.0, period=1) - 1 / mp.sin(1) ** 2) < 1e-100
    assert float(lorentzian(0.0, 1e-3)) == pytest.approx(1e6)
    with pytest.raises(ValueError, match="gamma"):
        lorentzian(0.0, 0.0)


def test_the_weight_does_not_repeat_itself_after_a_turn():
    ratio = lorentzian(1.0, 0.4) / lorentzian(1.0 + 2 * np.pi, 0.4)
    assert ratio == pytest.approx(((1 + 2 * np.pi) ** 2 + 0.16) / 1.16, rel=1e-14)


@pytest.mark.parametrize("gamma", [1e-3, 0.1, 1.0, 5.0])
def test_at_equal_angles_a_spin_turns_with_probability_1_minus_tanh_gamma_over_gamma(gamma):
    with mp.workdps(DIGITS):
        still = weight(0, gamma) / lattice_sum(0.0, gamma, period=1)
        assert abs(still / (mp.tanh(mp.mpf(gamma)) / mp.mpf(gamma)) - 1) < 1e-100
    aligned = one_particle.probabilities(0.0, gamma)[0]
    found = aligned * one_particle.winding_probabilities(0.0, gamma, 0)
    assert relative_error(found, still) < 1e-13
    assert found < 1


@pytest.mark.parametrize("gamma", [1e-4, 1e-2, 0.3])
def test_the_born_rule_is_missed_by_a_quarter_of_gamma_squared_at_most(gamma):
    off = one_particle.probabilities(THETAS, gamma)[:, 0] - np.cos(THETAS / 2) ** 2
    leading = -(gamma**2) / 4 * np.cos(THETAS)
    assert np.abs(off).max() <= gamma**2 / 4 + 1e-15
    np.testing.assert_allclose(off, leading, atol=gamma**4 / 4 + 1e-15)


def test_a_record_does_not_depend_on_a_later_setting():
    # Alice prepares along 0, somebody records at m, Bob measures at b; his outcome is not selected.
    m, gamma = 0.8, 0.3
    w = wrapped_lorentzian
    for b in THETAS:
        J = [
            [w(m + np.pi * M, gamma) * w(b + np.pi * (B - M) - m, gamma) for B in (0, 1)]
            for M in (0, 1)
        ]
        record = np.sum(J, axis=1) / np.sum(J)
        np.testing.assert_allclose(record, one_particle.probabilities(m, gamma), rtol=1e-13)
        selected = np.array(J)[:, 0] / np.sum(J, axis=0)[0]
        assert b == pytest.approx(m + np.pi / 2, abs=0.2) or abs(selected - record).max() > 1e-3


# Section 2.2: the pair.


def test_no_turn_outweighs_a_turn_by_the_square_of_turn_over_width():
    for alpha, gamma in [(1.0, 1e-2), (0.3, 1e-6), (0.1, 0.1)]:
        with mp.workdps(DIGITS):
            exact = weight(0, gamma) / weight(mp.mpf(alpha), gamma)
            assert abs(exact - 1 - (mp.mpf(alpha) / mp.mpf(gamma)) ** 2) < 1e-100
        found = lorentzian(0.0, gamma) / lorentzian(alpha, gamma)
        assert relative_error(found, exact) < 1e-13


@pytest.mark.parametrize("theta", [0.3, 1.0, 1.5])
def test_the_weights_of_the_worked_example_hold_to_leading_order(theta):
    for gamma in (1e-2, 1e-3):
        halfway = float(lorentzian(theta / 2, gamma)) ** 2
        aligned = float(lorentzian(0.0, gamma) * lorentzian(theta, gamma))
        small = (gamma / theta) ** 2
        assert 16 / theta**4 / halfway - 1 == pytest.approx(8 * small, rel=10 * small)
        assert 1 / (theta * gamma) ** 2 / aligned - 1 == pytest.approx(small, rel=1e-6)
        assert aligned / halfway > 0.9 * theta**2 / (16 * gamma**2)
        assert lorentzian(np.pi - theta / 2, gamma) < lorentzian(theta / 2, gamma)


def test_with_one_leg_that_does_not_turn_equation_3_holds_as_printed():
    theta, gamma = np.pi / 3, 0.4

    def J(half_turns, small, grid=400_000):
        # Both legs' weights over the direction, one of them almost a point.
        x = small * np.tan(np.pi * ((np.arange(grid) + 0.5) / grid - 0.5))
        return np.mean(wrapped_lorentzian(theta + np.pi * half_turns - x, gamma))

    cos2, sin2, t2 = np.cos(theta / 2) ** 2, np.sin(theta / 2) ** 2, np.tanh(gamma / 2) ** 2
    printed = (cos2 + sin2 * t2) / (sin2 + cos2 * t2)
    assert J(0, 1e-6) / J(1, 1e-6) == pytest.approx(printed, rel=1e-5)
    equal = pair.joint_probabilities(theta, 0.0, gamma)
    assert J(0, gamma) / J(1, gamma) == pytest.approx(equal[0, 1] / equal[0, 0], rel=1e-4)


@pytest.mark.parametrize(("gamma", "printed"), [(1e-1, -0.41140942), (1e-4, -0.47796350)])
def test_on_the_sphere_the_widths_of_two_legs_do_not_add(gamma, printed):
    # The initial direction anywhere on the sphere, each leg in a great circle of its own.
    def F(chi):
        with mp.workdps(30):
            q = mp.sin(mp.mpf(chi) / 2) ** 2
            between = [0, 1e-6, 1e-3, 0.5, 1 - 1e-3, 1 - 1e-6, 1]  # Feynman's parameter
            return mp.quad(lambda t: 1 / (mp.sinh(gamma) ** 2 + 4 * q * t * (1 - t)), between)

    near, far = F(mp.pi / 3), F(2 * mp.pi / 3)
    E = float(-(near - far) / (near + far))
    assert pytest.approx(printed, abs=5e-9) == E
    assert abs(E - pair.correlation(0.0, np.pi / 3, gamma)) > 0.01
    if gamma == 0.1:
        rng = np.random.default_rng(1)
        u = rng.normal(size=(400_000, 3))
        u /= np.linalg.norm(u, axis=1, keepdims=True)
        legs = [np.cosh(gamma) - u @ (np.cos(x), np.sin(x), 0.0) for x in (0.0, np.pi / 3)]
        drawn = 1 / (legs[0] * legs[1])
        error = drawn.std() / np.sqrt(drawn.size)
        assert drawn.mean() == pytest.approx(float(near), abs=4.5 * error)


# Section 3: the width.


def test_k_is_1_only_without_a_width_and_falls_smoothly():
    gamma = np.linspace(0.0, 4.0, 4001)
    K = chsh.maximum(gamma) / (2 * np.sqrt(2))
    assert K[0] == 1.0
    assert np.all(K[1:] < 1)
    assert np.all(np.diff(K) < 0)
    assert np.abs(np.diff(K)).max() < 2e-3
    with mp.workdps(30):
        t = [mp.tanh(mp.mpf(g)) ** 2 for g in gamma[::400]]
    for k, t2 in zip(K[::400], t, strict=True):
        assert relative_error(k, (1 - t2) / (1 + t2)) < 1e-13


def test_three_axes_pass_tsirelson_s_bound_in_silence():
    def joint(a, b, gamma):
        J = np.full((2, 2), mp.mpf(0))
        for m in (0, mp.pi / 3, 2 * mp.pi / 3):
            for lam in (m, m + mp.pi):
                first = [lattice_sum(a + mp.pi * A - lam, gamma) for A in (0, 1)]
                second = [lattice_sum(b + mp.pi * (B - 1) - lam, gamma) for B in (0, 1)]
                J += np.outer(first, second)
        return J / J.sum()

    with mp.workdps(DIGITS):
        for gamma, S in ((0.1, 2.86447646943), (1e-9, 23 * mp.sqrt(2) / 11)):
            tables = [joint(a, b, gamma) for a in (0, mp.pi / 2) for b in (mp.pi / 4, -mp.pi / 4)]
            for table in tables:
                assert max(abs(table.sum(axis=i) - 0.5).max() for i in (0, 1)) < 1e-40
            found = chsh.value(*(float(2 * table.trace() - 1) for table in tables))
            assert found == pytest.approx(float(S), abs=1e-8)
            assert found > chsh.TSIRELSON_BOUND


# Section 4: causes, symmetries, signals.


@pytest.mark.parametrize("theta", [0.0, np.pi / 3])
@pytest.mark.parametrize("gamma", [0.1, 0.01])
def test_alice_s_setting_makes_a_difference_on_bob_s_path(theta, gamma):
    def density(beta):  # W of his turn times all that lets Alice's spin fit hers
        return lorentzian(beta, gamma) / (np.cosh(2 * gamma) - np.cos(2 * (beta + theta)))

    limit = np.pi / 6
    places = sorted({0.0, -theta, np.pi - theta})

    def integral(low, high):
        inside = [p for p in places if low < p < high]
        return integrate.quad(density, low, high, points=inside or None, limit=2000)[0]

    # Beyond eleven half turns the rest is the mean of the oscillation times the tail of W.
    far, mean = 11 * np.pi / 2, 1 / np.sinh(2 * gamma)
    middle = integral(-limit, limit)
    pieces = np.linspace(-far, far, 23)
    whole = sum(integral(x, y) for x, y in pairwise(pieces))
    rest = 2 * mean / far
    drawn = pair.sample(theta, 0.0, gamma, 400_000, rng=3)
    moved = np.mean(np.abs(drawn.beta) > limit)
    expected = 1 - middle / (whole + rest)
    error = np.sqrt(expected * (1 - expected) / 400_000)
    assert moved == pytest.approx(expected, abs=4.5 * error)
    assert moved > 0.4 if theta else moved < 0.02


def test_who_measures_first_makes_no_difference():
    rng = np.random.default_rng(2)
    a, b, gamma = rng.uniform(0.0, 3.0, (3, 1000))
    joint = pair.joint_probabilities(a, b, gamma)
    swapped = pair.joint_probabilities(b, a, gamma).transpose(0, 2, 1)
    np.testing.assert_allclose(joint, swapped, rtol=1e-14)
    first, second = (
        pair.sample(0.4, 1.5, 0.2, 100_000, rng=4),
        pair.sample(1.5, 0.4, 0.2, 100_000, rng=5),
    )
    assert stats.ks_2samp(first.alpha, second.beta).pvalue > 1e-4


def test_equation_17_is_one_half_by_equations_18_and_19():
    with mp.workdps(50):
        for theta, gamma in [(0.3, 0.1), (2.0, 1.5), (-1.0, 1e-3)]:
            J = {k: lattice_sum(theta + k * mp.pi, 2 * gamma) for k in (-1, 0, 1)}
            table = [[J[1], J[0]], [J[0], J[-1]]]  # equal outcomes half a turn either way
            assert abs(table[0][0] / table[1][1] - 1) < 1e-40
            assert abs(sum(table[0]) / (sum(table[0]) + sum(table[1])) - 0.5) < 1e-40
            found = pair.joint_probabilities(theta, 0.0, gamma)[0].sum()
            assert found == pytest.approx(0.5, abs=1e-15)


def test_a_reflection_swaps_both_outcomes_only_for_collinear_settings():
    # phi -> 2 m - phi takes a to a + pi if m = a + pi/2 modulo pi, and the same for b.
    m = np.pi * np.arange(720) / 720

    def both_swapped(a, b):
        swaps = [np.isclose(np.cos(2 * m - x - (x + np.pi)), 1.0, atol=1e-9) for x in (a, b)]
        return np.any(swaps[0] & swaps[1])

    grid = np.pi * np.arange(0, 720, 45) / 720
    for a in grid:
        for b in np.concatenate([grid, grid + np.pi]):
            assert both_swapped(a, b) == np.isclose(np.sin(a - b), 0.0, atol=1e-9)


def test_a_reversal_keeps_every_turn_and_swaps_both_outcomes():
    drawn = pair.sample(0.3, 1.4, 0.5, 100_000, rng=6)

    def fits(lam, A, B):
        ends = (0.3 + np.pi * A - lam - drawn.alpha, 1.4 + np.pi * B - lam - np.pi - drawn.beta)
        return min(np.cos(end).min() for end in ends) > 1 - 1e-9

    kept = np.abs(drawn.alpha) + np.abs(drawn.beta) < 1e5  # beyond, rounding blurs the fit
    drawn = type(drawn)(*(field[kept] for field in drawn))
    assert fits(drawn.lam, drawn.A, drawn.B)
    assert fits(drawn.lam + np.pi, 1 - drawn.A, 1 - drawn.B)
    assert not fits(drawn.lam + np.pi, drawn.A, 1 - drawn.B)


def bloch(state, particle):
    """Return a particle's local Bloch vector."""
    reduced = state.ptrace(particle)
    spins = (qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())
    return np.array([np.real(qutip.expect(spin, reduced)) for spin in spins])


def test_only_maximally_entangled_pure_states_have_unbiased_marginals_at_all_settings():
    rng = np.random.default_rng(7)
    for eta in (0.0, 0.3, np.pi / 4, 1.2):
        turned = [qutip.rand_unitary(2, seed=rng) for _ in range(2)]
        zero, one = qutip.basis(2, 0), qutip.basis(2, 1)
        ket = np.cos(eta) * qutip.tensor(zero, one) - np.sin(eta) * qutip.tensor(one, zero)
        state = qutip.ket2dm(qutip.tensor(*turned) * ket)
        lengths = [np.linalg.norm(bloch(state, particle)) for particle in (0, 1)]
        assert lengths == pytest.approx([abs(np.cos(2 * eta))] * 2, abs=1e-12)
    mixed = 0.6 * qutip.ket2dm(qutip.singlet_state())
    mixed += 0.1 * qutip.tensor(qutip.qeye(2), qutip.qeye(2))
    assert np.abs(bloch(mixed, 0)).max() < 1e-15
    assert qutip.concurrence(mixed) < 0.5


@pytest.mark.parametrize("eta", [0.2, 0.6])
def test_a_partially_entangled_state_fits_neither_of_the_two_silent_models(eta):
    zero, one = qutip.basis(2, 0), qutip.basis(2, 1)
    ket = np.cos(eta) * qutip.tensor(zero, one) - np.sin(eta) * qutip.tensor(one, zero)

    def E(a, b, plane=(2, 0)):  # the axis is the third of x, y and z
        along, across = ((qutip.sigmax(), qutip.sigmay(), qutip.sigmaz())[k] for k in plane)
        spins = [np.cos(x) * along + np.sin(x) * across for x in (a, b)]
        return np.real(qutip.expect(qutip.tensor(*spins), ket))

    # A symmetric preparation: unbiased. One axis: E a product. The state is neither.
    bias = np.real(qutip.expect(qutip.tensor(qutip.sigmaz(), qutip.qeye(2)), ket))
    assert bias == pytest.approx(np.cos(2 * eta))
    half = np.pi / 2
    product = E(0, 0) * E(half, half) - E(0, half) * E(half, 0)
    assert product == pytest.approx(np.sin(2 * eta))  # noise only scales it, and the bias
    # In the plane normal to the axis it is the model's, with sech 2 gamma = sin 2 eta.
    gamma = np.arccosh(1 / np.sin(2 * eta)) / 2
    for a, b in [(0.0, 0.0), (0.3, 1.9), (2.0, -1.0)]:
        planar = E(a, b, plane=(0, 1))
        assert planar == pytest.approx(float(pair.correlation(a, b, gamma)), abs=1e-14)


# Section 5: other models.


def test_argaman_s_equally_probable_options_give_the_singlet_without_a_signal():
    for a, b in [(0.0, 1.0), (2.0, -0.4), (0.7, 0.7)]:
        joint = np.zeros((2, 2))
        for lam in (a, a + np.pi, b, b + np.pi):  # a quarter each, then Malus's law
            alice = np.array([np.cos((a - lam) / 2) ** 2, np.sin((a - lam) / 2) ** 2])
            bob = np.array([np.sin((b - lam) / 2) ** 2, np.cos((b - lam) / 2) ** 2])
            joint += np.outer(alice, bob) / 4
        np.testing.assert_allclose(joint, pair.joint_probabilities(a, b, 0.0), atol=1e-15)


def test_superdeterminism_need_not_correlate_the_two_choices():
    common = [("a", "A"), ("b", "B"), ("L", "A"), ("L", "B")]
    one = nx.DiGraph([*common, ("m", "a"), ("m", "b"), ("m", "L")])
    two = nx.DiGraph([*common, ("m", "a"), ("m", "L"), ("n", "b"), ("n", "L")])
    for graph, uncorrelated in ((one, False), (two, True)):
        assert nx.is_d_separator(graph, {"a"}, {"b"}, set()) == uncorrelated
        assert not nx.is_d_separator(graph, {"L"}, {"a"}, set())


def test_choices_with_a_common_cause_are_no_signal():
    # m acts on both choices. Setting a from outside cuts the arrow into it.
    left = nx.DiGraph([("m", "a"), ("m", "b")])
    set_by_alice = nx.DiGraph([("m", "b")])
    set_by_alice.add_node("a")
    assert not nx.is_d_separator(left, {"a"}, {"b"}, set())
    assert nx.is_d_separator(set_by_alice, {"a"}, {"b"}, set())
