/** Operators that move elements. */
import { direct, eitherForm, isSmall, island, product } from '../context.js';
import type { Attributes, OperatorGenerator, StepContext } from '../context.js';
import type { Emission, Form, Step } from '../graph.js';

const BOTH: readonly Form[] = ['QDQ', 'QOperator'];

export const movementGenerators: readonly OperatorGenerator[] = [
  {
    op: 'Reshape',
    forms: BOTH,
    generate: (context) => {
      const count = product(context.x.shape);
      const divisors = Array.from({ length: count }, (_, i) => i + 1).filter((d) => count % d === 0);
      const first = context.random.pick(divisors);
      const shape = context.random.pick([
        [1, count],
        [1, first, count / first],
        [first, count / first],
        [1, first, 1, count / first],
      ]);
      const open = context.chance(0.5) ? shape.with(context.random.integer(0, shape.length - 1), -1) : shape;
      return moved(context, 'Reshape', shape, {}, [open]);
    },
  },
  {
    op: 'Flatten',
    forms: BOTH,
    generate: (context) => {
      const { shape } = context.x;
      const axis = context.random.integer(0, shape.length);
      return moved(context, 'Flatten', [product(shape.slice(0, axis)), product(shape.slice(axis))], { axis });
    },
  },
  {
    op: 'Transpose',
    forms: BOTH,
    generate: (context) => {
      const { shape } = context.x;
      const perm = shape.map((_, axis) => axis);
      for (let i = perm.length - 1; i > 0; i--) {
        const j = context.random.integer(0, i);
        [perm[i], perm[j]] = [perm[j]!, perm[i]!];
      }
      return moved(
        context,
        'Transpose',
        perm.map((axis) => shape[axis]!),
        { perm },
      );
    },
  },
  {
    op: 'Squeeze',
    forms: BOTH,
    generate: (context) => {
      const { shape } = context.x;
      const axis = shape.lastIndexOf(1);
      if (axis < 0 || shape.length < 3) return undefined;
      return movedAlong(context, 'Squeeze', shape.toSpliced(axis, 1), [axis]);
    },
  },
  {
    op: 'Unsqueeze',
    forms: BOTH,
    generate: (context) => {
      const { shape } = context.x;
      if (shape.length > 4) return undefined;
      const axis = context.random.integer(0, shape.length);
      return movedAlong(context, 'Unsqueeze', shape.toSpliced(axis, 0, 1), [axis]);
    },
  },
  {
    op: 'Slice',
    forms: BOTH,
    generate: (context) => {
      const { shape } = context.x;
      const axis = context.random.integer(0, shape.length - 1);
      const size = shape[axis]!;
      const step = context.random.pick([1, 1, 2, -1]);
      const [start, end] = step > 0 ? [context.random.integer(0, size - 1), size] : [size - 1, -size - 1];
      const count = Math.ceil(step > 0 ? (end - start) / step : size / -step);
      return moved(context, 'Slice', shape.with(axis, count), {}, [[start], [end], [axis], [step]]);
    },
  },
  {
    op: 'Gather',
    forms: BOTH,
    generate: (context) => {
      const { shape } = context.x;
      const axis = context.random.integer(0, shape.length - 1);
      const size = shape[axis]!;
      const indices = context.random.integers(context.random.integer(1, size), -size, size - 1);
      return moved(context, 'Gather', shape.with(axis, indices.length), { axis }, [indices]);
    },
  },
  {
    op: 'Pad',
    forms: BOTH,
    generate: (context) => {
      const { shape } = context.x;
      if (context.settings.opset < 13) return undefined;
      const begin = shape.map((_, axis) => (axis < 2 ? 0 : context.random.integer(0, 2)));
      const end = shape.map((_, axis) => (axis < 2 ? 0 : context.random.integer(0, 2)));
      return moved(
        context,
        'Pad',
        shape.map((size, axis) => size + begin[axis]! + end[axis]!),
        {},
        [[...begin, ...end]],
      );
    },
  },
  { op: 'Concat', forms: ['QDQ'], generate: concat },
  { op: 'QLinearConcat', forms: ['QOperator'], generate: concat },
  { op: 'Split', forms: BOTH, generate: split },
];

/** A move with integer lists as its further inputs. */
function moved(
  context: StepContext,
  op: string,
  shape: readonly number[],
  attributes: Attributes = {},
  lists: readonly (readonly number[])[] = [],
): Step | undefined {
  if (!isSmall(shape)) return undefined;
  const output = context.result(shape, context.sameOrSimilar());
  return eitherForm(context, op, [context.x], output, ({ builder }, [name]) =>
    builder.node(op, [name!, ...lists.map((list) => builder.constant('int64', [list.length], list))], attributes),
  );
}

/** Axes are an attribute before opset 13. */
function movedAlong(
  context: StepContext,
  op: string,
  shape: readonly number[],
  axes: readonly number[],
): Step | undefined {
  return context.settings.opset < 13 ? moved(context, op, shape, { axes }) : moved(context, op, shape, {}, [axes]);
}

function concat(context: StepContext): Step | undefined {
  const { x } = context;
  const axis = context.random.integer(0, x.shape.length - 1);
  const shape = x.shape.with(axis, 2 * x.shape[axis]!);
  if (!isSmall(shape)) return undefined;
  const other = context.other(x.shape);
  const [[a, b], [c, d]] = [context.realRange(), context.realRange(other)];
  const same = other.parameters === x.parameters || context.chance(0.5);
  const output = context.result(shape, same ? context.parameters : context.covering(Math.min(a, c), Math.max(b, d)));
  if (context.isQdq) {
    return island('Concat', [x, other], output, 'exact', ({ builder }, floats) =>
      builder.node('Concat', floats, { axis }),
    );
  }
  return direct('QLinearConcat', [x, other], output, 'exact', ({ builder }, names) => {
    const operands = [x, other].flatMap(({ parameters }, i) => [names[i]!, ...builder.parameters(parameters!)]);
    return builder.node(
      'QLinearConcat',
      [...builder.parameters(output.parameters!), ...operands],
      { axis },
      {
        domain: 'com.microsoft',
      },
    );
  });
}

/** Split gives several results: at opset 13 and later its sizes are an input. */
function split(context: StepContext): Step | undefined {
  const { x, settings } = context;
  const axis = x.shape.findIndex((size) => size > 1);
  if (axis < 0 || settings.opset < 13) return undefined;
  const first = context.random.integer(1, x.shape[axis]! - 1);
  const sizes = [first, x.shape[axis]! - first];
  const outputs = sizes.map((size) => context.result(x.shape.with(axis, size), context.parameters));
  const emit = (emission: Emission): void => {
    const { builder } = emission;
    const name = context.isQdq ? emission.float(x) : emission.integer(x);
    const names = builder.nodeOf(2, 'Split', [name, builder.constant('int64', [2], sizes)], { axis });
    for (const [i, output] of outputs.entries()) {
      if (context.isQdq) emission.setFloat(output, names[i]!);
      else emission.setInteger(output, names[i]!);
    }
  };
  return { op: 'Split', inputs: [x], outputs, oracle: 'exact', emit };
}
