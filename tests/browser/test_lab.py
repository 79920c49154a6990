"""The notebooks in JupyterLab, as Binder starts it: pages open, and three of them run and live."""

import re
import shutil
import sys
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from launch import Repository
from playwright.sync_api import expect

from retrolib import explorers
from tests.load import Server, complete

from .book import ROOT, Explorer
from .lab import EXPOSED, PANEL, Notebook

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAGES = re.findall(r"book/([\w-]+)$", (ROOT / "_toc.yml").read_text("utf8"), re.MULTILINE)
MADE = ROOT / "_build" / "notebooks"
RUN = ("intro", "one-particle", "bell")
"""These run here; test_notebooks.py runs all pages, without a browser."""
WIDTHS = (1600, 700, 1280)
TIME = 90_000  # ms, for a state that must come; the suite waits for states alone

# What JupyterLab's own renderer makes of texts: how many formulas, and which it cannot read.
FORMULAS = f"""async (texts) => {{
  const {{ rendermime }} = {PANEL}.content;
  const found = {{ read: 0, bad: [] }};
  for (const text of texts) {{
    const kind = "text/markdown";
    const shown = rendermime.createRenderer(kind);
    document.body.append(shown.node);
    await shown.renderModel(rendermime.createModel({{ data: {{ [kind]: text }} }}));
    await rendermime.latexTypesetter.typeset(shown.node);
    found.read += shown.node.querySelectorAll("mjx-container").length;
    const bad = shown.node.querySelectorAll("mjx-merror, [data-mjx-error]");
    found.bad.push(...[...bad].map((fault) => fault.textContent));
    shown.dispose();
  }}
  return found;
}}"""
BESIDE_THE_FIRST_EXPLORER = """box => {
  const copy = box.cloneNode(true);
  copy.querySelector(".explorer").remove();
  return copy.innerHTML;
}"""
STICKS_OUT = """root => [...root.querySelectorAll("*")].filter((element) => {
  const [inner, outer] = [element.getBoundingClientRect(), root.getBoundingClientRect()];
  return inner.width && !element.closest(".announcement, svg svg")
    && (inner.left < outer.left - 1 || inner.right > outer.right + 1);
}).map((element) => element.outerHTML.slice(0, 80))"""
SHADE = """element => {
  const [r, g, b] = getComputedStyle(element).backgroundColor.match(/\\d+/g).map(Number);
  return (r + g + b) / 3;
}"""


