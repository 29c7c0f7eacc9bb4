/** Pools, reductions, Softmax and ArgMax. */
import { direct, eitherForm, isSmall, island, product } from '../context.js';
import type { Attributes, OperatorGenerator, StepContext } from '../context.js';
import type { Step, TensorNode } from '../graph.js';
import { randomWindow } from './windows.js';

export const poolGenerators: readonly OperatorGenerator[] = [
  { op: 'MaxPool', forms: ['QDQ', 'QOperator'], generate: maxPool },
  {
    op: 'GlobalMaxPool',
    forms: ['QDQ'],
    generate: (context) => {
      const { x } = context;
      if (x.shape.length < 3) return undefined;
      const output = context.result(globalShape(x), context.sameOrSimilar());
      return island('GlobalMaxPool', [x], output, 'exact', ({ builder }, names) =>
        builder.node('GlobalMaxPool', names),
      );
    },
  },
  { op: 'AveragePool', forms: ['QDQ'], generate: averagePool },
  { op: 'QLinearAveragePool', forms: ['QOperator'], generate: averagePool },
  { op: 'GlobalAveragePool', forms: ['QDQ'], generate: globalAveragePool },
  { op: 'QLinearGlobalAveragePool', forms: ['QOperator'], generate: globalAveragePool },
  {
    op: 'ReduceMean',
    forms: ['QDQ'],
    generate: (context) => {
      const { x, settings } = context;
      if (x.shape.length < 2) return undefined;
      const axes = context.random.pick([[x.shape.length - 1], [1], x.shape.map((_, axis) => axis).slice(1)]);
      const keepdims = context.random.integer(0, 1);
      const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const shape = keepdims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
      const output = context.result(shape, context.sameOrSimilar());
      return island('ReduceMean', [x], output, 'within one', ({ builder }, [name]) =>
        settings.opset < 18
          ? builder.node('ReduceMean', [name!], { axes, keepdims })
          : builder.node('ReduceMean', [name!, builder.constant('int64', [axes.length], axes)], { keepdims }),
      );
    },
  },
  { op: 'Softmax', forms: ['QDQ'], generate: (context) => softmax(context, 'Softmax', shares(context), 'within one') },
  {
    op: 'LogSoftmax',
    forms: ['QDQ'],
    generate: (context) => {
      const [min, max] = context.realRange();
      return softmax(context, 'LogSoftmax', context.covering(min - max - 1, 0), 'within one');
    },
  },
  {
    op: 'QLinearSoftmax',
    forms: ['QOperator'],
    generate: (context) => {
      const { x, settings } = context;
      const output = context.result(x.shape, shares(context));
      return direct('QLinearSoftmax', [x], output, 'within one', ({ builder }, [name]) => {
        const operands = [name!, ...builder.parameters(x.parameters!), ...builder.parameters(output.parameters!)];
        const attributes = { axis: x.shape.length - 1, opset: settings.opset };
        return builder.node('QLinearSoftmax', operands, attributes, { domain: 'com.microsoft' });
      });
    },
  },
  {
    op: 'ArgMax',
    forms: ['QDQ', 'QOperator'],
    isLast: true,
    generate: (context) => {
      const { x, settings, random } = context;
      const axis = random.integer(0, x.shape.length - 1);
      const keepdims = random.integer(0, 1);
      if (x.shape.length < 2 || (!context.isQdq && settings.opset < 13)) return undefined;
      const output = context.result(keepdims ? x.shape.with(axis, 1) : x.shape.toSpliced(axis, 1));
      return {
        op: 'ArgMax',
        inputs: [x],
        outputs: [output],
        oracle: 'exact',
        emit: (emission) => {
          const name = context.isQdq ? emission.float(x) : emission.integer(x);
          emission.setInteger(output, emission.builder.node('ArgMax', [name], { axis, keepdims }));
        },
      };
    },
  },
];

