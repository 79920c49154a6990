"""Every page: complete in itself, free of errors, accessible, and fit for a phone."""

import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from .book import BUILT, DESKTOP, PAPER, PHONE, ROOT, pages
from .weight import weight

pytestmark = pytest.mark.browser

UNRENDERED = re.compile(r"\$[^$\n]+\$|\\[(\[]|\\begin\{|\\[a-z]+\{")
AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf8")
FAULTS = """async ([rules, part]) => {
  const found = await axe.run(part, { resultTypes: ["violations"], preload: false, ...rules });
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => [id, html, failureSummary]));
}"""
# The theme looks for boxes that scroll a moment after the window's size has changed.
REACHABLE = """[...document.querySelectorAll("pre, .pst-scrollable-table-container, .formula")]
  .every((box) => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""
UNFOLD = "document.querySelectorAll('details.dropdown').forEach((box) => { box.open = true; })"


def assert_accessible(page, rules, part="html"):
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE)
    page.evaluate(UNFOLD)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        page.wait_for_function(REACHABLE)
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"], size
        assert page.evaluate(FAULTS, [rules, part]) == [], size


def test_a_page_served_asks_nothing_of_other_hosts_and_reports_no_error(visit):
    assert visit.page.locator("main").is_visible()
    visit.assert_quiet()


@pytest.mark.parametrize("base", [None, BUILT.as_uri()], ids=["http", "file"])
def test_the_start_page_leads_to_the_introduction(book, base):
    page = book.open("index.html", base=base)
    page.wait_for_url("**/book/intro.html")
    book.assert_quiet()


def test_axe_finds_no_fault_and_nothing_sticks_out(visit):
    assert visit.page.evaluate("document.documentElement.dataset.theme") == "light"
    assert_accessible(visit.page, {})


def test_a_page_opened_as_a_file_in_the_dark_is_quiet_and_has_contrast(book, page_name):
    page = book.open(page_name, base=BUILT.as_uri(), color_scheme="dark")
    assert page.locator("main").is_visible()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    book.assert_quiet()
    assert_accessible(page, {"runOnly": ["color-contrast"]})


def test_paper_is_light_even_from_a_dark_screen(book):
    page = book.open("book/intro.html", color_scheme="dark")
    theme = "document.documentElement.dataset.theme"
    page.evaluate(f"addEventListener('beforeprint', () => {{ globalThis.printed = {theme}; }})")
    page.pdf()
    assert page.evaluate("printed") == "light"
    assert page.evaluate(theme) == "dark"


def test_formulas_fit_on_a_desktop_and_scroll_within_reach_of_the_keyboard_on_a_phone(visit):
    wide = """[...document.querySelectorAll(".formula")]
      .filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => [box.querySelector("annotation").textContent, box.tabIndex, box.ariaLabel])"""
    visit.page.evaluate(UNFOLD)
    visit.page.set_viewport_size(DESKTOP)
    assert visit.page.evaluate(wide) == []
    visit.page.set_viewport_size(PHONE)
    visit.page.wait_for_function(f"{wide}.every(([, tab, label]) => tab === 0 && label)")


def test_on_paper_no_code_and_no_formula_is_cut_off(visit):
    visit.page.set_viewport_size(PAPER)
    visit.page.emulate_media(media="print")
    wide = visit.page.evaluate("""[...document.querySelectorAll("main :is(pre, .formula)")]
      .filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => box.textContent)""")
    visit.page.emulate_media(media="screen")
    visit.page.set_viewport_size(DESKTOP)
    assert wide == []


def test_every_formula_is_mathml_and_is_said_once(visit):
    html = (BUILT / visit.page_name).read_text("utf8")
    assert "mathjax" not in re.sub(r"(tex2jax|mathjax)_\w+", "", html.lower())
    assert visit.page.locator(".math:not(:has(math))").count() == 0
    assert visit.page.locator(":is(merror, .temml-error, .math [aria-hidden])").count() == 0
    assert visit.page.locator("math:not(.math *), .math annotation ~ *").count() == 0
    text = visit.page.evaluate("""() => {
      const copy = (document.querySelector("article") ?? document.body).cloneNode(true);
      copy.querySelectorAll("math, pre, code, script, style").forEach((part) => part.remove());
      return copy.textContent;
    }""")
    assert UNRENDERED.findall(text) == []


def test_every_sign_of_a_formula_is_of_the_font_of_formulas(visit):
    """The browser itself says which fonts it has drawn with; each sign is asked about once."""
    visit.page.evaluate("""() => {
      const signs = [...document.querySelectorAll("math :is(mi, mn, mo, mtext)")]
        .filter((sign) => sign.checkVisibility() && sign.textContent.trim());
      const different = new Map(signs.map((sign) => [sign.tagName + sign.textContent, sign]));
      for (const sign of different.values()) sign.toggleAttribute("data-asked");
    }""")
    session = visit.page.context.new_cdp_session(visit.page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    asked = session.send("DOM.querySelectorAll", {"nodeId": root, "selector": "[data-asked]"})
    for node in asked["nodeIds"]:
        fonts = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        used = {(font["familyName"], font["isCustomFont"]) for font in fonts}
        sign = session.send("DOM.getOuterHTML", {"nodeId": node})["outerHTML"]
        assert used == {("STIX Two Math", True)}, sign
    session.detach()


def test_copied_text_has_each_formula_whole_and_as_tex(book):
    page = book.open("book/one-particle.html")
    copied = page.evaluate("""() => {
      const formulas = [...document.querySelectorAll("article p > .math, article .equation")];
      return formulas.map((formula) => {
        // From within the formula to the end of what follows it.
        const place = formula.matches(".equation") ? formula : formula.parentElement;
        const sign = formula.querySelector("math :is(mi, mn)").firstChild;
        getSelection().setBaseAndExtent(sign, 0, place, place.childNodes.length);
        const clipboardData = new DataTransfer();
        document.dispatchEvent(new ClipboardEvent("copy", { clipboardData, cancelable: true }));
        const mark = formula.matches(".equation") ? "$$" : "$";
        const tex = formula.querySelector("annotation").textContent;
        return [clipboardData.getData("text/plain"), mark + tex + mark];
      });
    }""")
    assert len(copied) > 100
    for text, formula in copied:
        assert text.startswith(formula), (text, formula)
    assert page.locator("body > div > .math").count() == 0


def test_text_without_formulas_is_copied_by_the_browser(book):
    page = book.open("book/running.html")
    prevented = page.evaluate("""() => {
      getSelection().selectAllChildren(document.querySelector("article h1"));
      const event = new ClipboardEvent("copy",
        { clipboardData: new DataTransfer(), cancelable: true });
      document.dispatchEvent(event);
      return event.defaultPrevented;
    }""")
    assert prevented is False


def test_no_two_parts_of_a_page_have_the_same_identifier(visit):
    """Not those either that scripts have put in."""
    identifiers = visit.page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert sorted(set(identifiers)) == sorted(identifiers)


def test_formulas_and_code_are_left_alone_by_translators(visit):
    offered = visit.page.evaluate("""
      [...document.querySelectorAll("math, pre, code")]
        .filter((part) => !part.closest(".notranslate")).map(({ outerHTML }) => outerHTML)""")
    assert offered == []
    assert visit.page.locator(".math:not([translate=no])").count() == 0


def test_formulas_and_code_read_alike_on_a_page_from_right_to_left(visit):
    """Where each sign of a formula and each word of code stands, from the left of the whole."""
    places = """() => [...document.querySelectorAll("math, pre")]
      .filter((whole) => whole.checkVisibility()).map((whole) => {
        const left = (part) => part.getBoundingClientRect().left;
        const parts = [...whole.querySelectorAll(":is(mi, mn, mo, mtext, span:not(:has(*)))")];
        const first = Math.min(...parts.map(left));
        return parts.map((part) => left(part) - first);
      })"""
    before = visit.page.evaluate(places)
    visit.page.evaluate("document.documentElement.dir = 'rtl'")
    after = visit.page.evaluate(places)
    visit.page.evaluate("document.documentElement.dir = 'ltr'")
    assert len(after) == len(before)
    for now, then in zip(after, before, strict=True):
        assert now == pytest.approx(then, abs=0.5)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_icons_and_figures_are_seen_in_forced_colours_whatever_the_theme(book, scheme):
    page = book.open("book/tuning.html", forced_colors="active", color_scheme=scheme)
    seen = """() => {
      const shown = (parts, colour) => [...document.querySelectorAll(parts)]
        .filter((part) => part.checkVisibility()).map((part) => getComputedStyle(part)[colour]);
      return {
        paper: getComputedStyle(document.body).backgroundColor,
        icons: shown("[class*='fa-'] > svg", "stroke"),
        figures: shown("article img", "backgroundColor"),
      };
    }"""
    for theme in ("light", "dark"):
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found = page.evaluate(seen)
        assert found["icons"]
        assert found["paper"] not in found["icons"]
        assert set(found["figures"]) == {"rgb(255, 255, 255)"}


def test_every_image_has_an_alternative_text(visit):
    for text in visit.page.evaluate("[...document.images].map((image) => image.alt)"):
        assert len(text) > 20, text
        assert not text.endswith((".svg", ".png")), text


class Links(HTMLParser):
    """Collects a page's anchors and what it refers to."""

    def __init__(self, html):
        super().__init__()
        self.anchors = {""}
        self.links = []
        self.resources = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        self.anchors |= {attributes.get("id"), attributes.get("name")} - {None}
        if "src" in attributes:
            self.resources.append(attributes["src"])
        if "href" in attributes:
            (self.links if tag == "a" else self.resources).append(attributes["href"])


