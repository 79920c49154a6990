"""The font of the book's formulas: STIX Two Math, cut down to what the formulas use.

It comes from node_modules, under the SIL Open Font License 1.1. What is left keeps its MATH table
and the pieces that tall brackets and roots are built of. Changed are some distances, to TeX's, so
that a fraction in a line of text does not push the lines apart, and glyphs that browsers place by
their width, or without the variants that fonts have for them: accents, primes, roots, brackets.
"""

from __future__ import annotations

import re
import unicodedata
from copy import deepcopy
from functools import cache
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

from fontTools.misc.transform import Offset, Scale, Transform
from fontTools.pens.transformPen import TransformPen
from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.otTables import MathGlyphVariantRecord

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["FONT", "characters", "missing", "write"]

FONTSOURCE = Path(__file__).resolve().parents[2] / "node_modules" / "@fontsource" / "stix-two-math"
FONT = FONTSOURCE / "files" / "stix-two-math-latin-400-normal.woff2"

ACCENTS = "\u0302\u0303\u0304\u0307\u0308\u20d7"
PRIME = "\u2032"
ROOT = "\N{SQUARE ROOT}"
# In thousandths of an em: TeX's, with rules a little thicker, as this font is heavier.
CONSTANTS = {
    "FractionNumeratorShiftUp": 394,
    "FractionDenominatorShiftDown": 345,
    "FractionNumeratorGapMin": 50,
    "FractionDenominatorGapMin": 50,
    "FractionRuleThickness": 50,
    "RadicalRuleThickness": 57,
    "RadicalVerticalGap": 60,
    "RadicalDisplayStyleVerticalGap": 120,
    "SuperscriptBaselineDropMax": 386,
    "LowerLimitBaselineDropMin": 600,
}
# A root gets a smallest sign 1 em tall; and none of these is wider when it grows than so many times
# its width, for Chromium leaves room for the widest.
SMALLEST_ROOT = 1000
WIDEST = dict.fromkeys("()[]⟨⟩⌊⌋⌈⌉", 1.2) | {ROOT: 1.0}
IDENTIFIER = re.compile(r"<mi(?: [^>]*)?>(.)</mi>")
# What browsers draw for a letter by itself: the italic one of mathematics.
ITALIC = {
    chr(int(unicodedata.decomposition(chr(code)).removeprefix("<font> "), 16)): chr(code)
    for code in [*range(0x1D434, 0x1D468), *range(0x1D6A4, 0x1D6A6), *range(0x1D6E2, 0x1D71C)]
    if unicodedata.decomposition(chr(code))
} | {"h": "\N{PLANCK CONSTANT}"}


def characters(mathml: str) -> set[str]:
    """Return the characters that a browser draws for formulas, in MathML."""
    marked = mathml.replace(' mathvariant="normal"', "=")
    letters = IDENTIFIER.findall(marked)
    text = unescape(re.sub("<[^>]*>", "", IDENTIFIER.sub("", marked)))
    root = {ROOT} if "<msqrt" in mathml or "<mroot" in mathml else set()
    return {ITALIC.get(unescape(letter), letter) for letter in letters} | set(text) | root


@cache
def known() -> frozenset[str]:
    """Return the characters that the font has."""
    return frozenset(map(chr, TTFont(FONT).getBestCmap()))


def missing(mathml: str) -> str:
    """Return the characters of formulas that the font lacks."""
    return "".join(sorted(characters(mathml) - known()))


def redraw(font: TTFont, name: str, change: Transform, advance: float) -> None:
    """Move and scale a glyph."""
    pen = TTGlyphPen(None)
    font.getGlyphSet()[name].draw(TransformPen(pen, change))
    glyph = font["glyf"][name] = pen.glyph()
    glyph.recalcBounds(font["glyf"])
    font["hmtx"][name] = (round(advance), glyph.xMin)


def adapt_marks(font: TTFont) -> None:
    """Give accents the width of their ink, and make primes as tall as TeX's."""
    for code, name in font.getBestCmap().items():
        box = font["glyf"][name]
        if chr(code) in ACCENTS:  # Without a width they would be centred beside the letter.
            redraw(font, name, Offset(-box.xMin, 0), box.xMax - box.xMin)
        elif chr(code) == PRIME:  # It stands low, for browsers raise and shrink it.
            scale = 555 / (box.yMax - box.yMin)
            change = Transform(scale, 0, 0, scale, 40 - scale * box.xMin, 40 - scale * box.yMin)
            redraw(font, name, change, 60 + scale * (box.xMax - box.xMin))


def add_smaller(font: TTFont, name: str, records: list[MathGlyphVariantRecord]) -> None:
    """Put a root of the smallest size before those that a font has."""
    smallest, copy = MathGlyphVariantRecord(), f"{name}.next"
    smallest.VariantGlyph, smallest.AdvanceMeasurement = name, SMALLEST_ROOT
    font["glyf"][copy] = deepcopy(font["glyf"][name])
    font["hmtx"][copy] = font["hmtx"][name]
    scale = SMALLEST_ROOT / records[0].AdvanceMeasurement
    records[0].VariantGlyph = copy
    records.insert(0, smallest)
    redraw(font, name, Scale(scale), scale * font["hmtx"][name][0])


def adapt_tall_signs(font: TTFont) -> None:
    """Make the smallest root smaller, and what grows tall not much wider."""
    variants = font["MATH"].table.MathVariants
    tall = dict(zip(variants.VertGlyphCoverage.glyphs, variants.VertGlyphConstruction, strict=True))
    names = font.getBestCmap()
    for character, most in WIDEST.items():
        if (name := names.get(ord(character))) is None:
            continue
        if character == ROOT:
            add_smaller(font, name, tall[name].MathGlyphVariantRecord)
        widest = most * font["hmtx"][name][0]
        grown = {record.VariantGlyph for record in tall[name].MathGlyphVariantRecord}
        if tall[name].GlyphAssembly:
            grown |= {part.glyph for part in tall[name].GlyphAssembly.PartRecords}
        for other in grown:
            if (width := font["hmtx"][other][0]) > widest:
                redraw(font, other, Scale(widest / width, 1), widest)


def write(mathml: Iterable[str], target: Path) -> None:
    """Write the font that formulas need, as WOFF2."""
    font = TTFont(FONT, recalcTimestamp=False)
    # Its names, which hold the licence, stay.
    subsetter = Subsetter(Options(hinting=False, name_IDs=["*"]))
    subsetter.populate(text="".join(set.union({" "}, *map(characters, mathml))))
    subsetter.subset(font)
    for constant, value in CONSTANTS.items():
        getattr(font["MATH"].table.MathConstants, constant).Value = value
    adapt_marks(font)
    adapt_tall_signs(font)
    font.flavor = "woff2"
    font.save(target)
