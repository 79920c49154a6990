"""The book's Sphinx extensions: what they refuse, and what they make of a page."""

import base64
import io
import json
import re
import warnings
from pathlib import Path

import nbformat
import pytest
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

EXTENSIONS = str(Path(__file__).parents[1] / "book" / "_ext")
CONFIG = {
    "extensions": ["myst_nb", "live", "maths"],
    "exclude_patterns": ["_build"],
    "html_math_renderer": "katex",
    "html_theme": "basic",
    "html_copy_source": False,
    "myst_enable_extensions": ["amsmath", "dollarmath"],
    "nb_execution_mode": "off",
    "nb_ipywidgets_js": {"live/host.js": {"defer": "defer"}},
}
VIEW = "application/vnd.jupyter.widget-view+json"
STATE = "application/vnd.jupyter.widget-state+json"
PIXEL = base64.b64encode(b"not really a picture").decode()
STILL = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9">'
    "<title>Which?</title><desc>One dot.</desc></svg>"
)
ESM = "export default { render() {} }; // </script> <!--"
EXPLORER = {"_esm": ESM, "_css": "a{}", "_anywidget_id": "x.Dial", "_view_name": "A", "theta": 1.5}
MODELS = {
    "dial": ("AnyModel", {**EXPLORER, "layout": "IPY_MODEL_layout", "tooltip": None}),
    "other": ("AnyModel", {**EXPLORER, "theta": 2.5}),
    "slider": ("FloatSliderModel", {"value": 1.0, "layout": "IPY_MODEL_layout"}),
    "layout": ("LayoutModel", {"_view_name": "LayoutView"}),
    "drawn": (
        "OutputModel",
        {"outputs": [{"output_type": "display_data", "data": {"image/png": PIXEL}}]},
    ),
    "said": (
        "OutputModel",
        {"outputs": [{"output_type": "display_data", "data": {"text/plain": "3"}}]},
    ),
    "failed": (
        "OutputModel",
        {"outputs": [{"output_type": "error", "ename": "KeyError", "evalue": "k"}]},
    ),
    "nested": (
        "OutputModel",
        {"outputs": [{"output_type": "display_data", "data": {VIEW: {"model_id": "both"}}}]},
    ),
}
BOXES = {
    "interact": ["slider", "drawn"],
    "both": ["slider", "dial"],
    "quiet": ["slider", "said"],
    "broken": ["failed"],
}
for box, members in BOXES.items():
    MODELS[box] = ("VBoxModel", {"children": [f"IPY_MODEL_{member}" for member in members]})
LAB_ONLY = {"tags": ["lab-only"], "mystnb": {"image": {"alt": "A curve that rises."}}}


def notebook(*cells):
    """Make an executed notebook; a cell is given by the model that it shows and its metadata."""
    state = {
        name: {
            "model_name": kind,
            "model_module": "m",
            "model_module_version": "1",
            "state": values,
        }
        for name, (kind, values) in MODELS.items()
    }
    book = nbformat.v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3"},
            "language_info": {"name": "python", "pygments_lexer": "ipython3"},
            "widgets": {STATE: {"version_major": 2, "version_minor": 0, "state": state}},
        }
    )
    book.cells.append(nbformat.v4.new_markdown_cell("# A page"))
    for model, metadata in cells:
        shown = {VIEW: {"model_id": model, "version_major": 2, "version_minor": 0}}
        output = nbformat.v4.new_output("display_data", {"text/plain": "widget", **shown})
        book.cells.append(
            nbformat.v4.new_code_cell("make()", outputs=[output], metadata=dict(metadata))
        )
    return nbformat.writes(book)


