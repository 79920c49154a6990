"""Sphinx extension: the builder `notebooks` writes each page as a Jupyter notebook without outputs.

The text comes from the page as Sphinx has read it, so every reference, citation, number and
computed value is resolved and no MyST is left: boxes become quotations, folded ones `<details>`,
a solution a heading that is folded, a formula LaTeX without our macros. A node that has no
Markdown here fails the build. The code comes from the page's source, so that no cell is lost: one
that the page does not show is kept only as far as a later cell needs it.
"""

from __future__ import annotations

import ast
import math
import re
import shutil
import symtable
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote, unquote

import jupytext
import launch
import nbformat
from docutils import nodes
from draw import told
from maths import expand
from quiz import choice, question
from sphinx import addnodes
from sphinx.builders import Builder
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.math import get_node_equation_number
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_title, solution_node
from sphinx_exercise.utils import get_node_number

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Set

    from draw import draw
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["NotebookBuilder", "needed_code", "setup"]

FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}
UNSEEN = "remove-cell"
FOLD = "hide-input"
SPECIAL = re.compile(r"([\\`*_\[\]<$])")
LIST_LIKE = re.compile(r"^([-+#>]|\d+[.)])(?=\s)")

INSTALL = """\
# Run this cell first: it installs the book's package where it is missing.
from importlib.util import find_spec
from pathlib import Path

if find_spec("retrolib") is None:
    wheel = next((str(path) for path in Path().glob("retrolib-*.whl")), {source!r})
    assert wheel, "Put this notebook beside the wheel of retrolib that came with it."
    %pip install --quiet "{{wheel}}"
"""


def names(code: str) -> tuple[set[str], set[str]]:
    """Return the global names that a piece of code reads, and those that it binds."""
    top = symtable.symtable(code, "cell", "exec")
    read = {s.get_name() for s in top.get_symbols() if s.is_referenced()}
    bound = {s.get_name() for s in top.get_symbols() if s.is_assigned() or s.is_imported()}
    inner = top.get_children()
    while inner:
        table = inner.pop()
        read |= {s.get_name() for s in table.get_symbols() if s.is_global()}
        inner += table.get_children()
    return read, bound


def tells_only_the_page(statement: ast.stmt, tellers: Set[str]) -> bool:
    """Whether a statement checks, or gives a number to the text: a notebook needs neither."""
    match statement:
        case ast.Assert():
            return True
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in tellers
        case ast.For(body=body):
            return all(tells_only_the_page(inner, tellers) for inner in body)
    return False


def needed_code(cells: list[tuple[str, bool]]) -> list[str]:
    """Reduce the unseen ones among code cells, given as (source, unseen), to what others need.

    Left out are statements that bind no name which a later cell reads, and those that only call
    `glue`, or a function that does.
    """
    statements = [
        (number, statement, ast.unparse(statement), unseen)
        for number, (source, unseen) in enumerate(cells)
        for statement in ast.parse(source).body
    ]
    tellers = {"glue"}
    for _, statement, code, unseen in statements:
        if unseen and isinstance(statement, ast.FunctionDef) and names(code)[0] & tellers:
            tellers.add(statement.name)
    kept = [source.split("\n") for source, _ in cells]
    needed: set[str] = set()
    for number, statement, code, unseen in reversed(statements):
        read, bound = names(code)
        acts = isinstance(statement, ast.Expr) or bound & needed
        if unseen and (not acts or tells_only_the_page(statement, tellers)):
            del kept[number][statement.lineno - 1 : statement.end_lineno]
            continue
        # What a loop binds, it binds before it reads it; else the notebook would not run.
        needed = (needed - bound) | (read - bound if isinstance(statement, ast.For) else read)
    texts = ["\n".join(lines).strip("\n") for lines in kept]
    return [text if ast.parse(text).body else "" for text in texts]  # Not a comment alone.


