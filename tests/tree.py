"""A built page as a tree, read once."""

from functools import cache
from html.parser import HTMLParser
from xml.etree.ElementTree import Element, SubElement

__all__ = ["Builder", "above", "classes", "read", "text"]

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Builder(HTMLParser):
    """Makes elements and remembers their parents."""

    def __init__(self, html):
        super().__init__()
        self.root = Element("document")
        self.open = [self.root]
        self.parents = {}
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        made = SubElement(self.open[-1], tag, {name: value or "" for name, value in attrs})
        self.parents[made] = self.open[-1]
        if tag not in VOID:
            self.open.append(made)

    def handle_endtag(self, tag):
        for depth in range(len(self.open) - 1, 0, -1):
            if self.open[depth].tag == tag:
                del self.open[depth:]
                return

    def handle_data(self, data):
        last = self.open[-1]
        if len(last):
            last[-1].tail = (last[-1].tail or "") + data
        else:
            last.text = (last.text or "") + data


@cache
def read(path):
    """Return the root of a page and the parents of its elements."""
    made = Builder(path.read_text("utf8"))
    return made.root, made.parents


def above(element, parents):
    """Yield an element and all that it is in."""
    while element is not None:
        yield element
        element = parents.get(element)


def classes(element):
    return set(element.get("class", "").split())


def text(element, without=()):
    """Return the text of an element, that of some tags left out."""
    if element.tag in without:
        return ""
    inside = "".join(text(child, without) + (child.tail or "") for child in element)
    return (element.text or "") + inside
