"""Write the files of a new chapter or explorer: `make new-chapter NAME=spin-one`."""

import re
import sys
from pathlib import Path
from typing import NoReturn

HERE = Path(__file__).parent


def refuse(message: str) -> NoReturn:
    """End with a message that says what to do."""
    raise SystemExit(f"{message} Nothing was written.")


def write(path: Path, text: str) -> None:
    """Write a file and say so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf8")
    print(f"wrote {path}")


def filled(template: str, **words: str) -> str:
    """Return a template with its words, which stand between at signs, filled in."""
    text = (HERE / template).read_text("utf8")
    for word, value in words.items():
        text = text.replace(f"@{word}@", value)
    return text


def chapter(name: str, title: str = "") -> None:
    """Write book/NAME.md, with labels that begin with two letters no other page uses."""
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name):
        refuse(f"NAME must be lower-case words joined by hyphens, like spin-one, got {name!r}.")
    path = Path("book", f"{name}.md")
    if path.exists():
        refuse(f"{path} exists: choose another NAME.")
    pages = "\n".join(page.read_text("utf8") for page in Path("book").glob("*.md"))
    taken = set(re.findall(r"^\(([a-z]{2})-", pages, re.MULTILINE))
    letters = name.replace("-", "")
    pairs = (a + b for i, a in enumerate(letters) for b in letters[i + 1 :])
    prefix = next((pair for pair in pairs if pair not in taken), None)
    if prefix is None:
        refuse(f"Any two letters of {name} begin the labels of another page: choose another NAME.")
    title = title or name.replace("-", " ").capitalize()
    write(path, filled("chapter.md", NAME=name, XX=prefix, TITLE=title))
    print(f"Labels begin with {prefix}-. When it is finished, add book/{name} to _toc.yml.")


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    {"chapter": chapter}[kind](*arguments)
