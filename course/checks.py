"""What a hidden test is: secret inputs for a student's function, and what its answers must be.

A hidden test cell declares checks; it is run by the instructor's process only, never by the
student's. The inputs follow from the class secret and the student, so that they are the same in
every run, nobody can guess them, and they help nobody else. What a verdict tells is bounded: a
function that has seen its inputs could tell them by a choice among verdicts.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from course.room import Room

__all__ = ["Check", "Formula", "Seed", "Verdict", "declared"]

Answer: TypeAlias = NDArray[np.float64]
COUNT = 24
"""So many secret inputs a check draws."""
MAX_NUMBERS = 400_000
NO_NUMBERS = {
    "nothing": "nothing (is there a `return`?)",
    "bool": "true or false",
    "complex": "complex numbers",
    "str": "text",
}
"""Names of what is sent instead of numbers; no other word of the student's is repeated."""
INFINITE = "the answer is not finite, or larger than a number of double precision can be"
ERRORS = (
    "ImportError",
    "IndexError",
    "NameError",
    "NotImplementedError",
    "TypeError",
    "ValueError",
    "ZeroDivisionError",
)
"""Exceptions that a report names. With a name for each digit a function could spell its inputs."""
VERDICTS = 64
"""So many different verdicts a check has at most, whatever a function does: six bits."""


class Formula(str):
    """A function as a Python expression, so that it can be sent: ``Formula("lambda x: x**2")``."""

    def __call__(self, *arguments: Any) -> Any:
        """Evaluate it here."""
        return eval(self, {"np": np})(*arguments)


class Seed(int):
    """A seed; the student's function gets the random generator that it starts."""


class Wrong(Exception):
    """An answer that earns nothing, and why, in words for the student."""


@dataclass(frozen=True)
class Verdict:
    """What a check gave."""

    points: float
    message: str


