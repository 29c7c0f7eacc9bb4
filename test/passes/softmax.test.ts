/** Structure of softmax and logsoftmax nodes, and what is refused. */
import type { LogSoftmaxNode, SoftmaxNode } from '../../src/ir/types.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';
import { lower, runGraph } from '../support/run-model.js';

const LOGITS: QuantizationParameters = { scale: Math.fround(0.1), zeroPoint: 7, dtype: 'uint8' };
const SHARES: QuantizationParameters = { scale: 1 / 256, zeroPoint: 0, dtype: 'uint8' };

const LOGARITHMS: QuantizationParameters = { scale: Math.fround(0.05), zeroPoint: 255, dtype: 'uint8' };

/** Softmax of a quantized input, its output quantized. */
function softmaxModel(shape: readonly number[], axis: number, output = SHARES, opset = 13, op = 'Softmax'): Uint8Array {
  const b = new ModelBuilder(opset);
  const x = b.dequantize(b.input('x', 'uint8', shape), LOGITS);
  b.quantize(b.node(op, [x], { axis }, { name: 'softmax' }), output, 'y');
  b.output('y', 'uint8', shape);
  return b.encode();
}

const softmaxOf = (model: Uint8Array): SoftmaxNode =>
  lower(model).nodes.find(({ kind }) => kind === 'softmax') as SoftmaxNode;

it('groups along one axis, or along all from an axis on before opset 13', () => {
  const middle = softmaxOf(softmaxModel([2, 3, 2], 1));
  expect([middle.size, [...middle.sources]]).toEqual([3, [0, 2, 4, 1, 3, 5, 6, 8, 10, 7, 9, 11]]);
  const coerced = softmaxOf(softmaxModel([2, 3, 2], 1, SHARES, 12));
  expect([coerced.size, [...coerced.sources]]).toEqual([6, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]]);
});

it('has exponentials by distance from the greatest, and the range of its quotients', () => {
  const model = softmaxModel([1, 10], 1, { scale: 1 / 100, zeroPoint: 20, dtype: 'uint8' });
  const { exponentials, factor } = softmaxOf(model);
  expect(factor).toBe(100);
  expect(exponentials[10]! / exponentials[0]!).toBeCloseTo(Math.exp(-1), 5);
  expect(lower(model).values.get('y')!.ranges).toEqual([{ min: 20, max: 120 }]);
});

it('is a constant where a group has one element or one value is left', () => {
  const single = lower(softmaxModel([2, 1], 1, { ...SHARES, scale: 1 / 100 }));
  expect(single.nodes.map(({ kind }) => kind)).toEqual(['table']);
  expect(runGraph(single, { x: [3, 200] })).toEqual({ y: [100, 100] });
  const coarse = lower(softmaxModel([1, 3], 1, { scale: 4, zeroPoint: 9, dtype: 'uint8' }));
  expect(runGraph(coarse, { x: [3, 200, 0] })).toEqual({ y: [9, 9, 9] });
});

const logSoftmaxModel = (shape: readonly number[], output = LOGARITHMS): Uint8Array =>
  softmaxModel(shape, 1, output, 13, 'LogSoftmax');

it('LogSoftmax has exponentials and polynomials of logarithms in integers, and the range of its results', () => {
  const graph = lower(logSoftmaxModel([1, 10], { scale: 0.5, zeroPoint: 200, dtype: 'uint8' }));
  const node = graph.nodes.find(({ kind }) => kind === 'logsoftmax') as LogSoftmaxNode;
  const { exponentials, coefficients, doubling, slope, sumBits } = node;
  expect(exponentials[0]).toBe(2 ** sumBits);
  expect(exponentials[10]! / 2 ** sumBits).toBeCloseTo(Math.exp(-1), 7);
  expect(doubling * 0.5).toBeCloseTo(Math.LN2 * 2 ** 36, 0);
  expect(slope / 2 ** 36).toBeCloseTo(0.2, 7);
  // ln(1 + (p + t) / 256) where t = 0 and where it becomes 1.
  for (const p of [0, 1, 100, 255]) {
    const at = (t: number): number => coefficients.reduceRight((sum, row) => sum * t + row[p]!, 0) / 2 ** 37;
    expect(at(0)).toBeCloseTo(Math.log(1 + p / 256), 7);
    expect(at(1)).toBeCloseTo(Math.log(1 + (p + 1) / 256), 7);
  }
  const [range] = graph.values.get('y')!.ranges!;
  // 255 steps of 0.1 and the logarithm of 10, in steps of 0.5.
  expect(range).toEqual({ min: 200 - Math.round((25.5 + Math.log(10)) / 0.5), max: 200 });
});

