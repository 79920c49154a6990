"""The book's Sphinx extensions: what they refuse, and what they make of a page."""

import base64
import io
import json
import re
import warnings
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path

import mathfont
import nbformat
import pytest
from fontTools.ttLib import TTFont
from quiz import order
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import docutils_namespace, patch_docutils

EXTENSIONS = str(Path(__file__).parents[1] / "book" / "_ext")
CONFIG = {
    "extensions": ["myst_nb", "live", "maths", "quiz"],
    "exclude_patterns": ["_build"],
    "html_math_renderer": "mathml",
    "html_theme": "basic",
    "html_copy_source": False,
    "myst_enable_extensions": ["amsmath", "dollarmath", "tasklist"],
    "nb_execution_mode": "off",
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


def notebook(*cells, models=MODELS):
    """Make an executed notebook; a cell is given by the model that it shows and its metadata.

    Its keys are in the order in which they were made, as those of a notebook just executed.
    """
    state = {
        name: {
            "model_name": kind,
            "model_module": "m",
            "model_module_version": "1",
            "state": values,
        }
        for name, (kind, values) in models.items()
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
    return json.dumps(book)


class Project:
    """A small Sphinx project in a folder of its own."""

    def __init__(self, folder):
        self.folder = folder
        self.stills = folder / "book" / "stills"
        self.stills.mkdir(parents=True)
        for name in ("dial", "dial-2", "dial-3"):
            (self.stills / f"index-{name}.svg").write_text(STILL, "utf8")

    def build(self, index=None, buildername="html", **config):
        """Build it, with a new index page if given; return the page and the warnings."""
        if index:
            suffix = ".ipynb" if index.startswith("{") else ".md"
            (self.folder / f"index{suffix}").write_text(index, "utf8")
        heard = io.StringIO()
        built = self.folder / "_build" / buildername
        with warnings.catch_warnings(), patch_docutils(), docutils_namespace():
            warnings.simplefilter("ignore")
            Sphinx(
                srcdir=self.folder,
                confdir=None,
                outdir=built,
                doctreedir=self.folder / "_build" / ".doctrees",
                buildername=buildername,
                confoverrides=CONFIG | config,
                status=None,
                warning=heard,
            ).build()
        page = next(file for name in ("index.*", "*.tex") for file in built.glob(name))
        return page.read_text("utf8"), heard.getvalue()


@pytest.fixture(scope="session")
def unpacked(tmp_path_factory):
    """The font that formulas are cut from, unpacked once: that takes most of a build's time."""
    font = TTFont(mathfont.FONT, recalcTimestamp=False)
    font.flavor = None
    target = tmp_path_factory.mktemp("font") / "unpacked.ttf"
    font.save(target)
    return target


@pytest.fixture
def project(tmp_path, monkeypatch, unpacked):
    monkeypatch.syspath_prepend(EXTENSIONS)
    monkeypatch.setattr(mathfont, "FONT", unpacked)
    return Project(tmp_path)


def page_views(html):
    """The data of the views that a page carries, as written."""
    return re.findall(r'<script type="application/json">(.*?)</script>', html)


def page_state(html):
    """The widget state that a page carries."""
    shown = map(json.loads, page_views(html))
    return {view["id"]: view["state"] for view in shown}


def test_an_explorer_is_shown_after_its_still_figure_and_the_page_carries_only_its_state(project):
    html, heard = project.build(notebook(("dial", {}), ("other", {}), ("dial", {})))
    assert heard == ""
    assert page_state(html) == {"dial": {"theta": 1.5}, "dial-2": {"theta": 2.5}}
    assert [json.loads(view)["id"] for view in page_views(html)] == ["dial", "dial-2", "dial"]
    wrapper = re.compile(
        r'<div class="live[^>]*>\s*<figure class="still"><img alt="One dot." src="_images/\S+" />'
        r"\s*<figcaption>Which\?</figcaption></figure>\s*<(?:link|script)"
    )
    assert len(wrapper.findall(html)) == 3, html[html.index("<body>") :]
    assert STATE not in html
    assert "require.js" not in html


def test_what_draws_an_explorer_is_a_file_that_its_text_names_and_that_a_page_loads_once(project):
    html, _ = project.build(notebook(("dial", {}), ("other", {}), ("dial", {})))
    folder = project.folder / "_build" / "html"
    files = re.findall(r'(?:src|href)="(_static/live/[^"]*)"', html)
    names = sorted({re.sub(r"\.[0-9a-f]{8}", "", Path(file).name) for file in files})
    assert names == ["dial.js", "host.js", "style.css"]
    once = [file for file in files if "host" not in file]
    assert len(set(once)) == len(once)
    module = next(file for file in files if "dial" in file)
    assert {json.loads(view)["module"] for view in page_views(html)} == {Path(module).name}
    assert f'["{Path(module).name}"]' in (folder / module).read_text("utf8")
    assert ESM not in html
    changed = {**EXPLORER, "_esm": ESM + " // more"}
    html, _ = project.build(notebook(("dial", {}), models={"dial": ("AnyModel", changed)}))
    assert module not in html
    assert not (folder / module).exists()
    assert (folder / re.search(r'src="(_static/live/dial[^"]*)"', html)[1]).exists()


@pytest.mark.parametrize(
    ("esm", "said"),
    [("export default (", "Unexpected end"), ("export const a = 1;", "by default")],
)
def test_a_module_that_cannot_be_a_script_fails_the_build_and_is_named(project, esm, said):
    model = ("AnyModel", {**EXPLORER, "_esm": esm})
    with pytest.raises(ExtensionError, match=rf"dial\.\w+\.js cannot be minified:[^@]*{said}"):
        project.build(notebook(("dial", {}), models={"dial": model}))


def test_the_page_does_not_depend_on_the_order_in_which_a_state_was_saved(project):
    """A notebook from the cache has its keys in order, at every depth; an executed one has not."""
    values = {**EXPLORER, "ranges": {"low": 0, "high": 1}}
    saved = notebook(("dial", {}), models={"dial": ("AnyModel", values)})
    in_order = json.dumps(json.loads(saved), sort_keys=True)
    assert saved != in_order
    page, other = (project.build(text)[0] for text in (saved, in_order))
    assert page_state(page)["dial"]["ranges"] == values["ranges"]
    assert page_views(page) == page_views(other)


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
    assert page_state(html)["dial"]["theta"] == 2.5


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
        (r"$a \nosuchmacro b$", "Unsupported function name: \\nosuchmacro"),
        ("$x = é$", 'Accented Unicode text character "é" used in math mode'),
        (r"$\frac{1}{2$", "expected '}'"),
        (r"$\textcolor{red}{x}$", "typeset.js has no class for the style color"),
        (r"$\text{犬}$", "needs '犬', which the font lacks"),
    ],
)
def test_a_formula_that_cannot_be_typeset_well_fails_the_build_and_is_named(
    project, formula, reason
):
    with pytest.raises(ExtensionError, match=r"index:3: .*the formula") as refusal:
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
    assert html.count("<math") == html.count("</math>") == 3
    assert html.count('<math display="block">') == 2
    assert re.findall(r'class="eqno">\((\d)\)', html) == ["1", "2"]
    assert 'href="#equation-pythagoras">(1)</a>' in html
    assert "eqn-num" not in html
    assert "MathJax" not in html
    assert not re.search(r'(?:src|href)="(?:https?:)?//[^"]*\.(?:js|css)', html)
    maths = project.folder / "_build" / "html" / "_static" / "maths"
    assert re.findall(r"url\(([^)]*)\)", (maths / "maths.css").read_text("utf8")) == [
        '"maths.woff2"'
    ]
    assert (maths / "maths.woff2").read_bytes().startswith(b"wOF2")


