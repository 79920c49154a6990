"""The commands of macOS that the project's scripts use; what only GNU's take, they refuse.

Each stands in for a command of this machine and hands on to it what macOS would understand. Option
letters are those of Apple's manual pages, less those that mean something else in GNU's. A command
that is not listed is not there.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["install"]

# Like getopts: a colon stands after a letter that takes a value.
LETTERS = {
    "awk": "F:v:f:",
    "cp": "acfHiLnpPRvX",
    "dirname": "",
    "grep": "aA:B:bC:cDd:Ee:Ff:GHhIiLlm:nOoPpqRrSsUVvwxZ",
    "mkdir": "m:pv",
    "mktemp": "dqu",
    "mv": "finv",
    "rm": "dfiPRrvW",
    "sed": "aEe:f:lnr",
    "touch": "acfhmr:t:",
}
# GNU's sed takes its own escapes in a script without an option, unless it is told not to.
ALSO = {"sed": "--posix"}
PRIMARIES = r"-type|-path|-name|-prune|-print|-exec|-newer|-perm|-o|-a"
# The same programs everywhere.
SAME = ("git", "make", "sh")

OPTIONS = """#!/bin/sh
refuse() {{ echo "{name}: macOS does not know: $*" >&2; exit 64; }}
check() {{ while getopts "{letters}" option; do [ "$option" != "?" ] || refuse "$@"; done; }}
check "$@"
POSIXLY_CORRECT=1 exec {real} {also} "$@"
"""
FIND = """#!/bin/sh
refuse() {{ echo "find: macOS does not know: $*" >&2; exit 64; }}
case ${{1-}} in -*|"") refuse "no folder before $*" ;; esac
for word; do
  case $word in {primaries}) ;; -*) refuse "$word" ;; esac
done
exec {real} "$@"
"""


def install(folder: Path, *also: str) -> Path:
    """Put the commands into a folder, and further ones of this machine; return the folder."""
    folder.mkdir()
    for name in (*SAME, *also):
        (folder / name).symlink_to(real(name))
    for name, letters in LETTERS.items():
        text = OPTIONS.format(name=name, letters=letters, real=real(name), also=ALSO.get(name, ""))
        write(folder / name, text)
    write(folder / "find", FIND.format(primaries=PRIMARIES, real=real("find")))
    return folder


def real(name: str) -> str:
    """Return where this machine has a command."""
    found = shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"the command {name} is missing; install it to run this test")
    return found


def write(file: Path, text: str) -> None:
    """Write an executable script."""
    file.write_text(text, "utf8")
    file.chmod(0o755)
