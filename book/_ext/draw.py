r"""Sphinx extension: a curve that the reader draws before it is shown.

An author says what is asked, both axes and the curve::

    ```{draw} What do Alice's odds do as Bob turns his magnet?
    :x: Bob's setting b, in degrees | 0 | 360
    :y: P(Alice +) | 0 | 1
    :curve: retrolib.pair.joint_probabilities(0, np.radians(x), 0.4)[:, 0].sum(axis=1)

    Nothing: the curve is flat, {eq}`ns-eq-half`.
    ```

An axis is a title, its ends and, if the marks are not to be at its sixths (across) or quarters
(up), their distance. What follows ", in " in the title is the unit; a last word of one or two
letters is the symbol. The curve is a Python expression of the array `x`, with `np` and `retrolib`;
it is evaluated at build, so that the physics stands in one place. What the text says is shown with
the curve. A curve that is not finite, has another shape than `x` or leaves the frame fails the
build.

The page has an empty frame and, folded, the curve with the text; `draw.js` lets a reader draw into
the frame with mouse, finger or sliders and says how far the guess is from the curve. On paper the
frame is there to be drawn into, and the curve stands among the answers.
"""

from __future__ import annotations

import hashlib
import json
import math
from html import escape
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective
from theme import bring, pass_by

import retrolib

if TYPE_CHECKING:
    from typing import NoReturn

    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

__all__ = ["Axis", "axis", "draw", "draw_answer", "sampled", "setup", "told"]

POINTS = 61
FINE = 3
"""So many times the points at which a guess is compared are drawn of a curve."""
KNOTS = 7
"""Where a guess is made with sliders, and the curve is told in words: at the sixths of the axis."""
LONGEST = 40
# Of the drawing: its size, and the edges of the frame in it.
WIDTH, HEIGHT = 360, 232
LEFT, RIGHT, TOP, BOTTOM = 42, 348, 26, 190


class Axis(NamedTuple):
    """An axis: its title, its ends, the distance of its marks."""

    title: str
    low: float
    high: float
    step: float

    @property
    def name(self) -> str:
        """The title without the unit."""
        return self.title.partition(", in ")[0]

    @property
    def unit(self) -> str:
        """The unit, after a space, or nothing."""
        unit = self.title.partition(", in ")[2]
        return f" {unit}" if unit else ""

    @property
    def symbol(self) -> str:
        """What a value of it begins with: the symbol if there is one, else the name if no unit."""
        last = self.name.split()[-1]
        if len(last) <= 2:
            return f"{last} = "
        return "" if self.unit else f"{self.name} = "

    @property
    def decimals(self) -> int:
        """How many decimals tell a hundredth of it."""
        return max(0, math.ceil(2 - math.log10(self.high - self.low)))

    @property
    def marks(self) -> list[float]:
        """The values at its marks."""
        count = round((self.high - self.low) / self.step)
        return [round(self.low + i * self.step, 12) for i in range(count + 1)]

    def place(self, value: float, start: float, end: float) -> str:
        """Where a value stands between two ends of the frame."""
        share = (value - self.low) / (self.high - self.low)
        return f"{round(start + share * (end - start), 1):g}"


class draw(nodes.container):
    """What is asked, then the answer; `x` and `y` (axes), `curve` (values), `drawn`, `label`."""


class draw_answer(nodes.container):
    """What is said when the curve is shown: any nodes."""


def number(value: float) -> str:
    """Return a number as text, without an exponent where it can be."""
    return f"{value:.6g}".replace("-", "\N{MINUS SIGN}")


def axis(text: str, parts: int) -> Axis:
    """Read an axis, or raise a ValueError that says what is wrong with it."""
    title, *rest = (part.strip() for part in text.split("|"))
    try:
        low, high, *more = map(float, rest)
        step = more.pop() if more else (high - low) / parts
    except ValueError:
        more = [math.nan]
    if more:
        raise ValueError(f"{text!r} is not of the form TITLE | LOW | HIGH or TITLE | ... | STEP")
    if not 0 < len(title) <= LONGEST:
        raise ValueError(f"the title {title!r} has not 1 to {LONGEST} letters")
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ValueError(f"{text!r} does not go from a number to a larger one")
    count = (high - low) / step if step > 0 else 0
    if not (0.9 < count < 12.1 and abs(count - round(count)) < 1e-9):
        raise ValueError(f"marks of {text!r} would not be one to twelve equal steps apart")
    return Axis(title, low, high, step)


