"""Self-checks: worked by keyboard, announced, kept, accessible, readable without a script."""

import json
import re

import pytest

from tests import fixture

from .book import BUILT, DESKTOP, Watch, pages, quizzes
from .kinds import assert_accessible

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("quiz")]

PAGE = "book/kinds.html"
KEY = "waiting-magnet-answers"
KEPT = f"JSON.parse(localStorage.getItem('{KEY}') ?? '{{}}')"

AGAIN = "document.querySelectorAll('.quiz [name=again]').forEach((button) => button.click())"
# The boxes as they came, and the script once more: quicker than to load the whole page.
ANEW = """async ([key, kept]) => {
  localStorage.setItem(key, kept);
  globalThis.came ??= await (await fetch(location.href)).text();
  const boxes = new DOMParser().parseFromString(came, "text/html").querySelectorAll(".quiz");
  document.querySelectorAll(".quiz").forEach((old, nth) => old.replaceWith(boxes[nth]));
  const script = document.createElement("script");
  script.src = document.querySelector("script[src*='quiz/quiz.js']").src;
  await new Promise((done) => { script.onload = done; document.body.append(script); });
}"""
MINUS = "\N{MINUS SIGN}"


class Question:
    """One question, answered as a reader with a keyboard does.

    Its parts are element handles: a locator searches all of a page of 28 000 elements each time.
    """

    def __init__(self, page, root):
        self.page = page
        self.root = root
        self.kind = root.get_attribute("data-kind")
        self.inputs = root.query_selector_all("input")
        self.region = root.query_selector("[role=status]")
        self.answers = root.query_selector_all(".answer")
        self.button = root.query_selector("[name=check]")

    def verdicts(self):
        return [answer.evaluate("a => a.classList.contains('right')") for answer in self.answers]

    def values(self):
        return [answer.get_attribute("data-value") for answer in self.answers]

    def texts(self):
        """What each answer has to say, its mark left out."""
        rest = "a => [...a.children].slice(1).map((p) => p.textContent).join()"
        return [answer.evaluate(rest) for answer in self.answers]

    def reach(self, control):
        """Press Tab until the focus is on a control; it must be seen there."""
        for _ in range(12):
            if control.evaluate("control => control === document.activeElement"):
                width = control.evaluate("control => getComputedStyle(control).outlineWidth")
                assert float(width.removesuffix("px")) >= 2
                return
            self.page.keyboard.press("Tab")
        pytest.fail("the keyboard does not reach a control")

    def enter(self):
        """Put the focus on the question's heading, from where Tab leads into it."""
        self.root.evaluate(
            """root => {
              const heading = root.querySelector("h4");
              heading.tabIndex = -1;
              heading.focus();
              heading.removeAttribute("tabindex");
            }"""
        )

    def choose(self, indices):
        """Make exactly these choices: arrows and Space among radios, Space on boxes."""
        self.enter()
        if self.kind == "single":
            self.page.keyboard.press("Tab")
            self.page.keyboard.press("Space")
            for _ in self.inputs:
                if self.inputs[indices[0]].is_checked():
                    return
                self.page.keyboard.press("ArrowDown")
            pytest.fail("the arrows do not reach a choice")
        for i, box in enumerate(self.inputs):
            self.reach(box)
            if box.is_checked() != (i in indices):
                self.page.keyboard.press("Space")

    def write(self, text):
        self.enter()
        self.reach(self.inputs[0])
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def answer(self, *indices):
        """Give these answers and check them, with Enter on the button or in the field."""
        if self.kind == "number":
            value = self.values()[indices[0]]
            self.write(value or "123456.5")
            self.page.keyboard.press("Enter")
        else:
            self.choose(indices)
            self.reach(self.button)
            self.page.keyboard.press("Enter")

    def shown(self):
        """Indices of the answers that the live region shows."""
        return [i for i, answer in enumerate(self.answers) if answer.is_visible()]

    @property
    def right(self):
        return [i for i, verdict in enumerate(self.verdicts()) if verdict]


@pytest.fixture(scope="module")
def self_check(browser, small_address):
    """A page whose self-check has questions of all kinds, opened once from its file."""
    watch = Watch(browser, small_address, fixture.BUILT)
    watch.page = watch.open(PAGE, base=fixture.BUILT.as_uri())
    watch.page.locator("#quiz-kinds.on").wait_for()
    yield watch
    watch.close()


@pytest.fixture
def page(self_check):
    """The page, on which the self-check is started again for each test."""
    page = self_check.page
    page.set_viewport_size(DESKTOP)
    page.evaluate(AGAIN)
    yield page
    self_check.assert_quiet()


@pytest.fixture
def sample(page):
    """The question of each kind."""
    found = {question.kind: question for question in questions(page)}
    assert found.keys() == {"single", "multiple", "number"}
    return found


