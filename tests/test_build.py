"""What `make book` promises: from an archive, quick when nothing changed, never stale."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from . import fixture, macos

ROOT = Path(__file__).parent.parent


def make_book(folder, commands):
    """Return what `make book` says where `commands` holds all the commands that there are."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    environment |= {"PATH": str(commands), "PIP_NO_COMPILE": "1"}
    result = subprocess.run(
        ["make", "book", f"PYTHON={sys.executable}"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout[-4000:] + result.stderr[-4000:]
    return result.stdout


def built_files(folder):
    html = folder / "_build" / "html"
    return {
        path.relative_to(html): path.read_bytes()
        for path in sorted(html.rglob("*"))
        if path.suffix in {".html", ".svg", ".js", ".css"}
    }


def different(some, others):
    """The files that are not the same in two builds."""
    return sorted(
        str(name) for name in some.keys() | others.keys() if some.get(name) != others.get(name)
    )


@pytest.mark.slow
def test_an_archive_builds_without_git_and_again_only_what_changed_and_the_same_each_time(tmp_path):
    """The commands are those of macOS; git is not among them. The pages are the small book's."""
    commands = macos.install(tmp_path / "bin")
    (commands / "git").unlink()
    book = tmp_path / "book"
    book.mkdir()
    archive = subprocess.check_output(["git", "-C", ROOT, "archive", "HEAD"])
    subprocess.run(["tar", "-x", "-C", book], input=archive, check=True)
    fixture.write_pages(book)
    first_log = make_book(book, commands)
    assert "make serve" in first_log
    assert "Executing notebook" not in first_log, "Sphinx does not take what was executed before"
    first = built_files(book)
    assert not [name for name, content in first.items() if b"btn-binder-button" in content]
    stamp = (book / "_build" / "inputs").stat().st_mtime_ns

    second_log = make_book(book, commands)
    assert "Executing notebook" not in second_log
    assert (book / "_build" / "inputs").stat().st_mtime_ns == stamp
    assert different(first, built_files(book)) == []

    figures = book / "retrolib" / "figures.py"
    original = figures.read_text("utf8")
    (blue,) = re.findall(r'^ALICE = "#(\w+)"', original, flags=re.MULTILINE)
    figures.write_text(original.replace(blue, "0b6fbe"), "utf8")
    make_book(book, commands)
    changed = [name for name, content in built_files(book).items() if b"#0b6fbe" in content]
    assert changed, "a changed constant in retrolib did not reach the built figures"

    figures.write_text(original, "utf8")
    make_book(book, commands)
    assert different(first, built_files(book)) == []


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["x86_64-manylinux_2_28", "aarch64-apple-darwin"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13", "3.14"])
def test_the_pins_can_be_installed_on_every_supported_python(python, platform, tmp_path):
    command = ["uv", "pip", "install", "--dry-run", "--system-certs", "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", str(tmp_path)]
    command += ["--python-version", python, "--python-platform", platform]
    for part in ("", "-html", "-dev", "-course"):
        command += ["-r", str(ROOT / f"requirements{part}.txt")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "Would install" in result.stderr
