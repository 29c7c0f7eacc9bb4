/** Evaluates what depends on constants only: moves, Identity and QuantizeLinear of constants (weights quantized inside the model). */
import type { Graph, Node, OnnxNode, Quantization, Tensor, Value } from '../ir/types.js';
import { elementCount } from '../ir/types.js';
import { transposeConstant } from './constants.js';
import { quantizeFloat } from '../ir/float32.js';

/** Replaces nodes whose result is constant by constants. */
export function foldConstants(graph: Graph): Graph {
  const constants = new Map(graph.constants);
  const values = new Map<string, Value>(graph.values);
  const nodes: Node[] = [];
  for (const node of graph.nodes) {
    const folded = node.kind === 'onnx' ? fold(node, constants, graph) : undefined;
    if (folded) constants.set(node.outputs[0]!, folded);
    else nodes.push(node);
  }
  return { ...graph, nodes, values, constants };
}

function fold(node: OnnxNode, constants: ReadonlyMap<string, Tensor>, graph: Graph): Tensor | undefined {
  const tensor = constants.get(node.inputs[0] ?? '');
  if (!tensor) return undefined;
  const { shape } = graph.values.get(node.outputs[0]!)!;
  switch (node.op) {
    case 'Identity':
    case 'Reshape':
    case 'Flatten':
    case 'Squeeze':
    case 'Unsqueeze':
      return { ...tensor, shape };
    case 'Transpose':
      return transposeConstant(tensor, node.attributes['perm'] as readonly number[]);
    case 'QuantizeLinear':
      return quantizeConstant(node, tensor, constants, graph);
    default:
      return undefined;
  }
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
