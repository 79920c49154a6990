r"""Sphinx extension: self-checks of a chapter, answered in the page without a kernel.

An author writes it in MyST. The first line of each list item is a choice, marked right or wrong;
what follows in the item is its feedback::

    ````{quiz} one-particle
    ```{question} whole-list
    At $60^\circ$ the two shortest turns suggest $4/5$.

    Which probability does the whole list of turns give, as $\gamma\to0$?

    - [x] $3/4$

      The sum over all windings is the Born rule.
    - [ ] $4/5$

      That counts two turns. The long ones favour the other outcome: see {eq}`op-eq-wrap`.
    ```
    ```{question} dark-runs
    :tolerance: 5%
    :unit: runs

    The magnets are aligned, and $\gamma=0.01$. How many runs does it take, on average, to see one
    spin end against them?

    - [x] 40000

      One in $4/\gamma^2$.
    - [ ] 10000

      The probability is $\gamma^2/4$ and not $\gamma^2$.
    - [ ] other

      Set $\theta=0$ in {eq}`op-eq-prob`.
    ```
    ````

With one right choice a reader picks one, with several all that are right. A question with a
`tolerance`, absolute or in per cent, asks for a number: its items are the right number, numbers
that a mistake gives, and `other`, the last. The last paragraph before the list is what is asked.
Markup that cannot make a fair question fails the build, naming the page and the fault.

Choices are put in an order that follows from the text before them, so an author may write the right
one where it comes to mind, and none of the places is the right one more often. Where their order
says something, as that of numbers that ascend, the option `:as-written:` keeps it.

Questions are numbered through the page. A self-check of one question is headed by that question.

For writers of other formats, a self-check is a tree of containers that hold ordinary nodes::

    quiz        name
      question    name, kind ("single", "multiple" or "number"), unit (may be empty), number
        ...         what is given: any nodes, or none
        paragraph   what is asked
        choice      letter, right; if it is a number, value and tolerance
          paragraph   the choice
          feedback
            ...         what to say to who chose it: any nodes

A writer without visitors for these classes takes them for containers, and so drops nothing.
`quiz.js` and `quiz.css` are loaded by pages with a self-check only. The script keeps what was
answered in the browser's storage under a digest of the question, so that one that has changed
begins anew; on paper it puts all answers at the page's end. Without it the questions are plain text
with the answers below, folded on a screen.
"""

from __future__ import annotations

import re
from fractions import Fraction
from hashlib import sha256
from itertools import pairwise
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from theme import bring, pass_by

if TYPE_CHECKING:
    from typing import NoReturn

    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["choice", "feedback", "order", "question", "quiz", "setup"]

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
OTHER = "other"
REST = re.compile(r"\b(all|both|none|neither) of the above\b", re.IGNORECASE)


def order(asked: str, count: int) -> list[int]:
    """Return the order of a question's choices: which of them, as written, stands at each place.

    It follows from the text before the choices alone, whatever space there is between its words.
    """
    text = " ".join(asked.split())
    return sorted(range(count), key=lambda at: sha256(f"{text}\n{at}".encode()).digest())


class quiz(nodes.container):
    """A self-check: its questions."""


class question(nodes.container):
    """What is given and asked, then the choices."""


class choice(nodes.container):
    """One choice, or one number that is looked for, and its feedback."""


class feedback(nodes.container):
    """What a reader is told who chose this."""


