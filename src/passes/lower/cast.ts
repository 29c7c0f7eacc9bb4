/** Lowering of Cast: to the same type, of int32 accumulators to float32, and of the places that ArgMax finds. */
import { dequantizeAll } from '../../ir/float32.js';
import type { OnnxNode } from '../../ir/types.js';
import { refuse } from './state.js';
import type { LoweringState } from './state.js';

const UNIT = { scale: 1, zeroPoint: 0 };

export function lowerCast(state: LoweringState, node: OnnxNode): void {
  const fact = state.fact(node, 0);
  const from = state.graph.values.get(node.inputs[0]!)!.dtype;
  const to = state.graph.values.get(node.outputs[0]!)!.dtype;
  const isScaledLater = fact.kind === 'accumulator' && to === 'float32';
  if (from === to || isScaledLater) return state.set(node, fact);
  if (fact.kind !== 'index') {
    return refuse(node, `it turns ${from} into ${to}`, 'use QuantizeLinear and DequantizeLinear');
  }
  if (to === 'int32' || to === 'int64') return state.set(node, fact);
  if (to !== 'float32')
    return refuse(node, `it turns the places that ArgMax found into ${to}`, 'cast to int64 or float32');
  const floats = dequantizeAll(UNIT, 'uint8');
  state.set(node, { kind: 'pending', value: fact.value, floats, plain: UNIT, origin: UNIT, ops: [] });
}
