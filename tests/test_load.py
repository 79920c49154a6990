"""The load test is one: it runs every cell in every kernel, and tells when one raises."""

import jupytext
import nbformat
import psutil
import pytest

from . import load

pytestmark = pytest.mark.slow


def notebook(folder, *sources):
    file = folder / "cells.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), file)
    return file


def test_two_kernels_run_a_chapter_at_once_and_the_server_is_gone_afterwards():
    before = set(psutil.Process().children(recursive=True))
    result = load.run(load.ROOT / "book" / "one-particle.md", kernels=2, limit=300)
    assert result.errors == []
    assert len(result.completed) == len(result.kernels) == 2
    assert 0 < result.first < result.total
    assert max(result.completed) <= result.total
    assert max(result.kernels) < result.peak <= 1.01 * (result.server + sum(result.kernels))
    assert set(psutil.Process().children(recursive=True)) == before


def test_memory_that_a_cell_takes_is_seen_in_its_kernel_alone(tmp_path):
    plain = load.run(notebook(tmp_path, "import time; time.sleep(1)"), kernels=1, limit=120)
    taken = "import time; kept = b'x' * 300_000_000; time.sleep(1)"
    full = load.run(notebook(tmp_path, taken), kernels=1, limit=120)
    taken = full.kernels[0] - plain.kernels[0]
    assert 250 < taken < 400
    assert abs(full.server - plain.server) < taken / 3


def test_a_cell_that_raises_is_an_error_in_every_kernel(tmp_path):
    result = load.run(notebook(tmp_path, "one = 1", "one / 0", "one = 2"), kernels=2, limit=120)
    assert len(result.errors) == 2
    assert all("ZeroDivisionError" in error and "one / 0" in error for error in result.errors)


def test_it_ends_when_the_time_is_up(tmp_path):
    before = set(psutil.Process().children(recursive=True))
    with pytest.raises(TimeoutError):
        load.run(notebook(tmp_path, "import time; time.sleep(600)"), kernels=1, limit=8)
    assert set(psutil.Process().children(recursive=True)) == before


@pytest.mark.parametrize("kernels", [0, -1, load.MOST_KERNELS + 1])
def test_the_number_of_kernels_is_bounded(kernels, tmp_path):
    with pytest.raises(ValueError, match=f"kernels must be from 1 to .*{kernels}"):
        load.run(notebook(tmp_path, "1"), kernels=kernels)


def test_the_chapter_has_cells_to_run():
    cells = jupytext.read(load.ROOT / "book" / "one-particle.md").cells
    assert sum(cell.cell_type == "code" for cell in cells) > 10
