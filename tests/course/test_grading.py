"""What earns marks, and what does not, however hard it tries."""

import json
import math
import re
from functools import cache
from pathlib import Path

import psutil
import pytest
from jinja2 import Environment
from jinja2.runtime import Context

from course import checks, formulas, grading, intake, room, steps
from course import pages as pages_
from course.sets import ProblemSet

from .attacks import ATTACKS
from .classroom import SECRET, text_of
from .conftest import MAGICS, NUMBERS, SETS, STOPS, WRONG, attack, code

pytestmark = pytest.mark.slow


def automatic(name):
    """Points of each part that is graded automatically."""
    return {
        cell.metadata.nbgrader.grade_id: float(cell.metadata.nbgrader.points)
        for cell in ProblemSet.named(name).cells
        if cell.metadata.nbgrader.grade and not cell.metadata.nbgrader.solution
    }


def by_hand(name):
    return {
        cell.metadata.nbgrader.grade_id
        for cell in ProblemSet.named(name).cells
        if cell.metadata.nbgrader.grade and cell.metadata.nbgrader.solution
    }


@pytest.mark.parametrize("name", SETS)
def test_the_source_scores_full_marks_and_leaves_the_derivations_to_a_marker(classroom, name):
    marks = classroom.marks("full", name)
    assert marks == automatic(name) | dict.fromkeys(by_hand(name))


@pytest.mark.parametrize("name", SETS)
def test_the_release_scores_zero_and_needs_no_marker(classroom, name):
    assert set(classroom.marks("blank", name).values()) == {0.0}


LOST = {
    "no-tails": {"q1-test": 4},
    "digits-lost": {"q2-test": 1},
    "numbers-only": {"q3-test": 1},
    "not-opposite": {"q1-test": 4, "q3-test": 2},
    "few-points": {"q1-test": 1},
    "sorted": {"q3-test": 1},
    "one-angle": {"q5-test": 2},
    ("ps3", "source-forgotten"): {"q1-test": 4},
    "half-the-signal": {"q2-test": 3},
    "one-axis-forgotten": {"q3-test": 3},
    "usual-place": {"q1-test": 2},
    "standard-settings": {"q2-test": 3},
    "cut-sum": {"q3-test": 2},
    "no-minus-one": {"q4-test": 1},
    "constant": {"q1-test": 2, "q3-test": 4},
    ("ps5", "source-forgotten"): {"q2-test": 2, "q3-test": 2},
    "another-weight": {"q3-test": 4},
}


@pytest.mark.parametrize(("name", "student"), WRONG)
def test_a_known_mistake_loses_its_points_and_no_others(classroom, name, student):
    lost = LOST.get((name, student)) or LOST[student]
    expected = {part: points - lost.get(part, 0) for part, points in automatic(name).items()}
    marks = classroom.marks(student, name)
    assert {part: marks[part] for part in expected} == expected


SPOILS_THE_REST = {"builtins-patched", "runner-patched"}


@pytest.mark.parametrize("student", ATTACKS)
def test_an_attack_earns_nothing_and_its_report_can_be_understood(classroom, student):
    marks = classroom.marks(student, "ps1")
    message = classroom.message(student, "ps1", "q1-test")
    if student == "source-by-path" and not room.isolation().closed:
        assert "WEAKER" in classroom.notes(student, "ps1")
        return
    assert marks["q1-test"] == 0.0
    assert "0 of 4 points" in message
    assert ATTACKS[student][1] in message
    if student not in SPOILS_THE_REST:
        assert (marks["q2-test"], marks["q3-test"]) == (3.0, 2.0)


def test_a_cell_that_closed_the_room_says_why_and_the_others_run(classroom):
    for student, why in [
        ("exit-in-cell", "it ended Python"),
        # Of processor time or, on a machine with much else to do, by the clock.
        ("endless-cell", "it did not end within"),
        ("replies-forged", "its reply could not be read"),
    ]:
        text = json.dumps(classroom.graded(student, "ps1"))
        assert f"This cell was left out, because {why}" in text


