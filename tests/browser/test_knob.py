"""Explorers alone in a page: they open with a knob or two, unfold, move, and let a page scroll."""

import time

import pytest

from retrolib import explorers

from .alone import alone, saved
from .book import Explorer, settle

pytestmark = pytest.mark.browser

ALL = explorers.__all__
MOVING = ["Winding", "Histories", "Anomaly"]
SCREEN = {"width": 360, "height": 690}
FINGER = {"has_touch": True, "is_mobile": True, "viewport": SCREEN}
SITE = "http://localhost:1/"

# Where a finger may come down and mean to scroll: not on what it takes hold of.
PLACES = """root => [...root.querySelectorAll(".panel, input[type=range]")].map((part) => {
  part.scrollIntoView({ block: "center" });
  const box = part.getBoundingClientRect();
  const found = [];
  for (const [across, down] of [[0.2, 0.3], [0.8, 0.3], [0.5, 0.5], [0.2, 0.7], [0.8, 0.7]]) {
    const [x, y] = [box.x + across * box.width, box.y + down * box.height];
    const target = document.elementFromPoint(x, y);
    if (part.contains(target) && !target.matches(".handle:not(.track)")) found.push([x, y]);
  }
  return [part.matches(".panel"), scrollY, found];
})"""
# Which panels and first controls are not whole within the window, the panels' top at its top.
OUTSIDE = """root => {
  root.querySelector(".panel").scrollIntoView();
  return [...root.querySelectorAll(".panel, .frame > .controls > :not(.buttons:last-child) *")]
    .filter((part) => part.checkVisibility())
    .map((part) => [part.className.baseVal ?? part.className, part.getBoundingClientRect()])
    .filter(([, box]) => box.top < -1 || box.bottom > innerHeight + 1)
    .map(([name, box]) => [name, box.top, box.bottom]);
}"""
# Of each slider that unfolds, how much of the first panels' best seen one when it is moved.
STUCK = """root => [...root.querySelectorAll(".more input[type=range]")].map((slider) => {
  slider.scrollIntoView({ block: "end" });
  const seen = [...root.querySelectorAll(".stage:not(.extra) .panel")]
    .map((part) => part.getBoundingClientRect())
    .map((box) => (Math.min(box.bottom, innerHeight) - Math.max(0, box.top)) / box.height);
  return [slider.name, Math.max(...seen)];
})"""
# Of each control that unfolds, moved where it has just come into view: whether it is seen whole,
# how many panels it changes, which of these and of the readouts are seen whole over it, and which
# are not although there is room for them.
MOVED = """root => {
  const opening = root.traits.read();
  const parts = [...root.querySelectorAll(".panel, .readouts")];
  const look = () => parts.map((p) => (p.matches(".panel") ? p.innerHTML : p.textContent));
  const name = (part) => part.dataset.area ?? part.textContent;
  const box = (part) => part.getBoundingClientRect();
  const move = {
    INPUT: (c) => { c.value = 0.7 * Number(c.min) + 0.3 * c.max; },
    SELECT: (c) => { c.selectedIndex = c.options.length - 1; },
    BUTTON: (c) => c.click(),
  };
  const controls = root.querySelectorAll(".more :is(input[type=range], select, button)");
  return [...controls].map((control) => {
    root.traits.set(opening);
    const row = control.closest(".slider, .field, .buttons");
    row.scrollIntoView({ block: "end" });
    const before = look();
    move[control.tagName](control);
    for (const kind of ["input", "change"])
      control.dispatchEvent(new Event(kind, { bubbles: true }));
    const after = look();
    const changed = parts.filter((_, i) => after[i] !== before[i]);
    const seen = changed.filter((part) => {
      const { top, bottom } = box(part);
      const ends = [top + 2, bottom - 2].map((y) => document.elementFromPoint(180, y));
      const bare = ends.every((found) => part.parentNode.contains(found));
      return bare && top > -1 && bottom < box(row).top + 1;
    });
    const rows = new Map(seen.map((part) => [box(part).top, box(part).height]));
    const room = [...rows.values()].reduce((left, height) => left - height, box(row).top);
    const missed = changed.filter((part) => !seen.includes(part) && box(part).height < room);
    const whole = box(row).top > -1 && box(row).bottom < innerHeight + 1;
    const panels = changed.filter((part) => part.matches(".panel"));
    return [control.name, whole, panels.length, seen.map(name), missed.map(name)];
  });
}"""