class QuizPart(SphinxDirective):
    """What both directives share: a name, MyST inside, refusal with page and line."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def refuse(self, fault: str) -> NoReturn:
        """Fail the build, naming the page, the line and the directive."""
        raise ExtensionError(
            f"{self.env.docname}:{self.lineno}: {self.name} {self.arguments[0]!r}: {fault}"
        )

    def parse(self, node: nodes.Element) -> None:
        """Read the name and the MyST inside into a node."""
        if not NAME.fullmatch(self.arguments[0]):
            self.refuse("a name is made of small letters, digits and single hyphens")
        node["name"] = self.arguments[0]
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)


class Quiz(QuizPart):
    """The directive `quiz`."""

    def run(self) -> list[nodes.Node]:
        """Make the self-check of its questions."""
        node = quiz()
        self.parse(node)
        if not (node.children and all(isinstance(child, question) for child in node)):
            self.refuse("it holds questions and nothing else")
        names = [child["name"] for child in node.findall(question)]
        for name in names:
            if names.count(name) > 1:
                self.refuse(f"two questions have the name {name!r}")
        return [node]


class Question(QuizPart):
    """The directive `question`."""

    option_spec: ClassVar[dict[str, Any]] = {
        "tolerance": directives.unchanged_required,
        "unit": directives.unchanged_required,
        "as-written": directives.flag,
    }

    def run(self) -> list[nodes.Node]:
        """Make a question of text and a list."""
        node = question(unit=self.options.get("unit", ""))
        self.parse(node)
        items = node.children[-1] if node.children else None
        if not isinstance(items, nodes.bullet_list):
            self.refuse("it ends with the list of its choices")
        node.remove(items)
        if not (node.children and isinstance(node.children[-1], nodes.paragraph)):
            self.refuse("what is asked is a paragraph before the choices")
        choices = [self.take(item) for item in items]
        right = [one for one in choices if one["right"]]
        if len(choices) < 2:
            self.refuse("it needs two choices at the least")
        if not right:
            self.refuse("no choice is right")
        if "tolerance" in self.options:
            node["kind"] = "number"
            self.measure(choices)
        else:
            node["kind"] = "single" if len(right) == 1 else "multiple"
            if choices[-1][0].astext() == OTHER:
                self.refuse("a number needs a tolerance")
            choices = self.arrange(choices)
        for letter, one in zip(ascii_lowercase, choices, strict=False):
            one["letter"] = letter
        node += choices
        return [node]

    def arrange(self, choices: list[choice]) -> list[choice]:
        """Put choices in the order that follows from the question, or leave them as written."""
        if "as-written" in self.options:
            return choices
        for one in choices:
            if REST.search(one[0].astext()):
                self.refuse(f"{one[0].astext()!r} has its place only in choices :as-written:")
        asked = "\n".join(self.content).partition("\n- [")[0]
        return [choices[at] for at in order(asked, len(choices))]

    def take(self, item: nodes.Element) -> choice:
        """Make a choice of a list item: its mark, its first paragraph, the rest as feedback."""
        said = item[0] if item.children else nodes.paragraph()
        mark = said[0] if said.children else None
        if not (isinstance(mark, nodes.raw) and 'type="checkbox"' in mark.astext()):
            self.refuse(f"a choice begins with [x] or [ ]: {item.astext()!r}")
        said.remove(mark)
        said.replace(said[0], nodes.Text(said[0].lstrip()))
        if len(item) == 1:
            self.refuse(f"the choice {said.astext()!r} has no feedback")
        made: choice = choice(right="checked" in mark.astext())
        made += [said, feedback("", *item[1:])]
        return made

    def measure(self, choices: list[choice]) -> None:
        """Give the choices of a number question their values and tolerances."""
        *numbers, other = choices
        if other[0].astext() != OTHER or other["right"] or sum(c["right"] for c in numbers) != 1:
            self.refuse(f"of its numbers one is right, and the last item is [ ] {OTHER}")
        written = self.options["tolerance"]
        size = self.number(written.removesuffix("%"))
        for one in numbers:
            one["value"] = self.number(one[0].astext())
            one["tolerance"] = abs(one["value"]) * size / 100 if "%" in written else size
            if one["tolerance"] <= 0:
                self.refuse(f"the tolerance {written} leaves {one['value']} no room")
        numbers.sort(key=lambda one: float(one["value"]))
        for low, high in pairwise(numbers):
            if low["value"] + low["tolerance"] >= high["value"] - high["tolerance"]:
                self.refuse(f"{low['value']} and {high['value']} are closer than the tolerance")

    def number(self, text: str) -> float:
        """Read a decimal number or a fraction."""
        try:
            return float(Fraction(text.strip().replace("\u2212", "-")))
        except (ValueError, ZeroDivisionError):
            self.refuse(f"{text!r} is not a number")


def check_page(app: Sphinx, doctree: nodes.document) -> None:
    """Give questions numbers; fail where one is outside a self-check, or two share a name."""
    for number, node in enumerate(doctree.findall(question), 1):
        if not isinstance(node.parent, quiz):
            raise ExtensionError(
                f"{app.env.docname}: question {node['name']!r} stands outside a quiz"
            )
        node["number"] = number
        node["digest"] = digest(node)
    names = [node["name"] for node in doctree.findall(quiz)]
    for name in names:
        if names.count(name) > 1:
            raise ExtensionError(f"{app.env.docname}: two quizzes have the name {name!r}")


def digest(node: question) -> str:
    """Return a digest of a question and its choices as they are offered, without the feedback."""
    offered = [child[0] if isinstance(child, choice) else child for child in node]
    said = [node.parent["name"], node["name"], node["kind"], *(part.astext() for part in offered)]
    return sha256("\n".join(said).encode()).hexdigest()[:12]


def visit_quiz(translator: HTML5Translator, node: quiz) -> None:
    """Open the frame of a self-check and write its heading."""
    label = f"quiz-{node['name']}"
    level = translator.section_level + 1
    first, last = node[0]["number"], node[-1]["number"]
    title, hint = f"Question {first}", ""
    if last > first:
        title = f"Questions {first} {'to' if last > first + 1 else 'and'} {last}"
        hint = '<p class="hint" hidden>Try as often as you like: answers stay in this browser.</p>'
    translator.body.append(
        f'<div class="quiz" id="{label}" data-quiz="{node["name"]}" role="group"'
        f' aria-labelledby="{label}-title">\n'
        f'<div class="head"><h{level} id="{label}-title" tabindex="-1">{title}</h{level}>'
        f"{hint}</div>\n"
    )


def depart_quiz(translator: HTML5Translator, node: quiz) -> None:
    """Write the score line and close the frame."""
    translator.body.append(
        '<div class="foot"><p class="score" role="status"></p>'
        '<button type="button" name="again" hidden>Start again</button></div>\n</div>\n'
    )


def visit_question(translator: HTML5Translator, node: question) -> None:
    """Write a question: what is given, a fieldset of what is asked and the inputs, the answers."""
    write = translator.body.append
    label = f"quiz-{node.parent['name']}-{node['name']}"
    level = translator.section_level + 2
    number = node["number"]
    choices = [child for child in node if isinstance(child, choice)]
    *given, asked = node[: -len(choices)]
    write(
        f'<div class="question" id="{label}" data-kind="{node["kind"]}"'
        f' data-number="{number}" data-digest="{node["digest"]}">\n'
    )
    if len(node.parent) > 1:
        write(f"<h{level}>Question {number}</h{level}>\n")
    for block in given:
        block.walkabout(translator)
    hint = hint_of(node, choices)
    describe = f' aria-describedby="{label}-hint"' if hint else ""
    write(f"<fieldset{describe if node['kind'] == 'multiple' else ''}>\n<legend>")
    inline(translator, asked)
    write("</legend>\n")
    if hint:
        write(f'<p class="hint" id="{label}-hint">{translator.encode(hint)}</p>\n')
    if node["kind"] == "number":
        write(
            f'<p class="field" hidden><label for="{label}-input">Your answer</label> '
            f'<input type="text" id="{label}-input" name="{label}" autocomplete="off"'
            f' spellcheck="false"{describe}> {translator.encode(node["unit"])}</p>\n'
        )
    else:
        kind = "radio" if node["kind"] == "single" else "checkbox"
        for one in choices:
            write(
                f'<label class="choice"><input type="{kind}" name="{label}"'
                f' value="{one["letter"]}" autocomplete="off" hidden>'
                f'<span class="letter">{one["letter"]}</span> <span>'
            )
            inline(translator, one[0])
            write("</span></label>\n")
    write(
        f'</fieldset>\n<button type="button" name="check" aria-label="Check question {number}"'
        ' hidden>Check</button>\n<div class="feedback" role="status"><p class="note"></p>'
        "<details><summary>Answers</summary>\n"
    )
    for one in choices:
        one.walkabout(translator)
    write("</details></div>\n</div>\n")
    raise nodes.SkipNode


def hint_of(node: question, choices: list[choice]) -> str:
    """Say what a question accepts, where its inputs do not show it."""
    if node["kind"] == "multiple":
        return "More than one is right."
    if node["kind"] == "number":
        within = next(one["tolerance"] for one in choices if one["right"])
        size = f"{within:.10g} {node['unit']}".rstrip()
        return f"A number; within {size} counts as right."
    return ""


def inline(translator: HTML5Translator, paragraph: nodes.Element) -> None:
    """Write what a paragraph holds, without the paragraph."""
    for child in paragraph:
        child.walkabout(translator)


def visit_choice(translator: HTML5Translator, node: choice) -> None:
    """Write a choice among the answers: which one it is, its mark, whether it is right."""
    write = translator.body.append
    verdict, sign = ("right", "✓") if node["right"] else ("wrong", "✗")
    if "value" in node:
        write(
            f'<div class="answer {verdict}" data-value="{node["value"]!r}"'
            f' data-within="{node["tolerance"]!r}"><p class="which"><span>'
        )
        inline(translator, node[0])
    else:
        name = "Any other number" if node.parent["kind"] == "number" else node["letter"]
        write(f'<div class="answer {verdict}"><p class="which"><span>{name}')
    write(f'</span> <span aria-hidden="true">{sign}</span> {verdict.capitalize()}.</p>\n')
    node[1].walkabout(translator)
    write("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directives, the nodes and what HTML makes of them."""
    app.add_directive("quiz", Quiz)
    app.add_directive("question", Question)
    app.add_node(quiz, html=(visit_quiz, depart_quiz))
    app.add_node(question, html=(visit_question, None))
    app.add_node(choice, html=(visit_choice, None))
    app.add_node(feedback, html=(pass_by, pass_by))
    app.connect("doctree-read", check_page)
    bring(app, "quiz", quiz)
    return {
        "version": "2",
        "env_version": 2,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
