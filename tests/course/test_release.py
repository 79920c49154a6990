"""What is given out holds nothing that students must not see."""

import json
import os
import re
import subprocess
import zipfile

import pytest

from course import steps
from course.__main__ import main
from course.sets import FOLDER, Mistake, ProblemSet

from .classroom import ROOT, SECRET, Classroom, change, text_of
from .conftest import SETS

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", SETS)
def test_nothing_hidden_is_in_the_release_or_the_zip(released, name):
    problems = ProblemSet.named(name)
    folder = released.folder / "release"
    with zipfile.ZipFile(folder / f"{name}.zip") as file:
        assert file.namelist() == [f"{name}/{name}.ipynb"]
        zipped = file.read(file.namelist()[0]).decode()
    assert zipped == (folder / name / f"{name}.ipynb").read_text()
    assert steps.leaks(problems, zipped) == []
    for word in ("check(", "Formula", "SOLUTION", "HIDDEN", "MARK SCHEME", SECRET):
        assert word not in zipped
    assert zipped.count("NotImplementedError") == sum(
        cell.cell_type == "code" and cell.metadata.nbgrader.solution for cell in problems.cells
    )


def test_nothing_of_the_course_is_in_the_built_book():
    built = ROOT / "_build" / "html"
    files = [p for p in built.rglob("*") if p.suffix in {".html", ".js", ".md", ".txt", ".inv"}]
    assert len(files) > 20
    problems = [ProblemSet.named(name) for name in SETS]
    for path in files:
        text = path.read_text("utf8", "replace")
        assert not re.search(r"\bps[1-5]\.(md|ipynb|html)", text), path
        for problem_set in problems:
            shared = [leak for leak in steps.leaks(problem_set, text) if "marker" not in leak]
            # The book, too, draws numbers and names arrays; sentences it must not share.
            assert [leak for leak in shared if len(leak) > 90] == [], path


@pytest.mark.parametrize("name", SETS)
def test_a_line_of_each_hidden_region_would_be_noticed(released, name):
    problems = ProblemSet.named(name)
    given_out = json.dumps(released.released(name))
    for region in problems.regions:
        outside = "\n".join(cell.source for cell in problems.notebook.cells)
        outside = outside.replace(region.text, "")
        lines = [line.strip() for line in region.text.splitlines()]
        lines = [line for line in lines if len(line) >= 12 and line not in outside]
        assert lines
        longest = max(lines, key=len)
        for form in (json.dumps(longest), longest.replace('"', "&quot;")):
            assert any(repr(longest) in leak for leak in steps.leaks(problems, given_out + form))


def refusal(room, monkeypatch, *arguments):
    """What a command of the course says that ends at once; it runs in this process."""
    for name, value in room.environment.items():
        if name.startswith("COURSE_"):
            monkeypatch.setenv(name, value)
    monkeypatch.setattr("sys.argv", ["course", *arguments])
    with pytest.raises(SystemExit) as end:
        main()
    assert isinstance(end.value.code, str)  # Python prints it, and the status is 1
    return end.value.code


def other_set(tmp_path, changes):
    """A classroom whose set ps1 was changed."""
    folder = tmp_path / "sets"
    folder.mkdir()
    text = (FOLDER / "ps1.md").read_text("utf8")
    (folder / "ps1.md").write_text(change(text, changes), "utf8")
    return Classroom(tmp_path / "work", COURSE_SETS=str(folder))


@pytest.mark.parametrize(
    "changes",
    [
        {"### END SOLUTION": "### END SOLUTON"},
        {"### END SOLUTION": "### End solution"},
        {"### END SOLUTION": "#### END SOLUTION"},
        {"    ### END SOLUTION": ""},
        {"### BEGIN SOLUTION": "### BEGIN SOLUTIONS"},
        {"### BEGIN HIDDEN TESTS": "### BEGIN HIDDEN TEST"},
        {"### END HIDDEN TESTS": "### END HIDEN TESTS"},
        {"### END HIDDEN TESTS": "# END HIDDEN TESTS"},
        {"### BEGIN HIDDEN TESTS": "### BEGIN SOLUTION"},
        {"=== END MARK SCHEME ===": "=== END MARK SCHEM ==="},
        {"=== END MARK SCHEME ===": "== END MARK SCHEME =="},
        {"=== BEGIN MARK SCHEME ===": ""},
        {"points: 4": "points: 5"},
        {"grade_id: q2-test": "grade_id: q1-test"},
        {"- (1) The ratio": "- (2) The ratio"},
        {"import numpy as np\n```": "### BEGIN SOLUTION\n### END SOLUTION\n```"},
    ],
)
def test_a_set_with_a_mistake_is_not_released(tmp_path, monkeypatch, changes):
    room = other_set(tmp_path, changes)
    assert refusal(room, monkeypatch, "release", "ps1").startswith("ps1")
    assert not (room.folder / "release" / "ps1.zip").exists()


