/** Where a powers-of-tau file comes from, as far as its bytes tell. */

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { asIoError } from '../artifacts/files.js';
import type { PtauOrigin } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { blake2b512 } from '../hash/blake2b.js';
import type { WorkOptions } from '../progress.js';
import { claimedPower, publishedPtau } from './hermez.js';
import { readPtau, type PtauFile } from './ptau-file.js';

export interface PtauIdentity extends PtauFile {
  /** Lower-case hex. */
  readonly sha256: string;
  readonly blake2b: string;
  readonly origin: PtauOrigin;
}

/**
 * Reads the whole file and compares its sum with the published one of its power. A file with the name of a published one must be that one.
 * @throws ARTIFACT_MISMATCH when it is not the file that its name claims; ARTIFACT_MISSING, ARTIFACT_FORMAT, IO, ABORTED.
 */
export async function identifyPtau(path: string, options: WorkOptions = {}): Promise<PtauIdentity> {
  const file = await readPtau(path);
  const sums = await sumFile(path, options);
  const claimed = claimedPower(basename(path));
  const claim = claimed === undefined ? undefined : publishedPtau(claimed);
  if (claim !== undefined && claim.blake2b !== sums.blake2b) {
    throw new ZkinferError('ARTIFACT_MISMATCH', `${path} is not the published file of this name`, {
      location: { file: path },
      hint: 'download it again; if it is meant to be another file, give it another name',
    });
  }
  return { ...file, ...sums, origin: originOf(file, sums.blake2b) };
}

function originOf({ power, development }: PtauFile, blake2b: string): PtauOrigin {
  if (publishedPtau(power)?.blake2b === blake2b) return 'hermez';
  return development ? 'development' : 'unknown';
}

async function sumFile(
  path: string,
  { signal, onProgress }: WorkOptions,
): Promise<{ sha256: string; blake2b: string }> {
  const [sha256, blake2b] = [createHash('sha256'), blake2b512()];
  try {
    const total = (await stat(path)).size;
    let done = 0;
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>) {
      throwIfAborted(signal);
      sha256.update(chunk);
      blake2b.update(chunk);
      done += chunk.length;
      onProgress?.({ stage: 'summing ptau file', done, total });
    }
  } catch (error) {
    throw asIoError('read', path, error);
  }
  return { sha256: sha256.digest('hex'), blake2b: blake2b.digest('hex') };
}
