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

/** The steps of a function over its range, all found by bisection. */
export function stepForm(step: StepFunction, min: number): StepForm {
  const { low, high, thresholds } = findSteps(step);
  const edges = [step.range.min, ...thresholds, step.range.max + 1];
  const place = (i: number): number => Math.min(Math.max(i + min - low, 0), edges.length - 1);
  const starts = Array.from({ length: 256 }, (_, i) => (i + min < low ? step.range.min : edges[place(i)]!));
  const ends = Array.from({ length: 256 }, (_, i) => (i + min < low ? step.range.min : edges[place(i + 1)]!));
  const widest = Math.max(...starts.map((start, i) => (i + min > high ? 0 : ends[i]! - start)));
  return { min, starts, ends, bits: Math.max(1, bitLength(widest - 1)), checked: thresholds.length };
}
