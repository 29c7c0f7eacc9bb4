/** Conv, MatMul, Gemm and their QOperator forms, lowered and evaluated on integers, against ONNX Runtime in exact mode. */
import { ModelBuilder } from '../support/model-builder.js';
import type { AttributeValue } from '../support/model-builder.js';
import {
  BOUNDS,
  FORMATS,
  biasParameters,
  compareWithOracle,
  outputParameters,
  randomParameters,
  weightParameters,
} from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());
const compare = (model: Uint8Array, random: Random, runs?: number): Promise<void> =>
  compareWithOracle(oracle, model, random, runs);

interface ConvCase {
  readonly input: readonly number[];
  readonly weights: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const CONVS: Readonly<Record<string, ConvCase>> = {
  plain: { input: [1, 2, 6, 5], weights: [3, 2, 3, 2], attributes: {} },
  'batch of two': { input: [2, 2, 5, 5], weights: [3, 2, 2, 2], attributes: {} },
  'strides and pads': {
    input: [1, 3, 7, 8],
    weights: [2, 3, 3, 3],
    attributes: { strides: [2, 3], pads: [1, 0, 2, 1] },
  },
  dilations: { input: [1, 1, 9, 9], weights: [2, 1, 3, 3], attributes: { dilations: [2, 3], pads: [1, 1, 1, 1] } },
  groups: { input: [1, 4, 5, 5], weights: [6, 2, 3, 3], attributes: { group: 2, pads: [1, 1, 1, 1] } },
  depthwise: { input: [1, 4, 5, 5], weights: [4, 1, 3, 3], attributes: { group: 4 } },
  'auto_pad SAME_UPPER': {
    input: [1, 1, 6, 7],
    weights: [2, 1, 4, 3],
    attributes: { auto_pad: 'SAME_UPPER', strides: [2, 2] },
  },
  'auto_pad SAME_LOWER': {
    input: [1, 1, 6, 7],
    weights: [2, 1, 4, 3],
    attributes: { auto_pad: 'SAME_LOWER', strides: [2, 2] },
  },
  'auto_pad VALID': { input: [1, 1, 6, 7], weights: [2, 1, 4, 3], attributes: { auto_pad: 'VALID' } },
  'three axes': { input: [1, 2, 4, 5, 4], weights: [3, 2, 2, 3, 2], attributes: { pads: [1, 0, 1, 0, 1, 0] } },
  'one axis': { input: [1, 3, 10], weights: [4, 3, 3], attributes: { pads: [2, 1], strides: [2] } },
};

describe.each(Object.entries(CONVS))('Conv, %s', (_, { input, weights, attributes }) => {
  it.each(FORMATS)('QDQ with %s activations, %s weights, per channel %s', async (x, w, perChannel) => {
    const random = new Random(11);
    const [channels] = weights as [number];
    const from = randomParameters(random, x);
    const weight = weightParameters(random, w, channels, perChannel, 0);
    const b = new ModelBuilder(13);
    b.input('x', 'float32', input);
    const count = weights.reduce((p, n) => p * n, 1);
    const to = outputParameters(random, x, from.scale, weight, count / channels);
    const operands = [
      b.dequantize(b.quantize('x', from), from),
      b.weights(weights, random.integers(count, ...BOUNDS[w]), weight),
      b.weights([channels], random.integers(channels, -3000, 3000), biasParameters(from.scale, weight)),
    ];
    const y = b.quantize(b.node('Conv', operands, attributes), to);
    b.dequantize(y, to, 'y');
    b.output('y', 'float32', ['n', 'c', 'a', 'b', 'd'].slice(0, input.length));
    await compare(b.encode(), random);
  });

  it('QOperator on integer edges', async () => {
    const random = new Random(12);
    const [channels] = weights as [number];
    const from = randomParameters(random, 'uint8');
    const weight = weightParameters(random, 'int8', channels, true, 0);
    const taps = weights.slice(1).reduce((p, n) => p * n, 1);
    const to = outputParameters(random, 'uint8', from.scale, weight, taps);
    const b = new ModelBuilder(10);
    b.input('x', 'uint8', input);
    const w = b.constant(
      'int8',
      weights,
      random.integers(
        weights.reduce((p, n) => p * n, 1),
        -128,
        127,
      ),
    );
    const bias = b.constant('int32', [channels], random.integers(channels, -3000, 3000));
    b.node(
      'QLinearConv',
      ['x', ...b.parameters(from), w, ...b.parameters(weight), ...b.parameters(to), bias],
      attributes,
      { output: 'y' },
    );
    b.output('y', 'uint8', ['n', 'c', 'a', 'b', 'd'].slice(0, input.length));
    await compare(b.encode(), random);
  });
});

describe('matrix products', () => {
  it.each(FORMATS)('Gemm with %s activations, %s weights, per channel %s', async (x, w, perChannel) => {
    for (const transB of [0, 1]) {
      const random = new Random(21 + transB);
      const from = randomParameters(random, x);
      const shape = transB ? [7, 12] : [12, 7];
      const weight = weightParameters(random, w, 7, perChannel, transB ? 0 : 1);
      const to = outputParameters(random, x, from.scale, weight, 12);
      const b = new ModelBuilder(13);
      b.input('x', 'float32', [2, 12]);
      const operands = [
        b.dequantize(b.quantize('x', from), from),
        b.weights(shape, random.integers(84, ...BOUNDS[w]), weight),
        b.weights([7], random.integers(7, -3000, 3000), biasParameters(from.scale, weight)),
      ];
      b.dequantize(b.quantize(b.node('Gemm', operands, { transB }), to), to, 'y');
      b.output('y', 'float32', [2, 7]);
      await compare(b.encode(), random);
    }
  });

  it.each(FORMATS)('MatMul with %s activations, %s weights, per channel %s', async (x, w, perChannel) => {
    const random = new Random(31);
    const from = randomParameters(random, x);
    const weight = weightParameters(random, w, 6, perChannel, 1);
    const to = outputParameters(random, x, from.scale, weight, 9);
    const b = new ModelBuilder(13);
    b.input('x', 'float32', [2, 3, 9]);
    const operands = [
      b.dequantize(b.quantize('x', from), from),
      b.weights([9, 6], random.integers(54, ...BOUNDS[w]), weight),
    ];
    b.dequantize(b.quantize(b.node('MatMul', operands), to), to, 'y');
    b.output('y', 'float32', [2, 3, 6]);
    await compare(b.encode(), random);
  });

  it.each(FORMATS)('Gemm with a transposed activation: %s, %s weights, per channel %s', async (x, w, perChannel) => {
    const random = new Random(35);
    const from = randomParameters(random, x);
    const weight = weightParameters(random, w, 6, perChannel, 1);
    const to = outputParameters(random, x, from.scale, weight, 9);
    const b = new ModelBuilder(13);
    b.input('x', x, [9, 4]);
    const operands = [
      b.dequantize('x', from),
      b.weights([9, 6], random.integers(54, ...BOUNDS[w]), weight),
      b.weights([6], random.integers(6, -3000, 3000), biasParameters(from.scale, weight)),
    ];
    b.quantize(b.node('Gemm', operands, { transA: 1 }), to, 'y');
    b.output('y', x, [4, 6]);
    await compare(b.encode(), random);
  });

  it.each([
    [
      [6, 9],
      [9, 5],
      [6, 5],
    ],
    [
      [6, 9],
      [2, 3, 9, 5],
      [2, 3, 6, 5],
    ],
    [[9], [9, 5], [5]],
    [[6, 9], [9], [6]],
  ])('MatMul of constant weights %j and an activation %j', async (left, right, shape) => {
    const random = new Random(37);
    const from = randomParameters(random, 'uint8');
    const weight = weightParameters(random, 'uint8', 1, false, 0);
    const to = outputParameters(random, 'uint8', from.scale, weight, 9);
    const b = new ModelBuilder(13);
    b.input('x', 'uint8', right);
    const count = left.reduce((p, n) => p * n, 1);
    const weights = b.weights(left, random.integers(count, 0, 255), weight);
    b.quantize(b.node('MatMul', [weights, b.dequantize('x', from)]), to, 'y');
    b.output('y', 'uint8', shape);
    await compare(b.encode(), random, 6);
  });

  it('QLinearMatMul and QGemm', async () => {
    const random = new Random(41);
    const first = randomParameters(random, 'uint8');
    const weight = weightParameters(random, 'uint8', 6, false, 1);
    const second = outputParameters(random, 'uint8', first.scale, weight, 9);
    const weight2 = weightParameters(random, 'int8', 5, true, 0);
    const third = outputParameters(random, 'uint8', second.scale, weight2, 6);
    const b = new ModelBuilder(13);
    b.input('x', 'uint8', [3, 9]);
    const w = b.constant('uint8', [9, 6], random.integers(54, 0, 255));
    const w2 = b.constant('int8', [5, 6], random.integers(30, -128, 127));
    const bias = b.constant('int32', [5], random.integers(5, -2000, 2000));
    const h = b.node('QLinearMatMul', [
      'x',
      ...b.parameters(first),
      w,
      ...b.parameters(weight),
      ...b.parameters(second),
    ]);
    const operands = [h, ...b.parameters(second), w2, ...b.parameters(weight2), bias, ...b.parameters(third)];
    b.node('QGemm', operands, { transB: 1, alpha: { float: 1 } }, { output: 'y', domain: 'com.microsoft' });
    b.output('y', 'uint8', [3, 5]);
    await compare(b.encode(), random, 5);
  });
});

describe('activations after a Conv', () => {
  const ACTIVATIONS: Readonly<Record<string, (b: ModelBuilder, x: string, scale: number) => string>> = {
    Relu: (b, x) => b.node('Relu', [x]),
    Clip: (b, x, scale) =>
      b.node('Clip', [x, b.constant('float32', [], [-20.3 * scale]), b.constant('float32', [], [41.6 * scale])]),
  };
  it.each(Object.keys(ACTIVATIONS))('%s before QuantizeLinear, and a MaxPool after it', async (name) => {
    for (let seed = 0; seed < 4; seed++) {
      const random = new Random(91 + seed);
      const from = randomParameters(random, 'uint8');
      const weight = weightParameters(random, 'int8', 3, true, 0);
      const to = outputParameters(random, 'uint8', from.scale, weight, 18);
      const b = new ModelBuilder(13);
      b.input('x', 'float32', [1, 2, 8, 8]);
      const operands = [
        b.dequantize(b.quantize('x', from), from),
        b.weights([3, 2, 3, 3], random.integers(54, -128, 127), weight),
        b.weights([3], random.integers(3, -3000, 3000), biasParameters(from.scale, weight)),
      ];
      const q = b.quantize(ACTIVATIONS[name]!(b, b.node('Conv', operands), to.scale), to);
      const pooled = b.node('MaxPool', [b.dequantize(q, to)], { kernel_shape: [2, 2], strides: [2, 2] });
      b.dequantize(b.quantize(pooled, to), to, 'y');
      b.output('y', 'float32', [1, 3, 3, 3]);
      await compare(b.encode(), random);
    }
  });
});
