"""What others see of a page: its icon, description, card and address; and its pictures' sizes."""

import re
import xml.etree.ElementTree as ET
from functools import cache
from pathlib import Path

import launch
import pages
import pytest
from sphinx.errors import ExtensionError

from .browser import book
from .test_extensions import Project
from .tree import Builder

SITE = "https://someone.github.io/waiting/"
CONFIG = {
    "extensions": ["myst_nb", "pages"],
    "root_doc": "part/first",
    "html_favicon": "icon.svg",
    "html_title": "A & B",
    "html_math_renderer": "mathjax",
    "nb_ipywidgets_js": {},
}
PIXELS = {"px": 1, "": 1, "pt": 96 / 72, "in": 96}
MINUS = "\N{MINUS SIGN}"
LONG = "This sentence is long enough to stand alone as a description."


class Head:
    """The tags of a page, and what its head says."""

    def __init__(self, html):
        root = Builder(html).root
        self.title = root.findtext(".//title")
        self.tags = [(one.tag, one.attrib) for one in root.iterfind(".//*")]
        named = [(t.get("name") or t.get("property"), t) for t in self.all("meta")]
        self.meta = {name: t["content"] for name, t in named if name and name != "viewport"}
        self.once = [name for name, _ in named if name and name != "viewport"]
        self.links = {t["rel"]: t["href"] for t in self.all("link") if "rel" in t}

    def all(self, name):
        return [attributes for tag, attributes in self.tags if tag == name]


@cache
def built(name):
    """What the head and the tags of a page of the book say."""
    return Head((book.BUILT / name).read_text("utf8"))


class Small(Project):
    """A small book whose first page lies in a folder."""

    def head(self, name, text=f"# A <page>\n\n{LONG}\n", **config):
        """Build it with this first page; return the head of a built page."""
        (self.folder / "part").mkdir(exist_ok=True)
        (self.folder / "part" / "first.md").write_text(text, "utf8")
        (self.folder / "icon.svg").write_text("<svg/>", "utf8")
        _, heard = self.build("---\norphan: true\n---\n\n# Other", **CONFIG | config)
        assert heard == ""
        return Head((self.built / name).read_text("utf8"))

    @property
    def built(self):
        return self.folder / "_build" / "html"


@pytest.fixture
def small(tmp_path, monkeypatch):
    monkeypatch.setenv(launch.REPOSITORY, "")
    return Small(tmp_path)


@pytest.fixture
def published(small, monkeypatch):
    monkeypatch.setenv(launch.REPOSITORY, "https://github.com/someone/waiting")
    return small


@pytest.mark.parametrize(
    ("text", "about"),
    [
        (f"{LONG} Another.\n\nNot this.", f"{LONG} Another."),
        (f"```{{note}}\nNot this, which stands in a box.\n```\n\n{LONG}", LONG),
        (f"{LONG} {LONG}\n{LONG}", f"{LONG} {LONG}"),
        (
            f"*Set* $x$ to $-45^\\circ$, not to $2.5$. {LONG}",
            f"Set x to {MINUS}45°, not to 2.5. {LONG}",
        ),
        (rf"Short. Let $\frac{{1}}{{2}}$ be, so. {LONG}", f"Short. {LONG}"),
        (rf"{LONG} Let $\theta$ be. Not this.", LONG),
        (f"Short, {'and so on ' * 20}.", f"Short, {'and so on ' * 14}and so on…"),
        ('Say "<this>" & that, and go on for as long as it takes.', None),
        ("Too short.", pages.ABOUT),
        (r"Here is $\theta$.", pages.ABOUT),
        ("- A list, and nothing that could be called a paragraph of this page.", pages.ABOUT),
    ],
)
def test_a_page_is_described_by_its_first_sentences_that_plain_text_can_hold(small, text, about):
    meta = small.head("part/first.html", f"# A page\n\n{text}\n", smartquotes=False).meta
    assert meta["description"] == (about or text)
    assert meta["og:description"] == meta["description"]


def test_formulas_keep_their_punctuation_when_they_are_typeset(small):
    text = f"# A page\n\nSet $x$, then $y$. {LONG}\n"
    options = {"extensions": ["myst_nb", "maths", "pages"], "html_math_renderer": "mathml"}
    about = small.head("part/first.html", text, **options).meta["description"]
    assert about == f"Set x, then y. {LONG}"


def test_a_page_of_a_published_book_says_where_it_is_and_has_a_card(published):
    head = published.head("part/first.html")
    address = f"{SITE}part/first.html"
    assert head.links["canonical"] == address
    assert head.meta == {
        "description": LONG,
        "og:title": "A <page>",
        "og:description": LONG,
        "og:type": "website",
        "og:site_name": "A & B",
        "og:url": address,
        "og:image": f"{SITE}_static/card.png",
        "og:image:alt": "A & B",
        "twitter:card": "summary_large_image",
    }
    card = (published.built / "_static" / "card.png").read_bytes()
    assert card[:8] == b"\x89PNG\r\n\x1a\n"
    assert [int.from_bytes(card[i : i + 4]) for i in (16, 20)] == [1200, 630]
    assert Head((published.built / "index.html").read_text("utf8")).links["canonical"] == address


