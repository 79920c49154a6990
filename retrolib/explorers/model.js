// The numbers: retrolib's closed forms and samplers, in the same notation.
// Angles in radians, widths gamma from 0.01 to 2; where it says so gamma may be 0, the Born limit.
// tests/test_model.py compares every export with Python.

export const TAU = 2 * Math.PI;

/** W, eq. 1. @type {(alpha: number, gamma: number) => number} */
export function lorentzian(alpha, gamma) {
  return 1 / (alpha * alpha + gamma * gamma);
}

/** The sum of W over all windings theta + 2 pi n. @type {(theta: number, gamma: number) => number} */
export function wrappedLorentzian(theta, gamma) {
  const t = Math.tanh(gamma / 2);
  const s = Math.sin(theta / 2) / Math.cosh(gamma / 2);
  return t / (2 * gamma * (t * t + s * s));
}

/**
 * [P(+), P(-)], eq. 2 normalised; gamma may be 0.
 * @type {(theta: number, gamma: number) => [number, number]}
 */
export function probabilities(theta, gamma) {
  const t2 = Math.tanh(gamma / 2) ** 2;
  const c2 = Math.cos(theta / 2) ** 2;
  const s2 = Math.sin(theta / 2) ** 2;
  return [(c2 + s2 * t2) / (1 + t2), (s2 + c2 * t2) / (1 + t2)];
}

/** E of the pair, eq. 13; gamma may be 0. @type {(a: number, b: number, gamma: number) => number} */
export function correlation(a, b, gamma) {
  return -Math.cos(a - b) / Math.cosh(2 * gamma);
}

/**
 * [[P(+,+), P(+,-)], [P(-,+), P(-,-)]] of the pair, eqs. 9 and 10; gamma may be 0.
 * @type {(a: number, b: number, gamma: number) => [[number, number], [number, number]]}
 */
export function jointProbabilities(a, b, gamma) {
  const [different, same] = probabilities(a - b, 2 * gamma).map((p) => p / 2);
  return [
    [same, different],
    [different, same],
  ];
}

/** (cosh 2 gamma - cos 2x) / 2, without cancellation. @type {(x: number, gamma: number) => number} */
function spread(x, gamma) {
  return Math.sinh(gamma) ** 2 + Math.sin(x) ** 2;
}

/** x moved by half turns to between -pi/2, left out, and pi/2. @type {(x: number) => number} */
export function halfTurn(x) {
  return x - Math.PI * Math.ceil(x / Math.PI - 0.5);
}

/**
 * rho(lambda | a, b): whole histories weighed, uniform preparation.
 * @type {(lam: number, a: number, b: number, gamma: number) => number}
 */
export function hiddenDensity(lam, a, b, gamma) {
  return (
    (Math.tanh(2 * gamma) * spread(a - b, 2 * gamma)) /
    (8 * Math.PI * spread(lam - a, gamma) * spread(lam - b, gamma))
  );
}

/** The highest value of rho. @type {(a: number, b: number, gamma: number) => number} */
export function hiddenPeak(a, b, gamma) {
  const c = Math.abs(Math.cos(a - b));
  const lowest =
    Math.cosh(2 * gamma) * c < 1
      ? (Math.sin(a - b) * Math.sinh(2 * gamma)) ** 2 / 4
      : spread(halfTurn(a - b) / 2, gamma) ** 2;
  return (Math.tanh(2 * gamma) * spread(a - b, 2 * gamma)) / (8 * Math.PI * lowest);
}

/**
 * A hidden direction drawn from rho: a turn from one of the two axes, kept if the other allows it.
 * @type {(a: number, b: number, gamma: number, random: () => number) => number}
 */
export function sampleHidden(a, b, gamma, random) {
  const least = 2 * spread(halfTurn(a - b) / 2, gamma);
  for (;;) {
    const from = random() < 0.5 ? a : b;
    const lam = from + Math.atan(Math.tanh(gamma) * Math.tan(Math.PI * (random() - 0.5)));
    const sum = spread(lam - a, gamma) + spread(lam - b, gamma);
    if (random() * sum < least) return (((lam + (random() < 0.5 ? Math.PI : 0)) % TAU) + TAU) % TAU;
  }
}

/**
 * The integral of rho from midway between the axes of a and b to lam, in closed form: for
 * x = tan(lam - midway) it is that of a sum of (B + A x)/((x - p)^2 + q^2) and its mirror image.
 * @type {(lam: number, a: number, b: number, gamma: number) => number}
 */
