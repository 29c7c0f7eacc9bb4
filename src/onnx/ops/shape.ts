/**
 * Constants and shape arithmetic. After import all shapes are static, so what exporters compute from shapes (Shape, Gather,
 * Concat, ... on int64) is known here and disappears from the graph.
 */
import { elementCount } from '../../ir/types.js';
import type { DType, Tensor } from '../../ir/types.js';
import type { OpContext, OpResult, OpTable } from '../context.js';
import type { ValueType } from '../model.js';

const INT64_TYPE = 7;
const HINT = 'only integer computations on shapes are supported; fix the shapes when exporting';

export const shapeOps: OpTable = {
  Constant: {
    attributes: ['value', 'value_float', 'value_floats', 'value_int', 'value_ints'],
    inputs: [0, 0],
    infer: (context) => {
      const constant = readConstant(context);
      return { outputs: [{ dtype: constant.dtype, shape: constant.shape }], constant };
    },
  },
  Shape: {
    attributes: ['start', 'end'],
    inputs: [1, 1],
    infer: (context) => {
      const { shape } = context.type(0);
      return integers(shape.slice(context.int('start', 0), context.int('end', shape.length)).map(BigInt));
    },
  },
  Gather: {
    attributes: ['axis'],
    inputs: [2, 2],
    infer: (context) => {
      const data = known(context, 0);
      if (data.shape.length !== 1 || context.axis(context.int('axis', 0), 1) !== 0)
        context.refuse('it gathers from data', HINT);
      const picked = context
        .integers(1)
        .map((index) => data.data.at(index) ?? context.invalid(`index ${index} is outside`));
      return integers(picked as bigint[], context.type(1).shape);
    },
  },
  Concat: {
    attributes: ['axis'],
    inputs: [1, 1024],
    infer: (context) =>
      integers(context.node.inputs.flatMap((_, i) => Array.from(known(context, i).data as BigInt64Array))),
  },
  Cast: {
    attributes: ['to', 'saturate'],
    inputs: [1, 1],
    infer: (context) => {
      if (context.int('to', 0) !== INT64_TYPE) context.refuse('it changes the type of data', HINT);
      const data = context.integers(0).map(BigInt);
      return integers(data, context.type(0).shape);
    },
  },
  Slice: {
    attributes: [],
    inputs: [3, 5],
    infer: (context) => {
      const data = known(context, 0);
      const [start] = context.integers(1);
      const [end] = context.integers(2);
      const step = context.has(4) ? context.integers(4)[0] : 1;
      if (data.shape.length !== 1 || step !== 1) context.refuse('it slices data', HINT);
      return integers(Array.from((data.data as BigInt64Array).slice(start, Math.min(end!, data.data.length))));
    },
  },
};

/** An operator on known int64 data gives known data; `evaluate` maps the elements of all inputs. */
export function withIntegerConstant(
  context: OpContext,
  type: ValueType,
  evaluate: (inputs: Tensor['data'][]) => Tensor['data'],
): OpResult {
  const constant = context.constant(0);
  if (!constant || constant.dtype !== 'int64') return { outputs: [type] };
  return { outputs: [type], constant: { ...type, data: evaluate([constant.data]) } };
}

function integers(data: readonly bigint[], shape: readonly number[] = [data.length]): OpResult {
  const constant: Tensor = { dtype: 'int64', shape, data: BigInt64Array.from(data) };
  return { outputs: [{ dtype: 'int64', shape }], constant };
}

function known(context: OpContext, index: number): Tensor {
  const constant = context.constant(index);
  if (!constant || constant.dtype !== 'int64' || constant.shape.length > 1)
    return context.refuse('it works on data', HINT);
  return constant;
}

function readConstant(context: OpContext): Tensor {
  const tensor = context.tensor('value');
  if (tensor) return tensor;
  const [[name, value] = context.refuse('it has no value')] = Object.entries(context.node.attributes);
  const isFloat = name.startsWith('value_float');
  const list =
    typeof value === 'number'
      ? [value]
      : Array.isArray(value)
        ? (value as number[])
        : context.refuse(`its ${name} cannot be read`);
  const shape = typeof value === 'number' ? [] : [list.length];
  const dtype: DType = isFloat ? 'float32' : 'int64';
  const data = isFloat ? Float32Array.from(list) : BigInt64Array.from(list, BigInt);
  if (data.length !== elementCount(shape)) context.invalid('its value is damaged');
  return { dtype, shape, data };
}
