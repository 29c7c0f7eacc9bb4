import type { IntRange } from '../ir/types.js';

/**
 * Integer form of a non-decreasing step function of an accumulator, as the Requantize template computes it:
 * v = multiplier * acc + offset, y = v / divisor rounded (`floor`, or `halfEven` where offset includes divisor / 2), saturated to
 * lowValue below `base` and to highValue from `base + window` on, then corrected by +1 at `raised` and -1 at `lowered` accumulators.
 * All numbers are integers below 2^53.
 */
export interface RequantizeForm {
  readonly multiplier: number;
  readonly offset: number;
  readonly divisor: number;
  readonly rounding: 'floor' | 'halfEven';
  /** For halfEven: parity of base relative to the number that is rounded (y - zeroPoint). */
  readonly baseIsOdd: boolean;
  readonly base: number;
  readonly window: number;
  readonly low: boolean;
  readonly high: boolean;
  /** Bits of the number of windows by which v can lie outside. */
  readonly excessBits: number;
  readonly lowValue: number;
  readonly highValue: number;
  readonly raised: readonly number[];
  readonly lowered: readonly number[];
}

/** Bits of an integer 0 <= x < 2^53. */
export function bitLength(x: number): number {
  return x < WORD ? 32 - Math.clz32(x) : 32 + bitLength(Math.floor(x / WORD));
}

const WORD = 2 ** 32;

function popCount(x: number): number {
  let count = 0;
  for (let rest = x >>> 0; rest !== 0; rest &= rest - 1) count++;
  return x < WORD ? count : count + popCount(Math.floor(x / WORD));
}

/**
 * Constraints of BoundedBits for the inclusive bound max: its bits, and a product for each one bit above its lowest zero but the top one.
 * The ones above the lowest zero of max are those of max + 1 without its lowest.
 */
export function boundedBitsCost(max: number): number {
  return bitLength(max) + Math.max(0, popCount(max + 1) - 2);
}

/** Constraints of exceptional accumulators: a test for each direction (see IsOneOf), and the accumulator as a signal. */
export function exceptionsCost(raised: number, lowered: number): number {
  const test = (count: number): number => (count > 0 ? count + 2 : 0);
  const tests = test(raised) + test(lowered);
  return tests > 0 ? tests + 1 : 0;
}

/** Up to this many inputs, Requantize saves the lowest bit below an even divisor or window. */
const SHORT_COMBINATION = 2;

/** Constraints of one output of Requantize under this form (docs: circuits), which combines `terms` inputs. */
export function formCost(form: RequantizeForm, terms = Infinity): number {
  if (form.multiplier === 0) return 0;
  const remainder = form.rounding === 'floor' ? boundedBitsCost(form.divisor - 1) : bitLength(form.divisor) + 1;
  const flags = Number(form.low) + Number(form.high) + form.excessBits;
  const isEven = form.divisor % 2 === 0 || form.window % 2 === 0;
  const leavesBit = form.rounding === 'floor' && isEven && terms <= SHORT_COMBINATION;
  const decomposition = leavesBit ? 0 : 1;
  const output = 1;
  return (
    remainder +
    boundedBitsCost(form.window - 1) +
    flags +
    decomposition +
    output +
    exceptionsCost(form.raised.length, form.lowered.length)
  );
}

/** The form's value at an accumulator: what the circuit computes, in plain integers. */
export function applyForm(form: RequantizeForm, acc: number): number {
  const v = form.multiplier * acc + form.offset;
  let q = Math.floor(v / form.divisor);
  if (form.rounding === 'halfEven') {
    const isOdd = (Math.abs(q - form.base) % 2 === 1) !== form.baseIsOdd;
    if (isOdd && q * form.divisor === v) q -= 1;
  }
  if (form.low && q < form.base) q = form.lowValue;
  else if (form.high && q >= form.base + form.window) q = form.highValue;
  return q + Number(form.raised.includes(acc)) - Number(form.lowered.includes(acc));
}

/** Largest |v| that the form reaches, and the most that its decomposition can express: both must stay far below the field. */
export function formMagnitude(form: RequantizeForm, range: IntRange): number {
  const reach = Math.max(Math.abs(range.min), Math.abs(range.max)) * form.multiplier + Math.abs(form.offset);
  return reach + form.divisor * form.window * (2 ** form.excessBits + 1);
}

/** The row of the circom parameter F (see FORM_* in circuits/quant/requantize.circom). */
export function formRow(form: RequantizeForm): number[] {
  const ties = form.rounding === 'floor' ? 0 : form.baseIsOdd ? 2 : 1;
  return [
    form.multiplier,
    form.offset,
    form.divisor,
    form.base,
    form.window,
    Number(form.low),
    Number(form.high),
    form.excessBits,
    form.lowValue,
    form.highValue,
    form.raised.length,
    form.lowered.length,
    ties,
  ];
}
