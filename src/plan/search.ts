import { ZkinferError } from '../errors.js';
import type { IntRange } from '../ir/types.js';
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
/** By how much the cost of a form may still fall when its offset moves within the feasible interval. */
const OFFSET_SLACK = 2;
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
  const candidates = [...floorForms(steps, step.range)];
  if (options.dyadic) candidates.push(...halfEvenForms(steps, step.range, options.dyadic, options.zeroPoint));
  let best = cheapestExact(candidates, steps, step);
  if (!best && options.ideal) best = withExceptions(steps, step, options.ideal);
  return best;
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

/** All floor forms worth comparing: for each multiplier the cheapest divisors in the feasible interval. */
function* floorForms(steps: Steps, range: IntRange): Generator<RequantizeForm> {
  const slope = slopeInterval(steps.thresholds);
  if (slope.min >= slope.max) return;
  const span = range.max - range.min + 1;
  const quotientCost = bitLength(steps.high - steps.low);
  let best = Infinity;
  for (let m = 1; m <= MAX_MULTIPLIER; m++) {
    // The decomposition holds m * span values: at least that many bits, whatever the divisor.
    if (bitLength(m * span - 1) + 2 > best) break;
    const min = Math.max(1, Math.floor(m * slope.min) + 1);
    const max = Math.min(m * (span + 1), Math.ceil(m * slope.max) - 1);
    for (const divisor of cheapDivisors(min, max)) {
      // The flags depend on the offset, by little; without them the cost is known before the steps are looked at.
      if (boundedBitsCost(divisor - 1) + quotientCost + 2 > best) continue;
      const offset = (steps.low + 1) * divisor - m * steps.thresholds[0]!;
      const likely = saturate(steps, range, { multiplier: m, offset, divisor, rounding: 'floor' }, 0);
      if (formCost(likely) > best + OFFSET_SLACK) continue;
      for (const form of formsWith(steps, range, m, divisor)) {
        const cost = formCost(form);
        if (cost > best) continue;
        best = Math.min(best, cost);
        yield form;
      }
    }
  }
}

/** Open interval of divisor / multiplier that the distances of all pairs of steps allow. */
export function slopeInterval(thresholds: readonly number[]): { min: number; max: number } {
  let min = 0;
  let max = Infinity;
  for (let i = 0; i < thresholds.length; i++) {
    if (min >= max) break;
    for (let j = i + 1; j < thresholds.length; j++) {
      const distance = thresholds[j]! - thresholds[i]!;
      min = Math.max(min, (distance - 1) / (j - i));
      max = Math.min(max, (distance + 1) / (j - i));
    }
  }
  return { min, max };
}

/** Divisors in [min, max] whose remainders are cheap to bound: few one bits, fewest bits first; always includes the ends. */
function cheapDivisors(min: number, max: number): number[] {
  if (min > max) return [];
  const found = new Set<number>([min, max]);
  for (let unit = 2; unit <= max; unit *= 2) {
    const rounded = Math.ceil(min / unit) * unit;
    if (rounded <= max) found.add(rounded);
    const below = Math.floor(max / unit) * unit;
    if (below >= min) found.add(below);
  }
  return [...found].sort((a, b) => boundedBitsCost(a - 1) - boundedBitsCost(b - 1) || a - b).slice(0, 6);
}

/** Floor forms for one multiplier and divisor, at both ends of the feasible offsets. */
function formsWith(steps: Steps, range: IntRange, m: number, divisor: number): RequantizeForm[] {
  let max = -Infinity;
  let min = Infinity;
  for (let i = 0; i < steps.thresholds.length; i++) {
    const e = (steps.low + 1 + i) * divisor - m * steps.thresholds[i]!;
    max = Math.max(max, e);
    min = Math.min(min, e);
  }
  if (max - min > m - 1) return [];
  const offsets = max === min + m - 1 ? [max] : [max, min + m - 1];
  return offsets.map((offset) => saturate(steps, range, { multiplier: m, offset, divisor, rounding: 'floor' }, 0));
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
    if (best && exceptionsCost(raised.length, lowered.length) + bitLength(step.range.max - step.range.min) >= best.cost)
      continue;
    const forms = [...floorForms(line, step.range)].map((form) => ({ ...form, raised, lowered }));
    const found = cheapestExact(forms, steps, step);
    if (found && (!best || found.cost < best.cost)) best = found;
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

/** Fails loudly where no exact form exists: nothing inexact is ever emitted. */
export function noExactForm(node: string, channel: number): ZkinferError {
  return new ZkinferError(
    'MODEL_UNSUPPORTED',
    `no exact integer form was found for the requantization of channel ${channel}`,
    {
      location: { node },
      hint: 'Requantize the model with other scales (for example ranges rounded to a power of two), or report this model.',
    },
  );
}
