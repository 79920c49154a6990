"""Finds a Chromium for the tests, or installs one. The only place that does.

`python -m tests.browser.chromium` makes sure that there is one and prints its path; the tests then
only look for it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from playwright.sync_api import Browser, Playwright, sync_playwright

__all__ = ["FLAGS", "apt", "find", "install", "launch", "starts"]

# The first has no windows at all and takes half the processor time; pages are the same in it.
SHELL = "chromium-headless-shell"
NAMES = (SHELL, "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)
# Whatever a page asks for, no other machine is found.
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"
HELP = """No Chromium was found and none could be installed. Either
  - install a package that puts chromium or google-chrome on the PATH, such as
    `apt-get install chromium` on Debian or `brew install --cask chromium` on macOS, or
  - run `.venv/bin/playwright install --with-deps chromium`, or
  - set the environment variable CHROMIUM to the path of an executable."""


def find(playwright: Playwright) -> str | None:
    """Path of a Chromium: from the variable CHROMIUM, on the PATH, or playwright's own."""
    chosen = os.environ.get("CHROMIUM")
    if chosen and not shutil.which(chosen):
        raise FileNotFoundError(f"CHROMIUM is set to {chosen}, which is no executable")
    candidates = [chosen] if chosen else [*NAMES, playwright.chromium.executable_path]
    return next((path for name in candidates if (path := shutil.which(name))), None)


def starts(path: str | None) -> bool:
    """Whether the browser runs: a downloaded one may lack the system's libraries."""
    if path is None:
        return False
    return subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0


def apt(package: str) -> list[list[str]]:
    """Commands that install a package on Debian and its kin; none elsewhere, or for other users."""
    if not (hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get")):
        return []
    return [["apt-get", "update"], ["apt-get", "install", "--yes", package]]


def install() -> str:
    """Find a Chromium that starts, installing one if need be; exit saying what to do if not."""
    playwrights = [sys.executable, "-m", "playwright", "install", "chromium"]
    commands = [playwrights, *apt(SHELL), *apt("chromium")]
    with sync_playwright() as playwright:
        path = find(playwright)
        for command in commands:
            if starts(path):
                break
            print("Looking for a browser:", " ".join(command), file=sys.stderr)
            subprocess.run(command, stdout=sys.stderr, check=False)
            path = find(playwright)
    if path is None or not starts(path):
        sys.exit(HELP)
    return path


def launch(playwright: Playwright) -> Browser:
    """Start the browser headless; fail with what to do if there is none."""
    path = find(playwright)
    if path is None:
        raise RuntimeError(HELP)
    return playwright.chromium.launch(executable_path=path, args=[*FLAGS, ALONE])


if __name__ == "__main__":
    print(install())
