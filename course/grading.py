"""Runs a submission in a room and marks it here, in place of nbgrader's own execution.

In two rounds: in the first all cells of all submissions run, and what they show is kept; in the
second they run again, unseen, and their functions get the secret inputs. So nothing that anybody
prints can follow an input, whatever way it took.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.preprocessors import Preprocessor
from traitlets import Bool, Float

from course.checks import key
from course.room import CLOCK, Room, Stopped, TimeUp, isolation
from course.sets import ProblemSet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from traitlets.config import Config

    from course.checks import Check, Verdict

__all__ = ["Grade", "class_secret", "run_cells"]

FOLDER = Path(__file__).parent
SECRET_FILE = FOLDER / "secret.txt"
MAX_TEXT = 20_000
MAX_PICTURE = 2 * 2**20
MAX_OUTPUTS = 40
MAX_SHOWN = 12 * 2**20
"""So many bytes all cells of a notebook may show together."""


class NoSecret(Exception):
    """There is no class secret."""


class NotRun(Exception):
    """The cells of a submission were not run in the first round."""


def class_secret() -> str:
    """Return the class secret, from the variable COURSE_SECRET or the file course/secret.txt."""
    secret = os.environ.get("COURSE_SECRET", "")
    if not secret and SECRET_FILE.is_file():
        secret = SECRET_FILE.read_text("utf8").strip()
    if len(secret) < 8:
        raise NoSecret(
            "Grading needs a class secret of at least 8 characters: write any text into "
            "course/secret.txt (git ignores it), or set the variable COURSE_SECRET. Keep it for "
            "the whole course, for it decides which inputs the hidden tests use."
        )
    return secret


@cache
def _known(name: str) -> tuple[ProblemSet, Path, tempfile.TemporaryDirectory[str]]:
    """Return a set and the folder with what it may use of retrolib, once for each process."""
    problems = ProblemSet.named(name, Path(os.environ.get("COURSE_SETS", FOLDER)))
    folder = tempfile.TemporaryDirectory(prefix="allowed-")
    problems.write_allowed(Path(folder.name))
    return problems, Path(folder.name), folder


class Sitting:
    """One student's code in a room; a new room if the old one was closed over a cell.

    Parameters
    ----------
    allowed : Path
        What the set may use of retrolib.
    seconds : float
        The limit for each cell and each check, in seconds of processor time.
    whole : float
        The limit for all of them together.
    ran : list of str, optional
        Cells that have been run before, to be run first in each room.
    """

    def __init__(
        self, allowed: Path, seconds: float, whole: float, ran: Iterable[str] = ()
    ) -> None:
        self._allowed, self._seconds, self._whole = allowed, seconds, whole
        self._end = time.monotonic() + CLOCK * whole
        self._used = 0.0
        self._room: Room | None = None
        self._ran = [*ran]
        self._stopped: dict[str, str] = {}
        self._showable = MAX_SHOWN

    def close(self) -> None:
        """End it."""
        if self._room:
            self._room.close()
            self._used += self._room.used
            self._room = None

    def _left(self) -> float:
        used = self._used + (self._room.used if self._room else 0.0)
        left = min(self._whole - used, self._end - time.monotonic())
        if left <= 0:
            raise TimeUp("the time for the whole notebook was used up")
        return min(left, self._seconds)

    def _entered(self) -> Room:
        """Return a room in which all cells have been run that can be."""
        self._left()  # or a room would be opened in vain
        if self._room is None:
            self._room = Room(self._allowed)
            try:
                for source in self._ran:
                    self._room.ask(self._left(), source=source)
            except Stopped:
                self.close()
                raise
        return self._room

    def run(self, source: str) -> list[Any] | str:
        """Run a cell; return its outputs, or why it closed the room: it is left out then."""
        try:
            reply = self._entered().ask(self._left(), source=source)
        except Stopped as why:
            self.close()
            return str(why)
        self._ran.append(source)
        outputs = shown(reply.get("outputs"))
        size = len(json.dumps(outputs))
        if size > self._showable:
            return [
                stream("What this cell shows was left out, because the notebook shows too much.")
            ]
        self._showable -= size
        return outputs

    def judge(self, check: Check, seed: bytes) -> Verdict:
        """Return the verdict of a check. A function that closes the room is not asked again."""
        name = check.function
        if name not in self._stopped:
            try:
                return check.judge(self._entered(), seed, self._left())
            except Stopped as why:
                self.close()
                self._stopped[name] = str(why)
        return check.stopped(self._stopped[name])


def stream(text: str) -> Any:
    """Return an output of text, of characters that can be written."""
    text = text.encode("utf8", "replace").decode("utf8")
    return nbformat.v4.new_output("stream", name="stdout", text=text + "\n")


def shown(outputs: Any) -> list[Any]:
    """Keep of a cell's outputs what is harmless to show: text and pictures, within limits."""
    kept = []
    for output in outputs[:MAX_OUTPUTS] if isinstance(outputs, list) else []:
        if not isinstance(output, dict):
            continue
        kind, data = output.get("output_type"), output.get("data")
        if kind == "stream" and isinstance(output.get("text"), str):
            kept.append(stream(output["text"][:MAX_TEXT].rstrip("\n")))
        elif kind == "error":
            lines = output.get("traceback")
            lines = lines if isinstance(lines, list) else []
            text = "\n".join(line for line in lines if isinstance(line, str))
            kept.append(stream(text[:MAX_TEXT]))
        elif kind == "display_data" and isinstance(data, dict):
            picture, words = data.get("image/png"), data.get("text/plain")
            if isinstance(picture, str) and len(picture) <= MAX_PICTURE:
                try:
                    content = base64.b64decode("".join(picture.split()), validate=True)
                except (binascii.Error, ValueError):
                    continue
                clean = {"image/png": base64.b64encode(content).decode()}
                kept.append(nbformat.v4.new_output("display_data", data=clean))
            elif isinstance(words, str):
                kept.append(stream(words[:MAX_TEXT]))
    return kept