def questions(page, quiz="#quiz-kinds"):
    return [Question(page, root) for root in page.query_selector_all(f"{quiz} .question")]


def score(page, quiz="#quiz-kinds"):
    return page.locator(f"{quiz} .score").inner_text()


def test_every_wrong_answer_has_its_own_feedback_and_every_right_one_is_recognised(page):
    for question in questions(page):
        assert question.shown() == []
        assert question.region.inner_text() == ""
        texts = question.texts()
        assert len(set(texts)) == len(texts)
        for i, verdict in enumerate(question.verdicts()):
            question.answer(i)
            assert question.shown() == [i]
            said = question.region.inner_text()
            assert ("Right." in said, "Wrong." in said) == (verdict, not verdict)
            assert ("✓" in said, "✗" in said) == (verdict, not verdict)
            solved = verdict and question.kind != "multiple"
            assert question.root.get_attribute("data-state") == ("right" if solved else "wrong")
            assert not question.region.query_selector_all("merror")
        question.answer(*question.right)
        assert question.shown() == question.right
        assert question.root.get_attribute("data-state") == "right"
        focused = page.evaluate("document.activeElement.name")
        assert focused == (
            "check" if question.kind != "number" else question.root.get_attribute("id")
        )
    n = len(questions(page))
    # The first answer of a question was tried first: it counts if it was the whole answer.
    first = sum(q.right == [0] for q in questions(page))
    assert score(page) == f"Solved: {n} of {n}, at the first try: {first}."


def test_a_self_check_is_solved_and_started_again(page):
    found = questions(page)
    n = len(found)
    assert score(page) == f"Solved: 0 of {n}, at the first try: 0."
    for done, question in enumerate(found, 1):
        question.answer(*question.right)
        assert score(page) == f"Solved: {done} of {n}, at the first try: {done}."
    found[-1].reach(page.locator("#quiz-kinds [name=again]"))
    page.keyboard.press("Space")
    assert page.evaluate("document.activeElement.textContent") == "Questions 2 to 4"
    assert score(page) == f"Solved: 0 of {n}, at the first try: 0."
    for question in found:
        assert question.shown() == []
        assert question.root.get_attribute("data-state") is None
        assert not any(
            one.is_checked() for one in question.root.query_selector_all(".choice input")
        )
        if question.kind == "number":
            assert question.inputs[0].input_value() == ""


def test_a_second_try_solves_but_is_not_a_first(sample):
    question = sample["single"]
    wrong = question.verdicts().index(False)
    question.answer(wrong)
    question.answer(wrong)
    assert score(question.page).startswith("Solved: 0 of")
    question.answer(*question.right)
    assert score(question.page).startswith("Solved: 1 of")
    assert score(question.page).endswith("at the first try: 0.")
    question.answer(wrong)
    question.answer(*question.right)
    assert score(question.page).endswith("at the first try: 0.")


def test_a_question_by_itself_is_not_counted(page):
    between = "#quiz-kinds-between"
    (question,) = questions(page, between)
    assert question.verdicts() == [False, True, False], "they ascend, as written"
    assert page.locator(f"{between} :is(h3, h4)").all_inner_texts() == ["Question 1"]
    said = []
    for way in ([0, 1], [1]):
        page.locator(f"{between} [name=again]").click()
        for index in way:
            question.root.query_selector_all("input")[index].check()
            question.button.click()
            said.append(score(page, between))
    assert said == ["", "Solved.", "Solved at the first try."]


def test_to_check_nothing_is_no_try(sample):
    for kind, message in (
        ("single", "Choose an answer first."),
        ("multiple", "Choose an answer first."),
        ("number", "Write a number first."),
    ):
        question = sample[kind]
        question.enter()
        question.reach(question.button)
        question.page.keyboard.press("Enter")
        assert question.region.inner_text() == message
        question.answer(*question.right)
    assert score(question.page).startswith("Solved: 3 of")
    assert score(question.page).endswith("at the first try: 3.")


def test_a_part_of_what_is_right_is_not_complete(sample):
    question = sample["multiple"]
    right = question.right
    question.answer(*right[1:])
    assert "Not complete: 1 more to find." in question.region.inner_text()
    assert question.shown() == right[1:]
    question.answer(*range(len(question.verdicts())))
    assert "Not complete" not in question.region.inner_text()
    assert question.root.get_attribute("data-state") == "wrong"
    question.answer(*right)
    assert question.root.get_attribute("data-state") == "right"


NUMBERS = [
    ("0.5", "0.5"),
    (" 0,5 ", "0.5"),
    (".5", "0.5"),
    ("-0.5", f"{MINUS}0.5"),
    (f"{MINUS}0,5", f"{MINUS}0.5"),
    ("1/2", "0.5"),
    ("-1 / 4", f"{MINUS}0.25"),
    ("5e-1", "0.5"),
    ("+2.", "2"),
    ("7/3", "2.33333"),
]


