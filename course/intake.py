"""Takes in a submission: whatever lies in the folder becomes a notebook that is well formed.

Nothing of a submission but the text of its cells, and pictures pasted into answers, gets further.
Cells for grading are put back as they were released; the student's other cells stay where they are.
"""

from __future__ import annotations

import base64
import binascii
import copy
import hashlib
import io
import json
import os
import re
import stat
import time
import unicodedata
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Unreadable", "find", "identifier", "located", "read", "restore", "says", "visible"]

MAX_BYTES = 30 * 2**20
MAX_BRACKETS = 300_000
MAX_ITEMS = 2_000_000
MAX_CELLS = 1000
MAX_SOURCE = 200_000
MAX_FILES = 200
STUDENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}")
"""Names by which nbgrader knows students; others would be patterns, formulas or paths for it."""
ELSEWHERE = (
    "*This cell was left as it was. Cells of the student's own may hold the answer, so it is "
    "marked by hand.*"
)


class Unreadable(Exception):
    """A submission that holds no notebook, and why, in words for the student."""


def identifier(folder: str) -> str:
    """Return the name that a student gets in the gradebook: the folder's, made harmless.

    A name with other characters than letters of English, digits and ``. _ @ -`` loses them and
    gains a few characters that keep it apart from its like.
    """
    if STUDENT.fullmatch(folder):
        return folder
    name = unicodedata.normalize("NFC", folder).strip()
    plain = unicodedata.normalize("NFKD", name.replace("ß", "ss")).encode("ascii", "ignore")
    words = re.findall(r"[A-Za-z0-9]+", plain.decode())
    digest = hashlib.sha256(name.encode("utf8", "surrogateescape")).hexdigest()
    return "-".join([*words, digest[:6]])[-60:].lstrip("-")


def located(folder: Path, name: str) -> Path | None:
    """Return where a student's folder has something for a set, if anywhere."""
    if os.path.lexists(folder / name):
        return folder / name
    try:
        inside = sorted(folder.iterdir()) if not folder.is_symlink() else []
    except OSError:
        return None
    for path in inside:
        if path.name.strip().casefold() == name and path.is_dir():
            return path
    files = [path.name.casefold() for path in inside if path.is_file()]
    return folder if any(file.startswith(name) for file in files) else None


@dataclass
class Found:
    """A notebook in a submission."""

    name: str
    time: float
    cells: list[dict[str, Any]]


