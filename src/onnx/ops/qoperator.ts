/** The QOperator forms: QLinearConv, QLinearMatMul (ONNX), QGemm, QLinearSigmoid (com.microsoft). */
import type { DType } from '../../ir/types.js';
import type { OpContext, OpImport, OpTable } from '../context.js';
import { concat } from './slices.js';
import { CONV_ATTRIBUTES, checkBias, inferConv, inferGemm, inferMatMul } from './linear.js';

export const qoperatorOps: OpTable = {
  QLinearConv: {
    attributes: CONV_ATTRIBUTES,
    inputs: [8, 9],
    infer: (context) => {
      checkQuantized(context, [0, 3]);
      if (context.has(8)) {
        context.dtype(8, 'int32');
        checkBias(context, 8, context.type(3).shape[0]!);
      }
      return inferConv(context, 0, 3, zeroPointType(context, 7));
    },
  },
  QLinearMatMul: {
    attributes: [],
    inputs: [8, 8],
    infer: (context) => {
      checkQuantized(context, [0, 3]);
      const type = inferMatMul(context, context.type(0).shape, context.type(3).shape, zeroPointType(context, 7));
      return { outputs: [type] };
    },
  },
};

export const microsoftOps: OpTable = {
  QGemm: {
    attributes: ['alpha', 'transA', 'transB'],
    inputs: [6, 9],
    infer: (context) => {
      checkQuantized(context, [0, 3]);
      if (context.has(6)) context.dtype(6, 'int32');
      if (!context.has(7)) {
        context.refuse('its output is float32 (it has no y_scale)', 'quantize its output', 'MODEL_NOT_QUANTIZED');
      }
      return inferGemm(context, 0, 3, context.has(8) ? zeroPointType(context, 8) : context.type(0).dtype);
    },
  },
  QLinearConcat: {
    attributes: ['axis'],
    inputs: [5, 3 * 1024 + 2],
    infer: (context) => {
      const count = context.node.inputs.length - 2;
      if (count % 3 !== 0) context.invalid(`it has ${count + 2} inputs`);
      const places = Array.from({ length: count / 3 }, (_, i) => 2 + 3 * i);
      checkQuantized(context, places);
      const { outputs, attributes } = concat(context, places, 'axis');
      return { outputs: [{ ...outputs[0]!, dtype: zeroPointType(context, 1) }], attributes: attributes! };
    },
  },
  QLinearSigmoid: quantizedUnary({}),
  QLinearLeakyRelu: quantizedUnary({ alpha: 0.01 }),
};

/** x, x_scale, x_zero_point, y_scale, y_zero_point, with float attributes that have the given defaults. */
function quantizedUnary(defaults: Readonly<Record<string, number>>): OpImport {
  const names = Object.keys(defaults);
  return {
    attributes: names,
    inputs: [4, 5],
    infer: (context) => {
      const dtype = context.dtype(0, 'int8', 'uint8');
      if (context.has(4) && context.type(4).dtype !== dtype) context.invalid('its zero point has another type');
      const read = (name: string): number => context.float(name, Math.fround(defaults[name]!));
      const attributes = Object.fromEntries(names.map((name) => [name, read(name)]));
      return { outputs: [context.value(dtype, context.type(0).shape)], attributes };
    },
  };
}

function checkQuantized(context: OpContext, indices: readonly number[]): void {
  for (const index of indices) {
    const dtype = context.dtype(index, 'int8', 'uint8');
    if (context.has(index + 2) && context.type(index + 2).dtype !== dtype) {
      context.invalid(`input ${index} and its zero point differ in type`);
    }
  }
}

function zeroPointType(context: OpContext, index: number): DType {
  return context.has(index) ? context.dtype(index, 'int8', 'uint8') : 'uint8';
}
