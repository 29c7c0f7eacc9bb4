/** Several inferences in one graph: each sample has its own copy of every node, and inputs and outputs carry the batch in front. */
import type { Graph, GraphEdge, IntegerNode, MoveNode, Shape, Value } from '../ir/types.js';
import { elementCount } from '../ir/types.js';

/**
 * Repeats a graph of the integer dialect for `batch` samples. A tensor of shape [1, ...] becomes [batch, ...]; any other shape gets the batch as
 * a new first dimension.
 */
export function repeatGraph(graph: Graph, batch: number): Graph {
  if (batch === 1) return graph;
  const values = new Map<string, Value>();
  const nodes: IntegerNode[] = [];
  const samples = Array.from({ length: batch }, (_, sample) => sample);
  const copyName = (name: string, sample: number): string => `${name}#${sample}`;
  for (const sample of samples) {
    for (const value of graph.values.values()) {
      const name = copyName(value.name, sample);
      values.set(name, { ...value, name });
    }
  }
  const whole = (
    edge: GraphEdge,
    label: string,
  ): { edge: GraphEdge; value: Value; moves: Omit<MoveNode, 'inputs' | 'outputs'> } => {
    const name = `${edge.name}#batch`;
    const shape = batched(edge.shape, batch);
    const value = { ...graph.values.get(edge.value)!, name, shape };
    values.set(name, value);
    const sources = Int32Array.from({ length: elementCount(shape) }, (_, i) => i);
    return {
      edge: { ...edge, value: name, shape },
      value,
      moves: { kind: 'move', name: edge.name, label, sources, fill: 0 },
    };
  };
  const inputs = graph.inputs.map((edge) => {
    const { edge: batchEdge, moves } = whole(edge, 'Split');
    const size = elementCount(edge.shape);
    for (const sample of samples) {
      const sources = moves.sources.slice(sample * size, (sample + 1) * size);
      nodes.push({ ...moves, sources, inputs: [batchEdge.value], outputs: [copyName(edge.value, sample)] });
    }
    return batchEdge;
  });
  for (const sample of samples) {
    for (const node of graph.nodes as readonly IntegerNode[]) {
      const rename = (names: readonly string[]): string[] => names.map((name) => copyName(name, sample));
      nodes.push({ ...node, inputs: rename(node.inputs), outputs: rename(node.outputs) });
    }
  }
  const outputs = graph.outputs.map((edge) => {
    const { edge: batchEdge, moves } = whole(edge, 'Concat');
    nodes.push({
      ...moves,
      inputs: samples.map((sample) => copyName(edge.value, sample)),
      outputs: [batchEdge.value],
    });
    return batchEdge;
  });
  return { ...graph, inputs, outputs, nodes, values };
}

function batched(shape: Shape, batch: number): Shape {
  return shape[0] === 1 ? [batch, ...shape.slice(1)] : [batch, ...shape];
}
