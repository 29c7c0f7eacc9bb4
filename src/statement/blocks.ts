/** The block structure of H (docs: statement, section H). The circuit and the verifier both follow it. */

import { ZkinferError } from '../errors.js';

/** Arities of Poseidon that H uses. */
export type BlockArity = 2 | 4 | 8 | 16;
const ARITIES: readonly BlockArity[] = [2, 4, 8, 16];

/**
 * Arities of the Poseidon blocks that hash `n` field elements, n >= 1. The first block takes up to 16 values; every further one takes the
 * previous result, then up to 15 values. A block has the smallest arity that holds what it takes; free places are zero.
 * @throws INTERNAL when n is not a positive integer.
 */
export function blockArities(n: number): BlockArity[] {
  if (!Number.isSafeInteger(n) || n < 1) throw new ZkinferError('INTERNAL', `H takes at least one value, not ${n}`);
  const arities = [smallestArity(Math.min(n, 16))];
  for (let rest = n - 16; rest > 0; rest -= 15) arities.push(smallestArity(1 + Math.min(rest, 15)));
  return arities;
}

function smallestArity(count: number): BlockArity {
  return ARITIES.find((arity) => arity >= count) ?? 16;
}
