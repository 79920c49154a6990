"""How a student's text becomes part of a page that somebody else reads."""

from __future__ import annotations

from typing import Any

from jinja2 import pass_context
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

__all__ = ["without_html"]


@pass_context
def without_html(context: Any, source: str) -> str:
    """Render Markdown, with HTML shown as the text it is and no link that runs a script."""
    renderer = IPythonRenderer(
        escape=True,
        allow_harmful_protocols=False,
        exclude_anchor_links=True,
        attachments=context.get("cell", {}).get("attachments", {}),
    )
    return str(MarkdownWithMath(renderer=renderer).render(source))
