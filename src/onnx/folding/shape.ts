/** Operators that make constants: Constant, Shape, Size, ConstantOfShape, Range, and reductions of constants. */
import { reduceSources } from '../../ir/moves.js';
import { typedArray } from '../../ir/movement.js';
import { elementCount } from '../../ir/types.js';
import type { Shape, Tensor } from '../../ir/types.js';
import { MAX_VALUE_ELEMENTS } from '../context.js';
import type { OpContext } from '../context.js';
import type { Fold, FoldTable } from './types.js';

/** Operators that need no more of their input than its shape. */
export const shapeOnlyFolds: FoldTable = {
  Constant: {
    attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'],
    inputs: [0, 0],
    evaluate: (context) => readConstant(context),
  },
  Shape: {
    attributes: ['start', 'end'],
    inputs: [1, 1],
    evaluate: (context) => {
      const { shape } = context.type(0);
      return integers(shape.slice(context.int('start', 0), context.int('end', shape.length)));
    },
  },
  Size: {
    attributes: [],
    inputs: [1, 1],
    evaluate: (context) => integers([elementCount(context.type(0).shape)], []),
  },
};

export const shapeFolds: FoldTable = {
  ConstantOfShape: {
    attributes: ['value'],
    inputs: [1, 1],
    evaluate: (context) => {
      const shape = context.integers(0);
      const value = context.tensor('value') ?? { dtype: 'float32', shape: [1], data: Float32Array.of(0) };
      context.value(value.dtype, shape);
      const elements = new Array<number | bigint>(elementCount(shape)).fill(value.data[0]!);
      return { dtype: value.dtype, shape, data: typedArray(value.dtype, elements) };
    },
  },
  Range: {
    attributes: [],
    inputs: [3, 3],
    evaluate: (context, inputs) => {
      const { dtype } = inputs[0]!;
      const [start, limit, delta] = inputs.map(({ data }) => Number(data[0])) as [number, number, number];
      const count = Math.max(0, Math.ceil((limit - start) / delta));
      if (!(count <= MAX_VALUE_ELEMENTS)) context.refuse(`it counts from ${start} to ${limit} by ${delta}`);
      const elements = Array.from({ length: count }, (_, i) => start + i * delta);
      return {
        dtype,
        shape: [count],
        data: typedArray(dtype, dtype === 'int64' ? elements.map((element) => BigInt(element)) : elements),
      };
    },
  },
  ReduceProd: reduction((a, b) => (typeof a === 'bigint' ? a * BigInt(b) : a * Number(b))),
  ReduceSum: reduction((a, b) => (typeof a === 'bigint' ? a + BigInt(b) : a + Number(b))),
  ReduceMax: reduction((a, b) => (a > b ? a : b)),
  ReduceMin: reduction((a, b) => (a < b ? a : b)),
};

function reduction(combine: (a: number | bigint, b: number | bigint) => number | bigint): Fold {
  return {
    attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
    inputs: [1, 2],
    evaluate: (context, [x]) => {
      const { dtype, shape, data } = x!;
      // A sum of floats depends on its order, which ONNX leaves open.
      if (dtype === 'float32' && context.node.op === 'ReduceSum')
        context.refuse('it sums float constants', 'fold them when exporting');
      const given = context.axes(1) ?? [];
      if (given.length === 0 && context.int('noop_with_empty_axes', 0) !== 0) return x!;
      const axes =
        given.length === 0 ? shape.map((_, axis) => axis) : given.map((axis) => context.axis(axis, shape.length));
      const sources = reduceSources(shape, axes);
      const candidates = axes.reduce((count, axis) => count * shape[axis]!, 1);
      if (candidates === 0) context.refuse('it reduces an empty axis');
      const step = (a: number | bigint, b: number | bigint): number | bigint =>
        dtype === 'float32' ? Math.fround(Number(combine(a, b))) : combine(a, b);
      const elements = Array.from({ length: sources.length / candidates }, (_, i) =>
        Array.from(sources.subarray(i * candidates, (i + 1) * candidates), (source) => data[source]!).reduce(step),
      );
      const keep = context.int('keepdims', 1) !== 0;
      const output = keep
        ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
        : shape.filter((_, axis) => !axes.includes(axis));
      return { dtype, shape: output, data: typedArray(dtype, elements) };
    },
  };
}

function integers(data: readonly number[], shape: Shape = [data.length]): Tensor {
  return { dtype: 'int64', shape, data: BigInt64Array.from(data, BigInt) };
}

function readConstant(context: OpContext): Tensor {
  const tensor = context.tensor('value');
  if (tensor) return tensor;
  const [[name, value] = context.refuse('it has no value')] = Object.entries(context.node.attributes);
  const list =
    typeof value === 'number'
      ? [value]
      : Array.isArray(value)
        ? (value as number[])
        : context.refuse(`its ${name} cannot be read`);
  const shape = typeof value === 'number' ? [] : [list.length];
  return name.startsWith('value_float')
    ? { dtype: 'float32', shape, data: Float32Array.from(list) }
    : integers(list, shape);
}