@dataclass(frozen=True)
class Check:
    """One function, tried on secret inputs: all or nothing.

    Parameters
    ----------
    function : str
        The name of the student's function.
    about : str
        What is tried, for the report.
    points : float
        What it earns.
    inputs : callable
        Takes a random generator, gives the arguments of one call: numbers, arrays of floats,
        words, `Formula` or `Seed`.
    answer : callable, optional
        Takes the same arguments, gives the right answer; a tuple for several.
    accept : callable, optional
        Takes the student's answer and the arguments, gives whether it is right. Instead of
        `answer`, with `shapes`.
    shapes : callable, optional
        Takes the same arguments, gives the shape that `accept` can rely on; for several arrays a
        tuple of shapes.
    beside : mapping, optional
        Further functions of the student's that `accept` needs to know, each with what draws the
        array that it is asked. It must answer in the same shape. `accept` gets, after the
        arguments, a pair for each: the array, and the answer.
    edges : sequence of tuple
        Further arguments that are always tried.
    count : int
        How many inputs to draw.
    rtol, atol : float
        How close is right.
    hint : str
        What to think of if it fails.
    """

    function: str
    about: str
    points: float
    inputs: Callable[[np.random.Generator], tuple[Any, ...]]
    answer: Callable[..., Any] | None = None
    accept: Callable[..., bool] | None = None
    shapes: Callable[..., tuple[Any, ...]] | None = None
    beside: Mapping[str, Callable[[np.random.Generator], Answer]] = field(default_factory=dict)
    edges: Sequence[tuple[Any, ...]] = ()
    count: int = COUNT
    rtol: float = 1e-7
    atol: float = 1e-10
    hint: str = ""

    def __post_init__(self) -> None:
        """Refuse a check that would compare nothing, or arrays of any shape."""
        if (self.answer is None) == (self.accept is None):
            raise ValueError(f"{self.about}: a check needs `answer` or `accept`")
        if (self.shapes is None) != (self.accept is None):
            raise ValueError(f"{self.about}: `accept` needs `shapes`")

    def drawn(self, key: bytes) -> list[tuple[Any, ...]]:
        """Return the arguments of every call."""
        rng = np.random.default_rng(int.from_bytes(key, "big"))
        return [*self.edges, *(self.inputs(rng) for _ in range(self.count))]

    def cases(self, key: bytes) -> list[tuple[tuple[Any, ...], Any]]:
        """Return the arguments of every call with the right answers."""
        return [(given, self.answer(*given) if self.answer else None) for given in self.drawn(key)]

    def judge(self, room: Room, key: bytes, seconds: float) -> Verdict:
        """Ask the room for the answers and compare them here; `Stopped` passes through."""
        drawn = self.drawn(key)
        rng = np.random.default_rng([*key])
        beside = {name: [draw(rng) for _ in drawn] for name, draw in self.beside.items()}
        try:
            results = _ask(room, seconds, self.function, drawn)
            others = [
                [*zip(asked, _ask(room, seconds, name, [(x,) for x in asked]), strict=True)]
                for name, asked in beside.items()
            ]
        except Wrong as wrong:
            return self._failed(str(wrong), "")
        faults = []
        for number, (result, given) in enumerate(zip(results, drawn, strict=True)):
            try:
                value = _value(result, self.function)
                # It can take long: only where the student's function has given something.
                right = self.answer(*given) if self.answer else None
                self._compare(value, given, right, [pairs[number] for pairs in others])
            except Wrong as wrong:
                faults.append(str(wrong))
        if not faults:
            return Verdict(self.points, f"passed  {self.points:g}/{self.points:g}  {self.about}")
        first = max(faults, key=faults.count)
        share = "all" if len(faults) == len(drawn) else "some"
        return self._failed(f"for {share} of the secret inputs, {first}", self.hint)

    def _failed(self, why: str, hint: str) -> Verdict:
        hint = f"\n        Hint: {hint}" if hint else ""
        return Verdict(0.0, f"failed  0/{self.points:g}  {self.about}: {why}{hint}")

    def stopped(self, why: str) -> Verdict:
        """Return the verdict if the room was closed over this check."""
        return self._failed(f"`{self.function}` gave no answer, because {why}", self.hint)

    def _compare(
        self, value: Any, given: tuple[Any, ...], right: Any, others: list[tuple[Answer, Any]]
    ) -> None:
        if right is not None:
            _close(value, right, self.rtol, self.atol)
        if self.accept is not None and self.shapes is not None:
            answer, shapes = _numbers(value), self.shapes(*given)
            several = shapes != () and isinstance(shapes[0], tuple)
            if several and isinstance(answer, np.ndarray) and answer.ndim:
                answer = tuple(answer)  # two rows are as good as two arrays
            if _shape(answer) != shapes:
                raise Wrong(f"the answer does not have the shape {shapes}")
            pairs = []
            for (asked, result), name in zip(others, self.beside, strict=True):
                try:
                    pairs.append((asked, _array(_value(result, name))))
                except Wrong:
                    raise Wrong(f"`{name}` gives no real numbers") from None
                if pairs[-1][1].shape != asked.shape:
                    raise Wrong(f"what `{name}` gives does not have the shape of what it is asked")
            if not self.accept(answer, *given, *pairs):
                raise Wrong("the answer does not have the properties asked for")


def _ask(room: Room, seconds: float, function: str, cases: list[tuple[Any, ...]]) -> list[Any]:
    """Call a student's function once for each case; return the results, whatever they are."""
    sent = [[_sendable(value) for value in given] for given in cases]
    reply = room.ask(seconds, function=function, cases=sent)
    if "missing" in reply:
        raise Wrong(f"there is no function `{function}`")
    results = reply.get("results")
    if not isinstance(results, list) or len(results) != len(cases):
        raise Wrong("its reply could not be read")
    return results


def _value(result: Any, function: str) -> Any:
    """Return what a function gave in one case."""
    if not isinstance(result, dict):
        raise Wrong("the reply could not be read")
    if "error" in result:
        kind = result["error"] if result["error"] in ERRORS else "an error"
        raise Wrong(f"`{function}` raised {kind}")
    return result.get("value")


