/** Keccak-256 as Ethereum uses it (the original padding, not that of SHA3-256). */

import { keccak_256 } from '@noble/hashes/sha3.js';
import type { Hex } from '../artifacts/types.js';
import { toHex } from './bytes.js';

/** Keccak-256 of the concatenation of `parts`, 32 bytes. */
export function keccak256(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = keccak_256.create();
  for (const part of parts) hash.update(part);
  return hash.digest();
}

/** The same as lower-case 0x hex. */
export function keccak256Hex(...parts: readonly Uint8Array[]): Hex {
  return toHex(keccak256(...parts));
}
