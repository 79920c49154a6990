"""Other exponents without a width: against zeta functions, sums over windings, wide pairs."""

from functools import cache

import mpmath as mp
import numpy as np
import pytest
from scipy import optimize, special

from retrolib import chsh, exponent, pair, power_law, wrap
from tests.oracle import DIGITS, relative_error

SIXTY = np.pi / 3
EXPONENTS = [
    1.0 + 2.0**-52,
    1.0 + 1e-9,
    1.001,
    1.2,
    1.5,
    2.0,
    2.5,
    3.0,
    4.0,
    7.0,
    17.0,
    60.0,
    200.0,
]
ANGLES = [1e-9, 0.01, 0.3, np.pi / 4, SIXTY, 1.5, np.pi / 2 - 1e-9, np.pi / 2, 1.6, 3.0, 4.0, 6.0]


@cache
def weights(theta, p, digits=60):
    """The sums over windings for different outcomes and for equal ones: Hurwitz zeta functions."""
    with mp.workdps(digits):
        x = abs(mp.mpf(theta)) / (2 * mp.pi)
        y = x + mp.mpf(1) / 2
        x, y = x - mp.floor(x), y - mp.floor(y)
        return [mp.zeta(mp.mpf(p), z) + mp.zeta(mp.mpf(p), 1 - z) for z in (x, y)]


def exact(theta, p):
    unlike, like = weights(theta, p)
    with mp.workdps(60):
        return -(unlike - like) / (unlike + like)


@pytest.mark.parametrize("p", EXPONENTS)
def test_the_correlation_is_zeta_functions(p):
    found = exponent.correlation(ANGLES, p)
    for theta, E in zip(ANGLES, found, strict=True):
        assert relative_error(E, exact(theta, p)) < 8e-15, theta


@pytest.mark.parametrize("theta", [-1.0, -SIXTY, 7.0, -40.0, 1e3, 1e6])
def test_it_is_even_and_repeats_itself(theta):
    for p in (1.01, 2.0, 3.0):
        assert relative_error(exponent.correlation(theta, p), exact(theta, p)) < 2e-14


def test_windings_one_by_one_come_to_the_same():
    n = np.arange(-200_000, 200_001)
    for theta in (0.3, 1.2, 2.5):
        unlike, like = ((np.abs(x + 2 * np.pi * n) ** -3.0).sum() for x in (theta, theta + np.pi))
        assert exponent.correlation(theta, 3.0) == pytest.approx(
            -(unlike - like) / (unlike + like), abs=1e-10
        )


def test_the_exponent_2_is_the_singlet():
    theta = np.linspace(-10.0, 10.0, 999)
    np.testing.assert_allclose(exponent.correlation(theta, 2.0), -np.cos(theta), atol=1e-15)
    found, singlet = exponent.correlation(1.5, 2.0), pair.correlation(1.5, 0.0, 0.0)
    assert found == pytest.approx(singlet, rel=2e-14, abs=0)


def test_the_exponent_4_is_elementary():
    c = np.cos(theta := np.linspace(-4.0, 4.0, 999))
    found = exponent.correlation(theta, 4.0)
    np.testing.assert_allclose(found, -(5 * c + c**3) / (2 + 4 * c**2), atol=1e-15)


def test_at_sixty_degrees_it_is_a_power_of_2():
    p = np.append(1.0 + np.logspace(-15, 2, 400), EXPONENTS)
    exact = -np.expm1(-(p - 1.0) * np.log(2.0))
    np.testing.assert_allclose(exponent.correlation(SIXTY, p), -exact, rtol=1e-13)


def test_equal_and_opposite_settings_are_certain_and_right_angles_are_not():
    p = np.array(EXPONENTS)
    assert exponent.correlation(0.0, p).tolist() == [-1.0] * p.size
    assert exponent.correlation(5e-324, p[3:]).tolist() == [-1.0] * (p.size - 3)
    np.testing.assert_allclose(exponent.correlation(np.pi, p[1:]), 1.0, atol=1e-6)
    assert np.abs(exponent.correlation(np.pi / 2, p)).max() < 1e-13


