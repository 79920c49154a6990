"""A problem set: one MyST file, read, checked, and turned into what nbgrader works on."""

from __future__ import annotations

import ast
import copy
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import jupytext
import nbformat

from course import checks

if TYPE_CHECKING:
    from course.checks import Check

__all__ = ["Mistake", "ProblemSet", "Region"]

FOLDER = Path(__file__).parent
RETROLIB = FOLDER.parent / "retrolib"
SELF_CHECK = FOLDER / "self-check.txt"
PACKAGES = ("numpy", "scipy", "matplotlib", "networkx")
"""What students can count on when their code is graded, beside Python's own modules."""
REGIONS = ("SOLUTION", "HIDDEN TESTS", "MARK SCHEME")
MARKER = re.compile(r"\s*(?:### (BEGIN|END) ([A-Z ]+)|=== (BEGIN|END) ([A-Z ]+) ===)")
DEFAULTS = {
    "schema_version": 3,
    "grade": False,
    "locked": True,
    "solution": False,
    "task": False,
}


class Mistake(Exception):
    """A problem set that must not be given out, and why."""


class Region(NamedTuple):
    """What students must not see: a solution, hidden tests or a mark scheme."""

    kind: str
    cell: str
    text: str


@dataclass(frozen=True)
class ProblemSet:
    """A problem set as it stands in its file.

    Parameters
    ----------
    path : Path
        The MyST file; its name without the ending is the name of the set.
    """

    path: Path

    @classmethod
    def named(cls, name: str, folder: Path = FOLDER) -> ProblemSet:
        """Return the set of this name."""
        path = folder / f"{name}.md"
        if not re.fullmatch(r"[a-z0-9-]+", name) or not path.is_file():
            known = ", ".join(sorted(p.stem for p in folder.glob("ps*.md")))
            raise Mistake(f"there is no problem set {name!r}; there are {known}")
        return cls(path)

    @property
    def name(self) -> str:
        """Return the name of the set."""
        return self.path.stem

    @cached_property
    def notebook(self) -> Any:
        """Return the instructor's notebook, with nbgrader's metadata complete."""
        notebook = jupytext.reads(self.path.read_text("utf8"), fmt="md:myst")
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"{self.name}-{number}"
            given = cell.metadata.get("nbgrader")
            if given is not None:
                cell.metadata["nbgrader"] = {**DEFAULTS, **given}
                if given.get("solution"):
                    cell.metadata["nbgrader"]["locked"] = False
        return notebook

    @property
    def given_out(self) -> Any:
        """Return the notebook with, at its end, what students can look at before they hand in."""
        notebook = copy.deepcopy(self.notebook)
        rows, examples, title = [], {}, ""
        for cell in notebook.cells:
            if heading := re.search(r"^## (.*)$", cell.source, re.MULTILINE):
                title = heading[1]
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
            for one in self.checks.get(name, []):
                rows.append(f"| {title} | `{one.function}` | {one.about} | {one.points:g} |")
            if name in self.checks:
                examples[title] = cell.source.partition("### BEGIN HIDDEN TESTS")[0].strip()
        packages = (*PACKAGES, *(["retrolib"] if self.allowed else []))
        words = SELF_CHECK.read_text("utf8").split("# ---\n")
        texts = [
            words[0].format(rows="\n".join(rows), packages=", ".join(PACKAGES)),
            words[1].format(examples=examples, packages=packages),
        ]
        make: Any = (nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell)
        for number, (new, text) in enumerate(zip(make, texts, strict=True)):
            metadata = {"course": "self-check", "editable": False, "deletable": False}
            cell = new(text.strip(), metadata=metadata)
            cell["id"] = f"{self.name}-self-check-{number}"
            notebook.cells.append(cell)
        return notebook

    @property
    def allowed(self) -> list[str]:
        """Return the modules of retrolib that this set may use."""
        return list(self.notebook.metadata.get("course", {}).get("retrolib", []))

    @cached_property
    def regions(self) -> list[Region]:
        """Return what students must not see; raise `Mistake` for a marker that is not exact."""
        found = []
        for cell in self.notebook.cells:
            name = cell.metadata.get("nbgrader", {}).get("grade_id", "a cell without grade_id")
            open_, lines = "", []
            for line in cell.source.splitlines():
                marker = MARKER.fullmatch(line)
                fence = "###" if cell.cell_type == "code" else "==="
                if marker is None:
                    if line.lstrip().startswith(fence) or re.search(r"\b(BEGIN|END)\b", line):
                        raise Mistake(f"{self.name}, {name}: this is no marker: {line.strip()!r}")
                    lines.append(line)
                    continue
                what, kind = marker[1] or marker[3], marker[2] or marker[4]
                if kind not in REGIONS:
                    raise Mistake(f"{self.name}, {name}: this is no marker: {line.strip()!r}")
                if what == "BEGIN" and not open_:
                    open_, lines = kind, []
                elif what == "END" and open_ == kind:
                    found.append(Region(kind, name, "\n".join(lines)))
                    open_ = ""
                else:
                    raise Mistake(f"{self.name}, {name}: {line.strip()!r} does not fit")
            if open_:
                raise Mistake(f"{self.name}, {name}: no END {open_}")
        return found

    @cached_property
    def checks(self) -> dict[str, list[Check]]:
        """Return the hidden checks of each test cell. This runs the instructor's declarations."""
        return checks.declared((r.cell, r.text) for r in self.regions if r.kind == "HIDDEN TESTS")

    @property
    def points(self) -> float:
        """Return the points of the whole set."""
        return float(sum(cell.metadata.get("nbgrader", {}).get("points", 0) for cell in self.cells))

    @property
    def cells(self) -> list[Any]:
        """Return the cells that nbgrader knows."""
        return [cell for cell in self.notebook.cells if "nbgrader" in cell.metadata]

    def validate(self) -> None:
        """Raise `Mistake` unless every cell is what it should be and the points add up."""
        kinds: dict[str, list[str]] = {}
        for region in self.regions:
            kinds.setdefault(region.cell, []).append(region.kind)
        seen: set[str] = set()
        for cell in self.cells:
            data = cell.metadata["nbgrader"]
            name = data.get("grade_id", "")
            here = f"{self.name}, {name or 'a cell without grade_id'}"
            if not re.fullmatch(r"[a-z0-9-]+", name) or name in seen:
                raise Mistake(f"{here}: every grade_id must be there, and once only")
            seen.add(name)
            expected = ["SOLUTION"] if data["solution"] else []
            if data["grade"]:
                expected = ["SOLUTION", "MARK SCHEME"] if data["solution"] else ["HIDDEN TESTS"]
            if kinds.pop(name, []) != expected:
                raise Mistake(f"{here}: it must have {' and '.join(expected) or 'no regions'}")
            if data["grade"] and float(data.get("points", 0)) != self._promised(name):
                raise Mistake(f"{here}: its parts do not add up to its points")
        if kinds:
            raise Mistake(f"{self.name}: hidden text in cells that are no part of the grading")
        if not 10 <= self.points <= 20:
            raise Mistake(f"{self.name}: has {self.points:g} points, not 10 to 20")

    def _promised(self, name: str) -> float:
        """Add up the points of a cell's checks or of its mark scheme."""
        if name in self.checks:
            return float(sum(check.points for check in self.checks[name]))
        (scheme,) = (r.text for r in self.regions if (r.cell, r.kind) == (name, "MARK SCHEME"))
        return float(sum(int(n) for n in re.findall(r"^- \((\d+)\) ", scheme, re.MULTILINE)))

    def write_allowed(self, folder: Path) -> None:
        """Put into a folder a retrolib that has only what this set may use."""
        package = folder / "retrolib"
        package.mkdir()
        whole = (RETROLIB / "__init__.py").read_text("utf8")
        refusal = (
            f"problem set {self.name} is graded without this part of retrolib; available: "
            + (", ".join(self.allowed) or "nothing")
        )
        lines = []
        for node in ast.parse(whole).body:
            if not isinstance(node, ast.ImportFrom) or node.module is None:
                continue
            if node.module == "retrolib":
                names = [alias.name for alias in node.names if alias.name in self.allowed]
            else:
                ok = node.module.removeprefix("retrolib.") in self.allowed
                names = [alias.name for alias in node.names] if ok else []
            if names:
                lines.append(f"from {node.module} import {', '.join(names)}")
        modules = {path.stem for path in RETROLIB.glob("*.py")} - {"__init__"}
        refused = sorted((modules | set(_public(whole))) - set(self.allowed))
        lines += [
            f"_REFUSED = {refused!r}",
            "def __getattr__(name):",
            "    if name in _REFUSED:",
            f"        raise ImportError(f'retrolib.{{name}}: {refusal}')",
            "    raise AttributeError(name)",
        ]
        (package / "__init__.py").write_text("\n".join(lines) + "\n", "utf8")
        for module in sorted(modules):
            text = f"raise ImportError({f'retrolib.{module}: {refusal}'!r})\n"
            if module in self.allowed:
                text = (RETROLIB / f"{module}.py").read_text("utf8")
            (package / f"{module}.py").write_text(text, "utf8")
        for path in (folder, package, *package.iterdir()):
            path.chmod(0o755)


def _public(source: str) -> list[str]:
    """Return the names in a module's __all__."""
    for node in ast.parse(source).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return list(ast.literal_eval(node.value))
    return []
