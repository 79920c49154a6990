"""What `make new-chapter` and `make new-explorer` write builds, and passes what is asked of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import fixture
from tests.binder import ROOT

pytestmark = pytest.mark.slow


def run(folder, *command):
    """Run a command in a folder; return whether it succeeded, and what it said."""
    own = os.environ | {"PYTHONPATH": str(folder)}  # the folder's retrolib, in kernels too
    done = subprocess.run(command, cwd=folder, env=own, capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stdout + done.stderr


def scaffold(folder, *arguments):
    return run(folder, sys.executable, "-m", "scaffold", *arguments)


def test_a_new_chapter_builds_without_a_warning(tmp_path):
    book = tmp_path / "book"
    fixture.write(tmp_path)
    shutil.copytree(ROOT / "scaffold", tmp_path / "scaffold")
    good, said = scaffold(tmp_path, "chapter", "spin-one", "Spin one")
    assert good, said
    with open(tmp_path / "_toc.yml", "a") as contents:
        contents.write("      - file: book/spin-one\n")
    shutil.copy(ROOT / "book/stills/one-particle-winding.svg", book / "stills/spin-one-winding.svg")
    builder = Path(sys.executable).with_name("jupyter-book")
    good, said = run(tmp_path, builder, "build", "-n", "-W", "--keep-going", ".")
    assert good, said[-3000:]
    page = (tmp_path / "_build/html/book/spin-one.html").read_text("utf8")
    assert "Spin one" in page
    assert "of the runs" in page
    assert page.count('class="live docutils') == 1
    assert scaffold(tmp_path, "chapter", "spin-one") == (
        False,
        "book/spin-one.md exists: choose another NAME. Nothing was written.\n",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("chapter", "Spin One"), "NAME must be lower-case words joined by hyphens"),
        (("chapter", ""), "NAME must be lower-case words joined by hyphens"),
        (("chapter", "op"), "Any two letters of op begin the labels of another page"),
        (("explorer", "GHZ"), "NAME must be one lower-case word"),
        (("explorer", "winding"), "retrolib/explorers/winding.js exists"),
    ],
)
def test_a_name_that_will_not_do_is_refused_and_nothing_is_written(arguments, message):
    good, said = scaffold(ROOT, *arguments)
    assert not good
    assert said.startswith(message)


def test_new_explorers_are_found_in_order_and_pass_the_checks_of_explorers(tree):
    """One stands between the others, one before them and one after them."""
    (tree / "node_modules").symlink_to(ROOT / "node_modules")
    still = tree / "book" / "stills"
    for name in ("helix", "abc", "zeta"):
        good, said = scaffold(tree, "explorer", name)
        assert good, said
        shutil.copy(still / "one-particle-winding.svg", still / f"one-particle-{name}.svg")
    for command in (
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("npm", "run", "--silent", "check"),
    ):
        good, said = run(tree, Path(sys.executable).with_name(command[0]), *command[1:])
        assert good, said
    tests = ["tests/test_explorers.py", "tests/browser/test_explorers.py"]
    # In a browser one stands for all.
    chosen = "helix or Helix or (abc or Abc or zeta or Zeta) and not browser"
    command = ["pytest", "-q", "-k", chosen, "-p", "no:cacheprovider", *tests]
    good, said = run(tree, sys.executable, "-m", *command)
    assert good, said[-3000:]
    assert "passed" in said
