"""Where the course keeps things, and how a table of the instructor's is read."""

from __future__ import annotations

import csv
import os
import re
from pathlib import Path
from typing import Any

from course.sets import Mistake

__all__ = ["gradebook", "table", "work"]

FOLDER = Path(__file__).parent


def work() -> Path:
    """Return the instructor's working folder."""
    return Path(os.environ.get("COURSE_WORK", FOLDER / "work")).resolve()


def gradebook() -> Any:
    """Return nbgrader's database, to be used in a with statement."""
    from nbgrader.api import Gradebook

    return Gradebook(f"sqlite:///{work() / 'gradebook.db'}", "waiting-magnet")


def _text(path: Path) -> str:
    """Read a text in whichever encoding a spreadsheet or a platform wrote it."""
    content = path.read_bytes()
    if content.startswith(b"PK"):
        raise Mistake(f"{path.name} is a workbook: save it as CSV (UTF-8) and try again")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    if b"\0" in content:
        raise Mistake(f"{path.name} is no text: save it as CSV (UTF-8) and try again")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def table(path: Path) -> tuple[list[str], list[tuple[int, dict[str, str]]]]:
    """Read a CSV file: its columns, and each row with the number of its line.

    Commas, semicolons and tabs separate, whichever there are most of in the first line. Empty rows
    are left out.
    """
    lines = _text(path).splitlines(keepends=True)
    while lines and not lines[0].strip(" ,;\t\r\n"):
        del lines[0]
    if lines and re.fullmatch(r"sep=.\s*", lines[0]):  # Excel's
        del lines[0]
    if not lines:
        raise Mistake(f"{path.name} is empty")
    separator = max(",;\t", key=lines[0].count)
    reader = csv.reader(lines, delimiter=separator)
    columns = [column.strip() for column in next(reader)]
    rows = []
    for cells in reader:
        row = {name: cell.strip() for name, cell in zip(columns, cells, strict=False) if name}
        if any(row.values()):
            rows.append((reader.line_num, row))
    return columns, rows
