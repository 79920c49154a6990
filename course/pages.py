"""How a student's text becomes part of a page that somebody else reads."""

from __future__ import annotations

import html
from typing import Any

from jinja2 import pass_context
from nbconvert.filters import Highlight2HTML
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["highlighted", "without_html"]

LONG = 10_000
"""Longer texts stand in pages as they are: finding markup can take the square of their length."""


class Renderer(IPythonRenderer):
    """Renders Markdown, with HTML shown as the text it is and no link that runs a script."""

    def block_code(self, code: str, info: str | None = None) -> str:
        """Show code as text, whatever its language: some would be put into the page as it is."""
        return _as_it_is(code)

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
    """Render Markdown of a student's."""
    if len(source) > LONG:
        return _as_it_is(source)
    renderer = Renderer(
        escape=True,
        allow_harmful_protocols=False,
        exclude_anchor_links=True,
        attachments=context.get("cell", {}).get("attachments", {}),
    )
    return str(MarkdownWithMath(renderer=renderer).render(source))


def highlighted(source: str, **_: Any) -> str:
    """Render code of a student's; the rules for IPython's own syntax take too long on some."""
    if len(source) > LONG:
        return _as_it_is(source)
    highlight: Any = Highlight2HTML
    return str(highlight(pygments_lexer="python3")(source))
