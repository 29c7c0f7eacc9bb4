import type { IntRange } from '../ir/types.js';
import type { DigitalLine, Interval } from './digital-line.js';
import { digitalLine, offsetInterval } from './digital-line.js';
import type { RequantizeForm } from './form.js';
import { applyForm, bitLength, boundedBitsCost, exceptionsCost, formCost, formMagnitude } from './form.js';
import type { StepFunction, Steps } from './step-function.js';
import { differences, findSteps } from './step-function.js';

/** Multipliers above this never pay: each doubling costs a bit, and the cheapest divisors are found long before. */
const MAX_MULTIPLIER = 4096;
/** More exceptional accumulators than this are no longer exceptions. */
const MAX_EXCEPTIONS = 64;
/** Up to this many moved steps, every subset of them is tried as exceptions. */
const MAX_SUBSET_ELEMENTS = 6;
/** Divisors tried for each multiplier, cheapest first. */
const MAX_DIVISORS = 6;
/** Generous relative error of a few operations on doubles. */
const QUOTIENT_ERROR = 2 ** -40;
/** Every number of a form stays exact in a double. */
export const MAX_MAGNITUDE = 2 ** 52;

/** What is found for one channel: a form that equals the step function on its whole range, and the evidence. */
export interface ExactForm {
  readonly form: RequantizeForm;
  /** Constraints of one element. */
  readonly cost: number;
  /** Steps of the function that were compared with the form's. */
  readonly thresholdsChecked: number;
}

/** How a multiplier is written as odd * 2^-shift, where that is exact with a small odd part. */
export interface DyadicMultiplier {
  readonly odd: number;
  readonly shift: number;
}

/**
 * Searches the cheapest integer form that is equal to `step` for every accumulator in its range (docs: exactness).
 *
 * Step i is at thresholds[i]; floor((m acc + b) / D) passes base + 1 + i there if and only if m (a_i - 1) + b < t_i D <= m a_i + b, for
 * all i. So for given m, the feasible D/m lie in an interval that pairs of steps bound (a digital line), and b in another.
 *
 * @param dyadic  of the real multiplier, when the function rounds half to even and its ties can be hit exactly
 * @param ideal   the function in real arithmetic, for which an affine form always exists; where float32 differs from it, those
 *                accumulators become exceptions. Without it, a function with no affine form gives undefined.
 */
export function searchForm(
  step: StepFunction,
  options: { dyadic?: DyadicMultiplier; ideal?: StepFunction; zeroPoint: number },
): ExactForm | undefined {
  const steps = findSteps(step);
  if (steps.low === steps.high) return { form: constantForm(steps.low), cost: 0, thresholdsChecked: 0 };
  const floor = cheapestFloorForm(steps, step.range, Infinity);
  const candidates = floor ? [floor] : [];
  if (options.dyadic) candidates.push(...halfEvenForms(steps, step.range, options.dyadic, options.zeroPoint));
  const best = cheapestExact(candidates, steps, step);
  return !best && options.ideal ? withExceptions(steps, step, options.ideal) : best;
}

function cheapestExact(candidates: RequantizeForm[], steps: Steps, step: StepFunction): ExactForm | undefined {
  const sorted = candidates
    .filter((form) => formMagnitude(form, step.range) < MAX_MAGNITUDE)
    .map((form) => ({ form, cost: formCost(form) }))
    .sort((a, b) => a.cost - b.cost);
  for (const { form, cost } of sorted) {
    const thresholdsChecked = certify(form, steps, step.range);
    if (thresholdsChecked !== undefined) return { form, cost, thresholdsChecked };
  }
  return undefined;
}

/**
 * The certificate: the function is non-decreasing, and so is the form (checked here), so they are equal everywhere if they are equal at the ends of the
 * range and on both sides of every step. Exceptional accumulators are compared one by one, with their neighbours.
 * @returns the number of steps compared, or undefined where the form is not exact
 */
export function certify(form: RequantizeForm, steps: Steps, range: IntRange): number | undefined {
  const isMonotone =
    (!form.low || form.lowValue <= form.base) && (!form.high || form.highValue >= form.base + form.window - 1);
  if (!isMonotone) return undefined;
  const valueAt = (acc: number): number => {
    // Number of thresholds at or below acc.
    let from = 0;
    let to = steps.thresholds.length;
    while (from < to) {
      const middle = (from + to) >> 1;
      if (steps.thresholds[middle]! <= acc) from = middle + 1;
      else to = middle;
    }
    return steps.low + from;
  };
  const exact = (acc: number): boolean => acc < range.min || acc > range.max || applyForm(form, acc) === valueAt(acc);
  const points = [range.min, range.max];
  for (const threshold of steps.thresholds) points.push(threshold - 1, threshold);
  for (const acc of [...form.raised, ...form.lowered]) points.push(acc - 1, acc, acc + 1);
  return points.every(exact) ? steps.thresholds.length : undefined;
}