def test_numbers_are_read_as_people_write_them(sample):
    question = sample["number"]
    for text, read in NUMBERS:
        question.page.evaluate(AGAIN)
        assert question.root.get_attribute("data-state") is None
        question.write(text)
        question.page.keyboard.press("Enter")
        assert f"Your answer: {read}." in question.region.inner_text(), text
        assert question.root.get_attribute("data-state") == "wrong", text


NO_NUMBERS = ["half", "1/0", "1/2/3", "1,000", "12,345,678", "0.5 rad", "--1", "1..2", "1/"]


def test_what_is_no_number_is_refused_and_is_no_try(sample):
    question = sample["number"]
    for text in NO_NUMBERS:
        question.page.evaluate(AGAIN)
        question.write(text)
        question.page.keyboard.press("Enter")
        said = question.region.inner_text()
        assert said == f"“{text}” is not read as a number. Write it like 0.25, 1/4 or 2.5e-1."
        assert question.shown() == []
        assert question.root.get_attribute("data-state") is None


def test_a_number_counts_up_to_the_tolerance_and_not_beyond(sample):
    question = sample["number"]
    (right,) = question.right
    answer = question.answers[right]
    value = float(answer.get_attribute("data-value"))
    within = float(answer.get_attribute("data-within"))
    for off, state in ((0.999, "right"), (-1.0, "right"), (1.05, "wrong"), (-1.05, "wrong")):
        question.write(f"{value + off * within:.9f}")
        question.page.keyboard.press("Enter")
        assert question.root.get_attribute("data-state") == state, off


def test_the_same_answer_given_twice_is_announced_twice(sample):
    question = sample["single"]
    question.answer(0)
    question.region.evaluate(
        """region => {
          globalThis.changes = 0;
          const observer = new MutationObserver((all) => { changes += all.length; });
          observer.observe(region, { childList: true });
        }"""
    )
    question.page.keyboard.press("Enter")
    question.page.wait_for_function("changes > 0")


def give_wrong_and_right(page):
    """Show every kind of feedback: the first question right, the others wrong."""
    page.evaluate(
        """() => document.querySelectorAll(".quiz .question").forEach((question, i) => {
          const answers = [...question.querySelectorAll(".answer")];
          const inputs = question.querySelectorAll("input");
          const given = answers.findIndex((one) => one.classList.contains("right") === (i === 0));
          if (question.dataset.kind === "number") inputs[0].value = answers[given].dataset.value;
          else inputs[given].checked = true;
          question.querySelector("[name=check]").click();
        })"""
    )
    assert page.locator(".quiz .answer:visible").count() == page.locator(".quiz .question").count()


def test_axe_finds_no_fault_in_feedback_and_nothing_sticks_out(page):
    give_wrong_and_right(page)
    assert_accessible(page, {}, ".quiz")


def test_in_the_dark_feedback_has_contrast(page):
    give_wrong_and_right(page)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    background = "getComputedStyle(document.body).backgroundColor"
    assert sum(map(int, re.findall(r"\d+", page.evaluate(background)))) < 3 * 60
    assert_accessible(page, {"runOnly": ["color-contrast"]}, ".quiz")
    page.evaluate("document.documentElement.dataset.theme = 'light'")


def test_every_control_is_named_and_each_group_asks_its_question(page):
    for quiz in page.locator(".quiz").all():
        assert quiz.get_attribute("role") == "group"
    for number, question in enumerate(questions(page, ".quiz"), 1):
        legend = question.root.query_selector("fieldset > legend")
        assert legend.inner_text().strip().endswith("?")
        check = page.get_by_role("button", name=f"Check question {number}", exact=True)
        assert check.evaluate("(named, own) => named === own", question.button)
        assert check.inner_text() == "Check"
        for control in question.inputs:
            assert control.evaluate("input => input.labels.length") == 1
            assert control.is_visible()


def test_paper_has_every_question_in_place_and_every_answer_at_the_end(page):
    give_wrong_and_right(page)
    shown = page.locator(".quiz .answer:visible").all_inner_texts()
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    quiz, paper = page.locator(".quiz"), page.locator("article > section > :last-child")
    assert quiz.locator(":is(input, button, .note, .score, .answer):visible").count() == 0
    assert quiz.locator(".choice:visible").count() == quiz.locator(".choice").count() > 0
    heads = paper.locator("h2, h3").all_inner_texts()
    assert heads == ["Answers to the self-checks", *(f"Question {n}" for n in (1, 2, 3, 4))]
    assert paper.locator(".answer:visible").count() == quiz.locator(".answer").count()
    assert paper.get_by_text("0.25", exact=True).is_visible(), "a number is named"
    assert paper.locator("[id]").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.emulate_media(media="screen")
    assert page.locator(".quiz-answers").count() == 0
    assert page.locator(".quiz .answer:visible").all_inner_texts() == shown


