"""Every explorer, in the small book: its numbers are retrolib's, and every reader can use it."""

import math
import re

import numpy as np
import pytest

from retrolib import lorentzian, many, one_particle

from . import pairs, quadrature, sources
from .book import PHONE, Explorer, pages, views
from .conftest import EXPLORERS, GALLERY

pytestmark = pytest.mark.browser

SETTINGS = 10
# What changes a value: not those that unfold and that play (see test_knob.py).
BUTTONS = "button:not([name=more], [name=play])"


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


def histories(theta, gamma, count_plus, count_minus, **_):
    plus, minus = one_particle.probabilities(theta, gamma)
    count = count_plus + count_minus
    assert count in {0, 1, 10, 1000}
    return {"predicted_plus": plus, "standard_error": math.sqrt(plus * minus / max(1, count))}


def ghz(spins, phi1, phi2, phi3, gamma, **_):
    settings = [phi1, phi2, phi3, 0.0, 0.0][: int(spins)]
    E = many.correlation(settings, gamma)
    kept = (1 + many.correlation(np.zeros(len(settings)), gamma)) / 2
    return {"even": (1 + E) / 2, "odd": (1 - E) / 2, "kept": kept, "correlation": E}


# What an explorer displays, from its settings and what it has drawn at random.
READOUTS = {
    "winding": winding,
    "histories": histories,
    "ghz": ghz,
    "third": pairs.readouts_of_third,
    "anomaly": quadrature.anomaly,
    "intervention": quadrature.intervention,
    "chsh": pairs.readouts_of_chsh,
    "correlation": pairs.readouts_of_correlation,
    "signaling": pairs.readouts_of_signaling,
    "tail": pairs.readouts_of_tail,
    "chain": pairs.readouts_of_chain,
    "victor": pairs.readouts_of_victor,
    "source": sources.readouts_of_source,
}


def test_every_explorer_is_in_the_book_and_tested_here():
    shown = {name.partition("-")[0] for page in pages() for name, _ in views(page)}
    assert shown == set(EXPLORERS) == READOUTS.keys()


# Puts every trait at a share of its domain and presses some buttons; what was chosen in words.
MOVE = """(root, shares) => {
  const at = ({ words, low, high }, share) =>
    words ? words[Math.floor(share * words.length)] : low + share * (high - low);
  const { domains, set } = root.traits;
  const names = new Set([...root.querySelectorAll("[type=range], select")].map(({ name }) => name));
  const moved = Object.entries(domains).filter(([name]) => names.has(name));
  set(Object.fromEntries(moved.map(([name, domain]) => [name, at(domain, shares.pop())])));
  for (const button of root.querySelectorAll("BUTTONS:not([name=reset])"))
    if (shares.pop() < 0.5) button.click();
  return Object.fromEntries([...root.querySelectorAll("select")].map((c) => [c.name, c.value]));
}""".replace("BUTTONS", BUTTONS)


def test_readouts_are_retrolibs_numbers(shown):
    rng = np.random.default_rng(2015)
    for _ in range(SETTINGS):
        chosen = shown.root.evaluate(MOVE, list(rng.random(50)))
        values = shown.outputs()
        expected = READOUTS[shown.name](**values, **chosen)
        assert values.keys() >= expected.keys()
        for name, value in expected.items():
            assert values[name] == pytest.approx(float(value), abs=1e-12, rel=1e-12), name


def test_the_keyboard_reaches_and_works_every_control(shown):
    keyboard = shown.page.keyboard
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
        keyboard.press("Tab")
        reached.append(shown.page.evaluate("document.activeElement.dataset.stop"))
        assert shown.page.evaluate("document.activeElement.matches(':focus-visible')")
        style, width = shown.page.evaluate("""() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
          return [outlineStyle, parseFloat(outlineWidth)];
        }""")
        assert style != "none"
        assert width >= 2
    assert sorted(reached) == sorted(expected)

    for slider in shown.controls("input[type=range]"):
        name = slider.get_attribute("name")
        before = shown.outputs()[name]
        slider.focus()
        at_the_end = slider.evaluate("slider => Number(slider.value) === Number(slider.max)")
        keyboard.press("ArrowLeft" if at_the_end else "ArrowRight")
        after = shown.outputs()[name]
        assert after < before if at_the_end else after > before, name
        assert float(slider.input_value()) == pytest.approx(after)
        assert slider.get_attribute("aria-valuetext") == (
            shown.root.query_selector(f"output[name={name}]").inner_text()
        )


