"""Written answers, marked in nbgrader's formgrader as `make course-mark` opens it."""

import contextlib
import csv
import json
import time

import psutil
import pytest

from tests.load import stop

from .classroom import ROOT, Classroom

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def formgrader(classroom, place):
    """Run `make course-mark` and give its address; only the way in is set by the test."""
    place.mkdir()
    settings = {
        "ServerApp": {"allow_root": True, "open_browser": False, "port": 0},
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


def test_a_marked_answer_reaches_the_feedback_and_the_export(tmp_path, browser):
    classroom = Classroom(tmp_path / "work")
    classroom.folder.mkdir()
    classroom.do("release", "ps1")
    classroom.submit("ann", "ps1", classroom.solved("ps1"))
    assert "6 more to be marked by hand" in classroom.do("grade", "ps1")
    with formgrader(classroom, tmp_path / "jupyter") as url:
        page = browser.new_page()
        page.goto(f"{url}formgrader?token=way-in")
        page.get_by_role("link", name="Manual Grading").click()
        page.get_by_role("link", name="ps1").click()
        page.get_by_role("link", name="ps1").last.click()
        page.get_by_role("link", name="Submission #1").click()
        page.wait_for_function("""() => {
          const { grades, comments } = globalThis.formgrader ?? {};
          return grades?.loaded && comments?.loaded;
        }""")
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
    classroom.do("feedback", "ps1")
    text = classroom.page("ann", "ps1")
    assert "Score: 14.5 / 15.0" in text
    assert "Why $f'$?" in text
    assert "&lt;script&gt;no" in text
    assert "<script>no" not in text
    classroom.do("export", "ps1")
    with (classroom.folder / "export" / "ps1.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert (row["student_id"], row["score"], row["state"]) == ("ann", "14.5", "complete")
