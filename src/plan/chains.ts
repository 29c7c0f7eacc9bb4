import type { ConvNode, Graph, IntegerNode, MatMulNode, MaxPoolNode, RequantizeNode } from '../ir/types.js';

/** Nodes that become one step of the plan: a linear operator, its requantization, and the pooling that follows. */
export interface Chain {
  readonly nodes: readonly IntegerNode[];
  readonly linear?: ConvNode | MatMulNode;
  readonly requantize?: RequantizeNode;
  readonly pool?: MaxPoolNode;
}

/** The chain that starts at a node. */
export function chainFrom(graph: Graph, first: IntegerNode): Chain {
  const linear = first.kind === 'conv' || first.kind === 'matmul' ? first : undefined;
  const second = linear ? onlyReader(graph, linear) : first;
  const requantize = second?.kind === 'requantize' ? second : undefined;
  const third = requantize && linear?.kind === 'conv' ? onlyReader(graph, requantize) : undefined;
  const pool = third?.kind === 'maxpool' ? third : undefined;
  const nodes = [linear, requantize, pool].filter((node) => node !== undefined);
  return { nodes: nodes.length > 0 ? nodes : [first], linear, requantize, pool };
}

/** The node that reads this node's output, if it is the only one and the value is not a graph output. */
export function onlyReader(graph: Graph, node: IntegerNode): IntegerNode | undefined {
  const value = node.outputs[0]!;
  if (graph.outputs.some((edge) => edge.value === value)) return undefined;
  const readers = (graph.nodes as readonly IntegerNode[]).filter(({ inputs }) => inputs.includes(value));
  return readers.length === 1 ? readers[0] : undefined;
}
