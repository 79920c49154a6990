"""The way from a learning platform's download to submissions, and back with the feedback pages.

nbgrader's zip_collect does it; what is here knows how Canvas and Moodle name files, and trusts none
of them. A download is a zip, or the folder that it was unpacked into.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Any

from course.intake import MAX_BYTES, identifier, quoted, visible
from course.late import collected, moment, policy
from course.records import table, work
from course.roster import Student, enrol, roster, same_name
from course.sets import Mistake

__all__ = ["collect", "hand_back"]

MOODLE = re.compile(
    r"(?P<name>[^/]*)_(?P<number>\d+)_assignsubmission_(?P<kind>[a-z]+)[_/]*(?P<file>.*)"
)
"""``Anna Smith_3047_assignsubmission_file/ps1.ipynb``, with ``_`` for ``/`` if files lie flat."""
CANVAS = re.compile(
    r"(?P<name>[^/]*?)(?P<late>_LATE)?_(?P<number>\d+|(?<=anon_)[^_/]+)"
    r"_(?P<upload>\d+)_(?P<file>[^/]+)"
)
"""``smithanna_LATE_12345_67890_ps1.ipynb``: the student's number, then the file's."""
CANVAS_TEXT = re.compile(r"(?P<name>[^/]*?)(_LATE)?_(?P<number>\d+)_(text|link)\.html")
MAX_FILES = 20_000
MAX_ALL = 4 * 2**30
SPREAD = timedelta(hours=1)
"""If all files of a zip are of one hour, it is when the zip was made."""


@dataclass
class Entry:
    """A file of the download, and what its name says."""

    path: Path
    platform: str
    number: str
    name: str
    file: str
    prefix: str
    late: bool = False
    upload: int = 0


@dataclass
class Collected:
    """What came of it.

    Attributes
    ----------
    students : dict
        For each id: platform, prefix of the files' names, whether late, time.
    left : list of str
        Files that are nobody's submission, and why.
    times : str
        Where the times come from.
    """

    students: dict[str, dict[str, Any]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    times: str = ""


def collect(name: str, download: Path | None = None, times: Path | None = None) -> Collected:
    """Put a download's notebooks where grading looks for them; return who handed in.

    Parameters
    ----------
    name : str
        The set.
    download : Path, optional
        The zip or folder; otherwise what lies in ``downloaded/SET/archive``, as nbgrader has it.
    times : Path, optional
        Moodle's grading worksheet, which says when each student handed in.
    """
    from nbgrader.apps.zipcollectapp import ZipCollectApp
    from nbgrader.coursedir import CourseDirectory
    from nbgrader.plugins.zipcollect import ExtractorPlugin, FileNameCollectorPlugin

    from course.steps import Failed, _config

    archive = work() / "downloaded" / name / "archive"
    if download is not None:
        _bring(download, times, archive)
    if not archive.is_dir() or not any(archive.iterdir()):
        raise Mistake(
            f"there is no download: name it, make course-collect SET={name} FROM=submissions.zip, "
            f"or put it into {archive}"
        )
    result = Collected()
    entries: dict[str, tuple[str, Entry]] = {}

    class Extractor(ExtractorPlugin):  # type: ignore[misc]
        def extract(self, archive_path: str, extracted_path: str) -> None:
            result.left += _extract(Path(archive_path), Path(extracted_path))
            found, left = _entries(Path(extracted_path))
            result.left += left
            entries.update(_whose(found))
            _times(result, entries, Path(extracted_path), name)

    class Collector(FileNameCollectorPlugin):  # type: ignore[misc]
        def collect(self, submitted_file: str) -> dict[str, str] | None:
            if submitted_file not in entries:
                return None
            student, entry = entries[submitted_file]
            known = {"student_id": student, "file_id": entry.file}
            when = result.students[student]["time"]
            return known | ({"timestamp": when} if when else {})

    config = _config()
    config.CourseDirectory.submitted_directory = "submitted"
    folder = CourseDirectory(config=config)
    folder.assignment_id = name
    app = ZipCollectApp(config=config, coursedir=folder, log=logging.getLogger("course.collect"))
    app.force = True
    app.extractor_plugin, app.collector_plugin = Extractor, Collector
    app.log.setLevel(logging.ERROR)
    try:
        app.init_plugins()
        app.extract_archive_files()
        app.process_extracted_files()
    except SystemExit:
        raise Failed("nbgrader could not collect this download") from None
    if not result.students:
        held = "".join(f"\n  {line}" for line in result.left[:5])
        raise Mistake(
            "nothing in the download is named as Canvas or Moodle name submissions; take the zip "
            f"that they give out as it is.{held}"
        )
    for student, said in result.students.items():
        for file in (work() / "submitted" / student / name).rglob("*"):
            when = said["files"].get(file.name)
            if when:
                os.utime(file, (when, when))
        said.pop("files")
    path = work() / "collected" / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    everybody = collected(name) | result.students
    path.write_text(json.dumps(everybody, indent=1, ensure_ascii=False), "utf8")
    _enrol(result, {student for student, _ in entries.values()}, entries)
    return result


def _bring(download: Path, times: Path | None, archive: Path) -> None:
    """Copy a download, and the list of times, to where nbgrader looks for them."""
    for path in (download, times):
        if path is not None and not path.exists():
            raise Mistake(f"there is no {path}")
    shutil.rmtree(archive, ignore_errors=True)
    archive.mkdir(parents=True)
    if download.is_dir():
        shutil.copytree(download, archive / download.name, symlinks=True)
    else:
        shutil.copy2(download, archive)
    if times is not None:
        shutil.copy2(times, archive)


def _is_download(path: Path) -> bool:
    """Tell whether a file is a zip as a platform makes it."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as file:
        names = file.namelist()
    return any(MOODLE.search(n) or CANVAS.fullmatch(PurePosixPath(n).name) for n in names)


