"""The project's scripts on machines unlike this one: macOS, another Python, a checkout of CRLF."""

import os
import re
import shutil
import subprocess
import sys
import tomllib

import pytest

from . import macos
from .binder import ROOT

SCRIPTS = (".ci/publish", ".ci/python", ".ci/run", "postBuild")
MAKEFILE = (ROOT / "Makefile").read_text("utf8")


def run(folder, path, *command, **variables):
    """Run a command where `path` holds all the commands that there are."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    environment = kept | {"PATH": str(path)} | variables
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def mac(tmp_path):
    """A folder of macOS's commands."""
    return macos.install(tmp_path / "bin")


def pretend(folder, name, text="exit 0"):
    """Write a command that does as little."""
    macos.write(folder / name, f"#!/bin/sh\n{text}\n")


@pytest.fixture
def python(tmp_path):
    """A Python that makes an environment of commands that do nothing."""
    tools = sorted({*re.findall(r"\$\(BIN\)/([\w-]+)", MAKEFILE), "jupyter"} - {"python"})
    copies = "; ".join(f'cp "$0" "$3/bin/{tool}"' for tool in tools)
    making = (
        f'if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; {copies}; fi'
    )
    pretend(tmp_path, "a-python", f'{making}\nif [ "$1" = -c ]; then echo 3.12; fi')
    return tmp_path / "a-python"


@pytest.mark.parametrize(
    "command",
    [
        "cp --parents a b",
        "cp -t a b",
        "find -type f",
        "find . -type f -printf %p",
        "install -D a b/a",
        "mkdir --parents a",
        "mktemp -d --suffix=.a",
        "sed -i s/a/b/ a",
        "sed --regexp-extended s/a/b/ a",
        "rm a -f",
        "readlink -f a",
        "touch -d yesterday a",
    ],
)
def test_the_stand_ins_for_macos_refuse_what_only_gnu_takes(mac, tmp_path, command):
    (tmp_path / "a").mkdir()
    assert run(tmp_path, mac, "sh", "-c", command).returncode != 0


@pytest.mark.parametrize("target", re.findall(r"^([a-z-]+):.*##", MAKEFILE, re.MULTILINE))
def test_every_make_target_works_with_the_commands_of_macos(mac, tree, python, target):
    made = run(tree, mac, "make", target, f"PYTHON={python}", "SET=ps1")
    assert (made.returncode, made.stderr) == (0, "")
    settings = tree / ".venv" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert settings.exists() == (target not in {"help", "clean", "new-chapter", "new-explorer"})


def test_make_help_names_every_target_with_what_it_does(mac, tree):
    said = run(tree, mac, "make", "help").stdout
    assert re.search(r"^book {13}build every chapter into _build/html$", said, re.MULTILINE)
    assert len(said.splitlines()) == len(re.findall(r"^[a-z-]+:.*##", MAKEFILE, re.MULTILINE))


def test_what_binder_runs_last_works_with_the_commands_of_macos(mac, tree, tmp_path):
    pretend(
        mac, "jupyter-book", "mkdir -p _build/notebooks build && echo {} > _build/notebooks/a.ipynb"
    )
    pretend(mac, "python", f"echo '{tmp_path}/pre fix'")
    made = run(tree, mac, "./postBuild")
    assert (made.returncode, made.stderr) == (0, "")
    settings = tmp_path / "pre fix" / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    assert settings.read_bytes() == (ROOT / "book" / "_lab" / "overrides.json").read_bytes()
    assert [file.name for file in (tree / "notebooks").iterdir()] == ["a.ipynb"]
    assert not (tree / "_build").exists()
    assert not (tree / "build").exists()


@pytest.mark.parametrize("script", SCRIPTS)
def test_scripts_are_for_any_shell(script):
    """macOS has bash 3.2; dash, where there is one, knows POSIX and no more."""
    text = (ROOT / script).read_text("utf8")
    assert text.startswith("#!/bin/sh\n")
    shell = shutil.which("dash") or "sh"
    assert subprocess.run([shell, "-n", ROOT / script], check=False).returncode == 0
    assert not re.search(r"pipefail|\[\[|\w=\(|\$\{\w+\[|\blocal\b|<<<|\bfunction\b", text)


def supported():
    """The minor versions of Python 3 that the package says it supports."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text("utf8"))["project"][
        "requires-python"
    ]
    first, beyond = re.fullmatch(r">=3\.(\d+),<3\.(\d+)", wanted).groups()
    return list(range(int(first), int(beyond)))


@pytest.mark.parametrize("version", ["2.7", "3.1", "3.10", "3.15", "4.0", None])
def test_a_python_that_will_not_do_is_refused_before_anything_is_installed(
    mac, tree, tmp_path, version
):
    if version:
        pretend(tmp_path, "old", f"echo {version}")
    made = run(tree, mac, "make", "book", f"PYTHON={tmp_path}/old")
    assert made.returncode != 0
    assert (
        f"The book needs Python 3.11 to 3.14, and {tmp_path}/old is {version or 'not there'}.\n"
        "Install one of these and name it, such as: make book PYTHON=python3.11\n"
    ) in made.stderr
    assert not (tree / ".venv").exists()


@pytest.mark.parametrize("minor", supported())
def test_every_python_that_the_package_supports_will_do(mac, tmp_path, minor):
    pretend(tmp_path, "new", f"echo 3.{minor}")
    asked = run(ROOT, mac, "sh", ".ci/python", tmp_path / "new")
    assert (asked.returncode, asked.stderr) == (0, "")


def test_the_supported_pythons_are_said_alike_everywhere():
    minors = supported()
    assert sys.version_info[1] in minors
    workflow = (ROOT / ".github" / "workflows" / "book.yml").read_text("utf8")
    assert f"python: {[f'3.{minor}' for minor in minors]}".replace("'", '"') in workflow
    for name in ("README.md", "CONTRIBUTING.md"):
        text = (ROOT / name).read_text("utf8")
        assert f"Python 3.{minors[0]} to 3.{minors[-1]}" in text, name


def test_a_checkout_that_would_turn_line_ends_has_the_bytes_of_the_commit(tmp_path):
    clone = tmp_path / "clone"
    options = ["-c", "core.autocrlf=true", "-c", "core.eol=crlf"]
    subprocess.run(["git", "clone", "--quiet", *options, ROOT, clone], check=True)
    files = subprocess.check_output(["git", "-C", clone, "ls-files"], text=True).splitlines()
    assert set(SCRIPTS) <= set(files)
    for name in files:
        committed = subprocess.check_output(
            ["git", "-C", clone, "cat-file", "blob", f"HEAD:{name}"]
        )
        assert (clone / name).read_bytes() == committed, name
    for script in SCRIPTS:
        assert subprocess.run(["sh", "-n", clone / script], check=False).returncode == 0
