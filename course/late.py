"""What late work loses: nothing, unless the instructor's table ``late.csv`` says so.

Its columns are ``set, id, due, per_day, at_most, handed_in``. A row without `id` is for the class:
when the set is due, and how many per cent of the set's points each day that has begun costs, at
most so many. A row with `id` is for one student: a later `due`, or when it was handed in if nothing
else tells.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from course.intake import identifier
from course.records import gradebook, table, work
from course.sets import Mistake

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Policy", "apply", "moment", "policy", "stamp"]

COLUMNS = ["set", "id", "due", "per_day", "at_most", "handed_in"]
DAY = timedelta(days=1)
FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%Y-%m-%d",
    "%d.%m.%Y %H:%M",
    "%d.%m.%Y",
    "%A, %d %B %Y, %I:%M %p",
    "%A, %B %d, %Y, %I:%M %p",
    "%A, %d %B %Y, %H:%M",
    "%d %B %Y, %I:%M %p",
)
"""How times are read: ISO's way, the German way, Moodle's in English."""


def moment(text: str) -> datetime | None:
    """Read a time, as the clocks of the course show it; a day alone means its end."""
    if iso := re.match(r"(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)", text.strip()):
        text = f"{iso[1]} {iso[2]}"  # without parts of a second, or a zone's name
    for form in FORMATS:
        try:
            when = datetime.strptime(text.strip(), form)
        except ValueError:
            continue
        return when if "%H" in form or "%I" in form else when + DAY - timedelta(minutes=1)
    return None


def stamp(folder: Path) -> datetime | None:
    """Return when something was handed in, as nbgrader's file beside it says."""
    path = folder / "timestamp.txt"
    if path.is_symlink() or not path.is_file():
        return None
    with path.open("rb") as file:
        return moment(file.read(60).decode("utf8", "replace").strip())


@dataclass
class Policy:
    """What is due when, and what being late costs.

    Attributes
    ----------
    due : datetime or None
        When the set is due; None if nothing says so.
    per_day, at_most : float
        Per cent of the set's points lost for each day begun, and at most.
    own_due, handed_in : dict
        For single students: another time, and when they handed in.
    """

    due: datetime | None = None
    per_day: float = 0.0
    at_most: float = 100.0
    own_due: dict[str, datetime] = field(default_factory=dict)
    handed_in: dict[str, datetime] = field(default_factory=dict)

    def due_for(self, student: str) -> datetime | None:
        """Return when the set is due for a student."""
        return self.own_due.get(student, self.due)

    def days(self, student: str, when: datetime | None) -> int:
        """Return how many days late something is; one that has begun counts."""
        when, due = self.handed_in.get(student, when), self.due_for(student)
        return max(0, math.ceil((when - due) / DAY)) if when and due else 0

    def loss(self, days: int) -> float:
        """Return the share of the set's points that is lost."""
        return min(days * self.per_day, self.at_most) / 100


def policy(name: str) -> Policy:
    """Return what ``late.csv`` says of a set."""
    found = Policy()
    path = work() / "late.csv"
    if not path.is_file():
        return found
    columns, rows = table(path)
    if wrong := sorted(set(columns) - {*COLUMNS, ""}):
        raise Mistake(f"{path.name} has the columns {', '.join(COLUMNS)}; not {', '.join(wrong)}")
    for line, row in rows:
        if row.get("set") != name:
            continue
        times: dict[str, datetime] = {}
        for column in ("due", "handed_in"):
            if text := row.get(column):
                when = moment(text)
                if when is None:
                    raise Mistake(
                        f"{path.name}, line {line}: write {column} as 2026-10-05 23:59, "
                        f"not {text!r}"
                    )
                times[column] = when
        if student := row.get("id"):
            student = identifier(student)
            if "due" in times:
                found.own_due[student] = times["due"]
            if "handed_in" in times:
                found.handed_in[student] = times["handed_in"]
            continue
        found.due = times.get("due")
        for column in ("per_day", "at_most"):
            if text := row.get(column):
                try:
                    share = float(text.removesuffix("%").replace(",", "."))
                except ValueError:
                    share = -1.0
                if not 0 <= share <= 100:
                    raise Mistake(
                        f"{path.name}, line {line}: {column} is a percentage, not {text!r}"
                    )
                setattr(found, column, share)
    return found


def collected(name: str) -> dict[str, dict[str, Any]]:
    """Return what the learning platform's download said of each student, by id."""
    path: Path = work() / "collected" / f"{name}.json"
    found: dict[str, dict[str, Any]] = json.loads(path.read_text("utf8")) if path.is_file() else {}
    return found


def apply(name: str) -> list[str]:
    """Write into the gradebook what each late submission loses; return notes on late ones."""
    rules = policy(name)
    said = collected(name)
    notes = []
    with gradebook() as book:
        for submission in book.assignment_submissions(name):
            student = submission.student_id
            when = said.get(student, {}).get("time")
            when = datetime.fromisoformat(when) if when else submission.timestamp
            days = rules.days(student, when)
            loss = rules.loss(days) * submission.max_score
            (notebook,) = submission.notebooks
            notebook.late_submission_penalty = min(loss, notebook.score) or None
            if days:
                notes.append(f"{student}: {days} days late, loses {loss:g} points")
            elif said.get(student, {}).get("late") and not (
                when or {student} & {*rules.handed_in, *rules.own_due}
            ):
                notes.append(
                    f"{student}: late, as the platform says, which does not say how late; nothing "
                    "is taken off unless late.csv has a time for handed_in"
                )
        book.db.commit()
    return notes
