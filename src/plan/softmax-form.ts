/** What the Softmax template needs to know of a node: tables of floats as integers, and bounds of exponents and differences. */
import { greatestQuotient } from '../ir/softmax.js';
import type { SoftmaxNode, Value } from '../ir/types.js';
import { dtypeRange } from '../ir/types.js';
import { bitLength, boundedBitsCost } from './form.js';

export interface SoftmaxForm {
  /** By distance from the greatest element: M and P with exponential = M 2^P (up to a power of two), numerators in units of 2^(P[0] - 1). */
  readonly tables: readonly [readonly number[], readonly number[], readonly number[]];
  /** Greatest difference of two exponents. */
  readonly gap: number;
  readonly subnormal: boolean;
  /** The exponent of the sum is P[0] .. P[0] + spread. */
  readonly spread: number;
  readonly highest: number;
  readonly saturates: boolean;
  /** Bits of differences between a numerator and the ends of a quotient, see RoundedQuotient. */
  readonly bits: number;
  readonly zeroPoint: number;
}

/** Distance beyond which FloatAdd aligns no more. */
const FAR = 25;
const SIGNIFICAND_BITS = 24;
const LEAST_EXPONENT = -149;

/** M and P of a non-negative float32 M 2^P: 2^23 <= M < 2^24, or P = -149. */
function parts(float: number): { readonly M: number; readonly P: number } {
  let P = LEAST_EXPONENT;
  while (float * 2 ** -P >= 2 ** SIGNIFICAND_BITS) P++;
  return { M: float * 2 ** -P, P };
}

/** The form of a node whose output is not constant. */
export function softmaxForm(node: SoftmaxNode, output: Value): SoftmaxForm {
  const { exponentials, factor, size } = node;
  const floats = Array.from(exponentials, parts);
  const first = floats[0]!;
  const least = floats.at(-1)!.P;
  // Float addition never decreases with its operands: no sum is above that of the greatest.
  const greatest = exponentials[0]!;
  let sum = greatest;
  for (let i = 1; i < size; i++) sum = Math.fround(sum + greatest);
  const total = parts(sum);

  const unit = 2 ** (first.P - 1);
  const numerators = Array.from(exponentials, (e) => Math.fround(e * factor)).map((n) =>
    n > greatest / 2 ? n / unit : 0,
  );
  const { zeroPoint } = output.quantization!;
  const possible = greatestQuotient(node);
  const highest = Math.min(possible, dtypeRange(output.dtype as 'int8' | 'uint8').max - zeroPoint);
  return {
    tables: [floats.map(({ M }) => M), floats.map(({ P }) => P - least), numerators],
    gap: Math.max(1, total.P - least),
    subnormal: floats.at(-1)!.M < 2 ** (SIGNIFICAND_BITS - 1),
    spread: total.P - first.P,
    highest,
    saturates: possible > highest,
    bits: differenceBits(BigInt(2 * first.M), BigInt(sum / unit), BigInt(numerators[0]!), highest),
    zeroPoint,
  };
}

/** 2^25 times the end of the numbers that are rounded to k, as in circuits/quant/rounded-quotient.circom. */
function quotientEnd(k: number): bigint {
  const unit = 1n << BigInt(bitLength(k));
  return (BigInt(2 * k + 1) << 24n) + (k % 2 === 0 ? unit : -unit);
}

/**
 * Bits that hold all differences of RoundedQuotient. An end and the previous one are at most 2^25 + 2 unit apart; a saturated quotient is
 * as far from its ends as the greatest numerator and the least sum are.
 */
function differenceBits(leastSum: bigint, greatestSum: bigint, greatestNumerator: bigint, highest: number): number {
  const between = (1n << 25n) + (2n << BigInt(bitLength(highest)));
  const inside = greatestSum * between;
  const outside = (greatestNumerator << 25n) - leastSum * quotientEnd(highest - 1);
  return (inside > outside ? inside : outside).toString(2).length;
}

/** Constraints of FloatAdd. */
export function floatAddCost(gap: number, subnormal: boolean): number {
  const reach = Math.min(gap, FAR);
  const farBits = bitLength(gap - reach);
  const order = 3;
  const distance = boundedBitsCost(reach) + farBits + Number(farBits > 0) + 1;
  const shift = bitLength(reach);
  const normalize = 1 + (subnormal ? 2 : 0) + (SIGNIFICAND_BITS - 1) + (reach + 2) + 1;
  const round = 5;
  return order + distance + shift + normalize + round;
}

/** Constraints of RoundedQuotient. */
export function quotientCost(form: Pick<SoftmaxForm, 'highest' | 'saturates' | 'bits' | 'zeroPoint'>): number {
  const { highest, saturates, bits, zeroPoint } = form;
  // Where the only bit is the output, it has a wire already.
  const output = highest === 1 && zeroPoint === 0 ? 0 : 1;
  const unit = bitLength(highest) - 1 + 4 + 3;
  return boundedBitsCost(highest) + output + unit + (saturates ? 2 : 0) + 2 * (bits + 1);
}

/** Constraints of a table with three outputs, its index included. */
const TABLES_COST = 1 + 19 + 3 * 15;

/** Constraints of SoftmaxRow. */
export function softmaxRowCost(size: number, form: SoftmaxForm): number {
  const total = 2 * bitLength(form.spread);
  const perElement = TABLES_COST + quotientCost(form);
  return size * perElement + (size - 1) * (1 + floatAddCost(form.gap, form.subnormal)) + total;
}
