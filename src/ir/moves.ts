/** Which element each element of a moved tensor comes from: flat, row-major indices into the input, -1 for what is filled in. */
import type { Shape } from './types.js';
import { elementCount } from './types.js';

/** 0, 1, 2, ... */
export function identitySources(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}

/** For each axis the distance between neighbours in a flat, row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
}

/**
 * Elements picked axis by axis: output axis i runs through the input coordinates lists[i], -1 standing for a filled element. Slice, Split,
 * Pad, Gather, Expand and Tile are all of this form.
 */
export function axisSources(shape: Shape, lists: readonly (readonly number[])[]): Int32Array {
  const strides = stridesOf(shape);
  let sources = Int32Array.of(0);
  for (const [axis, list] of lists.entries()) {
    const next = new Int32Array(sources.length * list.length);
    for (let i = 0, at = 0; i < sources.length; i++) {
      const base = sources[i]!;
      for (const index of list) next[at++] = base < 0 || index < 0 ? -1 : base + index * strides[axis]!;
    }
    sources = next;
  }
  return sources;
}

/** ONNX Transpose: output axis i is input axis perm[i]. */
export function transposeSources(shape: Shape, perm: readonly number[]): Int32Array {
  const strides = stridesOf(shape);
  let sources = Int32Array.of(0);
  for (const axis of perm) {
    const [size, stride] = [shape[axis]!, strides[axis]!];
    const next = new Int32Array(sources.length * size);
    for (let i = 0, at = 0; i < sources.length; i++) {
      for (let j = 0; j < size; j++) next[at++] = sources[i]! + j * stride;
    }
    sources = next;
  }
  return sources;
}

/** ONNX Slice with one start and step per axis; the output's shape says how many elements each axis takes. */
export function sliceSources(
  shape: Shape,
  starts: readonly number[],
  steps: readonly number[],
  output: Shape,
): Int32Array {
  const lists = output.map((size, axis) => Array.from({ length: size }, (_, i) => starts[axis]! + i * steps[axis]!));
  return axisSources(shape, lists);
}

export type PadMode = 'constant' | 'reflect' | 'edge' | 'wrap';

/** ONNX Pad: `pads` holds all begins, then all ends; a negative pad cuts elements off, before the others are added. */
export function padSources(shape: Shape, pads: readonly number[], mode: PadMode): Int32Array {
  const rank = shape.length;
  const lists = shape.map((size, axis) => {
    const [begin, end] = [pads[axis]!, pads[rank + axis]!];
    const first = Math.max(0, -begin);
    const kept = size - first - Math.max(0, -end);
    const length = Math.max(0, size + begin + end);
    return Array.from({ length }, (_, i) => {
      const place = padIndex(i - Math.max(0, begin), kept, mode);
      return place < 0 ? -1 : first + place;
    });
  });
  return axisSources(shape, lists);
}

/** The element of a line of `size` that stands at place `i`, which may lie outside. */
function padIndex(i: number, size: number, mode: PadMode): number {
  if (i >= 0 && i < size) return i;
  switch (mode) {
    case 'constant':
      return -1;
    case 'edge':
      return i < 0 ? 0 : size - 1;
    case 'wrap':
      return ((i % size) + size) % size;
    case 'reflect':
      return i < 0 ? -i : 2 * (size - 1) - i;
  }
}

/** Broadcasting of `shape` to `output` by numpy's rule. */
export function expandSources(shape: Shape, output: Shape): Int32Array {
  const aligned = [...new Array<number>(output.length - shape.length).fill(1), ...shape];
  const lists = output.map((size, axis) => Array.from({ length: size }, (_, i) => (aligned[axis] === 1 ? 0 : i)));
  return axisSources(aligned, lists);
}

/** ONNX Tile: the input `repeats[axis]` times along each axis. */
export function tileSources(shape: Shape, repeats: readonly number[]): Int32Array {
  const lists = shape.map((size, axis) => Array.from({ length: size * repeats[axis]! }, (_, i) => i % size));
  return axisSources(shape, lists);
}

