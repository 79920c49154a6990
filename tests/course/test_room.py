"""What a room lets a student's code do, and what it does not: each attack in a room by itself."""

import ctypes
import functools
import json
import os
import re
import subprocess
import sys
import threading
import time
import tracemalloc

import psutil
import pytest

from course import memory, room

from .attacks import BEGIN, CHANNELS, REFUSED
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
