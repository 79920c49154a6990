"""What a page costs its reader: elements, kilobytes, requests, and what Lighthouse says of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from playwright.sync_api import sync_playwright

from .book import ROOT, Watch, pages
from .chromium import FLAGS, find, launch
from .weight import serving, weight

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["FORMS", "Audit", "Page", "run"]

LIGHTHOUSE = ROOT / "tests" / "lighthouse" / "node_modules" / "lighthouse" / "cli" / "index.js"
FORMS = {"mobile": [], "desktop": ["--preset=desktop"]}
SECONDS = 120
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


def audit(chromium: str, url: str, options: list[str]) -> Audit:
    """Return what Lighthouse says of a page; fail with what to do if it is not there.

    It starts a browser of its own, as one that is driven from here would be slower, and now and
    then never ends: then it is asked again.
    """
    if not LIGHTHOUSE.exists():
        raise FileNotFoundError(f"{LIGHTHOUSE} is missing: run `make bench`, which installs it")
    command = ["node", str(LIGHTHOUSE), url, "--output=json", "--quiet", *options]
    command += [f"--only-categories={','.join(CATEGORIES)}"]
    command += [f"--chrome-flags=--headless=new {' '.join(FLAGS)}"]
    environment = {**os.environ, "CHROME_PATH": chromium}
    for last in (False, True):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        try:
            said, _ = process.communicate(timeout=SECONDS)
            break
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)  # It ends its browser, too.
            process.communicate()
            if last:
                raise
    report = json.loads(said)
    return Audit(
        {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES},
        report["audits"]["cumulative-layout-shift"]["numericValue"],
        report["audits"]["total-blocking-time"]["numericValue"],
    )


def run(names: list[str] | None = None) -> Iterator[Page]:
    """Yield what each page costs, served compressed."""
    with serving() as address, sync_playwright() as playwright:
        chromium = find(playwright)
        for name in names or pages():
            browser = launch(playwright)
            watch = Watch(browser, address)
            elements = watch.open(name).locator("*").count()
            browser.close()
            kilobytes, requests = weight(name, watch.asked)
            url = f"{address}/{name}"
            audits = {form: audit(chromium, url, options) for form, options in FORMS.items()}
            yield Page(name, elements, kilobytes, requests, audits)


if __name__ == "__main__":
    for page in run(sys.argv[1:]):
        figures = f"{page.elements:6} elements {page.kilobytes:4.0f} KB {page.requests:3} requests"
        for form, (points, shift, blocking) in page.audits.items():
            said = " ".join(f"{points[name]:3}" for name in CATEGORIES)
            figures += f" | {form} {said} shift {shift:.3f} blocking {blocking:.0f} ms"
        print(f"{Path(page.name).stem:14} {figures}", flush=True)
