/** MaxPool and element-wise operators, lowered and evaluated on integers, against ONNX Runtime in exact mode. */
import { ModelBuilder } from '../support/model-builder.js';
import type { AttributeValue } from '../support/model-builder.js';
import { compareWithOracle, randomParameters } from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());
const compare = (model: Uint8Array, random: Random, runs?: number): Promise<void> =>
  compareWithOracle(oracle, model, random, runs);

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