QUIET = """globalThis.announced = [];
new MutationObserver((changes) => {
  for (const { target } of changes) {
    const region = target.closest?.(".quiz.on [role=status]");
    if (region && region.ariaLive !== "off") announced.push(region.textContent);
  }
}).observe(document, { childList: true, subtree: true });"""


def test_answers_are_kept_over_a_reload_and_come_back_quietly(small):
    page = small.open(PAGE, script=QUIET)
    (between,), found = questions(page, "#quiz-kinds-between"), questions(page)
    given = [found[0].verdicts().index(False), found[1].right[0], found[2].right[0]]
    for question, index in zip(found, given, strict=True):
        question.answer(index)
    found[2].write("0,75")
    page.keyboard.press("Enter")
    said = [question.region.inner_text() for question in found]
    assert all(said)
    total = score(page)
    page.goto(page.url)
    page.locator("#quiz-kinds.on").wait_for()
    (between,), found = questions(page, "#quiz-kinds-between"), questions(page)
    assert [question.region.inner_text() for question in found] == said
    assert "Not complete: 1 more to find." in said[1]
    assert "0.75" in said[2]
    assert found[2].inputs[0].input_value() == "0,75"
    assert (score(page), between.region.inner_text()) == (total, "")
    assert page.evaluate("[document.activeElement.tagName, scrollY]") == ["BODY", 0]
    page.wait_for_function("!document.querySelector('.quiz [aria-live]')")
    assert page.evaluate("announced") == []
    page.locator("#quiz-kinds [name=again]").click()
    assert page.evaluate("announced") != []
    assert page.evaluate(KEPT) == {}
    small.assert_quiet()


def test_kept_answers_that_nobody_can_have_given_are_dropped(small):
    page = small.open(PAGE)
    digests = [
        root.get_attribute("data-digest") for root in page.query_selector_all(".quiz .question")
    ]
    assert len(set(digests)) == 4
    page.evaluate(ANEW, [KEY, json.dumps({digests[0]: {"given": "a", "first": True}})])
    assert page.locator(".quiz .answer:visible").count() == 1, "what is good stays"
    one, several, many = "<img src=x>", "ba", "1" * 100_000
    hostile = [
        [None, 7, "a", {"given": "1"}],
        [{"given": 1, "first": True}, {"given": ["a"], "first": True}, {}, {"given": ""}],
        [{"given": text, "first": True} for text in ("aa", one, several, "1e999")],
        [{"given": text, "first": True} for text in ("", "z", one, many)],
        [{"given": text, "first": "<b>"} for text in ("a", "a", "a", "0.25")],
    ]
    values = ["{", "[]", '{"__proto__": {"given": "a", "first": true}}']
    values += [json.dumps(dict(zip(digests, kept, strict=True))) for kept in hostile]
    for value in values:
        page.evaluate(ANEW, [KEY, value])
        assert page.locator(".quiz.on").count() == 2
        assert page.locator(".quiz [data-state], .quiz :checked").count() == 0, value[:60]
        assert page.locator(".quiz .answer:visible").count() == 0
    page.evaluate(
        "([key, value]) => localStorage.setItem(key, value)",
        [KEY, json.dumps({"constructor": {"given": "a", "first": True}, digests[0]: None})],
    )
    questions(page)[0].answer(0)
    assert page.evaluate(f"Object.keys({KEPT})") == [digests[1]], "nor are they written again"
    small.assert_quiet()


def test_without_storage_questions_are_answered_all_the_same(small):
    refusal = (
        "Object.defineProperty(globalThis, 'localStorage', { get() { throw new Error('no'); } })"
    )
    question = questions(small.open(PAGE, script=refusal))[0]
    question.answer(*question.right)
    assert question.root.get_attribute("data-state") == "right"
    small.assert_quiet()


def test_without_a_script_questions_are_plain_and_answers_are_folded(small):
    page = small.open(PAGE, java_script_enabled=False)
    quiz = page.locator(".quiz")
    assert quiz.locator(":is(input, button):visible").count() == 0
    assert not page.get_by_text("Solved:").is_visible()
    page.emulate_media(media="print")
    assert quiz.locator(".answer:visible").count() == quiz.locator(".answer").count()
    page.emulate_media(media="screen")
    for root in page.query_selector_all(".quiz .question"):
        answers = root.query_selector_all(".answer")
        assert len(answers) >= 2
        assert not answers[0].is_visible()
        root.query_selector("summary").click()
        assert all(answer.is_visible() for answer in answers)


def test_only_pages_with_a_self_check_load_its_script():
    found = set(quizzes())
    assert found
    for page in pages():
        assert ("quiz/quiz.js" in (BUILT / page).read_text("utf8")) == (page in found), page
