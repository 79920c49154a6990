"""What surrounds the text works: menus, theme, sidebars, search, copying, folds."""

import pytest

from .book import BUILT, DESKTOP, PHONE, Watch

pytestmark = pytest.mark.browser

PAGE = "book/bell.html"
THEME = "[document.documentElement.dataset.mode, document.documentElement.dataset.theme]"


@pytest.fixture(scope="module")
def opened(browser, address):
    """One chapter, opened once."""
    watch = Watch(browser, address)
    watch.page = watch.open(PAGE, permissions=["clipboard-read", "clipboard-write"])
    watch.loaded = [*watch.asked]
    yield watch
    watch.close()


@pytest.fixture
def tab(opened):
    """The chapter from its top, and an empty clipboard; nothing may go wrong in it."""
    page = opened.page
    page.set_viewport_size(DESKTOP)
    page.mouse.move(5, 600)
    page.evaluate("scrollTo(0, 0); navigator.clipboard.writeText('')")
    yield page
    opened.assert_quiet()


@pytest.mark.parametrize(
    ("system", "modes"), [("light", ["auto", "dark", "light"]), ("dark", ["auto", "light", "dark"])]
)
def test_the_theme_goes_round_and_is_remembered_and_auto_follows_the_system(book, system, modes):
    tab = book.open("genindex.html", color_scheme=system)
    other = {"light": "dark", "dark": "light"}[system]
    for mode in [*modes, "auto"]:
        assert tab.evaluate(THEME) == [mode, system if mode == "auto" else mode]
        tab.reload()
        assert tab.evaluate(THEME) == [mode, system if mode == "auto" else mode]
        for scheme in (other, system):
            tab.emulate_media(color_scheme=scheme)
            wanted = [mode, scheme if mode == "auto" else mode]
            tab.wait_for_function(f"{THEME}.join() === '{','.join(wanted)}'")
        tab.locator(".theme-switch-button").click()
    book.assert_quiet()


def test_a_menu_opens_and_closes_by_mouse_and_by_keyboard(tab):
    button = tab.locator(".dropdown-download-buttons > button")
    items = tab.locator(".dropdown-download-buttons .dropdown-item")
    button.click()
    tab.mouse.move(5, 600)
    assert (items.first.is_visible(), button.get_attribute("aria-expanded")) == (True, "true")
    tab.mouse.click(600, 600)
    assert (items.first.is_visible(), button.get_attribute("aria-expanded")) == (False, "false")
    button.focus()
    for key, focused in [("ArrowDown", 0), ("ArrowDown", 1), ("ArrowUp", 0), ("ArrowUp", -1)]:
        tab.keyboard.press(key)
        assert items.nth(focused).evaluate("item => item === document.activeElement")
    tab.keyboard.press("Escape")
    assert not items.first.is_visible()
    assert button.evaluate("button => button === document.activeElement")


def test_a_page_can_be_printed_from_its_menu(tab):
    tab.evaluate("globalThis.print = () => { globalThis.printed = true; }")
    tab.locator(".dropdown-download-buttons > button").click()
    tab.locator("[data-print]").click()
    assert tab.evaluate("printed")


def test_on_a_phone_the_sidebars_are_dialogs_and_a_link_closes_its_own(tab):
    tab.set_viewport_size(PHONE)
    pages = tab.locator(".bd-docs-nav")
    for leave in (
        lambda: tab.keyboard.press("Escape"),
        lambda: tab.mouse.click(PHONE["width"] - 5, 300),
    ):
        pages.wait_for(state="hidden")
        tab.locator(".primary-toggle").click()
        tab.locator("dialog[open] .bd-docs-nav").wait_for()
        leave()
    pages.wait_for(state="hidden")
    tab.locator(".secondary-toggle").click()
    tab.locator("dialog[open] .page-toc a", has_text="Summary").click()
    tab.locator("dialog[open]").wait_for(state="detached")
    assert tab.url.endswith("#summary")


