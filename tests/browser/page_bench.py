"""What a page costs its reader: elements, kilobytes, requests, and what Lighthouse says of it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from .book import ROOT, Watch, pages
from .chromium import launch
from .weight import serving, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Playwright

__all__ = ["FORMS", "Audit", "Page", "run"]

LIGHTHOUSE = ROOT / "tests" / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
FORMS = {"mobile": [], "desktop": ["--preset=desktop"]}
SECONDS = 180
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


class Audit(NamedTuple):
    """Lighthouse's verdict: points of 100 by category, layout shift, blocking time in ms."""

    points: dict[str, int]
    shift: float
    blocking: float


class Page(NamedTuple):
    """What one page costs; its audits by form."""

    name: str
    elements: int
    kilobytes: float
    requests: int
    audits: dict[str, Audit]


def free_port() -> int:
    """Return the number of a port that nothing listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
    return number


def audit(playwright: Playwright, url: str, options: list[str]) -> Audit:
    """Return what Lighthouse says of a page in a fresh browser; fail if it is not there."""
    if not LIGHTHOUSE.exists():
        raise FileNotFoundError(f"{LIGHTHOUSE} is missing: run `make bench`, which installs it")
    port = free_port()
    command = ["node", str(LIGHTHOUSE), url, "--output=json", "--quiet", f"--port={port}"]
    command += [f"--only-categories={','.join(CATEGORIES)}", *options]
    browser = launch(playwright, f"--remote-debugging-port={port}")
    try:
        said = subprocess.run(command, capture_output=True, check=True, timeout=SECONDS)
    finally:
        browser.close()
    report = json.loads(said.stdout)
    return Audit(
        {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES},
        report["audits"]["cumulative-layout-shift"]["numericValue"],
        report["audits"]["total-blocking-time"]["numericValue"],
    )


def run(names: list[str] | None = None) -> Iterator[Page]:
    """Yield what each page costs, served compressed."""
    with serving() as address, sync_playwright() as playwright:
        browser = launch(playwright)
        for name in names or pages():
            watch = Watch(browser, address)
            elements = watch.open(name).locator("*").count()
            watch.close()
            kilobytes, requests = weight(name, watch.asked)
            url = f"{address}/{name}"
            audits = {form: audit(playwright, url, options) for form, options in FORMS.items()}
            yield Page(name, elements, kilobytes, requests, audits)
        browser.close()


if __name__ == "__main__":
    for page in run(sys.argv[1:]):
        figures = f"{page.elements:6} elements {page.kilobytes:4.0f} KB {page.requests:3} requests"
        for form, (points, shift, blocking) in page.audits.items():
            said = " ".join(f"{points[name]:3}" for name in CATEGORIES)
            figures += f" | {form} {said} shift {shift:.3f} blocking {blocking:.0f} ms"
        print(f"{Path(page.name).stem:14} {figures}", flush=True)
