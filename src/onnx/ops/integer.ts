/** Integer operators that give int32 accumulators (ConvInteger, MatMulInteger), and Cast of data. */
import type { OpContext, OpImport, OpTable } from '../context.js';
import { CONV_ATTRIBUTES, inferConv, inferMatMul } from './linear.js';

const FLOAT_TYPE = 1;

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

/** Cast of float or int32 data to float32; anything else as `otherwise` has it. */
export function castWith(otherwise: OpImport): OpImport {
  return {
    attributes: [...new Set([...otherwise.attributes, 'to', 'saturate', 'round_mode'])],
    inputs: [1, 1],
    infer: (context) => {
      const { dtype, shape } = context.type(0);
      const data = (dtype === 'float32' || dtype === 'int32') && context.int('to', 0) === FLOAT_TYPE;
      if (!data || context.constant(0)) return otherwise.infer(context);
      return { outputs: [context.value('float32', shape)], attributes: {} };
    },
  };
}

function checkOperands(context: OpContext): void {
  for (const index of [0, 1]) {
    const dtype = context.dtype(index, 'int8', 'uint8');
    if (context.has(index + 2) && context.type(index + 2).dtype !== dtype)
      context.invalid(`input ${index} and its zero point differ in type`);
  }
}
