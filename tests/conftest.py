"""What tests of different folders share."""

import pytest
from playwright.sync_api import sync_playwright

from .browser.chromium import launch

collect_ignore = ["mutants.py"]  # imports what only `make mutants` installs


@pytest.fixture(scope="session")
def browser():
    """The browser, started once."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def binder(tmp_path_factory):
    """What Binder would make of the last commit: its folder and its environment."""
    from .binder import binder_environment

    return binder_environment(tmp_path_factory.mktemp("binder"))
