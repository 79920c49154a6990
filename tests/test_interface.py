"""What the core offers, what it accepts, and what it refuses."""

import subprocess
import sys
from functools import partial

import numpy as np
import pytest

import retrolib
from retrolib import (
    PairModel,
    chain,
    chsh,
    exponent,
    exponential,
    gaussian,
    hidden,
    lorentzian,
    many,
    one_particle,
    pair,
    pair_model,
    power_law,
    preparations,
    skewed_lorentzian,
    tail,
    weights,
    wrap,
    wrapped_lorentzian,
)
from retrolib.one_particle import bridge, probabilities, sample, winding_probabilities

MODULES = [
    weights,
    one_particle,
    pair,
    hidden,
    pair_model,
    preparations,
    chsh,
    exponent,
    many,
    chain,
    tail,
]

OF_ANGLE_AND_WIDTH = {
    "lorentzian": lorentzian,
    "wrapped_lorentzian": wrapped_lorentzian,
    "probabilities": probabilities,
    "winding_probabilities": lambda theta, gamma: winding_probabilities(theta, gamma, 1),
    "sample": lambda theta, gamma: sample(theta, gamma, rng=1).alpha,
    "bridge": lambda alpha, gamma: bridge(alpha, gamma, [0.5], rng=1),
    "brownian bridge": lambda alpha, gamma: bridge(alpha, gamma, [0.5], rng=1, kind="brownian"),
    "power_law": lambda alpha, gamma: power_law(alpha, gamma, 1.5),
    "skewed_lorentzian": lambda alpha, gamma: skewed_lorentzian(alpha, gamma, 0.5),
    "gaussian": gaussian,
    "exponential": exponential,
    "joint_weight": pair.joint_weight,
    "joint_probabilities": lambda a, gamma: pair.joint_probabilities(a, 0.5, gamma),
    "correlation": lambda a, gamma: pair.correlation(a, 0.5, gamma),
    "hidden_density": lambda lam, gamma: pair.hidden_density(lam, 0.25, 0.5, gamma),
    "hidden.peak": lambda a, gamma: hidden.peak(a, 0.5, gamma),
    "hidden.cumulative": lambda lam, gamma: hidden.cumulative(lam, 0.25, 0.5, gamma),
    "hidden.near_axes": lambda a, gamma: hidden.near_axes(a, 0.5, 0.2, gamma),
    "hidden.distance": lambda a, gamma: hidden.distance(a, 0.5, 1.5, gamma),
    "hidden.turn_density": lambda turn, gamma: hidden.turn_density(turn, 0.25, 0.5, gamma),
    "hidden.turn_peak": lambda near, gamma: hidden.turn_peak(near, 0.5, gamma),
    "hidden.split_density": lambda alpha, gamma: hidden.split_density(alpha, 0.5, gamma),
    "hidden.split_peak": hidden.split_peak,
    "hidden.states_correlation": lambda a, gamma: hidden.states_correlation(a, 0.5, gamma),
    "hidden.states_split_density": lambda x, gamma: hidden.states_split_density(x, 0.5, gamma),
    "pair sample": lambda a, gamma: pair.sample(a, 0.5, gamma, rng=1).lam,
    "from_settings": lambda a1, gamma: chsh.from_settings(a1, 0.1, 0.2, 0.3, gamma),
    "chain.correlation": lambda a, gamma: chain.correlation(a, 0.5, gamma, 3),
    "chain.victor": lambda a, gamma: chain.victor(a, 0.5, gamma),
    "many.steered": lambda a, gamma: many.steered(a, 0.5, 1.5, gamma),
}
ANGLE_NAME = {
    **dict.fromkeys(["lorentzian", "bridge", "brownian bridge", "power_law"], "alpha"),
    **dict.fromkeys(["skewed_lorentzian", "gaussian", "exponential"], "alpha"),
    **dict.fromkeys(["joint_probabilities", "correlation", "pair sample"], "a"),
    **dict.fromkeys(["hidden.peak", "hidden.near_axes", "hidden.distance"], "a"),
    **dict.fromkeys(["hidden.states_correlation", "chain.correlation", "chain.victor"], "a"),
    "many.steered": "a",
    **dict.fromkeys(["hidden.split_density", "hidden.states_split_density"], "alpha"),
    "hidden.cumulative": "lam",
    "hidden.turn_density": "turn",
    "hidden.turn_peak": "near",
    "hidden.split_peak": "net",
    "joint_weight": "delta",
    "hidden_density": "lam",
    "from_settings": "a1",
}
WIDTH_NAME = {"gaussian": "sigma", "exponential": "ell"}