def find(folder: Path, name: str, released: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Return the cells of the notebook in a submission's folder, and what is odd about it.

    A notebook is known by what it holds, whatever its name, in folders and in zips. Among several
    one with answers goes before the notebook as it was given out, then ``ps1 (2)`` before ``ps1``,
    then the newer file.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise Unreadable("there is no folder for this set")
    notebooks: list[Found] = []
    refused: dict[str, str] = {}
    others: list[str] = [
        f"{path.name}/" for path in folder.iterdir() if path.is_dir() and visible((path.name,))
    ]
    for file, when, content in _files(folder):
        if isinstance(content, Unreadable):
            refused[file] = str(content)
            continue
        looks = b"{" in content[:8]
        if not looks and not _named(file):
            others.append(file)
            continue
        try:
            notebooks.append(Found(file, when, _cells(content)))
        except Unreadable as why:
            refused[file] = str(why)
    expected = f"{name}.ipynb"
    if not notebooks:
        named = [why for file, why in refused.items() if _named(file)]
        if named or (refused and not others):
            raise Unreadable([*named, *refused.values()][0])
        held = ", ".join(map(quoted, [*others, *refused][:5]))
        raise Unreadable(f"there is no {expected}" + (f", only {held}" if held else ""))

    def rank(found: Found) -> tuple[bool, bool, int, float, bool]:
        own = says(found.cells, released)
        return (
            _is_of(found.cells, released),
            own,
            _copy(found.name, name),
            found.time,
            found.name == expected,
        )

    notebooks.sort(key=rank)
    best = notebooks.pop()
    notes = []
    if notebooks:
        left = ", ".join(quoted(found.name) for found in notebooks[:5])
        notes.append(
            f"There were {len(notebooks) + 1} notebooks. {quoted(best.name)} was graded, as the "
            f"latest with answers; {left} was not."
        )
    elif best.name != expected:
        notes.append(
            f"The notebook should be called {expected}; {quoted(best.name)} was taken anyhow."
        )
    notes += [f"{quoted(file)} was not looked at: {why}." for file, why in refused.items()][:5]
    if not _is_of(best.cells, released):
        notes.append("Hardly anything of what was given out is in it: is it this set's notebook?")
    return best.cells, notes


def _named(file: str) -> bool:
    return ".ipynb" in file.rpartition("/")[2].casefold()


def quoted(name: str) -> str:
    """Return a file's name as it can stand in a note."""
    return repr(name if len(name) <= 80 else f"{name[:77]}...").replace("`", "'")


def visible(parts: tuple[str, ...]) -> bool:
    """Tell whether a path is somebody's file, not something that a system or Jupyter keeps."""
    return not any(part.startswith((".", "__MACOSX")) for part in parts if part not in (".", ".."))


def _files(folder: Path) -> Iterator[tuple[str, float, bytes | Unreadable]]:
    """Give the name, time and content of each file in a folder and in the zips in it."""
    count = 0
    for path in sorted(folder.rglob("*")):
        file = path.relative_to(folder)
        if not visible(file.parts) or (path.is_dir() and not path.is_symlink()):
            continue
        if file.parts == ("timestamp.txt",):  # nbgrader's, when this was handed in
            continue
        count += 1
        if count > MAX_FILES:
            return
        when = path.lstat().st_mtime
        try:
            content = _content(path)
            if zipfile.is_zipfile(io.BytesIO(content)):
                yield from _members(str(file), content)
                continue
        except Unreadable as why:
            yield str(file), when, why
            continue
        yield str(file), when, content


def _members(name: str, content: bytes) -> Iterator[tuple[str, float, bytes | Unreadable]]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            inside = [i for i in archive.infolist() if not i.is_dir()]
            for member in [i for i in inside if visible(Path(i.filename).parts)][:MAX_FILES]:
                if not member.filename.casefold().endswith((".ipynb", ".txt", ".json")):
                    continue
                when = time.mktime((*member.date_time, 0, 0, -1))
                with archive.open(member) as file:
                    text = file.read(MAX_BYTES + 1)
                long = Unreadable(f"the notebook is longer than {MAX_BYTES // 2**20} megabytes")
                whole = f"{name}/{member.filename}"
                yield whole, when, long if len(text) > MAX_BYTES else text
    except (RuntimeError, NotImplementedError):
        raise Unreadable("the zip is locked with a password, or packed in an unusual way") from None
    except Exception:  # whatever a zip that was made by hand does to the module that reads it
        raise Unreadable("the zip is damaged") from None


def _copy(file: str, name: str) -> int:
    """Return 2 for ``ps1 (2).ipynb``, ``ps1-2.ipynb`` and their like."""
    stem = re.sub(r"\.(ipynb|txt|json|zip).*", "", file.rpartition("/")[2].casefold())
    number = re.search(r"[-_ (v](\d{1,9})\)?$", stem.removeprefix(name))
    return int(number[1]) if number else 0


def _content(path: Path) -> bytes:
    """Read a file that is neither a link, nor a pipe, nor too long."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise Unreadable("the notebook is a link, or cannot be opened") from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("the notebook is not an ordinary file")
        if status.st_size > MAX_BYTES:
            raise Unreadable(f"the notebook is longer than {MAX_BYTES // 2**20} megabytes")
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_BYTES)
    finally:
        os.close(descriptor)


def read(path: Path) -> list[dict[str, Any]]:
    """Read a notebook's cells: type, source, id of the graded part, pictures."""
    return _cells(_content(path))


def _cells(content: bytes) -> list[dict[str, Any]]:
    brackets = content.count(b"{") + content.count(b"[")
    if brackets > MAX_BRACKETS or content.count(b",") > MAX_ITEMS:
        raise Unreadable("the notebook holds too much data; clear all outputs and hand it in again")
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        raise Unreadable("the file is not a notebook (it may be damaged)") from None
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list):
        raise Unreadable("the file is not a notebook of today's format (version 4)")
    if len(cells) > MAX_CELLS:
        raise Unreadable(f"the notebook has more than {MAX_CELLS} cells")
    kept = [cell for cell in map(_cell, cells) if cell is not None]
    if sum(len(cell["source"]) for cell in kept) > MAX_SOURCE:
        raise Unreadable(f"the cells hold more than {MAX_SOURCE} characters")
    return kept


