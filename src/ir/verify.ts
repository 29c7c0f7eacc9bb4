/**
 * The graph verifier. It runs after every pass, so that a pass that breaks the graph is found at once; what it reports is a
 * fault of zkinfer (INTERNAL), never of the user's model.
 */
import { ZkinferError } from '../errors.js';
import { elementCount } from './types.js';
import type { Graph, GraphEdge, Node } from './types.js';
import { sameShape, verifyNode, verifyValue } from './verify-node.js';

export interface VerifyOptions {
  /** Whether values of the integer dialect must carry ranges (default true; false before the pass that infers them). */
  readonly ranges?: boolean;
}

/**
 * Checks that every value is defined once and before its use, that the dialect is not mixed, and that dtypes, shapes, ranges
 * and weights of every node agree. Throws INTERNAL.
 */
export function verifyGraph(graph: Graph, options: VerifyOptions = {}): void {
  const imported = graph.nodes.some((node) => node.kind === 'onnx') || graph.constants.size > 0;
  const ranges = !imported && (options.ranges ?? true);
  if (imported && graph.nodes.some((node) => node.kind !== 'onnx')) fail('the graph mixes imported and integer nodes');
  const defined = new Set<string>();
  const define = (name: string, by: string): void => {
    if (defined.has(name)) fail(`value ${name} is defined twice, again by ${by}`);
    if (!graph.values.has(name)) fail(`value ${name} defined by ${by} is not described`);
    defined.add(name);
  };
  for (const edge of graph.inputs) define(edge.value, `input ${edge.name}`);
  for (const name of graph.constants.keys()) define(name, 'a constant');
  for (const node of graph.nodes) verifyStep(graph, node, defined, define);
  for (const edge of graph.outputs) {
    if (!defined.has(edge.value)) fail(`output ${edge.name} has no value ${edge.value}`);
  }
  for (const [key, value] of graph.values) {
    if (key !== value.name) fail(`value ${value.name} is listed as ${key}`);
    if (!defined.has(key)) fail(`value ${key} is never defined`);
    verifyValue(value, !imported, ranges, fail);
  }
  for (const [name, tensor] of graph.constants) {
    if (tensor.data.length !== elementCount(tensor.shape)) fail(`constant ${name} has the wrong number of elements`);
  }
  if (!imported) for (const edge of [...graph.inputs, ...graph.outputs]) verifyEdge(graph, edge);
  verifyUnique(graph);
}

function verifyStep(
  graph: Graph,
  node: Node,
  defined: ReadonlySet<string>,
  define: (name: string, by: string) => void,
): void {
  for (const input of node.inputs) {
    if (input === '' && node.kind === 'onnx') continue;
    if (!defined.has(input)) fail(`node ${node.name} reads ${input} before it is defined`);
  }
  for (const output of node.outputs) {
    if (output === '' && node.kind === 'onnx') continue;
    define(output, `node ${node.name}`);
  }
  if (node.kind !== 'onnx') verifyNode(node, graph, fail);
}

function verifyEdge(graph: Graph, edge: GraphEdge): void {
  const value = graph.values.get(edge.value)!;
  if (!sameShape(value.shape, edge.shape)) fail(`edge ${edge.name} and its value ${edge.value} differ in shape`);
  if (value.dtype !== 'int8' && value.dtype !== 'uint8') fail(`edge ${edge.name} is ${value.dtype}`);
}

function verifyUnique(graph: Graph): void {
  for (const edges of [graph.inputs, graph.outputs]) {
    if (new Set(edges.map((edge) => edge.name)).size !== edges.length) fail('two edges have the same name');
  }
}

function fail(message: string): never {
  throw new ZkinferError('INTERNAL', `invalid graph: ${message}`);
}
