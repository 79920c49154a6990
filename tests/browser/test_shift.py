"""What a page shows takes its place at once: nothing moves, and no policy is broken."""

import time

import live
import pytest
from theme import source

from retrolib import explorers

from .alone import minify, saved
from .book import DESKTOP, PHONE, ROOT

pytestmark = pytest.mark.browser

SITE = "http://localhost:1"
POLICY = "default-src 'self'; style-src-attr 'none'; require-trusted-types-for 'script'"
STILL = (ROOT / "book" / "stills" / "bell-chsh.svg").read_text("utf8")
STYLE = (ROOT / "book" / "_static" / "book.css").read_text("utf8")
WATCH = """globalThis.shifts = [];
new PerformanceObserver((list) => shifts.push(...list.getEntries().map(({ value }) => value)))
  .observe({ type: "layout-shift", buffered: true });
globalThis.places = [];
(function look() {
  const below = document.getElementById("below");
  if (below) places.push(below.getBoundingClientRect().top);
  requestAnimationFrame(look);
})();"""


def site(widget, script="<script src"):
    """Return the files of a page with one explorer, between two paragraphs."""
    one = saved(widget)
    files = {
        "book.css": ("text/css", STYLE),
        "style.css": ("text/css", minify(one["_css"], "css")),
        "still.svg": ("image/svg+xml", STILL),
        one["module"]: ("text/javascript", minify(one["_esm"], "js", one["module"])),
        "mode.js": ("text/javascript", minify(source("mode.js"), "js")),
        "host.js": ("text/javascript", minify(live.HOST, "js")),
    }
    shown = {key: one[key] for key in ("id", "module", "state")}
    view = live.view(shown, ["style.css"], [one["module"], "host.js"]).replace(
        "<script src", script
    )
    page = (
        '<!doctype html><meta charset="utf8"><meta name="viewport" content="width=device-width">'
        '<title>One</title><script src="mode.js"></script><link rel="stylesheet" href="book.css">'
        '<p>Above.</p><div class="live">'
        f'<figure class="still"><img src="still.svg" alt=""></figure>{view}</div>'
        f'<p id="below">Below.</p>{"<p>More.</p>" * 40}'
    )
    return {"": ("text/html", page), **files}


@pytest.fixture(scope="module")
def show(browser):
    """Open a site in a tab for all, each of whose files takes its time; keep what the page says."""
    files = {}

    def answer(route):
        kind, body = files[route.request.url.removeprefix(f"{SITE}/")]
        if kind != "text/html":
            time.sleep(0.05)
        headers = {"content-security-policy": POLICY}
        route.fulfill(body=body, content_type=kind, headers=headers)

    context = browser.new_context()
    context.route("**/*", answer)
    context.add_init_script(WATCH)
    page = context.new_page()
    page.on("console", lambda message: page.said.append(message.text))

    def open_page(shown, viewport=DESKTOP):
        files.clear()
        files.update(shown)
        page.said = []
        page.set_viewport_size(viewport)
        page.goto(f"{SITE}/", wait_until="load")
        page.locator(".live-on").wait_for()
        page.wait_for_timeout(100)
        return page

    yield open_page
    context.close()


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("kind", explorers.__all__)
def test_nothing_moves_when_an_explorer_is_drawn_and_the_strictest_policy_allows_it(
    show, kind, viewport
):
    page = show(site(getattr(explorers, kind)()), viewport)
    assert page.evaluate("[...new Set(places)].length") == 1
    assert page.evaluate("shifts") == []
    page.locator("input[type=range]").first.press("ArrowRight")
    assert page.said == []


def test_an_explorer_that_is_drawn_later_would_be_seen_to_move_the_page(show):
    page = show(site(explorers.Chsh(), "<script defer src"))
    assert page.evaluate("[...new Set(places)].length") > 1
    assert page.evaluate("shifts.reduce((sum, shift) => sum + shift, 0)") > 0.02


def test_the_text_takes_its_place_at_once_in_a_window_that_is_made_wide(small):
    """A browser may lay a page out before it knows how wide the page is shown."""
    look = """globalThis.places = [];
    (function look() {
      const text = document.querySelector("main");
      if (text) places.push(Math.round(text.getBoundingClientRect().left));
      requestAnimationFrame(look);
    })();"""
    page = small.open("book/plain.html", viewport={"width": 800, "height": 600}, script=look)
    page.set_viewport_size({"width": 1350, "height": 940})
    page.wait_for_function("places.at(-1) > 0")
    page.wait_for_timeout(500)
    assert page.evaluate("[...new Set(places)].length") == 2
    small.assert_quiet()
