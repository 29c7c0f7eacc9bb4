/** Field elements as the integers nearest to zero, which is what coefficients and bounds of a circuit mostly are. */

import { SNARK_FIELD } from '../hash/field.js';

const HALF = SNARK_FIELD >> 1n;

/** The representative of an integer in (-p/2, p/2). */
export function signed(value: bigint): bigint {
  if (value <= HALF && value >= -HALF) return value;
  let remainder = value % SNARK_FIELD;
  if (remainder > HALF) remainder -= SNARK_FIELD;
  else if (remainder < -HALF) remainder += SNARK_FIELD;
  return remainder;
}

/** Inverses that were calculated; a circuit has few different coefficients. */
const INVERSES = new Map<bigint, bigint>();
const MAX_INVERSES = 100_000;

/** Inverse of an integer that is not 0 mod p, nearest to zero. */
export function inverse(value: bigint): bigint {
  if (value === 1n || value === -1n) return value;
  const known = INVERSES.get(value);
  if (known !== undefined) return known;
  const result = euclid(value);
  if (INVERSES.size >= MAX_INVERSES) INVERSES.clear();
  INVERSES.set(value, result);
  return result;
}

/** Inverse by the extended Euclidean algorithm. */
function euclid(value: bigint): bigint {
  let [r0, r1] = [SNARK_FIELD, ((value % SNARK_FIELD) + SNARK_FIELD) % SNARK_FIELD];
  let [t0, t1] = [0n, 1n];
  while (r1 !== 0n) {
    const quotient = r0 / r1;
    [r0, r1] = [r1, r0 - quotient * r1];
    [t0, t1] = [t1, t0 - quotient * t1];
  }
  return signed(t0);
}

export const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** Greatest common divisor; that of 0 and x is |x|. */
export function gcd(a: bigint, b: bigint): bigint {
  let [x, y] = [absolute(a), absolute(b)];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}
