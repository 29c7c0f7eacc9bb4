/** SHA-256 of bytes and of files. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { ZkinferError } from '../errors.js';

/** SHA-256 in lower-case hex, without prefix. */
export function sha256Hex(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/**
 * SHA-256 of a file in lower-case hex, read in pieces.
 * @throws ABORTED, IO.
 */
export async function sha256File(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  try {
    await pipeline(createReadStream(path), hash, signal === undefined ? {} : { signal });
  } catch (cause) {
    if (signal?.aborted) throw new ZkinferError('ABORTED', 'cancelled', { cause });
    throw new ZkinferError('IO', 'cannot read the file', { cause, location: { file: path } });
  }
  return hash.digest('hex');
}
