import type { ConvNode, Graph, IntegerNode, MatMulNode, RequantizeNode, TableNode } from '../../src/ir/types.js';
import { dumpGraph } from '../../src/ir/dump.js';
import { importModel } from '../../src/onnx/import.js';
import { runPasses } from '../../src/passes/index.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';
import { lower, runGraph } from '../support/run-model.js';

const HALF: QuantizationParameters = { scale: 0.5, zeroPoint: 10, dtype: 'uint8' };
const QUARTER: QuantizationParameters = { scale: 0.25, zeroPoint: 3, dtype: 'uint8' };

function kinds(graph: Graph): string[] {
  return graph.nodes.map((node) => node.kind);
}

function find<K extends IntegerNode['kind']>(graph: Graph, kind: K): Extract<IntegerNode, { kind: K }> {
  return graph.nodes.find((node) => node.kind === kind) as Extract<IntegerNode, { kind: K }>;
}

/** A QDQ Gemm [1, 2] x [2, 2] with what `activate` puts before its QuantizeLinear and `after` puts behind. */
function gemmModel(
  activate: (b: ModelBuilder, x: string) => string = (_, x) => x,
  after: (b: ModelBuilder, x: string) => string = (_, x) => x,
  biasScale = 0.125,
): Uint8Array {
  const b = new ModelBuilder();
  b.input('x', 'float32', [1, 2]);
  const operands = [
    b.dequantize(b.quantize('x', HALF), HALF),
    b.weights([2, 2], [5, -3, 7, 9], { scale: 0.25, zeroPoint: 1, dtype: 'int8' }),
    b.weights([2], [100, -200], { scale: biasScale, zeroPoint: 0, dtype: 'int32' }),
  ];
  const y = b.quantize(activate(b, b.node('Gemm', operands, {}, { name: 'gemm' })), QUARTER);
  b.dequantize(after(b, y), QUARTER, 'y');
  b.output('y', 'float32', [1, 2]);
  return b.encode();
}

