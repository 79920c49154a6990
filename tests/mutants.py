"""Mutants of the numerical modules: `make mutants`, or `make mutants MODULE=chsh`.

Poodle makes the mutants, each in a copy of its own, and calls `run` for each and `report` at the
end. Those that no test notices are compared with `mutants.toml`, where each is said to be
equivalent and why.
"""

import ast
import gc
import json
import os
import resource
import signal
import sys
import time
import tomllib
from collections import Counter
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path

import pytest
from poodle import PoodleTestingFailedError, cli
from poodle.data_types import MutantTrialResult
from poodle.util import mutate_lines

ROOT = Path(__file__).parents[1]
LIST = tomllib.loads((ROOT / "tests" / "mutants.toml").read_text())
MODULES = LIST["tests"]
KNOWN = {(e["where"], *pair) for e in LIST.get("equivalent", []) for pair in e["mutants"]}
MEMORY = 6 * 2**30

os.environ |= {"OPENBLAS_NUM_THREADS": "1", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
# What the tests import, once for all mutants; not retrolib, which each takes from its copy.
for name in ("hypothesis.strategies", "mpmath", "playwright.sync_api", "qutip", "scipy.stats"):
    import_module(name)
gc.freeze()  # so that nobody looks for garbage in it after each mutant


class Order:
    """First the tests that take the least time for each mutant that they have killed so far."""

    def __init__(self, module, folder):
        self.seconds_file, self.killers_file = (
            folder / f"{module}.{kind}" for kind in ("seconds", "killers")
        )
        self.clean = not self.seconds_file.exists()
        self.seconds = {} if self.clean else json.loads(self.seconds_file.read_text())
        killers = [] if self.clean else self.killers_file.read_text().splitlines()
        self.kills = Counter(killers)

    @staticmethod
    def name(nodeid):
        return nodeid.rpartition("/")[-1]

    def usual(self, item):
        return self.seconds.get(self.name(item.nodeid), 0.0)

    def pytest_collection_modifyitems(self, items):
        items.sort(key=lambda i: self.usual(i) / (1 + self.kills[self.name(i.nodeid)]))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item):
        if not self.clean:  # the signal ends a process that takes far longer than it should
            signal.setitimer(signal.ITIMER_PROF, 5 + 10 * self.usual(item))
        start = time.process_time()
        result = yield
        if self.clean:
            self.seconds[self.name(item.nodeid)] = time.process_time() - start
        return result

    def pytest_runtest_logreport(self, report):
        if report.failed and not self.clean:
            with self.killers_file.open("a") as killers:
                killers.write(self.name(report.nodeid) + "\n")
            os._exit(1)

    def pytest_sessionfinish(self):
        if self.clean:
            self.seconds_file.write_text(json.dumps(self.seconds))
            self.killers_file.touch()


def tested(module, folder, notes):
    """Run the tests of one module with the retrolib of a folder, and exit as pytest does."""
    with open(folder / f"{module}.log", "w") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    sys.path.insert(0, str(folder))
    import_module("retrolib")
    options = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider"]
    if left_out := MODULES[module].get("without"):
        options += ["-k", f"not ({' or '.join(left_out)})"]
    tests = [*MODULES[module]["files"], str(folder / "retrolib" / f"{module}.py")]
    plugins = [Order(module, notes)]
    status = pytest.main([*options, *tests], plugins=plugins)
    sys.stdout.flush()
    os._exit(status)


def run(config, echo, run_folder, mutant, **_):
    """Test a mutant, or, at first, each module as it is; name one that lives at once."""
    folder = run_folder.resolve()
    chosen = [mutant.source_file.stem] if mutant.source_file else modules(config)
    for module in chosen:
        args = module, folder, config.work_folder.resolve()
        process = get_context("fork").Process(target=tested, args=args)
        process.start()
        process.join()
        if process.exitcode:
            log = (folder / f"{module}.log").read_text()
            return MutantTrialResult(True, MutantTrialResult.RC_FOUND, log)
    if mutant.source_file and where(mutant) not in KNOWN:
        echo(show(where(mutant)))
    return MutantTrialResult(False, MutantTrialResult.RC_NOT_FOUND)


def modules(config):
    return [module for module in MODULES if f"{module}.py" not in config.file_filters]


def where(mutant):
    """Return the function that a mutant is in, its line as it was and as it is now."""
    lines = mutant.source_file.read_text().splitlines(keepends=True)
    owner = mutant.source_file.stem
    for node in ast.walk(ast.parse("".join(lines))):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            if first <= mutant.lineno <= node.end_lineno:
                owner = f"{owner}.{node.name}"
    row = mutant.lineno - 1
    changed = "".join(mutate_lines(mutant, lines)).splitlines()
    return owner, lines[row].strip(), changed[row].strip()


def show(place):
    owner, before, after = place
    return f"  {owner}\n    - {before}\n    + {after}"


def report(config, echo, testing_results, **_):
    """Print how many mutants of each module were killed; fail if others live than the known."""
    made, killed, alive = Counter(), Counter(), set()
    for trial in testing_results.mutant_trials:
        module = trial.mutant.source_file.stem
        made[module] += 1
        killed[module] += trial.result.found
        if not trial.result.found:
            alive.add(where(trial.mutant))
    tried = modules(config)
    echo(f"\n{'module':15}{'mutants':>8}{'killed':>8}{'alive':>7}{'share':>9}")
    for name, chosen in [*((m, [m]) for m in tried), ("all", tried)]:
        total, dead = (sum(count[m] for m in chosen) for count in (made, killed))
        echo(f"{name:15}{total:8}{dead:8}{total - dead:7}{dead / total:9.1%}")
    of_these = {place for place in KNOWN if place[0].partition(".")[0] in tried}
    for title, places in [
        ("Alive and not in mutants.toml:", alive - KNOWN),
        ("In mutants.toml, but not alive:", of_these - alive),
    ]:
        if places:
            echo(f"\n{title}")
            echo("\n".join(map(show, sorted(places))))
    if alive - KNOWN or of_these - alive:
        raise PoodleTestingFailedError("The survivors are not those of tests/mutants.toml.")


def main(chosen):
    """Try the mutants of the modules named, or of all."""
    if not set(chosen) <= set(MODULES):
        raise SystemExit(f"MODULE must be one of {', '.join(MODULES)}, got {' '.join(chosen)}")
    keep = chosen or MODULES
    others = [p for p in (ROOT / "retrolib").rglob("*.py") if p.stem not in keep]
    cli.main(
        ["retrolib", "-c", "tests/mutants.toml", "--exclude", "explorers/*"]
        + [f"--exclude={name}" for name in sorted({path.name for path in others})]
    )


if __name__ == "__main__":
    main(sys.argv[1:])
