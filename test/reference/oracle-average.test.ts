/** Averages, lowered and evaluated on integers, against ONNX Runtime in exact mode. */
import { ModelBuilder } from '../support/model-builder.js';
import type { AttributeValue } from '../support/model-builder.js';
import { BOUNDS, compareWithOracle } from '../support/compare-oracle.js';
import type { Bits } from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());
const compare = (model: Uint8Array, random: Random): Promise<void> => compareWithOracle(oracle, model, random, 2);

const AXES = ['n', 'c', 'a', 'b', 'd'];
const DTYPES = ['int8', 'uint8'] as const;

interface PoolCase {
  readonly input: readonly number[];
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}

const POOLS: Readonly<Record<string, PoolCase>> = {
  plain: { input: [1, 2, 6, 7], attributes: { kernel_shape: [2, 3] } },
  strides: { input: [1, 3, 8, 8], attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
  pads: { input: [1, 2, 6, 6], attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] } },
  'counted pads': {
    input: [1, 2, 6, 6],
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], count_include_pad: 1 },
  },
  ceil_mode: { input: [1, 2, 7, 6], attributes: { kernel_shape: [3, 2], strides: [2, 3], ceil_mode: 1 } },
  'ceil_mode with pads': {
    input: [1, 2, 6, 5],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1 },
  },
  'ceil_mode with counted pads': {
    input: [1, 2, 6, 5],
    attributes: { kernel_shape: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1], ceil_mode: 1, count_include_pad: 1 },
  },
  auto_pad: { input: [1, 2, 7, 5], attributes: { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_UPPER' } },
  'auto_pad SAME_LOWER': {
    input: [1, 2, 7, 5],
    attributes: { kernel_shape: [3, 2], strides: [2, 2], auto_pad: 'SAME_LOWER', count_include_pad: 1 },
  },
  'one axis': { input: [1, 4, 9], attributes: { kernel_shape: [3], strides: [2], pads: [1, 0] } },
  'three axes': { input: [1, 2, 4, 5, 4], attributes: { kernel_shape: [2, 3, 2], pads: [1, 0, 0, 0, 1, 0] } },
};

/** Random quantizations of an input and of means of its elements. */
function parameters(random: Random, dtype: Bits): [from: Q, to: Q] {
  const middle = BOUNDS[dtype][0] + 128;
  const scale = random.scale(0.01, 0.04);
  return [
    { dtype, scale, zeroPoint: middle + random.integer(-60, 60) },
    { dtype, scale: Math.fround(scale * random.scale(0.4, 0.8)), zeroPoint: middle + random.integer(-60, 60) },
  ];
}
interface Q {
  readonly dtype: Bits;
  readonly scale: number;
  readonly zeroPoint: number;
}

type Body = (b: ModelBuilder, x: string) => string;

/** A model of float operators between DequantizeLinear and QuantizeLinear; shorter tensors in front make the output's rank. */
async function compareIsland(
  dtype: Bits,
  input: readonly number[],
  rank: number,
  body: Body,
  opset = 13,
): Promise<void> {
  for (let seed = 0; seed < 2; seed++) {
    const random = new Random(300 + seed);
    const [from, to] = parameters(random, dtype);
    const b = new ModelBuilder(opset);
    b.input('x', dtype, input);
    b.quantize(body(b, b.dequantize('x', from)), to, 'y');
    b.output('y', dtype, AXES.slice(0, rank));
    await compare(b.encode(), random);
  }
}

describe.each(Object.entries(POOLS))('AveragePool, %s', (_, { input, attributes }) => {
  it.each(DTYPES)('QLinearAveragePool on %s', async (dtype) => {
    for (let seed = 0; seed < 2; seed++) {
      const random = new Random(310 + seed);
      const [from, to] = parameters(random, dtype);
      const b = new ModelBuilder(13);
      b.input('x', dtype, input);
      const operands = ['x', ...b.parameters(from), ...b.parameters(to)];
      b.node('QLinearAveragePool', operands, attributes, { domain: 'com.microsoft', output: 'y' });
      b.output('y', dtype, AXES.slice(0, input.length));
      await compare(b.encode(), random);
    }
  });

  // There ONNX Runtime's integer operator divides by another number than ONNX says.
  const disputed = attributes['ceil_mode'] === 1 && attributes['count_include_pad'] === 1;
  it.each(DTYPES)(
    `between DequantizeLinear and QuantizeLinear of %s${disputed ? ' is refused' : ''}`,
    async (dtype) => {
      const comparison = compareIsland(dtype, input, input.length, (b, x) => b.node('AveragePool', [x], attributes));
      if (disputed) await expect(comparison).rejects.toThrow(/divide windows/);
      else await comparison;
    },
  );

  it('of a float function', async () => {
    const body: Body = (b, x) => b.node('AveragePool', [b.node('Tanh', [x])], attributes);
    await compareIsland('uint8', input, input.length, body);
  });
});

it('AveragePool with dilations', async () => {
  const attributes = { kernel_shape: [2, 3], dilations: [2, 2], pads: [1, 1, 1, 1] };
  for (const count_include_pad of [0, 1]) {
    const body: Body = (b, x) => b.node('AveragePool', [b.node('Tanh', [x])], { ...attributes, count_include_pad });
    await compareIsland('uint8', [1, 2, 8, 9], 4, body, 19);
  }
});

describe('GlobalAveragePool', () => {
  const SHAPES = [
    [2, 5, 7, 7],
    [1, 8, 9],
    [1, 8, 3, 4, 5],
  ];
  it.each(SHAPES.map((shape) => [shape]))('QLinearGlobalAveragePool of %j', async (shape) => {
    for (const dtype of DTYPES) {
      const random = new Random(320);
      const [from, to] = parameters(random, dtype);
      const [middle] = BOUNDS[dtype];
      const fine = { ...to, scale: to.scale / 4, zeroPoint: middle + 128 };
      const b = new ModelBuilder(13);
      b.input('x', dtype, shape);
      const operands = ['x', ...b.parameters({ ...from, zeroPoint: middle + 128 }), ...b.parameters(fine)];
      b.node('QLinearGlobalAveragePool', operands, { channels_last: 0 }, { domain: 'com.microsoft', output: 'y' });
      b.output('y', dtype, AXES.slice(0, shape.length));
      await compare(b.encode(), random);
    }
  });

  it.each(DTYPES)('between DequantizeLinear and QuantizeLinear of %s', async (dtype) => {
    await compareIsland(dtype, [1, 16, 3, 5], 4, (b, x) => b.node('GlobalAveragePool', [x]));
  });

  it('of a float function, and flattened', async () => {
    const pooled: Body = (b, x) => b.node('GlobalAveragePool', [b.node('HardSwish', [x])]);
    await compareIsland('uint8', [1, 16, 3, 5], 4, pooled, 14);
    await compareIsland('uint8', [1, 16, 3, 5], 2, (b, x) => b.node('Flatten', [pooled(b, x)]), 14);
  });
});

describe('ReduceMean', () => {
  const KEPT: readonly (readonly [axes: readonly number[], keepdims: number, rank: number])[] = [
    [[2, 3], 1, 4],
    [[-1], 0, 3],
    [[1, -1], 0, 2],
    [[0, 2], 1, 4],
  ];
  it.each(KEPT)('over the axes %j, keepdims %d', async (axes, keepdims, rank) => {
    const attribute: Body = (b, x) => b.node('ReduceMean', [x], { axes, keepdims });
    await compareIsland('uint8', [2, 5, 4, 3], rank, attribute);
    const input: Body = (b, x) => b.node('ReduceMean', [x, b.constant('int64', [axes.length], axes)], { keepdims });
    await compareIsland('int8', [2, 5, 4, 3], rank, input, 18);
  });

  it('over two axes one after the other', async () => {
    const body: Body = (b, x) =>
      b.node('ReduceMean', [b.node('ReduceMean', [x], { axes: [-1], keepdims: 0 })], { axes: [-1], keepdims: 0 });
    await compareIsland('uint8', [1, 32, 5, 7], 2, body);
  });

  it('without axes over all, or over none with noop_with_empty_axes', async () => {
    const random = new Random(330);
    const [from, to] = parameters(random, 'uint8');
    const b = new ModelBuilder(18);
    b.input('x', 'uint8', [4, 6]);
    b.output('y', 'uint8', [1, 1]);
    b.output('z', 'uint8', [4, 6]);
    const x = b.dequantize('x', from);
    b.quantize(b.node('ReduceMean', [x]), to, 'y');
    b.quantize(b.node('ReduceMean', [x], { noop_with_empty_axes: 1 }), to, 'z');
    await compare(b.encode(), random);
  });

  it('then Relu, Reshape and Transpose', async () => {
    await compareIsland('uint8', [1, 16, 4, 4], 3, (b, x) => {
      const mean = b.node('Relu', [b.node('ReduceMean', [x], { axes: [-1], keepdims: 0 })]);
      const turned = b.node('Transpose', [mean], { perm: [0, 2, 1] });
      return b.node('Reshape', [turned, b.constant('int64', [3], [2, 2, 16])]);
    });
  });
});