@pytest.mark.parametrize("p", [999.0, 1e3, 1001.0, 1e10, 1e300])
@pytest.mark.parametrize("lack", [1e-16, 1e-12, 1e-4, 3e-3, 0.5])
def test_a_huge_exponent_compares_the_two_shortest_turns_alone(p, lack):
    theta = 0.5 * np.pi * (1.0 - lack)
    with mp.workdps(50):
        v = 1 - 2 * mp.mpf(theta) / mp.pi
        exact = -mp.tanh(mp.mpf(p) * mp.atanh(v))
    assert relative_error(exponent.correlation(theta, p), exact) < 2e-14


@pytest.mark.parametrize("p", [2.5, 3.0, 4.0])
def test_it_is_the_limit_of_pairs_with_a_width(p):
    """Two legs of power_law are convolved on the circle, by their Fourier coefficients."""
    points = 6 * 2**9
    lam = 2 * np.pi * np.arange(points) / points
    off = []
    for gamma in (0.08, 0.04, 0.02):
        w = wrap(lambda x, gamma=gamma: power_law(x, gamma, p), lam)
        J = np.fft.irfft(np.square(np.fft.rfft(w)), points)
        unlike, like = J[points // 6], J[4 * points // 6]
        off.append(abs((like - unlike) / (like + unlike) - exponent.correlation(SIXTY, p)))
    assert off[2] < 0.6 * off[1] < 0.36 * off[0] < 0.036


# S.


def test_s_at_the_standard_settings_is_the_odd_numbers():
    for p in (1.01, 1.5, 2.0, 3.0, 4.0, 8.0):
        with mp.workdps(DIGITS):
            one, three, five, seven = (mp.zeta(p, mp.mpf(k) / 8) for k in (1, 3, 5, 7))
            S = 4 * (one - three - five + seven) / (one + three + five + seven)
        assert relative_error(exponent.chsh(p), S) < 2e-14
    assert exponent.chsh(2.0) == pytest.approx(chsh.TSIRELSON_BOUND, rel=1e-14)
    assert exponent.chsh(4.0) == pytest.approx(11 / (2 * np.sqrt(2)), rel=1e-14)
    assert exponent.chsh(1e3) == chsh.NO_SIGNALING_BOUND
    assert exponent.chsh([[1.5], [3.0]]).shape == (2, 1)


def test_s_at_the_standard_settings_rises_with_the_exponent():
    S = exponent.chsh(1.0 + np.logspace(-9, 1.5, 500))
    assert (np.diff(S) > 0).all()
    assert S[0] < 1e-8


def tooth(p):
    """The largest 3 f(t) - f(3 t), f = -E by zeta functions: three equal angles, and their sum."""

    def f(t):
        x = t / (2 * np.pi)
        unlike, like = (special.zeta(p, [y, 1 - y]).sum() for y in (x, 0.5 - x))
        return (unlike - like) / (unlike + like)

    def lack(log):
        t = np.exp(log)
        return f(3 * t) - 3 * f(t)

    return -min(
        optimize.minimize_scalar(
            lack, bounds=bounds, method="bounded", options={"xatol": 1e-10}
        ).fun
        for bounds in ((-16.0, -4.0), (-4.0, -1.0), (-1.0, 0.0))
    )


@pytest.mark.parametrize("p", [1.05, 1.5, 1.67, 1.68, 2.0, 3.0])
def test_the_largest_s_has_three_equal_angles(p):
    best = exponent.chsh_maximum(p)
    a1, a2, b1, b2 = best.settings
    E = [exact(a - b, p) for a in (a1, a2) for b in (b1, b2)]
    assert relative_error(best.value, abs(E[0] + E[1] + E[2] - E[3])) < 1e-13
    assert best.value == pytest.approx(tooth(p), abs=3e-9)
    assert best.value > chsh.CLASSICAL_BOUND
    standard = float(exponent.chsh(p))
    assert best.value >= standard - 1e-14
    assert (best.value > standard + 1e-6) == (p < 1.675)


def test_no_random_settings_have_more_than_the_largest_s():
    a1, a2, b1, b2 = np.random.default_rng(5).uniform(-np.pi, np.pi, (4, 5_000))
    for p in (1.3, 2.5):
        E = [exponent.correlation(a - b, p) for a in (a1, a2) for b in (b1, b2)]
        S = chsh.value(*E)
        largest = exponent.chsh_maximum(p).value
        assert 0.9 * largest < S.max() <= largest


def test_arguments_broadcast_and_shapes_that_do_not_are_refused():
    assert exponent.correlation(np.ones((3, 1)), [2.0, 3.0]).shape == (3, 2)
    assert float(exponent.correlation(1, 2)) == pytest.approx(-np.cos(1.0), rel=1e-14)
    with pytest.raises(ValueError, match=r"^theta of shape \(2,\) and p of shape \(3,\) do not"):
        exponent.correlation([1.0, 2.0], [2.0, 3.0, 4.0])
    with pytest.raises(ValueError, match=r"^p must be a single number, got shape \(1,\)$"):
        exponent.chsh_maximum([2.0])


# Weights that are no power, at sixty degrees: one half is Born's rule.


def at_sixty(shape, gamma):
    """E of one particle for the weight shape(alpha / gamma)."""
    unlike, like = wrap(lambda alpha: shape(alpha / gamma), [SIXTY, SIXTY + np.pi])
    return float((unlike - like) / (unlike + like))


def test_a_logarithm_in_the_tail_is_allowed_and_slow():
    """The sum of (L + ln m)/m^2 over a class of m mod 6 is a zeta function and its derivative."""

    def part(L, *classes):
        with mp.workdps(30):
            return sum(
                L * mp.zeta(2, mp.mpf(r) / 6) / 36
                - mp.diff(lambda p, r=r: mp.zeta(p, mp.mpf(r) / 6) * mp.mpf(6) ** -p, 2)
                for r in classes
            )

    for gamma in (1e-9, 1e-15, 1e-24):
        found = at_sixty(lambda x: np.log(np.e + np.abs(x)) / (1.0 + x * x), gamma)
        L = mp.log(mp.pi / 3 / gamma)
        unlike, like = part(L, 1, 5), part(L, 2, 4)
        assert found == pytest.approx(float((unlike - like) / (unlike + like)), abs=1e-8)
        assert (0.5 - found) * float(L) == pytest.approx(0.5 * np.log(2.0), rel=0.03)


def test_a_log_periodic_tail_has_no_limit():
    def shape(x):
        return (1.0 + 0.3 * np.sin(np.log1p(x * x))) / (1.0 + x * x)

    for gamma in (1e-6, 1e-9):
        cycle = [at_sixty(shape, gamma * np.exp(-k * np.pi / 4)) for k in range(5)]
        assert cycle[4] == pytest.approx(cycle[0], abs=1e-10)
        assert np.ptp(cycle) > 0.1


@pytest.mark.parametrize("s", [0.8, 1.0, 1.2, 1.9])
def test_of_the_stable_weights_cauchy_s_alone_has_born_s_rule(s):
    """Their Fourier coefficients are exp(-|k gamma|^s); the tail has the exponent 1 + s."""
    gamma = 1e-3
    k = np.arange(1, int(40.0 ** (1.0 / s) / gamma))
    waves = np.exp(-((k * gamma) ** s)) * np.cos(k * SIXTY)
    found = 2.0 * waves[::2].sum() / (1.0 + 2.0 * waves[1::2].sum())
    assert found == pytest.approx(-float(exponent.correlation(SIXTY, 1.0 + s)), abs=5e-4)
    assert (abs(found - 0.5) < 1e-3) == (s == 1.0)
