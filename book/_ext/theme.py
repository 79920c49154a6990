"""Sphinx extension: of what the themes bring, pages get what the book uses.

Three themes stand on each other, and with the extensions they bring 25 files and 800 KB to every
page. A page of ours asks for two scripts of our own, `mode.js` and `page.js`, and for one
stylesheet, made of the themes' and the extensions' own sheets without the rules that no page of the
book can match. What the themes' scripts did and the book uses, our two do without measuring the
page while it loads.
"""

from __future__ import annotations

import posixpath
import re
import zlib
from fnmatch import fnmatch
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import tinycss2
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.jinja2glue import BuiltinTemplateLoader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["Bridge", "bring", "icon", "pass_by", "setup", "ship", "slim", "source"]

HERE = Path(__file__).parent

THEME_SCRIPT = "scripts/sphinx-book-theme.js"
# Scripts that Sphinx gives to every page; `find` makes a search of its own.
SPHINX_SCRIPTS = ("documentation_options.js", "doctools.js", "sphinx_highlight.js")

# The sheets that the one stylesheet is made of, in their order; any other stays a file of its own.
SHEETS = (
    "basic.css",
    "styles/pydata-sphinx-theme.css",
    "pygments.css",
    "styles/sphinx-book-theme.css",
    "maths/maths.css",
    "mystnb.*.css",
    "exercise.css",
    "quiz/quiz.css",
    "draw/draw.css",
    "travel/travel.css",
    "challenge/challenge.css",
    "progress/progress.css",
    "book.css",
)
SHEET = "_static/page.css"
# Made after the pages, or named in a template: Sphinx gives their addresses no checksum. The sheet
# names the font as well.
FONT = "maths/maths.woff2"
STAMPED = ("mode.js", "page.css", "find/minisearch.js", "find/search.js")
# Likewise, and they stand beside the folder of static files.
DATA = ("searchindex.js", "peeks.js")

# What themes and extensions copy into every book and no page of this one loads.
UNUSED = (
    "**/*.map",
    "*.html",
    "minus.png",
    "plus.png",
    "images/logo_*",
    "language_data.js",
    "locales/**/*.*",
    "scripts/*",
    "searchtools.js",
    "sphinx-thebe.*",
    "styles/*.css",
    "vendor/**/*.*",
    *SPHINX_SCRIPTS,
)

# Rules that hold other rules.
RULES = {"media", "supports", "container", "layer"}
# The theme's icon fonts.
ICON_FONT = re.compile(r"@font-face\s*\{[^}]*vendor/fontawesome[^}]*\}")
# The declaration of a custom property, with brackets in its value up to three deep.
DECLARATION = re.compile(
    r"""(?<=[{;])\s*(--[\w-]+)\s*:(?:"[^"]*"|'[^']*'|[^;{}()"']"""
    r"|\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*\))*(?:;|(?=\}))"
)
PROPERTY = re.compile(r"--[\w-]+")
URL = re.compile(r"""url\((['"]?)(?!data:|#|\w+:)([^'")]+)\1\)""")

