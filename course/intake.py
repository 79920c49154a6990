"""Takes in a submission: whatever lies in the folder becomes a notebook that is well formed.

Nothing of a submission but the text of its cells, and pictures pasted into answers, gets further.
Cells for grading are put back as they were released; the student's other cells stay where they are.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
import os
import stat
from typing import TYPE_CHECKING, Any

import nbformat

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Unreadable", "find", "read", "restore"]

MAX_BYTES = 30 * 2**20
MAX_CELLS = 1000
MAX_SOURCE = 200_000


class Unreadable(Exception):
    """A submission that holds no notebook, and why, in words for the student."""


def find(folder: Path, name: str) -> tuple[Path, list[str]]:
    """Return the notebook in a submission's folder, and notes on what is odd about it."""
    if folder.is_symlink() or not folder.is_dir():
        raise Unreadable("there is no folder for this set")
    expected = folder / f"{name}.ipynb"
    if os.path.lexists(expected):
        return expected, []
    others = sorted(folder.glob("*.ipynb"))
    if len(others) == 1:
        return others[0], [f"The notebook should be called {expected.name}; it was taken anyhow."]
    if others:
        raise Unreadable(f"there is no {expected.name}, but {len(others)} other notebooks")
    raise Unreadable(f"there is no {expected.name}")


def _content(path: Path) -> bytes:
    """Read a file that is neither a link, nor a pipe, nor too long."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        raise Unreadable("the notebook is a link, or cannot be opened") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise Unreadable("the notebook is not an ordinary file")
        if status.st_size > MAX_BYTES:
            raise Unreadable(f"the notebook is longer than {MAX_BYTES // 2**20} megabytes")
        return file.read(MAX_BYTES)


def read(path: Path) -> list[dict[str, Any]]:
    """Read a notebook's cells: type, source, id of the graded part, pictures."""
    try:
        notebook = json.loads(_content(path))
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
    parts = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in released.cells
        if "nbgrader" in cell.metadata
    }
    notes: list[str] = []
    # Copies of an answer's cell share its id; the last one that says something is the answer.
    answer: dict[str, int] = {}
    for place, cell in enumerate(submitted):
        part = parts.get(cell["id"])
        if part is None:
            continue
        empty = cell["source"].strip() in ("", part.source.strip())
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
        if not part.metadata.nbgrader.locked:
            mine.source = cell["source"]
            if cell["attachments"] and part.cell_type == "markdown":
                mine.attachments = cell["attachments"]
        elif cell["source"].strip() != part.source.strip():
            notes.append(f"The test cell {cell['id']} had been changed and was put back.")
        cells.append(mine)
        placed[cell["id"]] = mine
    before = None
    for name, part in parts.items():
        if name not in placed:
            notes.append(f"The cell {name} was missing and was put back.")
            placed[name] = copy.deepcopy(part)
            at = next((i for i, cell in enumerate(cells) if cell is before), -1)
            cells.insert(at + 1, placed[name])
        before = placed[name]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    notebook = nbformat.v4.new_notebook(metadata=copy.deepcopy(released.metadata), cells=cells)
    return notebook, sorted(set(notes))


def _own(cell: dict[str, Any]) -> Any:
    """Return a cell of the student's own, without metadata."""
    own = nbformat.from_dict({"cell_type": cell["type"], "metadata": {}, "source": cell["source"]})
    if cell["type"] == "code":
        own |= {"outputs": [], "execution_count": None}
    if cell["attachments"] and cell["type"] == "markdown":
        own.attachments = cell["attachments"]
    return own
