"""Explorers in a small page of their own, drawn by the book's host script."""

import sys
from functools import cache

from .book import ROOT

sys.path.append(str(ROOT / "book" / "_ext"))
import live
from theme import source

__all__ = ["alone", "saved"]

minify = cache(live.minify)


def saved(widget, name="it"):
    """Return what the book keeps of a widget, its module included."""
    state = widget.get_state()
    return {**live.widget(name, {"state": state}), "_esm": widget._esm, "_css": widget._css}


def alone(*shown, before="", between=""):
    """Return a page with these explorers, one view each, in the order given."""
    styles = {f"<style>{one['_css']}</style>" for one in shown}
    modules = {one["module"]: minify(one["_esm"], "js", one["module"]) for one in shown}
    scripts = [f"<script>{text}</script>" for text in (*modules.values(), live.HOST)]
    wrappers = [
        f'<div class="live"><p class="still">still</p>'
        f"{live.view({k: one[k] for k in ('id', 'module', 'state')}, [], [])}</div>{between}"
        for one in shown
    ]
    head = '<!doctype html><meta charset="utf8"><meta name="viewport" content="width=device-width">'
    mode = f"<script>{source('mode.js')}</script>"
    return "".join([head, mode, *styles, before, *wrappers, *scripts])
