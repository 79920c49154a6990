"""Curves are drawn before they are shown, by mouse, finger and keyboard; a guess stays at home."""

import math
import re

import pytest

from .book import DESKTOP, PHONE, reload
from .conftest import once
from .kinds import SCHEME, emulate, faults
from .test_knob import REST, touch

pytestmark = pytest.mark.browser

PAGE = "book/kinds.html"
KEY = "waiting-magnet-drawn"
KEPT = f"JSON.parse(localStorage.getItem('{KEY}') ?? '{{}}')"
FINGER = {"has_touch": True, "is_mobile": True, "viewport": PHONE}
# Of the drawing: its width, and the edges of its frame.
WIDTH, LEFT, RIGHT, TOP, BOTTOM = 360, 42, 348, 26, 190
POLICY = '<meta http-equiv="Content-Security-Policy" content="default-src \'self\'">'


class Drawing:
    """The curve that the small book asks for: -cos, from 0 to 180 degrees."""

    def __init__(self, page):
        self.page = page
        self.box = page.locator(".draw.on")
        self.box.wait_for()
        self.plot = self.box.locator("> .plot")
        self.plot.evaluate("plot => plot.scrollIntoView({ block: 'center', behavior: 'instant' })")
        page.evaluate(REST)
        self.edge = self.plot.bounding_box()

    def at(self, across, value):
        """Where a value stands on the screen, if it has not moved; `across` in degrees."""
        edge, unit = self.edge, self.edge["width"] / WIDTH
        return (
            edge["x"] + unit * (LEFT + across / 180 * (RIGHT - LEFT)),
            edge["y"] + unit * (BOTTOM + (value + 1) / 2 * (TOP - BOTTOM)),
        )

    def draw(self, f, start=0, end=180, steps=12):
        """Draw a curve in one stroke of straight pieces with the mouse."""
        self.edge = self.plot.bounding_box()
        self.page.mouse.move(*self.at(start, f(start)))
        self.page.mouse.down()
        for n in range(1, steps + 1):
            across = start + (end - start) * n / steps
            self.page.mouse.move(*self.at(across, f(across)))
        self.page.mouse.up()

    def guess(self):
        """What is kept of the guess, as values; None where nothing is drawn."""
        kept = self.page.evaluate(f"{KEPT}[document.querySelector('.draw').id]")
        return kept and [one if one is None else one / 500 - 1 for one in kept["guess"]]

    def button(self, name):
        return self.box.locator(f"[name={name}]")

    def said(self):
        text = self.box.locator(".said").inner_text()
        return text.replace("\N{NO-BREAK SPACE}", " ").replace("\N{MINUS SIGN}", "-")

    def compare(self):
        self.button("compare").click()
        self.page.locator(".draw.shown").wait_for()
        return self.said()

    def shown(self):
        """Whether the curve is drawn over the guess."""
        self.page.evaluate("new Promise(requestAnimationFrame)")
        return bool(self.plot.locator(".truth").get_attribute("d"))


# The box as it came, and the script once more: quicker than to load the whole page.
ANEW = """async ([key, kept]) => {
  localStorage.setItem(key, kept);
  globalThis.came ??= await (await fetch(location.href)).text();
  const box = new DOMParser().parseFromString(came, "text/html").querySelector(".draw");
  document.querySelector(".draw").replaceWith(document.importNode(box, true));
  const script = document.createElement("script");
  script.src = document.querySelector("script[src*='draw/draw.js']").src;
  await new Promise((done) => { script.onload = done; document.body.append(script); });
}"""


@pytest.fixture(scope="module")
def opened(browser, small_address):
    """Open the page."""
    with once(browser, small_address, PAGE) as page:
        yield page


@pytest.fixture
def sheet(opened):
    """The page with nothing drawn; nothing may go wrong there."""
    used = []

    def page(**options):
        used.append(opened(**options))
        used[-1].page.evaluate(ANEW, [KEY, "{}"])
        return used[-1].page

    yield page
    for watch in used:
        watch.assert_quiet()


def truth(degrees):
    return -math.cos(math.radians(degrees))


def columns(f):
    return pytest.approx([f(3 * n) for n in range(61)], abs=0.02)


