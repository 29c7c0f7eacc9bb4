/** Operators that compare elements: GlobalMaxPool, ReduceMax, ReduceMin, Max, Min, ArgMax, ArgMin, TopK. */
import type { Shape } from '../../ir/types.js';
import type { OpContext, OpImport, OpResult, OpTable } from '../context.js';

const MOST_INPUTS = 1024;
/** Places among candidates are uint8 values. */
const MOST_CANDIDATES = 256;

export const orderOps: OpTable = {
  GlobalMaxPool: {
    attributes: [],
    inputs: [1, 1],
    infer: (context) => {
      const dtype = context.dtype(0, 'float32', 'int8', 'uint8');
      const { shape } = context.type(0);
      if (shape.length < 3) context.invalid(`its input has rank ${shape.length}`);
      const axes = shape.slice(2).map((_, i) => i + 2);
      return { outputs: [context.value(dtype, reduced(shape, axes, true))], attributes: { axes } };
    },
  },
  ReduceMax: { attributes: ['axes', 'keepdims', 'noop_with_empty_axes'], inputs: [1, 2], infer: reduce },
  ReduceMin: { attributes: ['axes', 'keepdims', 'noop_with_empty_axes'], inputs: [1, 2], infer: reduce },
  Max: { attributes: [], inputs: [1, MOST_INPUTS], infer: elementwise },
  Min: { attributes: [], inputs: [1, MOST_INPUTS], infer: elementwise },
  ArgMax: argOp(),
  ArgMin: argOp(),
  TopK: {
    attributes: ['axis', 'k', 'largest', 'sorted'],
    inputs: [1, 2],
    infer: (context) => {
      const dtype = context.dtype(0, 'float32', 'int8', 'uint8');
      const { shape } = context.type(0);
      const axis = context.axis(context.int('axis', -1), shape.length);
      const [k] = context.has(1) ? context.integers(1) : [context.int('k', 0)];
      if (k !== 1)
        context.refuse(`k is ${k}; only 1 is supported`, 'take the greatest element only, or sort outside the proof');
      const output = reduced(shape, [axis], true);
      if ((context.node.outputs[1] ?? '') !== '') checkCandidates(context, shape[axis]!);
      const largest = context.int('largest', 1) === 0 ? 0 : 1;
      return {
        outputs: [context.value(dtype, output), context.value('int64', output)],
        attributes: { axis, largest },
      };
    },
  },
};

function reduce(context: OpContext): OpResult {
  const dtype = context.dtype(0, 'float32', 'int8', 'uint8');
  const { shape } = context.type(0);
  const given = context.axes(1) ?? [];
  const none = given.length === 0 && context.int('noop_with_empty_axes', 0) !== 0;
  const all = given.length === 0 && !none;
  const axes = all ? shape.map((_, axis) => axis) : given.map((axis) => context.axis(axis, shape.length));
  const keep = context.int('keepdims', 1) !== 0;
  return { outputs: [context.value(dtype, reduced(shape, axes, keep))], attributes: { axes } };
}

function elementwise(context: OpContext): OpResult {
  const dtype = context.dtype(0, 'float32', 'int8', 'uint8');
  const types = context.node.inputs.map((_, i) => context.type(i));
  for (const type of types) if (type.dtype !== dtype) context.invalid(`it compares ${dtype} and ${type.dtype}`);
  return { outputs: [context.value(dtype, context.broadcast(types.map(({ shape }) => shape)))], attributes: {} };
}

function argOp(): OpImport {
  return {
    attributes: ['axis', 'keepdims', 'select_last_index'],
    inputs: [1, 1],
    infer: (context) => {
      context.dtype(0, 'float32', 'int8', 'uint8');
      const { shape } = context.type(0);
      const axis = context.axis(context.int('axis', 0), shape.length);
      checkCandidates(context, shape[axis]!);
      const output = reduced(shape, [axis], context.int('keepdims', 1) !== 0);
      const last = context.int('select_last_index', 0) === 0 ? 0 : 1;
      return { outputs: [context.value('int64', output)], attributes: { axis, select_last_index: last } };
    },
  };
}

function checkCandidates(context: OpContext, count: number): void {
  if (count > MOST_CANDIDATES) {
    context.refuse(
      `it chooses among ${count} elements; at most ${MOST_CANDIDATES} are supported`,
      'leave it out and choose outside the proof',
    );
  }
}

function reduced(shape: Shape, axes: readonly number[], keep: boolean): Shape {
  return keep
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}
