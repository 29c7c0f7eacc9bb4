/** Setup from a powers-of-tau file: the route for production. The key is of snarkjs's format, any of its ceremony tools can go on from it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asIoError, replaceFile, writeFileAtomic } from '../artifacts/files.js';
import type { VerificationKey } from '../artifacts/types.js';
import { readR1csCounts } from '../circom/r1cs-header.js';
import { domainPower } from '../circom/r1cs.js';
import { availableCeremony, type CeremonyOptions } from './ceremony.js';
import type { SetupPaths } from './development.js';
import { assertKeyPoints, assertPublicSignals } from './key-check.js';
import { assertPtauFits } from './ptau-file.js';
import { identifyPtau, type PtauIdentity } from './ptau-origin.js';
import { formatKey } from './verification-key.js';
import { readVerificationKey } from './zkey-points.js';

export interface PtauPaths extends SetupPaths {
  /** Read: a powers-of-tau file prepared for phase 2. */
  readonly ptau: string;
}

export interface PtauSetup {
  readonly verificationKey: VerificationKey;
  readonly ptau: PtauIdentity;
}

/** Name of the contribution that every such key starts with. */
const CONTRIBUTION_NAME = 'zkinfer setup';

/**
 * Makes a key from a powers-of-tau file and contributes once with randomness of the system's CSPRNG, without which gamma would equal delta.
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for the circuit or the ptau file; ARTIFACT_MISMATCH when the ptau file is not the published one whose
 *   name it has; USAGE when it is too small or not prepared; KEY_UNSAFE, IO, ABORTED.
 */
export async function setupFromPtau(paths: PtauPaths, options: CeremonyOptions = {}): Promise<PtauSetup> {
  const { signal } = options;
  const counts = await readR1csCounts(paths.r1cs);
  assertPublicSignals(counts.nPubOut + counts.nPubIn);
  await assertPtauFits(paths.ptau, domainPower(counts));
  const ptau = await identifyPtau(paths.ptau, options);
  const ceremony = availableCeremony();
  const folder = await makeFolderBeside(paths.zkey);
  try {
    const initial = join(folder, 'initial.zkey');
    options.onProgress?.({ stage: 'making key from ptau' });
    await ceremony.makeInitialKey({ r1cs: paths.r1cs, ptau: paths.ptau, zkey: initial }, options);
    let key: VerificationKey | undefined;
    await replaceFile(
      paths.zkey,
      async (temporary) => {
        await ceremony.contribute({ from: initial, to: temporary }, { name: CONTRIBUTION_NAME }, options);
        key = await readVerificationKey(temporary, paths.zkey);
        await assertKeyPoints(key);
      },
      signal === undefined ? {} : { signal },
    );
    await writeFileAtomic(paths.verificationKey, formatKey(key!));
    return { verificationKey: key!, ptau };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * A new folder for large files that exist only for a while, on the same disk as a file.
 * @throws IO.
 */
export async function makeFolderBeside(path: string): Promise<string> {
  try {
    return await mkdtemp(join(dirname(path), '.setup-'));
  } catch (error) {
    throw asIoError('write', path, error);
  }
}
