"""The steps of a problem set, each thin over nbgrader's own: release, grade, feedback, export."""

from __future__ import annotations

import csv
import json
import multiprocessing
import os
import re
import shutil
import sys
import time
import warnings
import zipfile
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from traitlets.config.loader import Config, PyFileConfigLoader

from course import intake
from course.grading import class_secret, is_marked, report, run_cells
from course.room import isolation
from course.sets import Mistake, ProblemSet

__all__ = ["export", "feedback", "grade", "leaks", "release"]

FOLDER = Path(__file__).parent
# nbgrader calls alembic, which stands beside this Python but perhaps not on the PATH.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
PROCESSES = 2
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*")
"""Names of students' folders; others would be patterns, formulas or paths for some program."""

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


class Failed(Exception):
    """nbgrader did not do what was asked."""


def work() -> Path:
    """Return the instructor's working folder."""
    return Path(os.environ.get("COURSE_WORK", FOLDER / "work")).resolve()


def _run_one(job: tuple[str, str]) -> None:
    """Run the cells of one submission, for `_grade_one` to go on from."""
    name, student = job
    released = nbformat.read(work() / "release" / name / f"{name}.ipynb", as_version=4)
    _stage(work() / "submitted" / student, name, released)
    run_cells(work() / "staged" / student / name, _config())


def problem_set(name: str) -> ProblemSet:
    """Return a problem set by its name."""
    return ProblemSet.named(name, Path(os.environ.get("COURSE_SETS", FOLDER)))


def _config() -> Config:
    config: Config = PyFileConfigLoader("nbgrader_config.py", path=str(FOLDER)).load_config()
    return config


def _nbgrader(step: str, name: str, student: str = "*") -> None:
    """Run one of nbgrader's converters; raise `Failed` with its log if it fails."""
    from nbgrader import converters
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.utils import capture_log

    config = _config()
    folder = CourseDirectory(config=config)
    folder.assignment_id, folder.student_id = name, student
    converter = getattr(converters, step)(coursedir=folder, config=config)
    converter.force = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nbgrader's and its database's, about themselves
        result = capture_log(converter)
    if not result["success"]:
        raise Failed(result.get("log", "") + result["error"])


def release(name: str) -> Path:
    """Make the students' notebook and a zip of it; return the zip's path.

    Raises
    ------
    Mistake
        If the set is not as it should be, or anything hidden is left in what would be given out.
    """
    problems = problem_set(name)
    problems.validate()
    source = work() / "source" / name
    source.mkdir(parents=True, exist_ok=True)
    nbformat.write(problems.notebook, source / f"{name}.ipynb")
    folder = work() / "release" / name
    archive = folder.with_suffix(".zip")
    archive.unlink(missing_ok=True)
    _nbgrader("GenerateAssignment", name)
    notebook = folder / f"{name}.ipynb"
    found = leaks(problems, notebook.read_text("utf8"))
    if found:
        shutil.rmtree(folder)
        raise Mistake(f"{name} is not released, it would show: " + "; ".join(found))
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        # A fixed date, so that the same set gives the same zip.
        entry = zipfile.ZipInfo(f"{name}/{name}.ipynb", (2026, 1, 1, 0, 0, 0))
        file.writestr(entry, notebook.read_bytes(), zipfile.ZIP_DEFLATED)
    return archive


def leaks(problems: ProblemSet, text: str) -> list[str]:
    """Return the hidden lines of a set that stand in a text: a notebook, a page, whatever.

    A line counts if it has at least 12 characters and does not stand outside of the hidden
    regions as well.
    """
    hidden, lines_open = [], set()
    for cell in problems.notebook.cells:
        source = cell.source
        for region in problems.regions:
            source = source.replace(region.text, "")
        lines_open |= {line.strip() for line in source.splitlines()}
    for region in problems.regions:
        hidden += [(region, line.strip()) for line in region.text.splitlines()]
    # As it stands, as JSON writes it, and as HTML does.
    forms = text, text.replace("\\\\", "\\").replace('\\"', '"').replace("&quot;", '"')
    found = [
        f"{region.kind.lower()} of {region.cell}: {line!r}"
        for region, line in hidden
        if len(line) >= 12 and line not in lines_open and any(line in form for form in forms)
    ]
    found += [f"the marker {m}" for m in re.findall(r"(?:BEGIN|END) (?:SOL|HID|MARK)\w*", text)]
    secret = os.environ.get("COURSE_SECRET", "")
    if secret and secret in text:
        found.append("the class secret")
    return found


@dataclass
class Outcome:
    """How grading one submission went."""

    student: str
    score: float = 0.0
    by_hand: float = 0.0
    maximum: float = 0.0
    notes: list[str] = field(default_factory=list)
    error: str = ""

    def __str__(self) -> str:
        text = f"{self.student:<24} {self.score:5g} of {self.maximum:g}"
        if self.error:
            text = f"{self.student:<24} NOT GRADED: {self.error.strip().splitlines()[-1]}"
        if self.by_hand:
            text += f", {self.by_hand:g} more to be marked by hand"
        return "\n".join([text, *(f"    {note}" for note in self.notes)])


def _stage(folder: Path, name: str, released: Any) -> list[str]:
    """Put a well-formed notebook where nbgrader looks for it; return notes for the report."""
    student = folder.name
    notes: list[str] = []
    try:
        if folder.is_symlink():
            raise intake.Unreadable("the student's folder is a link")
        path, notes = intake.find(folder / name, name)
        notebook, more = intake.restore(intake.read(path), released)
        notes += more
    except intake.Unreadable as why:
        notebook, _ = intake.restore([], released)
        notes = [f"Nothing could be graded, because {why}."]
    target = work() / "staged" / student / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    notebook.cells.insert(0, report(notes))
    notebook.cells[0]["id"] = "report"
    nbformat.write(notebook, target / f"{name}.ipynb")
    return notes


