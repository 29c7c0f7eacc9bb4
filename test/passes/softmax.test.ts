/** Structure of softmax nodes, and what is refused. */
import type { SoftmaxNode } from '../../src/ir/types.js';
import { ModelBuilder } from '../support/model-builder.js';
import type { QuantizationParameters } from '../support/model-builder.js';
import { problemsOf } from '../support/problems.js';
import { lower, runGraph } from '../support/run-model.js';

const LOGITS: QuantizationParameters = { scale: Math.fround(0.1), zeroPoint: 7, dtype: 'uint8' };
const SHARES: QuantizationParameters = { scale: 1 / 256, zeroPoint: 0, dtype: 'uint8' };

/** Softmax of a quantized input, its output quantized. */
function softmaxModel(shape: readonly number[], axis: number, output = SHARES, opset = 13): Uint8Array {
  const b = new ModelBuilder(opset);
  const x = b.dequantize(b.input('x', 'uint8', shape), LOGITS);
  b.quantize(b.node('Softmax', [x], { axis }, { name: 'softmax' }), output, 'y');
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
