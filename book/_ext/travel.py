"""Sphinx extension: explorers that leave their chapter.

Under each explorer stand a link that carries its state, its picture as a file, and its own page,
`explore/NAME.html`: one file with all that it needs, for a link, a memory stick, or a frame in the
page of a course. It states a content policy of its own, by the digests of its scripts. The
directive `explorers` lists them all, each with its still figure and its question::

    ```{explorers}
    ```

What is listed, and has a page, is what `retrolib.explorers` holds.
"""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import live
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from theme import ship, source

from retrolib import explorers

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from retrolib.explorers.base import Explorer

__all__ = ["FOLDER", "KINDS", "setup"]

logger = logging.getLogger(__name__)
FOLDER = "explore"
SCRIPTS = ("picture.js", "travel.js")
KINDS: dict[str, type[Explorer]] = {
    name.lower(): getattr(explorers, name) for name in explorers.__all__
}

PAGE = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{question} An interactive figure of {book}.">
<title>{question} — {book}</title>
<style>{style}</style>
<script>{mode}</script>
<main>
<h1>{book}: {name}</h1>
<div class="live" id="live-{name}">
<div class="still">{still}</div>
{view}{drawing}
</div>
<p class="from">{way}</p>
<details class="embed"><summary>Embed this figure</summary>
<p>It keeps the state that it is in now.</p>
<textarea readonly rows="4" aria-label="Code to embed this figure">{embed}</textarea></details>
</main>
{sharing}
</html>
"""
# As tall as an explorer is in a column of 700 px, with what stands around it.
EMBED = (
    '<iframe src="{at}" title="{question}" width="100%" height="760" loading="lazy"'
    ' allow="clipboard-write"></iframe>'
)


class gallery(nodes.container):
    """The list of all explorers."""


class Explorers(SphinxDirective):
    """The directive `explorers`."""

    def run(self) -> list[nodes.Node]:
        """Make the list without its links: other pages may not have been read yet."""
        made = gallery(classes=["gallery"])
        self.env.note_reread()
        for name in KINDS:
            file = still(Path(self.env.srcdir), name)
            if file is None:
                logger.warning(
                    "the explorer %s has no still figure: show it in a chapter, `make snapshots`",
                    name,
                    location=self.env.docname,
                    type="live",
                    subtype="still",
                )
                continue
            question, seen = told(file)
            picture = nodes.image(uri=f"/{live.STILLS}/{file.name}", alt=seen)
            title = nodes.paragraph("", "", nodes.strong("", question))
            made += nodes.container("", picture, title, classes=["entry"], explorer=name)
        return [made]


def still(folder: Path, name: str) -> Path | None:
    """Return a still figure of an explorer; none where it has not been saved yet."""
    return next(iter(sorted((folder / live.STILLS).glob(f"*-{name}.svg"))), None)


def told(file: Path) -> tuple[str, str]:
    """Return the question of a still figure and what is seen in it."""
    picture = ET.parse(file).getroot()
    return picture.findtext("{*}title", "").strip(), picture.findtext("{*}desc", "").strip()


class Home(NamedTuple):
    """Where an explorer belongs: a page, its number if it is a chapter, its title."""

    docname: str
    number: str
    title: str


def homes(app: Sphinx) -> dict[str, Home]:
    """Return the first chapter that shows each explorer; another page where no chapter does."""
    env = app.env
    read = [env.config.root_doc, *env.toctree_includes.get(env.config.root_doc, [])]
    read += sorted(env.found_docs - set(read))
    found: dict[str, Home] = {}
    for docname in sorted(read, key=lambda name: not env.toc_secnumbers.get(name)):
        number = ".".join(map(str, env.toc_secnumbers.get(docname, {}).get("", ())))
        for name in live.shown_on(app, docname):
            found.setdefault(name, Home(docname, number, env.titles[docname].astext()))
    return found


def fill(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Give the list its links; pictures and own pages are for the page alone."""
    for node in doctree.findall(gallery):
        where = homes(app)
        order = list(where)
        names = [entry["explorer"] for entry in node.children]
        if lost := ", ".join(set(names) - where.keys()):
            raise ExtensionError(f"no page shows {lost}, of which there is a still figure")
        node.children.sort(key=lambda one: order.index(one["explorer"]))
        for entry in node.children:
            name = entry["explorer"]
            home = where[name]
            title = f"{home.number}. {home.title}" if home.number else home.title
            at = app.builder.get_relative_uri(docname, home.docname)
            links = nodes.paragraph()
            links += link(title, f"{at}#live-{name}" if app.builder.format == "html" else at)
            if app.builder.format == "html":
                up = "../" * docname.count("/")
                links += [nodes.Text(" · "), link("Alone", f"{up}{FOLDER}/{name}.html")]
            else:
                entry.remove(entry[0])
            entry += links


