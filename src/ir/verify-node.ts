/** The verifier's rules for single values and single nodes of the integer dialect. */
import { commonUnit } from './float32.js';
import { dtypeRange, elementCount } from './types.js';
import type {
  ArgMaxNode,
  AverageNode,
  BinaryNode,
  ConvNode,
  Graph,
  IntegerNode,
  MatMulNode,
  MoveNode,
  RequantizeNode,
  Shape,
  TableNode,
  Value,
  Window,
} from './types.js';
import { verifyLogSoftmax, verifySoftmax } from './verify-softmax.js';
import { windowOutputShape } from './window.js';

/** Reports a fault of a node. */
export type Fail = (message: string) => never;

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((dimension, i) => dimension === b[i]);
}

/** Checks dtype, shape, quantization and ranges of one value. */
export function verifyValue(value: Value, integer: boolean, needRanges: boolean, fail: Fail): void {
  if (!value.shape.every((dimension) => Number.isSafeInteger(dimension) && dimension >= 0)) {
    fail(`value ${value.name} has the shape [${value.shape.join(', ')}]`);
  }
  if (!integer) return;
  if (isQuantized(value)) {
    const { min, max } = dtypeRange(value.dtype);
    const quantization = value.quantization;
    if (!quantization) fail(`value ${value.name} has no quantization`);
    const { scale, zeroPoint } = quantization;
    if (!(scale > 0) || Math.fround(scale) !== scale) fail(`value ${value.name} has the scale ${scale}`);
    if (!Number.isInteger(zeroPoint) || zeroPoint < min || zeroPoint > max) {
      fail(`value ${value.name} has the zero point ${zeroPoint}`);
    }
  } else if (value.dtype !== 'int32') fail(`value ${value.name} is ${value.dtype}`);
  if (value.ranges) verifyRanges(value, fail);
  else if (needRanges) fail(`value ${value.name} has no ranges`);
}

function isQuantized(value: Value): value is Value & { dtype: 'int8' | 'uint8' } {
  return value.dtype === 'int8' || value.dtype === 'uint8';
}

function verifyRanges(value: Value, fail: Fail): void {
  const ranges = value.ranges!;
  const bounds = isQuantized(value) ? dtypeRange(value.dtype) : { min: -(2 ** 31), max: 2 ** 31 - 1 };
  for (const { min, max } of ranges) {
    const whole = Number.isSafeInteger(min) && Number.isSafeInteger(max) && min <= max;
    if (!whole || min < bounds.min || max > bounds.max) fail(`value ${value.name} has the range [${min}, ${max}]`);
  }
  if (ranges.length === 1) return;
  if (value.dtype !== 'int32') fail(`value ${value.name} has ${ranges.length} ranges`);
  const channels = value.channelAxis === undefined ? undefined : value.shape[value.channelAxis];
  if (channels !== ranges.length) fail(`value ${value.name} has ${ranges.length} ranges for ${channels} channels`);
}

const INPUT_COUNTS: Partial<Record<IntegerNode['kind'], number>> = { binary: 2, move: Infinity };

