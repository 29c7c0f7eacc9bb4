/** Setup from a powers-of-tau file: the route for production. The key is snarkjs's own, any of its ceremony tools can go on from it. */

import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { zKey } from 'snarkjs';
import { replaceFile, sha256File, writeFileAtomic } from '../artifacts/files.js';
import type { VerificationKey } from '../artifacts/types.js';
import { withSections } from '../circom/iden3-sections.js';
import { domainPower, readR1cs } from '../circom/r1cs.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import type { WorkOptions } from '../progress.js';
import { BASE_FIELD } from '../statement/proof-bytes.js';
import './curve.js';
import type { SetupPaths } from './development.js';
import { assertKeyPoints, assertPublicSignals } from './key-check.js';
import { formatKey } from './verification-key.js';

export interface PtauPaths extends SetupPaths {
  /** Read: a powers-of-tau file prepared for phase 2. */
  readonly ptau: string;
}

export interface PtauSetup {
  readonly verificationKey: VerificationKey;
  /** Lower-case hex, for the manifest. */
  readonly ptauSha256: string;
}

/** Name of the contribution that every such key starts with. */
const CONTRIBUTION_NAME = 'zkinfer setup';

/**
 * Makes a key from a powers-of-tau file and contributes once with entropy of the system's CSPRNG, without which gamma would equal delta.
 * Cancelling takes effect between its steps.
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for the circuit or the ptau file; USAGE when the ptau file is too small or not prepared;
 *   KEY_UNSAFE, IO, ABORTED.
 */
export async function setupFromPtau(paths: PtauPaths, options: WorkOptions = {}): Promise<PtauSetup> {
  const { signal, onProgress } = options;
  onProgress?.({ stage: 'reading constraints' });
  const r1cs = await readR1cs(paths.r1cs);
  assertPublicSignals(r1cs.nPubOut + r1cs.nPubIn);
  const needed = domainPower(r1cs);
  await assertPtauFits(paths.ptau, needed);
  const { sha256 } = await sha256File(paths.ptau, signal);
  const folder = await mkdtemp(join(dirname(paths.zkey), '.setup-'));
  try {
    const initial = join(folder, 'initial.zkey');
    onProgress?.({ stage: 'making key from ptau' });
    const made: unknown = await fromSnarkjs(paths.ptau, () => zKey.newZKey(paths.r1cs, paths.ptau, initial));
    if (made === -1) throw damaged(paths.ptau, 'snarkjs refuses it');
    let key: VerificationKey | undefined;
    await replaceFile(
      paths.zkey,
      async (temporary) => {
        throwIfAborted(signal);
        onProgress?.({ stage: 'contributing' });
        const entropy = randomBytes(64).toString('hex');
        await fromSnarkjs(initial, () => zKey.contribute(initial, temporary, CONTRIBUTION_NAME, entropy));
        key = (await fromSnarkjs(temporary, () => zKey.exportVerificationKey(temporary))) as VerificationKey;
        await assertKeyPoints(key);
      },
      signal === undefined ? {} : { signal },
    );
    await writeFileAtomic(paths.verificationKey, formatKey(key!));
    return { verificationKey: key!, ptauSha256: sha256 };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sections of a prepared file: Lagrange points for each domain of 2^0 to 2^power elements (one more for section 12), one after the other. */
const LAGRANGE_SECTIONS: readonly (readonly [type: number, bytes: number, extraPower: number])[] = [
  [12, 64, 1],
  [13, 128, 0],
  [14, 64, 0],
  [15, 64, 0],
];

async function assertPtauFits(path: string, needed: number): Promise<void> {
  await withSections(path, { magic: 'ptau', name: path }, async (file) => {
    const extent = file.sections.get(1);
    if (extent?.length !== 44) throw file.fail('its header is missing');
    const header = await file.read(extent);
    const q = BigInt(`0x${Buffer.from(header.subarray(4, 36)).reverse().toString('hex')}`);
    if (header.readUInt32LE(0) !== 32 || q !== BASE_FIELD) throw file.fail('it is not over BN254');
    const power = header.readUInt32LE(36);
    if (power < needed) {
      throw new ZkinferError('USAGE', `the ptau file has power ${power}, the circuit needs ${needed}`, {
        location: { file: path },
        hint: `take a ptau file of power ${needed} or more`,
      });
    }
    if (!file.sections.has(12)) {
      throw new ZkinferError('USAGE', 'the ptau file is not prepared for phase 2', {
        location: { file: path },
        hint: 'run `snarkjs powersoftau prepare phase2`, or take a prepared file (named _final_)',
      });
    }
    for (const [type, bytes, extraPower] of LAGRANGE_SECTIONS) {
      const points = 2 ** (needed + 1 + extraPower) - 1;
      if ((file.sections.get(type)?.length ?? 0) < points * bytes) throw file.fail(`section ${type} is too short`);
    }
  });
}

async function fromSnarkjs<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw damaged(file, 'snarkjs cannot read it', cause);
  }
}

function damaged(file: string, what: string, cause?: unknown): ZkinferError {
  return new ZkinferError('ARTIFACT_FORMAT', `the file is damaged: ${what}`, { location: { file }, cause });
}
