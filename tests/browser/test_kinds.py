"""Each kind of box, formula and code, on the small book's pages, as every reader may see it."""

import io
from itertools import product

import pytest
from PIL import Image, ImageColor

from tests import fixture

from .book import DESKTOP, PHONE, Watch, settle
from .conftest import together
from .kinds import SCHEME, UNFOLD, assert_accessible, emulate, faults

pytestmark = pytest.mark.browser

# The pages that the builder adds, with what it finds in the small book's.
OTHERS = ["genindex.html", "search.html?q=magnet"]
BASES = {"http": None, "file": fixture.BUILT.as_uri()}


@pytest.fixture(scope="module", params=together("kinds", fixture.PAGES + OTHERS))
def opened(request, browser, small_address):
    """One page of the small book, opened once."""
    watch = Watch(browser, small_address, fixture.BUILT)
    watch.page = watch.open(request.param)
    yield watch
    watch.close()


def test_axe_finds_no_fault_in_the_light_and_nothing_sticks_out(opened):
    assert opened.page.evaluate("document.documentElement.dataset.theme") == "light"
    assert_accessible(opened.page, {})
    opened.page.set_viewport_size(DESKTOP)
    opened.assert_quiet()


def test_pages_opened_as_files_in_the_dark_are_quiet_and_have_contrast(small):
    page = small.open("index.html", base=BASES["file"], color_scheme="dark")
    for page_name in fixture.PAGES + OTHERS:
        page.goto(f"{BASES['file']}/{page_name}")
        settle(page)
        assert page.locator("main").is_visible()
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        small.assert_quiet()
        assert_accessible(page, SCHEME)
        page.wait_for_load_state("networkidle")  # What is on its way would fail.


# Into every box of another colour than what it stands in: links and code, as authors may write.
SOW = """() => {
  document.querySelectorAll(".quiz .answer").forEach((answer) => { answer.hidden = false; });
  const samples = ["a.internal", "code"].map((kind) => document.querySelector(`p > ${kind}`));
  const boxes = "p, div, details, summary, li, td, th, dt, dd, figcaption, legend, label, aside";
  const coloured = [...document.querySelectorAll(`article :is(${boxes})`)].filter((box) => {
    const [own, around] = [getComputedStyle(box), getComputedStyle(box.parentElement)];
    return !box.closest(".live, .cell_input, .highlight") && box.checkVisibility()
      && (own.backgroundColor !== "rgba(0, 0, 0, 0)" || own.color !== around.color);
  });
  coloured.forEach((box) => box.append(...samples.map((sample) => sample.cloneNode(true))));
  return coloured.length;
}"""


def test_links_and_code_have_contrast_in_every_box(small):
    page = small.open("book/kinds.html")
    page.evaluate(UNFOLD)
    for scheme in ("light", "dark"):
        emulate(page, scheme)
        assert page.evaluate(SOW) > 20
        assert faults(page, SCHEME, "article", without=".live, math") == [], scheme


@pytest.mark.parametrize("base", BASES)
def test_the_start_page_leads_to_the_first(small, base):
    page = small.open("index.html", base=BASES[base])
    page.wait_for_url("**/book/plain.html")
    small.assert_quiet()


@pytest.mark.parametrize("base", BASES)
def test_a_page_can_be_found(small, base):
    page = small.open("search.html?q=magnet", base=BASES[base])
    page.locator("article ol > li > a").first.wait_for()
    small.assert_quiet()


def test_a_wide_formula_scrolls_on_a_phone_within_reach_of_the_keyboard(small):
    page = small.open("book/kinds.html", viewport=PHONE)
    page.evaluate(UNFOLD)
    wide = """[...document.querySelectorAll(".formula")]
      .filter((box) => box.scrollWidth > box.clientWidth)
      .map((box) => [box.tabIndex, box.ariaLabel])"""
    page.wait_for_function(f"{wide}.every(([tab, label]) => tab === 0 && label)")
    assert "Equation 1.2" in [label for _, label in page.evaluate(wide)]


@pytest.mark.parametrize(
    "target", ["ki-deeper", "deeper-what-is-beside-the-way", "equation-ki-eq-deeper"]
)
def test_a_link_to_a_section_beside_the_main_route_or_into_it_opens_it(small, target):
    for start in (f"#{target}", ""):
        page = small.open(f"book/kinds.html{start}")
        page.evaluate("hash => { location.hash = hash; }", target)
        page.locator("details.depth[open]").wait_for()
        assert page.locator("details[open]").count() == 1
    small.assert_quiet()


def test_paper_is_light_even_from_a_dark_screen(small):
    page = small.open("book/kinds.html", color_scheme="dark")
    theme = "document.documentElement.dataset.theme"
    page.evaluate(f"addEventListener('beforeprint', () => {{ globalThis.printed = {theme}; }})")
    page.pdf()
    assert page.evaluate("printed") == "light"
    assert page.evaluate(theme) == "dark"


