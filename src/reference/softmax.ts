/** Reference of softmax nodes: the float32 steps of ONNX Runtime's QLinearSoftmax. */
import { dtypeRange } from '../ir/types.js';
import type { SoftmaxNode, Value } from '../ir/types.js';
import { roundHalfEven } from './float32.js';

export function softmax(node: SoftmaxNode, y: Value, data: Int32Array): Int32Array {
  const { exponentials, factor, size, sources } = node;
  const { max } = dtypeRange(y.dtype as 'int8' | 'uint8');
  const { zeroPoint } = y.quantization!;
  const result = new Int32Array(data.length);
  for (let start = 0; start < sources.length; start += size) {
    const group = sources.subarray(start, start + size);
    const greatest = group.reduce((most, source) => Math.max(most, data[source]!), -Infinity);
    const exponential = (source: number): number => exponentials[greatest - data[source]!]!;
    const sum = group.reduce((partial, source) => Math.fround(partial + exponential(source)), 0);
    for (const source of group) {
      const quotient = Math.fround(Math.fround(exponential(source) * factor) / sum);
      result[source] = Math.min(roundHalfEven(quotient) + zeroPoint, max);
    }
  }
  return result;
}
