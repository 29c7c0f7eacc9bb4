import type { ConvNode, Graph, MatMulNode, Node, RequantizeNode, Value } from '../../src/ir/types.js';
import { verifyGraph } from '../../src/ir/verify.js';
import { dumpGraph } from '../../src/ir/dump.js';

const BYTE = { scale: 0.5, zeroPoint: 0 };
const FULL = { min: 0, max: 255 };

/** x [1, 2] -> matmul -> requantize -> y [1, 2], valid. */
function validGraph(): Graph & { nodes: Node[]; values: Map<string, Value> } {
  const x: Value = { name: 'x', dtype: 'uint8', shape: [1, 2], quantization: BYTE, ranges: [FULL] };
  const ranges = [
    { min: -255, max: 510 },
    { min: 7, max: 262 },
  ];
  const acc: Value = { name: 'acc', dtype: 'int32', shape: [1, 2], ranges, channelAxis: 1 };
  const matmul: MatMulNode = {
    kind: 'matmul',
    name: 'fc',
    inputs: ['x'],
    outputs: ['acc'],
    weights: Int32Array.of(2, 0, -1, 1),
    bias: Int32Array.of(0, 7),
  };
  const requantize: RequantizeNode = {
    kind: 'requantize',
    name: 'fc',
    inputs: ['acc'],
    outputs: ['y'],
    multipliers: Float32Array.of(0.5, 0.25),
    clamp: FULL,
  };
  return {
    name: 'g',
    inputs: [{ name: 'in', value: 'x', kind: 'float', shape: [1, 2] }],
    outputs: [{ name: 'out', value: 'y', kind: 'float', shape: [1, 2] }],
    nodes: [matmul, requantize],
    values: new Map([x, acc, { ...x, name: 'y' }].map((value) => [value.name, value])),
    constants: new Map(),
  };
}

it('accepts a valid graph', () => {
  expect(() => verifyGraph(validGraph())).not.toThrow();
});

type Change = (graph: ReturnType<typeof validGraph>) => object | undefined;
const setValue =
  (name: string, change: Partial<Value>): Change =>
  (graph) => {
    graph.values.set(name, { ...graph.values.get(name)!, ...change });
    return undefined;
  };
const setNode =
  (index: number, change: Partial<MatMulNode> | Partial<RequantizeNode>): Change =>
  (graph) => {
    graph.nodes[index] = { ...graph.nodes[index]!, ...change } as Node;
    return undefined;
  };

const BROKEN: Readonly<Record<string, readonly [RegExp, Change]>> = {
  'a value defined twice': [/x is defined twice/, setNode(1, { outputs: ['x'] })],
  'a value read before its definition': [/before it is defined/, (graph) => ({ nodes: graph.nodes.reverse() })],
  'a value nobody describes': [/is not described/, setNode(1, { outputs: ['z'] })],
  'a value nobody defines': [/q is never defined/, (g) => void g.values.set('q', { ...g.values.get('x')!, name: 'q' })],
  'an output without value': [
    /output out has no value/,
    () => ({ outputs: [{ name: 'out', value: 'w', kind: 'float', shape: [1, 2] }] }),
  ],
  'an edge of another shape': [
    /differ in shape/,
    () => ({ outputs: [{ name: 'out', value: 'y', kind: 'float', shape: [2] }] }),
  ],
  'two edges of one name': [/same name/, (g) => ({ outputs: [...g.outputs, ...g.outputs] })],
  'missing ranges': [/x has no ranges/, setValue('x', { ranges: undefined as never })],
  'a range outside the dtype': [/range \[0, 256\]/, setValue('y', { ranges: [{ min: 0, max: 256 }] })],
  'an empty range': [/range \[5, 4\]/, setValue('y', { ranges: [{ min: 5, max: 4 }] })],
  'ranges for other channels': [/3 ranges for 2 channels/, setValue('acc', { ranges: [FULL, FULL, FULL] })],
  'no quantization': [/y has no quantization/, setValue('y', { quantization: undefined as never })],
  'a scale that is no float32': [/scale 0\.1/, setValue('y', { quantization: { scale: 0.1, zeroPoint: 0 } })],
  'a zero point outside the dtype': [/zero point -1/, setValue('y', { quantization: { scale: 1, zeroPoint: -1 } })],
  'a wrong dtype': [/acc is float32/, setValue('acc', { dtype: 'float32' })],
  'too few weights': [/3 weights instead of 4/, setNode(0, { weights: Int32Array.of(1, 2, 3) })],
  'too few bias elements': [/1 bias elements instead of 2/, setNode(0, { bias: Int32Array.of(1) })],
  'a weight that is too large': [/outside \[-255, 255\]/, setNode(0, { weights: Int32Array.of(1, 2, 3, 256) })],
  'too many multipliers': [/3 multipliers for 2 channels/, setNode(1, { multipliers: Float32Array.of(1, 1, 1) })],
  'a multiplier of zero': [/not positive and finite/, setNode(1, { multipliers: Float32Array.of(0) })],
  'a clamp outside the dtype': [/clamp is \[-1, 255\]/, setNode(1, { clamp: { min: -1, max: 255 } })],
  'a requantization of another shape': [/changes the shape/, setValue('y', { shape: [2, 1] })],
};

it.each(Object.entries(BROKEN))('refuses %s', (_, [message, change]) => {
  const graph = validGraph();
  expect(() => verifyGraph({ ...graph, ...change(graph) })).toThrow(message);
});

