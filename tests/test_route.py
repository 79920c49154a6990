"""The two ways through a chapter: what is beside the main route, and how long each takes.

The pages' own counts are made from Sphinx's tree; here the words are counted again, in the HTML.
"""

import re
from pathlib import Path

import pytest

from . import fixture
from .browser.book import BUILT, pages
from .tree import above, classes, read, text

WORDS, FORMULAS, MINUTES = 2600, 12, 40
CLOSING = 1200  # words
NO_BOOK = Path("no book: run `make book`")
ASIDE = ("Check yourself", "Exercises", "Further reading", "Make your own")
SAID = re.compile(
    r"Main route: (\d+) minutes? to read, and about as long for its figures and questions\."
    r"(?: With everything marked deeper: (\d+) minutes?\.)?"
)


def reading_time(root):
    """Return what a page says of its reading times; nothing if it is no chapter."""
    (line,) = [text(one) for one in root.iter("p") if "reading-time" in classes(one)] or [None]
    return line and [int(found) for found in SAID.fullmatch(line).groups() if found]


def title(section):
    """Return the title of a section; those within exercises have none."""
    return "".join(text(one) for one in section if re.fullmatch("h[1-6]", one.tag)).rstrip("#")


def unread(one):
    """Whether a reader on the way passes by what is in an element."""
    if one.tag == "section":
        return title(one) in ASIDE
    kinds = classes(one)
    boxes = {"dropdown", "exercise", "solution", "quiz", "live", "lab-note"}
    boxes |= {"challenges", "draw", "reading-time"}
    code = {"highlight", "output", "eqno", "headerlink"}
    return one.tag in {"script", "style", "svg", "summary"} or bool(kinds & (boxes | code))


def count(one, deeper=False, found=None):
    """Return words, formulas and cells: [[on the main route], [beside it]]."""
    found = found or [[0, 0, 0], [0, 0, 0]]
    if unread(one):
        return found
    kinds = classes(one)
    deeper = deeper or "deeper" in kinds
    way = found[deeper]
    if {"math", "equation"} <= kinds:
        way[1] += 1
    elif "math" in kinds:
        way[0] += 1
    else:
        way[2] += "cell_input" in kinds
        way[0] += len((one.text or "").split())
        for child in one:
            count(child, deeper, found)
            way[0] += len((child.tail or "").split())
    return found


def minutes(words, formulas, cells):
    return words / 200 + formulas / 2 + cells * 2 / 3


SMALL = fixture.BUILT / "book" / "kinds.html"
# Pages that say how long they take, and those of them that have two ways.
TIMED = [BUILT / page for page in pages() if "reading-time" in (BUILT / page).read_text("utf8")]
SPLIT = [SMALL, *(path for path in TIMED if '<details class="depth">' in path.read_text("utf8"))]
each_timed = pytest.mark.parametrize("path", TIMED or [NO_BOOK], ids=lambda path: path.stem)
each_split = pytest.mark.parametrize("path", SPLIT, ids=lambda path: path.stem)


@pytest.fixture(scope="module", autouse=True)
def small():
    """The small book, one page of which has two ways."""
    fixture.build()


def test_the_times_are_those_of_what_a_hand_counts_on_the_small_page():
    """One section beside the way: its title, ten words, one of them a formula, and a cell."""
    root, _ = read(SMALL)
    (deeper,) = [one for one in root.iter("section") if "deeper" in classes(one)]
    assert count(deeper)[1] == [6 + 10, 1, 1]
    (summary,) = deeper.iter("summary")
    assert text(summary) == "1 minute, not needed to go on"


@each_timed
def test_a_chapter_says_how_long_its_two_ways_take(path):
    article = next(read(path)[0].iter("article"))
    main, beside = count(article)
    expected = [minutes(*main)] + [minutes(*main) + minutes(*beside)] * any(beside)
    assert reading_time(article) == pytest.approx(expected, abs=1.5)


@each_split
def test_a_main_route_is_short(path):
    (words, formulas, cells), _ = count(next(read(path)[0].iter("article")))
    assert words <= WORDS
    assert formulas <= FORMULAS
    assert minutes(words, formulas, cells) <= MINUTES


def test_the_closing_page_is_short():
    (words, formulas, _), _ = count(next(read(BUILT / "book" / "end.html")[0].iter("article")))
    assert words <= CLOSING
    assert formulas == 0


@each_split
def test_a_main_route_needs_no_equation_that_stands_beside_one(path):
    root, parents = read(path)
    needed = []
    for link in root.iter("a"):
        page, mark, target = link.get("href", "").partition("#equation-")
        chain = list(above(link, parents))
        if not mark or "headerlink" in classes(link) or any(map(unread, chain)):
            continue
        if any("deeper" in classes(one) for one in chain):
            continue
        there, its_parents = read(path.parent / page) if page else (root, parents)
        (equation,) = [one for one in there.iter() if one.get("id") == f"equation-{target}"]
        if any("deeper" in classes(one) for one in above(equation, its_parents)):
            needed.append(link.get("href"))
    assert needed == []
