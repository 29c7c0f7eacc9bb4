/** Tight bounds of combinations whose booleans depend on each other. */

import type { Interval } from './circuit.js';
import type { Combination } from './combination.js';
import type { Context } from './context.js';
import { absolute } from './field.js';

/** Assumptions of one search. */
const MAX_NODES = 300;

/**
 * Bounds of a combination of wires that have intervals, in the case `context`: branch and bound over its booleans, where an assumption counts with
 * what follows from it. Where the search takes too long the bounds are those term by term.
 */
export function tightBounds(context: Context, combination: Combination): Interval | 'unbounded' | 'impossible' {
  const naive = context.boundsOf(combination);
  if (naive === undefined) return 'unbounded';
  const high = greatest(context, combination, naive.high);
  const low = greatest(context, negative(combination), -naive.low);
  return high === undefined || low === undefined ? 'impossible' : { low: -low, high };
}

function negative({ wires, coefficients, constant }: Combination): Combination {
  return { wires, coefficients: coefficients.map((coefficient) => -coefficient), constant: -constant };
}

/** An upper bound; `naive` is one, term by term. Undefined where no witness is in this case. */
function greatest(context: Context, combination: Combination, naive: bigint): bigint | undefined {
  const { circuit } = context;
  const order = combination.wires
    .map((wire, i) => ({ wire, coefficient: combination.coefficients[i]! }))
    .filter(({ wire }) => circuit.isBoolean(wire))
    .sort((x, y) => compare(absolute(y.coefficient), absolute(x.coefficient)));
  let nodes = 0;
  let best: bigint | undefined;
  const search = (from: number): boolean => {
    const bound = context.boundsOf(combination)!.high;
    if (best !== undefined && bound <= best) return true;
    let next = from;
    while (next < order.length && context.valueOf(order[next]!.wire) !== undefined) next++;
    if (next === order.length) {
      best = bound;
      return true;
    }
    const { wire, coefficient } = order[next]!;
    for (const value of coefficient > 0n ? [1n, 0n] : [0n, 1n]) {
      if (++nodes > MAX_NODES) return false;
      const mark = context.mark();
      const finished = !context.assume(wire, value) || search(next + 1);
      context.undo(mark);
      if (!finished) return false;
      // Nothing below can be more than the best that is possible here.
      if (best === bound) return true;
    }
    return true;
  };
  return search(0) ? best : naive;
}

const compare = (x: bigint, y: bigint): number => (x < y ? -1 : x > y ? 1 : 0);