@cache
def links(path):
    return Links(path.read_text("utf8"))


def test_every_link_leads_to_a_file_and_an_anchor_that_exist(page_name):
    path = BUILT / page_name
    missing = []
    for reference in links(path).links + links(path).resources:
        parts = urlsplit(reference)
        if parts.scheme:
            outside = reference in links(path).resources and parts.scheme != "data"
            assert not outside, reference
            continue
        target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
        anchors = links(target).anchors if target.suffix == ".html" and target.is_file() else {""}
        if not target.is_file() or unquote(parts.fragment) not in anchors:
            missing.append(reference)
    assert missing == []


def test_no_reference_of_a_stylesheet_leaves_the_book():
    pattern = re.compile(r"url\(\s*[\"']?(?!data:|#)([^\"')]+)")
    used = {Path(urlsplit(r).path).name for page in pages() for r in links(BUILT / page).resources}
    for sheet in BUILT.rglob("*.css"):
        for reference in pattern.findall(sheet.read_text("utf8")):
            assert (sheet.parent / urlsplit(reference).path).is_file(), (sheet.name, reference)
    assert "page.css" in used


def test_a_page_can_be_found_from_a_file(book):
    page = book.open("search.html?q=magnet", base=BUILT.as_uri())
    page.locator("#search-results li a").first.wait_for()
    book.assert_quiet()


def test_a_page_is_light(visit):
    """A stock page weighs 3.6 MB, before its widgets."""
    kilobytes, requests = weight(visit.page_name, visit.asked)
    assert 10 < kilobytes <= 350
    assert 3 < requests <= 25
