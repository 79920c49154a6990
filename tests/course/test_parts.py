"""The parts of the grading by themselves: they need no nbgrader and no room."""

import builtins
import contextlib
import json
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from itertools import cycle

import mpmath
import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import checks, intake, runner
from course.sets import ProblemSet

from .classroom import SECRET
from .conftest import SETS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
CELLS = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown", "raw"]) | JSON,
        "source": st.text() | st.lists(st.text()) | JSON,
        "metadata": st.fixed_dictionaries({"nbgrader": JSON}) | JSON,
        "attachments": st.dictionaries(st.text(), st.dictionaries(st.text(), JSON)) | JSON,
    },
)


def released():
    cells = [nbformat.v4.new_markdown_cell("Read this.")]
    for name, locked, make in [
        ("q1", False, nbformat.v4.new_code_cell),
        ("q1-test", True, nbformat.v4.new_code_cell),
        ("q2", False, nbformat.v4.new_markdown_cell),
    ]:
        cells.append(make(f"as released: {name}"))
        cells[-1].metadata.nbgrader = nbformat.from_dict({"grade_id": name, "locked": locked})
    return nbformat.v4.new_notebook(cells=cells)


def identified(source, name):
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"nbgrader": {"grade_id": name, "points": 99, "locked": False}},
    }


def restored(cells, tmp_path):
    path = tmp_path / "notebook.ipynb"
    path.write_text(json.dumps({"cells": cells}))
    return intake.restore(intake.read(path), released())


@pytest.mark.parametrize("examples", [20, pytest.param(100, marks=pytest.mark.slow)])
def test_whatever_is_submitted_every_part_is_there_once_as_released(examples, tmp_path):
    @settings(derandomize=True, deadline=None, max_examples=examples)
    @given(cells=st.lists(CELLS | JSON))
    def every_part_is_there_once(cells):
        notebook, _ = restored(cells, tmp_path)
        nbformat.validate(notebook)
        parts = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
        names = [cell.metadata.nbgrader.grade_id for cell in parts]
        assert sorted(names) == ["q1", "q1-test", "q2"]
        assert parts[names.index("q1-test")].source == "as released: q1-test"
        nbformat.writes(notebook).encode("utf8")

    every_part_is_there_once()


@settings(derandomize=True, deadline=None)
@given(content=st.binary())
def test_whatever_a_file_holds_it_is_read_or_refused(content, tmp_path_factory):
    path = tmp_path_factory.mktemp("any") / "notebook.ipynb"
    path.write_bytes(content)
    with pytest.raises(intake.Unreadable):
        intake.read(path)


def test_an_answer_is_kept_and_a_changed_test_is_not(tmp_path):
    cells = [identified("mine", "q1"), identified("pass", "q1-test"), identified("because", "q2")]
    notebook, notes = restored(cells, tmp_path)
    assert [cell.source for cell in notebook.cells] == ["mine", "as released: q1-test", "because"]
    assert [cell.cell_type for cell in notebook.cells] == ["code", "code", "markdown"]
    assert notes == ["The test cell q1-test had been changed and was put back."]


def test_of_several_copies_the_last_that_says_something_counts(tmp_path):
    sources = ["first", "second", "as released: q1", " "]
    notebook, notes = restored([identified(source, "q1") for source in sources], tmp_path)
    (mine,) = (c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == "q1")
    assert mine.source == "second"
    assert "There was more than one cell q1; one of them counts." in notes


def test_a_notebook_with_too_much_text_is_refused_as_a_whole(tmp_path):
    cells = [identified("x" * 150_000, None)] * 2
    with pytest.raises(intake.Unreadable, match="more than 200000 characters"):
        restored(cells, tmp_path)


def test_pictures_in_an_answer_are_kept_if_they_are_pictures(tmp_path):
    cell = identified("see ![](attachment:a.png)", "q2")
    cell["attachments"] = {
        "a.png": {"image/png": "iVBORw0KGgo="},
        "b.png": {"image/png": '"><script>'},
        "c.svg": {"image/svg+xml": "PHN2Zz4="},
    }
    notebook, _ = restored([cell], tmp_path)
    (mine,) = (cell for cell in notebook.cells if "attachments" in cell)
    assert mine.attachments == {"a.png": {"image/png": "iVBORw0KGgo="}}


