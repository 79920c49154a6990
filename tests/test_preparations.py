"""Preparations as weights on the circle, against quadrature and scipy's von Mises law."""

import mpmath as mp
import numpy as np
import pytest
from scipy import integrate, optimize, special

from retrolib import PairModel, Wrapped, chsh, preparations, signaling, wrapped_lorentzian
from retrolib.preparations import (
    Preparation,
    axes,
    axis,
    cosine,
    harmonics,
    uniform,
    von_mises,
)
from tests.oracle import lattice_sum


def mass(preparation, points=(1.0,)):
    def mu(lam):
        return float(preparation.density(np.array([lam]))[0])

    return integrate.quad(mu, 0.0, 2 * np.pi, points=points, epsabs=1e-12, limit=500)[0]


@pytest.mark.parametrize(
    "preparation",
    [
        *[uniform(), von_mises(0.0), von_mises(3.0, 1.0), von_mises(2e3, 1.0), cosine(0.7, 1.0)],
        *[harmonics([]), harmonics([0.3, -0.2, 0.4], 0.5), harmonics([0.0, 0.0, 1.0])],
    ],
)
def test_densities_have_the_mass_one(preparation):
    assert mass(preparation) == pytest.approx(1.0, abs=1e-10)


@pytest.mark.parametrize("kappa", [0.0, 1e-3, 1.0, 30.0, 360.0, 699.0, 701.0, 1300.0, 1e4, 1e8])
def test_von_mises_is_its_formula(kappa):
    x = np.array([0.0, 0.3, -0.3, 2.0, np.pi])
    exact = np.exp(kappa * (np.cos(x) - 1)) / (2 * np.pi * special.ive(0, kappa))
    found = von_mises(kappa, center=0.5).density(x + 0.5)
    np.testing.assert_allclose(found, exact, rtol=1e-7 if kappa > 1e5 else 1e-11, atol=1e-300)
    assert found[0] == pytest.approx(exact[0], rel=1e-14, abs=0)


@pytest.mark.parametrize("kappa", [1e15, 1e300])
def test_von_mises_of_a_huge_concentration_does_not_overflow(kappa):
    density = von_mises(kappa).density(np.array([0.0, 1.0]))
    assert density[0] == pytest.approx(np.sqrt(kappa / (2 * np.pi)), rel=1e-14, abs=0)
    assert density[1] == 0.0


@pytest.mark.parametrize("epsilon", [-1.0, -0.3, 0.0, 0.8, 1.0])
def test_cosine_is_its_formula_and_never_negative(epsilon):
    x = np.append(np.linspace(-7, 7, 999), [np.pi, -np.pi, 0.0, 3 * np.pi])
    density = cosine(epsilon, center=0.2).density(x + 0.2)
    np.testing.assert_allclose(density, (1 + epsilon * np.cos(x)) / (2 * np.pi), atol=1e-15)
    assert density.min() >= 0.0


def test_an_axis_has_its_mass_on_two_opposite_directions():
    prepared = axis(0.4, share=0.3)
    assert prepared.density is None
    assert prepared.atoms.tolist() == [0.4, 0.4 + np.pi]
    assert prepared.masses.tolist() == [0.3, 0.7]


def test_axes_have_half_of_their_share_on_each_end():
    prepared = axes([0.2, 1.0, 7.0], [1.0, 0.0, 3.0])
    assert prepared.density is None
    np.testing.assert_allclose(np.exp(1j * prepared.atoms[:3]), np.exp(1j * np.array([0.2, 1, 7])))
    np.testing.assert_allclose(prepared.atoms[3:] - prepared.atoms[:3], np.pi, rtol=1e-15)
    assert prepared.masses.tolist() == [0.125, 0.0, 0.375] * 2
    assert axes([0.1, 0.2, 0.3, 0.4]).masses.tolist() == [0.125] * 8
    np.testing.assert_allclose(axes([0, 1], [1e308, 1.5e308]).masses, [0.2, 0.3] * 2, rtol=1e-15)


def test_a_single_axis_among_axes_is_an_axis():
    one, same = axes([0.4]), axis(0.4, share=0.5)
    assert one.atoms.tolist() == same.atoms.tolist()
    assert one.masses.tolist() == same.masses.tolist()