def test_a_curve_is_drawn_with_the_mouse_both_ways_and_its_distance_said_in_words(small):
    page = small.open(PAGE, rewrite=lambda html: html.replace("<head>", f"<head>{POLICY}", 1))
    drawing = Drawing(page)
    assert drawing.button("compare").get_attribute("aria-disabled") == "true"
    drawing.draw(lambda x: 0.5, 180, 120)
    drawing.button("compare").press("Enter")
    assert drawing.said().startswith("Not yet: your guess covers 34 % of the width.")
    assert not drawing.shown()
    drawing.draw(lambda x: truth(x) + 0.1, steps=30)
    assert drawing.guess() == pytest.approx(
        [min(truth(3 * n) + 0.1, 1) for n in range(61)], abs=0.02
    )
    drawing.draw(lambda x: truth(x) - 0.5, 100, 60, 1)
    assert drawing.button("compare").get_attribute("aria-disabled") == "false"
    found = re.fullmatch(
        r"On average your guess is (0\.\d\d) from the curve. "
        r"It is farthest off at θ = (\d+) degrees, (0\.\d\d) too low. (.+)",
        drawing.compare(),
    )
    mean, where, most, kind = found.groups()
    # Two thirds of the way 0.1 too high, near the end less; straight, half a unit too low, between.
    off = [0.1 if n < 20 else min(0.1, 1 - truth(3 * n)) for n in range(61)]
    for n in range(20, 34):
        share = (3 * n - 60) / 40
        off[n] = truth(60) + share * (truth(100) - truth(60)) - 0.5 - truth(3 * n)
    assert float(mean) == pytest.approx(sum(map(abs, off)) / 61, abs=0.011)
    assert float(most) == pytest.approx(-min(off), abs=0.021)
    assert 60 <= int(where) <= 100
    assert kind == "Close."
    assert drawing.shown()
    assert drawing.box.locator(".draw-answer li").is_visible()
    before = drawing.guess()
    drawing.draw(lambda x: 0)
    assert drawing.guess() == before, "what has been compared is no guess any more"
    drawing.button("again").click()
    assert (drawing.guess(), drawing.shown(), drawing.said()) == (None, False, "")
    small.assert_quiet()


@pytest.mark.parametrize(
    ("by", "kind"),
    [(0.02, "That is the curve, but for the thickness of a pencil."), (-0.6, "The curve goes")],
)
def test_a_guess_is_judged_by_its_mean_distance(sheet, by, kind):
    drawing = Drawing(sheet())
    drawing.draw(lambda x: truth(x) * 0.3 + by + 0.7 * truth(x) * (by > 0), steps=60)
    assert kind in drawing.compare()


def test_a_finger_draws_sideways_and_a_swipe_past_sets_nothing(sheet):
    page = sheet(**FINGER)
    drawing = Drawing(page)
    session = page.context.new_cdp_session(page)
    tried = 0
    for across in (5, 60, 90, 170):
        for value in (-0.8, 0, 0.8):
            drawing = Drawing(page)
            top = page.evaluate("scrollY")
            x, y = drawing.at(across, value)
            touch(session, "touchStart", x, y)
            for share in (0.2, 0.4, 0.6, 0.8, 1):
                touch(session, "touchMove", x - 8 * share, y - 120 * share)
            # Once the page scrolls on, as it was left; otherwise the finger rests.
            touch(session, "touchEnd", rested=0.15 if value else 0)
            assert page.evaluate(REST) > top
            assert drawing.guess() is None
            assert drawing.plot.locator(".guess").get_attribute("d") == ""
            tried += 1
    assert tried == 12
    drawing = Drawing(page)
    top = page.evaluate("scrollY")
    touch(session, "touchStart", *drawing.at(90, 0))
    touch(session, "touchEnd")
    assert drawing.guess() is None, "nor does a tap"
    steps = [6 * n for n in range(31)]
    touch(session, "touchStart", *drawing.at(0, -1))
    for across in steps:  # First sideways, then as steep as it comes.
        touch(session, "touchMove", *drawing.at(across, -1 if across < 40 else truth(across)))
    touch(session, "touchEnd")
    assert page.evaluate("scrollY") == top
    assert drawing.guess()[14:] == pytest.approx([truth(3 * n) for n in range(14, 61)], abs=0.05)
    assert drawing.guess()[:12] == pytest.approx([-1] * 12, abs=0.02)
    drawing.button("compare").click()
    page.locator(".draw.shown").wait_for()