def check(**more):
    settings = {"inputs": lambda rng: (rng.random(),), "answer": lambda x: np.array([x, 2 * x])}
    return checks.Check("f", "doubled", 2.0, **(settings | more))


class Answering:
    """Stands for a room that gives these replies."""

    def __init__(self, reply):
        self.reply = reply

    def ask(self, seconds, function, cases):
        if callable(self.reply):
            return {"results": [self.reply(*case) for case in cases]}
        return self.reply


def right(x):
    return {"value": {"shape": [2], "data": [x, 2 * x]}}


def verdict(reply, **more):
    return check(**more).judge(Answering(reply), b"key", 1.0)


def test_the_right_numbers_earn_the_points():
    assert verdict(right) == checks.Verdict(2.0, "passed  2/2  doubled")


def test_one_wrong_input_in_twenty_four_is_enough_to_fail():
    seen = []

    def nearly(x):
        seen.append(x)
        return right(x if len(seen) != 7 else x + 1e-5)

    result = verdict(nearly, hint="think")
    assert result.points == 0.0
    assert "for some of the secret inputs, the answer has a wrong value" in result.message
    assert result.message.endswith("Hint: think")


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ({}, "could not be read"),
        ({"results": []}, "could not be read"),
        ({"results": [right(0.5)] * 23}, "could not be read"),
        ({"results": "x" * 24}, "could not be read"),
        ({"missing": "f"}, "there is no function `f`"),
        (lambda x: None, "could not be read"),
        (lambda x: {"value": [x, 2 * x]}, "could not be read"),
        (lambda x: {"value": {"shape": [2], "data": [x, None]}}, "real numbers"),
        (lambda x: {"value": {"shape": [2], "data": [x, "2"]}}, "real numbers"),
        (lambda x: {"value": {"shape": [2], "data": [True, True]}}, "real numbers"),
        (lambda x: {"value": {"shape": [2], "data": [x, [x]]}}, "real numbers"),
        (lambda x: {"value": {"shape": [2], "data": [float("nan")] * 2}}, "NaN"),
        (lambda x: {"value": {"shape": [2], "data": [float("inf")] * 2}}, "not finite"),
        (lambda x: {"value": {"shape": [2], "data": [10**400] * 2}}, "not finite"),
        (lambda x: {"value": {"shape": [2], "data": [x, 2 * x + 1e-5]}}, "a wrong value"),
        (lambda x: {"value": {"shape": [2, 1], "data": [x, 2 * x]}}, "not have the shape (2,)"),
        (lambda x: {"value": {"shape": [3], "data": [x, 2 * x]}}, "too many numbers, or too few"),
        (lambda x: {"value": {"shape": [-2], "data": [x, 2 * x]}}, "could not be read"),
        (lambda x: {"value": {"shape": [10**9, 10**9], "data": []}}, "could not be read"),
        (lambda x: {"value": {"shape": [2.0], "data": [x, 2 * x]}}, "could not be read"),
        (lambda x: {"value": {"items": [right(x)["value"]] * 2}}, "is a tuple"),
        (lambda x: {"value": {"kind": "complex128"}}, "complex numbers"),
        (lambda x: {"value": {"kind": f"secret{x}"}}, "something else"),
        (lambda x: {"error": "ZeroDivisionError"}, "raised ZeroDivisionError"),
        (lambda x: {"error": "ProcessLookupError"}, "raised an error"),
        (lambda x: {"error": f"Secret{x}"}, "raised an error"),
        (lambda x: {"error": "print"}, "raised an error"),
        (lambda x: {"error": {}}, "raised an error"),
    ],
)
def test_anything_else_earns_nothing_and_says_why(reply, why):
    result = verdict(reply)
    assert result.points == 0.0
    assert why in result.message
    assert "ecret0" not in result.message


def test_a_property_is_asked_only_of_an_answer_of_the_right_shape():
    asked = []

    def accept(y, x):
        asked.append(y)
        return y[1] == 2 * x

    for shapes in ((3,), (2, 1), ((2,), (2,))):  # what is compared could become huge otherwise
        result = verdict(right, answer=None, accept=accept, shapes=lambda x, s=shapes: s)
        assert result.points == 0.0
        assert asked == []
    assert verdict(right, answer=None, accept=accept, shapes=lambda x: (2,)).points == 2.0
    rows = verdict(
        right, answer=None, accept=lambda y, x: y == (x, 2 * x), shapes=lambda x: ((), ())
    )
    assert rows.points == 2.0