/** Checks one node of the integer dialect against the values it reads and writes. */
export function verifyNode(node: IntegerNode, graph: Graph, failWith: Fail): void {
  const fail: Fail = (message) => failWith(`${node.kind} node ${node.name}: ${message}`);
  const expected = INPUT_COUNTS[node.kind] ?? 1;
  const fits = expected === Infinity ? node.inputs.length >= 1 : node.inputs.length === expected;
  if (!fits || node.outputs.length !== 1)
    fail(`it has ${node.inputs.length} inputs and ${node.outputs.length} outputs`);
  const inputs = node.inputs.map((name) => graph.values.get(name)!);
  const x = inputs[0]!;
  const y = graph.values.get(node.outputs[0]!)!;
  for (const input of inputs)
    if (isQuantized(input) !== (node.kind !== 'requantize')) fail(`an input is ${input.dtype}`);
  if (isQuantized(y) === (node.kind === 'conv' || node.kind === 'matmul')) fail(`its output is ${y.dtype}`);
  switch (node.kind) {
    case 'conv':
      return verifyConv(node, x, y, fail);
    case 'matmul':
      return verifyMatMul(node, x, y, fail);
    case 'requantize':
      return verifyRequantize(node, x, y, fail);
    case 'table':
      return verifyTable(node, x, y, fail);
    case 'binary':
      return verifyBinary(node, inputs, y, fail);
    case 'average':
      return verifyAverage(node, x, y, fail);
    case 'argmax':
      return verifyArgMax(node, x, y, fail);
    case 'softmax':
      return verifySoftmax(node, x, y, fail);
    case 'logsoftmax':
      return verifyLogSoftmax(node, x, y, fail);
    case 'maxpool':
      verifyWindow(node.window, x, y, fail);
      if (x.shape[1] !== y.shape[1]) fail('it changes the number of channels');
      return verifySameDType(x, y, fail);
    case 'reshape':
      if (elementCount(x.shape) !== elementCount(y.shape)) fail('it changes the number of elements');
      return verifySameDType(x, y, fail);
    case 'move':
      return verifyMove(node, inputs, y, fail);
  }
}

function verifySameDType(x: Value, y: Value, fail: Fail): void {
  if (x.dtype !== y.dtype) fail(`it turns ${x.dtype} into ${y.dtype}`);
}

function verifyWindow(window: Window, x: Value, y: Value, fail: Fail): void {
  const axes = x.shape.length - 2;
  const lists = [window.kernel, window.strides, window.dilations, window.padsBegin, window.padsEnd];
  if (axes < 1 || lists.some((list) => list.length !== axes)) fail('its window has the wrong rank');
  if (lists.some((list, i) => list.some((n) => !Number.isInteger(n) || n < (i < 3 ? 1 : 0))))
    fail('its window is invalid');
  const expected = windowOutputShape(x.shape.slice(2), window);
  if (x.shape[0] !== y.shape[0] || !sameShape(expected, y.shape.slice(2))) fail('its output has the wrong shape');
}

function verifyConv(node: ConvNode, x: Value, y: Value, fail: Fail): void {
  verifyWindow(node.window, x, y, fail);
  const [channels, filters] = [x.shape[1]!, y.shape[1]!];
  if (node.group < 1 || channels % node.group !== 0 || filters % node.group !== 0) fail(`its group is ${node.group}`);
  const expected = filters * (channels / node.group) * elementCount(node.window.kernel);
  if (node.weights.length !== expected) fail(`it has ${node.weights.length} weights instead of ${expected}`);
  verifyWeights(node, filters, fail);
}

function verifyMatMul(node: MatMulNode, x: Value, y: Value, fail: Fail): void {
  const k = x.shape.at(-1);
  const n = y.shape.at(-1);
  if (k === undefined || n === undefined) return fail('its values are scalars');
  if (!sameShape(x.shape.slice(0, -1), y.shape.slice(0, -1))) fail('its output has the wrong shape');
  if (node.weights.length !== k * n) fail(`it has ${node.weights.length} weights instead of ${k * n}`);
  verifyWeights(node, n, fail);
}

function verifyWeights(node: ConvNode | MatMulNode, channels: number, fail: Fail): void {
  if (node.bias.length !== channels) fail(`it has ${node.bias.length} bias elements instead of ${channels}`);
  if (node.weights.some((weight) => weight < -255 || weight > 255)) fail('a weight is outside [-255, 255]');
}

