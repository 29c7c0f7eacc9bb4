/**
 * Exact forms of quantized sums of two elements: y = saturate(floor((m_a a + m_b b + c) / D)) on every pair (a, b), corrected at single
 * pairs where float32 rounding has moved the result (docs: exactness).
 */
import type { IntRange } from '../ir/types.js';
import type { BinaryForm, Pairs } from './binary-form.js';
import type { RequantizeForm } from './form.js';
import { applyForm, exceptionsCost, formCost, formMagnitude } from './form.js';
import { dyadicMultiplier } from './requantization.js';
import { MAX_MAGNITUDE, saturate } from './search.js';

/** Divisors with more bits than this are never needed. */
const MAX_DIVISOR_BITS = 36;
/** Divisors with more one bits than this cost more than the next power of two. */
const MAX_ONES = 6;
/** Pairs that may be given up at each end of the residuals. */
const MAX_GIVEN_UP = 4;
/** Pairs that may be corrected. */
const MAX_WRONG = 2 * MAX_GIVEN_UP + 2;
/** More offsets than this fit only where nearly nothing is rounded. */
const MAX_TIE_OFFSETS = 8;
/** Choices of pairs to give up that are searched, the most promising first. */
const MAX_CHOICES = 4;
/** Pairs nearest to a step: most wrong candidates fail on one of them. */
const HARD_PAIRS = 512;

/** All pairs of a function with their values, and the range of the values. */
interface Search {
  readonly pairs: Pairs;
  readonly slopes: readonly [number, number];
  readonly a: Int16Array;
  readonly b: Int16Array;
  readonly y: Int16Array;
  readonly low: number;
  readonly high: number;
}

type Candidate = Extract<BinaryForm, { kind: 'linear' }>;
type Weights = readonly [number, number];

/** The cheapest form found, or undefined where the function is not a rounded line in a and b. */
export function linearForm(pairs: Pairs, slopes: Weights): BinaryForm | undefined {
  const search = listPairs(pairs, slopes);
  const candidates = [...tieForms(search), ...floorForms(search)]
    .filter(({ form, weights }) => formMagnitude(form, sumRange(pairs, weights)) < MAX_MAGNITUDE)
    .sort((x, y) => formCost(x.form) - formCost(y.form));
  return candidates.find((found) => isExact(found, search));
}

