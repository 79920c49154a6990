"""The notebooks made of the pages: nothing lost, nothing left over, and they run on their own."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import jupytext
import nbformat
import pytest
from jupyter_cache import get_cache
from maths import expand
from notebooks import needed_code

ROOT = Path(__file__).parents[1]
MADE = ROOT / "_build" / "notebooks"
OFFERED = ROOT / "_build" / "html" / "notebooks"
CACHE = ROOT / "_build" / ".jupyter_cache"
PAGES = re.findall(r"^(?:root:|.*file:) book/([\w-]+)$", (ROOT / "_toc.yml").read_text(), re.M)
MYST = re.compile(
    r"^\s*(?:`{3,}|:{3,})\{|\{[a-z:]+\}`|^\([\w-]+\)=$|\{(?:eq|ref|doc|term|cite|glue)", re.M
)
# A formula may hold any of Markdown's signs.
MATHS = re.compile(r"\$\$.*?\$\$|\$[^$]*\$", re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
PRIVATE = re.compile(r"\\(?:sech|artanh|gd|sgn|dd|ee|ii|ket|bra|braket|abs|mean)(?![A-Za-z])")


def read(page):
    return nbformat.read(MADE / f"{page}.ipynb", as_version=4)


def text(page):
    """All the text of a notebook, without what is code in it."""
    cells = [cell.source for cell in read(page).cells if cell.cell_type == "markdown"]
    return re.sub(r"```.*?```|`[^`]*`", "", "\n\n".join(cells), flags=re.S)


def sources(page):
    """The code of a chapter's cells, each with whether the page shows it."""
    return [
        (cell.source, "remove-cell" not in cell.metadata.get("tags", []))
        for cell in jupytext.read(ROOT / "book" / f"{page}.md", fmt="md:myst").cells
        if cell.cell_type == "code"
    ]


def test_every_page_has_a_notebook_and_the_book_offers_it_and_all_in_one():
    assert {path.stem for path in MADE.glob("*.ipynb")} == set(PAGES)
    (wheel,) = MADE.glob("retrolib-*.whl")
    files = {f"{page}.ipynb" for page in PAGES} | {wheel.name}
    with zipfile.ZipFile(OFFERED / "the-waiting-magnet.zip") as archive:
        assert {Path(name).name for name in archive.namelist()} == files
        for name in archive.namelist():
            same = (MADE / Path(name).name).read_bytes()
            assert archive.read(name) == same == (OFFERED / Path(name).name).read_bytes()


@pytest.mark.parametrize("page", PAGES)
def test_a_notebook_is_valid_and_holds_no_outputs(page):
    book = read(page)
    nbformat.validate(book)
    assert len({cell.id for cell in book.cells}) == len(book.cells)
    for cell in book.cells:
        assert cell.source.strip()
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


@pytest.mark.parametrize("page", PAGES)
def test_no_myst_and_no_macro_of_ours_is_left(page):
    assert MYST.findall(MATHS.sub("", text(page))) == []
    assert PRIVATE.findall(text(page)) == []


@pytest.mark.parametrize("page", PAGES)
def test_every_cell_that_the_page_shows_is_there_in_order(page):
    cells = [cell.source for cell in read(page).cells if cell.cell_type == "code"]
    shown = [code for code, visible in sources(page) if visible]
    assert [code for code in cells if code in shown] == shown
    if shown:
        assert 'find_spec("retrolib") is None' in cells[0]
    assert not [code for code in cells if re.search(r"\bglue\b|myst_nb", code)]


@cache
def headings(page):
    """How references name the headings of a page's notebook."""
    found = re.findall(r"^#+ (.*)$", text(page), re.M)
    return {re.sub(r"\\(?=[*_\[\]<$`])", "", h).replace(" ", "-") for h in found}


@pytest.mark.parametrize("page", PAGES)
def test_every_reference_leads_to_a_notebook_and_a_heading(page):
    for reference in LINK.findall(MATHS.sub("", text(page))):
        if reference.startswith("https://"):
            continue
        file, _, name = reference.partition("#")
        target = Path(file).stem if file else page
        assert target in PAGES, reference
        assert not name or unquote(name) in headings(target), reference


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if "{exercise" in (ROOT / "book" / f"{page}.md").read_text("utf8")],
)
def test_every_exercise_has_its_solution_folded(page):
    source = (ROOT / "book" / f"{page}.md").read_text("utf8")
    count = len(re.findall(r"^`{3,}\{solution", source, re.M)) - len(
        re.findall(r"^`{3,}\{solution-end", source, re.M)
    )
    cells = read(page).cells
    folded = [i for i, cell in enumerate(cells) if cell.metadata.get("jp-MarkdownHeadingCollapsed")]
    assert len(folded) == count > 0
    for index in folded:
        assert cells[index].source.endswith("# Solution")
        above = [c.source for c in cells[:index] if c.source.startswith("#")][-1]
        assert re.match(r"#+ Exercise \d+\.\d+\. ★", above)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_computes_does_not_depend_on_chance_or_the_clock(page):
    chance = re.compile(
        r"default_rng\(\)|np\.random\.(?!default_rng|Generator)|import (?:random|time|datetime)\b"
    )
    assert [code for code, _ in sources(page) if chance.search(code)] == []


