"""What readers look up, from built pages: sections as sentences, terms and equations to show."""

import json
import re

import find
import pytest
from lxml import html

from .browser import book

PAGE = """<html><head><meta name="keywords" content="a word, another"></head><body><article>
<section id="top"><h1><span class="section-number">2. </span>A title<a class="headerlink">#</a></h1>
<p>It opens <em>so</em>.<br>And goes on.</p><script>no</script>
<section id="part"><h2>A part</h2><p>Said.</p><pre>code()</pre>
<div class="math equation" id="equation-one"><div class="formula" data-label="Equation 2.1"><math>
<mi>x</mi></math></div><span class="eqno">(2.1)</span></div>
<ul><li>One</li><li>Two</li></ul></section>
<section id="further-reading"><h2>Further reading</h2><p>Works.</p></section>
<dl><dt id="term-turn">turn<a class="headerlink">#</a></dt>
<dd><p id="x">A <a href="#part">half</a> circle.</p></dd></dl>
</section></article></body></html>"""
READ = {
    "<math><mi>a</mi><mo>+</mo><mn>1</mn></math>": "a+1",
    "<math><mfrac><mi>a</mi><mn>2</mn></mfrac></math>": "a/2",
    "<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mn>2</mn></mfrac></math>": "(a+b)/2",
    "<math><msup><mi>cos</mi><mn>2</mn></msup><mo>⁡</mo><mi>x</mi></math>": "cos²x",
    "<math><msub><mi>a</mi><mn>1</mn></msub></math>": "a₁",
    "<math><msubsup><mi>x</mi><mi>i</mi><mn>2</mn></msubsup></math>": "x_i²",
    "<math><msup><mi>e</mi><mrow><mi>i</mi><mi>x</mi></mrow></msup></math>": "e^(ix)",
    "<math><msup><mn>60</mn><mo>∘</mo></msup></math>": "60°",
    "<math><mn>2</mn><msqrt><mn>2</mn></msqrt></math>": "2√2",
    "<math><msqrt><mi>x</mi><mi>y</mi></msqrt></math>": "√(xy)",
    "<math><semantics><mi>x</mi><annotation>\\x</annotation></semantics></math>": "x",
}


@pytest.mark.parametrize("mathml", READ)
def test_a_formula_is_a_line_that_can_be_read(mathml):
    assert find.formula(html.fromstring(mathml)) == READ[mathml]


def test_sections_and_terms_are_found_each_for_itself_as_sentences():
    assert find.sections(html.fromstring(PAGE), "p.html") == [
        ("p.html#term-turn", "turn", "2. A title", "A half circle.", 1, ""),
        (
            "p.html",
            "2. A title",
            "",
            "It opens so.\nAnd goes on.",
            2,
            "a word, another",
        ),
        ("p.html#part", "A part", "2. A title", "Said.\nOne\nTwo", 2, ""),
        ("p.html#further-reading", "Further reading", "2. A title", "Works.", 1, ""),
    ]


def test_a_term_and_an_equation_are_shown_without_links_and_identifiers():
    shown = find.peeks(html.fromstring(PAGE))
    assert shown["term-turn"] == ("turn", "<p>A half circle.</p>")
    title, formula = shown["equation-one"]
    assert title == "Equation 2.1"
    assert "".join(formula.split()) == "<math><mi>x</mi></math>"


def data(name):
    """What a script of the built book leaves under a name."""
    text = (book.BUILT / name).read_text("utf8")
    return json.loads(text.partition("=")[2].rstrip(";\n"))


def test_the_index_of_the_book_has_every_chapter_and_no_tex():
    found = data("searchindex.js")
    pages = {address.partition("#")[0] for address, *_ in found}
    assert pages == {page for page in book.pages() if page.startswith("book/")}
    for address, title, *_, text, _, _ in found:
        assert title, address
        assert not re.search(r"\\([a-z]+\{|[,;!]|gamma|theta)|[_^]\{", title + text), address
        assert "\N{INVISIBLE TIMES}" not in text
