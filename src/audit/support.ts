/** From which booleans a wire follows. */

import type { Determination } from './determine.js';
import type { Constraint } from './system.js';
import { isProduct, wiresOf } from './system.js';
import { coefficientOf } from './combination.js';

/** Unknown wires that follow from unknown booleans and known wires: each by its constraint, in an order in which they can be calculated. */
export interface Support {
  readonly roots: readonly number[];
  readonly steps: readonly { readonly wire: number; readonly constraint: Constraint; readonly index: number }[];
}

const MAX_ROOTS = 9;
const MAX_STEPS = 200;

/** The support of some unknown wires, or undefined where one does not follow from at most nine booleans. */
export function supportOf(state: Determination, wires: readonly number[]): Support | undefined {
  const roots = new Set<number>();
  const steps: { wire: number; constraint: Constraint; index: number }[] = [];
  const done = new Set<number>();
  const open = new Set<number>();
  let budget = 4 * MAX_STEPS;
  const visit = (wire: number): boolean => {
    if (state.isKnown(wire) || done.has(wire) || roots.has(wire)) return true;
    if (open.has(wire) || --budget < 0 || steps.length > MAX_STEPS) return false;
    open.add(wire);
    const { circuit } = state;
    const isRoot = circuit.isBoolean(wire) && roots.size < MAX_ROOTS;
    // A boolean by a constraint of its own is somebody's choice.
    const isFound = (!circuit.booleanRows.has(wire) && follow(wire)) || (isRoot && roots.add(wire).size > 0);
    open.delete(wire);
    return isFound;
  };
  const follow = (wire: number): boolean => {
    for (const index of definitionsOf(state, wire)) {
      const constraint = state.circuit.constraints[index]!;
      const before = { roots: [...roots], steps: steps.length };
      if (wiresOf(constraint).every((other) => other === wire || visit(other))) {
        steps.push({ wire, constraint, index });
        done.add(wire);
        return true;
      }
      // What was found on the way to a dead end is not needed.
      for (const root of roots) if (!before.roots.includes(root)) roots.delete(root);
      for (const { wire: dropped } of steps.splice(before.steps)) done.delete(dropped);
    }
    return false;
  };
  return wires.every(visit) ? { roots: [...roots], steps } : undefined;
}

/** Constraints that a wire may be calculated from: products that it is the only result of, other products, short sums. */
function definitionsOf(state: Determination, wire: number): number[] {
  const ranks: [number, number][] = [];
  for (const index of state.circuit.readersOf(wire)) {
    const constraint = state.circuit.constraints[index]!;
    if (coefficientOf(constraint.c, wire) === 0n) continue;
    if (isProduct(constraint)) {
      const isFactor = coefficientOf(constraint.a, wire) !== 0n || coefficientOf(constraint.b, wire) !== 0n;
      if (!isFactor) ranks.push([constraint.c.wires.length === 1 ? 0 : 1, index]);
    } else if (state.unknownCount(index) <= MAX_ROOTS + 1) {
      ranks.push([2, index]);
    }
  }
  return ranks.sort(([x], [y]) => x - y).map(([, index]) => index);
}
