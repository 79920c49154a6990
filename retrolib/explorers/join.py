"""Joins an ES module and what it imports into one text, for browsers that are given one file.

A bundler would do the same, but Binder, where the explorers run too, has no Node. Of a shared file
only the declarations that are used go in. Shared files have one scope, in which no name may stand
twice; the module itself has a scope inside that one, so its own names are its own. For this a file
keeps to a plain form: imports by name at its top, then one declaration after the other, each of one
name, at the left margin.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["join", "widget"]

IMPORT = re.compile(r'^import \{([\w\s,]*)\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
COMMENT = re.compile(r"^[ \t]*(?://.*|/\*\*(?:(?!\*/)[\s\S])*\*/)\n", re.MULTILINE)
DECLARATION = re.compile(r"(export )?(?:const|let|function|class) (\w+)")
# A name that is no property of another: not `.name`, but `...name`.
NAME = re.compile(r"(?<![\w$.])[A-Za-z_]\w*|(?<=\.\.\.)[A-Za-z_]\w*")


class Module(NamedTuple):
    """One file: where each imported name comes from, and the text of each declaration."""

    imports: dict[str, Path]
    declarations: dict[str, str]
    exports: set[str]


@cache
def read(path: Path) -> Module:
    """Return the parts of a file, or fail on a line of another form."""
    text = COMMENT.sub("", path.read_text("utf8"))
    imports = {
        name: path.with_name(file)
        for names, file in IMPORT.findall(text)
        for name in re.findall(r"\w+", names)
    }
    declarations: dict[str, str] = {}
    exports = set()
    name = ""
    for line in filter(str.strip, IMPORT.sub("", text).splitlines(keepends=True)):
        if found := DECLARATION.match(line):
            name = found[2]
            declarations[name] = ""
            if found[1]:
                exports.add(name)
        elif not name or line[0] not in " })]":
            raise ValueError(f"{path.name} must hold imports and declarations only, got {line!r}")
        declarations[name] += line.removeprefix("export ")
    return Module(imports, declarations, exports)


def used(module: Module, wanted: set[str]) -> set[str]:
    """Return the names, own and imported, that these declarations use, and they themselves."""
    known = {*module.declarations, *module.imports}
    found: set[str] = set()
    waiting = set(wanted)
    while waiting:
        name = waiting.pop()
        found.add(name)
        text = module.declarations.get(name, "")
        waiting |= known.intersection(NAME.findall(text)) - found
    return found


def files(path: Path) -> Iterator[Path]:
    """Yield the files that a file imports from, directly or not, and itself, the deepest first."""
    for source in read(path).imports.values():
        yield from files(source)
    yield path


def join(path: Path) -> str:
    """Return one text that declares what a module exports, as an object called $ and its name."""
    *shared, _ = order = list(dict.fromkeys(files(path)))
    names = [name for file in shared for name in read(file).declarations]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"shared files must not declare {', '.join(sorted(twice))} twice")
    wanted: dict[Path, set[str]] = {file: set() for file in order}
    wanted[path] = read(path).exports
    texts: dict[Path, str] = {}
    for file in reversed(order):  # Whoever imports from a file comes before it.
        module = read(file)
        if missing := wanted[file] - module.exports:
            raise ValueError(f"{file.name} must export {', '.join(sorted(missing))}")
        needed = used(module, wanted[file])
        texts[file] = "".join(t for name, t in module.declarations.items() if name in needed)
        for name in needed & module.imports.keys():
            wanted[module.imports[name]].add(name)
    outside = "".join(texts[file] for file in shared)
    exports = ", ".join(sorted(wanted[path]))
    inside = f"{texts[path]}return {{ {exports} }};\n"
    return f"{outside}const ${path.stem} = (() => {{\n{inside}}})();\n"


def widget(path: Path, domains: dict[str, Any]) -> str:
    """Return a widget's module, whose `render` gets its name and its traits' domains as well."""
    given = json.dumps({"name": path.stem, "domains": domains}, allow_nan=False)
    render = f"(context) => ${path.stem}.render({{ ...context, ...$given }})"
    return f"{join(path)}const $given = {given};\nexport default {{ render: {render} }};\n"
