/** Lowering of Relu and Clip on whatever their input is known as. */
import { dtypeRange } from '../../ir/types.js';
import type { OnnxNode } from '../../ir/types.js';
import type { FloatBounds } from './facts.js';
import { mapFloats } from './pending.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import { clipSteps, isScaled } from './steps.js';

export function lowerRelu(state: LoweringState, node: OnnxNode): void {
  lowerBounds(state, node, { min: 0, max: Infinity });
}

export function lowerClip(state: LoweringState, node: OnnxNode): void {
  const bound = (index: number, attribute: string, fallback: number): number => {
    if (state.has(node, index)) return Number(state.constant(node, index, 'bound').data[0]);
    return (node.attributes[attribute] as number | undefined) ?? fallback;
  };
  const bounds = { min: bound(1, 'min', -Infinity), max: bound(2, 'max', Infinity) };
  if (Number.isNaN(bounds.min) || Number.isNaN(bounds.max)) refuse(node, 'a bound is NaN');
  lowerBounds(state, node, bounds);
}

/** min(max(x, bounds.min), bounds.max), in ONNX's order. */
export function lowerBounds(state: LoweringState, node: OnnxNode, bounds: FloatBounds): void {
  const fact = state.fact(node, 0);
  const clip = (x: number): number => Math.min(Math.max(x, bounds.min), bounds.max);
  if (fact.kind === 'pending') return state.set(node, mapFloats(fact, node.op, clip));
  if (fact.kind === 'accumulator' && isScaled(fact)) return state.set(node, clipSteps(fact, bounds));
  if (fact.kind === 'accumulator') return state.set(node, { ...fact, clips: [...fact.clips, bounds] });
  if (fact.kind !== 'integer') return notQuantized(node, `its input ${node.inputs[0]} is float`);
  const { dtype, quantization } = state.builder.value(fact.value);
  const { min } = dtypeRange(dtype as 'int8' | 'uint8');
  const table = Int32Array.from({ length: 256 }, (_, i) => clip(i + min));
  const value = state.addTable(
    fact.value,
    table,
    quantization,
    dtype as 'int8' | 'uint8',
    node.op,
    node.name,
    node.outputs[0]!,
  );
  state.set(node, { kind: 'integer', value });
}
