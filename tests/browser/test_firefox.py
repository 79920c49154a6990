"""Every page in Firefox: quiet, its explorers alive, its formulas there and in their font."""

import pytest

from . import firefox
from .book import pages

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def seen(address):
    return firefox.look(address, pages())


def test_pages_open_without_an_error_and_fit_the_window(seen):
    assert [page["page"] for page in seen] == pages()
    assert [(page["page"], page["errors"]) for page in seen if page["errors"]] == []
    assert [page["page"] for page in seen if page["wide"]] == []


def test_explorers_are_alive_and_follow_their_first_slider(seen):
    assert all(page["alive"] for page in seen)
    explorers = [explorer for page in seen for explorer in page["explorers"]]
    assert len(explorers) >= 7
    assert [explorer for explorer in explorers if explorer["wrong"] or not explorer["moved"]] == []


def test_formulas_have_their_place_and_their_font(seen):
    with_formulas = [page for page in seen if page["formulas"]]
    assert sum(page["formulas"] for page in with_formulas) > 500
    for page in with_formulas:
        assert page["empty"] == [], page["page"]
        (font,) = page["fonts"]
        assert any(name.strip('"') in font for name in page["loaded"]), page["page"]