def _cell(cell: Any) -> dict[str, Any] | None:
    if not isinstance(cell, dict) or cell.get("cell_type") not in ("code", "markdown", "raw"):
        return None
    source = cell.get("source", "")
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    source = source.encode("utf8", "replace").decode("utf8")
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    metadata = cell.get("metadata")
    grading = metadata.get("nbgrader") if isinstance(metadata, dict) else None
    name = grading.get("grade_id") if isinstance(grading, dict) else None
    return {
        # A raw cell would be put into pages as it is.
        "type": "code" if cell["cell_type"] == "code" else "markdown",
        "source": source,
        "id": name if isinstance(name, str) else None,
        "attachments": _pictures(cell.get("attachments")),
    }


def _pictures(attachments: Any) -> dict[str, dict[str, str]]:
    """Keep pictures, and only if they are what they say."""
    kept: dict[str, dict[str, str]] = {}
    for name, bundle in attachments.items() if isinstance(attachments, dict) else ():
        for kind, data in bundle.items() if isinstance(bundle, dict) else ():
            if kind in ("image/png", "image/jpeg") and isinstance(data, str):
                try:
                    content = base64.b64decode(data, validate=True)
                except (binascii.Error, ValueError):
                    continue
                safe = str(name).encode("utf8", "replace").decode("utf8")
                kept[safe] = {kind: base64.b64encode(content).decode()}
    return kept


def _parts(released: Any) -> dict[str, Any]:
    """Return the cells that nbgrader knows, by their ids."""
    return {
        cell.metadata.nbgrader.grade_id: cell
        for cell in released.cells
        if "nbgrader" in cell.metadata
    }


def plain(text: str) -> str:
    """Return a text without what editors and systems change by themselves: white space, accents."""
    text = unicodedata.normalize("NFC", text).replace("\xa0", " ").replace("\ufeff", "")
    return "\n".join(line.rstrip() for line in text.splitlines()).strip()


def says(cells: list[dict[str, Any]], released: Any) -> bool:
    """Tell whether a notebook holds anything that was not given out."""
    given = {plain(cell.source) for cell in released.cells} | {""}
    return any(plain(cell["source"]) not in given or cell["attachments"] for cell in cells)


def _is_of(cells: list[dict[str, Any]], released: Any) -> bool:
    """Tell whether a notebook is one of this set: a third of what was given out is in it."""
    given = [plain(cell.source) for cell in released.cells]
    held = {plain(cell["source"]) for cell in cells}
    return 3 * sum(source in held for source in given) >= len(given)