export function hiddenCumulative(lam, a, b, gamma) {
  const h = halfTurn(a - b) / 2;
  const y = lam - b - h;
  const x = Math.tan(halfTurn(y));
  const high = Math.cosh(gamma) ** 2 - Math.sin(h) ** 2;
  const p = Math.sin(2 * h) / (2 * high);
  const q = Math.sinh(2 * gamma) / (2 * high);
  const slope = x / (x * x + spread(h, gamma) / high);
  const z = 2 * p * slope;
  const arcs = Math.atan((x - p) / q) + Math.atan((x + p) / q);
  const logarithm = (Math.tanh(2 * gamma) * Math.cos(2 * h) * slope * (z ? Math.atanh(z) / z : 1)) / high;
  return Math.ceil(y / Math.PI - 0.5) / 2 + (arcs + logarithm) / (4 * Math.PI);
}

/**
 * P(lambda is within `reach`, at most pi/4, of one of a, a + pi, b, b + pi).
 * @type {(a: number, b: number, reach: number, gamma: number) => number}
 */
export function nearAxes(a, b, reach, gamma) {
  const h = Math.abs(halfTurn(a - b)) / 2;
  /** @param {number} y */
  const from = (y) => hiddenCumulative(y, h, -h, gamma);
  return 4 * (from(h + reach) - from(Math.max(0, h - reach)));
}

/**
 * Total variation distance between rho(lambda | a, b) and rho(lambda | a, b2): one density is the
 * higher on an arc, whose ends are known. The turns alpha and beta are exactly as far apart.
 * @type {(a: number, b: number, b2: number, gamma: number) => number}
 */
export function hiddenDistance(a, b, b2, gamma) {
  const n1 = spread(a - b, 2 * gamma);
  const n2 = spread(a - b2, 2 * gamma);
  const x = n1 * Math.cos(2 * b2) - n2 * Math.cos(2 * b);
  const y = n1 * Math.sin(2 * b2) - n2 * Math.sin(2 * b);
  const size = Math.hypot(x, y);
  if (size < 1e-14 * n1) return 0;
  const difference = Math.sin(b2 - b) * Math.sin(2 * a - b - b2);
  const half = Math.acos(Math.min(1, Math.max(-1, (difference * Math.cosh(2 * gamma)) / size))) / 2;
  const middle = Math.atan2(y, x) / 2;
  const [first, second] = [b, b2].map(
    (setting) =>
      hiddenCumulative(middle + half, a, setting, gamma) - hiddenCumulative(middle - half, a, setting, gamma),
  );
  return Math.abs(2 * (second - first));
}

/**
 * Density of the turn of the particle measured at `setting`, a or b; windings included.
 * @type {(turn: number, setting: number, a: number, b: number, gamma: number) => number}
 */
export function turnDensity(turn, setting, a, b, gamma) {
  return 2 * hiddenDensity(setting - turn, a, b, gamma) * halfTurnProbability(turn, gamma, 0);
}

/**
 * Its highest value, of alpha and of beta alike: between no turn and halfway to the other magnet's axis.
 * @type {(a: number, b: number, gamma: number) => number}
 */
export function turnPeak(a, b, gamma) {
  const net = halfTurn(a - b);
  /** @param {number} share */
  const density = (share) => turnDensity(share * net, a, a, a - net, gamma);
  let [low, high] = [0, 0.6];
  while (high - low > 1e-8) {
    const third = (high - low) / 3;
    if (density(low + third) < density(high - third)) low += third;
    else high -= third;
  }
  return density((low + high) / 2);
}

/**
 * Density of alpha given the net turn, net = alpha - beta: two Cauchy laws given their sum.
 * @type {(alpha: number, net: number, gamma: number) => number}
 */
export function splitDensity(alpha, net, gamma) {
  return (
    (lorentzian(alpha, gamma) * lorentzian(alpha - net, gamma) * gamma) / (TAU * lorentzian(net, 2 * gamma))
  );
}

/** Its highest value. @type {(net: number, gamma: number) => number} */
export function splitPeak(net, gamma) {
  const turn = Math.sqrt(Math.max(0, (net * net) / 4 - gamma * gamma));
  return splitDensity(net / 2 + turn, net, gamma);
}

/**
 * The two laws when each leg is normalised by itself: lambda is uniform, and a leg that needs a
 * turn makes it with the probability W(turn) / sum of W(turn + pi k), whose Fourier transform
 * ends at 2, which gives the norm.
 * @type {(a: number, b: number, gamma: number) => number}
 */
export function statesCorrelation(a, b, gamma) {
  return -Math.cos(a - b) / (2 * Math.cosh(gamma) ** 2);
}

/** @type {(alpha: number, net: number, gamma: number) => number} */
export function statesSplitDensity(alpha, net, gamma) {
  const wave = net ? Math.sin(2 * net) / (2 * net) : 1;
  const norm =
    (Math.PI * gamma * (Math.sinh(4 * gamma) - 4 * gamma * wave) * lorentzian(net, 2 * gamma)) /
    Math.sinh(2 * gamma) ** 2;
  return (halfTurnProbability(alpha, gamma, 0) * halfTurnProbability(alpha - net, gamma, 0)) / norm;
}

