/** Removes nodes and values that no graph output depends on. Graph inputs stay: they are part of the statement. */
import type { Graph } from '../ir/types.js';

export function removeDeadCode(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map((edge) => edge.value));
  const nodes = [...graph.nodes]
    .reverse()
    .filter((node) => {
      if (!node.outputs.some((output) => needed.has(output))) return false;
      for (const input of node.inputs) needed.add(input);
      return true;
    })
    .reverse();
  const kept = new Set([...graph.inputs.map((edge) => edge.value), ...nodes.flatMap((node) => node.outputs)]);
  const values = new Map([...graph.values].filter(([name]) => kept.has(name)));
  return { ...graph, nodes, values };
}