function globalShape({ shape }: TensorNode): number[] {
  return shape.map((size, axis) => (axis < 2 ? size : 1));
}

/** On integers from opset 12. */
function maxPool(context: StepContext): Step | undefined {
  const { x, settings } = context;
  const window = poolWindow(context);
  if (!window || (!context.isQdq && settings.opset < 12)) return undefined;
  const output = context.result([...x.shape.slice(0, 2), ...window.spatial], context.sameOrSimilar());
  return eitherForm(context, 'MaxPool', [x], output, ({ builder }, names) =>
    builder.node('MaxPool', names, window.attributes),
  );
}

function averagePool(context: StepContext): Step | undefined {
  const { x } = context;
  const window = poolWindow(context);
  // Dilations are an attribute of AveragePool from opset 19.
  if (!window || window.attributes['dilations'] !== undefined) return undefined;
  // Windows that hang over the end with ceil_mode are divided by different numbers in ONNX and in ONNX Runtime: such a QDQ model is refused.
  const countsPads = context.random.integer(0, 1) * Number(!(context.isQdq && window.attributes['ceil_mode'] === 1));
  const attributes = { ...window.attributes, count_include_pad: countsPads };
  const output = context.result([...x.shape.slice(0, 2), ...window.spatial], averageParameters(context));
  if (context.isQdq) {
    return island('AveragePool', [x], output, 'exact', ({ builder }, names) =>
      builder.node('AveragePool', names, attributes),
    );
  }
  return qlinearPool(context, 'QLinearAveragePool', output, attributes);
}

function globalAveragePool(context: StepContext): Step | undefined {
  const { x } = context;
  if (x.shape.length < 3) return undefined;
  const output = context.result(globalShape(x), averageParameters(context));
  if (context.isQdq) {
    return island('GlobalAveragePool', [x], output, 'exact', ({ builder }, names) =>
      builder.node('GlobalAveragePool', names),
    );
  }
  return qlinearPool(context, 'QLinearGlobalAveragePool', output, {});
}

function qlinearPool(context: StepContext, op: string, output: TensorNode, attributes: Attributes): Step {
  const { x } = context;
  return direct(op, [x], output, 'exact', ({ builder }, [name]) => {
    const operands = [name!, ...builder.parameters(x.parameters!), ...builder.parameters(output.parameters!)];
    return builder.node(op, operands, attributes, { domain: 'com.microsoft' });
  });
}

/** Averages of random elements lie near the middle. */
function averageParameters(context: StepContext): ReturnType<StepContext['covering']> {
  const [min, max] = context.realRange();
  const [middle, half] = [(min + max) / 2, (max - min) / 4];
  return context.covering(Math.min(0, middle - half), Math.max(0, middle + half));
}

function poolWindow(context: StepContext): ReturnType<typeof randomWindow> {
  const sizes = context.x.shape.slice(2);
  if (sizes.length < 1 || sizes.length > 3) return undefined;
  const window = randomWindow(context.random, sizes, { pool: true });
  return window && isSmall([...context.x.shape.slice(0, 2), ...window.spatial]) ? window : undefined;
}

/** Quantization of shares, without scales that ONNX Runtime's quotients overflow with. */
function shares(context: StepContext): ReturnType<StepContext['covering']> {
  const parameters = context.covering(0, 1);
  return { ...parameters, scale: Math.max(parameters.scale, Math.fround(1 / (148 * context.x.shape.at(-1)!))) };
}

/** Over the last axis: before opset 13 the operator flattens what follows its axis. */
function softmax(
  context: StepContext,
  op: string,
  parameters: ReturnType<StepContext['covering']>,
  oracle: Step['oracle'],
): Step | undefined {
  const { x } = context;
  if (product(x.shape) < 2) return undefined;
  const output = context.result(x.shape, parameters);
  return island(op, [x], output, oracle, ({ builder }, names) => builder.node(op, names, { axis: x.shape.length - 1 }));
}
