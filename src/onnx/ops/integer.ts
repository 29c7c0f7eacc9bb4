/** Integer operators that give int32 accumulators (ConvInteger, MatMulInteger). */
import type { OpContext, OpTable } from '../context.js';
import { CONV_ATTRIBUTES, inferConv, inferMatMul } from './linear.js';

export const integerOps: OpTable = {
  ConvInteger: {
    attributes: CONV_ATTRIBUTES,
    inputs: [2, 4],
    infer: (context) => {
      checkOperands(context);
      return inferConv(context, 0, 1, 'int32');
    },
  },
  MatMulInteger: {
    attributes: [],
    inputs: [2, 4],
    infer: (context) => {
      checkOperands(context);
      const type = inferMatMul(context, context.type(0).shape, context.type(1).shape, 'int32');
      return { outputs: [type], attributes: {} };
    },
  },
};

function checkOperands(context: OpContext): void {
  for (const index of [0, 1]) {
    const dtype = context.dtype(index, 'int8', 'uint8');
    if (context.has(index + 2) && context.type(index + 2).dtype !== dtype)
      context.invalid(`input ${index} and its zero point differ in type`);
  }
}
