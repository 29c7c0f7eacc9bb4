/** Lowering of Conv, MatMul, Gemm and their QOperator forms to integer accumulators. */
import { elementCount } from '../../ir/types.js';
import { transposeSources } from '../../ir/moves.js';
import type { OnnxNode, Quantization, Shape, Tensor } from '../../ir/types.js';
import type { AccumulatorFact, Move, WeightsFact } from './facts.js';
import { toWindow } from './movement.js';
import { quantizeAccumulator } from './quantize.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import { moveWeights } from './weights.js';

/** How far the scale of a bias may be from s_x * s_w, relatively: the rounding of tools that compute it in another precision. */
const BIAS_SCALE_TOLERANCE = 2 ** -20;

/** Weights as the accumulator uses them, with the float32 products s_x * s_w. */
interface LinearWeights {
  readonly weights: Int32Array;
  readonly products: Float32Array;
}

export function lowerFloatLinear(state: LoweringState, node: OnnxNode): void {
  if (node.op === 'MatMul' && state.fact(node, 0).kind === 'weights') return lowerLeftFactor(state, node);
  const { value, quantization } = state.plainOperand(node, 0);
  const weights = weightsOperand(state, node, 1);
  checkChannels(node, weights);
  const bias = state.has(node, 2) ? floatBias(state, node, quantization.scale, weights) : undefined;
  state.set(node, accumulate(state, node, value, quantization, weights, bias));
}

/** MatMul of constant weights W with an activation X: the transpose of X^T W^T. */
function lowerLeftFactor(state: LoweringState, node: OnnxNode): void {
  const { value, quantization } = state.plainOperand(node, 1);
  const weights = weightsOperand(state, node, 0);
  const shape = state.outputShape(node);
  const matrix = weights.tensor.shape.length === 2;
  const turned = matrix ? moveWeights(node, weights, swapLast(node, weights.tensor.shape)) : weights;
  checkChannels(node, turned);
  const input = state.builder.withQuantization(value, quantization, node.name);
  const xShape = state.builder.value(input).shape;
  const columns = xShape.length === 1 ? input : transposed(state, node, input, quantization);
  if (!matrix || xShape.length === 1)
    return state.set(node, accumulate(state, node, columns, quantization, turned, undefined));
  const swapped = swapLast(node, shape).shape;
  const result = accumulate(state, node, columns, quantization, turned, undefined, swapped);
  state.set(node, { ...result, moves: [swapLast(node, swapped)] });
}

/** Exchanges the last two axes. */
function swapLast(node: OnnxNode, shape: Shape): Move {
  const axes = shape.map((_, axis) => axis);
  const perm = [...axes.slice(0, -2), axes.length - 1, axes.length - 2];
  return {
    kind: 'move',
    name: node.name,
    label: 'Transpose',
    shape: perm.map((axis) => shape[axis]!),
    sources: transposeSources(shape, perm),
  };
}

/** Input positions of a QOperator form. */
interface QOperands {
  readonly bias: number;
  readonly scale: number;
  readonly zeroPoint: number;
}

const Q_OPERANDS: Readonly<Record<string, QOperands>> = {
  QLinearConv: { bias: 8, scale: 6, zeroPoint: 7 },
  QLinearMatMul: { bias: 8, scale: 6, zeroPoint: 7 },
  QGemm: { bias: 6, scale: 7, zeroPoint: 8 },
};

export function lowerQLinear(state: LoweringState, node: OnnxNode): void {
  const operands = Q_OPERANDS[node.op]!;
  const { value: integers, origin: quantization } = state.quantizedOperand(node, 0);
  const value = state.builder.withQuantization(integers, quantization, node.name);
  const tensor = state.constant(node, 3, 'weights');
  const weightQuantization = state.quantization(node, 4, 5);
  const axis = weightQuantization.scales.length === 1 ? undefined : channelAxis(node, tensor);
  const weights: WeightsFact = { kind: 'weights', tensor, axis, ...weightQuantization };
  const bias = state.has(node, operands.bias) ? state.constant(node, operands.bias, 'bias') : undefined;
  const accumulator = accumulate(state, node, value, quantization, weights, bias);
  const target = state.target(node, operands.scale, operands.zeroPoint);
  const result = quantizeAccumulator(state, node, accumulator, target, node.outputs[0]!);
  state.set(node, { kind: 'integer', value: result });
}

function isConv(node: OnnxNode): boolean {
  return node.op === 'Conv' || node.op === 'QLinearConv' || node.op === 'ConvInteger';
}

/** Axis of the weights that output channels run along. */
export function channelAxis(node: OnnxNode, tensor: Tensor): number {
  if (isConv(node)) return 0;
  return node.attributes['transB'] === 1 ? 0 : tensor.shape.length - 1;
}

function weightsOperand(state: LoweringState, node: OnnxNode, index: number): WeightsFact {
  const fact = state.fact(node, index);
  const name = node.inputs[index];
  if (fact.kind === 'constant') return notQuantized(node, `its weights ${name} are float`);
  if (fact.kind !== 'weights')
    return refuse(node, `its weights ${name} are computed from data`, 'only constant weights are supported');
  if (fact.tensor.dtype === 'int32')
    return refuse(node, `its weights ${name} are int32`, 'quantize weights to int8 or uint8');
  return fact;
}

function checkChannels(node: OnnxNode, { axis, tensor }: WeightsFact): void {
  if (axis !== undefined && axis !== channelAxis(node, tensor))
    refuse(node, `its weights are quantized along axis ${axis}`, 'quantize weights per output channel');
}

