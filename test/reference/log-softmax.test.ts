/** How far the integers of LogSoftmax are from real numbers. */
import { FRACTION_BITS, HALF, greatestLogarithm } from '../../src/ir/log-softmax.js';
import type { LogSoftmaxNode } from '../../src/ir/types.js';
import { logSoftmaxNumbers } from '../../src/passes/lower/log-softmax.js';
import { softmaxGroups } from '../../src/passes/lower/softmax-groups.js';
import { logarithmOf } from '../../src/reference/log-softmax.js';
import { Random } from '../support/random.js';

const UNIT = 2 ** FRACTION_BITS;

function nodeOf(input: number, output: number, size: number): LogSoftmaxNode {
  const ends = { name: 's', inputs: ['x'], outputs: ['y'] };
  const groups = softmaxGroups([size], 0, false);
  return { kind: 'logsoftmax', ...logSoftmaxNumbers(input, output, size), ...groups, ...ends };
}

/** Input and output scale, elements of a group: polynomials of degree 1, 2 and 3, and the limits of each. */
const CASES = [
  [0.1, 0.1, 10],
  [0.004, 0.0414, 1000],
  [0.5, 0.0413, 20],
  [0.01, 0.001, 100],
  [0.3, 2 ** -12, 2],
  [0.001, 2 ** -12, 8192],
  [0.7, 1, 7],
  [20, 64, 5],
  [300, 300, 3],
] as const;

it.each(CASES)('is at most 2^-25 steps beside: scales %d and %d, groups of %i', (input, output, size) => {
  const node = nodeOf(input, output, size);
  const random = new Random(size);
  let [worst, least, greatest] = [0, Infinity, 0];
  for (let run = 0; run < Math.min(2000, 100_000 / size); run++) {
    const width = [0, 1, 5, 30, 255][run % 5]!;
    const distances = [0, ...random.integers(size - 1, 0, width)];
    const sum = distances.reduce((total, d) => total + BigInt(node.exponentials[d]!), 0n);
    const logarithm = logarithmOf(node, sum);
    least = Math.min(least, logarithm);
    greatest = Math.max(greatest, logarithm);
    const real = Math.log(distances.reduce((total, d) => total + Math.exp(-d * input), 0)) / output;
    worst = Math.max(worst, Math.abs((logarithm - HALF) / UNIT - real));
  }
  expect(least).toBeGreaterThan(0);
  expect(greatest).toBeLessThanOrEqual(greatestLogarithm(node));
  // A steeper slope is cut where every step saturates.
  const steepness = input / output;
  const slopeError = steepness < 257 ? 255 * Math.abs(node.slope / UNIT - steepness) : 0;
  if (steepness >= 257) expect(node.slope).toBe(257 * UNIT);
  expect(worst).toBeGreaterThan(0);
  expect(worst + slopeError).toBeLessThan(2 ** -25);
});

it('is bounded where all elements are equal, the greatest sum', () => {
  for (const size of [2, 3, 5, 8, 100, 127, 128]) {
    const node = nodeOf(0.1, 0.1, size);
    const greatest = logarithmOf(node, BigInt(size) << BigInt(node.sumBits));
    expect(greatest).toBeLessThanOrEqual(greatestLogarithm(node));
    // The bound is by pieces of 1/256.
    expect(greatestLogarithm(node) - greatest).toBeLessThan(0.04 * UNIT + 2 ** 14);
  }
});
