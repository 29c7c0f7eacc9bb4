/** Solidity's ABI for the few types that calls of verifiers have. */

import { toBytesBE } from '../hash/field.js';
import { keccak256 } from '../hash/keccak.js';

/** An argument: `bytes32`, `bytes` or `bytes32[]`. */
export type AbiArgument =
  { readonly word: Uint8Array } | { readonly bytes: Uint8Array } | { readonly words: readonly Uint8Array[] };

/**
 * Selector, then the heads: a word as it is, anything else as the offset of its tail from the first head. A tail is a length, then the bytes
 * padded to whole words, or the words.
 * @param signature canonical, such as `f(bytes32,bytes)`
 */
export function encodeCall(signature: string, args: readonly AbiArgument[]): Uint8Array {
  const heads: Uint8Array[] = [];
  const tails: Uint8Array[] = [];
  let offset = 32 * args.length;
  for (const arg of args) {
    if ('word' in arg) {
      heads.push(arg.word);
      continue;
    }
    const tail = Buffer.concat('bytes' in arg ? bytesTail(arg.bytes) : [lengthWord(arg.words.length), ...arg.words]);
    heads.push(lengthWord(offset));
    tails.push(tail);
    offset += tail.length;
  }
  const selector = keccak256(new TextEncoder().encode(signature)).subarray(0, 4);
  return Uint8Array.from(Buffer.concat([selector, ...heads, ...tails]));
}

function bytesTail(bytes: Uint8Array): Uint8Array[] {
  const padding = 32 * Math.ceil(bytes.length / 32) - bytes.length;
  return [lengthWord(bytes.length), bytes, new Uint8Array(padding)];
}

function lengthWord(value: number): Uint8Array {
  return toBytesBE(BigInt(value));
}
