/**
 * From the imported to the integer dialect. Every DequantizeLinear -> operator -> QuantizeLinear, and every QOperator node,
 * becomes integer nodes. Each value of the imported graph is known as one of a few facts (lower/facts.ts); each node turns the facts
 * of its inputs into that of its output.
 */
import { ZkinferError } from '../errors.js';
import { Problems } from '../ir/problems.js';
import { isMovement } from '../ir/movement.js';
import type { Graph, GraphEdge, OnnxNode } from '../ir/types.js';
import { lowerMean, lowerQLinearMean } from './lower/average.js';
import { lowerBatchNormalization, lowerBinary, lowerQLinearBinary } from './lower/binary.js';
import { lowerCast } from './lower/cast.js';
import { lowerClip, lowerRelu } from './lower/elementwise.js';
import { distribute, isDistributive, lowerConcat, lowerQLinearConcat } from './lower/join.js';
import { lowerFloatLinear, lowerQLinear } from './lower/linear.js';
import { lowerMaxPool, lowerMove } from './lower/movement.js';
import { lowerArg, lowerExtremum, lowerReduce, lowerTopK } from './lower/order.js';
import { lowerDequantize, lowerQuantize } from './lower/quantize.js';
import { lowerQLinearSoftmax, lowerSoftmax } from './lower/softmax.js';
import type { Fact } from './lower/facts.js';
import { LoweringState, refuse } from './lower/state.js';
import { lowerInteger } from './lower/steps.js';
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
  QLinearSoftmax: lowerQLinearSoftmax,
  Softmax: lowerSoftmax,
  LogSoftmax: lowerSoftmax,
  Relu: lowerRelu,
  Clip: lowerClip,
  Add: lowerBinary,
  Sub: lowerBinary,
  Mul: lowerBinary,
  Div: lowerBinary,
  Pow: lowerBinary,
  PRelu: lowerBinary,
  BatchNormalization: lowerBatchNormalization,
  AveragePool: lowerMean,
  GlobalAveragePool: lowerMean,
  ReduceMean: lowerMean,
  ...Object.fromEntries(UNARY_OPS.map((op) => [op, lowerUnary])),
  MaxPool: lowerMaxPool,
  GlobalMaxPool: lowerReduce,
  ReduceMax: lowerReduce,
  ReduceMin: lowerReduce,
  Max: lowerExtremum,
  Min: lowerExtremum,
  ArgMax: lowerArg,
  ArgMin: lowerArg,
  TopK: lowerTopK,
  Cast: lowerCast,
  Concat: lowerConcat,
  QLinearConcat: lowerQLinearConcat,
};

const LOST: Fact = { kind: 'lost' };

/** Operators that the places ArgMax finds may go through. */
const INDEX_OPS: ReadonlySet<string> = new Set(['Cast', 'Concat']);

/** Rewrites a graph of the imported dialect to the integer dialect. Throws ProblemsError with everything that has no integer meaning. */
export function fuseQdq(graph: Graph): Graph {
  const { lowered, problems } = lowerGraph(graph);
  for (const edge of lowered.inputs)
    if (edge.value === '' && problems.count === 0) problems.add(unusedInput(edge.name, graph));
  problems.throwIfAny();
  return lowered;
}

/** All that has no integer meaning in a graph that may lack nodes which import refused. */
export function loweringProblems(graph: Graph): readonly ZkinferError[] {
  return lowerGraph(graph).problems.all;
}

function lowerGraph(graph: Graph): { lowered: Graph; problems: Problems } {
  const state = new LoweringState(graph);
  const problems = new Problems();
  for (const [name, tensor] of graph.constants) state.facts.set(name, { kind: 'constant', tensor });
  for (const edge of graph.inputs) addInput(state, edge);
  for (const node of importedNodes(graph)) {
    if (!problems.attempt(() => lowerNode(state, node))) passOver(state, node);
  }
  const outputs: GraphEdge[] = [];
  for (const edge of graph.outputs) {
    problems.attempt(() => {
      const output = lowerOutput(state, edge);
      if (output) outputs.push(output);
    });
  }
  const { builder } = state;
  const values = builder.finishValues();
  const lowered = {
    name: graph.name,
    inputs: builder.inputs,
    outputs,
    nodes: builder.nodes,
    values,
    constants: new Map(),
  };
  return { lowered, problems };
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
  const facts = node.inputs.map((input) => (input === '' ? undefined : (state.facts.get(input) ?? LOST)));
  if (facts.some((fact) => fact?.kind === 'lost')) return passOver(state, node);
  const lower = LOWERINGS[node.op] ?? (isMovement(node.op) ? lowerMove : undefined);
  if (!lower) return refuse(node, 'it is not supported on data');
  if (facts.some((fact) => fact?.kind === 'index') && !INDEX_OPS.has(node.op) && !isMovement(node.op)) {
    return refuse(node, 'it computes with the places that ArgMax found', 'compute it outside the proof');
  }
  const [first] = facts;
  if (first?.kind === 'joined' && isDistributive(node.op)) {
    return state.set(node, distribute(state, node, first, lower));
  }
  lower(state, node);
}

/**
 * Gives up a node that has a problem, or one before it. Its quantized outputs stay known as integers of whatever value, so that problems behind them
 * are found too; the graph itself is not used any more.
 */
function passOver(state: LoweringState, node: OnnxNode): void {
  for (const [index, name] of node.outputs.entries()) {
    if (name === '') continue;
    const { dtype, shape } = state.graph.values.get(name)!;
    const quantized = dtype === 'int8' || dtype === 'uint8';
    const fact: Fact = quantized ? { kind: 'integer', value: state.builder.addValue(name, dtype, shape) } : LOST;
    state.set(node, fact, index);
  }
}

/** The edge for a graph output, or undefined where a reported problem lies behind it. */
function lowerOutput(state: LoweringState, edge: GraphEdge): GraphEdge | undefined {
  const fact = state.facts.get(edge.value) ?? LOST;
  const location = { tensor: edge.name };
  switch (fact.kind) {
    case 'lost':
      return undefined;
    case 'integer':
    case 'index':
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
    case 'accumulator':
    case 'joined': {
      const source = fact.kind === 'joined' ? `${fact.label} ${fact.name}` : fact.node;
      const type = edge.kind === 'integer' ? 'int32' : 'float';
      throw new ZkinferError('MODEL_NOT_QUANTIZED', `graph output ${edge.name} is the ${type} result of ${source}`, {
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

function unusedInput(name: string, graph: Graph): ZkinferError {
  const read = graph.nodes.some((node) => node.inputs.includes(name));
  const message = read ? `graph input ${name} is never quantized` : `graph input ${name} is not used`;
  return new ZkinferError('MODEL_UNSUPPORTED', message, {
    hint: 'remove it from the model',
    location: { tensor: name },
  });
}
