/** Lowering of operators that compare elements: GlobalMaxPool, ReduceMax, ReduceMin, Max, Min, ArgMax, ArgMin, TopK. */
import { reduceSources, stackSources } from '../../ir/moves.js';
import { dtypeRange, elementCount } from '../../ir/types.js';
import type { OnnxNode, Shape } from '../../ir/types.js';
import { lowerBinary } from './binary.js';
import { lowerBounds } from './elementwise.js';
import type { Fact, Move, PendingFact } from './facts.js';
import { joinFacts } from './join.js';
import { moveFact } from './movement.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';

/** Greatest or least elements along the axes that import has resolved. */
export function lowerReduce(state: LoweringState, node: OnnxNode): void {
  const axes = node.attributes['axes'] as readonly number[];
  state.set(node, reduce(state, node, axes, node.op === 'ReduceMin'));
}

/** Max and Min of tensors: stacked along a new axis, which is reduced. A bound by one constant is a Clip. */
export function lowerExtremum(state: LoweringState, node: OnnxNode): void {
  const least = node.op === 'Min';
  const facts = node.inputs.map((_, i) => state.fact(node, i));
  if (isTable(facts)) return lowerBinary(state, node);
  const shape = state.outputShape(node);
  const bound = facts.findIndex((fact) => fact.kind === 'constant' && fact.tensor.data.length === 1);
  if (facts.length === 2 && bound >= 0 && state.shape(node.inputs[1 - bound]!).join() === shape.join()) {
    const value = Number(state.constant(node, bound, 'bound').data[0]);
    if (Number.isNaN(value)) refuse(node, 'a bound is NaN');
    const operand = { ...node, inputs: [node.inputs[1 - bound]!] };
    return lowerBounds(state, operand, least ? { min: -Infinity, max: value } : { min: value, max: Infinity });
  }
  const shapes = node.inputs.map((input) => state.shape(input));
  const [count, candidates] = [elementCount(shape), facts.length];
  const moves = extremum(node, count, candidates, shape, least);
  state.set(node, joinFacts(state, node, facts, stackSources(shapes, shape), [1, count, candidates], moves));
}

/** Whether two operands give a function of one element: one is a constant that may differ between elements, or both come from one value. */
function isTable([a, b, ...more]: readonly Fact[]): boolean {
  if (!a || !b || more.length > 0) return false;
  const constant = [a, b].some(
    (fact) => fact.kind === 'weights' || (fact.kind === 'constant' && fact.tensor.data.length > 1),
  );
  const pending = [a, b].some((fact) => fact.kind === 'pending');
  return (constant && pending) || (a.kind === 'pending' && b.kind === 'pending' && a.value === b.value);
}

export function lowerArg(state: LoweringState, node: OnnxNode): void {
  const last = node.attributes['select_last_index'] === 1;
  state.set(node, findPlaces(state, node, 0, node.op === 'ArgMin', last));
}

/** TopK with k = 1: the greatest or least element, and its place. */
export function lowerTopK(state: LoweringState, node: OnnxNode): void {
  const least = node.attributes['largest'] === 0;
  const axes = [node.attributes['axis'] as number];
  if ((node.outputs[0] ?? '') !== '') state.set(node, reduce(state, node, axes, least), 0);
  if ((node.outputs[1] ?? '') !== '') state.set(node, findPlaces(state, node, 1, least, false), 1);
}

function reduce(state: LoweringState, node: OnnxNode, axes: readonly number[], least: boolean): Fact {
  const shape = state.shape(node.inputs[0]!);
  const output = state.outputShape(node);
  const [count, candidates] = [elementCount(output), elementCount(axes.map((axis) => shape[axis]!))];
  const sources = reduceSources(shape, axes);
  const gather: Move = { kind: 'move', name: node.name, label: node.op, shape: [1, count, candidates], sources };
  const moves = [gather, ...extremum(node, count, candidates, output, least)];
  return moveFact(state, node, state.fact(node, 0), moves, node.outputs[0]!);
}

/** From [1, count, candidates] to the extremum of each row. */
function extremum(node: OnnxNode, count: number, candidates: number, shape: Shape, least: boolean): Move[] {
  const window = { kernel: [candidates], strides: [1], dilations: [1], padsBegin: [0], padsEnd: [0] };
  return [
    { kind: 'maxpool', name: node.name, shape: [1, count, 1], window, ...(least ? { least } : {}) },
    { kind: 'reshape', name: node.name, shape },
  ];
}

/** Places of the greatest elements along one axis, of the least ones where `least`. */
function findPlaces(state: LoweringState, node: OnnxNode, index: number, least: boolean, last: boolean): Fact {
  const { builder } = state;
  const output = node.outputs[index]!;
  const ordered = orderedIntegers(state, node);
  const operand = least ? builder.reverse(ordered, node.name, `${output}.reversed`) : ordered;
  const sources = reduceSources(state.shape(node.inputs[0]!), [node.attributes['axis'] as number]);
  const value = builder.addValue(output, 'uint8', state.shape(output), { quantization: { scale: 1, zeroPoint: 0 } });
  builder.nodes.push({ kind: 'argmax', name: node.name, inputs: [operand], outputs: [value], sources, last });
  return { kind: 'index', value };
}

/** Integers in the order of the operand's elements, equal where those are equal. */
function orderedIntegers(state: LoweringState, node: OnnxNode): string {
  const fact = state.fact(node, 0);
  switch (fact.kind) {
    case 'integer':
      return fact.value;
    case 'pending':
      return rankedIntegers(state, node, fact);
    case 'accumulator':
      return notQuantized(node, `its input ${node.inputs[0]} is the float result of ${fact.node}`);
    case 'joined':
      return notQuantized(node, `its input ${node.inputs[0]} is the float result of ${fact.label} ${fact.name}`);
    default:
      return notQuantized(node, `its input ${node.inputs[0]} is float`);
  }
}

/** The integers themselves where the function on them increases strictly, otherwise the ranks of its results. */
function rankedIntegers(state: LoweringState, node: OnnxNode, fact: PendingFact): string {
  const { builder } = state;
  const { floats } = fact;
  if (fact.rows) return notQuantized(node, `its input is a function that differs between elements`);
  const input = builder.withQuantization(fact.value, fact.origin, node.name);
  if (floats.every((float, i) => i === 0 || float > floats[i - 1]!)) return input;
  const dtype = builder.dtype(fact.value);
  const ranks = new Map([...new Set(floats.map((float) => float + 0))].sort((a, b) => a - b).map((x, i) => [x, i]));
  const { min } = dtypeRange(dtype);
  const table = Int32Array.from(floats, (float) => ranks.get(float + 0)! + min);
  const quantization = { scale: 1, zeroPoint: min };
  return state.addTable(input, table, quantization, dtype, fact.ops.join(' + '), node.name, `${node.outputs[0]}.order`);
}
