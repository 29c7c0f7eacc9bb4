/** Keys for the circuit of an artifact directory. */
import { checkFiles, readManifest, updateManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Manifest } from '../artifacts/types.js';
import type { WorkOptions } from '../progress.js';
import { setupDevelopment as makeDevelopmentKeys, type SetupPaths } from '../setup/development.js';
import { setupFromPtau } from '../setup/ptau.js';

export interface SetupOptions extends WorkOptions {
  /** Worker threads. Default: the number of CPUs. */
  readonly threads?: number;
}

/**
 * Makes keys by a single-party setup, in seconds and without a ptau file. Whoever runs it could keep what is needed to forge proofs:
 * for development only, and marked so in the key, the manifest and every contract made from it.
 *
 * @returns the new manifest
 * @throws ARTIFACT_MISSING, ARTIFACT_MISMATCH, ARTIFACT_FORMAT, MODEL_UNSUPPORTED, IO, ABORTED
 */
export async function setupDevelopment(dir: string, options: SetupOptions = {}): Promise<Manifest> {
  await checkedManifest(dir, options.signal);
  await makeDevelopmentKeys(keyPaths(dir), options);
  return recordKeys(dir, { kind: 'development' }, options);
}

/**
 * Makes keys from a powers-of-tau file, with one contribution of this machine. More can follow with any tool for snarkjs's keys.
 *
 * @param ptau a file prepared for phase 2, of at least the power that the manifest names
 * @returns the new manifest
 * @throws as setupDevelopment; USAGE when the ptau file is too small or not prepared; ARTIFACT_MISMATCH when it has the name of a published one
 *   and is another
 */
export async function setupWithPtau(dir: string, ptau: string, options: SetupOptions = {}): Promise<Manifest> {
  await checkedManifest(dir, options.signal);
  const { ptau: identity } = await setupFromPtau({ ...keyPaths(dir), ptau }, options);
  const { sha256: ptauSha256, origin: ptauOrigin } = identity;
  return recordKeys(dir, { kind: 'ptau', ptauSha256, ptauOrigin }, options);
}

async function checkedManifest(dir: string, signal?: AbortSignal): Promise<void> {
  await checkFiles(dir, await readManifest(dir), [ArtifactName.constraints], signal);
}

function keyPaths(dir: string): SetupPaths {
  return {
    r1cs: artifactPath(dir, ArtifactName.constraints),
    zkey: artifactPath(dir, ArtifactName.provingKey),
    verificationKey: artifactPath(dir, ArtifactName.verificationKey),
  };
}

function recordKeys(dir: string, setup: NonNullable<Manifest['setup']>, { signal }: WorkOptions): Promise<Manifest> {
  return updateManifest(
    dir,
    [ArtifactName.provingKey, ArtifactName.verificationKey],
    (manifest) => ({ ...manifest, setup }),
    signal === undefined ? {} : { signal },
  );
}
