/** Lowering of QuantizeLinear and DequantizeLinear: where float values become integers. */
import { dtypeRange } from '../../ir/types.js';
import type { IntRange, OnnxNode } from '../../ir/types.js';
import { quantizeFloat, requantizeMultiplier } from '../../ir/float32.js';
import type {
  AccumulatorFact,
  Fact,
  FloatBounds,
  InputFact,
  JoinedFact,
  LinearSource,
  Move,
  PendingFact,
  SoftmaxFact,
} from './facts.js';
import { quantizeMeans } from './mean.js';
import { quantizePair } from './pair.js';
import { addRequantize } from './request.js';
import type { Request } from './request.js';
import { quantizeSoftmax } from './softmax.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import { quantizeFloats } from './tables.js';
import type { Target } from './tables.js';

/** Smallest normal float32: smaller multipliers lose precision or vanish. */
const LEAST_MULTIPLIER = 2 ** -126;

export function lowerDequantize(state: LoweringState, node: OnnxNode): void {
  const fact = state.fact(node, 0);
  if (fact.kind === 'constant') {
    const { scales, zeroPoints } = state.quantization(node, 1, 2);
    const axis = scales.length === 1 ? undefined : (node.attributes['axis'] as number);
    state.set(node, { kind: 'weights', tensor: fact.tensor, scales, zeroPoints, axis });
    return;
  }
  if (fact.kind !== 'integer') return refuse(node, 'its input is not quantized');
  state.set(node, state.quantizedOperand(node, 0));
}

export function lowerQuantize(state: LoweringState, node: OnnxNode): void {
  const target = state.target(node, 1, 2);
  state.set(node, { kind: 'integer', value: quantizeFact(state, node, state.fact(node, 0), target) });
}

/** The integers of a float value under a quantization, as a value named after the node's output. */
export function quantizeFact(state: LoweringState, node: OnnxNode, fact: Fact, target: Target): string {
  switch (fact.kind) {
    case 'pending':
      return quantizePending(state, node, fact, target);
    case 'accumulator':
      return quantizeAccumulator(state, node, fact, target, node.outputs[0]!);
    case 'softmax':
      return quantizeMoved(state, fact, target, node.outputs[0]!);
    case 'input':
      return quantizeInput(state, node, fact, target);
    case 'joined':
      return quantizeJoined(state, node, fact, target);
    default:
      return notQuantized(node, `its input ${node.inputs[0]} has no integer meaning`);
  }
}

function quantizePending(state: LoweringState, node: OnnxNode, fact: PendingFact, target: Target): string {
  const label = fact.ops.length === 0 ? 'Requantize' : fact.ops.join(' + ');
  const tables = quantizeFloats(node, fact.floats, label, target);
  const input = state.builder.withQuantization(fact.value, fact.origin, node.name);
  const { quantization, dtype } = target;
  return state.addTable(input, tables, quantization, dtype, label, node.name, node.outputs[0]!, fact.rows);
}

/** Quantizes all parts alike, then brings their elements together. Constants are quantized ahead of time. */
function quantizeJoined(state: LoweringState, node: OnnxNode, fact: JoinedFact, target: Target): string {
  const { builder } = state;
  const output = node.outputs[0]!;
  const partName = (i: number): string => `${output}.part${i}`;
  const computed = fact.parts.map((part, i) =>
    part.kind === 'constant' ? undefined : quantizeFact(state, { ...node, outputs: [partName(i)] }, part, target),
  );
  const anchor = computed.find((value) => value !== undefined);
  if (anchor === undefined)
    return refuse(node, `${fact.label} ${fact.name} joins constants only`, 'compute it ahead of time');
  const values = fact.parts.map((part, i) => {
    if (part.kind !== 'constant') return computed[i]!;
    const floats = part.tensor.data as Float32Array;
    if (floats.some((float) => Number.isNaN(float))) refuse(node, `a constant of ${fact.label} ${fact.name} is NaN`);
    const integers = Int32Array.from(floats, (float) => quantizeFloat(float, target.quantization, target.dtype));
    return builder.constant(anchor, integers, part.tensor.shape, fact.label, fact.name, partName(i));
  });
  const { name, label, sources, shape } = fact;
  const joined = builder.gather(
    values,
    { name, label, sources, shape },
    0,
    fact.moves.length === 0 ? output : `${output}.joined`,
  );
  return applyAll(state, joined, fact.moves, output);
}

/** Applies moves to a value; the last result is named `output`. */
function applyAll(state: LoweringState, from: string, moves: readonly Move[], output: string): string {
  return moves.reduce(
    (value, move, i) => state.builder.move(value, move, i === moves.length - 1 ? output : `${output}.${move.kind}`),
    from,
  );
}

/** Quantizes the result of a Softmax or LogSoftmax and applies the moves that came before its QuantizeLinear. */
function quantizeMoved(state: LoweringState, fact: SoftmaxFact, target: Target, outputName: string): string {
  const name = fact.moves.length === 0 ? outputName : `${outputName}.quantized`;
  return applyAll(state, quantizeSoftmax(state, fact, target, name), fact.moves, outputName);
}

