/** The Solidity verifier of an artifact directory. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../artifacts/files.js';
import { checkFiles, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Manifest } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { readZkeyHeader } from '../setup/zkey-header.js';
import { assertExportable } from '../solidity/exportable.js';
import { DEFAULT_CONTRACT_NAME, generateVerifier } from '../solidity/verifier.js';
import { readVerificationKey } from './prove.js';

export interface ExportOptions {
  /** Default: ModelVerifier. */
  readonly contractName?: string;
  /** Accept the key of a development setup; the contract then says so. */
  readonly allowDevelopmentKey?: boolean;
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
 *   ARTIFACT_FORMAT, USAGE for a name that is no Solidity identifier, IO
 */
export async function exportVerifier(
  dir: string,
  outDir: string,
  options: ExportOptions = {},
): Promise<ExportedVerifier> {
  const manifest = await readManifest(dir);
  await checkFiles(dir, manifest, [ArtifactName.model, ArtifactName.provingKey, ArtifactName.verificationKey]);
  await checkMark(dir, manifest);
  const verificationKey = await readVerificationKey(artifactPath(dir, ArtifactName.verificationKey));
  assertExportable(manifest, verificationKey, { allowDevelopmentKey: options.allowDevelopmentKey ?? false });
  const contractName = options.contractName ?? DEFAULT_CONTRACT_NAME;
  const onnxSha256 = manifest.files[ArtifactName.model]!.sha256;
  const source = generateVerifier({ manifest, verificationKey, onnxSha256, contractName });
  const path = join(outDir, `${contractName}.sol`);
  await mkdir(outDir, { recursive: true }).catch((cause: unknown) => {
    throw new ZkinferError('IO', `cannot make the folder ${outDir}`, { location: { file: outDir }, cause });
  });
  await writeFileAtomic(path, source);
  return { path, contractName, source };
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
