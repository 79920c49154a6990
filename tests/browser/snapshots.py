"""Saves each explorer's opening state, unfolded, as a static figure: `make snapshots`.

The picture is what a reader would save, made by `picture.js` of the explorer alone in a page.
"""

from __future__ import annotations

import json

from playwright.sync_api import sync_playwright

from .alone import alone
from .book import DESKTOP, ROOT, settle
from .chromium import launch

__all__ = ["draw", "main"]

SAVED = ROOT / "_build" / "live"
STILLS = ROOT / "book" / "stills"

PICTURE = (ROOT / "book" / "_ext" / "picture.js").read_text("utf8")


def unfold(page):
    """Show all panels: paper has no button. Where runs are drawn, show ten."""
    more = page.locator("button[name=more][aria-expanded=false]")
    if more.count():
        more.click()
    ten = page.locator("button[name=count][value='10']")
    if ten.count():
        ten.click()


def draw(browser):
    """Draw every explorer of the built book; return the pictures by file name."""
    pictures = {}
    for file in sorted(SAVED.rglob("*.json")):
        for name, shown in json.loads(file.read_text("utf8")).items():
            page = browser.new_page(viewport=DESKTOP, color_scheme="light")
            page.set_content(alone(shown))
            settle(page)
            unfold(page)
            page.add_script_tag(content=PICTURE)
            picture = page.evaluate("livePicture.svg(document.querySelector('.explorer'))")
            pictures[f"{file.stem}-{name}.svg"] = picture
            page.close()
    return pictures


def main():
    """Write the pictures, and remove those that no page shows."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        pictures = draw(browser)
        browser.close()
    STILLS.mkdir(parents=True, exist_ok=True)
    for old in STILLS.glob("*.svg"):
        if old.name not in pictures:
            old.unlink()
    for name, picture in pictures.items():
        (STILLS / name).write_text(picture, "utf8")
        print("book/stills/" + name)


if __name__ == "__main__":
    main()
