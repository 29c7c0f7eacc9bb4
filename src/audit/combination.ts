/** Linear combinations of wires with coefficients nearest to zero. */

import type { R1cs, SparseMatrix } from '../circom/r1cs.js';
import { absolute, inverse, signed } from './field.js';

/** constant + sum of coefficients times wires; every wire once, no coefficient zero, the constant wire not among them. */
export interface Combination {
  readonly wires: readonly number[];
  readonly coefficients: readonly bigint[];
  readonly constant: bigint;
}

export const ZERO: Combination = { wires: [], coefficients: [], constant: 0n };

/** Row of a matrix, with its coefficients from `table` (the circuit's, nearest to zero). */
export function rowOf(matrix: SparseMatrix, row: number, table: readonly bigint[]): Combination {
  const start = matrix.offsets[row]!;
  const end = matrix.offsets[row + 1]!;
  if (start === end) return ZERO;
  const wires: number[] = [];
  const coefficients: bigint[] = [];
  let constant = 0n;
  let isIncreasing = true;
  for (let i = start; i < end; i++) {
    const wire = matrix.wires[i]!;
    const coefficient = table[matrix.coefficients[i]!]!;
    if (wire === 0) {
      constant = signed(constant + coefficient);
      continue;
    }
    if (wires.length > 0 && wire <= wires[wires.length - 1]!) isIncreasing = false;
    wires.push(wire);
    coefficients.push(coefficient);
  }
  const combination = { wires, coefficients, constant };
  return isIncreasing ? combination : sum([[combination, 1n]]);
}

/** The circuit's coefficients, nearest to zero. */
export function signedCoefficients(r1cs: R1cs): bigint[] {
  return r1cs.coefficients.map(signed);
}

/** Sum of multiples, terms collected. */
export function sum(parts: readonly (readonly [Combination, bigint])[]): Combination {
  const terms = new Map<number, bigint>();
  let constant = 0n;
  for (const [part, factor] of parts) {
    if (factor === 0n) continue;
    constant += part.constant * factor;
    part.wires.forEach((wire, i) => {
      terms.set(wire, (terms.get(wire) ?? 0n) + part.coefficients[i]! * factor);
    });
  }
  return fromTerms(terms, constant);
}

export function fromTerms(terms: ReadonlyMap<number, bigint>, constant: bigint): Combination {
  const wires: number[] = [];
  const coefficients: bigint[] = [];
  for (const [wire, value] of terms) {
    const coefficient = signed(value);
    if (coefficient === 0n) continue;
    wires.push(wire);
    coefficients.push(coefficient);
  }
  return { wires, coefficients, constant: signed(constant) };
}

export function scale(combination: Combination, factor: bigint): Combination {
  if (factor === 1n) return combination;
  return {
    wires: combination.wires,
    coefficients: combination.coefficients.map((coefficient) => signed(coefficient * factor)),
    constant: signed(combination.constant * factor),
  };
}

export function coefficientOf(combination: Combination, wire: number): bigint {
  const at = combination.wires.indexOf(wire);
  return at < 0 ? 0n : combination.coefficients[at]!;
}

/** k with b = k a but for the constants, or undefined; both have wires. */
export function ratio(a: Combination, b: Combination): bigint | undefined {
  if (a.wires.length !== b.wires.length || a.wires.length === 0) return undefined;
  const factor = signed(b.coefficients[b.wires.indexOf(a.wires[0]!)] ?? 0n);
  if (factor === 0n) return undefined;
  const k = a.coefficients[0] === 1n ? factor : signed(factor * inverse(a.coefficients[0]!));
  for (let i = 0; i < a.wires.length; i++) {
    const other = b.wires[i] === a.wires[i] ? b.coefficients[i]! : coefficientOf(b, a.wires[i]!);
    if (signed(k * a.coefficients[i]!) !== other) return undefined;
  }
  return k;
}

/** Whether b is a multiple of a, constants included. */
export function isMultiple(a: Combination, b: Combination): boolean {
  const k = ratio(a, b);
  return k !== undefined && signed(k * a.constant) === b.constant;
}

/** Coefficients longer than this are taken for the inverse of something, and a multiple with short ones is looked for. */
const LONG = 1n << 200n;
const MAX_SCALES = 64;

/** The multiple whose longest coefficient is shortest, see shorteningFactor: the equation `= 0` stays the same. */
export function shortest(combination: Combination): Combination {
  return scale(combination, shorteningFactor(combination));
}

/** The factor with which the longest coefficient is shortest, among 1 and those that make some coefficient 1 and leave none long. */
export function shorteningFactor({ coefficients }: Combination): bigint {
  if (longest(coefficients, 1n, LONG) !== undefined) return 1n;
  let best = 1n;
  let length: bigint | undefined;
  for (const coefficient of new Set(coefficients.slice(0, MAX_SCALES))) {
    const factor = inverse(coefficient);
    const candidate = longest(coefficients, factor, length ?? LONG);
    if (candidate !== undefined) [best, length] = [factor, candidate];
  }
  return best;
}

/** Length of the longest coefficient times a factor, if it is below a limit. */
function longest(coefficients: readonly bigint[], factor: bigint, limit: bigint): bigint | undefined {
  let most = 0n;
  for (const coefficient of coefficients) {
    const length = absolute(factor === 1n ? coefficient : signed(coefficient * factor));
    if (length >= limit) return undefined;
    if (length > most) most = length;
  }
  return most;
}