it('checks windows, tables, moves', () => {
  const image: Value = {
    name: 'x',
    dtype: 'int8',
    shape: [1, 1, 3],
    quantization: BYTE,
    ranges: [{ min: -128, max: 127 }],
  };
  const build = (node: object, y: Partial<Value>): Graph => ({
    name: 'g',
    inputs: [{ name: 'x', value: 'x', kind: 'integer', shape: [1, 1, 3] }],
    outputs: [],
    nodes: [{ name: 'n', inputs: ['x'], outputs: ['y'], ...node } as unknown as Node],
    values: new Map([image, { ...image, name: 'y', ...y }].map((value) => [value.name, value])),
    constants: new Map(),
  });
  const window: ConvNode['window'] = { kernel: [2], strides: [1], dilations: [1], padsBegin: [0], padsEnd: [0] };
  expect(() => verifyGraph(build({ kind: 'maxpool', window }, { shape: [1, 1, 2] }))).not.toThrow();
  expect(() => verifyGraph(build({ kind: 'maxpool', window }, { shape: [1, 1, 3] }))).toThrow(/wrong shape/);
  expect(() => verifyGraph(build({ kind: 'maxpool', window: { ...window, strides: [0] } }, {}))).toThrow(/invalid/);
  expect(() => verifyGraph(build({ kind: 'table', tables: new Int32Array(255) }, {}))).toThrow(/255 entries/);
  expect(() => verifyGraph(build({ kind: 'table', tables: new Int32Array(256).fill(128) }, {}))).toThrow(/outside/);
  expect(() => verifyGraph(build({ kind: 'reshape' }, { shape: [4] }))).toThrow(/number of elements/);
  const move = { kind: 'move', label: 'Pad', sources: Int32Array.of(2, -1), fill: 5 };
  expect(() => verifyGraph(build(move, { shape: [2] }))).not.toThrow();
  expect(() => verifyGraph(build(move, { shape: [3] }))).toThrow(/2 sources/);
  expect(() => verifyGraph(build({ ...move, sources: Int32Array.of(3, 0) }, { shape: [2] }))).toThrow(
    /outside its input/,
  );
  expect(() => verifyGraph(build({ ...move, fill: 128 }, { shape: [2] }))).toThrow(/outside the output dtype/);
  const rows = { kind: 'table', tables: new Int32Array(512), rows: Int32Array.of(0, 1, 1) };
  expect(() => verifyGraph(build(rows, {}))).not.toThrow();
  expect(() => verifyGraph(build({ ...rows, rows: Int32Array.of(0, 1, 2) }, {}))).toThrow(/names no table/);
  expect(() => verifyGraph(build({ ...rows, rows: undefined }, {}))).toThrow(/no rows/);
  const binary = { kind: 'binary', inputs: ['x', 'x'], table: new Int16Array(65536), rule: { kind: 'product' } };
  expect(() => verifyGraph(build(binary, {}))).not.toThrow();
  expect(() => verifyGraph(build({ ...binary, inputs: ['x'] }, {}))).toThrow(/1 inputs/);
  expect(() => verifyGraph(build({ ...binary, table: new Int16Array(65536).fill(200) }, {}))).toThrow(/outside/);
  const average = {
    kind: 'average',
    floats: Float64Array.from({ length: 256 }, (_, i) => i / 8),
    sources: Int32Array.of(0, 1, 2, -1),
    counts: Int32Array.of(2, 1),
    sum: 'exact',
  };
  expect(() => verifyGraph(build(average, { shape: [2] }))).not.toThrow();
  expect(() => verifyGraph(build({ ...average, counts: Int32Array.of(2, 0) }, { shape: [2] }))).toThrow(/counts/);
  const wide = average.floats.map((x, i) => (i === 3 ? 2 ** -60 : x));
  expect(() => verifyGraph(build({ ...average, floats: wide }, { shape: [2] }))).toThrow(/not exact/);
  const argmax = { kind: 'argmax', sources: Int32Array.of(0, 1, 2), last: false };
  const place: Partial<Value> = { shape: [1], dtype: 'uint8', quantization: { scale: 1, zeroPoint: 0 } };
  expect(() => verifyGraph(build(argmax, { ...place, ranges: [{ min: 0, max: 2 }] }))).not.toThrow();
  expect(() => verifyGraph(build(argmax, { shape: [1] }))).toThrow(/its output is int8/);
  const conv = { kind: 'conv', window, group: 1, weights: Int32Array.of(1, 2), bias: Int32Array.of(0) };
  const acc: Partial<Value> = { dtype: 'int32', shape: [1, 1, 2], channelAxis: 1 };
  expect(() => verifyGraph(build(conv, acc))).not.toThrow();
  expect(() => verifyGraph(build({ ...conv, group: 2 }, acc))).toThrow(/group is 2/);
});

it('dumps a graph as stable text', () => {
  expect(dumpGraph(validGraph())).toBe(
    [
      'graph "g"',
      'input in [1, 2] float -> x: uint8[1, 2] scale=0.5 zeroPoint=0 in [0, 255]',
      'acc: int32[1, 2] in [-255, 510] over 2 channels of axis 1 = matmul(x) {weights=[2, 0, -1, 1], bias=[0, 7]}  # fc',
      'y: uint8[1, 2] scale=0.5 zeroPoint=0 in [0, 255] = requantize(acc) {multipliers=[0.5, 0.25], clamp=[0, 255]}  # fc',
      'output out [1, 2] float -> y: uint8[1, 2] scale=0.5 zeroPoint=0 in [0, 255]',
      '',
    ].join('\n'),
  );
});
