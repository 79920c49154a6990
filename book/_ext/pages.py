"""Sphinx extension: accessible pages that others can find and quote.

The templates, book.css and `theme` do the rest. Where a page is published follows from the
repository that the book is built from, see `launch`; without one no page says where it is, rather
than wrongly.
"""

from __future__ import annotations

import re
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from docutils import nodes
from launch import find_repository
from matplotlib.figure import Figure
from myst_nb.core import render
from myst_nb.core.utils import coalesce_streams
from sphinx.errors import ExtensionError
from sphinx.util.images import get_image_size

from retrolib import figures

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

__all__ = ["published_at", "setup"]

# What a page without a paragraph says of itself.
ABOUT = (
    "An interactive book on one idea in the foundations of physics: that a measurement still to "
    "come helps to decide what a particle does now."
)
SHORTEST, LONGEST = 50, 160  # Characters of a description.
SENTENCE_END = re.compile(r"(?<=[.?!])\s+(?=[A-Z])")
UNSAID = "\N{OBJECT REPLACEMENT CHARACTER}"  # Stands for a formula that plain text cannot hold.

ICON = "_static/icon.svg"
CARD = "_static/card.png"
SITEMAP = "sitemap.xml"
VIEWPORT = re.compile('<meta name="viewport"[^>]*>')  # Docutils' own; Sphinx's template has one.
IMAGE = re.compile(r'<img (?=[^>]*\bsrc="[^"]*_images/([^"]+)")')

HEAD = """<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="description" content="{about}">
<title>{title}</title>
<link rel="icon" href="{icon}">
"""

START = """<meta http-equiv="refresh" content="0; url={url}">
<h1><a href="{url}">{book}</a></h1>
</html>
"""

MISSING = """<meta name="robots" content="noindex">
<main>
<h1>There is no such page</h1>
<p>It may have moved: begin at <a href="{url}">{book}</a>.</p>
</main>
</html>
"""

# Roles and names in the writers' HTML that contradict what is shown, or that no longer exist.
REPAIRS = {
    'role="doc-biblioentry"': 'role="listitem"',
    '<summary aria-label="Toggle hidden content">': "<summary>",
}


def published_at(repository: str) -> str:
    """Return the address of a repository's site on GitHub Pages; empty without a repository."""
    if not repository:
        return ""
    owner, name = repository.split("/")
    host = f"{owner}.github.io".lower()
    return f"https://{host}/" if name.lower() == host else f"https://{host}/{quote(name)}/"


def spoken(formula: str) -> str:
    """Return a letter, a number or an angle in degrees as plain text, UNSAID for the rest."""
    text = formula.replace(r"^\circ", "°").replace("-", "\N{MINUS SIGN}")
    return text if re.fullmatch(r"[A-Za-z]|\N{MINUS SIGN}?\d+(\.\d+)?°?", text) else UNSAID


def describe(doctree: nodes.document) -> str:
    """Return the first sentences of a page's first paragraph, as many as a description holds.

    A sentence with a formula that cannot be spoken is passed over, or ends a description that is
    long enough.
    """
    first = next(
        (
            paragraph
            for paragraph in doctree.findall(nodes.paragraph)
            if paragraph.parent.parent is doctree and "reading-time" not in paragraph["classes"]
        ),
        None,
    )
    if first is None:
        return ABOUT
    copy = first.deepcopy()
    for formula in list(copy.findall(nodes.math)):
        said = spoken(formula.astext()) + formula.get("closing", "")  # As `maths` keeps them.
        formula.replace_self(nodes.Text(said))
    about = ""
    for sentence in SENTENCE_END.split(" ".join(copy.astext().split())):
        longer = f"{about} {sentence}".lstrip()
        if len(about) >= SHORTEST and (UNSAID in sentence or len(longer) > LONGEST):
            break
        if UNSAID not in sentence:
            about = longer
    if len(about) > LONGEST:
        about = about[:LONGEST].rpartition(" ")[0].rstrip(",;:") + "…"
    return about if len(about) >= SHORTEST else ABOUT


