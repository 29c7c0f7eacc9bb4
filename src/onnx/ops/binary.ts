/** Element-wise operators of two inputs (numpy broadcasting), BatchNormalization, and the QOperator forms of Add and Mul. */
import { broadcastShape } from '../../ir/moves.js';
import type { OpContext, OpImport, OpTable } from '../context.js';

const CHANNEL_PARAMETERS = ['scale', 'bias', 'mean', 'variance'];

const binary: OpImport = {
  attributes: [],
  inputs: [2, 2],
  infer: (context) => {
    context.dtype(0, 'float32');
    context.dtype(1, 'float32');
    return { outputs: [context.value('float32', broadcast(context, 0, 1))] };
  },
};

export const binaryOps: OpTable = {
  Add: binary,
  Sub: binary,
  Mul: binary,
  Div: binary,
  Pow: binary,
  PRelu: {
    ...binary,
    infer: (context) => {
      const result = binary.infer(context);
      if (result.outputs[0]!.shape.join() !== context.type(0).shape.join())
        context.invalid('its slope does not broadcast to its input');
      return result;
    },
  },
  BatchNormalization: {
    attributes: ['epsilon', 'momentum', 'training_mode', 'spatial'],
    inputs: [5, 5],
    infer: (context) => {
      const { shape } = context.type(0);
      if (context.int('training_mode', 0) !== 0)
        context.refuse('it is in training mode', 'export the model for inference (model.eval() in PyTorch)');
      if (shape.length < 2) context.invalid(`its input has rank ${shape.length}`);
      for (const [i, name] of CHANNEL_PARAMETERS.entries()) {
        context.dtype(i + 1, 'float32');
        const parameter = context.type(i + 1).shape;
        if (parameter.length !== 1 || parameter[0] !== shape[1])
          context.invalid(`its ${name} has the shape [${parameter.join(', ')}] for ${shape[1]} channels`);
      }
      const epsilon = context.float('epsilon', Math.fround(1e-5));
      return { outputs: [context.value(context.dtype(0, 'float32'), shape)], attributes: { epsilon } };
    },
  },
};

/** QLinearAdd and QLinearMul: a, a_scale, a_zero_point, b, b_scale, b_zero_point, c_scale, c_zero_point. */
const qlinearBinary: OpImport = {
  attributes: [],
  inputs: [7, 8],
  infer: (context) => {
    const dtype = context.dtype(0, 'int8', 'uint8');
    const others = [2, 3, 5, 7].filter((index) => context.has(index));
    if (others.some((index) => context.type(index).dtype !== dtype)) context.invalid('its inputs differ in type');
    return { outputs: [context.value(dtype, broadcast(context, 0, 3))], attributes: {} };
  },
};

/** Domain com.microsoft. */
export const microsoftBinaryOps: OpTable = { QLinearAdd: qlinearBinary, QLinearMul: qlinearBinary };

function broadcast(context: OpContext, a: number, b: number): number[] {
  const [first, second] = [context.type(a).shape, context.type(b).shape];
  return (
    broadcastShape(first, second) ??
    context.invalid(`shapes [${first.join(', ')}] and [${second.join(', ')}] do not fit`)
  );
}