def link(text: str, address: str) -> nodes.reference:
    """Make a link within the book."""
    return nodes.reference("", "", nodes.inline("", text), refuri=address, internal=True)


def digest(text: str) -> str:
    """Return the source by which a content policy admits a script or a style."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def shipped(file: str) -> str:
    """Return one of our scripts or styles as browsers get it."""
    return live.minify(source(file), file.rpartition(".")[2])


def write_page(app: Sphinx, name: str, home: Home, file: Path) -> None:
    """Write the page of one explorer, with its still figure for who has no scripts."""
    state = KINDS[name]().get_state()
    shown = live.widget(name, {"state": state})
    question, seen = told(file)
    style = live.minify(state["_css"], "css") + shipped("travel.css") + shipped("alone.css")
    mode = shipped("mode.js")
    drawing = [live.minify(state["_esm"], "js", shown["module"]), shipped("host.js")]
    sharing = list(map(shipped, SCRIPTS))
    scripts = [mode, *drawing, *sharing]
    for text in scripts:
        if "</script" in text or "<!--" in text:
            raise ExtensionError(f"{name}: a script within a page may not hold </script or <!--")
    policy = (
        f"default-src 'none'; style-src {digest(style)}; img-src data:; "
        f"script-src {' '.join(map(digest, scripts))}"
    )
    base, book = app.config.html_baseurl, app.config.html_title
    at = f"{base}{FOLDER}/{name}.html" if base else f"{FOLDER}/{name}.html"
    chapter = app.builder.get_target_uri(home.docname)
    way = f"{base}{chapter}" if base else f"../{chapter}"
    number = f"chapter {home.number}, " if home.number else ""
    picture = re.sub(r"<title>.*?</title>|<desc>.*?</desc>", "", file.read_text("utf8"))
    html = PAGE.format(
        policy=policy,
        book=escape(book),
        name=name,
        question=escape(question),
        style=style,
        mode=mode,
        still=picture.replace("<svg ", f'<svg role="img" aria-label="{escape(seen)}" ', 1).strip(),
        view=live.view(shown, [], []),
        drawing="".join(f"<script>{text}</script>" for text in drawing),
        sharing="".join(f"<script>{text}</script>" for text in sharing),
        way=f'From {number}<a href="{escape(way)}#live-{name}" target="_blank" rel="noopener">'
        f"{escape(home.title)}</a>.",
        embed=escape(EMBED.format(at=at, question=escape(question))),
    )
    target = Path(app.outdir, FOLDER)
    target.mkdir(exist_ok=True)
    (target / f"{name}.html").write_text(html, "utf8")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Write the pages of all explorers that the book shows."""
    if exception or app.builder.format != "html":
        return
    for name, home in homes(app).items():
        picture = still(Path(app.srcdir), name)
        if name in KINDS and picture:
            write_page(app, name, home, picture)


def add_files(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load the script on a page with an explorer, the style also where all are listed."""
    shown = doctree is not None and live.shown_on(app, pagename)
    if shown:
        app.add_js_file("travel/travel.js", loading_method="defer")
    if shown or (doctree and next(doctree.findall(gallery), None)):
        app.add_css_file("travel/travel.css")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive and what HTML makes of it."""
    app.add_directive("explorers", Explorers)
    app.add_node(gallery)
    ship(app, "travel", "travel.css")
    ship(app, "travel", *SCRIPTS, made=shipped)
    app.connect("doctree-resolved", fill)
    app.connect("html-page-context", add_files)
    app.connect("build-finished", finish)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