describe('linear operators', () => {
  it('become an accumulator and a requantization', () => {
    const graph = lower(gemmModel());
    expect(kinds(graph)).toEqual(['matmul', 'requantize']);
    const matmul: MatMulNode = find(graph, 'matmul');
    expect([...matmul.weights]).toEqual([4, -4, 6, 8]);
    expect([...matmul.bias]).toEqual([100, -200]);
    const requantize: RequantizeNode = find(graph, 'requantize');
    expect([...requantize.multipliers]).toEqual([0.5]);
    expect(requantize.clamp).toEqual({ min: 0, max: 255 });
    expect([matmul.name, requantize.name]).toEqual(['gemm', 'gemm']);
  });

  it('compute what the formulas say', () => {
    // x = [3, -2] -> q = [16, 6] -> q - 10 = [6, -4]; acc = [6*4 - 4*6 + 100, -6*4 - 4*8 - 200] = [100, -256];
    // acc * 0.5 + 3 = [53, -125] -> saturated [53, 0]; (y - 3) * 0.25 = [12.5, -0.75]
    expect(runGraph(lower(gemmModel()), { x: [3, -2] })).toEqual({ y: [12.5, -0.75] });
  });

  it('give accumulator ranges by channel from the actual weights', () => {
    const graph = lower(gemmModel());
    // x - 10 in [-10, 245]: channel 0 has weights 4, 6 and bias 100; channel 1 has -4, 8 and -200.
    const accumulator = graph.values.get(find(graph, 'matmul').outputs[0]!)!;
    expect(accumulator.ranges).toEqual([
      { min: 100 - 10 * 10, max: 100 + 10 * 245 },
      { min: -200 - 4 * 245 - 8 * 10, max: -200 + 4 * 10 + 8 * 245 },
    ]);
    expect(accumulator.channelAxis).toBe(1);
  });

  it('lets padded taps add zero', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 1, 2]);
    const weights = b.weights([1, 1, 2], [3, -2], { scale: 1, zeroPoint: 0, dtype: 'int8' });
    const from: QuantizationParameters = { scale: 1, zeroPoint: 0, dtype: 'uint8' };
    const conv = b.node('Conv', [b.dequantize('x', { ...from, zeroPoint: 255 }), weights], { pads: [1, 0] });
    b.quantize(conv, { ...from, scale: 8 }, 'y');
    b.output('y', 'uint8', [1, 1, 2]);
    const graph = lower(b.encode());
    const node: ConvNode = find(graph, 'conv');
    expect(graph.values.get(node.outputs[0]!)!.ranges).toEqual([{ min: -3 * 255, max: 2 * 255 }]);
    // x - 255 = [-5, -7]: acc = [0*3 + 5*2, -5*3 + 7*2] = [10, -1]; / 8 -> [1.25, -0.125]
    expect(runGraph(graph, { x: [250, 248] })).toEqual({ y: [1, 0] });
  });

  it('take MatMul with a vector and with transposed weights', () => {
    const b = new ModelBuilder();
    b.input('x', 'int8', [2, 2]);
    const from: QuantizationParameters = { scale: 1, zeroPoint: 0, dtype: 'int8' };
    const transposed = b.node('Transpose', [b.weights([3, 2], [1, 2, 3, 4, 5, 6], from)], { perm: [1, 0] });
    const hidden = b.quantize(b.node('MatMul', [b.dequantize('x', from), transposed]), from);
    const product = b.node('MatMul', [b.dequantize(hidden, from), b.weights([3], [1, 0, -1], from)]);
    b.quantize(product, from, 'y');
    b.output('y', 'int8', [2]);
    // [1, 1] -> [3, 7, 11] -> -8; [2, -1] -> [0, 2, 4] -> -4
    expect(runGraph(lower(b.encode()), { x: [1, 1, 2, -1] })).toEqual({ y: [-8, -4] });
  });

  it('fold weights that the model itself quantizes', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 2]);
    const parameters: QuantizationParameters = { scale: [0.5, 0.25], zeroPoint: [0, 1], dtype: 'int8', axis: 1 };
    const floats = b.constant('float32', [2, 2], [1, 0.25, -1.25, 100]);
    const weights = b.dequantize(b.quantize(floats, parameters), parameters);
    b.quantize(b.node('MatMul', [b.dequantize('x', HALF), weights]), QUARTER, 'y');
    b.output('y', 'uint8', [1, 2]);
    const graph = lower(b.encode());
    // 1/0.5 = 2; 0.25/0.25 + 1 = 2; -1.25/0.5 = -2.5 -> -2; 100/0.25 saturates at 127; zero points [0, 1] subtracted
    expect([...find(graph, 'matmul').weights]).toEqual([2, 1, -2, 126]);
  });

  it('refuse an accumulator that can leave int32', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 1]);
    const from: QuantizationParameters = { scale: 1, zeroPoint: 0, dtype: 'uint8' };
    const bias = b.weights([1], [2 ** 31 - 255 * 127], { scale: 1, zeroPoint: 0, dtype: 'int32' });
    const weights = b.weights([1, 1], [127], { scale: 1, zeroPoint: 0, dtype: 'int8' });
    b.quantize(b.node('Gemm', [b.dequantize('x', from), weights, bias], {}, { name: 'big' }), from, 'y');
    b.output('y', 'uint8', [1, 1]);
    const [problem] = problemsOf(() => lower(b.encode()));
    expect([problem!.code, problem!.location?.node]).toEqual(['RANGE_OVERFLOW', 'big']);
  });

  it('accept the greatest accumulator that fits', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 1]);
    const from: QuantizationParameters = { scale: 1, zeroPoint: 0, dtype: 'uint8' };
    const bias = b.weights([1], [2 ** 31 - 1 - 255 * 127], { scale: 1, zeroPoint: 0, dtype: 'int32' });
    const weights = b.weights([1, 1], [127], { scale: 1, zeroPoint: 0, dtype: 'int8' });
    b.quantize(b.node('Gemm', [b.dequantize('x', from), weights, bias]), from, 'y');
    b.output('y', 'uint8', [1, 1]);
    expect(runGraph(lower(b.encode()), { x: [255] })).toEqual({ y: [255] });
  });
});

