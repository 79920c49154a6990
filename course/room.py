"""Where a student's code runs: a process of its own, closed off as far as the system allows.

A closed room (Linux, bubblewrap, libseccomp) is another user in namespaces of its own, which no
room had before: no network, no other process, few system calls, and of the files only Python, its
packages and what the set allows of retrolib, read-only, beside a small scratch folder. Where that
cannot be had, the room is open: limits and the hard kill stand, and the report says that isolation
was weaker.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib.util
import json
import os
import secrets
import select
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import psutil

from course.memory import Group, groups_hold
from course.syscalls import program

__all__ = [
    "Closed",
    "Crowded",
    "Flood",
    "Garbled",
    "Isolation",
    "Room",
    "Stopped",
    "TimeUp",
    "isolation",
]

FOLDER = Path(__file__).parent
ROOT = FOLDER.parent
WORK = Path(os.environ.get("COURSE_WORK", FOLDER / "work")).resolve()
"""The instructor's working folder: submissions, gradebook, feedback."""
MEGABYTES = 4096
"""Address space of each process, and what all of a room may use together; numpy reserves much more
than it uses."""
LOOK_SECONDS = 0.2
"""So often it is looked how much memory and time a room uses."""
CLOCK = 3.0
"""For each second of processor time that it may use, a room may take so many by the clock."""
CPU_SECONDS = 300
END_SECONDS = 5.0
PR_SET_CHILD_SUBREAPER = 36
SCRATCH = 64 * 2**20
SCRATCHES = ("/dev/shm", "/tmp")
START_SECONDS = 60.0
MAX_REPLY = 8 * 2**20
MAX_PARTS = 200_000
"""So many lists and objects a reply may consist of; each takes a hundred times its length."""
PACKAGES = ("bubblewrap", "libseccomp2")
"""What a closed room needs, as Debian calls it."""
BUS = ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR")
"""How systemd is found, if it is to make a group."""
INODE = 1024
"""Bytes that the kernel needs for a file in memory, even an empty one."""


class NoRoom(Exception):
    """A room could not be had, which is no fault of the student's."""


class Stopped(Exception):
    """The room is gone, and why, in words for the student."""


class TimeUp(Stopped):
    """It took too long."""


class Closed(Stopped):
    """Python ended."""


class Flood(Stopped):
    """It sent too much."""


class Crowded(Stopped):
    """All its processes together took too much memory."""


class Garbled(Stopped):
    """What it sent was no answer."""


class Isolation(NamedTuple):
    """How well a room is closed.

    Attributes
    ----------
    closed : bool
        Whether the student's code is kept from the network and from the instructor's files.
    user : bool
        Whether it runs as another user.
    inside : bool
        Whether it becomes that user only inside of the room.
    filtered : bool
        Whether its system calls are filtered.
    """

    closed: bool
    user: bool
    inside: bool = False
    filtered: bool = True

    @property
    def grouped(self) -> bool:
        """Whether the kernel holds the limit on the memory of the room as a whole."""
        late = self.closed and self.user and not self.inside  # no longer root when it would enter
        return not late and (groups_hold(True) or groups_hold(False))

    def __str__(self) -> str:
        user = "as another user" if self.user else "as the instructor's user"
        memory = (
            "A cgroup limited its memory."
            if self.grouped
            else "There is no cgroup for its memory here, so the grader counted what it used, five "
            "times a second."
        )
        if self.closed:
            return (
                f"Isolation: closed. The code ran {user}, without network, with few system calls, "
                f"and could read no file but Python's own and its scratch folder. {memory}"
            )
        reach = "files" if self.filtered else "network and files"
        return (
            f"Isolation: WEAKER than usual. The code ran {user}, under limits of time and memory "
            f"only: this system does not allow a closed room, so {reach} were in reach. {memory}"
        )