def restore(submitted: list[dict[str, Any]], released: Any) -> tuple[Any, list[str]]:
    """Return a notebook with the student's answers in the cells as they were released.

    Parameters
    ----------
    submitted : list of dict
        What `read` gave.
    released : notebook
        The student's notebook as it was given out.

    Returns
    -------
    tuple
        The notebook, and notes for the report.
    """
    parts = _parts(released)
    given = {plain(cell.source) for cell in released.cells if cell.metadata.get("course")}
    submitted = [cell for cell in submitted if plain(cell["source"]) not in given]
    notes: list[str] = []
    # Copies of an answer's cell share its id; the last one that says something is the answer.
    answer: dict[str, int] = {}
    for place, cell in enumerate(submitted):
        part = parts.get(cell["id"])
        if part is None:
            continue
        empty = plain(cell["source"]) in ("", plain(part.source))
        if cell["id"] not in answer or not empty:
            answer[cell["id"]] = place
    cells: list[Any] = []
    placed: dict[str, Any] = {}
    for place, cell in enumerate(submitted):
        part = parts.get(cell["id"])
        if part is None or answer[cell["id"]] != place:
            locked = part is not None and part.metadata.nbgrader.locked
            if not locked:
                cells.append(_own(cell))
            if part is not None:
                notes.append(f"There was more than one cell {cell['id']}; one of them counts.")
            continue
        mine = copy.deepcopy(part)
        same = plain(cell["source"]) == plain(part.source)
        if not part.metadata.nbgrader.locked:
            mine.source = part.source if same else cell["source"]
            if cell["attachments"] and part.cell_type == "markdown":
                mine.attachments = cell["attachments"]
        elif not same:
            notes.append(f"The test cell {cell['id']} had been changed and was put back.")
        cells.append(mine)
        placed[cell["id"]] = mine
    missing = set(parts) - set(placed)
    before = None
    for name, part in parts.items():
        if name in missing:
            notes.append(f"The cell {name} was missing and was put back.")
            placed[name] = copy.deepcopy(part)
            at = next((i for i, cell in enumerate(cells) if cell is before), -1)
            cells.insert(at + 1, placed[name])
        before = placed[name]
    notes += _elsewhere(cells, placed, missing, released)
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook = nbformat.v4.new_notebook(metadata=copy.deepcopy(released.metadata), cells=cells)
    return notebook, sorted(set(notes))


def _elsewhere(
    cells: list[Any], placed: dict[str, Any], missing: set[str], released: Any
) -> list[str]:
    """See to it that an answer counts that stands in another cell than its own; return notes.

    Of code it is enough that the empty cell does not undo it. A text is for the marker to find:
    an answer that was left as it was would get its zero unseen.
    """
    notes = []
    parts = _parts(released)
    given = {plain(cell.source) for cell in released.cells} | {""}
    places = {id(cell): place for place, cell in enumerate(cells)}
    own = [
        place
        for place, cell in enumerate(cells)
        if "nbgrader" not in cell.metadata and plain(cell.source) not in given
    ]
    known = sorted(set(places.values()) - set(own))
    for name, mine in placed.items():
        data = mine.metadata.nbgrader
        if data.locked or plain(mine.source) not in ("", plain(parts[name].source)):
            continue
        place = places[id(mine)]
        if mine.cell_type == "code":
            names = re.findall(r"^(?:def|class) (\w+)", parts[name].source, re.MULTILINE)
            others = "\n".join(
                cell.source for cell in cells if cell is not mine and cell.cell_type == "code"
            )
            found = [
                f for f in names if re.search(rf"^(def {f}\b|{f}\s*(:[^=\n]*)?=[^=])", others, re.M)
            ]
            if found:
                mine.source = f"# This cell was left as it was; another one has {', '.join(found)}."
                notes.append(
                    f"The answer to {name} stood in another cell; it was taken from there."
                )
        elif data.get("grade") and "attachments" not in mine:
            low = max([k for k in known if k < place], default=-1)
            high = min([k for k in known if k > place], default=len(cells))
            if name in missing:
                low, high = -1, len(cells)
            if any(low < where < high for where in own):
                mine.source = ELSEWHERE
                notes.append(
                    f"{name} was left as it was, but other cells may hold the answer: it is marked "
                    "by hand."
                )
    return notes


def _own(cell: dict[str, Any]) -> Any:
    """Return a cell of the student's own, without metadata."""
    own = nbformat.from_dict({"cell_type": cell["type"], "metadata": {}, "source": cell["source"]})
    if cell["type"] == "code":
        own |= {"outputs": [], "execution_count": None}
    if cell["attachments"] and cell["type"] == "markdown":
        own.attachments = cell["attachments"]
    return own
