/** The Solidity verifier of an artifact directory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';
import { DEFAULT_CONTRACT_NAME, generateVerifier } from '../solidity/verifier.js';
import { readKeySource, type KeyOptions } from './export-key.js';

export interface ExportOptions extends KeyOptions {
  /** Default: ModelVerifier. */
  readonly contractName?: string;
  /** Add `verifyBatch` and `firstInvalid`, for several proofs at once. */
  readonly batch?: boolean;
}

export interface ExportedVerifier {
  /** Path of the file that was written. */
  readonly path: string;
  readonly contractName: string;
  readonly source: string;
}

/**
 * Writes the verifier contract of an artifact directory, one self-contained file, license MIT.
 *
 * @param outDir made if it is not there
 * @throws KEY_UNSAFE for keys that anyone can forge for, and for development keys unless allowed; ARTIFACT_MISSING, ARTIFACT_MISMATCH,
 *   ARTIFACT_FORMAT, USAGE for a name that is no Solidity identifier, text that is no CID, and a weights commitment that is missing or out of
 *   place, IO
 */
export async function exportVerifier(
  dir: string,
  outDir: string,
  options: ExportOptions = {},
): Promise<ExportedVerifier> {
  const contractName = options.contractName ?? DEFAULT_CONTRACT_NAME;
  const { batch = false } = options;
  const source = generateVerifier({ ...(await readKeySource(dir, options)), contractName, batch });
  const path = join(outDir, `${contractName}.sol`);
  await mkdir(outDir, { recursive: true }).catch((cause: unknown) => {
    throw new ZkinferError('IO', `cannot make the folder ${outDir}`, { location: { file: outDir }, cause });
  });
  await writeFileAtomic(path, source);
  return { path, contractName, source };
}
