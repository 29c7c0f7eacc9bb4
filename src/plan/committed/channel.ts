import { requantize, rint } from '../../ir/float32.js';
import type { IntRange } from '../../ir/types.js';
import type { RequantizeForm } from '../form.js';
import { bitLength, formMagnitude } from '../form.js';
import { digitalLine } from '../digital-line.js';
import { certify, movedSteps } from '../search.js';
import type { StepFunction, Steps } from '../step-function.js';
import { differences, findSteps } from '../step-function.js';

/** Divisors are 2^1 .. 2^MAX_DIVISOR_BITS: beyond, numbers of a form leave the doubles. */
const MAX_DIVISOR_BITS = 44;
/** More exceptional accumulators than this are no longer exceptions. */
const MAX_EXCEPTIONS = 64;
const MAX_MAGNITUDE = 2 ** 52;

/** One output channel's requantization: what a form with a power of two as divisor has to equal. */
export interface ChannelFunction {
  /** Of the accumulator, bias included. */
  readonly range: IntRange;
  readonly multiplier: number;
  readonly zeroPoint: number;
  readonly clamp: IntRange;
}

/** A form v = m acc + b, y = floor(v / 2^divisorBits), equal to float32 on the whole range of the accumulator. */
export interface ChannelForm {
  readonly divisorBits: number;
  readonly form: RequantizeForm;
  readonly thresholdsChecked: number;
}

/**
 * The form with the smallest divisor 2^F, F at least `leastBits`, that needs as few exceptional accumulators as any F allows.
 * @returns undefined where no line has all steps but a few, as with products that hit exact ties
 */
export function smallestForm(channel: ChannelFunction, leastBits = 1): ChannelForm | undefined {
  const lines = exactLines(channel);
  for (let bits = leastBits; bits <= MAX_DIVISOR_BITS; bits++) {
    const found = formFor(channel, lines, bits);
    if (found) return found;
  }
  return undefined;
}

/** The form with exactly this divisor, if there is one. */
export function formWithDivisor(channel: ChannelFunction, divisorBits: number): ChannelForm | undefined {
  return formFor(channel, exactLines(channel), divisorBits);
}

/** Steps of the function, and of lines that equal it but for exceptions. */
interface Lines {
  readonly steps: Steps;
  readonly candidates: readonly Line[];
}

interface Line {
  readonly thresholds: readonly number[];
  /** Open interval of D / m. */
  readonly slope: { readonly min: number; readonly max: number };
  readonly raised: readonly number[];
  readonly lowered: readonly number[];
}

const known = new WeakMap<ChannelFunction, Lines>();

function exactLines(channel: ChannelFunction): Lines {
  const lines = known.get(channel) ?? findLines(channel);
  known.set(channel, lines);
  return lines;
}

function findLines({ range, multiplier, zeroPoint, clamp }: ChannelFunction): Lines {
  const step: StepFunction = { range, evaluate: (acc) => requantize(acc, multiplier, zeroPoint, clamp) };
  const steps = findSteps(step);
  const whole = lineThrough(steps, steps.thresholds);
  if (whole) return { steps, candidates: [whole] };
  const ideal = findSteps({
    range,
    // The product of two float32 values is exact in float64.
    evaluate: (acc) => Math.min(Math.max(rint(acc * multiplier) + zeroPoint, clamp.min), clamp.max),
  });
  const moved = movedSteps(steps, ideal);
  if (!moved) return { steps, candidates: [] };
  const givingUp = (indices: readonly number[]): Line | undefined => {
    const thresholds = [...steps.thresholds];
    for (const i of indices) thresholds[i] = ideal.thresholds[i]!;
    return lineThrough(steps, thresholds);
  };
  // Every step that can be met after all is taken back, one by one.
  let kept = moved;
  if (!givingUp(kept)) return { steps, candidates: [] };
  for (const index of moved) {
    const fewer = kept.filter((i) => i !== index);
    if (givingUp(fewer)) kept = fewer;
  }
  const lines = [givingUp(kept), givingUp(moved)];
  return { steps, candidates: lines.filter((line) => line !== undefined) };
}

