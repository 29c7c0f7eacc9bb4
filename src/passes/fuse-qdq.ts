/**
 * From the imported to the integer dialect. Every DequantizeLinear -> operator -> QuantizeLinear, and every QOperator node,
 * becomes integer nodes. Each value of the imported graph is known as one of a few facts (lower/facts.ts); each node turns the facts
 * of its inputs into that of its output.
 */
import { ZkinferError } from '../errors.js';
import { Problems } from '../ir/problems.js';
import type { Graph, GraphEdge, OnnxNode } from '../ir/types.js';
import { lowerMean, lowerQLinearMean } from './lower/average.js';
import { lowerBatchNormalization, lowerBinary, lowerQLinearBinary } from './lower/binary.js';
import { lowerClip, lowerIdentity, lowerRelu } from './lower/elementwise.js';
import { lowerFloatLinear, lowerQLinear } from './lower/linear.js';
import { lowerMove } from './lower/movement.js';
import { lowerDequantize, lowerQuantize } from './lower/quantize.js';
import { lowerQLinearSoftmax, lowerSoftmax } from './lower/softmax.js';
import { LoweringState, refuse } from './lower/state.js';
import { lowerCast, lowerInteger } from './lower/steps.js';
import { lowerQLinearUnary, lowerUnary } from './lower/unary.js';
import { UNARY_OPS } from './lower/unary-functions.js';

type Lower = (state: LoweringState, node: OnnxNode) => void;

const LOWERINGS: Readonly<Record<string, Lower>> = {
  QuantizeLinear: lowerQuantize,
  DequantizeLinear: lowerDequantize,
  Conv: lowerFloatLinear,
  MatMul: lowerFloatLinear,
  Gemm: lowerFloatLinear,
  QLinearConv: lowerQLinear,
  QLinearMatMul: lowerQLinear,
  QGemm: lowerQLinear,
  QLinearSigmoid: lowerQLinearUnary,
  QLinearLeakyRelu: lowerQLinearUnary,
  QLinearAdd: lowerQLinearBinary,
  QLinearMul: lowerQLinearBinary,
  QLinearAveragePool: lowerQLinearMean,
  QLinearGlobalAveragePool: lowerQLinearMean,
  ConvInteger: lowerInteger,
  MatMulInteger: lowerInteger,
  Cast: lowerCast,
  QLinearSoftmax: lowerQLinearSoftmax,
  Softmax: lowerSoftmax,
  Relu: lowerRelu,
  Clip: lowerClip,
  Add: lowerBinary,
  Sub: lowerBinary,
  Mul: lowerBinary,
  Div: lowerBinary,
  Max: lowerBinary,
  Min: lowerBinary,
  Pow: lowerBinary,
  PRelu: lowerBinary,
  BatchNormalization: lowerBatchNormalization,
  AveragePool: lowerMean,
  GlobalAveragePool: lowerMean,
  ReduceMean: lowerMean,
  Identity: lowerIdentity,
  MaxPool: lowerMove,
  Reshape: lowerMove,
  Flatten: lowerMove,
  Transpose: lowerMove,
  Squeeze: lowerMove,
  Unsqueeze: lowerMove,
  ...Object.fromEntries(UNARY_OPS.map((op) => [op, lowerUnary])),
};

/** Rewrites a graph of the imported dialect to the integer dialect. Throws ProblemsError with everything that has no integer meaning. */
export function fuseQdq(graph: Graph): Graph {
  const state = new LoweringState(graph);
  const problems = new Problems();
  for (const [name, tensor] of graph.constants) state.facts.set(name, { kind: 'constant', tensor });
  for (const edge of graph.inputs) addInput(state, edge);
  for (const node of importedNodes(graph)) {
    if (!problems.attempt(() => lowerNode(state, node))) state.set(node, { kind: 'lost' });
  }
  const outputs: GraphEdge[] = [];
  for (const edge of graph.outputs) {
    problems.attempt(() => {
      const output = lowerOutput(state, edge);
      if (output) outputs.push(output);
    });
  }
  const read = new Set(graph.nodes.flatMap((node) => node.inputs));
  for (const edge of state.builder.inputs) {
    if (edge.value === '' && problems.count === 0) problems.add(unusedInput(edge.name, read.has(edge.name)));
  }
  problems.throwIfAny();
  const { builder } = state;
  const values = builder.finishValues();
  return { name: graph.name, inputs: builder.inputs, outputs, nodes: builder.nodes, values, constants: new Map() };
}

function addInput(state: LoweringState, edge: GraphEdge): void {
  const { builder } = state;
  if (edge.kind === 'float') {
    builder.inputs.push({ ...edge, value: '' });
    state.facts.set(edge.name, { kind: 'input', name: edge.name, moves: [] });
    return;
  }
  const value = builder.addValue(edge.name, state.graph.values.get(edge.value)!.dtype, edge.shape);
  builder.inputs.push({ ...edge, value });
  state.facts.set(edge.name, { kind: 'integer', value });
}

function importedNodes(graph: Graph): readonly OnnxNode[] {
  return graph.nodes.map((node) => {
    if (node.kind !== 'onnx') throw new ZkinferError('INTERNAL', `node ${node.name} is lowered already`);
    return node;
  });
}

function lowerNode(state: LoweringState, node: OnnxNode): void {
  const lost = node.inputs.some((input) => state.facts.get(input)?.kind === 'lost');
  if (lost) return state.set(node, { kind: 'lost' });
  const lower = LOWERINGS[node.op];
  if (!lower) return refuse(node, 'it is not supported on data');
  lower(state, node);
}

/** The edge for a graph output, or undefined where a reported problem lies behind it. */
function lowerOutput(state: LoweringState, edge: GraphEdge): GraphEdge | undefined {
  const fact = state.facts.get(edge.value)!;
  const location = { tensor: edge.name };
  switch (fact.kind) {
    case 'lost':
      return undefined;
    case 'integer':
      return { ...edge, value: fact.value, kind: 'integer' };
    case 'pending': {
      const plain = state.plainPending(fact, edge.name);
      if (plain) return { ...edge, value: plain.value, kind: 'float' };
      throw new ZkinferError(
        'MODEL_NOT_QUANTIZED',
        `graph output ${edge.name} is the float result of ${fact.ops.join(', ')}`,
        {
          hint: 'quantize that operator too, or leave it out and compute it outside the proof',
          location,
        },
      );
    }
    case 'softmax':
      throw new ZkinferError(
        'MODEL_NOT_QUANTIZED',
        `graph output ${edge.name} is the float result of ${fact.node.op} ${fact.node.name}`,
        { hint: 'leave it out and compute it outside the proof, or quantize its output', location },
      );
    case 'accumulator': {
      const type = edge.kind === 'integer' ? 'int32' : 'float';
      throw new ZkinferError('MODEL_NOT_QUANTIZED', `graph output ${edge.name} is the ${type} result of ${fact.node}`, {
        hint: 'quantize the output, for example with onnxruntime.quantization.quantize_static',
        location,
      });
    }
    default:
      throw new ZkinferError('MODEL_UNSUPPORTED', `graph output ${edge.name} does not depend on quantized data`, {
        location,
      });
  }
}

function unusedInput(name: string, read: boolean): ZkinferError {
  const message = read ? `graph input ${name} is never quantized` : `graph input ${name} is not used`;
  return new ZkinferError('MODEL_UNSUPPORTED', message, {
    hint: 'remove it from the model',
    location: { tensor: name },
  });
}
