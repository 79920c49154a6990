"""Every explorer of the built book: its numbers are retrolib's, and every reader can use it."""

import json
import math

import numpy as np
import pytest

from retrolib import lorentzian, one_particle, pair, wrapped_lorentzian

from .book import BUILT, PHONE, STATE, VIEW, pages, views

pytestmark = pytest.mark.browser

SETTINGS = 10
BAD = {"1e9": "high", "1e999": "high", "-1e9": "low", "null": "start", '"wide"': "start"}


def winding(theta, gamma, **_):
    plus, minus = one_particle.probabilities(theta, gamma)
    born_plus, born_minus = one_particle.probabilities(theta, 0.0)
    return {
        "plus": plus,
        "minus": minus,
        "born_plus": born_plus,
        "born_minus": born_minus,
        "weight": lorentzian(theta, gamma),
    }


def histories(theta, gamma, count, count_plus, **_):
    plus, minus = one_particle.probabilities(theta, gamma)
    return {
        "predicted_plus": plus,
        "standard_error": math.sqrt(plus * minus / count),
        "count_minus": count - count_plus,
    }


# What an explorer displays, from its settings and what it has drawn at random.
READOUTS = {"winding": winding, "histories": histories}


class Explorer:
    """One explorer in its page, worked through its controls."""

    def __init__(self, page, index):
        self.page = page
        self.root = page.locator(".live .explorer").nth(index)
        self.name = self.root.get_attribute("data-explorer")

    def outputs(self):
        """Every displayed value in full precision, by name."""
        values = self.root.evaluate(
            "root => [...root.querySelectorAll('output')].map(o => [o.name, o.dataset.value])"
        )
        assert len(dict(values)) == len(values) > 0
        return {name: float(value) for name, value in values}

    def controls(self, kind):
        return self.root.locator(kind).all()

    def set(self, control, value):
        """Type or choose a value."""
        control.evaluate(
            "(input, value) => { input.value = value;"
            " input.dispatchEvent(new Event('input', { bubbles: true })); }",
            value,
        )

    def picture(self):
        """All that is drawn or said, the polite announcement left out."""
        return self.root.evaluate(
            """root => {
              const copy = root.cloneNode(true);
              copy.querySelectorAll('[role=status]').forEach((element) => element.remove());
              const values = [...root.querySelectorAll("input, select")].map(({ value }) => value);
              return copy.outerHTML + values;
            }"""
        )

    def frames(self, count):
        """Let the browser paint this many times."""
        self.page.evaluate(
            """async (count) => { while (count--) await new Promise(requestAnimationFrame); }""",
            count,
        )


def load(book, explorer, **options):
    page_name, index, _ = explorer
    return Explorer(book.open(page_name, **options), index)


def test_the_book_has_explorers():
    names = {name for page in pages() for name, _ in views(page)}
    assert {"winding", "histories"} <= names


def test_readouts_are_retrolibs_numbers(book, explorer):
    shown = load(book, explorer)
    assert shown.name in READOUTS, f"add what {shown.name} displays to READOUTS"
    rng = np.random.default_rng(2015)
    for _ in range(SETTINGS):
        for slider in shown.controls("input[type=range]"):
            low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
            shown.set(slider, rng.uniform(low, high))
        for button in shown.controls("button:not([name=reset])"):
            if rng.random() < 0.5:
                button.click()
        values = shown.outputs()
        if "count_plus" in values:
            values["count"] = values["count_plus"] + values["count_minus"]
        expected = READOUTS[shown.name](**values)
        assert values.keys() >= expected.keys()
        for name, value in expected.items():
            assert values[name] == pytest.approx(float(value), abs=1e-12, rel=1e-12), name
    book.assert_quiet()


