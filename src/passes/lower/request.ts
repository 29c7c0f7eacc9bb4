/** What is asked of an operator's result when its QuantizeLinear is met. */
import type { IntRange, OnnxNode, RequantizeNode } from '../../ir/types.js';
import { dtypeRange } from '../../ir/types.js';
import type { LoweringState } from './state.js';
import type { Target } from './tables.js';

export interface Request {
  /** The node that quantizes, for refusals. */
  readonly node: OnnxNode;
  /** Name of the node whose result it is. */
  readonly of: string;
  /** Name for the quantized value. */
  readonly name: string;
  readonly target: Target;
  /** Integer bounds of saturation and of Relu and Clip. */
  readonly clamp: IntRange;
  /** Whether QuantizeLinear reads the operator's result itself, or one that saturation makes equal to it: ONNX Runtime fuses only then. */
  readonly direct: boolean;
}

/** Adds a requantize node for an int32 accumulator; returns its output. */
export function addRequantize(
  state: LoweringState,
  accumulator: string,
  details: Pick<RequantizeNode, 'multipliers' | 'steps'>,
  { of, name, target, clamp }: Request,
): string {
  const { shape } = state.builder.value(accumulator);
  const output = state.builder.addValue(name, target.dtype, shape, { quantization: target.quantization });
  state.builder.nodes.push({
    kind: 'requantize',
    name: of,
    inputs: [accumulator],
    outputs: [output],
    clamp,
    ...details,
  });
  return output;
}

/** Clamps a quantized value where the bounds are narrower than its dtype. */
export function addClamp(state: LoweringState, value: string, { of, name, target, clamp }: Request): string {
  const { quantization, dtype } = target;
  const { min } = dtypeRange(dtype);
  const table = Int32Array.from({ length: 256 }, (_, i) => Math.min(Math.max(i + min, clamp.min), clamp.max));
  return state.addTable(value, table, quantization, dtype, 'Clip', of, name);
}
