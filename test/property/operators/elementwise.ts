/** Element-wise operators of one and two tensors. */
import { BOUNDS } from '../../support/compare-oracle.js';
import { direct, isSmall, island, product } from '../context.js';
import type { Attributes, OperatorGenerator, StepContext } from '../context.js';
import type { Step } from '../graph.js';

/** A function of one element: what it can give for real numbers in a range, and its attributes. */
interface Unary {
  readonly op: string;
  readonly range: (min: number, max: number) => readonly [number, number];
  readonly attributes?: (context: StepContext) => Attributes;
  readonly opset?: number;
  /** Whether it is made of single float32 operations, which are the same everywhere. */
  readonly isExact?: true;
}

const UNARY: readonly Unary[] = [
  { op: 'Relu', range: (min, max) => [Math.max(0, min), Math.max(0.001, max)], isExact: true },
  { op: 'Sigmoid', range: () => [0, 1] },
  { op: 'Tanh', range: () => [-1, 1] },
  {
    op: 'LeakyRelu',
    range: (min, max) => [min * 0.1, Math.max(0.001, max)],
    attributes: (c) => ({ alpha: { float: Math.fround(c.random.next() / 2) } }),
  },
  { op: 'HardSigmoid', range: () => [0, 1] },
  { op: 'HardSwish', range: (_, max) => [-0.4, Math.max(0.1, max)], opset: 14 },
  { op: 'Elu', range: (min, max) => [Math.max(-1, min), Math.max(0.001, max)] },
  { op: 'Gelu', range: (_, max) => [-0.2, Math.max(0.1, max)], opset: 20 },
  { op: 'Erf', range: () => [-1, 1] },
];

const POINTWISE = ['Add', 'Sub', 'Mul'] as const;
type Pointwise = (typeof POINTWISE)[number];

export const elementwiseGenerators: readonly OperatorGenerator[] = [
  ...UNARY.map((unary): OperatorGenerator => ({
    op: unary.op,
    forms: ['QDQ'],
    generate: (context) => generateUnary(context, unary),
  })),
  { op: 'Clip', forms: ['QDQ', 'QOperator'], generate: generateClip },
  {
    op: 'QLinearSigmoid',
    forms: ['QOperator'],
    generate: (context) => qlinearUnary(context, 'QLinearSigmoid', [0, 1], {}),
  },
  {
    op: 'QLinearLeakyRelu',
    forms: ['QOperator'],
    generate: (context) => {
      const [min, max] = context.realRange();
      return qlinearUnary(context, 'QLinearLeakyRelu', [min * 0.1, Math.max(0.001, max)], { alpha: { float: 0.1 } });
    },
  },
  ...POINTWISE.map((op): OperatorGenerator => ({ op, forms: ['QDQ'], generate: (context) => pointwise(context, op) })),
  { op: 'QLinearAdd', forms: ['QOperator'], generate: (context) => pointwise(context, 'Add') },
  { op: 'QLinearMul', forms: ['QOperator'], generate: (context) => pointwise(context, 'Mul') },
  { op: 'BatchNormalization', forms: ['QDQ'], generate: batchNormalization },
];

function generateUnary(context: StepContext, unary: Unary): Step | undefined {
  if (context.settings.opset < (unary.opset ?? 1)) return undefined;
  const { x } = context;
  const attributes = unary.attributes?.(context) ?? {};
  const output = context.result(x.shape, context.covering(...unary.range(...context.realRange())));
  return island(unary.op, [x], output, unary.isExact ? 'exact' : 'within one', ({ builder }, floats) =>
    builder.node(unary.op, floats, attributes),
  );
}

/** Bounds are attributes before opset 11; integers are clipped from opset 12. */
function generateClip(context: StepContext): Step | undefined {
  const { x, random, settings } = context;
  const [least, most] = BOUNDS[settings.dtype];
  const bounds = [random.integer(least, least + 100), random.integer(most - 100, most)];
  if (!context.isQdq) {
    if (settings.opset < 12) return undefined;
    const output = context.result(x.shape, context.parameters);
    return direct('Clip', [x], output, 'exact', ({ builder }, [name]) =>
      builder.node('Clip', [name!, ...bounds.map((q) => builder.constant(settings.dtype, [], [q]))]),
    );
  }
  const { scale, zeroPoint } = context.parameters;
  const [min, max] = bounds.map((q) => Math.fround((q - zeroPoint + 0.3) * scale)) as [number, number];
  const output = context.result(x.shape, context.sameOrSimilar());
  return island('Clip', [x], output, 'exact', ({ builder }, [name]) =>
    settings.opset < 11
      ? builder.node('Clip', [name!], { min: { float: min }, max: { float: max } })
      : builder.node('Clip', [name!, builder.constant('float32', [], [min]), builder.constant('float32', [], [max])]),
  );
}

function qlinearUnary(
  context: StepContext,
  op: string,
  range: readonly [number, number],
  attributes: Attributes,
): Step {
  const { x } = context;
  const output = context.result(x.shape, context.covering(...range));
  return direct(op, [x], output, 'within one', ({ builder }, [name]) =>
    builder.node(
      op,
      [name!, ...builder.parameters(x.parameters!), ...builder.parameters(output.parameters!)],
      attributes,
      {
        domain: 'com.microsoft',
      },
    ),
  );
}

/** Of two tensors of one shape, or with the last axes of the first one broadcast. */
function pointwise(context: StepContext, op: Pointwise): Step | undefined {
  const { x } = context;
  const other = context.other(context.chance(0.8) ? x.shape : x.shape.map((size, axis) => (axis === 1 ? size : 1)));
  const [[a, b], [c, d]] = [context.realRange(), context.realRange(other)];
  const corners = op === 'Add' ? [a + c, b + d] : op === 'Sub' ? [a - d, b - c] : [a * c, a * d, b * c, b * d];
  const output = context.result(x.shape, context.covering(Math.min(...corners) / 2, Math.max(...corners) / 2));
  if (context.isQdq) {
    return island(op, [x, other], output, op === 'Sub' ? 'within one' : 'exact', ({ builder }, floats) =>
      builder.node(op, floats),
    );
  }
  return direct(`QLinear${op}`, [x, other], output, 'exact', ({ builder }, names) => {
    const operands = [x, other].flatMap(({ parameters }, i) => [names[i]!, ...builder.parameters(parameters!)]);
    return builder.node(
      `QLinear${op}`,
      [...operands, ...builder.parameters(output.parameters!)],
      {},
      {
        domain: 'com.microsoft',
      },
    );
  });
}

function batchNormalization(context: StepContext): Step | undefined {
  const { x, random } = context;
  const channels = x.shape[1];
  if (channels === undefined || !isSmall(x.shape) || product(x.shape) < 2) return undefined;
  const [min, max] = context.realRange();
  const span = max - min;
  const list = (low: number, high: number): number[] =>
    Array.from({ length: channels }, () => Math.fround(low + random.next() * (high - low)));
  const [scale, bias, mean, variance] = [list(0.5, 1.5), list(-0.2, 0.2), list(min / 4, max / 4), list(span, 2 * span)];
  const output = context.result(x.shape, context.covering(min / Math.sqrt(span) - 0.5, max / Math.sqrt(span) + 0.5));
  return island('BatchNormalization', [x], output, 'within one', ({ builder }, [name]) => {
    const constants = [scale, bias, mean, variance].map((data) => builder.constant('float32', [channels], data!));
    return builder.node('BatchNormalization', [name!, ...constants]);
  });
}
