/** LogSoftmax, lowered and evaluated on integers: against real numbers, and against ONNX Runtime in exact mode, which leaves it in float32. */
import { softmaxGroups } from '../../src/passes/lower/softmax-groups.js';
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

interface Case {
  readonly input: number;
  readonly output: number;
  /** Zero point of the output, counted from the highest. */
  readonly below: number;
  readonly size: number;
}

const CASES: readonly Case[] = [
  { input: 0.1, output: 0.1, below: 0, size: 10 },
  { input: 0.03, output: 0.04, below: 0, size: 10 },
  { input: 0.004, output: 0.02, below: 0, size: 3 },
  { input: 0.5, output: 0.25, below: 7, size: 5 },
  { input: 2.5, output: 2.5, below: 0, size: 4 },
  { input: 12, output: 16, below: 30, size: 4 },
  { input: 0.05, output: 0.003, below: 0, size: 2 },
  { input: 0.02, output: 0.03, below: 0, size: 1000 },
  { input: 0.3, output: 0.001, below: 200, size: 6 },
];

const SLACK = 1e-4;

function rows(random: Random, dtype: Bits, count: number, size: number): number[] {
  const [min, max] = BOUNDS[dtype];
  return Array.from({ length: count }).flatMap((_, row) => {
    const width = [1, 5, 30, 60, 255][row % 5]!;
    const level = random.integer(min, max);
    return random.integers(size, Math.max(min, level - width), Math.min(max, level + width));
  });
}

/** log softmax / s_y of each element, in float64. */
function realResults(
  data: readonly number[],
  sources: Int32Array,
  size: number,
  input: number,
  output: number,
): number[] {
  const results = new Array<number>(data.length);
  for (let start = 0; start < sources.length; start += size) {
    const group = [...sources.subarray(start, start + size)];
    const greatest = Math.max(...group.map((i) => data[i]!));
    const sum = group.reduce((total, i) => total + Math.exp((data[i]! - greatest) * input), 0);
    for (const i of group) results[i] = ((data[i]! - greatest) * input - Math.log(sum)) / output;
  }
  return results;
}

function build(
  dtype: Bits,
  { input, output, below }: Case,
  shape: readonly number[],
  axis: AttributeValue,
  opset = 13,
) {
  const builder = new ModelBuilder(opset);
  const scales = { input: Math.fround(input), output: Math.fround(output) };
  const x = builder.dequantize(builder.input('x', dtype, shape), {
    dtype,
    scale: scales.input,
    zeroPoint: BOUNDS[dtype][0] + 7,
  });
  const zeroPoint = BOUNDS[dtype][1] - below;
  builder.quantize(builder.node('LogSoftmax', [x], { axis }), { dtype, scale: scales.output, zeroPoint }, 'y');
  builder.output('y', dtype, shape);
  return { model: builder.encode(), scales, zeroPoint };
}

interface Counts {
  readonly elements: number;
  readonly near: number;
  readonly apart: number;
}

/** Every result is the real one rounded, and ONNX Runtime's, or one step beside it where the real one is near a tie. */
async function compare(
  dtype: Bits,
  given: Case,
  shape: readonly number[],
  axis: number,
  data: number[],
  opset = 13,
): Promise<Counts> {
  const { model, scales, zeroPoint } = build(dtype, given, shape, axis, opset);
  const expected = (await oracle.run(model, { x: { type: dtype, data, shape } }))['y']!.data;
  const actual = runGraph(lower(model), { x: data })['y']!;
  const { size, sources } = softmaxGroups(shape, axis, opset < 13);
  const [min] = BOUNDS[dtype];
  let [near, apart] = [0, 0];
  realResults(data, sources, size, scales.input, scales.output).forEach((real, i) => {
    const rounded = Math.max(min, Math.round(real) + zeroPoint);
    const fromTie = Math.abs(Math.abs(real - Math.trunc(real)) - 0.5);
    const isNear = fromTie < SLACK;
    if (fromTie > 2 ** -25 && actual[i] !== rounded)
      throw new Error(`element ${i} is ${actual[i]}, not ${real} rounded`);
    near += Number(isNear);
    apart += Number(actual[i] !== expected[i]);
    if (Math.abs(actual[i]! - expected[i]!) > Number(isNear)) {
      throw new Error(`element ${i} is ${actual[i]}, not ${expected[i]}: ${real}`);
    }
  });
  expect(new Set(actual).size).toBeGreaterThan(4);
  return { elements: data.length, near, apart };
}

describe.each(['int8', 'uint8'] as const)('%s', (dtype) => {
  it.each(CASES)('LogSoftmax is rounded from real numbers and near ONNX Runtime: %o', async (given) => {
    const random = new Random(given.size + Math.round(1000 * given.input));
    const count = given.size > 100 ? 60 : 1000;
    const data = rows(random, dtype, count, given.size);
    const { elements, near, apart } = await compare(dtype, given, [count, given.size], 1, data);
    expect(apart).toBeLessThanOrEqual(near);
    // Most results have to be equal.
    expect(near / elements).toBeLessThan(0.2);
  });

  it.each([
    [13, 1],
    [13, 0],
    [12, 1],
    [11, 2],
  ] as const)('takes the groups of ONNX Runtime, opset %i, axis %i', async (opset, axis) => {
    const data = new Random(opset).integers(60, ...BOUNDS[dtype]);
    const given = { input: 0.02, output: 0.04, below: 0, size: 0 };
    await compare(dtype, given, [3, 5, 4], axis, data, opset);
  });
});
