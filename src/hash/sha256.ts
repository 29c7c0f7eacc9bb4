/** SHA-256 of bytes at hand; for files see artifacts/files. */

import { createHash } from 'node:crypto';

/** SHA-256 in lower-case hex, without prefix. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
