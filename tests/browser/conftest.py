"""The built book, served from a subfolder, in a browser that watches what it does."""

import threading
from functools import partial
from http.server import ThreadingHTTPServer

import pytest
from playwright.sync_api import sync_playwright

from .book import BUILT, FOLDER, Handler, Watch, pages, views
from .chromium import launch


def pytest_generate_tests(metafunc):
    """Run a test with `page_name` on every page, with `view` on every view of an explorer, with
    `explorer` on one view of each explorer.
    """
    found = [(page, i, name) for page in pages() for i, (name, _) in enumerate(views(page))]
    first = {name.partition("-")[0]: (page, i, name) for page, i, name in reversed(found)}
    nothing = [("search.html", 0, "none")]
    for argument, values in [
        ("page_name", pages() or ["search.html"]),
        ("view", found or nothing),
        ("explorer", list(first.values()) or nothing),
    ]:
        if argument in metafunc.fixturenames:
            labels = [v if isinstance(v, str) else f"{v[0]}:{v[2]}" for v in values]
            metafunc.parametrize(argument, values, ids=labels)


@pytest.fixture(scope="session")
def address():
    """Address of the book, served by this machine from a subfolder."""
    if not (BUILT / "index.html").exists():
        pytest.fail(f"there is no book in {BUILT}: run `make book` first")
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
