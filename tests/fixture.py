"""A small book with one of each kind of box, built as the book is: by its extensions and settings.

What the book does with boxes, formulas, explorers and self-checks is tested there, once, however
many chapters there are. It is built anew only when something that it is made of has changed.
"""

from __future__ import annotations

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
from pathlib import Path

from retrolib import explorers

__all__ = ["BUILT", "PAGES", "build", "write_pages"]

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "tests" / "fixture_book"
FOLDER = ROOT / "_build" / "fixture"
BUILT = FOLDER / "_build" / "html"
PAGES = [f"book/{page.stem}.html" for page in sorted(SOURCE.glob("*.md"))]
SHARED = ("_ext", "_static", "_templates", "references.bib")
CELL = """
```{{code-cell}} ipython3
---
tags: [remove-input]
---
from retrolib.explorers import {name}

{name}()
```
"""


def digest() -> str:
    """Return a digest of all that the small book is made of."""
    places = [ROOT / "_config.yml", ROOT / "requirements-html.txt", ROOT / "package-lock.json"]
    places += [
        Path(__file__),
        SOURCE,
        ROOT / "retrolib",
        *(ROOT / "book" / part for part in SHARED),
    ]
    places += [ROOT / "book" / "stills"]
    found = hashlib.sha256()
    for place in places:
        for file in sorted([place] if place.is_file() else place.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                found.update(f"{file.relative_to(ROOT)}\n".encode() + file.read_bytes())
    return found.hexdigest()


def write_pages(folder: Path) -> None:
    """Write the small book's pages in place of a book's; stills are those of the same explorers."""
    book, stills = folder / "book", folder / "book" / "stills"
    pictures = list((ROOT / "book" / "stills").glob("*.svg"))
    shutil.rmtree(stills, ignore_errors=True)
    stills.mkdir(parents=True)
    for page in book.glob("*.md"):
        page.unlink()
    shutil.copy(SOURCE / "_toc.yml", folder)
    for page in SOURCE.glob("*.md"):
        shutil.copy(page, book)
        for picture in pictures:
            kind = re.fullmatch(r".*-([a-z]+?)(-\d)?", picture.stem)[1]
            for number in ("", "-2"):
                shutil.copy(picture, stills / f"{page.stem}-{kind}{number}.svg")
    with open(book / "gallery.md", "a") as gallery:
        gallery.writelines(CELL.format(name=name) for name in explorers.__all__)


def write(folder: Path) -> None:
    """Write the small book beside what it shares with the book, and stand-ins for notebooks."""
    write_pages(folder)
    shutil.copy(ROOT / "_config.yml", folder)
    for part in SHARED:
        (folder / "book" / part).symlink_to(ROOT / "book" / part)
    made = folder / "_build" / "notebooks"
    made.mkdir(parents=True)
    for name in (*(f"{Path(page).stem}.ipynb" for page in PAGES), "retrolib-1-py3-none-any.whl"):
        (made / name).write_text(name, "utf8")


def build() -> Path:
    """Build the small book if it is not there as it is now; return its folder of pages."""
    FOLDER.parent.mkdir(exist_ok=True)
    with open(FOLDER.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        stamp, now = FOLDER / "digest", digest()
        if not (stamp.exists() and stamp.read_text() == now):
            shutil.rmtree(FOLDER, ignore_errors=True)
            write(FOLDER)
            command = [Path(sys.executable).with_name("jupyter-book"), "build", "-n", "-W"]
            built = subprocess.run(
                [*command, "--keep-going", FOLDER], capture_output=True, text=True, check=False
            )
            if built.returncode:
                raise RuntimeError(f"the small book was not built:\n{built.stderr[-4000:]}")
            stamp.write_text(now)
    return BUILT


if __name__ == "__main__":
    print(build())