def test_on_paper_there_is_no_title_without_its_code_and_no_code_or_question_in_two_pieces(small):
    page = small.open("book/kinds.html")
    page.emulate_media(media="print")
    folded = page.locator("article details.hide:not([open])")
    assert folded.count()
    assert not any(one.is_visible() for one in folded.all())
    whole = """kind => [...new Set([...document.querySelectorAll(kind)]
      .map((part) => getComputedStyle(part).breakInside))]"""
    for kind in ("article pre", "article .question"):
        assert page.evaluate(whole, kind) == ["avoid"]
    small.assert_quiet()


def test_every_sign_of_a_formula_is_of_the_font_of_formulas(opened):
    """The browser itself says which fonts it has drawn with; each sign is asked about once."""
    opened.page.evaluate("""() => {
      const signs = [...document.querySelectorAll("math :is(mi, mn, mo, mtext)")]
        .filter((sign) => sign.checkVisibility() && sign.textContent.trim());
      const different = new Map(signs.map((sign) => [sign.tagName + sign.textContent, sign]));
      for (const sign of different.values()) sign.toggleAttribute("data-asked");
    }""")
    session = opened.page.context.new_cdp_session(opened.page)
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


def test_copied_text_has_each_formula_whole_and_as_tex(small):
    page = small.open("book/kinds.html")
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
    assert len(copied) > 10
    for text, formula in copied:
        assert text.startswith(formula), (text, formula)
    assert page.locator("body > div > .math").count() == 0


def test_text_without_formulas_is_copied_by_the_browser(small):
    page = small.open("book/plain.html")
    prevented = page.evaluate("""() => {
      getSelection().selectAllChildren(document.querySelector("article h1"));
      const event = new ClipboardEvent("copy",
        { clipboardData: new DataTransfer(), cancelable: true });
      document.dispatchEvent(event);
      return event.defaultPrevented;
    }""")
    assert prevented is False


def test_no_two_parts_of_a_page_have_the_same_identifier(opened):
    """Not those either that scripts have put in."""
    identifiers = opened.page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert sorted(set(identifiers)) == sorted(identifiers)


def test_formulas_and_code_read_alike_on_a_page_from_right_to_left(opened):
    """Where each sign of a formula and each word of code stands, from the left of the whole."""
    places = """() => [...document.querySelectorAll("math, pre")]
      .filter((whole) => whole.checkVisibility()).map((whole) => {
        const left = (part) => part.getBoundingClientRect().left;
        const parts = [...whole.querySelectorAll(":is(mi, mn, mo, mtext, span:not(:has(*)))")];
        const first = Math.min(...parts.map(left));
        return parts.map((part) => left(part) - first);
      })"""
    before = opened.page.evaluate(places)
    opened.page.evaluate("document.documentElement.dir = 'rtl'")
    after = opened.page.evaluate(places)
    opened.page.evaluate("document.documentElement.dir = 'ltr'")
    assert len(after) == len(before)
    for now, then in zip(after, before, strict=True):
        assert now == pytest.approx(then, abs=0.5)


def test_a_figure_stands_on_the_page_s_own_colour_and_its_lines_are_seen(small):
    page = small.open("book/kinds.html")
    figure = page.locator("figure > img[alt^='A straight line']").first
    figure.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(({ complete }) => complete)")
    for scheme, paper in [("light", "#ffffff"), ("dark", "#12171d")]:
        emulate(page, scheme)
        picture = Image.open(io.BytesIO(figure.screenshot(animations="disabled"))).convert("L")
        background = ImageColor.getcolor(paper, "L")
        assert picture.getpixel((2, 2)) == pytest.approx(background, abs=2)
        lightest, darkest = picture.getextrema()[::-1]
        assert lightest - darkest > 150
        assert background in (pytest.approx(lightest, abs=2), pytest.approx(darkest, abs=2))


def test_icons_and_figures_are_seen_in_forced_colours_whatever_the_theme(small):
    page = small.open("book/kinds.html", forced_colors="active")
    seen = """() => {
      const shown = (parts, colour) => [...document.querySelectorAll(parts)]
        .filter((part) => part.checkVisibility()).map((part) => getComputedStyle(part)[colour]);
      return {
        paper: getComputedStyle(document.body).backgroundColor,
        icons: shown("[class*='fa-'] > svg", "stroke"),
        figures: shown("article img", "backgroundColor"),
      };
    }"""
    for scheme, theme in product(("light", "dark"), repeat=2):
        page.emulate_media(color_scheme=scheme)
        page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        found = page.evaluate(seen)
        assert found["icons"]
        assert found["paper"] not in found["icons"]
        assert set(found["figures"]) == {"rgb(255, 255, 255)"}
