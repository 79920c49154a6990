"""Marks as tables, for the instructor and for each platform, and what they say of the tasks."""

from __future__ import annotations

import base64
import csv
import html
import io
import re
from statistics import mean
from typing import TYPE_CHECKING, Any, NamedTuple

from course import late
from course.records import gradebook, work
from course.roster import enrol, roster
from course.steps import problem_set, submissions

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["export"]

COLUMNS = {
    "canvas": {
        "Student": "{last_name}, {first_name}",
        "ID": "{lms_user_id}",
        "SIS User ID": "{student_id}",
        "SIS Login ID": "{email}",
        "Section": "",
        "{set}": "{score}",
    },
    "moodle": {
        "ID number": "{student_id}",
        "Email address": "{email}",
        "Assignment: {set} (Real)": "{score}",
    },
}
"""What each learning platform calls the columns that it imports."""
BY_HAND, UNGRADED, ABSENT = "to be marked by hand", "handed in, not graded", "nothing submitted"


class Task(NamedTuple):
    """A part of a set that has points of its own."""

    part: str
    title: str
    points: float


def tasks(name: str) -> list[Task]:
    """Return the tasks of a set, in order, with the heading under which each stands."""
    found, title = [], ""
    for cell in problem_set(name).notebook.cells:
        if heading := re.search(r"^## (.*)$", cell.source, re.MULTILINE):
            title = heading[1]
        data = cell.metadata.get("nbgrader", {})
        if data.get("grade"):
            found.append(Task(data["grade_id"], title, float(data["points"])))
    return found


def rows_of(name: str) -> list[dict[str, Any]]:
    """Return what is known of each student: name, marks of the tasks, and if they are final."""
    from nbgrader.api import MissingEntry

    late.apply(name)
    waiting = submissions(name)
    rows: list[dict[str, Any]] = []
    with gradebook() as book:
        maximum = book.find_assignment(name).max_score
        known = {student.id: student for student in book.students}
        for student_id in sorted({*known, *waiting}):
            student = known.get(student_id)
            row = {
                "set": name,
                "student_id": student_id,
                "last_name": (student and student.last_name) or "",
                "first_name": (student and student.first_name) or "",
                "email": (student and student.email) or "",
                "lms_user_id": (student and student.lms_user_id) or "",
                "score": 0.0,
                "max_score": maximum,
                "state": UNGRADED if student_id in waiting else ABSENT,
                "penalty": 0.0,
            }
            row |= dict.fromkeys((task.part for task in tasks(name)), "")
            folder = waiting.get(student_id)
            if folder and not row["last_name"] and student_id != folder.name:
                row["last_name"] = folder.name
            rows.append(row)
            try:
                submission = book.find_submission(name, student_id)
            except MissingEntry:
                continue
            row["penalty"] = submission.late_submission_penalty or 0.0
            row["score"] = max(0.0, submission.score - row["penalty"])
            row["state"] = BY_HAND if submission.needs_manual_grade else "complete"
            for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
                row[grade.name] = "" if grade.needs_manual_grade else grade.score
    return rows


def export(name: str) -> list[Path]:
    """Write the marks of a set: all that is known, for each platform, and of each task."""
    enrol(roster())
    rows = rows_of(name)
    folder = work() / "export"
    folder.mkdir(exist_ok=True)
    unfinished = [row for row in rows if row["state"] in (BY_HAND, UNGRADED)]
    for state in (BY_HAND, UNGRADED):
        count = sum(row["state"] == state for row in unfinished)
        if count:
            print(
                f"{count} submissions are {'still ' * (state == BY_HAND)}{state}; for them the "
                "score is left empty in the files for Canvas and Moodle."
            )
    if not late.policy(name).due:
        print(f"{name}: nothing is taken off for late work; late.csv would say how much.")
    paths = [_write(folder / f"{name}.csv", {key: f"{{{key}}}" for key in rows[0]}, rows)]
    said = _statistics(name, rows)
    paths.append(_write(folder / f"{name}-tasks.csv", {key: f"{{{key}}}" for key in said[0]}, said))
    paths.append(_page(folder / f"{name}.html", name, rows, said))
    for row in unfinished:
        row["score"] = ""
    paths += [
        _write(folder / f"{name}-{platform}.csv", columns, rows)
        for platform, columns in COLUMNS.items()
    ]
    return paths


