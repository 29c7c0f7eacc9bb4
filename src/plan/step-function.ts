import type { IntRange } from '../ir/types.js';

/** A non-decreasing integer function of an accumulator in a known range. */
export interface StepFunction {
  readonly range: IntRange;
  /** Exact value; non-decreasing over `range`. */
  readonly evaluate: (acc: number) => number;
}

/** Where a step function passes each of its values: thresholds[i] is the smallest acc with evaluate(acc) >= low + 1 + i. */
export interface Steps {
  readonly low: number;
  readonly high: number;
  readonly thresholds: readonly number[];
}

/**
 * Finds every step by bisection, from where the previous distance leads to. Knowing the steps of a monotone function is knowing all its
 * values.
 */
export function findSteps({ range, evaluate }: StepFunction): Steps {
  const low = evaluate(range.min);
  const high = evaluate(range.max);
  const thresholds: number[] = [];
  let from = range.min;
  let distance = 1;
  for (let value = low + 1; value <= high; value++) {
    if (evaluate(from) < value) {
      const at = firstAtLeast(evaluate, value, from, range.max, distance);
      distance = at - from;
      from = at;
    }
    thresholds.push(from);
  }
  return { low, high, thresholds };
}

/** The least acc in (below, at] with evaluate(acc) >= value, given that `at` has and `below` has not; `distance` guesses acc - below. */
function firstAtLeast(
  evaluate: StepFunction['evaluate'],
  value: number,
  below: number,
  at: number,
  distance: number,
): number {
  let probe = below + distance;
  let reach = 1;
  // Away from the guess in doubled strides until the step is passed, and between the last two places from there.
  let direction = 0;
  while (at - below > 1) {
    if (probe <= below || probe >= at) probe = Math.floor((below + at) / 2);
    const side = evaluate(probe) >= value ? -1 : 1;
    if (side < 0) at = probe;
    else below = probe;
    if (direction === 0) direction = side;
    if (side === direction) probe += side * reach;
    else probe = below;
    reach *= 2;
  }
  return at;
}

/** Accumulators at which two step functions over one range differ, with the sign of (wanted - got); undefined if more than `limit`. */
export function differences(wanted: Steps, got: Steps, limit: number): { acc: number; sign: 1 | -1 }[] | undefined {
  if (wanted.low !== got.low || wanted.high !== got.high) return undefined;
  const found = new Map<number, number>();
  for (let i = 0; i < wanted.thresholds.length; i++) {
    const a = wanted.thresholds[i]!;
    const b = got.thresholds[i]!;
    if (Math.abs(a - b) > limit) return undefined;
    for (let acc = Math.min(a, b); acc < Math.max(a, b); acc++) {
      found.set(acc, (found.get(acc) ?? 0) + (a < b ? 1 : -1));
    }
    if (found.size > limit) return undefined;
  }
  const list = [...found].filter(([, sum]) => sum !== 0).sort(([a], [b]) => a - b);
  if (list.some(([, sum]) => Math.abs(sum) > 1)) return undefined;
  return list.map(([acc, sum]) => ({ acc, sign: sum > 0 ? 1 : -1 }));
}
