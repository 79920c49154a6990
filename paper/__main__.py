"""Writes the built book as one PDF: `make pdf`, or `make pdf ANSWERS=no` without its answers.

All pages become one document, which a headless Chromium prints twice: the first time tells where
each link leads, the second has the numbers of those pages in the table of contents. The PDF goes
into the built book, and its first page gets a link to it: a book that has no PDF has no such link.
"""

from __future__ import annotations

import argparse
import os
import posixpath
import re
import sys
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from typing import Any

import yaml
from lxml import html
from playwright.sync_api import Browser, Page, sync_playwright
from pypdf import PdfReader, PdfWriter

from tests.browser.chromium import launch

__all__ = ["Book", "bind", "main"]

ROOT = Path(__file__).resolve().parents[1]
NAME = "book.pdf"
UNSEEN = "000"  # Stands for a number of a page until it is known.
DROPPED = (
    "//script",
    "//a[contains(@class, 'headerlink')]",
    "//details[contains(@class, 'hide')]",
    "//*[contains(@class, 'quiz')]//button",
    "//*[contains(@class, 'foot')]",
    "//details[contains(@class, 'sliders')]",
)
RE = {"re": "http://exslt.org/regular-expressions"}
HEAD = """<!DOCTYPE html>
<html lang="en" data-theme="light"><head><meta charset="utf-8"><title>{title}</title>
<link rel="stylesheet" href="{sheet}"><style>{style}</style></head>
<body><div class="bd-content"><article class="bd-article">
<section class="book-title"><h1>{title}</h1><p class="about">{about}</p><p>{author}</p>
<p class="rights">{rights}</p></section>
"""
END = "</article></div></body></html>\n"
LINK = '<p class="whole-book"><a href="{href}">The whole book as one PDF</a></p>'


def classes(element: Any) -> set[str]:
    """Return the classes of an element."""
    return set(element.get("class", "").split())


def text(element: Any) -> str:
    """Return the text of an element; formulas as they are read, not as TeX."""
    copy = html.fromstring(html.tostring(element, encoding="unicode", with_tail=False))
    for part in copy.xpath("//annotation | //a[contains(@class, 'headerlink')]"):
        part.drop_tree()
    return " ".join(copy.text_content().split())


def inside(element: Any) -> str:
    """Return what is inside an element as HTML."""
    parts = [html.tostring(child, encoding="unicode") for child in element]
    return escape(element.text or "") + "".join(parts)


