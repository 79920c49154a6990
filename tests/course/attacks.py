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
    "system-exit": ("def heavy_sum(theta, gamma):\n    raise SystemExit(0)", "raised SystemExit"),
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
}
