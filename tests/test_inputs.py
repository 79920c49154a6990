"""A net: hostile values at every argument of every public function, and what must come of them.

Whatever is passed, the answer is a named error or finite numbers, without a warning and in no time.
"""

import datetime
import gc
import importlib
import inspect
import pkgutil
import re
import signal
import warnings
import weakref
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from functools import partial

import ipywidgets
import mpmath as mp
import numpy as np
import pytest
import traitlets

import retrolib
from retrolib import (
    PairModel,
    Wrapped,
    chsh,
    explorers,
    exponential,
    gaussian,
    lorentzian,
    one_particle,
    pair,
    power_law,
    preparations,
    skewed_lorentzian,
    wrap,
    wrapped_lorentzian,
)
from retrolib.explorers.base import Choice, Clamped, Switch
from retrolib.preparations import Preparation
from tests.oracle import relative_error

# Every public function with arguments that are good.


def closed(theta):
    return wrapped_lorentzian(theta, 0.5)


MODEL = PairModel(Wrapped(closed), preparation=preparations.von_mises(1.0))
ANGLES = {"a": 0.3, "b": 1.0}
SEEDED = {"size": None, "rng": 1}
GOOD = {
    "weights.lorentzian": {"alpha": 1.0, "gamma": 0.1},
    "weights.power_law": {"alpha": 1.0, "gamma": 0.1, "p": 1.5},
    "weights.gaussian": {"alpha": 1.0, "sigma": 0.5},
    "weights.exponential": {"alpha": 1.0, "ell": 0.5},
    "weights.skewed_lorentzian": {"alpha": 1.0, "gamma": 0.1, "skew": 0.5},
    "weights.wrapped_lorentzian": {"theta": 1.0, "gamma": 0.1},
    "weights.Wrapped": {"wrapped": closed},
    "weights.wrap": {"weight": partial(gaussian, sigma=0.5), "theta": 1.0},
    "one_particle.probabilities": {"theta": 1.0, "gamma": 0.1},
    "one_particle.winding_probabilities": {"theta": 1.0, "gamma": 0.1, "n": 1},
    "one_particle.sample": {"theta": 1.0, "gamma": 0.1, **SEEDED},
    "one_particle.bridge": {
        **{"alpha": 1.0, "gamma": 0.1, "times": [0.0, 0.4, 1.0], "rng": 1, "kind": "cauchy"},
    },
    "pair.joint_weight": {"delta": 1.0, "gamma": 0.1},
    "pair.joint_probabilities": {**ANGLES, "gamma": 0.1},
    "pair.correlation": {**ANGLES, "gamma": 0.1},
    "pair.hidden_density": {"lam": 2.0, **ANGLES, "gamma": 0.1},
    "pair.sample": {**ANGLES, "gamma": 0.1, **SEEDED},
    "hidden.peak": {**ANGLES, "gamma": 0.1},
    "hidden.cumulative": {"lam": 2.0, **ANGLES, "gamma": 0.1},
    "hidden.near_axes": {**ANGLES, "reach": 0.2, "gamma": 0.1},
    "hidden.distance": {**ANGLES, "b2": 2.0, "gamma": 0.1},
    "hidden.turn_density": {"turn": 0.5, "near": 0.3, "far": 1.0, "gamma": 0.1},
    "hidden.turn_peak": {"near": 0.3, "far": 1.0, "gamma": 0.1},
    "hidden.split_density": {"alpha": 0.5, "net": 1.0, "gamma": 0.1},
    "hidden.split_peak": {"net": 1.0, "gamma": 0.1},
    "hidden.states_correlation": {**ANGLES, "gamma": 0.1},
    "hidden.states_split_density": {"alpha": 0.5, "net": 1.0, "gamma": 0.1},
    "pair_model.PairModel": {
        "weight1": Wrapped(closed),
        "weight2": Wrapped(closed),
        "preparation": preparations.axis(0.2, 0.3),
        "rule": "histories",
    },
    "PairModel.joint": ANGLES,
    "PairModel.correlation": ANGLES,
    "PairModel.marginals": ANGLES,
    "PairModel.hidden_density": {"lam": 2.0, **ANGLES},
    "PairModel.sample": {**ANGLES, **SEEDED},
    "PairModel.max_signal": {"receiver": "bob"},
    "preparations.Preparation": {"density": np.ones_like, "atoms": [1.0], "masses": [0.5]},
    "preparations.uniform": {},
    "preparations.von_mises": {"kappa": 2.0, "center": 0.5},
    "preparations.cosine": {"epsilon": 0.5, "center": 0.5},
    "preparations.axes": {"centers": [0.5, 2.0], "shares": [1.0, 2.0]},
    "preparations.axis": {"center": 0.5, "share": 0.3},
    "preparations.harmonics": {"amplitudes": [0.2, 0.0, 0.5], "center": 0.5},
    "exponent.correlation": {"theta": 1.0, "p": 1.5},
    "exponent.chsh": {"p": 1.5},
    "exponent.chsh_maximum": {"p": 1.5},
    "tail.weight": {"alpha": 1.0, "gamma": 0.1, "p": 2.0, "kind": "logarithm"},
    "tail.correlation": {"theta": 1.0, "gamma": 0.1, "p": 2.0, "kind": "periodic"},
    "chsh.value": {"E11": 0.5, "E12": 0.5, "E21": 0.5, "E22": -0.5},
    "chsh.from_settings": {"a1": 0.0, "a2": 1.5, "b1": 0.7, "b2": -0.7, "gamma": 0.1},
    "chsh.maximum": {"gamma": 0.1},
    "chsh.critical_gamma": {},
    "chsh.scan": {"gamma": 0.1, "half_width": 0.1, "steps": 2},
    "chsh.maximise": {"correlation": lambda a, b: -np.cos(a - b)},
    "many.joint_probabilities": {"settings": [0.3, 1.0, 2.0], "gamma": 0.1},
    "many.correlation": {"settings": [0.3, 1.0, 2.0], "gamma": 0.1},
    "many.critical_gamma": {"n": 3, "kind": "mermin"},
    "many.sample": {"settings": [0.3, 1.0], "gamma": 0.1, **SEEDED},
    "many.steered": {**ANGLES, "c": 1.2, "gamma": 0.1},
    "chain.correlation": {**ANGLES, "gamma": 0.1, "links": 2},
    "chain.visibility": {"gamma": 0.1, "links": 2},
    "chain.victor": {**ANGLES, "gamma": 0.1},
    "signaling.signaling": {"joint": np.full((2, 2, 2, 2), 0.25)},
}
FUNCTIONS = {"weight", "weight1", "weight2", "wrapped", "preparation", "density", "correlation"}
WORDS = {"kind", "receiver", "rule"}
OPTIONAL = {"weight2", "preparation", "density", "shares", "size", "rng"}  # None is good


