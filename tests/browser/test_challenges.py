"""Challenges are met by moving an explorer; what was done stays in the browser."""

import math
import re

import pytest

from .book import BUILT, PHONE, Watch, pages, reload, settle

pytestmark = pytest.mark.browser

DEGREE = math.pi / 180
PAGE = "book/kinds.html"
KEY = "waiting-magnet"
KEPT = f"JSON.parse(localStorage.getItem('{KEY}'))"
# How each challenge of the book is met, in their order: moves one after the other from the opening.
MOVES = {
    "winding": [
        [{"turn": 2}],
        [{"theta": 0}, {"gamma": 2}],
        [{"theta": 90 * DEGREE}, {"gamma": 2}],
    ],
    "histories": [
        [{"count": 10, "seed": 6}],
        [{"theta": 0}, {"gamma": 1}, {"count": 1000, "seed": 2}],
        [{"theta": 0}, {"count": 10}],
    ],
    "chsh": [
        [{"gamma": 0.4}],
        [{"b2": 135 * DEGREE}],
        [
            {"gamma": 0.4},
            {"a1": -45 * DEGREE},
            {"a2": 45 * DEGREE, "b1": 0, "b2": -90 * DEGREE},
        ],
    ],
    "anomaly": [
        [{"b": 220 * DEGREE}],
        [{"b": 40 * DEGREE}, {"gamma": 0.02}],
        [{"gamma": 1.2}],
    ],
    "correlation": [
        [{"gamma": math.log(1 + math.sqrt(2)) / 2}],
        [{"theta": 60 * DEGREE}, {"gamma": 0.6}],
        [{"theta": 180 * DEGREE}, {"gamma": 0.05}],
    ],
    "ghz": [
        [{"phi2": 270 * DEGREE}],
        [{"gamma": 0.3}, {"n": 5}],
    ],
    "third": [
        [{"c": 120 * DEGREE}],
        [{"b": 90 * DEGREE}],
    ],
    "signaling": [
        [{"kappa": 4}],
        [{"kappa": 4}, {"gamma": 0.05}],
        [{"kappa": 32}, {"a": 0}],
    ],
    "source": [
        [{"gamma": 0.01}],
        [{"gamma": 0.01}, {"p1": 0.1}],
        [{"kind": "waves"}, {"lean": 1}],
    ],
    "intervention": [
        [{"b2": 330 * DEGREE}],
        [{"b2": 270 * DEGREE}],
        [{"a": 170 * DEGREE}, {"b": 190 * DEGREE}],
    ],
    "tail": [
        [{"p": 2}],
        [{"p": 2}, {"tail": "periodic"}],
        [{"p": 2}, {"tail": "logarithm"}, {"log_gamma": -24}],
    ],
    "chain": [
        [{"links": 3}, {"gamma": 0.2}],
        [{"links": 12}, {"gamma": 0.03}],
    ],
    "victor": [
        [{"a": 45 * DEGREE}],
        [{"a": -45 * DEGREE}, {"gamma": 0.05}],
        [{"a": 45 * DEGREE}, {"b": 0}],
    ],
}
BOXES = re.compile(r'class="challenges" data-explorer="([\w-]+)"')
ASKED = [
    (page, name) for page in pages() for name in BOXES.findall((BUILT / page).read_text("utf8"))
]
SET = "([root, changes]) => root.traits.set(changes)"


def box(page, name):
    page.wait_for_selector(f".challenges.on[data-explorer={name}]")
    return page.locator(f".challenges[data-explorer={name}]")


def goals(page, name):
    return box(page, name).locator(".challenge").all()


def state(goal):
    return goal.get_attribute("data-state")


def test_every_explorer_has_two_or_three_challenges_and_each_has_its_solution_here():
    assert {name for _, name in ASKED} == MOVES.keys()
    assert len(ASKED) == len(MOVES)
    for page, name in ASKED:
        html = (BUILT / page).read_text("utf8")
        (inside,) = re.findall(
            rf'class="challenges" data-explorer="{name}".*?<p class="foot"', html, re.S
        )
        assert inside.count('class="challenge"') == len(MOVES[name]) in {2, 3}


