import json
import os
import shutil
import socket
import textwrap
import threading
import time

import pytest

from .attacks import ATTACKS, RIGHT
from .classroom import SECRET, Classroom, text_of

SETS = ("ps1", "ps2", "ps3", "ps4", "ps5")


@pytest.fixture(scope="session")
def released(tmp_path_factory):
    """A working folder with all sets released."""
    room = Classroom(tmp_path_factory.mktemp("released"))
    room.do("release", *SETS)
    return room


@pytest.fixture
def fresh(released, tmp_path):
    """A classroom of its own with all sets released; in a folder of this name, if one is given."""

    def make(name="work", **environment):
        shutil.copytree(released.folder, tmp_path / name)
        return Classroom(tmp_path / name, **environment)

    return make


@pytest.fixture(scope="session")
def classroom(released, tmp_path_factory):
    """A class that handed in, everything graded, feedback made."""
    folder = tmp_path_factory.mktemp("course") / "work"
    shutil.copytree(released.folder, folder)
    room = Classroom(folder)
    for name in SETS:
        room.submit("full", name, room.solved(name))
        room.submit("blank", name, room.released(name))
    wrong_answers(room)
    wicked(room)
    odd_files(room)
    honest(room)
    with listener() as (port, calls):
        room.port, room.calls = port, calls
        room.submit("network", "ps1", room.solved("ps1", q1=network(port)))
        room.log = room.do("grade", *SETS)
        room.ended = time.time()
    room.do("feedback", *SETS)
    return room


WRONG = {
    ("ps1", "no-tails"): {"q1": {"+ 2 * np.pi * (N + 0.5)) /": "+ 2 * np.pi * (N + 0.5)) * 0 /"}},
    ("ps1", "digits-lost"): {
        "q2": "def outcomes(theta, gamma):\n    x = np.cos(theta) / np.cosh(gamma)\n"
        "    return np.stack([(1 + x) / 2, (1 - x) / 2], axis=-1)"
    },
    ("ps1", "numbers-only"): {
        "q3": {"theta = np.asarray(theta, dtype=float)": "theta = float(theta)"}
    },
    ("ps2", "not-opposite"): {"q1": {"np.pi * B - lam - np.pi": "np.pi * B - lam"}},
    ("ps2", "few-points"): {"q1": {"4096": "128"}},
    ("ps2", "sorted"): {
        "q3": {"return which // 2": "which = np.sort(which)\n    return which // 2"}
    },
    ("ps2", "one-angle"): {"q5": {"theta[..., None]": "float(theta)"}},
    ("ps3", "source-forgotten"): {"q1": {" * mu(lam)": ""}},
    ("ps3", "half-the-signal"): {"q2": {"return np.max(P": "return 0.5 * np.max(P"}},
    ("ps3", "one-axis-forgotten"): {"q3": {"one_axis or symmetric": "symmetric"}},
    ("ps4", "usual-place"): {
        "q1": "def chsh_all(E):\n"
        "    return np.abs(E[..., 0, 0] + E[..., 0, 1] + E[..., 1, 0] - E[..., 1, 1])"
    },
    ("ps4", "standard-settings"): {
        "q2": "def best_S(E):\n    q = np.pi / 4\n"
        "    return abs(E(0, q) + E(0, -q) + E(2 * q, q) - E(2 * q, -q))"
    },
    ("ps4", "cut-sum"): {
        "q3": "def steep_correlation(theta, p):\n"
        "    n = 2 * np.pi * np.arange(-2000, 2001)\n"
        "    w = lambda x: np.sum(np.abs(np.asarray(x)[..., None] + n) ** -p, axis=-1)\n"
        "    near, far = w(theta), w(np.pi - theta)\n"
        "    return -(near - far) / (near + far)"
    },
    ("ps4", "no-minus-one"): {"q4": {"-1.0, left)": "0.0, left)"}},
    ("ps5", "constant"): {"q1": {"return np.exp(2": "return 1 + 0 * np.exp(2"}},
    ("ps5", "source-forgotten"): {"q2": {" * source(lam)": ""}},
    ("ps5", "another-weight"): {"q3": {"return my_weight(lam)": "return 1 + 0.5 * np.cos(lam)"}},
}


def wrong_answers(room):
    for (name, student), instead in WRONG.items():
        room.submit(student, name, room.solved(name, **instead))


