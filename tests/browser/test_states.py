"""A page's state can be tampered with: an explorer keeps to its traits' domains or is not drawn."""

import json
import math

import pytest

from retrolib import explorers

from .alone import alone, saved
from .book import Explorer, settle

pytestmark = pytest.mark.browser

ALL = [getattr(explorers, name) for name in explorers.__all__]
MISSING = object()
SCRIPT = "<img src=x onerror='hit = 1'><script>hit = 1</script>"
NUMBERS = [
    *[1e9, -1e9, 1e308, -1e308, math.inf, -math.inf, 2**53, -0.0, 0.7, 2.5],
    *["wide", "NaN", "Infinity", "0.3", "1e999", "", SCRIPT, "constructor", "__proto__"],
    *[None, True, False, [], [0.3], {}, {"valueOf": 1}, {"low": -9}, MISSING],
]
WORDS = [
    *["brownian ", "Cauchy", "same,", "", SCRIPT, "constructor", "__proto__", "toString", "0"],
    *[0, 1, 1e999, None, True, [], ["cauchy"], ["same"], {}, {"cauchy": 1}, MISSING],
]
STRANGERS = {
    "constructor": SCRIPT,
    "name": SCRIPT,
    "evil": SCRIPT,
    "ranges": {"gamma": {"low": -1e9, "high": 1e9, "start": SCRIPT, "step": "x"}},
    "domains": {"gamma": {"low": -1e9, "high": 1e9, "start": SCRIPT, "step": "x"}},
    "_esm": "hit = 1",
}
# Of each explorer: what must not stand in it, how many elements of a stranger's, what its controls
# are set to, and what it displays.
ALL_OF_THEM = """[...document.querySelectorAll(".live .explorer")].map((root) => {
  const list = (parts, what) =>
    [...root.querySelectorAll(parts)].map((part) => [part.name, what(part)]);
  return [
    ["NaN", "Infinity", "undefined", "[object"].filter((word) => root.outerHTML.includes(word)),
    root.querySelectorAll("img, script, iframe, a").length,
    list("input, select", (part) => part.value),
    Object.fromEntries(list("output", (part) => part.dataset.value)),
  ];
})"""


def expected(value, domain):
    """Return the value of the domain that an explorer should take for this one."""
    if "words" in domain or isinstance(value, bool) or not isinstance(value, int | float):
        return domain["start"]
    inside = min(max(value, domain["low"]), domain["high"])
    return math.floor(inside + 0.5) if "whole" in domain else inside


def tampered(kind, number, word):
    """Return an explorer with this in place of each number, and this of each word."""
    shown = saved(kind(), f"{number}, {word}")
    traits = {n: word if "words" in d else number for n, d in kind.domains.items()}
    shown["state"] = STRANGERS | {n: v for n, v in traits.items() if v is not MISSING}
    return shown


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.set_default_timeout(5000)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    yield page
    page.close()


@pytest.mark.parametrize("kind", ALL)
def test_tampered_values_move_into_the_domain_or_become_the_start(page, kind):
    values = [(number, WORDS[i % len(WORDS)]) for i, number in enumerate(NUMBERS)]
    assert set(map(str, WORDS)) <= {str(word) for _, word in values}
    html = alone(*(tampered(kind, *both) for both in values))
    page.set_content(html.replace("Infinity,", "1e999,").replace("Infinity}", "1e999}"))
    settle(page)
    assert page.evaluate("typeof hit") == "undefined"
    found = page.evaluate(ALL_OF_THEM)
    for (number, _), (bad, strange, controls, outputs) in zip(values, found, strict=True):
        assert (bad, strange) == ([], 0)
        shown = {name: float(value) for name, value in outputs.items()}
        assert all(map(math.isfinite, shown.values()))
        assert len(controls) > 1
        for name, value in controls:
            if name == "time":  # No trait: each view has its own.
                assert value == "1"
                continue
            domain = kind.domains[name]
            wanted = expected(number, domain)
            if "words" in domain:
                assert value == wanted, (name, number)
            else:
                assert float(value) == pytest.approx(wanted, abs=domain["step"] / 1.9), name
                if name in shown:
                    assert shown[name] == wanted, (name, number)
    assert page.errors == []


@pytest.mark.parametrize(
    "data",
    [
        *['{"id": "bad"', "", "null", "7", '"text"', "[]", "{}", "NaN", SCRIPT.replace("</", "<")],
        '{"id": "bad", "module": "MODULE", "state": {"gamma": NaN}}',
        '{"id": "bad", "module": "MODULE", "state": {"gamma": Infinity}}',
        *(
            json.dumps({"id": "bad", "module": module, "state": {}})
            for module in ("other.js", "constructor", "__proto__", "toString", None, 7, {}, SCRIPT)
        ),
    ],
)
def test_a_view_of_nothing_known_keeps_its_still_figure_and_others_are_drawn(page, data):
    good = saved(explorers.Winding())
    data = data.replace("MODULE", good["module"])
    script = f'<script type="application/json">{data}</script>'
    bad = f'<div class="live"><p id="still">still</p>{script}</div>'
    page.set_content(alone(good, before=bad))
    page.locator(".explorer").wait_for()
    assert page.locator("#still").is_visible()
    assert page.locator(".live-on").count() == page.locator(".explorer").count() == 1
    assert page.evaluate("typeof hit") == "undefined"
    assert page.errors == []


@pytest.mark.parametrize("state", ["null", "[]", '"text"', "7", '{"__proto__": {"gamma": "x"}}'])
def test_a_state_of_another_kind_is_as_good_as_none(page, state):
    fresh, other = saved(explorers.Winding(), "fresh"), saved(explorers.Winding(), "other")
    html = alone(fresh, other).replace(json.dumps(other["state"], separators=(",", ":")), state)
    assert f'"state":{state}' in html
    page.set_content(html)
    settle(page)
    assert Explorer(page, 0).outputs() == Explorer(page, 1).outputs()
    assert page.errors == []
