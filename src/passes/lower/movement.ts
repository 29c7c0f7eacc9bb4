/** Lowering of operators that move elements of one tensor: on the integers, whatever float function is still pending. */
import { movementSources, keepsOrder } from '../../ir/movement.js';
import { identitySources } from '../../ir/moves.js';
import { dtypeRange, elementCount } from '../../ir/types.js';
import type { OnnxNode, Window } from '../../ir/types.js';
import type { Fact, JoinedPart, Move } from './facts.js';
import { isMonotone, joinParts } from './join.js';
import { movePending } from './pending.js';
import { notQuantized, refuse } from './state.js';
import type { LoweringState } from './state.js';
import { moveWeights } from './weights.js';

export function lowerMove(state: LoweringState, node: OnnxNode): void {
  for (const [index, output] of node.outputs.entries()) {
    if (output === '') continue;
    const move = toMove(state, node, index);
    const filled = move.kind === 'move' && move.sources.includes(-1);
    const fact = state.fact(node, 0);
    const moved = filled ? padFact(state, node, fact, move) : moveFact(state, node, fact, [move], output);
    state.set(node, moved, index);
  }
}

export function lowerMaxPool(state: LoweringState, node: OnnxNode): void {
  const output = node.outputs[0]!;
  const move: Move = {
    kind: 'maxpool',
    name: node.name,
    op: node.op,
    shape: state.shape(output),
    window: toWindow(node),
  };
  state.set(node, moveFact(state, node, state.fact(node, 0), [move], output));
}

/** What a value is known as after moves. The last integer value made is named after `output`. */
export function moveFact(
  state: LoweringState,
  node: OnnxNode,
  fact: Fact,
  moves: readonly Move[],
  output: string,
): Fact {
  const { builder } = state;
  const applied = (from: string, name: string): string =>
    moves.reduce((value, move, i) => builder.move(value, move, i === moves.length - 1 ? name : `${name}.${i}`), from);
  const compares = moves.some((move) => move.kind === 'maxpool');
  switch (fact.kind) {
    case 'integer':
      return { ...fact, value: applied(fact.value, output) };
    case 'index':
      if (compares) return refuse(node, 'it compares the places that ArgMax found', 'leave it out of the model');
      return { ...fact, value: applied(fact.value, output) };
    case 'pending': {
      if (compares && !isMonotone(fact)) {
        const sources = identitySources(elementCount(builder.value(fact.value).shape));
        return joinParts(node, [fact], sources, builder.value(fact.value).shape, moves);
      }
      return moves.reduce(
        (pending, move, i) =>
          movePending(state, node, pending, move, `${output}.integer${i === moves.length - 1 ? '' : `.${i}`}`),
        fact,
      );
    }
    case 'accumulator':
    case 'softmax':
    case 'input':
    case 'joined':
      return { ...fact, moves: [...fact.moves, ...moves] };
    case 'weights':
      return moves.reduce((weights, move) => moveWeights(node, weights, move), fact);
    default:
      return notQuantized(node, `its input ${node.inputs[0]} is float`);
  }
}

function toMove(state: LoweringState, node: OnnxNode, index: number): Move {
  const shape = state.shape(node.outputs[index]!);
  const { name, op, attributes } = node;
  if (keepsOrder(op)) return { kind: 'reshape', name, op, shape };
  const sources = movementSources(op, { attributes, inputs: [state.shape(node.inputs[0]!)], output: shape, index });
  return { kind: 'move', name, op, label: op, shape, sources };
}

/** A move that leaves places open: they get the integer that stands for the padded value, or become a constant part of a joined value. */
function padFact(state: LoweringState, node: OnnxNode, fact: Fact, move: Move & { kind: 'move' }): Fact {
  const { builder } = state;
  const value = node.attributes['value'] as number;
  const output = node.outputs[0]!;
  if (fact.kind === 'integer') {
    const { min, max } = dtypeRange(builder.dtype(fact.value));
    if (!Number.isInteger(value) || value < min || value > max) refuse(node, `its value ${value} is outside its type`);
    return { ...fact, value: builder.gather([fact.value], move, value, output) };
  }
  if (fact.kind === 'index') return refuse(node, 'it pads the places that ArgMax found', 'leave it out of the model');
  if (fact.kind === 'weights') return moveWeights(node, fact, move, value);
  if (Number.isNaN(value)) return refuse(node, 'it pads with NaN');
  if (fact.kind === 'pending' && !fact.rows) {
    const { min } = dtypeRange(builder.dtype(fact.value));
    const plain = value === 0 && fact.floats[fact.origin.zeroPoint - min] === 0;
    const place = plain ? fact.origin.zeroPoint - min : fact.floats.indexOf(value);
    if (place >= 0) {
      const input = builder.withQuantization(fact.value, fact.origin, node.name);
      return { ...fact, value: builder.gather([input], move, place + min, `${output}.integer`) };
    }
  }
  if (!isPart(fact)) return notQuantized(node, `its input ${node.inputs[0]} is float`);
  const count = elementCount(state.shape(node.inputs[0]!));
  const filler: JoinedPart = {
    kind: 'constant',
    tensor: { dtype: 'float32', shape: [1], data: Float32Array.of(value) },
  };
  const sources = move.sources.map((source) => (source < 0 ? count : source));
  return joinParts(node, [fact, filler], sources, move.shape, []);
}

function isPart(fact: Fact): fact is JoinedPart {
  return ['pending', 'accumulator', 'softmax', 'input', 'joined'].includes(fact.kind);
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
