/** The functions that nodes compute, for passes and plan: what the integer forms of a circuit must equal. */
import { applySteps, quantizeFloat, requantize, rint } from './float32.js';
import type { AverageNode, RequantizeNode, Value } from './types.js';
import { dtypeRange } from './types.js';

/** The requantization of one channel's accumulators; non-decreasing. */
export function requantizeFunction(node: RequantizeNode, output: Value, channel: number): (acc: number) => number {
  const { clamp, steps } = node;
  const { scale, zeroPoint } = output.quantization!;
  if (steps) {
    return (acc) => {
      const ratio = Math.fround(applySteps(acc, steps, channel) / scale);
      return rint(Math.min(Math.max(ratio, clamp.min - zeroPoint), clamp.max - zeroPoint)) + zeroPoint;
    };
  }
  const multiplier = node.multipliers[node.multipliers.length === 1 ? 0 : channel]!;
  return (acc) => requantize(acc, multiplier, zeroPoint, clamp);
}

/** A quantized mean from its sum: AverageNode's formulas behind the sum. Non-decreasing in the sum. */
export function quantizeMean(node: AverageNode, output: Value, sum: number, count: number): number {
  const quantization = output.quantization!;
  const dtype = output.dtype as 'int8' | 'uint8';
  const mean = Math.fround(sum / count);
  if (node.sum === 'exact') return quantizeFloat(mean, quantization, dtype);
  const { min, max } = dtypeRange(dtype);
  const shifted = Math.fround(Math.fround(mean / quantization.scale) + quantization.zeroPoint);
  return Math.min(Math.max(rint(shifted), min), max);
}

/** The mean of `taps` equal elements. */
export function averageOf(node: AverageNode, output: Value, taps: number, count: number, float: number): number {
  let sum = 0;
  for (let i = 0; i < taps; i++) sum = node.sum === 'sequential' ? Math.fround(sum + float) : sum + float;
  return quantizeMean(node, output, sum, count);
}