def test_a_megabyte_is_cut(classroom):
    for student in ("megabyte-in-cell", "errors-of-a-megabyte", "megabyte-in-function"):
        assert len(json.dumps(classroom.graded(student, "ps1"))) < 150_000
        assert len(classroom.page(student, "ps1")) < 1_000_000


@pytest.mark.parametrize("student", ["tests-deleted", "tests-edited", "tests-added"])
def test_test_cells_are_put_back_whatever_was_done_to_them(classroom, student):
    marks = classroom.marks(student, "ps1")
    assert (marks["q1-test"], marks["q2-test"], marks["q3-test"]) == (0.0, 3.0, 2.0)
    assert sum(automatic("ps1").values()) == 9
    assert re.search("put back|more than one cell", classroom.notes(student, "ps1"))
    assert not Path("/tmp/course-was-here").exists()


@pytest.mark.parametrize("student", ["another-class", "neighbour", "another-set", "no-name"])
def test_a_table_of_inputs_that_somebody_else_had_earns_nothing(classroom, student):
    assert classroom.marks(student, "ps1")["q1-test"] == 0.0
    assert "wrong value" in classroom.message(student, "ps1", "q1-test")


def test_no_call_leaves_the_room(classroom):
    if not room.isolation().closed:
        assert "WEAKER" in classroom.notes("network", "ps1")
        return
    assert classroom.marks("network", "ps1")["q1-test"] == 0.0
    assert classroom.calls == []


def running(words, before=math.inf):
    """Processes with a word in their command line that began before some time."""
    return [
        p
        for p in psutil.process_iter(["cmdline", "create_time"])
        if words in (p.info["cmdline"] or []) and p.info["create_time"] < before
    ]


