import fc from 'fast-check';
import type { Interval } from '../../src/plan/digital-line.js';
import { digitalLine, offsetInterval } from '../../src/plan/digital-line.js';

/** Steps of a rounded line, with noise: mostly feasible without, seldom with. */
const thresholds = fc
  .record({
    count: fc.integer({ min: 1, max: 60 }),
    slope: fc.double({ min: 0.1, max: 3000, noNaN: true }),
    start: fc.integer({ min: -(2 ** 31), max: 2 ** 31 }),
    noise: fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 60, maxLength: 60 }),
    noisy: fc.boolean(),
  })
  .map(({ count, slope, start, noise, noisy }) =>
    Array.from({ length: count }, (_, i) => start + Math.floor(i * slope) + (noisy ? noise[i]! : 0)).sort(
      (a, b) => a - b,
    ),
  );

function slopeOfAllPairs(t: readonly number[]): Interval {
  let [min, max] = [0, Infinity];
  for (let i = 0; i < t.length; i++) {
    for (let j = i + 1; j < t.length; j++) {
      min = Math.max(min, (t[j]! - t[i]! - 1) / (j - i));
      max = Math.min(max, (t[j]! - t[i]! + 1) / (j - i));
    }
  }
  return { min, max };
}

it('bounds slopes as all pairs of steps do, to the bit', () => {
  let feasible = 0;
  fc.assert(
    fc.property(thresholds, (t) => {
      const { slope } = digitalLine(t);
      expect(slope).toEqual(slopeOfAllPairs(t));
      feasible += Number(slope.min < slope.max);
    }),
    { numRuns: 500 },
  );
  expect(feasible).toBeGreaterThan(200);
  expect(feasible).toBeLessThan(500);
});

it('bounds offsets as all steps do, and leaves one for every slope inside', () => {
  fc.assert(
    fc.property(
      thresholds,
      fc.integer({ min: 1, max: 500 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (t, m, at) => {
        const line = digitalLine(t);
        const { min, max } = line.slope;
        const near = m * (min + at * (Math.min(max, min + 1) - min));
        for (const divisor of [Math.max(1, Math.floor(near)), Math.ceil(near) + 1]) {
          const offsets = offsetInterval(t, line, m, divisor);
          const reached = t.map((threshold, i) => i * divisor - m * threshold);
          expect(offsets.min).toBe(Math.max(...reached));
          expect(offsets.max).toBe(Math.min(...reached) + m - 1);
          if (min < divisor / m && divisor / m < max) expect(offsets.min).toBeLessThanOrEqual(offsets.max);
        }
      },
    ),
    { numRuns: 500 },
  );
});