# Icons: shapes of one line each, in the colour of the text, in place of an icon font.
ICONS = {
    "angle-left": '<path d="M15 5l-7 7 7 7"/>',
    "angle-right": '<path d="M9 5l7 7-7 7"/>',
    "bars": '<path d="M4 6h16M4 12h16M4 18h16"/>',
    "chevron-down": '<path d="M5 9l7 7 7-7"/>',
    "circle-half-stroke": '<circle cx="12" cy="12" r="9"/>'
    '<path d="M12 3a9 9 0 0 1 0 18z" fill="currentColor"/>',
    "code": '<path d="M8 7l-5 5 5 5M16 7l5 5-5 5"/>',
    "download": '<path d="M12 3v12M7 10.5l5 5 5-5M4 20.5h16"/>',
    "file": '<path d="M6 2.5h8l5 5v14H6zM14 2.5v5h5"/>',
    "list": '<path d="M9 6h11M9 12h11M9 18h11M4 6h.01M4 12h.01M4 18h.01"/>',
    "magnifying-glass": '<circle cx="10.5" cy="10.5" r="6.5"/><path d="M15.5 15.5L21 21"/>',
    "moon": '<path d="M20 14.5A8.5 8.5 0 1 1 9.5 4a7 7 0 0 0 10.5 10.5z"/>',
    "rocket": '<path d="M7 4v16l13-8z"/>',
    "sun": '<circle cx="12" cy="12" r="4"/><path d="M12 2v2.5M12 19.5V22M2 12h2.5M19.5 12H22'
    'M5 5l1.7 1.7M17.3 17.3L19 19M5 19l1.7-1.7M17.3 6.7L19 5"/>',
}
ICONS["file-pdf"] = ICONS["file"]
ICON = re.compile(r'(<(i|span) class="[^"]*\bfa-(?!solid|lg)([\w-]+)[^"]*"[^>]*>)(</\2>)')

# Markup of the themes that a strict content policy forbids, or that only their scripts read.
MENDED = (
    (re.compile(r'onclick="window\.print\(\)"'), 'type="button" data-print'),
    (re.compile(r' data-bs-(toggle="tooltip"|placement="\w+")'), ""),
    # The theme's script made tooltips of these; a browser makes its own of titles.
    (re.compile(r" data-bs-title="), " title="),
    (
        re.compile(r'<dialog id="pst-search-dialog">'),
        r'<dialog id="pst-search-dialog" aria-label="Search">',
    ),
    # The index states in each cell what book.css says once.
    (re.compile(r' style="width: (100%|33%; vertical-align: top;)"'), ""),
)


def source(file: str) -> str:
    """Return a file of ours as it is."""
    return (HERE / file).read_text("utf8")


class Bridge(BuiltinTemplateLoader):
    """Sphinx's templates, with what they make mended."""

    def render(self, template: str, context: dict[str, Any]) -> str:  # type: ignore[override]
        """Return a page with icons in it and without scripts and styles in its markup."""
        html = super().render(template, context)
        for fault, mended in MENDED:
            html = fault.sub(mended, html)
        return ICON.sub(icon, html)


def icon(match: re.Match[str]) -> str:
    """Return the element that an icon font would fill, filled with its shape."""
    start, _, name, end = match.groups()
    if name not in ICONS:
        raise ExtensionError(f"the icon fa-{name} has no shape: draw it in ICONS of theme.py")
    return f'{start}<svg viewBox="0 0 24 24" aria-hidden="true">{ICONS[name]}</svg>{end}'


# docutils calls visitors by the names of these two.
class fold(nodes.General, nodes.Element):
    """A box that is folded until its title is clicked."""


class fold_title(nodes.TextElement):
    """The title of a folded box."""


def pass_by(translator: HTML5Translator, node: nodes.Element) -> None:
    """Write nothing: what is inside stands for itself."""


def visit_fold(translator: HTML5Translator, node: fold) -> None:
    """Begin a folded box."""
    translator.body.append(translator.starttag(node, "details", CLASS="admonition"))


def depart_fold(translator: HTML5Translator, node: fold) -> None:
    """End a folded box."""
    translator.body.append("</details>\n")


def visit_fold_title(translator: HTML5Translator, node: fold_title) -> None:
    """Begin the title of a folded box; in one piece, beside the mark that says it unfolds."""
    translator.body.append(translator.starttag(node, "summary", "") + "<span>")


def depart_fold_title(translator: HTML5Translator, node: fold_title) -> None:
    """End the title of a folded box."""
    translator.body.append("</span></summary>\n")