def introduce(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put into a page's head what search engines and those who quote it show of it."""
    about = describe(doctree) if doctree else ABOUT
    tags = [("name", "description", about)]
    if doctree:
        tags += [
            ("property", "og:title", app.env.titles[pagename].astext()),
            ("property", "og:description", about),
            ("property", "og:type", "website" if pagename == app.config.root_doc else "article"),
            ("property", "og:site_name", app.config.html_title),
        ]
        at = app.config.html_baseurl
        if at:
            url = at + app.builder.get_target_uri(pagename)
            tags += [("property", "og:url", url), ("property", "og:image", at + CARD)]
            tags += [("property", "og:image:alt", app.config.html_title)]
        tags += [("name", "twitter:card", "summary_large_image" if at else "summary")]
    own = VIEWPORT.sub("", context.get("metatags", ""))
    context["metatags"] = own + "".join(
        f'\n    <meta {key}="{name}" content="{escape(content)}">' for key, name, content in tags
    )


def sized(app: Sphinx, body: str) -> str:
    """Return a page's body with every picture's size, so that nothing moves when it comes, late."""
    source = {made: file for file, made in app.builder.images.items()}

    def with_size(match: re.Match[str]) -> str:
        file = source[unquote(match[1])]
        size = get_image_size(str(Path(app.srcdir, file)))
        if size is None:
            raise ExtensionError(f"{file}: the picture must state its width and height")
        return f'{match[0]}width="{size[0]}" height="{size[1]}" loading="lazy" '

    return IMAGE.sub(with_size, body)


def repair(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Mend a page's body before it goes into its template."""
    if "body" in context:
        for fault, mended in REPAIRS.items():
            context["body"] = context["body"].replace(fault, mended)
        context["body"] = sized(app, context["body"])


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


def card(title: str) -> Figure:
    """Return the picture that stands beside a link to a page: two magnets and the title."""
    drawing = Figure(figsize=(12, 6.3), dpi=100, facecolor="white")
    axes = drawing.add_axes((0, 0, 1, 1), xlim=(0, 12), ylim=(0, 6.3))
    axes.set_axis_off()
    for x, y, across, up, colour in [
        (2.6, 2.6, 0, 2.1, figures.ALICE),
        (8.3, 3.4, 1.8, 1.04, figures.BOB),
    ]:
        axes.arrow(x, y, across, up, color=colour, width=0.14)
    axes.plot([4.2, 7.4], [4, 4], color="0.6", linestyle="dotted", linewidth=6)
    axes.text(6, 1.2, title, ha="center", va="center", fontsize=54, color="0.1")
    return drawing


def write_doors(app: Sphinx, out: Path) -> None:
    """Write the page that leads to the first chapter, and the one for addresses that lead nowhere.

    The latter is shown at any depth, so what it names is at the top of the server where no address
    is known.
    """
    title, at = app.config.html_title, app.config.html_baseurl
    first = app.builder.get_target_uri(app.config.root_doc)
    top, way = (at, f"{at}{first}") if at else ("/", "/")
    canonical = f'<link rel="canonical" href="{at}{first}">\n' if at else ""
    for name, heading, body, url, icon in [
        ("index.html", title, canonical + START, first, ICON),
        ("404.html", f"No such page — {title}", MISSING, way, top + ICON),
    ]:
        page = (HEAD + body).format(
            title=escape(heading), book=escape(title), about=escape(ABOUT), icon=icon, url=url
        )
        (out / name).write_text(page, "utf8")


def write_address(app: Sphinx, out: Path) -> None:
    """Write what only a book with an address has: the list of its pages, and its picture."""
    at = app.config.html_baseurl
    for name in (SITEMAP, CARD):
        (out / name).unlink(missing_ok=True)
    if at:
        urls = [at + app.builder.get_target_uri(page) for page in sorted(app.env.found_docs)]
        (out / SITEMAP).write_text(
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
            + "".join(f"<url><loc>{escape(url)}</loc></url>\n" for url in urls)
            + "</urlset>\n",
            "utf8",
        )
        card(app.config.html_title).savefig(out / CARD)


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Leave in the built book what its readers and its server need."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    write_doors(app, out)
    write_address(app, out)


def locate(app: Sphinx, config: Config) -> None:
    """Say where the book is published, if that is known."""
    config.html_baseurl = published_at(find_repository())


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; it writes index.html before sphinx_external_toc would."""
    app.add_config_value("comments_config", {}, "html")  # Jupyter Book sets it for sphinx_comments.
    render.coalesce_streams = whole_streams
    app.connect("config-inited", locate)
    app.connect("doctree-resolved", keep_ids_apart)
    app.connect("html-page-context", introduce)
    app.connect("html-page-context", repair)
    app.connect("build-finished", finish, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
