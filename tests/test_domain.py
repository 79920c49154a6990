"""What arguments may be: each limit from both sides, and what the message names."""

import math
import re
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from retrolib import domain

ROUNDING = 1e-9
LARGEST = np.finfo(float).max


def above(x):
    return float(np.nextafter(x, math.inf))


def below(x):
    return float(np.nextafter(x, -math.inf))


def refused(call, message, error=ValueError):
    with pytest.raises(error, match=f"^{re.escape(message)}$"):
        call()


# Limits that are included, and what lies just beyond.

LIMITS = [
    (lambda x: domain.angle("x", x), [-LARGEST, 0.0, LARGEST], [], "finite"),
    (
        lambda x: domain.angle("x", x, limit=2.5),
        [-2.5, 2.5],
        [below(-2.5), above(2.5)],
        "at most 2.5 in magnitude",
    ),
    (lambda x: domain.width("x", x), [0.0, LARGEST], [-5e-324], "finite and at least 0"),
    (lambda x: domain.width("x", x, positive=True), [5e-324], [0.0], "finite and above 0"),
    (lambda x: domain.width("x", x, limit=2.5), [2.5], [above(2.5)], "at most 2.5"),
    (lambda x: domain.exponent("x", x), [above(1.0), LARGEST], [1.0], "finite and above 1"),
    (lambda x: domain.fraction("x", x), [0.0, 1.0], [-5e-324, above(1.0)], "within [0, 1]"),
    (
        lambda x: domain.fraction("x", x, least=-0.5),
        [-0.5, 1.0],
        [below(-0.5), above(1.0)],
        "within [-0.5, 1]",
    ),
    (
        lambda x: domain.correlations("x", x),
        [-1.0 - ROUNDING, -1.0, 1.0, 1.0 + ROUNDING],
        [-1.0 - 1.1 * ROUNDING, 1.0 + 1.1 * ROUNDING],
        "within [-1, 1]",
    ),
    (
        lambda x: domain.integer("x", x),
        [-(2.0**53), -1.0, 0.0, 1.0, 2.0**53],
        [-(2.0**53) - 2.0, 2.0**53 + 2.0, 0.5, math.inf, -math.inf],
        "an integer of at most 2^53 in magnitude",
    ),
    (lambda x: domain.integer("x", x, least=2), [2.0, 2.0**53], [1.0, 0.0, -3.0], "at least 2"),
    (lambda x: domain.fractions("x", x), [0.0, 1.0], [-5e-324, above(1.0)], "within [0, 1]"),
]


@pytest.mark.parametrize(("read", "inside", "outside", "must"), LIMITS)
def test_a_limit_is_included_and_what_lies_beyond_is_refused_by_its_value(
    read, inside, outside, must
):
    for x in inside:
        assert read(x).shape == ()
        assert read(x) == x
    for x in outside:
        refused(lambda x=x: read(x), f"x must be {must}, got {x!r}")
    assert read([]).shape == (0,)


@pytest.mark.parametrize("infinite", [math.inf, -math.inf, math.nan])
def test_no_number_may_be_infinite_or_none(infinite):
    for read, inside, *_ in LIMITS:
        with pytest.raises(ValueError, match=rf"^x must be .*, got {infinite!r}$"):
            read([inside[-1], infinite])


def test_the_message_names_the_first_number_that_is_wrong():
    refused(
        lambda: domain.angle("x", [[1.0, math.inf], [math.nan, 2.0]]), "x must be finite, got inf"
    )
    refused(
        lambda: domain.width("x", [[1.0, 2.0], [-3.0, -4.0]]),
        "x must be finite and at least 0, got -3.0",
    )


# What is read as numbers.

LONG = 10**5000


@pytest.mark.parametrize(
    "value",
    [
        [1],
        (1.0,),
        [[1]],
        [np.int8(1)],
        [np.float32(1)],
        [Fraction(1)],
        [Decimal(1)],
        [np.array(1.0)],
        [np.array([1])],
        np.array([1], dtype=np.uint8),
        np.array([1.0], dtype=np.float16),
        np.array([1.0], dtype=np.longdouble),
        np.array([1, Fraction(1)], dtype=object)[:1],
        np.array([np.float32(1)], dtype=object),
        np.ma.array([1.0], mask=[False]),
    ],
)
def test_numbers_are_read_as_floats(value):
    read = domain.angle("x", value)
    assert read.dtype == np.float64
    assert read.ravel().tolist() == [1.0]


