/** The verifier's rules for softmax and logsoftmax nodes. */
import { greatestLogarithm, PIECE_BITS } from './log-softmax.js';
import type { LogSoftmaxNode, SoftmaxNode, Value } from './types.js';
import { elementCount } from './types.js';
import type { Fail } from './verify-node.js';

export function verifySoftmax(node: SoftmaxNode, x: Value, y: Value, fail: Fail): void {
  const { exponentials, factor } = node;
  verifyGroups(node, x, y, fail);
  if (exponentials.length !== 256) fail(`it has ${exponentials.length} exponentials`);
  if (exponentials.some((e, i) => !(e >= 0) || (i > 0 && e > exponentials[i - 1]!))) fail('its exponentials increase');
  if (!(exponentials[0]! >= 2 ** -126) || !Number.isFinite(Math.fround(exponentials[0]! * node.size)))
    fail('its sums are not finite');
  if (!Number.isInteger(factor) || factor < 0 || factor > 2 ** 23) fail(`its factor is ${factor}`);
  if (!Number.isFinite(Math.fround(exponentials[0]! * factor))) fail('its quotients are not finite');
}

export function verifyLogSoftmax(node: LogSoftmaxNode, x: Value, y: Value, fail: Fail): void {
  const { exponentials, coefficients, sumBits, tailBits, doubling, slope } = node;
  verifyGroups(node, x, y, fail);
  const isCount = (n: number): boolean => Number.isSafeInteger(n) && n >= 0;
  if (exponentials.length !== 256) fail(`it has ${exponentials.length} exponentials`);
  if (exponentials.some((e, i) => !isCount(e) || (i > 0 && e > exponentials[i - 1]!)))
    fail('its exponentials increase');
  if (exponentials[0] !== 2 ** sumBits) fail(`its first exponential is not 2^${sumBits}`);
  if (!isCount(tailBits) || tailBits < 1 || tailBits + PIECE_BITS > sumBits) fail(`it keeps ${tailBits} bits of sums`);
  if (coefficients.length < 2 || coefficients.length * tailBits > 180) fail(`its degree is ${coefficients.length - 1}`);
  if (coefficients.some((row) => row.length !== 2 ** PIECE_BITS || !row.every(Number.isSafeInteger)))
    fail('its coefficients are not integers for each piece');
  if (!isCount(doubling) || !isCount(slope) || !Number.isSafeInteger(255 * slope + greatestLogarithm(node)))
    fail('its results are not bounded');
}

/** Checks that the groups have one size and that every element is in one of them. */
function verifyGroups(node: SoftmaxNode | LogSoftmaxNode, x: Value, y: Value, fail: Fail): void {
  const count = elementCount(x.shape);
  if (x.shape.join() !== y.shape.join()) fail('it changes the shape');
  const { size, sources } = node;
  if (!Number.isInteger(size) || size < 2 || sources.length !== count || count % size !== 0)
    fail(`its groups have ${size} elements`);
  if (sources.some((source) => source < 0 || source >= count) || new Set(sources).size !== count)
    fail('its groups do not part its input');
}
