"""Explorers of the pair, each alone in a page: hands to drag, plots to drag along, signals."""

import math

import numpy as np
import pytest

from retrolib.explorers import Anomaly, Chsh, Correlation, Intervention, Signaling, Winding

from .alone import alone, saved
from .book import PHONE, Explorer, settle
from .test_knob import SITE, touch

pytestmark = pytest.mark.browser

DEGREE = math.pi / 180


@pytest.fixture(params=["mouse", "finger"], scope="module")
def show(request, browser):
    """Show an explorer; its attribute `drag` drags by a mouse, or by a finger on a phone."""
    options = {"has_touch": True, "is_mobile": True, "viewport": PHONE}
    context = browser.new_context(**options if request.param == "finger" else {})
    tab = context.new_page()
    session = context.new_cdp_session(tab)

    def drag(explorer, points):
        mouse = explorer.page.mouse
        if request.param == "mouse":
            mouse.move(*points[0])
            mouse.down()
            for point in points[1:]:
                mouse.move(*point)
            mouse.up()
            return
        for nth, point in enumerate(points):
            touch(session, "touchMove" if nth else "touchStart", *point)
        touch(session, "touchEnd")

    def open_page(widget):
        widget.unfolded = True
        body = alone(saved(widget))
        context.unroute_all()
        context.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
        tab.goto(SITE)
        settle(tab)
        explorer = Explorer(tab, 0)
        explorer.drag = lambda points: drag(explorer, points)
        return explorer

    yield open_page
    context.close()


def domains(kind):
    return [name for name, domain in kind.domains.items() if "words" not in domain]


def middle(part):
    box = part.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


# Of a dial's hub and of a hand's knob, once they are seen.
MIDDLES = """(root, hand) => {
  const knobs = root.querySelectorAll("g .handle");
  knobs[0].scrollIntoViewIfNeeded();
  return [root.querySelector(".hub"), knobs[hand]].map((part) => {
    const box = part.getBoundingClientRect();
    return [box.x + box.width / 2, box.y + box.height / 2];
  });
}"""


def turn(explorer, hand, angle):
    """Drag a hand's knob to an angle, clockwise from the top, half a turn at a time."""
    (cx, cy), (x, y) = explorer.root.evaluate(MIDDLES, hand)
    explorer.frames(2)  # What has not been painted takes no finger.
    r = math.hypot(x - cx, y - cy)
    way = np.linspace(math.atan2(x - cx, cy - y), angle, 9)
    explorer.drag([(cx + r * math.sin(t), cy - r * math.cos(t)) for t in way])


@pytest.mark.parametrize(
    ("kind", "names"),
    [(Chsh, ["a1", "b1", "a2", "b2"]), (Intervention, ["a", "b", "b2"]), (Signaling, ["a", "b"])],
)
def test_hands_that_point_the_same_way_can_be_dragged_apart(show, kind, names):
    explorer = show(kind())
    for start in (0.0, 3.7, 2 * math.pi):
        change = dict.fromkeys(names, start)
        explorer.root.evaluate("(root, change) => root.traits.set(change)", change)
        expected = {name: explorer.outputs()[name] for name in names}
        for hand, name in enumerate(names):
            expected[name] = (30 + 90 * hand) * DEGREE
            turn(explorer, hand, expected[name])
            shown = explorer.outputs()
            for other in names:
                apart = math.remainder(shown[other] - expected[other], 2 * math.pi)
                assert apart == pytest.approx(0.0, abs=1.01 * DEGREE), (start, name, other)


@pytest.mark.parametrize(
    ("kind", "handle", "trait"),
    [(Winding, 0, "theta"), (Anomaly, 0, "a"), (Anomaly, 1, "b"), (Anomaly, 3, "lam")],
)
def test_a_magnet_and_a_spin_can_be_turned_by_their_ends(show, kind, handle, trait):
    explorer = show(kind())
    end = explorer.root.query_selector_all("circle.handle")[handle]
    end.scroll_into_view_if_needed()
    x, y = middle(end)
    before = explorer.outputs()
    explorer.drag([(x, y), (x + 5, y + 25), (x + 15, y + 40)])
    after = explorer.outputs()
    assert {name for name in domains(kind) if before[name] != after[name]} == {trait}
    assert after[trait] / DEGREE == pytest.approx(round(after[trait] / DEGREE), abs=1e-9)


@pytest.mark.parametrize(
    ("widget", "track", "trait", "high"),
    [
        (Correlation, 0, "theta", 2 * math.pi),
        (Correlation, 1, "gamma", 2.0),
        (Signaling, 0, "b", 2 * math.pi),
        (Anomaly, 0, "lam", 2 * math.pi),
    ],
)
def test_a_plot_can_be_dragged_along_and_not_beyond(show, widget, track, trait, high):
    explorer = show(widget())
    along = explorer.root.query_selector_all("rect.track")[track]
    along.scroll_into_view_if_needed()
    box = along.bounding_box()
    x, y = middle(along)
    explorer.drag([(x - 40, y), (x - 20, y), (x, y)])
    assert explorer.outputs()[trait] == pytest.approx(high / 2, abs=0.01 * high)
    for out, end in [(box["x"] + box["width"], high), (box["x"] - 0.5, 0.0)]:
        explorer.drag([(x, y), ((x + out) / 2, y), (out, y)])
        assert explorer.outputs()[trait] == end


def test_best_settings_keep_alices_first_hand_and_reach_the_maximum(show):
    explorer = show(Chsh(a1=2.0, a2=0.3, b1=5.0, b2=4.0, gamma=0.3))
    explorer.root.query_selector("button[name=best]").click()
    shown = explorer.outputs()
    assert shown["a1"] == 2.0
    assert shown["S"] == pytest.approx(shown["maximum"], rel=1e-12)


@pytest.mark.parametrize("skew", [-1.0, 0.0, 0.8])
def test_a_uniform_preparation_is_silent_and_a_one_sided_one_is_not(show, skew):
    explorer = show(Signaling(skew=skew, gamma=0.05))
    for kappa, signals in [(0.0, 0.0), (4.0, 1.0), (32.0, 1.0)]:
        explorer.set(explorer.root.query_selector("input[name=kappa]"), kappa)
        shown = explorer.outputs()
        assert shown["signals"] == signals
        assert (shown["largest"] < 1e-13) == (not signals)
