"""Looks at a page as its readers do: with assistive software, on a desktop and on a phone."""

from .book import DESKTOP, PHONE, ROOT

__all__ = ["SCHEME", "UNFOLD", "assert_accessible", "assert_fits", "emulate", "faults"]

AXE = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf8")
FAULTS = """async ([rules, part, without]) => {
  // Colours are looked at when they have stopped changing.
  const finite = (one) => Number.isFinite(one.effect.getComputedTiming().endTime);
  await Promise.allSettled(document.getAnimations().filter(finite).map((one) => one.finished));
  const left = [...document.querySelectorAll(without || "none")]
    .map((box) => [box, document.createElement("span")]);
  left.forEach(([box, hole]) => { hole.textContent = "x"; box.replaceWith(hole); });
  const found = await axe.run(part, { resultTypes: ["violations"], preload: false, ...rules });
  left.forEach(([box, hole]) => hole.replaceWith(box));
  return found.violations.flatMap(({ id, nodes }) =>
    nodes.map(({ html, failureSummary }) => [id, html, failureSummary]));
}"""
# The theme looks for boxes that scroll a moment after the window's size has changed.
REACHABLE = """[...document.querySelectorAll("pre, .pst-scrollable-table-container, .formula")]
  .every((box) => box.scrollWidth <= box.clientWidth || box.tabIndex === 0)"""
UNFOLD = """() => {
  document.querySelectorAll("article details").forEach((box) => { box.open = true; });
  document.querySelectorAll(".explorer.folded [name=more]").forEach((button) => button.click());
}"""


# An equation, a self-check and an explorer cut off what is wider, so that the page does not grow.
WIDE = """[...document.querySelectorAll("html, .math.equation, .quiz, .explorer")]
  .filter((box) => box.scrollWidth > box.clientWidth).map((box) => box.className)"""


SCHEME = {"runOnly": ["color-contrast"]}
"""What depends on the scheme of colours."""


def emulate(page, scheme):
    """Let the system ask for a scheme of colours."""
    page.emulate_media(color_scheme=scheme)
    page.wait_for_function(f"document.documentElement.dataset.theme === '{scheme}'")


def faults(page, rules, part="html", without=""):
    """Return what axe finds wrong in a part of a page, some boxes left out."""
    if not page.evaluate("'axe' in globalThis"):
        page.evaluate(AXE)
    return page.evaluate(FAULTS, [rules, part, without])


def assert_fits(page, size):
    """See that nothing sticks out of a window of this size, nor out of a box that would hide it."""
    assert page.evaluate("document.documentElement.scrollWidth") == size["width"], size
    assert page.evaluate(WIDE) == [], size


def assert_accessible(page, rules, part="html"):
    page.evaluate(UNFOLD)
    for size in (DESKTOP, PHONE):
        page.set_viewport_size(size)
        page.wait_for_function(REACHABLE)
        assert_fits(page, size)
        assert faults(page, rules, part) == [], size
