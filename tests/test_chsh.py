"""CHSH: bounds by enumeration, the model's maximum by proof, search and QuTiP."""

from itertools import product

import mpmath as mp
import numpy as np
import pytest
import qutip

from retrolib import chsh, pair
from tests.oracle import relative_error

GAMMAS = [0.0, 1e-150, 1e-8, 0.01, 0.1, 0.44, 1.0, 5.0, 40.0, 300.0]


def sech(x):
    with mp.workdps(50):
        return mp.sech(mp.mpf(x))


# Eqs. 12, 14 and 15.


def test_local_instructions_reach_2_and_no_more():
    values = {
        float(chsh.value(A1 * B1, A1 * B2, A2 * B1, A2 * B2))
        for A1, A2, B1, B2 in product((-1, 1), repeat=4)
    }
    assert max(values) == chsh.CLASSICAL_BOUND == 2.0


def test_a_pr_box_reaches_4():
    assert chsh.value(1, 1, 1, -1) == chsh.value(-1, -1, -1, 1) == chsh.NO_SIGNALING_BOUND == 4.0


def test_the_singlet_at_the_standard_settings_reaches_tsirelson_s_bound():
    singlet = qutip.singlet_state()

    def E(a, b):
        spins = [np.cos(x) * qutip.sigmaz() + np.sin(x) * qutip.sigmax() for x in (a, b)]
        return np.real(qutip.expect(qutip.tensor(*spins), singlet))

    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    quantum = chsh.value(E(a1, b1), E(a1, b2), E(a2, b1), E(a2, b2))
    assert quantum == pytest.approx(chsh.TSIRELSON_BOUND, rel=1e-14, abs=0)
    assert relative_error(chsh.TSIRELSON_BOUND, 2 * mp.sqrt(2)) < 1e-15
    assert chsh.from_settings(*chsh.STANDARD_SETTINGS, 0.0) == pytest.approx(
        quantum, rel=1e-14, abs=0
    )


def test_tsirelson_s_operator_has_no_larger_eigenvalue():
    rng = np.random.default_rng(1)
    for _ in range(20):
        spins = [
            np.cos(x) * qutip.sigmaz() + np.sin(x) * qutip.sigmax() for x in rng.uniform(0, 7, 4)
        ]
        a1, a2, b1, b2 = spins
        bell = qutip.tensor(a1, b1 + b2) + qutip.tensor(a2, b1 - b2)
        assert np.abs(bell.eigenenergies()).max() <= chsh.TSIRELSON_BOUND + 1e-12


def test_the_minus_sign_stands_before_the_second_settings_of_both():
    E = iter((0.1, 0.2, 0.4, -0.8))
    assert chsh.value(*E) == pytest.approx(1.5)
    a1, a2, b1, b2, gamma = 0.1, 0.9, 2.3, -0.4, 0.2
    E11, E12, E21, E22 = (-np.cos(a - b) / np.cosh(0.4) for a in (a1, a2) for b in (b1, b2))
    expected = abs(E11 + E12 + E21 - E22)
    assert chsh.from_settings(a1, a2, b1, b2, gamma) == pytest.approx(expected, rel=1e-14, abs=0)


@pytest.mark.parametrize("bad", [1.1, -1.1, np.nan, np.inf])
def test_a_correlation_that_is_none_is_refused(bad):
    with pytest.raises(ValueError, match=rf"^E21 must be within \[-1, 1\], got {bad!r}$"):
        chsh.value(0.0, 0.0, [0.5, bad], 0.0)


def test_correlations_and_settings_broadcast():
    assert chsh.value(np.zeros((3, 1)), np.zeros(4), 0.0, 0.0).shape == (3, 4)
    assert chsh.from_settings(np.zeros((3, 1)), 0.0, np.zeros(4), 0.0, 0.1).shape == (3, 4)
    with pytest.raises(ValueError, match=r"E11 of shape \(2,\) and E12 of shape \(3,\)"):
        chsh.value([0.0, 0.0], [0.0, 0.0, 0.0], 0.0, 0.0)
    with pytest.raises(ValueError, match=r"a2 of shape \(2,\) and b1 of shape \(3,\)"):
        chsh.from_settings(0.0, [0.0, 0.0], [0.0, 0.0, 0.0], 0.0, 0.1)


