/** Float operators of one element, on all 256 integers, against ONNX Runtime in exact mode. */
import { ModelBuilder } from '../support/model-builder.js';
import type { AttributeValue, QuantizationParameters } from '../support/model-builder.js';
import { BOUNDS, allIntegers, compareOnInputs, randomParameters } from '../support/compare-oracle.js';
import type { Bits } from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());

interface UnaryCase {
  readonly op?: string;
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
  readonly opset?: number;
  readonly domain?: string;
  /** Whether it takes non-negative numbers only. */
  readonly positive?: boolean;
}

const CASES: Readonly<Record<string, UnaryCase>> = {
  Abs: {},
  Ceil: {},
  Celu: {},
  'Celu with alpha': { op: 'Celu', attributes: { alpha: { float: 0.6 } } },
  Elu: {},
  'Elu with alpha': { op: 'Elu', attributes: { alpha: { float: 1.7 } } },
  Erf: {},
  Exp: {},
  Floor: {},
  Gelu: { opset: 20 },
  'Gelu tanh': { op: 'Gelu', opset: 20, attributes: { approximate: 'tanh' } },
  'Gelu of com.microsoft': { op: 'Gelu', domain: 'com.microsoft' },
  FastGelu: { domain: 'com.microsoft' },
  QuickGelu: { domain: 'com.microsoft' },
  HardSigmoid: {},
  'HardSigmoid with attributes': { op: 'HardSigmoid', attributes: { alpha: { float: 0.3 }, beta: { float: 0.4 } } },
  HardSwish: {},
  LeakyRelu: {},
  'LeakyRelu with alpha': { op: 'LeakyRelu', attributes: { alpha: { float: 0.3 } } },
  Log: { positive: true },
  Mish: { opset: 18 },
  Neg: {},
  Reciprocal: {},
  Relu: {},
  Round: {},
  Selu: {},
  Sigmoid: {},
  Sign: {},
  Softplus: {},
  Softsign: {},
  Sqrt: { positive: true },
  Swish: { opset: 24 },
  Tanh: {},
  ThresholdedRelu: {},
};

describe.each(Object.entries(CASES))(
  '%s',
  (name, { op = name, attributes = {}, opset = 14, domain = '', positive }) => {
    it.each(['int8', 'uint8'] as const)('on all %s elements', async (dtype) => {
      for (let seed = 0; seed < 3; seed++) {
        const random = new Random(1000 + seed);
        const from = { ...randomParameters(random, dtype), scale: random.scale(0.01, 0.08) };
        if (positive) from.zeroPoint = BOUNDS[dtype][0];
        const to = { ...randomParameters(random, dtype), scale: random.scale(0.008, 0.04) };
        const b = new ModelBuilder(opset);
        b.input('x', dtype, [1, 256]);
        b.quantize(b.node(op, [b.dequantize('x', from)], attributes, { domain }), to, 'y');
        b.output('y', dtype, [1, 256]);
        const seen = await compareOnInputs(oracle, b.encode(), { x: allIntegers(dtype) });
        expect(seen.size).toBeGreaterThanOrEqual(2);
      }
    });
  },
);

describe('QOperator forms', () => {
  it.each([
    ['QLinearSigmoid', {}],
    ['QLinearLeakyRelu', {}],
    ['QLinearLeakyRelu', { alpha: { float: 0.2 } }],
  ] as const)('%s %j', async (op, attributes) => {
    for (const dtype of ['int8', 'uint8'] as const) {
      const random = new Random(71);
      const [from, to] = [randomParameters(random, dtype), { ...randomParameters(random, dtype), scale: 1 / 200 }];
      const b = new ModelBuilder(13);
      b.input('x', dtype, [1, 256]);
      const operands = ['x', ...b.parameters(from), ...b.parameters(to)];
      b.node(op, operands, attributes, { output: 'y', domain: 'com.microsoft' });
      b.output('y', dtype, [1, 256]);
      await compareOnInputs(oracle, b.encode(), { x: allIntegers(dtype) });
    }
  });
});

