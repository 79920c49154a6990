"""What pages take of the themes: rules that can match, icons with a shape, folds, no scripts."""

import re

import pytest
import theme
from sphinx.errors import ExtensionError

from .browser import book
from .test_extensions import Project
from .tree import read

CONFIG = {
    "extensions": ["myst_nb", "theme"],
    "html_math_renderer": "mathjax",
    "nb_ipywidgets_js": {},
}


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        ("p{top:0}", True),
        (".here{top:0}", True),
        (".gone{top:0}", False),
        ("#gone{top:0}", False),
        (".here.gone{top:0}", False),
        (".here > .gone a{top:0}", False),
        (".here:not(.gone){top:0}", True),
        ('[class*="gone"]{top:0}', True),
        (r".w-1\/2{top:0}", True),
        ("@media print{.here{top:0}}", True),
        ("@media print{.gone{top:0}}", False),
        ("@supports (top:0){@media print{.gone{top:0}}}", False),
        ("@font-face{font-family:gone}", True),
        ("@import url(gone.css);", False),
        ("/*! Copyright */", True),
        ("/* a comment */", False),
    ],
)
def test_a_rule_is_kept_if_and_only_if_something_can_match_it(rule, kept):
    assert theme.slim(rule, {"here", "w-1/2"}).strip() == (rule if kept else "")


def test_of_a_list_of_selectors_those_that_can_match_are_kept():
    rule = 'a:is(.gone, .x), .gone, .here::before { content: ", .gone {}" }'
    slim = theme.slim(rule, {"here"})
    assert slim == 'a:is(.gone, .x),.here::before{ content: ", .gone {}" }'


def test_what_cannot_be_read_as_a_stylesheet_fails_the_build():
    with pytest.raises(ExtensionError, match="a stylesheet cannot be read"):
        theme.slim("p { top: 0 } }", set())


@pytest.mark.parametrize(
    ("css", "left"),
    [
        ("a{--x:1}", "a{}"),
        ("a{--x:1;top:var(--x)}", "a{--x:1;top:var(--x)}"),
        ("a{top:0;--x:calc(1px * (2 + (3)))}", "a{top:0;}"),
        ('a{--x:url("data:;}");top:0}', "a{top:0}"),
        ("a{--y:var(--x);--x:1}", "a{}"),
        ("a{--script:1}", "a{--script:1}"),
    ],
)
def test_a_property_that_nothing_reads_is_left_out(css, left):
    assert theme.without_unread(css, {"--script"}) == left


def test_files_are_named_from_where_the_sheet_stands():
    css = "a{b:url(x.woff2) url('../y.png') url(\"data:z\") url(#w)}"
    moved = theme.moved(css, "fonts/deep")
    assert moved == 'a{b:url(fonts/deep/x.woff2) url(fonts/y.png) url("data:z") url(#w)}'


def test_an_icon_is_filled_with_its_shape_and_one_without_a_shape_fails_the_build():
    drawn = theme.ICON.sub(theme.icon, '<i class="fa-solid fa-bars   fa-lg" title="x"></i>')
    assert re.fullmatch(r'<i class="[^"]*" title="x"><svg .*<path d=".*"/></svg></i>', drawn)
    with pytest.raises(ExtensionError, match="fa-unicorn has no shape"):
        theme.ICON.sub(theme.icon, '<i class="fas fa-unicorn"></i>')


def test_a_folded_box_is_one_that_the_browser_folds(tmp_path, monkeypatch):
    monkeypatch.setattr(theme, "SHEETS", ())
    text = "# A page\n\n```{admonition} A *title*\n:class: dropdown tip\nInside.\n```\n"
    html, heard = Project(tmp_path).build(text, **CONFIG)
    assert heard == ""
    (box,) = re.findall(r"<details.*?</details>", html, re.S)
    flat = re.sub(r"\s*\n\s*", "", box)
    assert flat == (
        '<details class="dropdown tip admonition"><summary><span>A <em>title</em></span></summary>'
        "<p>Inside.</p></details>"
    )


@pytest.mark.parametrize("page", ["index.html", "404.html", *book.pages()])
def test_a_page_has_no_script_or_style_in_its_markup_and_one_viewport(page):
    elements = list(read(book.BUILT / page)[0].iter())
    for one in elements:
        script = one.tag == "script" and "src" not in one.attrib
        assert not script or "json" in one.get("type", ""), one.attrib
        assert one.tag != "style"
        assert not [name for name in one.attrib if re.match("on|style$", name)], one.attrib
    assert sum(one.get("name") == "viewport" for one in elements) == 1


@pytest.mark.parametrize("page", book.pages())
def test_what_a_page_loads_has_its_checksum_in_its_address(page):
    elements = list(read(book.BUILT / page)[0].iter())
    named = [
        address
        for one in elements
        for address in (
            *map(one.get, ("src", "data-font", "data-peeks")),
            one.get("rel") and one.get("href"),
        )
        if address and re.search(r"\.(js|css|woff2)\b", address)
    ]
    assert len(named) >= 3
    assert [one for one in named if not re.search(r"\?v=\w{8}$|live/\w+\.\w{8}\.\w+$", one)] == []


def test_a_changed_file_changes_the_addresses_that_name_it(tmp_path):
    static = tmp_path / "_static"
    (static / "maths").mkdir(parents=True)
    page = tmp_path / "page.html"
    sheet, font = static / "page.css", static / "maths" / "maths.woff2"
    page.write_text(
        '<a data-font="_static/maths/maths.woff2"><a href="../_static/page.css">'
        '<a src="searchindex.js"><a data-peeks="../peeks.js">'
    )
    sheet.write_text("@font-face{src:url(maths/maths.woff2)}")
    seen = []
    for text in (b"one", b"two", b"two"):
        for file in (font, tmp_path / "searchindex.js", tmp_path / "peeks.js"):
            file.write_bytes(text)
        theme.stamp(tmp_path)
        stamps = re.findall(r"\?v=(\w{8})\"", page.read_text())
        assert len(stamps) == 4
        assert f"url(maths/maths.woff2?v={stamps[0]})" in sheet.read_text()
        seen.append(tuple(stamps))
    assert seen[1] == seen[2]
    assert not set(seen[0]) & set(seen[1])


def test_the_one_stylesheet_is_light_and_names_its_authors():
    css = (book.BUILT / "_static" / "page.css").read_text("utf8")
    assert "Bootstrap" in css
    assert len(css) < 120_000
