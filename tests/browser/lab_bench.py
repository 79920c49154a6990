"""Times each explorer's slider in JupyterLab, beside the same plot by matplotlib's `interact`.

From the event to the frame that shows its effect: for an explorer that is the next one, for
`interact` the one after the kernel has drawn the plot anew and sent it.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from statistics import median

import nbformat
from playwright.sync_api import sync_playwright

from retrolib import explorers
from tests.load import Server, complete

from . import twins
from .chromium import launch
from .lab import EXPOSED, Notebook

__all__ = ["run"]

MOST = 0.2
EVENTS = 15
FRAME = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"

EXPLORER = f"""async ([cell, events]) => {{
  const slider = cell.querySelector(".explorer input[type=range]:not([name=time])");
  const [low, high] = [Number(slider.min), Number(slider.max)];
  const times = [];
  for (let i = 0; i < events; i++) {{
    const start = performance.now();
    slider.value = low + ((high - low) * (i + 1)) / (events + 1);
    slider.dispatchEvent(new Event("input", {{ bubbles: true }}));
    await {FRAME};
    times.push(performance.now() - start);
  }}
  return times;
}}"""
INTERACT = f"""async ([cell, events]) => {{
  const output = cell.querySelector(".widget-interact .jp-OutputArea");
  const handle = cell.querySelector(".noUi-handle");
  const picture = () => output.querySelector("img")?.src;
  const times = [];
  for (let i = 0; i < events; i++) {{
    const [start, before] = [performance.now(), picture()];
    handle.dispatchEvent(new KeyboardEvent("keydown", {{ key: "ArrowRight", bubbles: true }}));
    await new Promise((done) => {{
      const watch = new MutationObserver(() => {{
        if (picture() && picture() !== before) {{ watch.disconnect(); done(); }}
      }});
      watch.observe(output, {{ subtree: true, childList: true, attributes: true }});
    }});
    await output.querySelector("img").decode();
    await {FRAME};
    times.push(performance.now() - start);
  }}
  return times;
}}"""


def notebook(names: list[str]) -> nbformat.NotebookNode:
    """Make a notebook that shows each explorer, and the same plot by `interact`."""
    make = nbformat.v4.new_code_cell
    cells = [make("%matplotlib inline\nfrom ipywidgets import interact")]
    cells[0].source += f"\nimport sys\nsys.path.insert(0, {str(Path(__file__).parents[2])!r})"
    cells[0].source += "\nfrom retrolib import explorers\nfrom tests.browser.twins import TWINS"
    for name in names:
        cells.append(make(f"explorers.{name}()"))
        cells.append(make(f"interact(TWINS[{name.lower()!r}], gamma=(0.1, 1.0, 0.01));"))
    kernel = {"name": "python3", "display_name": "Python 3"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


def run() -> list[tuple[str, float, float]]:
    """Return (what, its time as a share of `interact`'s, at most) for each explorer."""
    names = sorted(explorers.__all__)
    assert twins.TWINS.keys() == {name.lower() for name in names}
    results = []
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        nbformat.write(notebook(names), Path(folder, "bench.ipynb"))
        with Server.start(sys.executable, Path(folder), *EXPOSED) as server:
            complete(server.answers())
            browser = launch(playwright)
            tab = browser.new_page(viewport={"width": 1280, "height": 900})
            tab.set_default_timeout(120_000)
            tab.goto(f"{server.url}/lab/tree/bench.ipynb?token={server.token}&reset")
            opened = Notebook(tab, "bench.ipynb")
            opened.run_all()
            assert opened.errors() == [], opened.errors()
            for number, name in enumerate(names):
                seconds = []
                for index, script in ((2 * number + 1, EXPLORER), (2 * number + 2, INTERACT)):
                    cell = opened.show(index)
                    cell.locator(".explorer, .widget-interact img").first.wait_for()
                    times = tab.evaluate(script, [cell.element_handle(), EVENTS])
                    seconds.append(median(times))
                quick, slow = seconds
                what = f"{name.lower()} in JupyterLab: {quick:.0f} ms, interact {slow:.0f} ms"
                results.append((what, quick / slow, MOST))
            browser.close()
    return results


if __name__ == "__main__":
    for what, share, limit in run():
        print(f"{what:<50} {share:.3f}  (at most {limit:g})")
