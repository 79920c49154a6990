"""The whole book as one PDF: on the small book, with its answers and without."""

import re
import shutil

import pytest
from lxml import html
from pypdf import PdfReader
from pypdf.generic import Destination

from paper.__main__ import NAME, bind

from . import fixture

pytestmark = pytest.mark.slow

SOLUTION = "The weight of"
FEEDBACK = "Each of them brings the spin back"
EXPLANATION = "It grows, as"


@pytest.fixture(scope="module", params=[True, False], ids=["answers", "no answers"])
def bound(request, tmp_path_factory, browser):
    """The small book as a PDF: its folder, the PDF, and whether it has answers."""
    built = tmp_path_factory.mktemp("pdf") / "html"
    shutil.copytree(fixture.build(), built)
    return built, PdfReader(bind(built, request.param, browser)), request.param


def entries(outline):
    for entry in outline:
        if isinstance(entry, Destination):
            yield entry
        else:
            yield from entries(entry)


def said(page):
    return " ".join(page.extract_text().split())


def links(reader):
    """Every link: the page that it is on, and the name or the address that it leads to."""
    for number, page in enumerate(reader.pages, 1):
        for note in page.get("/Annots", []):
            note = note.get_object()
            action = note.get("/A", {})
            yield number, note.get("/Dest", action.get("/D")), action.get("/URI")


def test_every_link_leads_to_a_page_of_the_book_or_to_the_web(bound):
    _, reader, _ = bound
    places = reader.named_destinations
    inside = [name for _, name, _ in links(reader) if name]
    outside = [uri for _, _, uri in links(reader) if uri]
    assert len(inside) > 20
    assert {str(name) for name in inside} <= places.keys()
    assert outside
    assert all(uri.startswith("https://") for uri in outside), "none leads to this machine"
    for place in places.values():
        assert reader.get_destination_page_number(place) is not None


def test_sheets_are_numbered_and_the_contents_name_the_right_ones(bound):
    _, reader, answers = bound
    for number, page in enumerate(reader.pages, 1):
        has = re.search(rf"(^|\s){number}(\s|$)", page.extract_text())
        assert bool(has) == (number > 1), number
    contents = said(reader.pages[1])
    assert contents.startswith("2 Contents")
    where = {}
    for entry in entries(reader.outline):
        where.setdefault(entry.title, reader.get_destination_page_number(entry) + 1)
    chapters = ["A plain page", "1. One of each kind", "Exercises", "2. Every explorer"]
    for title in chapters + ["Answers and solutions"] * answers:
        assert f"{title} {where[title]}" in contents
        assert title in said(reader.pages[where[title] - 1])
    assert "000" not in contents


def test_a_chapter_begins_a_sheet_and_has_its_title_at_the_head_of_each(bound):
    _, reader, _ = bound
    heads = [page.extract_text().split("\n")[0] for page in reader.pages[2:]]
    assert heads == sorted(heads, key=list(dict.fromkeys(heads)).index)
    assert {"A plain page", "1. One of each kind", "2. Every explorer"} <= set(heads)


def test_answers_stand_at_the_end_or_nowhere(bound):
    _, reader, answers = bound
    pages = [said(page) for page in reader.pages]
    end = next((at for at, page in enumerate(pages) if page.startswith("Answers and")), None)
    assert (end is not None) == answers
    for text in (SOLUTION, FEEDBACK, EXPLANATION):
        found = [at for at, page in enumerate(pages) if text in page]
        assert bool(found) == answers, text
        assert all(at >= end for at in found), text
    if answers:
        back = {name for _, name, _ in links(reader) if name and str(name).endswith("-from")}
        assert len(back) == 8
        back = " ".join(pages[end:])
        assert back.count("Answers to the self-checks") == 1
        assert sorted(re.findall(r"Question (\d)", back)) == ["1", "2", "3", "4"]


def test_it_has_a_title_page_and_says_whose_it_is(bound):
    _, reader, _ = bound
    title = said(reader.pages[0])
    for text in ("The Waiting Magnet", "interactive book", "authors", "CC BY 4.0", "Version"):
        assert text in title
    assert reader.metadata.title == "The Waiting Magnet"
    assert reader.metadata.author == "The Waiting Magnet authors"


def test_the_start_page_links_to_it_and_to_none_where_there_is_none(bound):
    built, _, _ = bound
    first = "book/plain.html"
    found = html.fromstring((built / first).read_text("utf8")).xpath(
        f"//a[contains(@href, '{NAME}')]"
    )
    assert [link.get("href") for link in found] == [f"../{NAME}"]
    assert NAME not in (fixture.BUILT / first).read_text("utf8")
