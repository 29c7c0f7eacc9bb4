/** The float functions that tables are made of. */
import { erf } from '../../src/ir/erf.js';
import { broadcastShape, expandSources } from '../../src/ir/moves.js';
import { fma } from '../../src/ir/qlinear.js';

it.each([
  [0, 0],
  [0.1, 0.1124629160182849],
  [0.5, 0.5204998778130465],
  [1, 0.8427007929497149],
  [2, 0.9953222650189527],
  [2.99, 0.9999764743969194],
  [3, 0.9999779095030014],
  [4, 0.9999999845827421],
  [7, 1],
])('erf(%d) is %d', (x, expected) => {
  expect(Math.abs(erf(x) - expected)).toBeLessThan(1e-15);
  expect(erf(-x) + 0).toBe(0 - erf(x));
});

it('erf of NaN is NaN', () => {
  expect(erf(NaN)).toBeNaN();
});

describe('fma', () => {
  it('rounds once', () => {
    // The product alone would be rounded to 1 + 2^-11.
    const x = 1 + 2 ** -12;
    expect(fma(x, x, -1)).toBe(2 ** -11 + 2 ** -24);
    expect(Math.fround(x * x) - 1).toBe(2 ** -11);
  });

  it('sees what float64 drops of a tie between two float32', () => {
    // 1 + 2^-24 is a tie, and goes to 1; a little more or less decides otherwise.
    expect(fma(1, 1, 2 ** -24)).toBe(1);
    expect(fma(2 ** -80, 1, 1 + 2 ** -23)).toBe(1 + 2 ** -23);
    const [factor, addend] = [2 ** -12 * (1 + 2 ** -23), 1];
    expect(fma(factor, 2 ** -12 * (1 - 2 ** -24), addend)).toBe(1 + 2 ** -23);
    expect(fma(2 ** -12 * (1 - 2 ** -23), 2 ** -12, addend)).toBe(1);
  });
});

describe('broadcasting', () => {
  it('follows numpy', () => {
    expect(broadcastShape([2, 1, 3], [4, 1])).toEqual([2, 4, 3]);
    expect(broadcastShape([], [2])).toEqual([2]);
    expect(broadcastShape([2], [3])).toBeUndefined();
  });

  it('repeats elements', () => {
    expect([...expandSources([2, 1], [2, 2, 2])]).toEqual([0, 0, 1, 1, 0, 0, 1, 1]);
    expect([...expandSources([], [3])]).toEqual([0, 0, 0]);
    expect([...expandSources([1, 3], [2, 3])]).toEqual([0, 1, 2, 0, 1, 2]);
  });
});