@pytest.mark.parametrize("name", ["a1", "a2", "b1", "b2"])
def test_settings_that_are_none_are_refused(name):
    settings = dict.fromkeys(("a1", "a2", "b1", "b2"), 0.0) | {name: np.nan}
    with pytest.raises(ValueError, match=f"^{name} must be finite, got nan$"):
        chsh.from_settings(**settings, gamma=0.1)
    with pytest.raises(ValueError, match=r"^gamma must be .*, got -1\.0$"):
        chsh.from_settings(0.0, 0.0, 0.0, 0.0, gamma=-1.0)


# Eq. 16.


def test_at_the_standard_settings_s_is_equation_16():
    gamma = np.append(np.linspace(0.0, 3.0, 1001), GAMMAS)
    S = chsh.from_settings(*chsh.STANDARD_SETTINGS, gamma)
    printed = 2 * np.sqrt(2) * (1 - np.tanh(gamma) ** 2) / (1 + np.tanh(gamma) ** 2)
    assert np.abs(S - 2 * np.sqrt(2) / np.cosh(2 * gamma)).max() < 1e-14
    assert np.abs(S - printed).max() < 1e-14
    assert np.abs(S - chsh.maximum(gamma)).max() < 1e-14


@pytest.mark.parametrize("gamma", GAMMAS)
def test_the_maximum_is_accurate_in_its_tail_too(gamma):
    assert relative_error(chsh.maximum(gamma), 2 * mp.sqrt(2) * sech(2 * gamma)) < 1e-13


def test_no_settings_exceed_the_maximum():
    rng = np.random.default_rng(2)
    settings = rng.uniform(-np.pi, np.pi, (4, 200_000))
    for gamma in (0.0, 0.1, 0.7):
        S = chsh.from_settings(*settings, gamma)
        assert S.max() <= chsh.maximum(gamma) * (1 + 1e-15)
        assert S.max() > 0.99 * chsh.maximum(gamma)


def test_the_bell_violation_ends_at_the_critical_width():
    with mp.workdps(50):
        assert relative_error(chsh.critical_gamma(), mp.log(1 + mp.sqrt(2)) / 2) < 1e-15
    assert chsh.critical_gamma() == pytest.approx(0.44068679350977, abs=5e-15)
    assert chsh.maximum(chsh.critical_gamma()) == pytest.approx(2.0, abs=1e-14)
    assert chsh.maximum(0.999 * chsh.critical_gamma()) > 2 > chsh.maximum(0.45)


# The grid search of section 3.2.


def test_the_paper_s_search_finds_no_deviation_that_helps():
    found = chsh.scan(0.1, np.pi / 100, 200)
    assert found.values.shape == (201, 201, 201)
    assert found.values.dtype == np.float64
    assert found.offsets[[0, 100, 200]].tolist() == [-np.pi / 100, 0.0, np.pi / 100]
    assert found.best.settings == chsh.STANDARD_SETTINGS
    assert found.best.value == found.values[100, 100, 100] == found.values.max()
    assert found.best.value == pytest.approx(2.77278629968646, abs=5e-15)
    assert np.count_nonzero(found.values == found.best.value) == 1
    rng = np.random.default_rng(3)
    for i, j, k in rng.integers(0, 201, (300, 3)):
        a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
        d = found.offsets
        exact = chsh.from_settings(a1, a2 + d[i], b1 + d[j], b2 + d[k], 0.1)
        assert found.values[i, j, k] == pytest.approx(exact, abs=2e-15)


def test_an_odd_number_of_steps_misses_the_standard_settings():
    found = chsh.scan(0.1, np.pi / 100, 199)
    assert found.values.shape == (200, 200, 200)
    assert 0.0 not in found.offsets
    assert found.best.value < chsh.maximum(0.1) - 1e-9


def test_a_small_search_sees_little_of_what_s_can_be():
    near = chsh.scan(0.1, np.pi / 100, 10).values
    whole = chsh.scan(0.1, np.pi, 36).values
    assert near.min() > 2.7
    assert whole.min() < 0.2
    assert whole.max() <= chsh.maximum(0.1) * (1 + 1e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((-0.1, 0.1, 10), r"gamma must be finite and at least 0, got -0\.1"),
        (([0.1, 0.2], 0.1, 10), r"gamma must be a single number, got shape \(2,\)"),
        ((0.1, -0.1, 10), r"half_width must be finite and at least 0, got -0\.1"),
        ((0.1, np.nan, 10), r"half_width must be finite and at least 0, got nan"),
        ((0.1, 0.1, 0), r"steps must be at least 1, got 0\.0"),
        ((0.1, 0.1, 2.5), r"steps must be an integer of .*, got 2\.5"),
    ],
)
def test_a_search_that_is_none_is_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        chsh.scan(*arguments)


