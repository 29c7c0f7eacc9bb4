import { auditConstraints } from '../../src/audit/audit.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import type { Equation } from '../support/small-r1cs.js';
import { booleanity, smallR1cs, zero } from '../support/small-r1cs.js';

/** Wires that are not shown to be determined, of a system whose first wires are its inputs. */
function open(wires: number, inputs: number, equations: readonly Equation[]): number[] {
  const given = Array.from({ length: inputs }, (_, i) => i + 1);
  return auditConstraints(smallR1cs(wires, inputs, equations), { given }).undetermined.map(({ wire }) => wire);
}

const bits = (first: number, count: number): number[] => Array.from({ length: count }, (_, i) => first + i);
const powers = (wires: readonly number[], factor = 1n): Record<number, bigint> =>
  Object.fromEntries(wires.map((wire, i) => [wire, factor << BigInt(i)]));

describe('a single unknown wire', () => {
  it('follows from a sum, and from the other side of a product', () => {
    expect(open(3, 1, [zero({ 1: 3, 2: -7, 0: 5 })])).toEqual([]);
    expect(open(3, 1, [[{ 1: 1 }, { 1: 1, 0: 2 }, { 2: 1 }]])).toEqual([]);
  });

  it('does not follow as the factor of something that may be zero', () => {
    expect(open(4, 2, [[{ 1: 1 }, { 3: 1 }, { 2: 1 }]])).toEqual([3]);
    // The factor is in a range that excludes zero.
    expect(open(4, 1, [booleanity(2), zero({ 1: 1, 2: -1, 0: -1 }), [{ 1: 1 }, { 3: 1 }, { 2: 1 }]])).toEqual([]);
    // The product is not zero, so neither factor is.
    expect(open(3, 1, [[{ 1: 1 }, { 2: 1 }, { 0: 1 }]])).toEqual([]);
  });

  it('does not follow from its square, or from nothing', () => {
    expect(open(3, 1, [[{ 2: 1 }, { 2: 1 }, { 1: 1 }]])).toEqual([2]);
    expect(open(3, 1, [booleanity(2)])).toEqual([2]);
    expect(open(3, 1, [])).toEqual([2]);
    expect(open(3, 1, [[{ 0: 0 }, { 2: 1 }, {}]])).toEqual([2]);
  });

  it('whose coefficient cancels is not determined', () => {
    // w * 1 = w + x says nothing of w.
    expect(open(3, 1, [[{ 2: 1 }, { 0: 1 }, { 2: 1, 1: 1 }]])).toEqual([2]);
    // x w = 2 w + y, where x may be 2.
    expect(open(4, 2, [[{ 1: 1 }, { 3: 1 }, { 3: 2, 2: 1 }]])).toEqual([3]);
  });
});

