"""What readers look up: sections by words, terms and equations where a link to them stands."""

import json
import re

import pytest

from tests import fixture

from .book import BUILT, DESKTOP, PHONE, Watch
from .conftest import together
from .kinds import faults
from .weight import weight

pytestmark = pytest.mark.browser

BASES = {"http": None, "file": BUILT.as_uri()}
GAMMA = "\N{GREEK SMALL LETTER GAMMA}"
# What readers have looked for: the query, a page that must be among the first results, what the
# title or the sentence must show of it, and how many results count as first.
QUERIES = [
    ("superdeterminism", "book/bell.html", "superdeterminis", 5),
    ("retrocausality", "book/intro.html", "retrocausal", 3),
    ("hidden variable", "book/bell.html", "hidden variable", 5),
    ("Tsirelson bound", "book/tsirelson.html", "Tsirelson", 3),
    ("PR box", "book/glossary.html#term-PR-box", "PR box", 3),
    ("zigzag", "book/glossary.html#term-zigzag", "zigzag", 3),
    (GAMMA, "book/one-particle.html", GAMMA, 10),
    ("gamma", "book/one-particle.html", GAMMA, 10),
    ("λ", "book/no-signaling.html", "λ", 5),
    ("no-signaling", "book/no-signaling.html", "signaling", 12),
    ("d-separation", "book/glossary.html#term-d-separation", "d-separation", 3),
    ("superdet", "book/bell.html", "superdeterminis", 5),
    ("Tsirelsen", "book/tsirelson.html", "Tsirelson", 5),
    ("Wood Spekkens", "book/no-signaling.html", "Spekkens", 10),
]
RESULTS = """[...document.querySelectorAll("article ol > li")].map((item) => {
  const [link, marks] = [item.querySelector("a"), item.querySelectorAll("mark")];
  return [link.getAttribute("href"), item.innerText, marks.length];
})"""
TERM = 'article a.reference[href*="#term-turn"]'
EQUATION = 'article a.reference[href="#equation-ki-eq-sum"]'


@pytest.fixture(scope="module", params=together("search", BASES))
def opened(request, browser, address):
    """The search page, opened once, with what it found at first and what it asked for."""
    watch = Watch(browser, address)
    watch.page = watch.open("search.html?q=hidden%20variable", base=BASES[request.param])
    watch.found, watch.loaded = watch.page.evaluate(RESULTS), [*watch.asked]
    watch.page.clock.install()  # To wait for results takes no time.
    yield watch
    watch.close()


@pytest.fixture
def searching(opened):
    """The search page; nothing may go wrong there."""
    yield opened.page
    opened.assert_quiet()


def look(page, query):
    """Type a query; return the results once they are there."""
    page.locator("article input").fill(query)
    page.clock.run_for(400)
    return page.evaluate(RESULTS)


def test_what_readers_look_for_is_found_in_its_section_with_the_sentence(searching):
    short = []
    for query, page, shown, first in QUERIES:
        results = look(searching, query)[:first]
        fitting = [text for address, text, marks in results if address.startswith(page) and marks]
        if not any(shown.lower() in text.lower() for text in fitting):
            short.append((query, [(address, text[:60]) for address, text, _ in results[:5]]))
    assert short == []


def test_results_are_of_sections_and_hold_no_tex_and_are_counted_aloud(searching):
    results = look(searching, "hidden variable")
    assert sum("#" in address for address, _, _ in results) > len(results) / 2
    for _, text, marks in results:
        assert marks
        assert not re.search(r"\\[a-z]|\$|_\{|\^\{", text), text
        assert max(map(len, text.split("\n"))) < 400
    count = searching.locator("article [role=status]")
    assert re.fullmatch(r"(The best 40 of )?\d+ sections", count.inner_text())
    assert look(searching, "qqqqzzzz") == []
    assert "Nothing was found" in count.inner_text()
    assert look(searching, "") == []
    assert count.inner_text() == ""


def test_a_query_may_hold_anything_and_is_never_markup(searching):
    for query in ["<img src=x onerror=boom()>", "%", GAMMA * 300, "a " * 400, "\\", "*"]:
        look(searching, query)
    assert searching.locator("article img").count() == 0


def test_the_first_sixteen_words_of_a_query_are_looked_for(searching):
    nothing = [f"qz{n}" for n in range(10, 26)]
    assert look(searching, " ".join([*nothing[:15], "magnet"])) != []
    assert look(searching, " ".join([*nothing, "magnet"])) == []
    assert look(searching, " ".join([*nothing[:15] * 30, "magnet"])) != [], "different words"


def test_a_result_leads_to_its_section_also_in_a_fold(opened):
    assert opened.found
    for address, _, _ in opened.found:
        file, _, name = address.partition("#")
        html = (BUILT / file).read_text("utf8")
        assert not name or f'id="{name}"' in html, address


def test_the_search_page_is_light(opened):
    kilobytes, requests = weight("search.html", opened.loaded)
    assert kilobytes < 350
    assert requests <= 25


def test_only_the_search_page_loads_the_index(book):
    book.open("book/glossary.html")
    assert not [url for url in book.asked if "searchindex" in url or "peeks" in url]