def test_the_font_of_formulas_has_their_characters_no_others_and_what_tall_signs_need(project):
    project.build(
        "# A page\n\n" + r"$h$, $\mathrm{z}$, $\left(\frac{\gamma}{2}\right)$, $\sqrt{x}$"
    )
    font = TTFont(project.folder / "_build" / "html" / "_static" / "maths" / "maths.woff2")
    assert "".join(map(chr, sorted(font.getBestCmap()))) == " ()2z\u210e√\U0001d465\U0001d6fe"
    variants = font["MATH"].table.MathVariants
    grow = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True))
    for sign in "()√":
        tall = grow[font.getBestCmap()[ord(sign)]]
        assert len(tall.MathGlyphVariantRecord) > 3
        assert len(tall.GlyphAssembly.PartRecords) == 3
        first, *_, last = [font["glyf"][r.VariantGlyph] for r in tall.MathGlyphVariantRecord]
        assert last.yMax - last.yMin > 2.5 * (first.yMax - first.yMin)
    said = [font["name"].getDebugName(number) for number in (0, 14)]
    assert "STIX Fonts Project Authors" in said[0]
    assert said[1] == "https://scripts.sil.org/OFL"


def test_a_page_built_again_alone_leaves_other_pages_their_characters(project):
    other = project.folder / "other.md"
    other.write_text("# Another\n\n$q$\n", "utf8")
    project.build("---\norphan: true\n---\n# A page\n\n$x$\n\n```{toctree}\nother\n```\n")
    project.build("# A page\n\n$y$\n\n```{toctree}\nother\n```\n")
    font = TTFont(project.folder / "_build" / "html" / "_static" / "maths" / "maths.woff2")
    assert "".join(map(chr, sorted(font.getBestCmap()))) == " \U0001d45e\U0001d466"


