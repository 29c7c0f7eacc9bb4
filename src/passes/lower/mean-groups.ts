/** Which elements each mean takes. */
import type { OnnxNode, Shape } from '../../ir/types.js';
import { elementCount } from '../../ir/types.js';
import { transposeSources } from '../../ir/moves.js';
import { windowTaps } from '../../ir/window.js';
import type { AccumulatorFact, MeanSource } from './facts.js';
import { toWindow } from './movement.js';
import { refuse } from './state.js';

/** Groups of elements: [outputs, taps] flat input indices (-1 for padding), and what each sum is divided by. */
export type Groups = Pick<MeanSource, 'sources' | 'counts' | 'overhang'>;

/** The groups of an AveragePool, GlobalAveragePool, ReduceMean or QOperator node over an input shape. */
export function groupsOf(node: OnnxNode, shape: Shape): Groups {
  if (node.op === 'ReduceMean') return reducedGroups(shape, node.attributes['axes'] as readonly number[]);
  if (node.op.endsWith('GlobalAveragePool'))
    return reducedGroups(
      shape,
      shape.slice(2).map((_, i) => i + 2),
    );
  return poolGroups(node, shape);
}

function reducedGroups(shape: Shape, axes: readonly number[]): Groups {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const taps = elementCount(axes.map((axis) => shape[axis]!));
  const outputs = elementCount(kept.map((axis) => shape[axis]!));
  return { sources: transposeSources(shape, [...kept, ...axes]), counts: new Int32Array(outputs).fill(taps) };
}

function poolGroups(node: OnnxNode, shape: Shape): Groups {
  const window = toWindow(node);
  const spatial = shape.slice(2);
  const { indices, positions, taps } = windowTaps(spatial, window);
  const perPosition = poolCounts(node, spatial, indices, taps);
  if (perPosition.includes(0)) refuse(node, 'one of its windows sees nothing but padding', 'use smaller pads');
  const planes = shape[0]! * shape[1]!;
  const plane = elementCount(spatial);
  const size = indices.length;
  const overhang = node.attributes['count_include_pad'] === 1 && perPosition.some((count) => count !== taps);
  return {
    sources: Int32Array.from({ length: planes * size }, (_, i) => {
      const index = indices[i % size]!;
      return index < 0 ? -1 : index + Math.floor(i / size) * plane;
    }),
    counts: Int32Array.from({ length: planes * positions }, (_, i) => perPosition[i % positions]!),
    ...(overhang ? { overhang } : {}),
  };
}

/**
 * What the sum of each position is divided by: its taps inside the input; with count_include_pad also those on padding that the model
 * gives, but not those that only ceil_mode adds. ONNX Runtime's QLinearAveragePool counts all taps then.
 */
function poolCounts(node: OnnxNode, spatial: Shape, indices: Int32Array, taps: number): Int32Array {
  const positions = indices.length / taps;
  const inside = (all: Int32Array): Int32Array =>
    Int32Array.from(
      { length: positions },
      (_, position) => all.subarray(position * taps, (position + 1) * taps).filter((index) => index >= 0).length,
    );
  if (node.attributes['count_include_pad'] !== 1) return inside(indices);
  if (node.op === 'QLinearAveragePool') return new Int32Array(positions).fill(taps);
  const window = toWindow(node);
  const begin = window.padsBegin;
  const end = node.attributes['counted_end'] as readonly number[];
  const padded = spatial.map((size, axis) => size + begin[axis]! + end[axis]!);
  const overhang = window.padsEnd.map((pad, axis) => pad - end[axis]!);
  return inside(windowTaps(padded, { ...window, padsBegin: begin.map(() => 0), padsEnd: overhang }).indices);
}

/** The mean of means, as one mean: their elements together, which all count alike. */
export function composeMeans(
  node: OnnxNode,
  fact: AccumulatorFact,
  inner: MeanSource,
  outer: Groups,
  shape: Shape,
): MeanSource {
  const hint = 'quantize its input';
  if (fact.clips.length > 0) return refuse(node, `it takes the mean of clipped means (${fact.node})`, hint);
  const place = (index: number): number =>
    fact.moves.reduceRight((at, move) => {
      if (move.kind === 'maxpool') return refuse(node, `it takes the mean of maxima of means (${fact.node})`, hint);
      return move.kind === 'move' ? move.sources[at]! : at;
    }, index);
  const taps = inner.sources.length / inner.counts.length;
  const outerTaps = outer.sources.length / outer.counts.length;
  const places = outer.sources.map((index) => (index < 0 ? -1 : place(index)));
  const [count] = inner.counts;
  if (inner.counts.some((other) => other !== count))
    return refuse(node, `it takes the mean of means of different numbers of elements (${fact.node})`, hint);
  const sources = new Int32Array(places.length * taps).fill(-1);
  for (const [i, at] of places.entries())
    if (at >= 0) sources.set(inner.sources.subarray(at * taps, (at + 1) * taps), i * taps);
  if (outerTaps * taps > 2 ** 24) refuse(node, 'its means take too many elements');
  return {
    ...inner,
    op: `${inner.op} + ${node.op}`,
    shape,
    sources,
    counts: outer.counts.map((n) => n * count!),
  };
}
