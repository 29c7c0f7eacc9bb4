/** The lowered graph, evaluated on integers, against ONNX Runtime in exact mode on random small models. */
import { importModel } from '../../src/onnx/import.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { AttributeValue, QuantizationParameters } from '../support/model-builder.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';
import { lower, runGraph } from '../support/run-model.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());

type Bits = 'int8' | 'uint8';
const BOUNDS: Readonly<Record<Bits, readonly [min: number, max: number]>> = { int8: [-128, 127], uint8: [0, 255] };

function randomParameters(
  random: Random,
  dtype: Bits,
): QuantizationParameters & { scale: number; zeroPoint: number; dtype: Bits } {
  const [min, max] = BOUNDS[dtype];
  return { dtype, scale: random.scale(0.002, 0.2), zeroPoint: random.integer(min, max) };
}

/** Runs a model on random inputs, in both, and compares every element of every output. */
async function compare(model: Uint8Array, random: Random, runs = 3): Promise<void> {
  const imported = importModel(model);
  const graph = lower(model);
  const seen = new Set<number>();
  for (let run = 0; run < runs; run++) {
    const inputs: Record<string, number[]> = {};
    const feeds: Record<string, { type: 'float32' | Bits; data: number[]; shape: readonly number[] }> = {};
    for (const edge of imported.inputs) {
      const type = imported.values.get(edge.value)!.dtype as 'float32' | Bits;
      const count = edge.shape.reduce((a, b) => a * b, 1);
      const [min, max] = type === 'float32' ? [0, 0] : BOUNDS[type];
      const data =
        type === 'float32'
          ? Array.from({ length: count }, () => Math.fround((random.next() - 0.5) * 20))
          : random.integers(count, min, max);
      inputs[edge.name] = data;
      feeds[edge.name] = { type, data, shape: edge.shape };
    }
    const expected = await oracle.run(model, feeds);
    const actual = runGraph(graph, inputs);
    for (const edge of graph.outputs) {
      expect(edge.shape).toEqual(expected[edge.name]!.shape);
      expect(actual[edge.name]).toEqual(expected[edge.name]!.data);
      for (const element of actual[edge.name]!) seen.add(element);
    }
  }
  // A model whose results are all saturated would show nothing.
  expect(seen.size).toBeGreaterThanOrEqual(8);
}

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

function weightParameters(
  random: Random,
  dtype: Bits,
  channels: number,
  perChannel: boolean,
  axis: number,
): QuantizationParameters {
  const [min, max] = BOUNDS[dtype];
  if (!perChannel) return { dtype, scale: random.scale(0.001, 0.05), zeroPoint: random.integer(min, max) };
  const scale = Array.from({ length: channels }, () => random.scale(0.001, 0.05));
  return { dtype, scale, zeroPoint: scale.map(() => (dtype === 'uint8' ? 128 : 0)), axis };
}

/** Quantization for sums of `taps` random products: most of them fall inside the dtype's range. */
function outputParameters(
  random: Random,
  dtype: Bits,
  inputScale: number,
  weights: QuantizationParameters,
  taps: number,
): QuantizationParameters & { scale: number } {
  const weightScale = typeof weights.scale === 'number' ? weights.scale : Math.max(...weights.scale);
  const [min, max] = BOUNDS[dtype];
  const scale = Math.fround(inputScale * weightScale * Math.sqrt(taps) * random.scale(100, 300));
  return { dtype, scale, zeroPoint: random.integer(min + 64, max - 64) };
}

function biasParameters(scale: number, weights: QuantizationParameters): QuantizationParameters {
  const product = (w: number): number => Math.fround(scale * w);
  if (typeof weights.scale === 'number') return { dtype: 'int32', scale: product(weights.scale), zeroPoint: 0 };
  return { dtype: 'int32', scale: weights.scale.map(product), zeroPoint: 0, axis: 0 };
}

const FORMATS = [
  ['int8', 'int8', true],
  ['uint8', 'uint8', false],
  ['uint8', 'int8', true],
  ['uint8', 'int8', false],
] as const;

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

