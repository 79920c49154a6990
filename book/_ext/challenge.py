r"""Sphinx extension: challenges, goals for an explorer that the page itself checks.

An author says the goal in words and as a condition on the explorer's traits and outputs; what is
kept fixed may stand apart, as `given`; `moves` is the least number of moves that it takes::

    ```{challenge} signaling
    :given: gamma == 0.4
    :goal: largest > 0.5
    :moves: 2

    Let Bob's choice change Alice's odds by more than one half, at $\gamma=0.4$.
    ```

The argument is the explorer's name on its page: signaling, and signaling-2 for a second one. A
condition is one or several of `NAME OP VALUE`, joined by `and`: a trait or an output; one of
`== != < <= > >=`; a number (`60deg` for an angle of 60 degrees), a word of the trait, or another
trait or output. What cannot be such a condition fails the build. Two numbers are equal when they
differ by less than one part in a million.

Challenges of one explorer that follow each other are one box. Without the script, on paper and in
a notebook they are plain text.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from theme import bring
from travel import KINDS

if TYPE_CHECKING:
    from typing import NoReturn

    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

    from retrolib.explorers.base import Explorer

__all__ = ["challenge", "challenges", "condition", "setup"]

DEGREE = math.pi / 180
COMPARISON = re.compile(
    r"(?P<left>[A-Za-z]\w*)\s*(?P<op>==|!=|<=|>=|<|>)\s*"
    r"(?:(?P<number>-?\d+(?:\.\d+)?)(?P<deg>deg)?|(?P<right>[A-Za-z]\w*))"
)
Comparison = tuple[str, str, float | str | dict[str, str]]


class challenges(nodes.container):
    """The challenges of one explorer that follow each other."""


class challenge(nodes.container):
    """One challenge: explorer, given and goal (comparisons), moves (0: not counted)."""


def condition(text: str, kind: type[Explorer]) -> list[Comparison]:
    """Read a condition on an explorer, or raise a ValueError that says what is wrong with it.

    A comparison is (name, operator, value); the value is a number, a word, or `{"name": ...}`.
    """
    words = {name: d["words"] for name, d in kind.domains.items() if "words" in d}
    numbers = (kind.domains.keys() | set(kind.outputs)) - words.keys()
    found: list[Comparison] = []
    for part in re.split(r"\s+and\s+", text.strip()):
        match = COMPARISON.fullmatch(part.strip())
        if not match:
            raise ValueError(f"{part!r} is not of the form NAME OPERATOR VALUE")
        left, op, number, deg, right = match.group("left", "op", "number", "deg", "right")
        if left not in numbers | words.keys():
            known = ", ".join(sorted(numbers | words.keys()))
            raise ValueError(f"{left!r} is no trait or output of {kind.name}, which has {known}")
        if left in words:
            if right not in words[left] or op not in {"==", "!="}:
                either = " or ".join(words[left])
                raise ValueError(f"{part!r}: {left} can only be == or != {either}")
            found.append((left, op, str(right)))
        elif number is not None:
            found.append((left, op, float(number) * (DEGREE if deg else 1)))
        elif right in numbers:
            found.append((left, op, {"name": str(right)}))
        else:
            raise ValueError(f"{right!r} is no number, nor a trait or output of {kind.name}")
    return found


class Challenge(SphinxDirective):
    """The directive `challenge`."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "goal": directives.unchanged_required,
        "given": directives.unchanged_required,
        "moves": directives.positive_int,
    }

    def refuse(self, fault: str) -> NoReturn:
        """Fail the build, naming the page, the line and the explorer."""
        raise ExtensionError(
            f"{self.env.docname}:{self.lineno}: challenge {self.arguments[0]!r}: {fault}"
        )

    def run(self) -> list[nodes.Node]:
        """Make the challenge."""
        name = self.arguments[0]
        kind = KINDS.get(re.sub(r"-\d+$", "", name))
        if kind is None:
            self.refuse(f"there is no such explorer, only {', '.join(KINDS)}")
        if "goal" not in self.options or not self.content:
            self.refuse("it needs a :goal: and the same in words")
        node = challenge(explorer=name, moves=self.options.get("moves", 0))
        try:
            for part in ("goal", "given"):
                text = self.options.get(part)
                node[part] = condition(text, kind) if text else []
        except ValueError as fault:
            self.refuse(str(fault))
        asked = json.dumps([name, node["goal"], node["given"]])
        node["label"] = f"challenge-{hashlib.sha256(asked.encode()).hexdigest()[:8]}"
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


def check_page(app: Sphinx, doctree: nodes.document) -> None:
    """Join challenges that follow each other; fail on one without its explorer, or asked twice."""
    shown = [n["live"] for n in doctree.findall(nodes.container) if "live" in n]
    labels = set()
    for node in list(doctree.findall(challenge)):
        name = node["explorer"]
        if name not in shown:
            raise ExtensionError(
                f"{app.env.docname}: the challenge {name!r} has no explorer, "
                f"only {', '.join(shown) or 'none'} on this page"
            )
        if node["label"] in labels:
            raise ExtensionError(f"{app.env.docname}: a challenge of {name!r} is there twice")
        labels.add(node["label"])
        parent = node.parent
        index = parent.index(node)
        before = parent[index - 1] if index else None
        parent.remove(node)
        if isinstance(before, challenges) and before["explorer"] == name:
            before += node
        else:
            parent.insert(index, challenges("", node, explorer=name))


def visit_challenges(translator: HTML5Translator, node: challenges) -> None:
    """Open the box of an explorer's challenges."""
    title = f"{node[0]['label']}-title"
    many = "s" if len(node) > 1 else ""
    translator.body.append(
        f'<div class="challenges" data-explorer="{node["explorer"]}" role="group"'
        f' aria-labelledby="{title}">\n<p class="head" id="{title}">Challenge{many}</p>\n<ol>\n'
    )


def depart_challenges(translator: HTML5Translator, node: challenges) -> None:
    """Write what the script needs below them."""
    translator.body.append(
        '</ol>\n<p class="foot" hidden><span class="count"></span> '
        '<button type="button" name="again">Start again</button></p>\n</div>\n'
    )


def visit_challenge(translator: HTML5Translator, node: challenge) -> None:
    """Begin a challenge with what the page checks, as data."""
    data = "".join(f" data-{part}='{escape(json.dumps(node[part]))}'" for part in ("goal", "given"))
    translator.body.append(
        f'<li class="challenge" id="{node["label"]}" data-moves="{node["moves"]}"{data}>\n'
    )


def depart_challenge(translator: HTML5Translator, node: challenge) -> None:
    """End a challenge with room for what is said when it is met."""
    translator.body.append('<p class="verdict"></p>\n</li>\n')


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the nodes and what HTML makes of them."""
    app.add_directive("challenge", Challenge)
    app.add_node(challenges, html=(visit_challenges, depart_challenges))
    app.add_node(challenge, html=(visit_challenge, depart_challenge))
    app.connect("doctree-read", check_page)
    bring(app, "challenge", challenges)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
