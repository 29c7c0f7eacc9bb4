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

/** Shape of an element-wise operator's result (numpy broadcasting), or undefined where the shapes do not fit. */
export function broadcastShape(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length);
  const sizes = Array.from({ length: rank }, (_, i) => [a[i - rank + a.length] ?? 1, b[i - rank + b.length] ?? 1]);
  if (sizes.some(([x, y]) => x !== y && x !== 1 && y !== 1)) return undefined;
  return sizes.map(([x, y]) => (x === 1 ? y! : x!));
}

/** Elements of a tensor that is broadcast to a shape: axes are added in front, and axes of size 1 repeated. */
export function broadcastSources(shape: Shape, target: Shape): Int32Array {
  let sources = [0];
  for (const [axis, size] of target.entries()) {
    const own = axis - target.length + shape.length;
    const stride = own >= 0 && shape[own]! > 1 ? elementCount(shape.slice(own + 1)) : 0;
    sources = sources.flatMap((base) => Array.from({ length: size }, (_, i) => base + i * stride));
  }
  return Int32Array.from(sources);
}
