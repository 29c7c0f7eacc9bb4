/** Float32 formulas of ONNX's quantization operators, for everything that passes compute ahead of time. */
import type { IntRange, Quantization } from './types.js';
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
