"""The built book as the tests see it: its pages and explorers, a server, a watching browser."""

from __future__ import annotations

import json
import re
import threading
from contextlib import contextmanager
from functools import cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

__all__ = [
    "BUILT",
    "DESKTOP",
    "FOLDER",
    "PAPER",
    "PHONE",
    "ROOT",
    "Explorer",
    "Handler",
    "Watch",
    "pages",
    "quizzes",
    "reload",
    "serve",
    "settle",
    "views",
]

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "_build" / "html"
FOLDER = "/some/where"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PAPER = {"width": 717, "height": 1046}
"""A4 within a browser's margins of 0.4 inches."""

VIEW = re.compile(r'<script type="application/json">(.*?)</script>')


@cache
def pages():
    """Every page of the built book, as a path below its folder.

    Not those that only lead on, nor those of single explorers, which are another kind of page.
    """
    found = {str(page.relative_to(BUILT)) for page in BUILT.rglob("*.html")}
    return sorted(
        page for page in found - {"index.html", "404.html"} if not page.startswith("explore/")
    )


@cache
def views(page):
    """Explorers of a page in the order of their views, each as (name, state)."""
    shown = map(json.loads, VIEW.findall((BUILT / page).read_text("utf8")))
    return [(view["id"], view["state"]) for view in shown]


@cache
def quizzes():
    """Every page with a self-check."""
    return [page for page in pages() if "data-quiz=" in (BUILT / page).read_text("utf8")]


class Handler(SimpleHTTPRequestHandler):
    """Serves a built book below FOLDER and nothing else."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def translate_path(self, path):
        if not path.startswith(f"{FOLDER}/"):
            return str(Path(self.directory) / "not-there")
        return super().translate_path(path.removeprefix(FOLDER))

    def log_message(self, *args):
        pass


@contextmanager
def serve(built=BUILT, handler=Handler, kind=ThreadingHTTPServer):
    """Serve a built book on this machine; return its address."""
    server = kind(("127.0.0.1", 0), partial(handler, directory=built))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{FOLDER}"
    server.shutdown()
    thread.join()
    server.server_close()


class Watch:
    """Opens pages of a book and keeps what went wrong in them."""

    def __init__(self, browser, address, built=BUILT):
        self.browser = browser
        self.address = address
        self.built = built
        self.contexts = []
        self.asked = []
        self.outside = []
        self.errors = []

    def open(self, page, *, base=None, rewrite=None, script=None, **options):
        """Open a page in a context of its own, which notes what it asks for outside the book.

        `rewrite` changes the page's HTML on its way, `script` runs before the page's own.
        """
        context = self.browser.new_context(**{"viewport": DESKTOP, **options})
        self.contexts.append(context)
        context.set_default_timeout(10_000)
        context.on("request", self.note)
        if rewrite:
            changed = rewrite((self.built / page).read_text("utf8"))
            context.route(f"**/{page}", lambda r: r.fulfill(body=changed, content_type="text/html"))
        context.on("console", self.hear)
        context.on("weberror", lambda error: self.errors.append(f"page error: {error.error}"))
        context.on("requestfailed", self.miss)
        context.on("response", self.check)
        if script:
            context.add_init_script(script)
        tab = context.new_page()
        tab.goto(f"{base or self.address}/{page}", wait_until="load")
        if options.get("java_script_enabled", True):
            settle(tab)
        return tab

    def hear(self, message):
        if message.type in {"error", "warning"}:
            self.errors.append(f"console {message.type}: {message.text}")

    def miss(self, request):
        # A page that is left at once, as the start page is, does not wait for its icon.
        left = request.failure == "net::ERR_ABORTED" and request.url.endswith("/icon.svg")
        if not left:
            self.errors.append(f"failed: {request.url}")

    def check(self, response):
        self.asked.append(response.url)
        if response.status >= 400:
            self.errors.append(f"{response.status}: {response.url}")

    def note(self, request):
        inside = (f"{self.address}/", f"{self.built.as_uri()}/", "data:")
        if not request.url.startswith(inside):
            self.outside.append(request.url)

    def assert_quiet(self):
        """Nothing outside was asked for, and nothing was reported as an error."""
        assert self.outside == [], self.outside
        assert self.errors == [], self.errors

    def close(self):
        for context in self.contexts:
            context.close()


class Explorer:
    """One explorer in its page, worked through its controls.

    All parts are element handles: a locator searches all of a page of 28 000 elements each time.
    """

    def __init__(self, page, index, within=".live"):
        self.page = page
        self.root = page.locator(f"{within} .explorer").nth(index).element_handle()
        self.name = self.root.get_attribute("data-explorer")

    def outputs(self):
        """Every displayed value in full precision, by name."""
        values = self.root.evaluate(
            "root => [...root.querySelectorAll('output')].map(o => [o.name, o.dataset.value])"
        )
        assert len(dict(values)) == len(values) > 0
        return {name: float(value) for name, value in values}

    def controls(self, kind):
        return self.root.query_selector_all(kind)

    def set(self, control, value):
        """Type or choose a value."""
        control.evaluate(
            "(input, value) => { input.value = value;"
            " input.dispatchEvent(new Event('input', { bubbles: true })); }",
            value,
        )

    def unfold(self):
        """Show all controls, if some are folded away."""
        if more := self.root.query_selector("button[name=more][aria-expanded=false]"):
            more.click()

    def picture(self):
        """All that is drawn or said, the polite announcement left out."""
        return self.root.evaluate(
            """root => {
              const copy = root.cloneNode(true);
              copy.querySelectorAll('[role=status]').forEach((element) => element.remove());
              const values = [...root.querySelectorAll("input, select")].map(({ value }) => value);
              return copy.outerHTML + values;
            }"""
        )

    def frames(self, count):
        """Let the browser paint this many times."""
        self.page.evaluate(
            """async (count) => { while (count--) await new Promise(requestAnimationFrame); }""",
            count,
        )


def reload(page):
    """Load a page again once all that it has asked for is there: what is on its way would fail."""
    page.wait_for_load_state("networkidle")
    page.reload()


def settle(page):
    """Wait until every explorer of a page is drawn and every font is there."""
    page.wait_for_selector(".live:not(.live-on)", state="detached")
    page.evaluate("document.fonts.ready.then(() => null)")
