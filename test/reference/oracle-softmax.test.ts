/** Softmax and QLinearSoftmax, lowered and evaluated on integers, against ONNX Runtime in exact mode. */
import type { AttributeValue } from '../support/model-builder.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { Bits } from '../support/compare-oracle.js';
import { BOUNDS } from '../support/compare-oracle.js';
import { Oracle } from '../support/onnxruntime.js';
import { Random } from '../support/random.js';
import { lower, runGraph } from '../support/run-model.js';

let oracle: Oracle;
beforeAll(() => {
  oracle = new Oracle();
});
afterAll(() => oracle.close());

/** Rows around a level, some narrow and some as wide as the dtype: sums of few and of many elements that count. */
function rows(random: Random, dtype: Bits, count: number, size: number): number[] {
  const [min, max] = BOUNDS[dtype];
  return Array.from({ length: count }).flatMap((_, row) => {
    const width = [1, 5, 30, 60, 255][row % 5]!;
    const level = random.integer(min, max);
    return random.integers(size, Math.max(min, level - width), Math.min(max, level + width));
  });
}

interface Case {
  readonly input: number;
  readonly output: number;
  /** Zero point of the output, counted from the lowest. */
  readonly zero: number;
  readonly size: number;
}

const CASES: readonly Case[] = [
  { input: 0.1, output: 1 / 256, zero: 0, size: 10 },
  { input: 0.05, output: 1 / 256, zero: 0, size: 10 },
  { input: 0.5, output: 1 / 256, zero: 0, size: 10 },
  { input: 0.9, output: 1 / 256, zero: 0, size: 5 },
  { input: 2.5, output: 1 / 256, zero: 0, size: 4 },
  { input: 0.15, output: 1 / 255, zero: 0, size: 7 },
  { input: 0.02, output: 1 / 256, zero: 0, size: 100 },
  { input: 0.02, output: 1 / 8000, zero: 0, size: 1000 },
  { input: 0.1, output: 1 / 300, zero: 0, size: 10 },
  { input: 0.1, output: 1 / 128, zero: 127, size: 10 },
  { input: 0.1, output: 1 / 256, zero: 100, size: 3 },
  { input: 0.3, output: 0.02, zero: 1, size: 3 },
];

function quantization(dtype: Bits, scale: number, zero: number): { dtype: Bits; scale: number; zeroPoint: number } {
  return { dtype, scale: Math.fround(scale), zeroPoint: BOUNDS[dtype][0] + zero };
}

async function compare(model: Uint8Array, type: Bits, data: number[], shape: readonly number[]): Promise<void> {
  const expected = await oracle.run(model, { x: { type, data, shape } });
  const actual = runGraph(lower(model), { x: data });
  expect(actual['y']).toEqual(expected['y']!.data);
  expect(new Set(actual['y']).size).toBeGreaterThan(8);
}

describe.each(['int8', 'uint8'] as const)('%s', (dtype) => {
  it.each(CASES)('QLinearSoftmax equals ONNX Runtime: %o', async ({ input, output, zero, size }) => {
    const random = new Random(size + Math.round(1000 * input));
    const builder = new ModelBuilder();
    const count = size > 100 ? 40 : 400;
    const parameters = [
      ...builder.parameters(quantization(dtype, input, 7)),
      ...builder.parameters(quantization(dtype, output, zero)),
    ];
    const x = builder.input('x', dtype, [count, size]);
    builder.node(
      'QLinearSoftmax',
      [x, ...parameters],
      { axis: -1, opset: 13 },
      { domain: 'com.microsoft', output: 'y' },
    );
    builder.output('y', dtype, [count, size]);
    await compare(builder.encode(), dtype, rows(random, dtype, count, size), [count, size]);
  });

  const AXES: readonly Readonly<Record<string, AttributeValue>>[] = [
    { opset: 13, axis: 1 },
    { opset: 13, axis: 0 },
    { opset: 17, axis: -2 },
    { opset: 13 },
    { opset: 12, axis: 1 },
    { opset: 11, axis: 2 },
    { opset: 12, axis: 0 },
    { opset: 12 },
  ];
  it.each(AXES)('QLinearSoftmax takes the groups of ONNX Runtime: %o', async (attributes) => {
    const random = new Random(5);
    const builder = new ModelBuilder();
    const parameters = [
      ...builder.parameters(quantization(dtype, 0.02, 7)),
      ...builder.parameters(quantization(dtype, 1 / 256, 0)),
    ];
    const shape = [3, 5, 4];
    const x = builder.input('x', dtype, shape);
    builder.node('QLinearSoftmax', [x, ...parameters], attributes, { domain: 'com.microsoft', output: 'y' });
    builder.output('y', dtype, shape);
    await compare(builder.encode(), dtype, random.integers(60, ...BOUNDS[dtype]), shape);
  });

  it.each([
    [13, {}],
    [13, { axis: 1 }],
    [12, {}],
    [11, { axis: 2 }],
  ] as const)(
    'Softmax between quantized tensors equals what ONNX Runtime fuses, opset %i %o',
    async (opset, attributes) => {
      const random = new Random(5 + opset);
      const builder = new ModelBuilder(opset);
      const shape = [3, 5, 4];
      const x = builder.dequantize(builder.input('x', dtype, shape), quantization(dtype, 0.03, 100));
      builder.quantize(builder.node('Softmax', [x], attributes), quantization(dtype, 1 / 256, 0), 'y');
      builder.output('y', dtype, shape);
      await compare(builder.encode(), dtype, random.integers(60, ...BOUNDS[dtype]), shape);
    },
  );
});