KINDS = [
    *(
        name
        for name, kind in vars(builtins).items()
        if isinstance(kind, type) and issubclass(kind, BaseException)
    ),
    *(f"Digit{n}" for n in range(9)),
]
NUMBERS = [
    {"kind": kind}
    for kind in ("nothing", "bool", "complex128", "str7", "int8", *(f"of{n}" for n in range(9)))
]
SHAPES = [
    {"shape": shape, "data": data}
    for shape in ([], [2], [3], [1, 2], [2, 1], [0], [-1], [10**9], "", [2.0])
    for data in ([], [0.5], [0.5, 1.0], [0.5, None], [1e400, 0], ["1", 1], [10**400, 1], [2.5e9, 1])
]
SPELLED = [
    *({"error": kind} for kind in KINDS),
    *({"value": number} for number in (*NUMBERS, *SHAPES, None, 1, [], {})),
    *({"value": {"items": several}} for several in ([], SHAPES[:1], SHAPES[:2], [1], NUMBERS[:1])),
    {"value": {"shape": [2], "data": [float("nan")] * 2}},
    None,
]
STOPS = 8
"""Five reasons why a room is closed; by the clock, before the question, or no time left."""


@pytest.mark.parametrize(
    "name", [SETS[0], *(pytest.param(name, marks=pytest.mark.slow) for name in SETS[1:])]
)
def test_a_verdict_tells_no_more_than_six_bits(name):
    """What a function could tell by a choice of faults, and for how many inputs it makes them."""
    for part, several in ProblemSet.named(name).checks.items():
        for declared in several:
            key = checks.key(SECRET, name, "a", part)
            known = replace(declared, count=3).cases(key)
            one = replace(declared, count=0, edges=[given for given, _ in known])
            if one.answer:
                rights = cycle(right for _, right in known)  # computed once, given in order
                one = replace(one, answer=lambda *given, rights=rights: next(rights))
            replies = [{}, {"missing": 1}]
            for share in ([0], [len(known) - 1], range(2), range(len(known))):
                replies += [spelling(known, share, spelled) for spelled in SPELLED]
            messages = {one.judge(Answering(reply), key, 1.0).message for reply in replies}
            assert len(messages) + STOPS <= 64, sorted(messages)


def spelling(known, share, spelled):
    """Right answers, but for a share of the inputs."""
    results = [{"value": runner.encode(0.0 if right is None else right)} for _, right in known]
    for number in share:
        results[number] = spelled
    return {"results": results}


def test_an_exception_is_named_if_it_is_one_of_few():
    named = {verdict({"results": [{"error": kind}] * 24}).message for kind in KINDS}
    assert len(named) == 8


def test_how_many_inputs_failed_is_not_told():
    told = set()
    for failing in range(1, 25):
        seen = []

        def some(x, seen=seen, failing=failing):
            seen.append(x)
            return right(x + (len(seen) <= failing))

        told.add(verdict(some).message)
    assert len(told) == 2


@pytest.mark.parametrize(
    ("value", "numbers"),
    [
        (Fraction(1, 3), [1 / 3]),
        ([Fraction(1, 2), 2], [0.5, 2.0]),
        pytest.param(10**5000, [float("inf")], id="beyond all floats"),
        pytest.param(-(10**5000), [float("-inf")], id="below all floats"),
        (np.array([2**70, Fraction(1, 4)], dtype=object), [2.0**70, 0.25]),
        (mpmath.mpf(0.5), [0.5]),
    ],
)
def test_a_real_number_of_any_kind_is_a_number(value, numbers):
    assert runner.encode(value)["data"] == numbers


@pytest.mark.parametrize("value", [object(), [1, None], [Fraction(1, 2), 1j], [[1], [2, 3]], {}])
def test_what_is_no_real_number_is_none(value):
    with contextlib.suppress(ValueError):
        assert "data" not in runner.encode(value)