THIN = '<mspace width="0.1667em"></mspace>'


def shown(html):
    """Return each formula as it is read along the line, a thin space as `_`, scripts in braces."""
    texts = []
    for formula in re.findall(r"<math\b.*?</math>", html, re.DOTALL):
        formula = re.sub(r"<annotation.*?</annotation>", "", formula).replace(THIN, "_")
        formula = re.sub(r"<mspace[^>]*></mspace>", "~", formula)
        formula = re.sub(r"<mo[^>]*[lr]space=\"0em\"[^>]*>(.)</mo>", r"'\1'", formula)
        formula = re.sub("<[^>]*>|\u2061", "", formula)
        texts.append(formula.replace("\N{MINUS SIGN}", "-").replace("\N{PRIME}", "^"))
    return texts


# TeX's table of spaces (The TeXbook, chapter 18): an operator beside an ordinary or closing atom.
SPACED = {
    r"2\cos x": "2_cos_x",
    r"(a)\cos(b)\sin b": "(a)_cos(b)_sin_b",
    r"\frac12\sech c\cos d": "12_sech_c_cos_d",
    r"a=\cos b": "a=cos_b",
    r"a+\cos\left(b\right)": "a+cos_(b)",
    r"-\cos^2 x,\sin x": "-_cos2_x,sin_x",
    r"\sech^2\!c": "sech2c",
    r"\cos\cos x": "cos_cos_x",
    r"\big[\cos x\big]\max_{b} f": "[cos_x]_maxb_f",
    r"x\,\cos y": "x__cos_y",
    r"e^{\cos x}": "ecos_x",
    r"10\,000": "10_000",
    "P(+)": "P('+')",
    "P(-1)": "P(-1)",
    r"\sum_{n=-\infty}^\infty n": "∑n'='-∞∞n",
    "x=": "x'='",
    r"\le y": "'≤'y",
    "f'": "f'^'",
}


def test_functions_and_signs_are_spaced_as_in_tex(project):
    html, _ = project.build("# A page\n\n" + "".join(f"- ${latex}$\n" for latex in SPACED))
    assert dict(zip(SPACED, shown(html), strict=True)) == SPACED
    # Firefox would space a function by rules of its own if it stood in the row of its neighbours.
    assert html.count("<mrow><mi>cos</mi><mo>\u2061</mo></mrow>") == 10


