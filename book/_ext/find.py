"""Sphinx extension: what readers look up, from the built pages and for pages opened as files too.

`searchindex.js` holds every section as plain text, for the search page (`search.js`, with
MiniSearch). `peeks.js` holds what links to terms and equations show of them before they are
followed (`peek.js`); a page asks for it when a reader first does so. Both are scripts, because a
page that is opened as a file may load those and nothing else.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from live import minify
from route import ASIDE
from sphinx.errors import ExtensionError
from theme import ship

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

__all__ = ["formula", "peeks", "sections", "setup"]

HERE = Path(__file__).parent
MINISEARCH = HERE.parents[1] / "node_modules" / "minisearch" / "dist" / "umd" / "index.js"

# What no sentence has in it: code, displayed formulas, answers, what is for machines.
UNREAD = {"button", "form", "nav", "noscript", "pre", "script", "style", "summary", "svg"}
UNREAD_CLASSES = {"answer", "cell_output", "draw-answer", "equation", "headerlink", "hint"}
INLINE = {"a", "abbr", "b", "cite", "code", "em", "i", "kbd", "q", "span", "strong", "sub", "sup"}
HEADING = re.compile(r"h[1-6]")
INVISIBLE = re.compile("[\u2061-\u2064\u200b]")
SUPERSCRIPT = str.maketrans("0123456789+\u2212-=()n\u2218", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ⁿ°")
SUBSCRIPT = str.maketrans("0123456789+\u2212-=()", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎")


class Section(NamedTuple):
    """What is found: where it is, what it is called, on which page (empty: the page), its text.

    Chapters, whose titles begin with a number, weigh more than what is for reference. Keywords are
    words that a page may be looked for by and need not say.
    """

    address: str
    title: str
    page: str
    text: str
    weight: int = 1
    keywords: str = ""


def classes(element: Any) -> set[str]:
    """Return the classes of an element."""
    return set(element.get("class", "").split())


def script(base: str, mark: str, small: dict[int, int]) -> str:
    """Return a script in small signs where there are such, else after a mark."""
    if base.strip("\u2032") == "":
        return base
    if all(ord(sign) in small for sign in base):
        return base.translate(small)
    return f"{mark}{base}" if len(base) == 1 else f"{mark}({base})"


def group(text: str) -> str:
    """Return what stands above or below a stroke, in brackets where it needs them."""
    return f"({text})" if re.search(r"\w\s*[-+\u2212=·]\s*\w", text) else text


def formula(element: Any) -> str:
    """Return MathML as a line of plain text."""
    tag = element.tag if isinstance(element.tag, str) else ""
    if tag.startswith("annotation"):
        return ""
    parts = [formula(child) for child in element]
    if tag == "mfrac":
        return f"{group(parts[0])}/{group(parts[1])}"
    if tag == "msqrt":
        inside = "".join(parts)
        return f"√{inside}" if len(inside) == 1 else f"√({inside})"
    if tag in {"msup", "msub", "msubsup"}:
        below = script(parts[1], "_", SUBSCRIPT) if tag != "msup" else ""
        above = script(parts[-1], "^", SUPERSCRIPT) if tag != "msub" else ""
        return parts[0] + below + above
    if tag == "mspace":
        return " " if element.get("width") else ""
    return INVISIBLE.sub("", element.text or "") + "".join(parts)


def sayable(element: Any) -> bool:
    """Whether an element belongs to what is read as sentences."""
    tag = element.tag
    return isinstance(tag, str) and tag not in UNREAD and not UNREAD_CLASSES & classes(element)


def pieces(element: Any) -> Iterator[str]:
    """Yield the text of an element, a line break where a block begins or ends; not of sections."""
    yield element.text or ""
    for child in element:
        if child.tag == "math":
            yield formula(child)
        elif child.tag != "section" and sayable(child):
            edge = "" if child.tag in INLINE else "\n"
            yield edge
            yield from pieces(child)
            yield edge
        yield child.tail or ""


def plain(element: Any) -> str:
    """Return the text of an element, one block a line; formulas as plain text."""
    text = unicodedata.normalize("NFC", "".join(pieces(element)))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if re.search(r"\w", line))


def article(tree: Any) -> Any:
    """Return what a page is about, without what surrounds it."""
    return next(tree.iter("article"))


def sections(tree: Any, address: str) -> list[Section]:
    """Return the sections of a page, and its glossary's terms, each for itself."""
    found: list[Section] = []
    whole = ""
    for section in article(tree).iter("section"):
        heading = next((part for part in section if HEADING.fullmatch(str(part.tag))), None)
        if heading is None:
            continue
        title = plain(heading)
        terms = [term for term in section.iter("dt") if term.get("id", "").startswith("term-")]
        for term in terms:
            meaning = term.getnext()
            if meaning is not None and meaning.tag == "dd":
                place = f"{address}#{term.get('id')}"
                found.append(Section(place, plain(term), whole or title, plain(meaning)))
                meaning.drop_tree()
            term.drop_tree()
        heading.drop_tree()
        place = f"{address}#{section.get('id')}" if whole else address
        keywords = "" if whole else tree.xpath("string(//meta[@name='keywords']/@content)")
        first = re.match(r"\d", whole or title) and title not in ASIDE
        weight = 2 if first else 1
        found.append(Section(place, title, whole, plain(section), weight, keywords))
        whole = whole or title
    return found


