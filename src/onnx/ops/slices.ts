/** Operators that pick, repeat, join and surround elements: Transpose, Slice, Split, Concat, Pad, Expand, Tile, DepthToSpace, SpaceToDepth. */
import type { Shape } from '../../ir/types.js';
import type { OpContext, OpResult, OpTable } from '../context.js';

const MOST_INPUTS = 1024;

export const sliceOps: OpTable = {
  Transpose: {
    attributes: ['perm'],
    inputs: [1, 1],
    infer: (context) => {
      const { shape } = context.type(0);
      const perm = context.ints('perm') ?? shape.map((_, axis) => shape.length - 1 - axis);
      if ([...perm].sort((a, b) => a - b).join() !== shape.map((_, axis) => axis).join())
        context.invalid(`perm is [${perm.join(', ')}]`);
      const output = perm.map((axis) => shape[axis]!);
      return { outputs: [context.value(context.type(0).dtype, output)], attributes: { perm } };
    },
  },
  Slice: { attributes: ['starts', 'ends', 'axes'], inputs: [1, 5], infer: slice },
  Split: { attributes: ['axis', 'split', 'num_outputs'], inputs: [1, 2], infer: split },
  Concat: {
    attributes: ['axis'],
    inputs: [1, MOST_INPUTS],
    infer: (context) =>
      concat(
        context,
        context.node.inputs.map((_, i) => i),
        'axis',
      ),
  },
  Pad: { attributes: ['mode', 'pads', 'value'], inputs: [1, 4], infer: pad },
  Expand: {
    attributes: [],
    inputs: [2, 2],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      return { outputs: [context.value(dtype, context.broadcast([shape, context.integers(1)]))], attributes: {} };
    },
  },
  Tile: {
    attributes: [],
    inputs: [2, 2],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      const repeats = context.integers(1);
      if (repeats.length !== shape.length || repeats.some((n) => n < 0))
        context.invalid(`its repeats are [${repeats.join(', ')}]`);
      const output = shape.map((size, axis) => size * repeats[axis]!);
      return { outputs: [context.value(dtype, output)], attributes: { repeats } };
    },
  },
  DepthToSpace: {
    attributes: ['blocksize', 'mode'],
    inputs: [1, 1],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      const block = blocksize(context, shape);
      const mode = context.text('mode', 'DCR');
      if (mode !== 'DCR' && mode !== 'CRD') context.invalid(`mode is ${mode}`);
      const [n, c, h, w] = shape as [number, number, number, number];
      if (c % block ** 2 !== 0) context.invalid(`${c} channels are no multiple of ${block ** 2}`);
      const output = [n, c / block ** 2, h * block, w * block];
      return { outputs: [context.value(dtype, output)], attributes: { blocksize: block, mode } };
    },
  },
  SpaceToDepth: {
    attributes: ['blocksize'],
    inputs: [1, 1],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      const block = blocksize(context, shape);
      const [n, c, h, w] = shape as [number, number, number, number];
      if (h % block !== 0 || w % block !== 0) context.invalid(`[${h}, ${w}] is no multiple of ${block}`);
      const output = [n, c * block ** 2, h / block, w / block];
      return { outputs: [context.value(dtype, output)], attributes: { blocksize: block } };
    },
  },
};

/** One start and one step for each axis; starts, ends, axes and steps are attributes (opset 1) or inputs (opset 10). */
function slice(context: OpContext): OpResult {
  const { dtype, shape } = context.type(0);
  const given = (index: number, name: string): number[] =>
    (context.has(index) ? context.integers(index) : context.ints(name)) ?? context.invalid(`it has no ${name}`);
  const starts = given(1, 'starts');
  const ends = given(2, 'ends');
  const axes = context.axes(3) ?? starts.map((_, i) => i);
  const steps = context.has(4) ? context.integers(4) : starts.map(() => 1);
  if ([ends, axes, steps].some((list) => list.length !== starts.length)) context.invalid('its inputs differ in length');
  const output = [...shape];
  const normal = { starts: shape.map(() => 0), steps: shape.map(() => 1) };
  const seen = new Set<number>();
  for (const [i, negative] of axes.entries()) {
    const axis = context.axis(negative, shape.length);
    if (seen.has(axis)) context.invalid(`it names axis ${axis} twice`);
    seen.add(axis);
    const [size, step] = [shape[axis]!, steps[i]!];
    if (step === 0) context.invalid('a step is 0');
    const [low, high] = step > 0 ? [0, size] : [-1, size - 1];
    const clamp = (n: number, least: number): number => Math.min(Math.max(n < 0 ? n + size : n, least), high);
    const start = clamp(starts[i]!, Math.max(low, 0));
    normal.starts[axis] = start;
    normal.steps[axis] = step;
    output[axis] = Math.max(0, Math.ceil((clamp(ends[i]!, low) - start) / step));
  }
  return { outputs: [context.value(dtype, output)], attributes: normal };
}

