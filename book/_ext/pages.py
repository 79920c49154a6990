"""Sphinx extension: light, accessible pages; the templates and book.css do the rest."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from myst_nb.core import render
from myst_nb.core.utils import coalesce_streams

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["setup"]

# What themes copy into every book and no page of this one loads.
UNUSED = (
    "**/*.map",
    "*.html",
    "scripts/fontawesome.js*",
    "vendor/fontawesome/webfonts/*",
    "locales/**/*.*",
    "sphinx-thebe.*",
    "images/logo_*",
)

# The theme's icon fonts, which are among the above: book.css draws the icons that pages show.
ICON_FONT = re.compile(r"@font-face\s*\{[^}]*vendor/fontawesome[^}]*\}")

START = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>{title}</title>
<meta http-equiv="refresh" content="0; url={url}">
<h1><a href="{url}">{title}</a></h1>
</html>
"""


# Roles and names in the writers' HTML that contradict what is shown, or that no longer exist.
REPAIRS = {
    'role="doc-biblioentry"': 'role="listitem"',
    '<summary aria-label="Toggle hidden content">': "<summary>",
}


def repair(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Mend a page's body before it goes into its template."""
    for fault, mended in REPAIRS.items():
        if "body" in context:
            context["body"] = context["body"].replace(fault, mended)


def keep_ids_apart(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Take an identifier from all but its first: exercises give theirs to all their contents."""
    seen: set[str] = set()
    for node in doctree.findall(nodes.Element):
        node["ids"] = [name for name in node["ids"] if name not in seen]
        seen.update(node["ids"])


def whole_streams(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a cell's outputs with what it printed in one piece for each stream.

    It comes in pieces, cut where the clock has it, and MyST-NB would begin a line with each.
    """
    pieces: dict[str, dict[str, Any]] = {}
    kept = []
    for output in outputs:
        name = output.get("name", "")
        if output["output_type"] == "stream" and name in pieces:
            pieces[name]["text"] += output["text"]
        else:
            kept.append(output)
            if output["output_type"] == "stream":
                pieces[name] = output
    merged: list[dict[str, Any]] = coalesce_streams(kept)
    return merged


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Remove what no page loads, and write the page that leads to the first chapter."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    for pattern in UNUSED:
        for file in out.joinpath("_static").glob(pattern):
            file.unlink()
    for sheet in out.joinpath("_static", "styles").glob("*.css"):
        css = sheet.read_text("utf8")
        if ICON_FONT.search(css):
            sheet.write_text(ICON_FONT.sub("", css), "utf8")
    start = START.format(title=app.config.html_title, url=f"{app.config.root_doc}.html")
    (out / "index.html").write_text(start, "utf8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; it writes index.html before sphinx_external_toc would."""
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it for sphinx_comments.
    render.coalesce_streams = whole_streams
    app.connect("doctree-resolved", keep_ids_apart)
    app.connect("html-page-context", repair)
    app.connect("build-finished", finish, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
