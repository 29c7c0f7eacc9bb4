/** Softmax and LogSoftmax (ONNX) and QLinearSoftmax (com.microsoft). All leave the attributes `axis`, from the front, and `coerced`. */
import type { OpContext, OpImport, OpResult, OpTable } from '../context.js';

/** Since this version of ONNX they run along one axis; before, along all axes from `axis` on. */
const ONE_AXIS = 13;

const softmax: OpImport = {
  attributes: ['axis'],
  inputs: [1, 1],
  infer: (context) => {
    context.dtype(0, 'float32');
    const fallback = context.opset < ONE_AXIS ? 1 : -1;
    return grouped(context, context.int('axis', fallback), context.opset);
  },
};

export const softmaxOps: OpTable = { Softmax: softmax, LogSoftmax: softmax };

export const qlinearSoftmaxOps: OpTable = {
  QLinearSoftmax: {
    attributes: ['axis', 'opset'],
    inputs: [4, 5],
    infer: (context) => {
      const dtype = context.dtype(0, 'int8', 'uint8');
      for (const index of [2, 4]) {
        if (context.has(index) && context.type(index).dtype !== dtype)
          context.invalid('a zero point has another type than the input');
      }
      const opset = context.int('opset', 0);
      if (opset < 1) context.invalid('attribute opset is missing');
      return grouped(context, context.int('axis', -1), opset);
    },
  },
};

function grouped(context: OpContext, axis: number, opset: number): OpResult {
  const { dtype, shape } = context.type(0);
  if (shape.length === 0) context.invalid('its input is a scalar');
  const attributes = { axis: context.axis(axis, shape.length), coerced: Number(opset < ONE_AXIS) };
  return { outputs: [context.value(dtype, shape)], attributes };
}
