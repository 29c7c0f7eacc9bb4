/** Conv, MatMul, Gemm and their QOperator forms. */
import { BOUNDS, biasParameters } from '../../support/compare-oracle.js';
import type { QuantizationParameters } from '../../support/model-builder.js';
import { MAX_PRODUCTS, direct, isSmall, island, product } from '../context.js';
import type { Attributes, OperatorGenerator, StepContext } from '../context.js';
import type { ActivationParameters, Emission, Step } from '../graph.js';
import { randomWindow } from './windows.js';

export const linearGenerators: readonly OperatorGenerator[] = [
  { op: 'Conv', forms: ['QDQ'], generate: generateConv },
  { op: 'QLinearConv', forms: ['QOperator'], generate: generateConv },
  { op: 'MatMul', forms: ['QDQ'], generate: generateMatMul },
  { op: 'QLinearMatMul', forms: ['QOperator'], generate: generateMatMul },
  { op: 'Gemm', forms: ['QDQ'], generate: generateGemm },
  { op: 'QGemm', forms: ['QOperator'], generate: generateGemm },
];

/** Random constants of a linear operator. */
interface Linear {
  readonly weights: { readonly shape: readonly number[]; readonly data: readonly number[] };
  readonly parameters: QuantizationParameters;
  readonly bias?: readonly number[];
}

function generateConv(context: StepContext): Step | undefined {
  const { random, x } = context;
  const [batch, channels, ...sizes] = x.shape;
  if (batch !== 1 || channels === undefined || sizes.length < 1 || sizes.length > 3) return undefined;
  const window = randomWindow(random, sizes, { pool: false });
  if (!window) return undefined;
  const group = random.pick([1, 1, channels, ...(channels % 2 === 0 ? [2] : [])]);
  const filters = group * random.integer(1, Math.max(1, Math.floor(4 / group)));
  const shape = [filters, channels / group, ...window.kernel];
  const output = [1, filters, ...window.spatial];
  if (!isSmall(output) || product(window.spatial) * product(shape) > MAX_PRODUCTS) return undefined;
  const attributes = group > 1 ? { ...window.attributes, group } : window.attributes;
  return linearStep(context, 'Conv', linear(context, shape, filters, 0, 'optional'), filters, output, attributes);
}

function generateMatMul(context: StepContext): Step | undefined {
  const { random, x } = context;
  const depth = x.shape.at(-1);
  if (depth === undefined || x.shape.length < 2) return undefined;
  const columns = random.integer(1, 6);
  const output = [...x.shape.slice(0, -1), columns];
  if (!isSmall(output) || product(output) * depth > MAX_PRODUCTS) return undefined;
  return linearStep(context, 'MatMul', linear(context, [depth, columns], columns, 1, 'none'), columns, output, {});
}

function generateGemm(context: StepContext): Step | undefined {
  const { random, x } = context;
  if (x.shape.length !== 2) return undefined;
  const [rows, depth] = x.shape as [number, number];
  const columns = random.integer(1, 6);
  if (rows * columns * depth > MAX_PRODUCTS) return undefined;
  const transB = random.integer(0, 1);
  const shape = transB ? [columns, depth] : [depth, columns];
  const bias = context.isQdq && context.settings.opset < 11 ? 'required' : 'optional';
  const constants = linear(context, shape, columns, transB ? 0 : 1, bias);
  return linearStep(context, 'Gemm', constants, columns, [rows, columns], { transB });
}

function linear(
  context: StepContext,
  shape: readonly number[],
  channels: number,
  axis: number,
  bias: 'none' | 'optional' | 'required',
): Linear {
  const parameters = context.weights(channels, axis);
  const data = context.random.integers(product(shape), ...weightBounds(context));
  const hasBias = bias === 'required' || (bias === 'optional' && context.chance(0.7));
  return {
    weights: { shape, data },
    parameters,
    ...(hasBias ? { bias: context.random.integers(channels, -3000, 3000) } : {}),
  };
}

/**
 * In exact mode ONNX Runtime makes int8 weights uint8 unless they fit in 7 bits, and has no matrix product of int8 activations with uint8
 * weights; 7 bits are exact as they are.
 */
function weightBounds({ settings, isQdq }: StepContext): readonly [number, number] {
  return !isQdq && settings.dtype === 'int8' ? [-64, 63] : BOUNDS[settings.weightDtype];
}

function linearStep(
  context: StepContext,
  op: 'Conv' | 'MatMul' | 'Gemm',
  constants: Linear,
  channels: number,
  shape: readonly number[],
  attributes: Attributes,
): Step {
  const { x, parameters: from } = context;
  const sums = context.sums(constants.parameters, constants.weights.data.length / channels);
  if (!context.isQdq) return qoperatorStep(context, op, constants, context.result(shape, sums), attributes);
  const activation = context.chance(0.4) ? randomActivation(context, sums) : undefined;
  const output = context.result(shape, activation?.parameters ?? sums);
  const name = activation ? `${op}+${activation.op}` : op;
  return island(name, [x], output, 'exact', ({ builder }, [float]) => {
    const { weights, parameters, bias } = constants;
    const operands = [float!, builder.weights(weights.shape, weights.data, parameters)];
    if (bias) operands.push(builder.weights([channels], bias, biasParameters(from.scale, parameters)));
    const y = builder.node(op, operands, attributes);
    return activation ? activation.emit(builder, y) : y;
  });
}

function qoperatorStep(
  context: StepContext,
  op: 'Conv' | 'MatMul' | 'Gemm',
  { weights, parameters, bias }: Linear,
  output: ReturnType<StepContext['result']>,
  attributes: Attributes,
): Step {
  const { x, parameters: from } = context;
  const name = op === 'Gemm' ? 'QGemm' : `QLinear${op}`;
  return direct(name, [x], output, 'exact', ({ builder }, [integers]) => {
    const to = builder.parameters(output.parameters!);
    const operands = [integers!, ...builder.parameters(from)];
    operands.push(builder.constant(parameters.dtype as 'int8', weights.shape, weights.data));
    operands.push(...builder.parameters(parameters));
    const biases = bias ? [builder.constant('int32', [bias.length], bias)] : [];
    if (op === 'Gemm') operands.push(...(bias ? biases : ['']), ...to);
    else operands.push(...to, ...biases);
    return builder.node(name, operands, attributes, op === 'Gemm' ? { domain: 'com.microsoft' } : {});
  });
}

interface Activation {
  readonly op: string;
  readonly parameters: ActivationParameters;
  readonly emit: (builder: Emission['builder'], y: string) => string;
}

/** Relu or Clip between the operator and its QuantizeLinear. */
function randomActivation(context: StepContext, sums: ActivationParameters): Activation {
  const zeroPoint = context.chance(0.5) ? BOUNDS[sums.dtype][0] : sums.zeroPoint;
  if (context.chance(0.5)) {
    return { op: 'Relu', parameters: { ...sums, zeroPoint }, emit: (builder, y) => builder.node('Relu', [y]) };
  }
  const [min, max] = [context.random.integer(-60, 0), context.random.integer(20, 90)].map(
    (q) => (q + 0.3) * sums.scale,
  ) as [number, number];
  const emit: Activation['emit'] = (builder, y) => {
    if (context.settings.opset < 11) return builder.node('Clip', [y], { min: { float: min }, max: { float: max } });
    return builder.node('Clip', [y, builder.constant('float32', [], [min]), builder.constant('float32', [], [max])]);
  };
  return { op: 'Clip', parameters: sums, emit };
}
