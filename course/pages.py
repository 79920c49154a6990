"""How a student's text becomes part of a page that somebody else reads."""

from __future__ import annotations

import html
import os
from pathlib import Path
from typing import Any

from jinja2 import pass_context
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from course.formulas import typeset
from course.sets import FOLDER, ProblemSet

__all__ = ["highlighted", "without_html"]

LONG = 10_000
"""Longer texts stand in pages as they are: finding markup can take the square of their length."""


class Renderer(IPythonRenderer):
    """Renders Markdown, with HTML shown as the text it is and no link that runs a script."""

    def block_code(self, code: str, info: str | None = None) -> str:
        """Show code as text, whatever its language: some would be put into the page as it is."""
        return _as_it_is(code)

    def inline_math(self, body: str) -> str:
        """Typeset a formula in a sentence."""
        return typeset(body, display=False)

    def block_math(self, body: str) -> str:
        """Typeset a formula that stands alone."""
        return typeset(body, display=True)

    def latex_environment(self, name: str, body: str) -> str:
        """Typeset an environment such as align."""
        return typeset(f"\\begin{{{name}}}{body}\\end{{{name}}}", display=True)

    def image(self, text: str, url: str, title: str | None = None) -> str:
        """Show a picture of the notebook's own; any other would tell its server who reads."""
        own = {f"attachment:{name}" for name in self.attachments}
        if url in own or url.startswith("data:image/"):
            return str(super().image(text, url, title))
        elsewhere = url.startswith(("http://", "https://"))
        words = self.link(text, url, title) if elsewhere else text
        return f"[a picture that is not in the notebook: {words}]"


def _as_it_is(text: str) -> str:
    return f"<pre>{html.escape(text)}</pre>"


@pass_context
def without_html(context: Any, source: str) -> str:
    """Render Markdown of a student's; on the page for marking, with the mark scheme below it."""
    cell, resources = context.get("cell", {}), context.get("resources", {})
    text = _rendered(source, cell.get("attachments", {}))
    data = cell.get("metadata", {}).get("nbgrader", {})
    if "submission_id" in resources and data.get("grade") and data.get("solution"):
        text += _mark_scheme(resources["assignment_id"], data["grade_id"])
    return text


def _rendered(source: str, attachments: Any) -> str:
    if len(source) > LONG:
        return _as_it_is(source)
    renderer = Renderer(
        escape=True,
        allow_harmful_protocols=False,
        exclude_anchor_links=True,
        attachments=attachments,
    )
    return str(MarkdownWithMath(renderer=renderer).render(source))


def _mark_scheme(name: str, part: str) -> str:
    """Return what the marker of a written answer looks at: the scheme, and the model answer."""
    problems = ProblemSet.named(name, Path(os.environ.get("COURSE_SETS", FOLDER)))
    texts = {region.kind: region.text for region in problems.regions if region.cell == part}
    scheme, model = (_rendered(texts[kind], {}) for kind in ("MARK SCHEME", "SOLUTION"))
    return (
        f'<aside class="mark-scheme"><b>Mark scheme</b>{scheme}'
        f"<details><summary>Model answer</summary>{model}</details></aside>"
    )


def highlighted(source: str, **_: Any) -> str:
    """Render code of a student's; the rules for IPython's own syntax take too long on some."""
    if len(source) > LONG:
        return _as_it_is(source)
    highlight: Any = Highlight2HTML
    return str(highlight(pygments_lexer="python3")(source))
