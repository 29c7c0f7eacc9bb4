/** The Solidity verifier of an artifact directory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../artifacts/files.js';
import { checkFiles, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Hex, Manifest } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { readZkeyHeader } from '../setup/zkey-header.js';
import { assertExportable } from '../solidity/exportable.js';
import { DEFAULT_CONTRACT_NAME, generateVerifier } from '../solidity/verifier.js';
import { commitmentElement } from './commit.js';
import { readVerificationKey } from './prove.js';

export interface ExportOptions {
  /** Default: ModelVerifier. */
  readonly contractName?: string;
  /** Accept the key of a development setup; the contract then says so. */
  readonly allowDevelopmentKey?: boolean;
  /** Of the model that the contract accepts: needed where the weights are committed. */
  readonly weightsCommitment?: Hex;
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
 *   ARTIFACT_FORMAT, USAGE for a name that is no Solidity identifier and for a weights commitment that is missing or out of place, IO
 */
export async function exportVerifier(
  dir: string,
  outDir: string,
  options: ExportOptions = {},
): Promise<ExportedVerifier> {
  const manifest = await readManifest(dir);
  const weightsCommitment = checkedCommitment(manifest, dir, options.weightsCommitment);
  const isCommitted = weightsCommitment !== undefined;
  const keys = [ArtifactName.provingKey, ArtifactName.verificationKey];
  await checkFiles(dir, manifest, isCommitted ? keys : [ArtifactName.model, ...keys]);
  await checkMark(dir, manifest);
  const verificationKey = await readVerificationKey(artifactPath(dir, ArtifactName.verificationKey));
  assertExportable(manifest, verificationKey, { allowDevelopmentKey: options.allowDevelopmentKey ?? false });
  const contractName = options.contractName ?? DEFAULT_CONTRACT_NAME;
  const model = isCommitted ? { weightsCommitment } : { onnxSha256: manifest.files[ArtifactName.model]!.sha256 };
  const source = generateVerifier({ manifest, verificationKey, contractName, ...model });
  const path = join(outDir, `${contractName}.sol`);
  await mkdir(outDir, { recursive: true }).catch((cause: unknown) => {
    throw new ZkinferError('IO', `cannot make the folder ${outDir}`, { location: { file: outDir }, cause });
  });
  await writeFileAtomic(path, source);
  return { path, contractName, source };
}

/** The commitment where there must be one, and nothing where there must be none. */
function checkedCommitment(manifest: Manifest, dir: string, commitment: Hex | undefined): bigint | undefined {
  const isCommitted = manifest.statement.weights === 'committed';
  if (isCommitted && commitment !== undefined) return commitmentElement(commitment);
  if (isCommitted) {
    throw new ZkinferError('USAGE', 'a contract for committed weights needs to know the model that it accepts', {
      hint: 'give the commitment that `zkinfer commit` printed with --weights-commitment',
    });
  }
  if (commitment === undefined) return undefined;
  throw new ZkinferError('USAGE', `${dir} was compiled with fixed weights`, { hint: 'leave --weights-commitment out' });
}

/** A manifest that calls a development key something else must not get it exported. */
async function checkMark(dir: string, manifest: Manifest): Promise<void> {
  const path = artifactPath(dir, ArtifactName.provingKey);
  const { development } = await readZkeyHeader(path);
  if (!development || manifest.setup?.kind === 'development') return;
  throw new ZkinferError('KEY_UNSAFE', `${path} is a development key, the manifest says otherwise`, {
    location: { file: path },
    hint: 'run `zkinfer setup` again',
  });
}
