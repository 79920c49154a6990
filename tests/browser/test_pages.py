"""Every page of the book, opened once, as a file: quiet, accessible, of fit width, and light."""

import pytest

from .book import DESKTOP, PAPER, PHONE
from .kinds import UNFOLD, assert_fits, faults
from .weight import weight

pytestmark = pytest.mark.browser

COLOURS = ("color-contrast", "link-in-text-block")
STRUCTURE = {"rules": {rule: {"enabled": False} for rule in COLOURS}}
"""All but what the small book is asked about, which has every kind of box: see test_kinds.py."""
CUT = """[...document.querySelectorAll("main :is(pre, .formula)")]
  .filter((box) => box.checkVisibility() && box.scrollWidth > box.clientWidth)
  .map((box) => [box.matches("pre"), box.textContent])"""

# Formulas within a line that are wider than it, in nothing that scrolls.
OUT = """[...document.querySelectorAll("main .math:not(.equation) math")].filter((formula) => {
  let box = formula.closest(".math").parentElement;
  while (getComputedStyle(box).display.startsWith("inline")) box = box.parentElement;
  const room = Math.min(box.getBoundingClientRect().right, innerWidth);
  for (let outer = box; !outer.matches("article, main"); outer = outer.parentElement)
    if (/auto|scroll/.test(getComputedStyle(outer).overflowX)) return false;
  return formula.checkVisibility() && formula.getBoundingClientRect().right > room + 1;
}).map((formula) => formula.textContent)"""


def test_a_page_asks_nothing_of_other_hosts_and_reports_no_error_and_its_explorers_are_live(visit):
    page = visit.page
    assert page.locator("main").is_visible()
    assert page.locator(".live.live-on .explorer").count() == page.locator(".live").count()
    identifiers = page.evaluate("[...document.querySelectorAll('[id]')].map(({ id }) => id)")
    assert len(set(identifiers)) == len(identifiers)  # Those of scripts as well.
    visit.assert_quiet()


def test_a_page_is_light(visit):
    """A stock page weighs 3.6 MB, before its widgets."""
    kilobytes, requests = weight(visit.page_name, visit.asked)
    assert 10 < kilobytes <= 350
    assert 3 < requests <= 25


def test_nothing_sticks_out_on_a_desktop_on_paper_and_on_a_phone(visit):
    page = visit.page
    page.evaluate(UNFOLD)
    for size in (DESKTOP, PAPER, PHONE):
        page.set_viewport_size(size)
        page.emulate_media(media="print" if size is PAPER else "screen")
        if size is not PAPER:
            assert_fits(page, size)
        cut = page.evaluate(CUT)
        if size is DESKTOP:
            cut = [formula for code, formula in cut if not code]
        assert cut == [] or size is PHONE, size
        assert page.evaluate(OUT) == [], size
    page.set_viewport_size(DESKTOP)


def test_axe_finds_no_fault(visit):
    visit.page.evaluate(UNFOLD)
    assert faults(visit.page, STRUCTURE, without="math, .live, .quiz") == []
