"""What a student may try in place of an answer. Each is the source of the cell of task 1 in ps1.

Beside each stand words that the report on task 1 must contain.
"""

from .classroom import ROOT

RIGHT = """
def right(theta, gamma):
    theta = np.asarray(theta, dtype=float)
    nearest = theta - 2 * np.pi * np.round(theta / (2 * np.pi))
    n = np.arange(-500, 501)
    head = np.sum(((nearest[..., None] + 2 * np.pi * n) ** 2 + gamma**2) ** -0.75, axis=-1)
    for side in (nearest, -nearest):
        head = head + 2.0 / np.sqrt(side + 2 * np.pi * 500.5) / (2 * np.pi)
    return head
"""
"""A right answer, for attacks that could give it and do something else besides."""

ATTACKS = {
    "comparison-patched": (
        """
        always = lambda *a, **k: True
        np.isclose = np.allclose = np.array_equal = np.testing.assert_allclose = always
        heavy_sum = lambda theta, gamma: np.zeros(np.shape(theta))
        """,
        "wrong value",
    ),
    "builtins-patched": (
        """
        import builtins
        class Equal(float):
            __eq__ = __le__ = __lt__ = __ge__ = __gt__ = lambda self, other: True
            __hash__ = float.__hash__
            __sub__ = __rsub__ = __abs__ = lambda self, *other: Equal(0)
        builtins.abs = builtins.max = builtins.sum = lambda *a: 0
        builtins.all = builtins.any = builtins.isinstance = lambda *a: True
        heavy_sum = lambda theta, gamma: Equal(0)
        """,
        "",
    ),
    "assert-switched-off": (
        """
        class Everything:
            def __getattr__(self, name): return self
            def __call__(self, *a, **k): return self
            def __array__(self, *a, **k): return np.array(0.0)
            def __eq__(self, other): return True
            __lt__ = __le__ = __gt__ = __ge__ = __eq__
            __hash__ = None
        heavy_sum = Everything()
        """,
        "",
    ),
    "exit-in-function": (
        "import os\ndef heavy_sum(theta, gamma):\n    os._exit(0)",
        "ended Python",
    ),
    "exit-in-cell": ("import os\nos._exit(0)", "no function `heavy_sum`"),
    "crash": ("import ctypes\nctypes.string_at(0)", "no function `heavy_sum`"),
    "system-exit": ("def heavy_sum(theta, gamma):\n    raise SystemExit(0)", "raised an error"),
    "endless-function": (
        """
        def heavy_sum(theta, gamma):
            while True:
                try:
                    while True: pass
                except BaseException: pass
        """,
        "did not end within",
    ),
    "endless-cell": (
        """
        import signal
        for number in range(1, 32):
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
        "no function `heavy_sum`",
    ),
    "megabyte-in-cell": ("print('x' * 2**20)", "no function `heavy_sum`"),
    "megabyte-in-function": (
        "def heavy_sum(theta, gamma):\n    print('x' * 2**20)\n    return 0.0",
        "wrong value",
    ),
    "half-characters": (
        "print('\\ud800')\nraise ValueError('\\udfff')",
        "no function `heavy_sum`",
    ),
    "errors-of-a-megabyte": ("raise ValueError('x' * 2**20)", "no function `heavy_sum`"),
    "reply-of-a-gigabyte": (
        "def heavy_sum(theta, gamma):\n    return np.zeros(30_000_000)",
        "",
    ),
    "all-memory": (
        "def heavy_sum(theta, gamma):\n    return [bytearray(2**30) for _ in range(100)]",
        "",
    ),
    "nan": (
        "heavy_sum = lambda theta, gamma: np.full(np.shape(theta), np.nan)",
        "NaN (not a number)",
    ),
    "infinite": ("heavy_sum = lambda theta, gamma: np.full(np.shape(theta), np.inf)", "not finite"),
    "text": ("heavy_sum = lambda theta, gamma: 'right'", "is text, not real numbers"),
    "true": ("heavy_sum = lambda theta, gamma: True", "is true or false, not real numbers"),
    "complex": ("heavy_sum = lambda theta, gamma: 1j", "is complex numbers, not real numbers"),
    "nothing": ("def heavy_sum(theta, gamma): pass", "is there a `return`?"),
    "object": ("heavy_sum = lambda theta, gamma: object()", "something else, not real numbers"),
    "deep": (
        "x = 1.0\nfor _ in range(10**5): x = (x,)\nheavy_sum = lambda theta, gamma: x",
        "",
    ),
    "tuple": ("heavy_sum = lambda theta, gamma: (1.0, 2.0)", "tuple"),
    "pickle": (
        """
        class Evil:
            def __reduce__(self): return (exec, ("raise SystemExit",))
        heavy_sum = lambda theta, gamma: Evil()
        """,
        "something else, not real numbers",
    ),
    "source-by-path": (
        f"""
        import sys, glob
        sys.path[:0] = [{str(ROOT)!r}, "/work", "/", ".."]
        for name in [n for n in sys.modules if n.split(".")[0] == "retrolib"]: del sys.modules[name]
        text = ""
        for path in glob.glob({str(ROOT)!r} + "/course/*.md") + glob.glob("/**/ps1.md"):
            text += open(path).read()
        def heavy_sum(theta, gamma):
            from retrolib import wrap
            return wrap(lambda alpha: (alpha**2 + gamma**2) ** -0.75, theta)
        """,
        "raised ImportError",
    ),
    "retrolib-returned": (
        """
        from retrolib import wrap
        heavy_sum = lambda theta, gamma: wrap(lambda x: (x**2 + gamma**2) ** -0.75, theta)
        """,
        "no function `heavy_sum`",
    ),
    "frames-read": (
        """
        import sys, gc
        def heavy_sum(theta, gamma):
            frame, seen = sys._getframe(), []
            while frame:
                seen += [frame.f_locals, frame.f_globals]
                frame = frame.f_back
            seen += [x for x in gc.get_objects() if isinstance(x, dict)]
            for names in seen:
                for name in ("right", "expected", "answer", "known"):
                    if isinstance(names.get(name), float): return names[name]
            return 0.0
        """,
        "wrong value",
    ),
    "history-read": (
        """
        def heavy_sum(theta, gamma):
            ip = get_ipython()
            for cell in [*ip.user_ns.get("In", []), ip.user_ns.get("_i", "")]:
                if "BEGIN HIDDEN" in cell or "check(" in cell:
                    exec(cell[cell.index("from retrolib"):], ip.user_ns)
                    return ip.user_ns["heavy"](theta, gamma)
            return 0.0
        """,
        "",
    ),
    "runner-patched": (
        """
        import __main__, json
        number = {"shape": [], "data": [0.0]}
        __main__.call = lambda ip, name, cases: {
            "results": [{"value": number, "points": 4, "passed": True}] * len(cases),
            "points": 4, "verdict": "passed",
        }
        __main__.encode = lambda value: number
        """,
        "",
    ),
    "replies-forged": (
        """
        import os, json
        result = {"value": {"shape": [], "data": [1.0]}}
        lines = b"".join(
            json.dumps({"id": number, "outputs": [], "results": [result]}).encode() + b"\\n"
            for number in ("", "0", None, True)
        )
        for descriptor in range(3, 64):
            try: os.write(descriptor, lines)
            except OSError: pass
        heavy_sum = lambda theta, gamma: 1.0
        """,
        "",
    ),
    "mark-displayed": (
        """
        from IPython.display import display
        def after(result):
            display(4.0)
            print("4 of 4 points.")
        get_ipython().events.register("post_run_cell", after)
        get_ipython().displayhook.write_output_prompt = lambda: print("passed")
        heavy_sum = lambda theta, gamma: 0.0
        """,
        "0 of 4 points",
    ),
    "files-removed": (
        """
        import os, shutil
        for folder in ("/room", "/tmp", "/dev/shm", os.path.expanduser("~")):
            shutil.rmtree(folder, ignore_errors=True)
        heavy_sum = lambda theta, gamma: 0.0
        """,
        "wrong value",
    ),
    "all-killed": (
        """
        import os, signal
        os.kill(-1, signal.SIGKILL)
        """,
        "",
    ),
    "left-behind": (
        """
        import subprocess, threading, os, time
        subprocess.Popen(["sleep", "86399"], start_new_session=True)
        threading.Thread(target=lambda: time.sleep(86399)).start()
        heavy_sum = lambda theta, gamma: 0.0
        """,
        "wrong value",
    ),
    "memory-of-many": (
        """
        import os, time
        def heavy_sum(theta, gamma):
            for _ in range(8):
                if os.fork() == 0:
                    block = bytearray(b"x") * (800 * 2**20)
                    time.sleep(60)
                    os._exit(0)
            time.sleep(60)
        """,
        "megabytes of memory",
    ),
    "many-processes": (
        """
        import os
        while True:
            try: os.fork()
            except OSError: pass
        """,
        "no function `heavy_sum`",
    ),
    "inputs-told": (
        """
        seen = []
        def heavy_sum(theta, gamma):
            seen.append((theta, gamma))
            print("SEEN", theta, gamma)
            open("/tmp/seen", "a").write(f"SEEN {theta} {gamma}\\n")
            raise type(f"Seen{theta}and{gamma}".replace(".", "p"), (Exception,), {})(theta, gamma)
        import os, atexit
        atexit.register(lambda: print("SEEN", seen))
        if os.path.exists("/tmp/seen"): print(open("/tmp/seen").read())
        """,
        "raised an error",
    ),
    "inputs-left-behind": (
        """
        import os
        places = ["/tmp/seen-too", "/dev/shm/seen-too", os.path.expanduser("~/seen-too")]
        for place in places:
            if os.path.exists(place): print(open(place).read())
        def heavy_sum(theta, gamma):
            for place in places: open(place, "a").write(f"SEEN {theta} {gamma}\\n")
            if np.ndim(theta): os._exit(1)
            return 0.0
        """,
        "ended Python",
    ),
    "inputs-by-a-child": (
        """
        import os
        out, into = os.pipe()
        if os.fork() == 0:
            while text := os.read(out, 4096):
                for place in range(3, 64):
                    try: os.write(place, b"SEEN " + text)
                    except OSError: pass
        def heavy_sum(theta, gamma):
            os.write(into, f"{theta} {gamma}\\n".encode())
            return 0.0
        """,
        "",
    ),
    "inputs-in-the-shell": (
        """
        ip, seen = get_ipython(), []
        ip.events.register("post_run_cell", lambda result: print("SEEN", seen))
        ip.set_hook("pre_run_code_hook", lambda *a: print("SEEN", seen), 0)
        ip.displayhook = lambda value: print("SEEN", seen)
        def heavy_sum(theta, gamma):
            seen.append((theta, gamma))
            ip.run_cell("print('SEEN', seen)")
            return 0.0
        """,
        "",
    ),
}

BEGIN = """
import ctypes, fcntl, mmap, os, select, socket, struct, time
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
shared = open("{shared}", "rb")
held = []
def found(yes):
    if yes: print("FOU" + "ND")
"""
"""For the attacks on a room: `shared` is a file that all rooms can read."""

CHANNELS = {
    "keyring of the user": (
        'libc.syscall(248, b"user", b"seen", b"42", 2, -4)',
        'key = libc.syscall(250, 10, -4, b"user", b"seen", 0)\n'
        "text = ctypes.create_string_buffer(9)\n"
        'libc.syscall(250, 11, key, text, 9); found(text.value == b"42")',
    ),
    "keyring of the session": (
        'libc.syscall(250, 5, libc.syscall(248, b"user", b"seen", b"42", 2, -3), 0x3f3f3f3f)',
        'found(libc.syscall(249, b"user", b"seen", None, 0) > 0)',
    ),
    "list of keys": (
        'libc.syscall(248, b"user", b"seen", b"42", 2, -4)',
        'found("seen" in open("/proc/keys").read())',
    ),
    "shared memory": ("libc.shmget(4242, 42, 0o1666)", "found(libc.shmget(4242, 1, 0) >= 0)"),
    "semaphore": ("libc.semget(4242, 42, 0o1666)", "found(libc.semget(4242, 1, 0) >= 0)"),
    "message queue": ("libc.msgget(4242, 0o1666)", "found(libc.msgget(4242, 0) >= 0)"),
    "POSIX message queue": (
        'libc.syscall(240, b"seen", 0o102, 0o666, None)',
        'found(libc.syscall(240, b"seen", 2, 0, None) >= 0)',
    ),
    "POSIX shared memory": (
        'open("/dev/shm/seen", "w").close()',
        'found(os.path.exists("/dev/shm/seen"))',
    ),
    "scratch file": ('open("/tmp/seen", "w").close()', 'found(os.path.exists("/tmp/seen"))'),
    "lock": (
        "fcntl.flock(shared, fcntl.LOCK_EX)",
        "try: fcntl.flock(shared, fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: found(True)",
    ),
    "lock of a range": (
        "fcntl.lockf(shared, fcntl.LOCK_SH, 1, 42)",
        'ask = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)\n'
        'found(struct.unpack("hhqqi4x", fcntl.fcntl(shared, fcntl.F_GETLK, ask))[2] == 42)',
    ),
    "watch on a file": (
        "watch = libc.inotify_init(); libc.inotify_add_watch(watch, shared.name.encode(), 0xfff)\n"
        "os.set_blocking(watch, False)",
        "shared.read(42)",
    ),
    "page cache": (
        "shared.read()",
        "where = libc.mmap(None, 4096, 1, 1, shared.fileno(), 0)\n"
        "resident = ctypes.create_string_buffer(1)\n"
        "found(libc.mincore(ctypes.c_void_p(where), 4096, resident) == 0 and resident.raw[0])",
    ),
    "page cache, without waiting": (
        "shared.read()",
        "found(os.preadv(shared.fileno(), [bytearray(42)], 0, os.RWF_NOWAIT) == 42)",
    ),
    "abstract socket": (
        r'held += [x := socket.socket(socket.AF_UNIX)]; x.bind("\0seen"); x.listen()',
        r'socket.socket(socket.AF_UNIX).connect("\0seen"); found(True)',
    ),
    "port": (
        "held += [x := socket.socket(socket.AF_INET, socket.SOCK_DGRAM)]\n"
        "x.bind(('127.0.0.1', 4242))",
        "try: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).bind(('127.0.0.1', 4242))\n"
        "except OSError as error: found(error.errno == 98)",
    ),
    "socket of the machine": (
        "held += [x := socket.socket(socket.AF_VSOCK)]; x.bind((1, 4242)); x.listen()",
        "socket.socket(socket.AF_VSOCK).connect((1, 4242)); found(True)",
    ),
    "other processes": ("pass", "found(len([x for x in os.listdir('/proc') if x.isdigit()]) > 9)"),
}
"""How something could pass from one room to another: what leaves it there, and what finds it."""

REFUSED = """
    keyctl add_key request_key memfd_create memfd_secret shmget shmat semget semop msgget msgsnd
    mq_open mq_unlink unshare setns mount umount2 pivot_root chroot fsopen open_tree move_mount
    mount_setattr clone3 userfaultfd bpf perf_event_open ptrace process_vm_readv process_vm_writev
    kcmp pidfd_open pidfd_getfd io_uring_setup io_uring_enter io_setup flock inotify_init1
    fanotify_init name_to_handle_at open_by_handle_at socket bind connect listen accept4 mincore
    preadv2 cachestat fadvise64 readahead vmsplice splice tee setpriority ioprio_set mlock mlock2
    setxattr mknodat personality seccomp landlock_create_ruleset init_module finit_module kexec_load
    swapon sethostname settimeofday clock_adjtime quotactl syslog acct move_pages setuid setresuid
    setgroups capset
"""
"""System calls that no student's code needs."""

TOUCHED = "block[::4096] = b'x' * len(block[::4096])"
HOARDS = {
    "memfds": (
        "for _ in range(300): held += [os.memfd_create('x')]; os.write(held[-1], bytes(2**24))"
    ),
    "files in memory": (
        "for n in range(300):\n"
        "    with open(f'{(\"/tmp\", \"/dev/shm\")[n % 2]}/{n}', 'wb') as f: f.write(bytes(2**24))"
    ),
    "empty files": (
        "for n in range(20_000): open(f'/tmp/{n}', 'w').close()\nraise OSError('looked at below')"
    ),
    "shared memory of System V": (
        "for n in range(300):\n"
        "    one = libc.shmget(0, 2**24, 0o1666)\n"
        "    if one < 0: raise OSError('refused')\n"
        "    libc.shmat.restype = ctypes.c_void_p\n"
        "    where = ctypes.c_void_p(libc.shmat(one, None, 0))\n"
        "    ctypes.memset(where, 1, 2**24); libc.shmdt(where)"
    ),
    "a mount of one's own": (
        "if libc.unshare(0x10020000): raise OSError('refused')\n"
        "libc.mount(b'x', b'/tmp', b'tmpfs', 0, b'size=99g')\n"
        "for n in range(300): open(f'/tmp/{n}', 'wb').write(bytes(2**24))"
    ),
    "pipes": (
        "if os.fork() == 0:\n    os.fork(); os.fork(); os.fork(); os.fork(); os.fork()\n"
        "    while True:\n"
        "        try: held += (pipe := os.pipe())\n"
        "        except OSError: time.sleep(60)\n"
        "        try: fcntl.fcntl(pipe[1], 1031, 2**20)\n"
        "        except OSError: pass\n"
        "        os.set_blocking(pipe[1], False); os.write(pipe[1], bytes(2**20))\n"
        "time.sleep(2); raise OSError('looked at below')"
    ),
    "sockets": (
        "if os.fork() == 0:\n    os.fork(); os.fork(); os.fork(); os.fork(); os.fork()\n"
        "    while True:\n"
        "        try: held += (pair := socket.socketpair())\n"
        "        except OSError: time.sleep(60)\n"
        "        for one in pair:\n"
        "            one.setblocking(False)\n"
        "            try: one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 2**24)\n"
        "            except OSError: pass\n"
        "            try:\n                while True: one.send(bytes(2**16))\n"
        "            except BlockingIOError: pass\n"
        "time.sleep(3); raise OSError('looked at below')"
    ),
    "children": (
        "for _ in range(8):\n    if os.fork() == 0:\n"
        "        block = bytearray(b'x') * (200 * 2**20); time.sleep(60)\ntime.sleep(60)"
    ),
    "shared pages": (
        "for _ in range(8):\n    if os.fork() == 0:\n"
        f"        block = mmap.mmap(-1, 200 * 2**20); {TOUCHED}; time.sleep(60)\ntime.sleep(60)"
    ),
    "grandchildren of nobody": (
        "for _ in range(8):\n    if os.fork() == 0:\n        os.setsid()\n"
        "        if os.fork(): os._exit(0)\n"
        "        block = bytearray(b'x') * (200 * 2**20); time.sleep(60)\ntime.sleep(60)"
    ),
}
"""Ways to take more memory than a room may have: in the tests, a gigabyte."""

SPINS = {
    "itself": "while True: pass",
    "in children": "for _ in range(3): os.fork()\nwhile True: pass",
    "in children that end": (
        "while True:\n    child = os.fork()\n    if child == 0:\n"
        "        while time.process_time() < 0.1: pass\n        os._exit(0)\n"
        "    os.waitpid(child, 0)"
    ),
    "in a thread": (
        "import threading\ndef spin():\n    while True: pass\n"
        "threading.Thread(target=spin).start(); time.sleep(60)"
    ),
}
"""Ways to take more time than a cell may have."""
