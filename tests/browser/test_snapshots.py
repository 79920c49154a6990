"""The committed still figures are what the explorers draw now."""

import pytest

from .snapshots import STILLS, draw

pytestmark = pytest.mark.browser


def test_the_still_figures_are_fresh(browser):
    fresh = draw(browser)
    committed = {file.name: file.read_text("utf8") for file in STILLS.glob("*.svg")}
    assert fresh.keys() == committed.keys(), "run `make snapshots`"
    stale = [name for name in fresh if fresh[name] != committed[name]]
    assert stale == [], "run `make snapshots`"