function constantForm(value: number): RequantizeForm {
  return {
    multiplier: 0,
    offset: value,
    divisor: 1,
    rounding: 'floor',
    baseIsOdd: false,
    base: value,
    window: 1,
    low: false,
    high: false,
    excessBits: 0,
    lowValue: value,
    highValue: value,
    raised: [],
    lowered: [],
  };
}

/**
 * The cheapest floor form that costs less than `limit`: for each multiplier, the cheapest divisors in the feasible interval with both ends
 * of the feasible offsets. Of forms that cost the same, the one with the least multiplier.
 */
function cheapestFloorForm(steps: Steps, range: IntRange, limit: number): RequantizeForm | undefined {
  const line = digitalLine(steps.thresholds);
  const { slope } = line;
  if (slope.min >= slope.max) return undefined;
  const span = range.max - range.min + 1;
  const rest = leastSaturationCost(steps, range, slope);
  let best: RequantizeForm | undefined;
  let bestCost = limit;
  for (let m = 1; m <= MAX_MULTIPLIER; m++) {
    const min = Math.max(1, Math.floor(m * slope.min) + 1);
    // The remainder has at least the bits of the least divisor, and the decomposition holds m * span values whatever the divisor.
    if (Math.max(bitLength(min - 1) + rest, bitLength(m * span - 1) + 2) >= bestCost) break;
    const max = Math.min(m * (span + 1), Math.ceil(m * slope.max) - 1);
    for (const { divisor, cost } of cheapDivisors(min, max, bestCost - rest)) {
      if (cost + rest >= bestCost) break;
      for (const form of formsWith(steps, range, line, m, divisor)) {
        const formed = formCost(form);
        if (formed >= bestCost || formMagnitude(form, range) >= MAX_MAGNITUDE) continue;
        best = form;
        bestCost = formed;
      }
    }
  }
  return best;
}

/**
 * A bound of what a floor form costs beside its remainder: the cost of saturating no more values than every line through the steps has over
 * the range. The slope is accumulators per value.
 */
function leastSaturationCost({ low, high, thresholds }: Steps, range: IntRange, slope: Interval): number {
  const valuesPerUnit = (1 - QUOTIENT_ERROR) / slope.max;
  const reached = {
    min: Math.ceil(low + 1 - (thresholds[0]! - 1 - range.min) * valuesPerUnit) - 1,
    max: Math.floor(high + (range.max - thresholds.at(-1)!) * valuesPerUnit),
  };
  const identity = { multiplier: 1, offset: 0, divisor: 1, rounding: 'floor' } as const;
  return formCost(saturate({ low, high, thresholds }, reached, identity, 0));
}

/**
 * Divisors in [min, max] whose remainders cost less than `limit` to bound: those with few one bits, fewest bits first; the ends among
 * them. At most MAX_DIVISORS.
 */
function cheapDivisors(min: number, max: number, limit: number): { divisor: number; cost: number }[] {
  const found: { divisor: number; cost: number }[] = [];
  const add = (divisor: number): void => {
    const cost = boundedBitsCost(divisor - 1);
    if (cost < limit && found.every((other) => other.divisor !== divisor)) found.push({ divisor, cost });
  };
  if (min > max) return found;
  add(min);
  add(max);
  for (let unit = 2; unit <= max; unit *= 2) {
    const rounded = Math.ceil(min / unit) * unit;
    // Multiples of a greater unit are multiples of this one.
    if (rounded > max) break;
    add(rounded);
    add(Math.floor(max / unit) * unit);
  }
  return found.sort((a, b) => a.cost - b.cost || a.divisor - b.divisor).slice(0, MAX_DIVISORS);
}

/** Floor forms for one multiplier and divisor, at both ends of the feasible offsets. */
function formsWith(steps: Steps, range: IntRange, line: DigitalLine, m: number, divisor: number): RequantizeForm[] {
  const { min, max } = offsetInterval(steps.thresholds, line, m, divisor);
  if (min > max) return [];
  const offsets = min === max ? [min] : [min, max];
  const first = (steps.low + 1) * divisor;
  return offsets.map((offset) =>
    saturate(steps, range, { multiplier: m, offset: first + offset, divisor, rounding: 'floor' }, 0),
  );
}