def test_harmonics_are_their_formula_and_look_the_same_reversed():
    x = np.linspace(-7, 7, 999)
    found = harmonics([0.3, -0.2, 0.4], center=0.5).density(x)
    exact = 1 + 0.3 * np.cos(2 * x - 1) - 0.2 * np.cos(4 * x - 2) + 0.4 * np.cos(6 * x - 3)
    np.testing.assert_allclose(found, exact / (2 * np.pi), rtol=1e-13)
    np.testing.assert_allclose(
        harmonics([0.9, 0.1]).density(x + np.pi), harmonics([0.9, 0.1]).density(x), rtol=1e-12
    )


@pytest.mark.parametrize("count", [1, 2, 5, 31, 32])
def test_amplitudes_may_touch_zero_and_not_cross_it(count):
    k = np.arange(1, count + 1)
    fejer = 2.0 * (1.0 - k / (count + 1.0))  # a square, with `count` zeros
    single = np.where(k == count, 1.0, 0.0)
    for touching in (fejer, single, -single, fejer * np.cos(np.pi * k)):
        assert harmonics(touching).density(np.linspace(0, 7, 999)).min() >= 0.0
        with pytest.raises(ValueError, match=r"^amplitudes must leave a weight of at least 0"):
            harmonics(touching * (1.0 + 1e-9))


@pytest.mark.parametrize("seed", range(20))
def test_the_lowest_place_is_found_between_the_points_that_are_looked_at(seed):
    rng = np.random.default_rng(seed)
    c = rng.normal(size=rng.integers(1, 33))
    x = np.linspace(0.0, np.pi, 40_000)
    wave = np.cos(2.0 * x[:, None] * np.arange(1, c.size + 1)) @ c
    turned = np.linspace(x[wave.argmin() - 1], x[(wave.argmin() + 1) % x.size], 10_000)
    fine = np.cos(2.0 * turned[:, None] * np.arange(1, c.size + 1)) @ c
    c /= -min(wave.min(), fine.min())
    if np.abs(c).max() <= 1.99:
        harmonics(c * (1.0 - 1e-9))
        with pytest.raises(ValueError, match=r"^amplitudes must leave a weight of at least 0"):
            harmonics(c * (1.0 + 1e-9))


def test_preparations_add_up():
    both = cosine(0.5) + von_mises(2.0) + axis(1.0, 0.25) + axis(2.0, 1.0)
    x = np.array([0.0, 1.0])
    expected = cosine(0.5).density(x) + von_mises(2.0).density(x)
    np.testing.assert_array_equal(both.density(x), expected)
    assert both.masses.tolist() == [0.25, 0.75, 1.0, 0.0]
    np.testing.assert_allclose(both.atoms, [1.0, 1.0 + np.pi, 2.0, 2.0 + np.pi])
    assert (axis(0, 1) + axis(1, 1)).density is None
    assert (uniform() + axis(1, 1)).density(x).tolist() == uniform().density(x).tolist()
    assert (axis(1, 1) + uniform()).density(x).tolist() == uniform().density(x).tolist()
    assert Preparation().atoms.size == 0


def test_preparations_stay_as_they_are_made_and_are_told_apart():
    one, same = axis(0.4, share=0.3), axis(0.4, share=0.3)
    with pytest.raises(AttributeError, match="masses"):
        one.masses = np.array([1.0, 0.0])
    assert one != same
    assert len({one, same, one}) == 2


def test_points_are_kept_as_rows_of_floats_that_cannot_be_written_to():
    prepared = Preparation(None, [1, 2], (3, 4))
    for row, values in ((prepared.atoms, [1.0, 2.0]), (prepared.masses, [3.0, 4.0])):
        assert row.dtype == np.float64
        assert row.tolist() == values
        assert not row.flags.writeable


