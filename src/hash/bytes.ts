/** Hex and bytes. */

import { bytesToHex, hexToBytes } from '@noble/hashes/utils.js';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';

/** 0x-prefixed lower-case hex. */
export function toHex(bytes: Uint8Array): Hex {
  return `0x${bytesToHex(bytes)}`;
}

/** Whether `text` is 32 bytes in 0x-prefixed lower-case hex. */
export function isHex32(text: unknown): text is Hex {
  return typeof text === 'string' && /^0x[0-9a-f]{64}$/.test(text);
}

/**
 * Bytes of a hash or identifier of 32 bytes in hex, with or without 0x.
 * @throws USAGE when the text is anything else; `what` names it in the message.
 */
export function hex32ToBytes(text: string, what: string): Uint8Array {
  if (!/^(0x)?[0-9a-fA-F]{64}$/.test(text)) {
    throw new ZkinferError('USAGE', `${what} must be 32 bytes in hex`, {
      hint: 'write 64 hex digits, with or without 0x',
    });
  }
  return hexToBytes(text.replace(/^0x/, ''));
}
