/** Imports, lowers and evaluates a model on one input, as a user would see it. */
import { elementCount } from '../../src/ir/types.js';
import type { Graph } from '../../src/ir/types.js';
import { importModel } from '../../src/onnx/import.js';
import { runPasses } from '../../src/passes/index.js';
import { dequantizeOutput, quantizeInput } from '../../src/reference/edges.js';
import { evaluateGraph } from '../../src/reference/evaluate.js';

export function lower(model: Uint8Array): Graph {
  return runPasses(importModel(model));
}

/** Elements of every graph output by name, for elements of every graph input by name. */
export function runGraph(graph: Graph, inputs: Readonly<Record<string, readonly number[]>>): Record<string, number[]> {
  const integers = new Map(
    graph.inputs.map((edge) => {
      const data = inputs[edge.name]!;
      if (data.length !== elementCount(edge.shape))
        throw new Error(`${edge.name} takes ${elementCount(edge.shape)} elements`);
      return [edge.value, quantizeInput(edge, graph.values.get(edge.value)!, data)];
    }),
  );
  const values = evaluateGraph(graph, integers);
  return Object.fromEntries(
    graph.outputs.map((edge) => [
      edge.name,
      [...dequantizeOutput(edge, graph.values.get(edge.value)!, values.get(edge.value)!)],
    ]),
  );
}