def wicked(room):
    for student in ATTACKS:
        attack(room, student)
    for student, inputs in {
        "another-class": ("another class", "ps1", "another-class"),
        "neighbour": (SECRET, "ps1", "full"),
        "another-set": (SECRET, "ps2", "another-set"),
        "no-name": (SECRET, "ps1"),
    }.items():
        room.submit(student, "ps1", room.solved("ps1", q1=table(*inputs)))

    deleted = room.solved("ps1", q1="heavy_sum = lambda theta, gamma: 0.0")
    deleted["cells"] = [
        cell for cell in deleted["cells"] if not cell["metadata"].get("nbgrader", {}).get("grade")
    ]
    room.submit("tests-deleted", "ps1", deleted)

    edited = room.solved("ps1", q1="heavy_sum = lambda theta, gamma: 0.0")
    for cell in edited["cells"]:
        if "nbgrader" in cell["metadata"]:
            data = cell["metadata"]["nbgrader"]
            if data["grade"] and data["locked"]:
                cell["source"] = "4.0"
                data |= {"points": 400, "locked": False, "solution": True}
            cell["cell_type"] = "markdown" if data["grade_id"] == "q2" else cell["cell_type"]
    room.submit("tests-edited", "ps1", edited)

    # Declarations and marks of the student's own making.
    own = room.solved("ps1", q1="heavy_sum = lambda theta, gamma: 0.0")
    for name in ("q1-test", "extra"):
        own["cells"].append(
            {
                "cell_type": "code",
                "metadata": {
                    "nbgrader": {
                        "grade": True, "grade_id": name, "locked": True, "points": 9,
                        "schema_version": 3, "solution": False, "task": False,
                    }
                },
                "source": "### BEGIN HIDDEN TESTS\nopen('/tmp/course-was-here', 'w')\n"
                "check('heavy_sum', '', 4, inputs=lambda rng: (), accept=lambda *a: True)\n"
                "### END HIDDEN TESTS\n4.0",
                "outputs": [
                    {"output_type": "execute_result", "data": {"text/plain": "4.0"},
                     "metadata": {}, "execution_count": 1}
                ],
                "execution_count": 1,
            }
        )  # fmt: skip
    room.submit("tests-added", "ps1", own)

    # A right answer, then a cell that prints what the functions were asked before.
    remembers = (
        "seen = []\ndef heavy_sum(*given):\n    seen.append(given)\n    return right(*given)"
    )
    later = room.solved("ps1", q1=f"{RIGHT}\n{remembers}")
    later["cells"].append(code("print('SEEN', seen[5:])"))
    room.submit("asked-later", "ps1", later)

    script = "<script>alert(1)</script><img src=x onerror=alert(2)> [x](javascript:alert(3))"
    page = room.solved("ps1", q4=f"My answer. {script}")
    page["cells"].append({"cell_type": "raw", "metadata": {}, "source": f"Raw. {script}"})
    page["cells"].append(code(f"from IPython.display import HTML\nHTML('''{script}''')"))
    page["cells"].append(
        code("display({'image/png': '\"><script>alert(4)</script>', 'text/html': '<b onclick=x>'},"
             "raw=True)\nprint('<script>alert(5)</script>')")
    )  # fmt: skip
    diagram = f"```mermaid\n</pre><script>alert(6)</script>{script}\n```"
    page["cells"].append({"cell_type": "markdown", "metadata": {}, "source": diagram})
    room.submit("scripts", "ps1", page)

    lost = "Mine. ![my sketch](attachment:lost.png) ![my plot](https://example.org/plot.png)"
    room.submit("picture-lost", "ps1", room.solved("ps1", q4=lost))

    # Hundreds of megabytes in a page.
    many = room.solved("ps1")
    picture = "display({'image/png': 'A' * 1_900_000}, raw=True)\n"
    many["cells"] += [code(picture * 8) for _ in range(20)]
    room.submit("gallery", "ps1", many)

    # Text over which a page would be made for hours.
    slow = room.solved("ps1", q4="\\\\(" * 30_000)
    slow["cells"].append(code("if 0:\n    " + "a." * 30_000 + "a"))
    room.submit("slow-text", "ps1", slow)


def attack(room, student):
    source, _ = ATTACKS[student]
    room.submit(student, "ps1", room.solved("ps1", q1=textwrap.dedent(source)))


def code(source):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [],
            "execution_count": None}  # fmt: skip


def odd_files(room):
    secret = room.folder / "source" / "ps1" / "ps1.ipynb"
    room.place("linked", "ps1").symlink_to(secret)
    folder = room.place("linked-folder", "ps1").parent
    folder.rmdir()
    folder.symlink_to(secret.parent)
    students = room.folder / "submitted"
    (students / "linked-student").symlink_to(students / "neighbour")
    os.mkfifo(room.place("pipe", "ps1"))
    room.place("empty-folder", "ps1")
    room.submit("damaged", "ps1", '{"cells": [')
    room.submit("nested", "ps1", '{"cells":' + "[" * 10**5)
    room.submit("old", "ps1", '{"worksheets": [], "nbformat": 3}')
    room.submit("nonsense", "ps1", json.dumps({"cells": [1, None, {"cell_type": "code"}, {
        "cell_type": "code", "source": [7], "metadata": "none"}]}))  # fmt: skip
    room.submit("=cmd()", "ps1", room.released("ps1"))
    good = room.solved("ps1")
    room.place("renamed", "ps1").with_name("ps1 (2).ipynb").write_text(json.dumps(good))
    other = room.solved("ps1")
    other["metadata"]["kernelspec"] = {"name": "bash", "display_name": "Bash", "language": "bash"}
    other["metadata"]["language_info"] = {"name": "bash"}
    room.submit("other-kernel", "ps1", other)
    twice = room.solved("ps1")
    for cell in list(twice["cells"]):
        if cell["metadata"].get("nbgrader", {}).get("grade_id") in ("q1", "q1-test", "q4"):
            twice["cells"].insert(0, cell | {"source": text_of(cell).split("\n")[0]})
    room.submit("twice", "ps1", twice)


