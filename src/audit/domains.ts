/** Intervals that wires have in every witness, whatever the inputs. */

import type { Circuit, Interval } from './circuit.js';
import type { Combination } from './combination.js';
import { coefficientOf, isMultiple, scale, sum } from './combination.js';
import { Context } from './context.js';
import { tightBounds } from './bounds.js';
import { inverse, signed } from './field.js';
import type { Constraint, Product } from './system.js';
import { isProduct, wiresOf } from './system.js';

/** Booleans of a factor that are tried out. */
const MAX_CASES = 3;
/** Products with more entries than this are bounded factor by factor. */
const MAX_ENTRIES = 96;

/**
 * Finds an interval for every wire that follows from booleans by
 *
 * - a linear equation with one wire left: an integer combination of integers in their intervals;
 * - x = a b - rest, factor by factor, or in each case of the booleans that a factor is made of;
 * - a product that is zero, one factor of which holds x alone: x is its root, or the root of the other factor.
 *
 * Every step speaks of all witnesses, so their order does not matter. Products of a boolean with itself become linear equations on the way.
 */
export function inferDomains(circuit: Circuit): void {
  new Inference(circuit).run();
}

interface Candidate {
  readonly wire: number;
  readonly interval: Interval;
}

/** Finds intervals in the order of their widths, so that the first one of a wire is the narrowest that is derived so. */
class Inference {
  /** Wires without interval of each constraint. */
  private readonly open: Uint32Array;
  /** Found but not yet noted, by the bits of their widths. */
  private readonly candidates: Candidate[][] = Array.from({ length: 256 }, () => []);

  constructor(private readonly circuit: Circuit) {
    this.open = new Uint32Array(circuit.constraints.length);
    circuit.constraints.forEach((constraint, i) => {
      this.open[i] = wiresOf(constraint).filter((wire) => circuit.intervals[wire] === undefined).length;
      noteNonzero(circuit, constraint);
      if (isProduct(constraint)) for (const candidate of fromZeroTest(circuit, constraint)) this.propose(candidate);
    });
  }

  run(): void {
    const { circuit, candidates } = this;
    circuit.constraints.forEach((_, i) => this.infer(i));
    let bits = 0;
    while (bits < candidates.length) {
      const next = candidates[bits]!.pop();
      if (next === undefined) {
        bits++;
        continue;
      }
      if (!circuit.bound(next.wire, next.interval)) continue;
      for (const reader of circuit.readersOf(next.wire)) {
        this.open[reader]!--;
        this.infer(reader);
      }
      // What follows from an interval can be narrower, where cases are told apart.
      bits = 0;
    }
    circuit.constraints.forEach((_, i) => circuit.simplify(i));
  }

  private infer(i: number): void {
    const { circuit } = this;
    if (this.open[i]! > 1) return;
    circuit.simplify(i);
    if (this.open[i] !== 1) return;
    const constraint = circuit.constraints[i]!;
    const wire = wiresOf(constraint).find((candidate) => circuit.intervals[candidate] === undefined);
    if (wire === undefined) return;
    const interval = isProduct(constraint)
      ? fromProduct(circuit, constraint, wire)
      : fromEquation(circuit, constraint.c, wire);
    if (interval) this.propose({ wire, interval });
  }

  private propose(candidate: Candidate): void {
    const { low, high } = candidate.interval;
    if (high >= low) this.candidates[Math.min((high - low).toString(2).length, 255)]!.push(candidate);
  }
}

/** Factors of a constant that is not zero are not zero. */
function noteNonzero(circuit: Circuit, constraint: Constraint): void {
  if (!isProduct(constraint) || constraint.c.wires.length > 0 || constraint.c.constant === 0n) return;
  for (const side of [constraint.a, constraint.b]) {
    if (side.wires.length === 1 && side.constant === 0n) circuit.nonzero[side.wires[0]!] = 1;
  }
}

/** x from `equation` = 0. */
function fromEquation(circuit: Circuit, equation: Combination, x: number): Interval | undefined {
  const rest = solved(equation, x);
  return rest && circuit.boundsOf(rest);
}

/** The combination that x equals, if it has x; coefficients need not be short. */
function solved(equation: Combination, x: number): Combination | undefined {
  const coefficient = coefficientOf(equation, x);
  if (coefficient === 0n) return undefined;
  const others = equation.wires.filter((wire) => wire !== x);
  const factors = equation.coefficients.filter((_, i) => equation.wires[i] !== x);
  return scale({ wires: others, coefficients: factors, constant: equation.constant }, signed(-inverse(coefficient)));
}

