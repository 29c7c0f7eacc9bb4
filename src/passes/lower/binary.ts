/** Lowering of element-wise operators of two inputs, float and QOperator, and of BatchNormalization. */
import type { OnnxNode, Quantization, Shape } from '../../ir/types.js';
import { elementCount } from '../../ir/types.js';
import { expandSources } from '../../ir/moves.js';
import type { AccumulatorFact, PairOperand, PairSource, PendingFact, WeightsFact } from './facts.js';
import { mapByConstant, settlePair } from './pair.js';
import { broadcastMove, broadcastPending, combinePending, mapByClass } from './pending.js';
import { quantizeAccumulator } from './quantize.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import { addStep, isScaled } from './steps.js';
import type { ScaledFact } from './steps.js';

/** float32 operators of two floats. */
const FLOAT_OPS: Readonly<Record<string, (x: number, y: number) => number>> = {
  Add: (x, y) => Math.fround(x + y),
  Sub: (x, y) => Math.fround(x - y),
  Mul: (x, y) => Math.fround(x * y),
  Div: (x, y) => Math.fround(x / y),
  Max: (x, y) => Math.max(x, y),
  Min: (x, y) => Math.min(x, y),
  Pow: (x, y) => Math.fround(x ** y),
  PRelu: (x, slope) => (x >= 0 ? x : Math.fround(x * slope)),
};

/** A constant operand: its floats, and the integers behind them where it is quantized per tensor. */
interface ConstantOperand {
  readonly kind: 'constant';
  readonly shape: Shape;
  readonly floats: Float32Array;
  readonly quantized?: {
    readonly data: Int32Array;
    readonly quantization: Quantization;
    readonly dtype: 'int8' | 'uint8';
  };
}

type Operand = ConstantOperand | PendingFact | ScaledFact;

/** Add, Sub, Mul, Div, Max, Min, Pow and PRelu on floats. */
export function lowerBinary(state: LoweringState, node: OnnxNode): void {
  const [a, b] = [readOperand(state, node, 0), readOperand(state, node, 1)];
  const apply = FLOAT_OPS[node.op]!;
  if (a.kind === 'constant' && b.kind === 'constant')
    return refuse(node, 'both of its operands are constants', 'fold constants when exporting');
  if (a.kind === 'accumulator' || b.kind === 'accumulator') return state.set(node, scaled(state, node, a, b));
  if (a.kind === 'pending' && b.kind === 'pending') return state.set(node, ofTwo(state, node, a, b));
  if (b.kind === 'constant') return state.set(node, withConstant(state, node, a as PendingFact, b, false));
  state.set(
    node,
    withConstant(state, node, b, a as ConstantOperand, true, (x, constant) => apply(constant, x)),
  );
}

function readOperand(state: LoweringState, node: OnnxNode, index: number): Operand {
  const fact = state.fact(node, index);
  const name = node.inputs[index]!;
  switch (fact.kind) {
    case 'pending':
      return fact;
    case 'constant':
      return {
        kind: 'constant',
        shape: fact.tensor.shape,
        floats: Float32Array.from(fact.tensor.data as Float32Array),
      };
    case 'weights':
      return dequantizedConstant(fact);
    case 'accumulator': {
      if (isScaled(fact)) return fact;
      const settled = settlePair(state, node, fact);
      return settled ?? notQuantized(node, `its input ${name} is the float result of ${fact.node}`);
    }
    default:
      return notQuantized(node, `its input ${name} is float`);
  }
}

function dequantizedConstant({ tensor, scales, zeroPoints, axis }: WeightsFact): ConstantOperand {
  const inner = axis === undefined ? 1 : elementCount(tensor.shape.slice(axis + 1));
  const channel = (i: number): number => (scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length);
  const data = Int32Array.from(tensor.data as Int8Array);
  const floats = Float32Array.from(data, (q, i) => (q - zeroPoints[channel(i)]!) * scales[channel(i)]!);
  const { dtype, shape } = tensor;
  if (axis !== undefined || (dtype !== 'int8' && dtype !== 'uint8')) return { kind: 'constant', shape, floats };
  const quantization = { scale: scales[0]!, zeroPoint: zeroPoints[0]! };
  return { kind: 'constant', shape, floats, quantized: { data, quantization, dtype } };
}

/** A scaling step: an accumulator with a constant. */
function scaled(state: LoweringState, node: OnnxNode, a: Operand, b: Operand): AccumulatorFact {
  const constant = a.kind === 'constant' ? a : b.kind === 'constant' ? b : undefined;
  const fact = a.kind === 'accumulator' ? a : b.kind === 'accumulator' ? b : undefined;
  if (!constant || !fact)
    return notQuantized(node, 'it takes an activation and an accumulator that is not quantized yet');
  return addStep(state, node, fact, constant, a.kind === 'constant');
}

function withConstant(
  state: LoweringState,
  node: OnnxNode,
  fact: PendingFact,
  constant: ConstantOperand,
  constantFirst: boolean,
  apply = FLOAT_OPS[node.op]!,
): PendingFact | AccumulatorFact {
  const shape = state.outputShape(node);
  const { op } = node;
  if (fact.plain && constant.quantized && (op === 'Add' || op === 'Mul')) {
    const { data, quantization, dtype } = constant.quantized;
    const fixed = { data, quantization, dtype, shape: constant.shape };
    const element = { value: fact.value, quantization: fact.plain };
    return pairFact(state, node, op, constantFirst ? [fixed, element] : [element, fixed], true);
  }
  const whole = broadcastPending(state, node, fact, shape);
  const sources = expandSources(constant.shape, shape);
  return mapByConstant(
    whole,
    op,
    Float32Array.from(sources, (source) => constant.floats[source]!),
    apply,
  );
}