def test_one_step_has_the_two_ends():
    found = chsh.scan(0.1, 0.2, 1)
    assert found.offsets.tolist() == [-0.2, 0.2]
    assert found.values.shape == (2, 2, 2)


def test_the_grid_may_be_as_wide_and_as_fine_as_said(monkeypatch):
    assert np.isfinite(chsh.scan(0.1, 1e15, 2).values).all()
    with pytest.raises(ValueError, match=r"^half_width must be at most 1e\+15, got 10{15}\.1"):
        chsh.scan(0.1, np.nextafter(1e15, 2e15), 2)
    assert f"from 1 to {chsh.MAX_STEPS}: " in chsh.scan.__doc__
    for steps, size in [(501, "1"), (523, "1.2"), (537, "1.2"), (1200, "14"), (10**6, "8e+09")]:
        message = rf"^steps must be at most 500, got {steps}, for which S takes {size} GB$"
        with pytest.raises(ValueError, match=message.replace("+", r"\+")):
            chsh.scan(0.1, 0.1, steps)
    monkeypatch.setattr(chsh, "MAX_STEPS", 4)
    assert chsh.scan(0.1, 0.1, 4).values.shape == (5, 5, 5)


# The global search.


def reached(correlation, settings):
    a1, a2, b1, b2 = settings
    return chsh.value(
        *(float(correlation(np.array(a), np.array(b))) for a in (a1, a2) for b in (b1, b2))
    )


@pytest.mark.parametrize("gamma", [0.0, 0.1, 1.0])
def test_the_global_search_finds_the_model_s_maximum(gamma):
    best = chsh.maximise(lambda a, b: pair.correlation(a, b, gamma))
    assert best.value == pytest.approx(float(chsh.maximum(gamma)), abs=1e-14)
    again = chsh.from_settings(*best.settings, gamma)
    assert again == pytest.approx(best.value, abs=1e-15)


def test_the_global_search_finds_horodecki_s_maximum():
    # E = a.T b: the largest S is twice the root of the sum of both squared singular values.
    rng = np.random.default_rng(4)
    for _ in range(10):
        T = rng.uniform(-0.5, 0.5, (2, 2))

        def E(a, b, T=T):
            x, y = ((np.cos(angle), np.sin(angle)) for angle in (a, b))
            return sum(T[i, j] * x[i] * y[j] for i in (0, 1) for j in (0, 1))

        best = chsh.maximise(E)
        assert best.value == pytest.approx(2 * np.linalg.norm(T), abs=1e-13)
        assert reached(E, best.settings) == pytest.approx(best.value, abs=1e-13)


def test_the_global_search_is_not_caught_by_a_lesser_maximum():
    # A broad hill in one place, and a higher one, about 7 degrees wide, elsewhere.
    def E(a, b):
        broad = 0.5 * np.cos(a - 1.0) * np.cos(b - 2.0)
        narrow = np.exp(100 * (np.cos(a - 4.0) + np.cos(b - 5.0) - 2))
        return np.clip(broad + 0.5 * narrow, -1.0, 1.0)

    best = chsh.maximise(E)
    rng = np.random.default_rng(5)
    tried = rng.uniform(0, 2 * np.pi, (4, 100_000))
    near = np.array([4.0, 4.0, 5.0, 5.0])[:, None] + rng.normal(0, 0.3, (4, 100_000))
    for a1, a2, b1, b2 in (tried, near):
        S = np.abs(E(a1, b1) + E(a1, b2) + E(a2, b1) - E(a2, b2))
        assert best.value >= S.max()
    assert reached(E, best.settings) == pytest.approx(best.value, abs=1e-14)


def bump(x):
    """A smooth hill, some six degrees wide."""
    return np.exp(100 * (np.cos(x) - 1))