describe('activations', () => {
  const clip = (b: ModelBuilder, x: string): string =>
    b.node('Clip', [x, b.constant('float32', [], [-0.3]), b.constant('float32', [], [6])]);

  it('before QuantizeLinear become bounds of the requantization', () => {
    const relu = lower(gemmModel((b, x) => b.node('Relu', [x])));
    expect(find(relu, 'requantize').clamp).toEqual({ min: 3, max: 255 });
    // -0.3 / 0.25 = -1.2 -> -1; 6 / 0.25 = 24; zero point 3
    expect(find(lower(gemmModel(clip)), 'requantize').clamp).toEqual({ min: 2, max: 27 });
    const attributes = (b: ModelBuilder, x: string): string =>
      b.node('Clip', [x], { min: { float: -0.3 }, max: { float: 6 } });
    expect(find(lower(gemmModel(attributes)), 'requantize').clamp).toEqual({ min: 2, max: 27 });
  });

  it('follow ONNX where the lower bound of Clip exceeds the upper', () => {
    const odd = (b: ModelBuilder, x: string): string =>
      b.node('Clip', [x, b.constant('float32', [], [5]), b.constant('float32', [], [2])]);
    expect(find(lower(gemmModel(odd)), 'requantize').clamp).toEqual({ min: 11, max: 11 });
  });

  it('on the quantized result are fused as well, across MaxPool and moves', () => {
    const graph = lower(
      gemmModel(undefined, (b, q) => {
        const relu = b.node('Relu', [b.dequantize(q, QUARTER)]);
        const square = b.node('Reshape', [b.quantize(relu, QUARTER), b.constant('int64', [4], [1, 1, 1, 2])]);
        const clipped = b.quantize(clip(b, b.dequantize(square, QUARTER)), QUARTER);
        return b.node('Flatten', [clipped]);
      }),
    );
    expect(kinds(graph)).toEqual(['matmul', 'requantize']);
    expect(find(graph, 'requantize').clamp).toEqual({ min: 3, max: 27 });
  });

  it('stay tables where the value has another reader', () => {
    const b = new ModelBuilder();
    b.input('x', 'float32', [1, 2]);
    const weights = b.weights([2, 1], [5, -3], { scale: 0.25, zeroPoint: 0, dtype: 'int8' });
    const product = b.node('MatMul', [b.dequantize(b.quantize('x', HALF), HALF), weights]);
    const q = b.quantize(product, QUARTER);
    b.dequantize(q, QUARTER, 'plain');
    b.dequantize(b.quantize(b.node('Relu', [b.dequantize(q, QUARTER)]), QUARTER), QUARTER, 'relu');
    b.output('plain', 'float32', [1, 1]);
    b.output('relu', 'float32', [1, 1]);
    const graph = lower(b.encode());
    expect(kinds(graph)).toEqual(['matmul', 'requantize', 'table']);
    expect(find(graph, 'requantize').clamp).toEqual({ min: 0, max: 255 });
    // q - 10 = [-4, 0]: acc = -20; M = 0.5 -> -10 + 3 = -7 -> 0; dequantized -0.75, Relu 0
    expect(runGraph(graph, { x: [-2, 0] })).toEqual({ plain: [-0.75], relu: [0] });
  });
});