function ofTwo(state: LoweringState, node: OnnxNode, a: PendingFact, b: PendingFact): PendingFact | AccumulatorFact {
  const { op } = node;
  const plain = a.plain && b.plain;
  const linear = op === 'Add' || op === 'Sub' || op === 'Mul';
  const sameShape = state.builder.value(a.value).shape.join() === state.builder.value(b.value).shape.join();
  if (a.value === b.value && sameShape && !(plain && linear)) return combinePending(a, b, op, FLOAT_OPS[op]!);
  if (!linear)
    return refuse(node, 'both of its operands are activations', 'only Add, Sub and Mul take two activations');
  const [first, second] = [state.plainOperand(node, 0), state.plainOperand(node, 1)];
  return pairFact(state, node, op, [first, second], plain !== undefined && op !== 'Sub');
}

/** An operand before it is broadcast. */
type Unspread =
  | { readonly value: string; readonly quantization: Quantization }
  | {
      readonly data: Int32Array;
      readonly quantization: Quantization;
      readonly dtype: 'int8' | 'uint8';
      readonly shape: Shape;
    };

function pairFact(
  state: LoweringState,
  node: OnnxNode,
  op: PairSource['op'],
  operands: readonly [Unspread, Unspread],
  fused: boolean,
): AccumulatorFact {
  const shape = state.outputShape(node);
  const [a] = operands;
  const from = 'value' in a ? state.builder.value(a.value).shape : a.shape;
  const spread = operands.map((operand) => spreadOperand(state, node, operand, shape)) as [PairOperand, PairOperand];
  const source: PairSource = { kind: 'pair', op, operands: spread, shape, fused, swapped: repeats(from, shape) };
  return { kind: 'accumulator', node: node.name, source, clips: [], moves: [] };
}

function spreadOperand(state: LoweringState, node: OnnxNode, operand: Unspread, shape: Shape): PairOperand {
  const { quantization } = operand;
  if ('data' in operand) {
    const data = expandSources(operand.shape, shape).map((source) => operand.data[source]!);
    return { kind: 'constant', data, quantization, dtype: operand.dtype };
  }
  const { builder } = state;
  const dtype = builder.dtype(operand.value);
  const from = builder.value(operand.value).shape;
  if (from.join() === shape.join()) return { kind: 'element', value: operand.value, quantization, dtype };
  const input = builder.withQuantization(operand.value, quantization, node.name);
  const value = builder.move(input, broadcastMove(node, from, shape), `${node.outputs[0]!}.broadcast`);
  return { kind: 'element', value, quantization, dtype };
}

/** Whether broadcasting repeats each element along the innermost axis that has several. */
function repeats(from: Shape, shape: Shape): boolean {
  const axis = shape.findLastIndex((size) => size > 1);
  return axis >= 0 && (from[axis - shape.length + from.length] ?? 1) === 1;
}

/** QLinearAdd and QLinearMul: a, a_scale, a_zero_point, b, b_scale, b_zero_point, c_scale, c_zero_point. */
export function lowerQLinearBinary(state: LoweringState, node: OnnxNode): void {
  const operands = [quantizedOperand(state, node, 0), quantizedOperand(state, node, 3)] as const;
  if (operands.every((operand) => 'data' in operand))
    return refuse(node, 'both of its operands are constants', 'fold constants when exporting');
  const op = node.op === 'QLinearAdd' ? 'Add' : 'Mul';
  const fact = pairFact(state, node, op, operands, true);
  const value = quantizeAccumulator(state, node, fact, state.target(node, 6, 7), node.outputs[0]!);
  state.set(node, { kind: 'integer', value });
}

function quantizedOperand(state: LoweringState, node: OnnxNode, index: number): Unspread {
  const fact = state.fact(node, index);
  const quantization = state.activationQuantization(node, index + 1, index + 2);
  if (fact.kind === 'integer') return { value: fact.value, quantization };
  if (fact.kind !== 'constant') return refuse(node, `its input ${node.inputs[index]} is not quantized`);
  const { tensor } = fact;
  const data = Int32Array.from(tensor.data as Int8Array);
  return { data, quantization, dtype: tensor.dtype as 'int8' | 'uint8', shape: tensor.shape };
}

/**
 * BatchNormalization with constant parameters: x * a + b per channel (axis 1), with a = scale / sqrt(variance + epsilon) and
 * b = bias - mean * a, in float32 and this order as ONNX Runtime.
 */
export function lowerBatchNormalization(state: LoweringState, node: OnnxNode): void {
  const operand = readOperand(state, node, 0);
  if (operand.kind !== 'pending')
    return notQuantized(node, `its input ${node.inputs[0]} is a float result that is not quantized`);
  const [scale, bias, mean, variance] = [1, 2, 3, 4].map(
    (index) => state.constant(node, index, 'parameters').data as Float32Array,
  );
  const epsilon = node.attributes['epsilon'] as number;
  const { fround } = Math;
  const factors = scale!.map((s, c) => s * fround(1 / fround(Math.sqrt(fround(variance![c]! + epsilon)))));
  const offsets = bias!.map((b, c) => b - fround(mean![c]! * factors[c]!));
  const shape = state.outputShape(node);
  const inner = elementCount(shape.slice(2));
  const channels = Int32Array.from({ length: elementCount(shape) }, (_, i) => Math.floor(i / inner) % shape[1]!);
  const apply = (x: number, channel: number): number => fround(fround(x * factors[channel]!) + offsets[channel]!);
  state.set(node, mapByClass(operand, node.op, channels, apply));
}
