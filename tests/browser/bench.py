"""Times every explorer's slider: the handler, its drawing and the layout that follows."""

from __future__ import annotations

import threading
from functools import partial
from http.server import ThreadingHTTPServer
from statistics import median

from playwright.sync_api import sync_playwright

from .book import BUILT, FOLDER, Handler, Watch, pages, views
from .chromium import launch

__all__ = ["run"]

LIMIT = 4.0
EVENTS = 200

# Work put off to the next frame counts as well: its callbacks are timed by themselves.
MEASURE = """async ([index, events]) => {
  const root = document.querySelectorAll(".live .explorer")[index];
  const later = [];
  const native = requestAnimationFrame;
  globalThis.requestAnimationFrame = (callback) => native((now) => {
    const start = performance.now();
    callback(now);
    later.push(performance.now() - start);
  });
  const times = [];
  for (const slider of root.querySelectorAll("input[type=range]")) {
    const [low, high] = [Number(slider.min), Number(slider.max)];
    for (let i = 0; i < events; i++) {
      slider.value = low + (high - low) * ((i * 0.618) % 1);
      later.length = 0;
      const start = performance.now();
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      root.getBoundingClientRect();
      const handler = performance.now() - start;
      await new Promise((done) => native(() => native(done)));
      times.push(handler + later.reduce((sum, time) => sum + time, 0));
    }
  }
  globalThis.requestAnimationFrame = native;
  return times;
}"""


def run() -> list[tuple[str, float, float]]:
    """Return (name, median in ms, limit in ms) for each explorer."""
    results = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=BUILT))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    with sync_playwright() as playwright:
        browser = launch(playwright)
        watch = Watch(browser, f"http://127.0.0.1:{server.server_port}{FOLDER}")
        for page in pages():
            for index, (name, _) in enumerate(views(page)):
                if name not in results and "-" not in name:
                    tab = watch.open(page)
                    results[name] = median(tab.evaluate(MEASURE, [index, EVENTS]))
                    tab.close()
        watch.close()
        browser.close()
    server.shutdown()
    server.server_close()
    return [(f"{name}: slider to drawing", time, LIMIT) for name, time in results.items()]


if __name__ == "__main__":
    for name, time, limit in run():
        print(f"{name:<40} {time:6.2f} ms  (at most {limit:g})")
