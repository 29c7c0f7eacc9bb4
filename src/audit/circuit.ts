/** A system with what is known of the values that its wires can have in any witness. */

import type { R1cs } from '../circom/r1cs.js';
import { SNARK_FIELD } from '../hash/field.js';
import type { Combination } from './combination.js';
import type { Constraint } from './system.js';
import { isProduct, linearIfIdempotent, System, wiresOf } from './system.js';

/** Integers low .. high; the wire's value is one of them mod p. */
export interface Interval {
  readonly low: bigint;
  readonly high: bigint;
}

/** The integers coefficient * v for v of an interval, and what lies between them. */
export function times({ low, high }: Interval, coefficient: bigint): Interval {
  const [first, last] = [coefficient * low, coefficient * high];
  return coefficient > 0n ? { low: first, high: last } : { low: last, high: first };
}

export const BOOLEAN: Interval = { low: 0n, high: 1n };

/** Intervals of at most this width, so that sums of a few and comparisons stay within p. */
const WIDEST = SNARK_FIELD >> 2n;

export class Circuit {
  readonly constraints: Constraint[];
  readonly nOriginal: number;
  readonly nWires: number;
  readonly impossible: readonly number[];
  readonly booleanRows: ReadonlyMap<number, number>;
  /** By wire; undefined where nothing is known. */
  readonly intervals: (Interval | undefined)[];
  /** 1 for wires that are 0 in no witness. */
  readonly nonzero: Uint8Array;
  private readonly offsets: Uint32Array;
  private readonly readers: Uint32Array;

  constructor(r1cs: R1cs) {
    const system = new System(r1cs);
    this.constraints = system.constraints;
    this.nOriginal = system.nOriginal;
    this.nWires = system.nWires;
    this.impossible = system.impossible;
    this.booleanRows = system.booleanRows;
    this.intervals = Array.from({ length: this.nWires }, (_, wire) =>
      system.booleans[wire] === 1 ? BOOLEAN : undefined,
    );
    this.nonzero = new Uint8Array(this.nWires);
    this.offsets = new Uint32Array(this.nWires + 1);
    for (const constraint of this.constraints) for (const wire of wiresOf(constraint)) this.offsets[wire + 1]!++;
    for (let wire = 0; wire < this.nWires; wire++) this.offsets[wire + 1]! += this.offsets[wire]!;
    this.readers = new Uint32Array(this.offsets[this.nWires]!);
    const next = this.offsets.slice();
    this.constraints.forEach((constraint, i) => {
      for (const wire of wiresOf(constraint)) this.readers[next[wire]!++] = i;
    });
  }

  /** Numbers (in `constraints`) of those that a wire stands in. */
  readersOf(wire: number): Uint32Array {
    return this.readers.subarray(this.offsets[wire], this.offsets[wire + 1]);
  }

  isBoolean(wire: number): boolean {
    return this.intervals[wire] === BOOLEAN;
  }

  /** Notes an interval that holds in every witness, if it is narrow enough to be of use; true if it is the first one for the wire. */
  bound(wire: number, { low, high }: Interval): boolean {
    if (low > high || this.intervals[wire] !== undefined || high - low > WIDEST || high > WIDEST || low < -WIDEST)
      return false;
    this.intervals[wire] = low === 0n && high === 1n ? BOOLEAN : { low, high };
    return true;
  }

  /** Replaces products of a boolean with itself by linear equations. True if it was one. */
  simplify(i: number): boolean {
    const constraint = this.constraints[i]!;
    if (!isProduct(constraint)) return false;
    const equation = linearIfIdempotent(constraint, (wire) => this.isBoolean(wire));
    if (equation === undefined) return false;
    this.constraints[i] = equation;
    return true;
  }

  /** Bounds of a combination as an integer, from those of its wires; undefined where one has none or they are too wide. */
  boundsOf({ wires, coefficients, constant }: Combination): Interval | undefined {
    let low = constant;
    let high = constant;
    for (let i = 0; i < wires.length; i++) {
      const interval = this.intervals[wires[i]!];
      if (interval === undefined) return undefined;
      const part = times(interval, coefficients[i]!);
      low += part.low;
      high += part.high;
    }
    return high > WIDEST || low < -WIDEST ? undefined : { low, high };
  }
}
