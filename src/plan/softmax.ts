/** Layers of softmax nodes. */
import type { LogSoftmaxNode, SoftmaxNode } from '../ir/types.js';
import { softmaxForm, softmaxRowCost } from './softmax-form.js';
import type { Wiring } from './wiring.js';

/** Softmax of each group, rounding by rounding. */
export function addSoftmax(wiring: Wiring, node: SoftmaxNode): void {
  const result = wiring.value(node.outputs[0]!);
  const sources = groupsOf(node);
  const form = softmaxForm(node, result);
  const inputs = [wiring.of(node.inputs[0]!)];
  const layer = { kind: 'softmax', sources, form, inputs, outputSize: node.sources.length } as const;
  const report = { name: node.name, op: 'Softmax', shape: result.shape, requantized: node.sources.length };
  wiring.set(result.name, wiring.push(layer, report, sources.length * softmaxRowCost(node.size, form)));
}

/** Places of each group's elements. */
export function groupsOf({ sources, size }: SoftmaxNode | LogSoftmaxNode): number[][] {
  return Array.from({ length: sources.length / size }, (_, g) => [...sources.subarray(g * size, (g + 1) * size)]);
}
