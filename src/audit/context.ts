/** Assumed values of some wires, and what follows from them by the constraints nearby. */

import { SNARK_FIELD } from '../hash/field.js';
import { times, type Circuit, type Interval } from './circuit.js';
import { fromTerms, type Combination } from './combination.js';
import { inverse, signed } from './field.js';
import type { Constraint } from './system.js';
import { isProduct } from './system.js';

/** Constraints with more entries than this, or more entries of wires that are no booleans, are not looked at. */
const MAX_ENTRIES = 96;
const MAX_WIDE = 40;
/** Constraints looked at after one assumption, at most. */
const MAX_STEPS = 4_000;

/**
 * A case: values that are assumed for wires. Everything that is concluded holds in every witness in which the assumptions do. What is not concluded may
 * still hold, so limits only make the conclusions fewer.
 */
export class Context {
  private readonly values = new Map<number, bigint>();
  private readonly trail: number[] = [];
  private pending: number[] = [];
  private readonly isPending = new Set<number>();

  /** @param skipped constraint that is not to be used; for speed alone. */
  constructor(
    readonly circuit: Circuit,
    private readonly skipped = -1,
  ) {}

  valueOf(wire: number): bigint | undefined {
    return this.values.get(wire);
  }

  /** Wires that have a value in this case. */
  get assumed(): readonly number[] {
    return this.trail;
  }

  /** A point to return to. */
  mark(): number {
    return this.trail.length;
  }

  undo(mark: number): void {
    while (this.trail.length > mark) this.values.delete(this.trail.pop()!);
    this.clearPending();
  }

  /** Assumes a value. False if no witness has it together with the assumptions before; the context is then to be undone. */
  assume(wire: number, value: bigint): boolean {
    return this.set(wire, value) && this.propagate();
  }

  /** Assumes that a combination is zero. */
  assumeZero(combination: Combination): boolean {
    return this.readLinear(this.reduce(combination)) && this.propagate();
  }

  /** Interval of a wire in this case. */
  intervalOf(wire: number): Interval | undefined {
    const value = this.values.get(wire);
    return value === undefined ? this.circuit.intervals[wire] : { low: value, high: value };
  }

  /** Bounds of a combination as an integer in this case, term by term. */
  boundsOf({ wires, coefficients, constant }: Combination): Interval | undefined {
    let low = constant;
    let high = constant;
    for (let i = 0; i < wires.length; i++) {
      const coefficient = coefficients[i]!;
      const value = this.values.get(wires[i]!);
      if (value !== undefined) {
        low += coefficient * value;
        high += coefficient * value;
        continue;
      }
      const interval = this.circuit.intervals[wires[i]!];
      if (interval === undefined) return undefined;
      const part = times(interval, coefficient);
      low += part.low;
      high += part.high;
    }
    return { low, high };
  }

  /** The combination with assumed values put in. */
  reduce({ wires, coefficients, constant }: Combination): Combination {
    if (this.values.size === 0) return { wires, coefficients, constant };
    const left: number[] = [];
    const factors: bigint[] = [];
    let known = constant;
    for (let i = 0; i < wires.length; i++) {
      const value = this.values.get(wires[i]!);
      if (value === undefined) {
        left.push(wires[i]!);
        factors.push(coefficients[i]!);
      } else {
        known += coefficients[i]! * value;
      }
    }
    return { wires: left, coefficients: factors, constant: signed(known) };
  }

  private set(wire: number, value: bigint): boolean {
    const known = this.values.get(wire);
    if (known !== undefined) return known === value;
    const interval = this.circuit.intervals[wire];
    if (interval !== undefined && (value < interval.low || value > interval.high)) return false;
    if (value === 0n && this.circuit.nonzero[wire] === 1) return false;
    this.values.set(wire, value);
    this.trail.push(wire);
    for (const reader of this.circuit.readersOf(wire)) {
      if (reader === this.skipped || this.isPending.has(reader)) continue;
      if (!this.isShort(this.circuit.constraints[reader]!)) continue;
      this.isPending.add(reader);
      this.pending.push(reader);
    }
    return true;
  }