def sampled(expression: str, x: Axis, y: Axis) -> list[float]:
    """Return the values of a curve along an axis, or raise a ValueError that says what is wrong."""
    along = np.linspace(x.low, x.high, FINE * (POINTS - 1) + 1)
    try:
        with np.errstate(all="ignore"):
            found = eval(expression, {"np": np, "retrolib": retrolib, "x": along.copy()})
            values = np.asarray(found).astype(float, casting="safe")
    except Exception as fault:
        raise ValueError(f"the curve {expression!r} raises {fault!r}") from fault
    if values.shape != along.shape:
        raise ValueError(f"the curve has the shape {values.shape} in place of {along.shape}")
    if not np.all(np.isfinite(values)):
        where = along[~np.isfinite(values)][0]
        raise ValueError(f"the curve is not finite at {where:.6g}")
    slack = 1e-9 * (y.high - y.low)
    outside = (values < y.low - slack) | (values > y.high + slack)
    if np.any(outside):
        where, value = along[outside][0], values[outside][0]
        raise ValueError(
            f"the curve leaves the frame: it is {value:.6g} at {where:.6g}, "
            f"and the axis goes from {y.low:.6g} to {y.high:.6g}"
        )
    rounded = np.round(np.clip(values, y.low, y.high), y.decimals + 2)
    return [float(value) + 0.0 for value in rounded]  # No minus before a zero.