# Until nothing scrolls on: a quick machine lifts the finger while the page still moves.
REST = """() => new Promise((rest) => {
  let [last, calm] = [scrollY, 0];
  (function look() {
    calm = scrollY === last ? calm + 1 : 0;
    last = scrollY;
    if (calm > 10) rest(scrollY);
    else requestAnimationFrame(look);
  })();
})"""


@pytest.fixture
def show(browser):
    """Show an explorer alone; nothing may be reported as an error."""
    contexts = []
    errors = []

    def open_page(name, *, options=None, html=None, **traits):
        widget = getattr(explorers, name)(**traits)
        context = browser.new_context(**(options or {}))
        contexts.append(context)
        body = html or alone(saved(widget), between="<p>More.</p>" * 60)
        context.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
        context.on("weberror", lambda error: errors.append(str(error.error)))
        page = context.new_page()
        page.goto(SITE)
        settle(page)
        return Explorer(page, 0)

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


def touch(session, kind, *place, rested=0):
    """Put a finger down, move it or lift it, as if it had rested for some seconds before."""
    points = [{"x": place[0], "y": place[1]}] if place else []
    when = {"timestamp": time.time() + rested} if rested else {}
    session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points} | when)


@pytest.mark.parametrize("name", ALL)
def test_a_swipe_over_a_drawing_or_a_slider_scrolls_and_changes_no_value(show, name):
    shown = show(name, options=FINGER, unfolded=True)
    before = shown.outputs()
    session = shown.page.context.new_cdp_session(shown.page)
    tried = scrolled = 0

    def unchanged(*place):
        after = shown.outputs()
        assert {name for name in before if after[name] != before[name]} == set(), place

    for drawn, top, places in shown.root.evaluate(PLACES):
        for nth, (x, y) in enumerate(places):
            assert shown.page.evaluate("top => { scrollTo(0, top); return scrollY; }", top) == top
            touch(session, "touchStart", x, y)
            if drawn:
                unchanged("touched", x, y)
            by = -120 if top < 400 else 120
            for share in (0.2, 0.4, 0.6, 0.8, 1):
                touch(session, "touchMove", x + by * share / 20, y + by * share)
            # The first time the page scrolls on, as it was left; later the finger rests.
            touch(session, "touchEnd", rested=0.15 if nth else 0)
            scrolled += shown.page.evaluate(REST) != top
            unchanged("swiped", x, y)
            tried += 1
    assert tried > 12
    assert scrolled == tried


@pytest.mark.parametrize("name", ALL)
def test_picture_and_first_controls_are_on_one_screen_of_a_phone(show, name):
    shown = show(name, options=FINGER)
    assert shown.root.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("name", ALL)
def test_a_picture_stays_in_view_over_each_control_that_unfolds(show, name):
    shown = show(name, options=FINGER, unfolded=True)
    seen = shown.root.evaluate(STUCK)
    assert [slider for slider, share in seen if share < 0.99] == []


@pytest.mark.parametrize("name", ALL)
def test_what_a_control_that_unfolds_changes_is_seen_over_it_as_far_as_there_is_room(show, name):
    shown = show(name, options=FINGER, unfolded=True)
    areas = {panel.get_attribute("data-area") for panel in shown.controls(".panel")}
    for control, whole, panels, seen, missed in shown.root.evaluate(MOVED):
        assert whole, control
        assert not panels or areas & {*seen}, control
        assert missed == [], control