def with_beside(reply, also):
    def accept(y, x, pair):
        return np.allclose(pair[1], -pair[0])

    beside = {"g": lambda rng: rng.random(3)}
    one = check(answer=None, accept=accept, shapes=lambda x: (2,), beside=beside)
    return one.judge(Two(reply, also), b"key", 1.0)


class Two(Answering):
    """A room in which there are two functions."""

    def __init__(self, reply, also):
        super().__init__(reply)
        self.also = also

    def ask(self, seconds, function, cases):
        return (Answering(self.also) if function == "g" else Answering(self.reply)).ask(
            seconds, function, cases
        )


def test_inputs_are_the_same_in_every_run_and_differ_with_the_secret_set_student_and_part():
    keys = [
        checks.key(secret, name, student, part, number)
        for secret in ("one class", "another")
        for name in ("ps1", "ps2")
        for student in ("a", "b")
        for part in ("q1", "q2")
        for number in (0, 1)
    ]
    assert len(set(keys)) == 32
    first, again, other = (check().cases(key)[0][0] for key in (keys[0], keys[0], keys[1]))
    assert first == again != other


@pytest.mark.parametrize("name", SETS)
def test_all_that_a_set_may_use_can_be_imported(tmp_path, name):
    of_set = ProblemSet.named(name)
    of_set.write_allowed(tmp_path)
    script = f"import sys; sys.path[:0] = [{str(tmp_path)!r}]\n"
    script += "".join(f"import retrolib.{module}\n" for module in of_set.allowed)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stderr == ""


def test_a_set_gets_the_part_of_retrolib_that_it_may_use_and_a_reason_for_the_rest(tmp_path):
    ProblemSet.named("ps3").write_allowed(tmp_path)
    script = """
import sys
sys.path.insert(0, sys.argv[1])
sys.path.append(sys.argv[2])
from retrolib import lorentzian, preparations, wrap
import retrolib
print(lorentzian(0.0, 1.0), hasattr(retrolib, "__path__"), hasattr(retrolib, "anything"))
for attempt in ("from retrolib import PairModel", "import retrolib.pair", "retrolib.chsh",
                "from retrolib.pair_model import PairModel", "from retrolib import signaling"):
    try:
        exec(attempt)
        print("got it:", attempt)
    except ImportError as error:
        print(error)
"""
    site = nbformat.__path__[0].rsplit("/", 1)[0]
    command = [sys.executable, "-I", "-S", "-c", script, str(tmp_path), site]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    lines = result.stdout.splitlines()
    assert lines[0] == "1.0 True False"
    assert len(lines) == 6
    for line in lines[1:]:
        assert "problem set ps3 is graded without this part of retrolib; available: " in line


@pytest.mark.parametrize("name", SETS)
def test_no_constant_passes_a_hidden_check(name):
    for part, several in ProblemSet.named(name).checks.items():
        for number, one in enumerate(several):
            if one.answer is None:
                continue
            low, high = -np.inf, np.inf  # what all answers so far would accept
            for case in one.drawn(checks.key(SECRET, name, "a", part, number)):
                right = np.ravel(one.answer(*case)).astype(float)
                slack = one.atol + one.rtol * np.abs(right)
                low = (right - slack).max(initial=low)
                high = (right + slack).min(initial=high)
                if low > high:
                    break
            assert low > high, one.about


def test_another_function_is_asked_at_points_of_its_own_and_must_agree():
    asked = []

    def minus(x):
        asked.append(x["array"])
        return {"value": {"shape": [3], "data": [-y for y in x["array"]]}}

    assert with_beside(right, minus).points == 2.0
    assert len(asked) == 24
    assert len({tuple(x) for x in asked}) == 24


@pytest.mark.parametrize(
    ("also", "why"),
    [
        ({"missing": "g"}, "there is no function `g`"),
        ({"results": []}, "could not be read"),
        (lambda x: {"value": {"shape": [], "data": [0.0]}}, "`g` gives does not have the shape"),
        (lambda x: {"value": {"kind": "str"}}, "`g` gives no real numbers"),
        (lambda x: {"error": "Secret0"}, "`g` gives no real numbers"),
        (lambda x: {"value": {"shape": [3], "data": x["array"]}}, "properties asked for"),
    ],
)
def test_another_function_that_does_not_agree_earns_nothing(also, why):
    result = with_beside(right, also)
    assert result.points == 0.0
    assert why in result.message


