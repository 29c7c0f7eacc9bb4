/** What passes and plan know of softmax nodes. */
import { rint } from './float32.js';
import type { IntRange, SoftmaxNode, Value } from './types.js';
import { dtypeRange } from './types.js';

/** Range of the output: from the zero point to the quotient of a group's only element that counts. */
export function softmaxRange(node: SoftmaxNode, y: Value): IntRange {
  const { max } = dtypeRange(y.dtype as 'int8' | 'uint8');
  const { zeroPoint } = y.quantization!;
  return { min: zeroPoint, max: Math.min(max, zeroPoint + greatestQuotient(node)) };
}

/** The greatest rint(f32(f32(e * factor) / sum)): no sum is below the exponential of the greatest element. */
export function greatestQuotient({ exponentials, factor }: Pick<SoftmaxNode, 'exponentials' | 'factor'>): number {
  const first = exponentials[0]!;
  return rint(Math.fround(Math.fround(first * factor) / first));
}
