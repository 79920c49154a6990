"""What tests of different folders share."""

import re
import shutil
import subprocess

import pytest
from playwright.sync_api import sync_playwright

import course  # noqa: F401  (before jsonschema: see there)
from retrolib import explorers

from .browser.book import ROOT
from .browser.chromium import launch

OTHERS = "|".join(name for name in explorers.__all__ if name not in {"Winding", "Anomaly"})

# What takes seconds and has quicker kin in its file: sums in 220 digits at most widths, models
# without a closed form, large samples, most explorers. `make test-slow` runs it; the rest runs
# each time.
SLOW = {
    "test_weights": ["anywhere", r"lattice_sum\[(0\.|1\.|1e-[02]|5|7)"],
    "test_one_particle": [
        "anywhere",
        "both_sides",
        r"lattice_sums?\[(0\.001|1\.|1e-[02]|5|7)",
    ],
    "test_pair": [
        "anywhere",
        "adds_up_all",
        r"(windings|lattice_sums)\[(0\.001|1\.|1e-[02]|5|7)",
    ],
    "test_tail": [r"all_turns\[(2|.*1e-06)", r"of_the_weight\[(2\.|3|.*1e-06)"],
    "test_model": [r"with_python\[bestSettings"],
    "test_exponent": [r"equal_angles\[(1\.05|1\.5|2|3)"],
    "test_preparations": [r"orientation\[0"],
    # Two explorers stand for all, each time; for those over which a finger swipes, one.
    "test_knob": [rf"\[({OTHERS})", r"swipe_over.*\[Winding"],
    "test_travel": [rf"\[(light-|dark-)?({OTHERS.lower()})"],
    "test_explorers": [
        rf"(mouse|finger)_drags.*\[({OTHERS.lower()})",
        rf"(keyboard_reaches|keeps_its_height|right_to_left).*\[({OTHERS.lower()})",
        rf"forced_colours.*\[(light-|dark-)?({OTHERS.lower()})",
    ],
    "test_shift": [rf"\[(desktop-|phone-)?({OTHERS})"],
    "test_pair_explorers": [r"apart\[finger-(I|S)"],
    "test_pages": ["axe"],
    "test_snapshots": ["fresh"],
    "test_inputs": [r"chsh_maximum-p"],
    "test_pair_model": [
        "bell_s_bound",
        "born_for_one",
        "narrower_leg",
        "no_weights_signal",
        "any_grid",
        r"tabulated\[(1\.234|0\.0-0)",
        r"preparation_signal\[weight1",
        r"one_sided\[bob",
        r"closed_form\[0\.5",
        r"(over_the_direction|to_the_weights)\[(unequal|skewed|steep|two)",
        r"with_the_preparation\[bob",
        r"refused\[weight1-",
        r"forms\[0\.001",
        r"(hidden_density|the_density|joint_law)\[(skewed|nothing)",
    ],
}


# Files with tests that take minutes: they begin first, so that no worker ends up alone with one.
LONG = {"test_lab", "test_build", "test_export", "test_notebooks", "test_scaffold"}

# Fixtures that take half a minute and more: Binder's environment, a class's marks, the book as PDF,
# the whole book in Firefox.
DEAR = {"binder", "classroom", "bound", "seen"}


def pytest_itemcollected(item):
    """Let all that needs one of what is dear run in one worker, so that it is made once."""
    for fixture in DEAR & set(item.fixturenames):
        item.add_marker(pytest.mark.xdist_group(fixture))


def pytest_collection_finish(session):
    """Stop where groups of tests would not be kept together, which nothing else would show."""
    if getattr(session.config.option, "loadgroup", False):
        grouped = [item for item in session.items if item.get_closest_marker("xdist_group")]
        lost = [item.nodeid for item in grouped if "@" not in item.nodeid]
        assert not lost, f"pytest-xdist does not know the group of {lost[0]}: see pyproject.toml"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark what is slow and put long files first; fail on a name that no test of a file has."""
    for file, names in SLOW.items():
        found = [item for item in items if item.path.stem == file]
        for name in names:
            slow = [item for item in found if re.search(name, item.name)]
            whole = len({item.function for item in found}) > 15
            assert slow or not whole, f"no test of {file} is called {name}: see tests/conftest.py"
            for item in slow:
                item.add_marker("slow")
    items.sort(key=lambda item: item.path.stem not in LONG)


collect_ignore = ["mutants.py"]  # imports what only `make mutants` installs


@pytest.fixture
def tree(tmp_path):
    """What git has of the project, in a folder that is no repository."""
    files = subprocess.check_output(["git", "-C", ROOT, "ls-files"], text=True).splitlines()
    for name in files:
        target = tmp_path / "tree" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, target)
    return tmp_path / "tree"


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
