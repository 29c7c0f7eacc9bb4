/** QuantizeLinear, DequantizeLinear (opsets 10 to 21). */
import { elementCount } from '../../ir/types.js';
import type { DType } from '../../ir/types.js';
import type { OpContext, OpResult, OpTable } from '../context.js';

/** TensorProto.DataType of the two output types of QuantizeLinear, by attribute output_dtype. */
const OUTPUT_DTYPES: Readonly<Record<number, DType>> = { 2: 'uint8', 3: 'int8' };

export const quantizeOps: OpTable = {
  QuantizeLinear: {
    attributes: ['axis', 'saturate', 'block_size', 'output_dtype', 'precision'],
    inputs: [2, 3],
    infer: (context) => {
      context.dtype(0, 'float32');
      const declared = context.int('output_dtype', 0);
      const dtype = context.has(2) ? context.type(2).dtype : declared === 0 ? 'uint8' : OUTPUT_DTYPES[declared];
      if (dtype !== 'int8' && dtype !== 'uint8')
        return context.refuse('it quantizes to another type than int8 or uint8', 'quantize to int8 or uint8');
      return result(context, dtype);
    },
  },
  DequantizeLinear: {
    attributes: ['axis', 'block_size', 'output_dtype'],
    inputs: [2, 3],
    infer: (context) => {
      context.dtype(0, 'int8', 'uint8', 'int32');
      if (context.has(2) && context.type(2).dtype !== context.type(0).dtype)
        context.invalid('its zero point has another type');
      return result(context, 'float32');
    },
  },
};

function result(context: OpContext, dtype: DType): OpResult {
  if (context.int('block_size', 0) !== 0)
    context.refuse('blocked quantization is not supported', 'quantize per tensor or per channel');
  context.dtype(1, 'float32');
  const { shape } = context.type(0);
  const scales = elementCount(context.type(1).shape);
  if (context.has(2) && elementCount(context.type(2).shape) !== scales)
    context.invalid('scale and zero point differ in size');
  const perChannel =
    scales > 1 ||
    (context.type(1).shape.length === 1 && shape.length > 1 && context.node.attributes['axis'] !== undefined);
  if (scales > 1 || perChannel) {
    const axis = context.axis(context.int('axis', 1), shape.length);
    if (scales !== 1 && shape[axis] !== scales) context.invalid(`it has ${scales} scales for ${shape[axis]} channels`);
    return { outputs: [context.value(dtype, shape)], attributes: { axis } };
  }
  return { outputs: [context.value(dtype, shape)], attributes: {} };
}