@pytest.mark.parametrize(
    ("name", "control", "parts"),
    [
        ("Anomaly", "gamma", {"rho", "split"}),
        ("Signaling", "skew", {"odds", "law"}),
        ("Chsh", "a1", {"dial", "sums"}),
    ],
)
def test_the_pictures_that_a_prompt_asks_for_are_on_one_screen(show, name, control, parts):
    """Below the book's header."""
    widget = getattr(explorers, name)(unfolded=True)
    header = "<style>.live { --explorer-top: 3.5rem; }</style>"
    page = alone(saved(widget), before=header, between="<p>More.</p>" * 60)
    shown = show(name, options=FINGER, html=page)
    seen = {of: {*found} for of, *_, found, _ in shown.root.evaluate(MOVED)}
    assert parts <= seen[control]


@pytest.mark.parametrize(
    "leave", ["scrollBy(0, 600)", "scrollBy(0, -600)", "root.querySelector('[name=b]').focus()"]
)
def test_pictures_are_let_go_when_their_control_is_left(show, leave):
    shown = show("Anomaly", options=FINGER, unfolded=True)
    slider = shown.root.query_selector("input[name=gamma]")
    slider.press("End")
    assert [part.get_attribute("data-area") for part in shown.controls(".panel.pinned")] == [
        "rho",
        "split",
    ]
    shown.frames(5)
    assert shown.controls(".pinned")
    shown.root.evaluate(f"root => {{ {leave}; }}")
    shown.page.wait_for_function("!document.querySelector('.pinned, .pinning')")


@pytest.mark.parametrize("name", ALL)
def test_an_explorer_opens_with_at_most_two_knobs_and_unfolds_by_keyboard(show, name):
    shown = show(name)
    sliders = "input[type=range]:not([name=time])"
    visible = [s for s in shown.controls(sliders) if s.is_visible()]
    assert len(visible) <= 2
    more = shown.root.query_selector("button[name=more]")
    controlled = shown.page.locator(f"#{more.get_attribute('aria-controls')}")
    for key, unfolded in [("Enter", True), ("Space", False), ("Enter", True)]:
        more.press(key)
        assert more.get_attribute("aria-expanded") == str(unfolded).lower()
        assert controlled.is_visible() == unfolded
    assert all(part.is_visible() for part in shown.controls("input, select, button, .panel"))


def test_a_page_remembers_what_was_unfolded_until_its_tab_is_closed(show):
    shown = show("Anomaly")
    shown.root.query_selector("button[name=more]").click()
    for unfolded in (True, False):
        shown.page.reload()
        settle(shown.page)
        again = Explorer(shown.page, 0)
        more = again.root.query_selector("button[name=more]")
        assert more.get_attribute("aria-expanded") == str(unfolded).lower()
        more.click()
    other = show("Anomaly")
    assert not other.root.query_selector("[name=gamma]").is_visible()


def test_a_frame_without_storage_draws_and_unfolds(browser):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text))
    page.set_content('<iframe sandbox="allow-scripts" width="700" height="900"></iframe>')
    page.evaluate(
        "html => { document.querySelector('iframe').srcdoc = html; }",
        alone(saved(explorers.Winding())),
    )
    frame = page.frame_locator("iframe")
    frame.locator("button[name=more]").click()
    assert frame.locator("input[name=gamma]").is_visible()
    assert errors == []
    page.close()


@pytest.mark.parametrize("name", ALL)
def test_no_number_is_shown_twice(show, name):
    """What a panel says in numbers is not said below it again, nor twice below it."""
    shown = show(name, unfolded=True)
    names = shown.root.evaluate("""root => [...root.querySelectorAll(".readouts output")]
      .map((output) => output.textContent).filter((text) => /[.]\\d{2}/.test(text))""")
    drawn = shown.root.evaluate("""root => [...root.querySelectorAll(".panel text")]
      .filter((text) => !text.matches(".end")).map((text) => text.textContent).join("|")""")
    assert [value for value in names if value in drawn] == []