ROUND = """([root, box, changes]) => {
  if (changes) root.traits.set(changes);
  else box.querySelector("[name=again]").click();
}"""
STATES = """box => [...box.querySelectorAll(".challenge")].map((goal) =>
  [goal.dataset.state ?? null, goal.dataset.moves, goal.querySelector(".verdict").innerText])"""


@pytest.fixture(scope="module")
def chapters(browser, address):
    """One tab for all chapters, each as if it was opened for the first time."""
    watch = Watch(browser, address)
    watch.page = watch.open("genindex.html", script="if (origin !== 'null') localStorage.clear()")
    watch.page.clock.install()  # Half a second takes no time.
    yield watch
    watch.close()


@pytest.mark.parametrize(("where", "name"), ASKED)
def test_a_challenge_is_not_met_as_the_page_opens_and_can_be_met_in_the_moves_it_states(
    chapters, where, name
):
    page = chapters.page
    page.goto(f"{chapters.address}/{where}")
    settle(page)
    found = box(page, name).element_handle()
    root = page.query_selector(f"#live-{name} .explorer")
    root.evaluate("root => root.dispatchEvent(new Event('drawn'))")

    def act(changes, wait):
        page.evaluate(ROUND, [root, found, changes])
        page.clock.run_for(wait)
        return found.evaluate(STATES)

    for goal, moves in enumerate(MOVES[name]):
        states = act(None, 500)
        assert len(states) == len(MOVES[name])
        assert {state for state, *_ in states} == {None}, "met by what it opens with"
        for changes in moves:
            assert states[goal][0] is None
            states = act(changes, 50)
        page.clock.run_for(500)
        _, least, verdict = found.evaluate(STATES)[goal]
        count = len(moves)
        assert int(least) == count
        assert verdict == f"✓ Met in {count} move{'s' if count > 1 else ''}."
    # What is on its way would fail as the next page is opened.
    page.wait_for_function("[...document.images].every(({ complete }) => complete)")
    chapters.assert_quiet()


def move(page, slider, share, way):
    """Move a slider to a share of its range: by pointer, by touch or by keyboard."""
    slider.scroll_into_view_if_needed()
    if way == "keyboard":
        slider.press("Home" if share == 0 else "End")
        return
    edge = slider.bounding_box()
    x, y = edge["x"] + 2 + (edge["width"] - 4) * share, edge["y"] + edge["height"] / 2
    if way == "touch":
        page.touchscreen.tap(x, y)
    else:
        page.mouse.move(edge["x"] + edge["width"] / 2, y)
        page.mouse.down()
        page.mouse.move(x, y, steps=5)
        page.mouse.up()


@pytest.mark.parametrize("way", ["pointer", "touch", "keyboard"])
def test_moves_are_counted_alike_by_pointer_touch_and_keyboard(small, way):
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True} if way == "touch" else {}
    page = small.open(PAGE, **phone)
    goal, other = goals(page, "winding")
    page.locator("#live-winding [name=more]").click()
    theta, gamma, turn = [
        page.locator(f"#live-winding input[name={name}]") for name in ("theta", "gamma", "turn")
    ]
    count = box(page, "winding").locator(".count")
    assert count.inner_text() == "Moves: 0"
    for slider, share, moves in [(gamma, 1, 1), (gamma, 1, 1), (turn, 1, 2), (theta, 0, 3)]:
        move(page, slider, share, way)
        page.wait_for_function(
            "said => document.querySelector('.challenges .count').textContent === said",
            arg=f"Moves: {moves}",
        )
    goal.locator(".verdict", has_text="Met").wait_for()
    assert goal.locator(".verdict").inner_text() == "✓ Met in 3 moves. It can be done in 2 moves."
    assert goal.locator(".verdict").get_attribute("role") == "status"
    assert state(other) == "met"
    again = box(page, "winding").locator("[name=again]")
    again.press("Enter") if way == "keyboard" else again.click()
    assert (state(goal), state(other), count.inner_text()) == (None, None, "Moves: 0")
    small.assert_quiet()


SEEN = """part => {
  const { top, bottom } = part.getBoundingClientRect();
  return top > -1 && bottom < innerHeight + 1;
}"""


