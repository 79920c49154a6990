"""What a room lets a student's code do, and what it does not: each attack in a room by itself."""

import contextlib
import json
import platform
import pwd
import re
import subprocess
import threading
import time
import tracemalloc

import psutil
import pytest

from course import room

from .attacks import BEGIN, CHANNELS, HOARDS, REFUSED, SPINS
from .classroom import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def allowed(tmp_path):
    tmp_path.chmod(0o755)
    return tmp_path


def said(one, source, seconds=20.0):
    """What a cell shows, as text."""
    return json.dumps(one.ask(seconds, source=source)["outputs"])


def closed():
    """Tell whether rooms are closed here; if not, the report says so."""
    if not room.isolation().closed:
        assert "WEAKER" in str(room.isolation())
    return room.isolation().closed


def begun(one):
    """A room after the beginning that attacks share."""
    shared = "/room/runner.py" if one.how.closed else f"{ROOT}/course/runner.py"
    one.ask(20.0, source=BEGIN.replace("{shared}", shared))
    return one


def passed_on(allowed, how=None):
    """What each channel brought from a room to another, at the same time and afterwards."""
    found = {}
    with begun(room.Room(allowed, how)) as first:
        for leave, _ in CHANNELS.values():
            first.ask(20.0, source=leave)
        with begun(room.Room(allowed, how)) as second:
            for name, (_, find) in CHANNELS.items():
                found[name] = said(second, find)
        found["watch on a file"] += said(first, "found(os.read(watch, 4096))")
    with begun(room.Room(allowed, how)) as third:
        for name, (_, find) in CHANNELS.items():
            found[name] += said(third, find)
    return {name for name, text in found.items() if "FOUND" in text}


def test_nothing_passes_from_room_to_room(allowed):
    if closed():
        assert passed_on(allowed) == set()


def numbers_of(names):
    """Which system calls these are on this machine."""
    import pyseccomp

    numbers = {name: pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) for name in names}
    return {name: number for name, number in numbers.items() if number >= 0}


def test_system_calls_that_nobody_needs_are_refused(allowed):
    if not room.isolation().filtered:
        assert closed() is False
        return
    numbers = numbers_of(REFUSED.split())
    assert len(numbers) > 60
    source = (
        "import ctypes, os, sys\nlibc = ctypes.CDLL(None, use_errno=True)\n"
        f"for name, number in {numbers!r}.items():\n"
        "    done = libc.syscall(number, -1, -1, -1, -1, -1, -1)\n"
        "    if done != -1 or ctypes.get_errno() != 38: print('ALLOWED', name)\n"
        "print('END')"
    )
    with room.Room(allowed) as one:
        text = said(one, source)
    assert "END" in text
    assert "ALLOWED" not in text


@pytest.fixture(scope="module")
def filtered_room(tmp_path_factory):
    allowed = tmp_path_factory.mktemp("allowed")
    allowed.chmod(0o755)
    with room.Room(allowed) as one:
        assert one.how.filtered, "install libseccomp, see docs/contributing/build.md"
        one.ask(20.0, source="import ctypes, fcntl, os\nlibc = ctypes.CDLL(None, use_errno=True)")
        yield one


ARGUMENTS = {
    **{
        f"namespace {flag:#x}": f"libc.syscall(CLONE, {flag:#x} | 17, None, None, None, None)"
        for flag in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000)
    },
    "high bits": "libc.syscall(CLONE, ctypes.c_long(2**40 | 0x50000011), None, None, None, None)",
    "looked into by others": "libc.prctl(4, 1, 0, 0, 0)",
    "no new limits": "libc.prctl(22, 1, 0, 0, 0)",
    "typed for others": "libc.ioctl(0, 0x5412, b'x')",
    "high bits of a control": "libc.syscall(IOCTL, 0, ctypes.c_long(2**40 | 0x5401), 0)",
    "lease": "libc.fcntl(0, 1024, 0)",
    "lock of an open file": "libc.fcntl(0, 37, bytes(64))",
    "watch on a folder": "libc.fcntl(0, 1026, 0xff)",
}


@pytest.mark.parametrize("call", ARGUMENTS)
def test_arguments_that_nobody_needs_are_refused(filtered_room, call):
    source = ARGUMENTS[call]
    for name, number in numbers_of(["clone", "ioctl"]).items():
        source = source.replace(name.upper(), str(number))
    source = f"done = {source}\nif done == 0: os._exit(0)\nprint(done, ctypes.get_errno())"
    assert "-1 38" in said(filtered_room, source)


def test_a_system_call_in_another_form_ends_the_process(allowed):
    if platform.machine() != "x86_64":
        assert numbers_of(["clone3"]) == {"clone3": 435}  # no other form than the usual
        return
    with room.Room(allowed) as one, pytest.raises(room.Closed):
        one.ask(20.0, source="import ctypes\nctypes.CDLL(None).syscall(0x40000000 | 39)")