def test_an_array_of_floats_is_not_copied():
    array = np.array([1.0, 2.0])
    assert domain.angle("x", array) is array


@pytest.mark.parametrize(
    "value",
    [
        True,
        [True, 1.0],
        np.array([True]),
        1j,
        [1.0, 1j],
        np.array([1.0], dtype=complex),
        "1",
        ["1"],
        [1.0, "1"],
        b"1",
        bytearray(b"1"),
        memoryview(b"1"),
        None,
        [1.0, None],
        np.array([1.0, None]),
        np.array([1.0, True], dtype=object),
        [1.0, np.bool_(True)],
        np.datetime64("2026-01-01"),
        np.array(["2026-01-01"], dtype="datetime64[D]"),
        np.timedelta64(1, "s"),
        [1.0, np.timedelta64(1, "s")],
        [np.array([True])],
        np.array([np.timedelta64(1, "s")], dtype=object),
        [1.0, [2.0]],
        [np.array([1.0, 2.0]), 3.0],
        np.ma.array([1.0, 2.0], mask=[False, True]),
        [np.ma.masked, 1.0],
        {1.0: 2.0},
        {1.0},
        object(),
        np.zeros(1, dtype=[("x", float)]),
    ],
)
def test_what_is_no_number_is_not_taken_for_one(value):
    with pytest.raises(ValueError, match=r"^x must hold real numbers, got "):
        domain.angle("x", value)


def test_a_list_that_holds_itself_is_refused():
    endless = [1.0]
    endless.append(endless)
    with pytest.raises(ValueError, match=r"^x must hold real numbers, got "):
        domain.angle("x", endless)


def test_numbers_beyond_all_floats_are_refused_quietly():
    with np.errstate(all="raise"):
        refused(
            lambda: domain.angle("x", LONG),
            "x must hold numbers that fit floats, got an integer of about 5000 digits",
        )
        if np.finfo(np.longdouble).max > LARGEST:
            refused(lambda: domain.angle("x", np.longdouble("1e4000")), "x must be finite, got inf")
        assert domain.angle("x", np.longdouble("1e-4000")) == 0.0


def test_arrays_may_have_32_dimensions():
    assert domain.angle("x", np.zeros((1,) * 32)).ndim == 32
    for dimensions in (33, 40, 64):
        array = np.zeros((1,) * dimensions)
        for value in (array, array.tolist()):
            refused(
                lambda value=value: domain.angle("x", value),
                f"x must have at most 32 dimensions, got {array.ndim} of them",
            )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.1, "0.1"),
        (-7, "-7"),
        (10**39, "1" + "0" * 39),
        (10**40, "an integer of about 40 digits"),
        ([-LONG], "[an integer of about 5000 digits]"),
        ("a b", "'a b'"),
        ("x" * 58, repr("x" * 58)),
        ("x" * 59, "'" + "x" * 27 + "..." + "x" * 28 + "'"),
        ([1, 2, 3, 4, 5, 6], "[1, 2, 3, 4, 5, 6]"),
        ([1, 2, 3, 4, 5, 6, 7], "[1, 2, 3, 4, 5, 6, ...]"),
        (np.zeros((2, 2)), "array([[0., 0.], [0., 0.]])"),
    ],
)
def test_messages_show_a_value_in_one_short_line(value, shown):
    assert domain.brief(value) == shown


def test_the_difference_of_two_angles_within_the_limit_is_a_float():
    assert math.isfinite(domain.MAX_DIFFERENCE - -domain.MAX_DIFFERENCE)
    assert math.isinf(2.0 * 1.2 * domain.MAX_DIFFERENCE)


# Rows of times.


def test_times_may_stand_still_but_not_go_back():
    assert domain.fractions("x", [0.0, 0.2, 0.2, 1.0]).tolist() == [0.0, 0.2, 0.2, 1.0]
    assert domain.fractions("x", 0.5).shape == ()
    refused(
        lambda: domain.fractions("x", [0.2, below(0.2)]),
        f"x must not decrease, got [0.2, {below(0.2)!r}]",
    )
    refused(
        lambda: domain.fractions("x", [0.2, 0.9, 0.5, 1.0]),
        "x must not decrease, got [0.2, 0.9, 0.5, 1.0]",
    )
    refused(lambda: domain.fractions("x", [[0.5]]), "x must be one-dimensional, got shape (1, 1)")


# Tables of joint probabilities.