def time_of(shown):
    return shown.outputs()["time"]


@pytest.mark.parametrize("name", MOVING)
def test_play_moves_the_picture_until_it_arrives_and_pause_stops_it(show, name):
    shown = show(name)
    if name == "Histories":
        shown.root.query_selector("button[value='10']").click()
    arrived = shown.root.query_selector(".stage").inner_html()
    play = shown.root.query_selector("button[name=play]")
    clock = shown.page.clock
    clock.install()  # Four seconds take no time.
    clock.run_for(200)
    assert time_of(shown) == 1.0  # Nothing starts by itself.
    play.click()
    clock.run_for(500)
    assert 0.1 < time_of(shown) < 1
    assert play.inner_text() == "Pause"
    assert shown.root.query_selector(".stage").inner_html() != arrived
    play.press("Enter")
    assert play.inner_text() == "Play"
    paused = time_of(shown)
    clock.run_for(200)
    assert 0 < time_of(shown) == paused < 1
    play.press("Space")
    clock.run_for(4000)
    assert time_of(shown) == 1.0
    assert play.inner_text() == "Play"
    assert shown.root.query_selector(".stage").inner_html() == arrived


@pytest.mark.parametrize("name", MOVING)
def test_the_time_slider_takes_over_from_the_clock_and_reset_ends_it(show, name):
    shown = show(name)
    slider = shown.root.query_selector("input[name=time]")
    assert slider.get_attribute("data-lm-suppress-shortcuts") == "true"
    shown.root.query_selector("button[name=play]").click()
    shown.set(slider, 0.5)
    shown.frames(5)
    assert time_of(shown) == 0.5
    slider.press("ArrowLeft")
    assert time_of(shown) == pytest.approx(0.49)
    assert slider.get_attribute("aria-valuetext") == "49 %"
    shown.root.query_selector("button[name=reset]").click()
    assert time_of(shown) == 1.0


@pytest.mark.parametrize("name", MOVING)
def test_where_motion_is_unwanted_play_goes_on_by_steps(show, name):
    shown = show(name, options={"reduced_motion": "reduce"})
    step = shown.root.query_selector("button[name=play]")
    assert step.inner_text() == "Step"
    times = []
    for _ in range(6):
        step.click()
        times.append(time_of(shown))
        shown.frames(10)
        assert time_of(shown) == times[-1]
    assert times == [0, 0.25, 0.5, 0.75, 1, 0]


COUNT = """() => {
  globalThis.asked = 0;
  const ask = requestAnimationFrame;
  globalThis.requestAnimationFrame = (act) => { asked += 1; return ask(act); };
}"""


@pytest.mark.parametrize(
    "leave",
    [
        "root.remove()",
        "root.hidden = true",
        "document.dispatchEvent(new Event('visibilitychange'))",
    ],
)
def test_frames_are_asked_for_no_longer_when_it_is_hidden_or_removed(show, leave):
    shown = show("Winding")
    shown.page.clock.install()
    shown.page.evaluate(COUNT)
    shown.root.query_selector("button[name=play]").click()
    shown.page.clock.run_for(100)
    assert shown.page.evaluate("asked") > 3
    shown.root.evaluate(f"root => {{ {leave}; }}")
    shown.page.clock.run_for(100)
    asked = shown.page.evaluate("asked")
    shown.page.clock.run_for(200)
    assert shown.page.evaluate("asked") == asked


def test_histories_open_undrawn_and_give_no_prediction_away(show):
    shown = show("Histories", unfolded=True)
    outputs = shown.outputs()
    assert (outputs["count_plus"], outputs["count_minus"]) == (0, 0)
    assert shown.controls(".history, rect.bar, .error") == []
    assert len(shown.controls(".expected")) == 1  # In the legend.
    assert shown.root.query_selector("output[name=predicted_plus]").inner_text() == "…"
    shown.root.query_selector("button[value='10']").click()
    assert len(shown.controls("path.history")) == 10
