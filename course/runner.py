"""Runs a student's code in a room of its own, and nothing else.

Nothing here is trusted: the student's code shares this process and may change all of it. It reads
requests, one line of JSON each, and answers each with one line. What it answers is judged by
`course.checks` in another process, from plain data.

Run as ``python -I -S runner.py ALLOWED SITE MEGABYTES SECONDS UID [FILTER]``.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import math
import os
import resource
import sys
import warnings
from decimal import Decimal
from numbers import Real
from typing import Any

MAX_TEXT = 20_000
"""So many characters of what a cell prints are kept."""
MAX_SHOWN = 6 * 2**20
"""So many characters all that a cell shows may take."""
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, BY_PROGRAM = 38, 22, 2


class Cut(io.StringIO):
    """Text that is kept up to a limit."""

    def write(self, text: str) -> int:
        """Keep what still fits."""
        super().write(text[: max(0, MAX_TEXT - self.tell())])
        return len(text)


def limit(megabytes: int, seconds: int, uid: int) -> None:
    """Bound memory, time, files and processes for good, and become the user `uid`."""
    bounds = {
        "RLIMIT_AS": megabytes * 2**20,
        "RLIMIT_CPU": seconds,
        "RLIMIT_FSIZE": 64 * 2**20,
        "RLIMIT_NPROC": 128,
        "RLIMIT_NOFILE": 64,
        "RLIMIT_CORE": 0,
    }
    for name, bound in bounds.items():
        kind = getattr(resource, name)
        hard = resource.getrlimit(kind)[1]
        if hard != resource.RLIM_INFINITY:
            bound = min(bound, hard)
        with contextlib.suppress(ValueError, OSError):  # a system that lacks this one
            resource.setrlimit(kind, (bound, bound))
    if os.geteuid() == 0 and uid:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)


class Program(ctypes.Structure):
    """A filter of system calls, as the kernel takes it."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def allow_only(instructions: bytes) -> None:
    """Give up, for good, all system calls but those that a filter allows."""
    libc = ctypes.CDLL(None, use_errno=True)
    filter_ = ctypes.byref(Program(len(instructions) // 8, instructions))
    for option in ((PR_SET_NO_NEW_PRIVS, 1, 0), (PR_SET_SECCOMP, BY_PROGRAM, filter_)):
        if libc.prctl(*option, 0, 0):
            raise OSError(ctypes.get_errno(), "the system calls could not be filtered")


def shell() -> Any:
    """Start IPython, with figures inline and no history on the disk."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    ip: Any = InteractiveShell.instance(config=config)
    ip.displayhook.write_output_prompt = lambda: None
    # `%matplotlib` with any backend means pictures in the notebook.
    ip.enable_gui = lambda gui=None: None
    inline = ip.enable_matplotlib
    ip.enable_matplotlib = lambda gui=None: inline("inline")
    return ip


def run(ip: Any, source: str) -> dict[str, Any]:
    """Run a cell; return what it showed, in the form of a notebook's outputs."""
    from IPython.utils.capture import capture_output

    errors: list[dict[str, Any]] = []

    def show(etype: Any, evalue: Any, lines: list[str]) -> None:
        errors.append(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue)[:MAX_TEXT],
                "traceback": [line[:MAX_TEXT] for line in lines][-30:],
            }
        )

    ip._showtraceback = show
    out, err = Cut(), Cut()
    with (
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
        capture_output(stdout=False, stderr=False) as shown,
    ):
        ip.run_cell(source, store_history=bool(source))
    outputs: list[dict[str, Any]] = [
        {"output_type": "stream", "name": name, "text": stream.getvalue()}
        for name, stream in (("stdout", out), ("stderr", err))
        if stream.getvalue()
    ]
    for rich in shown.outputs:
        data = {
            kind: value.decode() if isinstance(value, bytes) else value
            for kind, value in rich._repr_mimebundle_()[0].items()
            if kind in ("text/plain", "image/png") and isinstance(value, str | bytes)
        }
        outputs.append({"output_type": "display_data", "data": data, "metadata": {}})
    return {"outputs": _beginning(outputs + errors)}


def _beginning(outputs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep what can be sent."""
    size = 0
    for number, output in enumerate(outputs):
        size += len(json.dumps(output))
        if size > MAX_SHOWN:
            text = "The rest of what this cell shows was left out: it is too much.\n"
            return [*outputs[:number], {"output_type": "stream", "name": "stdout", "text": text}]
    return outputs


def decode(value: Any) -> Any:
    """Make an argument of what was sent: numbers as they are; arrays, formulas and seeds."""
    import numpy as np

    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "array":
        return np.array(content, dtype=float)
    if kind == "seed":
        return np.random.default_rng(content)
    return eval(content, {"np": np})  # a formula, written by the instructor


def encode(value: Any) -> Any:
    """Make plain data of a result: numbers and arrays; a tuple is a list of them."""
    import numpy as np

    if isinstance(value, tuple):
        return {"items": [encode(item) for item in value[:16]]}
    try:
        array = np.asarray(value)
    except ValueError:  # lists of different lengths
        return {"kind": "ragged"}
    if array.dtype.kind == "O" and all(_is_real(x) for x in array.flat):
        array = np.array([_float(x) for x in array.flat]).reshape(array.shape)
    if array.dtype.kind not in "iuf":
        return {"kind": "nothing" if value is None else array.dtype.name}
    return {"shape": list(array.shape), "data": array.astype(float).ravel().tolist()}


def _is_real(x: Any) -> bool:
    return isinstance(x, Real | Decimal) and not isinstance(x, bool)


def _float(x: Any) -> float:
    """Make a float of a fraction or a whole number of any length."""
    try:
        return float(x)
    except OverflowError:
        return math.inf if x > 0 else -math.inf


def call(ip: Any, name: str, cases: list[list[Any]]) -> dict[str, Any]:
    """Call a function of the student's once for each case."""
    function = ip.user_ns.get(name)
    if not callable(function):
        return {"missing": name}
    results = []
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(Cut()),
        contextlib.redirect_stderr(Cut()),
    ):
        warnings.simplefilter("ignore")
        for case in cases:
            try:
                results.append({"value": encode(function(*map(decode, case)))})
            except (Exception, SystemExit, KeyboardInterrupt) as error:
                results.append({"error": type(error).__name__})
    return {"results": results}


def main() -> None:
    """Answer requests until there are no more."""
    allowed, site, megabytes, seconds, uid, *filters = sys.argv[1:]
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1):
        os.dup2(null, descriptor)
    limit(int(megabytes), int(seconds), int(uid))
    for instructions in filters:
        allow_only(bytes.fromhex(instructions))
    sys.argv[1:] = []
    sys.path = [allowed, *[p for p in sys.path if p != os.path.dirname(__file__)], site]
    ip = shell()
    for line in requests:
        request = json.loads(line)
        if "source" in request:
            reply = run(ip, request["source"])
        else:
            reply = call(ip, request["function"], request["cases"])
        replies.write(json.dumps({"id": request["id"], **reply}).encode() + b"\n")
        replies.flush()


if __name__ == "__main__":
    main()