/**
 * P(n given theta) for the rotations theta + 2 pi n.
 * @type {(theta: number, gamma: number, n: number) => number}
 */
export function windingProbability(theta, gamma, n) {
  return lorentzian(theta + TAU * n, gamma) / wrappedLorentzian(theta, gamma);
}

/**
 * The same law on the half turns: P(the rotation is theta + pi k); even k ends aligned.
 * @type {(theta: number, gamma: number, k: number) => number}
 */
export function halfTurnProbability(theta, gamma, k) {
  return windingProbability(2 * theta, 2 * gamma, k);
}

/**
 * A seeded source of uniform numbers in (0, 1): xorshift128 on a mixed seed.
 * @type {(seed: number) => () => number}
 */
export function generator(seed) {
  let mixed = seed | 0;
  const next = () => {
    mixed = (mixed + 0x9e3779b9) | 0;
    let z = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
    z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35);
    return z ^ (z >>> 16);
  };
  let [x, y, z, w] = [next(), next(), next(), next() | 1];
  const bits = () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = w ^ (w >>> 19) ^ t ^ (t >>> 8);
    return w >>> 0;
  };
  return () => ((bits() >>> 5) * 2 ** 26 + ((bits() >>> 6) | 1)) / 2 ** 53; // Odd: never 0, never 1.
}

/**
 * A winding number n with weight W(theta + 2 pi n): the three likeliest by their exact
 * probabilities, the rest by rejection from a Cauchy law rounded to whole windings.
 * @type {(theta: number, gamma: number, random: () => number) => number}
 */
export function sampleWinding(theta, gamma, random) {
  const nearest = -Math.round(theta / TAU);
  const y = theta + TAU * nearest;
  let u = random();
  for (const n of [nearest, nearest + 1, nearest - 1]) {
    u -= windingProbability(theta, gamma, n);
    if (u < 0) return n;
  }
  const scale = Math.hypot(gamma, Math.PI);
  const first = Math.atan((y + 3 * Math.PI) / scale);
  const arc = Math.PI - first + Math.atan((y - 3 * Math.PI) / scale);
  const steepest = Math.SQRT1_2 / 2;
  for (;;) {
    const x = scale * Math.tan(first + arc * random());
    const n = Math.round((x - y) / TAU);
    const z = (TAU * scale) / ((y + TAU * n) ** 2 + gamma * gamma);
    const keep = (z / Math.atan(z)) * (Math.atan(steepest) / steepest);
    if (Math.abs(n) > 1 && random() < keep) return nearest + n;
  }
}

/**
 * One history: {outcome: 0 or 1, alpha, k} with alpha = theta + pi k.
 * @type {(theta: number, gamma: number, random: () => number) => { outcome: number, alpha: number, k: number
 * }}
 */
export function sample(theta, gamma, random) {
  const k = sampleWinding(2 * theta, 2 * gamma, random);
  return { outcome: Math.abs(k % 2), alpha: theta + Math.PI * k, k };
}

/** @type {(distance: number, a: number, b: number, random: () => number) => number} */
function cauchyStep(distance, a, b, random) {
  // The first of two Cauchy steps, widths a and b, that together cover the distance.
  for (;;) {
    const slope = Math.tan(Math.PI * (random() - 0.5));
    const u = random() * (a + b) < b ? a * slope : distance - b * slope;
    const sum = u * u + (distance - u) ** 2 + a * a + b * b;
    if (random() * sum <= (distance * distance) / 2 + a * a + b * b) return u;
  }
}

/**
 * One history of spins whose directions add up to zero: the net turn, and with it the parity of the outcomes,
 * first, then its parts one after the other.
 * @type {(settings: number[], gamma: number, random: () => number) => { outcomes: number[], turns: number[], lam:
 * number[] }}
 */
export function sampleSpins(settings, gamma, random) {
  const last = settings.length - 1;
  const total = settings.reduce((sum, setting) => sum + setting);
  const { outcome, alpha } = sample(total, settings.length * gamma, random);
  const outcomes = settings.map((_, i) => (i < last ? Number(random() < 0.5) : outcome));
  for (let i = 0; i < last; i++) outcomes[last] ^= outcomes[i];
  let net = alpha;
  const turns = settings.map((_, i) => {
    const turn = i < last ? cauchyStep(net, gamma, (last - i) * gamma, random) : net;
    net -= turn;
    return turn;
  });
  return { outcomes, turns, lam: settings.map((setting, i) => setting + Math.PI * outcomes[i] - turns[i]) };
}

/** @type {(random: () => number) => number} */
function normal(random) {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(TAU * random());
}

/**
 * The spin's angle on the way from 0, at time 0, to alpha, at time 1: at these times, in order.
 * @type {(alpha: number, gamma: number, times: number[], random: () => number, kind: string) => number[]}
 */