function fromProduct(circuit: Circuit, constraint: Product, x: number): Interval | undefined {
  const inA = coefficientOf(constraint.a, x) !== 0n;
  const inB = coefficientOf(constraint.b, x) !== 0n;
  if (inA || inB) return fromZero(circuit, constraint, x);
  return fromCases(circuit, constraint, x) ?? fromFactors(circuit, constraint, x);
}

/** a b = 0 where a is x but for a constant: x is the root of a, or that of b. */
function fromZero(circuit: Circuit, { a, b, c }: Product, x: number): Interval | undefined {
  if (c.wires.length > 0 || c.constant !== 0n) return undefined;
  for (const [alone, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (alone.wires.length !== 1 || alone.wires[0] !== x) continue;
    const rest = solved(other, x);
    const bounds = rest && tightBounds(new Context(circuit), rest);
    if (typeof bounds === 'object') return hull(rootOf(alone), bounds);
  }
  return undefined;
}

/** a b = 0 and a e = c, where b is x but for a constant, as c is: x is the root of b where a is not zero, otherwise that of c. */
function fromZeroTest(circuit: Circuit, { a, b, c }: Product): Candidate[] {
  if (c.wires.length > 0 || c.constant !== 0n) return [];
  return [
    [a, b],
    [b, a],
  ].flatMap(([factor, alone]): Candidate[] => {
    const [x] = alone!.wires;
    if (alone!.wires.length !== 1 || circuit.intervals[x!] !== undefined) return [];
    for (const reader of circuit.readersOf(x!)) {
      const test = circuit.constraints[reader]!;
      if (!isProduct(test) || test.c.wires.length !== 1 || test.c.wires[0] !== x) continue;
      if (!isMultiple(factor!, test.a) && !isMultiple(factor!, test.b)) continue;
      return [{ wire: x!, interval: hull(rootOf(alone!), rootOf(test.c)) }];
    }
    return [];
  });
}

/** The value at which a combination of one wire is zero. */
function rootOf({ coefficients, constant }: Combination): Interval {
  const root = signed(-constant * inverse(coefficients[0]!));
  return { low: root, high: root };
}

/** x = (a b - rest) / k, in each case of the booleans of a short factor. */
function fromCases(circuit: Circuit, { a, b, c }: Product, x: number): Interval | undefined {
  if (a.wires.length + b.wires.length + c.wires.length > MAX_ENTRIES) return undefined;
  for (const [factor, other] of [
    [a, b],
    [b, a],
  ] as const) {
    if (factor.wires.length > MAX_CASES || !factor.wires.every((wire) => circuit.isBoolean(wire))) continue;
    const context = new Context(circuit);
    let found: Interval | undefined;
    const visit = (i: number): boolean => {
      if (i < factor.wires.length) {
        return [0n, 1n].every((value) => {
          const mark = context.mark();
          const isBounded = !context.assume(factor.wires[i]!, value) || visit(i + 1);
          context.undo(mark);
          return isBounded;
        });
      }
      const value = context.reduce(factor).constant;
      const rest = solved(
        sum([
          [c, 1n],
          [other, -value],
        ]),
        x,
      );
      const bounds = rest && context.boundsOf(rest);
      if (bounds === undefined) return false;
      found = found ? hull(found, bounds) : bounds;
      return true;
    };
    if (visit(0) && found) return found;
  }
  return undefined;
}

/** x = (a b - rest) / k from the bounds of both factors. */
function fromFactors(circuit: Circuit, { a, b, c }: Product, x: number): Interval | undefined {
  const k = coefficientOf(c, x);
  const rest = solved(c, x);
  if (rest === undefined) return undefined;
  const left = circuit.boundsOf(scale(a, inverse(k)));
  const right = circuit.boundsOf(b);
  const others = circuit.boundsOf(rest);
  if (left === undefined || right === undefined || others === undefined) return undefined;
  const products = [left.low * right.low, left.low * right.high, left.high * right.low, left.high * right.high];
  const low = products.reduce((least, value) => (value < least ? value : least));
  const high = products.reduce((most, value) => (value > most ? value : most));
  return { low: low + others.low, high: high + others.high };
}

export function hull(x: Interval, y: Interval): Interval {
  return { low: x.low < y.low ? x.low : y.low, high: x.high > y.high ? x.high : y.high };
}
