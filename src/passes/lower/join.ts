/** Values whose elements come from several others: Concat, QLinearConcat, and the operands of Max and Min. */
import { movementSources } from '../../ir/movement.js';
import type { OnnxNode } from '../../ir/types.js';
import { dequantizeAll } from '../../ir/float32.js';
import { sameQuantization } from './builder.js';
import type { Fact, JoinedFact, JoinedPart, Move, PendingFact } from './facts.js';
import { quantizeFact } from './quantize.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import { UNARY_OPS } from './unary-functions.js';
import { dequantizeWeights } from './weights.js';

/** Element-wise operators of one input that never decrease: they commute with all moves, maxima included. */
const MONOTONE: ReadonlySet<string> = new Set([
  'Relu',
  'Clip',
  'Sigmoid',
  'Tanh',
  'Erf',
  'Exp',
  'Sqrt',
  'Softplus',
  'Softsign',
]);

export function lowerConcat(state: LoweringState, node: OnnxNode): void {
  const inputs = node.inputs.map((input) => state.shape(input));
  const shape = state.outputShape(node);
  const sources = movementSources(node.op, { attributes: node.attributes, inputs, output: shape, index: 0 });
  state.set(
    node,
    joinFacts(
      state,
      node,
      node.inputs.map((_, i) => state.fact(node, i)),
      sources,
      shape,
      [],
    ),
  );
}

/** com.microsoft QLinearConcat: each input requantized by a table, or copied where its quantization is that of the output. */
export function lowerQLinearConcat(state: LoweringState, node: OnnxNode): void {
  const places = Array.from({ length: (node.inputs.length - 2) / 3 }, (_, i) => 2 + 3 * i);
  const parts = places.map((place): JoinedPart => {
    const fact = state.fact(node, place);
    const quantization = state.activationQuantization(node, place + 1, place + 2);
    if (fact.kind === 'constant') {
      const { scale, zeroPoint } = quantization;
      const scales = Float32Array.of(scale);
      return dequantizeWeights({
        kind: 'weights',
        tensor: fact.tensor,
        scales,
        zeroPoints: Int32Array.of(zeroPoint),
        axis: undefined,
      });
    }
    if (fact.kind !== 'integer') return refuse(node, `its input ${node.inputs[place]} is not quantized`);
    const floats = dequantizeAll(quantization, state.builder.dtype(fact.value));
    return { kind: 'pending', value: fact.value, floats, plain: quantization, origin: quantization, ops: [] };
  });
  const shape = state.outputShape(node);
  const inputs = places.map((place) => state.shape(node.inputs[place]!));
  const sources = movementSources('Concat', { attributes: node.attributes, inputs, output: shape, index: 0 });
  const quantization = state.activationQuantization(node, 0, 1);
  const dtype = state.graph.values.get(node.outputs[0]!)!.dtype as 'int8' | 'uint8';
  const joined = joinParts(node, parts, sources, shape, []);
  state.set(node, { kind: 'integer', value: quantizeFact(state, node, joined, { quantization, dtype }) });
}

/**
 * What the elements of several values are known as once they are brought together and then moved.
 * @param sources flat indices into all of them, one after the other
 * @param shape of what `sources` picks
 */
export function joinFacts(
  state: LoweringState,
  node: OnnxNode,
  facts: readonly Fact[],
  sources: Int32Array,
  shape: readonly number[],
  moves: readonly Move[],
): Fact {
  const { builder } = state;
  const output = node.outputs[0]!;
  const name = moves.length === 0 ? output : `${output}.joined`;
  const move = { name: node.name, label: node.op, sources, shape };
  const finish = (value: string): string =>
    moves.reduce((v, next, i) => builder.move(v, next, i === moves.length - 1 ? output : `${output}.${i}`), value);
  if (facts.some((fact) => fact.kind === 'integer')) {
    return { kind: 'integer', value: finish(builder.gather(integerValues(state, node, facts), move, 0, name)) };
  }
  if (facts.every((fact) => fact.kind === 'index') && moves.length === 0) {
    const values = facts.map((fact) => (fact as Fact & { kind: 'index' }).value);
    return { kind: 'index', value: builder.gather(values, move, 0, name) };
  }
  const parts = facts.map((fact, i) => toPart(node, fact, i));
  if (parts.every((part) => part.kind === 'constant'))
    return refuse(node, 'it joins quantized constants', 'compute it ahead of time');
  const common = commonFunction(state, parts);
  if (!common || (moves.some((next) => next.kind === 'maxpool') && !isMonotone(common)))
    return joinParts(node, parts, sources, shape, moves);
  const values = parts.map((part) => builder.withQuantization((part as PendingFact).value, common.origin, node.name));
  return { ...common, value: finish(builder.gather(values, move, 0, `${name}.integer`)) };
}