def test_a_goal_can_be_taken_to_its_explorer_and_is_seen_there_with_the_controls(small):
    page = small.open(PAGE, viewport=PHONE, has_touch=True, is_mobile=True)
    goal, other = goals(page, "winding")
    shown = page.locator("#live-winding .taken")
    assert not shown.is_visible()
    goal.locator("[name=try]").tap()
    words = "part => part.querySelector('p').textContent"
    assert shown.evaluate(words) == goal.evaluate(words)
    first = page.locator("#live-winding input").first
    assert first.evaluate("input => input === document.activeElement")
    root = page.query_selector("#live-winding .explorer")
    page.locator("#live-winding [name=more]").tap()
    for name in ("theta", "gamma", "turn"):
        control = page.locator(f"#live-winding input[name={name}]")
        control.focus()
        page.wait_for_timeout(200)
        assert control.evaluate(SEEN)
        assert shown.evaluate(SEEN)
        assert control.bounding_box()["y"] + 20 < shown.bounding_box()["y"]
    page.evaluate(SET, [root, {"theta": 10 * DEGREE}])
    shown.locator(".verdict", has_text="Moves: 1").wait_for()
    page.evaluate(SET, [root, {"theta": 0, "gamma": 2}])
    shown.locator(".verdict", has_text="Met").wait_for()
    assert shown.locator(".verdict").inner_text() == goal.locator(".verdict").inner_text()
    other.locator("[name=try]").tap()
    assert shown.evaluate(words) == "Choose another turn."
    shown.locator("[name=leave]").tap()
    assert not shown.is_visible()
    small.assert_quiet()


def test_a_goal_reached_without_its_condition_or_in_passing_does_not_count(small):
    page = small.open(PAGE)
    goal, _ = goals(page, "winding")
    root = page.query_selector("#live-winding .explorer")
    page.evaluate(SET, [root, {"theta": 10 * DEGREE, "gamma": 2}])
    goal.locator(".verdict", has_text="other settings").wait_for()
    page.evaluate(SET, [root, {"theta": 0}])
    page.evaluate(SET, [root, {"theta": 1}])
    page.wait_for_timeout(600)
    assert state(goal) is None


def met(page):
    goal, _ = goals(page, "winding")
    root = page.query_selector("#live-winding .explorer")
    page.clock.install()  # Half a second takes no time.
    page.evaluate(SET, [root, {"theta": 0, "gamma": 2}])
    page.clock.run_for(500)
    goal.locator(".verdict", has_text="Met").wait_for()
    return goal.get_attribute("id")


def test_progress_is_kept_shown_saved_and_erased(small):
    page = small.open(PAGE)
    name = met(page)
    question = page.locator("#quiz-kinds .question").first
    question.get_by_label("All whole turns.").check()
    question.locator("[name=check]").click()
    page.wait_for_function(f"{KEPT}['book/kinds'].solved.length === 1")
    assert page.evaluate(f"{KEPT}['book/kinds'].read") is not True
    page.locator(".admonition.summary").scroll_into_view_if_needed()
    page.wait_for_function(f"{KEPT}['book/kinds'].read")
    reload(page)
    verdict = page.locator(f"#{name} .verdict", has_text="Met before, in 1 move.")
    verdict.wait_for()

    page.goto(page.url.replace("kinds", "plain"))
    shown = page.locator(".reader-progress")
    assert shown.locator("summary").inner_text() == (
        "Your progress: 1 of 2 chapters read, 1 of 4 questions solved, 1 of 2 challenges met"
    )
    shown.locator("summary").press("Enter")
    assert shown.locator("tbody tr").first.inner_text().split("\t") == [
        "1. One of each kind",
        "✓",
        "1 of 4",
        "1 of 2",
    ]
    with page.expect_download() as download:
        shown.locator("[name=save]").click()
    lines = download.value.path().read_text("utf8").splitlines()
    assert lines[1] == "1. One of each kind\tyes\t1 of 4\t1 of 2"
    shown.locator("[name=erase]").press("Enter")
    assert page.evaluate(KEPT) != {}
    answers = "localStorage.getItem('waiting-magnet-answers')"
    assert page.evaluate(answers)
    shown.locator("[name=erase]").press("Enter")
    assert page.evaluate(f"localStorage.getItem('{KEY}')") is None
    assert page.evaluate(answers) is None
    assert shown.locator("summary").inner_text().startswith("Your progress: 0 of 2 chapters read")
    small.assert_quiet()


