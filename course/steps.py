"""The steps of a problem set, each thin over nbgrader's own: release, grade, feedback."""

from __future__ import annotations

import contextlib
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

from course import intake, late
from course.grading import class_secret, is_marked, report, run_cells
from course.records import gradebook, work
from course.room import isolation
from course.sets import PACKAGES, Mistake, ProblemSet

__all__ = ["feedback", "grade", "leaks", "release", "submissions"]

FOLDER = Path(__file__).parent
# nbgrader calls alembic, which stands beside this Python but perhaps not on the PATH.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
PROCESSES = 2
STOP = re.compile(r"((?:\w*(?:Error|Exception|Warning)|KeyboardInterrupt|SystemExit)(?:: .*)?)")
"""The last line of what an exception shows."""


class Failed(Exception):
    """nbgrader did not do what was asked."""


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
    nbformat.write(problems.given_out, source / f"{name}.ipynb")
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


def submissions(name: str) -> dict[str, Path]:
    """Return who handed in something for a set, and the student's folder."""
    found: dict[str, Path] = {}
    for folder in sorted((work() / "submitted").glob("[!.]*")):
        if intake.located(folder, name) is None:
            continue
        student = intake.identifier(folder.name)
        while student in found:  # one name, written in two ways
            student += "-2"
        found[student] = folder
    return found


def _unknown(names: list[str]) -> list[str]:
    """Say what lies among the submissions and belongs to none of these sets, nor to others."""
    known = {folder for name in names for folder in submissions(name).values()}
    lines = []
    for path in sorted((work() / "submitted").glob("[!.]*")):
        inside = list(path.iterdir()) if path.is_dir() and not path.is_symlink() else []
        if path in known or any(p.is_dir() and re.fullmatch(r"ps.*", p.name) for p in inside):
            continue
        if inside or not path.is_dir():
            lines.append(
                f"{path.name!r} NOT GRADED: nothing in it is named after a set; put the notebook "
                f"at submitted/STUDENT/{names[0]}/{names[0]}.ipynb"
            )
    return lines


def _stage(folder: Path, name: str, released: Any) -> list[str]:
    """Put a well-formed notebook where nbgrader looks for it; return notes for the report."""
    notes: list[str] = []
    student = intake.identifier(folder.name)
    try:
        if folder.is_symlink():
            raise intake.Unreadable("the student's folder is a link")
        place = intake.located(folder, name) or folder / name
        cells, notes = intake.find(place, name, released)
        if place != folder / name:
            notes.append(f"The folder should be called {name}.")
        notebook, more = intake.restore(cells, released)
        notes += more
    except intake.Unreadable as why:
        notebook, _ = intake.restore([], released)
        notes = [f"Nothing could be graded, because {why}."]
    if student != folder.name:
        notes.append(f"In the gradebook {intake.quoted(folder.name)} is called {student}.")
    target = work() / "staged" / student / name
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    if when := late.stamp(folder / name):
        (target / "timestamp.txt").write_text(str(when), "utf8")
    notebook.cells.insert(0, report(notes))
    notebook.cells[0]["id"] = "report"
    nbformat.write(notebook, target / f"{name}.ipynb")
    return notes


def _graded(name: str, student: str) -> Path:
    return work() / "autograded" / student / name / f"{name}.ipynb"


def _answers(name: str, student: str) -> dict[str, Any]:
    """Return what the marker of each part had to look at when it was graded last."""
    path = _graded(name, student)
    if not path.is_file():
        return {}
    cells = nbformat.read(path, as_version=4).cells[1:]
    own = [cell.source for cell in cells if "nbgrader" not in cell.metadata]
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    found: dict[str, Any] = {}
    for cell in cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            text = [cell.source, cell.get("attachments")]
            text += own if cell.source == intake.ELSEWHERE else []
            found[cell.metadata.nbgrader.grade_id] = text if cell.cell_type == "markdown" else code
    return found


def _flags(name: str, student: str) -> dict[str, bool]:
    """Return which parts that have a mark given by hand are still to be looked at again."""
    from nbgrader.api import MissingEntry

    with gradebook() as book:
        try:
            (notebook,) = book.find_submission(name, student).notebooks
        except (MissingEntry, ValueError):
            return {}
        return {
            grade.name: grade.needs_manual_grade
            for grade in notebook.grades
            if grade.manual_score is not None
        }


def _stops(name: str, student: str) -> list[str]:
    """Note on the page, and return, where a cell of the student's did not run to its end."""
    path = _graded(name, student)
    notebook = nbformat.read(path, as_version=4)
    notes = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or cell.metadata.get("nbgrader", {}).get("locked"):
            continue
        for output in cell.outputs:
            lines = output.get("text", "").rstrip().splitlines()
            stop = STOP.fullmatch(lines[-1].strip()) if lines else None
            if stop:
                first = next(iter(cell.source.strip().splitlines()), "")
                note = (
                    f"The cell that begins with {intake.quoted(first[:60])} stopped at "
                    f"{intake.quoted(stop[1][:120])}; what follows in it did not run."
                )
                if stop[1].startswith(("ModuleNotFoundError", "ImportError")):
                    note += f" Packages there are when it is graded: {', '.join(PACKAGES)}."
                notes.append(note)
    if notes:
        notebook.cells[0].source += "".join(f"\n- {note}" for note in notes)
        path.chmod(0o644)
        nbformat.write(notebook, path)
    return notes