describe('sums of bounded wires', () => {
  it('binary digits are determined as long as they do not wrap around p', () => {
    const digits = (count: number): number[] =>
      open(count + 2, 1, [...bits(2, count).map(booleanity), zero({ 1: -1, ...powers(bits(2, count)) })]);
    expect(digits(8)).toEqual([]);
    expect(digits(253)).toEqual([]);
    expect(digits(254)).toHaveLength(254);
    expect(digits(256)).toHaveLength(256);
  });

  it('equal weights, or weights that meet, are not determined', () => {
    expect(open(4, 1, [booleanity(2), booleanity(3), zero({ 1: -1, 2: 1, 3: 1 })])).toEqual([2, 3]);
    expect(open(5, 1, [...bits(2, 3).map(booleanity), zero({ 1: -1, 2: 1, 3: 2, 4: 3 })])).toEqual([2, 3, 4]);
    expect(open(5, 1, [...bits(2, 3).map(booleanity), zero({ 1: -1, 2: 1, 3: 2, 4: 4 })])).toEqual([]);
    // A digit without booleanity.
    expect(open(4, 1, [booleanity(2), zero({ 1: -1, 2: 1, 3: 2 })])).toEqual([2, 3]);
  });

  it('weights mod p are what counts', () => {
    // 1/2 b + c: twice that is b + 2 c.
    const half = (SNARK_FIELD + 1n) / 2n;
    expect(open(4, 1, [booleanity(2), booleanity(3), zero({ 1: -1, 2: half, 3: 1 })])).toEqual([]);
    // b - c and b + (p - 1) c are the same, and have one value twice.
    expect(open(4, 1, [booleanity(2), booleanity(3), zero({ 1: -1, 2: 1, 3: SNARK_FIELD - 1n })])).toEqual([2, 3]);
  });

  it('a remainder needs its bound', () => {
    // x = r + 5 q with r of three bits: 5 = 5 + 0 = 0 + 5. With r < 5 it is determined.
    const r = bits(2, 3);
    const q = bits(5, 2);
    const division = zero({ 1: -1, ...powers(r), ...powers(q, 5n) });
    expect(open(7, 1, [...[...r, ...q].map(booleanity), division])).toEqual([...r, ...q]);
    // r <= 4: where the top bit is set, the others are not.
    const bounded: Equation[] = [2, 3].map((bit) => [{ [bit]: 1 }, { 0: 1, 4: -1, [bit]: -1 }, {}]);
    expect(open(7, 1, [booleanity(4), ...q.map(booleanity), ...bounded, division])).toEqual([]);
  });

  it('roots other than 0 and 1 are bounded wires too', () => {
    const root = (wire: number, first: number, second: number): Equation => [
      { [wire]: 1, 0: -first },
      { [wire]: 1, 0: -second },
      {},
    ];
    expect(open(4, 1, [root(2, 0, 3), root(3, 5, 9), zero({ 1: -1, 2: 1, 3: 1 })])).toEqual([]);
    expect(open(4, 1, [root(2, 0, 4), root(3, 5, 9), zero({ 1: -1, 2: 1, 3: 1 })])).toEqual([2, 3]);
  });
});

describe('zero tests', () => {
  const test: Equation[] = [
    [{ 1: 1 }, { 2: 1 }, { 0: 1, 3: -1 }],
    [{ 1: 1 }, { 3: 1 }, {}],
  ];

  it('leave the inverse free unless it is tied down', () => {
    expect(open(4, 1, [...test, [{ 2: 1 }, { 3: 1 }, {}]])).toEqual([]);
    expect(open(4, 1, test)).toContain(2);
  });

  it('need both of their constraints', () => {
    expect(open(4, 1, [test[0]!, [{ 2: 1 }, { 3: 1 }, {}]])).toEqual([2, 3]);
    expect(open(4, 1, [test[1]!, [{ 2: 1 }, { 3: 1 }, {}]])).toEqual([2, 3]);
  });
});

describe('the least of several', () => {
  // g - x_i in [0, 3] with product zero: g is the greatest of x_1, x_2.
  const distance = (x: number, d: number, first: number): Equation[] => [
    zero({ 3: 1, [x]: -1, [d]: -1 }),
    booleanity(first),
    booleanity(first + 1),
    zero({ [d]: -1, [first]: 1, [first + 1]: 2 }),
  ];
  const both = [...distance(1, 4, 6), ...distance(2, 5, 8)];

  it('is determined by a product that is zero', () => {
    expect(open(10, 2, [...both, [{ 4: 1 }, { 5: 1 }, {}]])).toEqual([]);
  });

  it('is not where the product may be anything, or a factor negative', () => {
    expect(open(10, 2, both)).toContain(3);
    const loose = [zero({ 3: 1, 2: -1, 5: -1 })];
    expect(open(10, 2, [...distance(1, 4, 6), ...loose, [{ 4: 1 }, { 5: 1 }, {}]])).toContain(3);
  });
});

it('lists constraints that no witness satisfies, and where an open wire stands', () => {
  const r1cs = smallR1cs(3, 1, [zero({ 0: 5 }), booleanity(2)]);
  const { impossible, undetermined } = auditConstraints(r1cs, { given: [1] });
  expect(impossible).toEqual([0]);
  expect(undetermined).toEqual([{ wire: 2, rows: [1] }]);
});

it('finds sums of integers that can wrap around p', () => {
  const wide = 2n ** 252n;
  const equation = zero({ 1: -1, 2: wide, 3: wide, 4: wide, 5: wide });
  const { ranges } = auditConstraints(smallR1cs(6, 1, [booleanity(1), ...bits(2, 4).map(booleanity), equation]), {
    given: [1],
  });
  expect(ranges.wrapping).toEqual([5]);
});