def test_a_set_that_shows_its_answer_is_not_released(tmp_path):
    answer = "return head + tails"
    room = other_set(tmp_path, {"\n# Examples: one number;": f"\n# {answer}\n# Examples: one"})
    result = room.run("release", "ps1")
    assert result.returncode == 1
    assert result.stderr.startswith("ps1 is not released")
    assert f"it would show: solution of q1: '{answer}'" in result.stderr
    assert not (room.folder / "release" / "ps1.zip").exists()
    assert not (room.folder / "release" / "ps1").exists()


def run(notebook):
    """What the last cell prints if a student runs all cells."""
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.utils.capture import capture_output
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False  # no file of the tester's own
    shell = InteractiveShell(config=config)
    with capture_output():
        for cell in notebook["cells"][:-1]:
            if cell["cell_type"] == "code":
                shell.run_cell(text_of(cell), store_history=True)
    with capture_output() as shown:
        shell.run_cell(text_of(notebook["cells"][-1]), store_history=True)
    return shown.stdout


@pytest.mark.parametrize("name", SETS)
def test_students_can_look_before_they_hand_in(released, name):
    problems = ProblemSet.named(name)
    words = text_of(released.released(name)["cells"][-2])
    for part, several in problems.checks.items():
        for check in several:
            assert f"| `{check.function}` | {check.about} | {check.points:g} |" in words, part
    assert "numpy, scipy, matplotlib, networkx." in words
    said = run(released.solved(name))
    assert said.count("passes its examples.") == len(problems.checks)
    assert "FAILS" not in said
    blank = run(released.released(name))
    assert blank.count("FAILS its examples:") == len(problems.checks)
    assert "NotImplementedError" in blank


def test_the_look_names_what_is_wrong_and_what_will_not_be_there(released):
    mine = released.solved("ps1", q2="def outcomes(theta, gamma):\n    return np.zeros(2)")
    mine["cells"].insert(0, dict(mine["cells"][-1], source="import os, sys\nimport pandas as pd"))
    mine["cells"].insert(0, dict(mine["cells"][-1], source="from sympy.abc import x"))
    mine["cells"].insert(0, dict(mine["cells"][-1], source="import retrolib.pair"))
    said = run(mine)
    assert said.count("passes its examples.") == 2
    assert "2. Both outcomes, to nine digits  FAILS its examples:" in said
    assert "assert outcomes(np.zeros(4), 0.5).shape == (4, 2)\n        AssertionError" in said
    for name in ("pandas", "sympy", "retrolib"):
        assert f"{name} is not there when your notebook is graded" in said
    assert "numpy is not" not in said
    assert "sys is not" not in said


def test_the_look_is_no_part_of_what_is_graded(classroom):
    for cell in classroom.graded("full", "ps1")["cells"]:
        assert "look_before_handing_in" not in text_of(cell)
        assert "Before you hand in" not in text_of(cell)


def test_the_same_set_gives_the_same_zip(released, tmp_path):
    again = Classroom(tmp_path)
    environment = again.environment | {"SET": "ps1"}
    command = ["make", "--silent", "course-release", "SET=ps1"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    first, second = (r.folder / "release" / "ps1.zip" for r in (released, again))
    assert first.read_bytes() == second.read_bytes()


def test_grading_without_a_secret_says_what_to_do(tmp_path, monkeypatch):
    room = Classroom(tmp_path, secret="short" if (FOLDER / "secret.txt").exists() else "")
    assert "course/secret.txt" in refusal(room, monkeypatch, "grade", "ps1")


@pytest.mark.parametrize("step", ["release", "collect", "export"])
def test_a_command_without_a_set_says_how_to_name_one(tmp_path, monkeypatch, step):
    assert f"make course-{step} SET=ps1" in refusal(Classroom(tmp_path), monkeypatch, step)


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["release", "ps9"], "there is no problem set 'ps9'; there are ps1, ps2, ps3, ps4, ps5"),
        (["release", "../ps1"], "there is no problem set"),
        (["grade", "ps1"], "release the set first: make course-release SET=ps1"),
    ],
)
def test_a_wrong_command_says_what_to_do(tmp_path, monkeypatch, arguments, why):
    assert why in refusal(Classroom(tmp_path), monkeypatch, *arguments)


def test_every_set_is_listed_and_has_its_points():
    assert tuple(sorted(p.stem for p in FOLDER.glob("ps*.md"))) == SETS
    for name in SETS:
        problems = ProblemSet.named(name)
        problems.validate()
        assert f"{problems.points:g} points" in problems.notebook.cells[0].source
        stated = 0
        for cell in problems.notebook.cells:
            if cell.cell_type == "markdown":
                stated += sum(int(n) for n in re.findall(r"\((\d+) points\)", cell.source))
        assert stated == problems.points


def test_a_changed_notebook_cannot_be_named(tmp_path):
    with pytest.raises(Mistake, match="there is no problem set"):
        ProblemSet.named("ps1", tmp_path)
    assert os.listdir(tmp_path) == []
