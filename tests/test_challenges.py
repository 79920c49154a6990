"""Challenges: what a condition may be, what fails the build, what a page gets."""

import html
import json
import math
import re

import pytest
from challenge import condition
from sphinx.errors import ExtensionError

from retrolib.explorers import Anomaly, Signaling, Winding

from .test_extensions import CONFIG, EXPLORER, Project, notebook

WINDING = {**EXPLORER, "_anywidget_id": "retrolib.explorers.winding.Winding"}
MODELS = {"winding": ("AnyModel", WINDING)}
STILL = '<svg xmlns="http://www.w3.org/2000/svg"><title>Which?</title><desc>One.</desc></svg>'
GOAL = ":goal: minus > 0.3 and theta == 0deg\n:moves: 2\n\nMake $P(-)$ large."
SECOND = ":goal: turn == 2\n\nTwo half turns."


@pytest.mark.parametrize(
    ("text", "kind", "read"),
    [
        ("gamma == 0.4", Winding, [("gamma", "==", 0.4)]),
        ("theta==60deg", Winding, [("theta", "==", pytest.approx(math.pi / 3, rel=1e-15))]),
        (
            "turn >= -2 and plus != minus",
            Winding,
            [("turn", ">=", -2.0), ("plus", "!=", {"name": "minus"})],
        ),
        ("outcomes == same", Anomaly, [("outcomes", "==", "same")]),
        ("a < b", Anomaly, [("a", "<", {"name": "b"})]),
        ("signals == 0", Signaling, [("signals", "==", 0.0)]),
    ],
)
def test_a_condition_is_read(text, kind, read):
    assert condition(text, kind) == read


@pytest.mark.parametrize(
    ("text", "kind", "said"),
    [
        ("", Winding, "'' is not of the form"),
        ("gamma", Winding, "'gamma' is not of the form"),
        ("gamma = 0.4", Winding, "not of the form"),
        ("0.4 == gamma", Winding, "not of the form"),
        ("gamma == 0.4 and", Winding, "not of the form"),
        ("gamma == 0.4 or theta == 0", Winding, "not of the form"),
        ("gamma == 4e1", Winding, "not of the form"),
        ("gamma == 0.4rad", Winding, "not of the form"),
        ("not gamma == 1", Winding, "not of the form"),
        ("gamma == (1)", Winding, "not of the form"),
        ("__import__('os') == 1", Winding, "not of the form"),
        ("kappa > 1", Winding, "'kappa' is no trait or output of winding, which has born_minus"),
        ("gamma == kappa", Winding, "'kappa' is no number, nor a trait or output of winding"),
        ("gamma == nan", Winding, "'nan' is no number"),
        ("outcomes == equal", Anomaly, "outcomes can only be == or != different or same"),
        ("outcomes > same", Anomaly, "outcomes can only be"),
        ("outcomes == 1", Anomaly, "outcomes can only be"),
        ("a == outcomes", Anomaly, "'outcomes' is no number"),
    ],
)
def test_what_is_no_condition_is_named(text, kind, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        condition(text, kind)


def page(*directives, explorers=1):
    """Return a notebook that shows an explorer, with these challenges after it."""
    book = json.loads(notebook(*[("winding", {})] * explorers, models=MODELS))
    for text in directives:
        source = "```{challenge} " + text + "\n```"
        book["cells"].append({"cell_type": "markdown", "id": "c", "metadata": {}, "source": source})
    return json.dumps(book)


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    (made.stills / "index-winding.svg").write_text(STILL, "utf8")
    made.options = CONFIG | {"extensions": [*CONFIG["extensions"], "challenge"]}
    return made


def test_challenges_that_follow_each_other_are_one_box_with_what_the_page_checks(project):
    built, heard = project.build(page(f"winding\n{GOAL}", f"winding\n{SECOND}"), **project.options)
    assert heard == ""
    assert built.count('class="challenges"') == 1
    assert built.count('class="challenge"') == 2
    (goal, _) = re.findall(r"data-goal='([^']*)'", built)
    assert json.loads(html.unescape(goal)) == [["minus", ">", 0.3], ["theta", "==", 0.0]]
    assert re.findall(r'data-moves="(\d)"', built) == ["2", "0"]
    assert "challenge/challenge.js" in built


@pytest.mark.parametrize(
    ("challenges", "explorers", "said"),
    [
        (["dial\n" + GOAL], 1, "challenge 'dial': there is no such explorer, only anomaly"),
        (["signaling\n:goal: largest > 0\n\nX."], 1, "'signaling' has no explorer, only winding"),
        (["winding-2\n" + GOAL], 1, "'winding-2' has no explorer, only winding on this page"),
        (["winding\n" + GOAL], 0, "'winding' has no explorer, only none on this page"),
        (["winding\n\nNo goal."], 1, "it needs a :goal: and the same in words"),
        (["winding\n:goal: turn == 2"], 1, "it needs a :goal: and the same in words"),
        (["winding\n:goal: kappa > 1\n\nX."], 1, r"index:\d+: challenge 'winding': 'kappa' is no"),
        (["winding\n:goal: turn == 2\n:given: x\n\nX."], 1, "'x' is not of the form"),
        ([f"winding\n{GOAL}", f"winding\n{GOAL}"], 1, "a challenge of 'winding' is there twice"),
    ],
)
def test_what_could_not_be_checked_fails_the_build(project, challenges, explorers, said):
    with pytest.raises(ExtensionError, match=said):
        project.build(page(*challenges, explorers=explorers), **project.options)
