/** The float32 steps of ONNX Runtime's CPU kernels that the integer meaning depends on. */
import type { FloatStep, IntRange } from '../ir/types.js';

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

/**
 * One element that the model requantizes with float32 operators of its own: f32(acc), the steps, then QuantizeLinear.
 * @param channel of the accumulator, for steps that have one value per channel
 */
export function quantizeSteps(
  acc: number,
  steps: readonly FloatStep[],
  channel: number,
  scale: number,
  zeroPoint: number,
  clamp: IntRange,
): number {
  const result = steps.reduce((x, { op, values }) => {
    const value = values.length === 1 ? values[0]! : values[channel]!;
    switch (op) {
      case 'multiply':
        return Math.fround(x * value);
      case 'add':
        return Math.fround(x + value);
      case 'max':
        return Math.max(x, value);
      case 'min':
        return Math.min(x, value);
    }
  }, Math.fround(acc));
  const ratio = Math.fround(result / scale);
  return roundHalfEven(Math.min(Math.max(ratio, clamp.min - zeroPoint), clamp.max - zeroPoint)) + zeroPoint;
}
