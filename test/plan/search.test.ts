import fc from 'fast-check';
import { requantize, rint } from '../../src/ir/float32.js';
import type { IntRange } from '../../src/ir/types.js';
import { applyForm, bitLength, boundedBitsCost, formCost, formMagnitude } from '../../src/plan/form.js';
import { dyadicMultiplier } from '../../src/plan/requantization.js';
import type { ExactForm } from '../../src/plan/search.js';
import { certify, searchForm } from '../../src/plan/search.js';
import { findSteps } from '../../src/plan/step-function.js';

interface Case {
  multiplier: number;
  zeroPoint: number;
  range: IntRange;
  clamp: IntRange;
}

function search({ multiplier, zeroPoint, range, clamp }: Case): ExactForm | undefined {
  const ideal = (acc: number): number => Math.min(Math.max(rint(acc * multiplier) + zeroPoint, clamp.min), clamp.max);
  return searchForm(
    { range, evaluate: (acc) => requantize(acc, multiplier, zeroPoint, clamp) },
    { zeroPoint, dyadic: dyadicMultiplier(multiplier), ideal: { range, evaluate: ideal } },
  );
}

/** The form against the float32 formula, accumulator by accumulator. */
function firstDifference({ form }: ExactForm, { multiplier, zeroPoint, range, clamp }: Case): number | undefined {
  for (let acc = range.min; acc <= range.max; acc++) {
    if (applyForm(form, acc) !== requantize(acc, multiplier, zeroPoint, clamp)) return acc;
  }
  return undefined;
}

/** Whether the flags and excess bits of a form can say where v lies, for every accumulator of the range. */
function covers({ form }: ExactForm, range: IntRange): boolean {
  const block = form.divisor * form.window;
  const bottom = form.base * form.divisor - (form.low ? block * 2 ** form.excessBits : 0);
  const top = form.base * form.divisor + block * (form.high ? 2 ** form.excessBits + 1 : 1);
  const tie = form.rounding === 'halfEven' ? 1 : 0;
  const v = (acc: number): number => form.multiplier * acc + form.offset;
  return v(range.min) - tie >= bottom && v(range.max) < top;
}

const multipliers = fc.oneof(
  fc.integer({ min: 0, max: 14 }).map((shift) => 2 ** -shift),
  fc
    .tuple(fc.constantFrom(3, 5, 7, 11, 13, 15), fc.integer({ min: 4, max: 16 }))
    .map(([odd, shift]) => odd * 2 ** -shift),
  fc.double({ min: -11, max: 0.5, noNaN: true }).map((exponent) => Math.fround(2 ** exponent)),
);
const cases: fc.Arbitrary<Case> = fc
  .record({
    multiplier: multipliers,
    zeroPoint: fc.integer({ min: -128, max: 127 }),
    low: fc.integer({ min: -60_000, max: 60_000 }),
    width: fc.integer({ min: 0, max: 60_000 }),
    clampMin: fc.constantFrom(-128, -128, -100, -11, 0, 1),
    clampMax: fc.constantFrom(127, 127, 100, 5),
  })
  .map(({ multiplier, zeroPoint, low, width, clampMin, clampMax }) => ({
    multiplier,
    zeroPoint,
    range: { min: low, max: low + width },
    clamp: { min: clampMin, max: clampMax },
  }));

it('finds forms that equal float32 arithmetic on every accumulator, within bounds that cover the range', () => {
  let found = 0;
  fc.assert(
    fc.property(cases, (example) => {
      const exact = search(example);
      if (!exact) return false;
      found++;
      expect(firstDifference(exact, example)).toBeUndefined();
      expect(exact.form.multiplier === 0 || covers(exact, example.range)).toBe(true);
      expect(formMagnitude(exact.form, example.range)).toBeLessThan(2 ** 52);
      expect(exact.cost).toBe(formCost(exact.form));
      return true;
    }),
    { numRuns: 150 },
  );
  expect(found).toBeGreaterThan(120);
});