export function joinParts(
  node: OnnxNode,
  parts: readonly JoinedPart[],
  sources: Int32Array,
  shape: readonly number[],
  moves: readonly Move[],
): JoinedFact {
  return { kind: 'joined', name: node.name, label: node.op, parts, sources, shape, moves };
}

/** Whether a pending float is one function for all elements, and never decreases. */
export function isMonotone(fact: PendingFact): boolean {
  return !fact.rows && fact.floats.every((float, i) => i === 0 || float >= fact.floats[i - 1]!);
}

/** Applies an element-wise operator to each part of a joined value. */
export function distribute(
  state: LoweringState,
  node: OnnxNode,
  fact: JoinedFact,
  lower: (state: LoweringState, node: OnnxNode) => void,
): JoinedFact {
  if (!MONOTONE.has(node.op) && fact.moves.some((move) => move.kind === 'maxpool'))
    return notQuantized(node, `the float result of ${fact.label} ${fact.name} is not quantized before it`);
  const parts = fact.parts.map((part, i): JoinedPart => {
    if (part.kind === 'constant')
      return notQuantized(node, `${fact.label} ${fact.name}, which joins constants, is not quantized before it`);
    if (part.kind === 'joined') return distribute(state, node, part, lower);
    const ends = { input: `${node.name}.part${i}`, output: `${node.name}.result${i}` };
    state.facts.set(ends.input, part);
    lower(state, { ...node, inputs: [ends.input, ...node.inputs.slice(1)], outputs: [ends.output] });
    return state.facts.get(ends.output) as JoinedPart;
  });
  return { ...fact, parts };
}

/** Operators that `distribute` handles. */
export function isDistributive(op: string): boolean {
  return MONOTONE.has(op) || UNARY_OPS.includes(op);
}

/** Integer operands; constants among them become values. */
function integerValues(state: LoweringState, node: OnnxNode, facts: readonly Fact[]): string[] {
  const { builder } = state;
  const first = facts.find((fact) => fact.kind === 'integer')!;
  return facts.map((fact, i) => {
    if (fact.kind === 'integer') return fact.value;
    if (fact.kind !== 'constant') return refuse(node, `its input ${node.inputs[i]} is not quantized as the others are`);
    const { data, shape } = fact.tensor;
    const integers = Int32Array.from(data as Int8Array);
    return builder.constant(first.value, integers, shape, node.op, node.name, `${node.outputs[0]!}.input${i}`);
  });
}

function toPart(node: OnnxNode, fact: Fact, index: number): JoinedPart {
  switch (fact.kind) {
    case 'weights':
      return dequantizeWeights(fact);
    case 'constant':
    case 'pending':
    case 'accumulator':
    case 'softmax':
    case 'input':
    case 'joined':
      return fact;
    case 'index':
      return refuse(node, 'it joins places that ArgMax found with other values', 'leave it out of the model');
    default:
      return refuse(node, `its input ${node.inputs[index]} has no integer meaning`);
  }
}

/** The function that all parts are pending under, where it is the same and their integers are of one dtype. */
function commonFunction(state: LoweringState, parts: readonly JoinedPart[]): PendingFact | undefined {
  const [first] = parts;
  if (first?.kind !== 'pending' || first.rows) return undefined;
  const dtype = state.builder.dtype(first.value);
  const same = parts.every(
    (part) =>
      part.kind === 'pending' &&
      !part.rows &&
      state.builder.dtype(part.value) === dtype &&
      sameQuantization(part.origin, first.origin) &&
      part.floats.every((float, i) => float === first.floats[i]),
  );
  return same ? first : undefined;
}
