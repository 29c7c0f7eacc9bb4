/** Evaluates QuantizeLinear of constants (weights quantized inside the model), and moves of what that gives. Import has evaluated the rest. */
import type { Graph, Node, OnnxNode, Quantization, Tensor, Value } from '../ir/types.js';
import { isMovement, moveTensors, movementSources } from '../ir/movement.js';
import { elementCount } from '../ir/types.js';
import { quantizeFloat } from '../ir/float32.js';

/** Replaces nodes whose result is constant by constants. */
export function foldConstants(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const values = new Map<string, Value>(graph.values);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const folded = node.kind === 'onnx' ? fold(node, constants, graph) : undefined;
    if (!folded) nodes.push(node);
    for (const [i, tensor] of folded?.entries() ?? []) {
      const name = node.outputs[i]!;
      if (name !== '') constants.set(name, tensor);
    }
  }
  return { ...graph, nodes, values, constants };
}

/** The constants that replace a node's outputs, or undefined where it depends on data. */
function fold(node: OnnxNode, constants: ReadonlyMap<string, Tensor>, graph: Graph): Tensor[] | undefined {
  const { op, attributes } = node;
  const moved = op === 'Concat' ? node.inputs : node.inputs.slice(0, 1);
  const tensors = moved.map((name) => constants.get(name)).filter((tensor) => tensor !== undefined);
  if (tensors.length < moved.length || tensors.length === 0) return undefined;
  if (op === 'QuantizeLinear') {
    const quantized = quantizeConstant(node, tensors[0]!, constants, graph);
    return quantized && [quantized];
  }
  if (node.domain !== '' || !isMovement(op)) return undefined;
  const inputs = tensors.map((tensor) => tensor.shape);
  return node.outputs.map((name, index) => {
    const output = graph.values.get(name)?.shape ?? [];
    if (name === '') return tensors[0]!;
    const sources = movementSources(op, { attributes, inputs, output, index });
    return moveTensors(tensors, sources, output, Number(attributes['value'] ?? 0));
  });
}

/** QuantizeLinear of a float constant, per tensor or per channel; left alone where its parameters are not constant. */
function quantizeConstant(
  node: OnnxNode,
  tensor: Tensor,
  constants: ReadonlyMap<string, Tensor>,
  graph: Graph,
): Tensor | undefined {
  const scales = constants.get(node.inputs[1]!)?.data as Float32Array | undefined;
  const zeroPointName = node.inputs[2] ?? '';
  const zeroPoints = zeroPointName === '' ? undefined : constants.get(zeroPointName)?.data;
  if (!scales || (zeroPointName !== '' && !zeroPoints)) return undefined;
  const floats = tensor.data as Float32Array;
  if (floats.some((x) => Number.isNaN(x)) || scales.some((s) => !(s > 0) || !Number.isFinite(s))) return undefined;
  const dtype = graph.values.get(node.outputs[0]!)!.dtype as 'int8' | 'uint8';
  const axis = (node.attributes['axis'] as number | undefined) ?? 0;
  const inner = elementCount(tensor.shape.slice(axis + 1));
  const quantizations = Array.from(scales, (scale, i): Quantization => ({
    scale,
    zeroPoint: Number(zeroPoints?.[i] ?? 0),
  }));
  const quantize = (x: number, i: number): number =>
    quantizeFloat(x, quantizations[scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length]!, dtype);
  const integers = Array.from(floats, quantize);
  return { dtype, shape: tensor.shape, data: dtype === 'int8' ? Int8Array.from(integers) : Uint8Array.from(integers) };
}
