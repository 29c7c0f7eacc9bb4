import fc from 'fast-check';
import type { TensorSpec } from '../../src/artifacts/types.js';
import { bindTensor, dequantize, quantize, roundHalfEven } from '../../src/inputs/quantize.js';

const FLOAT_EDGE: TensorSpec = { name: 'x', dtype: 'uint8', shape: [3], scale: 0.5, zeroPoint: 10, edge: 'float' };
const INTEGER_EDGE: TensorSpec = { ...FLOAT_EDGE, edge: 'integer' };

describe('roundHalfEven', () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [0.49999999999999994, 0],
    [-0.49999999999999994, 0],
    [2 ** 52 + 1, 2 ** 52 + 1],
    [-7.2, -7],
  ])('%d -> %d', (value, expected) => expect(roundHalfEven(value) + 0).toBe(expected));

  it('is within a half, and even on ties', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), (quarters) => {
        const value = quarters / 4;
        const rounded = roundHalfEven(value);
        return (
          Number.isInteger(rounded) &&
          Math.abs(rounded - value) <= 0.5 &&
          (Math.abs(rounded - value) < 0.5 || rounded % 2 === 0)
        );
      }),
    );
  });
});

describe('quantize', () => {
  it('rounds halves to even before the zero point is added, and saturates', () => {
    expect([0.25, 0.75, 1.25, -0.25, 1e9, -1e9, 3.4e38].map((x) => quantize(x, FLOAT_EDGE))).toEqual([
      10, 12, 12, 10, 255, 0, 255,
    ]);
  });

  it('divides in float32', () => {
    // In float32 0.3f / 0.1f is exactly 3; 1.05f / 0.1f is 10.5 (a tie, to 10), while the real quotient lies above the tie.
    const scale = Math.fround(0.1);
    expect(1.05 / scale).not.toBe(10.5);
    expect(quantize(1.05, { dtype: 'int8', scale, zeroPoint: 0 })).toBe(10);
  });

  it('gives back every integer that was dequantized', () => {
    fc.assert(
      fc.property(
        fc.float({ min: 2 ** -20, max: 2 ** 20, noNaN: true }),
        fc.integer({ min: -128, max: 127 }),
        (scale, zeroPoint) => {
          const spec = { dtype: 'int8', scale, zeroPoint } as const;
          const all = Array.from({ length: 256 }, (_, i) => i - 128);
          expect(Array.from(dequantize(all, spec), (x) => quantize(x, spec))).toEqual(all);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('bindTensor', () => {
  const data = Float64Array.of(1, 2, 3);

  it('takes real numbers on a float edge', () => {
    const bound = bindTensor(FLOAT_EDGE, 'text', data);
    expect([...bound.integers]).toEqual([12, 14, 16]);
    expect([...bound.real!]).toEqual([1, 2, 3]);
    expect([...bindTensor(FLOAT_EDGE, 'integer', data).integers]).toEqual([12, 14, 16]);
  });

  it('takes arrays of the tensor’s own dtype, and with `integers` everything, as they are', () => {
    expect([...bindTensor(FLOAT_EDGE, 'uint8', data).integers]).toEqual([1, 2, 3]);
    expect(bindTensor(FLOAT_EDGE, 'uint8', data).real).toBeUndefined();
    expect([...bindTensor(FLOAT_EDGE, 'text', data, { integers: true }).integers]).toEqual([1, 2, 3]);
  });

  it('does not guess what another 8-bit dtype means', () => {
    expect(() => bindTensor(FLOAT_EDGE, 'int8', data)).toThrow('holds int8');
  });

  it('refuses floats for an integer edge', () => {
    expect(() => bindTensor(INTEGER_EDGE, 'float', data)).toThrow('takes uint8 integers, the file holds floats');
    expect([...bindTensor(INTEGER_EDGE, 'float', data, { integers: true }).integers]).toEqual([1, 2, 3]);
    expect(() => bindTensor(INTEGER_EDGE, 'text', Float64Array.of(1, 2, 2.5))).toThrow('element 2: not an integer');
  });

  it.each([
    [INTEGER_EDGE, [0, 256, 1], 'tensor x, element 1: outside 0 to 255, the range of uint8'],
    [INTEGER_EDGE, [0, 1, -1], 'tensor x, element 2: outside 0 to 255, the range of uint8'],
    [INTEGER_EDGE, [NaN, 1, 1], 'tensor x, element 0: not a finite number'],
    [FLOAT_EDGE, [0, NaN, 1], 'tensor x, element 1: not a finite number'],
    [FLOAT_EDGE, [0, 1, -Infinity], 'tensor x, element 2: not a finite number'],
    [FLOAT_EDGE, [0, 1, 1e39], 'tensor x, element 2: beyond the range of float32'],
  ] as const)('refuses %# without telling the value', (spec, values, message) => {
    const bind = (): unknown => bindTensor(spec, 'text', Float64Array.from(values));
    expect(bind).toThrow(expect.objectContaining({ code: 'INPUT_VALUE', message }) as Error);
  });
});
