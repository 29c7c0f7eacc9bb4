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
  const values = evaluateGraph(graph, quantizeInputs(graph, inputs));
  return Object.fromEntries(
    graph.outputs.map((edge) => [
      edge.name,
      [...dequantizeOutput(edge, graph.values.get(edge.value)!, values.get(edge.value)!)],
    ]),
  );
}

/** The integers that a circuit of the graph reads and those it has to give, all tensors in one list each. */
export function runIntegers(
  graph: Graph,
  inputs: Readonly<Record<string, readonly number[]>>,
): { input: number[]; output: number[] } {
  const values = evaluateGraph(graph, quantizeInputs(graph, inputs));
  const joined = (edges: Graph['inputs']): number[] => edges.flatMap(({ value }) => [...values.get(value)!]);
  return { input: joined(graph.inputs), output: joined(graph.outputs) };
}

function quantizeInputs(graph: Graph, inputs: Readonly<Record<string, readonly number[]>>): Map<string, Int32Array> {
  return new Map(
    graph.inputs.map((edge) => {
      const data = inputs[edge.name]!;
      if (data.length !== elementCount(edge.shape))
        throw new Error(`${edge.name} takes ${elementCount(edge.shape)} elements`);
      return [edge.value, quantizeInput(edge, graph.values.get(edge.value)!, data)];
    }),
  );
}