def test_a_published_book_lists_its_pages_and_no_others(published):
    published.head("part/first.html")
    (published.folder / "part" / "odd name.md").write_text("---\norphan: true\n---\n\n# O\n")
    published.head("part/first.html")
    sitemap = ET.parse(published.built / "sitemap.xml").getroot()
    assert sitemap.tag == "{http://www.sitemaps.org/schemas/sitemap/0.9}urlset"
    found = [url.text for url in sitemap.iterfind("{*}url/{*}loc")]
    names = ("index", "part/first", "part/odd%20name")
    assert found == [f"{SITE}{name}.html" for name in names]


def test_a_book_that_is_published_nowhere_claims_no_address(published, monkeypatch):
    published.head("part/first.html")
    monkeypatch.setenv(launch.REPOSITORY, "")
    head = published.head("part/first.html")
    assert head.links.keys() & {"canonical"} == set()
    assert head.meta.keys() & {"og:url", "og:image", "og:image:alt"} == set()
    assert head.meta["twitter:card"] == "summary"
    assert not (published.built / "sitemap.xml").exists()
    assert not (published.built / "_static" / "card.png").exists()
    for name in ("index.html", "404.html"):
        assert "github.io" not in (published.built / name).read_text("utf8")


@pytest.mark.parametrize(
    ("repository", "address"),
    [
        ("someone/waiting", SITE),
        ("Some-One/Waiting.Magnet", "https://some-one.github.io/Waiting.Magnet/"),
        ("Someone/Someone.github.io", "https://someone.github.io/"),
        ("", ""),
    ],
)
def test_the_address_is_that_of_the_repository_on_github_pages(repository, address):
    assert pages.published_at(repository) == address


@pytest.mark.parametrize(
    ("where", "way"), [("small", "/"), ("published", f"{SITE}part/first.html")]
)
def test_the_page_for_a_wrong_address_names_its_icon_alone_from_the_top(request, where, way):
    """So it is whole at any depth."""
    head = request.getfixturevalue(where).head("404.html")
    assert [anchor["href"] for anchor in head.all("a")] == [way]
    assert head.links == {"icon": f"{way.removesuffix('part/first.html')}_static/icon.svg"}
    assert {tag for tag, attributes in head.tags if "src" in attributes} == set()
    allowed = {"html", "meta", "title", "link", "main", "h1", "p", "a"}
    assert {tag for tag, _ in head.tags} <= allowed
    assert head.meta["robots"] == "noindex"


def test_a_picture_without_a_size_fails_the_build(small):
    (small.folder / "part").mkdir()
    (small.folder / "part" / "bare.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    with pytest.raises(ExtensionError, match=r"part/bare\.svg: the picture must state its width"):
        small.head("part/first.html", "# A page\n\n![Bare](bare.svg)\n")


def natural_size(file):
    """Width and height in CSS pixels of a picture."""
    assert file.suffix == ".svg"
    picture = ET.parse(file).getroot()
    lengths = [re.fullmatch(r"([\d.]+)(\w*)", picture.get(side)) for side in ("width", "height")]
    return [float(length[1]) * PIXELS[length[2]] for length in lengths]


def test_every_picture_of_the_book_has_its_own_size_before_it_is_loaded():
    seen = 0
    for page in book.pages():
        for picture in built(page).all("img"):
            seen += 1
            given = [int(picture[side]) for side in ("width", "height")]
            own = natural_size((book.BUILT / page).parent / picture["src"])
            assert given == pytest.approx(own, abs=1), page
    assert seen


def test_every_page_of_the_book_has_an_icon_and_one_plain_description_that_fits():
    names = [*book.pages(), "index.html", "404.html"]
    assert len(names) > 10, f"there is no book in {book.BUILT}: run `make book` first"
    for name in names:
        head = built(name)
        icon = head.links["icon"]
        own = (book.ROOT / "book" / "_static" / "icon.svg").read_bytes()
        if name == "404.html":
            assert icon.endswith("/_static/icon.svg")
        else:
            assert not re.match(r"/|\w+:", icon), name
            file = (book.BUILT / name).parent / icon.partition("?")[0]
            assert file.read_bytes() == own, name
        assert 50 <= len(head.meta["description"]) <= 160, name
        assert not head.meta["description"].startswith("Main route"), name
        assert not re.search(r"[\\$^_{}\x00\ufffc]| [,.;]", head.meta["description"]), name
        assert sorted(set(head.once)) == sorted(head.once), name
        assert head.title.count("The Waiting Magnet") == 1, name
        if Path(name).parent.name == "book":
            assert {"og:title", "og:description", "twitter:card"} <= head.meta.keys(), name
            kind = "website" if name == "book/intro.html" else "article"
            assert head.meta["og:type"] == kind, name
