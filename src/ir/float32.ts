/** Float32 formulas of ONNX's quantization operators, for everything that passes compute ahead of time. */
import type { FloatStep, IntRange, Quantization } from './types.js';
import { dtypeRange } from './types.js';

/** Rounds halves to the even integer. */
export function rint(x: number): number {
  const rounded = Math.round(x);
  return Math.abs(x - Math.trunc(x)) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** QuantizeLinear of one float32: rint(clamp(x / scale)) + zeroPoint. NaN is the caller's to refuse. */
export function quantizeFloat(x: number, { scale, zeroPoint }: Quantization, dtype: 'int8' | 'uint8'): number {
  const { min, max } = dtypeRange(dtype);
  const ratio = Math.fround(x / scale);
  return rint(Math.min(Math.max(ratio, min - zeroPoint), max - zeroPoint)) + zeroPoint;
}

/** DequantizeLinear of all 256 elements of a dtype, from its minimum up. */
export function dequantizeAll({ scale, zeroPoint }: Quantization, dtype: 'int8' | 'uint8'): Float32Array {
  const { min } = dtypeRange(dtype);
  return Float32Array.from({ length: 256 }, (_, i) => (i + min - zeroPoint) * scale);
}

/** Logistic function, evaluated in float64 and rounded to float32 once. */
export function sigmoid(x: number): number {
  return Math.fround(1 / (1 + Math.exp(-x)));
}

/** s_x * s_w, and then divided by s_y, each step rounded to float32, in ONNX Runtime's order. */
export function requantizeMultiplier(product: number, outputScale: number): number {
  return Math.fround(product / outputScale);
}

/** The integer that a requantization gives for one accumulator; non-decreasing in acc. */
export function requantize(acc: number, multiplier: number, zeroPoint: number, clamp: IntRange): number {
  const scaled = Math.fround(Math.fround(acc) * multiplier);
  return rint(Math.min(Math.max(scaled, clamp.min - zeroPoint), clamp.max - zeroPoint)) + zeroPoint;
}

/** The steps of a requantization that the model computes in float32 itself, for one channel of the accumulator; non-decreasing in acc. */
export function applySteps(acc: number, steps: readonly FloatStep[], channel: number): number {
  let x = Math.fround(acc);
  for (const { op, values } of steps) {
    const value = values[values.length === 1 ? 0 : channel]!;
    if (op === 'multiply') x = Math.fround(x * value);
    else if (op === 'add') x = Math.fround(x + value);
    else x = op === 'max' ? Math.max(x, value) : Math.min(x, value);
  }
  return x;
}

/** The greatest power of two that all of the given numbers are multiples of; 1 where all are zero. They are 0 or at least 2^-900. */
export function commonUnit(numbers: Float64Array): number {
  let unit = Infinity;
  for (const x of numbers) if (x !== 0) unit = Math.min(unit, lowestBit(x));
  return unit === Infinity ? 1 : unit;
}

/** Value of the lowest one bit of a float64. */
function lowestBit(x: number): number {
  let bit = 2 ** (Math.floor(Math.log2(Math.abs(x))) - 53);
  while ((x / bit) % 2 === 0) bit *= 2;
  return bit;
}