def quoted(lines: str) -> str:
    """Make a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in lines.split("\n"))


def indented(lines: str, mark: str) -> str:
    """Make an item of a list."""
    return mark + lines.replace("\n", "\n" + " " * len(mark)).replace(" " * len(mark) + "\n", "\n")


class Page:
    """One page while it is being written: Markdown of its nodes, cells of its flow."""

    def __init__(self, builder: NotebookBuilder, docname: str) -> None:
        self.builder = builder
        self.docname = docname
        self.repository = launch.home(builder.config)
        self.cells: list[nbformat.NotebookNode] = []
        self.folded: list[str] = []
        source = jupytext.read(builder.env.doc2path(docname), fmt="md:myst").cells
        code = [
            (index, cell.source, cell.metadata.get("tags", []))
            for index, cell in enumerate(source)
            if cell.cell_type == "code"
        ]
        kept = needed_code([(text, UNSEEN in tags) for _, text, tags in code])
        # An unseen cell follows the one before it at once, wherever the page is.
        self.code = [
            (0 if UNSEEN in tags else index, text, UNSEEN in tags or FOLD in tags)
            for (index, _, tags), text in zip(code, kept, strict=True)
        ]

    # Cells

    def notebook(self, doctree: nodes.document) -> nbformat.NotebookNode:
        """Write the whole page."""
        if self.code:
            wheel = self.repository.wheel if self.repository else None
            self.add("code", INSTALL.format(source=wheel).rstrip())
        self.flow(doctree.children, 1)
        self.code_until(math.inf)
        book = nbformat.v4.new_notebook(
            cells=self.cells,
            metadata={
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
                "colab": {"collapsed_sections": self.folded},
            },
        )
        nbformat.validate(book)
        return cast("nbformat.NotebookNode", book)

    def add(self, kind: str, source: str, **metadata: Any) -> None:
        """Append a cell."""
        make = getattr(nbformat.v4, f"new_{kind}_cell")
        name = f"cell-{len(self.cells)}"
        self.cells.append(make(source, id=name, metadata={"id": name, **metadata}))

    def text(self, markdown: str) -> None:
        """Append text, to the cell before if it is of text and not a heading that folds."""
        last = self.cells[-1] if self.cells else None
        if last and last.cell_type == "markdown" and last.id not in self.folded:
            last.source += "\n\n" + markdown
        else:
            self.add("markdown", markdown)

    def heading(self, level: int, text: str, fold: bool = False) -> None:
        """Start a cell with a heading; a folded one hides all that follows it at deeper levels."""
        marks = {"jp-MarkdownHeadingCollapsed": True, "heading_collapsed": True} if fold else {}
        self.add("markdown", f"{'#' * level} {text}", **marks)
        if fold:
            self.folded.append(self.cells[-1].id)

    def flow(self, children: Iterable[nodes.Node], level: int) -> None:
        """Write nodes that may hold headings and cells."""
        for node in children:
            match node:
                case nodes.section() | exercise_enumerable_node():
                    rest = node.children
                    title = self.builder.title(node, self.docname)
                    if title:
                        self.heading(level, title)
                        rest = rest[1:]
                    self.flow(rest, level + bool(title))
                case solution_node():
                    self.heading(level + 1, "Solution", fold="dropdown" in node["classes"])
                    self.flow(node.children[1:], level + 2)
                case nodes.container() if "cell_index" in node:
                    self.code_until(node["cell_index"])
                case nodes.Element():
                    markdown = self.block(node)
                    if markdown:
                        self.text(markdown)

    def code_until(self, index: float) -> None:
        """Write the code cells up to this one, and unseen ones that follow."""
        while self.code and self.code[0][0] <= index:
            _, text, fold = self.code.pop(0)
            if text:
                self.add("code", text, **(FOLDED if fold else {}))

    # Blocks

    def block(self, node: nodes.Node) -> str:
        """Return the Markdown of a block; empty for one that has no place in a notebook."""
        write = getattr(self, f"block_{type(node).__name__}", None)
        if write is None:
            raise ExtensionError(f"{self.docname}: a notebook has no form for {node!r:.100}")
        return cast("str", write(node))

    def blocks(self, children: Iterable[nodes.Node]) -> str:
        """Return the Markdown of several blocks, one after the other."""
        return "\n\n".join(filter(None, map(self.block, children)))

    def block_nothing(self, node: nodes.Node) -> str:
        """Leave out what only other formats need."""
        return ""

    block_target = block_index = block_comment = block_substitution_definition = block_nothing
    block_toctree = block_nothing

    def block_inside(self, node: nodes.Element) -> str:
        """Write what a wrapper holds."""
        return self.blocks(node.children)

    block_compound = block_glossary = block_container = block_gallery = block_inside

    def block_paragraph(self, node: nodes.Element) -> str:
        return LIST_LIKE.sub(r"\\\1", self.inline(node.children).strip())

    def block_math_block(self, node: nodes.math_block) -> str:
        tag = ""
        if node.get("number"):
            writer = cast("HTML5Translator", self)
            tag = rf" \tag{{{get_node_equation_number(writer, node)}}}"
        return f"$${expand(node.astext())}{tag}$$"

    def block_literal_block(self, node: nodes.Element) -> str:
        return f"```{node.get('language', '')}\n{node.astext()}\n```"

    def block_bullet_list(self, node: nodes.Element) -> str:
        return "\n".join(indented(self.blocks(item.children), "- ") for item in self.items(node))

    def block_enumerated_list(self, node: nodes.Element) -> str:
        start = node.get("start", 1)
        return "\n".join(
            indented(self.blocks(item.children), f"{number}. ")
            for number, item in enumerate(self.items(node), start)
        )

    def block_definition_list(self, node: nodes.Element) -> str:
        return "\n\n".join(self.entry(item) for item in self.items(node))

    def items(self, node: nodes.Element) -> Iterator[nodes.Element]:
        """Return the children of a list."""
        return (child for child in node.children if isinstance(child, nodes.Element))

    def entry(self, item: nodes.Element) -> str:
        """Write a term in bold, with its definition below."""
        terms = [
            self.inline(n.children).strip() for n in item.children if isinstance(n, nodes.term)
        ]
        (definition,) = (n for n in item.children if isinstance(n, nodes.definition))
        return f"**{', '.join(terms)}**\n\n{quoted(self.blocks(definition.children))}"

    def block_admonition(self, node: nodes.Element) -> str:
        title = self.inline(node.children[0].children)
        text = self.blocks(node.children[1:])
        if "dropdown" in node["classes"]:
            return f"<details>\n<summary>{title}</summary>\n\n{text}\n\n</details>"
        return quoted(f"**{title}**\n\n{text}")

    def block_table(self, node: nodes.Element) -> str:
        rows = [[self.cell(entry) for entry in self.items(row)] for row in node.findall(nodes.row)]
        rows.insert(1, ["---"] * len(rows[0]))
        return "\n".join(f"| {' | '.join(row)} |" for row in rows)

    def cell(self, entry: nodes.Element) -> str:
        """Write a cell of a table, in which a bar would end it."""
        return self.blocks(entry.children).replace("\n\n", "<br>").replace("|", r"\vert ")

    def block_citation(self, node: nodes.Element) -> str:
        label, *text = node.children
        return indented(f"**{label.astext()}** {self.blocks(text)}", "- ")

    block_quiz = block_inside

    def block_question(self, node: question) -> str:
        """Write a question with its choices; below, folded, what to say to each."""
        choices = [child for child in node if isinstance(child, choice)]
        given = self.blocks(node[: -len(choices)])
        if node["kind"] == "multiple":
            given += " *(More than one is right.)*"
        if node["kind"] != "number":
            offered = (f"- {one['letter']}) {self.inline(one[0].children)}" for one in choices)
            given += "\n\n" + "\n".join(offered)
        answers = "\n\n".join(map(self.answer, choices))
        return (
            f"**Question {node['number']}.** {given}\n\n"
            f"<details>\n<summary>Answers</summary>\n\n{answers}\n\n</details>"
        )

    def answer(self, node: choice) -> str:
        """Write one choice among the answers, and its feedback."""
        name = self.inline(node[0].children) if node.parent["kind"] == "number" else node["letter"]
        verdict = "✓ right" if node["right"] else "✗ wrong"
        return f"**{name}** {verdict}. {self.blocks(node[1].children)}"

    def block_challenges(self, node: nodes.Element) -> str:
        """Write challenges as text: a notebook has nothing that could check them."""
        many = "s" if len(node) > 1 else ""
        goals = (indented(self.blocks(goal.children), "- ") for goal in self.items(node))
        return quoted(f"**Challenge{many}**\n\n" + "\n".join(goals))

    def block_draw(self, node: draw) -> str:
        """Write what is asked, to be answered on paper; below, folded, the curve in words."""
        x, y = node["x"], node["y"]
        asked = self.inline(node[0].children)
        axes = (
            f"Across: {x.title}, from {x.low:g} to {x.high:g}. "
            f"Up: {y.title}, from {y.low:g} to {y.high:g}."
        )
        curve = self.piece(nodes.Text(told(node)))
        text = self.blocks(node[1].children)
        return quoted(f"**Sketch it on paper first.** {asked}\n\n{axes}") + (
            f"\n\n<details>\n<summary>The curve</summary>\n\n{curve}\n\n{text}\n\n</details>"
        )

    block_progress = block_meta = block_nothing

    # Inline

    def inline(self, children: Iterable[nodes.Node]) -> str:
        """Return the Markdown of pieces of text."""
        return "".join(map(self.piece, children))

    def piece(self, node: nodes.Node) -> str:
        """Return the Markdown of one piece of text."""
        match node:
            case nodes.Text():
                return SPECIAL.sub(r"\\\1", " ".join(re.split(r"\s*\n\s*", node.astext())))
            case nodes.math():
                return f"${expand(node.astext())}${node.get('closing', '')}"
            case nodes.literal():
                return f"`{node.astext()}`"
            case nodes.emphasis() | nodes.title_reference():
                return f"*{self.inline(node.children)}*"
            case nodes.strong():
                return f"**{self.inline(node.children)}**"
            case addnodes.download_reference():
                return self.source(node)
            case nodes.reference():
                return self.link(node)
            case nodes.inline():
                return self.inline(node.children)
            case nodes.target() | addnodes.index():
                return ""
        raise ExtensionError(f"{self.docname}: a notebook has no form for {node!r:.100}")

    def link(self, node: nodes.reference) -> str:
        """Write a reference: to a heading of this notebook or another, or to the web."""
        text = self.inline(node.children).replace("`", "") if node.get("internal") else ""
        text = text or self.inline(node.children)
        if "refid" in node:
            address = self.builder.anchor(self.docname, node["refid"])
        elif node.get("internal"):
            page, _, name = node["refuri"].partition("#")
            docname = self.builder.docname(page) if page else self.docname
            address = page + (self.builder.anchor(docname, unquote(name)) if name else "")
        else:
            address = node["refuri"]
        return f"[{text}]({address})" if address else text

    def source(self, node: nodes.Element) -> str:
        """Write a reference to a file of the repository."""
        text = self.piece(nodes.Text(node.astext()))
        if self.repository is None:
            return text
        path = (Path(self.docname).parent / node["reftarget"]).as_posix()
        return f"[{text}]({self.repository.file(path)})"


class NotebookBuilder(Builder):
    """Writes every page as a notebook: `jupyter-book build --custom-builder notebooks`."""

    name = "notebooks"
    format = "notebooks"
    epilog = "The notebooks are in %(outdir)s."
    allow_parallel = True

    def init(self) -> None:
        """Start without anchors."""
        self.anchors: dict[tuple[str, str], str] = {}
        self.fignumbers: dict[str, dict[str, tuple[int, ...]]] = {}

    def get_outdated_docs(self) -> set[str]:
        """Write every page: numbers of one may stand in another."""
        return set(self.env.found_docs)

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Name the notebook of a page; all are in one folder."""
        return f"{Path(docname).name}.ipynb"

    def docname(self, uri: str) -> str:
        """Name the page of a notebook."""
        return next(name for name in self.env.found_docs if self.get_target_uri(name) == uri)

    def prepare_writing(self, docnames: set[str]) -> None:
        """Find the heading under which each target of a reference stands."""
        for docname in self.env.found_docs:
            self.find_anchors(self.env.get_doctree(docname), docname, "")

    def find_anchors(self, node: nodes.Element, docname: str, under: str) -> None:
        """Note the heading of every identifier in a page."""
        under = self.title(node, docname) or under
        for name in node.get("ids", []):
            self.anchors[docname, name] = under
        for child in node.children:
            if isinstance(child, nodes.Element):
                self.find_anchors(child, docname, under)

    def anchor(self, docname: str, name: str) -> str:
        """Return the fragment by which JupyterLab finds the heading of a target.

        The entries of a bibliography are made late and have none: its page is short.
        """
        heading = self.anchors.get((docname, name), "")
        return "#" + quote(heading.replace("\\", "").replace(" ", "-")) if heading else ""

    def title(self, node: nodes.Element, docname: str) -> str:
        """Write the heading of a section or an exercise as in the page; empty for what has none."""
        if not (node.children and isinstance(node.children[0], nodes.title | exercise_title)):
            return ""
        text = plain(node.children[0])
        if isinstance(node, exercise_enumerable_node):
            subtitle = re.sub(r"^Exercise|^ \((.*)\)$", r"\1", text).strip()
            return f"Exercise {get_node_number(self.app, node, 'exercise')}. {subtitle}"
        if not isinstance(node, nodes.section):
            return ""
        number = self.env.toc_secnumbers.get(docname, {}).get("")
        top = isinstance(node.parent, nodes.document)
        return f"{'.'.join(map(str, number))}. {text}" if top and number else text

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write one notebook."""
        self.fignumbers = self.env.toc_fignumbers.get(docname, {})
        book = Page(self, docname).notebook(doctree)
        nbformat.write(book, Path(self.outdir, self.get_target_uri(docname)))


class DropOutputs(SphinxPostTransform):
    """Take the outputs of cells from a page before the forms to show them in are chosen."""

    default_priority = 1
    formats = ("notebooks",)

    def run(self, **kwargs: Any) -> None:
        """Take them out."""
        for node in list(self.document.findall(nodes.container)):
            if node.get("nb_element") == "cell_code_output":
                node.parent.remove(node)


def plain(title: nodes.Element) -> str:
    """Write a title with its formulas but without emphasis or links."""
    return "".join(
        f"${expand(node.astext())}${node.parent.get('closing', '')}"
        if isinstance(node.parent, nodes.math)
        else SPECIAL.sub(r"\\\1", node.astext())
        for node in title.findall(nodes.Text)
    )


def tidy(app: Sphinx, exception: Exception | None) -> None:
    """Leave nothing but the notebooks: other extensions put files for HTML beside them."""
    if app.builder.name == NotebookBuilder.name:
        shutil.rmtree(Path(app.outdir, "_static"), ignore_errors=True)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the builder."""
    app.add_builder(NotebookBuilder)
    app.add_post_transform(DropOutputs)
    app.connect("build-finished", tidy, priority=900)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
