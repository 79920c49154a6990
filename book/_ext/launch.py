"""Sphinx extension: each page offers its notebook, and the services that would run it.

Services fetch notebooks from the repository that the book was built from: what the environment
variable BOOK_REPOSITORY names, otherwise git's remote `origin`, if it is on GitHub. Without one a
page has no such links, rather than wrong ones. A JupyterHub is offered if BOOK_HUB gives its
address. The download needs nothing of this: the built book contains the notebooks.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import zipfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlencode

from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.config import Config

__all__ = ["Repository", "find_hub", "find_repository", "home", "setup"]

ROOT = Path(__file__).resolve().parents[2]
REPOSITORY = "BOOK_REPOSITORY"
HUB = "BOOK_HUB"
BRANCH = "notebooks"  # Where the publishing workflow puts the notebooks and the wheel.
FOLDER = "notebooks"  # Where postBuild puts them, and where the built book has them.
ARCHIVE = "the-waiting-magnet.zip"
RUN = "fas fa-rocket"

ON_GITHUB = re.compile(
    r"(?:https://github\.com/|(?:ssh://)?git@github\.com[:/])"
    r"([A-Za-z0-9](?:[A-Za-z0-9-]{0,37}[A-Za-z0-9])?)/([\w.-]+?)(?:\.git)?/?"
)
WEB_ADDRESS = re.compile(r"https?://[\w.-]+(?::\d+)?(?:/[\w./~-]*)?")


class Repository(NamedTuple):
    """A repository on GitHub, and the addresses of what it holds."""

    owner: str
    name: str

    @property
    def address(self) -> str:
        """Its own address."""
        return f"https://github.com/{self.owner}/{self.name}"

    @property
    def wheel(self) -> str:
        """The package that the notebooks import, as published with them."""
        return f"{self.address}/raw/{BRANCH}/retrolib-{version('retrolib')}-py3-none-any.whl"

    def file(self, path: str) -> str:
        """Return the page of one of its files."""
        return f"{self.address}/blob/HEAD/{quote(path)}"

    def binder(self, notebook: str) -> str:
        """Return the link that builds the repository on Binder and opens a notebook there."""
        query = urlencode({"urlpath": f"lab/tree/{FOLDER}/{notebook}"})
        return f"https://mybinder.org/v2/gh/{self.owner}/{self.name}/HEAD?{query}"

    def colab(self, notebook: str) -> str:
        """Return the link that opens a notebook in Colab."""
        place = f"{self.owner}/{self.name}/blob/{BRANCH}/{quote(notebook)}"
        return f"https://colab.research.google.com/github/{place}"

    def pull(self, hub: str, notebook: str) -> str:
        """Return the nbgitpuller link that copies the notebooks to a hub and opens one there."""
        query = {
            "repo": self.address,
            "branch": BRANCH,
            "urlpath": f"lab/tree/{self.name}/{notebook}",
        }
        return f"{hub.rstrip('/')}/hub/user-redirect/git-pull?{urlencode(query)}"


def remote() -> str:
    """Return the address of git's remote `origin`; empty where git does not know one.

    There may be no git, no repository (a folder around this one may be another), or one that git
    does not trust, since somebody else owns it.
    """
    if not (ROOT / ".git").exists():
        return ""
    asked = ["git", "-C", str(ROOT), "remote", "get-url", "origin"]
    try:
        answer = subprocess.run(asked, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return answer.stdout.strip()


def find_repository() -> str:
    """Find the repository that the book is built from, as owner/name; empty if there is none."""
    named = os.environ.get(REPOSITORY)
    if named is None:
        found = ON_GITHUB.fullmatch(remote())
    else:
        found = ON_GITHUB.fullmatch(named)
        if named and not found:
            raise ExtensionError(
                f"{REPOSITORY} must be like https://github.com/owner/name, got {named!r}"
            )
    return "/".join(found.groups()) if found else ""


def find_hub() -> str:
    """Find the address of the JupyterHub to offer; empty if there is none."""
    hub = os.environ.get(HUB, "")
    if hub and not WEB_ADDRESS.fullmatch(hub):
        raise ExtensionError(f"{HUB} must be like https://hub.example.org, got {hub!r}")
    return hub


def home(config: Config) -> Repository | None:
    """Return the repository that this build belongs to, if any."""
    return Repository(*config.book_repository.split("/")) if config.book_repository else None


def button(name: str, address: str, hint: str, icon: str) -> dict[str, str]:
    """Make a link in a page's header."""
    label = f"{re.sub(r'[^a-z]+', '-', name.lower()).strip('-')}-button"
    return {
        "type": "link",
        "url": address,
        "text": name,
        "tooltip": hint,
        "label": label,
        "icon": icon,
    }


def other_doors(at: Repository, hub: str, docname: str) -> list[dict[str, str]]:
    """Make the links to what offers a page's notebook or source, besides Binder."""
    notebook = f"{Path(docname).name}.ipynb"
    doors = [button("Class hub", at.pull(hub, notebook), "Run on JupyterHub", RUN)] if hub else []
    return [
        *doors,
        button("Colab", at.colab(notebook), "Run in Google Colab", RUN),
        button("Source", at.file(f"{docname}.md"), "See the source on GitHub", "fas fa-file"),
    ]


def offer(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Put the links of a page that has a notebook into its header."""
    if pagename not in app.env.found_docs:
        return
    buttons = context["header_buttons"]
    notebook = f"{Path(pagename).name}.ipynb"
    folder = context["pathto"](FOLDER, resource=True)
    (downloads,) = (group for group in buttons if group["label"] == "download-buttons")
    downloads["buttons"][:0] = [
        button(".ipynb", f"{folder}/{notebook}", "Download as a notebook", "fas fa-code"),
        button("all .ipynb", f"{folder}/{ARCHIVE}", "Download all notebooks", "fas fa-download"),
    ]
    repository = home(app.config)
    if repository:
        binder = button("", repository.binder(notebook), "Run this page on Binder", RUN)
        menu = {
            "type": "group",
            "buttons": other_doors(repository, app.config.book_hub, pagename),
            "icon": "fas fa-code",
            "tooltip": "Other ways to run this page",
            "label": "launch-buttons",
        }
        buttons[:0] = [binder | {"label": "binder-button"}, menu]


def add_notebooks(app: Sphinx, exception: Exception | None) -> None:
    """Copy the notebooks and the wheel into the built book, each and all in one archive."""
    if exception or app.builder.format != "html":
        return
    made = Path(app.outdir).parent / "notebooks"
    files = sorted([*made.glob("*.ipynb"), *made.glob("retrolib-*.whl")])
    if not files:
        raise ExtensionError(f"there are no notebooks in {made}: run `make notebooks`")
    folder = Path(app.outdir, FOLDER)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    moment = (1980, 1, 1, 0, 0, 0)  # The same each time, so that two builds are alike.
    with zipfile.ZipFile(folder / ARCHIVE, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in files:
            shutil.copy(file, folder)
            entry = zipfile.ZipInfo(f"{Path(ARCHIVE).stem}/{file.name}", moment)
            archive.writestr(entry, file.read_bytes(), zipfile.ZIP_DEFLATED)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the extension; the theme makes its list of buttons first."""
    app.add_config_value("book_repository", find_repository(), "html", str)
    app.add_config_value("book_hub", find_hub(), "html", str)
    app.connect("html-page-context", offer, priority=600)
    app.connect("build-finished", add_notebooks)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
