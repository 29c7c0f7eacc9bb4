/** Whether a sum of bounded wires determines them: bits, mixed radix, quotients and remainders, saturation flags. */

import { SNARK_FIELD } from '../hash/field.js';
import { tightBounds } from './bounds.js';
import type { Combination } from './combination.js';
import type { Context } from './context.js';
import { absolute, gcd } from './field.js';

/** Wires that are tried for a case distinction, and case distinctions in all. */
const MAX_CANDIDATES = 8;
const MAX_SPLITS = 512;

interface Term {
  readonly wire: number;
  readonly coefficient: bigint;
}

/**
 * Whether two witnesses that are in the case `context` and agree on the value of `combination` mod p agree on all its wires.
 *
 * Let d be the difference of a wire's values in two such witnesses: sum of c d = 0 mod p. Where the sum's bounds are less than p apart this is so over
 * the integers. Then
 *
 * - radix: if all coefficients from some place on are multiples of M, and the sum before it has bounds less than M apart, its difference is
 *   a multiple of M and less than M: zero. So both parts of the sum are determined by themselves. One term alone is c d = 0.
 * - cases: if the sum's bounds where a boolean is 0 and those where it is 1 have nothing in common, the boolean is determined by the sum. Then the
 *   rest is to be determined in each of the two cases.
 *
 * Bounds take into account what follows from the case by other constraints (tightBounds).
 */
export function determines(context: Context, combination: Combination): boolean {
  const { wires, coefficients, constant } = context.reduce(combination);
  const bounds = context.boundsOf({ wires, coefficients, constant });
  if (bounds === undefined || bounds.high - bounds.low >= SNARK_FIELD) return false;
  if (!mayDetermine(context, wires, bounds.high - bounds.low)) return false;
  const terms = wires.map((wire, i) => ({ wire, coefficient: coefficients[i]! }));
  return new Splitter(context).parts(terms);
}

/** Whether there are not more values of the wires that are no booleans than values of the sum; for speed alone. */
function mayDetermine(context: Context, wires: readonly number[], width: bigint): boolean {
  let values = 1n;
  for (const wire of wires) {
    if (context.circuit.isBoolean(wire)) continue;
    const { low, high } = context.intervalOf(wire)!;
    values *= high - low + 1n;
    if (values > width + 1n) return false;
  }
  return true;
}

class Splitter {
  private splits = 0;

  constructor(private readonly context: Context) {}

  /** Takes the sum apart by radix. */
  parts(terms: readonly Term[]): boolean {
    const open = terms
      .filter(({ wire }) => this.context.valueOf(wire) === undefined)
      .sort((x, y) => (absolute(x.coefficient) < absolute(y.coefficient) ? -1 : 1));
    // divisors[i] divides the coefficients from i on.
    const divisors: bigint[] = Array<bigint>(open.length + 1).fill(0n);
    for (let i = open.length - 1; i >= 0; i--) divisors[i] = gcd(open[i]!.coefficient, divisors[i + 1]!);
    let start = 0;
    let width = 0n;
    for (let i = 0; i < open.length; i++) {
      const end = i + 1;
      const { wire, coefficient } = open[i]!;
      const { low, high } = this.context.intervalOf(wire)!;
      width += absolute(coefficient) * (high - low);
      if (end < open.length && !this.isBelow(open, start, end, width, divisors[end]!)) continue;
      const part = open.slice(start, end);
      // A part by itself may come apart further: what divides its coefficients need not divide those behind it.
      if (part.length > 1 && !(part.length < open.length ? this.parts(part) : this.split(part))) continue;
      start = end;
      width = 0n;
    }
    return start === open.length;
  }

  /** Whether the bounds of the terms from start to end, `width` apart term by term, are less than `modulus` apart. */
  private isBelow(terms: readonly Term[], start: number, end: number, width: bigint, modulus: bigint): boolean {
    if (width < modulus) return true;
    if (width >= 4n * modulus) return false;
    const tight = tightBounds(this.context, asCombination(terms.slice(start, end)));
    return typeof tight === 'object' && tight.high - tight.low < modulus;
  }

  /** Looks for a boolean that the sum determines. */
  private split(terms: readonly Term[]): boolean {
    const { context } = this;
    const candidates = terms
      .filter(({ wire }) => context.circuit.isBoolean(wire))
      .sort((x, y) => (absolute(x.coefficient) > absolute(y.coefficient) ? -1 : 1))
      .slice(0, MAX_CANDIDATES);
    for (const { wire } of candidates) {
      if (++this.splits > MAX_SPLITS) return false;
      if (!areDisjoint(this.boundsIf(wire, 0n, terms), this.boundsIf(wire, 1n, terms))) continue;
      return [0n, 1n].every((value) => {
        const mark = context.mark();
        const result = !context.assume(wire, value) || this.parts(terms);
        context.undo(mark);
        return result;
      });
    }
    return false;
  }

  /** Bounds of the sum in the witnesses of this case where a boolean has a value. */
  private boundsIf(wire: number, value: bigint, terms: readonly Term[]): Bounds {
    const { context } = this;
    const mark = context.mark();
    const bounds = context.assume(wire, value) ? tightBounds(context, asCombination(terms)) : 'impossible';
    context.undo(mark);
    return bounds;
  }
}

type Bounds = ReturnType<typeof tightBounds>;

function areDisjoint(x: Bounds, y: Bounds): boolean {
  if (x === 'impossible' || y === 'impossible') return true;
  return typeof x === 'object' && typeof y === 'object' && (x.high < y.low || y.high < x.low);
}

function asCombination(terms: readonly Term[]): Combination {
  return {
    wires: terms.map(({ wire }) => wire),
    coefficients: terms.map(({ coefficient }) => coefficient),
    constant: 0n,
  };
}