def _read_only(allowed: Path, site: Path) -> list[str]:
    """Return bubblewrap's options for what can be read in the room."""
    options: list[str] = []
    shown = [Path("/usr"), Path(sys.base_prefix)]
    for top in map(Path, ("/bin", "/lib", "/lib32", "/lib64", "/libx32")):
        if top.is_symlink():
            options += ["--symlink", os.readlink(top), str(top)]
        elif top.exists():
            shown.append(top)
    for path in shown:
        for parent in list(path.parents)[-2::-1]:  # or they would be closed to another user
            options += ["--dir", str(parent)]
        options += ["--ro-bind", str(path), str(path)]
    options += ["--ro-bind-try", "/etc/ld.so.cache", "/etc/ld.so.cache", "--dir", "/room"]
    options += ["--ro-bind", str(site), "/room/site"]
    options += ["--ro-bind", str(FOLDER / "runner.py"), "/room/runner.py"]
    options += ["--ro-bind", str(allowed), "/room/allowed"]
    # Cover what is to stay unseen but lies in one of the folders that are shown.
    package = importlib.util.find_spec("retrolib")
    assert package is not None
    assert package.origin is not None
    installed = Path(package.origin).resolve().parent
    for path in (ROOT, WORK, installed):
        if any(path.is_relative_to(folder) for folder in shown):
            options += ["--tmpfs", str(path)]
    if installed.is_relative_to(site):
        options += ["--tmpfs", f"/room/site/{installed.relative_to(site)}"]
    return options


