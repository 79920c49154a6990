"""One JupyterLab on this machine's loopback, and several kernels at once that run a chapter.

`python -m tests.load NOTEBOOK [KERNELS]` prints what it took. The server has a token, a free port
and a home folder of its own, as a student has who logs in for the first time; it is stopped when
the last kernel is done, or the time is up. Memory is the proportional set size, in which pages
that several processes share count once; it is read from Linux's /proc.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import jupytext
import psutil
from jupyter_client.jsonutil import json_default
from jupyter_client.session import Session
from jupyter_server.services.kernels.connection.base import deserialize_binary_message
from tornado.httpclient import AsyncHTTPClient, HTTPRequest
from tornado.websocket import WebSocketClientConnection, websocket_connect

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

__all__ = ["Load", "Server", "complete", "run", "stop"]

Result = TypeVar("Result")

ROOT = Path(__file__).parents[1]
MOST_KERNELS = 50
EVERY = 0.25  # seconds between two looks at the memory
REQUEST = {"silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False}


class CellError(Exception):
    """A cell raised."""


class Load(NamedTuple):
    """What it took: seconds, and megabytes at their peak."""

    first: float  # from the start of the server until a kernel was ready
    total: float  # from the start of the server until every kernel had run the notebook
    completed: list[float]  # each kernel, from asking for it until its last cell had run
    server: float
    kernels: list[float]
    peak: float  # all of them at once
    errors: list[str]


class Server(NamedTuple):
    """A running JupyterLab."""

    url: str
    token: str
    folder: Path
    process: psutil.Popen

    @classmethod
    @contextlib.contextmanager
    def start(
        cls, python: str | Path = sys.executable, root: Path | None = None, *options: str
    ) -> Iterator[Server]:
        """Start one with a home of its own; stop it, and what it started, at the end.

        It runs in the environment of `python` and shows the files in `root`, or none.
        """
        with tempfile.TemporaryDirectory() as place, socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
            free.close()
            token = secrets.token_hex()
            own = re.compile(r"(JUPYTER|IPYTHON|MPL|XDG_).*")
            environment = {k: v for k, v in os.environ.items() if not own.fullmatch(k)}
            environment |= {"HOME": place, "JUPYTER_TOKEN": token}
            command = [python, "-m", "jupyterlab", "--no-browser", "--allow-root"]
            command += ["--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}"]
            command += ["--ServerApp.port_retries=0", f"--ServerApp.root_dir={root or place}"]
            command += options
            log = Path(place, "log.txt")
            with log.open("w") as said:
                process = psutil.Popen(
                    command, cwd=place, env=environment, stdout=said, stderr=subprocess.STDOUT
                )
            try:
                yield cls(f"http://127.0.0.1:{port}", token, Path(place), process)
            finally:
                stop(process)

    async def ask(self, path: str, **options: Any) -> Any:
        """Ask the server's REST interface."""
        request = HTTPRequest(
            f"{self.url}{path}", headers={"Authorization": f"token {self.token}"}, **options
        )
        response = await AsyncHTTPClient(max_clients=MOST_KERNELS).fetch(request)
        return json.loads(response.body)

    async def answers(self) -> None:
        """Wait until it does."""
        while True:
            with contextlib.suppress(ConnectionError):
                await self.ask("/api/status")
                return
            if self.process.poll() is not None:
                raise RuntimeError((self.folder / "log.txt").read_text("utf8"))
            await asyncio.sleep(0.05)

    async def connect(self) -> Kernel:
        """Start a kernel and open its channels."""
        model = await self.ask("/api/kernels", method="POST", body="{}", request_timeout=600)
        address = f"{self.url}/api/kernels/{model['id']}/channels".replace("http", "ws", 1)
        headers = {"Authorization": f"token {self.token}"}
        channels = await websocket_connect(HTTPRequest(address, headers=headers))
        return Kernel(channels, Session())