/** Sizes from an attribute (before opset 13), an input, num_outputs (opset 18) or the number of outputs. */
function split(context: OpContext): OpResult {
  const { dtype, shape } = context.type(0);
  const axis = context.axis(context.int('axis', 0), shape.length);
  const size = shape[axis]!;
  const count = context.int('num_outputs', context.node.outputs.length);
  const sizes = (context.has(1) ? context.integers(1) : context.ints('split')) ?? evenSizes(context, size, count);
  if (sizes.some((part) => part < 0) || sizes.reduce((a, b) => a + b, 0) !== size)
    context.invalid(`[${sizes.join(', ')}] is no split of ${size}`);
  if (context.node.outputs.length > sizes.length) context.invalid(`it has more than ${sizes.length} outputs`);
  const outputs = sizes.map((part) =>
    context.value(
      dtype,
      shape.map((n, i) => (i === axis ? part : n)),
    ),
  );
  return { outputs, attributes: { axis, split: sizes } };
}

/** Equal parts; the last one is smaller where the size is no multiple. */
function evenSizes(context: OpContext, size: number, count: number): number[] {
  if (count < 1) context.invalid(`num_outputs is ${count}`);
  const part = Math.ceil(size / count);
  return Array.from({ length: count }, (_, i) => (i < count - 1 ? part : size - part * (count - 1)));
}

/** Concat of the inputs at the given places. */
export function concat(context: OpContext, places: readonly number[], attribute: string): OpResult {
  const types = places.map((place) => context.type(place));
  const [{ dtype, shape }] = types as [(typeof types)[0]];
  const given = context.int(attribute, NaN);
  if (Number.isNaN(given)) context.invalid(`it has no ${attribute}`);
  const axis = context.axis(given, shape.length);
  const rest = (other: Shape): string => other.map((size, i) => (i === axis ? '*' : size)).join();
  for (const type of types) {
    if (type.dtype !== dtype) context.invalid(`it joins ${dtype} and ${type.dtype}`);
    if (rest(type.shape) !== rest(shape))
      context.invalid(`shapes [${shape.join(', ')}] and [${type.shape.join(', ')}] do not fit`);
  }
  const total = types.reduce((sum, type) => sum + type.shape[axis]!, 0);
  const output = shape.map((size, i) => (i === axis ? total : size));
  return { outputs: [context.value(dtype, output)], attributes: { axis } };
}

/** Pads for all axes, the filled value as attribute `value`. */
function pad(context: OpContext): OpResult {
  const { dtype, shape } = context.type(0);
  const rank = shape.length;
  const mode = context.text('mode', 'constant');
  if (!['constant', 'reflect', 'edge', 'wrap'].includes(mode)) context.invalid(`mode is ${mode}`);
  const given = (context.has(1) ? context.integers(1) : context.ints('pads')) ?? context.invalid('it has no pads');
  const axes = (context.axes(3) ?? shape.map((_, axis) => axis)).map((axis) => context.axis(axis, rank));
  if (given.length !== 2 * axes.length) context.invalid(`it has ${given.length} pads for ${axes.length} axes`);
  const pads = new Array<number>(2 * rank).fill(0);
  for (const [i, axis] of axes.entries()) {
    pads[axis] = given[i]!;
    pads[rank + axis] = given[axes.length + i]!;
  }
  for (const [i, size] of pads.entries()) {
    if (mode === 'constant' || size === 0) continue;
    if (size < 0 && mode !== 'edge')
      context.refuse(`it cuts elements off with mode ${mode}`, 'use a Slice for negative pads');
    if (mode !== 'edge' && size >= shape[i % rank]! + (mode === 'wrap' ? 1 : 0))
      context.refuse(`its pad ${size} is larger than its input with mode ${mode}`, 'use smaller pads');
  }
  const output = shape.map((size, axis) => size + pads[axis]! + pads[rank + axis]!);
  const value = context.has(2) ? Number(padValue(context)) : context.float('value', 0);
  return { outputs: [context.value(dtype, output)], attributes: { pads, mode, value } };
}

function padValue(context: OpContext): number | bigint {
  const tensor =
    context.constant(2) ?? context.refuse('the value it pads with is computed from data', 'make it a constant');
  return tensor.data[0] ?? context.invalid('its value is empty');
}

function blocksize(context: OpContext, shape: Shape): number {
  if (shape.length !== 4) context.invalid(`its input has rank ${shape.length}`);
  const block = context.int('blocksize', 0);
  return block >= 1 ? block : context.invalid(`blocksize is ${block}`);
}
