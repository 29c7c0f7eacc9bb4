/** Quantization at the edges of a graph: outside the proof, by the public scale and zero point of the edge's value. */
import { ZkinferError } from '../errors.js';
import { dtypeRange } from '../ir/types.js';
import type { GraphEdge, Value } from '../ir/types.js';
import { roundHalfEven } from './float32.js';

/**
 * QuantizeLinear of a user's tensor: rint(x / scale) + zeroPoint, saturated, the division in float32 and halves to even.
 * Elements are rounded to float32 first. The caller refuses NaN. Elements of an `integer` edge are returned as they are.
 * @param floats row-major elements in the shape of the edge
 */
export function quantizeInput(edge: GraphEdge, value: Value, floats: ArrayLike<number>): Int32Array {
  const result = new Int32Array(floats.length);
  if (edge.kind === 'integer') {
    for (let i = 0; i < result.length; i++) result[i] = floats[i]!;
    return result;
  }
  const { scale, zeroPoint, min, max } = parameters(value);
  for (let i = 0; i < result.length; i++) {
    const ratio = Math.fround(Math.fround(floats[i]!) / scale);
    result[i] = roundHalfEven(Math.min(Math.max(ratio, min - zeroPoint), max - zeroPoint)) + zeroPoint;
  }
  return result;
}

/** DequantizeLinear of an output: (q - zeroPoint) * scale in float32. Elements of an `integer` edge are returned as they are. */
export function dequantizeOutput(edge: GraphEdge, value: Value, integers: ArrayLike<number>): Float32Array {
  const result = new Float32Array(integers.length);
  if (edge.kind === 'integer') {
    for (let i = 0; i < result.length; i++) result[i] = integers[i]!;
    return result;
  }
  const { scale, zeroPoint } = parameters(value);
  for (let i = 0; i < result.length; i++) result[i] = (integers[i]! - zeroPoint) * scale;
  return result;
}

function parameters(value: Value): { scale: number; zeroPoint: number; min: number; max: number } {
  const { dtype, quantization } = value;
  if (!quantization || (dtype !== 'int8' && dtype !== 'uint8')) {
    throw new ZkinferError('INTERNAL', `value ${value.name} is not quantized`);
  }
  return { ...quantization, ...dtypeRange(dtype) };
}