describe('islands and moves', () => {
  it('between equal quantizations leave nothing but the move', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 2, 1]);
    b.quantize(b.node('Transpose', [b.dequantize('x', HALF)], { perm: [1, 0, 2] }), HALF, 'y');
    b.output('y', 'uint8', [2, 1, 1]);
    const graph = lower(b.encode());
    expect(kinds(graph)).toEqual(['reshape']);
    expect(graph.values.get('x')!.quantization).toEqual({ scale: 0.5, zeroPoint: 10 });
  });

  it('between other quantizations add one table', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 4]);
    const flat = b.node('Flatten', [b.node('Relu', [b.dequantize('x', HALF)])]);
    b.quantize(b.node('Sigmoid', [flat]), { scale: 1 / 256, zeroPoint: -128, dtype: 'int8' }, 'y');
    b.output('y', 'int8', [1, 4]);
    const graph = lower(b.encode());
    expect(kinds(graph)).toEqual(['table']);
    const table: TableNode = find(graph, 'table');
    expect(table.label).toBe('Relu + Sigmoid');
    // sigmoid(0) = 0.5 -> 128 - 128; sigmoid(1) * 256 = 187.15; sigmoid(122.5) * 256 = 256 saturates
    expect(runGraph(graph, { x: [0, 10, 12, 255] })).toEqual({ y: [0, 0, 59, 127] });
  });

  it('compose tables', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 3]);
    const relu = b.quantize(b.node('Relu', [b.dequantize('x', HALF)]), QUARTER);
    b.quantize(b.dequantize(relu, QUARTER), HALF, 'y');
    b.output('y', 'uint8', [1, 3]);
    const graph = lower(b.encode());
    expect(kinds(graph)).toEqual(['table']);
    // 200: 95 -> 380 + 3 saturates at 255 -> 63 -> 126 + 10
    expect(runGraph(graph, { x: [4, 20, 200] })).toEqual({ y: [10, 20, 136] });
  });

  it('before the first QuantizeLinear and after the last DequantizeLinear happen on integers', () => {
    const b = new ModelBuilder();
    b.input('x', 'float32', [2, 3]);
    const turned = b.node('Transpose', ['x'], { perm: [1, 0] });
    const y = b.dequantize(b.quantize(turned, HALF), HALF);
    b.node('Reshape', [y, b.constant('int64', [1], [-1])], {}, { output: 'y' });
    b.output('y', 'float32', [6]);
    const graph = lower(b.encode());
    expect(kinds(graph)).toEqual(['move']);
    expect(graph.inputs).toEqual([{ name: 'x', value: 'x.quantized', kind: 'float', shape: [2, 3] }]);
    expect(runGraph(graph, { x: [1, 2, 3, 4, 5, 6] })).toEqual({ y: [1, 4, 2, 5, 3, 6] });
  });

  it('reinterprets integers where a reader uses another scale or zero point than the writer', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 2]);
    b.output('y', 'float32', [1, 2]);
    b.output('z', 'float32', [1, 2]);
    b.dequantize('x', HALF, 'y');
    b.dequantize('x', QUARTER, 'z');
    const graph = lower(b.encode());
    expect(kinds(graph)).toEqual(['reshape']);
    expect(runGraph(graph, { x: [10, 14] })).toEqual({ y: [0, 2], z: [1.75, 2.75] });
  });

  it('applies a Relu before a float output to the integers, and refuses a Sigmoid there', () => {
    const build = (op: string): Uint8Array => {
      const b = new ModelBuilder();
      b.input('x', 'uint8', [1, 2]);
      b.node(op, [b.dequantize('x', HALF)], {}, { output: 'y' });
      b.output('y', 'float32', [1, 2]);
      return b.encode();
    };
    expect(runGraph(lower(build('Relu')), { x: [3, 30] })).toEqual({ y: [0, 10] });
    const [problem] = problemsOf(() => lower(build('Sigmoid')));
    expect([problem!.code, problem!.message]).toEqual([
      'MODEL_NOT_QUANTIZED',
      'graph output y is the float result of Sigmoid',
    ]);
  });

  it('takes maxima of pending functions', () => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [1, 1, 4]);
    const relu = b.node('Relu', [b.dequantize('x', HALF)]);
    b.quantize(b.node('MaxPool', [relu], { kernel_shape: [2], strides: [2] }), QUARTER, 'y');
    b.output('y', 'uint8', [1, 1, 2]);
    const graph = lower(b.encode());
    expect(kinds(graph)).toEqual(['maxpool', 'table']);
    expect(runGraph(graph, { x: [1, 2, 3, 12] })).toEqual({ y: [3, 7] });
  });
});

