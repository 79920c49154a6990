"""Timings as ratios within one run, beside their limits: ``make bench``.

Nothing here passes or fails; figures depend on the machine, the limits are what we aim for.
"""

from __future__ import annotations

import json
import tempfile
import time
import tracemalloc
import zipfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from retrolib import (
    PairModel,
    chsh,
    lorentzian,
    one_particle,
    pair,
    preparations,
    wrapped_lorentzian,
)

from . import load, sizes
from .browser import bench as browser
from .browser import frame_bench, lab_bench, page_bench
from .course.classroom import Classroom

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

COUNT = 10**7
REPEATS = 5
HEAVIEST = load.ROOT / "_build" / "notebooks" / "tsirelson.ipynb"


class Figure(NamedTuple):
    """One line of the table."""

    what: str
    value: float
    limit: float
    unit: str


def ratio(work: Callable[[], object], yardstick: Callable[[], object]) -> float:
    """Time both in turns and return the ratio of the medians."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(REPEATS):
        for function, record in zip((work, yardstick), seconds, strict=True):
            start = time.perf_counter()
            function()
            record.append(time.perf_counter() - start)
    return median(seconds[0]) / median(seconds[1])


def peak_gigabytes(work: Callable[[], object]) -> float:
    """Return the most memory that the work holds at once, its result included."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e9


def closed_form() -> list[Figure]:
    """Return what the sum over all windings costs, beside one sine."""
    theta = np.random.default_rng(1).uniform(-10.0, 10.0, COUNT)
    value = ratio(lambda: wrapped_lorentzian(theta, 0.1), lambda: np.sin(theta))
    return [Figure("wrapped_lorentzian, 10^7 angles", value, 3.0, "x np.sin")]


def sampling() -> list[Figure]:
    """Return what exact histories cost, beside numpy's Cauchy numbers."""
    rng = np.random.default_rng(1)
    figures = []
    for theta, gamma in [(np.pi / 2, 0.0), (1.0, 0.1), (np.pi / 2, 10.0), (1.0, 1e3)]:

        def draw(theta: float = theta, gamma: float = gamma) -> object:
            return one_particle.sample(theta, gamma, size=COUNT, rng=rng)

        what = f"sample, 10^7 histories at theta = {theta:.3g}, gamma = {gamma:g}"
        value = ratio(draw, lambda: rng.standard_cauchy(COUNT))
        figures.append(Figure(what, value, 4.0, "x standard_cauchy"))
        figures.append(Figure("    memory at its peak", peak_gigabytes(draw), 1.0, "GB"))
    return figures


def pairs() -> list[Figure]:
    """Return what exact pairs cost, beside as many uniform numbers as they have fields."""
    rng = np.random.default_rng(1)
    figures = []
    for a, gamma in [(np.pi / 3, 0.0), (1.0, 0.1), (np.pi / 2, 5.0)]:

        def draw(a: float = a, gamma: float = gamma) -> object:
            return pair.sample(a, 0.0, gamma, size=10**6, rng=rng)

        what = f"pair.sample, 10^6 pairs at theta = {a:.3g}, gamma = {gamma:g}"
        value = ratio(draw, lambda: rng.random(5 * 10**6))
        figures.append(Figure(what, value, 12.0, "x uniforms"))
    return figures


def model() -> list[Figure]:
    """Return what a one-sided preparation costs on a grid, beside one product of matrices."""
    prepared = PairModel(
        lambda alpha: lorentzian(alpha, 0.1), preparation=preparations.von_mises(4.0)
    )
    grid = np.linspace(0.0, 2.0 * np.pi, 360, endpoint=False)
    left, right = np.random.default_rng(1).random((2, 360, prepared.nodes))
    value = ratio(lambda: prepared.joint(grid[:, None], grid), lambda: left @ right.T)
    what = f"PairModel.joint, 360 x 360 settings, {prepared.nodes} points"
    return [Figure(what, value, 15.0, "x product")]


def search() -> list[Figure]:
    """Return what the paper's search costs, beside one pass that fills the same array."""

    def search() -> object:
        return chsh.scan(0.1, np.pi / 100, 200)

    value = ratio(search, lambda: np.full((201, 201, 201), 1.0))
    return [
        Figure("chsh.scan, 201^3 settings", value, 4.0, "x np.full"),
        Figure("    memory at its peak", peak_gigabytes(search), 0.3, "GB"),
    ]


def grading() -> Iterator[Figure]:
    """Return what a class of 100 takes, from Moodle's download to the files that it takes back."""
    with tempfile.TemporaryDirectory() as folder:
        classroom = Classroom(Path(folder) / "work")
        classroom.do("release", "ps1")
        download = moodle_download(classroom, "ps1", 100, Path(folder))
        steps = [
            ("collect", "ps1", "--from", str(download)),
            ("grade", "ps1"),
            ("feedback", "ps1"),
            ("export", "ps1"),
            ("similar", "ps1"),
            ("grade", "ps1", "--student", "Student 7"),
            ("feedback", "ps1", "--student", "Student 7"),
            ("export", "ps1"),
        ]
        total = 0.0
        for step in steps:
            start = time.perf_counter()
            classroom.do(*step)
            minutes = (time.perf_counter() - start) / 60
            total += minutes
            what = " ".join(word for word in step if str(folder) not in word)
            yield Figure(f"    course {what}", minutes, 5.0, "min")
        yield Figure("a class of 100, from download to files for the platform", total, 5.0, "min")


