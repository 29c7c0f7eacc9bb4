/** What arithmetic operators become, and which of them are refused. */
import type { Graph, IntegerNode } from '../../src/ir/types.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';
import { lower, runGraph } from '../support/run-model.js';

const HALF: QuantizationParameters = { scale: 0.5, zeroPoint: 10, dtype: 'uint8' };
const QUARTER: QuantizationParameters = { scale: 0.25, zeroPoint: 3, dtype: 'uint8' };
const WEIGHTS: QuantizationParameters = { scale: 1, zeroPoint: 0, dtype: 'int8' };

const kinds = (graph: Graph): string[] => graph.nodes.map((node) => node.kind);
function only<K extends IntegerNode['kind']>(graph: Graph, kind: K): IntegerNode & { kind: K } {
  const found = graph.nodes.filter((node) => node.kind === kind);
  expect(found).toHaveLength(1);
  return found[0] as IntegerNode & { kind: K };
}

type Body = (b: ModelBuilder, x: string, y: string) => string;

/** Two uint8 tensors of a shape, dequantized, then float operators, then QuantizeLinear. */
function island(shape: readonly number[], outputShape: readonly number[], body: Body): Uint8Array {
  const b = new ModelBuilder();
  b.input('x', 'uint8', shape);
  b.input('w', 'uint8', shape);
  const [x, w] = [b.dequantize('x', HALF), b.dequantize('w', HALF)];
  // So that both inputs are read whatever the operators read.
  b.quantize(w, HALF, 'z');
  b.output('z', 'uint8', shape);
  b.quantize(body(b, x, w), QUARTER, 'y');
  b.output('y', 'uint8', outputShape);
  return b.encode();
}

const message = (model: Uint8Array): string | undefined => problemsOf(() => lower(model))[0]!.message;

describe('float islands', () => {
  it('become one table for each distinct constant', () => {
    const graph = lower(
      island([1, 4, 2], [1, 4, 2], (b, x) => {
        const scaled = b.node('Mul', [x, b.constant('float32', [4, 1], [1, 2, 1, 2])]);
        return b.node('Add', [b.node('Relu', [scaled]), b.constant('float32', [4, 1], [0, 1, 0, 3])]);
      }),
    );
    const table = only(graph, 'table');
    expect(table.label).toBe('Mul + Relu + Add');
    expect(table.tables).toHaveLength(3 * 256);
    expect([...table.rows!]).toEqual([0, 0, 1, 1, 0, 0, 2, 2]);
    expect(runGraph(graph, { x: [0, 12, 12, 0, 10, 11, 12, 9], w: [0, 0, 0, 0, 0, 0, 0, 0] }).y).toEqual([
      3, 7, 15, 7, 3, 5, 23, 15,
    ]);
  });

  it('have no rows where all functions agree', () => {
    const graph = lower(
      island([1, 2, 2], [1, 2, 2], (b, x) => b.node('Add', [x, b.constant('float32', [2, 1], [0.5, 0.5])])),
    );
    expect(only(graph, 'table').rows).toBeUndefined();
    const close = lower(
      island([1, 2, 2], [1, 2, 2], (b, x) => b.node('Add', [x, b.constant('float32', [2, 1], [0.5, 0.51])])),
    );
    expect(only(close, 'table').rows).toBeUndefined();
  });

  it('take the tables along when elements are moved', () => {
    const graph = lower(
      island([1, 2, 2], [2, 2], (b, x) => {
        const sum = b.node('Add', [x, b.constant('float32', [2, 1], [0, 4])]);
        const flat = b.node('Reshape', [sum, b.constant('int64', [2], [2, 2])]);
        return b.node('Transpose', [flat], { perm: [1, 0] });
      }),
    );
    expect([...only(graph, 'table').rows!]).toEqual([0, 1, 0, 1]);
    expect(runGraph(graph, { x: [10, 11, 12, 13], w: [0, 0, 0, 0] }).y).toEqual([3, 23, 5, 25]);
  });
});

