"""What a built page holds, read from its HTML: links, pictures, formulas, questions, explorers.

How the browser shows each kind of box is tested on the small book (see fixture.py), so the last
test here asks that there is no kind in the book that the small one has not.
"""

import json
import math
import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from fontTools.ttLib import TTFont
from mathfont import ITALIC

from retrolib import explorers

from . import fixture
from .browser.book import BUILT, pages
from .tree import above, classes, read, text

UNRENDERED = re.compile(r"\$[^$\n]+\$|\\[(\[]|\\begin\{|\\[a-z]+\{")
# How many children an element of a formula must have; Firefox says so where one has another number.
PARTS = dict.fromkeys(["mfrac", "mroot", "msub", "msup", "munder", "mover"], 2)
PARTS |= dict.fromkeys(["msubsup", "munderover"], 3)
CODE = ("math", "pre", "code", "script", "style")

each_page = pytest.mark.parametrize("page", pages() or ["no book: run `make book`"])


def all_of(page, *tags, of=""):
    """Return a page's elements with one of these tags, or all, that have a class."""
    root, _ = read(BUILT / page)
    return [
        one
        for one in root.iter()
        if (not tags or one.tag in tags) and (not of or of in classes(one))
    ]


@cache
def anchors(path):
    root, _ = read(path)
    return {"", *(one.get(key) for one in root.iter() for key in ("id", "name"))} - {None}


@each_page
def test_every_link_leads_to_a_file_and_an_anchor_that_exist(page):
    path = BUILT / page
    missing = []
    for one in all_of(page):
        for reference in {one.get("src"), one.get("href")} - {None}:
            parts = urlsplit(reference)
            if parts.scheme:
                assert one.tag == "a" or parts.scheme == "data" or reference == canonical(page), (
                    reference
                )
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            known = anchors(target) if target.suffix == ".html" and target.is_file() else {""}
            if not target.is_file() or unquote(parts.fragment) not in known:
                missing.append(reference)
    assert missing == []


def canonical(page):
    return next((x.get("href") for x in all_of(page, "link") if x.get("rel") == "canonical"), None)


@each_page
def test_a_page_has_one_title_and_no_identifier_twice_and_describes_its_pictures(page):
    for article in all_of(page, "article"):
        assert len(list(article.iter("h1"))) == 1
    identifiers = [one.get("id") for one in all_of(page) if one.get("id")]
    assert sorted(set(identifiers)) == sorted(identifiers)
    for image in all_of(page, "img"):
        assert len(image.get("alt", "")) > 20, image.get("src")
        assert not image.get("alt").endswith((".svg", ".png"))


@each_page
def test_every_formula_is_mathml_with_its_source_and_no_source_is_left_in_the_text(page):
    html = (BUILT / page).read_text("utf8")
    assert "mathjax" not in re.sub(r"(tex2jax|mathjax)_\w+", "", html.lower())
    formulas = all_of(page, "span", "div", of="math")
    _, parents = read(BUILT / page)
    for formula in formulas:
        made = [one for one in formula.iter() if one.tag == "math"]
        sources = [one for one in formula.iter("annotation") if (one.text or "").strip()]
        assert made, ET.tostring(formula)[:300]
        assert len(sources) == 1
        assert list(parents[sources[0]])[-1] is sources[0]
        assert formula.get("translate") == "no"
        assert not [one for one in formula.iter() if one.get("aria-hidden")]
    assert not all_of(page, "merror")
    assert [one.tag for one in all_of(page, *PARTS) if len(one) != PARTS[one.tag]] == []
    for one in all_of(page, "math", "pre", "code"):
        assert any("notranslate" in classes(box) for box in above(one, parents)), one.tag
        assert one.tag != "math" or any("math" in classes(box) for box in above(one, parents))
    for article in all_of(page, "article") or all_of(page, "body"):
        assert UNRENDERED.findall(text(article, without=CODE)) == []


@cache
def signs():
    """Return the signs that the font of formulas has."""
    return set(map(chr, TTFont(BUILT / "_static" / "maths" / "maths.woff2").getBestCmap()))