def _grade_one(job: tuple[str, str]) -> Outcome:
    """Grade one submission; whatever goes wrong with it is told and stops no other."""
    from nbgrader.api import Gradebook

    name, student = job
    outcome = Outcome(student)
    try:
        released = nbformat.read(work() / "release" / name / f"{name}.ipynb", as_version=4)
        outcome.notes = _stage(work() / "submitted" / student, name, released)
        _nbgrader("Autograde", name, student)
        graded = work() / "autograded" / student / name / f"{name}.ipynb"
        with Gradebook(f"sqlite:///{work() / 'gradebook.db'}", "waiting-magnet") as book:
            if not is_marked(nbformat.read(graded, as_version=4), problem_set(name)):
                book.remove_submission(name, student)
                raise Failed("a test cell was not marked")
            submission = book.find_submission(name, student)
            outcome.score, outcome.maximum = submission.score, submission.max_score
            outcome.by_hand = sum(
                grade.max_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.needs_manual_grade
            )
    except Exception as error:
        outcome.error = f"{type(error).__name__}: {error}"
    return outcome


def grade(names: list[str]) -> list[Outcome]:
    """Grade all submissions of these sets, in two processes; print and keep a report of each."""
    class_secret()
    jobs, refused = [], {}
    for name in names:
        problem_set(name)
        if not (work() / "release" / name / f"{name}.ipynb").is_file():
            raise Mistake(f"release the set first: make course-release SET={name}")
        folders = sorted((work() / "submitted").glob("*"))
        students = [folder.name for folder in folders if os.path.lexists(folder / name)]
        if not students:
            raise Mistake(f"there is no submission such as {work()}/submitted/STUDENT/{name}")
        jobs += [(name, student) for student in students if STUDENT.fullmatch(student)]
        refused[name] = [student for student in students if not STUDENT.fullmatch(student)]
    start = time.monotonic()
    print(isolation(), flush=True)
    reports = {name: [str(isolation())] for name in names}
    outcomes = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(PROCESSES, mp_context=context) as pool:
        list(pool.map(_run_one, jobs))  # all cells of all, before anybody gets a secret input
        for (name, _), outcome in zip(jobs, pool.map(_grade_one, jobs), strict=True):
            outcomes.append(outcome)
            reports[name].append(str(outcome))
            print(f"{name}  {outcome}", flush=True)
    for name, lines in reports.items():
        lines += [f"{student!r} NOT GRADED: not a name for a folder" for student in refused[name]]
        (work() / f"report-{name}.txt").write_text("\n".join(lines) + "\n", "utf8")
    for student in sorted({student for students in refused.values() for student in students}):
        print(f"{student!r} NOT GRADED: not a name for a folder")
    failed = sum(bool(outcome.error) for outcome in outcomes)
    print(f"{len(outcomes)} submissions in {time.monotonic() - start:.0f} s, {failed} failed")
    return outcomes


def feedback(name: str) -> list[Path]:
    """Make the feedback pages of a set from the graded notebooks; return their paths."""
    problem_set(name)
    _nbgrader("GenerateFeedback", name)
    return sorted((work() / "feedback").glob(f"*/{name}/{name}.html"))


def export(name: str) -> list[Path]:
    """Write the marks of a set as CSV: all that is known, and for each learning platform."""
    from nbgrader.api import Gradebook, MissingEntry

    rows: list[dict[str, Any]] = []
    with Gradebook(f"sqlite:///{work() / 'gradebook.db'}", "waiting-magnet") as book:
        maximum = book.find_assignment(name).max_score
        for student in book.students:
            row = {
                "set": name,
                "student_id": student.id,
                "last_name": student.last_name or "",
                "first_name": student.first_name or "",
                "email": student.email or "",
                "lms_user_id": student.lms_user_id or "",
                "score": 0.0,
                "max_score": maximum,
                "state": "nothing submitted",
            }
            try:
                submission = book.find_submission(name, student.id)
            except MissingEntry:
                rows.append(row)
                continue
            row["score"] = max(0.0, submission.score - (submission.late_submission_penalty or 0.0))
            row["state"] = "to be marked by hand" if submission.needs_manual_grade else "complete"
            rows.append(row)
    folder = work() / "export"
    folder.mkdir(exist_ok=True)
    unfinished = [row for row in rows if row["state"] == "to be marked by hand"]
    if unfinished:
        print(
            f"{len(unfinished)} submissions are still to be marked by hand; for them the score is "
            "left empty in the files for Canvas and Moodle."
        )
    paths = [_write(folder / f"{name}.csv", {key: f"{{{key}}}" for key in rows[0]}, rows)]
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


def roster(path: Path) -> int:
    """Read names, addresses and platform ids of students from a CSV file into the gradebook."""
    from nbgrader.api import Gradebook

    fields = ("first_name", "last_name", "email", "lms_user_id")
    count = 0
    with (
        path.open(encoding="utf-8-sig", newline="") as file,
        Gradebook(f"sqlite:///{work() / 'gradebook.db'}", "waiting-magnet") as book,
    ):
        for row in csv.DictReader(file):
            if not STUDENT.fullmatch(row.get("id") or ""):
                raise Mistake(f"{path.name}: a student needs an id, got {json.dumps(row)}")
            known = {name: row[name] for name in fields if row.get(name)}
            book.update_or_create_student(row["id"], **known)
            count += 1
    return count
