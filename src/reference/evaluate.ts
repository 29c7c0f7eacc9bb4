/**
 * Integer evaluation of a graph of the integer dialect: the truth that circuits are tested against. It knows nothing of the
 * passes and the plans it judges, and checks on the way that every value stays in the range the graph claims for it.
 */
import { ZkinferError } from '../errors.js';
import { dtypeRange, elementCount } from '../ir/types.js';
import type { Graph, IntegerNode, MoveNode, Value } from '../ir/types.js';
import { toInt32 } from './accumulator.js';
import { argMax, average } from './groups.js';
import { convolve, maxPool } from './windows.js';
import { logSoftmax } from './log-softmax.js';
import { softmax } from './softmax.js';
import { quantizeSteps, requantizeElement } from './float32.js';

/**
 * Evaluates all nodes in order.
 * @param inputs by value name (GraphEdge.value): row-major integers
 * @returns every value of the graph by name, graph outputs under their GraphEdge.value
 * @throws INPUT_SHAPE, INPUT_VALUE for a missing or wrong input; INTERNAL where a value leaves its claimed range
 */
export function evaluateGraph(graph: Graph, inputs: ReadonlyMap<string, Int32Array>): Map<string, Int32Array> {
  const results = new Map<string, Int32Array>();
  for (const edge of graph.inputs) {
    const value = graph.values.get(edge.value)!;
    const data = inputs.get(edge.value);
    checkInput(edge.name, value, data);
    results.set(edge.value, data);
  }
  for (const node of graph.nodes) {
    if (node.kind === 'onnx') {
      throw new ZkinferError('INTERNAL', 'only the integer dialect can be evaluated', {
        location: { node: node.name },
      });
    }
    const inputs = node.inputs.map((name) => ({ value: graph.values.get(name)!, data: results.get(name)! }));
    const y = graph.values.get(node.outputs[0]!)!;
    const data = evaluateNode(node, inputs, y);
    checkRanges(node, y, data);
    results.set(y.name, data);
  }
  return results;
}

function checkInput(name: string, value: Value, data: Int32Array | undefined): asserts data is Int32Array {
  if (!data || data.length !== elementCount(value.shape)) {
    const found = data ? `${data.length} elements` : 'nothing';
    throw new ZkinferError('INPUT_SHAPE', `input ${name} takes ${elementCount(value.shape)} elements, got ${found}`, {
      location: { tensor: name },
    });
  }
  const { min, max } = dtypeRange(value.dtype as 'int8' | 'uint8');
  const index = data.findIndex((element) => element < min || element > max);
  if (index >= 0) {
    throw new ZkinferError('INPUT_VALUE', `input ${name} has an element outside [${min}, ${max}]`, {
      location: { tensor: name, index },
    });
  }
}

interface Operand {
  readonly value: Value;
  readonly data: Int32Array;
}

function evaluateNode(node: IntegerNode, inputs: readonly Operand[], y: Value): Int32Array {
  const [{ value: x, data }] = inputs as [Operand];
  switch (node.kind) {
    case 'conv':
      return convolve(node, x, y, data);
    case 'matmul':
      return multiply(node.weights, node.bias, x, y, data);
    case 'requantize': {
      const channelOf = channelIndex(x);
      const zeroPoint = y.quantization!.zeroPoint;
      const single = node.multipliers.length === 1;
      const { steps } = node;
      if (steps) {
        const { scale } = y.quantization!;
        return data.map((acc, i) => quantizeSteps(acc, steps, channelOf(i), scale, zeroPoint, node.clamp));
      }
      return data.map((acc, i) =>
        requantizeElement(acc, node.multipliers[single ? 0 : channelOf(i)]!, zeroPoint, node.clamp),
      );
    }
    case 'table': {
      const { min } = dtypeRange(x.dtype as 'int8' | 'uint8');
      return data.map((element, i) => node.tables[256 * (node.rows?.[i] ?? 0) + element - min]!);
    }
    case 'binary': {
      const [, b] = inputs as [Operand, Operand];
      const [minA, minB] = [x, b.value].map(({ dtype }) => dtypeRange(dtype as 'int8' | 'uint8').min) as [
        number,
        number,
      ];
      return data.map((a, i) => node.table[256 * (a - minA) + b.data[i]! - minB]!);
    }
    case 'average':
      return average(node, x, y, data);
    case 'argmax':
      return argMax(node, y, data);
    case 'softmax':
      return softmax(node, y, data);
    case 'logsoftmax':
      return logSoftmax(node, y, data);
    case 'maxpool':
      return maxPool(node.window, x, y, data);
    case 'reshape':
      return data.slice();
    case 'move':
      return move(node, inputs);
  }
}

/** Exact sums: float64 accumulators stay far below 2^53, and INTERNAL follows if one leaves int32. */
function multiply(weights: Int32Array, bias: Int32Array, x: Value, y: Value, data: Int32Array): Int32Array {
  const k = x.shape.at(-1)!;
  const n = y.shape.at(-1)!;
  const rows = elementCount(x.shape.slice(0, -1));
  const zeroPoint = x.quantization!.zeroPoint;
  const sums = new Float64Array(rows * n);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < n; column++) sums[row * n + column] = bias[column]!;
    for (let i = 0; i < k; i++) {
      const element = data[row * k + i]! - zeroPoint;
      if (element === 0) continue;
      for (let column = 0; column < n; column++) sums[row * n + column]! += element * weights[i * n + column]!;
    }
  }
  return toInt32(sums, y.name);
}

function move(node: MoveNode, inputs: readonly Operand[]): Int32Array {
  const all = inputs.flatMap(({ data }) => [...data]);
  return node.sources.map((source) => (source < 0 ? node.fill : all[source]!));
}

/** Maps a flat index to the channel that `ranges` and multipliers are indexed by. */
function channelIndex(value: Value): (index: number) => number {
  if (value.channelAxis === undefined) return () => 0;
  const channels = value.shape[value.channelAxis]!;
  const inner = elementCount(value.shape.slice(value.channelAxis + 1));
  return (index) => Math.floor(index / inner) % channels;
}

function checkRanges(node: IntegerNode, value: Value, data: Int32Array): void {
  const ranges = value.ranges;
  if (!ranges) return;
  const channelOf = ranges.length > 1 ? channelIndex(value) : () => 0;
  for (let i = 0; i < data.length; i++) {
    const range = ranges[channelOf(i)]!;
    if (data[i]! < range.min || data[i]! > range.max) {
      throw new ZkinferError('INTERNAL', `value ${value.name} leaves its range [${range.min}, ${range.max}]`, {
        location: { node: node.name, tensor: value.name, index: i },
      });
    }
  }
}