describe('two activations', () => {
  it('are added by one node that knows the slopes, with Relu as bounds', () => {
    const graph = lower(island([4], [4], (b, x, w) => b.node('Relu', [b.node('Add', [x, w])])));
    const binary = only(graph, 'binary');
    expect(binary.rule).toMatchObject({ kind: 'linear', slopes: [2, 2] });
    expect(Math.min(...binary.table)).toBe(3);
    expect(runGraph(graph, { x: [0, 10, 11, 12], w: [0, 10, 11, 9] }).y).toEqual([3, 3, 7, 5]);
  });

  it('are multiplied and subtracted', () => {
    const product = lower(island([2], [2], (b, x, w) => b.node('Mul', [x, w])));
    expect(only(product, 'binary').rule).toEqual({ kind: 'product', zeroPoints: [10, 10], slope: 1 });
    const difference = lower(island([2], [2], (b, x, w) => b.node('Sub', [x, w])));
    expect(only(difference, 'binary').rule).toMatchObject({ kind: 'linear', slopes: [2, -2] });
    expect(runGraph(difference, { x: [14, 10], w: [12, 11] }).y).toEqual([7, 1]);
  });

  it('are broadcast by moves', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [2, 2]);
    b.input('w', 'uint8', [2, 1]);
    b.quantize(b.node('Add', [b.dequantize('x', HALF), b.dequantize('w', HALF)]), QUARTER, 'y');
    b.output('y', 'uint8', [2, 2]);
    const graph = lower(b.encode());
    expect([...only(graph, 'move').sources]).toEqual([0, 0, 1, 1]);
    expect(runGraph(graph, { x: [10, 11, 12, 13], w: [10, 12] }).y).toEqual([3, 5, 11, 13]);
  });

  it('that are one are a table', () => {
    expect(kinds(lower(island([2], [2], (b, x) => b.node('Add', [x, x]))))).toEqual(['table']);
    expect(kinds(lower(island([2], [2], (b, x) => b.node('Mul', [x, b.node('Tanh', [x])]))))).toEqual(['table']);
  });
});

describe('means', () => {
  it('of whole planes are sums and requantizations', () => {
    const graph = lower(island([1, 2, 2, 2], [1, 2, 1, 1], (b, x) => b.node('GlobalAveragePool', [x])));
    expect(kinds(graph)).toEqual(['conv', 'requantize']);
    expect([...only(graph, 'requantize').multipliers]).toEqual([0.5]);
    expect(runGraph(graph, { x: [10, 10, 10, 14, 10, 20, 30, 40], w: new Array<number>(8).fill(0) }).y).toEqual([
      5, 33,
    ]);
  });

  it('of means are one mean', () => {
    const graph = lower(
      island([1, 2, 2, 2], [1, 2], (b, x) => {
        const rows = b.node('ReduceMean', [x], { axes: [3], keepdims: 0 });
        return b.node('ReduceMean', [rows], { axes: [2], keepdims: 0 });
      }),
    );
    const average = only(graph, 'average');
    expect([...average.counts]).toEqual([4, 4]);
    expect([...average.sources]).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(average.sum).toBe('exact');
  });

  it('follow ONNX Runtime’s integer operator only where they are quantized at once', () => {
    const pool: Body = (b, x) => b.node('AveragePool', [x], { kernel_shape: [2, 2] });
    expect(only(lower(island([1, 1, 3, 3], [1, 1, 2, 2], pool)), 'average').sum).toBe('sequential');
    const moved = lower(island([1, 1, 3, 3], [1, 4], (b, x, w) => b.node('Flatten', [pool(b, x, w)])));
    expect(only(moved, 'average').sum).toBe('exact');
    const function_ = lower(island([1, 1, 3, 3], [1, 1, 2, 2], (b, x, w) => pool(b, b.node('Tanh', [x]), w)));
    expect(only(function_, 'average').sum).toBe('exact');
  });
});