def test_only_a_long_formula_within_a_sentence_may_break_after_a_sign_outside_brackets(project):
    long = r"P(A=0\mid a,b)=\frac{1}{2}+\frac12\sech(c+d)\cos(a-b)"
    html, _ = project.build(f"# A page\n\nShort $a=b$, long ${long}$.\n\n$$ {long} $$\n")
    short, *parts, displayed = shown(html)
    assert short == "a=b"
    assert parts == ["P(A=0|a,b)=", "12+", "12_sech(c+d)_cos(a-b)"]
    assert displayed == "".join(parts)
    closed = r'<span[^>]*class="(?:[\w ]* )?whole"[^>]*><math>(?:(?!<math|<span).)*</math>{}</span>'
    assert re.search(closed.format(","), html)
    assert re.search(closed.format(r"\."), html)
    # Read on their own, the signs at an end must not be taken for signs of one side.
    assert html.count('form="infix"') == 2


def test_a_formula_carries_its_tex_once_without_our_macros_and_no_style(project):
    html, _ = project.build(
        "# A page\n\n"
        r"$P_A(a,b)<\tfrac12\sech(\alpha+\gamma)\cos(a-b)+\frac34\cos(2\theta)$"
        "\n\n$$\n\\begin{aligned}\na &= \\bar A, \\\\\n|b| &= \\big|c\\big|\n\\end{aligned}\n$$\n"
    )
    assert [unescape(tex) for tex in re.findall("<annotation [^>]*>(.*?)</annotation>", html)] == [
        r"P_A(a,b)<\tfrac12\operatorname{sech}(\alpha+\gamma)\cos(a-b)+\frac34\cos(2\theta)",
        r"\begin{aligned} a &= \bar A, \\ |b| &= \big|c\big| \end{aligned}",
    ]
    assert " style=" not in "".join(re.findall(r"<math\b.*?</math>", html, re.DOTALL))


def test_formulas_are_left_alone_by_translators(project):
    html, _ = project.build("# A page\n\nInline $x$ and $x + y$.\n\n$$ a = 1 $$ (law)\n")
    formulas = re.findall(r'<\w+ class="(math[^"]*)"([^>]*)>', html)
    assert len(formulas) == 3
    for names, attributes in formulas:
        assert "notranslate" in names.split()
        assert 'translate="no"' in attributes


def test_no_two_parts_of_a_page_have_the_same_identifier(project):
    """All exercises' contents are given one identifier, and so are all solutions'."""
    parts = [
        f"````{{exercise}}\n:label: e-{n}\nDo {n}.\n````\n"
        f"````{{solution}} e-{n}\n:label: s-{n}\nDone {n}.\n````\n"
        for n in range(3)
    ]
    tree, heard = project.build(
        "# A page\n\n" + "\n".join(parts),
        buildername="xml",
        extensions=["myst_nb", "sphinx_exercise", "pages"],
        html_math_renderer="mathjax",
        nb_ipywidgets_js={},
    )
    assert heard == ""
    identifiers = " ".join(re.findall(r'\bids="([^"]*)"', tree)).split()
    assert {f"{kind}-{n}" for kind in "es" for n in range(3)} <= set(identifiers)
    assert sorted(set(identifiers)) == sorted(identifiers)


@pytest.mark.parametrize("pieces", [("a 1\nb 2\n",), ("a 1", "\nb 2\n"), ("a 1\nb", " 2\n")])
def test_what_a_cell_prints_does_not_depend_on_where_the_clock_cuts_it(project, pieces):
    book = nbformat.reads(notebook(("dial", {})), as_version=4)
    streams = [nbformat.v4.new_output("stream", text=piece) for piece in pieces]
    book.cells[-1].outputs = streams
    extensions = ["myst_nb", "pages"]
    text, heard = project.build(
        json.dumps(book), buildername="text", extensions=extensions, nb_merge_streams=True
    )
    assert heard == ""
    assert "   a 1\n   b 2\n" in text + "\n"


