"""The book and a small book, served from a subfolder, in a browser that watches what it does."""

from contextlib import contextmanager

import pytest

from retrolib import explorers
from tests import fixture

from .book import BUILT, DESKTOP, Explorer, Watch, pages, serve

EXPLORERS = [name.lower() for name in explorers.__all__]
GALLERY = "book/gallery.html"


def together(group, values):
    """Return parameters that one worker gets, so that what is opened for one serves the next."""
    return [pytest.param(value, marks=pytest.mark.xdist_group(group)) for value in values]


def pytest_generate_tests(metafunc):
    """Run a test with `visit` on every page, one with an explorer on each of them.

    All tests of one page share one opened page, and all explorers of the small book another.
    """
    if "visit" in metafunc.fixturenames:
        values = [together(page, [page])[0] for page in pages() or ["search.html"]]
        metafunc.parametrize("visit", values, indirect=True, scope="module")
    if "explorer" in metafunc.fixturenames:
        metafunc.parametrize("explorer", together("explorers", EXPLORERS))


@pytest.fixture(scope="session")
def address():
    """Address of the book, served by this machine from a subfolder."""
    if not (BUILT / "index.html").exists():
        pytest.fail(f"there is no book in {BUILT}: run `make book` first")
    with serve(BUILT) as at:
        yield at


@pytest.fixture(scope="session")
def small_address():
    """Address of the small book, served likewise."""
    with serve(fixture.build()) as at:
        yield at


@pytest.fixture
def book(browser, address):
    """The book, in a browser that watches it."""
    watch = Watch(browser, address)
    yield watch
    watch.close()


@pytest.fixture
def small(browser, small_address):
    """The small book, in a browser that watches it."""
    watch = Watch(browser, small_address, fixture.BUILT)
    yield watch
    watch.close()


@pytest.fixture(scope="module")
def visit(request, browser, address):
    """One page, opened once for all the tests that only look at it."""
    watch = Watch(browser, address)
    watch.page_name = request.param
    watch.page = watch.open(request.param, base=BUILT.as_uri())
    yield watch
    watch.close()


@contextmanager
def once(browser, address, page):
    """Open a page of the small book, once for each set of options."""
    watches = {}

    def opened(**options):
        key = repr(options)
        if key not in watches:
            watch = watches[key] = Watch(browser, address, fixture.BUILT)
            watch.page = watch.open(page, **options)
        return watches[key]

    yield opened
    for watch in watches.values():
        watch.close()


@pytest.fixture(scope="module")
def gallery(browser, small_address):
    """Open the page of all explorers; nothing may go wrong there."""
    with once(browser, small_address, GALLERY) as opened:
        yield opened


@pytest.fixture
def showing(gallery, explorer):
    """Show one explorer in its opening state, in a page opened with the options given."""
    used = []

    def shown(**options):
        watch = gallery(**options)
        used.append(watch)
        found = Explorer(watch.page, EXPLORERS.index(explorer))
        assert found.name == explorer
        found.unfold()
        return found

    yield shown
    for watch in used:
        watch.assert_quiet()


@pytest.fixture
def shown(showing):
    """One explorer in its opening state, all of it unfolded, on a desktop."""
    found = showing()
    found.page.set_viewport_size(DESKTOP)
    found.root.query_selector("button[name=reset]").click()
    return found
