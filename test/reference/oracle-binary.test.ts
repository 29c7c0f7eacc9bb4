/** Sums, differences and products of two elements against ONNX Runtime in exact mode. */
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { BOUNDS, allIntegers, allPairs, compareOnInputs } from '../support/compare-oracle.js';
import type { Bits } from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());

const MICROSOFT = { domain: 'com.microsoft', output: 'y' };

/** Random parameters of two operands and the result, such that results use much of the dtype's range. */
function parameters(random: Random, dtype: Bits, op: string): [a: Q, b: Q, y: Q] {
  const middle = BOUNDS[dtype][0] + 128;
  const quantization = (min: number, max: number): Q => {
    return { dtype, scale: random.scale(min, max), zeroPoint: middle + random.integer(-100, 100) };
  };
  return [quantization(0.01, 0.05), quantization(0.01, 0.05), quantization(0.02, op.endsWith('Mul') ? 0.2 : 0.08)];
}
type Q = QuantizationParameters & { readonly dtype: Bits };

describe.each(['QLinearAdd', 'QLinearMul'])('%s', (op) => {
  function build(shapes: readonly (readonly number[])[], [a, b, y]: readonly [Q, Q, Q]): Uint8Array {
    const builder = new ModelBuilder(13);
    builder.input('a', a.dtype, shapes[0]!);
    builder.input('b', b.dtype, shapes[1]!);
    const operands = ['a', ...builder.parameters(a), 'b', ...builder.parameters(b), ...builder.parameters(y)];
    builder.node(op, operands, {}, MICROSOFT);
    builder.output('y', y.dtype, ['p', 'q', 'r', 's'].slice(0, Math.max(...shapes.map((shape) => shape.length))));
    return builder.encode();
  }

  it.each(['int8', 'uint8'] as const)('on all pairs of %s', async (dtype) => {
    for (let seed = 0; seed < 3; seed++) {
      const model = build([[256, 256], [256, 256]], parameters(new Random(200 + seed), dtype, op)); // prettier-ignore
      const seen = await compareOnInputs(oracle, model, allPairs(dtype, dtype));
      expect(seen.size).toBeGreaterThan(60);
    }
  });

  // Seed 223 has pairs where it matters which operand QLinearAdd takes first.
  it.each([
    { first: [256, 1], second: [1, 256] },
    { first: [1, 256], second: [16, 16, 1] },
  ])('broadcasts $first and $second', async ({ first, second }) => {
    const model = build([first, second], parameters(new Random(223), 'uint8', op));
    await compareOnInputs(oracle, model, { a: allIntegers('uint8'), b: allIntegers('uint8') });
  });

  it.each([
    ['first', [3, 1]],
    ['second', [3, 1]],
    ['second', [3, 256]],
    ['first', []],
    ['second', []],
  ])('with a constant %s operand of shape %j', async (place, shape) => {
    for (const dtype of ['int8', 'uint8'] as const) {
      const random = new Random(220);
      const [a, b, y] = parameters(random, dtype, op);
      const builder = new ModelBuilder(13);
      builder.input('x', dtype, [3, 256]);
      const count = shape.reduce((p, n) => p * n, 1);
      const constant = builder.constant(dtype, shape, random.integers(count, ...BOUNDS[dtype]));
      const [first, second] = place === 'first' ? [constant, 'x'] : ['x', constant];
      const operands = [first, ...builder.parameters(a), second, ...builder.parameters(b), ...builder.parameters(y)];
      builder.node(op, operands, {}, MICROSOFT);
      builder.output('y', dtype, [3, 256]);
      const integers = allIntegers(dtype);
      await compareOnInputs(oracle, builder.encode(), { x: [...integers, ...integers, ...integers] });
    }
  });

  it('of a tensor with itself', async () => {
    for (const dtype of ['int8', 'uint8'] as const) {
      const [a, , y] = parameters(new Random(230), dtype, op);
      const builder = new ModelBuilder(13);
      builder.input('x', dtype, [256]);
      const x = ['x', ...builder.parameters(a)];
      builder.node(op, [...x, ...x, ...builder.parameters(y)], {}, MICROSOFT);
      builder.output('y', dtype, [256]);
      await compareOnInputs(oracle, builder.encode(), { x: allIntegers(dtype) });
    }
  });
});