CHOICES = """- [ ] $a_1$

  Too small, by {eq}`law`.
- [x] *Twice* that

  As $b^2$ says.

  $$ c = 2 $$
"""
NUMBERS = """- [x] 1/4

  A quarter.
- [ ] -0.5

  Mind the sign.
- [ ] other

  Count again.
"""


def page_with(*questions):
    """Make a page with a self-check, of (name, options, text and list)."""
    inside = "".join(f"```{{question}} {n}\n{o}\n{text}\n```\n" for n, o, text in questions)
    return f"# A page\n\n$$ a = 1 $$ (law)\n\n## Check\n\n````{{quiz}} mine\n{inside}````\n"


def test_a_self_check_is_a_heading_and_fieldsets_with_native_inputs_and_folded_answers(project):
    html, heard = project.build(
        page_with(
            ("pick", ":as-written:", f"Given $x$.\n\n$$ y = x $$\n\nWhich *one*?\n\n{CHOICES}"),
            ("all", ":as-written:", f"Which?\n\n{CHOICES}- [x] and this\n\n  Also."),
            ("count", ":tolerance: 10%\n:unit: m/s", f"How many?\n\n{NUMBERS}"),
        )
    )
    assert heard == ""
    quiz = html[html.index('<div class="quiz"') :]
    assert re.search(r'id="quiz-mine" data-quiz="mine" role="group" aria-labelledby="(\S+)"', quiz)
    assert re.search(r'<h3 id="quiz-mine-title"[^>]*>Questions 1 to 3</h3>', quiz)
    assert re.findall(r"<h4>(.*?)</h4>", quiz) == ["Question 1", "Question 2", "Question 3"]
    assert quiz.count("<fieldset") == 3
    assert re.findall(r"<legend>(.*?)</legend>", quiz) == [
        "Which <em>one</em>?",
        "Which?",
        "How many?",
    ]
    assert quiz.index("Given") < quiz.index("<fieldset")
    inputs = re.findall(r'type="(\w+)"[^>]*name="(quiz-\S+)"', quiz)
    kinds = [("radio", "pick")] * 2 + [("checkbox", "all")] * 3
    assert [(k, n) for k, n in inputs if k != "text"] == [(k, f"quiz-mine-{n}") for k, n in kinds]
    assert '<label for="quiz-mine-count-input">Your answer</label>' in quiz
    assert "A number; within 0.025 m/s counts as right." in quiz
    assert "m/s" in quiz
    assert re.findall(r'data-value="(\S+)" data-within="(\S+)"', quiz) == [
        ("0.25", "0.025"),
        ("-0.5", "0.05"),
    ]
    assert quiz.count('role="status"') == 4
    assert quiz.count("<details><summary>Answers</summary>") == 3
    assert re.findall(r'class="answer (\w+)"', quiz) == [
        *("wrong", "right"),
        *("wrong", "right", "right"),
        *("right", "wrong", "wrong"),
    ]
    assert "(1)</a>.</p>" in quiz
    assert quiz.count('<math display="block">') == 3
    assert "$" not in quiz
    assert "[x]" not in quiz
    assert "task-list" not in quiz


def places(choices, options="", asked="Which?"):
    """Make a page with one question, which says in which order its choices stand."""
    items = "".join(f"- [{mark}] {said}\n\n  On {said}.\n" for mark, said in choices)
    return page_with(("pick", options, f"{asked}\n\n{items}"))


FOUR = [("x", "alpha"), (" ", "beta"), (" ", "gamma"), (" ", "delta")]


