/** The scalar field of BN254, over which every circuit is written. */

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import { ZkinferError } from '../errors.js';

/** Order p of BN254's scalar field. */
export const SNARK_FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

/** Whether `value` is the canonical representative of a field element: 0 <= value < p. */
export function isFieldElement(value: bigint): boolean {
  return value >= 0n && value < SNARK_FIELD;
}

/** The canonical representative of any integer, negative ones included. */
export function toField(value: bigint | number): bigint {
  const remainder = BigInt(value) % SNARK_FIELD;
  return remainder < 0n ? remainder + SNARK_FIELD : remainder;
}

/**
 * Big-endian bytes of an unsigned integer.
 * @throws INTERNAL when the value does not fit.
 */
export function toBytesBE(value: bigint, length = 32): Uint8Array {
  const hex = value.toString(16);
  if (value < 0n || hex.length > 2 * length)
    throw new ZkinferError('INTERNAL', `an integer does not fit ${length} bytes`);
  return hexToBytes(hex.padStart(2 * length, '0'));
}

/** Unsigned integer of big-endian bytes; 0 for no bytes. */
export function fromBytesBE(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${bytesToHex(bytes)}`);
}