def test_a_finger_that_rests_first_draws_whichever_way_it_moves(sheet):
    page = sheet(**FINGER)
    drawing = Drawing(page)
    session = page.context.new_cdp_session(page)
    assert "let your finger rest" in drawing.box.locator(".hint").inner_text()
    for across in (0, 60, 180):
        drawing = Drawing(page)
        top = page.evaluate("scrollY")
        touch(session, "touchStart", *drawing.at(across, -1))
        drawing.plot.and_(page.locator(".pen")).wait_for()
        assert drawing.guess() is None or drawing.guess()[across // 3] is None, "it only rests"
        for n in range(1, 21):  # Straight up first.
            turn = across + (0 if n < 15 else (n - 14) * (3 if across < 180 else -3))
            touch(session, "touchMove", *drawing.at(turn, -1 + n / 10))
        touch(session, "touchEnd")
        page.evaluate(REST)
        assert page.evaluate("scrollY") == top
        assert page.locator(".pen").count() == 0
        assert drawing.guess()[across // 3] == pytest.approx(0.4, abs=0.05)
    before = drawing.guess()
    touch(session, "touchStart", *drawing.at(120, 0))
    drawing.plot.and_(page.locator(".pen")).wait_for()
    touch(session, "touchEnd")
    assert drawing.guess() == before, "it rested and was lifted"
    assert page.locator(".pen").count() == 0


def test_a_finger_that_scrolls_past_a_slider_sets_nothing(sheet):
    page = sheet(**FINGER)
    drawing = Drawing(page)
    drawing.box.locator(".sliders summary").tap()
    session = page.context.new_cdp_session(page)
    for n in (0, 3, 6):
        slider = drawing.box.locator("input").nth(n)
        slider.evaluate("one => one.scrollIntoView({ block: 'center', behavior: 'instant' })")
        page.evaluate(REST)
        edge = slider.bounding_box()
        x, y = edge["x"] + 0.3 * edge["width"], edge["y"] + edge["height"] / 2
        touch(session, "touchStart", x, y)
        for share in (0.2, 0.4, 0.6, 0.8, 1):
            touch(session, "touchMove", x - 8 * share, y - 120 * share)
        touch(session, "touchEnd")
        page.evaluate(REST)
        assert drawing.guess() is None
        assert slider.get_attribute("aria-valuetext") == "not drawn"
    # The frame and all sliders are seen at once.
    assert drawing.box.locator("fieldset").bounding_box()["height"] < 260


def test_by_keyboard_a_guess_goes_straight_between_seven_knots(sheet):
    page = sheet()
    drawing = Drawing(page)
    page.evaluate("""() => {
      const head = document.querySelector(".draw .head");
      head.tabIndex = -1;
      head.focus();
    }""")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    sliders = drawing.box.get_by_role("slider")
    assert sliders.count() == 7
    wanted = [-1.0, -0.9, -0.5, 0.0, 0.5, 0.9, 1.0]
    for n, value in enumerate(wanted):
        page.keyboard.press("Tab")
        for _ in range(abs(round(value * 10))):
            page.keyboard.press("ArrowUp" if value > 0 else "ArrowDown")
        focused = page.evaluate("document.activeElement.getAttribute('aria-valuetext')")
        assert focused.replace("\N{MINUS SIGN}", "-") == f"{value:.2f}"
        named = page.evaluate("document.activeElement.labels[0].firstChild.textContent")
        assert named == f"θ = {30 * n} degrees".replace(" ", "\N{NO-BREAK SPACE}")
    assert drawing.guess()[::10] == pytest.approx(wanted, abs=1e-9)
    assert drawing.guess()[5] == pytest.approx(-0.95, abs=1e-9)
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.locator(".draw.shown").wait_for()
    assert "from the curve" in drawing.said()
    assert drawing.box.locator(".said").get_attribute("role") == "status"
    assert drawing.plot.get_attribute("aria-label").startswith("correlation E: ")
    assert sliders.first.is_disabled()
    assert page.evaluate("document.activeElement.name") == "compare"


def test_one_moved_knot_leaves_what_is_drawn_beyond_its_neighbours(sheet):
    drawing = Drawing(sheet())
    drawing.draw(truth, steps=60)
    before = drawing.guess()
    drawing.box.locator(".sliders summary").click()
    drawing.box.locator("input").nth(3).press("ArrowUp")
    after = drawing.guess()
    assert after[30] == pytest.approx(0.1, abs=1e-9)
    assert (after[:21], after[40:]) == (before[:21], before[40:])
    assert after[25] == pytest.approx((before[20] + 0.1) / 2, abs=0.002)


def test_a_guess_stays_over_a_reload_and_goes_with_all_progress(small):
    page = small.open(PAGE)
    drawing = Drawing(page)
    drawing.draw(truth, 0, 90)
    half = drawing.guess()
    reload(page)
    drawing = Drawing(page)
    assert drawing.guess() == half
    assert not drawing.shown()
    drawing.draw(truth, 90, 180)
    whole, said = drawing.guess(), drawing.compare()
    page.wait_for_function(f"Object.values({KEPT})[0].shown")
    reload(page)
    drawing = Drawing(page)
    page.locator(".draw.shown").wait_for()
    assert (drawing.guess(), drawing.said(), drawing.shown()) == (whole, said, True)
    page.goto(page.url.replace("kinds", "plain"))
    progress = page.locator(".reader-progress")
    progress.locator("summary").click()
    for _ in range(2):
        progress.locator("[name=erase]").click()
    assert page.evaluate(f"localStorage.getItem('{KEY}')") is None
    small.assert_quiet()


BAD = [
    *["null", "7", '"x"', "[]", "{}", '{"guess": null}', '{"guess": "0,1"}'],
    *['{"guess": [1, 2, 3], "shown": true}', '{"guess": {"length": 61}, "shown": true}'],
]
FILLED = ["NaN", "1e999", "-1", "1001", "0.5", '"1"', '"<img src=x onerror=hit=1>"', "[]", "true"]


def test_what_was_tampered_with_is_dropped(sheet):
    page = sheet()
    name = Drawing(page).box.get_attribute("id")
    page.evaluate(ANEW, [KEY, f'{{"{name}": {{"guess": [{", ".join(["5"] * 61)}]}}}}'])
    assert Drawing(page).plot.locator(".guess").get_attribute("d"), "what is good stays"
    filled = [f'{{"guess": [{", ".join([one] + ["5"] * 60)}], "shown": true}}' for one in FILLED]
    for kept in ["", "{", "null", "[]", *(f'{{"{name}": {one}}}' for one in BAD + filled)]:
        page.evaluate(ANEW, [KEY, kept])
        drawing = Drawing(page)
        assert drawing.plot.locator(".guess").get_attribute("d") == "", kept
        assert not drawing.shown(), kept
    drawing.draw(truth)
    assert len(drawing.guess()) == 61
    assert page.evaluate("typeof hit") == "undefined"


@pytest.mark.parametrize(
    "refusal",
    [
        "Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('no'); } })",
        "Storage.prototype.setItem = () => { throw new Error('full'); }",
    ],
)
def test_without_storage_a_curve_is_drawn_and_compared(small, refusal):
    drawing = Drawing(small.open(PAGE, script=refusal))
    drawing.draw(truth, steps=30)
    assert "pencil" in drawing.compare()
    small.assert_quiet()


def test_the_curve_can_be_shown_without_drawing_and_hidden_again(sheet):
    drawing = Drawing(sheet())
    summary = drawing.box.locator(".draw-answer summary")
    assert summary.inner_text() == "Show the curve without drawing"
    summary.press("Enter")
    drawing.page.locator(".draw.shown").wait_for()
    assert (drawing.shown(), drawing.said()) == (True, "")
    summary.press("Enter")
    drawing.page.locator(".draw:not(.shown)").wait_for()
    assert not drawing.shown()


def test_nothing_moves_when_the_script_comes_and_without_it_the_curve_is_folded(small):
    height = "document.querySelector('.draw').getBoundingClientRect().height"
    page = small.open(PAGE)
    Drawing(page)
    bare = small.open(
        PAGE, rewrite=lambda html: html.replace("draw/draw.js", "progress/progress.js")
    )
    assert bare.locator(".draw.on").count() == 0
    assert bare.evaluate(height) == page.evaluate(height)
    none = small.open(PAGE, java_script_enabled=False)
    box = none.locator(".draw")
    assert box.locator(":is(button, .sliders, .hint, .key):visible").count() == 0
    assert not box.locator(".draw-answer .plot").is_visible()
    assert box.locator(".draw-answer summary").inner_text() == "Show the curve"
    box.locator(".draw-answer summary").click()
    assert box.locator(".draw-answer .truth").is_visible()
    assert box.locator(".draw-answer li").is_visible()


def test_paper_has_an_empty_frame_and_the_curve_below(sheet):
    page = sheet()
    drawing = Drawing(page)
    drawing.draw(truth)
    drawing.compare()
    page.emulate_media(media="print")
    assert drawing.plot.is_visible()
    assert drawing.box.locator("> .plot :is(.guess, .truth, .between):visible").count() == 0
    assert drawing.box.locator(":is(button, input, .said, summary, .key):visible").count() == 0
    assert drawing.box.locator(".draw-answer .truth").is_visible()
    page.emulate_media(media="screen")


def test_axe_finds_no_fault_before_and_after_on_a_phone_and_nothing_sticks_out(small):
    page = small.open(PAGE, viewport=PHONE)

    def look():
        for scheme, rules in (("dark", SCHEME), ("light", {})):
            emulate(page, scheme)
            assert faults(page, rules, ".draw") == [], scheme

    drawing = Drawing(page)
    drawing.box.locator(".sliders summary").click()
    look()
    drawing.draw(truth)
    drawing.compare()
    for size in (PHONE, DESKTOP):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        look()
    stroke = "line => getComputedStyle(line).stroke"
    lines = [drawing.plot.locator(part) for part in (".truth", ".guess", ".grid")]
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        assert len({line.evaluate(stroke) for line in lines}) == 3
