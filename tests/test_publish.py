"""The branch that classes pull their notebooks from only ever grows."""

import os
import shutil
import subprocess

import pytest

from . import macos
from .binder import ROOT

NAME = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
NAME |= {key.replace("AUTHOR", "COMMITTER"): value for key, value in NAME.items()}


def git(folder, *arguments):
    command = ["git", "-C", str(folder), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def publish(tmp_path, monkeypatch):
    """Publish files, given by name and content, from a repository with a remote one.

    The script has the commands of macOS and no others.
    """
    commands = {"PATH": str(macos.install(tmp_path / "bin"))}
    for name, value in NAME.items():
        monkeypatch.setenv(name, value)
    remote = tmp_path / "remote.git"
    here = tmp_path / "here"
    git(tmp_path, "init", "--quiet", "--bare", str(remote))
    git(tmp_path, "init", "--quiet", str(here))
    git(here, "remote", "add", "origin", str(remote))
    (here / ".gitignore").write_text("*.whl\nmade\n")
    shutil.copytree(ROOT / ".ci", here / ".ci")
    git(here, "add", ".")
    git(here, "commit", "--quiet", "-m", "The book")

    def run(**files):
        shutil.rmtree(here / "made", ignore_errors=True)
        (here / "made").mkdir()
        for name, content in files.items():
            (here / "made" / name.replace("_", ".")).write_text(content)
        command = [here / ".ci" / "publish", "made"]
        subprocess.run(command, cwd=here, env=os.environ | commands, check=True)
        assert git(here, "status", "--porcelain") == ""
        return remote

    return run


def test_the_branch_holds_the_files_at_its_root_and_nothing_else(publish):
    remote = publish(one_ipynb="1", retrolib_whl="w")
    assert git(remote, "ls-tree", "-r", "--name-only", "notebooks") == "one.ipynb\nretrolib.whl"
    assert git(remote, "branch", "--format=%(refname:short)") == "notebooks"


def test_a_change_is_one_more_commit_on_top(publish):
    publish(one_ipynb="1", two_ipynb="2")
    remote = publish(one_ipynb="1 changed")
    assert git(remote, "rev-list", "--count", "notebooks") == "2"
    assert git(remote, "ls-tree", "--name-only", "notebooks") == "one.ipynb"
    assert git(remote, "show", "notebooks~1:two.ipynb") == "2"


def test_no_change_is_no_commit(publish):
    publish(one_ipynb="1")
    remote = publish(one_ipynb="1")
    assert git(remote, "rev-list", "--count", "notebooks") == "1"