def public():
    """Return every public function by its name, methods of the model bound; results are not."""
    found = {}
    for module in pkgutil.iter_modules(retrolib.__path__):
        if module.name in ("domain", "explorers", "figures"):
            continue  # these check, draw, or take values as the last test says
        whole = importlib.import_module(f"retrolib.{module.name}")
        for name in getattr(whole, "__all__", []):  # the others' functions are not public
            thing = getattr(whole, name)
            if callable(thing) and not (isinstance(thing, type) and issubclass(thing, tuple)):
                found[f"{module.name.lstrip('_')}.{name}"] = thing
    for name in vars(PairModel):
        if not name.startswith("_"):
            found[f"PairModel.{name}"] = getattr(MODEL, name)
    return found


PUBLIC = public()
ARGUMENTS = [(name, argument) for name, good in GOOD.items() for argument in good]


def test_the_net_has_every_public_function_and_every_argument():
    assert PUBLIC.keys() == GOOD.keys()
    for name, function in PUBLIC.items():
        assert inspect.signature(function).parameters.keys() == GOOD[name].keys(), name


# What is thrown at them.


class Unprintable:
    def __repr__(self):
        raise RuntimeError("no picture of me")


class Unwilling:
    def __float__(self):
        raise ValueError("not a float today")


def endless():
    """Return a list that holds itself."""
    inside = [1.0]
    inside.append(inside)
    return inside


def nested(depth):
    """Return a number in so many lists."""
    value = 0.5
    for _ in range(depth):
        value = [value]
    return value


def masked(*mask):
    return np.ma.array([0.5] * len(mask), mask=mask)