describe('QDQ', () => {
  type Body = (b: ModelBuilder, a: string, b2: string) => string;
  async function compare(seed: number, op: string, dtype: Bits, body: Body, shape = [256, 256]): Promise<void> {
    const [a, b, y] = parameters(new Random(seed), dtype, op);
    const builder = new ModelBuilder(14);
    builder.input('a', dtype, [256, 256]);
    builder.input('b', dtype, [256, 256]);
    builder.quantize(body(builder, builder.dequantize('a', a), builder.dequantize('b', b)), y, 'y');
    builder.output('y', dtype, shape);
    const seen = await compareOnInputs(oracle, builder.encode(), allPairs(dtype, dtype));
    expect(seen.size).toBeGreaterThan(30);
  }

  it.each(['Add', 'Mul', 'Sub'])('%s on all pairs of uint8', async (op) => {
    for (let seed = 240; seed < 242; seed++) await compare(seed, op, 'uint8', (b, x, y) => b.node(op, [x, y]));
  });

  it.each(['Add', 'Mul', 'Sub'])('%s on all pairs of int8', async (op) => {
    await compare(250, op, 'int8', (b, x, y) => b.node(op, [x, y]));
  });

  it.each(['Add', 'Mul'])('%s of an activation and a dequantized constant', async (op) => {
    for (const constantFirst of [true, false]) {
      const random = new Random(270);
      const [a, w, y] = parameters(random, 'uint8', op);
      const builder = new ModelBuilder(14);
      builder.input('x', 'uint8', [3, 256]);
      const constant = builder.weights([3, 1], random.integers(3, 0, 255), w);
      const x = builder.dequantize('x', a);
      builder.quantize(builder.node(op, constantFirst ? [constant, x] : [x, constant]), y, 'y');
      builder.output('y', 'uint8', [3, 256]);
      const integers = allIntegers('uint8');
      await compareOnInputs(oracle, builder.encode(), { x: [...integers, ...integers, ...integers] });
    }
  });

  it('a sum with a constant, then a float function', async () => {
    const random = new Random(280);
    const [a, w, y] = parameters(random, 'uint8', 'Add');
    const builder = new ModelBuilder(14);
    builder.input('x', 'uint8', [3, 256]);
    const sum = builder.node('Add', [
      builder.dequantize('x', a),
      builder.weights([3, 1], random.integers(3, 0, 255), w),
    ]);
    builder.quantize(builder.node('Tanh', [sum]), { ...y, scale: 1 / 150 }, 'y');
    builder.output('y', 'uint8', [3, 256]);
    const integers = allIntegers('uint8');
    await compareOnInputs(oracle, builder.encode(), { x: [...integers, ...integers, ...integers] });
  });

  it.each(['Add', 'Mul'])('%s and a Relu that the zero point makes part of it', async (op) => {
    const [a, b, y] = parameters(new Random(290), 'uint8', op);
    const builder = new ModelBuilder(14);
    builder.input('a', 'uint8', [256, 256]);
    builder.input('b', 'uint8', [256, 256]);
    const result = builder.node(op, [builder.dequantize('a', a), builder.dequantize('b', b)]);
    builder.quantize(builder.node('Relu', [result]), { ...y, zeroPoint: 0 }, 'y');
    builder.output('y', 'uint8', [256, 256]);
    await compareOnInputs(oracle, builder.encode(), allPairs('uint8', 'uint8'));
  });
});

describe('between Add and QuantizeLinear', () => {
  const axes = (b: ModelBuilder, ...values: number[]): string => b.constant('int64', [values.length], values);
  type Move = readonly [shape: readonly number[], body: (b: ModelBuilder, x: string) => string];
  const reshape = (b: ModelBuilder, x: string): string => b.node('Reshape', [x, axes(b, 64, 64)]);
  const MOVES: Readonly<Record<string, Move>> = {
    nothing: [[1, 64, 64], (_, x) => x],
    Reshape: [[64, 64], reshape],
    Flatten: [[1, 4096], (b, x) => b.node('Flatten', [x])],
    Transpose: [[1, 64, 64], (b, x) => b.node('Transpose', [x], { perm: [0, 2, 1] })],
    Squeeze: [[64, 64], (b, x) => b.node('Squeeze', [x, axes(b, 0)])],
    Unsqueeze: [[1, 1, 64, 64], (b, x) => b.node('Unsqueeze', [x, axes(b, 0)])],
    MaxPool: [[1, 64, 63], (b, x) => b.node('MaxPool', [x], { kernel_shape: [2] })],
    Relu: [[1, 64, 64], (b, x) => b.node('Relu', [x])],
    'Flatten and Reshape': [[64, 64], (b, x) => reshape(b, b.node('Flatten', [x]))],
    'Relu and Reshape': [[64, 64], (b, x) => reshape(b, b.node('Relu', [x]))],
  };

  // One scale and odd zero points make sums that lie in the middle of two integers: there the formulas differ.
  it.each(Object.entries(MOVES))('%s, where sums are ties', async (_, [shape, body]) => {
    for (const dtype of ['int8', 'uint8'] as const) {
      const middle = BOUNDS[dtype][0] + 128;
      const parameters = (scale: number, zeroPoint: number): Q => ({ dtype, scale, zeroPoint: middle + zeroPoint });
      const b = new ModelBuilder(14);
      b.input('a', dtype, [1, 64, 64]);
      b.input('b', dtype, [1, 64, 64]);
      const operands = [b.dequantize('a', parameters(2 ** -5, 7)), b.dequantize('b', parameters(2 ** -5, -3))];
      b.quantize(body(b, b.node('Add', operands)), parameters(2 ** -4, 5), 'y');
      b.output('y', dtype, shape);
      const random = new Random(295);
      const [first, second] = [random.integers(4096, ...BOUNDS[dtype]), random.integers(4096, ...BOUNDS[dtype])];
      await compareOnInputs(oracle, b.encode(), { a: first, b: second });
    }
  });
});
