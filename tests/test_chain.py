"""Chains of pairs: every history added up over directions on a grid, and QuTiP's swapping."""

from functools import cache

import mpmath as mp
import numpy as np
import pytest
import qutip
from scipy import optimize

from retrolib import chain, pair
from tests.oracle import DIGITS, relative_error
from tests.test_proven import lorentzian as wound

PI = np.pi
STEPS = 256
GRID = 2 * PI * np.arange(STEPS) / STEPS
OPPOSITE = (np.arange(STEPS) + STEPS // 2) % STEPS
# Outcomes of a joint measurement: where the other spin ends, the first one at a place of the grid.
TIES = {
    "Psi-": OPPOSITE,
    "Phi+": np.arange(STEPS),
    "Phi-": -np.arange(STEPS) % STEPS,
    "Psi+": (STEPS // 2 - np.arange(STEPS)) % STEPS,
}


@cache
def turns(gamma):
    """The weights of one leg between directions of the grid."""
    return wound(GRID, np.array(gamma))


def weights(a, b, gamma, ties):
    """J over the outcomes of Alice and Bob, all directions in between added up one after another.

    Each pair starts with opposite directions; each joint measurement ties the final ones.
    """
    from_to = turns(gamma)[np.subtract.outer(np.arange(STEPS), np.arange(STEPS)) % STEPS]
    J = np.empty((2, 2))
    for A, B in np.ndindex(2, 2):
        first = wound(a + PI * A - GRID, np.array(gamma))  # over the start of spin 1
        for tie in ties:
            start = first[OPPOSITE]  # of the pair's second spin
            end = from_to @ start  # where it meets the next pair's first spin ...
            tied = np.empty(STEPS)
            tied[TIES[tie]] = end  # ... which ends there
            first = from_to.T @ tied
        last = wound(b + PI * B - GRID, np.array(gamma))
        J[A, B] = first[OPPOSITE] @ last
    return J


def correlation(J):
    return (J[0, 0] + J[1, 1] - J[0, 1] - J[1, 0]) / J.sum()


SETTINGS = [(0.3, 1.1), (-2.0, 0.4), (1.0, 1.0)]
each_settings = pytest.mark.parametrize(("a", "b"), SETTINGS)


# Chains.


@each_settings
@pytest.mark.parametrize("gamma", [0.2, 0.45])
def test_a_chain_adds_up_every_history(a, b, gamma):
    for links in (1, 2, 3, 4):
        J = weights(a, b, gamma, ["Psi-"] * (links - 1))
        E = correlation(J)
        assert chain.correlation(a, b, gamma, links) == pytest.approx(E, abs=1e-11)
        of_one = np.cosh(2 * gamma)  # 1/V_1
        V = 1 / np.polynomial.chebyshev.chebval(of_one, [0.0] * links + [1.0])
        assert pytest.approx(-np.cos(a - b) * V, abs=1e-11) == E
        assert chain.visibility(gamma, links) == pytest.approx(V, rel=1e-13)
        np.testing.assert_allclose([J.sum(axis=0), J.sum(axis=1)], J.sum() / 2, rtol=1e-13)


def test_one_pair_is_the_pair():
    rng = np.random.default_rng(1)
    a, b = rng.uniform(-10.0, 10.0, (2, 1000))
    gamma = np.append(10.0 ** rng.uniform(-150.0, 3.0, 900), np.zeros(100))
    found = chain.correlation(a, b, gamma, 1)
    np.testing.assert_array_equal(found, pair.correlation(a, b, gamma))
    np.testing.assert_array_equal(chain.visibility(gamma, 1), -pair.correlation(0.0, 0.0, gamma))


@pytest.mark.parametrize("gamma", [0.0, 1e-150, 1e-8, 1e-3, 0.1, 1.0, 40.0, 1e3, 1e300])
@pytest.mark.parametrize("links", [1, 2, 5, 1000, 2**53])
def test_chains_are_accurate_at_any_width_and_length(gamma, links):
    with mp.workdps(DIGITS):
        whole = 2.0 * min(gamma, 1e4) * links  # the float
        exact = mp.sech(mp.mpf(whole))
        E = -mp.cos(mp.mpf(0.5)) * exact
    if exact > 1e-300:
        assert relative_error(chain.visibility(gamma, links), exact) < 1e-13
        assert relative_error(chain.correlation(2.0, 1.5, gamma, links), E) < 1e-13
    else:
        assert chain.visibility(gamma, links) <= 1e-300


def test_a_correlation_below_the_normal_floats_comes_under_any_floating_point_settings():
    with np.errstate(all="raise"):
        E = chain.correlation(1.5, 0.5, 711 / 4, 2)
    exact = -2 * mp.cos(1) * mp.exp(-711)
    assert abs(E / exact - 1) < 1e-14
    assert abs(E) < np.finfo(float).tiny


def bell(kind):
    """A Bell state; in the plane of z and x, of which the correlations of the ends are spoken."""
    return {
        "Psi-": qutip.bell_state("11"),
        "Phi+": qutip.bell_state("00"),
        "Phi-": qutip.bell_state("01"),
        "Psi+": qutip.bell_state("10"),
    }[kind]


def along(angle):
    return np.cos(angle) * qutip.sigmaz() + np.sin(angle) * qutip.sigmax()


def swapped(V, kind, a, b):
    """The probability of this outcome on spins 2 and 3 of two Werner pairs, and E of 1 and 4."""
    werner = V * bell("Psi-").proj() + (1 - V) * qutip.tensor(qutip.qeye(2), qutip.qeye(2)) / 4
    both = qutip.tensor(werner, werner)
    outcome = qutip.tensor(qutip.qeye(2), bell(kind).proj(), qutip.qeye(2))
    probability = np.real(qutip.expect(outcome, both))
    ends = qutip.tensor(along(a), bell(kind).proj(), along(b))
    return probability, np.real(qutip.expect(ends, both)) / probability


@each_settings
@pytest.mark.parametrize("kind", TIES)
def test_given_the_joint_outcome_the_ends_are_quantum_theory_s_times_the_visibility(a, b, kind):
    gamma = 0.2
    probability, quantum = swapped(1.0, kind, a, b)
    assert probability == pytest.approx(0.25, abs=1e-14)
    sign = {"Psi-": -1, "Phi+": 1, "Phi-": 1, "Psi+": -1}[kind]
    angle = a - b if kind in ("Psi-", "Phi+") else a + b
    assert quantum == pytest.approx(sign * np.cos(angle), abs=1e-14)
    E = correlation(weights(a, b, gamma, [kind]))
    assert pytest.approx(quantum / np.cosh(4 * gamma), abs=1e-11) == E
    if kind == "Psi-":
        assert chain.correlation(a, b, gamma, 2) == pytest.approx(E, abs=1e-11)


def test_swapped_werner_states_are_the_more_visible():
    gamma = 0.1
    V = float(chain.visibility(gamma, 1))
    _, E = swapped(V, "Psi-", 0.0, 0.0)
    assert abs(E + V**2) < 1e-13
    assert chain.visibility(gamma, 2) == pytest.approx(V**2 / (2 - V**2), rel=1e-13)
    links = np.arange(2, 40)
    assert (chain.visibility(gamma, links) < V**links).all()
    # Bell's bound is passed by fewer pairs.
    last = np.log(1 + np.sqrt(2)) / (2 * gamma)
    assert ((2**1.5 * chain.visibility(gamma, links) > 2) == (links < last)).all()
    assert last == pytest.approx(4.4069, abs=1e-4)


# The complete measurement.


@each_settings
@pytest.mark.parametrize("gamma", [0.1, 0.3])
def test_victor_counts_the_histories_of_all_four_outcomes(a, b, gamma):
    J = {kind: weights(a, b, gamma, [kind]) for kind in TIES}
    whole = sum(J.values())
    shares = {kind: J[kind].sum() / whole.sum() for kind in TIES}
    found = chain.victor(a, b, gamma)
    assert found == pytest.approx(shares["Psi-"] + shares["Phi+"], abs=1e-11)
    assert shares["Psi-"] == pytest.approx(shares["Phi+"], abs=1e-13)  # these two alone: 1/2
    # Victor's choice to measure is not seen at the ends.
    np.testing.assert_allclose(whole / whole.sum(), 0.25, atol=1e-13)
    quantum = [swapped(1.0, kind, a, b)[0] for kind in ("Psi-", "Phi+")]
    assert sum(quantum) == pytest.approx(0.5, abs=1e-14)


@pytest.mark.parametrize(
    ("a", "expected"),
    [(0.0, 0.5), (PI / 8, 0.764351841239), (PI / 4, 0.873849959119), (-PI / 4, 0.126150040881)],
)
def test_alice_signals_to_victor(a, expected):
    assert chain.victor(a, PI / 4, 0.1) == pytest.approx(expected, abs=1e-12)
    assert chain.victor(PI / 4, a, 0.1) == pytest.approx(expected, abs=1e-12)  # so does Bob


def test_no_weights_of_the_outcomes_silence_alice():
    # A weight multiplies the odds of an outcome; their ratio for two settings stays.
    a, b, gamma = np.array([0.2, 1.0]), 0.7, 0.2
    J = {kind: [weights(x, b, gamma, [kind]).sum() for x in a] for kind in ("Psi-", "Phi-")}
    weighted = np.random.default_rng(2).uniform(0.1, 10.0, (20, 2))
    ratios = [np.divide(r * np.array(J["Psi-"]), q * np.array(J["Phi-"])) for r, q in weighted]
    odds = chain.victor(a, b, gamma) / (1 - chain.victor(a, b, gamma))
    for one, other in ratios:
        assert one / other == pytest.approx(odds[0] / odds[1], rel=1e-10)
    assert abs(np.log(odds[0] / odds[1])) > 0.3


@pytest.mark.parametrize("gamma", [0.0, 5e-324, 1e-150, 1e-77, 1e-8, 1e-3, 0.1, 5.0, 1e3, 1e308])
def test_victor_is_accurate_at_any_width(gamma):
    # Dyadic settings, whose sums are exact.
    for a in (0.0, 2.0**-1000, 2.0**-60, 0.5, 1.0, -1.25):
        for b in (0.0, 2.0**-1000, 2.0**-60, 0.5, -0.75, 3.0):
            with mp.workdps(700):
                t = mp.sinh(4 * mp.mpf(max(min(gamma, 1e3), 1e-320))) ** 2
                plus, minus = mp.sin(mp.mpf(a) + b) ** 2, mp.sin(mp.mpf(a) - b) ** 2
                exact = (t + plus) / (2 * t + plus + minus)
            if exact > 1e-300:
                assert relative_error(chain.victor(a, b, gamma), exact) < 1e-13
            else:
                assert chain.victor(a, b, gamma) <= 1e-300


def test_squares_of_tiny_widths_vanish_quietly():
    with np.errstate(all="raise"):
        found = chain.victor(0.5, [0.5, -0.5], 1e-165)
    assert found.tolist() == [1.0, 0.0]


def test_quiet_weights_are_weak():
    # Of one leg, on a grid: as much weight at x and at x + pi together for all x.
    cost = -np.cos(GRID)
    halves = np.hstack([np.eye(STEPS // 2)] * 2)
    found = optimize.linprog(cost, A_eq=halves, b_eq=np.full(STEPS // 2, 2 / STEPS))
    assert -found.fun == pytest.approx(2 / PI, abs=1e-4)
    # With the widest of them all four outcomes are as likely, whatever the settings.
    box = (np.sign(np.cos(GRID).round(12)) + 1) / 2
    net = np.fft.fft(box / box.sum()) ** 4
    assert np.abs(net[2::2]).max() < 1e-12
    assert 2 * net[1].real == pytest.approx(2 * (2 / PI) ** 4, abs=1e-4)
    # That is its cosine; with the other odd harmonics equal settings have 1/3.
    assert net[1::2].real.sum() == pytest.approx(1 / 3, abs=1e-4)


# What is accepted and refused.


def test_widths_and_lengths_broadcast():
    found = chain.correlation(np.zeros((4, 1, 1)), 0.5, np.full((3, 1), 0.1), [1, 2])
    assert found.shape == (4, 3, 2)
    assert chain.visibility(np.full((3, 1), 0.1), [1, 2]).shape == (3, 2)
    np.testing.assert_array_equal(found[0, 0], -np.cos(0.5) * chain.visibility(0.1, [1, 2]))


@pytest.mark.parametrize(
    ("links", "message"),
    [
        (0, r"links must be at least 1, got 0\.0"),
        ([1, -2], r"links must be at least 1, got -2\.0"),
        (1.5, r"links must be an integer of .*, got 1\.5"),
        ([1, 2, 3], r".*gamma of shape \(2,\) and links of shape \(3,\) do not broadcast together"),
    ],
)
def test_a_number_of_pairs_that_is_none_is_refused(links, message):
    for call in (
        lambda: chain.visibility([0.1, 0.2], links),
        lambda: chain.correlation(0.0, 1.0, [0.1, 0.2], links),
    ):
        with pytest.raises(ValueError, match=f"^{message}$"):
            call()


@pytest.mark.parametrize("name", ["a", "b"])
def test_settings_too_large_to_subtract_are_refused(name):
    good = {"a": 0.0, "b": 1.0, "gamma": 0.1}
    for function, more in ((chain.victor, {}), (chain.correlation, {"links": 2})):
        assert np.isfinite(function(**good | {"a": 8e307, "b": -8e307} | more))
        with pytest.raises(ValueError, match=rf"^{name} must be at most 8e\+307 in magnitude"):
            function(**good | {name: 1e308} | more)