def test_only_preparations_are_added():
    with pytest.raises(TypeError, match=r"unsupported operand"):
        uniform() + 3.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Preparation(0.5), r"density must be callable, got 0\.5"),
        (lambda: von_mises(-1.0), r"kappa must be finite and at least 0, got -1\.0"),
        (lambda: von_mises(np.inf), r"kappa must be finite and at least 0, got inf"),
        (lambda: von_mises([1.0, 2.0]), r"kappa must be a single number, got shape \(2,\)"),
        (lambda: von_mises(1.0, np.nan), r"center must be finite, got nan"),
        (lambda: cosine(1.1), r"epsilon must be within \[-1, 1\], got 1\.1"),
        (lambda: cosine(np.nan), r"epsilon must be within \[-1, 1\], got nan"),
        (lambda: cosine(0.1, "east"), r"center must hold real numbers, got 'east'"),
        (lambda: axis(0.0, -0.1), r"share must be within \[0, 1\], got -0\.1"),
        (lambda: axis(0.0, 1.1), r"share must be within \[0, 1\], got 1\.1"),
        (lambda: axis(np.inf, 0.5), r"center must be finite, got inf"),
        (lambda: axes([0.0, np.nan]), r"centers must be finite, got nan"),
        (lambda: axes([]), r"centers must have a share above 0, got the shares \[\]"),
        (lambda: axes([0.0], [0.0]), r"centers must have a share above 0, got the shares \[0\.0\]"),
        (lambda: axes([0.0], [-1.0]), r"shares must be finite and at least 0, got -1\.0"),
        (
            lambda: axes([0.0, 1.0], [1.0]),
            r"centers and shares must be two rows of the same length, got \(2,\) and \(1,\)",
        ),
        (lambda: axes(0.5), r"centers and shares must be two rows .*, got \(\) and \(\)"),
        (lambda: harmonics(0.5), r"amplitudes must be one row of at most 32, got shape \(\)"),
        (lambda: harmonics(np.zeros(33)), r"amplitudes must be .* at most 32, got shape \(33,\)"),
        (lambda: harmonics([-2.1]), r"amplitudes must be at most 2 in magnitude, got -2\.1"),
        (lambda: harmonics([1.0], np.nan), r"center must be finite, got nan"),
        (
            lambda: harmonics([0.0, -1.001]),
            r"amplitudes must leave a weight of at least 0 .*, got \[0\.0, -1\.001\]",
        ),
    ],
)
def test_parameters_out_of_their_domain_are_refused(make, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()


def test_the_module_offers_what_it_says():
    assert preparations.__all__ == [
        *["Preparation", "axes", "axis", "cosine", "harmonics", "uniform", "von_mises"]
    ]


# What the silent ones do to a pair.

THREE = np.radians([0.0, 60.0, 120.0])


def lorentzian_pair(gamma, preparation):
    return PairModel(Wrapped(lambda x: wrapped_lorentzian(x, gamma)), preparation=preparation)


def standard(E):
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    return float(chsh.value(*(E(a, b) for a in (a1, a2) for b in (b1, b2))))


def on_axes(a, b, centers, shares, gamma):
    """E by sums over windings in 220 digits: six directions, four outcomes."""
    E = norm = mp.mpf(0)
    for center, share in zip(centers, shares, strict=True):
        for end in (mp.mpf(center), mp.mpf(center) + mp.pi):
            legs = [
                [lattice_sum(x + k * mp.pi - end, gamma) for k in (0, 1)]
                for x in (mp.mpf(a), mp.mpf(b) - mp.pi)
            ]
            (alike, other), (bobs, far) = legs
            E += share * (alike - other) * (bobs - far)
            norm += share * (alike + other) * (bobs + far)
    return E / norm


def over_directions(a, b, gamma, centers):
    """E by a sum over both ends of each axis, with the legs' sums over windings closed."""
    joint = [
        sum(
            1
            / (np.sinh(gamma / 2) ** 2 + np.sin((a + A * np.pi - end) / 2) ** 2)
            / (np.sinh(gamma / 2) ** 2 + np.sin((b + B * np.pi - end - np.pi) / 2) ** 2)
            for center in centers
            for end in (center, center + np.pi)
        )
        for A in (0, 1)
        for B in (0, 1)
    ]
    return (joint[0] - joint[1] - joint[2] + joint[3]) / sum(joint)


@pytest.mark.parametrize("gamma", [1e-8, 0.1, 20.0])
def test_axes_have_the_correlation_of_their_windings(gamma):
    centers, shares = [0.3, 1.1], [0.2, 1.0]
    model = lorentzian_pair(gamma, axes(centers, shares))
    with mp.workdps(60):
        for a, b in ((2.0, -0.7), (0.3, 1.2), (1.1, 0.3)):
            off = model.correlation(a, b) - float(on_axes(a, b, centers, shares, gamma))
            assert abs(off) < 1e-14, (a, b)


def test_three_axes_pass_tsirelson_s_bound_by_23_elevenths_of_root_2():
    root = np.sqrt(2.0)
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    for gamma in (1e-8, 1e-100):
        E = lorentzian_pair(gamma, axes(THREE)).correlation
        parts = [E(a1, b1), E(a1, b2), E(a2, b1), E(a2, b2)]
        expected = [-1 / root, -1 / root, -6 * root / 11, 6 * root / 11]
        np.testing.assert_allclose(parts, expected, atol=1e-14)
        assert standard(E) == pytest.approx(23 * root / 11, abs=1e-14)
    for gamma in (0.01, 0.1):
        model = lorentzian_pair(gamma, axes(THREE))
        S = standard(lambda a, b, g=gamma: over_directions(a, b, g, THREE))
        assert standard(model.correlation) == pytest.approx(S, abs=1e-13)
        assert S > chsh.TSIRELSON_BOUND


def test_the_best_settings_of_three_axes_have_a_little_more_than_the_standard_ones():
    """Every combination of settings 3 degrees apart has less than the search finds."""
    found = chsh.maximise(lorentzian_pair(1e-8, axes(THREE)).correlation)
    assert 23 * np.sqrt(2) / 11 + 9e-5 < found.value < 2.9570831
    x = np.radians(np.arange(0.0, 180.0, 3.0)) + 1e-3
    E = over_directions(x[:, None], x, 1e-8, THREE)
    both, apart = np.abs(E[:, None] + E), np.abs(E[:, None] - E)  # over a1, a2, b
    grid = (both.max(axis=-1) + apart.max(axis=-1)).max()
    assert found.value - 2e-3 < grid <= found.value


@pytest.mark.parametrize(
    ("gamma", "source"),
    [
        (0.4, harmonics([0.0, 0.0, -1.0])),
        (0.7, harmonics([0.2, 0.3, 0.4])),
        (0.8, axes(THREE)),
        (1.0, axes([0.0, 1.1, 1.9], [0.2, 0.5, 0.3])),
    ],
)
def test_the_best_settings_are_found_where_s_hardly_depends_on_the_orientation(gamma, source):
    """The maxima lie along narrow ridges; climbing from eight places with scipy is the oracle."""
    E = lorentzian_pair(gamma, source).correlation

    def lacks(x):
        return -chsh.value(*E(x[:2, None], x[2:]).ravel())

    starts = np.random.default_rng(1).uniform(0.0, 7.0, (8, 4))
    climbed = -min(optimize.minimize(lacks, x, options={"gtol": 1e-9}).fun for x in starts)
    assert chsh.maximise(E).value == pytest.approx(climbed, abs=1e-13)


def test_shares_that_are_not_alike_take_s_past_3():
    """Axes along a1 and b1 with small shares, a third across; E at the limit is by hand."""
    a, b = np.radians([0.0, 60.0]), np.radians([30.0, -30.0])
    source = axes(np.radians([0.0, 30.0, 105.0]), [1e-6, 1e-6, 1.0])
    model = lorentzian_pair(1e-9, source)
    E = model.correlation(a[:, None], b)
    np.testing.assert_allclose(E, [[-np.sqrt(0.75)] * 2, [-np.sqrt(0.75), 0.5]], atol=3e-6)
    assert float(chsh.value(*E.ravel())) == pytest.approx((1 + 3 * np.sqrt(3)) / 2, abs=1e-5)
    assert signaling(model.joint(a[:, None], b)) < 1e-13


def smooth(a, b, gamma, amplitudes, center=0.0):
    """E for harmonics in closed form: residues; q are integrals of cos 2k(lam - mean setting)."""
    theta, mean, r = a - b, a + b, np.exp(-2.0 * gamma)

    def q(k):
        U = [np.sin((j + 1) * theta) / np.sin(theta) for j in (abs(k), abs(k) - 2)]
        return r ** abs(k) * (U[0] - r**2 * U[1])

    whole, moved = q(0), q(1)
    for k, c in enumerate(amplitudes, start=1):
        wave = c * np.cos(k * (mean - 2.0 * center))
        whole = whole + wave * q(k)
        moved = moved + wave * 0.5 * (q(k + 1) + q(k - 1))
    return -0.5 / np.cosh(gamma) ** 2 * (np.cos(theta) + moved / whole)


def by_grid(a, b, gamma, amplitudes, center):
    """E by an explicit sum over the initial direction and both outcomes."""
    lam = 2 * np.pi * np.arange(20_000) / 20_000
    mu = 1.0 + sum(c * np.cos(2 * k * (lam - center)) for k, c in enumerate(amplitudes, start=1))

    def w(x):
        return 1.0 / (np.cosh(gamma) - np.cos(x))

    J = [
        [(mu * w(a + A * np.pi - lam) * w(b + B * np.pi - lam - np.pi)).sum() for B in (0, 1)]
        for A in (0, 1)
    ]
    return (J[0][0] + J[1][1] - J[0][1] - J[1][0]) / np.sum(J)


@pytest.mark.parametrize(
    ("gamma", "amplitudes", "center"),
    [(0.3, [0.2, -0.3, 0.4], 0.5), (0.03, [0.0, 0.0, 1.0], 0.0), (1.0, [0.9], -2.0)],
)
def test_harmonics_have_the_correlation_of_a_grid_and_of_residues(gamma, amplitudes, center):
    a, b = np.random.default_rng(3).uniform(-3.0, 3.0, (2, 8))
    model = lorentzian_pair(gamma, harmonics(amplitudes, center))
    found = model.correlation(a, b)
    np.testing.assert_allclose(found, smooth(a, b, gamma, amplitudes, center), atol=1e-13)
    grid = [by_grid(x, y, gamma, amplitudes, center) for x, y in zip(a, b, strict=True)]
    np.testing.assert_allclose(found, grid, atol=1e-12)


@pytest.mark.parametrize("c", [-1.0, 0.2, 0.5, 1.0])
def test_a_gentle_source_passes_the_bound_in_the_first_order_of_the_width(c):
    over = [
        standard(lambda a, b, g=g: smooth(a, b, g, [0, 0, c])) - chsh.TSIRELSON_BOUND
        for g in (1e-5, 2e-5)
    ]
    slope = (4.0 * over[0] - over[1]) / 2e-5  # the second order drops out
    assert slope == pytest.approx(c**2 / (np.sqrt(2) * (1 - c**2 / 4)), rel=1e-5)
    model = lorentzian_pair(0.003, harmonics([0, 0, c]))
    S = standard(lambda a, b: smooth(a, b, 0.003, [0, 0, c]))
    assert standard(model.correlation) == pytest.approx(S, abs=1e-12)


def test_axes_and_harmonics_are_silent():
    rng = np.random.default_rng(11)
    a, b = rng.uniform(-np.pi, np.pi, (2, 40))
    sources = [axes(THREE), axes(rng.uniform(0, 7, 6), rng.uniform(0, 1, 6))]
    sources += [harmonics([0, 0, 1.0]), harmonics(rng.uniform(-0.3, 0.3, 3), center=1.0)]
    sources.append(axes([0.3], [1.0]) + harmonics([0.5], center=2.0))
    for source in sources:
        joint = lorentzian_pair(0.05, source).joint(a[:, None], b)
        assert signaling(joint) < 1e-13
        assert np.abs(joint.sum(axis=-1) - 0.5).max() < 1e-13
        assert np.abs(joint.sum(axis=-2) - 0.5).max() < 1e-13


def test_an_axis_whose_ends_differ_is_heard_among_axes():
    joint = lorentzian_pair(0.05, axes([0.0, 1.0]) + axis(2.0, share=0.6)).joint
    x = np.linspace(0.0, np.pi, 24)
    assert signaling(joint(x[:, None], x)) > 0.05
