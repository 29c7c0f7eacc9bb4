/** The float32 steps of ONNX Runtime's CPU kernels that the integer meaning depends on. */
import type { IntRange } from '../ir/types.js';

/** Rounds to the nearest integer, halves to the even one (IEEE 754 roundTiesToEven). Exact for |x| < 2^52. */
export function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const fraction = x - floor;
  if (fraction < 0.5) return floor;
  if (fraction > 0.5) return floor + 1;
  return floor % 2 === 0 ? floor : floor + 1;
}

/**
 * One requantized element: clamp(rint(clamp(f32(acc) * multiplier, lo - z, hi - z)) + z, clamp). Clamping before rounding to the
 * saturation bounds or to narrower integer bounds gives the same integer, because rounding is monotone and keeps integers.
 */
export function requantizeElement(acc: number, multiplier: number, zeroPoint: number, clamp: IntRange): number {
  const scaled = Math.fround(Math.fround(acc) * multiplier);
  const bounded = Math.min(Math.max(scaled, clamp.min - zeroPoint), clamp.max - zeroPoint);
  return roundHalfEven(bounded) + zeroPoint;
}