def test_what_has_changed_is_announced_when_it_has_come_to_rest_and_only_there(shown):
    status = shown.root.query_selector("[role=status]")
    slider = shown.controls("input[type=range]:not([name=time])")[0]
    shown.set(slider, slider.get_attribute("max"))
    shown.page.wait_for_function(
        "([status, root]) => status.textContent && status.textContent === root.dataset.summary",
        arg=[status, shown.root],
    )
    assert shown.controls("output:not([aria-live=off]), [aria-live]:not(output)") == []


# Whether a slider, where it is seen, is what a pointer hits, from end to end.
FREE = """slider => {
  slider.scrollIntoView({ block: "end" });  // Below the picture.
  const { left, right, top, height } = slider.getBoundingClientRect();
  return [left + 2, (left + right) / 2, right - 2]
    .every((x) => document.elementFromPoint(x, top + height / 2) === slider);
}"""


def test_the_mouse_drags_sliders_and_presses_buttons(shown):
    sliders = shown.controls("input[type=range]")
    assert [slider.get_attribute("name") for slider in sliders if not slider.evaluate(FREE)] == []
    for slider in sliders[:2]:
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

    working = set()
    for _ in range(2):  # A button may ask for what is already there, the first time.
        for button in shown.controls(BUTTONS):
            before = shown.picture()
            button.click()
            if shown.picture() != before:
                working.add(button.inner_text())
    assert working == {button.inner_text() for button in shown.controls(BUTTONS)}


def test_a_choice_and_a_typed_number_change_what_is_shown(shown):
    for choice in shown.controls("select"):
        before = shown.picture()
        other = choice.evaluate("choice => [...choice.options].find((o) => !o.selected).value")
        choice.select_option(other)
        assert shown.picture() != before
    for number in shown.controls("input[type=number]"):
        before = shown.picture()
        number.fill(str(int(number.input_value()) + 1))
        assert shown.picture() != before
        for typed in ("1e9", "-1e9", ""):
            number.fill(typed)
            assert_clean(shown)


def assert_clean(shown):
    drawn = shown.picture()
    for word in ("NaN", "Infinity", "undefined"):
        assert word not in drawn, word
    assert all(math.isfinite(value) for value in shown.outputs().values())


def test_a_finger_drags_sliders_and_taps_buttons(showing):
    shown = showing(has_touch=True, is_mobile=True, viewport=PHONE)
    touch = shown.page.context.new_cdp_session(shown.page)
    sliders = shown.controls("input[type=range]")
    assert [slider.get_attribute("name") for slider in sliders if not slider.evaluate(FREE)] == []
    for slider in sliders[:2]:
        assert slider.evaluate(FREE)
        name = slider.get_attribute("name")
        box = slider.bounding_box()
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
    shown.root.query_selector("button[name=reset]").tap()
    assert shown.picture() != before
    touch.detach()


def test_nothing_moves_by_itself_where_motion_is_unwanted(showing):
    shown = showing(reduced_motion="reduce")
    shown.page.clock.install()  # A third of a second takes no time.
    for button in shown.controls("button:not([name=more])"):
        button.evaluate("button => button.click()")
        shown.page.clock.run_for(40)
        settled = shown.picture()
        assert shown.root.evaluate("root => root.getAnimations({ subtree: true }).length") == 0
        shown.page.clock.run_for(350)
        assert shown.picture() == settled


