/** Float functions of one element: how they are composed, moved, and split into functions that differ between elements. */
import type { OnnxNode, Shape } from '../../ir/types.js';
import { elementCount } from '../../ir/types.js';
import { expandSources } from '../../ir/moves.js';
import { windowTaps } from '../../ir/window.js';
import type { Move, PendingFact } from './facts.js';
import { refuse } from './state.js';
import type { LoweringState } from './state.js';

/** The function followed by `apply`, which gives float32. */
export function mapFloats(fact: PendingFact, op: string, apply: (x: number) => number): PendingFact {
  const { kind, value, origin, rows } = fact;
  return { kind, value, origin, floats: fact.floats.map(apply), ops: [...fact.ops, op], ...(rows ? { rows } : {}) };
}

/** The function followed by one of several, chosen for each element by `classes`: one row for each pair that occurs. */
export function mapByClass(
  fact: PendingFact,
  op: string,
  classes: ArrayLike<number>,
  apply: (x: number, index: number) => number,
): PendingFact {
  const { kind, value, origin } = fact;
  const known = new Map<string, number>();
  const floats: number[] = [];
  const rows = Int32Array.from(classes, (index, element) => {
    const row = fact.rows?.[element] ?? 0;
    const key = `${row} ${index}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    for (const x of fact.floats.subarray(256 * row, 256 * (row + 1))) floats.push(apply(x, index));
    known.set(key, known.size);
    return known.size - 1;
  });
  const varied = known.size > 1 ? { rows } : {};
  return { kind, value, origin, floats: Float32Array.from(floats), ops: [...fact.ops, op], ...varied };
}

/** A function of two functions of the same element. */
export function combinePending(
  a: PendingFact,
  b: PendingFact,
  op: string,
  apply: (x: number, y: number) => number,
): PendingFact {
  const { kind, value, origin } = a;
  const known = new Map<string, number>();
  const floats: number[] = [];
  const rowOf = (rowA: number, rowB: number): number => {
    const key = `${rowA} ${rowB}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    for (let i = 0; i < 256; i++) floats.push(apply(a.floats[256 * rowA + i]!, b.floats[256 * rowB + i]!));
    known.set(key, known.size);
    return known.size - 1;
  };
  const rows = (a.rows ?? b.rows)?.map((_, i) => rowOf(a.rows?.[i] ?? 0, b.rows?.[i] ?? 0));
  if (!rows) rowOf(0, 0);
  const ops = [...a.ops, ...b.ops.filter((name) => !a.ops.includes(name)), op];
  return { kind, value, origin, floats: Float32Array.from(floats), ops, ...(rows && known.size > 1 ? { rows } : {}) };
}

/** A pending function whose elements are moved, or of which maxima are taken: done on the integers. */
export function movePending(
  state: LoweringState,
  node: OnnxNode,
  fact: PendingFact,
  move: Move,
  output: string,
): PendingFact {
  const { builder } = state;
  const { shape } = builder.value(fact.value);
  const rows = fact.rows && moveRows(node, fact.rows, shape, move);
  if (move.kind === 'maxpool' && decreases(fact.floats)) {
    refuse(node, 'it takes the maximum of a function that is not monotone', 'quantize its input');
  }
  const input = builder.withQuantization(fact.value, fact.origin, node.name);
  return { ...fact, value: builder.move(input, move, output), ...(rows ? { rows } : {}) };
}

/** The same values under a larger shape. */
export function broadcastPending(state: LoweringState, node: OnnxNode, fact: PendingFact, shape: Shape): PendingFact {
  const from = state.builder.value(fact.value).shape;
  if (from.join() === shape.join()) return fact;
  return movePending(state, node, fact, broadcastMove(node, from, shape), `${node.outputs[0]!}.broadcast`);
}

/** Broadcasting as a move. */
export function broadcastMove(node: OnnxNode, from: Shape, shape: Shape): Move {
  if (elementCount(from) === elementCount(shape)) return { kind: 'reshape', name: node.name, shape };
  return { kind: 'move', name: node.name, label: 'Broadcast', shape, sources: expandSources(from, shape) };
}

/** Whether any of the functions decreases somewhere, or is not a number. */
function decreases(floats: Float32Array): boolean {
  return floats.some((float, i) => Number.isNaN(float) || (i % 256 > 0 && float < floats[i - 1]!));
}

function moveRows(node: OnnxNode, rows: Int32Array, shape: Shape, move: Move): Int32Array {
  if (move.kind === 'reshape') return rows;
  if (move.kind === 'move') return move.sources.map((source) => rows[source]!);
  const { indices, positions, taps } = windowTaps(shape.slice(2), move.window);
  const plane = elementCount(shape.slice(2));
  return Int32Array.from({ length: elementCount(move.shape) }, (_, output) => {
    const base = Math.floor(output / positions) * plane;
    const position = output % positions;
    const window = indices.subarray(position * taps, (position + 1) * taps).filter((index) => index >= 0);
    const row = rows[base + window[0]!]!;
    if (window.some((index) => rows[base + index] !== row)) {
      refuse(node, 'it takes the maximum of elements with different functions', 'quantize its input');
    }
    return row;
  });
}