export function bridge(alpha, gamma, times, random, kind) {
  const duration = (alpha * alpha + gamma * gamma) / (-2 * Math.log(random()));
  let [now, angle] = [0, 0];
  return times.map((time) => {
    const [step, left] = [time - now, 1 - time];
    if (left === 0) angle = alpha;
    else if (step > 0 && kind === "cauchy")
      angle += cauchyStep(alpha - angle, gamma * step, gamma * left, random);
    else if (step > 0) {
      const share = step / (step + left);
      angle += (alpha - angle) * share + Math.sqrt(duration * share * left) * normal(random);
    }
    now = time;
    return angle;
  });
}

/**
 * E of the first two of three spins with one direction, any one, at the settings a, b and c; gamma may be 0.
 * @type {(a: number, b: number, c: number, gamma: number) => number}
 */
export function steered(a, b, c, gamma) {
  const ours = Math.sin(a - b) ** 2;
  const thirds = Math.sin(c - a) ** 2 + Math.sin(c - b) ** 2;
  const t2 = Math.tanh(Math.max(gamma, 1e-150)) ** 2;
  const q = (1 - t2) / (1 + t2);
  const rest = (2 * t2) / (1 + t2);
  const ofOurs = Math.cos(a - b) * (q ** 3 * thirds + rest * (2 + 3 * q + 2 * q * q));
  const ofThirds = Math.cos(c - a) * Math.cos(c - b) * q * (q ** 3 * ours + rest * (2 + 2 * q + q * q));
  const whole = q ** 4 * (ours + thirds) + 2 * rest * (1 + q) * (2 + q * q);
  return ((1 - t2) * (ofOurs + ofThirds)) / whole;
}

/**
 * E of a local model: a hidden direction, uniform, and the sign of its component along each setting.
 * @type {(theta: number) => number}
 */
export function sawtooth(theta) {
  return (2 * Math.abs(theta - TAU * Math.round(theta / TAU))) / Math.PI - 1;
}

export const TSIRELSON_BOUND = 2 * Math.SQRT2;
export const CRITICAL_GAMMA = Math.log(1 + Math.SQRT2) / 2;
export const STANDARD_SETTINGS = [0, Math.PI / 2, Math.PI / 4, -Math.PI / 4];

/** S, eq. 12. @type {(E11: number, E12: number, E21: number, E22: number) => number} */
export function chshValue(E11, E12, E21, E22) {
  return Math.abs(E11 + E12 + E21 - E22);
}

/** The largest S over all settings, eq. 16; gamma may be 0. @type {(gamma: number) => number} */
export function chshMaximum(gamma) {
  return TSIRELSON_BOUND / Math.cosh(2 * gamma);
}

/**
 * The largest correlation of the two ends of a chain of pairs, all joint measurements given; gamma may be 0.
 * @type {(gamma: number, links: number) => number}
 */
export function chainVisibility(gamma, links) {
  return 1 / Math.cosh(links * (2 * gamma));
}

/**
 * The probability that a complete joint measurement on two pairs gives Psi- or Phi+.
 * @type {(a: number, b: number, gamma: number) => number}
 */
export function victor(a, b, gamma) {
  const [these, others] = [a + b, a - b].map((angle) => spread(angle, 4 * gamma));
  return these / (these + others);
}

/**
 * W leaning to one sense of rotation, skew in [-1, 1].
 * @type {(alpha: number, gamma: number, skew: number) => number}
 */
export function skewedLorentzian(alpha, gamma, skew) {
  const r = Math.hypot(alpha, gamma);
  const c = Math.abs(skew);
  const missing = (gamma * gamma) / (r * (r + Math.abs(alpha))); // 1 - |alpha|/r, without cancellation
  return (skew * alpha < 0 ? 1 - c + c * missing : 1 + c - c * missing) * lorentzian(alpha, gamma);
}

/**
 * Its sum over windings: of the odd part the nearest 29 terms, and both tails by Euler and Maclaurin.
 * @type {(theta: number, gamma: number, skew: number) => number}
 */
export function wrappedSkewed(theta, gamma, skew) {
  const even = wrappedLorentzian(theta, gamma);
  if (skew === 0) return even;
  const nearest = theta - TAU * Math.round(theta / TAU);
  const g2 = gamma * gamma;
  let odd = 0;
  for (let n = -14; n <= 14; n++) {
    const x = nearest + TAU * n;
    const r2 = x * x + g2;
    odd += x / (r2 * Math.sqrt(r2));
  }
  /** @param {number} y */
  const tail = (y) => {
    const y2 = y * y;
    const r2 = y2 + g2;
    const r = Math.sqrt(r2);
    return (
      1 / (TAU * r) +
      (TAU * (g2 - 2 * y2)) / (24 * r2 * r2 * r) +
      (7 * TAU ** 3 * (24 * y2 * y2 - 72 * y2 * g2 + 9 * g2 * g2)) / (5760 * r2 ** 4 * r) -
      (31 * TAU ** 5 * 720) / (967680 * r2 ** 3 * r)
    );
  };
  return even + skew * (odd + tail(14.5 * TAU + nearest) - tail(14.5 * TAU - nearest));
}

