/** Lowering of Softmax between quantized tensors, and of QLinearSoftmax: both mean what ONNX Runtime's QLinearSoftmax computes. LogSoftmax starts here too. */
import { greatestQuotient } from '../../ir/softmax.js';
import { dtypeRange } from '../../ir/types.js';
import type { OnnxNode } from '../../ir/types.js';
import type { SoftmaxFact } from './facts.js';
import { addLogSoftmax } from './log-softmax.js';
import { softmaxGroups } from './softmax-groups.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import type { Target } from './tables.js';

const GREATEST_FLOAT = (2 - 2 ** -23) * 2 ** 127;

/** Remembers the operator until its QuantizeLinear tells what it is quantized to. */
export function lowerSoftmax(state: LoweringState, node: OnnxNode): void {
  const fact = state.fact(node, 0);
  if (fact.kind === 'pending' && !fact.plain) {
    refuse(
      node,
      `its input ${node.inputs[0]} is the float result of ${fact.ops.join(', ')}`,
      'quantize the tensor before it',
      'MODEL_NOT_QUANTIZED',
    );
  }
  const { value, quantization } = state.plainOperand(node, 0);
  state.set(node, { kind: 'softmax', node, value, quantization, moves: [] });
}

/** The integers of a Softmax or LogSoftmax whose QuantizeLinear has been met. */
export function quantizeSoftmax(state: LoweringState, fact: SoftmaxFact, target: Target, outputName: string): string {
  const { node, value, quantization } = fact;
  const add = node.op === 'LogSoftmax' ? addLogSoftmax : addSoftmax;
  return add(state, node, { value, scale: quantization.scale }, target, outputName);
}

export function lowerQLinearSoftmax(state: LoweringState, node: OnnxNode): void {
  const fact = state.fact(node, 0);
  if (fact.kind !== 'integer') return notQuantized(node, 'its input is not quantized');
  const from = state.activationQuantization(node, 1, 2);
  const to = state.activationQuantization(node, 3, 4);
  const value = state.builder.withQuantization(fact.value, from, node.name);
  const dtype = state.builder.dtype(fact.value);
  const input = { value, scale: from.scale };
  state.set(node, {
    kind: 'integer',
    value: addSoftmax(state, node, input, { quantization: to, dtype }, node.outputs[0]!),
  });
}

function addSoftmax(
  state: LoweringState,
  node: OnnxNode,
  input: { readonly value: string; readonly scale: number },
  { quantization, dtype }: Target,
  outputName: string,
): string {
  const { builder } = state;
  const { shape } = builder.value(input.value);
  const { size, sources } = softmaxGroups(shape, Number(node.attributes['axis']), node.attributes['coerced'] === 1);
  const exponentials = softmaxExponentials(input.scale, size);
  const factor = Math.floor(Math.fround(1 / quantization.scale));
  if (factor > 2 ** 23 || !Number.isFinite(Math.fround(exponentials[0]! * factor))) {
    refuse(
      node,
      `its output scale ${quantization.scale} is too small for groups of ${size}: ONNX Runtime's quotients overflow`,
      'quantize its output with the scale 1/256',
    );
  }
  // A group of one element, or a scale or zero point that leaves one value only.
  const { max } = dtypeRange(dtype);
  const highest = Math.min(greatestQuotient({ exponentials, factor }) + quantization.zeroPoint, max);
  if (size === 1 || highest === quantization.zeroPoint) {
    const table = new Int32Array(256).fill(highest);
    return state.addTable(input.value, table, quantization, dtype, node.op, node.name, outputName);
  }
  const output = builder.addValue(outputName, dtype, shape, { quantization });
  const ends = { name: node.name, inputs: [input.value], outputs: [output] };
  builder.nodes.push({ kind: 'softmax', exponentials, factor, sources, size, ...ends });
  return output;
}

/**
 * ONNX Runtime's table of exponentials: e[d] = f32(exp((b - d) * scale)), with b such that a sum of `size` of them is finite. All in
 * float64 but the logarithm.
 * @param scale of the input, a float32
 * @param size  elements of one group
 */
export function softmaxExponentials(scale: number, size: number): Float32Array {
  const logarithm = Math.fround(Math.log(Math.fround(GREATEST_FLOAT / Math.fround(size))));
  const shift = (logarithm > 5 ? logarithm - 5 : logarithm) / scale;
  return Float32Array.from({ length: 256 }, (_, distance) => Math.exp((-distance + shift) * scale));
}