def _extract(archive: Path, target: Path) -> list[str]:
    """Unpack zips and copy files, with their times; return what was left out, and why."""
    left: list[str] = []
    size = 0
    for path in sorted(archive.rglob("*")):
        inside = path.relative_to(archive)
        if path.is_symlink() or not path.is_file() or not visible(inside.parts):
            continue
        if not _is_download(path):  # a student's own zip is for the grader
            (target / inside).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target / inside)
            continue
        with zipfile.ZipFile(path) as file:
            members = [member for member in file.infolist() if not member.is_dir()]
            for member in members[:MAX_FILES]:
                whole = PurePosixPath(member.filename)
                if not visible(whole.parts):
                    continue
                if whole.is_absolute() or ".." in whole.parts:
                    left.append(f"{quoted(str(whole))}: not a place inside of the zip")
                    continue
                size += member.file_size
                if member.file_size > MAX_BYTES or size > MAX_ALL:
                    left.append(f"{quoted(str(whole))}: too long")
                    continue
                place = target / path.stem / whole
                try:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    with file.open(member) as source, place.open("wb") as copy:
                        copy.write(source.read(MAX_BYTES))
                    when = time.mktime((*member.date_time, 0, 0, -1))
                    os.utime(place, (when, when))
                except (
                    OSError,
                    ValueError,
                    OverflowError,
                    RuntimeError,
                    zipfile.BadZipFile,
                ) as why:
                    left.append(f"{quoted(str(whole))}: {why}")
    return left


def _stamp(file: str) -> bool:
    """Tell whether a file of a student's would pass for nbgrader's note of when it came."""
    return file.casefold() == "timestamp.txt"


def _entries(folder: Path) -> tuple[list[Entry], list[str]]:
    """Return the files that are submissions, and those that are not, with the reason."""
    found: list[Entry] = []
    left: list[str] = []
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        inside = str(PurePosixPath(path.relative_to(folder)))
        if match := MOODLE.search(inside):
            if match["kind"] != "file" or not match["file"] or _stamp(match["file"]):
                left.append(f"{quoted(inside)}: a text typed into Moodle, or no file for a set")
                continue
            prefix = f"{match['name']}_{match['number']}_assignsubmission_file"
            place = match["file"].replace("/", "_")
            found.append(Entry(path, "moodle", match["number"], match["name"], place, prefix))
        elif (match := CANVAS.fullmatch(path.name)) and not _stamp(match["file"]):
            prefix = path.name.removesuffix(f"_{match['file']}")
            entry = Entry(path, "canvas", match["number"], match["name"], match["file"], prefix)
            entry.late, entry.upload = bool(match["late"]), int(match["upload"])
            found.append(entry)
        elif CANVAS_TEXT.fullmatch(path.name):
            left.append(f"{quoted(inside)}: a text or a link typed into Canvas, not a file")
        elif path.suffix.casefold() != ".csv":
            left.append(f"{quoted(inside)}: cannot tell whose it is")
    return found, left