/**
 * The weight of an initial direction, largest at 0, where it is 1.
 * @type {(lambda: number, kappa: number) => number}
 */
export function vonMisesWeight(lambda, kappa) {
  return Math.exp(-2 * kappa * Math.sin(lambda / 2) ** 2);
}

/**
 * Fourier coefficients of the complex samples re + i im, in place; their number is a power of 2.
 * @type {(re: Float64Array, im: Float64Array) => void}
 */
function fourier(re, im) {
  const size = re.length;
  for (let i = 1, j = 0; i < size; i++) {
    let bit = size >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [re[i], re[j]] = [re[j], re[i]];
      [im[i], im[j]] = [im[j], im[i]];
    }
  }
  for (let half = 1; half < size; half *= 2) {
    for (let k = 0; k < half; k++) {
      const c = Math.cos((Math.PI * k) / half);
      const s = -Math.sin((Math.PI * k) / half);
      for (let i = k; i < size; i += 2 * half) {
        const x = c * re[i + half] - s * im[i + half];
        const y = c * im[i + half] + s * re[i + half];
        re[i + half] = re[i] - x;
        im[i + half] = im[i] - y;
        re[i] += x;
        im[i] += y;
      }
    }
  }
  for (let i = 0; i < size; i++) {
    re[i] /= size;
    im[i] /= size;
  }
}

// Samples and Fourier coefficients of the wrapped weight; kept while only the settings change.
/**
 * @typedef {{ gamma: number, skew: number, weight: Float64Array, re: Float64Array, im: Float64Array }} Table
 */
/** @type {Table | undefined} */
let table;
/** @type {(gamma: number, skew: number) => Table} */
function weightTable(gamma, skew) {
  if (table?.gamma !== gamma || table.skew !== skew) {
    const size = 2 ** Math.ceil(Math.log2(Math.max(256, 64 / gamma)));
    const weight = Float64Array.from({ length: size }, (_, i) =>
      wrappedSkewed((TAU * i) / size, gamma, skew),
    );
    const [re, im] = [weight.slice(), new Float64Array(size)];
    fourier(re, im);
    table = { gamma, skew, weight, re, im };
  }
  return table;
}

/**
 * The pair with skewed legs and a von Mises preparation, for one setting of Alice's: a function of Bob's
 * that gives {alice: P_A(+), bob: P_B(+), given: P(A=+ given B=+)}. Each is a quotient of convolutions
 * with Bob's weight, that is of Fourier series whose terms fall as exp(-2 gamma k).
 * @type {(a: number, gamma: number, skew: number, kappa: number) => (b: number) => { alice: number, bob:
 * number, given: number }}
 */
export function skewedPair(a, gamma, skew, kappa) {
  const { weight, re: weightRe, im: weightIm } = weightTable(gamma, skew);
  const size = weight.length;
  const terms = Math.ceil(16 + 18 / gamma); // 16 for the preparation
  // mu(lambda) w(a - lambda) and mu(lambda) w(a + pi - lambda), against the turn a - lambda.
  const mu = weight.map((_, i) => vonMisesWeight(a - (TAU * i) / size, kappa));
  const plus = mu.map((m, i) => m * weight[i]);
  const minus = mu.map((m, i) => m * weight[(i + size / 2) % size]);
  fourier(plus, minus); // Both at once: the coefficients of plus + i minus.
  const series = new Float64Array(4 * terms);
  for (let k = 0; k < terms; k++) {
    const n = (size - k) % size;
    const re = k ? weightRe[k] : weightRe[k] / 2;
    const im = k ? weightIm[k] : 0;
    const real = [plus[k] + plus[n], minus[k] + minus[n]];
    const imaginary = [minus[n] - minus[k], plus[k] - plus[n]]; // conjugate: lambda enters with minus
    for (const A of [0, 1]) {
      series[4 * k + 2 * A] = real[A] * re - imaginary[A] * im;
      series[4 * k + 2 * A + 1] = real[A] * im + imaginary[A] * re;
    }
  }
  return (b) => {
    const [turnRe, turnIm] = [Math.cos(b - a), Math.sin(b - a)];
    let [re, im] = [1, 0];
    // J for Alice + and -, Bob aligned with b + pi: its even and its odd terms, which change sign at b.
    const sums = [0, 0, 0, 0];
    for (let k = 0; k < terms; k++) {
      const i = 4 * k;
      const parity = 2 * (k % 2);
      sums[parity] += series[i] * re - series[i + 1] * im;
      sums[parity + 1] += series[i + 2] * re - series[i + 3] * im;
      const next = re * turnRe - im * turnIm;
      im = re * turnIm + im * turnRe;
      re = next;
    }
    const [evenPlus, evenMinus, oddPlus, oddMinus] = sums;
    const all = 2 * (evenPlus + evenMinus);
    const bob = evenPlus - oddPlus + evenMinus - oddMinus;
    return { alice: (2 * evenPlus) / all, bob: bob / all, given: (evenPlus - oddPlus) / bob };
  };
}