@pytest.mark.parametrize("builder", ["html", "text", "latex", "xml"])
def test_choices_stand_in_the_order_that_follows_from_the_question(project, builder):
    text, _ = project.build(places(FOUR, asked="Which\n  one is it?"), buildername=builder)
    found = re.findall(r"\b(alpha|beta|gamma|delta)\b", text)
    shown = list(dict.fromkeys(found))
    assert shown == [FOUR[at][1] for at in order("Which one is it?", 4)]


def test_no_place_is_the_right_one_more_often():
    for count in (2, 3, 4, 5):
        right = [order(f"Is it {n}?", count).index(0) for n in range(400)]
        for place in range(count):
            assert abs(right.count(place) / 400 - 1 / count) < 0.08


def test_choices_whose_order_says_something_stand_as_written(project):
    choices = [*FOUR, (" ", "none of the above")]
    text, _ = project.build(places(choices, options=":as-written:"), buildername="text")
    where = [text.index(said) for _, said in choices]
    assert where == sorted(where)
    with pytest.raises(ExtensionError, match="'none of the above' has its place only in choices"):
        project.build(places(choices))


def test_questions_are_numbered_through_the_page_and_a_single_one_is_its_own_heading(project):
    pick = ("pick", "", f"Which?\n\n{CHOICES}".replace("{eq}`law`", "it"))
    page = page_with(pick).replace("} mine", "} alone")
    page += page_with(pick, ("other", *pick[1:])).replace("(law)", "")
    html, heard = project.build(page)
    assert heard == ""
    assert re.findall(r"<h(\d)[^>]*>(Questions?[ \w]+)<", html) == [
        ("3", "Question 1"),
        ("3", "Questions 2 and 3"),
        ("4", "Question 2"),
        ("4", "Question 3"),
    ]
    assert re.findall(r'aria-label="Check question (\d)"', html) == ["1", "2", "3"]


def test_a_question_is_another_one_when_its_text_or_its_choices_change(project):
    page = places(FOUR)
    pages = [page, page.replace("  On beta", "  Not beta")]
    pages += [page.replace("beta\n", "beth\n"), page.replace("Which?", "Which one?")]
    pages += [page.replace("} pick", "} choose"), page.replace("[ ]", "[x]")]
    for number, text in enumerate(pages):
        (project.folder / f"page{number}.md").write_text(text, "utf8")
    project.build("# A page")
    first, same, *others = (
        re.search(r'data-digest="([0-9a-f]{12})"', html.read_text("utf8"))[1]
        for html in sorted((project.folder / "_build" / "html").glob("page?.html"))
    )
    assert same == first
    assert len({first, *others}) == 5


def test_script_and_style_of_self_checks_load_where_there_is_one(project):
    html, _ = project.build(page_with(("pick", "", f"Which?\n\n{CHOICES}")))
    assert re.search(r'<script defer="defer" src="_static/quiz/quiz\.js', html)
    assert 'href="_static/quiz/quiz.css' in html
    for name in ("quiz.js", "quiz.css"):
        assert (project.folder / "_build" / "html" / "_static" / "quiz" / name).exists()
    html, _ = project.build("# A page\n\nWithout.")
    assert "_static/quiz" not in html


@pytest.mark.parametrize("builder", ["text", "xml", "latex"])
def test_other_builders_keep_the_words_of_a_self_check(project, builder):
    text, _ = project.build(
        page_with(("count", ":tolerance: 0.1", f"How many?\n\n{NUMBERS}")), buildername=builder
    )
    for words in ("How many?", "1/4", "Mind the sign.", "Count again."):
        assert words in text


