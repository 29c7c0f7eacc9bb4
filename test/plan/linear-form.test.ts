import { rint } from '../../src/ir/float32.js';
import { applyForm } from '../../src/plan/form.js';
import { hardestFirst, linearForm } from '../../src/plan/linear-form.js';
import { Random } from '../support/random.js';

it('puts the pairs nearest to a step first, as sorting all of them does', () => {
  const random = new Random(11);
  for (const count of [1, 40, 516, 3000]) {
    // Few distinct residuals: most are equal to others.
    const residual = Float64Array.from({ length: count }, () => random.integer(-400, 400) / 7);
    const isBound = (i: number): boolean => i % 5 !== 3;
    const sorted = [...residual.keys()].sort((i, j) => residual[i]! - residual[j]!).filter(isBound);
    const ends = { lowest: sorted, highest: [...sorted].reverse() };
    for (const [found, all] of [
      [hardestFirst(residual, isBound, 1), ends.lowest],
      [hardestFirst(residual, isBound, -1), ends.highest],
    ] as const) {
      expect([...found.slice(0, 516)]).toEqual(all.slice(0, 516));
      expect([...found].sort((i, j) => i - j)).toEqual([...all].sort((i, j) => i - j));
    }
  }
});

it.each([
  [Math.fround(0.3713921), Math.fround(0.8127451)],
  [Math.fround(1.2345678), Math.fround(-0.0912345)],
  [0.5, 0.25],
])('equals sums with slopes %d and %d on every pair', (slopeA, slopeB) => {
  const evaluate = (a: number, b: number): number =>
    Math.min(Math.max(rint(Math.fround(Math.fround(a * slopeA) + Math.fround(b * slopeB))) + 3, -128), 127);
  const pairs = { a: { min: -128, max: 127 }, b: { min: -128, max: 100 }, evaluate };
  const found = linearForm(pairs, [slopeA, slopeB])!;
  if (found.kind !== 'linear') throw new Error('a sum must be a line');
  expect(found.checked).toBe(256 * 229);
  for (let a = pairs.a.min; a <= pairs.a.max; a++) {
    for (let b = pairs.b.min; b <= pairs.b.max; b++) {
      const sum = found.weights[0] * a + found.weights[1] * b;
      if (applyForm(found.form, sum) !== evaluate(a, b)) throw new Error(`off at (${a}, ${b})`);
    }
  }
});
