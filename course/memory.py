"""The kernel's own limit on the memory of a room: a cgroup, where the system lets us have one.

A group counts whatever its processes hold: pages, shared memory, files in memory, pipes, sockets.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

import psutil

__all__ = ["Group", "groups_hold"]

TRIAL = 64
"""Megabytes that the trial of a group may take; Python starts with less."""
BEYOND = f"print('in', flush=True); x = b'x' * {4 * TRIAL * 2**20}; print('beyond')"


def _folder(process: int | str) -> Path | None:
    """Return the group that a process is in, as the folder that stands for it."""
    mounts = psutil.disk_partitions(all=True)
    for line in Path(f"/proc/{process}/cgroup").read_text("utf8").splitlines():
        number, controllers, path = line.split(":", 2)
        for mount in mounts:
            old = mount.fstype == "cgroup" and "memory" in mount.opts.split(",")
            if (old and "memory" in controllers.split(",")) or (
                mount.fstype == "cgroup2" and number == "0"
            ):
                folder = Path(mount.mountpoint) / path.lstrip("/")
                if list(folder.glob("memory.*")):
                    return folder
    return None


class Group:
    """A group for one room, with a limit.

    Parameters
    ----------
    megabytes : int
        The limit.
    by_systemd : bool
        Whether systemd makes it, which must be asked where it owns the groups.

    Raises
    ------
    OSError
        If the system does not let us.
    """

    def __init__(self, megabytes: int, by_systemd: bool) -> None:
        self._made: Path | None = None
        self._counts: Path | None = None
        if by_systemd:
            user = [] if os.geteuid() == 0 else ["--user"]
            limits = ["-p", f"MemoryMax={megabytes}M", "-p", "MemorySwapMax=0"]
            self.prefix = ["systemd-run", *user, "--scope", "--quiet", "--collect", *limits, "--"]
            return
        parent = _folder("self")
        if parent is None:
            raise FileNotFoundError("there is no group with a limit on memory")
        self._made = parent / f"room-{secrets.token_hex(8)}"
        self._made.mkdir()
        most = str(megabytes * 2**20)
        for name, value in {
            "memory.swappiness": "0",
            "memory.limit_in_bytes": most,
            "memory.memsw.limit_in_bytes": most,
            "memory.max": most,
            "memory.swap.max": "0",
            "memory.oom.group": "1",
        }.items():
            if (self._made / name).exists():  # the older ones, or the newer
                (self._made / name).write_text(value)
        enter = 'echo 0 > "$0/cgroup.procs" && exec "$@"'
        self.prefix = ["sh", "-c", enter, str(self._made)]

    def watch(self, process: int) -> None:
        """Remember where the kernel counts what it had to end, once a process is in the group."""
        folder = _folder(process)
        for name in ("memory.events", "memory.oom_control"):
            if folder and (folder / name).is_file():
                self._counts = folder / name

    def full(self) -> bool:
        """Tell whether the kernel had to end something to hold the limit."""
        words = []
        with contextlib.suppress(OSError):
            words = self._counts.read_text("utf8").split() if self._counts else []
        return "oom_kill" in words and words[words.index("oom_kill") + 1] != "0"

    def remove(self) -> None:
        """Remove it, once nothing runs in it any more."""
        for _ in range(20):
            with contextlib.suppress(OSError):
                if self._made:
                    self._made.rmdir()
                return
            time.sleep(0.05)


@cache
def groups_hold(by_systemd: bool) -> bool:
    """Tell, by trying, whether such a group holds its limit here."""
    if sys.platform != "linux":
        return False
    try:
        group = Group(TRIAL, by_systemd)
        command = [*group.prefix, sys.executable, "-I", "-S", "-c", BEYOND]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
        group.remove()
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode != 0 and done.stdout == "in\n"