interface PoolCase {
  readonly input: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const POOLS: Readonly<Record<string, PoolCase>> = {
  plain: { input: [1, 2, 6, 7], attributes: { kernel_shape: [2, 3] } },
  strides: { input: [1, 2, 7, 7], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  ceil_mode: { input: [1, 2, 7, 6], attributes: { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 } },
  'ceil_mode with pads': {
    input: [1, 1, 6, 5],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  'ceil_mode where the last window would start in padding': {
    input: [1, 3, 4, 4],
    attributes: { kernel_shape: [1, 1], strides: [2, 2], ceil_mode: 1 },
  },
  dilations: { input: [1, 1, 8, 8], attributes: { kernel_shape: [3, 2], dilations: [2, 3] } },
  'dilations and ceil_mode': {
    input: [1, 1, 8, 9],
    attributes: { kernel_shape: [2, 2], dilations: [2, 2], strides: [3, 2], ceil_mode: 1 },
  },
  auto_pad: { input: [1, 2, 7, 5], attributes: { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  'auto_pad SAME_LOWER': {
    input: [1, 2, 7, 5],
    attributes: { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_LOWER' },
  },
  'one axis': { input: [1, 2, 9], attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] } },
};

describe.each(Object.entries(POOLS))('MaxPool, %s', (_, { input, attributes }) => {
  it.each(['int8', 'uint8'] as const)('on %s tensors', async (dtype) => {
    const b = new ModelBuilder(12);
    b.input('x', dtype, input);
    b.node('MaxPool', ['x'], attributes, { output: 'y' });
    b.output('y', dtype, ['n', 'c', 'a', 'b', 'd'].slice(0, input.length));
    await compare(b.encode(), new Random(51));
  });

  it('between DequantizeLinear and QuantizeLinear of other scale', async () => {
    const random = new Random(52);
    const from = { dtype: 'uint8', scale: Math.fround(0.07), zeroPoint: random.integer(64, 192) } as const;
    const to = { dtype: 'uint8', scale: random.scale(0.03, 0.1), zeroPoint: random.integer(0, 255) } as const;
    const b = new ModelBuilder(13);
    b.input('x', 'float32', input);
    const y = b.quantize(b.node('MaxPool', [b.dequantize(b.quantize('x', from), from)], attributes), to);
    b.dequantize(y, to, 'y');
    b.output('y', 'float32', ['n', 'c', 'a', 'b', 'd'].slice(0, input.length));
    await compare(b.encode(), random);
  });
});

describe('unary islands', () => {
  const CHAINS: Readonly<Record<string, (b: ModelBuilder, x: string) => string>> = {
    nothing: (_, x) => x,
    Relu: (b, x) => b.node('Relu', [x]),
    Clip: (b, x) => b.node('Clip', [x, b.constant('float32', [], [-0.7]), b.constant('float32', [], [1.3])]),
    'Clip without minimum': (b, x) => b.node('Clip', [x, '', b.constant('float32', [], [0.4])]),
    Sigmoid: (b, x) => b.node('Sigmoid', [x]),
    'Relu, Flatten, Sigmoid': (b, x) => b.node('Sigmoid', [b.node('Flatten', [b.node('Relu', [x])])]),
  };
  it.each(Object.keys(CHAINS))('%s between two quantizations', async (name) => {
    for (let seed = 0; seed < 3; seed++) {
      const random = new Random(61 + seed);
      const from = { ...randomParameters(random, random.pick(['int8', 'uint8'])), scale: random.scale(0.01, 0.1) };
      const to = { dtype: 'uint8', scale: random.scale(0.003, 0.01), zeroPoint: random.integer(0, 128) } as const;
      const b = new ModelBuilder(13);
      b.input('x', from.dtype, [1, 256]);
      const chain = CHAINS[name]!(b, b.dequantize('x', from));
      b.quantize(chain, to, 'y');
      b.output('y', to.dtype, [1, 256]);
      await compare(b.encode(), random);
    }
  });

  it('QLinearSigmoid', async () => {
    const random = new Random(71);
    for (const dtype of ['int8', 'uint8'] as const) {
      const [from, to] = [randomParameters(random, dtype), randomParameters(random, dtype)];
      const b = new ModelBuilder(13);
      b.input('x', dtype, [1, 256]);
      const operands = ['x', ...b.parameters(from), ...b.parameters({ ...to, scale: 1 / 256 })];
      b.node('QLinearSigmoid', operands, {}, { output: 'y', domain: 'com.microsoft' });
      b.output('y', dtype, [1, 256]);
      await compare(b.encode(), random);
    }
  });

  it('Relu on int8 tensors', async () => {
    const b = new ModelBuilder(14);
    b.input('x', 'int8', [1, 256]);
    b.node('Relu', ['x'], {}, { output: 'y' });
    b.output('y', 'int8', [1, 256]);
    await compare(b.encode(), new Random(81));
  });

  it.each(['int8', 'uint8'] as const)('Clip on %s tensors', async (dtype) => {
    const b = new ModelBuilder(13);
    b.input('x', dtype, [1, 256]);
    b.node('Clip', ['x', b.constant(dtype, [], [3]), b.constant(dtype, [], [90])], {}, { output: 'y' });
    b.output('y', dtype, [1, 256]);
    await compare(b.encode(), new Random(82));
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