/** Requantizes the result of an operator and applies the moves that came before its QuantizeLinear. */
export function quantizeAccumulator(
  state: LoweringState,
  node: OnnxNode,
  fact: AccumulatorFact,
  target: Target,
  outputName: string,
): string {
  const name = fact.moves.length === 0 ? outputName : `${outputName}.requantized`;
  return applyAll(state, requantize(state, node, fact, target, name), fact.moves, outputName);
}

function requantize(state: LoweringState, node: OnnxNode, fact: AccumulatorFact, target: Target, name: string): string {
  const clamp = integerBounds(node, fact.clips, target);
  const request = { node, name, target, of: fact.node, clamp, direct: isDirect(fact, target, clamp) };
  switch (fact.source.kind) {
    case 'linear':
      return requantizeLinear(state, fact.source, request);
    case 'pair':
      return quantizePair(state, fact.source, request);
    case 'mean':
      return quantizeMeans(state, fact.source, request);
  }
}

/** Operators that ONNX Runtime exchanges with the QuantizeLinear of a uint8 tensor behind them. */
const EXCHANGED = new Set(['Reshape', 'Transpose', 'Squeeze', 'Unsqueeze', 'MaxPool']);

/** Whether ONNX Runtime finds a QuantizeLinear behind the operator itself: without bounds but saturation, and not behind other operators. */
function isDirect(fact: AccumulatorFact, { dtype }: Target, clamp: IntRange): boolean {
  const { min, max } = dtypeRange(dtype);
  const exchanged = dtype === 'uint8' && fact.moves.every(({ op = '' }) => EXCHANGED.has(op));
  return clamp.min === min && clamp.max === max && (fact.moves.length === 0 || exchanged);
}

function requantizeLinear(state: LoweringState, source: LinearSource, request: Request): string {
  const { node, target, of } = request;
  const { steps, value } = source;
  const slopes = slopesOf(source);
  const multipliers = slopes.map((slope) => requantizeMultiplier(slope, target.quantization.scale));
  if (multipliers.some((m) => !(m >= LEAST_MULTIPLIER) || !Number.isFinite(m))) {
    refuse(node, `a multiplier s_x * s_w / s_y of ${of} is not a normal float32`, 'check the scales of the model');
  }
  return addRequantize(state, value, { multipliers, ...(steps ? { steps } : {}) }, request);
}

/** How steeply the float result grows with the accumulator, per channel or for all. */
function slopesOf({ products, steps = [] }: LinearSource): Float32Array {
  const factors = steps.filter((step) => step.op === 'multiply').map((step) => step.values);
  const channels = Math.max(products.length, ...factors.map((values) => values.length));
  const at = (values: Float32Array, channel: number): number => values[values.length === 1 ? 0 : channel]!;
  return Float32Array.from({ length: channels }, (_, channel) =>
    factors.reduce((slope, values) => slope * at(values, channel), at(products, channel)),
  );
}

/** Bounds of successive Relu and Clip, quantized as ONNX Runtime does: each float bound by the output's scale and zero point. */
function integerBounds(node: OnnxNode, clips: readonly FloatBounds[], target: Target): IntRange {
  let { min, max } = dtypeRange(target.dtype);
  for (const clip of clips) {
    if (Number.isNaN(clip.min) || Number.isNaN(clip.max)) refuse(node, 'a bound of Clip is NaN');
    const low = quantizeFloat(clip.min, target.quantization, target.dtype);
    const high = quantizeFloat(clip.max, target.quantization, target.dtype);
    [min, max] = [Math.min(Math.max(min, low), high), Math.min(Math.max(max, low), high)];
  }
  return { min, max };
}

/** Makes a float graph input an edge: quantized outside the proof, then moved as the model moves it. */
function quantizeInput(state: LoweringState, node: OnnxNode, fact: InputFact, target: Target): string {
  const { builder } = state;
  const index = builder.inputs.findIndex((edge) => edge.name === fact.name);
  const edge = builder.inputs[index]!;
  let value = edge.value;
  if (value === '') {
    const name = fact.moves.length === 0 ? node.outputs[0]! : `${fact.name}.quantized`;
    value = builder.addValue(name, target.dtype, edge.shape, { quantization: target.quantization });
    builder.inputs[index] = { ...edge, value };
  } else if (!sameTarget(state, value, target)) {
    refuse(node, `graph input ${fact.name} is quantized in two ways`, 'quantize it once and use the result everywhere');
  }
  return applyAll(state, value, fact.moves, node.outputs[0]!);
}

function sameTarget(state: LoweringState, value: string, target: Target): boolean {
  const { dtype, quantization } = state.builder.value(value);
  return (
    dtype === target.dtype &&
    quantization?.scale === target.quantization.scale &&
    quantization.zeroPoint === target.quantization.zeroPoint
  );
}
