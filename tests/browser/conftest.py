"""The built book, served from a subfolder, in a browser that watches what it does."""

import threading
from functools import partial
from http.server import ThreadingHTTPServer

import pytest

from .book import BUILT, DESKTOP, FOLDER, Explorer, Handler, Watch, pages, quizzes, views


def pytest_generate_tests(metafunc):
    """Run a test with `page_name` or `visit` on every page, with `quiz_page` or `self_check` on
    every page with a self-check, with `explorer` on each explorer.

    Tests of one page stand together, so that those with `visit` share one opened page; those with
    `shown` share one of their explorer's, and those with `self_check` one of their self-check's.
    """
    found = [(page, i, name) for page in pages() for i, (name, _) in enumerate(views(page))]
    first = {name.partition("-")[0]: (page, i, name) for page, i, name in reversed(found)}
    explorers = list(first.values()) or [("search.html", 0, "none")]
    for argument, values in [
        ("page_name", pages() or ["search.html"]),
        (
            "page_with_explorers",
            list(dict.fromkeys(page for page, _, _ in found)) or ["search.html"],
        ),
        ("quiz_page", quizzes() or ["search.html"]),
        ("self_check", quizzes() or ["search.html"]),
        ("visit", pages() or ["search.html"]),
        ("explorer", explorers),
        ("opened", explorers),
    ]:
        if argument in metafunc.fixturenames:
            labels = [v if isinstance(v, str) else f"{v[0]}:{v[2]}" for v in values]
            shared = argument in {"visit", "opened", "self_check"}
            metafunc.parametrize(
                argument, values, ids=labels, indirect=shared, scope="module" if shared else None
            )


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


@pytest.fixture
def book(browser, address):
    """The book, in a browser that watches it."""
    watch = Watch(browser, address)
    yield watch
    watch.close()


@pytest.fixture(scope="module")
def visit(request, browser, address):
    """One page, opened once for all the tests that only look at it."""
    watch = Watch(browser, address)
    watch.page_name = request.param
    watch.page = watch.open(request.param)
    yield watch
    watch.close()


@pytest.fixture(scope="module")
def opened(request, browser, address):
    """One explorer's page, opened once for several tests."""
    page_name, index, name = request.param
    watch = Watch(browser, address)
    watch.state = dict(views(page_name))[name]
    watch.explorer = Explorer(watch.open(page_name), index)
    yield watch
    watch.close()


@pytest.fixture
def shown(opened):
    """One explorer in its opening state; after the test nothing may have gone wrong in its page."""
    opened.explorer.page.set_viewport_size(DESKTOP)
    opened.explorer.root.query_selector("button[name=reset]").click()
    yield opened.explorer
    opened.assert_quiet()
