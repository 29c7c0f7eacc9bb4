/** Averages: AveragePool, GlobalAveragePool, ReduceMean and their QOperator forms. */
import type { DType, Shape } from '../../ir/types.js';
import type { OpContext, OpImport, OpResult, OpTable } from '../context.js';
import { declaredWindow, resolveWindow, windowAttributes, windowedShape } from './geometry.js';

const POOL_ATTRIBUTES = ['auto_pad', 'ceil_mode', 'count_include_pad', 'kernel_shape', 'pads', 'strides'];

export const averageOps: OpTable = {
  AveragePool: {
    attributes: [...POOL_ATTRIBUTES, 'dilations'],
    inputs: [1, 1],
    infer: (context) => inferPool(context, context.dtype(0, 'float32')),
  },
  GlobalAveragePool: {
    attributes: [],
    inputs: [1, 1],
    infer: (context) => inferGlobal(context, context.dtype(0, 'float32')),
  },
  ReduceMean: {
    attributes: ['axes', 'keepdims', 'noop_with_empty_axes'],
    inputs: [1, 2],
    infer: (context) => {
      context.dtype(0, 'float32');
      const { shape } = context.type(0);
      const given = context.has(1) ? context.integers(1) : (context.ints('axes') ?? []);
      const axes = [...new Set(given.map((axis) => context.axis(axis, shape.length)))].sort((a, b) => a - b);
      if (axes.length !== given.length) context.invalid('it names an axis twice');
      const all = axes.length === 0 && context.int('noop_with_empty_axes', 0) === 0;
      const reduced = all ? shape.map((_, axis) => axis) : axes;
      const keep = context.int('keepdims', 1) !== 0;
      const result = shape.flatMap((size, axis) => (!reduced.includes(axis) ? [size] : keep ? [1] : []));
      return { outputs: [context.value('float32', result)], attributes: { axes: reduced } };
    },
  },
};

/** A QOperator form: x, x_scale, x_zero_point, y_scale, y_zero_point. */
function quantized(attributes: readonly string[], infer: (context: OpContext, dtype: DType) => OpResult): OpImport {
  return {
    attributes: [...attributes, 'channels_last'],
    inputs: [4, 5],
    infer: (context) => {
      const dtype = context.dtype(0, 'int8', 'uint8');
      if ([2, 4].some((index) => context.has(index) && context.type(index).dtype !== dtype))
        context.invalid('a zero point has another type than the input');
      if (context.int('channels_last', 0) !== 0)
        context.refuse('channels_last is not supported', 'quantize the model before it is converted to NHWC');
      return infer(context, dtype);
    },
  };
}

/** Domain com.microsoft. */
export const microsoftAverageOps: OpTable = {
  QLinearAveragePool: quantized(POOL_ATTRIBUTES, inferPool),
  QLinearGlobalAveragePool: quantized([], inferGlobal),
};

/**
 * Attributes in normal form: a plain window, count_include_pad, and counted_end: how far behind each axis's end padding counts
 * (windows that ceil_mode adds may reach further).
 */
function inferPool(context: OpContext, dtype: DType): OpResult {
  const shape = spatialInput(context);
  const kernel = context.ints('kernel_shape') ?? context.invalid('it has no kernel_shape');
  const window = resolveWindow(context, shape.slice(2), kernel);
  const type = context.value(dtype, windowedShape(context, shape, shape[1]!, window));
  const attributes = {
    ...windowAttributes(window),
    count_include_pad: context.int('count_include_pad', 0),
    counted_end: declaredWindow(context, shape.slice(2), kernel).padsEnd,
  };
  return { outputs: [type], attributes };
}

function inferGlobal(context: OpContext, dtype: DType): OpResult {
  const shape = spatialInput(context);
  if (shape.length > 5) context.refuse(`it has ${shape.length - 2} spatial axes; supported: 1 to 3`);
  const result = shape.map((size, axis) => (axis < 2 ? size : 1));
  return { outputs: [context.value(dtype, result)], attributes: {} };
}

function spatialInput(context: OpContext): Shape {
  const { shape } = context.type(0);
  return shape.length < 3 ? context.invalid(`its input has rank ${shape.length}`) : shape;
}