/** A model of one channel axis (256 elements each) between DequantizeLinear and QuantizeLinear. */
async function compareChannels(
  seed: number,
  channels: number,
  body: (b: ModelBuilder, x: string, random: Random) => string,
): Promise<void> {
  for (const dtype of ['int8', 'uint8'] as const satisfies readonly Bits[]) {
    const random = new Random(seed);
    const middle = BOUNDS[dtype][0] + 128;
    const parameters = (min: number, max: number): QuantizationParameters => {
      return { dtype, scale: random.scale(min, max), zeroPoint: middle + random.integer(-50, 50) };
    };
    const [from, to] = [parameters(0.01, 0.05), parameters(0.01, 0.03)];
    const b = new ModelBuilder(14);
    b.input('x', dtype, [1, channels, 16, 16]);
    b.quantize(body(b, b.dequantize('x', from), random), to, 'y');
    b.output('y', dtype, ['n', 'c', 'h', 'w']);
    const x = Array.from({ length: channels }, () => allIntegers(dtype)).flat();
    const seen = await compareOnInputs(oracle, b.encode(), { x });
    expect(seen.size).toBeGreaterThanOrEqual(20);
  }
}

function floats(random: Random, count: number, min: number, max: number): number[] {
  return Array.from({ length: count }, () => Math.fround(min + (max - min) * random.next()));
}

describe('functions that differ between channels', () => {
  const CONSTANT_OPS = ['Add', 'Sub', 'Mul', 'Div', 'Max', 'Min'];
  it.each(CONSTANT_OPS)('%s of an activation and a float constant', async (op) => {
    await compareChannels(91, 3, (b, x, random) =>
      b.node(op, [x, b.constant('float32', [3, 1, 1], floats(random, 3, 0.3, 2))]),
    );
  });

  it.each(CONSTANT_OPS)('%s of a float constant and an activation', async (op) => {
    await compareChannels(92, 3, (b, x, random) =>
      b.node(op, [b.constant('float32', [1, 3, 1, 1], floats(random, 3, 0.3, 2)), x]),
    );
  });

  it('Pow with a scalar exponent', async () => {
    await compareChannels(93, 1, (b, x) => b.node('Pow', [x, b.constant('float32', [], [2])]));
    await compareChannels(94, 1, (b, x) => b.node('Pow', [b.node('Abs', [x]), b.constant('float32', [], [0.5])]));
  });

  it('PRelu with a slope for each channel', async () => {
    await compareChannels(95, 3, (b, x, random) =>
      b.node('PRelu', [x, b.constant('float32', [3, 1, 1], floats(random, 3, 0.1, 0.9))]),
    );
  });

  const normalize = (b: ModelBuilder, x: string, random: Random): string => {
    const parameter = (min: number, max: number): string => b.constant('float32', [4], floats(random, 4, min, max));
    const parameters = [parameter(0.5, 1.5), parameter(-0.5, 0.5), parameter(-1, 1), parameter(0.3, 2)];
    return b.node('BatchNormalization', [x, ...parameters], { epsilon: { float: 0.001 } });
  };
  it('BatchNormalization', () => compareChannels(96, 4, normalize));
  it('BatchNormalization and Relu', () =>
    compareChannels(97, 4, (b, x, random) => b.node('Relu', [normalize(b, x, random)])));

  it('are moved with the elements', async () => {
    await compareChannels(98, 4, (b, x, random) => {
      const turned = b.node('Transpose', [normalize(b, x, random)], { perm: [0, 2, 1, 3] });
      return b.node('Tanh', [b.node('MaxPool', [turned], { kernel_shape: [1, 3], strides: [1, 2] })]);
    });
  });

  it('x * Sigmoid(x) and x + Tanh(x)', async () => {
    await compareChannels(99, 1, (b, x) => b.node('Mul', [x, b.node('Sigmoid', [x])]));
    await compareChannels(100, 1, (b, x) => b.node('Add', [b.node('Tanh', [x]), x]));
  });

  it('Gelu and HardSwish as chains of operators, with a Cast', async () => {
    const scalar = (b: ModelBuilder, x: number): string => b.constant('float32', [], [Math.fround(x)]);
    await compareChannels(103, 1, (b, x) => {
      const erf = b.node('Erf', [b.node('Div', [b.node('Cast', [x], { to: 1 }), scalar(b, Math.SQRT2)])]);
      const product = b.node('Mul', [x, b.node('Add', [erf, scalar(b, 1)])]);
      return b.node('Mul', [product, scalar(b, 0.5)]);
    });
    await compareChannels(104, 1, (b, x) => {
      const clipped = b.node('Clip', [b.node('Add', [x, scalar(b, 3)]), scalar(b, 0), scalar(b, 6)]);
      return b.node('Mul', [x, b.node('Div', [clipped, scalar(b, 6)])]);
    });
  });

  it('x + x and x * x of one dequantized tensor', async () => {
    await compareChannels(101, 1, (b, x) => b.node('Add', [x, x]));
    await compareChannels(102, 1, (b, x) => b.node('Mul', [x, x]));
  });
});