function halfEvenForms(
  steps: Steps,
  range: IntRange,
  { odd, shift }: DyadicMultiplier,
  zeroPoint: number,
): RequantizeForm[] {
  if (shift < 1) return [];
  const divisor = 2 ** shift;
  const offset = divisor / 2 + zeroPoint * divisor;
  return [saturate(steps, range, { multiplier: odd, offset, divisor, rounding: 'halfEven' }, zeroPoint)];
}

type Rounding = Pick<RequantizeForm, 'multiplier' | 'offset' | 'divisor' | 'rounding'>;

/**
 * Adds what the range makes necessary: a window, flags for the sides on which v can leave it, and bits for how far. Rounding half to even
 * needs an even window, so that the parity of w is that of the number in every window (see Requantize). Where it would be odd, it starts
 * one above the lowest value: below it, saturation gives that value.
 */
export function saturate(steps: Steps, range: IntRange, rounding: Rounding, zeroPoint: number): RequantizeForm {
  const { multiplier, offset, divisor } = rounding;
  const tie = rounding.rounding === 'halfEven' ? 1 : 0;
  // A tie at the lowest accumulator may be counted one place lower.
  const lowest = Math.floor((multiplier * range.min + offset - tie) / divisor);
  const highest = Math.floor((multiplier * range.max + offset) / divisor);
  const low = lowest < steps.low;
  const high = highest > steps.high;
  const places = 2 ** bitLength(steps.high - steps.low);
  const values = steps.high - steps.low + 1;
  const leftOut = low && high && tie === 1 ? values % 2 : 0;
  const window = low && high ? values - leftOut : places;
  const base = high && !low ? steps.high + 1 - window : steps.low + leftOut;
  const below = low ? -Math.floor((lowest - base) / window) : 0;
  const above = high ? Math.floor((highest - base) / window) : 0;
  return {
    ...rounding,
    baseIsOdd: Math.abs(base - zeroPoint) % 2 === 1,
    base,
    window,
    low,
    high,
    excessBits: bitLength(Math.max(below, above, 1) - 1),
    lowValue: steps.low,
    highValue: steps.high,
    raised: [],
    lowered: [],
  };
}

/**
 * Where no affine form exists, some steps are given up: float32 rounding moved them off the line of the function in real arithmetic.
 * Such a step is put back on the line, and the accumulators between become exceptions. Usually one or two given up let the line turn
 * so that it meets the rest; all sets of them are tried, the cheapest first.
 */
function withExceptions(steps: Steps, step: StepFunction, ideal: StepFunction): ExactForm | undefined {
  const idealSteps = findSteps(ideal);
  const moved = movedSteps(steps, idealSteps);
  if (!moved) return undefined;
  let best: ExactForm | undefined;
  for (const givenUp of subsets(moved)) {
    const thresholds = [...steps.thresholds];
    for (const i of givenUp) thresholds[i] = idealSteps.thresholds[i]!;
    const line: Steps = { ...steps, thresholds };
    const exceptions = differences(steps, line, MAX_EXCEPTIONS);
    if (!exceptions) continue;
    const raised = exceptions.filter(({ sign }) => sign === 1).map(({ acc }) => acc);
    const lowered = exceptions.filter(({ sign }) => sign === -1).map(({ acc }) => acc);
    const limit = (best?.cost ?? Infinity) - exceptionsCost(raised.length, lowered.length);
    const form = cheapestFloorForm(line, step.range, limit);
    if (form) best = cheapestExact([{ ...form, raised, lowered }], steps, step) ?? best;
  }
  return best;
}

/** Indices of the steps that differ, or undefined if the functions differ in more than single steps. */
export function movedSteps(steps: Steps, ideal: Steps): number[] | undefined {
  if (steps.low !== ideal.low || steps.high !== ideal.high) return undefined;
  return steps.thresholds.flatMap((threshold, i) => (threshold === ideal.thresholds[i] ? [] : [i]));
}

/** All subsets where there are few elements, smallest first; otherwise only the whole. */
function subsets(elements: readonly number[]): number[][] {
  if (elements.length > MAX_SUBSET_ELEMENTS) return [[...elements]];
  const all = Array.from({ length: 2 ** elements.length }, (_, mask) => elements.filter((_, i) => (mask >> i) & 1));
  return all.sort((a, b) => a.length - b.length);
}
