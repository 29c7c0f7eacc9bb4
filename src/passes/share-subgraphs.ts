/**
 * Identical subgraphs are computed once: nodes of the same kind, parameters and inputs give the same value. One walk in topological order reaches the
 * fixpoint, because inputs are renamed before their readers are compared.
 */
import type { Graph, IntegerNode, Node, Value } from '../ir/types.js';

/** Fields that say nothing of what a node computes. */
const NAMES: ReadonlySet<string> = new Set(['name', 'label', 'outputs']);

export function shareSubgraphs(graph: Graph): Graph {
  const renamed = new Map<string, string>();
  const known = new Map<string, IntegerNode[]>();
  const nodes: Node[] = [];
  for (const original of graph.nodes) {
    const node = { ...original, inputs: original.inputs.map((name) => renamed.get(name) ?? name) } as Node;
    if (node.kind === 'onnx') {
      nodes.push(node);
      continue;
    }
    const output = node.outputs[0]!;
    const key = JSON.stringify([node.kind, node.inputs, typeOf(graph.values.get(output)!)]);
    const candidates = known.get(key) ?? [];
    const twin = candidates.find((candidate) => sameComputation(candidate, node));
    if (twin) renamed.set(output, twin.outputs[0]!);
    else {
      known.set(key, [...candidates, node]);
      nodes.push(node);
    }
  }
  const outputs = graph.outputs.map((edge) => ({ ...edge, value: renamed.get(edge.value) ?? edge.value }));
  const values = new Map([...graph.values].filter(([name]) => !renamed.has(name)));
  return { ...graph, nodes, outputs, values };
}

function typeOf({ dtype, shape, quantization, channelAxis }: Value): unknown {
  return [dtype, shape, quantization?.scale, quantization?.zeroPoint, channelAxis];
}

function sameComputation(a: IntegerNode, b: IntegerNode): boolean {
  return sameParameters(withoutNames(a), withoutNames(b));
}

function withoutNames(node: IntegerNode): Record<string, unknown> {
  return Object.fromEntries(Object.entries(node).filter(([key]) => !NAMES.has(key)));
}

/** Deep equality of plain objects, lists, typed arrays and primitive values. */
function sameParameters(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (ArrayBuffer.isView(a) && ArrayBuffer.isView(b)) return sameElements(a as Int32Array, b as Int32Array);
  const [keys, others] = [Object.keys(a), Object.keys(b)];
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.length === others.length && keys.every((key) => key in right && sameParameters(left[key], right[key]));
}

function sameElements(a: Int32Array, b: Int32Array): boolean {
  return a.length === b.length && a.every((element, i) => Object.is(element, b[i]));
}