class Draw(SphinxDirective):
    """The directive `draw`."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[dict[str, Any]] = {
        "x": directives.unchanged_required,
        "y": directives.unchanged_required,
        "curve": directives.unchanged_required,
    }

    def refuse(self, fault: str) -> NoReturn:
        """Fail the build, naming the page, the line and what is asked."""
        raise ExtensionError(
            f"{self.env.docname}:{self.lineno}: draw {self.arguments[0]!r}: {fault}"
        )

    def run(self) -> list[nodes.Node]:
        """Make the box."""
        asked = self.arguments[0]
        if not asked.endswith("?"):
            self.refuse("what is asked ends with a question mark")
        if not (self.content and self.options.keys() == self.option_spec.keys()):
            self.refuse("it needs :x:, :y:, :curve: and what to say when the curve is shown")
        try:
            x, y = axis(self.options["x"], KNOTS - 1), axis(self.options["y"], 4)
            curve = sampled(self.options["curve"], x, y)
        except ValueError as fault:
            self.refuse(str(fault))
        key = json.dumps([asked, x, y])
        label = f"draw-{hashlib.sha256(key.encode()).hexdigest()[:8]}"
        node = draw(x=x, y=y, curve=curve[::FINE], drawn=line(x, y, curve), label=label)
        self.set_source_info(node)
        words, messages = self.state.inline_text(asked, self.lineno)
        answer = draw_answer()
        self.state.nested_parse(self.content, self.content_offset, answer)
        node += [nodes.paragraph(asked, "", *words, *messages), answer]
        return [node]


def check_page(app: Sphinx, doctree: nodes.document) -> None:
    """Fail where the same curve is asked for twice."""
    labels = [node["label"] for node in doctree.findall(draw)]
    for node in doctree.findall(draw):
        if labels.count(node["label"]) > 1:
            raise ExtensionError(f"{app.env.docname}: {node[0].astext()!r} is asked twice")


def told(node: draw) -> str:
    """Return a curve in words: its values at the knots."""
    x, y = node["x"], node["y"]
    values = node["curve"][:: (POINTS - 1) // (KNOTS - 1)]
    at = np.linspace(x.low, x.high, KNOTS)
    said = [
        f"{number(round(value, y.decimals) + 0.0)} at {x.symbol}{number(where)}{x.unit}"
        for where, value in zip(at, values, strict=True)
    ]
    return f"{y.title}: {', '.join(said)}."


def line(x: Axis, y: Axis, curve: list[float]) -> str:
    """Return a curve as a path."""
    at = np.linspace(x.low, x.high, len(curve))
    points = (
        f"{x.place(where, LEFT, RIGHT)} {y.place(value, BOTTOM, TOP)}"
        for where, value in zip(at, curve, strict=True)
    )
    return f"M{'L'.join(points)}"


def picture(x: Axis, y: Axis, drawn: str, label: str) -> str:
    """Return the frame with its axes as SVG, and a path in it, or room for what is drawn."""
    across = [(x.place(value, LEFT, RIGHT), number(value)) for value in x.marks]
    up = [(y.place(value, BOTTOM, TOP), number(value)) for value in y.marks]
    grid = "".join(f"M{at} {TOP}V{BOTTOM}" for at, _ in across)
    grid += "".join(f"M{LEFT} {at}H{RIGHT}" for at, _ in up)
    texts = [
        f'<text text-anchor="middle" x="{at}" y="{BOTTOM + 17}">{said}</text>'
        for at, said in across
    ]
    texts += [
        f'<text text-anchor="end" x="{LEFT - 7}" y="{float(at) + 4:.5g}">{said}</text>'
        for at, said in up
    ]
    path = '<path fill="none" stroke="currentColor" class='
    lines = f'{path}"truth" d="{drawn}"/>'
    room = f'{path}"between"/>{path}"truth"/>{path}"guess"/>'
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
        f' role="img" aria-label="{escape(label)}">{path}"grid" d="{grid}"/>{"".join(texts)}'
        f'<text class="title" x="4" y="14">{escape(y.title)}</text>'
        f'<text class="title" text-anchor="middle" x="{(LEFT + RIGHT) / 2:g}" y="{HEIGHT - 6}">'
        f"{escape(x.title)}</text>{lines if drawn else room}</svg>\n"
    )


def visit_draw(translator: HTML5Translator, node: draw) -> None:
    """Write the box: what is asked, the frame, what the script needs, the folded curve."""
    write = translator.body.append
    x, y, label = node["x"], node["y"], node["label"]
    data = {
        "curve": node["curve"],
        "frame": [LEFT, RIGHT, TOP, BOTTOM],
        "knots": KNOTS,
        **{
            key: {part: getattr(of, part) for part in ("title", "low", "high", "symbol", "unit")}
            for key, of in (("x", x), ("y", y))
        },
        "decimals": y.decimals,
    }
    written = escape(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
    write(
        f'<div class="draw" id="{label}" role="group" aria-labelledby="{label}-title"'
        f' data-draw="{written}">\n<p class="head" id="{label}-title">'
    )
    for child in node[0]:
        child.walkabout(translator)
    write(
        '</p>\n<p class="hint">Draw your guess from the left edge to the right, then compare.'
        '<span class="of-finger"> Where it is steep, let your finger rest a moment first.</span>'
        "</p>\n"
    )
    write(picture(x, y, "", f"An empty frame. Across: {x.title}. Up: {y.title}."))
    write(
        '<p class="key" aria-hidden="true"></p>\n'
        '<details class="sliders"><summary>Draw with sliders</summary></details>\n'
        '<p class="foot"><button type="button" name="compare">Compare</button> '
        '<button type="button" name="again">Draw again</button></p>\n<p class="said"></p>\n'
        '<details class="draw-answer"><summary>Show the curve<span class="skip">'
        " without drawing</span></summary>\n"
    )
    write(picture(x, y, node["drawn"], told(node)))
    node[1].walkabout(translator)
    write("</details>\n</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the directive, the nodes and what HTML makes of them."""
    app.add_directive("draw", Draw)
    app.add_node(draw, html=(visit_draw, None))
    app.add_node(draw_answer, html=(pass_by, pass_by))
    app.connect("doctree-read", check_page)
    bring(app, "draw", draw)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