def test_the_tree_of_a_self_check_is_what_its_module_promises(project):
    xml, _ = project.build(
        page_with(("count", ":tolerance: 0.1\n:unit: m", f"Given.\n\nHow many?\n\n{NUMBERS}")),
        buildername="xml",
    )
    tree = ET.fromstring(xml).find(".//quiz")
    assert tree.get("name") == "mine"
    (asked,) = tree
    assert (asked.tag, asked.get("name"), asked.get("kind")) == ("question", "count", "number")
    assert asked.get("unit") == "m"
    assert [part.tag for part in asked] == ["paragraph"] * 2 + ["choice"] * 3
    for part, value in zip(asked[2:], ("0.25", "-0.5", None), strict=True):
        assert [child.tag for child in part] == ["paragraph", "feedback"]
        assert part.get("value") == value
    assert [part.get("right") for part in asked[2:]] == ["True", "False", "False"]


@pytest.mark.parametrize(
    ("options", "text", "fault"),
    [
        ("", "Which?", "it ends with the list of its choices"),
        ("", f"Which?\n\n{CHOICES}\nAfterwards.", "it ends with the list of its choices"),
        ("", CHOICES, "what is asked is a paragraph before the choices"),
        ("", f"Which?\n\n$$ x $$\n\n{CHOICES}", "what is asked is a paragraph before"),
        ("", f"Which?\n\n{CHOICES}- this\n\n  Yes.", r"begins with \[x\] or \[ \]: 'this"),
        ("", f"Which?\n\n{CHOICES}-\n", "a choice begins with"),
        ("", f"Which?\n\n{CHOICES}- [ ] this\n", "the choice 'this' has no feedback"),
        ("", "Which?\n\n- [x] this\n\n  Yes.", "it needs two choices at the least"),
        ("", f"Which?\n\n{CHOICES.replace('[x]', '[ ]')}", "no choice is right"),
        ("", f"How many?\n\n{NUMBERS}", "a number needs a tolerance"),
        (":tolerance: 0", f"How many?\n\n{NUMBERS}", "the tolerance 0 leaves 0.25 no room"),
        (":tolerance: small", f"How many?\n\n{NUMBERS}", "'small' is not a number"),
        (":tolerance: 0.5", f"How many?\n\n{NUMBERS}", "-0.5 and 0.25 are closer than the toler"),
        (":tolerance: 0.1", f"How many?\n\n{CHOICES}", "of its numbers one is right, and the la"),
        (":tolerance: 0.1", f"?\n\n{NUMBERS.replace('[ ]', '[x]')}", "of its numbers one is right"),
        (":tolerance: 0.1", f"How many?\n\n{NUMBERS.replace('1/4', 'x')}", "'x' is not a number"),
        (":tolerance: 0.1", f"How?\n\n{NUMBERS.replace('1/4', '1/0')}", "'1/0' is not a number"),
    ],
)
def test_a_question_that_is_not_fair_fails_the_build(project, options, text, fault):
    with pytest.raises(ExtensionError, match=rf"index:\d+: question 'pick': .*{fault}"):
        project.build(page_with(("pick", options, text)))


def test_names_of_self_checks_and_questions_are_plain_and_unique(project):
    good = ("pick", "", f"Which?\n\n{CHOICES}")
    with pytest.raises(ExtensionError, match="'mine': two questions have the name 'pick'"):
        project.build(page_with(good, good))
    with pytest.raises(ExtensionError, match="'Pick one': a name is made of small letters"):
        project.build(page_with(("Pick one", *good[1:])))
    with pytest.raises(ExtensionError, match="index: two quizzes have the name 'mine'"):
        project.build(2 * page_with(good).replace("(law)", "").replace("{eq}`law`", "it"))


def test_a_self_check_holds_questions_and_a_question_stands_in_one(project):
    good = ("pick", "", f"Which?\n\n{CHOICES}")
    with pytest.raises(ExtensionError, match="quiz 'mine': it holds questions and nothing else"):
        project.build(page_with())
    page = page_with(good)
    with pytest.raises(ExtensionError, match="quiz 'mine': it holds questions and nothing else"):
        project.build(page.replace("```{question}", "Hello.\n\n```{question}"))
    with pytest.raises(ExtensionError, match="index: question 'pick' stands outside a quiz"):
        project.build(re.sub(r"````.*\n", "", page))
