/** Two unknown wires that one equation ties to each other. */

import { coefficientOf, shortest, sum } from './combination.js';
import type { Combination } from './combination.js';
import type { Determination } from './determine.js';
import { inverse, signed } from './field.js';
import type { Constraint } from './system.js';
import { isProduct } from './system.js';

/**
 * The unknown wires u, v of a constraint that has no others, if they are determined by it and one more such constraint, a sum being among the two. By the
 * sum, differences of two witnesses are e and k e. If they cancel in both factors of the other constraint, the product has one value; if they do not
 * cancel on its other side, e = 0.
 * @returns the wires that are determined, or none
 */
export function pairFixedBy(state: Determination, constraint: Constraint): readonly number[] {
  const pair = state.unknownOf(constraint);
  if (pair.length !== 2) return [];
  const [u, v] = pair as [number, number];
  for (const i of state.circuit.readersOf(u)) {
    const other = state.circuit.constraints[i]!;
    if (other === constraint || state.unknownCount(i) !== 2) continue;
    if (state.unknownOf(other).some((wire) => wire !== u && wire !== v)) continue;
    if (isProduct(constraint) && isProduct(other)) continue;
    const [equation, fixing] = isProduct(constraint) ? [other, constraint] : [constraint, other];
    if (areFixed(equation.c, fixing, u, v)) return pair;
  }
  return [];
}

function areFixed(equation: Combination, { a, b, c }: Constraint, u: number, v: number): boolean {
  // v = k u + known.
  const k = signed(-coefficientOf(equation, u) * inverse(coefficientOf(equation, v)));
  const slope = (side: Combination): bigint => signed(coefficientOf(side, u) + k * coefficientOf(side, v));
  return [a, b].every((factor) => factor === undefined || slope(factor) === 0n) && slope(c) !== 0n;
}

const MAX_UNBOUNDED = 64;

/**
 * A multiple of `equation` and of others, all of them sums, in which no unknown wire is without an interval; undefined where none is found. Greedy: each
 * step adds the sum that leaves the fewest such wires.
 */
export function eliminated(state: Determination, index: number): Combination | undefined {
  const isOpen = (wire: number): boolean => !state.isKnown(wire) && state.circuit.intervals[wire] === undefined;
  let current = state.circuit.constraints[index]!.c;
  let open = current.wires.filter(isOpen);
  if (open.length > MAX_UNBOUNDED) return undefined;
  while (open.length > 0) {
    const before = open.length;
    const best = open
      .flatMap((wire) => sumsWith(state, wire, index))
      .reduce<{ next: Combination; left: number[] } | undefined>((chosen, { wire, equation }) => {
        const factor = signed(-coefficientOf(current, wire) * inverse(coefficientOf(equation, wire)));
        if (openAfter(equation, current, factor, isOpen, before) >= (chosen?.left.length ?? before)) return chosen;
        const next = sum([
          [current, 1n],
          [equation, factor],
        ]);
        return { next, left: next.wires.filter(isOpen) };
      }, undefined);
    if (best === undefined) return undefined;
    current = best.next;
    open = best.left;
  }
  return shortest(current);
}

/** Open wires that are left of `current` when a multiple of `equation` is added. */
function openAfter(
  equation: Combination,
  current: Combination,
  factor: bigint,
  isOpen: (wire: number) => boolean,
  before: number,
): number {
  let count = before;
  equation.wires.forEach((wire, i) => {
    if (!isOpen(wire)) return;
    const coefficient = coefficientOf(current, wire);
    if (coefficient === 0n) count++;
    else if (signed(coefficient + factor * equation.coefficients[i]!) === 0n) count--;
  });
  return count;
}

/** Sums with a wire, of which at most two wires are without an interval. */
function sumsWith(state: Determination, wire: number, except: number): { wire: number; equation: Combination }[] {
  const { circuit } = state;
  return Array.from(circuit.readersOf(wire)).flatMap((i) => {
    const constraint = circuit.constraints[i]!;
    if (i === except || isProduct(constraint)) return [];
    const open = constraint.c.wires.filter((other) => !state.isKnown(other) && circuit.intervals[other] === undefined);
    return open.length <= 2 ? [{ wire, equation: constraint.c }] : [];
  });
}
