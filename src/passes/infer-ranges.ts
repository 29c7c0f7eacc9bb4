/**
 * Interval analysis with the actual weights: the range of every value, per channel on accumulators. Also the proof that no
 * accumulator can leave int32, where ONNX Runtime would wrap around.
 */
import { ZkinferError } from '../errors.js';
import { Problems } from '../ir/problems.js';
import { dtypeRange, elementCount } from '../ir/types.js';
import type { ConvNode, Graph, IntRange, IntegerNode, MatMulNode, RequantizeNode, Value } from '../ir/types.js';
import { hasPadding } from '../ir/window.js';
import { requantize } from '../ir/float32.js';

const INT32: IntRange = { min: -(2 ** 31), max: 2 ** 31 - 1 };

/** Adds `ranges` to every value. Throws RANGE_OVERFLOW for all accumulators that can leave int32. */
export function inferRanges(graph: Graph): Graph {
  const values = new Map<string, Value>(graph.values);
  const problems = new Problems();
  const setRanges = (name: string, ranges: readonly IntRange[]): void => {
    values.set(name, { ...values.get(name)!, ranges });
  };
  for (const edge of graph.inputs)
    setRanges(edge.value, [dtypeRange(values.get(edge.value)!.dtype as 'int8' | 'uint8')]);
  for (const node of graph.nodes) {
    if (node.kind === 'onnx') throw new ZkinferError('INTERNAL', `node ${node.name} is not lowered`);
    const x = values.get(node.inputs[0]!)!;
    const y = values.get(node.outputs[0]!)!;
    const ranges = nodeRanges(node, x, y);
    if (ranges.some(({ min, max }) => min < INT32.min || max > INT32.max)) {
      problems.add(overflow(node));
      setRanges(
        y.name,
        ranges.map(() => INT32),
      );
    } else setRanges(y.name, ranges);
  }
  problems.throwIfAny();
  return { ...graph, values };
}

function overflow(node: IntegerNode): ZkinferError {
  return new ZkinferError('RANGE_OVERFLOW', `the accumulator of ${node.name} can leave int32`, {
    hint: 'use smaller layers or smaller biases: ONNX Runtime would wrap around',
    location: { node: node.name, op: node.kind },
  });
}

function nodeRanges(node: IntegerNode, x: Value, y: Value): readonly IntRange[] {
  switch (node.kind) {
    case 'conv':
      return convRanges(node, x);
    case 'matmul':
      return matMulRanges(node, x);
    case 'requantize':
      return [requantizeRange(node, x, y)];
    case 'table': {
      const { min } = dtypeRange(x.dtype as 'int8' | 'uint8');
      const range = x.ranges![0]!;
      const entries = node.table.subarray(range.min - min, range.max - min + 1);
      return [
        entries.reduce<IntRange>((r, e) => ({ min: Math.min(r.min, e), max: Math.max(r.max, e) }), {
          min: entries[0]!,
          max: entries[0]!,
        }),
      ];
    }
    case 'maxpool':
    case 'reshape':
    case 'transpose':
      return x.ranges!;
  }
}

/** Range of x - zeroPoint. */
function centered(x: Value): IntRange {
  const { min, max } = x.ranges![0]!;
  const { zeroPoint } = x.quantization!;
  return { min: min - zeroPoint, max: max - zeroPoint };
}

/** Padding adds nothing to a sum: with it, every tap may also contribute 0. */
function convRanges(node: ConvNode, x: Value): IntRange[] {
  const { min, max } = centered(x);
  const tap = hasPadding(node.window) ? { min: Math.min(min, 0), max: Math.max(max, 0) } : { min, max };
  const perChannel = (x.shape[1]! / node.group) * elementCount(node.window.kernel);
  return Array.from(node.bias, (bias, channel) => {
    const range = { min: bias, max: bias };
    for (let i = channel * perChannel; i < (channel + 1) * perChannel; i++) addProduct(range, node.weights[i]!, tap);
    return range;
  });
}

function matMulRanges(node: MatMulNode, x: Value): IntRange[] {
  const element = centered(x);
  const columns = node.bias.length;
  const ranges = Array.from(node.bias, (bias) => ({ min: bias, max: bias }));
  for (const [i, weight] of node.weights.entries()) addProduct(ranges[i % columns]!, weight, element);
  return ranges;
}

function addProduct(sum: { min: number; max: number }, weight: number, element: IntRange): void {
  sum.min += weight >= 0 ? weight * element.min : weight * element.max;
  sum.max += weight >= 0 ? weight * element.max : weight * element.min;
}

/** Requantization is monotone, so its range is that of the ends. */
function requantizeRange(node: RequantizeNode, x: Value, y: Value): IntRange {
  const { zeroPoint } = y.quantization!;
  const ends = x.ranges!.map(({ min, max }, channel) => {
    const multiplier = node.multipliers[node.multipliers.length === 1 ? 0 : channel]!;
    return {
      min: requantize(min, multiplier, zeroPoint, node.clamp),
      max: requantize(max, multiplier, zeroPoint, node.clamp),
    };
  });
  return { min: Math.min(...ends.map((end) => end.min)), max: Math.max(...ends.map((end) => end.max)) };
}