describe('refusals', () => {
  it('names every float operator that is not enclosed', () => {
    const b = new ModelBuilder();
    b.input('x', 'float32', [1, 2]);
    const q = b.dequantize(b.quantize('x', HALF), HALF);
    const int8: QuantizationParameters = { scale: 1, zeroPoint: 0, dtype: 'int8' };
    const first = b.node('MatMul', [q, b.weights([2, 2], [1, 2, 3, 4], int8)], {}, { name: 'open' });
    b.node('Sigmoid', [first], {}, { name: 'unquantized' });
    b.node('MatMul', [q, b.constant('float32', [2, 2], [1, 2, 3, 4])], {}, { name: 'float weights' });
    b.node('Relu', ['x'], {}, { name: 'on the input' });
    b.node('Identity', [first], {}, { output: 'y' });
    b.output('y', 'float32', [1, 2]);
    const problems = problemsOf(() => lower(b.encode()));
    expect(problems.map((problem) => [problem.location?.node ?? problem.location?.tensor, problem.code])).toEqual([
      ['unquantized', 'MODEL_NOT_QUANTIZED'],
      ['float weights', 'MODEL_NOT_QUANTIZED'],
      ['on the input', 'MODEL_NOT_QUANTIZED'],
      ['y', 'MODEL_NOT_QUANTIZED'],
    ]);
  });

  it('refuses a bias of another scale, with a hint', () => {
    const [problem] = problemsOf(() => lower(gemmModel(undefined, undefined, 0.126)));
    expect(problem!.message).toMatch(/gemm: its bias has the scale 0\.126/);
    expect(problem!.hint).toMatch(/s_x \* s_w/);
  });

  it.each([
    ['alpha', { alpha: { float: 2 } }],
    ['beta', { beta: { float: 0.5 } }],
  ])('refuses Gemm with %s', (name, attributes) => {
    const b = new ModelBuilder();
    b.input('x', 'uint8', [2, 2]);
    const int8: QuantizationParameters = { scale: 1, zeroPoint: 0, dtype: 'int8' };
    const bias = b.weights([2], [1, 2], { scale: 0.5, zeroPoint: 0, dtype: 'int32' });
    const operands = [b.dequantize('x', HALF), b.weights([2, 2], [1, 2, 3, 4], int8), bias];
    b.quantize(b.node('Gemm', operands, attributes), HALF, 'y');
    b.output('y', 'uint8', [2, 2]);
    expect(problemsOf(() => lower(b.encode()))[0]!.message).toMatch(name);
  });

  it('refuses an input that is quantized in two ways and one that is never used', () => {
    const b = new ModelBuilder();
    b.input('x', 'float32', [1]);
    b.dequantize(b.quantize('x', HALF), HALF, 'y');
    b.dequantize(b.quantize('x', QUARTER), QUARTER, 'z');
    b.output('y', 'float32', [1]);
    b.output('z', 'float32', [1]);
    expect(problemsOf(() => lower(b.encode()))[0]!.message).toMatch(/quantized in two ways/);
    const unused = new ModelBuilder();
    unused.input('x', 'float32', [1]);
    unused.input('u', 'float32', [1]);
    unused.dequantize(unused.quantize('x', HALF), HALF, 'y');
    unused.output('y', 'float32', [1]);
    expect(problemsOf(() => lower(unused.encode()))[0]!.message).toBe('graph input u is not used');
  });
});

it('dumps imported and integer graphs, the same text every time', () => {
  const imported = dumpGraph(runPasses(importModel(gemmModel()), { stopAfter: 'fold-constants' }));
  expect(imported).toMatch(/^input x \[1, 2\] float -> x: float32\[1, 2\]$/m);
  expect(imported).toMatch(/^constant c6 = int8\[2, 2\] \[5, -3, 7, 9\]$/m);
  expect(imported).toMatch(/: float32\[1, 2\] = Gemm\(.*\) \{transA=0, transB=0\} {2}# gemm$/m);
  expect(dumpGraph(lower(gemmModel()))).toBe(dumpGraph(lower(gemmModel())));
});

it('stops after the pass that is asked for', () => {
  const imported = importModel(gemmModel());
  expect(runPasses(imported, { stopAfter: 'fold-constants' }).nodes[0]!.kind).toBe('onnx');
  const fused = runPasses(imported, { stopAfter: 'fuse-qdq' });
  expect([...fused.values.values()].every((value) => value.ranges === undefined)).toBe(true);
  expect(problemsOf(() => runPasses(imported, { stopAfter: 'polish' }))[0]!.code).toBe('USAGE');
});
