/** Literals and names of Solidity, safe against whatever an ONNX file or a key contains. */

import { ZkinferError } from '../errors.js';

/** A uint256 or bytes32 literal: 64 hex digits, so that the compiler never takes it for an address. */
export function word(value: bigint): string {
  if (value < 0n || value >= 1n << 256n) throw new ZkinferError('INTERNAL', 'a number does not fit a word');
  return `0x${value.toString(16).padStart(64, '0')}`;
}

/** A string literal in printable ASCII; every other byte of the UTF-8 form, quotes and backslashes are escaped. */
export function stringLiteral(text: string): string {
  const characters = [...Buffer.from(text, 'utf8')].map((byte) => {
    const plain = byte >= 0x20 && byte <= 0x7e && byte !== 0x22 && byte !== 0x5c;
    return plain ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`;
  });
  return `"${characters.join('')}"`;
}

/** Interfaces and libraries in the files of generated contracts. */
const TAKEN: readonly string[] = ['IVerifiableModel', 'IBatchVerifier', 'InferenceProofs', 'InferenceBatches'];

/**
 * A name that a generated contract may have: a Solidity identifier in capital camel case, which no keyword is.
 * @throws USAGE for any other text, and for the names of what stands in the same file.
 */
export function checkContractName(name: string): string {
  if (!/^[A-Z][A-Za-z0-9_]{0,63}$/.test(name) || TAKEN.includes(name)) {
    throw new ZkinferError('USAGE', 'the contract name cannot be used in Solidity', {
      hint: 'start with a capital letter; then letters, digits and underscores, 64 characters at most',
    });
  }
  return name;
}