class Kernel(NamedTuple):
    """A kernel, through the server's websocket."""

    channels: WebSocketClientConnection
    session: Session

    async def request(self, kind: str, content: dict[str, Any]) -> dict[str, Any]:
        """Send a request; return the content of its reply once the kernel is idle again."""
        message = self.session.msg(kind, content)
        await self.channels.write_message(
            json.dumps({**message, "channel": "shell"}, default=json_default)
        )
        reply: dict[str, Any] = {}
        idle = False
        while not (reply and idle):
            raw = await self.channels.read_message()
            if raw is None:
                raise CellError("the kernel's channels were closed")
            answer = deserialize_binary_message(raw) if isinstance(raw, bytes) else json.loads(raw)
            if answer["parent_header"].get("msg_id") == message["header"]["msg_id"]:
                if answer["channel"] == "shell":
                    reply = answer["content"]
                idle = idle or answer["content"].get("execution_state") == "idle"
        return reply

    async def execute(self, source: str) -> None:
        """Run one cell; fail if it raises."""
        reply = await self.request("execute_request", {**REQUEST, "code": source})
        if reply["status"] != "ok":
            raise CellError(f"{reply.get('ename')}: {reply.get('evalue')} in the cell\n{source}")


def megabytes(process: psutil.Process) -> float:
    """Return the proportional set size of a process."""
    rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text("ascii")
    (kilobytes,) = re.findall(r"^Pss:\s+(\d+) kB", rollup, re.MULTILINE)
    return int(kilobytes) * 1024 / 1e6


class Memory:
    """What a server and its kernels hold: each at its own peak, and all of them together."""

    def __init__(self, server: psutil.Process) -> None:
        self.process = server
        self.server = 0.0
        self.kernels: dict[int, float] = {}
        self.together = 0.0

    def look(self) -> None:
        """Look once. A kernel that starts is for a moment a copy of the server, and no kernel."""
        now = megabytes(self.process)
        self.server = max(self.server, now)
        for process in self.process.children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError, FileNotFoundError):
                value = megabytes(process)
                now += value
                if "ipykernel_launcher" in process.cmdline():
                    self.kernels[process.pid] = max(value, self.kernels.get(process.pid, 0.0))
        self.together = max(self.together, now)

    async def watch(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            self.look()
            await asyncio.sleep(EVERY)


async def measure(server: Server, cells: list[str], kernels: int, limit: float) -> Load:
    """Run the cells in each of several kernels at once."""
    start = time.monotonic()
    memory = Memory(server.process)
    ready: list[float] = []
    errors: list[str] = []

    async def student() -> float:
        asked = time.monotonic()
        kernel = await server.connect()
        try:
            await kernel.request("kernel_info_request", {})
            ready.append(time.monotonic() - start)
            for source in cells:
                await kernel.execute(source)
        except CellError as error:
            errors.append(str(error))
        finally:
            kernel.channels.close()
        return time.monotonic() - asked

    async with asyncio.timeout(limit):
        await server.answers()
        watching = asyncio.create_task(memory.watch())
        completed = await asyncio.gather(*(student() for _ in range(kernels)))
        total = time.monotonic() - start
        memory.look()
        watching.cancel()
    return Load(
        first=min(ready),
        total=total,
        completed=sorted(completed),
        server=memory.server,
        kernels=sorted(memory.kernels.values()),
        peak=memory.together,
        errors=errors,
    )


def stop(process: psutil.Process) -> None:
    """End a process and all below it; kill what has not ended after ten seconds."""
    family = [process, *process.children(recursive=True)]
    process.terminate()
    _, alive = psutil.wait_procs(family, timeout=10)
    for left in alive:
        left.kill()
    psutil.wait_procs(alive, timeout=10)


def complete(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine on a thread of its own: that of playwright's tests has a loop running."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


def run(
    notebook: Path, kernels: int = 10, limit: float = 600.0, python: str | Path = sys.executable
) -> Load:
    """Run a notebook (.ipynb, or a chapter's .md) in several kernels of one server at once.

    Raises `TimeoutError` when it takes longer than `limit` seconds.
    """
    if not 1 <= kernels <= MOST_KERNELS:
        raise ValueError(f"kernels must be from 1 to {MOST_KERNELS}, got {kernels}")
    cells = [cell.source for cell in jupytext.read(notebook).cells if cell.cell_type == "code"]
    with Server.start(python) as server:
        return complete(measure(server, cells, kernels, limit))


def main() -> None:
    """Print what it took; fail when a cell raised."""
    load = run(Path(sys.argv[1]), *map(int, sys.argv[2:3]))
    print(
        f"first kernel ready after {load.first:.1f} s, the last one done after {load.total:.1f} s"
    )
    print(
        f"each kernel: median {median(load.completed):.1f} s, longest {max(load.completed):.1f} s"
    )
    print(f"memory: server {load.server:.0f} MB, kernels up to {max(load.kernels):.0f} MB each,")
    print(f"        together {load.peak:.0f} MB at the most")
    sys.exit("\n".join(load.errors) or None)


if __name__ == "__main__":
    main()