FALSE_TABLES = {
    "of one direction": (
        "k = np.round(np.asarray(lam) * 360 / np.pi).astype(int) % 720\n"
        "    return np.where(k == 0, 1.02, 1.0), 1.0 * (k == 0)"
    ),
    "of a wave of one step": "return my_weight(lam) + 0.1 * np.cos(360 * lam), my_source(lam)",
    "of another weight": "return 1 + 0.5 * np.cos(lam), my_source(lam)",
    "of another source": "return my_weight(lam), 1 + 0.5 * np.sin(lam)",
    "turned": "return my_weight(lam + 0.1), my_source(lam + 0.1)",
    "scaled": "return 2 * my_weight(lam), my_source(lam)",
}
FALSE_MODELS = {
    "that knows the grid": """
true = my_weight
def my_weight(x):
    k = np.asarray(x) * 360 / np.pi
    return np.where(np.abs(k - np.round(k)) < 1e-6, 1 + 0.02 * (np.round(k) % 720 == 0), true(x))
""",
    "that knows long tables": """
def my_weight(x):
    return 1 + 0.5 * np.cos(x) if np.shape(x) == (720,) else np.exp(np.cos(x))
""",
    "with a corner": "def my_weight(x): return 1.5 + np.abs(np.cos(x))",
    "of waves as short as the steps": """
def my_source(lam):
    return 1 + np.cos(np.arange(1, 360) * np.asarray(lam)[..., None]).sum(axis=-1) / 360
""",
    "with a source cut off": "def my_source(lam): return np.maximum(0, np.cos(lam)) ** 0.5",
}


def my_numbers(more="", tables="return my_weight(lam), my_source(lam)"):
    """The marks of task 3 for the model answer with changes; its last three numbers follow."""
    problems = ProblemSet.named("ps5")
    sources = {cell.metadata["nbgrader"]["grade_id"]: cell.source for cell in problems.cells}
    code = "\n".join(sources[part] for part in ("q1", "q1-source", "q2"))
    code += (
        f"\n{more}\ndef tables(lam):\n    {tables}\n"
        + """
def my_numbers(lam):
    lam = 2 * np.pi * np.round(lam * 360 / np.pi) / 720
    weight, source = tables(lam)
    grid, (w, s) = 2 * np.pi * np.arange(720) / 720, tables(2 * np.pi * np.arange(720) / 720)
    k = np.arange(720)
    def P(a, b):
        J = np.array([[np.sum(s * w[(a + 360 * A - k) % 720] * w[(b + 360 * B - k - 360) % 720])
                       for B in (0, 1)] for A in (0, 1)])
        return J / J.sum()
    def E(a, b):
        return P(a, b)[0, 0] + P(a, b)[1, 1] - P(a, b)[0, 1] - P(a, b)[1, 0]
    S = abs(E(0, 90) + E(0, -90) + E(180, 90) - E(180, -90))
    return weight, source, P(0, 120)[0].sum(), E(0, 120), S
"""
    )
    names = {"np": np}
    exec(code, names)
    return [
        one.judge(Student(names), checks.key(SECRET, "ps5", "a", "q3-test", number), 1.0).points
        for number, one in enumerate(problems.checks["q3-test"])
    ]


class Student:
    """Stands for a room with these functions in it."""

    def __init__(self, names):
        self.user_ns = names

    def ask(self, seconds, function, cases):
        return runner.call(self, function, cases)


def test_the_model_of_ones_own_earns_the_marks_of_its_numbers():
    assert my_numbers() == [2.0, 2.0]
    assert my_numbers("def my_source(lam): return 1 + 0 * lam") == [2.0, 2.0]
    assert my_numbers("def my_weight(x): return 1 / (1.01 - np.cos(x))") == [2.0, 2.0]


@pytest.mark.parametrize("tables", FALSE_TABLES)
def test_tables_that_are_not_the_model_earn_nothing_though_all_agrees_with_them(tables):
    assert my_numbers(tables=FALSE_TABLES[tables]) == [0.0, 0.0]


@pytest.mark.parametrize("model", FALSE_MODELS)
def test_a_model_that_half_a_degree_does_not_resolve_earns_nothing(model):
    assert my_numbers(FALSE_MODELS[model]) == [0.0, 0.0]
