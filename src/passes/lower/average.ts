/** Lowering of averages. */
import type { OnnxNode, Shape } from '../../ir/types.js';
import type { AccumulatorFact, MeanSource, PendingFact } from './facts.js';
import { composeMeans, groupsOf } from './mean-groups.js';
import type { Groups } from './mean-groups.js';
import { settlePair } from './pair.js';
import { quantizeAccumulator } from './quantize.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';

/** AveragePool, GlobalAveragePool and ReduceMean between DequantizeLinear and QuantizeLinear. */
export function lowerMean(state: LoweringState, node: OnnxNode): void {
  const fact = state.fact(node, 0);
  const shape = state.outputShape(node);
  const groups = groupsOf(node, state.shape(node.inputs[0]!));
  if (fact.kind === 'accumulator' && fact.source.kind === 'mean') {
    const source = composeMeans(node, fact, fact.source, groups, shape);
    return state.set(node, { ...fact, node: node.name, source, moves: [] });
  }
  const pending = fact.kind === 'accumulator' ? settlePair(state, node, fact) : fact;
  if (!pending && fact.kind === 'accumulator')
    return notQuantized(node, `the float result of ${fact.node} is not quantized before it`);
  if (pending?.kind !== 'pending') return notQuantized(node, `its input ${node.inputs[0]} is float`);
  state.set(node, meanOf(node, pending, groups, shape));
}

/** QLinearAveragePool and QLinearGlobalAveragePool: x, x_scale, x_zero_point, y_scale, y_zero_point. */
export function lowerQLinearMean(state: LoweringState, node: OnnxNode): void {
  const input = state.quantizedOperand(node, 0);
  const groups = groupsOf(node, state.shape(node.inputs[0]!));
  const mean = meanOf(node, input, groups, state.outputShape(node));
  const target = state.target(node, 3, 4);
  const value = quantizeAccumulator(state, node, mean, target, node.outputs[0]!);
  state.set(node, { kind: 'integer', value });
}

function meanOf(node: OnnxNode, pending: PendingFact, groups: Groups, shape: Shape): AccumulatorFact {
  const { value, floats, origin } = pending;
  if (floats.length !== 256)
    return refuse(node, 'it takes the mean of elements with different functions', 'quantize its input');
  const op = node.op.replace('QLinear', '');
  const source: MeanSource = {
    kind: 'mean',
    op,
    value,
    floats,
    origin,
    plain: pending.plain !== undefined,
    shape,
    ...groups,
  };
  return { kind: 'accumulator', node: node.name, source, clips: [], moves: [] };
}