def test_the_keyboard_reaches_and_works_every_control(book, explorer):
    shown = load(book, explorer)
    page = shown.page
    expected = shown.root.evaluate(
        """root => {
          const wrapper = root.closest(".live");
          wrapper.tabIndex = -1;
          wrapper.focus();
          const controls = [...root.querySelectorAll("input, select, button, [tabindex='0']")];
          controls.forEach((control, i) => { control.dataset.stop = i; });
          return controls.map((control) => control.dataset.stop);
        }"""
    )
    reached = []
    for _ in expected:
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.dataset.stop"))
        assert page.evaluate("document.activeElement.matches(':focus-visible')")
    assert sorted(reached) == sorted(expected)

    for slider in shown.controls("input[type=range]"):
        name = slider.get_attribute("name")
        before = shown.outputs()[name]
        slider.focus()
        page.keyboard.press("ArrowRight")
        after = shown.outputs()[name]
        assert after > before, name
        assert float(slider.input_value()) == pytest.approx(after)
        assert slider.get_attribute("aria-valuetext") == (
            shown.root.locator(f"output[name={name}]").inner_text()
        )
    book.assert_quiet()


def test_the_mouse_drags_sliders_and_presses_buttons(book, explorer):
    shown = load(book, explorer)
    for slider in shown.controls("input[type=range]"):
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        across = [box["x"] + box["width"] * share for share in (0.3, 0.5, 0.8)]
        middle = box["y"] + box["height"] / 2
        shown.page.mouse.move(across[0], middle)
        shown.page.mouse.down()
        values = []
        for x in across:
            shown.page.mouse.move(x, middle)
            values.append(shown.outputs()[slider.get_attribute("name")])
        shown.page.mouse.up()
        assert values == sorted(set(values)), slider.get_attribute("name")

    idle = set()
    for _ in range(2):
        idle = set()
        for button in shown.controls("button"):
            before = shown.picture()
            button.click()
            if shown.picture() == before:
                idle.add(button.inner_text())
        if not idle:
            break
    assert idle <= {"Reset"}, "these buttons changed nothing"
    book.assert_quiet()


def test_a_finger_drags_sliders_and_taps_buttons(book, explorer):
    shown = load(book, explorer, has_touch=True, is_mobile=True, viewport=PHONE)
    touch = shown.page.context.new_cdp_session(shown.page)
    for slider in shown.controls("input[type=range]"):
        slider.scroll_into_view_if_needed()
        name = slider.get_attribute("name")
        box = slider.bounding_box()
        assert box["height"] >= 16, name
        across = [box["x"] + box["width"] * share for share in (0.3, 0.5, 0.8)]
        middle = box["y"] + box["height"] / 2
        values = []
        for kind, x in zip(["touchStart", "touchMove", "touchMove"], across, strict=True):
            points = [{"x": x, "y": middle}]
            touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
            shown.frames(2)
            values.append(shown.outputs()[name])
        touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
        assert values[0] < values[-1], name
    before = shown.picture()
    shown.root.locator("button[name=reset]").tap()
    assert shown.picture() != before
    book.assert_quiet()


def test_a_choice_and_a_typed_number_change_what_is_shown(book, explorer):
    shown = load(book, explorer)
    for choice in shown.controls("select"):
        before = shown.picture()
        other = choice.locator("option:not(:checked)").first.get_attribute("value")
        choice.select_option(other)
        assert shown.picture() != before
    for number in shown.controls("input[type=number]"):
        before = shown.picture()
        number.fill(str(int(number.input_value()) + 1))
        assert shown.picture() != before
        for typed in ("1e9", "-1e9", ""):
            number.fill(typed)
            assert_clean(shown)
    book.assert_quiet()


def assert_clean(shown):
    drawn = shown.picture()
    for word in ("NaN", "Infinity", "undefined"):
        assert word not in drawn, word
    assert all(math.isfinite(value) for value in shown.outputs().values())


@pytest.mark.parametrize("bad", BAD)
def test_a_value_out_of_range_is_clamped_and_never_drawn(book, explorer, bad):
    page_name, _, name = explorer
    ranges = dict(views(page_name))[name]["ranges"]

    def spoil(html):
        state = json.loads(STATE.search(html)[1])
        state["state"][name]["state"].update(dict.fromkeys(ranges, "spoiled"))
        spoiled = json.dumps(state).replace("<", "\\u003c").replace('"spoiled"', bad)
        return html.replace(STATE.search(html)[1], spoiled)

    shown = load(book, explorer, rewrite=spoil)
    assert_clean(shown)
    for control in shown.controls("input"):
        limits = ranges[control.get_attribute("name")]
        assert float(control.input_value()) == pytest.approx(limits[BAD[bad]])
    outputs = shown.outputs()
    for trait in outputs.keys() & ranges.keys():
        assert outputs[trait] == pytest.approx(ranges[trait][BAD[bad]])
    book.assert_quiet()


