/** Lowering of element-wise operators of one input: on whatever their input is known as. */
import type { OnnxNode } from '../../ir/types.js';
import { settlePair } from './pair.js';
import { mapFloats } from './pending.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import { quantizeFloats } from './tables.js';
import { unaryFunction } from './unary-functions.js';

/** A float operator between DequantizeLinear and QuantizeLinear. */
export function lowerUnary(state: LoweringState, node: OnnxNode): void {
  const apply = unaryFunction(node);
  const fact = state.fact(node, 0);
  if (fact.kind === 'pending') return state.set(node, mapFloats(fact, node.op, apply));
  if (fact.kind !== 'accumulator') return notQuantized(node, `its input ${node.inputs[0]} is float`);
  const settled = settlePair(state, node, fact);
  if (settled) return state.set(node, mapFloats(settled, node.op, apply));
  if (fact.source.kind === 'pair')
    return refuse(
      node,
      `its input is the float result of ${fact.node}, of two activations`,
      'quantize the tensor before it',
      'MODEL_NOT_QUANTIZED',
    );
  notQuantized(node, `the float result of ${fact.node} is not quantized before it`);
}

/** com.microsoft QLinearSigmoid and QLinearLeakyRelu: dequantize, apply, quantize. */
export function lowerQLinearUnary(state: LoweringState, node: OnnxNode): void {
  const { value, origin, floats } = state.quantizedOperand(node, 0);
  const target = state.target(node, 3, 4);
  const op = node.op.replace('QLinear', '');
  const apply = unaryFunction({ op, attributes: node.attributes });
  const table = quantizeFloats(node, floats.map(apply), op, target);
  const input = state.builder.withQuantization(value, origin, node.name);
  const { quantization, dtype } = target;
  const output = state.addTable(input, table, quantization, dtype, op, node.name, node.outputs[0]!);
  state.set(node, { kind: 'integer', value: output });
}
