"""Times what a slider's frame costs in an explorer's page, beside the same explorer alone.

Processor time of the whole browser from the event to the frame that shows its effect, painting
included: time by the clock would be a multiple of what the screen waits for.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple

from playwright.sync_api import sync_playwright

from .book import Watch, pages, serve, views
from .chromium import launch

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

__all__ = ["Frame", "run"]

ROUNDS = 7
EVENTS = 20

# Leaves of a page one explorer and what it stands in.
ALONE = """index => {
  let kept = document.querySelectorAll(".live")[index];
  for (; kept !== document.body; kept = kept.parentElement) {
    for (const other of [...kept.parentElement.children]) if (other !== kept) other.remove();
  }
}"""
MOVE = """async ([index, events]) => {
  const root = document.querySelectorAll(".live .explorer")[index];
  const sliders = root.querySelectorAll("input[type=range]");
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  root.scrollIntoView({ block: "center" });
  for (let i = 0; i < events; i++) {
    const slider = sliders[i % sliders.length];
    const [low, high] = [Number(slider.min), Number(slider.max)];
    slider.value = low + (high - low) * ((i * 0.618) % 1);
    slider.dispatchEvent(new Event("input", { bubbles: true }));
    await frame();
    await frame();
  }
}"""


class Frame(NamedTuple):
    """What one explorer's frame costs, in ms of processor time."""

    page: str
    explorer: str
    elements: int
    alone: float
    within: float


def spent(session: CDPSession) -> float:
    """Return the processor time that the browser's processes have taken, in ms."""
    processes: list[dict[str, Any]] = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return 1000.0 * sum(process["cpuTime"] for process in processes)


def frame(session: CDPSession, alone: Page, within: Page, index: int) -> tuple[float, float]:
    """Time an explorer's frame alone and in its page in turns; return both medians."""
    times: tuple[list[float], list[float]] = ([], [])
    for turn in range(ROUNDS + 1):
        for tab, at, record in ((alone, 0, times[0]), (within, index, times[1])):
            start = spent(session)
            tab.evaluate(MOVE, [at, EVENTS])
            if turn:  # The first warms up.
                record.append((spent(session) - start) / EVENTS)
    return median(times[0]), median(times[1])


def run() -> list[Frame]:
    """Return what each explorer of each page costs."""
    results = []
    with serve() as address, sync_playwright() as playwright:
        browser = launch(playwright)
        session = browser.new_browser_cdp_session()
        watch = Watch(browser, address)
        for page in pages():
            for index, (name, _) in enumerate(views(page)):
                within, alone = watch.open(page), watch.open(page)
                alone.evaluate(ALONE, index)
                elements = within.evaluate("document.querySelectorAll('*').length")
                results.append(Frame(page, name, elements, *frame(session, alone, within, index)))
                within.close()
                alone.close()
        watch.close()
        browser.close()
    return results


if __name__ == "__main__":
    for page, name, elements, alone, within in run():
        print(f"{page:<28} {name:<14} {elements:6d} elements {alone:5.1f} ms alone", end="")
        print(f" {within:5.1f} ms in its page, {within / alone:.2f}", flush=True)
