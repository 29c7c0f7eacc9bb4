/** The search of floor forms against its definition: every multiplier, every divisor considered, both ends of the offsets. */
import fc from 'fast-check';
import { requantize } from '../../src/ir/float32.js';
import type { IntRange } from '../../src/ir/types.js';
import type { RequantizeForm } from '../../src/plan/form.js';
import { bitLength, boundedBitsCost, formCost } from '../../src/plan/form.js';
import { certify, saturate, searchForm } from '../../src/plan/search.js';
import type { Steps } from '../../src/plan/step-function.js';
import { findSteps } from '../../src/plan/step-function.js';

function divisorsConsidered(min: number, max: number): number[] {
  const found = new Set<number>();
  if (min <= max) found.add(min).add(max);
  for (let unit = 2; unit <= max; unit *= 2) {
    for (const divisor of [Math.ceil(min / unit) * unit, Math.floor(max / unit) * unit]) {
      if (min <= divisor && divisor <= max) found.add(divisor);
    }
  }
  return [...found].sort((a, b) => boundedBitsCost(a - 1) - boundedBitsCost(b - 1) || a - b).slice(0, 6);
}

function slowest(steps: Steps, range: IntRange, limit: number): RequantizeForm | undefined {
  const t = steps.thresholds;
  let [least, most] = [0, Infinity];
  for (let i = 0; i < t.length; i++) {
    for (let j = i + 1; j < t.length; j++) {
      least = Math.max(least, (t[j]! - t[i]! - 1) / (j - i));
      most = Math.min(most, (t[j]! - t[i]! + 1) / (j - i));
    }
  }
  let best: RequantizeForm | undefined;
  if (least >= most) return best;
  const span = range.max - range.min + 1;
  for (let m = 1; m <= 4096 && bitLength(m * span - 1) + 2 <= limit; m++) {
    const min = Math.max(1, Math.floor(m * least) + 1);
    const max = Math.min(m * (span + 1), Math.ceil(m * most) - 1);
    for (const divisor of divisorsConsidered(min, max)) {
      const reached = t.map((threshold, i) => (steps.low + 1 + i) * divisor - m * threshold);
      for (const offset of [Math.max(...reached), Math.min(...reached) + m - 1]) {
        const form = saturate(steps, range, { multiplier: m, offset, divisor, rounding: 'floor' }, 0);
        if (certify(form, steps, range) === undefined) continue;
        if (!best || formCost(form) < formCost(best)) best = form;
      }
    }
  }
  return best;
}

const cases = fc
  .record({
    multiplier: fc.double({ min: -8, max: 1, noNaN: true }).map((exponent) => Math.fround(2 ** exponent)),
    low: fc.integer({ min: -1500, max: 10 }),
    width: fc.integer({ min: 100, max: 3000 }),
    clampMin: fc.constantFrom(-20, -5, 0),
    clampMax: fc.constantFrom(1, 7, 12, 19),
    zeroPoint: fc.integer({ min: -8, max: 8 }),
  })
  .map(({ multiplier, low, width, clampMin, clampMax, zeroPoint }) => {
    const range = { min: low, max: low + width };
    const clamp = { min: clampMin, max: clampMax };
    return { range, evaluate: (acc: number): number => requantize(acc, multiplier, zeroPoint, clamp) };
  });

it('finds the form that comparing all of them finds', () => {
  let compared = 0;
  fc.assert(
    fc.property(cases, (step) => {
      const steps = findSteps(step);
      if (steps.low === steps.high) return;
      const found = searchForm(step, { zeroPoint: 0 });
      // Forms that hold more values than the cheapest has constraints for cannot be cheaper.
      expect(found?.form).toEqual(slowest(steps, step.range, found?.cost ?? Infinity));
      compared++;
    }),
    { numRuns: 400 },
  );
  expect(compared).toBeGreaterThan(250);
});
