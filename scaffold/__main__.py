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


def entered(path: Path, *lines: tuple[str, str]) -> str:
    """Return a file's text with lines put in, each before the one that begins as is said."""
    text = path.read_text("utf8")
    for line, before in lines:
        head, found, tail = text.partition(f"\n{before}")
        if not found:
            refuse(f"{path} has no line that begins with {before!r}: was it moved?")
        text = f"{head}\n{line}{found}{tail}"
    return text


def explorer(name: str) -> None:
    """Write an explorer's two files, and enter it wherever explorers are listed."""
    if not re.fullmatch(r"[a-z]+", name):
        refuse(f"NAME must be one lower-case word, like helix, got {name!r}.")
    folder, tests = Path("retrolib", "explorers"), Path("tests", "browser")
    if (folder / f"{name}.js").exists():
        refuse(f"{folder / name}.js exists: choose another NAME.")
    kind, package = name.capitalize(), folder / "__init__.py"
    files = {
        folder / f"{name}.{end}": filled(f"explorer.{end}.txt", NAME=name, CLASS=kind)
        for end in ("py", "js")
    }
    others = re.findall(
        r"^from retrolib\.explorers\.(\w+)", package.read_text("utf8"), re.MULTILINE
    )
    later = next((other for other in others if other > name), "")
    files[package] = entered(
        package,
        (
            f"from retrolib.explorers.{name} import {kind}",
            f"from retrolib.explorers.{later} " if later else "\n__all__",
        ),
        (f'    "{kind}",', f'    "{later.capitalize()}"' if later else "]"),
    )
    p = "one_particle.probabilities"
    for path, what in [
        (tests / "test_explorers.py", f'lambda theta, gamma, **_: {{"p": {p}(theta, gamma)[0]}}'),
        (tests / "twins.py", f"lambda gamma=0.1: plt.plot(CIRCLE, {p}(CIRCLE, gamma))"),
    ]:
        files[path] = entered(path, (f'    "{name}": {what},', '    "winding"'))
    for path, text in files.items():
        write(path, text)
    print("Next: draw, show it in a chapter, make snapshots: see docs/contributing/explorer.md.")


if __name__ == "__main__":
    kind, *arguments = sys.argv[1:]
    {"chapter": chapter, "explorer": explorer}[kind](*arguments)