def bare(element: Any) -> str:
    """Return what is inside an element as HTML, without links and identifiers."""
    from lxml import html

    for part in list(element.iter()):
        if isinstance(part.tag, str):
            part.attrib.pop("id", None)
            if "headerlink" in classes(part):
                part.drop_tree()
            elif part.tag == "a":
                part.drop_tag()
    inside = "".join(html.tostring(child, encoding="unicode") for child in element)
    return ((element.text or "") + inside).strip()


def peeks(tree: Any) -> dict[str, tuple[str, str]]:
    """Return a page's terms and equations: by identifier, the title and the HTML."""
    found = {}
    for part in list(article(tree).iter("dt", "div")):
        name = part.get("id", "")
        if name.startswith("term-"):
            meaning = part.getnext()
            if meaning is not None and meaning.tag == "dd":
                found[name] = (plain(part), bare(meaning))
        elif name.startswith("equation-"):
            shown = next(child for child in part if "formula" in classes(child))
            found[name] = (shown.get("data-label"), bare(shown))
    return found


def write_data(app: Sphinx, exception: Exception | None) -> None:
    """Write both files from all pages, also those that an earlier build has written."""
    if exception or app.builder.format != "html":
        return
    from lxml import html  # not where only the notebooks are written, as on Binder

    out = Path(app.outdir)
    found: list[Section] = []
    shown: dict[str, tuple[str, str]] = {}
    asked: set[str] = set()
    for name in sorted(app.env.found_docs):
        address = app.builder.get_target_uri(name)
        page = (out / address).read_text("utf8")
        tree = html.fromstring(page)
        asked.update(link.partition("#")[2] for link in tree.xpath("//article//a/@href"))
        shown |= peeks(tree)
        found += sections(html.fromstring(page), address)
    write(out / "searchindex.js", "bookSections", found)
    write(
        out / "peeks.js", "bookPeeks", {name: shown[name] for name in sorted(asked & shown.keys())}
    )


def write(file: Path, name: str, data: Any) -> None:
    """Write data as a script that leaves it under a name."""
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    file.write_text(f"globalThis.{name}={text};\n", "utf8")


def copy_library(app: Sphinx) -> None:
    """Copy MiniSearch beside our scripts; Sphinx makes no search of its own."""
    if app.builder.format != "html":
        return
    app.builder.search = False  # type: ignore[attr-defined]
    if not MINISEARCH.exists():
        raise ExtensionError(f"{MINISEARCH} is missing: run `npm ci`, or `make book`, which does")
    target = Path(app.outdir, "_static", "find", "minisearch.js")
    target.write_text(minify(MINISEARCH.read_text("utf8"), "js"), "utf8")


def add_search(app: Sphinx, config: Config) -> None:
    """Have a page for the search made from our template."""
    config.html_additional_pages["search"] = "search.html"


def add_peek(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Load the script that shows what links lead to, and tell it where that is."""
    options = {"data-peeks": context["pathto"]("peeks.js", True)}
    app.add_js_file("find/peek.js", loading_method="defer", **options)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension."""
    app.connect("config-inited", add_search)
    ship(app, "find", "peek.js", "search.js")
    app.connect("builder-inited", copy_library)
    app.connect("build-finished", write_data)
    app.connect("html-page-context", add_peek)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
