/** Lowering of movement operators and MaxPool: on the integers, whatever float function is still pending. */
import type { OnnxNode, Window } from '../../ir/types.js';
import { transposeSources } from '../../ir/moves.js';
import { transposeConstant } from '../constants.js';
import type { Move, WeightsFact } from './facts.js';
import { movePending } from './pending.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';

export function lowerMove(state: LoweringState, node: OnnxNode): void {
  const fact = state.fact(node, 0);
  const move = toMove(state, node);
  const output = node.outputs[0]!;
  switch (fact.kind) {
    case 'integer':
      return state.set(node, { kind: 'integer', value: state.builder.move(fact.value, move, output) });
    case 'pending':
      return state.set(node, movePending(state, node, fact, move, `${output}.integer`));
    case 'accumulator':
      return state.set(node, { ...fact, moves: [...fact.moves, move] });
    case 'input':
      if (move.kind === 'maxpool') return notQuantized(node, `its input ${fact.name} is float`);
      return state.set(node, { ...fact, moves: [...fact.moves, move] });
    case 'weights':
      return state.set(node, moveWeights(node, fact, move));
    default:
      return notQuantized(node, `its input ${node.inputs[0]} is float`);
  }
}

function toMove(state: LoweringState, node: OnnxNode): Move {
  const base = { name: node.name, op: node.op, shape: state.outputShape(node) };
  if (node.op === 'Transpose') {
    const sources = transposeSources(state.shape(node.inputs[0]!), node.attributes['perm'] as readonly number[]);
    return { kind: 'move', label: node.op, sources, ...base };
  }
  if (node.op === 'MaxPool') return { kind: 'maxpool', window: toWindow(node), ...base };
  return { kind: 'reshape', ...base };
}

/** The window of a Conv, QLinearConv or MaxPool node, whose attributes import has resolved. */
export function toWindow(node: OnnxNode): Window {
  const list = (name: string): readonly number[] => node.attributes[name] as readonly number[];
  const pads = list('pads');
  return {
    kernel: list('kernel_shape'),
    strides: list('strides'),
    dilations: list('dilations'),
    padsBegin: pads.slice(0, pads.length / 2),
    padsEnd: pads.slice(pads.length / 2),
  };
}

function moveWeights(node: OnnxNode, fact: WeightsFact, move: Move): WeightsFact {
  if (node.op === 'Transpose') {
    const perm = node.attributes['perm'] as readonly number[];
    const axis = fact.axis === undefined ? undefined : perm.indexOf(fact.axis);
    return { ...fact, tensor: transposeConstant(fact.tensor, perm), axis };
  }
  if (move.kind === 'reshape' && fact.axis === undefined)
    return { ...fact, tensor: { ...fact.tensor, shape: move.shape } };
  return refuse(node, 'it changes weights that are quantized per channel', 'apply it before quantizing');
}