/** The line with these steps, with what remains of `steps` as exceptions; undefined where no line has them. */
function lineThrough(steps: Steps, thresholds: readonly number[]): Line | undefined {
  const { slope } = digitalLine(thresholds);
  if (slope.min >= slope.max) return undefined;
  const exceptions = differences(steps, { ...steps, thresholds }, MAX_EXCEPTIONS);
  if (!exceptions) return undefined;
  const signed = (sign: number): number[] => exceptions.filter((e) => e.sign === sign).map(({ acc }) => acc);
  return { thresholds, slope, raised: signed(1), lowered: signed(-1) };
}

function formFor(channel: ChannelFunction, { steps, candidates }: Lines, bits: number): ChannelForm | undefined {
  for (const line of candidates) {
    for (const multiplier of multipliers(line, channel.multiplier, bits)) {
      for (const offset of offsets(channel, steps, line, multiplier, bits)) {
        const form = asForm(channel, line, multiplier, offset, bits);
        if (formMagnitude(form, channel.range) >= MAX_MAGNITUDE || !exceptionsAreNear(form)) continue;
        const thresholdsChecked = certify(form, steps, channel.range);
        if (thresholdsChecked !== undefined) return { divisorBits: bits, form, thresholdsChecked };
      }
    }
  }
  return undefined;
}

/** Whether the side of the remainder tells raised from lowered accumulators, as the circuit takes it to (see CommittedRequantize). */
function exceptionsAreNear({ multiplier, offset, divisor, raised, lowered }: RequantizeForm): boolean {
  const isUpper = (acc: number): boolean => {
    const v = multiplier * acc + offset;
    return v - Math.floor(v / divisor) * divisor >= divisor / 2;
  };
  return raised.every(isUpper) && !lowered.some(isUpper);
}

/** Integers m >= 1 with 2^bits / m in the line's interval: the nearest to the real slope first. */
function multipliers({ slope }: Line, real: number, bits: number): number[] {
  const least = Math.max(1, Math.floor(2 ** bits / slope.max) + 1);
  const most = slope.min === 0 ? Infinity : Math.ceil(2 ** bits / slope.min) - 1;
  if (least > most) return [];
  const clamped = (m: number): number => Math.min(Math.max(Math.round(m), least), most);
  const middle = most === Infinity ? least : (least + most) / 2;
  return [...new Set([clamped(real * 2 ** bits), clamped(middle), least, clamped(most === Infinity ? least : most)])];
}

/** Offsets that meet every step and leave the ends of the range where they are: both ends and the middle of the interval. */
function offsets(
  { range, clamp }: ChannelFunction,
  steps: Steps,
  { thresholds }: Line,
  m: number,
  bits: number,
): number[] {
  const divisor = 2 ** bits;
  let least = -Infinity;
  let most = Infinity;
  thresholds.forEach((threshold, i) => {
    const exact = (steps.low + 1 + i) * divisor - m * threshold;
    least = Math.max(least, exact);
    most = Math.min(most, exact + m - 1);
  });
  if (steps.low > clamp.min || least === -Infinity) least = Math.max(least, steps.low * divisor - m * range.min);
  if (steps.high < clamp.max || most === Infinity)
    most = Math.min(most, (steps.high + 1) * divisor - 1 - m * range.max);
  return least > most ? [] : [...new Set([Math.floor((least + most) / 2), least, most])];
}

function asForm(
  { range, clamp }: ChannelFunction,
  { raised, lowered }: Line,
  multiplier: number,
  offset: number,
  bits: number,
): RequantizeForm {
  const divisor = 2 ** bits;
  const window = clamp.max - clamp.min + 1;
  const windows = (acc: number): number =>
    Math.floor((multiplier * acc + offset - clamp.min * divisor) / (divisor * window));
  const below = -windows(range.min);
  const above = windows(range.max);
  return {
    multiplier,
    offset,
    divisor,
    rounding: 'floor',
    baseIsOdd: false,
    base: clamp.min,
    window,
    low: true,
    high: true,
    excessBits: bitLength(Math.max(below, above, 1) - 1),
    lowValue: clamp.min,
    highValue: clamp.max,
    raised,
    lowered,
  };
}