class Lab:
    """JupyterLab on the folder that Binder makes, in a browser that watches it."""

    def __init__(self, browser, server):
        self.server = server
        self.browser = browser
        self.outside = []
        self.errors = []
        self.context = None

    def open(self, path):
        """Open a notebook by its path on the server, with a clean browser."""
        self.context = self.browser.new_context(viewport={"width": 1280, "height": 900})
        self.context.set_default_timeout(TIME)
        self.context.on("request", self.note)
        self.context.on("console", self.hear)
        self.context.on("weberror", lambda error: self.errors.append(str(error.error)))
        tab = self.context.new_page()
        tab.goto(f"{self.server.url}/{path}?token={self.server.token}&reset")
        return Notebook(tab, re.sub("^(lab/tree|notebooks)/", "", path, count=1))

    def note(self, request):
        if not request.url.startswith((self.server.url, "data:", "blob:")):
            self.outside.append(request.url)

    def hear(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def close(self):
        self.context.close()


@pytest.fixture(scope="session")
def server(binder):
    """JupyterLab, as the image would start it."""
    python = binder.prefix / "bin" / "python"
    with Server.start(python, binder.folder, *EXPOSED) as running:
        complete(running.answers())
        yield running


@pytest.fixture
def lab(browser, server):
    """JupyterLab in a browser; at the end nothing may have gone wrong there."""
    lab = Lab(browser, server)
    yield lab
    lab.close()
    assert lab.outside == []
    assert lab.errors == []


@pytest.fixture
def classic(browser, tmp_path):
    """The same page in Jupyter Notebook, which the environment for grading has, run whole.

    What goes wrong there is not asked: at its start it reports an error in its own settings.
    """
    shutil.copy(MADE / "intro.ipynb", tmp_path)
    exposed = "--JupyterNotebookApp.expose_app_in_browser=True"
    with Server.start(sys.executable, tmp_path, exposed) as running:
        complete(running.answers())
        lab = Lab(browser, running)
        opened = lab.open("notebooks/intro.ipynb")
        opened.run_all()
        yield opened
        lab.close()


@pytest.fixture
def notebook(lab):
    """The shortest page with an explorer, run whole."""
    opened = lab.open("lab/tree/notebooks/intro.ipynb")
    opened.run_all()
    return opened


def binder_path(page):
    """The path on its server that a page's Binder link opens."""
    link = urlsplit(Repository("someone", "waiting").binder(f"{page}.ipynb"))
    return parse_qs(link.query)["urlpath"][0]


def drawn(notebook, index):
    """A cell whose widgets are drawn, and whether they are one explorer, a tool or a box."""
    cell = notebook.show(index)
    cell.locator(".explorer, .widget-interact").first.wait_for()
    for kind in ("interact", "vbox"):
        if cell.locator(f".widget-{kind}").count():
            return cell, kind
    return cell, "explorer"


def assert_live(notebook, index):
    """An explorer's slider moves by the arrow key; Python reads what it did, and moves it."""
    explorer = Explorer(notebook.tab, 0, f"[data-cell='{index}']")
    explorer.unfold()
    name = f"Out[{notebook.count(index)}]"
    for slider in explorer.controls("input[type=range]:not([name=time])"):  # Which is no trait.
        trait = slider.get_attribute("name")
        before, picture = explorer.outputs()[trait], explorer.picture()
        at_the_end = before == float(slider.get_attribute("max"))
        slider.focus()
        notebook.tab.keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
        moved = explorer.outputs()[trait]
        assert moved != before
        assert explorer.picture() != picture
        notebook.until(f"{name}.{trait} == {moved}")
        assert slider.evaluate("slider => slider === document.activeElement")

        picture = explorer.picture()
        notebook.python(f"{name}.{trait} = {before}")
        notebook.tab.wait_for_function(
            "([output, value]) => Number(output.dataset.value) === value",
            arg=[explorer.root.query_selector(f"output[name={trait}]"), before],
        )
        assert explorer.picture() != picture


def assert_fits(notebook, index):
    """At every width of the window an explorer stays inside its frame."""
    for width in WIDTHS:
        notebook.tab.set_viewport_size({"width": width, "height": 900})
        explorer = notebook.show(index).locator(".explorer")
        notebook.tab.evaluate("() => new Promise(requestAnimationFrame)")
        assert explorer.evaluate(STICKS_OUT) == [], width


def test_the_link_of_every_page_leads_to_a_notebook(binder):
    for page in PAGES:
        assert (binder.folder / binder_path(page).removeprefix("lab/tree/")).is_file(), page


def test_the_formulas_of_every_page_are_read(notebook):
    """By JupyterLab, one text after the other, without opening each notebook."""
    for page in PAGES:
        cells = nbformat.read(MADE / f"{page}.ipynb", as_version=4).cells
        texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
        found = notebook.tab.evaluate(FORMULAS, texts)
        assert found["bad"] == [], page
        formulas = len(re.findall(r"\$\$.+?\$\$|\$[^$]+\$", "".join(texts), re.S))
        assert found["read"] == formulas, page
    broken = notebook.tab.evaluate(FORMULAS, [r"Of $x$ and $\frac{1}$."])
    assert broken["read"] == 2
    assert broken["bad"]


@pytest.mark.parametrize("page", RUN)
def test_a_page_runs_whole_and_its_explorers_are_live(lab, page):
    notebook = lab.open(binder_path(page))
    notebook.run_all()
    assert notebook.errors() == []
    for index, _ in notebook.widget_cells():
        cell, kind = drawn(notebook, index)
        if kind == "explorer":
            assert_live(notebook, index)
            assert_fits(notebook, index)
        elif kind == "interact":
            picture = cell.locator(".widget-interact img").first.get_attribute("src")
            cell.locator("[role=slider]").first.focus()
            notebook.tab.keyboard.press("ArrowRight")
            expect(cell.locator(".widget-interact img").first).not_to_have_attribute("src", picture)
        else:
            said = cell.locator(".widget-vbox").evaluate(BESIDE_THE_FIRST_EXPLORER)
            cell.locator(".explorer.folded button[name=more]").click()
            sliders = cell.locator(".explorer input[type=range]:not([name=time])").all()
            for steps, slider in enumerate(sliders, 1):  # Settings that move alike change nothing.
                slider.focus()
                for _ in range(steps):
                    notebook.tab.keyboard.press("PageUp")
            notebook.tab.wait_for_function(
                f"([box, said]) => ({BESIDE_THE_FIRST_EXPLORER})(box) !== said",
                arg=[cell.locator(".widget-vbox").element_handle(), said],
            )


def test_explorers_of_other_pages_are_live_in_a_notebook_and_fit(notebook):
    run = "".join((ROOT / "book" / f"{page}.md").read_text("utf8") for page in RUN)
    others = [name for name in explorers.__all__ if f"{name}(" not in run]
    assert others
    index, _ = notebook.widget_cells()[0]
    for at, name in enumerate(others, index + 1):
        notebook.insert_below(at - 1, f"from retrolib import explorers\nexplorers.{name}()")
        drawn(notebook, at)
        assert_live(notebook, at)
        assert_fits(notebook, at)


def test_all_views_of_a_model_follow_and_so_does_a_linked_widget(notebook):
    index, _ = notebook.widget_cells()[0]
    notebook.insert_below(
        index,
        f"import ipywidgets\ntwin = Out[{notebook.count(index)}]\n"
        "other = ipywidgets.FloatSlider(max=7, step=0.001, readout_format='.3f')\n"
        "link = ipywidgets.jslink((twin, 'theta'), (other, 'value'))\n"
        "heard = []\ntwin.observe(lambda change: heard.append(change.new), 'theta')\n"
        "ipywidgets.VBox([twin, other])",
    )
    cell, _ = drawn(notebook, index + 1)
    slider = cell.locator(".explorer input[name=theta]")
    slider.focus()
    for _ in range(3):
        notebook.tab.keyboard.press("ArrowRight")
    value = float(slider.input_value())
    notebook.until(f"heard and heard[-1] == {value} and abs(other.value - {value}) < 1e-3")
    expect(cell.locator(".widget-readout")).to_have_text(f"{value:.3f}")
    first = notebook.show(index).locator(".explorer input[name=theta]")
    assert float(first.input_value()) == value

    first.focus()
    notebook.tab.keyboard.press("ArrowLeft")
    assert notebook.show(index + 1).locator(".explorer input[name=theta]").input_value() == (
        first.input_value()
    )
    notebook.python("other.value = 2.0")
    notebook.until("abs(twin.theta - 2.0) < 0.01")
    expect(first).to_have_value(re.compile(r"^(1\.99|2\.0)"))


def assert_keys_are_the_sliders(notebook):
    index, _ = notebook.widget_cells()[0]
    cell, _ = drawn(notebook, index)
    cell.locator(".explorer button[name=more]").click()
    slider = cell.locator(".explorer input[name=gamma]")
    slider.focus()
    active = notebook.active()
    before = float(slider.input_value())
    for key in ("ArrowUp", "ArrowRight", "ArrowDown", "PageUp", "Home", "End", "b", "d", "d"):
        notebook.tab.keyboard.press(key)
    assert slider.evaluate("slider => slider === document.activeElement")
    assert float(slider.input_value()) != before
    assert notebook.active() == active
    assert notebook.widget_cells()[0][0] == index  # b would insert a cell, d twice delete one


def test_arrow_keys_move_the_slider_and_not_the_notebook(notebook):
    assert_keys_are_the_sliders(notebook)


def test_in_jupyter_notebook_arrow_keys_move_the_slider_too(classic):
    assert_keys_are_the_sliders(classic)


def test_in_the_dark_theme_explorers_are_dark(notebook):
    cell, _ = drawn(notebook, notebook.widget_cells()[0][0])
    explorer = cell.locator(".explorer")
    assert explorer.evaluate(SHADE) > 200
    notebook.command("apputils:change-theme", theme="JupyterLab Dark")
    notebook.tab.wait_for_function("document.body.dataset.jpThemeLight === 'false'")
    assert explorer.evaluate(SHADE) < 60


def test_a_saved_notebook_reopens_with_its_explorers_as_they_were(lab, notebook):
    index, _ = notebook.widget_cells()[0]
    cell, _ = drawn(notebook, index)
    slider = cell.locator(".explorer input[name=theta]")
    slider.focus()
    notebook.tab.keyboard.press("End")
    moved = slider.input_value()
    notebook.until(f"abs(Out[{notebook.count(index)}].theta - {moved}) < 1e-9")
    notebook.command("docmanager:save")
    notebook.end_kernel()
    lab.close()

    again = lab.open(f"lab/tree/{notebook.path}")
    assert again.widget_cells()[0][0] == index
    slider = drawn(again, index)[0].locator(".explorer input[name=theta]")
    assert slider.input_value() == moved
    slider.focus()
    again.tab.keyboard.press("Home")
    assert float(slider.input_value()) == 0.0


def follow(notebook, target):
    """Click the first reference to a target that is not folded away."""
    fragment = target[target.index("#") :]
    for index in range(notebook.cells()):
        if f"]({target})" in notebook.source(index):
            cell = notebook.show(index)
            cell.locator(f"a[href*='{fragment}']").first.wait_for(state="attached")
            links = cell.locator(f"a:not(.jp-InternalAnchorLink)[href*='{fragment}']:visible")
            if links.count():
                links.first.click()
                return
    raise AssertionError(f"no reference to {target} is to be seen")


def test_a_reference_leads_to_its_heading_or_to_another_notebook(lab):
    notebook = lab.open("lab/tree/notebooks/one-particle.ipynb")
    follow(notebook, "#Two-measurements-in-a-row")
    heading = notebook.tab.get_by_role("heading", name="Two measurements in a row")
    expect(heading).to_be_in_viewport(timeout=TIME)
    follow(notebook, "primer.ipynb#Fourier-series-on-the-circle")
    Notebook(notebook.tab, "notebooks/primer.ipynb")


def test_a_solution_is_folded_until_it_is_asked_for(lab):
    notebook = lab.open("lab/tree/notebooks/one-particle.ipynb")
    index = notebook.find("#### Solution")
    cell = notebook.show(index)
    assert "3\\cdot\\frac{9}{4" in notebook.source(index + 1)
    assert notebook.hidden(index + 1)
    cell.get_by_role("button", name=re.compile("cell hidden")).click()
    assert not notebook.hidden(index + 1)
