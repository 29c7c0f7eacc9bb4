/** Integer tables of float functions. */
import type { OnnxNode } from '../../ir/types.js';
import { quantizeFloat } from '../../ir/float32.js';
import type { Quantization } from '../../ir/types.js';
import { refuse } from './state.js';

/** What a QuantizeLinear makes of an operator's result. */
export interface Target {
  readonly quantization: Quantization;
  readonly dtype: 'int8' | 'uint8';
}

/** QuantizeLinear of all results of a function; refuses the node where one of them is not a number. */
export function quantizeFloats(node: OnnxNode, floats: Float32Array, what: string, target: Target): Int32Array {
  if (floats.some((float) => Number.isNaN(float)))
    refuse(
      node,
      `${what} gives NaN for some of the integers that its input may be`,
      'clip the input to where it is defined',
    );
  return Int32Array.from(floats, (float) => quantizeFloat(float, target.quantization, target.dtype));
}