function verifyRequantize(node: RequantizeNode, x: Value, y: Value, fail: Fail): void {
  if (!sameShape(x.shape, y.shape)) fail('it changes the shape');
  const channels = x.channelAxis === undefined ? 1 : x.shape[x.channelAxis];
  if (node.multipliers.length !== 1 && node.multipliers.length !== channels) {
    fail(`it has ${node.multipliers.length} multipliers for ${channels} channels`);
  }
  if (node.multipliers.some((m) => !(m > 0) || !Number.isFinite(m))) fail('a multiplier is not positive and finite');
  for (const { op, values } of node.steps ?? []) {
    if (values.length !== 1 && values.length !== channels)
      fail(`a step has ${values.length} values for ${channels} channels`);
    if (values.some((value) => Number.isNaN(value) || (op === 'multiply' && !(value > 0))))
      fail('a step has a wrong value');
  }
  const bounds = dtypeRange(y.dtype as 'int8' | 'uint8');
  const { min, max } = node.clamp;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min > max || min < bounds.min || max > bounds.max) {
    fail(`its clamp is [${min}, ${max}]`);
  }
}

function verifyEntries(entries: ArrayLike<number>, y: Value, fail: Fail): void {
  const bounds = dtypeRange(y.dtype as 'int8' | 'uint8');
  for (let i = 0; i < entries.length; i++) {
    if (entries[i]! < bounds.min || entries[i]! > bounds.max) fail('an entry is outside the output dtype');
  }
}

function verifyTable(node: TableNode, x: Value, y: Value, fail: Fail): void {
  if (!sameShape(x.shape, y.shape)) fail('it changes the shape');
  if (node.tables.length === 0 || node.tables.length % 256 !== 0) fail(`its table has ${node.tables.length} entries`);
  verifyEntries(node.tables, y, fail);
  const count = node.tables.length / 256;
  if (!node.rows) {
    if (count !== 1) fail(`it has ${count} tables and no rows`);
    return;
  }
  if (node.rows.length !== elementCount(x.shape)) fail(`it has ${node.rows.length} rows`);
  if (node.rows.some((row) => row < 0 || row >= count)) fail('a row names no table');
}

function verifyBinary(node: BinaryNode, [a, b]: readonly Value[], y: Value, fail: Fail): void {
  if (!sameShape(a!.shape, y.shape) || !sameShape(b!.shape, y.shape)) fail('its shapes differ');
  if (node.table.length !== 65536) fail(`its table has ${node.table.length} entries`);
  if (node.rule.kind === 'linear' && node.rule.terms.some(({ length }) => length !== 256))
    fail('its terms are not 256');
  verifyEntries(node.table, y, fail);
}

/** Checks flat source indices, row-major [outputs, taps], and returns the number of taps. */
function verifySources(sources: Int32Array, inputSize: number, y: Value, least: number, fail: Fail): number {
  const taps = sources.length / elementCount(y.shape);
  if (!Number.isInteger(taps) || taps < 1) fail(`it has ${sources.length} sources`);
  if (sources.some((source) => source < least || source >= inputSize)) fail('a source is outside its input');
  return taps;
}

function verifyAverage(node: AverageNode, x: Value, y: Value, fail: Fail): void {
  const taps = verifySources(node.sources, elementCount(x.shape), y, -1, fail);
  if (node.floats.length !== 256) fail(`it has ${node.floats.length} floats`);
  if (node.counts.length !== elementCount(y.shape) || node.counts.some((count) => count < 1))
    fail('its counts are wrong');
  const unit = commonUnit(node.floats);
  const greatest = node.floats.reduce((max, float) => Math.max(max, Math.abs(float)), 0);
  if (!((greatest / unit) * taps < 2 ** 53)) fail('its sums are not exact');
}

function verifyArgMax(node: ArgMaxNode, x: Value, y: Value, fail: Fail): void {
  const candidates = verifySources(node.sources, elementCount(x.shape), y, 0, fail);
  if (candidates > 256) fail(`it has ${candidates} candidates`);
  if (y.dtype !== 'uint8') fail(`its output is ${y.dtype}`);
}

function verifyMove(node: MoveNode, inputs: readonly Value[], y: Value, fail: Fail): void {
  const size = inputs.reduce((sum, input) => sum + elementCount(input.shape), 0);
  if (verifySources(node.sources, size, y, -1, fail) !== 1) fail(`it has ${node.sources.length} sources`);
  for (const input of inputs) verifySameDType(input, y, fail);
  if (node.sources.includes(-1)) verifyEntries([node.fill], y, fail);
}