def test_the_search_page_is_accessible_with_results_on_desktop_and_phone(searching):
    assert look(searching, "hidden variable")
    for size in (PHONE, DESKTOP):
        searching.set_viewport_size(size)
        assert searching.evaluate("document.documentElement.scrollWidth") == size["width"]
        assert faults(searching, {}) == []


def peek(page):
    return page.locator(".peek")


@pytest.mark.parametrize("base", [None, fixture.BUILT.as_uri()], ids=["http", "file"])
def test_a_mouse_that_rests_on_a_link_sees_what_it_leads_to_and_paper_does_not(small, base):
    page = small.open("book/kinds.html", base=base)
    page.clock.install()
    for link, shown in [(TERM, "half a circle"), (EQUATION, "Equation 1.1")]:
        one = page.locator(link).first
        one.scroll_into_view_if_needed()
        before = page.evaluate("document.documentElement.scrollHeight")
        one.hover()
        page.mouse.move(5, 5)
        page.clock.run_for(700)
        assert peek(page).count() == 0, "it passes"
        one.hover()
        page.clock.run_for(400)
        peek(page).wait_for()
        assert shown in peek(page).inner_text()
        assert peek(page).get_attribute("role") == "tooltip"
        assert page.evaluate("document.documentElement.scrollHeight") == before
        box = peek(page).bounding_box()
        page.mouse.move(box["x"] + 20, box["y"] + box["height"] / 2, steps=8)
        page.clock.run_for(500)
        assert peek(page).is_visible(), "it can be reached"
        page.emulate_media(media="print")
        assert not peek(page).is_visible(), "paper has no box"
        page.emulate_media(media="screen")
        assert peek(page).is_visible()
        page.mouse.move(5, 5)
        page.clock.run_for(300)
        assert peek(page).count() == 0
    small.assert_quiet()


def test_the_keyboard_s_focus_shows_it_and_escape_closes_it(small):
    page = small.open("book/kinds.html")
    link = page.locator(TERM).first
    page.keyboard.press("Tab")
    link.focus()
    peek(page).wait_for()
    assert link.get_attribute("aria-describedby") == peek(page).get_attribute("id")
    assert faults(page, {}) == []
    page.keyboard.press("Escape")
    peek(page).wait_for(state="detached")
    assert link.evaluate("link => link === document.activeElement")
    assert link.get_attribute("aria-describedby") is None
    page.keyboard.press("Enter")
    page.wait_for_url("**/plain.html#term-turn")


def test_a_first_tap_shows_it_with_a_link_that_goes_there(small):
    page = small.open("book/kinds.html", viewport=PHONE, has_touch=True, is_mobile=True)
    for link, target in [(EQUATION, "equation-ki-eq-sum"), (TERM, "plain.html#term-turn")]:
        one = page.locator(link).first
        one.tap()
        peek(page).wait_for()
        assert not page.url.endswith(target)
        assert peek(page).get_attribute("role") == "dialog"
        box = peek(page).bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        assert page.evaluate("document.documentElement.scrollWidth") == PHONE["width"]
        assert faults(page, {}) == []
        peek(page).locator("button").tap()
        peek(page).wait_for(state="detached")
        one.tap()
        peek(page).locator("a").tap()
        page.wait_for_url(f"**/*{target}")
    small.assert_quiet()


def test_every_term_and_equation_that_a_page_links_to_can_be_shown():
    script = (BUILT / "peeks.js").read_text("utf8")
    names = json.loads(script.partition("=")[2].rstrip(";\n")).keys()
    html = "".join(file.read_text("utf8") for file in BUILT.glob("book/*.html"))
    asked = set(re.findall(r'href="[^"#]*#((?:term|equation)-[^"]+)"', html))
    headers = set(re.findall(r'class="headerlink" href="#([^"]+)"', html))
    assert len(names) > 50
    assert asked - names <= headers


def test_what_scrolls_says_at_which_edge_there_is_more(small):
    page = small.open("book/kinds.html", viewport=PHONE)
    page.evaluate("document.querySelectorAll('article details').forEach((d) => { d.open = true; })")
    boxes = "article :is(.formula, pre, .pst-scrollable-table-container)"
    ask = f"""() => [...document.querySelectorAll({boxes!r})].filter((box) => box.checkVisibility())
      .map((box) => [box.matches(".formula") ? "formula" : box.localName,
        box.scrollWidth - box.clientWidth, box.scrollLeft, box.dataset.more ?? "",
        getComputedStyle(box).boxShadow])"""
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        page.wait_for_function(f"({ask})().some(([, , , more]) => more)")
        kinds = set()
        for at in ("0", "box.scrollWidth / 2 - box.clientWidth / 2", "box.scrollWidth"):
            page.evaluate(
                f"document.querySelectorAll({boxes!r})"
                f".forEach((box) => {{ box.scrollLeft = {at}; }})"
            )
            page.wait_for_timeout(300)
            for kind, across, left, more, shadow in page.evaluate(ask):
                edges = [("left", left > 1), ("right", left < across - 1)]
                wanted = [side for side, there in edges if there]
                assert more.split() == wanted
                assert (shadow.count("inset") if across > 0 else 0) == len(wanted)
                if wanted:
                    kinds.add(kind)
        assert size is DESKTOP or kinds == {"formula", "pre", "div"}