class Grade(Preprocessor):
    """Asks the functions of a submission whose cells have run, and writes marks as nbgrader reads.

    The checks are taken from the instructor's file, never from the submission.
    """

    enabled = Bool(True).tag(config=True)
    seconds = Float(20.0, help="limit in seconds for each cell and each check").tag(config=True)
    whole = Float(120.0, help="limit in seconds for a whole submission").tag(config=True)

    def run(self, nb: Any, name: str) -> dict[str, Any]:
        """Run all cells of a notebook; return what they showed and which of them can be run."""
        outputs, ran = [], []
        sitting = Sitting(_known(name)[1], self.seconds, self.whole)
        try:
            for number, cell in enumerate(_code(nb)):
                shown = sitting.run(cell.source)
                if isinstance(shown, str):
                    shown = [stream(f"This cell was left out, because {shown}.")]
                else:
                    ran.append(number)
                outputs.append(shown)
        finally:
            sitting.close()
        return {"cells": _digest(nb), "outputs": outputs, "ran": ran}

    def preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Grade a notebook."""
        name, student = (resources["nbgrader"][word] for word in ("assignment", "student"))
        problems, allowed, _ = _known(name)
        kept = _kept(Path(resources["metadata"]["path"]))
        first: dict[str, Any] = {"cells": ""}
        if kept.is_file():
            first = json.loads(kept.read_text("utf8"))
        if "error" in first:
            raise NotRun(first["error"])
        if first["cells"] != _digest(nb):
            raise NotRun("its cells have not been run, or have changed since; grade it again")
        cells = _code(nb)
        for number, cell in enumerate(cells):
            cell.execution_count = number + 1
            cell.outputs = nbformat.from_dict(first["outputs"][number])
        ran = [cells[number].source for number in first["ran"]]
        sitting = Sitting(allowed, self.seconds, self.whole, ran)
        try:
            for cell in nb.cells:
                part = cell.metadata.get("nbgrader", {}).get("grade_id", "")
                if part in problems.checks:
                    self._mark(cell, part, problems, sitting, student)
        finally:
            sitting.close()
        return nb, resources

    def _mark(
        self, cell: Any, name: str, problems: ProblemSet, sitting: Sitting, student: str
    ) -> None:
        verdicts = [
            sitting.judge(check, key(class_secret(), problems.name, student, name, number))
            for number, check in enumerate(problems.checks[name])
        ]
        points = sum(verdict.points for verdict in verdicts)
        message = "\n".join(
            ["Hidden tests, on inputs that only the grader knows:"]
            + [f"  {verdict.message}" for verdict in verdicts]
            + [f"  {points:g} of {cell.metadata.nbgrader.points:g} points."]
        )
        # Only this process writes an execute_result, which is what nbgrader takes the mark from.
        mark = nbformat.v4.new_output(
            "execute_result",
            data={"text/plain": f"{points:g}"},
            execution_count=cell.execution_count,
        )
        cell.outputs = [*cell.outputs, stream(message), mark]


def run_cells(folder: Path, config: Config) -> None:
    """Run a staged submission's cells, and keep what came of it for `Grade`.

    Parameters
    ----------
    folder : Path
        Where it lies, STUDENT/SET in the folder of what is staged.
    config : Config
        With the limits of `Grade`.
    """
    kept = _kept(folder)
    kept.parent.mkdir(parents=True, exist_ok=True)
    kept.unlink(missing_ok=True)
    notebook = nbformat.read(folder / f"{folder.name}.ipynb", as_version=4)
    try:
        first = Grade(config=config).run(notebook, folder.name)  # type: ignore[no-untyped-call]
    except Exception as error:
        first = {"error": str(error)}
    kept.write_text(json.dumps(first), "utf8")


def _kept(folder: Path) -> Path:
    """Return where it is kept what came of the first round."""
    return folder.parents[2] / "ran" / folder.parent.name / f"{folder.name}.json"


def _code(nb: Any) -> list[Any]:
    return [cell for cell in nb.cells if cell.cell_type == "code"]


def _digest(nb: Any) -> str:
    return hashlib.sha256(json.dumps([cell.source for cell in _code(nb)]).encode()).hexdigest()


def is_marked(nb: Any, problems: ProblemSet) -> bool:
    """Tell whether each test cell of a graded notebook holds one mark; nbgrader takes none for all.

    nbgrader gives full points to a test cell without any output.
    """
    marks = {
        cell.metadata["nbgrader"]["grade_id"]: [
            output for output in cell.outputs if output.output_type == "execute_result"
        ]
        for cell in nb.cells
        if cell.cell_type == "code" and "nbgrader" in cell.metadata
    }
    return all(len(marks.get(name, [])) == 1 for name in problems.checks)


def report(notes: list[str]) -> Any:
    """Return the first cell of a graded notebook: how it was graded, and what was odd."""
    lines = ["**How this was graded**", "", f"- {isolation()}"]
    lines += [f"- {note}" for note in notes]
    return nbformat.v4.new_markdown_cell("\n".join(lines))
