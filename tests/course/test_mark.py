"""Written answers, marked in nbgrader's formgrader as `make course-mark` opens it."""

import contextlib
import csv
import json
import os
import time

import psutil
import pytest

from course import __main__ as main
from course import marks, roster
from course.intake import identifier
from tests.load import stop

from .classroom import ROOT

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def formgrader(classroom, place):
    """Run `make course-mark` and give its address; only the way in is set by the test."""
    place.mkdir()
    settings = {
        "ServerApp": {"open_browser": False, "port": 0},
        "IdentityProvider": {"token": "way-in"},
    }
    (place / "jupyter_server_config.json").write_text(json.dumps(settings))
    folders = {f"JUPYTER_{kind}_DIR": str(place) for kind in ("CONFIG", "RUNTIME", "DATA")}
    with (place / "log").open("w") as log:
        process = psutil.Popen(
            ["make", "--silent", "course-mark"],
            cwd=ROOT,
            env=classroom.environment | folders,
            stdout=log,
            stderr=log,
        )
    try:
        url = ""
        while not url:
            assert process.poll() is None, (place / "log").read_text()
            for known in place.glob("jpserver-*.json"):
                with contextlib.suppress(ValueError):  # it is being written
                    url = json.loads(known.read_text())["url"]
            time.sleep(0.1)
        yield url
    finally:
        stop(process)


def test_a_marked_answer_reaches_the_feedback_and_the_export(fresh, tmp_path, browser):
    classroom = fresh()
    # A relative folder is the same one for every step; so is the user, root or not.
    classroom.environment["COURSE_WORK"] = os.path.relpath(classroom.folder, ROOT)
    classroom.submit("ann", "ps1", classroom.solved("ps1"))
    assert "6 more to be marked by hand" in classroom.do("grade", "ps1")
    with formgrader(classroom, tmp_path / "jupyter") as url:
        page = browser.new_page()
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{url}formgrader?token=way-in")
        page.get_by_role("link", name="Manual Grading").click()
        page.get_by_role("link", name="ps1").click()
        page.get_by_role("link", name="ps1").last.click()
        page.get_by_role("link", name="Submission #1").click()
        page.wait_for_function("""() => {
          const { grades, comments } = globalThis.formgrader ?? {};
          return grades?.loaded && comments?.loaded;
        }""")
        scheme = page.locator(".mark-scheme")
        assert scheme.count() == 2
        assert "Expansion about the midpoint" in scheme.first.inner_text()
        assert not scheme.first.locator("math").last.is_visible()  # the model answer, folded
        scheme.first.get_by_text("Model answer").click()
        assert scheme.first.locator("math").last.is_visible()
        for part, points, words in (("q4", "2.5", "Why $f'$?"), ("q5", "3", "<script>no</script>")):
            box = page.locator(f"input.score#{part}")
            box.fill(points)
            with page.expect_response(lambda r: "/api/grade/" in r.url and r.ok):
                box.press("Tab")
            comment = page.locator(f"textarea.comment#{part}-comment")
            comment.fill(words)
            with page.expect_response(lambda r: "/api/comment/" in r.url and r.ok):
                comment.press("Tab")
        page.close()
    others = {request for request in asked if not request.startswith((url, "data:"))}
    assert others == set()
    classroom.do("feedback", "ps1")
    text = classroom.page("ann", "ps1")
    assert "Score: 14.5 / 15.0" in text
    assert "Why <math>" in text
    assert "&lt;script&gt;no" in text
    assert "<script>no" not in text
    assert "Expansion about the midpoint" not in text
    classroom.do("export", "ps1")
    with (classroom.folder / "export" / "ps1.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["student_id"], row["score"], row["state"]) == ("ann", "14.5", "complete")


def mark(classroom, student, **points):
    """Do as the formgrader does."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{classroom.folder / 'gradebook.db'}", "waiting-magnet") as book:
        for grade in book.find_submission("ps1", student).notebooks[0].grades:
            if grade.name in points:
                grade.manual_score, grade.needs_manual_grade = points[grade.name], False
        book.db.commit()


def test_grading_again_keeps_marks_and_flags_only_what_has_changed(fresh, monkeypatch):
    classroom = fresh()
    monkeypatch.setenv("COURSE_WORK", str(classroom.folder))

    def states():
        rows = marks.rows_of("ps1")
        return {row["first_name"]: (row["score"], row["state"]) for row in rows}

    (classroom.folder / "roster.csv").write_text(
        "id,first_name\nann,Ann\nben,Ben\nCäcilie,Cem\n", encoding="latin-1"
    )
    roster.enrol(roster.roster())
    for student in ("ann", "ben", "Cäcilie"):
        classroom.submit(student, "ps1", classroom.solved("ps1"))
    classroom.do("grade", "ps1")
    cem = identifier("Cäcilie")
    for student in ("ann", "ben", cem):
        mark(classroom, student, q4=2.5, q5=3.0)
    mark(classroom, cem, **{"q1-test": 1.0})  # a marker may overrule the grader
    done, less = (14.5, "complete"), (11.5, "complete")
    assert states() == {"Ann": done, "Ben": done, "Cem": less}

    # Ann's code and Ben's answer to task 4 change; all are graded again.
    wrong = "heavy_sum = lambda theta, gamma: 0 * theta"
    classroom.submit("ann", "ps1", classroom.solved("ps1", q1=wrong))
    classroom.submit("ben", "ps1", classroom.solved("ps1", q4="Another answer."))
    log = classroom.do("grade", "ps1")
    assert log.count("more to be marked by hand") == 1
    assert "12 of 15, 3 more" in log  # what is to be marked counts nothing yet
    changed = {"Ann": (10.5, "complete"), "Ben": (14.5, "to be marked by hand"), "Cem": less}
    assert states() == changed

    # What nobody has looked at since stays open, and nobody else is touched.
    pages = {path: path.stat().st_mtime_ns for path in classroom.folder.glob("autograded/a*/*/*")}
    assert "3 more to be marked by hand" in classroom.do("grade", "ps1", "--student", "ben")
    assert states() == changed
    classroom.submit("Cäcilie", "ps1", classroom.solved("ps1", q1=wrong))
    assert "1 submissions in" in classroom.do("grade", "ps1", "--student", "Cäcilie")
    assert states() == changed | {"Cem": (11.5, "to be marked by hand")}
    assert pages == {path: path.stat().st_mtime_ns for path in pages}
    assert "ann" in (classroom.folder / "report-ps1.txt").read_text()


def test_only_root_allows_root(monkeypatch):
    commands = []
    monkeypatch.setattr(os, "execvp", lambda path, command: commands.append(command))
    monkeypatch.setattr(os, "chdir", lambda path: None)
    for user in (0, 1000):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        main.mark()
    assert ["--allow-root" in command for command in commands] == [True, False]
