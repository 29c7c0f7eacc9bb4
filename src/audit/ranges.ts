/** Whether constraints between integers hold over the integers, and not only mod p. */

import { SNARK_FIELD } from '../hash/field.js';
import type { Circuit, Interval } from './circuit.js';
import type { Combination } from './combination.js';
import { absolute } from './field.js';
import type { Constraint } from './system.js';
import { isProduct, wiresOf } from './system.js';

export interface RangeFindings {
  /** Constraints all of whose wires are integers within bounds that hold in every witness. */
  readonly integer: number;
  /** Constraints that speak of any field elements, such as those of hashes. */
  readonly field: number;
  /** Bits of the greatest number that an integer constraint can have on one side. */
  readonly widestBits: number;
  /** Rows of integer constraints whose two sides can differ by p or more: they may hold mod p and not over the integers. */
  readonly wrapping: readonly number[];
}

/** Checks every constraint whose wires all have intervals: its sides must differ by less than p in every witness. */
export function checkRanges(circuit: Circuit): RangeFindings {
  let integer = 0;
  let field = 0;
  let widest = 0n;
  const wrapping: number[] = [];
  for (const constraint of circuit.constraints) {
    if (wiresOf(constraint).some((wire) => circuit.intervals[wire] === undefined)) {
      field++;
      continue;
    }
    integer++;
    const most = reachOf(circuit, constraint);
    if (most > widest) widest = most;
    if (2n * most >= SNARK_FIELD) wrapping.push(constraint.row);
  }
  return { integer, field, widestBits: widest.toString(2).length, wrapping };
}

/** The greatest absolute value of both sides. */
function reachOf(circuit: Circuit, constraint: Constraint): bigint {
  const right = reachOfSide(circuit, constraint.c);
  if (!isProduct(constraint)) return right;
  const left = reachOfSide(circuit, constraint.a) * reachOfSide(circuit, constraint.b);
  return left > right ? left : right;
}

function reachOfSide(circuit: Circuit, { wires, coefficients, constant }: Combination): bigint {
  let reach = absolute(constant);
  wires.forEach((wire, i) => {
    reach += absolute(coefficients[i]!) * reachOfInterval(circuit.intervals[wire]!);
  });
  return reach;
}

function reachOfInterval({ low, high }: Interval): bigint {
  return absolute(low) > absolute(high) ? absolute(low) : absolute(high);
}
