/** Layers of softmax nodes. */
import type { SoftmaxNode } from '../ir/types.js';
import { softmaxForm, softmaxRowCost } from './softmax-form.js';
import type { Wiring } from './wiring.js';

/** Softmax of each group, rounding by rounding. */
export function addSoftmax(wiring: Wiring, node: SoftmaxNode): void {
  const result = wiring.value(node.outputs[0]!);
  const { size } = node;
  const groups = node.sources.length / size;
  const sources = Array.from({ length: groups }, (_, g) => [...node.sources.subarray(g * size, (g + 1) * size)]);
  const form = softmaxForm(node, result);
  const inputs = [wiring.of(node.inputs[0]!)];
  const layer = { kind: 'softmax', sources, form, inputs, outputSize: node.sources.length } as const;
  const report = { name: node.name, op: 'Softmax', shape: result.shape, requantized: node.sources.length };
  wiring.set(result.name, wiring.push(layer, report, groups * softmaxRowCost(size, form)));
}
