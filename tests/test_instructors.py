"""The page for instructors: its numbers are retrolib's, its points those of the sets."""

import re
from pathlib import Path

import numpy as np
import pytest

from course.sets import ProblemSet
from retrolib import PairModel, chsh, explorers, lorentzian, one_particle, pair, preparations

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "book" / "instructors.md").read_text()
DEGREE = np.pi / 180
LAM = np.linspace(0, 2 * np.pi, 36_000, endpoint=False)


def near_an_axis(gamma):
    """Return the probability of lambda within ten degrees of an axis, 60 degrees between them."""
    near = [abs((LAM - x + np.pi / 2) % np.pi - np.pi / 2) < 10 * DEGREE for x in (0, np.pi / 3)]
    return pair.hidden_density(LAM, 0, np.pi / 3, gamma)[near[0] | near[1]].sum() * LAM[1]


def moved(gamma):
    """Return the distance of the laws of lambda for 90 degrees and its mirror image in 30."""
    rho = pair.hidden_density(LAM, np.pi / 6, np.array([[np.pi / 2], [-np.pi / 6]]), gamma)
    return np.abs(rho[0] - rho[1]).sum() * LAM[1] / 2


def heard(kappa):
    """Return Alice's odds at 90 degrees against Bob's setting."""
    source = preparations.von_mises(kappa)
    model = PairModel(lambda x: lorentzian(x, 0.1), preparation=source)
    return model.marginals(np.pi / 2, np.arange(360) * DEGREE)[0]


def share_above_two():
    settings = np.random.default_rng(1).uniform(0, 2 * np.pi, (4, 400_000))
    return 100 * np.mean(chsh.from_settings(*settings, 0.1) > 2)


CLAIMS = {
    "*They see* $0.75$.": lambda: one_particle.probabilities(np.pi / 3, 0.01)[0],
    "*They see* about $2.5$ and": lambda: 1000 * one_particle.probabilities(0, 0.1)[1],
    "and about $57$, which": lambda: 1000 * one_particle.probabilities(0, 0.5)[1],
    "or $0.22$. *They see,*": lambda: 80 / 360,
    "between the settings, $0.69$": lambda: near_an_axis(0.1),
    "$\\gamma$ to $0.02$ and it is $0.93$": lambda: near_an_axis(0.02),
    "$E$ falls from $-0.49$ to": lambda: pair.correlation(0, np.pi / 3, 0.1),
    "to $-0.25$.": lambda: PairModel(lambda x: lorentzian(x, 0.1), rule="states").correlation(
        0, np.pi / 3
    ),
    "$E=-0.93$ at $0^\\circ$": lambda: pair.correlation(0, 0, 0.2),
    "takes her from $0.21$ to": lambda: heard(4).min(),
    "from $0.21$ to $0.79$": lambda: heard(4).max(),
    "shrinks from $0.58$ to": lambda: np.ptp(heard(4)),
    "from $0.58$ to $0.18$": lambda: np.ptp(heard(32)),
    "the distance $0.53$ for": lambda: moved(0.1),
    "Then $\\gamma=2$: $0.02$": lambda: moved(2.0),
    "the share is 14.5 %": share_above_two,
    "only $0.02$ of $2.77$": lambda: chsh.maximum(0.1),
    "At $\\gamma=0.1$ only $0.02$": lambda: chsh.maximum(0.1) * (1 - np.cos(10 * DEGREE)) / 2,
    "the largest value is $1.97$": lambda: chsh.maximum(0.45),
    "the largest $S$ is $1.83$": lambda: chsh.maximum(0.5),
    "so $\\gamma\\ge0.66$": lambda: np.arccosh(2) / 2,
}


@pytest.mark.parametrize("words", CLAIMS)
def test_a_number_for_the_lecture_is_retrolibs(words):
    assert PAGE.count(words) == 1
    shown = re.findall(r"(-?\d+(?:\.(\d+))?)(?:\$| %)", words)[-1]
    digits = len(shown[1])
    assert float(CLAIMS[words]()) == pytest.approx(float(shown[0]), abs=0.501 * 10.0**-digits)


def test_points_and_points_by_hand_are_those_of_the_sets():
    rows = re.findall(r"^\| `(ps\d)`, (\d+) \|.*\| (\d+): ", PAGE, re.M)
    assert len(rows) == len(list((ROOT / "course").glob("ps*.md")))
    for name, points, by_hand in rows:
        cells = [c.metadata.get("nbgrader", {}) for c in ProblemSet.named(name).notebook.cells]
        graded = [c for c in cells if c.get("grade")]
        assert sum(c["points"] for c in graded) == int(points)
        assert sum(c["points"] for c in graded if c["solution"]) == int(by_hand)


def test_every_tempting_mistake_is_there_with_its_section():
    listed = PAGE.partition("(in-mistakes)=")[2].partition("(in-sets)=")[0]
    named = re.findall(r"^\".*\({ref}`([\w-]+)`\)$", listed, re.M)
    boxes = []
    for chapter in sorted((ROOT / "book").glob("*.md")):
        for before in chapter.read_text().split("```{admonition} A tempting mistake: ")[:-1]:
            boxes.append(before)
    assert len(named) == len(boxes) > 0


def test_every_explorer_has_its_question_where_it_is_shown():
    listed = PAGE.partition("(in-explorers)=")[2].partition("(in-mistakes)=")[0]
    entries = re.findall(r"^`(\w+)`, in (.*)$", listed, re.M)
    assert {name.capitalize() for name, _ in entries} == set(explorers.__all__)
    for name, places in entries:
        for label in re.findall(r"{ref}`([\w-]+)`", places):
            (text,) = (
                page.read_text().partition(f"({label})=\n")[2]
                for page in (ROOT / "book").glob("*.md")
                if f"({label})=\n" in page.read_text()
            )
            section = re.split(r"^## ", text, flags=re.M)[1]
            assert re.search(rf"^{name.capitalize()}\(", section, re.M), (name, label)