/**
 * The largest and the least value of a smooth function with period pi that has no detail below 3 degrees.
 * @type {(f: (x: number) => number) => [number, number]}
 */
export function extremes(f) {
  const step = Math.PI / 120;
  const values = Array.from({ length: 120 }, (_, i) => f(step * i));
  /** @param {number} sign */
  const extreme = (sign) => {
    const best = values.reduce((top, value, i) => (sign * value > sign * values[top] ? i : top), 0);
    let [low, high] = [step * (best - 1), step * (best + 1)];
    while (high - low > 1e-7) {
      const third = (high - low) / 3;
      if (sign * f(low + third) < sign * f(high - third)) low += third;
      else high -= third;
    }
    return f((low + high) / 2);
  };
  return [extreme(1), extreme(-1)];
}

// Weights r^-p with r^2 = 1 + (alpha / gamma)^2, times 1 + c sin(t ln r), for these c and t. A very slow wave
// is a logarithm.
/** @type {Record<string, [number, number]>} */
const SLOW = { power: [0, 0], logarithm: [1e20, 1e-20], periodic: [0.3, 2] };
const GAUSS = [1, -1 / 24, 7 / 5760, -31 / 967680, 127 / 154828800];

/** Complex numbers. @type {(a: number[], b: number[]) => number[]} */
const times = ([a, b], [c, d]) => [a * c - b * d, a * d + b * c];

/**
 * The sum of r^(i t - p) over the turns from half a turn beyond `begin` on, by Gauss's form of Euler and
 * Maclaurin's for each term of a series in (gamma / begin)^2.
 * @type {(begin: number, gamma: number, p: number, t: number, unit: number) => number[]}
 */
function farTurns(begin, gamma, p, t, unit) {
  const step = (TAU / begin) ** 2;
  let [re, im] = [0, 0];
  let binomial = [1, 0];
  for (let j = 0; j < 5; j++) {
    const s = p + 2 * j; // and - i t
    let rising = [1, 0];
    const corrected = [0, 0];
    GAUSS.forEach((share, order) => {
      corrected[0] += share * rising[0];
      corrected[1] += share * rising[1];
      rising = times(rising, times([step * (s + 2 * order - 1), -step * t], [s + 2 * order, -t]));
    });
    const term = times(binomial, times(corrected, [s - 1, t]));
    re += term[0] / ((s - 1) ** 2 + t * t);
    im += term[1] / ((s - 1) ** 2 + t * t);
    const next = (gamma / begin) ** 2 / (2 * (j + 1));
    binomial = times(binomial, [-next * s, next * t]);
  }
  const size = ((begin / unit) ** -p * begin) / TAU;
  const phase = t * Math.log(begin / gamma);
  return times([re, im], [size * Math.cos(phase), size * Math.sin(phase)]);
}

/**
 * E = P(+) - P(-) of one particle with such a weight; gamma from 1e-24 to 1.
 * @type {(theta: number, gamma: number, p: number, kind: string) => number}
 */
export function tailCorrelation(theta, gamma, p, kind) {
  const [c, t] = SLOW[kind];
  const [sine, cosine] = [Math.abs(Math.sin(theta / 2)), Math.abs(Math.cos(theta / 2))];
  const least = [2 * Math.atan2(sine, cosine), 2 * Math.atan2(cosine, sine)];
  const unit = Math.hypot(Math.min(...least), gamma);
  const [plus, minus] = least.map((turn) => {
    let total = 0;
    for (const side of [turn, TAU - turn]) {
      for (let n = 0; n < 10; n++) {
        const r = Math.hypot(side + TAU * n, gamma);
        total += (1 + (c && c * Math.sin(t * Math.log(r / gamma)))) * (r / unit) ** -p;
      }
      const begin = side + 9.5 * TAU;
      total += farTurns(begin, gamma, p, 0, unit)[0];
      if (c) total += c * farTurns(begin, gamma, p, t, unit)[1];
    }
    return total;
  });
  return (plus - minus) / (plus + minus);
}

/** Its limit at sixty degrees, for a tail of index -p. @type {(p: number) => number} */
export const tailLimit = (p) => 1 - 2 ** (1 - p);

