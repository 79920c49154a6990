"""Preparations as weights on the circle, against quadrature and scipy's von Mises law."""

import numpy as np
import pytest
from scipy import integrate, special

from retrolib import preparations
from retrolib.preparations import Preparation, axis, cosine, uniform, von_mises


def mass(preparation, points=(1.0,)):
    def mu(lam):
        return float(preparation.density(np.array([lam]))[0])

    return integrate.quad(mu, 0.0, 2 * np.pi, points=points, epsabs=1e-12, limit=500)[0]


@pytest.mark.parametrize(
    "preparation",
    [uniform(), von_mises(0.0), von_mises(3.0, 1.0), von_mises(2e3, 1.0), cosine(0.7, 1.0)],
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
    ],
)
def test_parameters_out_of_their_domain_are_refused(make, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        make()


def test_the_module_offers_what_it_says():
    assert preparations.__all__ == ["Preparation", "axis", "cosine", "uniform", "von_mises"]