it.each([
  ['power of two', 2 ** -10],
  ['small multiplier', 7 * 2 ** -13],
  ['arbitrary', Math.fround(0.00093)],
  ['float32 rounds across steps', Math.fround(1 / 1733.3)],
])('is exact over a whole large range: %s', (_, multiplier) => {
  const example = { multiplier, zeroPoint: 5, range: { min: -500_000, max: 400_000 }, clamp: { min: -128, max: 127 } };
  const exact = search(example)!;
  expect(firstDifference(exact, example)).toBeUndefined();
  expect(covers(exact, example.range)).toBe(true);
});

it('certify refuses exactly the forms that are off somewhere', () => {
  const range = { min: -90_000, max: 110_000 };
  const multiplier = Math.fround(0.00123);
  const step = { range, evaluate: (acc: number): number => requantize(acc, multiplier, 0, { min: -128, max: 127 }) };
  const { form } = searchForm(step, { zeroPoint: 0 })!;
  const steps = findSteps(step);
  expect(certify(form, steps, range)).toBe(steps.thresholds.length);
  let refused = 0;
  for (const changed of [
    { ...form, multiplier: form.multiplier + 1 },
    { ...form, divisor: form.divisor + 1 },
    { ...form, divisor: form.divisor + 64 },
    { ...form, divisor: form.divisor - 64 },
    { ...form, offset: form.offset + form.multiplier },
    { ...form, offset: form.offset - form.multiplier },
    { ...form, raised: [1234] },
    { ...form, lowered: [1234] },
    { ...form, lowValue: form.lowValue - 1, low: true, base: form.base + 1 },
  ]) {
    let exact = true;
    for (let acc = range.min; acc <= range.max; acc++) exact &&= applyForm(changed, acc) === step.evaluate(acc);
    expect(certify(changed, steps, range) !== undefined).toBe(exact);
    refused += Number(!exact);
  }
  expect(refused).toBeGreaterThanOrEqual(7);
});

it('finds every step by bisection', () => {
  const evaluate = (acc: number): number => Math.floor(acc / 7) + (acc >= 3 ? 2 : 0);
  const { low, high, thresholds } = findSteps({ range: { min: -20, max: 30 }, evaluate });
  expect([low, high]).toEqual([-3, 6]);
  thresholds.forEach((threshold, i) => {
    expect(evaluate(threshold)).toBeGreaterThanOrEqual(low + 1 + i);
    expect(evaluate(threshold - 1)).toBeLessThan(low + 1 + i);
  });
});

it('finds the steps that looking everywhere finds, of any monotone function', () => {
  const rises = fc.array(fc.oneof(fc.constant(0), fc.constant(0), fc.integer({ min: 0, max: 3 })), { minLength: 1 });
  fc.assert(
    fc.property(rises, fc.integer({ min: -50, max: 50 }), fc.integer({ min: 1, max: 40 }), (list, min, stretch) => {
      const values: number[] = [];
      for (const rise of list) values.push(...Array<number>(stretch).fill((values.at(-1) ?? -7) + rise));
      const [low, high] = [values[0]!, values.at(-1)!];
      const expected = Array.from({ length: high - low }, (_, i) => min + values.findIndex((v) => v >= low + 1 + i));
      const range = { min, max: min + values.length - 1 };
      const steps = findSteps({ range, evaluate: (acc) => values[acc - min]! });
      expect(steps).toEqual({ low, high, thresholds: expected });
    }),
  );
});

it('counts bits and prefix products', () => {
  for (let max = 1; max < 300; max++) {
    const bits = max.toString(2);
    expect(bitLength(max)).toBe(bits.length);
    const bounded = bits.slice(0, Math.max(0, bits.lastIndexOf('0')));
    const ones = [...bounded].filter((bit) => bit === '1').length;
    expect(boundedBitsCost(max)).toBe(bits.length + Math.max(0, ones - 1));
  }
  expect(bitLength(2 ** 45)).toBe(46);
  expect(boundedBitsCost(2 ** 45)).toBe(46);
});

it('reads multipliers as an odd number and a shift', () => {
  expect(dyadicMultiplier(2 ** -10)).toEqual({ odd: 1, shift: 10 });
  expect(dyadicMultiplier(13 * 2 ** -9)).toEqual({ odd: 13, shift: 9 });
  expect(dyadicMultiplier(3)).toEqual({ odd: 3, shift: 0 });
  expect(dyadicMultiplier(Math.fround(0.1))).toBeUndefined();
});
