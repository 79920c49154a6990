"""The built book, served from a subfolder, and browser pages that watch what the book does."""

from __future__ import annotations

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from .chromium import launch, settle

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "_build" / "html"
FOLDER = "/some/where"
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}


def built_pages():
    """Every page of the built book, as a path below its folder."""
    return sorted(str(page.relative_to(BUILT)) for page in BUILT.rglob("*.html"))


def pytest_generate_tests(metafunc):
    """Run a test with `page_name` on every page, with `explorer_page` on those with explorers."""
    for argument, wanted in [("page_name", ""), ("explorer_page", "vnd.jupyter.widget-view")]:
        if argument in metafunc.fixturenames:
            pages = [name for name in built_pages() if wanted in (BUILT / name).read_text("utf8")]
            metafunc.parametrize(argument, pages or ["no page was built"])


class Handler(SimpleHTTPRequestHandler):
    """Serves the built book below FOLDER and nothing else."""

    def translate_path(self, path):
        if not path.startswith(f"{FOLDER}/"):
            return str(BUILT / "not-there")
        return super().translate_path(path.removeprefix(FOLDER))

    def log_message(self, *args):
        pass


class Watch:
    """Opens pages of the book and keeps what went wrong in them."""

    def __init__(self, browser, address):
        self.browser = browser
        self.address = address
        self.contexts = []
        self.outside = []
        self.errors = []

    def context(self, **options):
        """Make a context in which nothing outside the book can be reached, and tries are kept."""
        context = self.browser.new_context(**{"viewport": DESKTOP, **options})
        self.contexts.append(context)
        context.route("**/*", self.gate)
        context.on("console", self.hear)
        context.on("weberror", lambda error: self.errors.append(f"page error: {error.error}"))
        context.on("requestfailed", lambda r: self.errors.append(f"failed: {r.url} {r.failure}"))
        context.on(
            "response", lambda r: r.status >= 400 and self.errors.append(f"{r.status}: {r.url}")
        )
        return context

    def hear(self, message):
        if message.type in {"error", "warning"}:
            self.errors.append(f"console {message.type}: {message.text}")

    def gate(self, route):
        if route.request.url.startswith((self.address, BUILT.as_uri() + "/", "data:", "blob:")):
            route.continue_()
        else:
            self.outside.append(route.request.url)
            route.abort()

    def open(self, name, *, base=None, ready=True, **options):
        """Open a page of the book in a context of its own; wait until its explorers are drawn."""
        page = self.context(**options).new_page()
        page.goto(f"{base or self.address}/{name}", wait_until="load")
        if ready and options.get("java_script_enabled", True):
            settle(page)
        return page

    def assert_quiet(self):
        """Nothing outside was asked for and nothing was reported as an error."""
        assert self.outside == []
        assert self.errors == []

    def close(self):
        for context in self.contexts:
            context.close()


@pytest.fixture(scope="session")
def address():
    """Address of the book, served by this machine from a subfolder."""
    assert (BUILT / "index.html").exists(), f"no book in {BUILT}: run `make book` first"
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=BUILT))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}{FOLDER}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    """The browser, started once."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def book(browser, address):
    """The book, in a browser that watches it."""
    watch = Watch(browser, address)
    yield watch
    watch.close()