class Book:
    """The pages of a built book as one document."""

    def __init__(self, built: Path, answers: bool):
        self.built = built
        self.answers = answers
        self.config = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))
        self.citation = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf8"))
        top = html.fromstring((built / "search.html").read_text("utf8"))
        self.first = top.xpath("string(//a[contains(@class, 'navbar-brand')]/@href)")
        first = html.fromstring((built / self.first).read_text("utf8"))
        self.address = first.xpath("string(//link[@rel='canonical']/@href)")
        self.parts: list[tuple[str, list[str]]] = [("", [])]
        for part in first.xpath("//nav[contains(@class, 'bd-docs-nav')]//*[self::p or self::a]"):
            if part.tag == "p":
                self.parts.append((text(part), []))
            else:
                self.parts[-1][1].append(self.path(self.first, part.get("href")))
        self.pages = [page for _, pages in self.parts for page in pages]
        self.trees = {page: self.read(page) for page in self.pages}
        self.back = self.collect() if answers else ""

    def path(self, page: str, href: str) -> str:
        """Return the page that a link on a page leads to, from the top of the book."""
        target = href.partition("#")[0]
        return (
            posixpath.normpath(posixpath.join(posixpath.dirname(page), target)) if target else page
        )

    def name(self, page: str, anchor: str = "") -> str:
        """Return the identifier that a page, or a part of it, has in the whole."""
        stem = posixpath.splitext(posixpath.basename(page))[0]
        return f"{stem}.{anchor}" if anchor else stem

    def read(self, page: str) -> Any:
        """Return what a page says, as a tree whose links lead within the whole."""
        whole = html.fromstring((self.built / page).read_text("utf8"))
        body = next(whole.iter("article"))
        for path in DROPPED:
            for part in body.xpath(f".{path}"):
                part.drop_tree()
        for part in body.iter():
            if not isinstance(part.tag, str):
                continue
            for name in ("aria-labelledby", "aria-describedby", "loading"):
                part.attrib.pop(name, None)
            if "id" in part.attrib:
                part.set("id", self.name(page, part.get("id")))
            if part.tag == "img":
                file = self.built / self.path(page, part.get("src"))
                part.set("src", file.as_uri())
            if part.tag == "details" and not {"solution"} & classes(part):
                part.set("open", "")
        for link in list(body.iter("a")):
            self.lead(link, page)
        for heading in body.xpath(
            ".//section/*[re:match(local-name(), '^h[1-6]$')]", namespaces=RE
        ):
            name_heading(heading)
        return body

    def lead(self, link: Any, page: str) -> None:
        """Let a link lead within the whole, or be none where there is nothing to be led to."""
        href = link.get("href", "")
        if re.match(r"\w+:", href):
            return
        target = self.path(page, href)
        if target in self.pages:
            link.set("href", f"#{self.name(target, href.partition('#')[2])}")
        else:
            link.drop_tag()

    def collect(self) -> str:
        """Take the answers out of the pages; return them, those of each page under its title."""
        kept = []
        for page, body in self.trees.items():
            checks, others = "", ""
            for count, part in enumerate(answers(body), 1):
                label = self.name(page, f"answer-{count}")
                if "feedback" in classes(part):
                    title, lead = f"Question {part.getparent().get('data-number')}", "Answers"
                    said = "".join(
                        html.tostring(one, encoding="unicode")
                        for one in part.iter("div")
                        if "answer" in classes(one)
                    )
                    checks += (
                        f'<h4 id="{label}"><a href="#{label}-from">{title}</a></h4>'
                        f'<div class="quiz">{said}</div>'
                    )
                else:
                    drawn = "draw-answer" in classes(part)
                    title = text(part.getparent()[0] if drawn else part[0])
                    lead = "The curve" if drawn else title
                    part[0].drop_tree()
                    said = inside(part)
                    if drawn:
                        said = f'<div class="draw"><div class="draw-answer">{said}</div></div>'
                    others += (
                        f'<div class="answer-to"><h3 id="{label}"><a href="#{label}-from">'
                        f"{escape(title)}</a></h3>{said}</div>"
                    )
                there = html.fromstring(
                    f'<p class="to-answer" id="{label}-from"><a href="#{label}">'
                    f'{escape(lead)}, page <span class="number">{UNSEEN}</span></a></p>'
                )
                there.tail = part.tail
                part.getparent().replace(part, there)
            if checks:
                heading = "<h3>Answers to the self-checks</h3>"
                checks = f'<div class="answer-to">{heading}{checks}</div>'
            if checks or others:
                heading = escape(text(next(body.iter("h1"))))
                kept.append(f"<section><h2>{heading}</h2>{checks}{others}</section>")
        return "".join(kept)

    def without_answers(self) -> None:
        """Leave the answers out."""
        for body in self.trees.values():
            for part in answers(body):
                part.drop_tree()

    def contents(self) -> list[tuple[str, list[tuple[str, str, list[tuple[str, str]]]]]]:
        """Return the parts, their pages and the sections of these: identifiers and titles."""
        found = []
        for caption, pages in self.parts:
            entries = []
            for page in pages:
                body = self.trees[page]
                inner = [
                    (heading.get("id"), text(heading))
                    for heading in body.iter("h2")
                    if heading.getparent().tag == "section"
                ]
                entries.append((self.name(page), text(next(body.iter("h1"))), inner))
            found.append((caption, entries))
        if self.back:
            found[-1][1].append(("answers", "Answers and solutions", []))
        return found

    def document(self) -> str:
        """Return the whole as HTML, the numbers of pages still unseen."""
        if not self.answers:
            self.without_answers()
        title, author = self.config["title"], self.config["author"]
        style = Path(__file__).with_name("paper.css").read_text("utf8")
        rights = [f"Version {self.citation['version']}."]
        if self.address:
            rights.append(f'<a href="{self.address}">{self.address}</a>')
        rights.append(f"© {self.config['copyright']} {author}.")
        rights.append(re.sub("</?p>", "", self.config["html"]["extra_footer"]))
        body = []
        for page in self.pages:
            body.append(self.section(self.name(page), inside(self.trees[page])))
            style += running(self.name(page), text(next(self.trees[page].iter("h1"))))
        if self.back:
            heading = "Answers and solutions"
            body.append(
                self.section("answers", f"<section><h1>{heading}</h1>{self.back}</section>")
            )
            style += running("answers", heading)
        whole = HEAD.format(
            title=escape(title),
            about=escape(self.citation["title"].partition(": ")[2].capitalize()),
            author=escape(author),
            rights="<br>".join(rights),
            sheet=(self.built / "_static" / "page.css").as_uri(),
            style=style,
        )
        tree = html.fromstring(whole + self.table() + "".join(body) + END)
        there = set(tree.xpath("//@id"))
        for link in list(tree.iter("a")):
            href = link.get("href", "")
            if href.startswith("#") and href[1:] not in there:
                link.drop_tag()
        return f"<!DOCTYPE html>\n{html.tostring(tree, encoding='unicode')}"

    def section(self, name: str, said: str) -> str:
        """Return one page of the book as a part of the whole."""
        return f'<section class="book-page" id="{name}">{said}</section>'

    def table(self) -> str:
        """Return the table of contents."""

        def entry(name: str, title: str) -> str:
            number = f'<span class="number">{UNSEEN}</span>'
            return f'<a href="#{escape(name)}"><span>{escape(title)}</span>{number}</a>'

        lines = ['<section class="book-contents"><h1 id="contents">Contents</h1>']
        for caption, entries in self.contents():
            lines.append(f'<p class="part">{escape(caption)}</p>' if caption else "")
            lines.append("<ol>")
            for name, title, inner in entries:
                below = "".join(f"<li>{entry(*one)}</li>" for one in inner)
                lines.append(f"<li>{entry(name, title)}<ol>{below}</ol></li>")
            lines.append("</ol>")
        return "".join([*lines, "</section>"])


