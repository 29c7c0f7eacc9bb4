/** Gather, GatherElements and GatherND by constant indices. */
import { elementCount } from '../../ir/types.js';
import type { OpContext, OpTable } from '../context.js';

export const gatherOps: OpTable = {
  Gather: {
    attributes: ['axis'],
    inputs: [2, 2],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      const axis = context.axis(context.int('axis', 0), shape.length);
      const indices = indicesOf(context, () => shape[axis]!);
      const output = [...shape.slice(0, axis), ...context.type(1).shape, ...shape.slice(axis + 1)];
      return { outputs: [context.value(dtype, output)], attributes: { axis, indices } };
    },
  },
  GatherElements: {
    attributes: ['axis'],
    inputs: [2, 2],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      const axis = context.axis(context.int('axis', 0), shape.length);
      const indices = indicesOf(context, () => shape[axis]!);
      const output = context.type(1).shape;
      const fits = output.length === shape.length && output.every((size, i) => i === axis || size <= shape[i]!);
      if (!fits) context.invalid(`indices of shape [${output.join(', ')}] do not fit`);
      return { outputs: [context.value(dtype, output)], attributes: { axis, indices } };
    },
  },
  GatherND: {
    attributes: ['batch_dims'],
    inputs: [2, 2],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      const batchDims = context.int('batch_dims', 0);
      const rows = context.type(1).shape;
      const depth = rows.at(-1) ?? context.invalid('its indices are a scalar');
      if (batchDims < 0 || batchDims >= rows.length || depth < 1 || batchDims + depth > shape.length)
        context.invalid(`indices of shape [${rows.join(', ')}] do not fit`);
      if (rows.slice(0, batchDims).join() !== shape.slice(0, batchDims).join())
        context.invalid('data and indices differ in their batch axes');
      const indices = indicesOf(context, (i) => shape[batchDims + (i % depth)]!);
      const output = [...rows.slice(0, -1), ...shape.slice(batchDims + depth)];
      return { outputs: [context.value(dtype, output)], attributes: { batch_dims: batchDims, indices, depth } };
    },
  },
};

/** Flat indices counted from the front; `size` gives the length of the axis that the i-th one runs along. */
function indicesOf(context: OpContext, size: (i: number) => number): number[] {
  if (!context.constant(1)) {
    context.refuse(
      `its indices (${context.node.inputs[1]}) are computed from data`,
      'only constant indices are supported: look values up outside the proof',
    );
  }
  const indices = context.integers(1);
  if (elementCount(context.type(1).shape) !== indices.length) context.invalid('its indices are damaged');
  return indices.map((index, i) => {
    const n = size(i);
    return index >= -n && index < n
      ? (index + n) % n
      : context.invalid(`index ${index} is outside an axis of size ${n}`);
  });
}
