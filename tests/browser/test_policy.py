"""The site under the strictest content policy that a server could set, at each kind of page."""

import pytest

from .book import Watch, pages, views
from .weight import serving

pytestmark = pytest.mark.browser

POLICY = "default-src 'self'"
NOTE = """globalThis.violations = [];
addEventListener("securitypolicyviolation", ({ effectiveDirective, blockedURI, sourceFile }) =>
  violations.push(`${effectiveDirective}: ${blockedURI} in ${sourceFile}`));"""
# One page for each kind of explorer, and of the others one of each template.
EXPLORERS = {name.partition("-")[0]: page for page in reversed(pages()) for name, _ in views(page)}
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
def strict():
    """Address of the book, served under the policy."""
    with serving(POLICY) as address:
        yield address


@pytest.fixture
def guarded(browser, strict):
    """The book under the policy, in a browser that watches it."""
    watch = Watch(browser, strict)
    yield watch
    watch.close()


@pytest.mark.parametrize("name", [*KINDS, *sorted(set(EXPLORERS.values()))])
def test_a_page_needs_nothing_that_the_policy_forbids(guarded, name):
    page = guarded.open(name, script=NOTE, permissions=["clipboard-write"])
    page.wait_for_load_state("networkidle")
    page.evaluate(USE)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("violations") == []
    if name != "404.html":  # Its icon is at the top of the server, as the book here is not.
        guarded.assert_quiet()


def test_the_policy_is_in_force_and_violations_are_seen(guarded):
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