def name_heading(heading: Any) -> None:
    """Give a section's names to its heading: a box may begin on the sheet before its first line."""
    section = heading.getparent()
    if "id" in section.attrib:
        heading.set("id", section.attrib.pop("id"))
    for name in list(heading.itersiblings(preceding=True)):
        heading.insert(0, name)
        name.tail, heading.text = heading.text, None


def answers(body: Any) -> list[Any]:
    """Return what answers a self-check or an exercise, or explains what was predicted or drawn."""

    def answer(part: Any) -> bool:
        if "draw-answer" in classes(part):
            return True
        if part.tag != "details" or "dropdown" not in classes(part):
            return "feedback" in classes(part)
        return "solution" in classes(part) or text(part[0]).startswith("Explain")

    return [part for part in body.iter("div", "details") if answer(part)]


def running(name: str, title: str) -> str:
    """Return the rules that put a page's title at the head of its sheets of paper."""
    said = title.replace("\\", r"\\").replace('"', r"\"")
    return f'#{name} {{ page: {name}; }} @page {name} {{ @top-right {{ content: "{said}"; }} }}\n'


def numbered(document: str, where: dict[str, int]) -> str:
    """Return the document with the numbers of the pages that its links lead to."""
    tree = html.fromstring(document)
    for number in tree.xpath("//a/span[@class='number']"):
        number.text = str(where[number.getparent().get("href")[1:]])
    return f"<!DOCTYPE html>\n{html.tostring(tree, encoding='unicode')}"


def places(file: Path) -> dict[str, int]:
    """Return on which page of a PDF each name that is linked to stands."""
    reader = PdfReader(file)
    found = {}
    for name, place in reader.named_destinations.items():
        page = reader.get_destination_page_number(place)
        if page is not None:
            found[name.removeprefix("/")] = page + 1
    return found


def typeset(page: Page, document: str, source: Path, target: Path) -> None:
    """Print a document."""
    source.write_text(document, "utf8")
    page.goto(source.as_uri(), wait_until="load", timeout=300_000)
    page.evaluate("document.fonts.ready.then(() => null)")
    page.pdf(
        path=target, prefer_css_page_size=True, print_background=True, outline=True, tagged=True
    )


def bind(built: Path, answers: bool, browser: Browser) -> Path:
    """Write the built book as one PDF into it, printed by this browser; return the file."""
    book = Book(built, answers)
    document = book.document()
    work = built.parent / "paper"
    work.mkdir(exist_ok=True)
    source, printed = work / "book.html", work / "book.pdf"
    page = browser.new_page()
    page.set_default_timeout(600_000)
    typeset(page, document, source, printed)
    typeset(page, numbered(document, places(printed)), source, printed)
    page.close()
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", datetime.now(UTC).timestamp()))
    date = datetime.fromtimestamp(seconds, UTC).strftime("D:%Y%m%d%H%M%SZ")
    writer = PdfWriter(clone_from=printed)
    writer.add_metadata({"/Author": book.config["author"], "/CreationDate": date, "/ModDate": date})
    writer.write(built / NAME)
    link_to(built, book.first)
    return built / NAME


def link_to(built: Path, first: str) -> None:
    """Let the first page of the built book end with a link to its PDF."""
    file = built / first
    page = file.read_text("utf8")
    if "whole-book" not in page:
        link = LINK.format(href=posixpath.relpath(NAME, posixpath.dirname(first)))
        file.write_text(page.replace("</article>", f"{link}\n</article>", 1), "utf8")


def main(arguments: list[str]) -> None:
    """Write the PDF of the book, or of the one in the folder that is named."""
    parser = argparse.ArgumentParser(prog="make pdf")
    parser.add_argument("built", nargs="?", type=Path, default=ROOT / "_build" / "html")
    parser.add_argument("--answers", choices=("yes", "no"), default="yes")
    chosen = parser.parse_args(arguments)
    with sync_playwright() as playwright:
        file = bind(chosen.built.resolve(), chosen.answers == "yes", launch(playwright))
    print(f"The book is in {file}")


if __name__ == "__main__":
    main(sys.argv[1:])