def moodle_download(classroom: Classroom, name: str, size: int, folder: Path) -> Path:
    """Write a zip as Moodle makes it: most know something, some nothing, each in its own words."""
    blank, whole = classroom.released(name), classroom.solved(name)
    path = folder / "submissions.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(size):
            wrong = classroom.solved(name, q1="heavy_sum = lambda theta, gamma: 0.0 * theta")
            empty = number % 10 == 9
            notebook = blank if empty else wrong if number % 3 == 2 else whole
            for cell in notebook["cells"]:
                if not empty and cell["metadata"].get("nbgrader", {}).get("grade_id") == "q4":
                    cell["source"] = f"Answer number {number}: the error is small."
            file = ("ps1.ipynb", "ps1 (1).ipynb", "PS1.IPYNB")[number % 3]
            inside = f"Student {number}_{3000 + number}_assignsubmission_file/{file}"
            archive.writestr(inside, json.dumps(notebook))
    return path


def explorers() -> list[Figure]:
    """Return what an explorer's slider costs in the browser, its drawing and layout included."""
    return [Figure(what, value, limit, "ms") for what, value, limit in browser.run()]


def frames() -> list[Figure]:
    """Return what an explorer's frame costs in its page, beside the same explorer alone."""
    return [
        Figure(
            f"{Path(f.page).stem}, {f.elements} elements: {f.explorer}, "
            f"{f.alone:.1f} ms alone, {f.within:.1f} ms",
            f.within / f.alone,
            1.5,
            "x alone",
        )
        for f in frame_bench.run()
    ]


def web_pages() -> Iterator[Figure]:
    """Return what each page weighs, and by how much Lighthouse's verdicts miss 100 points."""
    for page in page_bench.run():
        name = f"{Path(page.name).stem}, {page.elements} elements"
        yield Figure(name, page.kilobytes, 350.0, "KB compressed")
        yield Figure("    requests", page.requests, 25, "")
        for form, audit in page.audits.items():
            for category, points in audit.points.items():
                least = {"mobile": 90, "desktop": 99}[form] if category == "performance" else 100
                what = f"    {form}, {category}: points lost"
                yield Figure(what, 100 - points, 100 - least, "of 100")
            yield Figure(f"    {form}, layout shift", audit.shift, 0.02, "")
            yield Figure(f"    {form}, blocking time", audit.blocking, 200.0, "ms")


def explorers_in_jupyterlab() -> list[Figure]:
    """Return what a slider costs in JupyterLab, from event to the frame that shows its effect."""
    return [Figure(what, value, limit, "x interact") for what, value, limit in lab_bench.run()]


def image() -> list[Figure]:
    """Return what the packages of requirements.txt take on disk, and the largest of them."""
    installed = sizes.installed()
    largest = list(installed.items())[: sizes.SHOWN]
    return [
        Figure(
            f"requirements.txt, {len(installed)} packages", sum(installed.values()), 650.0, "MB"
        ),
        *[Figure(f"    {name}", megabytes, 150.0, "MB") for name, megabytes in largest],
    ]


def session() -> list[Figure]:
    """Return what one student's JupyterLab takes to run the chapter that needs the most memory."""
    one = load.run(HEAVIEST, kernels=1)
    return [
        Figure("one session: JupyterLab started, a kernel ready", one.first, 15.0, "s"),
        Figure(f"    and {HEAVIEST.stem} run through", one.total, 60.0, "s"),
        Figure("    memory of its server", one.server, 150.0, "MB"),
        Figure("    memory of both at its peak", one.peak, 512.0, "MB"),
        Figure("    cells that raised", len(one.errors), 0, ""),
    ]


def class_at_once() -> list[Figure]:
    """Return what ten kernels take that start at once and run that chapter."""
    ten = load.run(HEAVIEST, kernels=10)
    return [
        Figure("ten kernels at once: the first one ready", ten.first, 30.0, "s"),
        Figure(f"    {HEAVIEST.stem} run through, median", median(ten.completed), 300.0, "s"),
        Figure("    the longest", max(ten.completed), 300.0, "s"),
        Figure("    memory of one kernel at its peak", max(ten.kernels), 512.0, "MB"),
        Figure("    memory of them all at its peak", ten.peak, 5120.0, "MB"),
        Figure("    cells that raised", len(ten.errors), 0, ""),
    ]


BENCHMARKS: list[Callable[[], Iterable[Figure]]] = [
    closed_form,
    sampling,
    pairs,
    model,
    search,
    grading,
    explorers,
    frames,
    web_pages,
    explorers_in_jupyterlab,
    image,
    session,
    class_at_once,
]


def main() -> None:
    """Print every figure beside its limit."""
    for benchmark in BENCHMARKS:
        for what, value, limit, unit in benchmark():
            mark = "" if value <= limit else "  over the limit"
            print(f"{what:<60} {value:7.2f}  (at most {limit:g}) {unit}{mark}", flush=True)


if __name__ == "__main__":
    main()
