"""Saves each explorer's opening state as a static figure: `make snapshots`.

The picture is made by the explorer itself, in its page, by the function `snapshot` of its module.
"""

from __future__ import annotations

import json

from playwright.sync_api import sync_playwright

from .book import BUILT, DESKTOP, ROOT, settle
from .chromium import launch

__all__ = ["draw", "main"]

SAVED = ROOT / "_build" / "live"
STILLS = ROOT / "book" / "stills"

# Replaces the page's state by the saved one, which has the lab-only explorers too, and gives each
# of these a view, before the host script reads them.
PREPARE = """saved => addEventListener("readystatechange", () => {
  const script = (kind, content) => Object.assign(document.createElement("script"), {
    type: `application/vnd.jupyter.${kind}+json`, textContent: JSON.stringify(content) });
  const shown = new Set([...document.querySelectorAll('script[type*="widget-view"]')]
    .map(view => JSON.parse(view.textContent).model_id));
  document.querySelectorAll('script[type*="widget-state"]').forEach(old => old.remove());
  document.body.append(script("widget-state", saved));
  for (const model_id of Object.keys(saved.state)) {
    if (shown.has(model_id)) continue;
    const wrapper = Object.assign(document.createElement("div"), { className: "live" });
    wrapper.append(script("widget-view", { model_id }));
    document.querySelector("article").append(wrapper);
  }
}, { capture: true, once: true })"""

SNAPSHOT = """async saved => {
  const pictures = {};
  for (const view of document.querySelectorAll('script[type*="widget-view"]')) {
    const { model_id } = JSON.parse(view.textContent);
    const text = saved.state[model_id].state._esm;
    const module = await import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));
    pictures[model_id] = module.snapshot(view.parentElement.querySelector(".explorer"));
  }
  return pictures;
}"""


def draw(browser):
    """Draw every explorer of the built book; return the pictures by file name."""
    pictures = {}
    for file in sorted(SAVED.rglob("*.json")):
        name = file.relative_to(SAVED).with_suffix("")
        saved = json.loads(file.read_text("utf8"))
        page = browser.new_page(viewport=DESKTOP, color_scheme="light")
        page.add_init_script(f"({PREPARE})({json.dumps(saved)})")
        page.goto((BUILT / name).with_suffix(".html").as_uri())
        settle(page)
        for explorer, picture in page.evaluate(SNAPSHOT, saved).items():
            pictures[f"{name.name}-{explorer}.svg"] = picture
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