def _command(how: Isolation, allowed: Path, uid: int) -> list[str]:
    """Return the command that runs a student's code."""
    site = Path(sysconfig.get_path("purelib")).resolve()
    python = [os.path.realpath(sys.executable), "-I", "-S"]
    numbers = [str(MEGABYTES), str(CPU_SECONDS), str(uid if how.inside or not how.closed else 0)]
    numbers += [program().hex()] * how.filtered
    if not how.closed:
        return [*python, str(FOLDER / "runner.py"), str(allowed), str(site), *numbers]
    walls = ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    if how.inside:
        walls += ["--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        walls += ["--unshare-user", "--disable-userns"]
    options = [*walls, "--die-with-parent", "--new-session", *_read_only(allowed, site)]
    options += ["--proc", "/proc", "--dev", "/dev"]
    for scratch in SCRATCHES:
        options += ["--perms", "1777", "--size", str(SCRATCH), "--tmpfs", scratch]
    fonts = fonts_known_to_matplotlib()
    options += ["--perms", "1777", "--dir", "/tmp/matplotlib"]
    options += ["--ro-bind", str(fonts), f"/tmp/matplotlib/{fonts.name}"]
    options += ["--remount-ro", "/dev", "--remount-ro", "/", "--chdir", "/tmp"]
    inside = ["/room/runner.py", "/room/allowed", "/room/site", *numbers]
    return ["bwrap", *options, "--", *python, *inside]


@cache
def fonts_known_to_matplotlib() -> Path:
    """Return the list that matplotlib would otherwise make anew in every room."""
    from matplotlib import font_manager, get_cachedir

    path = Path(get_cachedir()) / f"fontlist-v{font_manager.FontManager.__version__}.json"
    if not path.exists():
        path = Path(tempfile.mkdtemp(prefix="fonts-")) / path.name
        font_manager.json_dump(font_manager.fontManager, str(path))
    return path


class Room:
    """A process for one student's code, asked one thing at a time.

    A process has one room open at a time: whatever starts below it meanwhile belongs to the room.

    Parameters
    ----------
    allowed : Path
        A folder with what the set allows of retrolib.
    how : Isolation, optional
        How to close the room; by default the best that the system allows.
    """

    def __init__(self, allowed: Path, how: Isolation | None = None) -> None:
        self.how = how or isolation()
        self._scratch = tempfile.TemporaryDirectory(prefix="room-", ignore_cleanup_errors=True)
        scratch = self._scratch.name
        uid = _new_user() if self.how.user else 0
        self._looked = 0.0
        self.used = 0.0
        """Seconds of processor time that it has used, when it was last looked."""
        home = "/tmp" if self.how.closed else scratch
        environment = {
            "PATH": "/usr/bin:/bin",
            "LANG": "C.UTF-8",
            "HOME": home,
            "IPYTHONDIR": f"{home}/ipython",
            "MPLCONFIGDIR": f"{home}/matplotlib",
            "MPLBACKEND": "module://matplotlib_inline.backend_inline",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        if uid and not self.how.closed:
            os.chown(scratch, uid, uid)
        as_user: dict[str, Any] = {}
        if uid and self.how.closed and not self.how.inside:
            as_user = {"user": uid, "group": uid, "extra_groups": []}
        command = _command(self.how, allowed, uid)
        self._group = Group(MEGABYTES, groups_hold(True)) if self.how.grouped else None
        if self._group:
            command = [*self._group.prefix, *command]
            environment |= {name: os.environ[name] for name in BUS if name in os.environ}
        _adopt_orphans()
        self._before = _below()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=scratch if not self.how.closed else "/",
            env=environment,
            start_new_session=True,
            **as_user,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._in, self._out = self._process.stdin.fileno(), self._process.stdout.fileno()
        for pipe in (self._in, self._out):
            os.set_blocking(pipe, False)
        try:
            self.ask(START_SECONDS, source="")
        except Stopped as why:
            raise NoRoom(f"a room for the student's code could not be opened: {why}") from None
        if self._group:
            self._group.watch(self._process.pid)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def ask(self, seconds: float, **request: Any) -> dict[str, Any]:
        """Send a request and give the reply; close the room and raise `Stopped` if there is none.

        It may take these seconds of processor time, and `CLOCK` times as long on a busy machine.
        The number in each request must come back, so that nothing can be answered before it was
        asked.
        """
        number = secrets.token_hex(8)
        try:
            line = self._exchange(json.dumps({"id": number, **request}).encode() + b"\n", seconds)
            reply = _plain(line)
            if reply.get("id") != number:
                raise Garbled("its reply could not be read")
        except Stopped:
            self.close()
            raise
        return reply

    def _exchange(self, question: bytes, seconds: float) -> bytes:
        end = time.monotonic() + CLOCK * seconds
        most = self.used + seconds
        parts: list[bytes] = []
        length = 0
        while not (parts and parts[-1].endswith(b"\n")):
            left = end - time.monotonic()
            if left <= 0:
                raise TimeUp(f"it did not end within {CLOCK * seconds:g} seconds and was stopped")
            if self.used > most:
                raise TimeUp(
                    f"it did not end within {seconds:g} seconds of processor time and was stopped"
                )
            writing = [self._in] if question else []
            wait = min(left, LOOK_SECONDS)
            readable, writable, _ = select.select([self._out], writing, [], wait)
            self._look()
            try:
                if writable:
                    question = question[os.write(self._in, question[:65536]) :]
                if readable:
                    part = os.read(self._out, 2**20)
                    if not part:
                        self._look(now=True)
                        raise Closed(
                            "it ended Python (an exit, a crash, or more memory than there is)"
                        )
                    parts.append(part)
                    length += len(part)
            except BrokenPipeError:
                raise Closed("it ended Python before the question was asked") from None
            if length > MAX_REPLY:
                raise Flood(f"it sent more than {MAX_REPLY // 2**20} megabytes")
        return b"".join(parts)

    def _look(self, now: bool = False) -> None:
        """See what time the room has used; raise `Crowded` if it uses too much memory.

        Each process has its own limit besides.
        """
        if time.monotonic() - self._looked < LOOK_SECONDS and not now:
            return
        self._looked = time.monotonic()
        seconds, memory = 0.0, 0
        processes = self._processes()
        for process in processes:
            with contextlib.suppress(psutil.Error):
                seconds += sum(process.cpu_times()[:4])  # with those of its children that ended
                memory += process.memory_info().rss
        self.used = max(self.used, seconds)
        if self._group:
            full = self._group.full()
        else:
            full = memory + self._in_files(processes) > MEGABYTES * 2**20
        if full:
            raise Crowded(f"it took more than {MEGABYTES} megabytes of memory in all its processes")

    def _in_files(self, processes: set[psutil.Process]) -> int:
        """Return how much memory the files of a closed room take."""
        own = os.readlink("/proc/self/ns/mnt") if self.how.closed else ""
        for process in processes if own else ():
            with contextlib.suppress(OSError):
                if os.readlink(f"/proc/{process.pid}/ns/mnt") == own:
                    continue
                folders = [f"/proc/{process.pid}/root{scratch}" for scratch in SCRATCHES]
                return sum(
                    (one.f_blocks - one.f_bfree) * one.f_frsize
                    + (one.f_files - one.f_ffree) * INODE
                    for one in map(os.statvfs, folders)
                    # While a room is being built, these are still the disk's.
                    if one.f_blocks * one.f_frsize == SCRATCH
                )
        return 0

    def _processes(self) -> set[psutil.Process]:
        """Return what runs in the room: what this process did not have below it before."""
        return _below() - self._before

    def close(self) -> None:
        """End everything in the room, at once."""
        self._process.kill()
        self._process.wait()
        end = time.monotonic() + END_SECONDS
        while (left := self._processes()) and time.monotonic() < end:
            for process in left:  # what starts meanwhile is seen in the next round
                with contextlib.suppress(psutil.Error):
                    process.kill()
            psutil.wait_procs(left, timeout=0.1)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe and not pipe.closed:
                pipe.close()
        if self._group:
            self._group.remove()
        self._scratch.cleanup()


def _below() -> set[psutil.Process]:
    """Return all processes below this one."""
    return set(psutil.Process().children(recursive=True))


def _adopt_orphans() -> None:
    """Make this process the parent of those that cut themselves off from a room.

    Linux only: elsewhere a student's process that outlives its parent is not found again.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _plain(line: bytes) -> dict[str, Any]:
    """Read one reply: JSON, an object, nothing else."""
    if line.count(b"[") + line.count(b"{") > MAX_PARTS:
        raise Garbled("its reply could not be read")
    try:
        reply = json.loads(line)
    except (ValueError, RecursionError):
        raise Garbled("its reply could not be read") from None
    if not isinstance(reply, dict):
        raise Garbled("its reply could not be read")
    return reply


def _new_user() -> int:
    """Return a user id that nobody has, and that no room is likely to have had.

    Where few ids can be had, as in some containers, it is one of those few.
    """
    last = max(
        (int(line.split()[0]) + int(line.split()[2]) - 1 for line in _id_ranges()), default=65_535
    )
    low, high = (1_900_000_000, 2_100_000_000) if last > 2_100_000_000 else (61_000, 65_000)
    return low + secrets.randbelow(high - low)


def _id_ranges() -> list[str]:
    with contextlib.suppress(OSError):
        return Path("/proc/self/uid_map").read_text("utf8").splitlines()
    return []


@cache
def isolation() -> Isolation:
    """Return the best isolation that works here, found by trying."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    choices = []
    if shutil.which("bwrap") and program() and os.environ.get("COURSE_ROOM") != "open":
        closed = Isolation(closed=True, user=root)
        choices = [closed._replace(inside=True)] * root + [closed]
    for filtered in (True, False) if program() else (False,):
        choices += [Isolation(False, user, filtered=filtered) for user in {root: 0, False: 0}]
    for how in choices:
        if how == choices[-1] or _works(how):
            return how
    raise AssertionError("an open room needs nothing")


def _works(how: Isolation) -> bool:
    """Tell whether a room of this kind can be had."""
    with tempfile.TemporaryDirectory() as nothing:
        os.chmod(nothing, 0o755)
        try:
            with Room(Path(nothing), how) as room:
                reply = room.ask(60.0, source="print(6 * 7)")
        except (NoRoom, Stopped, OSError, subprocess.SubprocessError):
            return False
    return "42" in json.dumps(reply)


def install() -> Isolation:
    """Find the best isolation, installing bubblewrap and libseccomp if root may."""
    if (
        not isolation().closed
        and sys.platform == "linux"
        and not (shutil.which("bwrap") and program())
    ):
        if os.geteuid() == 0 and shutil.which("apt-get"):
            for command in (["update"], ["install", "--yes", *PACKAGES]):
                subprocess.run(["apt-get", *command], stdout=sys.stderr, check=False)
            isolation.cache_clear()
            program.cache_clear()
        else:
            print(f"To grade in a closed room install {' and '.join(PACKAGES)}.", file=sys.stderr)
    return isolation()


if __name__ == "__main__":
    print(install())