def _whose(entries: list[Entry]) -> dict[str, tuple[str, Entry]]:
    """Return for each file the student's id and what is known; files of one name get a number."""
    students = roster()
    numbers = {s.lms_user_id: s.id for s in students if s.lms_user_id}
    participants = {s.participant: s.id for s in students if s.participant}
    names = Counter(same_name(f"{s.first_name} {s.last_name}") for s in students)
    named = {same_name(f"{s.first_name} {s.last_name}"): s.id for s in students}
    several = Counter(
        identifier(name)
        for _, name in {(e.number, e.name) for e in entries if e.platform == "moodle"}
    )
    whose: dict[str, tuple[str, Entry]] = {}
    seen: set[tuple[str, str]] = set()
    for entry in sorted(entries, key=lambda e: e.upload):
        if entry.platform == "canvas":
            student = numbers.get(entry.number) or identifier(entry.number)
        else:
            # A group's name may stand before the student's.
            name = next((n for n in (entry.name, entry.name.partition("-")[2])
                         if names[same_name(n)] == 1), "")  # fmt: skip
            student = participants.get(entry.number) or named.get(same_name(name), "")
            if not student:
                student = identifier(entry.name)
                if several[student] > 1 or same_name(entry.name) == "participant":
                    student = identifier(f"{student}-{entry.number}")
        stem, dot, ending = entry.file.rpartition(".")
        copy = 1
        while (student, entry.file) in seen:
            entry.file = f"{stem} ({copy}){dot}{ending}" if dot else f"{ending} ({copy})"
            copy += 1
        seen.add((student, entry.file))
        whose[str(entry.path)] = student, entry
    return whose


def _times(
    result: Collected, entries: dict[str, tuple[str, Entry]], folder: Path, name: str
) -> None:
    """Find out when each student handed in, from what the platform wrote, and note who is late."""
    listed = _worksheet(folder)
    stamps = [entry.path.stat().st_mtime for _, entry in entries.values()]
    own = bool(stamps) and max(stamps) - min(stamps) > SPREAD.total_seconds()
    if listed:
        result.times = "Times are those of Moodle's grading worksheet."
    elif own:
        result.times = "Times are those of the files in the download."
    else:
        result.times = (
            "The download does not say when anything was handed in: all its files are of the time "
            "when it was made. Moodle's grading worksheet would: TIMES=worksheet.csv."
        )
    for student, entry in entries.values():
        said = result.students.setdefault(
            student, {"platform": entry.platform, "late": False, "time": "", "files": {}}
        )
        stamp = entry.path.stat().st_mtime
        when = listed.get(entry.number) or (datetime.fromtimestamp(stamp) if own else None)
        if when and str(when) > said["time"]:
            said["time"] = str(when)
        said["prefix"] = entry.prefix  # the newest upload's, for uploads come in order
        said["late"] = said["late"] or entry.late
        said["files"][entry.file] = stamp
    rules = policy(name)
    for student, said in result.students.items():
        if said["time"]:
            said["late"] = rules.days(student, datetime.fromisoformat(said["time"])) > 0


def _worksheet(folder: Path) -> dict[str, datetime]:
    """Return when each participant handed in, from Moodle's grading worksheet if it is there."""
    found: dict[str, datetime] = {}
    for path in sorted(folder.rglob("*.csv")):
        columns, rows = table(path)
        time_column = next((c for c in columns if c.startswith("Last modified (submission)")), "")
        if "Identifier" not in columns or not time_column:
            continue
        for line, row in rows:
            number, text = re.findall(r"\d+$", row["Identifier"]), row.get(time_column, "-")
            if not number or text in ("", "-"):
                continue
            when = moment(text)
            if when is None:
                raise Mistake(
                    f"{path.name}, line {line}: cannot read the time {text!r}; write it as "
                    "2026-10-05 23:59, or switch Moodle to English and download again"
                )
            found[number[0]] = when
    return found


def _enrol(result: Collected, students: set[str], entries: dict[str, tuple[str, Entry]]) -> None:
    """Let the gradebook know who is new to it, by what the download says."""
    listed = {student.id for student in roster()}
    enrol(roster())
    new = {}
    for student, entry in entries.values():
        if student not in listed:
            number = entry.number if entry.platform == "canvas" else ""
            new[student] = Student(student, last_name=entry.name, lms_user_id=number)
    enrol(list(new.values()))
    if listed and new:
        result.left += [f"{student}: not in roster.csv" for student in sorted(new)]


def hand_back(name: str) -> Path:
    """Put all feedback pages of a set into one zip, named as the platform wants them; return it.

    Canvas takes it at "Upload submissions", Moodle at "Upload multiple feedback files in a zip".
    """
    said = collected(name)
    path = work() / "export" / f"{name}-feedback.zip"
    path.parent.mkdir(exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for page in sorted((work() / "feedback").glob(f"*/{name}/{name}.html")):
            student = page.parts[-3]
            known = said.get(student, {"platform": "", "prefix": student})
            between = "/" if known["platform"] == "moodle" else "_"
            archive.write(page, f"{known['prefix']}{between}{page.name}")
    return path