/** A bias in a QDQ model: DequantizeLinear of int32 with scale s_x * s_w. ONNX Runtime's fused kernels take its integers. */
function floatBias(state: LoweringState, node: OnnxNode, inputScale: number, weights: WeightsFact): Tensor {
  const fact = state.fact(node, 2);
  const hint = 'quantize the bias to int32 with scale s_x * s_w and zero point 0, as quantize_static does';
  if (fact.kind === 'constant') return notQuantized(node, `its bias ${node.inputs[2]} is float; ${hint}`);
  if (fact.kind !== 'weights') return refuse(node, `its bias ${node.inputs[2]} is computed from data`, hint);
  if (fact.tensor.dtype !== 'int32') return refuse(node, `its bias is ${fact.tensor.dtype}`, hint);
  if (fact.zeroPoints.some((zeroPoint) => zeroPoint !== 0))
    return refuse(node, 'its bias has a zero point other than 0', hint);
  const expected = weights.scales.map((scale) => inputScale * scale);
  if (fact.scales.length > 1 && fact.tensor.shape.length > 1 && fact.axis !== fact.tensor.shape.length - 1) {
    return refuse(node, 'its bias is quantized along another axis than the output channels', hint);
  }
  const channels = Math.max(expected.length, fact.scales.length);
  for (let i = 0; i < channels; i++) {
    const wanted = expected[expected.length === 1 ? 0 : i]!;
    const given = fact.scales[fact.scales.length === 1 ? 0 : i];
    if (given === undefined || !(Math.abs(given - wanted) <= BIAS_SCALE_TOLERANCE * wanted)) {
      return refuse(node, `its bias has the scale ${given} where s_x * s_w is ${wanted}`, hint);
    }
  }
  return fact.tensor;
}

/** Emits the conv or matmul node and describes its float result. */
export function accumulate(
  state: LoweringState,
  node: OnnxNode,
  value: string,
  quantization: Quantization,
  fact: WeightsFact,
  bias: Tensor | undefined,
  shape = state.outputShape(node),
): AccumulatorFact {
  const { weights, products } = subtractZeroPoints(fact, quantization.scale);
  const moves: AccumulatorFact['moves'] = [];
  const input = node.attributes['transA'] === 1 ? transposed(state, node, value, quantization) : value;
  const base = { name: node.name, inputs: [input] };
  const accumulatorName = `${node.outputs[0]!}.accumulator`;
  if (isConv(node)) {
    const output = state.builder.addValue(accumulatorName, 'int32', shape, { channelAxis: 1 });
    const window = toWindow(node);
    const group = node.attributes['group'] as number;
    state.builder.nodes.push({
      kind: 'conv',
      ...base,
      outputs: [output],
      window,
      group,
      weights,
      bias: toBias(node, bias, shape[1]!),
    });
    return accumulatorFact(node, output, products, moves);
  }
  const matrix = toMatrix(node, fact.tensor.shape, weights);
  const columns = matrix.length / state.builder.value(input).shape.at(-1)!;
  const vector = fact.tensor.shape.length === 1;
  const fullShape = vector ? [...shape, 1] : shape;
  const output = state.builder.addValue(accumulatorName, 'int32', fullShape, { channelAxis: fullShape.length - 1 });
  state.builder.nodes.push({
    kind: 'matmul',
    ...base,
    outputs: [output],
    weights: matrix,
    bias: toBias(node, bias, columns),
  });
  const drop = vector ? [{ kind: 'reshape' as const, name: node.name, shape }] : moves;
  return accumulatorFact(node, output, products, drop);
}

function transposed(state: LoweringState, node: OnnxNode, value: string, quantization: Quantization): string {
  const input = state.builder.withQuantization(value, quantization, node.name);
  return state.builder.move(input, swapLast(node, state.builder.value(input).shape), `${input}.transposed`);
}

function accumulatorFact(
  node: OnnxNode,
  value: string,
  products: Float32Array,
  moves: AccumulatorFact['moves'],
): AccumulatorFact {
  return { kind: 'accumulator', node: node.name, source: { kind: 'linear', value, products }, clips: [], moves };
}

function subtractZeroPoints(fact: WeightsFact, inputScale: number): LinearWeights {
  const { tensor, zeroPoints, scales, axis } = fact;
  const inner = axis === undefined ? 1 : elementCount(tensor.shape.slice(axis + 1));
  const channels = zeroPoints.length;
  const data = tensor.data as Int8Array | Uint8Array;
  const weights = Int32Array.from(
    data,
    (weight, i) => weight - zeroPoints[channels === 1 ? 0 : Math.floor(i / inner) % channels]!,
  );
  return { weights, products: scales.map((scale) => inputScale * scale) };
}

/** Weights as [K, N]. */
function toMatrix(node: OnnxNode, shape: readonly number[], weights: Int32Array): Int32Array {
  if (node.attributes['transB'] !== 1) return weights;
  const [n, k] = [shape[0]!, shape[1]!];
  const matrix = new Int32Array(weights.length);
  for (let row = 0; row < n; row++) for (let i = 0; i < k; i++) matrix[i * n + row] = weights[row * k + i]!;
  return matrix;
}

/** One int32 per output channel. Gemm's C broadcasts: a scalar, [1], [N] or [1, N]. */
function toBias(node: OnnxNode, bias: Tensor | undefined, channels: number): Int32Array {
  if (!bias) return new Int32Array(channels);
  const data = bias.data as Int32Array;
  const leading = bias.shape.slice(0, -1).some((size) => size !== 1);
  if (leading || (data.length !== channels && data.length !== 1)) {
    return refuse(node, `its bias has the shape [${bias.shape.join(', ')}]`, 'use one bias element per output channel');
  }
  return data.length === channels ? Int32Array.from(data) : new Int32Array(channels).fill(data[0]!);
}
