"""What arguments may be: each limit from both sides, and what the message names."""

import math
import re

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


def test_numbers_are_read_as_floats():
    for value in (1, np.int8(1), np.float32(1), 1.0):
        read = domain.angle("x", [value])
        assert read.dtype == np.float64
        assert read.tolist() == [1.0]


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
    [(2, 2), (3, 2, 2), (0, 3, 2, 2), (3, 0, 2, 2), (5, 0, 3, 2, 2), (2, 3, 2, 3), (2, 3, 4, 1)],
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
        (3, (2,), "size must fit the parameters' shape (2,), got 3"),
        ((), (2,), "size must fit the parameters' shape (2,), got ()"),
        (1, (2,), "size must fit the parameters' shape (2,), got 1"),
        ((3, 2), (4, 3, 2), "size must fit the parameters' shape (4, 3, 2), got (3, 2)"),
    ],
)
def test_a_size_that_is_none_is_refused(size, parameters, message):
    refused(lambda: domain.sample_shape(size, parameters), message)


# Generators, words, overflow.


def test_a_seed_makes_a_generator_and_a_generator_stays_itself():
    rng = np.random.default_rng(3)
    assert domain.generator(rng) is rng
    assert domain.generator(3).random() == np.random.default_rng(3).random()
    assert domain.generator([1, 2]).random() == np.random.default_rng([1, 2]).random()
    assert domain.generator(None).random() != domain.generator(None).random()
    for bad in (-1, "seed", 0.5):
        refused(
            lambda bad=bad: domain.generator(bad),
            f"rng must be a seed or a numpy Generator, got {bad!r}",
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