def objects(*values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


NO_NUMBERS = [
    *["", "text", "0.5", b"", b"12", bytearray(b"12"), memoryview(b"12"), ["0.5"], [b"12"]],
    *[np.str_("0.5"), np.array(["0.5"]), np.array([b"12"]), objects("0.5"), [1.0, "0.5"]],
    *[np.array(["0.5"], dtype=np.dtypes.StringDType())],
    *[True, np.True_, [True], (1.0, False), [[1.0, True]], np.array([True]), objects(0.5, True)],
    *[1j, 0.5 + 0j, np.complex64(1), [1.0, 1j], np.array([1j]), objects(1j)],
    *[np.datetime64(5, "s"), np.datetime64("NaT"), np.array([5], dtype="M8[s]")],
    *[np.timedelta64(5, "s"), [np.timedelta64(5, "s"), 1.0], np.array([5], dtype="m8[s]")],
    *[objects(np.timedelta64(5)), datetime.date(2015, 8, 7), datetime.timedelta(1)],
    *[np.ma.masked, masked(1), masked(0, 1), [0.5, np.ma.masked], [masked(0, 1), masked(0, 0)]],
    *[(masked(1, 0),), objects(np.ma.masked, 0.5), np.ma.array(0.5, mask=True)],
    *[None, [None], objects(None), {}, {0.5: 1.0}, {0.5}, [{}], object(), [object()]],
    *[iter([0.5]), Unprintable(), [Unprintable()], objects(Unprintable()), Unwilling()],
    *[[[1.0], [1.0, 2.0]], objects([0.5], 0.5), objects(np.array([0.5])), endless(), nested(100)],
    *[np.zeros(2, dtype="i4,f4"), slice(3), Ellipsis, NotImplemented, float, np.float64],
    *[np.zeros((1,) * 33), np.zeros((1,) * 64), np.zeros((0,) * 40), nested(33), nested(64)],
    *[np.nan, [0.5, np.nan], np.float16(np.nan), Decimal("NaN"), Decimal("sNaN"), [0.5, np.inf]],
    *[np.array([np.longdouble("-1e4000")]), [10**400, 0.5], objects(10**400), [10**5000]],
    *[objects(10**5000), {10**5000: 1}],
]
"""What no argument takes for a number."""
INFINITE = [
    *[np.inf, -np.inf, np.float32(np.inf), np.longdouble("1e4000"), Decimal("1e4000"), 10**400],
    *[-(10**400), 10**5000, -(10**5000), Fraction(10**400, 3), Fraction(10**5000, 7)],
]
"""What is larger than any float."""
NUMBERS = [
    *[0, 0.0, -0.0, 1, -1.0, 0.5, 1.0, 2.0, np.pi, 3, 7, 501],
    *[5e-324, -5e-324, 1e-310, 1e-160, 1e-154, 1e-100, 1e-17, 1 - 1e-16, 1 + 1e-15],
    *[1e3, 1e15, -1e15, 1e16, 2**53, 2**53 + 2, 2**62, 2**63, 2**64, -(2**63)],
    *[1e77, 1e150, 1e154, 1e155, -1e155, 1e300, 10**300, 8e307, 1e308, 1.7e308, -1.7e308],
    *[np.float16(65504), np.float32(3e38), np.longdouble("1e300"), np.longdouble("1e-4000")],
    *[np.uint8(255), np.int8(-128), np.uint64(2**64 - 1), Fraction(1, 3), Decimal("0.3")],
    *[Fraction(1, 10**400), Decimal("1e-400"), np.array(0.5), np.array(0.5, dtype=object)],
    *[[], (), np.empty((0, 3)), [0.5], (0.25, 1), range(2), [[0.5, 1]], [0.5, Fraction(1, 2)]],
    *[np.zeros((1,) * 32), np.ones((1,) * 32), nested(32), np.array([0.5, 1.0])[::-1]],
    *[np.array([0.5, 1], ">f8"), np.array([0, 1], "<u2")],
    *[np.ma.array([0.5, 1.0]), masked(0, 0), objects(1, Fraction(1, 2), np.float32(1))],
    *[objects(10**300), np.broadcast_to(0.5, (2, 2)), np.array([5e-324, 1.7e308]), [1e155, 1e-155]],
    *[np.full((2, 2, 2, 2), 0.25), np.full((1, 1, 2, 2), [[5e-324, 1.0], [0.0, 0.0]])],
]
"""What is a number, or several: an argument may find them out of its domain."""
SIZES = [
    *["4", b"\x02\x03", bytearray(b"\x02"), {2: 3}, {2}, True, np.True_, (True,), [2, True], 2.0],
    *[2.5, (2.0,), np.array([2.0]), [[2]], np.array([[2]]), masked(1), object(), Unprintable()],
    *[np.nan, -1, (2, -3), np.int64(-1), -(10**5000), np.timedelta64(3), 1j, "", iter([2])],
    *[2**31, 2**62, 2**63, 2**64, (2**31, 2**31), (0, 2**62), (0, 2**64), 10**5000, [10**5000]],
    *[(1,) * 33, (1,) * 65, (1,) * 100_000, nested(3), endless(), (2, None), Fraction(4, 1)],
]
"""What is no size, or one that no memory holds."""
SEEDS = [
    *[True, np.True_, [True], np.array([True]), "seed", "12", ["1"], b"12", [b"1"], 0.5, [0.5]],
    *[np.array([0.5]), np.nan, -1, [-1], 1j, {}, {1}, object(), np.datetime64(5, "s"), [None]],
    *[np.timedelta64(5), masked(1), [np.ma.masked], Unprintable(), -(10**5000), "0x1", iter([1])],
]
"""What is no seed."""
NO_WORDS = [
    *["", "carol", "Cauchy", b"cauchy", None, True, 0, 10**5000, np.nan, object(), Unprintable()],
    *[np.array("cauchy"), np.array("bob"), np.array(["bob", "alice"]), ["bob"], ("histories",)],
    *[{"bob": 1}, np.array([]), np.zeros(3), np.ma.masked, np.datetime64(5, "s")],
]
"""What is none of the words that any argument takes."""


def giving(value):
    """Return a function that gives this, whatever it is asked."""
    return lambda *angles: value


NO_VALUES = [
    *map(giving, NO_NUMBERS),
    *[giving(0.5), giving([]), giving(np.zeros((2, 2))), giving(np.zeros((1,) * 20))],
    *[lambda *x: np.full(np.broadcast(*x).shape, np.nan), lambda *x: np.inf * np.cos(x[0])],
    *[lambda *x: x[0] + 1j, lambda *x: x[0] > 1, lambda *x: (x[0] > 1).astype(str), lambda *x: x],
    *[lambda *x: -1.5 - np.cos(x[0]), lambda *x: x[0].astype("m8[s]"), lambda *x: x[0][..., None]],
    *[lambda *x: np.ma.array(np.ones(np.broadcast(*x).shape), mask=True), lambda *x: x[0].tolist],
]
"""Functions that give neither weights nor correlations."""

# What may come of it.


@contextmanager
def at_once():
    """Turn warnings, and what computes for more than five seconds, into errors."""

    def late(signum, frame):
        pytest.fail("it hangs")  # no Exception, so that the test ends here

    before = signal.signal(signal.SIGPROF, late)
    signal.setitimer(signal.ITIMER_PROF, 5.0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0.0)
        signal.signal(signal.SIGPROF, before)


def numbers(result):
    """Return all numbers that a result holds."""
    if isinstance(result, PairModel):
        return numbers((result.nodes, result.doubt, result.joint([0.3, 1.0], 2.0)))
    if isinstance(result, Preparation):
        density = () if result.density is None else result.density(np.array([0.0, 0.5, 2.0]))
        return numbers((density, result.atoms, result.masses))
    if isinstance(result, Wrapped):
        return np.empty(0)
    if isinstance(result, tuple):
        return np.concatenate([numbers(part) for part in result] or [np.empty(0)])
    return np.asarray(result, dtype=np.float64).ravel()


def outcome(name, **changed):
    """Call the function, some arguments changed: give the error, or none, and any complaint."""
    try:
        with at_once():
            result = numbers(PUBLIC[name](**GOOD[name] | changed))
    except OverflowError as error:
        told = "OverflowError" in inspect.getdoc(PUBLIC[name])
        return error, "" if told and "larger than the largest float" in str(error) else repr(error)
    except ValueError as error:
        words = set(re.findall(r"\w+", str(error)))
        if words & {"weight1", "weight2", "weight"}:
            words |= {"weight", "weight1", "weight2", "preparation"}  # as `wrap` names it
        named = words & changed.keys() and len(str(error)) < 300 and "\n" not in str(error)
        return error, "" if named else f"{error!r} does not name it, or not briefly"
    except Exception as error:
        return error, repr(error)
    return None, "" if np.isfinite(result).all() else f"gives {result}"


def title(value):
    """Return a line that shows a value in a failure."""
    return f"{type(value).__name__} {retrolib.domain.brief(value)}"


def complaints(name, argument, values, *, refused):
    """Return what is wrong with the outcomes for these values, which may all have to be refused."""
    found = []
    for value in values:
        error, complaint = outcome(name, **{argument: value})
        if refused and error is None:
            complaint = "is accepted"
        if complaint:
            found.append(f"{title(value)}: {complaint}")
    return found


def but_none(name, argument, values):
    """Leave out None where it is the default."""
    return [v for v in values if v is not None or argument not in OPTIONAL]


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_what_is_none_is_refused_by_name(name, argument):
    if argument in WORDS:
        wrong = NO_WORDS
    elif argument == "size":
        wrong = SIZES
    elif argument == "rng":
        wrong = SEEDS
    elif argument in FUNCTIONS:
        wrong = [v for v in [*NO_NUMBERS, *INFINITE, 0.5, [np.cos]] if not callable(v)]
    else:
        wrong = NO_NUMBERS + INFINITE
    wrong = but_none(name, argument, wrong)
    assert complaints(name, argument, wrong, refused=True) == []


@pytest.mark.parametrize(
    ("name", "argument"), [(n, a) for n, a in ARGUMENTS if a not in FUNCTIONS | WORDS | {"size"}]
)
def test_numbers_of_any_kind_and_scale_give_numbers_or_a_named_error(name, argument):
    assert complaints(name, argument, NUMBERS, refused=False) == []


@pytest.mark.parametrize("name", GOOD)
def test_extremes_of_all_arguments_at_once_give_numbers_or_a_named_error(name):
    rng = np.random.default_rng(9)
    free = [a for a in GOOD[name] if a not in FUNCTIONS | WORDS | {"size", "rng", "steps"}]
    scalars = [v for v in NUMBERS if np.ndim(v) == 0]
    found = []
    for _ in range(150 if len(free) > 1 else 0):
        values = {a: scalars[rng.integers(len(scalars))] for a in free}
        _, complaint = outcome(name, **values)
        if complaint:
            found.append(f"{values}: {complaint}")
    assert found == []


TAKES_A_FUNCTION = [
    ("weights.wrap", "weight", lambda f: f),
    ("pair_model.PairModel", "weight1", lambda f: f),
    ("pair_model.PairModel", "weight2", Wrapped),
    ("pair_model.PairModel", "preparation", lambda f: f),
    ("pair_model.PairModel", "preparation", lambda f: preparations.uniform() + Preparation(f)),
    ("chsh.maximise", "correlation", lambda f: f),
]


@pytest.mark.parametrize(("name", "argument", "made"), TAKES_A_FUNCTION)
def test_functions_that_give_no_values_are_refused_by_name(name, argument, made):
    found = []
    for k, function in enumerate(NO_VALUES):
        error, complaint = outcome(name, **{argument: made(function)})
        if complaint or not isinstance(error, ValueError):
            found.append(f"function {k}: {complaint or 'is accepted'}")
    assert found == []


# A user's function may do what it likes with its argument, and give the same array again.


def in_place(function):
    """Return the function, written so that it overwrites what it is given."""

    def overwrites(*angles):
        value = function(*angles)
        for x in angles:
            x[...] = 17.0
        return value

    return overwrites


BUFFER = np.empty(10**6)


def in_one_buffer(function):
    """Return the function, which gives the same memory each time, as all such functions do."""

    def gives_its_buffer(*angles):
        value = function(*angles)
        view = BUFFER[: value.size].reshape(value.shape)
        view[...] = value
        return view

    return gives_its_buffer


def in_its_argument(function):
    """Return the function of one angle, which gives back what it was given, changed."""

    def gives_its_argument(x):
        x[...] = function(x)
        return x

    return gives_its_argument


def read_only(function):
    def gives_what_cannot_be_written_to(*angles):
        value = function(*angles)
        value.flags.writeable = False
        return value

    return gives_what_cannot_be_written_to


def in_a_mask(function):
    return lambda *angles: np.ma.array(function(*angles))


def as_list(function):
    return lambda *angles: function(*angles).tolist()


MANNERS = [in_place, in_one_buffer, read_only, in_a_mask, as_list]


def skew(alpha):
    """Return a weight that is not even."""
    return np.exp(0.5 * np.tanh(alpha) - alpha**2)


def hilly(lam):
    return np.exp(np.cos(lam) + 0.3 * np.sin(2.0 * lam))


def model_of(weight1, weight2, preparation):
    model = PairModel(weight1, Wrapped(weight2), preparation)
    joint = model.joint([0.3, 1.0], [[2.0], [0.1]])
    drawn = model.sample(0.3, 1.4, 2000, rng=1)
    return [joint, model.hidden_density([0.0, 1.0], 0.3, 2.0), *drawn]


@pytest.mark.parametrize("manner", [*MANNERS, in_its_argument])
def test_the_model_is_the_same_however_its_functions_are_written(manner):
    plain = model_of(skew, closed, hilly)
    for written in (
        (manner(skew), closed, hilly),
        (skew, manner(closed), hilly),
        (skew, closed, manner(hilly)),
    ):
        for found, expected in zip(model_of(*written), plain, strict=True):
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("manner", [*MANNERS, in_its_argument])
def test_sums_over_windings_and_of_preparations_are_the_same_too(manner):
    theta = np.array([0.0, 1.0, 3.0])
    for weight in (skew, partial(skewed_lorentzian, gamma=0.5, skew=0.5)):  # with tails
        np.testing.assert_array_equal(wrap(manner(weight), theta), wrap(weight, theta))
    both = Preparation(manner(hilly)) + Preparation(manner(np.ones_like))
    np.testing.assert_array_equal(both.density(theta), hilly(theta) + 1.0)
    assert theta.tolist() == [0.0, 1.0, 3.0]


@pytest.mark.parametrize("manner", MANNERS)
def test_the_global_search_is_the_same_too(manner):
    def E(a, b):
        return -0.9 * np.cos(a - b) * np.cos(0.5 * np.sin(a))

    assert chsh.maximise(manner(E)) == chsh.maximise(E)


def test_a_density_that_works_in_place_does_not_move_the_directions():
    def shifted(lam):
        lam -= 1.0
        return np.exp(4.0 * np.cos(lam))

    model = PairModel(Wrapped(closed), preparation=shifted)
    lam = np.linspace(0.0, 2.0 * np.pi, 4001)[:-1]
    rho = np.exp(4.0 * np.cos(lam - 1.0))
    for setting in (0.0, 1.0):
        rho = rho * (closed(setting - lam) + closed(setting - lam + np.pi))
    exact = (rho * np.cos(lam)).sum() / rho.sum()
    drawn = model.sample(0.0, 1.0, size=100_000, rng=1).lam
    assert np.cos(drawn).mean() == pytest.approx(exact, abs=4.5 * np.cos(drawn).std() / 316)


def test_a_preparation_keeps_its_points_to_itself():
    atoms, masses = np.array([0.2, 1.0]), np.array([0.5, 0.7])
    prepared = Preparation(None, atoms, masses)
    model = PairModel(Wrapped(closed), preparation=prepared)
    before = model.joint(0.3, 1.0)
    atoms += 1.0
    masses[0] = np.nan
    assert prepared.atoms.tolist() == [0.2, 1.0]
    assert prepared.masses.tolist() == [0.5, 0.7]
    for array in (prepared.atoms, prepared.masses, (prepared + prepared).masses):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 9.0
    np.testing.assert_array_equal(model.joint(0.3, 1.0), before)


@pytest.mark.parametrize(
    "name", [n for n in GOOD if n.split(".")[0] in ("weights", "pair", "chsh", "chain")]
)
def test_no_answer_is_a_view_of_an_argument(name):
    good = {k: np.array([float(v)]) for k, v in GOOD[name].items() if type(v) is float}
    if name == "chsh.scan":
        good = {}
    before = {k: v.copy() for k, v in good.items()}
    result = PUBLIC[name](**GOOD[name] | good)
    for array in result if isinstance(result, tuple) else (result,):
        assert not any(np.shares_memory(array, v) for v in good.values())
    assert good == before


# Weights and masses of any scale: what counts is their ratio.

SCALES = [5e-300, 1e-155, 1e120, 1e155, 1e305]


@pytest.mark.parametrize("scale", SCALES)
def test_the_scale_of_a_weight_does_not_matter(scale):
    settings = [0.3, 1.0], [[2.0], [0.1]]
    plain = PairModel(skew, Wrapped(closed), hilly)
    scaled = [
        PairModel(lambda x: scale * skew(x), Wrapped(closed), lambda lam: scale * hilly(lam)),
        PairModel(lambda x: scale * skew(x), Wrapped(lambda x: scale * closed(x)), hilly),
    ]
    for model in scaled:
        np.testing.assert_allclose(model.joint(*settings), plain.joint(*settings), rtol=1e-12)
        rho = [m.hidden_density([0.1, 2.0], 0.3, 1.0) for m in (model, plain)]
        np.testing.assert_allclose(*rho, rtol=1e-12)
        drawn = [m.sample(0.3, 1.0, 4000, rng=1).lam for m in (model, plain)]
        np.testing.assert_allclose(*drawn, atol=1e-9)
    legs = [Wrapped(lambda x: scale * closed(x))] * 2
    states = [PairModel(*pair, rule="states") for pair in (legs, [Wrapped(closed)])]
    np.testing.assert_allclose(*[m.correlation(*settings) for m in states], atol=1e-13)


@pytest.mark.parametrize("scale", [2.0**-700, 2.0**700])
def test_rescaling_costs_no_digit(scale):
    plain = PairModel(Wrapped(closed), preparation=hilly)
    scaled = PairModel(Wrapped(lambda x: scale * closed(x)), None, lambda lam: scale * hilly(lam))
    np.testing.assert_array_equal(scaled.joint(0.3, 1.0), plain.joint(0.3, 1.0))


@pytest.mark.parametrize("scale", SCALES)
def test_the_scale_of_a_weight_goes_through_its_sum(scale):
    theta = np.array([0.0, 1.0, 3.0])
    found = wrap(lambda alpha: scale * skew(alpha), theta)
    np.testing.assert_allclose(found / scale, wrap(skew, theta), rtol=1e-12)


@pytest.mark.parametrize("scale", [5e-324, 1e-310, *SCALES, 1.7e308])
def test_the_scale_of_masses_does_not_matter(scale):
    atoms = [0.2, 0.2 + np.pi, 1.0]
    legs = Wrapped(closed), Wrapped(partial(wrapped_lorentzian, gamma=0.2))
    scaled = PairModel(*legs, Preparation(None, atoms, np.array([1.0, 0.0, 1.0]) * scale))
    J = np.zeros((2, 2))
    for i, k in np.ndindex(2, 2):
        for lam in (0.2, 1.0):
            J[i, k] += legs[0].wrapped(0.4 + i * np.pi - lam) * legs[1].wrapped(
                2.0 + k * np.pi - lam - np.pi
            )
    np.testing.assert_allclose(scaled.joint(0.4, 2.0), J / J.sum(), rtol=1e-12)
    drawn = scaled.sample(0.4, 2.0, 20_000, rng=1)
    assert np.mean(drawn.A == 0) == pytest.approx(J[0].sum() / J.sum(), abs=0.02)
    with_density = Preparation(giving_one(scale), atoms, [scale] * 3)
    plain = PairModel(*legs, Preparation(giving_one(1.0), atoms, [1.0] * 3))
    np.testing.assert_allclose(
        PairModel(*legs, with_density).joint(0.4, 2.0), plain.joint(0.4, 2.0), rtol=1e-12
    )


def giving_one(scale):
    return lambda lam: np.full_like(lam, scale)


def test_tails_so_far_out_that_their_product_is_no_float_still_have_a_ratio():
    # From lam = 0 to a = 1.5 both ways; each leg's weight is about 1e-244 of the largest.
    model = PairModel(*[partial(gaussian, sigma=0.05)] * 2, preparations.axis(0.0, 1.0))
    with mp.workdps(30):
        s2 = 2 * mp.mpf(0.05) ** 2
        near, far = (mp.exp(-(x**2) / s2) for x in (mp.mpf(1.5), mp.pi - mp.mpf(1.5)))
        aligned = near / (near + far)
    joint = model.joint(1.5, 1.5)
    assert gaussian(1.5, 0.05) ** 2 == 0.0
    assert relative_error(joint[0].sum(), aligned) < 1e-12


def test_large_directions_lose_no_digit():
    turns = 2.0 * np.pi * 1e14  # a float, of which every function takes the exact value
    with mp.workdps(40):
        rest = float(mp.mpf(turns + 0.125) - 2 * mp.pi * mp.nint((turns + 0.125) / (2 * mp.pi)))
    large = turns + 0.125
    for make in (partial(preparations.von_mises, 3.0), partial(preparations.cosine, 0.7)):
        lam = np.array([0.0, 1.0, 3.0])
        np.testing.assert_allclose(make(large).density(lam), make(rest).density(lam), rtol=1e-13)
    one, other = (preparations.axis(c, 0.3) for c in (large, rest))
    models = [PairModel(Wrapped(closed), preparation=p) for p in (one, other)]
    raw = PairModel(Wrapped(closed), preparation=Preparation(None, [large], [1.0]))
    near = PairModel(Wrapped(closed), preparation=Preparation(None, [rest], [1.0]))
    for first, second in (models, (raw, near)):
        np.testing.assert_allclose(first.joint(0.3, 1.0), second.joint(0.3, 1.0), rtol=1e-13)
    model = PairModel(Wrapped(closed), preparation=hilly)
    rho = [model.hidden_density([0.1, 1.0], x, 1.0) for x in (large, rest)]
    np.testing.assert_allclose(*rho, rtol=1e-12)
    np.testing.assert_allclose(*[model.hidden_density(x, 0.3, 1.0) for x in (large, rest)])
    drawn = [model.sample(x, 1.0, 1000, rng=1) for x in (large, rest)]
    for first, second in zip(*drawn, strict=True):
        np.testing.assert_allclose(first, second, atol=1e-12)


# What wrap can sum.


def slowly_varying(p, q, theta):
    """Sum log(3 + |x|)^q (3 + |x|)^-p over windings: derivatives of Hurwitz's zeta function."""
    with mp.workdps(40):
        turn = 2 * mp.pi
        starts = (3 + mp.mpf(theta)) / turn, (3 - mp.mpf(theta)) / turn + 1
        return turn ** -mp.mpf(p) * mp.fsum(
            mp.binomial(q, k) * mp.log(turn) ** (q - k) * (-1) ** k * mp.zeta(p, x, k)
            for x in starts
            for k in range(q + 1)
        )


def with_logarithms(p, q):
    return lambda alpha: np.log(3.0 + np.abs(alpha)) ** q * (3.0 + np.abs(alpha)) ** -p


@pytest.mark.parametrize(
    ("p", "q"),
    [(1.011, 0), (1.05, 0), *[(p, q) for p in (1.2, 1.3, 2.0, 4.0) for q in (1, 2)]],
)
def test_wrap_sums_powers_and_from_a_steeper_one_on_also_with_logarithms(p, q):
    found = wrap(with_logarithms(p, q), 1.0)
    assert relative_error(found, slowly_varying(p, q, 1.0)) < 1e-12


@pytest.mark.parametrize(("p", "q"), [(1.02, 1), (1.05, 2), (1.1, 1)])
def test_wrap_says_what_it_needs_of_a_sum_that_converges_too_slowly(p, q):
    message = r"must fall faster than .*-1\.2, or as a power faster than .*-1\.01, for its sum to"
    with pytest.raises(ValueError, match=message):
        wrap(with_logarithms(p, q), 1.0)


# Errors that are not about one number.


def test_messages_show_any_value_briefly():
    for value, shown in [
        (10**5000, "an integer of about 5000 digits"),
        (-(10**5000), "an integer of about 5000 digits"),
        ([10**5000] * 2, "[an integer of about 5000 digits, an integer of about 5000 digits]"),
        (12, "12"),
        ("a", "'a'"),
        ("a" * 10**6, None),
        (np.array(["0.5"] * 10**6), None),
        (list("0.5" * 10**6), None),
        (Unprintable(), None),
        (objects(10**5000), None),
    ]:
        with pytest.raises(ValueError, match=r"^kind must be one of .*, got ") as caught:
            one_particle.bridge(1.0, 0.1, [0.5], kind=value)
        message = str(caught.value)
        assert len(message) < 250
        assert "\n" not in message
        assert shown is None or message.endswith(f"got {shown}")


def test_the_cause_that_python_gave_is_not_shown_beside_ours():
    with pytest.raises(ValueError, match="alpha must hold") as caught:
        lorentzian("one", 0.1)
    assert caught.value.__suppress_context__


@pytest.mark.parametrize("other", [3, 0.5, None, np.ones(2), np.ones_like])
def test_only_preparations_add_up_to_one(other):
    for add in (lambda: preparations.uniform() + other, lambda: other + preparations.uniform()):
        with pytest.raises(TypeError, match="unsupported operand"):
            add()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("east",), r"density must be callable, got 'east'"),
        (([1.0],), r"density must be callable, got \[1\.0\]"),
        ((None, None, [1.0]), r"atoms must hold real numbers, got None"),
        ((None, [1.0], "one"), r"masses must hold real numbers, got 'one'"),
        ((None, [1.0], [-1.0]), r"masses must be finite and at least 0, got -1\.0"),
        ((None, [1.0], [np.nan]), r"masses must be finite and at least 0, got nan"),
        ((None, [np.inf], [1.0]), r"atoms must be finite, got inf"),
        ((None, [1.0, 2.0], [1.0]), r"atoms and masses must be two rows of .*\(2,\) and \(1,\)"),
        ((None, 1.0, 1.0), r"atoms and masses must be two rows of .*\(\) and \(\)"),
        ((None, [[1.0]], [[1.0]]), r"atoms and masses must be two rows of .*\(1, 1\) and .*"),
    ],
)
def test_preparations_that_are_none_are_refused(arguments, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Preparation(*arguments)


def test_preparations_are_equal_only_to_themselves():
    one, other = preparations.axis(0.0, 0.5), preparations.axis(0.0, 0.5)
    assert one == one
    assert one != other
    assert len({one, other}) == 2


def test_a_model_refuses_what_has_no_sum_to_call():
    class Odd:
        wrapped = 0.1

    with pytest.raises(ValueError, match=r"^weight1 must be callable, got 0\.1$"):
        PairModel(Odd())
    with pytest.raises(ValueError, match=r"^wrapped must be callable, got 0\.1$"):
        Wrapped(0.1)


def test_a_hill_that_a_first_look_misses_is_scaled_all_the_same():
    def law(scale):
        def hill(x):
            return scale * np.exp(2e5 * (np.cos(x - 0.05) - 1.0)) + 1.0

        model = PairModel(Wrapped(hill), preparation=lambda lam: hill(lam) ** 2)
        return model.joint(0.11, 3.25), np.stack(model.sample(0.11, 3.25, 1000, rng=1))

    for one, other in zip(law(1e20), law(1e85), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


@pytest.mark.parametrize("preparation", [None, preparations.axis(0.2, 0.3)])
@pytest.mark.parametrize("rule", ["histories", "states"])
def test_weights_whose_sum_is_no_float_are_right_too(preparation, rule):
    flat = Wrapped(lambda x: np.full_like(x, 1.7e308))
    model = PairModel(flat, preparation=preparation, rule=rule)
    np.testing.assert_allclose(model.joint(0.3, [1.0, 2.0]), 0.25, rtol=1e-15)
    assert np.mean(model.sample(0.3, 1.0, 10_000, rng=1).A) == pytest.approx(0.5, abs=0.025)


@pytest.mark.parametrize("name", ["a1", "a2", "b1", "b2"])
def test_four_settings_are_named_as_they_are(name):
    settings = dict(GOOD["chsh.from_settings"])
    for value, shown in [(1e308, r"1e\+308"), (-1.7e308, r"-1\.7e\+308")]:
        message = rf"^{name} must be at most 8e\+307 in magnitude, got {shown}$"
        with pytest.raises(ValueError, match=message):
            chsh.from_settings(**settings | {name: value})


def test_a_search_with_more_steps_than_memory_is_refused(monkeypatch):
    with pytest.raises(ValueError, match=r"^steps must be at most 500, got 1200, .* takes 14 GB$"):
        chsh.scan(0.1, 0.1, 1200)
    monkeypatch.setattr(chsh, "MAX_STEPS", 4)
    assert chsh.scan(0.1, 0.1, 4).values.shape == (5, 5, 5)
    with pytest.raises(ValueError, match=r"^steps must be at most 4, got 5, "):
        chsh.scan(0.1, 0.1, 5)


def test_a_search_may_be_wide():
    assert chsh.scan(0.1, 1e15, 2).offsets.tolist() == [-1e15, 0.0, 1e15]
    with pytest.raises(ValueError, match=r"^half_width must be at most 1e\+15, got 1e\+16$"):
        chsh.scan(0.1, 1e16, 2)


def test_a_sample_that_no_memory_holds_is_refused(monkeypatch):
    with pytest.raises(ValueError, match=r"^size must be at most 100000000 in all, got 100000001$"):
        one_particle.sample(1.0, 0.1, 10**8 + 1)
    monkeypatch.setattr(retrolib.domain, "MAX_SAMPLE", 6)
    assert one_particle.sample(1.0, 0.1, (2, 3)).alpha.shape == (2, 3)
    for size in (7, (2, 4), (0, 7)):
        with pytest.raises(ValueError, match=r"^size must be at most 6 in all, got "):
            one_particle.sample(1.0, 0.1, size)
    with pytest.raises(ValueError, match=r"^size must be at most 6 in all, got \(4, 2\)$"):
        pair.sample(np.zeros((4, 1)), np.zeros(2), 0.1)


# Numbers that are good.


@pytest.mark.parametrize(
    "half",
    [
        *[Fraction(1, 2), Decimal("0.5"), np.float16(0.5), np.float32(0.5), np.longdouble(0.5)],
        *[np.array(0.5), np.array(0.5, dtype=object), np.ma.array(0.5), mp.mpf(0.5)],
    ],
)
def test_halves_of_any_kind_are_the_same(half):
    for value in (
        half,
        [half],
        [[half, 0.5]],
        (half, Fraction(1, 2)),
        objects(0.5, np.float32(0.5)),
    ):
        found = wrapped_lorentzian(value, half)
        np.testing.assert_array_equal(found, wrapped_lorentzian(np.full(np.shape(found), 0.5), 0.5))


def test_integers_of_any_length_and_kind_are_numbers():
    assert exponential(10**300, 10**300) == exponential(1e300, 1e300)
    assert exponential([10**300, 2**64, 1.0], 1e300)[0] == exponential(1e300, 1e300)
    for kind in np.typecodes["AllInteger"]:
        assert power_law(np.array([3], dtype=kind), 1, 2) == power_law(3.0, 1.0, 2.0)


def test_masks_that_mask_nothing_do_no_harm():
    assert lorentzian(np.ma.array([1.0, 2.0], mask=False), 0.1).tolist() == (
        lorentzian([1.0, 2.0], 0.1).tolist()
    )
    with pytest.raises(ValueError, match=r"^alpha must hold real numbers, got masked_array"):
        lorentzian(np.ma.masked_greater([1.0, 2.0], 1.5), 0.1)


# Explorers.

EXPLORERS = [getattr(explorers, name) for name in explorers.__all__]


@pytest.mark.parametrize("kind", EXPLORERS)
def test_the_traits_of_an_explorer_take_numbers_and_words_only(kind):
    explorer = kind()
    for name, trait in explorer.traits().items():
        if isinstance(trait, Clamped):
            check_clamped(explorer, name, trait)
            wrong = NO_NUMBERS + [v for v in NUMBERS if np.ndim(v)]
        elif isinstance(trait, Choice):
            setattr(explorer, name, np.str_(trait.words[-1]))
            assert type(getattr(explorer, name)) is str
            wrong = NO_WORDS
        elif isinstance(trait, Switch):
            setattr(explorer, name, np.True_)
            assert getattr(explorer, name) is True
            wrong = [v for v in [*NO_WORDS, "True", 1, 0.0] if not isinstance(v, bool)]
        else:
            assert name.startswith("_") or hasattr(ipywidgets.DOMWidget, name)
            continue
        before = getattr(explorer, name)
        for value in wrong:
            with (
                at_once(),
                pytest.raises(traitlets.TraitError, match=f"^{name} must be ") as caught,
            ):
                setattr(explorer, name, value)
            assert len(str(caught.value)) < 250
            assert getattr(explorer, name) is before


def check_clamped(explorer, name, trait):
    """Demand that each number moves into range, to the nearer end."""
    for value in [v for v in NUMBERS if np.ndim(v) == 0]:
        with at_once():
            setattr(explorer, name, value)
        found = getattr(explorer, name)
        assert type(found) is type(trait.default_value)
        rounding = 0.5 if isinstance(found, int) else 1e-15
        assert found == pytest.approx(min(max(float(value), trait.low), trait.high), abs=rounding)
    for value in INFINITE:
        with at_once():
            setattr(explorer, name, value)
        assert getattr(explorer, name) == (trait.high if value > 0 else trait.low)


def test_a_closed_explorer_is_freed():
    gone = {}
    for kind in EXPLORERS:
        explorer = kind()
        gone[kind] = weakref.ref(explorer), weakref.ref(type(explorer))
        explorer.close()
    del explorer
    gc.collect()
    left = [kind for kind, references in gone.items() if any(one() for one in references)]
    assert left == []
