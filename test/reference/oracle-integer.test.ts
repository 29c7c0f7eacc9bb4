/** ConvInteger and MatMulInteger with the float operators that scale them, against ONNX Runtime in exact mode. */
import { ModelBuilder } from '../support/model-builder.js';
import { BOUNDS, compareWithOracle } from '../support/compare-oracle.js';
import type { Bits } from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());

const FLOAT = 1;

type Scaling = (b: ModelBuilder, x: string, random: Random, channels: readonly number[]) => string;

const perChannel = (b: ModelBuilder, random: Random, shape: readonly number[], min: number, max: number): string => {
  const count = shape.reduce((p, n) => p * n, 1);
  const values = Array.from({ length: count }, () => Math.fround(min + (max - min) * random.next()));
  return b.constant('float32', shape, values);
};

/** What a model may do between Cast and QuantizeLinear. `channels` is the shape of a constant with one number per channel. */
const SCALINGS: Readonly<Record<string, Scaling>> = {
  'one factor': (b, x, random) => b.node('Mul', [x, b.constant('float32', [], [random.scale(1e-4, 3e-4)])]),
  'a factor in front, for each channel': (b, x, random, channels) =>
    b.node('Mul', [perChannel(b, random, channels, 1e-4, 3e-4), x]),
  'factors, offsets and Relu': (b, x, random, channels) => {
    const scaled = b.node('Mul', [x, perChannel(b, random, channels, 1e-4, 3e-4)]);
    return b.node('Relu', [b.node('Add', [scaled, perChannel(b, random, channels, -1, 1)])]);
  },
  'two factors, a difference and Clip': (b, x, random, channels) => {
    const scaled = b.node('Mul', [x, b.constant('float32', [1], [0.01])]);
    const twice = b.node('Mul', [scaled, b.constant('float32', [], [0.02])]);
    const moved = b.node('Sub', [twice, perChannel(b, random, channels, -1, 1)]);
    return b.node('Clip', [moved, b.constant('float32', [], [-1.5]), b.constant('float32', [], [2])]);
  },
};

const FORMATS: readonly (readonly [x: Bits, w: Bits])[] = [
  ['uint8', 'uint8'],
  ['uint8', 'int8'],
  ['int8', 'int8'],
];

function output(random: Random): { dtype: 'uint8'; scale: number; zeroPoint: number } {
  return { dtype: 'uint8', scale: random.scale(0.02, 0.05), zeroPoint: random.integer(60, 190) };
}

describe.each(Object.keys(SCALINGS))('%s', (name) => {
  it.each(FORMATS)('MatMulInteger of %s and %s', async (x, w) => {
    for (const columns of [false, true]) {
      const random = new Random(401);
      const b = new ModelBuilder(13);
      b.input('x', x, [2, 3, 24]);
      const weights = b.constant(w, [24, 10], random.integers(240, ...BOUNDS[w]));
      const zeroPoint = b.constant(x, [], [random.integer(...BOUNDS[x])]);
      // ONNX Runtime's kernels want columns of int8 to have the zero point 0.
      const offsets = columns && w === 'uint8' ? random.integers(10, 100, 156) : [w === 'uint8' ? 128 : 0];
      const inputs = ['x', weights, zeroPoint, b.constant(w, offsets.length === 1 ? [] : [10], offsets)];
      const floats = b.node('Cast', [b.node('MatMulInteger', inputs)], { to: FLOAT });
      b.quantize(SCALINGS[name]!(b, floats, random, [10]), output(random), 'y');
      b.output('y', 'uint8', [2, 3, 10]);
      await compareWithOracle(oracle, b.encode(), random, 2);
    }
  });

  it.each([FORMATS[0]!])('ConvInteger of %s and %s', async (x, w) => {
    const random = new Random(402);
    const b = new ModelBuilder(13);
    b.input('x', x, [1, 3, 7, 7]);
    const weights = b.constant(w, [4, 3, 3, 3], random.integers(108, ...BOUNDS[w]));
    const zeroPoints = [b.constant(x, [], [random.integer(100, 150)]), b.constant(w, [], [random.integer(100, 150)])];
    const attributes = { pads: [1, 1, 1, 1], strides: [2, 2] };
    const floats = b.node('Cast', [b.node('ConvInteger', ['x', weights, ...zeroPoints], attributes)], { to: FLOAT });
    b.quantize(SCALINGS[name]!(b, floats, random, [1, 4, 1, 1]), output(random), 'y');
    b.output('y', 'uint8', [1, 4, 4, 4]);
    await compareWithOracle(oracle, b.encode(), random, 3);
  });
});

it('moves a scaled accumulator', async () => {
  const random = new Random(403);
  const b = new ModelBuilder(13);
  b.input('x', 'float32', [1, 2, 6, 6]);
  const from = { dtype: 'uint8', scale: 0.1, zeroPoint: 120 } as const;
  const weights = b.constant('uint8', [4, 2, 3, 3], random.integers(72, 0, 255));
  const zeroPoints = [b.constant('uint8', [], [120]), b.constant('uint8', [], [128])];
  const floats = b.node('Cast', [b.node('ConvInteger', [b.quantize('x', from), weights, ...zeroPoints])], {
    to: FLOAT,
  });
  const scaled = b.node('Mul', [floats, b.constant('float32', [], [0.0002])]);
  const pooled = b.node('MaxPool', [b.node('Relu', [scaled])], { kernel_shape: [2, 2], strides: [2, 2] });
  b.quantize(b.node('Flatten', [pooled]), output(random), 'y');
  b.output('y', 'uint8', [1, 16]);
  await compareWithOracle(oracle, b.encode(), random, 3);
});
