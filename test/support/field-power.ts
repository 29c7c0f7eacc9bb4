import { SNARK_FIELD } from '../../src/hash/field.js';

/** base^exponent in the scalar field. */
export function fieldPower(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, base % SNARK_FIELD];
  for (let rest = exponent; rest > 0n; rest >>= 1n, square = (square * square) % SNARK_FIELD) {
    if (rest & 1n) result = (result * square) % SNARK_FIELD;
  }
  return result;
}
