/** Which element each element of a moved tensor comes from: flat, row-major indices. */
import type { Shape } from './types.js';
import { elementCount } from './types.js';

/** ONNX Transpose: output axis i is input axis perm[i]. */
export function transposeSources(shape: Shape, perm: readonly number[]): Int32Array {
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  let sources = [0];
  for (const axis of perm) {
    sources = sources.flatMap((base) => Array.from({ length: shape[axis]! }, (_, i) => base + i * strides[axis]!));
  }
  return Int32Array.from(sources);
}
