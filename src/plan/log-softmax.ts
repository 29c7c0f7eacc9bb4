/** Layers of logsoftmax nodes, and what their template costs. */
import { FRACTION_BITS, PIECE_BITS, greatestSteps, logSoftmaxSpread, normalizedBits } from '../ir/log-softmax.js';
import { dtypeRange } from '../ir/types.js';
import type { LogSoftmaxNode, Value } from '../ir/types.js';
import { TABLE_COST } from './cost.js';
import { bitLength, boundedBitsCost } from './form.js';
import { groupsOf } from './softmax.js';
import type { Wiring } from './wiring.js';

/** What the LogSoftmax template needs to know of a node. */
export interface LogSoftmaxForm extends Pick<
  LogSoftmaxNode,
  'exponentials' | 'sumBits' | 'coefficients' | 'tailBits' | 'doubling' | 'slope'
> {
  /** Steps below zero that the output can tell. */
  readonly most: number;
  /** Bits of the number of steps beyond. */
  readonly excessBits: number;
  readonly zeroPoint: number;
}

export function addLogSoftmax(wiring: Wiring, node: LogSoftmaxNode): void {
  const result = wiring.value(node.outputs[0]!);
  const sources = groupsOf(node);
  const form = logSoftmaxForm(node, result);
  const inputs = [wiring.of(node.inputs[0]!)];
  const layer = { kind: 'logsoftmax', sources, form, inputs, outputSize: node.sources.length } as const;
  const report = { name: node.name, op: 'LogSoftmax', shape: result.shape, requantized: node.sources.length };
  wiring.set(result.name, wiring.push(layer, report, sources.length * logSoftmaxRowCost(node, form)));
}

/** The form of a node whose output is not constant. */
export function logSoftmaxForm(node: LogSoftmaxNode, output: Value): LogSoftmaxForm {
  const { exponentials, sumBits, coefficients, tailBits, doubling, slope } = node;
  const { zeroPoint } = output.quantization!;
  const reach = greatestSteps(node);
  const most = Math.min(reach, zeroPoint - dtypeRange(output.dtype as 'int8' | 'uint8').min);
  const excessBits = bitLength(reach - most);
  return { exponentials, sumBits, coefficients, tailBits, doubling, slope, most, excessBits, zeroPoint };
}

/** Constraints of Logarithm. */
function logarithmCost(node: LogSoftmaxNode): number {
  const shift = 2 * bitLength(logSoftmaxSpread(node));
  const degree = node.coefficients.length - 1;
  const tables = 1 + 19 + 15 * (degree + 1);
  return shift + (normalizedBits(node) - PIECE_BITS) + tables + degree + degree * node.tailBits + 1;
}

/** Constraints of SaturatedSteps and of the output. */
export function saturatedStepsCost({ most, excessBits }: Pick<LogSoftmaxForm, 'most' | 'excessBits'>): number {
  const remainder = FRACTION_BITS + 1;
  const output = 1;
  return boundedBitsCost(most) + excessBits + Number(excessBits > 0) + remainder + output;
}

/** Constraints of LogSoftmaxRow. */
export function logSoftmaxRowCost(node: LogSoftmaxNode, form: LogSoftmaxForm): number {
  const distances = 2 * node.size - 1;
  const sum = 1;
  return distances + sum + logarithmCost(node) + node.size * (TABLE_COST + saturatedStepsCost(form));
}