// Sources: what a symmetric or a leaning list of directions does to the pair.
/**
 * Axes with their shares or, where none has a share, the amplitudes of the harmonics 2, 4, 6 of a smooth weight,
 * which is nowhere below 0. All is moved by `turn`. `lean`, from 0 to 1, is the amplitude of a first harmonic:
 * with it one end of an axis counts more than the other.
 * @typedef {{ axes: [number, number][], waves: number[], turn: number, lean: number }} Source
 */

/**
 * Amplitudes [c_1, c_2, ...] scaled down, if need be, so that 1 + the sum of c_k cos kx is nowhere below 0.
 * @type {(amplitudes: number[]) => number[]}
 */
export function admitted(amplitudes) {
  const size = amplitudes.reduce((sum, c) => sum + Math.abs(c), 0);
  return size > 1 ? amplitudes.map((c) => c / size) : amplitudes;
}

/** Axes that have a share. @type {(axes: [number, number][]) => [number, number][]} */
const withShare = (axes) => axes.filter(([, share]) => share > 0);

/**
 * For each of Alice's settings with each of Bob's what `read` makes of the weight of all histories; the same times
 * both cosines, of a - lambda and b - lambda; and times Alice's and the leaning part of mu. For waves they are
 * integrals of s(a - lambda) s(b - lambda), whose Fourier coefficients about the mean setting are
 * r^k (U_k - r^2 U_(k-2)), but for a factor that all have.
 * @type {(as: number[], bs: number[], gamma: number, source: Source,
 *   read: (whole: number, product: number, bias: number) => number) => number[][]}
 */
function sourceTable(as, bs, gamma, { axes, waves, turn, lean }, read) {
  const present = withShare(axes);
  if (present.length) {
    // Of one leg for each axis: its weight, and this times the cosine.
    const legs = (/** @type {number[]} */ settings) =>
      settings.map((setting) => {
        const x = present.map(([center]) => setting - center - turn);
        const weights = x.map((angle) => 1 / spread(angle, gamma));
        return [weights, weights.map((weight, n) => weight * Math.cos(x[n]))];
      });
    const tilts = present.map(([center]) => lean * Math.cos(center));
    const right = legs(bs);
    return legs(as).map(([w, c]) =>
      right.map(([v, d]) => {
        let whole = 0;
        let product = 0;
        let bias = 0;
        for (let n = 0; n < w.length; n++) {
          const one = present[n][1] * v[n];
          whole += one * w[n];
          bias += one * c[n] * tilts[n];
          product += present[n][1] * c[n] * d[n];
        }
        return read(whole, product, bias);
      }),
    );
  }
  const r = Math.exp(-2 * gamma);
  return as.map((a) =>
    bs.map((b) => {
      const cosine = Math.cos(a - b);
      const q = [];
      let [before, last, now, power] = [-1, 0, 1, 1]; // U of -2, -1 and 0.
      for (let k = 0; k < waves.length + 2; k++) {
        q.push(power * (now - r * r * before));
        [before, last, now, power] = [last, now, 2 * cosine * now - last, power * r];
      }
      let [whole, moved] = q;
      for (let k = 1; k <= waves.length; k++) {
        const wave = waves[k - 1] * Math.cos(k * (a + b - 2 * turn));
        whole += wave * q[k];
        moved += (wave * (q[k + 1] + q[k - 1])) / 2;
      }
      const bias = (lean * (q[0] * Math.cos(a - turn) + q[1] * Math.cos(b - turn))) / 2;
      return read(whole, (cosine * whole + moved) / 2, bias);
    }),
  );
}

/**
 * E of the pair at each of Alice's settings with each of Bob's.
 * @type {(as: number[], bs: number[], gamma: number, source: Source) => number[][]}
 */
export function sourceCorrelations(as, bs, gamma, source) {
  const scale = Math.cosh(gamma) ** 2;
  return sourceTable(as, bs, gamma, source, (whole, product) => -product / whole / scale);
}

/**
 * Alice's P(+) likewise.
 * @type {(as: number[], bs: number[], gamma: number, source: Source) => number[][]}
 */
export function sourceOdds(as, bs, gamma, source) {
  const scale = 2 * Math.cosh(gamma);
  return sourceTable(as, bs, gamma, source, (whole, _, bias) => 0.5 + bias / whole / scale);
}

/** @type {(a: number, b: number, gamma: number, source: Source) => number} */
const sourceWhole = (a, b, gamma, source) => sourceTable([a], [b], gamma, source, (whole) => whole)[0][0];

/** The weight mu of a smooth source, 1 in the mean. @type {(lam: number, source: Source) => number} */
export function sourceWeight(lam, { waves, turn, lean }) {
  const x = lam - turn;
  return waves.reduce((sum, c, i) => sum + c * Math.cos(2 * (i + 1) * x), 1 + lean * Math.cos(x));
}

