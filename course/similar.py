"""Which submissions look alike: a list of pairs for somebody to read, and no verdict.

Winnowing (Schleimer, Wilkerson and Aiken, SIGMOD 2003): of the code without names, comments and
layout every run of a few tokens has a fingerprint, some of which are kept. What was given out does
not count, and what many share counts less.
"""

from __future__ import annotations

import builtins
import csv
import hashlib
import io
import keyword
import math
import tokenize
from collections import Counter
from itertools import combinations
from typing import TYPE_CHECKING, NamedTuple

import nbformat

from course import intake
from course.records import work
from course.steps import problem_set, submissions

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

__all__ = ["pairs", "similar"]

RUN = 10
"""So many tokens of code, or half as many words of text, have one fingerprint."""
WINDOW = 4
LEAST = 0.5
"""So much of the shorter one must be in the other, for a pair to be listed."""
FEW = 8
"""With fewer fingerprints than this a submission is too short to be compared."""
MODEL = "the model answer"


class Pair(NamedTuple):
    """Two submissions, and how much of the shorter one's code and text is in the other as well."""

    one: str
    other: str
    code: float
    text: float


def tokens(source: str) -> list[str]:
    """Return the tokens of code; a name of the author's own counts as any name."""
    known = {*keyword.kwlist, *dir(builtins)}
    found: list[str] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(source).readline):
            if token.type == tokenize.NAME:
                attribute = bool(found) and found[-1] == "."
                found.append(token.string if token.string in known or attribute else "name")
            elif token.type in (tokenize.OP, tokenize.NUMBER):
                found.append(token.string)
            elif token.type == tokenize.STRING:
                found.append("text")
    except (tokenize.TokenError, SyntaxError, IndentationError):
        pass  # what came before counts
    return found


def prints(words: Sequence[str], run: int) -> set[int]:
    """Return the fingerprints of a sequence: of each window of hashes the smallest."""
    hashes = [
        int.from_bytes(hashlib.sha256("\0".join(words[i : i + run]).encode()).digest()[:8], "big")
        for i in range(len(words) - run + 1)
    ]
    last = max(1, len(hashes) - WINDOW + 1)
    return {min(hashes[i : i + WINDOW]) for i in range(last) if hashes[i : i + WINDOW]}


def _both(cells: Iterable[tuple[str, str]]) -> tuple[set[int], set[int]]:
    """Return the fingerprints of the code and of the text in cells."""
    code: list[str] = []
    text: list[str] = []
    for kind, source in cells:
        if kind == "code":
            code += tokens(source)
        else:
            text += source.casefold().split()
    return prints(code, RUN), prints(text, RUN // 2)


def _overlap(one: set[int], other: set[int], weight: dict[int, float]) -> float:
    shorter = min(one, other, key=len)
    if len(shorter) < FEW:
        return 0.0
    return sum(weight[m] for m in one & other) / sum(weight[m] for m in shorter)


def pairs(found: dict[str, tuple[set[int], set[int]]]) -> list[Pair]:
    """Return the pairs that share much, the most alike first."""
    weights = []
    for kind in (0, 1):
        count = Counter(mark for both in found.values() for mark in both[kind])
        weights.append({mark: math.log((len(found) + 1) / n) for mark, n in count.items()})
    listed = []
    for one, other in combinations(found, 2):
        code, text = (_overlap(found[one][k], found[other][k], weights[k]) for k in (0, 1))
        if max(code, text) >= LEAST:
            listed.append(Pair(one, other, round(code, 2), round(text, 2)))
    return sorted(listed, key=lambda pair: -max(pair.code, pair.text))


def similar(name: str) -> tuple[Path, list[Pair]]:
    """Compare all submissions of a set; return where the list of pairs is, and the pairs."""
    problems = problem_set(name)
    released = nbformat.read(work() / "release" / name / f"{name}.ipynb", as_version=4)
    given = {intake.plain(cell.source) for cell in released.cells}
    kinds = {cell.metadata["nbgrader"]["grade_id"]: cell.cell_type for cell in problems.cells}
    sources = {MODEL: [(kinds[r.cell], r.text) for r in problems.regions if r.kind == "SOLUTION"]}
    for student, folder in submissions(name).items():
        try:
            cells, _ = intake.find(intake.located(folder, name) or folder, name, released)
        except intake.Unreadable:
            continue
        sources[student] = [
            (cell["type"], cell["source"])
            for cell in cells
            if intake.plain(cell["source"]) not in given
        ]
    start = _both((cell.cell_type, cell.source) for cell in released.cells)
    found = {}
    for student, parts in sources.items():
        code, text = _both(parts)
        found[student] = code - start[0], text - start[1]
    listed = pairs(found)
    path = work() / f"similar-{name}.csv"
    with path.open("w", encoding="utf8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["one", "other", "code_in_common", "text_in_common"])
        writer.writerows(listed)
    return path, listed