def _sendable(value: Any) -> Any:
    """Make plain data of an argument."""
    if isinstance(value, Formula):
        return {"formula": str(value)}
    if isinstance(value, Seed):
        return {"seed": int(value)}
    if isinstance(value, np.ndarray):
        return {"array": value.tolist()}
    if isinstance(value, np.generic):
        return value.item()
    return value


def _numbers(value: Any) -> Any:
    """Read an answer: an array of finite floats, or a tuple of them."""
    if isinstance(value, dict) and isinstance(value.get("items"), list):
        return tuple(_array(item) for item in value["items"])
    return _array(value)


def _array(value: Any) -> Answer:
    if not isinstance(value, dict):
        raise Wrong("the answer could not be read")
    if isinstance(value.get("kind"), str):
        kind = NO_NUMBERS.get(value["kind"].rstrip("0123456789"), "something else")
        raise Wrong(f"the answer is {kind}, not real numbers")
    shape, data = value.get("shape"), value.get("data")
    if not isinstance(shape, list) or not isinstance(data, list) or len(shape) > 6:
        raise Wrong("the answer could not be read")
    if not all(type(n) is int and 0 <= n <= MAX_NUMBERS for n in shape):
        raise Wrong("the answer could not be read")
    size = 1
    for n in shape:
        size *= n
    if size != len(data) or size > MAX_NUMBERS:
        raise Wrong("the answer has far too many numbers, or too few")
    if not all(type(x) in (int, float) for x in data):
        raise Wrong("the answer does not hold real numbers")
    try:
        array = np.array([float(x) for x in data]).reshape(shape)
    except OverflowError:
        raise Wrong(INFINITE) from None
    if np.isnan(array).any():
        raise Wrong("the answer holds NaN (not a number)")
    if not np.isfinite(array).all():
        raise Wrong(INFINITE)
    return array


def _shape(answer: Any) -> tuple[Any, ...]:
    """Return the shape of an array, or of each in a tuple."""
    if isinstance(answer, tuple):
        return tuple(array.shape for array in answer)
    return tuple(answer.shape)


def _close(value: Any, right: Any, rtol: float, atol: float) -> None:
    """Raise unless an answer is the right one."""
    answer = _numbers(value)
    expected = right if isinstance(right, tuple) else (right,)
    got = answer if isinstance(answer, tuple) else (answer,)
    if isinstance(right, tuple) and len(got) != len(expected):
        raise Wrong(f"the answer must be a tuple of {len(expected)}")
    if len(got) != len(expected):
        raise Wrong("the answer is a tuple, where one array is asked for")
    for mine, theirs in zip(expected, got, strict=True):
        mine = np.asarray(mine, dtype=float)
        if theirs.shape != mine.shape:
            raise Wrong(f"the answer does not have the shape {mine.shape}")
        if not (np.abs(theirs - mine) <= atol + rtol * np.abs(mine)).all():
            raise Wrong("the answer has a wrong value")


def key(secret: str, *where: object) -> bytes:
    """Return the seed that a check draws its inputs with."""
    message = "/".join(map(str, where)).encode()
    return hmac.digest(secret.encode(), message, hashlib.sha256)


def declared(sources: Iterable[tuple[str, str]]) -> dict[str, list[Check]]:
    """Run hidden test cells of the instructor's, in order; return the checks that each declares.

    Parameters
    ----------
    sources : iterable of tuple
        The id of each cell and its hidden code, as it stands in the instructor's file.

    Returns
    -------
    dict
        For each id, the checks.
    """
    found: dict[str, list[Check]] = {}
    names: dict[str, Any] = {"Formula": Formula, "Seed": Seed, "np": np}
    for name, source in sources:
        checks: list[Check] = []

        def check(function: str, *words: Any, into: list[Check] = checks, **more: Any) -> None:
            into.append(Check(function, *words, **more))

        names["check"] = check
        exec(compile(source, f"hidden test {name}", "exec"), names)
        found[name] = checks
    return found