FAIR = np.full((2, 3, 2, 2), 0.25)


@pytest.mark.parametrize("shape", [(1, 1), (2, 3), (5, 2, 3), (4, 5, 2, 3), (0, 2, 3)])
def test_a_joint_table_may_have_leading_axes(shape):
    table = np.full((*shape, 2, 2), 0.25)
    np.testing.assert_array_equal(domain.joint("x", table), table)


@pytest.mark.parametrize(
    "shape",
    [(2, 2), (3, 2, 2), (0, 3, 2, 2), (3, 0, 2, 2), (5, 0, 3, 2, 2), (5, 3, 0, 2, 2), (2, 3, 2, 3)],
)
def test_a_joint_table_of_another_shape_is_refused(shape):
    refused(
        lambda: domain.joint("x", np.full(shape, 0.25)),
        f"x must have the shape (..., na, nb, 2, 2), got {shape}",
    )


def test_a_joint_table_is_right_up_to_rounding():
    for off in (-0.99 * ROUNDING, 0.99 * ROUNDING):
        domain.joint("x", FAIR + np.array([[off, 0.0], [0.0, 0.0]]))
        domain.joint("x", np.array([[[[off, 0.5 - off], [0.5, 0.0]]]]))
    for off in (-1.1 * ROUNDING, 1.1 * ROUNDING):
        with pytest.raises(ValueError, match=r"^x's sum over outcomes must be 1, got (1\.0|0\.9)"):
            domain.joint("x", FAIR + np.array([[off, 0.0], [0.0, 0.0]]))
    least = np.array([[[[-ROUNDING, 0.5 + ROUNDING], [0.5, 0.0]]]])
    assert domain.joint("x", least).min() == -ROUNDING
    refused(
        lambda: domain.joint("x", [[[[-2e-9, 0.5], [0.5, 2e-9]]]]),
        "x must be finite and at least 0, got -2e-09",
    )
    refused(
        lambda: domain.joint("x", [[[[math.inf, 0.0], [0.0, 0.0]]]]),
        "x must be finite and at least 0, got inf",
    )


# Single numbers, shapes, sizes.


def test_a_single_number_has_no_axis():
    assert domain.scalar("x", np.array(2.5)) == 2.5
    assert type(domain.scalar("x", np.array(2.5))) is float
    refused(
        lambda: domain.scalar("x", np.array([2.5])), "x must be a single number, got shape (1,)"
    )


def test_shapes_broadcast_or_are_named():
    x, y, z = np.zeros((4, 1)), np.zeros(3), np.zeros(())
    assert domain.broadcast_shape(x=x, y=y, z=z) == (4, 3)
    refused(
        lambda: domain.broadcast_shape(x=x, y=y, z=np.zeros(2)),
        "x of shape (4, 1) and y of shape (3,) and z of shape (2,) do not broadcast together",
    )


@pytest.mark.parametrize(
    ("size", "parameters", "shape"),
    [
        (None, (), ()),
        (None, (2, 3), (2, 3)),
        (0, (), (0,)),
        (1, (), (1,)),
        (0, (1,), (0,)),
        ((), (), ()),
        ([2, 3], (3,), (2, 3)),
        ((5, 2, 3), (2, 1), (5, 2, 3)),
        (np.int64(4), (), (4,)),
        (np.array([2, 3]), (), (2, 3)),
        (np.array(3), (), (3,)),
        (10**8, (), (10**8,)),
        ((10**4, 10**4), (), (10**4, 10**4)),
        ((0, 10**8), (), (0, 10**8)),
        ((1,) * 32, (), (1,) * 32),
    ],
)
def test_a_sample_has_the_size_asked_for_if_the_parameters_fit(size, parameters, shape):
    assert domain.sample_shape(size, parameters) == shape