@each_page
def test_the_font_of_formulas_has_every_sign_of_them(page):
    used = {
        ITALIC.get(sign, sign)
        if one.tag == "mi" and len(one.text) == 1 and not one.attrib
        else sign
        for one in all_of(page, "mi", "mn", "mo", "mtext")
        for sign in (one.text or "")
        if not sign.isspace() and ord(sign) not in range(0x2060, 0x2065)
    }
    assert used <= signs()


@each_page
def test_a_self_check_is_complete(page):
    for question in all_of(page, of="question"):
        (legend,) = question.iter("legend")
        assert text(legend, without=["annotation"]).strip().endswith("?")
        answers = [one for one in question.iter() if "answer" in classes(one)]
        inputs = list(question.iter("input"))
        labels = [one.get("for") for one in question.iter("label")]
        wrapped = [one for label in question.iter("label") for one in label.iter("input")]
        said = ["".join(map(text, list(one)[1:])).strip() for one in answers]  # But the letter.
        assert all(said)
        assert len(set(said)) == len(said) >= 2
        right = ["right" in classes(answer) for answer in answers]
        assert any(right)
        assert not all(right)
        for one in inputs:
            assert one in wrapped or one.get("id") in labels
        kind = question.get("data-kind")
        if kind == "number":
            assert [one.get("type") for one in inputs] == ["text"]
            given = [float(one.get("data-value")) for one in answers if one.get("data-value")]
            assert all(map(math.isfinite, given))
            assert len(set(given)) == len(given) >= 1
            assert all(float(a.get("data-within")) > 0 for a in answers if a.get("data-value"))
        else:
            expected = {"single": "radio", "multiple": "checkbox"}[kind]
            assert {one.get("type") for one in inputs} == {expected}
            assert len(inputs) == len(answers)
            assert kind == "multiple" or sum(right) == 1
        assert [one.get("role") for one in question.iter() if "feedback" in classes(one)] == [
            "status"
        ]


@each_page
def test_an_explorer_has_its_still_figure_its_question_and_a_state_within_its_ranges(page):
    for live in all_of(page, of="live"):
        (still,) = [one for one in live.iter("figure") if "still" in classes(one)]
        (image,) = still.iter("img")
        assert len(image.get("alt")) > 40
        (caption,) = still.iter("figcaption")
        assert text(caption).strip().endswith("?")
        (data,) = [one for one in live.iter("script") if one.get("type") == "application/json"]
        view = json.loads(data.text)
        explorer = getattr(explorers, view["id"].partition("-")[0].capitalize())(**view["state"])
        assert {name: getattr(explorer, name) for name in view["state"]} == view["state"]


def test_no_reference_of_a_stylesheet_leaves_the_book():
    pattern = re.compile(r"url\(\s*[\"']?(?!data:|#)([^\"')]+)")
    used = {
        Path(urlsplit(one.get("href")).path).name
        for page in pages()
        for one in all_of(page, "link")
        if one.get("rel") == "stylesheet"
    }
    sheets = {sheet.name: sheet for sheet in BUILT.rglob("*.css")}
    assert used <= sheets.keys()
    for sheet in sheets.values():
        for reference in pattern.findall(sheet.read_text("utf8")):
            assert (sheet.parent / urlsplit(reference).path).is_file(), (sheet.name, reference)
    assert "page.css" in used


def kinds(path):
    """Return the kinds of elements in the text of a page: tags with their classes."""
    root, _ = read(path)
    article = next(root.iter("article"), root)
    return {(one.tag, frozenset(classes(one))) for one in article.iter()}


@pytest.fixture(scope="module")
def tested():
    """All kinds of elements that the small book has."""
    return {kind for page in fixture.PAGES for kind in kinds(fixture.build() / page)}


@pytest.mark.xdist_group("kinds")
@pytest.mark.parametrize("page", [page for page in pages() if page.startswith("book/")])
def test_every_kind_of_box_in_the_book_is_in_the_small_book_where_it_is_tested(page, tested):
    untested = kinds(BUILT / page) - tested
    said = sorted(f"<{tag} class={' '.join(sorted(names))!r}>" for tag, names in untested)
    assert said == [], "put one of each into tests/fixture_book/kinds.md"