# Of each text of a drawing: what it says, and its contrast to the shapes that are under its middle.
CONTRASTS = """root => {
  const parse = (colour) => [...colour.match(/[\\d.]+/g).map(Number), 1].slice(0, 4);
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => a * c + (1 - a) * under[i]);
  const light = (colour) => {
    const [r, g, b] = colour.map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  root.scrollIntoView();
  const page = parse(getComputedStyle(root).backgroundColor);
  const texts = [...root.querySelectorAll("svg text")].filter((text) => text.getBBox().width);
  return texts.map((text) => {
    const box = text.getBoundingClientRect();
    const stack = document.elementsFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    const under = stack.reverse()
      .filter((part) => part.matches(".panel *:not(text, tspan, g, svg)"))
      .map((part) => getComputedStyle(part)).filter(({ fill }) => fill !== "none")
      .map(({ fill, fillOpacity }) => parse(fill).map((c, i) => (i < 3 ? c : c * fillOpacity)))
      .reduce((colour, shape) => over(shape, colour), page.slice(0, 3));
    const [high, low] = [light(parse(getComputedStyle(text).fill).slice(0, 3)), light(under)]
      .sort((a, b) => b - a);
    return [text.textContent, (high + 0.05) / (low + 0.05)];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawings_are_legible_in_forced_colours_whatever_the_theme(showing, scheme):
    shown = showing(forced_colors="active", color_scheme=scheme)
    for theme in ("light", "dark"):
        shown.page.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        contrasts = shown.root.evaluate(CONTRASTS)
        assert len(contrasts) > 5
        assert [(said, ratio) for said, ratio in contrasts if ratio < 4.5] == [], theme


def test_a_drawing_and_its_controls_stand_as_before_on_a_page_from_right_to_left(shown):
    places = """root =>
      [...root.querySelectorAll(".panel *, .readouts *, .controls :not(option)")]
      .map((part) => [part.getBoundingClientRect(), root.getBoundingClientRect()])
      .map(([part, frame]) => [part.left - frame.left, part.right - frame.left])"""
    before = shown.root.evaluate(places)
    shown.page.evaluate("document.documentElement.dir = 'rtl'")
    after = shown.root.evaluate(places)
    shown.page.evaluate("document.documentElement.dir = 'ltr'")
    np.testing.assert_allclose(after, before, atol=0.5)


def test_a_translator_is_offered_words_and_no_symbols_numbers_or_drawings(shown):
    parts = shown.root.evaluate("""root =>
      [...root.querySelectorAll("p, label, button, option, output, .readouts > span, i, text")]
        .map((part) => [part.localName, part.textContent, !part.closest("[translate=no]"),
          !part.closest(".notranslate")])""")
    for name, content, by_attribute, by_class in parts:
        assert by_attribute == by_class
        if name in {"i", "text"}:
            assert not by_attribute, content
        elif name in {"p", "label", "option"}:
            assert by_attribute, content
        elif content:
            assert by_attribute == bool(re.search(r"[^\W\d_]{4}", content)), content


def test_the_numbers_of_readouts_are_plain_text_on_the_line_of_their_labels(shown):
    """WebKit sets boxes higher than the text before them, Chromium does not."""
    outputs = shown.root.evaluate("""root => [...root.querySelectorAll(".frame span > output")]
      .map((part) => getComputedStyle(part).display)""")
    assert set(outputs) == {"inline"}


# Sizes are looked at when a test asks, and not once a frame.
ASKED = """globalThis.watches = [];
globalThis.ResizeObserver = class {
  constructor(look) { watches.push(look); }
  observe() {}
  disconnect() {}
};"""
HEIGHTS = """(root, [rounds, values]) => {
  const heights = [];
  const sliders = [...root.querySelectorAll("input[type=range]")];
  for (const slider of sliders.flatMap((slider) => Array(rounds).fill(slider))) {
    const [low, high] = [Number(slider.min), Number(slider.max)];
    for (let i = 0; i < values; i++) {
      slider.value = low + (high - low) * ((i * 0.618) % 1);
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      watches.forEach((look) => look([]));
      heights.push(root.offsetHeight);
    }
  }
  return heights;
}"""


# At these widths anomaly, source and correlation would gain and lose a row.
@pytest.mark.parametrize("width", [540, 430, 320])
@pytest.mark.parametrize("values", [(1, 4), pytest.param((2, 12), marks=pytest.mark.slow)])
def test_an_explorer_that_has_grown_for_its_numbers_keeps_its_height(showing, width, values):
    """Else each frame in which a number gains or loses a sign would move the rest of the page."""
    shown = showing(script=ASKED)
    shown.page.set_viewport_size({"width": width, "height": 900})
    shown.root.query_selector("button[name=reset]").click()
    heights = shown.root.evaluate(HEIGHTS, values)
    assert heights == sorted(heights)


def test_on_screen_the_explorers_are_shown_and_in_print_the_still_figures(small):
    page = small.open(GALLERY)
    for media, live, still in [("screen", True, False), ("print", False, True)]:
        page.emulate_media(media=media)
        wrappers = page.locator(".live").all()
        assert len(wrappers) == len(EXPLORERS)
        for wrapper in wrappers:
            assert wrapper.locator(".explorer").is_visible() == live
            assert wrapper.locator(".still img").is_visible() == still


def test_without_javascript_the_page_reads_on_with_still_figures(small):
    page = small.open(GALLERY, java_script_enabled=False)
    assert page.locator("article h1").is_visible()
    for wrapper in page.locator(".live").all():
        image = wrapper.locator(".still img")
        assert image.is_visible()
        box = image.bounding_box()
        assert box["width"] > 300
        assert box["height"] > 100
    small.assert_quiet()


def test_two_explorers_of_a_page_are_independent(small):
    page = small.open("book/kinds.html")
    shown = [Explorer(page, index) for index in range(page.locator(".live").count())]
    assert len(shown) == 2
    for moved in shown:
        before = [explorer.picture() for explorer in shown]
        slider = moved.controls("input[type=range]:not([name=time])")[0]
        moved.set(slider, float(slider.get_attribute("max")))
        changed = [explorer.picture() != old for explorer, old in zip(shown, before, strict=True)]
        assert changed == [explorer is moved for explorer in shown]
