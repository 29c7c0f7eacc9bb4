/** The least of several numbers is zero: what determines a maximum that a prover writes down. */

import type { Combination } from './combination.js';
import { coefficientOf } from './combination.js';
import type { Determination } from './determine.js';
import { inverse, signed } from './field.js';
import { SNARK_FIELD } from '../hash/field.js';
import { isProduct } from './system.js';

/** u is added to a wire with this factor, and known wires. */
interface Shift {
  readonly wire: number;
  readonly factor: bigint;
}

const MAX_FACTORS = 4096;

/**
 * Determines an unknown wire u that is added, with the same factor, to numbers d_i of which none is negative and the product is zero:
 * d_i = f u + known. Let two witnesses differ by e = f (u' - u); then every d_i' = d_i + e. Where d_i = 0, d_i' = e is not negative; where d_j' = 0,
 * d_j = -e is not negative. With bounds of the d below p / 2, e = 0.
 * @returns whether a wire was determined
 */
export function determinesLeast(state: Determination): boolean {
  let isNews = false;
  state.circuit.constraints.forEach((constraint, i) => {
    if (state.unknownCount(i) === 0 || !isProduct(constraint)) return;
    if (constraint.c.wires.length > 0 || constraint.c.constant !== 0n) return;
    const factors = [constraint.a, constraint.b].flatMap((side) => factorsOf(state, side, 0));
    const first = factors[0] !== undefined ? shiftsOf(state, factors[0]) : [];
    const common = first.find((shift) =>
      factors.every((wire) =>
        shiftsOf(state, wire).some((other) => other.wire === shift.wire && other.factor === shift.factor),
      ),
    );
    if (common === undefined || !areOnOneSide(state, factors)) return;
    state.markKnown(common.wire, 'least');
    state.settle();
    isNews = true;
  });
  return isNews;
}

/** Wires of which one is zero where `side` is; NaN stands for what cannot be taken apart. */
function factorsOf(state: Determination, side: Combination, depth: number): number[] {
  const [wire] = side.wires;
  if (side.wires.length !== 1 || side.constant !== 0n || depth > MAX_FACTORS) return [NaN];
  for (const i of state.circuit.readersOf(wire!)) {
    const product = state.circuit.constraints[i]!;
    if (!isProduct(product)) continue;
    const { a, b, c } = product;
    if (c.wires.length !== 1 || c.wires[0] !== wire || c.constant !== 0n) continue;
    if (coefficientOf(a, wire!) !== 0n || coefficientOf(b, wire!) !== 0n) continue;
    return [a, b].flatMap((factor) => factorsOf(state, factor, depth + 1));
  }
  return [wire!];
}

/** The unknown wires u of which a wire is f u + known by one equation. */
function shiftsOf(state: Determination, wire: number): Shift[] {
  if (Number.isNaN(wire)) return [];
  return Array.from(state.circuit.readersOf(wire)).flatMap((i): Shift[] => {
    const constraint = state.circuit.constraints[i]!;
    if (isProduct(constraint) || state.unknownCount(i) !== 2 || state.isKnown(wire)) return [];
    const other = constraint.c.wires.find((candidate) => candidate !== wire && !state.isKnown(candidate))!;
    const factor = signed(-coefficientOf(constraint.c, other) * inverse(coefficientOf(constraint.c, wire)));
    return [{ wire: other, factor }];
  });
}

function areOnOneSide(state: Determination, wires: readonly number[]): boolean {
  const intervals = wires.map((wire) => state.circuit.intervals[wire]);
  return [1n, -1n].some((sign) =>
    intervals.every(
      (interval) =>
        interval !== undefined &&
        (sign > 0n
          ? interval.low >= 0n && 2n * interval.high < SNARK_FIELD
          : interval.high <= 0n && 2n * -interval.low < SNARK_FIELD),
    ),
  );
}
