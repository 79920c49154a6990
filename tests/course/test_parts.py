"""The parts of the grading by themselves: they need no nbgrader and no room."""

import json
import subprocess
import sys

import nbformat
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from course import checks, intake
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


@settings(derandomize=True, deadline=None)
@given(cells=st.lists(CELLS | JSON))
def test_whatever_is_submitted_every_part_is_there_once_as_released(cells, tmp_path_factory):
    notebook, _ = restored(cells, tmp_path_factory.mktemp("any"))
    nbformat.validate(notebook)
    parts = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    names = [cell.metadata.nbgrader.grade_id for cell in parts]
    assert sorted(names) == ["q1", "q1-test", "q2"]
    assert parts[names.index("q1-test")].source == "as released: q1-test"
    nbformat.writes(notebook).encode("utf8")


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
        if function == "g":
            return {"results": [{"value": {"shape": [], "data": [-x]}} for (x,) in cases]}
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
            right = [answer for _, answer in one.cases(checks.key(SECRET, name, "a", part, number))]
            right = np.concatenate([np.ravel(x).astype(float) for x in right])
            slack = one.atol + one.rtol * np.abs(right)
            assert (right - slack).max() > (right + slack).min(), one.about
