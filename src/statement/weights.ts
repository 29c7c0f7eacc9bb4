/** The commitment to a model's weights, and the tag of the challenge (docs: committed-weights). */

import { fromBytesBE, SNARK_FIELD } from '../hash/field.js';
import { keccak256 } from '../hash/keccak.js';
import { chainHash } from './elements.js';

/** Added to C, the first element that the challenge hashes, so that this use of H has inputs of its own. */
export const CHALLENGE_TAG = fromBytesBE(keccak256(new TextEncoder().encode('zkinfer/challenge/1'))) % SNARK_FIELD;

/** Unsigned integers of so many bits each, packed as many to a field element as 253 bits hold. */
export interface PackedNumbers {
  readonly values: ArrayLike<number>;
  readonly bits: number;
}

/** H(salt, packed numbers in order, field elements). */
export async function commitWeights(
  salt: bigint,
  packed: readonly PackedNumbers[],
  elements: readonly bigint[],
): Promise<bigint> {
  return chainHash([salt, ...packed.flatMap(packNumbers), ...elements]);
}

/** Big-endian, the first number highest. */
export function packNumbers({ values, bits }: PackedNumbers): bigint[] {
  const perElement = Math.floor(253 / bits);
  const packed: bigint[] = [];
  for (let start = 0; start < values.length; start += perElement) {
    let sum = 0n;
    for (let i = start; i < Math.min(start + perElement, values.length); i++) {
      sum = (sum << BigInt(bits)) + BigInt(values[i]!);
    }
    packed.push(sum);
  }
  return packed;
}