def _run_one(job: tuple[str, str]) -> None:
    """Run the cells of one submission; `_grade_one` goes on from there, and tells what failed."""
    name, student = job
    with contextlib.suppress(Exception):
        released = nbformat.read(work() / "release" / name / f"{name}.ipynb", as_version=4)
        _stage(submissions(name)[student], name, released)
        run_cells(work() / "staged" / student / name, _config())


def _grade_one(job: tuple[str, str]) -> Outcome:
    """Grade one submission; whatever goes wrong with it is told and stops no other.

    A mark given by hand stays, and so does whether it is final, if the answer is the same.
    """
    name, student = job
    outcome = Outcome(student)
    try:
        released = nbformat.read(work() / "release" / name / f"{name}.ipynb", as_version=4)
        answers, flags = _answers(name, student), _flags(name, student)
        outcome.notes = _stage(submissions(name)[student], name, released)
        _nbgrader("Autograde", name, student)
        graded = nbformat.read(_graded(name, student), as_version=4)
        with gradebook() as book:
            if not is_marked(graded, problem_set(name)):
                book.remove_submission(name, student)
                raise Failed("a test cell was not marked")
            submission = book.find_submission(name, student)
            now = _answers(name, student)
            for grade in (grade for notebook in submission.notebooks for grade in notebook.grades):
                if grade.name in flags and now[grade.name] == answers.get(grade.name):
                    grade.needs_manual_grade = flags[grade.name]
                if grade.needs_manual_grade:
                    outcome.by_hand += grade.max_score
                else:
                    outcome.score += grade.score
            book.db.commit()
            outcome.maximum = submission.max_score
        outcome.notes += _stops(name, student)
    except Exception as error:
        outcome.error = f"{type(error).__name__}: {error}"
    return outcome


def _jobs(names: list[str], student: str) -> list[tuple[str, str]]:
    """Return what is to be graded: all, or what one student handed in."""
    jobs = []
    for name in names:
        problem_set(name)
        if not (work() / "release" / name / f"{name}.ipynb").is_file():
            raise Mistake(f"release the set first: make course-release SET={name}")
        found = submissions(name)
        if not found:
            raise Mistake(f"there is no submission such as {work()}/submitted/STUDENT/{name}")
        if student:
            named = {student, intake.identifier(student)}
            found = {s: folder for s, folder in found.items() if named & {s, folder.name}}
        jobs += [(name, s) for s in found]
    if not jobs:
        known = ", ".join(sorted({s for name in names for s in submissions(name)}))
        raise Mistake(f"{student!r} handed in nothing for {' '.join(names)}; these did: {known}")
    return jobs


def grade(names: list[str], student: str = "") -> list[Outcome]:
    """Grade all submissions of these sets, or one student's; print and keep a report of each."""
    class_secret()
    jobs = _jobs(names, student)
    start = time.monotonic()
    print(isolation(), flush=True)
    reports: dict[str, list[str]] = {name: [str(isolation())] for name in names}
    outcomes = []
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(PROCESSES, len(jobs)), mp_context=context) as pool:
        list(pool.map(_run_one, jobs))  # all cells of all, before anybody gets a secret input
        for (name, _), outcome in zip(jobs, pool.map(_grade_one, jobs), strict=True):
            outcomes.append(outcome)
            reports[name].append(str(outcome))
            print(f"{name}  {outcome}", flush=True)
    lost = [] if student else _unknown(names)
    for name, lines in reports.items():
        late_ones = late.apply(name)
        gone = [] if student else sorted(set(_known_students(name)) - set(submissions(name)))
        lines += lost + late_ones + [f"{s}: graded before, the folder has gone" for s in gone]
        print(*late_ones, sep="\n" if late_ones else "")
        with (work() / f"report-{name}.txt").open("a" if student else "w", encoding="utf8") as file:
            file.write("\n".join(lines) + "\n")
    print("".join(f"{line}\n" for line in lost), end="")
    failed = sum(bool(outcome.error) for outcome in outcomes) + len(lost)
    print(f"{len(outcomes)} submissions in {time.monotonic() - start:.0f} s, {failed} failed")
    return outcomes


def _known_students(name: str) -> list[str]:
    with gradebook() as book:
        return [submission.student_id for submission in book.assignment_submissions(name)]


def feedback(name: str, student: str = "") -> list[Path]:
    """Make the feedback pages of a set, or one student's, from the graded notebooks."""
    student = intake.identifier(student) if student else "*"
    problem_set(name)
    late.apply(name)
    _nbgrader("GenerateFeedback", name, student)
    return sorted((work() / "feedback").glob(f"{student}/{name}/{name}.html"))
