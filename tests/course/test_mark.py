"""Written answers, marked in nbgrader's formgrader as `make course-mark` opens it."""

import contextlib
import csv
import json
import os
import time

import psutil
import pytest
from nbgrader.api import Gradebook

from course import __main__ as main
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
    assert exported(classroom)["ann"] == ("14.5", "complete")


def exported(classroom):
    """Everybody's score and state in the instructor's table."""
    classroom.do("export", "ps1")
    with (classroom.folder / "export" / "ps1.csv").open(newline="") as file:
        return {row["student_id"]: (row["score"], row["state"]) for row in csv.DictReader(file)}


def mark(classroom, student, **points):
    """Do as the formgrader does."""
    with Gradebook(f"sqlite:///{classroom.folder / 'gradebook.db'}", "waiting-magnet") as book:
        for grade in book.find_submission("ps1", student).notebooks[0].grades:
            if grade.name in points:
                grade.manual_score, grade.needs_manual_grade = points[grade.name], False
        book.db.commit()


def test_grading_again_keeps_marks_and_flags_only_what_has_changed(fresh):
    classroom = fresh()
    for student in ("ann", "ben", "Cäcilie"):
        classroom.submit(student, "ps1", classroom.solved("ps1"))
    classroom.do("grade", "ps1")
    cem = identifier("Cäcilie")
    for student in ("ann", "ben", cem):
        mark(classroom, student, q4=2.5, q5=3.0)
    done = ("14.5", "complete")
    assert exported(classroom) == {"ann": done, "ben": done, cem: done}

    # Ann's code and Ben's answer to task 4 change; only Ann is graded again.
    classroom.submit("ann", "ps1", classroom.solved("ps1", q1="heavy_sum = lambda t, g: 0 * t"))
    classroom.submit("ben", "ps1", classroom.solved("ps1", q4="Another answer."))
    log = classroom.do("grade", "ps1", "--student", "ann")
    assert "1 submissions in" in log
    assert exported(classroom) == {"ann": ("10.5", "complete"), "ben": done, cem: done}
    assert "ben" in (classroom.folder / "report-ps1.txt").read_text()

    assert "3 more to be marked by hand" in classroom.do("grade", "ps1", "--student", "ben")
    assert exported(classroom)["ben"] == ("14.5", "to be marked by hand")
    # Unchanged or not, what nobody has looked at since stays open.
    classroom.do("grade", "ps1", "--student", "ben")
    assert exported(classroom)["ben"] == ("14.5", "to be marked by hand")
    mark(classroom, "ben", q4=0.0)
    assert "more to be marked" not in classroom.do("grade", "ps1", "--student", "Cäcilie")
    everybody = {"ann": ("10.5", "complete"), "ben": ("12.0", "complete"), cem: done}
    assert exported(classroom) == everybody
    # A mark given by hand to code stays; it is open again once the code is another one.
    mark(classroom, "ann", **{"q1-test": 1.0})
    classroom.do("grade", "ps1", "--student", "ann")
    assert exported(classroom)["ann"] == ("11.5", "complete")
    again = classroom.solved("ps1", q1="heavy_sum = lambda t, g: 1 + 0 * t")
    classroom.submit("ann", "ps1", again)
    classroom.do("grade", "ps1", "--student", "ann")
    assert exported(classroom)["ann"] == ("11.5", "to be marked by hand")


def test_only_root_allows_root(monkeypatch):
    commands = []
    monkeypatch.setattr(os, "execvp", lambda path, command: commands.append(command))
    monkeypatch.setattr(os, "chdir", lambda path: None)
    for user in (0, 1000):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        main.mark()
    assert ["--allow-root" in command for command in commands] == [True, False]