@pytest.mark.parametrize(
    ("size", "parameters", "message"),
    [
        (-1, (), "size must not be negative, got -1"),
        ((3, -1), (), "size must not be negative, got (3, -1)"),
        (2.0, (), "size must be an integer or a tuple of them, got 2.0"),
        ("22", (), "size must be an integer or a tuple of them, got '22'"),
        (b"22", (), "size must be an integer or a tuple of them, got b'22'"),
        ({2: 3}, (), "size must be an integer or a tuple of them, got {2: 3}"),
        (True, (), "size must be an integer or a tuple of them, got True"),
        ((2, True), (), "size must be an integer or a tuple of them, got (2, True)"),
        ([[2], [3]], (), "size must be an integer or a tuple of them, got [[2], [3]]"),
        (10**8 + 1, (), "size must be at most 100000000 in all, got 100000001"),
        ((10**4, 10**4 + 1), (), "size must be at most 100000000 in all, got (10000, 10001)"),
        ((0, 10**8 + 1), (), "size must be at most 100000000 in all, got (0, 100000001)"),
        ((1,) * 33, (), "size must have at most 32 dimensions, got 33"),
        (3, (2,), "size must fit the parameters' shape (2,), got 3"),
        ((), (2,), "size must fit the parameters' shape (2,), got ()"),
        (1, (2,), "size must fit the parameters' shape (2,), got 1"),
        ((3, 2), (4, 3, 2), "size must fit the parameters' shape (4, 3, 2), got (3, 2)"),
    ],
)
def test_a_size_that_is_none_is_refused(size, parameters, message):
    refused(lambda: domain.sample_shape(size, parameters), message)


def test_of_many_spins_fewer_are_drawn():
    assert domain.sample_shape((10**4, 3333), (), 3) == (10**4, 3333)
    for size in (33_333_334, (0, 33_333_334)):
        refused(
            lambda size=size: domain.sample_shape(size, (), 3),
            f"size must be at most 33333333 in all, got {size}",
        )


@pytest.mark.parametrize(
    ("settings", "gamma", "shape"),
    [((3,), (), (3,)), ((3,), (4, 1), (4, 3)), ((2, 1, 3), (4, 3), (2, 4, 3)), ((1,), (1,), (1,))],
)
def test_each_spin_has_a_setting_and_a_width(settings, gamma, shape):
    found = domain.of_spins(np.full(settings, 0.5), np.full(gamma, 0.1), 3.0, 1.0)
    assert [array.shape for array in found] == [shape] * 2
    assert [np.unique(array).tolist() for array in found] == [[0.5], [0.1]]


def test_limits_of_the_settings_and_of_the_widths_are_for_their_sums():
    for settings, gamma in (([1.0, -1.0], 0.25), ([1.0, 1.0], [0.5, 0.5])):
        domain.of_spins(settings, gamma, 2.0, 1.0)
    domain.of_spins([1.0], [LARGEST], 2.0)
    refused(
        lambda: domain.of_spins([1.0, above(1.0)], 0.5, 2.0, 1.0),
        f"settings must be at most 1 in magnitude, got {above(1.0)!r}",
    )
    refused(
        lambda: domain.of_spins([1.0, 1.0], above(0.5), 2.0, 1.0),
        f"gamma must be at most 0.5, got {above(0.5)!r}",
    )


@pytest.mark.parametrize(("settings", "shape"), [(0.5, ()), ([], (0,)), (np.ones((3, 0)), (3, 0))])
def test_there_is_at_least_one_spin(settings, shape):
    refused(
        lambda: domain.of_spins(settings, 0.1, 2.0),
        f"settings must have a last axis with one angle for each spin, got shape {shape}",
    )


def test_widths_are_those_of_all_spins_or_of_each():
    refused(
        lambda: domain.of_spins([0.5], [0.1, 0.2], 2.0),
        "gamma must be one width or one for each of 1 spins, got shape (2,)",
    )


# What users' functions give.


def test_a_function_can_be_called():
    domain.function("x", np.cos)
    refused(lambda: domain.function("x", 0.5), "x must be callable, got 0.5")


def test_the_angles_that_a_function_gets_are_its_own():
    angles = np.array([1.0, 2.0, 3.0])

    def in_place(x):
        x -= 1.0
        return x

    assert domain.weights_of("x", in_place, angles).tolist() == [0.0, 1.0, 2.0]
    assert angles.tolist() == [1.0, 2.0, 3.0]


def test_what_a_function_gives_is_not_its_own_any_more():
    kept = np.array([1.0, 2.0])
    domain.weights_of("x", lambda alpha: kept, np.zeros(2))[:] = 5.0
    assert kept.tolist() == [1.0, 2.0]


def test_a_function_gives_one_value_for_each_angle():
    a, b = np.zeros((3, 1)), np.zeros(2)
    assert domain.correlations_of("x", lambda a, b: np.cos(a - b), a, b).shape == (3, 2)
    refused(
        lambda: domain.correlations_of("x", lambda a, b: a, a, b),
        "x must return shape (3, 2), got shape (3, 1)",
    )
    refused(
        lambda: domain.weights_of("x", lambda alpha: 1.0, b),
        "x must return shape (2,), got shape ()",
    )
    refused(
        lambda: domain.correlations_of("x", lambda a, b: 1.5 + a + b, a, b),
        "x must be within [-1, 1], got 1.5",
    )