/** ONNX Gather along one axis, indices flat and not negative. */
export function gatherSources(shape: Shape, axis: number, indices: readonly number[]): Int32Array {
  const lists = shape.map((size, i) => (i === axis ? indices : Array.from({ length: size }, (_, j) => j)));
  return axisSources(shape, lists);
}

/** ONNX GatherElements: output element at p is the input's at p with coordinate `axis` replaced by indices[p]. */
export function gatherElementsSources(
  shape: Shape,
  axis: number,
  indices: readonly number[],
  output: Shape,
): Int32Array {
  const strides = stridesOf(shape);
  const outputStrides = stridesOf(output);
  return Int32Array.from(indices, (index, i) =>
    output.reduce((sum, size, a) => {
      const coordinate = a === axis ? index : Math.floor(i / outputStrides[a]!) % size;
      return sum + coordinate * strides[a]!;
    }, 0),
  );
}

/** ONNX GatherND: each row of `depth` coordinates, behind `batchDims` shared axes, picks an element or a sub-tensor. */
export function gatherNdSources(
  shape: Shape,
  batchDims: number,
  indices: readonly number[],
  depth: number,
): Int32Array {
  const strides = stridesOf(shape);
  const batches = elementCount(shape.slice(0, batchDims));
  const block = elementCount(shape.slice(batchDims));
  const inner = elementCount(shape.slice(batchDims + depth));
  const rows = indices.length / depth;
  const sources = new Int32Array(rows * inner);
  for (let row = 0; row < rows; row++) {
    let base = Math.floor(row / (rows / batches)) * block;
    for (let i = 0; i < depth; i++) base += indices[row * depth + i]! * strides[batchDims + i]!;
    for (let i = 0; i < inner; i++) sources[row * inner + i] = base + i;
  }
  return sources;
}

/** ONNX DepthToSpace of [N, C, H, W]. */
export function depthToSpaceSources(shape: Shape, block: number, mode: 'DCR' | 'CRD'): Int32Array {
  const [n, c, h, w] = shape as [number, number, number, number];
  const depth = c / block ** 2;
  return mode === 'DCR'
    ? transposeSources([n, block, block, depth, h, w], [0, 3, 4, 1, 5, 2])
    : transposeSources([n, depth, block, block, h, w], [0, 1, 4, 2, 5, 3]);
}

/** ONNX SpaceToDepth of [N, C, H, W]. */
export function spaceToDepthSources(shape: Shape, block: number): Int32Array {
  const [n, c, h, w] = shape as [number, number, number, number];
  return transposeSources([n, c, h / block, block, w / block, block], [0, 3, 5, 1, 2, 4]);
}

/** ONNX Concat: indices into all inputs, flat, one after the other. */
export function concatSources(shapes: readonly Shape[], axis: number): Int32Array {
  const first = shapes[0]!;
  const outer = elementCount(first.slice(0, axis));
  const blocks = shapes.map((shape) => elementCount(shape.slice(axis)));
  const sources: number[] = [];
  for (let i = 0; i < outer; i++) {
    let offset = 0;
    for (const block of blocks) {
      for (let j = 0; j < block; j++) sources.push(offset + i * block + j);
      offset += outer * block;
    }
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

/** Several tensors broadcast to one shape and stacked along a new last axis: [elements, inputs]. */
export function stackSources(shapes: readonly Shape[], output: Shape): Int32Array {
  const columns = shapes.map((shape) => expandSources(shape, output));
  const offsets = shapes.map((_, k) => shapes.slice(0, k).reduce((sum, shape) => sum + elementCount(shape), 0));
  const sources = new Int32Array(elementCount(output) * shapes.length);
  for (let i = 0; i < sources.length; i++) {
    const k = i % shapes.length;
    sources[i] = offsets[k]! + columns[k]![Math.floor(i / shapes.length)]!;
  }
  return sources;
}

/** The elements that a reduction over `axes` brings together: [outputs, candidates], candidates in row-major order. */
export function reduceSources(shape: Shape, axes: readonly number[]): Int32Array {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return transposeSources(shape, [...kept, ...[...axes].sort((a, b) => a - b)]);
}

/** A move of what another move gives. */
export function composeSources(outer: Int32Array, inner: Int32Array): Int32Array {
  return outer.map((source) => (source < 0 ? -1 : inner[source]!));
}