def angle_name(name):
    return ANGLE_NAME.get(name, "theta")


def width_name(name):
    return WIDTH_NAME.get(name, "gamma")


LAST_AXIS = {
    "probabilities": (2,),
    "bridge": (1,),
    "brownian bridge": (1,),
    "joint_probabilities": (2, 2),
}

each_function = pytest.mark.parametrize("name", OF_ANGLE_AND_WIDTH)


# The interface.


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.__name__)
def test_a_module_has_what_it_offers_and_its_names_are_public(module):
    assert all(hasattr(module, name) and not name.startswith("_") for name in module.__all__)


def test_the_package_offers_its_modules_and_what_they_are_about():
    assert all(hasattr(retrolib, name) for name in retrolib.__all__)
    assert set(weights.__all__) | {"PairModel", "signaling"} <= set(retrolib.__all__)


@pytest.mark.parametrize(
    "function",
    [
        *[
            getattr(module, name)
            for module in (weights, one_particle, pair, hidden, exponent, many, chain, tail)
            for name in module.__all__
            if name != "Sample"
        ],
        *[getattr(PairModel, name) for name in vars(PairModel) if not name.startswith("_")],
        *[getattr(preparations, name) for name in preparations.__all__ if name.islower()],
        *[getattr(chsh, name) for name in chsh.__all__ if name.islower()],
        PairModel,
        retrolib.signaling,
    ],
)
def test_a_docstring_gives_domain_result_errors_source_and_example(function):
    parts = ["Notes", "Almada et al. (2015)", ">>> "]
    if not isinstance(function, type):
        parts += ["Returns"]
        if function.__code__.co_argcount:
            parts += ["Parameters", "Raises"]
    for part in parts:
        assert part in function.__doc__, part


def test_several_results_come_under_their_names():
    assert one_particle.Sample._fields == ("outcome", "alpha", "winding")