@pytest.mark.parametrize("bad", [-5e-324, math.inf, math.nan])
def test_a_weight_that_is_none_is_named_with_its_angle(bad):
    angles = np.array([0.5, 1.5, 2.5, 3.5])
    given = np.array([0.0, 1.0, bad, -7.0])
    refused(
        lambda: domain.weights_of("x", lambda alpha: given, angles),
        f"x must be finite and at least 0 at the angle 2.5, got {bad!r}",
    )
    assert domain.weights_of("x", lambda alpha: given[:2], angles[:2]).tolist() == [0.0, 1.0]


def test_masses_stand_beside_their_directions_and_stay():
    given = [0.5, 1.0], [2.0, 0.0]
    for kept, value in zip(domain.masses(*map(np.array, given)), given, strict=True):
        assert kept.tolist() == value
        with pytest.raises(ValueError, match=r"read-only"):
            kept[0] = 9.0
    mine = np.array([1.0])
    domain.masses(mine, mine)
    mine[0] = 2.0
    assert domain.masses([], [])[0].size == 0
    refused(
        lambda: domain.masses([0.0], [[1.0]], ("left", "right")),
        "left and right must be two rows of the same length, got (1,) and (1, 1)",
    )
    refused(lambda: domain.masses([math.inf], [1.0]), "atoms must be finite, got inf")
    refused(lambda: domain.masses([0.0], [-1.0]), "masses must be finite and at least 0, got -1.0")
    for atoms, masses, shapes in [
        ([0.0], [1.0, 2.0], "(1,) and (2,)"),
        (0.0, 1.0, "() and ()"),
        ([[0.0]], [[1.0]], "(1, 1) and (1, 1)"),
    ]:
        refused(
            lambda atoms=atoms, masses=masses: domain.masses(atoms, masses),
            f"atoms and masses must be two rows of the same length, got {shapes}",
        )


# Generators, words, overflow.


def test_a_seed_makes_a_generator_and_a_generator_stays_itself():
    rng = np.random.default_rng(3)
    assert domain.generator(rng) is rng
    assert domain.generator(3).random() == np.random.default_rng(3).random()
    assert domain.generator([1, 2]).random() == np.random.default_rng([1, 2]).random()
    assert domain.generator(None).random() != domain.generator(None).random()
    for bad in (-1, "seed", 0.5, True, [True], np.bool_(True), [1.5]):
        refused(
            lambda bad=bad: domain.generator(bad),
            f"rng must be a seed or a numpy Generator, got {domain.brief(bad)}",
        )


def test_a_word_is_one_of_a_few():
    domain.one_of("x", "up", ("up", "down"))
    for bad in ("u", "", None, ["up"]):
        refused(
            lambda bad=bad: domain.one_of("x", bad, ("up", "down")),
            f"x must be one of 'up', 'down', got {bad!r}",
        )


def test_only_what_is_too_large_is_an_error():
    for wrong in (lambda: np.float64(1e300) * 1e300, lambda: np.float64(1.0) / np.float64(0.0)):

        def guarded(wrong=wrong):
            with domain.overflow_is_an_error("the sum"):
                wrong()

        refused(guarded, "the sum is larger than the largest float", OverflowError)
    with np.errstate(all="raise"), domain.overflow_is_an_error("the sum"):
        assert np.float64(1e-300) * np.float64(1e-300) == 0.0


def test_a_row_has_so_many_numbers_and_is_a_copy():
    mine = np.array([-2.0, 2.0])
    kept = domain.row("x", mine, most=2, limit=2.0)
    assert kept.tolist() == mine.tolist()
    assert kept is not mine
    assert domain.row("x", [], most=0, limit=2.0).size == 0
    for value, shape in (([0.0] * 3, (3,)), (0.0, ()), ([[0.0]], (1, 1))):
        refused(
            lambda value=value: domain.row("x", value, most=2, limit=2.0),
            f"x must be one row of at most 2, got shape {shape}",
        )
    refused(
        lambda: domain.row("x", [above(2.0)], most=2, limit=2.0),
        f"x must be at most 2 in magnitude, got {above(2.0)!r}",
    )