def test_nothing_moves_by_itself_where_motion_is_unwanted(book, explorer):
    shown = load(book, explorer, reduced_motion="reduce")
    for button in shown.controls("button"):
        button.click()
        shown.frames(2)
        settled = shown.picture()
        assert shown.root.evaluate("root => root.getAnimations({ subtree: true }).length") == 0
        shown.frames(20)
        assert shown.picture() == settled


def test_print_and_a_page_without_javascript_show_the_still_figure(book, view):
    page_name, index, _ = view
    page = book.open(page_name)
    wrapper = page.locator(".live").nth(index)
    assert wrapper.locator(".still").is_hidden()
    assert wrapper.locator(".explorer").is_visible()
    page.emulate_media(media="print")
    assert wrapper.locator(".still").is_visible()
    assert wrapper.locator(".explorer").is_hidden()

    page = book.open(page_name, java_script_enabled=False)
    still = page.locator(".live").nth(index).locator(".still")
    assert still.locator("img").is_visible()
    box = still.locator("img").bounding_box()
    assert box["width"] > 300
    assert box["height"] > 100
    assert len(still.locator("img").get_attribute("alt")) > 40
    assert still.locator("figcaption").inner_text().endswith("?")
    assert page.locator("article h1").is_visible()
    book.assert_quiet()


def test_two_explorers_of_a_page_are_independent(book):
    shared = [page for page in pages() if len(views(page)) > 1]
    assert shared
    for page_name in shared:
        page = book.open(page_name)
        shown = [Explorer(page, index) for index in range(len(views(page_name)))]
        for moved in shown:
            before = [explorer.picture() for explorer in shown]
            slider = moved.controls("input[type=range]")[0]
            moved.set(slider, float(slider.get_attribute("max")))
            changed = [
                explorer.picture() != old for explorer, old in zip(shown, before, strict=True)
            ]
            assert changed == [explorer is moved for explorer in shown]


def mesh(*axes):
    return np.stack(np.meshgrid(*axes, indexing="ij"), axis=-1).reshape(-1, len(axes))


ANGLES = np.linspace(-7.0, 13.0, 201)
WIDTHS = np.geomspace(0.01, 2.0, 51)
PLANE = mesh(ANGLES, WIDTHS)
PAIRS = mesh(ANGLES[::10], ANGLES[::9], WIDTHS[::5])
# Each closed form of model.js, its twin in retrolib, and where they are compared.
TWINS = {
    "lorentzian": (lorentzian, PLANE),
    "wrappedLorentzian": (wrapped_lorentzian, PLANE),
    "probabilities": (one_particle.probabilities, PLANE),
    "windingProbability": (one_particle.winding_probabilities, mesh(ANGLES, WIDTHS, range(-3, 4))),
    "correlation": (pair.correlation, PAIRS),
    "jointProbabilities": (pair.joint_probabilities, PAIRS),
    "hiddenDensity": (
        pair.hidden_density,
        mesh(ANGLES[::20], ANGLES[::17], ANGLES[::23], WIDTHS[::5]),
    ),
}


def test_the_pages_own_functions_agree_with_retrolib(book, explorer):
    page_name, _, name = explorer
    page = book.open(page_name)
    values = page.evaluate(
        """async ([text, grids]) => {
          const blob = new Blob([text], { type: "text/javascript" });
          const module = await import(URL.createObjectURL(blob));
          const apply = ([name, grid]) => [name, grid.map((point) => module[name](...point))];
          return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(grids)).map(apply)));
        }""",
        [
            dict(views(page_name))[name]["_esm"],
            json.dumps({name: grid.tolist() for name, (_, grid) in TWINS.items()}),
        ],
    )
    for twin, (function, grid) in TWINS.items():
        expected = function(*grid.T)
        np.testing.assert_allclose(
            json.loads(values)[twin], expected, rtol=1e-12, atol=0, err_msg=twin
        )


def test_every_view_of_the_book_has_its_model():
    for page in pages():
        html = (BUILT / page).read_text("utf8")
        assert len(VIEW.findall(html)) == len(views(page))
        assert all("_esm" in state for _, state in views(page))
