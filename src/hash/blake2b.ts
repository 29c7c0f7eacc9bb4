/** BLAKE2b with 64 bytes of digest (RFC 7693), from Node's OpenSSL: the sums of .ptau files, the hashes of contributions. */

import { createHash, type Hash } from 'node:crypto';

/** A hash to be updated. */
export function blake2b512(): Hash {
  return createHash('blake2b512');
}