  private isShort({ a, b, c }: Constraint): boolean {
    const sides = a && b ? [c, a, b] : [c];
    if (sides.reduce((sum, { wires }) => sum + wires.length, 0) > MAX_ENTRIES) return false;
    let wide = 0;
    for (const { wires } of sides)
      for (const wire of wires) if (!this.circuit.isBoolean(wire) && ++wide > MAX_WIDE) return false;
    return true;
  }

  private propagate(): boolean {
    for (let step = 0; this.pending.length > 0; step++) {
      const next = this.pending.pop()!;
      this.isPending.delete(next);
      if (step > MAX_STEPS) continue;
      if (!this.read(this.circuit.constraints[next]!)) {
        this.clearPending();
        return false;
      }
    }
    return true;
  }

  private clearPending(): void {
    this.pending = [];
    this.isPending.clear();
  }

  /** Concludes from one constraint; false where it cannot hold. */
  private read(constraint: Constraint): boolean {
    if (!isProduct(constraint)) return this.readLinear(this.reduce(constraint.c));
    const a = this.reduce(constraint.a);
    const b = this.reduce(constraint.b);
    const c = this.reduce(constraint.c);
    if (a.wires.length === 0) return this.readLinear(difference(c, b, a.constant));
    if (b.wires.length === 0) return this.readLinear(difference(c, a, b.constant));
    if (c.wires.length === 0) {
      if (c.constant !== 0n) return true;
      if (this.isNonzero(a)) return this.readLinear(b);
      if (this.isNonzero(b)) return this.readLinear(a);
    }
    return this.tryBoolean({ a, b, c, row: constraint.row });
  }

  /** A product with one unassumed wire, which is boolean: tries both values. */
  private tryBoolean({ a, b, c }: Required<Constraint>): boolean {
    const wire = a.wires[0]!;
    if (a.wires.length > 1 || b.wires.length > 1 || b.wires[0] !== wire || !this.circuit.isBoolean(wire)) return true;
    if (c.wires.length > 1 || (c.wires.length === 1 && c.wires[0] !== wire)) return true;
    const at = (side: Combination, value: bigint): bigint => side.constant + (side.coefficients[0] ?? 0n) * value;
    const holds = [0n, 1n].map((value) => signed(at(a, value) * at(b, value) - at(c, value)) === 0n);
    if (holds[0] && holds[1]) return true;
    return (holds[0] || holds[1]) === true && this.set(wire, holds[1] ? 1n : 0n);
  }

  private isNonzero(combination: Combination): boolean {
    if (
      combination.wires.length === 1 &&
      combination.constant === 0n &&
      this.circuit.nonzero[combination.wires[0]!] === 1
    )
      return true;
    const bounds = this.boundsOf(combination);
    return bounds !== undefined && (bounds.low > 0n || bounds.high < 0n) && fits(bounds);
  }

  /** Concludes from `equation` = 0, which holds no assumed wire. */
  private readLinear(equation: Combination): boolean {
    const { wires, coefficients, constant } = equation;
    if (wires.length === 0) return constant === 0n;
    if (wires.length === 1) return this.set(wires[0]!, signed(-constant * inverse(coefficients[0]!)));
    const bounds = this.boundsOf(equation);
    if (bounds === undefined || !fits(bounds)) return true;
    if (bounds.low > 0n || bounds.high < 0n) return false;
    // A term can leave its end by as much as the others leave of the distance to zero; one step is its coefficient.
    for (let i = 0; i < wires.length; i++) {
      const coefficient = coefficients[i]!;
      const { low, high } = this.circuit.intervals[wires[i]!]!;
      const weight = coefficient < 0n ? -coefficient : coefficient;
      const [least, most] = coefficient > 0n ? [low, high] : [high, low];
      if (bounds.low + weight > 0n && !this.set(wires[i]!, least)) return false;
      if (bounds.high - weight < 0n && !this.set(wires[i]!, most)) return false;
    }
    return true;
  }
}

const fits = ({ low, high }: Interval): boolean => low > -SNARK_FIELD && high < SNARK_FIELD;

function difference(c: Combination, other: Combination, factor: bigint): Combination {
  if (factor === 0n) return c;
  const terms = new Map<number, bigint>();
  c.wires.forEach((wire, i) => terms.set(wire, c.coefficients[i]!));
  other.wires.forEach((wire, i) => terms.set(wire, (terms.get(wire) ?? 0n) - factor * other.coefficients[i]!));
  return fromTerms(terms, c.constant - factor * other.constant);
}
