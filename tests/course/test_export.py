"""Marks as a spreadsheet and two learning platforms take them."""

import csv

import pytest

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tables(classroom):
    (classroom.folder / "roster.csv").write_text(
        "id,first_name,last_name,email,lms_user_id\n"
        "full,Alice,Adams,alice@example.org,101\n"
        "blank,Bob,=HYPERLINK(0),bob@example.org,102\n"
        "absent,Eve,,eve@example.org,103\n"
    )
    log = classroom.do("export", "ps1")
    found = {}
    for kind in ("ps1", "ps1-canvas", "ps1-moodle"):
        path = classroom.folder / "export" / f"{kind}.csv"
        assert str(path) in log
        with path.open(newline="") as file:
            found[kind] = list(csv.DictReader(file))
    return found, log


def row(rows, column, value):
    (found,) = (r for r in rows if r[column] == value)
    return found


def test_all_marks_and_whether_they_are_final(tables):
    rows, log = tables
    full = row(rows["ps1"], "student_id", "full")
    assert (full["score"], full["max_score"]) == ("9.0", "15.0")
    assert full["state"] == "to be marked by hand"
    assert row(rows["ps1"], "student_id", "blank")["state"] == "complete"
    assert row(rows["ps1"], "student_id", "absent")["state"] == "nothing submitted"
    assert "still to be marked by hand" in log


def test_canvas_and_moodle_find_their_columns(tables):
    rows, _ = tables
    canvas = row(rows["ps1-canvas"], "ID", "102")
    assert list(canvas) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "ps1"]
    assert canvas["ps1"] == "0.0"
    assert canvas["Student"] == "'=HYPERLINK(0), Bob"
    moodle = row(rows["ps1-moodle"], "Email address", "bob@example.org")
    assert moodle["Assignment: ps1 (Real)"] == "0.0"


def test_a_mark_that_is_not_final_is_left_empty_for_the_platforms(tables):
    rows, _ = tables
    assert row(rows["ps1-canvas"], "ID", "101")["ps1"] == ""
    assert row(rows["ps1-moodle"], "ID number", "full")["Assignment: ps1 (Real)"] == ""
