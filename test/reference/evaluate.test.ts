import type { Graph, Node, Value } from '../../src/ir/types.js';
import { dequantizeOutput, quantizeInput } from '../../src/reference/edges.js';
import { transposeSources } from '../../src/ir/moves.js';
import { evaluateGraph } from '../../src/reference/evaluate.js';
import { requantizeElement, roundHalfEven } from '../../src/reference/float32.js';
import { requantize } from '../../src/ir/float32.js';
import { Random } from '../support/random.js';

it.each([
  [0.5, 0],
  [1.5, 2],
  [2.5, 2],
  [-0.5, 0],
  [-1.5, -2],
  [-2.5, -2],
  [0.49999999999999994, 0],
  [-0.51, -1],
  [7, 7],
])('rounds %d to %d', (x, expected) => {
  expect(roundHalfEven(x) + 0).toBe(expected + 0);
});

describe('requantization', () => {
  const INT8 = { min: -128, max: 127 };
  it('rounds the product to float32 before it rounds to an integer', () => {
    // Above 2^24 the conversion itself rounds: 20971521 becomes 20971520, and the tie 2.5 goes to 2.
    expect(requantizeElement(20971521, 2 ** -23, 0, INT8)).toBe(2);
    expect(requantizeElement(20971522, 2 ** -23, 0, INT8)).toBe(3);
    expect(requantizeElement(5, 0.5, 0, INT8)).toBe(2);
    expect(requantizeElement(7, 0.5, 0, INT8)).toBe(4);
    // In real numbers 3 * f32(1/6) is above one half; in float32 the product is 0.5 exactly, and goes to 0.
    expect(3 * Math.fround(1 / 6)).toBeGreaterThan(0.5);
    expect(requantizeElement(3, Math.fround(1 / 6), 0, INT8)).toBe(0);
  });

  it('rounds before it adds the zero point', () => {
    // rint(2.5) + 1 = 3; rint(3.5) would be 4.
    expect(requantizeElement(5, 0.5, 1, INT8)).toBe(3);
  });

  it('saturates and clamps', () => {
    expect(requantizeElement(1000, 0.5, 10, INT8)).toBe(127);
    expect(requantizeElement(-1000, 0.5, 10, INT8)).toBe(-128);
    expect(requantizeElement(-1000, 0.5, 10, { min: 10, max: 50 })).toBe(10);
    expect(requantizeElement(1000, 0.5, 10, { min: 10, max: 50 })).toBe(50);
    expect(requantizeElement(-(2 ** 31), 2 ** 20, 0, INT8)).toBe(-128);
  });

  it('is the same function, and monotone, in the passes', () => {
    const random = new Random(3);
    for (let run = 0; run < 2000; run++) {
      const acc = random.integer(-(2 ** 26), 2 ** 26);
      const multiplier = random.scale(1e-7, 0.1);
      const zeroPoint = random.integer(-128, 127);
      const y = requantizeElement(acc, multiplier, zeroPoint, INT8);
      expect(requantize(acc, multiplier, zeroPoint, INT8)).toBe(y);
      expect(requantizeElement(acc + 1, multiplier, zeroPoint, INT8)).toBeGreaterThanOrEqual(y);
    }
  });
});

describe('edges', () => {
  const value: Value = { name: 'v', dtype: 'int8', shape: [6], quantization: { scale: 0.5, zeroPoint: -3 } };
  const edge = { name: 'e', value: 'v', kind: 'float', shape: [6] } as const;
  it('quantizes by float32 division, half to even, saturated', () => {
    const floats = [0, 0.25, 0.75, -1, 1e9, -Infinity];
    expect([...quantizeInput(edge, value, floats)]).toEqual([-3, -3, -1, -5, 127, -128]);
  });
  it('dequantizes in float32', () => {
    expect([...dequantizeOutput(edge, value, [-3, -2, 127])]).toEqual([0, 0.5, 65]);
    const third = { ...value, quantization: { scale: Math.fround(1 / 3), zeroPoint: 0 } };
    expect([...dequantizeOutput(edge, third, [100])]).toEqual([Math.fround(100 * Math.fround(1 / 3))]);
  });
  it('takes integers as they are on integer edges', () => {
    const integer = { ...edge, kind: 'integer' } as const;
    expect([...quantizeInput(integer, value, [1, -128])]).toEqual([1, -128]);
    expect([...dequantizeOutput(integer, value, [1, -128])]).toEqual([1, -128]);
  });
});