function listPairs(pairs: Pairs, slopes: Weights): Search {
  const widthB = pairs.b.max - pairs.b.min + 1;
  const count = (pairs.a.max - pairs.a.min + 1) * widthB;
  const [a, b, y] = [new Int16Array(count), new Int16Array(count), new Int16Array(count)];
  let [low, high] = [Infinity, -Infinity];
  let i = 0;
  for (let x = pairs.a.min; x <= pairs.a.max; x++) {
    for (let z = pairs.b.min; z <= pairs.b.max; z++, i++) {
      const value = pairs.evaluate(x, z);
      a[i] = x;
      b[i] = z;
      y[i] = value;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return { pairs, slopes, a, b, y, low, high };
}

function isExact({ weights, form }: Candidate, { a, b, y }: Search): boolean {
  for (let i = 0; i < y.length; i++) {
    if (applyForm(form, weights[0] * a[i]! + weights[1] * b[i]!) !== y[i]!) return false;
  }
  return true;
}

/** Range of m_a a + m_b b. */
function sumRange({ a, b }: Pairs, weights: Weights): IntRange {
  const ends = [a.min, a.max].flatMap((x) => [b.min, b.max].map((y) => weights[0] * x + weights[1] * y));
  return { min: Math.min(...ends), max: Math.max(...ends) };
}

function candidate(
  { pairs, y, low, high }: Search,
  weights: Weights,
  rounding: Pick<RequantizeForm, 'offset' | 'divisor' | 'rounding'>,
  zeroPoint: number,
): Candidate {
  const range = sumRange(pairs, weights);
  const form = saturate({ low, high, thresholds: [] }, range, { multiplier: 1, ...rounding }, zeroPoint);
  return { kind: 'linear', weights, form, checked: y.length };
}

/** Slopes that are small multiples of a power of two meet exact ties, which go to the even number. */
function tieForms(search: Search): Candidate[] {
  const dyadic = search.slopes.map((slope) => dyadicMultiplier(Math.abs(slope)));
  if (!dyadic[0] || !dyadic[1]) return [];
  const shift = Math.max(dyadic[0].shift, dyadic[1].shift);
  if (shift < 1) return [];
  const divisor = 2 ** shift;
  const weights = search.slopes.map((slope) => slope * divisor) as [number, number];
  // All offsets for which no pair inside is off by more than a tie; whether the constant belongs to the rounded number decides the parity.
  let [least, most] = [-Infinity, Infinity];
  for (const [i, y] of search.y.entries()) {
    const rest = y * divisor - weights[0] * search.a[i]! - weights[1] * search.b[i]!;
    if (y > search.low) least = Math.max(least, rest);
    if (y < search.high) most = Math.min(most, rest + divisor);
  }
  const found: Candidate[] = [];
  for (let offset = Math.ceil(least); offset <= Math.min(most, least + MAX_TIE_OFFSETS); offset++) {
    for (const zeroPoint of [0, 1]) {
      found.push(candidate(search, weights, { offset, divisor, rounding: 'halfEven' }, zeroPoint));
    }
  }
  return found;
}

/**
 * Floor forms: for a few choices of pairs to give up, the cheapest divisor for which integers m_a, m_b, c exist. With the residual
 * u = slope_a a + slope_b b - y, a real constant exists if the greatest and the least u are less than 1 apart: how much less is what the
 * integers may move the line. The lowest y has no pair below its step, and the highest none above.
 */
function floorForms(search: Search): Candidate[] {
  const { a, b, y, slopes, low, high } = search;
  const residual = new Float64Array(y.length);
  for (let i = 0; i < y.length; i++) residual[i] = slopes[0] * a[i]! + slopes[1] * b[i]! - y[i]!;
  const lowest = hardestFirst(residual, (i) => y[i]! > low, 1);
  const highest = hardestFirst(residual, (i) => y[i]! < high, -1);
  const choices: { first: number; last: number; slack: number; estimate: number }[] = [];
  for (let first = 0; first <= MAX_GIVEN_UP; first++) {
    for (let last = 0; last <= MAX_GIVEN_UP; last++) {
      if (lowest.length <= first || highest.length <= last) continue;
      const slack = 1 - (residual[highest[last]!]! - residual[lowest[first]!]!);
      if (slack <= 0) continue;
      choices.push({ first, last, slack, estimate: exceptionsCost(first, last) - Math.log2(slack) });
    }
  }
  choices.sort((p, q) => p.estimate - q.estimate);
  return choices.slice(0, MAX_CHOICES).flatMap(({ first, last, slack }) => {
    const form = withDivisor(search, lowest.subarray(first), highest.subarray(last), slack);
    const corrected = form && withExceptions(form, search);
    return corrected ? [corrected] : [];
  });
}

/**
 * The pairs that pass `isBound`: HARD_PAIRS and as many as may be given up in the order of sign * residual, and of sign * index where that
 * is equal; then the rest in any order.
 */
export function hardestFirst(residual: Float64Array, isBound: (i: number) => boolean, sign: 1 | -1): Int32Array {
  const all = new Int32Array(residual.length);
  let count = 0;
  for (let i = 0; i < residual.length; i++) if (isBound(i)) all[count++] = i;
  const bound = all.subarray(0, count);
  const size = HARD_PAIRS + MAX_GIVEN_UP;
  if (count === 0) return bound;
  const limit = Float64Array.from(bound, (i) => sign * residual[i]!).sort()[Math.min(size, count) - 1]!;
  const hard: number[] = [];
  const rest: number[] = [];
  for (const i of bound) (sign * residual[i]! <= limit ? hard : rest).push(i);
  hard.sort((i, j) => sign * (residual[i]! - residual[j]! || i - j));
  return Int32Array.from([...hard, ...rest]);
}

/**
 * The cheapest divisor, with its multipliers and constant.
 * @param lower pairs that must reach their value, hardest first
 * @param upper pairs that must not pass their value, hardest first
 */
function withDivisor(search: Search, lower: Int32Array, upper: Int32Array, slack: number): Candidate | undefined {
  const { pairs, slopes } = search;
  const [spanA, spanB] = [pairs.a.max - pairs.a.min, pairs.b.max - pairs.b.min];
  for (const divisor of divisorsByCost()) {
    const weights = slopes.map((slope) => Math.round(slope * divisor)) as [number, number];
    const error =
      (Math.abs(weights[0] - slopes[0] * divisor) * spanA + Math.abs(weights[1] - slopes[1] * divisor) * spanB) / 2;
    if (error > slack * divisor) continue;
    const offset = leastOffset(search, weights, divisor, lower, upper);
    if (offset !== undefined) return candidate(search, weights, { offset, divisor, rounding: 'floor' }, 0);
  }
  return undefined;
}

/** The least c with floor((m_a a + m_b b + c) / D) >= y on `lower` and <= y on `upper`; undefined where there is none. */
function leastOffset(
  { a, b, y }: Search,
  weights: Weights,
  divisor: number,
  lower: Int32Array,
  upper: Int32Array,
): number | undefined {
  const rest = (i: number): number => y[i]! * divisor - weights[0] * a[i]! - weights[1] * b[i]!;
  let min = -Infinity;
  let max = Infinity;
  const widen = (from: number, to: number): boolean => {
    for (let k = from; k < Math.min(to, lower.length); k++) min = Math.max(min, rest(lower[k]!));
    for (let k = from; k < Math.min(to, upper.length); k++) max = Math.min(max, rest(upper[k]!) + divisor - 1);
    return min <= max;
  };
  return widen(0, HARD_PAIRS) && widen(HARD_PAIRS, y.length) ? min : undefined;
}

/** Corrects single pairs on which the form is off by one. Their sums must be theirs alone. */
function withExceptions(found: Candidate, { a, b, y }: Search): Candidate | undefined {
  const { form, weights } = found;
  const wrong = new Map<number, number>();
  for (let i = 0; i < y.length; i++) {
    const sum = weights[0] * a[i]! + weights[1] * b[i]!;
    const difference = y[i]! - applyForm(form, sum);
    if (difference === 0) continue;
    if (Math.abs(difference) > 1 || wrong.has(sum) || wrong.size === MAX_WRONG) return undefined;
    wrong.set(sum, difference);
  }
  if (wrong.size === 0) return found;
  let withThem = 0;
  for (let i = 0; i < y.length; i++) withThem += Number(wrong.has(weights[0] * a[i]! + weights[1] * b[i]!));
  if (withThem > wrong.size) return undefined;
  const pick = (sign: number): number[] =>
    [...wrong]
      .filter(([, d]) => d === sign)
      .map(([sum]) => sum)
      .sort((x, y) => x - y);
  return { ...found, form: { ...form, raised: pick(1), lowered: pick(-1) } };
}

/** Divisors in the order of what bounding their remainders costs: few one bits first. */
export function* divisorsByCost(): Generator<number> {
  for (let cost = 1; cost <= MAX_DIVISOR_BITS; cost++) {
    for (let ones = 1; ones <= MAX_ONES; ones++) {
      const bits = cost - Math.max(0, ones - 2) + (ones === 1 ? 1 : 0);
      if (bits >= ones) yield* withOnes(bits, ones);
    }
  }
}

/** All integers of `bits` bits, the top one set, with `ones` one bits. */
function* withOnes(bits: number, ones: number): Generator<number> {
  function* below(limit: number, left: number): Generator<number> {
    if (left === 0) return yield 0;
    for (let position = left - 1; position < limit; position++) {
      for (const rest of below(position, left - 1)) yield 2 ** position + rest;
    }
  }
  for (const rest of below(bits - 1, ones - 1)) yield 2 ** (bits - 1) + rest;
}
