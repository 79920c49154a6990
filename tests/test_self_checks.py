"""The self-checks in the chapters: how many questions, and every number in them computed anew."""

import re
from functools import cache
from itertools import product
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
import yaml
from quiz import order
from scipy.integrate import quad
from scipy.optimize import brentq, minimize_scalar

from retrolib import (
    PairModel,
    Wrapped,
    chsh,
    lorentzian,
    many,
    pair,
    power_law,
    preparations,
    signaling,
    skewed_lorentzian,
    wrap,
    wrapped_lorentzian,
)
from retrolib.explorers import Signaling

BOOK = Path(__file__).parents[1] / "book"
PARTS = yaml.safe_load((BOOK.parent / "_toc.yml").read_text())["parts"]
NUMBERED = [page["file"] for part in PARTS if "numbered" in part for page in part["chapters"]]
PAGES = {Path(file).stem: BOOK.parent / f"{file}.md" for file in NUMBERED}
# A page that promises something is a chapter; one that does not, the closing one, asks nothing.
CHAPTERS = tuple(name for name, path in PAGES.items() if ":class: goals" in path.read_text("utf8"))
QUIZ = re.compile(r"^````\{quiz\} (\S+)\n(.*?)^````$", re.MULTILINE | re.DOTALL)
QUESTION = re.compile(r"^```\{question\} (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NUMBER = re.compile(r"^- \[.\] (-?[\d./]+)$", re.MULTILINE)
CHOICE = re.compile(r"^- \[(.)\] (.*)$", re.MULTILINE)
MARKUP = re.compile(r"\{\w+\}|\\[a-zA-Z]+|[$*`{}\\]")


@cache
def self_checks(chapter):
    """The self-checks of a chapter as written: (name, {question: text})."""
    text = (BOOK / f"{chapter}.md").read_text("utf8")
    return [(name, dict(QUESTION.findall(inside))) for name, inside in QUIZ.findall(text)]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_chapter_has_a_self_check_of_three_to_five_questions(chapter):
    """Those between its sections, of one question each, come before it."""
    *between, (name, questions) = self_checks(chapter)
    assert name == chapter
    assert 3 <= len(questions) <= 5
    for one, asked in between:
        assert one.startswith(f"{chapter}-")
        assert len(asked) == 1
    text = (BOOK / f"{chapter}.md").read_text("utf8")
    assert re.search(
        r"## Check yourself\n\n````\{quiz\}.*?^````\n\n\(..-summary\)=", text, re.S | re.M
    )


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_self_check_mixes_kinds_and_no_feedback_only_says_try_again(chapter):
    *between, (_, questions) = self_checks(chapter)
    kinds = {
        "number" if ":tolerance:" in text else text.count("- [x]") > 1
        for text in questions.values()
    }
    assert kinds == {"number", True, False}
    for text in [*questions.values(), *(text for _, asked in between for text in asked.values())]:
        for feedback in re.split(r"^- \[.\] .*$", text, flags=re.MULTILINE)[1:]:
            assert len(feedback.split()) > 4, feedback
            assert "try again" not in feedback.lower()


@cache
def questions_of_choice():
    """Every question with choices: its name, (right, length in characters, place) of each."""
    found = {}
    for chapter in ("intro", *CHAPTERS):
        for _, questions in self_checks(chapter):
            for name, text in questions.items():
                if ":tolerance:" in text:
                    continue
                written = [
                    (m == "x", len(MARKUP.sub("", said))) for m, said in CHOICE.findall(text)
                ]
                asked = re.sub(r"^:.*\n", "", text, flags=re.MULTILINE).partition("\n- [")[0]
                places = order(asked, len(written))
                if ":as-written:" in text:
                    places = sorted(places)
                found[f"{chapter}: {name}"] = [
                    (*written[at], place) for place, at in enumerate(places)
                ]
    assert len(found) > 25
    return found


def test_the_length_of_a_choice_does_not_tell_whether_it_is_right():
    longest, shortest, single = [], [], 0
    for name, choices in questions_of_choice().items():
        right = [length for yes, length, _ in choices if yes]
        wrong = [length for yes, length, _ in choices if not yes]
        assert max(right) <= 1.5 * max(wrong), name
        if len(right) == 1:
            single += 1
            longest += [name] * (right[0] > max(wrong))
            shortest += [name] * (right[0] < min(wrong))
    assert len(longest) <= 0.4 * single, longest
    assert len(shortest) <= 0.4 * single, shortest


def test_no_place_among_the_choices_is_the_right_one_much_more_often():
    right = [
        place
        for choices in questions_of_choice().values()
        for yes, _, place in choices
        if yes and sum(one[0] for one in choices) == 1
    ]
    for place in range(3):
        assert 0.1 * len(right) <= right.count(place), place
    assert max(map(right.count, right)) <= 0.45 * len(right)


def lattice(gamma):
    """Weights of all turns at equal angles, summed one by one: of all, and of the odd ones."""
    k = np.arange(-2_000_000, 2_000_001)
    weights = 1 / ((np.pi * k) ** 2 + gamma**2)
    return weights.sum(), weights[1::2].sum()


def width_with(probability):
    """Width at which a spin at sixty degrees ends aligned so often, by lattice sums."""
    theta = np.pi / 3 + 2 * np.pi * np.arange(-2_000, 2_001)

    def excess(gamma):
        plus, minus = ((1 / (x**2 + gamma**2)).sum() for x in (theta, theta + np.pi))
        return plus / (plus + minus) - probability

    return brentq(excess, 0.1, 3)


def singlet(a, b):
    """The singlet's correlation from matrices, angles in degrees."""

    def spin(phi):
        c, s = np.cos(np.radians(phi)), np.sin(np.radians(phi))
        return np.array([[c, s], [s, -c]])

    state = np.array([0, 1, -1, 0]) / np.sqrt(2)
    return state @ np.kron(spin(a), spin(b)) @ state


def turned(first, second):
    """Minus S of the singlet after turns of Alice's hands from eq. 15, in degrees."""
    E = [singlet(a, b) for a, b in product((first, 90 + second), (45, -45))]
    return -(E[0] + E[1] + E[2] - E[3])


def width_of(S):
    """Width at which the standard settings give this S."""
    return brentq(lambda g: chsh.from_settings(*chsh.STANDARD_SETTINGS, g) - S, 1e-4, 1)


def bound(times, pairs=1e8):
    """Bound on the width from so many times as many pairs, two standard errors below 2 sqrt 2."""
    error = np.sqrt(4 * (1 - 1 / 2) / (times * pairs / 4))
    return width_of(np.sqrt(8) - 2 * error)


def outside(gamma, margin):
    """Probability that lambda is more than the margin, in degrees, from each axis, at sixty."""

    def density(lam):
        return pair.hidden_density(np.radians(lam), 0.0, np.pi / 3, gamma) * np.pi / 180

    between = quad(density, margin, 60 - margin)[0]
    return 2 * (between + quad(density, 60 + margin, 180 - margin)[0])


def leak(gamma, *choices):
    """Bits in lambda about a fair choice of settings, in degrees, Alice at 0; the best odds."""
    lam = np.linspace(0, 2 * np.pi, 2_000_000, endpoint=False)
    rho = np.array([pair.hidden_density(lam, 0.0, b, gamma) for b in np.radians(choices)])
    gain = rho * np.log2(rho / rho.mean(axis=0))
    guess = rho.max(axis=0).mean() * 2 * np.pi / len(choices)
    return gain.sum(axis=1).mean() * 2 * np.pi / lam.size, guess


def best_for_alice(b1, b2):
    """The largest S of the singlet over Alice's settings, by search, angles in degrees."""
    a1, a2 = (np.radians(axis) for axis in np.ogrid[0:360, 0:360])
    b1, b2 = np.radians((b1, b2))
    coarse = chsh.from_settings(a1, a2, b1, b2, 0.0)
    i, j = np.unravel_index(coarse.argmax(), coarse.shape)
    fine = np.radians(np.linspace(-1, 1, 201))
    return chsh.from_settings(a1[i] + fine[:, None], a2[0, j] + fine, b1, b2, 0.0).max()


def summed(gamma):
    """The model's weight of this width as its sum over windings."""
    return Wrapped(lambda x: wrapped_lorentzian(x, gamma))


def narrow_leg(gamma, rule="histories"):
    return PairModel(summed(gamma), rule=rule)


def gentle(epsilon, gamma):
    source = preparations.cosine(epsilon)
    return PairModel(summed(gamma), preparation=source).max_signal().value


def reach(kappa):
    """The largest change of Alice's odds in the explorer as it opens, for a preference kappa."""
    source = preparations.von_mises(kappa)
    model = PairModel(summed(0.1), preparation=source)
    return np.ptp(model.marginals(np.pi / 2, np.linspace(0, np.pi, 61)).a)


def victor_by_histories(a, b, gamma):
    """Share of Psi- and Phi+, from weights of whole turns of four legs, angles in degrees."""
    turns = np.pi * np.arange(-2000, 2001)

    def both(x):  # Outcomes: the net rotation is x, up to half turns.
        return (1 / (np.add.outer(np.radians(x), turns) ** 2 + (4 * gamma) ** 2)).sum(axis=-1)

    return both(a - b) / (both(a - b) + both(a + b))


def sharing(minus):
    """The exponent that gives this P(-) at sixty degrees, without a width."""
    turns = np.pi / 3 * np.array([1.0, 4.0])

    def excess(p):
        plus, other = wrap(lambda x: np.abs(x) ** -p, turns)
        return other / (plus + other) - minus

    return brentq(excess, 1.02, 8)


def waving(gamma):
    """E at sixty degrees for a tail with a wave in its logarithm, by `wrap`."""
    plus, minus = wrap(
        lambda x: (1 + 0.3 * np.sin(np.log1p((x / gamma) ** 2))) / (gamma**2 + x * x),
        np.pi / 3 * np.array([1.0, 4.0]),
    )
    return (plus - minus) / (plus + minus)


def numbers():
    """Every number that a question names, right or wrong, by an independent way."""
    every, odd = lattice(0.2)
    yield "any-turn", [1 - 25 / every, odd / every, 0, 25 / every]
    yield "two-to-one", [width_with(2 / 3), np.sqrt(8 * (3 / 4 - 2 / 3)), width_with(7 / 12)]
    both = brentq(lambda x: turned(x, x) - 2, 1, 80)
    one = brentq(lambda x: turned(x, 0) - 2, 1, 80)
    yield "turn-both", [both, one, brentq(lambda x: turned(x, x), 50, 130)]
    yield "outside", [outside(0.04, 10), 4 * outside(0.02, 10), outside(0.02, 10)]
    legs = narrow_leg(2e-3, "states").correlation(2 * np.pi / 3, 0.0)
    yield "leg-by-leg", [legs, singlet(120, 0), -legs, 0]
    width = brentq(lambda gamma: np.divide(*lattice(2 * gamma)[::-1]) - 1 / 4, 0.3, 1)
    yield "quarter", [width, np.sqrt(1 / 4), width_of(2), 2 * width]
    yield "tenfold", [brentq(lambda n: 10 * bound(n) - bound(1), 1, 1e6), 100, 10]
    share = gentle(1.0, 0.05)
    yield "imperfect", [0.001 / share, np.sqrt(0.001), 0.001, 0.001 * share]
    kappa = minimize_scalar(
        lambda k: -reach(k), bounds=(2, 12), method="bounded", options={"xatol": 0.2}
    ).x
    yield "loudest", [kappa, Signaling.kappa.high, reach(kappa)]
    bits, guess = leak(1e-4, 25, 65, 110, 150)
    yield "four-axes", [bits, leak(1e-4, 45, -45)[0], np.log2(4), guess]
    chain_of_two = brentq(lambda gamma: 1 / np.cosh(4 * gamma) - 0.6, 0.1, 1)
    V1 = -pair.correlation(0.0, 0.0, chain_of_two)
    yield "from-two", [V1, np.sqrt(0.6), 1 - (1 - 0.6) / 2]
    swing = np.ptp(victor_by_histories(np.arange(-180, 181, 5), 45, 0.05))
    yield "swing", [swing, 1 / np.cosh(0.2), swing / 2]
    v = 0.9
    triple = 1 / np.cosh(3 * np.arccosh(1 / v))
    yield "triple", [(1 + triple) / 2, (1 + v**3) / 2, (1 + v) / 2, triple]
    yield "follow", [best_for_alice(15, -15), best_for_alice(30, -30), best_for_alice(45, -45), 2]
    share = sharing(0.2)
    yield "fifth", [share, sharing(1 / 4), sharing(0.4), 1 / 0.2]
    wave = [waving(1e-6 * np.exp(-t)) for t in np.linspace(0, np.pi, 50)]
    yield "crest", [max(wave), 0.5, min(wave), 1.3 * 0.5]
    uneven = pair_of_axes(0.01, [0, 65, 120], [1, 1, 0.05])
    even = pair_of_axes(0.01, [0, 60, 120])
    best = [chsh.maximise(model.correlation).value for model in (uneven, even)]
    yield "reading", [*best, chsh.maximum(0.01)]


def test_every_number_of_a_question_is_computed_anew():
    written = {
        question: text
        for chapter in CHAPTERS
        for _, questions in self_checks(chapter)
        for question, text in questions.items()
        if ":tolerance:" in text
    }
    computed = dict(numbers())
    assert computed.keys() == written.keys()
    for question, text in written.items():
        allowed = re.search(r":tolerance: (\S+)", text)[1]
        size = float(allowed.removesuffix("%"))
        tolerance, share = (0, size / 100) if "%" in allowed else (size, 0)
        named = [eval(number) for number in NUMBER.findall(text)]
        assert text.index("- [x]") < text.index("- [ ]")
        assert len(named) == len(computed[question]) >= 2
        # Half of what is allowed, so that a reader who computes and rounds is safely right.
        np.testing.assert_allclose(named, computed[question], rtol=share / 2, atol=tolerance / 2)


def test_the_weights_with_born_s_rule_are_those_marked_right():
    """one-particle, question born-weights, the ratio that its feedback names and the last one."""
    weights = {
        "2+cos2x": lambda x: (1 + np.cos(x)) * (2 + np.cos(2 * x)),
        "2+cosx": lambda x: (1 + np.cos(x)) * (2 + np.cos(x)),
        "2+sin2x": lambda x: (1 + np.cos(x)) * (2 + np.sin(2 * x)),
        "1/(1.1": lambda x: 1 / (1.1 - np.cos(x)),
    }
    text = dict(self_checks("one-particle"))["one-particle"]["born-weights"]
    marks = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    x = np.linspace(0.1, 6, 60)
    for (mark, choice), (key, w) in zip(marks, weights.items(), strict=True):
        assert key in choice.replace("\\", "").replace(" ", "")
        assert np.min(w(x)) > 0
        born = np.max(abs(w(x) / (w(x) + w(x + np.pi)) - np.cos(x / 2) ** 2)) < 1e-12
        assert born == (mark == "x"), choice
    second, last = weights["2+cosx"], weights["1/(1.1"]
    assert second(np.pi / 3) / second(np.pi / 3 + np.pi) == pytest.approx(5)
    assert last(0) / last(np.pi) == pytest.approx(21)
    assert wrapped_lorentzian(x, np.arccosh(1.1)) / last(x) == pytest.approx(
        wrapped_lorentzian(1.0, np.arccosh(1.1)) / last(1.0)
    )


def test_the_turns_against_the_magnet_are_those_marked_right():
    """one-particle, question against: the two shortest that end against 120 degrees."""
    text = dict(self_checks("one-particle"))["one-particle-turns"]["against"]
    choices = re.findall(r"^- \[(.)\] \$(-?\d+)\^\\circ\$ and \$(-?\d+)\^\\circ\$$", text, re.M)
    assert len(choices) == 4
    turns = sorted((120 + 180 + 360 * n for n in range(-3, 3)), key=abs)[:2]
    for mark, *given in choices:
        assert (sorted(map(int, given)) == sorted(turns)) == (mark == "x")


def test_the_way_round_is_the_tallest_stem_and_the_others_are_as_tall_as_said():
    """intro, question way-round, at the width it opens with; one-particle, question swapped."""

    def stem(degrees, gamma=0.4):
        return lorentzian(np.radians(degrees), gamma)

    fits = sorted((stem(300 + 180 * n), 300 + 180 * n) for n in range(-20, 20))
    assert [degrees for _, degrees in fits[:-3:-1]] == [-60, 120]
    assert stem(300) / stem(-60) == pytest.approx(1 / 20, rel=0.1)
    assert 0.25 < stem(120) / stem(-60) < 0.3
    assert stem(90, 0.1) < stem(60, 0.1) / 2


def test_ten_times_the_pairs_make_the_bound_a_little_smaller():
    """tuning, question tenfold, its wrong answers."""
    assert bound(1) / bound(10) == pytest.approx(1.8, rel=0.02)
    assert bound(1) / bound(100) == pytest.approx(np.sqrt(10), rel=1e-3)


def test_a_reversed_magnet_leaves_the_direction_halfway_as_it_was():
    """one-particle, question reversed: nothing at all happens, and at 120 degrees much does."""

    def halfway(degrees, lam):
        n = np.arange(-2_000, 2_001)
        first, second = lam + 2 * np.pi * n, np.radians(degrees) - lam + np.pi * n
        return lorentzian(first, 0.2).sum() * lorentzian(second, 0.2).sum()

    assert halfway(60, 0.7) == pytest.approx(halfway(240, 0.7), rel=1e-5)
    assert halfway(60, 0.7) > 2 * halfway(120, 0.7)


def test_the_least_net_rotation_to_equal_outcomes_is_the_one_marked_right():
    """entangled, question equal: over all turns of both spins, from the direction it names."""
    text = dict(self_checks("entangled"))["entangled-net"]["equal"]
    a, b, lam = 0, 150, 70
    assert rf"${a}^\circ$, Bob's at ${b}^\circ$" in text
    assert rf"$\lambda={lam}^\circ$" in text
    least = {}
    for A, B, m, n in product((0, 1), (0, 1), range(-3, 4), range(-3, 4)):
        alpha = a + 180 * A - lam + 360 * m
        beta = b + 180 * B - (lam + 180) + 360 * n
        least[A == B] = min(abs(alpha - beta), least.get(A == B, np.inf))
    assert least == {True: 30, False: 150}
    marks = re.findall(r"^- \[(.)\] \$(\d+)\^", text, re.MULTILINE)
    assert len(marks) == 4
    for mark, degrees in marks:
        assert (int(degrees) == least[True]) == (mark == "x")


def test_of_four_changes_the_one_marked_right_keeps_to_the_bound():
    """entangled, question repair."""
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS

    def S(model):
        return chsh.value(*(model.correlation(x, y) for x, y in product((a1, a2), (b1, b2))))

    def narrow(x):
        return lorentzian(x, 0.1)

    cut = np.arange(-2048, 2048) * np.pi / 2048
    net = np.fft.irfft(abs(np.fft.rfft(np.fft.ifftshift(narrow(cut)))) ** 2)
    changed = {
        "three times": S(PairModel(summed(0.1), summed(0.3))),
        "bell curve": S(PairModel(lambda x: np.exp(-(x**2) / (2 * 0.2**2)))),
        "half a circle": 4 * (net[512] - net[5 * 512]) / (net[512] + net[5 * 512]),
        "own sum": S(PairModel(summed(0.1), rule="states")),
    }
    assert S(PairModel(summed(0.1))) == pytest.approx(2.77, abs=0.005)
    assert changed["three times"] == pytest.approx(np.sqrt(8) / np.cosh(0.4))
    assert changed["three times"] > 2.6
    assert 3.9 < changed["bell curve"] < 4
    assert changed["own sum"] < np.sqrt(2)
    text = dict(self_checks("entangled"))["entangled"]["repair"]
    marks = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    for (mark, choice), (key, value) in zip(marks, changed.items(), strict=True):
        assert key in choice
        assert (value <= 2) == (mark == "x"), choice


def test_kept_columns_reach_4_by_their_shares():
    """bell, question kept: each kept pair still gives S a 2, and the shares differ."""
    columns = np.array(list(product((1, -1), repeat=4)))
    A, B = columns[:, :2], columns[:, 2:]
    signs = np.array([[1, 1], [1, -1]])
    products = A[:, :, None] * B[:, None, :]
    assert set(abs((products * signs).sum(axis=(1, 2)))) == {2}
    kept = products == signs
    assert np.all(kept.sum(axis=0) == 8)
    assert len({tuple(shares) for shares in kept.reshape(16, 4).T}) == 4
    assert np.mean((products * signs)[kept]) == 1


def test_the_boxes_are_ten_errors_past_the_bound():
    """bell, question boxes; and boxes that always agree stay at 2."""
    rounds, S = 10_000, 2.4
    error = np.sqrt(4 * 1 / (rounds / 4))
    assert np.sqrt(1 / (rounds / 4)) == pytest.approx(1 / 50)
    assert error == pytest.approx(1 / 25)
    assert (S - 2) / error == pytest.approx(10)
    assert chsh.value(1, 1, 1, 1) == 2


def test_parallel_magnets_at_the_local_bound_agree_as_often_as_said():
    """tuning, questions quarter and werner."""
    alike = np.trace(pair.joint_probabilities(0.0, 0.0, width_of(2)))
    assert alike == pytest.approx(0.15, abs=0.005)
    assert chsh.maximum(0.3) > 2
    assert -pair.correlation(0.0, 0.0, 0.3) < 1


def moved(a, b, b2, gamma):
    """Total variation distance of lambda's two laws, angles in degrees."""
    lam = np.linspace(0, 2 * np.pi, 200_000, endpoint=False)
    one, other = (pair.hidden_density(lam, *np.radians([a, x]), gamma) for x in (b, b2))
    return abs(one - other).mean() * np.pi


def test_the_choice_that_moves_the_direction_most_is_the_one_marked_right():
    """time, question most: in the order of the distances, with room to read them off."""
    text = dict(self_checks("time"))["time-most"]["most"]
    choices = re.findall(r"^- \[(.)\] \$(\d+)\^", text, re.MULTILINE)
    far = {mark + degrees: moved(30, 90, float(degrees), 0.02) for mark, degrees in choices}
    first, second, third, last = sorted(far, key=far.get, reverse=True)
    assert (first, second, third, last) == ("x30", " 180", " 120", " 270")
    assert far[first] > far[second] + 0.05
    assert far[third] == pytest.approx(0.5, abs=0.01)
    assert far[last] < 1e-12


def on_the_way(m, a, b, source, w2, gamma=0.3):
    """Probabilities over (M, A, B) with a magnet along m on the way to Alice, by sums."""
    lam = np.linspace(0, 2 * np.pi, 4096, endpoint=False)
    M, A, B = np.ogrid[:2, :2, :2]
    first = wrapped_lorentzian(m + np.pi * M[..., None] - lam, gamma)
    bobs = w2(b + np.pi * B[..., None] - lam - np.pi)
    then = wrapped_lorentzian(a - m + np.pi * (A - M), gamma)
    J = (source(lam) * first * bobs).mean(axis=-1) * then
    return J / J.sum()


def test_a_magnet_on_the_way_leans_under_the_changes_marked_right():
    """time, question blind."""

    def even(lam):
        return np.ones_like(lam)

    def one_sided(lam):
        return 1 + 0.8 * np.cos(lam)

    def usual(x):
        return wrapped_lorentzian(x, 0.3)

    def leaning(x):
        return np.exp(-np.sin(x)) * (1.2 + np.cos(x - 0.4))

    def spread(record, source=even, w2=usual):
        records = [record(on_the_way(0.4, 1.5, b, source, w2)) for b in (0.3, 1.1, 2.0)]
        return np.ptp([x[0] / x.sum() for x in records])

    changes = {
        "prefers left turns": spread(lambda P: P.sum(axis=(1, 2)), w2=leaning),
        "one end of an axis": spread(lambda P: P.sum(axis=(1, 2)), one_sided),
        "Bob's outcome is 0": spread(lambda P: P[:, :, 0].sum(axis=1)),
        "Alice's outcome is 0": spread(lambda P: P[:, 0].sum(axis=1)),
    }
    assert spread(lambda P: P.sum(axis=(1, 2))) < 1e-12
    text = dict(self_checks("time"))["time"]["blind"]
    marks = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    for (mark, choice), (key, value) in zip(marks, changes.items(), strict=True):
        assert key in choice
        assert value > 0.01 if mark == "x" else value < 1e-12, choice


def test_another_machine_moves_what_is_marked_right_and_no_record_of_alice_s():
    """time, question machine: the law of lambda and how often the outcomes agree."""
    lam = np.linspace(0, 2 * np.pi, 4096, endpoint=False)

    def wired(*b):
        tables = [pair.joint_probabilities(0.3, setting, 0.1) for setting in b]
        P = np.array([tables[A][A] for A in (0, 1)])
        given = (1 + np.cos(0.3 - lam + np.pi * np.arange(2)[:, None]) / np.cosh(0.1)) / 2
        rho = sum(pair.hidden_density(lam, 0.3, b[A], 0.1) * given[A] for A in (0, 1))
        return P, rho

    (P, rho), (Q, other) = wired(0.9, 1.7), wired(2.2, 2.9)
    for table, law in ((P, rho), (Q, other)):
        np.testing.assert_allclose(table.sum(axis=1), 0.5, atol=1e-12)
        assert law.mean() * 2 * np.pi == pytest.approx(1)
    assert abs(np.trace(P) - np.trace(Q)) > 0.1
    assert abs(rho - other).mean() * np.pi > 0.3


def test_the_silent_sources_are_those_marked_right():
    """no-signaling, question silent."""
    pi = np.pi
    mixed = preparations.axis(0.0, share=1.0) + preparations.axis(pi / 3, share=1.0)
    sources = {
        "2lambda": lambda lam: 1 + 0.8 * np.cos(2 * lam),
        "0.1cos": preparations.cosine(0.1),
        "30^": preparations.axis(pi / 6, share=0.7),
        "60^": mixed,
        "e^{8": preparations.von_mises(8),
    }
    text = dict(self_checks("no-signaling"))["no-signaling"]["silent"]
    marks = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    b = np.linspace(0, pi, 61)
    for (mark, choice), (key, source) in zip(marks, sources.items(), strict=True):
        assert key in choice.replace("\\", "").replace(" ", "")
        model = PairModel(summed(0.2), preparation=source)
        moved = max(np.ptp(model.marginals(a, b).a) for a in (0.3, 1.2, 2.5))
        assert (moved < 1e-12) == (mark == "x"), choice


def test_the_correlations_that_keep_to_the_bound_are_those_marked_right():
    """tsirelson, question inner: two are inner products, and the others pass the bound."""
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    first, third = (lambda x, k=k: np.cos(k * x) for k in (1, 3))

    def steep(a, b):
        n = np.arange(-200, 201) * 2 * np.pi
        unlike, like = (
            (1 / np.add.outer(a - b + half, n) ** 4).sum(axis=-1) for half in (0, np.pi)
        )
        return (like - unlike) / (like + unlike)

    cases = {
        "1.1": lambda a, b: -(1.1 * first(a - b) - 0.1 * third(a - b)),
        "Any $E$": steep,
        "0.7": lambda a, b: -(0.7 * first(a - b) + 0.3 * third(a - b)),
    }
    text = dict(self_checks("tsirelson"))["tsirelson"]["inner"]
    marks = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    assert len(marks) == 1 + len(cases)
    x = np.linspace(0.01, 6, 600)
    for key, E in cases.items():
        ((mark, _),) = [one for one in marks if key in one[1]]
        assert np.max(abs(E(x, 0.0))) <= 1 + 1e-12
        S = chsh.value(*(E(a, b) for a, b in product((a1, a2), (b1, b2))))
        assert (S <= chsh.TSIRELSON_BOUND) == (mark == "x"), key
    settings = np.random.default_rng(4).uniform(0, 2 * np.pi, (2, 2, 100_000))
    E = [cases["0.7"](a, b) for a, b in product(*settings)]
    assert chsh.value(*E).max() <= chsh.TSIRELSON_BOUND
    assert chsh.value(*(cases["1.1"](a, b) for a, b in product((a1, a2), (b1, b2)))) == (
        pytest.approx(2.4 * np.sqrt(2))
    )
    E = [steep(a, b) for a, b in product((a1, a2), (b1, b2))]
    assert chsh.value(*E) == pytest.approx(3.89, abs=0.005)


def test_a_source_of_three_axes_that_is_turned_stays_silent_and_changes_s():
    """source, question turned."""
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    found = []
    for turn in np.radians([0, 10]):
        ends = [preparations.axis(m + turn, share=0.5) for m in np.radians([0, 60, 120])]
        source = ends[0] + ends[1] + ends[2]
        model = PairModel(summed(0.1), preparation=source)
        found.append(chsh.value(*(model.correlation(a, b) for a in (a1, a2) for b in (b1, b2))))
        marginals = model.marginals(np.linspace(0, 6, 7)[:, None], np.linspace(0, 6, 7))
        assert max(np.max(abs(side - 0.5)) for side in marginals) < 1e-12
    assert abs(found[1] - found[0]) > 0.01


def pair_of_axes(gamma, degrees, shares=None):
    source = preparations.axes(np.radians(degrees), shares)
    return PairModel(summed(gamma), preparation=source)


def test_the_sources_that_keep_to_the_bound_are_those_marked_right():
    """source, question which."""
    text = dict(self_checks("source"))["source"]["which"]
    marks = CHOICE.findall(text)
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    sources = {
        r"0.9\cos\lambda": lambda lam: 1 + 0.9 * np.cos(lam),
        r"0.9\cos6\lambda": lambda lam: 1 + 0.9 * np.cos(6 * lam),
        r"0.5\cos3\lambda": lambda lam: 1 + 0.5 * np.cos(3 * lam),
        "Six directions": preparations.axes(np.radians([0, 60, 120])),
    }
    for (mark, choice), (key, source) in zip(marks, sources.items(), strict=True):
        assert key in choice
        highest = 0.0
        for gamma in (0.02, 0.1):
            E = PairModel(summed(gamma), preparation=source).correlation
            S = chsh.value(*(E(a, b) for a, b in product((a1, a2), (b1, b2))))
            highest = max(highest, S)
        assert (highest <= chsh.TSIRELSON_BOUND) == (mark == "x"), choice


def test_without_rare_axes_s_is_at_most_2():
    """source, question rare: the common axis alone, and with the rare ones."""
    assert chsh.maximise(pair_of_axes(0.01, [105]).correlation).value <= 2
    rare = pair_of_axes(0.001, [0, 30, 105], [0.001, 0.001, 1]).correlation
    a, b = np.radians([[0], [60]]), np.radians([30, -30])
    assert chsh.value(*rare(a, b).ravel()) == pytest.approx(3.098, abs=5e-3)


def test_of_four_changes_the_one_marked_right_lets_bob_signal():
    """no-signaling, question nine-tenths: all turns of all histories, at two settings of Bob's."""
    lam = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    n = 2 * np.pi * np.arange(-12, 13)

    def even(x):
        return 1 / (x**2 + 0.1)

    def left(x):
        return np.where(x < 0, 5, 1) * even(x)

    changed = {
        "left turns": lambda x, y, A, B: even(x) * left(y),
        "no product": lambda x, y, A, B: 1 / ((x**2 + 0.1) * (y**2 + 0.1) + (x - 2 * y) ** 4),
        "nine tenths": lambda x, y, A, B: even(x) * even(y) * 0.9 ** (A + B),
        "full circles": lambda x, y, A, B: (
            even(x) * even(y) * (np.maximum(abs(x), abs(y)) < 20 * np.pi)
        ),
    }

    def share(weight, b):
        J = np.empty((2, 2))
        for A, B in np.ndindex(2, 2):
            x, y = 0.4 + np.pi * A - lam, b + np.pi * (B - 1) - lam
            x, y = ((z + np.pi) % (2 * np.pi) - np.pi for z in (x, y))
            x, y = x[:, None, None] + n[:, None], y[:, None, None] + n
            J[A, B] = weight(x, y, A, B).sum()
        return J[0].sum() / J.sum()

    text = dict(self_checks("no-signaling"))["no-signaling-reversal"]["nine-tenths"]
    marks = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    for (mark, choice), (key, weight) in zip(marks, changed.items(), strict=True):
        assert key in choice
        signals = abs(share(weight, 0.4) - share(weight, 1.9)) > 1e-3
        assert signals == (mark == "x"), choice
        assert signals or share(weight, 0.4) == pytest.approx(0.5, abs=1e-12)


def test_at_right_angles_a_reflection_makes_outcomes_independent():
    """no-signaling, question right-angle: for even weights, and not for all lopsided ones."""
    b = np.linspace(0, 6, 13)
    even = PairModel(lambda x: power_law(x, 0.3, 4), summed(0.2))
    assert np.max(abs(even.correlation(b + np.pi / 2, b))) < 1e-12
    lopsided = PairModel(
        lambda x: skewed_lorentzian(x, 0.3, 0.8), lambda x: skewed_lorentzian(x, 0.7, -0.5)
    )
    assert np.min(abs(lopsided.correlation(b + np.pi / 2, b))) > 0.01


def test_the_silence_marked_right_is_the_one_that_the_graph_implies():
    """no-signaling, question one-way: without the arrow from Bob's setting to lambda."""
    graph = nx.DiGraph(["al", "aA", "lA", "lB", "bB"])
    assert nx.is_d_separator(graph, "A", "b", "a")
    assert not nx.is_d_separator(graph, "B", "a", "b")
    text = dict(self_checks("no-signaling"))["no-signaling"]["one-way"]
    assert "- [x] Bob cannot signal to Alice.\n" in text


def of_three(mu, settings, gamma=0.4):
    """Probabilities over three outcomes, mu has masses on a grid of three directions."""
    lam = np.arange(len(mu)) * 2 * np.pi / len(mu)
    ends = np.pi * np.arange(2)[:, None]
    legs = [wrapped_lorentzian(phi + ends - lam, gamma) for phi in settings]
    J = np.einsum("ijk,ai,bj,ck->abc", mu, *legs, optimize=True)
    return J / J.sum()


def test_three_spins_are_silent_under_the_sources_marked_right():
    """many, question silent: what any two see as the third magnet turns."""
    n = 72
    i, j, k = np.indices((n, n, n))
    total = (i + j + k) % n
    sources = {
        "30^": total == n // 12,
        "one direction": (i == j) & (j == k),
        "shares": 0.8 * (total == 0) + 0.2 * (total == n // 4),
        "2\\lambda_3": (i + j + 2 * k) % n == 0,
    }
    text = dict(self_checks("many"))["many"]["silent"]
    marks = re.findall(r"^- \[(.)\] (.*)$", text, re.MULTILINE)
    for (mark, choice), (key, mu) in zip(marks, sources.items(), strict=True):
        assert key in choice
        seen = [of_three(mu * 1.0, (0.3, 1.0, c)) for c in (0.2, 2.0)]
        moved = np.abs(seen[0].sum(axis=2) - seen[1].sum(axis=2)).max()
        even = max(np.abs(P.sum(axis=x) - 0.25).max() for P in seen for x in range(3))
        assert even < 1e-10 if mark == "x" else moved > 1e-3, choice


def test_one_spin_carries_the_turn_as_the_right_choices_say():
    """many, questions arrows, whose and explorer."""
    widths = np.array([0.001, 0.001, 0.002])
    turns = many.sample(np.radians([20, 30, 10]), widths, 200_000, rng=1).turns
    turns = turns[np.abs(turns.sum(axis=1) - np.pi / 3) < 1e-6]
    most = np.bincount(np.argmax(np.abs(turns), axis=1), minlength=3) / len(turns)
    np.testing.assert_allclose(most, [0.25, 0.25, 0.5], atol=0.01)
    drawn = many.sample(np.radians([90, 0, 90]), 0.0, 2000, rng=2)
    like = np.abs(np.sin((drawn.lam - np.radians([90, 0, 270])) / 2)).max(axis=1) < 1e-9
    assert like.any()
    assert (drawn.outcomes[like] == [0, 0, 1]).all()
    c = np.linspace(0, np.pi, 181)
    assert np.ptp(many.steered(0.0, 0.0, c, 0.0)) < 1e-15
    assert np.ptp(many.steered(0.0, 0.0, c, 0.5)) > 0.02


def test_claims_of_other_questions_hold():
    """What feedback says of steep weights, of sources, half a turn, gamma = 0.5."""
    a, b = np.random.default_rng(5).uniform(0, 7, (2, 50))
    steep = PairModel(lambda x: power_law(x, 0.1, 4))
    a1, a2, b1, b2 = chsh.STANDARD_SETTINGS
    S = chsh.value(*(steep.correlation(x, y) for x, y in product((a1, a2), (b1, b2))))
    circle = np.linspace(0, 2 * np.pi, 13)
    assert 2 * np.sqrt(2) < S
    assert signaling(steep.joint(circle[:, None], circle)) < 1e-12
    bent = PairModel(summed(0.1), preparation=preparations.cosine(0.8))
    assert np.max(abs(bent.correlation(a, b) - pair.correlation(a, b, 0.1))) < 1e-12
    assert bent.max_signal().value > 0.1

    lam = np.linspace(0, 7, 101)
    before, after = (pair.hidden_density(lam, 0.0, np.radians(x), 0.1) for x in (30, 210))
    assert before == pytest.approx(after, rel=1e-12)
    P = [pair.joint_probabilities(0.0, np.radians(x), 0.1) for x in (30, 210)]
    assert P[0] == pytest.approx(P[1][:, ::-1], rel=1e-12)

    at_half = 1 / np.cosh(1.0)
    assert 1 / 2 < at_half < 0.6829 < 1 / np.sqrt(2)


def test_the_tails_that_end_at_born_s_rule_are_those_marked_right():
    """square, question four-tails: f(lambda x) / f(x) far out, for several factors."""
    text = dict(self_checks("square"))["square"]["four-tails"]
    x = np.exp(np.linspace(300, 306, 50))
    tails = [
        lambda x: (1 + 5 / np.sqrt(x)) / x**2,
        lambda x: 1 / (x**2 * np.log(x) ** 3),
        lambda x: x**-2.001,
        lambda x: (2 + np.cos(np.log(x))) / x**2,
        lambda x: np.exp(-np.minimum(x / 1000, 600)) / x**2,
    ]
    right = [mark == "x" for mark in re.findall(r"^- \[(.)\]", text, re.M)]
    for f, yes in zip(tails, right, strict=True):
        at = x if f is not tails[-1] else np.linspace(1e5, 2e5, 50)
        off = max(np.max(np.abs(k**2 * f(k * at) / f(at) - 1)) for k in (1.5, 2.0, 3.0))
        assert (off < 0.02 and f is not tails[2]) == yes
    assert 3**2 * tails[2](3.0) != pytest.approx(1, abs=1e-4)


def test_the_angles_of_the_stairs_are_those_marked_right():
    """square, question stairs-angles: steps that double in length."""
    text = dict(self_checks("square"))["square-stairs"]["stairs-angles"]
    marks = re.findall(r"^- \[(.)\] \$(\d+)\^\\circ\$$", text, re.M)
    assert len(marks) == 4
    turns = 2 * np.pi * np.arange(-20_000, 20_001)

    def minus(theta, gamma):
        sums = []
        for turn in (0, np.pi):
            x = np.maximum(np.abs(theta + turn + turns) / gamma, 1)
            sums.append((4.0 ** -np.floor(np.log2(x))).sum())
        return sums[1] / sum(sums)

    for mark, angle in marks:
        theta = np.radians(int(angle))
        off = [minus(theta, g) - np.sin(theta / 2) ** 2 for g in np.linspace(0.05, 0.1, 15)]
        assert (np.max(np.abs(off)) < 1e-3) == (mark == "x"), angle


def test_a_hole_in_the_core_keeps_the_limit_and_spoils_the_cosine():
    """square, question core."""

    def off(gamma):
        theta = np.radians([20.0, 60.0, 75.0])
        turns = 2 * np.pi * np.arange(-20_000, 20_001)
        sums = []
        for turn in (0, np.pi):
            x = (theta[:, None] + turn + turns) / gamma
            hole = np.where((x != 0) & (np.abs(x) < 1), 0.01, 1.0)
            sums.append((hole / (1 + x * x)).sum(axis=1))
        E = (sums[0] - sums[1]) / (sums[0] + sums[1])
        return np.ptp(E / np.cos(theta)), np.max(np.abs(E - np.cos(theta)))

    assert off(0.8)[0] > 0.1
    assert off(0.001)[1] < 1e-3


def swapping(a, b, gamma=0.1, n=256):
    """Weights of Victor's four results, in the order of their table, from all histories."""
    grid = 2 * np.pi * np.arange(n) / n
    leg = wrapped_lorentzian(grid[:, None] - grid, gamma)

    def reached(x):
        both = sum(wrapped_lorentzian(x + half - grid, gamma) for half in (0, np.pi))
        return leg @ np.roll(both, n // 2)

    i = np.arange(n)
    return [reached(a) @ reached(b)[tie % n] for tie in (i + n // 2, i, -i, n // 2 - i)]


def test_victor_is_deaf_with_the_two_results_marked_right_and_with_a_random_setting_of_bob_s():
    """chains, questions two-results and half-way."""
    names = [r"$\Psi^-$", r"$\Phi^+$", r"$\Phi^-$", r"$\Psi^+$"]
    text = dict(self_checks("chains"))["chains-two"]["two-results"]
    for mark, choice in CHOICE.findall(text)[:3]:
        first, second = (names.index(name) for name in choice.split(" and "))
        shares = []
        for a in (0.4, -0.4, 1.3):
            J = swapping(a, 0.7)
            shares.append(J[first] / (J[first] + J[second]))
        assert (np.ptp(shares) < 1e-12) == (mark == "x"), choice
    text = dict(self_checks("chains"))["chains"]["half-way"]
    (right,) = [said for mark, said in CHOICE.findall(text) if mark == "x"]
    assert right.startswith("No, since $b$ and $-b$ cancel")
    for a in (0.3, 1.2):
        J = np.array([swapping(a, b) for b in 2 * np.pi * np.arange(24) / 24])
        assert np.mean(J[:, :2].sum(axis=1) / J.sum(axis=1)) == pytest.approx(0.5)


def test_without_a_turn_the_result_goes_with_the_setting_marked_right():
    """chains, question no-turn: follow the spins to Bob's magnet, A = 0 and no turn anywhere."""
    text = dict(self_checks("chains"))["chains-tie"]["no-turn"]
    first = 30
    second = first + 180
    third = -second
    fourth = third + 180
    for mark, choice in CHOICE.findall(text):
        b = int(re.fullmatch(r"\$b=(-?\d+)\^\\circ\$", choice)[1])
        assert ((fourth - b) % 360 == 0) == (mark == "x"), choice