def test_on_a_desktop_the_list_of_pages_can_be_put_away(tab):
    nav = tab.locator("#pst-primary-sidebar")
    for shown in (False, True):
        tab.locator(".primary-toggle").click()
        nav.wait_for(state="visible" if shown else "hidden")


def test_the_section_that_is_read_is_marked_in_the_list_of_contents(book):
    tab = book.open(PAGE)
    here = tab.locator(".page-toc a[aria-current=true]")
    for section in ("Five lines", "Summary"):
        tab.locator("h2", has_text=section).evaluate("heading => heading.scrollIntoView()")
        here.filter(has_text=section).wait_for()
    tab.locator(".page-toc a", has_text="Exercises").click()
    here.filter(has_text="Exercises").wait_for()
    assert here.count() == 1
    book.assert_quiet()


@pytest.mark.parametrize("base", [None, BUILT.as_uri()], ids=["http", "file"])
def test_search_opens_by_its_key_and_leads_to_a_section(book, base):
    tab = book.open(PAGE, base=base)
    dialog = tab.locator("#pst-search-dialog")
    for opened in (True, False, True):
        tab.keyboard.press("Control+k")
        assert dialog.is_visible() == opened
    tab.keyboard.type("malus")
    tab.keyboard.press("Enter")
    found = tab.locator("article ol > li > a")
    found.first.wait_for()
    assert tab.locator(".bd-search-container input").evaluate(
        "field => field === document.activeElement"
    )
    found.first.click()
    tab.wait_for_url("**/book/*.html#*")
    book.assert_quiet()


def test_code_is_copied_as_it_stands(tab):
    code = tab.locator(".highlight > pre").first
    code.hover()
    button = tab.locator(".highlight > .copy").first
    button.click()
    tab.wait_for_function("document.querySelector('.copy').title === 'Copied'")
    text = tab.evaluate("navigator.clipboard.readText()")
    assert text == code.inner_text().rstrip("\n")
    assert text.startswith("from itertools import product\n")


def test_code_is_copied_where_the_clipboard_is_not_offered(tab):
    """Pages served without encryption have no `navigator.clipboard`."""
    tab.evaluate(
        "globalThis.board = navigator.clipboard; globalThis.bookMayCopy = false;"
        "Object.defineProperty(navigator, 'clipboard', { value: undefined, configurable: true });"
        "document.querySelector('.copy').title = 'Copy'"
    )
    tab.locator(".highlight").first.hover()
    tab.locator(".highlight > .copy").first.click()
    tab.wait_for_function("document.querySelector('.copy').title === 'Copied'")
    assert tab.evaluate("board.readText()").startswith("from itertools import product\n")
    tab.evaluate("globalThis.bookMayCopy = true; delete navigator.clipboard")


def test_paper_has_no_folds_and_every_picture(tab):
    folds = "[...document.querySelectorAll('details.dropdown')].map(({ open }) => open)"
    closed = tab.evaluate(folds)
    assert closed
    assert not any(closed)
    tab.wait_for_function("[...document.images].every(({ complete }) => complete)")
    tab.evaluate(f"addEventListener('beforeprint', () => {{ globalThis.printed = {folds}; }})")
    tab.pdf()
    assert all(tab.evaluate("printed"))
    assert not any(tab.evaluate(folds))
    assert tab.evaluate("[...document.images].every(({ naturalWidth }) => naturalWidth > 0)")


def test_a_link_into_a_fold_opens_it(tab):
    inside = "document.querySelector('details.dropdown > :last-child')"
    tab.evaluate(f"{inside}.id = 'inside'; location.hash = 'inside'")
    tab.wait_for_function(f"{inside}.closest('details').open")
    tab.evaluate(f"{inside}.closest('details').open = false")


def test_the_font_of_formulas_is_asked_for_early_and_once_where_there_are_formulas(opened, book):
    other = book.open("genindex.html")
    for page, asked, times in [(opened.page, opened.loaded, 1), (other, book.asked, 0)]:
        early = page.locator("head > link[rel=preload]")
        assert early.count() == times
        assert sum(".woff2?v=" in url for url in asked) == times
    book.assert_quiet()
