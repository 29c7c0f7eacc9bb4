/** Element-wise operators of one input: Relu, Clip. */
import type { DType } from '../../ir/types.js';
import type { OpContext, OpResult, OpTable } from '../context.js';

export const elementwiseOps: OpTable = {
  Relu: { attributes: [], inputs: [1, 1], infer: (context) => same(context, 'float32', 'int8') },
  Clip: {
    attributes: ['min', 'max'],
    inputs: [1, 3],
    infer: (context) => {
      for (const index of [1, 2]) {
        if (!context.has(index)) continue;
        const bound =
          context.constant(index) ??
          context.refuse(`its bound ${context.node.inputs[index]} is computed from data`, 'make it a constant');
        if (bound.data.length !== 1) context.invalid('a bound is no scalar');
        if (bound.dtype !== context.type(0).dtype) context.invalid('a bound has another type than the input');
      }
      return same(context, 'float32', 'int8', 'uint8');
    },
  },
};

function same(context: OpContext, ...allowed: DType[]): OpResult {
  return { outputs: [context.value(context.dtype(0, ...allowed), context.type(0).shape)] };
}