def test_a_question_that_was_changed_since_counts_as_not_solved(small):
    page = small.open(PAGE)
    question = page.locator("#quiz-kinds .question").first
    question.get_by_label("All whole turns.").check()
    question.locator("[name=check]").click()
    page.wait_for_function(f"{KEPT}['book/kinds'].solved.length === 1")
    digest = question.get_attribute("data-digest")
    for change, count in [({}, 1), ({digest: "0123456789ab"}, 0)]:

        def rewrite(html, change=change):
            for old, new in change.items():
                assert old in html
                html = html.replace(old, new)
            return html

        page.route(
            "**/plain.html",
            lambda route: route.fulfill(
                body=rewrite(route.fetch().text()), content_type="text/html"
            ),
        )
        page.goto(page.url.replace("kinds", "plain"))
        summary = page.locator(".reader-progress summary").inner_text()
        assert f" {count} of 4 questions solved" in summary


TAMPERED = [
    *["", "{", "null", "7", "[]", '"x"', '{"book/kinds": null}'],
    '{"__proto__": {"read": true}}',
    '{"book/kinds": {"read": "<img>", "solved": {"a": 1}, "met": {"x": "<b>", "y": 1e99}}}',
    '{"book/kinds": {"solved": ["<script>"], "met": {"constructor": 1}}}',
]
# The box of challenges and that of the progress as they came, and the scripts once more: quicker
# than to load the whole pages.
ANEW = """async (kept) => {
  const came = async (address, part) => {
    const text = await (await fetch(address)).text();
    return new DOMParser().parseFromString(text, "text/html").querySelector(part);
  };
  const run = (name) => new Promise((done) => {
    const old = document.querySelector(`script[src*='/${name}.js']`);
    const script = document.createElement("script");
    for (const { name, value } of old.attributes) script.setAttribute(name, value);
    script.onload = done;
    old.replaceWith(script);
  });
  document.querySelector("#live-winding .explorer").traits.set({ theta: 1.2, gamma: 0.4, turn: 0 });
  if (kept !== null) {
    localStorage.setItem("waiting-magnet", kept);
    document.querySelector(".challenges").replaceWith(await came(location.href, ".challenges"));
    await run("progress");
    await run("challenge");
  } else {
    document.querySelector(".reader-progress")?.remove();
    document.querySelector("article").append(await came("plain.html", ".reader-progress"));
    await run("progress");
  }
}"""


def test_what_was_tampered_with_counts_for_nothing(small):
    page = small.open(PAGE)
    for kept in TAMPERED:
        page.evaluate(ANEW, kept)
        met(page)
        assert page.evaluate(f"Object.keys({KEPT}['book/kinds'].met).length") >= 1, kept
        page.evaluate(ANEW, None)
        summary = page.locator(".reader-progress summary").inner_text()
        none = "Your progress: 0 of 2 chapters read, 0 of 4 questions solved"
        assert summary.startswith(none), kept
    small.assert_quiet()


@pytest.mark.parametrize(
    "refusal",
    [
        "Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('no'); } })",
        "Storage.prototype.setItem = () => { throw new Error('full'); }",
        "Object.defineProperty(globalThis, 'localStorage', { value: null })",
    ],
)
def test_without_storage_all_works_and_nothing_is_kept(small, refusal):
    page = small.open(PAGE, script=refusal)
    met(page)
    page.locator(".theme-switch-button").first.click()
    page.goto(page.url.replace("kinds", "plain"))
    page.wait_for_load_state("networkidle")
    assert page.locator(".reader-progress").is_hidden()
    small.assert_quiet()


def test_without_scripts_and_on_paper_challenges_are_text(small):
    bare = small.open(PAGE, java_script_enabled=False)
    assert bare.locator(".challenge").first.is_visible()
    assert not bare.locator(".challenges .foot").is_visible()
    page = small.open(PAGE)
    met(page)
    goals(page, "winding")[0].locator("[name=try]").click()
    page.emulate_media(media="print")
    assert page.locator(".challenge p").first.is_visible()
    assert not page.locator(".challenges .foot").is_visible()
    assert not page.locator(".challenges .verdict").first.is_visible()
    assert page.locator(":is([name=try], .taken):visible").count() == 0
    assert not page.locator(".travel").first.is_visible()
