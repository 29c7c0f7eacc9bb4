/** Operators that keep the order of their elements: Reshape, Flatten, Squeeze, Unsqueeze, Identity, Dropout; and Cast. */
import { elementCount } from '../../ir/types.js';
import type { Shape } from '../../ir/types.js';
import type { OpContext, OpResult, OpTable } from '../context.js';
import { toDType, typeName } from '../tensor.js';

export const movementOps: OpTable = {
  Reshape: { attributes: ['allowzero'], inputs: [2, 2], infer: (context) => moved(context, reshape(context)) },
  Flatten: {
    attributes: ['axis'],
    inputs: [1, 1],
    infer: (context) => {
      const { shape } = context.type(0);
      const axis = context.axis(context.int('axis', 1), shape.length, true);
      return moved(context, [elementCount(shape.slice(0, axis)), elementCount(shape.slice(axis))]);
    },
  },
  Squeeze: {
    attributes: ['axes'],
    inputs: [1, 2],
    infer: (context) => {
      const { shape } = context.type(0);
      const axes = context.axes(1)?.map((axis) => context.axis(axis, shape.length));
      for (const axis of axes ?? []) if (shape[axis] !== 1) context.invalid(`axis ${axis} has size ${shape[axis]}`);
      return moved(
        context,
        shape.filter((size, axis) => (axes ? !axes.includes(axis) : size !== 1)),
      );
    },
  },
  Unsqueeze: {
    attributes: ['axes'],
    inputs: [1, 2],
    infer: (context) => {
      const { shape } = context.type(0);
      const given = context.axes(1) ?? context.invalid('it has no axes');
      const rank = shape.length + given.length;
      const axes = new Set(given.map((axis) => context.axis(axis, rank)));
      if (axes.size !== given.length) context.invalid('it names an axis twice');
      const rest = shape.values();
      return moved(
        context,
        Array.from({ length: rank }, (_, axis) => (axes.has(axis) ? 1 : rest.next().value!)),
      );
    },
  },
  Identity: { attributes: [], inputs: [1, 1], infer: (context) => moved(context, context.type(0).shape) },
  Dropout: {
    attributes: ['ratio', 'seed'],
    inputs: [1, 3],
    infer: (context) => {
      if (context.has(2)) {
        const training = context.constant(2);
        if (!training || Number(training.data[0]) !== 0)
          context.refuse('it drops elements at random (training_mode)', 'export the model for inference');
      }
      return moved(context, context.type(0).shape);
    },
  },
  Cast: {
    attributes: ['to', 'saturate', 'round_mode'],
    inputs: [1, 1],
    infer: (context) => {
      const to = context.int('to', 0);
      const dtype = toDType(to) ?? context.refuse(`it casts to ${typeName(to)}`, 'supported: float32 and integers');
      return { outputs: [context.value(dtype, context.type(0).shape)] };
    },
  },
};

function reshape(context: OpContext): Shape {
  const { shape } = context.type(0);
  const wanted = context.integers(1);
  const keepZero = context.int('allowzero', 0) !== 0;
  const known = wanted.map((size, axis) =>
    size === 0 && !keepZero ? (shape[axis] ?? context.invalid('it copies an axis that is not there')) : size,
  );
  const open = known.indexOf(-1);
  if (known.some((size) => size < -1) || known.indexOf(-1, open + 1) > open)
    context.invalid(`its shape is [${wanted.join(', ')}]`);
  const count = elementCount(shape);
  const rest = known.reduce((product, size, axis) => (axis === open ? product : product * size), 1);
  const result = open < 0 ? known : known.map((size, axis) => (axis === open ? count / rest : size));
  if (elementCount(result) !== count) {
    context.refuse(
      `[${shape.join(', ')}] cannot become [${wanted.join(', ')}]`,
      'where the shape fixes the batch size, export with -1 there, or with that batch size',
    );
  }
  return result;
}

/** Same elements in the same order under another shape. */
function moved(context: OpContext, shape: Shape): OpResult {
  return { outputs: [context.value(context.type(0).dtype, shape)] };
}
