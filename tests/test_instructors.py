"""The page for instructors: its points are those of the sets, its entries those of the book."""

import re
from pathlib import Path

from course.sets import ProblemSet
from retrolib import explorers

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "book" / "instructors.md").read_text()


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