def test_the_core_needs_numpy_alone():
    program = (
        "import sys, retrolib\n"
        "top = {name.partition('.')[0] for name in sys.modules}\n"
        "print(sorted(top & {'scipy', 'matplotlib', 'networkx', 'ipywidgets', 'anywidget',\n"
        "                    'IPython', 'pandas', 'mpmath'}))\n"
        "print('numpy' in top)"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.split("\n") == ["[]", "True", ""]


# Valid input.


@each_function
@pytest.mark.parametrize(
    ("angles", "widths", "shape"),
    [
        ((), (), ()),
        ((3,), (), (3,)),
        ((), (2,), (2,)),
        ((4, 1), (3,), (4, 3)),
        ((1,), (5,), (5,)),
        ((0,), (), (0,)),
        ((0, 3), (3,), (0, 3)),
        ((2, 0), (1, 1), (2, 0)),
    ],
)
def test_arguments_broadcast(name, angles, widths, shape):
    result = OF_ANGLE_AND_WIDTH[name](np.full(angles, 1.0), np.full(widths, 0.5))
    assert np.shape(result) == shape + LAST_AXIS.get(name, ())
    assert np.asarray(result).dtype == np.float64


@each_function
def test_plain_numbers_and_lists_do(name):
    function = OF_ANGLE_AND_WIDTH[name]
    result = function(1, 2)
    np.testing.assert_array_equal(function([1], (2,))[0], result)
    np.testing.assert_array_equal(function(np.float32(1), np.int8(2)), result)
    if name not in LAST_AXIS:
        assert isinstance(float(result), float)


def test_arguments_are_left_as_they_were():
    theta, gamma = np.array([1.0, 2.0]), np.array([0.1, 0.2])
    for function in OF_ANGLE_AND_WIDTH.values():
        function(theta, gamma)
    path_times = np.array([0.0, 1.0])
    bridge(theta, gamma, path_times)[:] = 9.0
    assert theta.tolist() == [1.0, 2.0]
    assert gamma.tolist() == [0.1, 0.2]
    assert path_times.tolist() == [0.0, 1.0]


@each_function
def test_floating_point_settings_of_the_caller_do_not_matter(name):
    extreme = np.array([0.0, 1e-200, 1e-150, 1.0, np.pi])
    least = {"joint_weight": 1e-100, "hidden.distance": 1e-6}.get(name, 1e-150)
    most = {"pair sample": 500.0, "hidden.states_split_density": 100.0}.get(name, 1e3)
    with np.errstate(all="raise"):
        results = [OF_ANGLE_AND_WIDTH[name](extreme, g) for g in (least, 0.1, most)]
        in_the_born_limit = [winding_probabilities(1e-200, 0.0, 1), sample(1e-200, 0.0).alpha]
    assert np.isfinite(results).all()
    assert in_the_born_limit == [0.0, 1e-200]


@pytest.mark.parametrize("theta", [1e16, 1e300, -1.7e308])
def test_closed_forms_of_huge_angles_are_numbers(theta):
    assert np.isfinite(wrapped_lorentzian(theta, 0.1))
    assert probabilities(theta, 0.1).sum() == pytest.approx(1.0, abs=1e-15)
    summed = wrap(lambda alpha: lorentzian(alpha, 0.1), theta)
    assert summed == pytest.approx(wrapped_lorentzian(theta, 0.1), rel=1e-12)


@pytest.mark.parametrize("shape", [(), (3,), (2, 1, 2), (0,), (2, 0)])
def test_wrap_keeps_the_shape_of_theta(shape):
    assert np.shape(wrap(lambda alpha: lorentzian(alpha, 1.0), np.ones(shape))) == shape


@pytest.mark.parametrize(
    ("size", "shape"),
    [(None, (2, 1)), ((2, 1), (2, 1)), ((5, 2, 3), (5, 2, 3)), ((0, 2, 1), (0, 2, 1))],
)
def test_samples_have_the_size_asked_for(size, shape):
    drawn = sample(np.ones((2, 1)), 0.1, size=size)
    assert {np.shape(field) for field in drawn} == {shape}


@pytest.mark.parametrize("size", [0, 4, np.int64(4), (4,), [2, 2], ()])
def test_samples_at_one_angle_may_have_any_size(size):
    shape = tuple(size) if np.iterable(size) else (int(size),)
    assert {np.shape(field) for field in sample(1.0, 0.1, size=size)} == {shape}


@pytest.mark.parametrize("times", [[], [0.5], [0.0, 1.0], (0, 0.2, 0.2, 1), 0.5])
@pytest.mark.parametrize("kind", ["cauchy", "brownian"])
def test_bridges_have_one_more_axis_for_the_times(times, kind):
    assert np.shape(bridge(np.ones((2, 3)), 0.1, times, kind=kind)) == (2, 3, *np.shape(times))


def test_windings_may_be_whole_floats_and_broadcast():
    whole = winding_probabilities([[1.0], [2.0]], 0.1, [-1.0, 0.0, 1.0])
    np.testing.assert_array_equal(whole, winding_probabilities([[1.0], [2.0]], 0.1, [-1, 0, 1]))
    assert whole.shape == (2, 3)


# Invalid input: the message names the argument and its value.


@each_function
@pytest.mark.parametrize("bad", [-1.0, -5e-324, np.nan, np.inf, -np.inf])
def test_a_width_that_is_none_is_refused(name, bad):
    for width in (bad, [0.1, bad]):
        with pytest.raises(ValueError, match=rf"^{width_name(name)} must be .*, got {bad!r}$"):
            OF_ANGLE_AND_WIDTH[name](1.0, width)


@each_function
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_angle_that_is_none_is_refused(name, bad):
    for angle in (bad, [1.0, bad]):
        with pytest.raises(ValueError, match=rf"^{angle_name(name)} must be finite, got {bad!r}$"):
            OF_ANGLE_AND_WIDTH[name](angle, 0.1)


@each_function
@pytest.mark.parametrize("bad", ["north", 1j, [1j, 2.0], [[1.0], [1.0, 2.0]], object()])
def test_what_is_no_number_is_refused(name, bad):
    with pytest.raises(ValueError, match=rf"^{width_name(name)} must hold real numbers, got "):
        OF_ANGLE_AND_WIDTH[name](1.0, bad)
    with pytest.raises(ValueError, match=rf"^{angle_name(name)} must hold real numbers, got "):
        OF_ANGLE_AND_WIDTH[name](bad, 1.0)


@each_function
def test_shapes_that_do_not_broadcast_are_refused(name):
    shapes = rf"{angle_name(name)} of shape \(2,\) and .*{width_name(name)} of shape \(3,\)"
    with pytest.raises(ValueError, match=shapes):
        OF_ANGLE_AND_WIDTH[name]([1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize("name", ["lorentzian", "wrapped_lorentzian"])
def test_a_weight_needs_a_width(name):
    with pytest.raises(ValueError, match=r"^gamma must be finite and above 0, got 0\.0$"):
        OF_ANGLE_AND_WIDTH[name](1.0, 0.0)


@pytest.mark.parametrize("name", ["probabilities", "winding_probabilities", "sample", "bridge"])
def test_the_born_limit_needs_none(name):
    assert np.isfinite(OF_ANGLE_AND_WIDTH[name](1.0, 0.0)).all()


@pytest.mark.parametrize("name", ["winding_probabilities", "sample"])
def test_an_angle_too_large_to_tell_its_winding_is_refused(name):
    with pytest.raises(
        ValueError, match=r"^theta must be at most 1e\+15 in magnitude, got 1e\+16$"
    ):
        OF_ANGLE_AND_WIDTH[name]([0.0, 1e16], 0.1)


def test_a_width_whose_windings_do_not_fit_an_integer_is_refused():
    with pytest.raises(ValueError, match=r"^gamma must be at most 1000, got 1001\.0$"):
        sample(1.0, 1001.0)


def test_a_path_that_might_leave_the_range_of_floats_is_refused():
    with pytest.raises(
        ValueError, match=r"^alpha must be at most 1e\+150 in magnitude, got -1e\+151"
    ):
        bridge(-1e151, 1.0, [0.5])
    with pytest.raises(ValueError, match=r"^gamma must be at most 1e\+150, got 1e\+151"):
        bridge(1.0, 1e151, [0.5])


@pytest.mark.parametrize("bad", [0.5, np.nan, np.inf, 1e17, [0, 1.5]])
def test_a_winding_number_that_is_no_integer_is_refused(bad):
    value = bad[-1] if isinstance(bad, list) else bad
    with pytest.raises(
        ValueError, match=rf"^n must be an integer .*, got {value!r}$".replace("+", r"\+")
    ):
        winding_probabilities(1.0, 0.1, bad)


def test_winding_numbers_that_do_not_broadcast_are_refused():
    with pytest.raises(ValueError, match=r"n of shape \(3,\) do not broadcast"):
        winding_probabilities([1.0, 2.0], 0.1, [1, 2, 3])


@pytest.mark.parametrize(
    ("size", "value"), [(-1, "-1"), ((2, -3), r"\(2, -3\)"), (2.5, "2.5"), ("4", "'4'")]
)
def test_a_size_that_is_none_is_refused(size, value):
    with pytest.raises(ValueError, match=rf"^size must .*, got {value}$"):
        sample(1.0, 0.1, size=size)


@pytest.mark.parametrize(("size", "value"), [(3, "3"), ((2, 3), r"\(2, 3\)"), ((), r"\(\)")])
def test_a_size_that_does_not_fit_the_angles_is_refused(size, value):
    with pytest.raises(ValueError, match=rf"^size must fit .* \(2,\), got {value}$"):
        sample([1.0, 2.0], 0.1, size=size)


@pytest.mark.parametrize(
    ("times", "message"),
    [
        ([0.5, 0.4], r"not decrease, got \[0.5, 0.4\]"),
        ([-0.1], r"within \[0, 1\], got -0.1"),
        ([0.0, 1.5], r"within \[0, 1\], got 1.5"),
        ([np.nan], r"within \[0, 1\], got nan"),
        ([[0.5]], r"one-dimensional, got shape \(1, 1\)"),
        ("now", "real numbers, got 'now'"),
    ],
)
def test_times_that_are_none_are_refused(times, message):
    with pytest.raises(ValueError, match=f"^times must .*{message}$"):
        bridge(1.0, 0.1, times)


@pytest.mark.parametrize("kind", ["gaussian", "", None])
def test_an_unknown_kind_of_bridge_is_refused(kind):
    with pytest.raises(
        ValueError, match=rf"^kind must be one of 'cauchy', 'brownian', got {kind!r}$"
    ):
        bridge(1.0, 0.1, [0.5], kind=kind)


@pytest.mark.parametrize("rng", [-1, "seed", 0.5])
def test_a_generator_that_is_none_is_refused(rng):
    for function in (partial(sample, 1.0, 0.1), partial(bridge, 1.0, 0.1, [0.5])):
        with pytest.raises(ValueError, match=rf"^rng must be .*, got {rng!r}$"):
            function(rng=rng)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_wrap_refuses_an_angle_that_is_none(bad):
    with pytest.raises(ValueError, match=rf"^theta must be finite, got {bad!r}$"):
        wrap(lambda alpha: lorentzian(alpha, 1.0), [1.0, bad])


@pytest.mark.parametrize("p", [1.0, 0.5, -2.0, np.nan, np.inf])
def test_an_exponent_whose_sum_over_windings_diverges_is_refused(p):
    for function in (
        partial(power_law, 1.0, 0.1),
        partial(exponent.correlation, 1.0),
        partial(tail.correlation, 1.0, 0.1),
        partial(tail.weight, 1.0, 0.1),
    ):
        with pytest.raises(ValueError, match=rf"^p must be finite and above 1, got {p!r}$"):
            function([2.0, p])


@pytest.mark.parametrize("skew", [1.1, -1.0000001, np.nan])
def test_a_skew_that_would_make_a_weight_negative_is_refused(skew):
    with pytest.raises(ValueError, match=rf"^skew must be within \[-1, 1\], got {skew!r}$"):
        skewed_lorentzian(1.0, 0.1, skew)


@pytest.mark.parametrize("name", ["a", "b"])
def test_pairs_refuse_settings_that_are_none(name):
    for function in (pair.joint_probabilities, pair.correlation, pair.sample):
        for bad in (np.nan, np.inf):
            with pytest.raises(ValueError, match=f"^{name} must be finite, got {bad!r}$"):
                function(**{"a": 0.0, "b": 0.0, "gamma": 0.1, name: bad})
    with pytest.raises(ValueError, match=f"^{name} must be at most 5e\\+14 in magnitude, got 1"):
        pair.sample(**{"a": 0.0, "b": 0.0, "gamma": 0.1, name: 1e15})
    with pytest.raises(ValueError, match=f"^{name} must be at most 8e\\+307 in magnitude, got "):
        pair.correlation(**{"a": 0.0, "b": 0.0, "gamma": 0.1, name: 1e308})


def test_pairs_refuse_widths_and_sizes_that_are_none():
    with pytest.raises(ValueError, match=r"^gamma must be at most 500, got 501\.0$"):
        pair.sample(0.0, 1.0, 501.0)
    with pytest.raises(ValueError, match=r"^size must not be negative, got -1$"):
        pair.sample(0.0, 1.0, 0.1, size=-1)
    with pytest.raises(ValueError, match=r"^size must fit .* \(2,\), got 3$"):
        pair.sample(0.0, [1.0, 2.0], 0.1, size=3)
    with pytest.raises(ValueError, match=r"^rng must be .*, got 'seed'$"):
        pair.sample(0.0, 1.0, 0.1, rng="seed")


@pytest.mark.parametrize(
    ("size", "shape"), [(None, (2, 3)), ((4, 2, 3), (4, 2, 3)), ((0, 2, 3),) * 2]
)
def test_samples_of_pairs_have_the_size_asked_for(size, shape):
    drawn = pair.sample(np.zeros((2, 1)), np.ones(3), 0.1, size)
    assert drawn._fields == ("lam", "alpha", "beta", "A", "B")
    assert {np.shape(field) for field in drawn} == {shape}
