"""What Binder does with this repository: repo2docker's own recipe, followed without Docker.

repo2docker makes an image in two halves. The first, the base, does not depend on the repository: an
Ubuntu with a conda environment of fixed versions. Here a virtual environment stands in for it, at
the place below the folder where the image has it below `/`, with the base's Python packages from
PyPI in those versions. Its Node is left out, so whatever needed it would fail. The second half is
commands and a script; they are run as repo2docker writes them. One that is not known here is
refused, so that nothing of the recipe is dropped.
"""

from __future__ import annotations

import contextlib
import os
import re
import string
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import repo2docker.buildpacks.conda as conda
from repo2docker.app import Repo2Docker

__all__ = ["Environment", "Recipe", "binder_environment", "recipe"]

ROOT = Path(__file__).parents[1]
KNOWN = (
    '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "requirements.txt"',
    "${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir .",
    "./postBuild",
)
# What is called otherwise in conda's lists than on PyPI; None is no Python package.
ON_PYPI = {"jupyterhub-singleuser": "jupyterhub", "nodejs": None, "pip": None, "python": None}


class Recipe(NamedTuple):
    """What repo2docker found in a folder, and what it would do."""

    buildpack: str
    python: str
    base: list[str]  # Python packages of the base environment, pinned
    variables: list[tuple[str, str]]  # of the image, in order: later ones use earlier ones
    path: list[str]
    commands: list[str]  # run in the repository's folder, as an ordinary user


class Environment(NamedTuple):
    """What the image holds: the repository's folder and a Python environment."""

    folder: Path
    prefix: Path
    variables: dict[str, str]

    def start(self, *command: str | Path, **options: Any) -> subprocess.Popen[str]:
        """Start a command as it would run in the image."""
        return subprocess.Popen(command, cwd=self.folder, env=self.variables, text=True, **options)

    def run(self, *command: str | Path) -> str:
        """Run a command as it would run in the image; return what it said."""
        process = self.start(*command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        said, _ = process.communicate()
        if process.returncode:
            raise RuntimeError(f"{command} failed:\n{said[-8000:]}")
        return said


def base_packages(python: str) -> list[str]:
    """Read from repo2docker's lists what the base environment was asked for, and got."""
    folder = Path(conda.HERE)
    asked = (folder / f"environment.py-{python}.yml").read_text("utf8")
    lock = (folder / f"environment.py-{python}-linux-64.lock").read_text("utf8")
    got = dict(re.findall(r"^https\S*/([^/]+)-([^-/]+)-[^-/]+\.(?:conda|tar\.bz2)", lock, re.M))
    names = re.findall(r"^- ([a-z][\w-]*)", asked.partition("dependencies:")[2], re.M)
    return [f"{ON_PYPI.get(n, n)}=={got[n]}" for n in names if ON_PYPI.get(n, n)]


def recipe(folder: Path) -> Recipe:
    """Ask repo2docker what it would do with a folder; refuse what is not known here."""
    app = Repo2Docker()
    with contextlib.chdir(folder):
        found = (pack(base_image=app.base_image) for pack in app.buildpacks)
        pack = next((pack for pack in found if pack.detect()), None)
        if not isinstance(pack, conda.CondaBuildPack):
            raise ValueError(f"what repo2docker would do with {folder} is not known here: {pack}")
        pack.platform = "linux/amd64"
        if pack.get_packages() or pack.get_start_script():
            raise ValueError("the image would need packages of Ubuntu's, or a start script")
        scripts = [*pack.get_preassemble_scripts(), *pack.get_assemble_scripts()]
        scripts += [("${NB_USER}", f"./{script}") for script in pack.get_post_build_scripts()]
        for user, script in scripts:
            if user != "${NB_USER}" or script not in KNOWN:
                raise ValueError(f"a step that is not known here, as {user}: {script}")
        return Recipe(
            buildpack=type(pack).__name__,
            python=pack.python_version,
            base=base_packages(pack.python_version),
            variables=[*pack.get_build_env(), *pack.get_env()],
            path=pack.get_path(),
            commands=[script for _, script in scripts],
        )


def binder_environment(folder: Path, source: Path = ROOT) -> Environment:
    """Follow the recipe of a clean clone of `source` in an empty folder.

    JupyterLab starts in it with `environment.start(environment.prefix / "bin" / "jupyter-lab")`.
    """
    home = folder / "home" / "jovyan"
    subprocess.run(["git", "clone", "--quiet", str(source), str(home)], check=True)
    steps = recipe(home)

    own = re.compile(r"VIRTUAL_ENV|MAKE.*|MFLAGS|PYTHON.*|JUPYTER.*|IPYTHON.*|BASH_ENV")
    variables = {k: v for k, v in os.environ.items() if not own.fullmatch(k)}
    variables |= {"HOME": str(home), "REPO_DIR": str(home), "USER": "jovyan", "NB_USER": "jovyan"}
    for name, value in steps.variables:
        filled = string.Template(value).substitute(variables)
        variables[name] = str(folder / "srv") if name == "APP_BASE" else filled
    outside = [p for p in variables["PATH"].split(os.pathsep) if ".venv" not in p]
    inside = [string.Template(place).substitute(variables) for place in steps.path]
    variables["PATH"] = os.pathsep.join([*inside, *outside])

    prefix = Path(variables["NB_PYTHON_PREFIX"])
    uv = ["uv", "venv", "--quiet", "--system-certs", "--seed", "--python"]
    subprocess.run([*uv, steps.python, prefix], check=True)
    environment = Environment(home, prefix, variables)
    environment.run(prefix / "bin" / "pip", "install", *steps.base)
    for command in steps.commands:
        if command == "./postBuild":
            environment.run("chmod", "+x", command)
        environment.run("sh", "-c", command)
    return environment
