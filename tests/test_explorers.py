"""The Python side of the explorers: traits, their limits, and their life as ipywidgets."""

import math

import ipywidgets
import pytest
import traitlets

from retrolib import explorers

ALL = [getattr(explorers, name) for name in explorers.__all__]


def clamped(explorer):
    return list(explorer.ranges.items())


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
def test_the_ranges_sent_to_the_page_are_the_traits_own(explorer_class):
    explorer = explorer_class()
    state = explorer.get_state()
    for name, limits in clamped(explorer):
        assert limits["low"] <= limits["start"] <= limits["high"]
        assert limits["step"] > 0
        assert state[name] == limits["start"]
        assert isinstance(state[name], int) == isinstance(limits["start"], int)
    assert state["ranges"] == explorer.ranges
    with pytest.raises(traitlets.TraitError):
        explorer.ranges = {}


@pytest.mark.parametrize("explorer_class", ALL)
def test_an_explorer_is_one_module_without_imports(explorer_class):
    module = explorer_class().get_state()["_esm"]
    assert "export default { render }" in module
    assert "export function lorentzian" in module
    assert not [line for line in module.splitlines() if line.startswith("import")]


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