def test_what_later_cells_need_is_kept_of_a_cell_that_the_page_does_not_show():
    cells = [
        ("import numpy as np\nx = 1", False),
        (
            "from myst_nb import glue\n\n\ndef say(n):\n    glue('n', n)\n\n\n"
            "y = np.sin(x)\nz = 2\nsay(z)\nassert z == 2\nfor n in (1, 2):\n    say(n)\nstyle()",
            True,
        ),
        ("print(x)", False),
        ("w = lambda y: y", True),
        ("def f(w):\n    y = 3\n    return w + y\ny = 4", False),
    ]
    kept = needed_code(cells)
    assert kept[0] == cells[0][0]
    assert ast.dump(ast.parse(kept[1])) == ast.dump(ast.parse("style()"))
    assert kept[2] == "print(x)"
    assert kept[3] == ""

    cells[2] = ("print(y)", False)
    assert ast.dump(ast.parse(needed_code(cells)[1])) == ast.dump(
        ast.parse("y = np.sin(x)\nstyle()")
    )


@pytest.mark.parametrize(
    ("latex", "plain"),
    [
        (r"\sech 2\gamma", r"\operatorname{sech} 2\gamma"),
        (r"\sechx", r"\sechx"),
        (r"\abs{a_{b}} + \abs x", r"\left|{a_{b}}\right| + \left|x\right|"),
        (r"\mean{\abs{x}}", r"\left\langle{\left|{x}\right|}\right\rangle"),
        ("a\n  b", "a b"),
    ],
)
def test_a_formula_is_written_on_one_line_without_our_macros(latex, plain):
    assert re.sub(r"\s+", "", expand(latex)) == re.sub(r"\s+", "", plain)
    assert "\n" not in expand(latex)


def constraints(folder):
    """The book's pins, for an environment that is to hold few of them."""
    pins = re.findall(r"^(\S+==[^\\]+) \\$", (ROOT / "requirements.txt").read_text("utf8"), re.M)
    file = folder / "constraints.txt"
    file.write_text("\n".join(pins))
    return file


def environment(folder, *packages):
    """An environment with these packages and what they need."""
    uv = ["uv", "--quiet", "--system-certs"]
    subprocess.run([*uv, "venv", "--seed", "--python", sys.executable, folder / "env"], check=True)
    python = folder / "env" / "bin" / "python"
    command = [*uv, "pip", "install", "--python", python, "--constraint", constraints(folder)]
    subprocess.run([*command, *packages], check=True)
    return folder / "env" / "bin"


def execute(programs, folder, pages):
    """Run notebooks headless, with Jupyter's own command, two at a time."""
    clean = {k: v for k, v in os.environ.items() if not re.match("VIRTUAL_ENV|PYTHON|JUPYTER", k)}
    clean["PATH"] = os.pathsep.join([str(programs), clean["PATH"]])
    command = [programs / "jupyter", "execute", "--inplace", "--timeout=100"]
    waiting = [
        [*command, *(f"{page}.ipynb" for page in half)] for half in (pages[::2], pages[1::2])
    ]
    running = [
        subprocess.Popen(c, cwd=folder, env=clean, stderr=subprocess.PIPE, text=True)
        for c in waiting
        if len(c) > 4
    ]
    for process in running:
        _, said = process.communicate()
        assert process.returncode == 0, said[-4000:]


def printed(notebook):
    """Return what the cells of a notebook that was run have printed, by their code."""
    return {
        "".join(cell["source"]).strip(): "".join(
            "".join(out["text"]) for out in cell["outputs"] if out["output_type"] == "stream"
        ).rstrip()
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    }


def executed(page):
    """Return the notebook of a page as the book has it, with its outputs."""
    cache = get_cache(CACHE)
    records = [one for one in cache.list_cache_records() if Path(one.uri).stem == page]
    return cache.get_cache_bundle(max(records, key=lambda one: one.created).pk).nb


@pytest.mark.slow
def test_the_first_cell_installs_the_package_from_the_wheel_beside_it_and_all_pages_run(tmp_path):
    """With what the package says that it needs and Jupyter, and they print what the book shows."""
    needs = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"]["dependencies"]
    programs = environment(tmp_path, *needs, "jupyterlab")
    folder = tmp_path / "two words"
    folder.mkdir()
    shutil.copy(MADE / "intro.ipynb", folder)
    lonely = subprocess.run(
        [programs / "jupyter", "execute", "intro.ipynb"], cwd=folder, capture_output=True, text=True
    )
    assert "Put this notebook beside the wheel of retrolib" in lonely.stderr
    (wheel,) = MADE.glob("retrolib-*.whl")
    shutil.copy(wheel, folder)
    execute(programs, folder, ["intro"])
    others = [page for page in PAGES if page != "intro"]
    for page in others:
        shutil.copy(MADE / f"{page}.ipynb", folder)
    execute(programs, folder, others)
    compared = 0
    for page in filter(sources, PAGES):
        here = printed(json.loads((folder / f"{page}.ipynb").read_text("utf8")))
        there = printed(executed(page))
        alike = here.keys() & there.keys()
        compared += len(alike)
        for code in alike:
            assert here[code] == there[code], (page, code)
    assert compared > 100