MAGICS = ["%matplotlib inline", "%matplotlib notebook", "%matplotlib widget", "%matplotlib",
          "%matplotlib qt", "%pylab inline", "%config InlineBackend.figure_format = 'retina'",
          "%load_ext autoreload"]  # fmt: skip
STOPS = ["import pandas as pd", "from sympy import Symbol", "import seaborn, numpy as np"]
NUMBERS = {
    "fractions": (
        "from fractions import Fraction\ndef result(x):\n"
        "    return np.vectorize(lambda v: Fraction(float(v)), otypes=[object])(x)"
    ),
    "decimals": (
        "from decimal import Decimal\ndef result(x):\n"
        "    return np.vectorize(lambda v: Decimal(float(v)), otypes=[object])(x)"
    ),
    "python-lists": "def result(x):\n    return np.asarray(x).tolist()",
}
"""Right answers in numbers of another kind; all that is asked is their value."""


def honest(room):
    """Students who know the answers and meet with what computers do."""
    good = room.solved("ps1")
    for folder in ("Anna Maria Groß", "李 雷", "O'Brien (2)"):
        room.submit(folder, "ps1", good)

    magics = room.solved("ps1")
    for number, magic in enumerate(MAGICS):
        source = f"{magic}\nimport numpy as np\nran_{number} = True"
        magics["cells"].insert(2 * number, code(source))
    names = ", ".join(f"ran_{number}" for number in range(len(MAGICS)))
    magics["cells"].append(code(f"print('ALL RAN', all([{names}]))\nplt.plot([1, 2])"))
    room.submit("magics", "ps1", magics)

    stops = room.solved("ps1")
    stops["cells"][:0] = [code(f"{line}\nnever = 1") for line in STOPS]
    stops["cells"].append(code("1 / 0"))
    room.submit("stops", "ps1", stops)
    lost = room.solved("ps1")
    for cell in lost["cells"]:
        if text_of(cell) == "import numpy as np":
            cell["source"] = "import pandas\nimport numpy as np"
    room.submit("pandas-first", "ps1", lost)

    for student, source in NUMBERS.items():
        other = room.solved("ps1")
        for cell in other["cells"]:
            part = cell["metadata"].get("nbgrader", {}).get("grade_id")
            if part in ("q1", "q2", "q3"):
                name = {"q1": "heavy_sum", "q2": "outcomes", "q3": "long_way"}[part]
                cell["source"] += (
                    f"\n\n{source}\n\nright_{part} = {name}\n"
                    f"{name} = lambda *given: result(right_{part}(*given))"
                )
        room.submit(student, "ps1", other)
    room.submit("huge", "ps1", room.solved("ps1", q1="heavy_sum = lambda *given: 10**5000"))

    beside = room.released("ps1")
    at = next(k for k, c in enumerate(beside["cells"])
              if c["metadata"].get("nbgrader", {}).get("grade_id") == "q4")  # fmt: skip
    answer = {"cell_type": "markdown", "metadata": {}, "source": "My answer is here."}
    beside["cells"].insert(at + 1, answer)
    answers = [c for c in good["cells"] if c["cell_type"] == "code" and "nbgrader" in c["metadata"]]
    first = "\n\n".join(text_of(c) for c in answers if c["metadata"]["nbgrader"]["solution"])
    beside["cells"].insert(2, code(first))
    room.submit("beside", "ps1", beside)

    windows = room.solved("ps1", q4="*Your answer here.*")
    for cell in windows["cells"]:
        cell["source"] = text_of(cell).replace("\n", "\r\n")
    room.submit("windows", "ps1", windows)
    room.place("folder-of-that-name", "ps1").mkdir()


def table(*inputs):
    """Answers to the inputs that another class secret gives, or another student, or set."""
    from course import checks
    from course.sets import ProblemSet

    known = {}
    for number, check in enumerate(ProblemSet.named("ps1").checks["q1-test"]):
        for given, right in check.cases(checks.key(*inputs, "q1-test", number)):
            if isinstance(given[0], float):
                known[repr(given)] = float(right)
    assert len(known) > 40
    return f"table = {known!r}\nheavy_sum = lambda *given: table.get(repr(given), 0.0)"


def network(port):
    return (
        "import socket\ndef heavy_sum(theta, gamma):\n"
        f"    for host in ('127.0.0.1', 'localhost', '::1'):\n"
        f"        try: socket.create_connection((host, {port}), 1).sendall(b'hello')\n"
        "        except OSError: pass\n    return 0.0"
    )


class listener:
    """A server that remembers whether anybody called."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.calls = []
        threading.Thread(target=self.answer, daemon=True).start()
        return self.socket.getsockname()[1], self.calls

    def answer(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.calls.append(connection.recv(16))
            connection.close()

    def __exit__(self, *_):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
