"""Finds a Firefox for the tests, or installs one, and looks at pages in it.

Playwright drives only a Firefox of its own, which many machines cannot get; puppeteer drives any,
by WebDriver BiDi. `python -m tests.browser.firefox` makes sure that there is one.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import Any

from .book import ROOT
from .chromium import apt, starts

__all__ = ["find", "install", "look"]

NAMES = ("firefox", "firefox-esr")
HELP = """No Firefox was found and none could be installed. Either
  - install a package that puts firefox on the PATH, such as `apt-get install firefox-esr` on Debian
    or `brew install --cask firefox` on macOS, or
  - set the environment variable FIREFOX to the path of an executable."""


def find() -> str | None:
    """Path of a Firefox: from the variable FIREFOX, or on the PATH."""
    names = (os.environ["FIREFOX"],) if os.environ.get("FIREFOX") else NAMES
    return next((path for name in names if (path := shutil.which(name))), None)


def install() -> str:
    """Find a Firefox that starts, installing one if need be; exit saying what to do if not."""
    for command in apt("firefox-esr"):
        if starts(find()):
            break
        print("Looking for a browser:", " ".join(command), file=sys.stderr)
        subprocess.run(command, stdout=sys.stderr, check=False)
    path = find()
    if path is None or not starts(path):
        sys.exit(HELP)
    return path


def look(address: str, pages: list[str]) -> list[dict[str, Any]]:
    """Open pages of the book that is served at an address; return what firefox.mjs says of each."""
    path = find()
    if path is None:
        raise RuntimeError(HELP)
    asked = json.dumps({"executable": path, "address": address, "pages": pages})
    program = ROOT / "tests" / "browser" / "firefox.mjs"
    said = subprocess.check_output(["node", program], input=asked, text=True)
    return [json.loads(line) for line in said.splitlines()]


if __name__ == "__main__":
    print(install())
