/**
 * Interval analysis with the actual weights: the range of every value, per channel on accumulators. Also the proof that no
 * accumulator can leave int32, where ONNX Runtime would wrap around.
 */
import { ZkinferError } from '../errors.js';
import { Problems } from '../ir/problems.js';
import { dtypeRange, elementCount } from '../ir/types.js';
import type {
  AverageNode,
  BinaryNode,
  ConvNode,
  Graph,
  IntRange,
  IntegerNode,
  MatMulNode,
  RequantizeNode,
  TableNode,
  Value,
} from '../ir/types.js';
import { hasPadding } from '../ir/window.js';
import { averageOf, requantizeFunction } from '../ir/node-functions.js';
import { logSoftmaxRange } from '../ir/log-softmax.js';
import { softmaxRange } from '../ir/softmax.js';

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
    const inputs = node.inputs.map((name) => values.get(name)!);
    const y = values.get(node.outputs[0]!)!;
    const ranges = nodeRanges(node, inputs, y);
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

function nodeRanges(node: IntegerNode, inputs: readonly Value[], y: Value): readonly IntRange[] {
  const x = inputs[0]!;
  switch (node.kind) {
    case 'conv':
      return convRanges(node, x);
    case 'matmul':
      return matMulRanges(node, x);
    case 'requantize':
      return [requantizeRange(node, x, y)];
    case 'table':
      return [tableRange(node, x)];
    case 'binary':
      return [binaryRange(node, inputs)];
    case 'average':
      return [averageRange(node, x, y)];
    case 'argmax':
      return [{ min: 0, max: node.sources.length / elementCount(y.shape) - 1 }];
    case 'softmax':
      return [softmaxRange(node, y)];
    case 'logsoftmax':
      return [logSoftmaxRange(node, y)];
    case 'maxpool':
    case 'reshape':
      return x.ranges!;
    case 'move': {
      const ranges = inputs.map((input) => input.ranges![0]!);
      return [hull(node.sources.includes(-1) ? [...ranges, { min: node.fill, max: node.fill }] : ranges)];
    }
  }
}

function hull(ranges: readonly IntRange[]): IntRange {
  return { min: Math.min(...ranges.map(({ min }) => min)), max: Math.max(...ranges.map(({ max }) => max)) };
}

/** Range of the entries of a table at the places of an 8-bit value's range. */
function entriesRange(entries: ArrayLike<number>, offset: number, x: Value): IntRange {
  const { min } = dtypeRange(x.dtype as 'int8' | 'uint8');
  const range = x.ranges![0]!;
  let [least, greatest] = [Infinity, -Infinity];
  for (let i = offset + range.min - min; i <= offset + range.max - min; i++) {
    least = Math.min(least, entries[i]!);
    greatest = Math.max(greatest, entries[i]!);
  }
  return { min: least, max: greatest };
}

function tableRange(node: TableNode, x: Value): IntRange {
  const count = node.tables.length / 256;
  return hull(Array.from({ length: count }, (_, row) => entriesRange(node.tables, 256 * row, x)));
}

function binaryRange(node: BinaryNode, [a, b]: readonly Value[]): IntRange {
  const { min } = dtypeRange(a!.dtype as 'int8' | 'uint8');
  const range = a!.ranges![0]!;
  const rows = Array.from({ length: range.max - range.min + 1 }, (_, i) => range.min - min + i);
  return hull(rows.map((row) => entriesRange(node.table, 256 * row, b!)));
}

/** A mean, and its quantization, never decreases with any of its elements: all at their lowest or all at their highest give the ends. */
function averageRange(node: AverageNode, x: Value, y: Value): IntRange {
  const { min } = dtypeRange(x.dtype as 'int8' | 'uint8');
  const range = x.ranges![0]!;
  const floats = node.floats.subarray(range.min - min, range.max - min + 1);
  const taps = node.sources.length / node.counts.length;
  const known = new Map<string, IntRange>();
  for (const [output, count] of node.counts.entries()) {
    const inside = node.sources.subarray(output * taps, (output + 1) * taps).filter((source) => source >= 0).length;
    const key = `${inside} ${count}`;
    if (known.has(key)) continue;
    const ends = [Math.min(...floats), Math.max(...floats)].map((float) => averageOf(node, y, inside, count, float));
    known.set(key, { min: ends[0]!, max: ends[1]! });
  }
  return hull([...known.values()]);
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
  return hull(
    x.ranges!.map(({ min, max }, channel) => {
      const evaluate = requantizeFunction(node, y, channel);
      return { min: evaluate(min), max: evaluate(max) };
    }),
  );
}