/**
 * rho(lambda | a, b) of a smooth source.
 * @type {(lam: number, a: number, b: number, gamma: number, source: Source) => number}
 */
export function sourceDensity(lam, a, b, gamma, source) {
  const whole = sourceWhole(a, b, gamma, source);
  const mu = sourceWeight(lam, source);
  const scale = Math.sinh(2 * gamma) * Math.exp(-2 * gamma) * spread(a - b, 2 * gamma);
  return (mu * scale) / (4 * Math.PI * whole * spread(lam - a, gamma) * spread(lam - b, gamma));
}

/**
 * The shares of the axes once the settings are given, both ends together.
 * @type {(a: number, b: number, gamma: number, source: Source) => number[]}
 */
export function sourceShares(a, b, gamma, source) {
  const whole = sourceWhole(a, b, gamma, source);
  return source.axes.map(([center, share]) => {
    const lam = center + source.turn;
    return share / (spread(a - lam, gamma) * spread(b - lam, gamma) * whole);
  });
}

/**
 * Settings 3 degrees apart, and along the axes of a source: where the two searches below look.
 * @param {Source} source
 */
function sourcePlaces({ axes, turn }) {
  const even = Array.from({ length: 60 }, (_, i) => (i * Math.PI) / 60);
  return [...even, ...withShare(axes).map(([center]) => center + turn)];
}

/**
 * How far Bob can move Alice's P(+) between two of these settings.
 * @type {(gamma: number, source: Source) => number}
 */
export function sourceSignal(gamma, source) {
  if (source.lean === 0) return 0;
  const settings = sourcePlaces(source);
  return Math.max(
    ...sourceOdds(settings, settings, gamma, source).map((row) => Math.max(...row) - Math.min(...row)),
  );
}

/**
 * [S, a1, a2, b1, b2], the largest S found, and where. As E changes its sign when a setting is turned by pi, only
 * half a circle is searched. For a1 and a2 the best b1 and b2 are found one by one; from the best combination for
 * each of six parts of the a1, the maximum is followed, with smaller steps where none helps, and not for ever along
 * a ridge.
 * @type {(gamma: number, source: Source) => [number, number, number, number, number]}
 */
export function bestSettings(gamma, source) {
  /** @type {(a: number[], b: number[]) => number[][]} */
  const grid = (a, b) => sourceCorrelations(a, b, gamma, source);
  /** @type {(first: number[], second: number[], sign: number, begin: number, end: number) => number} */
  const top = (first, second, sign, begin, end) => {
    let best = begin;
    for (let j = begin + 1; j < end; j++)
      if (Math.abs(first[j] + sign * second[j]) > Math.abs(first[best] + sign * second[best])) best = j;
    return best;
  };
  /**
   * [S, i, k, j, m], the largest S and where, from E at each of Alice's settings with each of Bob's: for the first
   * of Alice's some rows, for Bob's the columns before `end1` and those from `begin2` on.
   * @type {(E: number[][], begin: number, end: number, end1: number, begin2: number) => number[]}
   */
  const search = (E, begin, end, end1, begin2) => {
    let found = [0, 0, 0, 0, 0];
    for (let i = begin; i < end; i++)
      for (let k = i; k < E.length; k++) {
        const j = top(E[i], E[k], 1, 0, end1);
        const m = top(E[i], E[k], -1, begin2, E.length);
        const S = Math.abs(E[i][j] + E[k][j]) + Math.abs(E[i][m] - E[k][m]);
        if (S > found[0]) found = [S, i, k, j, m];
      }
    return found;
  };
  const settings = sourcePlaces(source);
  const whole = grid(settings, settings);
  const count = settings.length;
  const parts = Math.ceil(count / 6);
  /** @type {[number, number, number, number, number]} */
  let found = [0, 0, 0, 0, 0];
  for (let part = 0; part < count; part += parts) {
    const [most, ...at] = search(whole, part, Math.min(part + parts, count), count, 0);
    let [high, a1, a2, b1, b2] = [most, ...at.map((i) => settings[i])];
    for (let step = Math.PI / 60, looks = 200; step > 1e-9 && looks--;) {
      const near = [a1, a2, b1, b2].flatMap((x) => [x, x - step, x + step]);
      const [S, i, k, j, m] = search(grid(near.slice(0, 6), near.slice(6)), 0, 6, 3, 3);
      if (S > high + (step * step) / 999)
        [high, a1, a2, b1, b2] = [S, near[i], near[k], near[6 + j], near[6 + m]];
      else step /= 2;
    }
    if (high > found[0]) found = [high, a1, a2, b1, b2];
  }
  const [[E11, E12], [E21, E22]] = grid(found.slice(1, 3), found.slice(3));
  if ((E11 + E21) * (E12 - E22) < 0) found[4] += Math.PI;
  return found;
}