describe('integer accumulators', () => {
  const scaled = (factor: readonly number[]): Uint8Array => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 2]);
    const product = b.node('MatMulInteger', [
      'x',
      b.constant('int8', [2, 2], [1, 2, 3, 4]),
      b.constant('uint8', [], [10]),
    ]);
    const floats = b.node('Mul', [b.node('Cast', [product], { to: 1 }), b.constant('float32', [2], factor)]);
    b.quantize(b.node('Relu', [floats]), QUARTER, 'y');
    b.output('y', 'uint8', [1, 2]);
    return b.encode();
  };

  it('are requantized by the model’s own steps', () => {
    const graph = lower(scaled([0.5, 0.25]));
    const node = only(graph, 'requantize');
    expect(node.steps!.map(({ op, values }) => [op, ...values])).toEqual([
      ['multiply', 0.5, 0.25],
      ['max', 0],
    ]);
    expect([...node.multipliers]).toEqual([2, 1]);
    expect(runGraph(graph, { x: [11, 12] }).y).toEqual([17, 13]);
  });

  it('are refused with a factor that is not positive, and as a graph output', () => {
    expect(message(scaled([0.5, -1]))).toMatch(/not positive/);
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 2]);
    b.node('MatMulInteger', ['x', b.constant('int8', [2, 2], [1, 2, 3, 4])], {}, { output: 'y', name: 'product' });
    b.output('y', 'int32', [1, 2]);
    const [problem] = problemsOf(() => lower(b.encode()));
    expect(problem!.message).toBe('graph output y is the int32 result of product');
    expect(problem!.hint).toMatch(/quantize/);
  });
});

describe('refusals', () => {
  const matrix = (b: ModelBuilder, x: string): string =>
    b.node('MatMul', [x, b.weights([2, 2], [1, 2, 3, 4], WEIGHTS)], {}, { name: 'matrix' });

  it.each<readonly [string, Body, RegExp]>([
    ['a function that is not defined everywhere', (b, x) => b.node('Log', [x]), /Log gives NaN/],
    ['a quotient of activations', (b, x, w) => b.node('Div', [x, w]), /both of its operands are activations/],
    ['a power of activations', (b, x, w) => b.node('Pow', [x, w]), /both of its operands are activations/],
    ['a function of a sum', (b, x, w) => b.node('Tanh', [b.node('Add', [x, w])]), /float result of Add/],
    ['a function of a product', (b, x, w) => b.node('Tanh', [b.node('Mul', [x, w])]), /float result of Mul/],
    ['a sum with a float accumulator', (b, x, w) => b.node('Add', [matrix(b, x), w]), /float result of matrix/],
    ['a sum of a function and another activation', (b, x, w) => b.node('Add', [b.node('Tanh', [x]), w]), /Tanh/],
    ['a mean of a float accumulator', (b, x) => b.node('ReduceMean', [matrix(b, x)], { axes: [1] }), /matrix/],
    [
      'a mean of different functions',
      (b, x) =>
        b.node('ReduceMean', [b.node('Add', [x, b.constant('float32', [2, 1], [1, 2])])], { axes: [0], keepdims: 1 }),
      /mean of elements with different functions/,
    ],
    [
      'a mean of clipped means',
      (b, x) => b.node('ReduceMean', [b.node('Relu', [b.node('ReduceMean', [x], { axes: [0] })])], { axes: [1] }),
      /mean of clipped means/,
    ],
    [
      'normalization of an accumulator',
      (b, x) =>
        b.node('BatchNormalization', [
          matrix(b, x),
          ...['s', 'b', 'm', 'v'].map(() => b.constant('float32', [2], [1, 1])),
        ]),
      /float result of matrix/,
    ],
  ])('%s', (_, body, expected) => {
    const model = island([2, 2], [2, 2], body);
    expect(message(model)).toMatch(expected);
    for (const problem of problemsOf(() => lower(model))) expect(problem.hint).toBeTruthy();
  });

  it('means of channels that come last', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 2, 2, 3]);
    const operands = ['x', ...b.parameters(HALF), ...b.parameters(QUARTER)];
    b.node('QLinearGlobalAveragePool', operands, { channels_last: 1 }, { output: 'y', domain: 'com.microsoft' });
    b.output('y', 'uint8', [1, 1, 1, 3]);
    expect(message(b.encode())).toMatch(/channels_last/);
  });
});

it('takes maxima over elements with different functions of their quantized values', () => {
  const pooled: Body = (b, x) => {
    const sum = b.node('Add', [x, b.constant('float32', [2, 1], [1, 2])]);
    return b.node('MaxPool', [sum], { kernel_shape: [2, 1] });
  };
  const graph = lower(island([1, 1, 2, 2], [1, 1, 1, 2], pooled));
  const kinds = graph.nodes.map(({ kind }) => kind);
  expect(kinds.indexOf('table')).toBeGreaterThanOrEqual(0);
  expect(kinds.indexOf('maxpool')).toBeGreaterThan(kinds.indexOf('table'));
});