def _write(path: Path, columns: dict[str, str], rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([column.format(**rows[0]) for column in columns])
        for row in rows:
            writer.writerow([_cell(value.format(**row)) for value in columns.values()])
    return path


def _cell(text: str) -> str:
    """Keep a spreadsheet from taking a name for a formula."""
    return "'" + text if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def _statistics(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return for each task the mean mark, and the share of those marked who have all its points."""
    said = []
    for part, title, points in tasks(name):
        marks = [row[part] for row in rows if row[part] != ""]
        got = sum(mark >= points - 1e-9 for mark in marks)
        said.append(
            {
                "task": part.removesuffix("-test"),
                "title": title,
                "points": points,
                "marked": len(marks),
                "mean": round(mean(marks), 2) if marks else "",
                "share_that_got_it": round(got / len(marks), 3) if marks else "",
            }
        )
    return said


def _page(path: Path, name: str, rows: list[dict[str, Any]], said: list[dict[str, Any]]) -> Path:
    """Write one page with two pictures: the marks of the class, and how each task went."""
    final = [row["score"] for row in rows if row["state"] == "complete"]
    others = {
        state: sum(r["state"] == state for r in rows) for state in (BY_HAND, UNGRADED, ABSENT)
    }
    words = "; ".join(f"{count} {state}" for state, count in others.items() if count)
    middle = f"Mean {mean(final):.1f} of {rows[0]['max_score']:g}. " if final else ""
    summary = f"{len(final)} marked to the end. {middle}{words}".strip()
    table = "\n".join(
        f"<tr><td>{one['task']}</td><td>{html.escape(one['title'])}</td><td>{one['points']:g}</td>"
        f"<td>{one['marked']}</td><td>{one['mean']}</td><td>{_percent(one)}</td></tr>"
        for one in said
    )
    totals, each = _pictures(final, rows[0]["max_score"], said)
    shares = ", ".join(f"{one['task']} {_percent(one) or 'not marked'}" for one in said)
    path.write_text(
        f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{name}: marks</title>
<style>
body {{ font: 16px/1.5 sans-serif; max-width: 45rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }} td, th {{ border: 1px solid #999; padding: 0.2rem 0.6rem; }}
img {{ max-width: 100%; }}
</style></head><body>
<h1>{name}: marks</h1>
<p>{summary}</p>
<figure><img src="{totals}" alt="Histogram of {len(final)} final marks. {middle}">
<figcaption>Final marks of the class.</figcaption></figure>
<figure><img src="{each}" alt="Share with all points: {shares}">
<figcaption>For each task, who has all points, and the mean as a share of the points.</figcaption>
</figure>
<table><tr><th>task</th><th></th><th>points</th><th>marked</th><th>mean</th><th>all points</th></tr>
{table}
</table>
</body></html>
""",
        "utf8",
    )
    return path


def _percent(one: dict[str, Any]) -> str:
    return f"{one['share_that_got_it']:.0%}" if one["marked"] else ""


def _pictures(final: list[float], maximum: float, said: list[dict[str, Any]]) -> tuple[str, str]:
    import matplotlib as mpl
    import numpy as np
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    with mpl.rc_context({"svg.hashsalt": "marks", "font.size": 11}):
        totals = Figure(figsize=(6, 2.6), layout="constrained")
        axes = totals.subplots()
        axes.hist(final, bins=np.arange(-0.5, maximum + 1.5).tolist(), color="#0072B2")
        axes.set(xlabel="points", ylabel="students", xlim=(-0.7, maximum + 0.7))
        axes.yaxis.set_major_locator(MaxNLocator(integer=True))
        each = Figure(figsize=(6, 0.8 + 0.5 * len(said)), layout="constrained")
        axes = each.subplots()
        place = np.arange(len(said))
        got = [one["share_that_got_it"] or 0.0 for one in said]
        average = [(one["mean"] or 0.0) / one["points"] for one in said]
        axes.barh(place - 0.2, got, 0.36, color="#0072B2", label="all points")
        axes.barh(place + 0.2, average, 0.36, color="#E69F00", hatch="//", label="mean")
        axes.set(yticks=place, yticklabels=[one["task"] for one in said], xlim=(0, 1))
        axes.invert_yaxis()
        axes.legend(loc="upper left", bbox_to_anchor=(1, 1))
        return _embedded(totals), _embedded(each)


def _embedded(figure: Any) -> str:
    file = io.BytesIO()
    figure.savefig(file, format="svg", metadata={"Date": None})
    return "data:image/svg+xml;base64," + base64.b64encode(file.getvalue()).decode()
