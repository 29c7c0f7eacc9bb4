/** The verifier's rules for single values and single nodes of the integer dialect. */
import { dtypeRange, elementCount } from './types.js';
import type {
  ConvNode,
  Graph,
  IntegerNode,
  MatMulNode,
  RequantizeNode,
  Shape,
  TableNode,
  Value,
  Window,
} from './types.js';
import { windowOutputShape } from './window.js';

type Fail = (message: string) => never;

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

/** Checks one node of the integer dialect against the values it reads and writes. */
export function verifyNode(node: IntegerNode, graph: Graph, failWith: Fail): void {
  const fail: Fail = (message) => failWith(`${node.kind} node ${node.name}: ${message}`);
  if (node.inputs.length !== 1 || node.outputs.length !== 1) fail('it must have one input and one output');
  const x = graph.values.get(node.inputs[0]!)!;
  const y = graph.values.get(node.outputs[0]!)!;
  if (isQuantized(x) !== (node.kind !== 'requantize')) fail(`its input is ${x.dtype}`);
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
    case 'maxpool':
      verifyWindow(node.window, x, y, fail);
      if (x.shape[1] !== y.shape[1]) fail('it changes the number of channels');
      return verifySameDType(x, y, fail);
    case 'reshape':
      if (elementCount(x.shape) !== elementCount(y.shape)) fail('it changes the number of elements');
      return verifySameDType(x, y, fail);
    case 'transpose': {
      const axes = [...node.perm].sort((a, b) => a - b);
      if (
        !sameShape(
          axes,
          x.shape.map((_, i) => i),
        )
      )
        fail(`its perm is [${node.perm.join(', ')}]`);
      if (
        !sameShape(
          y.shape,
          node.perm.map((axis) => x.shape[axis]!),
        )
      )
        fail('its output has the wrong shape');
      return verifySameDType(x, y, fail);
    }
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
  const bounds = dtypeRange(y.dtype as 'int8' | 'uint8');
  const { min, max } = node.clamp;
  if (!Number.isInteger(min) || !Number.isInteger(max) || min > max || min < bounds.min || max > bounds.max) {
    fail(`its clamp is [${min}, ${max}]`);
  }
}

function verifyTable(node: TableNode, x: Value, y: Value, fail: Fail): void {
  if (!sameShape(x.shape, y.shape)) fail('it changes the shape');
  const bounds = dtypeRange(y.dtype as 'int8' | 'uint8');
  if (node.table.length !== 256) fail(`its table has ${node.table.length} entries`);
  if (node.table.some((entry) => entry < bounds.min || entry > bounds.max))
    fail('an entry is outside the output dtype');
}
