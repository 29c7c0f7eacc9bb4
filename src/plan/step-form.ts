import type { RequantizeForm } from './form.js';
import { bitLength } from './form.js';
import type { StepFunction } from './step-function.js';
import { findSteps } from './step-function.js';

/** A non-decreasing function to 8-bit integers as the integers at which its steps begin and end: the parameters of StepLookup. */
export interface StepForm {
  /** Lowest value of the output's dtype. */
  readonly min: number;
  /** By value - min: 256 entries each. starts[i] >= ends[i] where the function does not have the value. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  /** Bits of the widest step. */
  readonly bits: number;
  readonly checked: number;
}

/** How an integer becomes a quantized result: by a form, or by the steps of the function. */
export type Rounding =
  { readonly kind: 'form'; readonly form: RequantizeForm } | { readonly kind: 'steps'; readonly steps: StepForm };

/** The steps of a function over its range, all found by bisection. */
export function stepForm(step: StepFunction, min: number): StepForm {
  const { low, high, thresholds } = findSteps(step);
  return fromEdges(low, high, [step.range.min, ...thresholds, step.range.max + 1], min, thresholds.length);
}

/** The steps of a function that is known at some integers; undefined where it decreases. What lies between them is free. */
export function stepFormOf(values: ReadonlyMap<number, number>, min: number): StepForm | undefined {
  const points = [...values].sort(([a], [b]) => a - b);
  const edges = [points[0]![0]];
  let last = points[0]![1];
  const low = last;
  for (const [x, y] of points) {
    if (y < last) return undefined;
    for (; last < y; last++) edges.push(x);
  }
  edges.push(points.at(-1)![0] + 1);
  return fromEdges(low, last, edges, min, points.length);
}

/** @param edges where the steps of low .. high begin, and where the last one ends */
function fromEdges(low: number, high: number, edges: readonly number[], min: number, checked: number): StepForm {
  const place = (i: number): number => Math.min(Math.max(i + min - low, 0), edges.length - 1);
  const starts = Array.from({ length: 256 }, (_, i) => edges[place(i)]!);
  const ends = Array.from({ length: 256 }, (_, i) => (i + min < low ? edges[0]! : edges[place(i + 1)]!));
  const widest = Math.max(...starts.map((start, i) => (i + min > high ? 0 : ends[i]! - start)));
  return { min, starts, ends, bits: Math.max(1, bitLength(widest - 1)), checked };
}