describe('evaluateGraph', () => {
  const QUANTIZATION = { scale: 1, zeroPoint: 2 };
  function graphOf(node: object, x: Partial<Value>, y: Partial<Value>): Graph {
    const base = { dtype: 'uint8', quantization: QUANTIZATION, ranges: [{ min: 0, max: 255 }] } as const;
    const input: Value = { name: 'x', shape: [1], ...base, ...x };
    return {
      name: 'g',
      inputs: [{ name: 'input', value: 'x', kind: 'integer', shape: input.shape }],
      outputs: [],
      nodes: [{ name: 'n', inputs: ['x'], outputs: ['y'], ...node } as unknown as Node],
      values: new Map([input, { name: 'y', shape: [1], ...base, ...y } as Value].map((v) => [v.name, v])),
      constants: new Map(),
    };
  }
  const evaluate = (graph: Graph, x: readonly number[]): number[] => [
    ...evaluateGraph(graph, new Map([['x', Int32Array.from(x)]])).get('y')!,
  ];
  const wide = { dtype: 'int32', ranges: [{ min: -1e6, max: 1e6 }], channelAxis: 1 } as const;

  it('convolves with groups, padding adding nothing', () => {
    const window = { kernel: [2], strides: [2], dilations: [1], padsBegin: [1], padsEnd: [0] };
    const node = { kind: 'conv', window, group: 2, weights: Int32Array.of(1, 10, -1, 3), bias: Int32Array.of(5, 0) };
    const graph = graphOf(node, { shape: [1, 2, 3] }, { shape: [1, 2, 2], ...wide });
    // x - 2 = [1, 2, 3], [4, 5, 6]: [5 + 10*1, 5 + 2 + 10*3], [3*4, -5 + 3*6]
    expect(evaluate(graph, [3, 4, 5, 6, 7, 8])).toEqual([15, 37, 12, 13]);
  });

  it('multiplies matrices row by row', () => {
    const node = { kind: 'matmul', weights: Int32Array.of(1, 2, 3, 4, 5, 6), bias: Int32Array.of(0, 0, 100) };
    const graph = graphOf(node, { shape: [2, 2] }, { shape: [2, 3], ...wide });
    expect(evaluate(graph, [3, 4, 2, 1])).toEqual([9, 12, 115, -4, -5, 94]);
  });

  it('pools, transposes, looks up', () => {
    const window = { kernel: [2], strides: [1], dilations: [2], padsBegin: [1], padsEnd: [0] };
    expect(
      evaluate(graphOf({ kind: 'maxpool', window }, { shape: [1, 1, 4] }, { shape: [1, 1, 3] }), [9, 1, 3, 2]),
    ).toEqual([1, 9, 2]);
    const transpose = { kind: 'move', sources: transposeSources([1, 2, 3], [2, 0, 1]), fill: 0, label: 'Transpose' };
    expect(evaluate(graphOf(transpose, { shape: [1, 2, 3] }, { shape: [3, 1, 2] }), [1, 2, 3, 4, 5, 6])).toEqual([
      1, 4, 2, 5, 3, 6,
    ]);
    const table = Int32Array.from({ length: 256 }, (_, i) => 255 - i);
    const signed = { dtype: 'int8', ranges: [{ min: -128, max: 127 }], shape: [2] } as const;
    expect(evaluate(graphOf({ kind: 'table', tables: table }, signed, { shape: [2] }), [-128, 127])).toEqual([255, 0]);
  });

  it('refuses missing, misshapen and out of range inputs, without naming the element', () => {
    const graph = graphOf({ kind: 'reshape' }, { shape: [2] }, { shape: [2] });
    expect(() => evaluateGraph(graph, new Map())).toThrow(expect.objectContaining({ code: 'INPUT_SHAPE' }));
    expect(() => evaluate(graph, [1])).toThrow(expect.objectContaining({ code: 'INPUT_SHAPE' }));
    expect(() => evaluate(graph, [1, 256])).toThrow(
      expect.objectContaining({ code: 'INPUT_VALUE', location: { tensor: 'input', index: 1 } }),
    );
    expect(() => evaluate(graph, [1, 256])).not.toThrow(/256/);
  });

  it('notices a value outside the range that the graph claims', () => {
    const graph = graphOf({ kind: 'reshape' }, { shape: [1] }, { shape: [1], ranges: [{ min: 0, max: 9 }] });
    expect(evaluate(graph, [9])).toEqual([9]);
    expect(() => evaluate(graph, [10])).toThrow(/leaves its range/);
  });
});
