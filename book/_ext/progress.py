"""Sphinx extension: what a reader has done, kept in the reader's own browser and nowhere else.

A chapter counts as read when its five lines (or, without them, its end) have been on the screen; a
self-check's question when it has been solved; a challenge when it has been met. One that has been
changed since is another one. The directive `progress` shows it for all chapters, lets a reader save
it and erase it, with the answers that self-checks keep. Without the script, or where the browser
keeps nothing, it shows nothing::

    ```{progress}
    ```
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

from challenge import challenge
from docutils import nodes
from quiz import question
from sphinx.util.docutils import SphinxDirective
from theme import ship

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["progress", "setup"]


# docutils calls its visitors by its name.
class progress(nodes.General, nodes.Element):
    """The place where it is shown; `chapters` says what there is to do."""


class Progress(SphinxDirective):
    """The directive `progress`."""

    def run(self) -> list[nodes.Node]:
        """Make the place; what there is in other pages is known later."""
        self.env.note_reread()
        return [progress()]


def chapters(app: Sphinx, docname: str) -> list[dict[str, Any]]:
    """Return what there is to do in each chapter: questions by digest, challenges by identifier."""
    env = app.env
    found = []
    for name in env.toctree_includes.get(env.config.root_doc, []):
        number = env.toc_secnumbers.get(name, {}).get("")
        if number:
            tree = env.get_doctree(name)
            found.append(
                {
                    "page": name,
                    "title": f"{'.'.join(map(str, number))}. {env.titles[name].astext()}",
                    "href": app.builder.get_relative_uri(docname, name),
                    "solved": [node["digest"] for node in tree.findall(question)],
                    "met": [node["label"] for node in tree.findall(challenge)],
                }
            )
    return found


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Tell the place what there is to do."""
    for node in doctree.findall(progress):
        node["chapters"] = chapters(app, docname) if app.builder.format == "html" else []


def visit_progress(translator: HTML5Translator, node: progress) -> None:
    """Write the place, empty."""
    data = escape(json.dumps(node["chapters"], separators=(",", ":")))
    translator.body.append(
        f'<details class="reader-progress" data-chapters="{data}" hidden></details>\n'
    )
    raise nodes.SkipNode


def add_files(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load the script on a chapter and where progress is shown; before that of challenges."""
    shows = doctree is not None and next(doctree.findall(progress), None)
    if shows or app.env.toc_secnumbers.get(pagename, {}).get(""):
        options = {"data-page": pagename}
        app.add_js_file("progress/progress.js", loading_method="defer", priority=400, **options)
        app.add_css_file("progress/progress.css")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, its node and what HTML makes of it."""
    app.add_directive("progress", Progress)
    app.add_node(progress, html=(visit_progress, None))
    ship(app, "progress", "progress.js", "progress.css")
    app.connect("doctree-resolved", fill)
    app.connect("html-page-context", add_files)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
