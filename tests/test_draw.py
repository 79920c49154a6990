"""Curves to draw: what the directive refuses, and what it makes of a page."""

import html
import json
import re

import find
import nbformat
import numpy as np
import pytest
from lxml import html as trees
from sphinx.errors import ExtensionError

from .test_extensions import CONFIG, Project

X = ":x: angle θ, in degrees | 0 | 180"
Y = ":y: correlation E | -1 | 1"
CURVE = ":curve: retrolib.pair.correlation(np.radians(x), 0, 0.2)"
SAID = "It *ends* below $1$."


def page(*lines, asked="What does $E$ do?", said=SAID):
    options = "\n".join(lines or (X, Y, CURVE))
    return f"# A page\n\n```{{draw}} {asked}\n{options}\n\n{said}\n```\n"


def plain(text):
    return text.replace("\N{MINUS SIGN}", "-")


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.options = CONFIG | {"extensions": [*CONFIG["extensions"], "draw"]}
    return made


def test_a_page_has_the_curve_as_numbers_as_a_drawing_and_in_words(project):
    built, heard = project.build(page(), **project.options)
    assert heard == ""
    (written,) = re.findall(r'data-draw="([^"]*)"', built)
    data = json.loads(html.unescape(written))
    at = np.radians(np.linspace(0, 180, 61))
    assert data["curve"] == pytest.approx(-np.cos(at) / np.cosh(0.4), abs=6e-5)
    box = next(one for one in trees.fromstring(built).iter("div") if one.get("class") == "draw")
    frame, solution = box.iter("svg")
    assert [path.get("d") for path in frame.iter("path")][1:] == [None] * 3, "nothing given away"
    ends = re.fullmatch(r"M(\S+) (\S+)L.*L(\S+) (\S+)", list(solution.iter("path"))[1].get("d"))
    value = 1 / np.cosh(0.4)
    assert [float(end) for end in ends.groups()] == pytest.approx(
        [42, 108 + 82 * value, 348, 108 - 82 * value], abs=0.051
    )
    assert plain(solution.get("aria-label")).startswith(
        "correlation E: -0.93 at θ = 0 degrees, -0.8 at θ = 30 degrees, -0.46 at θ = 60"
    )
    assert solution.getparent().get("class") == "draw-answer"
    marks = ["0", "30", "60", "90", "120", "150", "180", "-1", "-0.5", "0", "0.5", "1"]
    titles = ["correlation E", "angle θ, in degrees"]
    assert [plain(text.text) for text in frame.iter("text")] == marks + titles
    assert "<em>ends</em>" in built
    assert built.count("<math") == 2
    assert all(part.get("style") is None for part in box.iter())
    assert "draw/draw.js" in built


def test_a_search_finds_what_is_asked_and_not_what_is_said_with_the_curve(project):
    built, _ = project.build(page(), **project.options)
    body = next(one for one in trees.fromstring(built).iter("div") if one.get("class") == "draw")
    assert find.plain(body) == "What does E do?"


def test_a_notebook_asks_for_a_sketch_and_has_the_curve_in_words_folded(project):
    extensions = [*project.options["extensions"], "sphinx_exercise", "launch", "notebooks"]
    options = project.options | {"extensions": extensions, "nb_custom_formats": {}}
    text, _ = project.build(page(), buildername="notebooks", **options)
    said = "".join(cell.source for cell in nbformat.reads(text, as_version=4).cells)
    sketch, _, answer = said.partition("<details>")
    assert "> **Sketch it on paper first.** What does $E$ do?" in sketch
    assert "Across: angle θ, in degrees, from 0 to 180. Up: correlation E, from -1 to 1." in sketch
    assert "0.46 at θ = 120 degrees" in answer
    assert "It *ends* below $1$." in answer
    assert "below" not in sketch


@pytest.mark.parametrize("builder", ["text", "xml", "latex"])
def test_other_builders_keep_the_words(project, builder):
    text, _ = project.build(page(), buildername=builder, **project.options)
    for words in ("What does", "below"):
        assert words in text


@pytest.mark.parametrize(
    ("lines", "fault"),
    [
        ((X, Y), "it needs :x:, :y:, :curve: and what to say when the curve is shown"),
        ((X, CURVE), "it needs :x:, :y:, :curve: and"),
        ((":x: a | 0", Y, CURVE), r"'a \| 0' is not of the form TITLE"),
        ((":x: a | 0 | b", Y, CURVE), "is not of the form TITLE"),
        ((":x: a | 0 | 1 | 1 | 1", Y, CURVE), "is not of the form TITLE"),
        ((f":x: {'a' * 41} | 0 | 1", Y, CURVE), "has not 1 to 40 letters"),
        ((":x: a | 1 | 0", Y, CURVE), "does not go from a number to a larger one"),
        ((":x: a | 0 | 0", Y, CURVE), "does not go from a number to a larger one"),
        ((":x: a | 0 | inf", Y, CURVE), "does not go from a number to a larger one"),
        ((":x: a | nan | 1", Y, CURVE), "does not go from a number to a larger one"),
        ((":x: a | 0 | 1 | 0.3", Y, CURVE), "would not be one to twelve equal steps apart"),
        ((":x: a | 0 | 1 | 0", Y, CURVE), "would not be one to twelve equal steps apart"),
        ((":x: a | 0 | 1 | 0.01", Y, CURVE), "would not be one to twelve equal steps apart"),
        ((X, Y, ":curve: 1 / (x - 90)"), "the curve is not finite at 90"),
        ((X, Y, ":curve: np.sqrt(-x)"), "the curve is not finite at 1"),
        ((X, Y, ":curve: 0.5"), r"the curve has the shape \(\) in place of \(181,\)"),
        ((X, Y, ":curve: x[1:] * 0"), r"the shape \(180,\) in place of \(181,\)"),
        ((X, Y, ":curve: x / 100"), "leaves the frame: it is 1.01 at 101, .* from -1 to 1"),
        ((X, Y, ":curve: -x / 100"), "leaves the frame: it is -1.01 at 101"),
        ((X, Y, ":curve: y"), "raises NameError"),
        ((X, Y, ":curve: x +"), "raises SyntaxError"),
        ((X, Y, ":curve: x + 1j"), "raises .*complex"),
        ((X, Y, ":curve: retrolib.pair.correlation(x, 0, -1)"), "raises ValueError.*gamma"),
    ],
)
def test_what_could_not_be_drawn_fails_the_build(project, lines, fault):
    with pytest.raises(ExtensionError, match=rf"index:\d+: draw 'What does \$E\$ do\?': .*{fault}"):
        project.build(page(*lines), **project.options)


def test_what_is_asked_is_a_question_has_an_answer_and_is_asked_once(project):
    with pytest.raises(ExtensionError, match="what is asked ends with a question mark"):
        project.build(page(asked="Draw."), **project.options)
    with pytest.raises(ExtensionError, match="and what to say when the curve is shown"):
        project.build(page(said=""), **project.options)
    with pytest.raises(ExtensionError, match=r"index: 'What does E do\?' is asked twice"):
        project.build(page() + page().partition("\n\n")[2], **project.options)
