/** ConvInteger and MatMulInteger, and the float operators with which a model scales their int32 results. */
import { elementCount } from '../../ir/types.js';
import type { FloatStep, OnnxNode, Shape } from '../../ir/types.js';
import type { AccumulatorFact, FloatBounds, LinearSource, WeightsFact } from './facts.js';
import { accumulate, channelAxis } from './linear.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';

/** An int32 accumulator that the model scales with its own float operators. */
export type ScaledFact = AccumulatorFact & { readonly source: LinearSource };

/** ConvInteger and MatMulInteger: x, w, x_zero_point, w_zero_point. */
export function lowerInteger(state: LoweringState, node: OnnxNode): void {
  const fact = state.fact(node, 0);
  if (fact.kind !== 'integer') return refuse(node, `its input ${node.inputs[0]} is not a quantized activation`);
  const zeroPoint = zeroPoints(state, node, 2);
  if (zeroPoint.length !== 1) return refuse(node, 'its input has a zero point for each row', 'use one for the tensor');
  const scale = state.builder.value(fact.value).quantization?.scale ?? 1;
  const quantization = { scale, zeroPoint: zeroPoint[0]! };
  const value = state.builder.withQuantization(fact.value, quantization, node.name);
  const tensor = state.constant(node, 1, 'weights');
  const offsets = zeroPoints(state, node, 3);
  const axis = offsets.length === 1 ? undefined : channelAxis(node, tensor);
  const weights: WeightsFact = { kind: 'weights', tensor, scales: Float32Array.of(1), zeroPoints: offsets, axis };
  const result = accumulate(state, node, value, { ...quantization, scale: 1 }, weights, undefined);
  const source: LinearSource = { ...(result.source as LinearSource), products: Float32Array.of(1), steps: [] };
  state.set(node, { ...result, source });
}

function zeroPoints(state: LoweringState, node: OnnxNode, index: number): Int32Array {
  return state.has(node, index)
    ? Int32Array.from(state.constant(node, index, 'zero point').data as Int8Array)
    : new Int32Array(1);
}

/** Whether the model scales an int32 accumulator with its own float operators. */
export function isScaled(fact: AccumulatorFact): fact is ScaledFact {
  return fact.source.kind === 'linear' && fact.source.steps !== undefined;
}

/** Mul, Add or Sub of an accumulator and a constant. */
export function addStep(
  state: LoweringState,
  node: OnnxNode,
  fact: ScaledFact,
  constant: { readonly floats: Float32Array; readonly shape: Shape },
  constantFirst: boolean,
): AccumulatorFact {
  const { shape, channelAxis: axis } = state.builder.value(fact.source.value);
  const values = perChannel(node, fact, shape, axis!, constant);
  if (node.op === 'Mul') {
    if (values.some((value) => !(value > 0) || !Number.isFinite(value)))
      return refuse(node, `it multiplies the accumulator of ${fact.node} by a number that is not positive`);
    return withStep(fact, { op: 'multiply', values });
  }
  if (values.some((value) => !Number.isFinite(value))) return refuse(node, 'its constant is not finite');
  if (node.op === 'Add') return withStep(fact, { op: 'add', values });
  if (node.op === 'Sub' && !constantFirst) return withStep(fact, { op: 'add', values: values.map((value) => -value) });
  return notQuantized(node, `its input is the float result of ${fact.node}`);
}

/** Relu or Clip of a scaled accumulator. */
export function clipSteps(fact: ScaledFact, bounds: FloatBounds): AccumulatorFact {
  const lower = bounds.min === -Infinity ? fact : withStep(fact, { op: 'max', values: Float32Array.of(bounds.min) });
  return bounds.max === Infinity ? lower : withStep(lower, { op: 'min', values: Float32Array.of(bounds.max) });
}

function withStep(fact: ScaledFact, step: FloatStep): ScaledFact {
  return { ...fact, source: { ...fact.source, steps: [...(fact.source.steps ?? []), step] } };
}

/** The constant's values: one, or one per channel of the accumulator. */
function perChannel(
  node: OnnxNode,
  fact: AccumulatorFact,
  shape: Shape,
  axis: number,
  { floats, shape: own }: { readonly floats: Float32Array; readonly shape: Shape },
): Float32Array {
  if (floats.length === 1 && own.length <= shape.length) return floats;
  const channels = shape[axis]!;
  const fits = fact.moves.length === 0 && own.length <= shape.length && elementCount(own) === channels;
  if (!fits || own[axis - shape.length + own.length] !== channels)
    return refuse(
      node,
      `its constant has the shape [${own.join(', ')}]`,
      `use one number, or one for each of the ${channels} channels of ${fact.node}`,
    );
  return floats;
}