def tent(x):
    """A hill with a sharp top."""
    return np.maximum(0.0, 1.0 - np.abs(np.mod(x + np.pi, 2 * np.pi) - np.pi) / 0.15)


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize(("hill", "error"), [(bump, 1e-13), (tent, 1e-8)])
@pytest.mark.parametrize(
    "tops", [np.array([0.411, 2.123, 3.917, 5.279]), np.array([6.273, 4.691, 3.125, 1.5603])]
)
def test_the_global_search_reaches_maxima_between_the_points_of_its_grid(hill, error, sign, tops):
    # A hill for each of the four pairs of settings, far from each other: S is 4 at the tops.
    alice, bob = tops[:2], tops[2:]
    heights = sign * np.array([[1.0, 1.0], [1.0, -1.0]])

    def E(a, b):
        return sum(
            heights[i, j] * hill(a - alice[i]) * hill(b - bob[j]) for i in (0, 1) for j in (0, 1)
        )

    best = chsh.maximise(E)
    assert best.value == pytest.approx(4.0, abs=error)
    np.testing.assert_allclose(np.mod(best.settings, 2 * np.pi), tops, atol=1e-8)
    assert all(type(setting) is float for setting in best.settings)
    assert reached(E, best.settings) == pytest.approx(best.value, abs=1e-14)


def test_the_global_search_handles_corners_and_steps():
    def triangle(a, b):
        return 1 - 2 * np.abs((np.mod(a - b, 2 * np.pi)) / np.pi - 1)

    def square(a, b):
        return np.sign(np.cos(a - b + 0.01))

    assert chsh.maximise(triangle).value == pytest.approx(2.0, abs=1e-12)
    assert chsh.maximise(square).value == 4.0
    assert chsh.maximise(lambda a, b: np.zeros(np.broadcast_shapes(a.shape, b.shape))).value == 0.0


def test_the_global_search_prefers_a_larger_s_to_two_more_even_parts():
    # Hills on the grid. In one twelfth of a1 and of a2: S = 1 + 2 at 10 and 70 degrees, where the
    # best b1 has all of its part from a1; S = 1.45 + 1.45 at 28 and 84.
    heights = {
        (10, 100): 1.0, (10, 140): 1.0, (70, 140): -1.0, (10, 180): 0.45, (70, 180): 0.45,
        (28, 220): 0.725, (28, 260): 0.725, (84, 220): 0.725, (84, 260): -0.725,
    }  # fmt: skip

    def E(a, b):
        return sum(
            height * tent(a - np.radians(alice)) * tent(b - np.radians(bob))
            for (alice, bob), height in heights.items()
        )

    best = chsh.maximise(E)
    assert best.value == pytest.approx(3.0, abs=1e-12)
    np.testing.assert_allclose(best.settings[:3], np.radians([10, 70, 100]), atol=1e-9)


def test_the_global_search_looks_at_a_grid_and_then_as_far_to_either_side():
    asked = []

    def E(a, b):
        asked.append((a, b))
        return pair.correlation(a, b, 0.1)

    chsh.maximise(E)
    degrees = np.arange(0, 360, 2)
    for setting in asked[0]:
        np.testing.assert_allclose(np.degrees(setting.ravel()), degrees, atol=1e-12)
    steps = []
    for settings in asked[1:]:
        for setting in settings:
            around = setting.reshape(-1, 5)
            step = around[:, 4:] - around[:, 2:3]
            np.testing.assert_allclose(around[:, :1] - around[:, 2:3], -step, atol=1e-14)
            steps.append(step[0, 0])
    assert np.degrees(steps[0]) == pytest.approx(2.0, abs=1e-12)
    # A step shrinks where nothing larger was found, and the smallest is below 1e-11.
    ratios = np.array(steps[2::2]) / np.array(steps[:-2:2])
    np.testing.assert_allclose(np.where(ratios > 0.8, 1.0, 0.6), ratios, rtol=1e-3)
    assert 0.6 in ratios.round(3)
    assert 1e-11 < steps[-1] < 1.7e-11


def test_the_global_search_minds_the_modulus():
    best = chsh.maximise(lambda a, b: -0.8 + 0.0 * (a + b))
    assert best.value == pytest.approx(1.6, abs=1e-15)


@pytest.mark.parametrize(
    ("correlation", "message"),
    [
        (0.5, r"correlation must be callable, got 0\.5"),
        (lambda a, b: a + b, r"correlation must be within \[-1, 1\], got .*"),
        (lambda a, b: np.nan * (a + b), r"correlation must be within \[-1, 1\], got nan"),
        (lambda a, b: 0.0, r"correlation must return shape \(180, 180\), got shape \(\)"),
    ],
)
def test_what_is_no_correlation_is_refused(correlation, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        chsh.maximise(correlation)
