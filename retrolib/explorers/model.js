// The numbers: retrolib's closed forms and samplers, in the same notation.
// Angles in radians. tests/browser compares every export with Python.

export const TAU = 2 * Math.PI;

// W, eq. 1.
export function lorentzian(alpha, gamma) {
  return 1 / (alpha * alpha + gamma * gamma);
}

// The sum of W over all windings theta + 2 pi n.
export function wrappedLorentzian(theta, gamma) {
  const t = Math.tanh(gamma / 2);
  const s = Math.sin(theta / 2) / Math.cosh(gamma / 2);
  return t / (2 * gamma * (t * t + s * s));
}

// [P(+), P(-)], eq. 2 normalised.
export function probabilities(theta, gamma) {
  const t2 = Math.tanh(gamma / 2) ** 2;
  const c2 = Math.cos(theta / 2) ** 2;
  const s2 = Math.sin(theta / 2) ** 2;
  return [(c2 + s2 * t2) / (1 + t2), (s2 + c2 * t2) / (1 + t2)];
}

// E of the pair, eq. 13.
export function correlation(a, b, gamma) {
  return -Math.cos(a - b) / Math.cosh(2 * gamma);
}

// [[P(+,+), P(+,-)], [P(-,+), P(-,-)]] of the pair, eqs. 9 and 10.
export function jointProbabilities(a, b, gamma) {
  const [different, same] = probabilities(a - b, 2 * gamma).map((p) => p / 2);
  return [[same, different], [different, same]];
}

// P(n given theta) for the rotations theta + 2 pi n.
export function windingProbability(theta, gamma, n) {
  return lorentzian(theta + TAU * n, gamma) / wrappedLorentzian(theta, gamma);
}

// The same law on the half turns: P(the rotation is theta + pi k); even k ends aligned.
export function turnProbability(theta, gamma, k) {
  return windingProbability(2 * theta, 2 * gamma, k);
}

// A seeded source of uniform numbers in (0, 1): xorshift128 on a mixed seed.
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
  return () => ((bits() >>> 5) * 2 ** 26 + (bits() >>> 6) + 0.5) / 2 ** 53;
}

// A winding number n with weight W(theta + 2 pi n): the three likeliest by their exact
// probabilities, the rest by rejection from a Cauchy law rounded to whole windings.
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

// One history: {outcome: 0 or 1, alpha, k} with alpha = theta + pi k.
export function sample(theta, gamma, random) {
  const k = sampleWinding(2 * theta, 2 * gamma, random);
  return { outcome: Math.abs(k % 2), alpha: theta + Math.PI * k, k };
}

function cauchyStep(distance, a, b, random) {
  // The first of two Cauchy steps, widths a and b, that together cover the distance.
  for (;;) {
    const spread = Math.tan(Math.PI * (random() - 0.5));
    const u = random() * (a + b) < b ? a * spread : distance - b * spread;
    const sum = u * u + (distance - u) ** 2 + a * a + b * b;
    if (random() * sum <= distance * distance / 2 + a * a + b * b) return u;
  }
}

function normal(random) {
  return Math.sqrt(-2 * Math.log(random())) * Math.cos(TAU * random());
}

// The spin's angle at times 0, 1/steps, ..., 1, from 0 to alpha.
export function bridge(alpha, gamma, steps, random, kind) {
  const path = new Float64Array(steps + 1);
  const duration = (alpha * alpha + gamma * gamma) / (-2 * Math.log(random()));
  for (let i = 1; i < steps; i++) {
    const left = steps - i;
    const distance = alpha - path[i - 1];
    path[i] = path[i - 1] + (kind === "cauchy"
      ? cauchyStep(distance, gamma / steps, (gamma * left) / steps, random)
      : distance / (left + 1)
        + Math.sqrt((duration / steps) * (left / (left + 1))) * normal(random));
  }
  path[steps] = alpha;
  return path;
}