it('LogSoftmax is a constant where a group has one element or one value is left', () => {
  const single = lower(logSoftmaxModel([2, 1], { ...LOGARITHMS, zeroPoint: 100 }));
  expect(single.nodes.map(({ kind }) => kind)).toEqual(['table']);
  expect(runGraph(single, { x: [3, 200] })).toEqual({ y: [100, 100] });
  const lowest = lower(logSoftmaxModel([1, 3], { ...LOGARITHMS, zeroPoint: 0 }));
  expect(runGraph(lowest, { x: [3, 200, 0] })).toEqual({ y: [0, 0, 0] });
  const coarse = lower(logSoftmaxModel([1, 3], { ...LOGARITHMS, scale: 100 }));
  expect(runGraph(coarse, { x: [3, 200, 0] })).toEqual({ y: [255, 255, 255] });
});

const refused: Readonly<Record<string, [build: (b: ModelBuilder, x: string) => void, code: string, message: string]>> =
  {
    'a float graph output': [
      (b, x) => {
        b.node('Softmax', [x], {}, { name: 'softmax', output: 'y' });
        b.output('y', 'float32', [1, 4]);
      },
      'MODEL_NOT_QUANTIZED',
      'graph output y is the float result of Softmax softmax',
    ],
    'a float function before it': [
      (b, x) => {
        b.quantize(b.node('Softmax', [b.node('Sigmoid', [x])], {}, { name: 'softmax' }), SHARES, 'y');
        b.output('y', 'uint8', [1, 4]);
      },
      'MODEL_NOT_QUANTIZED',
      'is the float result of Sigmoid',
    ],
    'a float operator behind it': [
      (b, x) => {
        b.quantize(b.node('Sigmoid', [b.node('Softmax', [x])]), SHARES, 'y');
        b.output('y', 'uint8', [1, 4]);
      },
      'MODEL_NOT_QUANTIZED',
      'is float',
    ],
    'a float graph output of LogSoftmax': [
      (b, x) => {
        b.node('LogSoftmax', [x], {}, { name: 'softmax', output: 'y' });
        b.output('y', 'float32', [1, 4]);
      },
      'MODEL_NOT_QUANTIZED',
      'graph output y is the float result of LogSoftmax softmax',
    ],
    'an output scale under which LogSoftmax always saturates': [
      (b, x) => {
        b.quantize(b.node('LogSoftmax', [x]), { ...LOGARITHMS, scale: 1 / 8192 }, 'y');
        b.output('y', 'uint8', [1, 4]);
      },
      'MODEL_UNSUPPORTED',
      'is too small for a logarithm of 2',
    ],
    'sums of LogSoftmax that need more bits than a float64 has': [
      (b, x) => {
        const many = b.node('Tile', [x, b.constant('int64', [2], [1, 4096])]);
        b.quantize(b.node('LogSoftmax', [many]), { ...LOGARITHMS, scale: 1 / 4096 }, 'y');
        b.output('y', 'uint8', [1, 16384]);
      },
      'MODEL_UNSUPPORTED',
      'is too small for sums of 16384 exponentials',
    ],
    'an output scale whose quotients overflow float32': [
      (b, x) => {
        b.quantize(b.node('Softmax', [x]), { ...SHARES, scale: 1 / 8192 }, 'y');
        b.output('y', 'uint8', [1, 4]);
      },
      'MODEL_UNSUPPORTED',
      'is too small',
    ],
  };

it.each(Object.entries(refused))('refuses %s', (_, [build, code, message]) => {
  const b = new ModelBuilder();
  build(b, b.dequantize(b.input('x', 'uint8', [1, 4]), LOGITS));
  const problems = problemsOf(() => lower(b.encode()));
  expect(problems).toHaveLength(1);
  expect(problems[0]!.code).toBe(code);
  expect(problems[0]!.message).toContain(message);
  expect(problems[0]!.hint).toBeTruthy();
});
