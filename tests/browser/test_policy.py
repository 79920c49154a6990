"""The site under the strictest content policy that a server could set, at each kind of page."""

import re

import pytest

from tests import fixture

from .book import BUILT, Watch, pages, settle, views
from .weight import serving

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'"
NOTE = """if (origin !== "null") localStorage.clear(), sessionStorage.clear();
globalThis.violations = [];
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) =>
  violations.push(`${effectiveDirective}: ${blockedURI} in ${sourceFile}`));"""
# One page of each template; the small book has each kind of box and of explorer.
CHAPTERS = [page for page in pages() if views(page)]
KINDS = ["index.html", "404.html", "search.html?q=magnet", "genindex.html", "book/glossary.html"]
# What a script may write only when it is used: a drawing, a verdict, a copy.
USE = """() => {
  document.querySelector(".theme-switch-button")?.click();
  document.querySelector(".highlight > .copy")?.click();
  document.querySelectorAll("details").forEach((box) => { box.open = true; });
  document.querySelectorAll(".explorer :is(input, select)").forEach((control) => {
    control.dispatchEvent(new Event("input", { bubbles: true }));
  });
  const controls = ":is(button, [type=radio], [type=checkbox])";
  document.querySelectorAll(`:is(.explorer, .quiz, .draw) ${controls}`)
    .forEach((part) => part.click());
  document.querySelectorAll(".search-button__button")[0]?.click();
}"""


@pytest.fixture(scope="module")
def guarded(browser):
    """One tab for the book, another for the small one, both under the policy."""
    with serving(POLICY) as address, serving(POLICY, fixture.build()) as small_address:
        watches = [Watch(browser, address), Watch(browser, small_address, fixture.BUILT)]
        for watch in watches:
            watch.page = watch.open("genindex.html", script=NOTE, permissions=["clipboard-write"])
        yield watches
        for watch in watches:
            watch.close()


def assert_allowed(watch, name):
    """Open a page and use it: the policy must forbid nothing that it needs."""
    page = watch.page
    watch.errors.clear()
    page.goto(f"{watch.address}/{name}")
    settle(page)
    page.wait_for_load_state("networkidle")
    page.evaluate(USE)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("violations") == []
    if name != "404.html":  # Its icon is at the top of the server, as the book here is not.
        watch.assert_quiet()


@pytest.mark.parametrize(
    "name", [*KINDS, *(pytest.param(page, marks=pytest.mark.slow) for page in CHAPTERS)]
)
def test_a_page_needs_nothing_that_the_policy_forbids(guarded, name):
    assert_allowed(guarded[0], name)


@pytest.mark.parametrize("name", fixture.PAGES)
def test_no_kind_of_box_or_explorer_needs_what_the_policy_forbids(guarded, name):
    assert_allowed(guarded[1], name)


# What the policy forbids as a page is read: styles, scripts and handlers that stand in it.
WITHIN = re.compile(
    r"<style\b|<[a-z][^<>]*\s(?:style|on[a-z]+)\s*="
    r"|<script\b(?![^>]*\s(?:src=|type=\"application/json\"))"
)


@pytest.mark.parametrize("name", pages())
def test_no_page_has_styles_scripts_or_handlers_of_its_own(name):
    assert WITHIN.findall((BUILT / name).read_text("utf8")) == []


def test_the_policy_is_in_force_and_violations_are_seen(browser, guarded):
    guarded = Watch(browser, guarded[0].address)
    page = guarded.open("genindex.html", script=NOTE)
    page.evaluate("""() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.ran = true";
      document.body.append(script);
      document.body.setAttribute("style", "color: red");
    }""")
    page.wait_for_function("violations.length === 2")
    assert not page.evaluate("globalThis.ran ?? false")
    assert len(guarded.errors) == 2
    guarded.close()