HONEST = """
%matplotlib inline
import concurrent.futures, multiprocessing, subprocess, shutil, tempfile, asyncio
import numpy as np, scipy.optimize, scipy.sparse, scipy.special, matplotlib.pyplot as plt
plt.plot(np.linalg.eigvalsh(np.random.default_rng(1).random((200, 200))))
plt.show()
with multiprocessing.Pool(2) as pool: total = sum(pool.map(abs, range(9)))
with concurrent.futures.ThreadPoolExecutor(2) as pool: total += sum(pool.map(abs, range(9)))
with tempfile.TemporaryDirectory() as folder:
    np.save(f"{folder}/a.npy", np.arange(9)); shutil.copy2(f"{folder}/a.npy", f"{folder}/b.npy")
    total += np.load(f"{folder}/b.npy", mmap_mode="r").sum()
total += int(subprocess.run(["echo", "36"], capture_output=True, text=True).stdout)
async def later(): await asyncio.sleep(0.01); return 36
total += asyncio.run(later())
print("TOTAL", total)
"""


def test_what_students_need_is_there(allowed):
    with room.Room(allowed) as one:
        outputs = one.ask(20.0, source=HONEST)["outputs"]
    assert [output["output_type"] for output in outputs] == ["stream", "display_data"]
    assert outputs[0]["text"] == "TOTAL 180\n"
    assert "image/png" in outputs[1]["data"]


def test_no_two_rooms_have_the_same_user(allowed):
    uids = set()
    for _ in range(3):
        with room.Room(allowed) as one:
            uids |= set(re.findall(r"uid (\d+)", said(one, "import os; print('uid', os.getuid())")))
    if room.isolation().user:
        assert len(uids) == 3
        assert not uids & {str(user.pw_uid) for user in pwd.getpwall()}
    else:
        assert "as the instructor's user" in str(room.isolation())


GIGABYTE = 2**30
BEYOND = ("children", "shared pages", "grandchildren of nobody")


@pytest.mark.parametrize(
    ("hoard", "grouped"),
    [(hoard, False) for hoard in HOARDS] + [(hoard, True) for hoard in ("sockets", *BEYOND)],
)
def test_no_way_takes_more_memory_than_a_room_may(allowed, monkeypatch, hoard, grouped):
    monkeypatch.setattr(room, "MEGABYTES", 1024)
    if not grouped:
        monkeypatch.setattr(room, "groups_hold", lambda by_systemd: False)
    elif not room.isolation().grouped:
        assert "no cgroup" in str(room.isolation())
        return
    if hoard not in BEYOND and not closed():
        return  # files, and without libseccomp all the rest, are in reach: the report says so
    before = psutil.virtual_memory().available
    with begun(room.Room(allowed)) as one:
        assert bool(one._group) == grouped
        if hoard in BEYOND:
            with pytest.raises(room.Crowded, match="more than 1024 megabytes of memory"):
                one.ask(20.0, source=HOARDS[hoard])
            return
        try:
            text = said(one, HOARDS[hoard])
        except room.Crowded:
            text = "OSError" if grouped else ""  # then the kernel stops what others only bound
        assert re.search("OSError|No space|has no attribute|not implemented", text)
        assert before - psutil.virtual_memory().available < 3 * GIGABYTE
        if hoard == "empty files":
            assert one._in_files(one._processes()) > 20_000 * room.INODE


def test_a_room_that_is_being_built_takes_no_memory(allowed):
    """What is seen of it then are the disk's files."""
    if not closed():
        return
    building = subprocess.Popen(["bwrap", "--dev-bind", "/", "/", "cat"], stdin=subprocess.PIPE)
    while not (inside := psutil.Process(building.pid).children()):
        time.sleep(0.01)
    with room.Room(allowed) as one:
        assert one._in_files(set(inside)) == 0
        said(one, "open('/tmp/x', 'wb').write(bytes(10**7))")
        assert 10**7 < one._in_files(one._processes()) < 2 * 10**7
    building.communicate()


@pytest.mark.parametrize("spin", SPINS)
def test_processor_time_is_limited_however_it_is_spent(allowed, monkeypatch, spin):
    monkeypatch.setattr(room, "CLOCK", 60.0)
    with (
        begun(room.Room(allowed)) as one,
        pytest.raises(room.TimeUp, match="within 1 seconds of processor time"),
    ):
        one.ask(1.0, source=SPINS[spin])


def test_whoever_waits_is_stopped_by_the_clock(allowed):
    with room.Room(allowed) as one, pytest.raises(room.TimeUp, match=r"within 1\.5 seconds"):
        one.ask(0.5, source="import time; time.sleep(60)")


def test_on_a_busy_machine_an_honest_student_has_the_same_time(allowed):
    with room.Room(allowed) as one:
        processes = one._processes()
        for process in processes:
            process.suspend()
        go_on = threading.Timer(1.5, lambda: [process.resume() for process in processes])
        go_on.start()
        assert "499999500000" in said(one, "sum(range(10**6))", seconds=1.0)


REPLIES = ('{"":{}},', "[],", '{"":', "[", "[[[]]],", '{"outputs":[{}]},', '"[",', "1.5,", "7,")


@pytest.mark.parametrize("text", REPLIES)
def test_a_reply_does_not_cost_the_grader_much_memory(monkeypatch, text):
    monkeypatch.setattr(room, "MAX_PARTS", room.MAX_PARTS // 16)
    line = b'{"results":[' + text.encode() * (room.MAX_REPLY // 16 // len(text))
    tracemalloc.start()
    for end in (b"0]}", b""):
        with contextlib.suppress(room.Garbled):
            room._plain(line + end)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert 16 * peak < 150 * 2**20