class Project:
    """A small Sphinx project in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.stills = folder / "book" / "stills"
        self.stills.mkdir(parents=True)
        for name in ("dial", "dial-2", "dial-3"):
            (self.stills / f"index-{name}.svg").write_text(STILL, "utf8")

    def build(self, index=None, **config):
        """Build it, with a new index page if given; return the page and the warnings."""
        if index:
            suffix = ".ipynb" if index.startswith("{") else ".md"
            (self.folder / f"index{suffix}").write_text(index, "utf8")
        heard = io.StringIO()
        built = self.folder / "_build" / "html"
        with warnings.catch_warnings(), patch_docutils(), docutils_namespace():
            warnings.simplefilter("ignore")
            Sphinx(
                srcdir=self.folder,
                confdir=None,
                outdir=built,
                doctreedir=self.folder / "_build" / ".doctrees",
                buildername="html",
                confoverrides=CONFIG | config,
                status=None,
                warning=heard,
            ).build()
        return (built / "index.html").read_text("utf8"), heard.getvalue()


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(EXTENSIONS)
    return Project(tmp_path)


def page_state(html):
    """The widget state that a page carries."""
    found = re.search(rf'<script type="{re.escape(STATE)}">(.*?)</script>', html, re.DOTALL)
    return json.loads(found[1])["state"] if found else {}


def test_an_explorer_is_shown_after_its_still_figure_and_the_page_carries_only_its_state(project):
    html, heard = project.build(notebook(("dial", {}), ("other", {}), ("dial", {})))
    assert heard == ""
    state = page_state(html)
    assert list(state) == ["dial", "dial-2"]
    for model in state.values():
        assert model["state"].keys() == {"_anywidget_id", "_css", "_esm", "theta"}
    assert [model["state"]["theta"] for model in state.values()] == [1.5, 2.5]
    assert state["dial"]["state"]["_esm"] == ESM
    assert re.findall(r'"model_id": "([^"]*)"', html) == ["dial", "dial-2", "dial"]
    wrapper = re.compile(
        r'<div class="live[^>]*>\s*<figure class="still"><img alt="One dot." src="_images/\S+" />'
        r"\s*<figcaption>Which\?</figcaption></figure>\s*<script"
    )
    assert len(wrapper.findall(html)) == 3, html[html.index("<body>") :]
    assert 'src="_static/live/host.js' in html
    assert (project.folder / "_build" / "html" / "_static" / "live" / "host.js").exists()


@pytest.mark.parametrize(("model", "kind"), [("slider", "FloatSliderModel"), ("both", "VBoxModel")])
def test_a_widget_that_would_be_dead_in_the_page_fails_the_build(project, model, kind):
    with pytest.raises(ExtensionError, match=f"index: a {kind} would be dead in the page"):
        project.build(notebook(("dial", {}), (model, {})))


def test_a_widget_whose_state_was_not_saved_fails_the_build(project):
    with pytest.raises(ExtensionError, match="index: a widget's state was not saved"):
        project.build(notebook(("nowhere", {})))


@pytest.mark.parametrize(
    ("model", "alt"),
    [("interact", "A curve that rises."), ("both", "One dot."), ("nested", "One dot.")],
)
def test_a_lab_only_cell_shows_its_code_and_still_figures(project, model, alt):
    html, heard = project.build(notebook((model, LAB_ONLY)))
    assert heard == ""
    assert f'<img alt="{alt}"' in html
    assert "Still picture: run this cell in JupyterLab" in html
    assert "make" in html
    assert VIEW not in html
    assert STATE not in html
    assert "host.js" not in html


def test_live_explorers_are_named_before_those_of_lab_only_cells(project):
    html, heard = project.build(notebook(("both", LAB_ONLY), ("other", {})))
    assert heard == ""
    assert list(page_state(html)) == ["dial"]
    assert page_state(html)["dial"]["state"]["theta"] == 2.5


@pytest.mark.parametrize(
    ("model", "metadata", "message"),
    [
        (
            "interact",
            {"tags": ["lab-only"]},
            "the figure of a lab-only cell needs mystnb: image: alt",
        ),
        ("quiet", LAB_ONLY, "a lab-only cell shows no figure"),
        ("slider", LAB_ONLY, "a lab-only cell shows no figure"),
        ("broken", LAB_ONLY, "a lab-only cell raised KeyError: k"),
    ],
)
def test_a_lab_only_cell_without_a_described_figure_fails_the_build(
    project, model, metadata, message
):
    with pytest.raises(ExtensionError, match=f"index: {message}"):
        project.build(notebook((model, metadata)))


def test_a_missing_still_is_a_warning_each_time_until_it_is_there(project):
    still = project.stills / "index-dial.svg"
    still.unlink()
    html, heard = project.build(notebook(("dial", {})))
    assert list(page_state(html)) == ["dial"]
    for _ in range(2):
        assert "index-dial.svg is missing: run `make snapshots`" in heard
        html, heard = project.build()
    for description in ("One dot.", "Two dots."):
        still.write_text(STILL.replace("One dot.", description), "utf8")
        html, heard = project.build()
        assert heard == ""
        assert f'alt="{description}"' in html


def test_a_still_without_a_description_fails_the_build(project):
    bare = STILL.replace("<desc>One dot.</desc>", "")
    (project.stills / "index-dial.svg").write_text(bare, "utf8")
    with pytest.raises(
        ExtensionError, match=r"index-dial\.svg: a still figure needs a title and a d"
    ):
        project.build(notebook(("dial", {})))


def test_a_page_written_again_without_being_read_again_keeps_its_state(project):
    first, _ = project.build(notebook(("dial", {}), ("interact", LAB_ONLY)))
    again, _ = project.build(html_title="Much more")
    assert "Much more" in again
    assert page_state(again) == page_state(first) != {}


@pytest.mark.parametrize(
    ("formula", "reason"),
    [
        (r"$a \nosuchmacro b$", "nosuchmacro"),
        ("$x = é$", "unicodeTextInMathMode"),
        (r"$\frac{1}{2$", "expected '}'"),
    ],
)
def test_a_formula_that_katex_doubts_fails_the_build_and_is_named(project, formula, reason):
    with pytest.raises(ExtensionError, match="index:3: KaTeX refuses the formula") as refusal:
        project.build(f"# A page\n\n{formula}\n")
    assert reason in str(refusal.value)
    assert repr(formula.strip("$ ")) in str(refusal.value)


def test_formulas_are_rendered_numbered_once_and_need_no_other_host(project):
    html, heard = project.build(
        r"""# A page

Inline $\sech x < \frac12$.

$$ a^2 + b^2 = c^2 $$ (pythagoras)

\begin{align}
x &= 1 \\
y &= 2
\end{align}

By {eq}`pythagoras`.
"""
    )
    assert heard == ""
    assert html.count('class="katex"') == html.count("<math") == 3
    assert re.findall(r'class="eqno">\((\d)\)', html) == ["1", "2"]
    assert 'href="#equation-pythagoras">(1)</a>' in html
    assert "eqn-num" not in html
    assert "MathJax" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css)', html)
    katex = project.folder / "_build" / "html" / "_static" / "katex"
    fonts = set(re.findall(r"url\(([^)]*)\)", (katex / "katex.css").read_text("utf8")))
    assert len(fonts) == 20
    for font in fonts:
        assert font.endswith(".woff2")
        assert (katex / font).exists()
