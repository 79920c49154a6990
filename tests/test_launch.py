"""Links to services that run a page: right for the repository that was built, or not there."""

import os
import re
import subprocess
import zipfile
from html import unescape
from urllib.parse import parse_qs, urlsplit

import launch
import pytest
from launch import Repository, find_hub, find_repository
from sphinx.errors import ExtensionError

from .test_extensions import Project

AT = Repository("someone", "waiting")
OPTIONS = {
    "extensions": ["myst_nb", "sphinx_book_theme", "launch"],
    "html_theme": "sphinx_book_theme",
    "html_math_renderer": "mathjax",
    "nb_ipywidgets_js": {},
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A small book whose notebooks were made, outside every service."""
    for variable in (launch.REPOSITORY, launch.HUB):
        monkeypatch.setenv(variable, "")
    made = tmp_path / "_build" / "notebooks"
    made.mkdir(parents=True)
    for name in ("index.ipynb", "other.ipynb", "retrolib-1-py3-none-any.whl"):
        (made / name).write_text(name)
    return Project(tmp_path)


def links(html):
    """The addresses of the buttons in a page's header, by the name in their class."""
    anchors = re.findall(r"<a\b[^>]*>", html)
    found = {re.search(r"btn-([a-z-]+)-button", anchor): anchor for anchor in anchors}
    return {
        name[1]: unescape(re.search('href="([^"]*)"', anchor)[1])
        for name, anchor in found.items()
        if name
    }


def test_a_page_built_from_a_repository_links_to_all_that_runs_it(project, monkeypatch):
    monkeypatch.setenv(launch.REPOSITORY, "https://github.com/someone/waiting")
    monkeypatch.setenv(launch.HUB, "https://hub.example.org")
    html, _ = project.build("# A page", **OPTIONS)
    found = links(html)
    assert found["binder"] == (
        "https://mybinder.org/v2/gh/someone/waiting/HEAD?urlpath=lab%2Ftree%2Fnotebooks%2Findex.ipynb"
    )
    hub = urlsplit(found["class-hub"])
    assert hub.geturl().startswith("https://hub.example.org/hub/user-redirect/git-pull?")
    assert parse_qs(hub.query) == {
        "repo": ["https://github.com/someone/waiting"],
        "branch": ["notebooks"],
        "urlpath": ["lab/tree/waiting/index.ipynb"],
    }
    assert found["colab"] == (
        "https://colab.research.google.com/github/someone/waiting/blob/notebooks/index.ipynb"
    )
    assert found["source"] == "https://github.com/someone/waiting/blob/HEAD/index.md"


def test_a_page_built_without_a_repository_has_no_such_link(project):
    html, _ = project.build("# A page", **OPTIONS)
    for service in ("mybinder", "colab", "git-pull", "github.com/someone", "binder-button"):
        assert service not in html


def test_a_hub_is_offered_only_if_it_is_named(project, monkeypatch):
    monkeypatch.setenv(launch.REPOSITORY, "https://github.com/someone/waiting")
    html, _ = project.build("# A page", **OPTIONS)
    assert "colab" in links(html)
    assert "class-hub" not in links(html)


def test_another_repository_is_seen_though_no_page_has_changed(project, monkeypatch):
    project.build("# A page", **OPTIONS)
    monkeypatch.setenv(launch.REPOSITORY, "https://github.com/someone/else")
    html, _ = project.build(**OPTIONS)
    assert "someone/else" in links(html)["binder"]


def test_with_or_without_one_a_page_offers_its_notebook_and_all(project):
    html, _ = project.build("# A page", **OPTIONS)
    folder = project.folder / "_build" / "html"
    assert (folder / links(html)["ipynb"]).read_text() == "index.ipynb"
    with zipfile.ZipFile(folder / links(html)["all-ipynb"]) as archive:
        assert sorted(archive.namelist()) == [
            "the-waiting-magnet/index.ipynb",
            "the-waiting-magnet/other.ipynb",
            "the-waiting-magnet/retrolib-1-py3-none-any.whl",
        ]


def test_a_book_without_notebooks_is_not_built(project):
    for file in (project.folder / "_build" / "notebooks").iterdir():
        file.unlink()
    with pytest.raises(ExtensionError, match="run `make notebooks`"):
        project.build("# A page", **OPTIONS)


@pytest.mark.parametrize(
    ("remote", "found"),
    [
        ("https://github.com/someone/waiting", "someone/waiting"),
        ("https://github.com/some-one/waiting.magnet.git", "some-one/waiting.magnet"),
        ("git@github.com:someone/waiting.git", "someone/waiting"),
        ("ssh://git@github.com/someone/waiting/", "someone/waiting"),
        ("https://gitlab.com/someone/waiting", ""),
        ("https://github.com.evil.org/someone/waiting", ""),
        ("https://user:word@github.com/someone/waiting", ""),
        ("/a/folder", ""),
        (None, ""),
    ],
)
def test_the_repository_is_gits_remote_if_that_is_on_github(tmp_path, monkeypatch, remote, found):
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    if remote:
        add = ["git", "-C", str(tmp_path), "remote", "add", "origin", remote]
        subprocess.run(add, check=True)
    monkeypatch.setattr(launch, "ROOT", tmp_path)
    monkeypatch.delenv(launch.REPOSITORY, raising=False)
    assert find_repository() == found


def git(folder, *arguments):
    named = ["-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run(["git", "-C", folder, *named, *arguments], check=True, capture_output=True)


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    """A repository with two commits and a remote on GitHub, taken for the book's."""
    folder = tmp_path / "checkout"
    git(tmp_path, "init", "--quiet", folder)
    git(folder, "remote", "add", "origin", "https://github.com/someone/waiting")
    for name in ("one", "two"):
        (folder / name).write_text(name)
        git(folder, "add", ".")
        git(folder, "commit", "--quiet", "-m", name)
    monkeypatch.setattr(launch, "ROOT", folder)
    monkeypatch.delenv(launch.REPOSITORY, raising=False)
    assert find_repository() == "someone/waiting"
    return folder


def test_a_shallow_clone_and_a_work_tree_know_their_repository(checkout, tmp_path, monkeypatch):
    git(checkout, "worktree", "add", tmp_path / "tree")
    git(tmp_path, "clone", "--depth", "1", checkout.as_uri(), tmp_path / "shallow")
    git(tmp_path / "shallow", "remote", "set-url", "origin", "https://github.com/someone/waiting")
    for name in ("tree", "shallow"):
        monkeypatch.setattr(launch, "ROOT", tmp_path / name)
        assert find_repository() == "someone/waiting"


def test_an_archive_has_none_nor_has_one_unpacked_in_another_repository(
    checkout, tmp_path, monkeypatch
):
    for place in (tmp_path, checkout):
        monkeypatch.setattr(launch, "ROOT", place / "unpacked")
        (place / "unpacked").mkdir()
        assert find_repository() == ""


def test_without_git_there_is_none(checkout, monkeypatch):
    monkeypatch.setenv("PATH", str(checkout))
    assert find_repository() == ""


def test_a_checkout_that_somebody_else_owns_has_none(checkout, monkeypatch):
    for variable in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM"):
        monkeypatch.setenv(variable, os.devnull)
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    status = subprocess.run(["git", "-C", checkout, "status"], capture_output=True, text=True)
    assert "dubious ownership" in status.stderr
    assert find_repository() == ""


@pytest.mark.parametrize("named", ["someone/waiting", "https://github.com/someone", "x y"])
def test_a_variable_that_names_no_repository_fails_the_build(monkeypatch, named):
    monkeypatch.setenv(launch.REPOSITORY, named)
    with pytest.raises(ExtensionError, match=f"BOOK_REPOSITORY .* got {named!r}"):
        find_repository()


@pytest.mark.parametrize("named", ["hub.example.org", "javascript:alert(1)", "https://a b"])
def test_a_variable_that_names_no_hub_fails_the_build(monkeypatch, named):
    monkeypatch.setenv(launch.HUB, named)
    with pytest.raises(ExtensionError, match="BOOK_HUB must be like"):
        find_hub()


def test_an_address_of_a_hub_may_have_a_path():
    assert AT.pull("https://hub.example.org/class/", "a.ipynb").startswith(
        "https://hub.example.org/class/hub/user-redirect/git-pull?"
    )
