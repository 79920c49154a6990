"""Sphinx extension: two ways through a chapter, and how long each takes.

A section whose title begins with "Deeper: " is beside the main route. A page shows it folded, under
its title, so that a link to it, to something in it, or find-in-page opens it; a notebook, and
paper, show it as it is. Under a chapter's title stand its two reading times.

What is counted as read: the words of the text, a formula within a line for one of them, displayed
formulas and visible cells. Not what is folded, asked or done: solutions, self-checks, challenges,
curves to draw, exercises and the sections in ASIDE.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docutils import nodes
from theme import fold_title

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["ASIDE", "DEEPER", "Reading", "read", "setup"]

DEEPER = "Deeper: "
ASIDE = {"Check yourself", "Exercises", "Further reading", "Make your own"}
# Text of these is not read on the way; sphinx-exercise and `quiz` name their nodes so.
UNREAD = {
    "challenges",
    "comment",
    "draw",
    "exercise_enumerable_node",
    "exercise_node",
    "exercise_unenumerable_node",
    "literal_block",
    "math_block",
    "quiz",
    "solution_node",
}

WORDS_A_MINUTE = 200
MINUTES_A_FORMULA = 0.5
MINUTES_A_CELL = 2 / 3


@dataclass
class Reading:
    """What there is to read: words, displayed formulas, visible cells of code."""

    words: int = 0
    formulas: int = 0
    cells: int = 0

    @property
    def minutes(self) -> int:
        """How long it takes, in whole minutes."""
        formulas, cells = self.formulas * MINUTES_A_FORMULA, self.cells * MINUTES_A_CELL
        return max(1, round(self.words / WORDS_A_MINUTE + formulas + cells))

    def __add__(self, other: Reading) -> Reading:
        """Return what there is to read in both."""
        return Reading(
            self.words + other.words, self.formulas + other.formulas, self.cells + other.cells
        )


def title_of(section: nodes.section) -> str:
    """Return the title of a section."""
    return str(section[0].astext())


def is_deeper(node: nodes.Node) -> bool:
    """Whether a node is a section beside the main route."""
    return isinstance(node, nodes.section) and title_of(node).startswith(DEEPER)


def unread(node: nodes.Node) -> bool:
    """Whether a reader on the way passes a node by."""
    if isinstance(node, nodes.section):
        return title_of(node) in ASIDE
    folded = isinstance(node, nodes.Element) and "dropdown" in node.get("classes", [])
    return folded or type(node).__name__ in UNREAD


def parts(node: nodes.Node, deeper: bool = False) -> Iterator[tuple[nodes.Node, bool]]:
    """Yield what is read below a node, and whether it is beside the main route."""
    deeper = deeper or is_deeper(node)
    yield node, deeper
    for child in node.children:
        if isinstance(child, nodes.math_block) or not unread(child):
            yield from parts(child, deeper)


def read(root: nodes.Element) -> tuple[Reading, Reading]:
    """Return what there is to read on the main route and beside it."""
    readings = Reading(), Reading()
    for node, deeper in parts(root):
        reading = readings[deeper]
        if isinstance(node, nodes.math_block):
            reading.formulas += 1
        elif isinstance(node, nodes.math):
            reading.words += 1
        elif isinstance(node, nodes.Text):
            if not isinstance(node.parent, nodes.math | nodes.math_block | nodes.raw):
                reading.words += len(node.astext().split())
        elif isinstance(node, nodes.container) and "cell_input" in node["classes"]:
            reading.cells += node.parent.get("hide_mode") in {None, "output"}
    return readings


def minutes(count: int) -> str:
    """Return a time in words."""
    return f"{count} minute{'' if count == 1 else 's'}"


# docutils calls its visitors by its name.
class depth(nodes.General, nodes.Element):
    """What stands in a section beside the main route, folded."""


def visit_depth(translator: HTML5Translator, node: depth) -> None:
    """Begin what is folded."""
    translator.body.append(translator.starttag(node, "details", CLASS="depth"))


def depart_depth(translator: HTML5Translator, node: depth) -> None:
    """End what is folded."""
    translator.body.append("</details>\n")


def mark(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Fold what is beside the main route; say at a chapter's head how long both ways take."""
    if app.builder.format != "html":
        return
    main, beside = read(doctree)
    for section in [found for found in doctree.findall(nodes.section) if is_deeper(found)]:
        title, *rest = section.children
        whole = sum(read(section), Reading())
        said = f"{minutes(whole.minutes)}, not needed to go on"
        section["classes"].append("deeper")
        section.children = []
        section += [title, depth("", fold_title("", said), *rest)]
    goals = [box for box in doctree.findall(nodes.Admonition) if "goals" in box["classes"]]
    if goals:
        time = f"Main route: {minutes(main.minutes)} to read, "
        time += "and about as long for its figures and questions"
        if beside.words:
            time += f". With everything marked {DEEPER.strip(': ').lower()}: "
            time += minutes((main + beside).minutes)
        chapter = goals[0].parent
        chapter.insert(1, nodes.paragraph("", f"{time}.", classes=["reading-time"]))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; formulas are counted before `maths` may change them."""
    app.add_node(depth, html=(visit_depth, depart_depth))
    app.connect("doctree-resolved", mark, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
