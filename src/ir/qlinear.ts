/**
 * ONNX Runtime's integer formulas of com.microsoft QLinearAdd and QLinearMul, all steps in float32. Fused multiply-adds round once
 * (MLAS on CPUs with FMA).
 */
import { rint } from './float32.js';
import type { IntRange, Quantization } from './types.js';

type Pair = (a: number, b: number) => number;

/** What QLinearAdd rounds: float32(first(a) + second(b)), the sum exact. */
export interface SumTerms {
  readonly first: (a: number) => number;
  readonly second: (b: number) => number;
}

/** a * r_a and fma(b, r_b, c), with r = s / s_y and c = z_y - fma(r_a, z_a, r_b * z_b). */
export function qlinearAddTerms(a: Quantization, b: Quantization, y: Quantization): SumTerms {
  const ratioA = Math.fround(a.scale / y.scale);
  const ratioB = Math.fround(b.scale / y.scale);
  const offset = Math.fround(y.zeroPoint - fma(ratioA, a.zeroPoint, Math.fround(ratioB * b.zeroPoint)));
  return { first: (x) => x * ratioA, second: (x) => fma(x, ratioB, offset) };
}

/** y = rint(fma(a, r_a, fma(b, r_b, c))), saturated. */
export function qlinearAdd(a: Quantization, b: Quantization, y: Quantization, { min, max }: IntRange): Pair {
  const ratioA = Math.fround(a.scale / y.scale);
  const { second } = qlinearAddTerms(a, b, y);
  return (x1, x2) => Math.min(Math.max(rint(fma(x1, ratioA, second(x2))), min), max);
}

/** y = rint(f32(f32((a - z_a) (b - z_b)) * f32(s_a * s_b / s_y)) + z_y), saturated. */
export function qlinearMul(a: Quantization, b: Quantization, y: Quantization, { min, max }: IntRange): Pair {
  const ratio = Math.fround(Math.fround(a.scale * b.scale) / y.scale);
  return (x1, x2) => {
    const product = Math.fround((x1 - a.zeroPoint) * (x2 - b.zeroPoint) * ratio);
    return Math.min(Math.max(rint(Math.fround(product + y.zeroPoint)), min), max);
  };
}

/** Float32 x * y + z, rounded once. */
export function fma(x: number, y: number, z: number): number {
  const product = x * y;
  const sum = product + z;
  const back = sum - product;
  const error = product - (sum - back) + (z - back);
  const rounded = Math.fround(sum);
  if (error === 0 || !Number.isFinite(rounded)) return rounded;
  // The float64 sum is inexact; where it looks like a tie between two float32, the error tells the side.
  const step = Math.abs(sum) * 2 ** -52;
  const [low, high] = [Math.fround(sum - step), Math.fround(sum + step)];
  if (low === high || low + high !== 2 * sum) return rounded;
  return error > 0 ? high : low;
}