def fold_boxes(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Make what is folded a <details>: links and find-in-page open it, and it needs no script."""
    if app.builder.format != "html":
        return
    for box in list(doctree.findall(nodes.Admonition)):
        if "dropdown" in box["classes"]:
            title, *rest = box.children
            # A link in what unfolds the box would be a control within a control.
            for link in list(title.findall(nodes.reference)):
                link.replace_self(link.children)
            folded = fold("", fold_title("", "", *title.children), *rest)
            folded.update_basic_atts(box)
            box.replace_self(folded)


def choose(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Leave of a page's scripts and sheets what it needs."""
    # page.js does what the book uses of the theme's own script.
    left_out = {THEME_SCRIPT, *SPHINX_SCRIPTS}
    context["script_files"] = [
        script
        for script in context["script_files"]
        # Without a file it is an option of what is left out, or, with a type, no script.
        if (name(script) not in left_out if script.filename else "type" in script.attributes)
    ]
    context["css_files"] = [
        sheet
        for sheet in context["css_files"]
        if not any(fnmatch(name(sheet), merged) for merged in SHEETS)
    ]


def name(file: Any) -> str:
    """Return the name of a script or sheet below the folder of static files."""
    return str(file.filename).removeprefix("_static/")


def used_words(texts: dict[Path, str]) -> set[str]:
    """Return the classes and identifiers of all pages, and every word of the scripts they load."""
    words: set[str] = set()
    for file, text in texts.items():
        if file.suffix == ".html":
            for value in re.findall(r'\b(?:class|id)="([^"]*)"', text):
                words.update(value.split())
        elif "_static" in file.parts and file.parent.name not in {"scripts", "vendor"}:
            words.update(re.findall(r"[\w-]+", text))
    return words


def pieces(tokens: Iterable[Any], mark: str) -> Iterator[list[Any]]:
    """Cut tokens where a mark stands, not within brackets."""
    piece: list[Any] = []
    for token in tokens:
        if token == mark:
            yield piece
            piece = []
        else:
            piece.append(token)
    yield piece


def demands(selector: list[Any]) -> set[str]:
    """Return the classes and identifiers that a page must have for a selector to match.

    What stands in brackets, such as those of `:not()`, demands nothing.
    """
    words = {token.value for token in selector if token.type == "hash"}
    words |= {
        after.value for token, after in pairwise(selector) if token == "." and after.type == "ident"
    }
    return words


def slim(css: str | list[Any], words: set[str]) -> str:
    """Return a stylesheet without rules that nothing with these classes and identifiers matches.

    Notices of copyright stay.
    """
    kept = []
    for rule in tinycss2.parse_rule_list(css, skip_whitespace=True):
        if rule.type == "error":
            raise ExtensionError(f"a stylesheet cannot be read: {rule.message}")
        if rule.type == "comment":
            kept.append(rule.serialize() + "\n" if rule.value.startswith("!") else "")
        elif rule.type == "qualified-rule":
            selectors = [
                tinycss2.serialize(selector).strip()
                for selector in pieces(rule.prelude, ",")
                if demands(selector) <= words
            ]
            if selectors:
                kept.append(f"{','.join(selectors)}{{{tinycss2.serialize(rule.content)}}}")
        elif rule.lower_at_keyword in RULES and rule.content is not None:
            if inside := slim(rule.content, words):
                kept.append(f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}{{{inside}}}")
        elif rule.lower_at_keyword not in {"charset", "import"}:
            kept.append(rule.serialize())
    return "".join(kept)


def without_unread(css: str, read: set[str]) -> str:
    """Return a stylesheet without the custom properties that neither it nor `read` asks for."""
    asked = read.union(re.findall(r"var\(\s*(--[\w-]+)", css))
    less = DECLARATION.sub(lambda found: found[0] if found[1] in asked else "", css)
    return css if less == css else without_unread(less, read)


def write_sheet(out: Path) -> None:
    """Write the one stylesheet, if Sphinx has copied what it is made of: it does so with pages."""
    static = out / "_static"
    found = [next(iter(sorted(static.glob(sheet))), None) for sheet in SHEETS]
    if all(found):
        texts = {
            file.relative_to(out): file.read_text("utf8")
            for kind in ("html", "js")
            for file in out.rglob(f"*.{kind}")
        }
        words = used_words(texts)
        read = {word for text in texts.values() for word in PROPERTY.findall(text)}
        css = ""
        for file in found:
            assert file
            folder = file.relative_to(static).parent.as_posix()
            css += slim(ICON_FONT.sub("", moved(file.read_text("utf8"), folder)), words)
        (out / SHEET).write_text(without_unread(css, read), "utf8")
    elif not (out / SHEET).exists():
        missing = [sheet for sheet, file in zip(SHEETS, found, strict=True) if not file]
        raise ExtensionError(
            f"{SHEET} cannot be made: there is no {', '.join(missing)} in {static}"
        )
    for file in found:
        if file:
            file.unlink()


def moved(css: str, folder: str) -> str:
    """Return a stylesheet that may stand above its folder: its files are named from there."""
    return URL.sub(lambda url: f"url({posixpath.normpath(posixpath.join(folder, url[2]))})", css)


def stamp(out: Path) -> None:
    """Put checksums into addresses, or a browser might keep what an earlier build has made."""
    static = out / "_static"
    files = {name: static / name for name in (FONT, *STAMPED)} | {name: out / name for name in DATA}
    for names, readers in (([FONT], [out / SHEET]), (files, out.rglob("*.html"))):
        stamps = [
            (
                re.compile(rf"(?<=[/\"(]){re.escape(name)}(\?v=\w+)?(?=[\")])"),
                f"{name}?v={zlib.crc32(files[name].read_bytes()):08x}",
            )
            for name in names
            if files[name].exists()
        ]
        for reader in readers:
            now = text = reader.read_text("utf8")
            for address, stamped in stamps:
                now = address.sub(stamped, now)
            if now != text:
                reader.write_text(now, "utf8")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Leave in the built book what its pages load."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    write_sheet(out)
    stamp(out)
    for pattern in UNUSED:
        for file in out.joinpath("_static").glob(pattern):
            file.unlink()
    for folder in sorted(out.joinpath("_static").rglob("*/"), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def ship(app: Sphinx, folder: str, *files: str, made: Callable[[str], str] = source) -> None:
    """Have files of ours written, as `made` of their names, to where pages load them.

    Not through html_static_path: its files load on every page, and its scripts in no order.
    """

    def write(app: Sphinx) -> None:
        if app.builder.format == "html":
            target = Path(app.outdir, "_static", folder)
            target.mkdir(parents=True, exist_ok=True)
            for file in files:
                (target / file).write_text(made(file), "utf8")

    app.connect("builder-inited", write)


def bring(app: Sphinx, name: str, kind: type[nodes.Element]) -> None:
    """Have a script and a style of this name loaded by the pages with such a node."""

    def load(
        app: Sphinx,
        pagename: str,
        templatename: str,
        context: dict[str, Any],
        doctree: nodes.document | None,
    ) -> None:
        if doctree and next(doctree.findall(kind), None):
            app.add_js_file(f"{name}/{name}.js", loading_method="defer")
            app.add_css_file(f"{name}/{name}.css")

    ship(app, name, f"{name}.js", f"{name}.css")
    app.connect("html-page-context", load)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; it chooses when themes and other extensions have added theirs."""
    app.add_node(fold, html=(visit_fold, depart_fold))
    app.add_node(fold_title, html=(visit_fold_title, depart_fold_title))
    app.add_js_file("page.js", loading_method="defer")
    ship(app, "", "mode.js", "page.js")
    app.connect("doctree-resolved", fold_boxes)
    app.connect("html-page-context", choose, priority=900)
    app.connect("build-finished", finish, priority=900)  # The theme writes pygments.css only then.
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
