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

/** Finds every step by bisection. Knowing the steps of a monotone function is knowing all its values. */
export function findSteps(step: StepFunction): Steps {
  const { min, max } = step.range;
  const low = step.evaluate(min);
  const high = step.evaluate(max);
  const thresholds: number[] = [];
  let from = min;
  for (let value = low + 1; value <= high; value++) {
    let below = from;
    let at = max;
    if (step.evaluate(below) >= value) at = below;
    while (at - below > 1) {
      const middle = Math.floor((below + at) / 2);
      if (step.evaluate(middle) >= value) at = middle;
      else below = middle;
    }
    thresholds.push(at);
    from = at;
  }
  return { low, high, thresholds };
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
