"""What `make book` promises: from a clean clone, quick when nothing changed, never stale."""

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def make_book(folder):
    environment = {k: v for k, v in os.environ.items() if not k.startswith("MAKE")}
    environment["PATH"] = os.pathsep.join(
        place for place in environment["PATH"].split(os.pathsep) if ".venv" not in place
    )
    result = subprocess.run(
        ["make", "book"], cwd=folder, env=environment, capture_output=True, text=True, check=False
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


@pytest.mark.slow
def test_a_clean_clone_builds_again_only_what_changed_and_the_same_each_time(tmp_path):
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
    assert "make serve" in make_book(clone)
    first = built_files(clone)
    stamp = (clone / "_build" / "inputs").stat().st_mtime_ns

    second_log = make_book(clone)
    assert "Executing notebook" not in second_log
    assert (clone / "_build" / "inputs").stat().st_mtime_ns == stamp
    assert built_files(clone) == first

    figures = clone / "retrolib" / "figures.py"
    original = figures.read_text("utf8")
    (blue,) = re.findall(r'^ALICE = "#(\w+)"', original, flags=re.MULTILINE)
    figures.write_text(original.replace(blue, "0b6fbe"), "utf8")
    make_book(clone)
    changed = [name for name, content in built_files(clone).items() if b"#0b6fbe" in content]
    assert changed, "a changed constant in retrolib did not reach the built figures"

    figures.write_text(original, "utf8")
    make_book(clone)
    again = built_files(clone)
    assert again.keys() == first.keys()
    assert [name for name in first if first[name] != again[name]] == []


@pytest.mark.slow
@pytest.mark.parametrize("platform", ["x86_64-manylinux_2_28", "aarch64-apple-darwin"])
@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
def test_the_pins_can_be_installed_on_every_supported_python(python, platform, tmp_path):
    command = ["uv", "pip", "install", "--dry-run", "--system-certs", "--require-hashes"]
    command += ["--only-binary", ":all:", "--target", str(tmp_path)]
    command += ["--python-version", python, "--python-platform", platform]
    for part in ("", "-html", "-dev", "-course"):
        command += ["-r", str(ROOT / f"requirements{part}.txt")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "Would install" in result.stderr