def test_when_the_time_is_used_up_no_more_rooms_are_opened(tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr(grading, "Room", lambda *a: opened.append(a) or room.Room(*a))
    tmp_path.chmod(0o755)
    sitting = grading.Sitting(tmp_path, seconds=10.0, whole=2.0)
    sitting.run("while True: pass")
    for _ in range(50):
        assert sitting.run("1") == "the time for the whole notebook was used up"
    assert len(opened) == 1


def test_nothing_is_left_running(classroom):
    if not room.isolation().closed:
        assert "WEAKER" in classroom.notes("left-behind", "ps1")
        return
    assert not running("86399", classroom.ended)
    assert not running("/room/runner.py", classroom.ended)


@pytest.mark.parametrize(
    ("student", "why"),
    [
        ("linked", "the notebook is a link"),
        ("linked-folder", "there is no folder for this set"),
        ("linked-student", "the student's folder is a link"),
        ("pipe", "not an ordinary file"),
        ("empty-folder", "there is no ps1.ipynb"),
        ("folder-of-that-name", "there is no ps1.ipynb, only 'ps1.ipynb/'"),
        ("damaged", "not a notebook"),
        ("nested", "not a notebook"),
        ("old", "not a notebook of today's format"),
        ("nonsense", "was missing and was put back"),
    ],
)
def test_what_cannot_be_graded_scores_zero_and_says_why(classroom, student, why):
    assert set(classroom.marks(student, "ps1").values()) == {0.0}
    assert why in classroom.notes(student, "ps1")
    assert why.split("'")[0] in classroom.page(student, "ps1")


@pytest.mark.parametrize("student", ["renamed", "other-kernel", "twice"])
def test_a_good_answer_in_an_odd_notebook_keeps_its_marks(classroom, student):
    expected = automatic("ps1") | {"q4": None, "q5": None}
    assert classroom.marks(student, "ps1") == expected


@pytest.mark.parametrize("folder", ["Anna Maria Groß", "李 雷", "O'Brien (2)", "=cmd()"])
def test_whatever_the_name_of_the_folder_it_is_graded_and_has_a_page(classroom, folder):
    student = intake.identifier(folder)
    expected = classroom.marks("blank" if folder == "=cmd()" else "full", "ps1")
    assert classroom.marks(student, "ps1") == expected
    assert f"is called {student}" in classroom.notes(student, "ps1")
    assert classroom.page(student, "ps1")
    assert student in (classroom.folder / "report-ps1.txt").read_text()


@pytest.mark.parametrize("student", ["magics", *NUMBERS])
def test_a_right_answer_is_right_in_whatever_way_notebooks_and_numbers_are_used(classroom, student):
    assert classroom.marks(student, "ps1") == classroom.marks("full", "ps1")
    assert "stopped at" not in classroom.notes(student, "ps1")


def test_every_magic_for_pictures_means_pictures_in_the_notebook(classroom):
    text = json.dumps(classroom.graded("magics", "ps1"))
    assert len(MAGICS) > 6
    assert "ALL RAN True" in text
    assert "image/png" in text


def test_a_number_beyond_double_precision_is_called_that(classroom):
    assert classroom.marks("huge", "ps1")["q1-test"] == 0.0
    message = classroom.message("huge", "ps1", "q1-test")
    assert "or larger than a number of double precision can be" in message


def test_where_a_cell_stopped_is_said_to_student_and_instructor(classroom):
    assert classroom.marks("stops", "ps1") == classroom.marks("full", "ps1")
    notes, page = classroom.notes("stops", "ps1"), classroom.page("stops", "ps1")
    for line, module in zip(STOPS, ("pandas", "sympy", "seaborn"), strict=True):
        stop = f"\"ModuleNotFoundError: No module named '{module}'"
        assert f"begins with '{line}' stopped at {stop}" in notes
        assert f"No module named '{module}'" in classroom.log
    assert "begins with '1 / 0' stopped at 'ZeroDivisionError: division by zero'" in notes
    assert notes.count("Packages there are when it is graded: numpy, scipy, matplotlib") == 3
    assert "what follows in it did not run" in page
    assert "stopped at" in classroom.notes("pandas-first", "ps1")
    assert "stopped at" not in classroom.notes("blank", "ps1")


def test_answers_beside_their_cells_count_or_go_to_the_marker(classroom):
    marks = classroom.marks("beside", "ps1")
    assert marks == automatic("ps1") | {"q4": None, "q5": 0.0}
    notes = classroom.notes("beside", "ps1")
    for part in ("q1", "q2", "q3"):
        assert f"The answer to {part} stood in another cell" in notes
    assert "q4 was left as it was, but other cells may hold the answer" in notes


def test_line_ends_of_windows_change_nothing(classroom):
    assert classroom.marks("windows", "ps1") == automatic("ps1") | {"q4": 0.0, "q5": None}
    assert "put back" not in classroom.notes("windows", "ps1")


def test_the_batch_goes_on_and_the_report_names_everybody(classroom):
    folders = [p.parent.name for p in (classroom.folder / "submitted").glob("*/ps1")]
    submitted = {intake.identifier(folder) for folder in folders}
    assert submitted - set(folders)
    report = (classroom.folder / "report-ps1.txt").read_text()
    for student in submitted:
        assert student in report
        assert student in classroom.log
    assert ", 0 failed" in classroom.log
    assert str(room.isolation()) in report


def pages(classroom):
    return sorted((classroom.folder / "feedback").glob("*/*/*.html"))


def test_feedback_shows_messages_and_marks_and_nothing_that_is_hidden(classroom):
    assert len(pages(classroom)) > 70
    sets = {name: ProblemSet.named(name) for name in SETS}
    hidden = {
        name: [
            line.strip()
            for region in problems.regions
            if region.kind != "SOLUTION"
            for line in region.text.splitlines()
            if len(line.strip()) >= 12
        ]
        for name, problems in sets.items()
    }
    for path in pages(classroom):
        text = path.read_text("utf8")
        name = path.stem
        plain = re.sub("<[^>]+>", "", text).replace("&#39;", "'").replace("&quot;", '"')
        plain = plain.replace("&gt;", ">").replace("&lt;", "<").replace("&amp;", "&")
        assert "How this was graded" in plain
        assert "Hidden tests, on inputs that only the grader knows" in plain
        visible = "\n".join(
            cell.source for cell in sets[name].notebook.cells
        )  # what the solution shares with a hidden test is no secret
        for region in sets[name].regions:
            if region.kind != "SOLUTION":
                visible = visible.replace(region.text, "")
        own = "\n".join(text_of(cell) for cell in classroom.submitted(path.parts[-3], name))
        shown = [line for line in hidden[name] if line in plain and line not in visible + own]
        # The hints and titles of the checks are part of the message.
        said = {c.hint for cs in sets[name].checks.values() for c in cs if c.hint}
        said |= {c.about for cs in sets[name].checks.values() for c in cs}
        shown = [line for line in shown if not any(words in line for words in said)]
        assert shown == [], path


@cache
def secret_numbers(student, name):
    """Inputs that a student's functions were asked, as text."""
    found = set()
    for part, declared in ProblemSet.named(name).checks.items():
        for number, check in enumerate(declared):
            drawn = check.drawn(checks.key(SECRET, name, student, part, number))
            for given in drawn[len(check.edges) :]:  # edges stand in the public file
                for value in given:
                    if isinstance(value, float) and len(repr(value)) > 8:
                        found.add(repr(value)[:10])
    return found


def test_no_secret_input_reaches_any_page_or_graded_notebook(classroom):
    paths = [p for p in pages(classroom) if p.stem == "ps1"]
    paths += sorted((classroom.folder / "autograded").glob("*/ps1/ps1.ipynb"))
    assert len(secret_numbers("full", "ps1")) > 100
    for path in paths:
        text = path.read_text("utf8")
        assert not [n for n in secret_numbers(path.parts[-3], "ps1") if n in text], path
    assert "SEEN []" in classroom.page("asked-later", "ps1")


def test_all_cells_of_all_ran_before_anybody_was_asked_anything(classroom):
    ran = [path.stat().st_mtime for path in (classroom.folder / "ran").glob("*/*.json")]
    marked = (classroom.folder / "autograded").glob("*/*/*.ipynb")
    assert len(ran) > 70
    assert max(ran) < min(path.stat().st_mtime for path in marked)


def test_no_script_of_a_student_reaches_the_page(classroom):
    text = classroom.page("scripts", "ps1")
    assert "My answer." in text
    assert not re.search(r"<script[^>]*>\s*alert", text)
    assert not re.search(r"<[^>]*(onerror|onclick|javascript:)", text)
    for number in (1, 2, 3, 6):
        assert f"alert({number})" in text  # shown as text, in the answer and in the raw cell


def test_a_picture_that_is_not_there_spoils_no_page(classroom):
    assert classroom.marks("picture-lost", "ps1") == classroom.marks("full", "ps1")
    text = classroom.page("picture-lost", "ps1")
    assert "Mine." in text
    assert "my sketch" in text
    assert '<a href="https://example.org/plot.png">my plot</a>' in text
    assert not re.search(r"<img[^>]*(example|attachment)", text)


def test_what_a_notebook_shows_is_limited_as_a_whole(classroom):
    assert classroom.marks("gallery", "ps1") == classroom.marks("full", "ps1")
    text = json.dumps(classroom.graded("gallery", "ps1"))
    assert len(text) < 2 * grading.MAX_SHOWN
    assert "was left out, because the notebook shows too much" in text


FORMULAS = {
    r"$\frac{1}{2}$": "<mfrac>",
    r"$$\sum_{n\ge N} f(n)$$": "<munder>",
    r"\begin{align}a&=b\\c&=d\end{align}": "<mtable",
    r"$\text{<b onclick=x>}$": "<mtext>&lt;b",
    r"$\href{javascript:alert(1)}{x}$": "<mtext",
    r"$\nosuchcommand{x}$": "nosuchcommand",
    "$" + "{" * 1500 + "$": "<code>{{{",
    "$x" + "+x" * 2000 + "$": "<code>x+x",
    r"$\ref{a' onclick=x}$": "<code>",
    r"$\includegraphics{https://example.org/a.png}$": "<code>",
}


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_is_typeset_or_stands_as_it_is(text):
    context = Context(Environment(), {}, "", {})
    made = pages_.without_html(context, text)
    assert FORMULAS[text] in made
    assert not re.search(r"<[^>]*(onclick|javascript|https?:)", made)
    assert "$" not in made


def test_if_nothing_can_typeset_the_formula_stands_as_it_is(monkeypatch, tmp_path):
    monkeypatch.setattr(formulas, "TEMML", tmp_path / "missing.cjs")
    formulas.stop()
    formulas.typeset.cache_clear()
    try:
        assert formulas.typeset(r"\frac12<", display=True) == r"<code>\frac12&lt;</code>"
    finally:
        formulas.stop()
        formulas.typeset.cache_clear()


def test_no_page_asks_another_host_for_anything(classroom):
    for path in pages(classroom):
        text = path.read_text("utf8")
        assert not re.search(r"<(script|link|img|iframe)[^>]*https?://", text), path
        assert not re.search(r"@import|url\(.?https?:|cdnjs", text, re.IGNORECASE), path
    assert classroom.page("full", "ps1").count("<math") > 60


def test_a_long_answer_is_on_the_page_as_plain_text(classroom):
    assert classroom.marks("slow-text", "ps1") == classroom.marks("full", "ps1")
    text = classroom.page("slow-text", "ps1")
    assert "a." * 30_000 in text
    assert "\\\\(" * 30_000 in text


def test_without_a_closed_room_limits_stand_and_the_report_says_so(fresh):
    """Its sleepers have a number of their own: another worker may be grading the class."""
    open_room = fresh(COURSE_ROOM="open", COURSE_SECONDS="3")
    open_room.submit("full", "ps1", open_room.solved("ps1"))
    gone = "import subprocess, os\nsubprocess.Popen(['sleep', '86398'], start_new_session=True)\n"
    open_room.submit("gone", "ps1", open_room.solved("ps1", q1=f"{gone}os._exit(0)"))
    students = ("endless-function", "retrolib-returned", "left-behind")
    for student in students:
        attack(open_room, student)
    left = open_room.place("left-behind", "ps1")
    left.write_text(left.read_text().replace("86399", "86398"))
    log = open_room.do("grade", "ps1")
    assert "WEAKER" in log
    assert open_room.marks("full", "ps1") == automatic("ps1") | dict.fromkeys(by_hand("ps1"))
    assert not running("86398")
    for student in students:
        assert open_room.marks(student, "ps1")["q1-test"] == 0.0
        assert "WEAKER" in open_room.notes(student, "ps1")


@pytest.fixture
def alone(fresh, monkeypatch):
    """One blank submission, to be graded in this process."""
    classroom = fresh()
    classroom.submit("blank", "ps1", classroom.released("ps1"))
    for name in ("COURSE_WORK", "COURSE_SECRET", "COURSE_SECONDS"):
        monkeypatch.setenv(name, classroom.environment[name])
    return classroom


def test_if_the_grader_did_not_run_nobody_gets_a_mark(alone, monkeypatch):
    config = steps._config()
    config.Grade.enabled = False
    monkeypatch.setattr(steps, "_config", lambda: config)
    steps._run_one(("ps1", "blank"))
    outcome = steps._grade_one(("ps1", "blank"))
    assert "a test cell was not marked" in outcome.error
    assert "NOT GRADED" in str(outcome)
    with pytest.raises(Exception, match="No such submission"):
        alone.marks("blank", "ps1")


def test_a_submission_whose_cells_have_not_run_is_not_marked(alone):
    outcome = steps._grade_one(("ps1", "blank"))
    assert "its cells have not been run" in outcome.error
    steps._run_one(("ps1", "blank"))
    notebook = alone.released("ps1")
    notebook["cells"].append(code("1"))
    alone.submit("blank", "ps1", notebook)
    assert "have changed since" in steps._grade_one(("ps1", "blank")).error


def test_a_room_that_cannot_be_opened_is_not_the_fault_of_the_student(alone, monkeypatch):
    room.isolation()
    monkeypatch.setattr(room, "_command", lambda *a: ["false"])
    steps._run_one(("ps1", "blank"))
    outcome = steps._grade_one(("ps1", "blank"))
    assert "could not be opened" in outcome.error
    assert not (alone.folder / "autograded" / "blank" / "ps1" / "ps1.ipynb").exists()
