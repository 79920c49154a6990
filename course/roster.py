"""Who is in the class, as the learning platform lists them."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from course.intake import identifier
from course.records import gradebook, table, work
from course.sets import Mistake

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Student", "enrol", "roster", "same_name"]

NAMES = {
    "id": ("id", "username", "id number", "id-nummer", "sis login id", "sis user id"),
    "first_name": ("first_name", "first name", "given name", "vorname"),
    "last_name": ("last_name", "last name", "surname", "family name", "nachname"),
    "full_name": ("full name", "student", "name", "student name", "vollständiger name"),
    "email": ("email", "email address", "e-mail", "e-mail address", "e-mail-adresse", "mail"),
    "lms_user_id": ("lms_user_id", "canvas id"),
    "participant": ("identifier", "participant"),
}
"""What each thing is called: by us, by Canvas, by Moodle; capitals do not matter."""


@dataclass
class Student:
    """One student, as far as the list tells."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""
    participant: str = ""


def same_name(name: str) -> str:
    """Return a name as it can be compared: case, accents and order of the names do not matter."""
    text = unicodedata.normalize("NFKD", name.casefold())
    return " ".join(sorted(re.findall(r"\w+", "".join(c for c in text if not _mark(c)))))


def _mark(character: str) -> bool:
    return unicodedata.combining(character) > 0


def roster(path: Path | None = None) -> list[Student]:
    """Return the students in ``roster.csv``, none if there is no such file.

    The id is the name of a student's folder. Without a column for it, it is Canvas's number or
    what makes a student of Moodle known: the ID number, the user name, the address or the name.
    """
    path = path or work() / "roster.csv"
    if not path.is_file():
        return []
    columns, rows = table(path)
    found = {name.casefold(): name for name in columns}
    canvas = {"student", "id"} <= set(found)
    known = {field: [found[n] for n in names if n in found] for field, names in NAMES.items()}
    if canvas:
        known["lms_user_id"] = [found["id"]]
        known["id"] = [found["id"]]
    elif not known["id"] and not known["email"] and not known["full_name"]:
        raise Mistake(
            f"{path.name} needs a column id (the name of a student's folder), or the columns of "
            "Canvas's gradebook (Student, ID) or of Moodle's list of participants (First name, "
            f"Last name, Email address); it has {', '.join(map(repr, columns))}"
        )
    students: list[Student] = []
    lines: dict[str, int] = {}
    for line, row in rows:
        got = {
            field: next((row[c] for c in names if row.get(c)), "") for field, names in known.items()
        }
        full = got.pop("full_name")
        if canvas and re.match(r"(points possible|student, test|manual posting)", full.casefold()):
            continue
        if full and not got["last_name"]:
            last, comma, first = full.partition(",")
            first = first.strip() if comma else full.rpartition(" ")[0]
            got |= {"first_name": first, "last_name": last if comma else full.rpartition(" ")[2]}
        if canvas and not got["id"]:
            continue  # Canvas's notes below the header
        got["participant"] = "".join(re.findall(r"\d+$", got["participant"]))
        whole = f"{got['first_name']} {got['last_name']}".strip()
        known_as = got.pop("id") or ("" if "id" in found else got["email"] or whole)
        if not known_as:
            raise Mistake(f"{path.name}, line {line}: this student has no id")
        student = identifier(known_as)
        if student in lines:
            raise Mistake(
                f"{path.name}, lines {lines[student]} and {line}: two students with the "
                f"id {student}"
            )
        lines[student] = line
        students.append(Student(student, **got))
    return students


def enrol(students: list[Student]) -> int:
    """Write students into the gradebook."""
    with gradebook() as book:
        for student in students:
            fields = ("first_name", "last_name", "email", "lms_user_id")
            values = {name: getattr(student, name) for name in fields}
            book.update_or_create_student(student.id, **{k: v for k, v in values.items() if v})
    return len(students)
