/** Ceremonies: contributions to the key of an artifact directory or of a file, and what can be said of them. */

import { stat } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { writeFileAtomic } from '../artifacts/files.js';
import { checkFiles, readJsonFile, readManifest, updateManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Manifest, PtauOrigin, VerificationKey } from '../artifacts/types.js';
import { readMagic } from '../circom/iden3-sections.js';
import { ZkinferError } from '../errors.js';
import type { CeremonyOptions, ContributionDetails } from '../setup/ceremony.js';
import type { CeremonyContribution } from '../setup/contributions.js';
import { assertKeyPoints } from '../setup/key-check.js';
import { contributeToKey, verifyKey, type KeyContribution, type KeyVerdict } from '../setup/key-ceremony.js';
import { identifyPtau } from '../setup/ptau-origin.js';
import { formatKey } from '../setup/verification-key.js';
import { readZkeyContributions } from '../setup/zkey-contributions.js';
import { readZkeyHeader } from '../setup/zkey-header.js';
import { readVerificationKey } from '../setup/zkey-points.js';

/**
 * Contributes to the key of an artifact directory, with randomness of the system's CSPRNG or by a beacon: the proving key, the verification key
 * and the manifest are replaced. Proofs made before do not verify with the new key.
 *
 * @throws KEY_UNSAFE for a development key; ARTIFACT_MISSING, ARTIFACT_MISMATCH, ARTIFACT_FORMAT; USAGE for a name or beacon that files cannot
 *   hold; IO, ABORTED
 */
export async function contributeToSetup(
  dir: string,
  details: ContributionDetails = {},
  options: CeremonyOptions = {},
): Promise<KeyContribution & { readonly manifest: Manifest }> {
  const { signal } = options;
  const write = signal === undefined ? {} : { signal };
  const zkey = artifactPath(dir, ArtifactName.provingKey);
  await checkFiles(dir, await readManifest(dir), [ArtifactName.provingKey], signal);
  let key: VerificationKey | undefined;
  const contribution = await contributeToKey({ from: zkey, to: zkey }, details, options, async (path) => {
    key = await readVerificationKey(path);
    await assertKeyPoints(key);
  });
  await writeFileAtomic(artifactPath(dir, ArtifactName.verificationKey), formatKey(key!));
  const written = [ArtifactName.provingKey, ArtifactName.verificationKey];
  return { ...contribution, manifest: await updateManifest(dir, written, undefined, write) };
}

/**
 * Contributes to a .zkey of any Groth16 circuit, zkinfer's or not, made by zkinfer or by snarkjs.
 *
 * @param output path of the new key; may be the same as `zkey`
 * @throws as contributeToSetup
 */
export async function contributeToZkey(
  zkey: string,
  output: string,
  details: ContributionDetails = {},
  options: CeremonyOptions = {},
): Promise<KeyContribution> {
  return contributeToKey({ from: zkey, to: output }, details, options);
}

/**
 * Checks the key of an artifact directory against its circuit and the ptau file that it was made from, and all contributions.
 *
 * @throws ARTIFACT_MISSING, ARTIFACT_MISMATCH, ARTIFACT_FORMAT, USAGE, IO, ABORTED
 */
export async function verifySetup(dir: string, ptau: string, options: CeremonyOptions = {}): Promise<KeyVerdict> {
  const names = [ArtifactName.constraints, ArtifactName.provingKey, ArtifactName.verificationKey];
  await checkFiles(dir, await readManifest(dir), names, options.signal);
  const zkey = artifactPath(dir, ArtifactName.provingKey);
  const verdict = await verifyKey({ r1cs: artifactPath(dir, ArtifactName.constraints), ptau, zkey }, options);
  if (!verdict.valid || (await hasKeyOf(dir, zkey))) return verdict;
  return { ...verdict, valid: false, reason: `${ArtifactName.verificationKey} is not the verification key of the key` };
}

async function hasKeyOf(dir: string, zkey: string): Promise<boolean> {
  const found = await readJsonFile(artifactPath(dir, ArtifactName.verificationKey));
  return isDeepStrictEqual(found, await readVerificationKey(zkey));
}

/** Checks a .zkey of any Groth16 circuit as verifySetup does. */
export async function verifyZkey(
  paths: { readonly zkey: string; readonly r1cs: string; readonly ptau: string },
  options: CeremonyOptions = {},
): Promise<KeyVerdict> {
  return verifyKey(paths, options);
}

/** What a file of a ceremony says of itself; nothing is verified. */
export type CeremonyFile =
  | {
      readonly kind: 'ptau';
      readonly power: number;
      readonly ceremonyPower: number;
      readonly prepared: boolean;
      readonly origin: PtauOrigin;
      readonly sha256: string;
      readonly blake2b: string;
      readonly contributions: readonly CeremonyContribution[];
    }
  | {
      readonly kind: 'zkey';
      readonly wires: number;
      readonly publicSignals: number;
      readonly domainPower: number;
      readonly development: boolean;
      readonly circuitHash: string;
      readonly contributions: readonly CeremonyContribution[];
    };

/**
 * Reads a .ptau, a .zkey, or the proving key of an artifact directory.
 *
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT, IO, ABORTED; ARTIFACT_MISMATCH when a ptau file is not the published one whose name it has
 */
export async function inspectCeremonyFile(path: string, options: CeremonyOptions = {}): Promise<CeremonyFile> {
  const isFolder = await stat(path).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  const file = isFolder ? artifactPath(path, ArtifactName.provingKey) : path;
  const magic = await readMagic(file);
  if (magic === 'ptau') {
    const { power, ceremonyPower, prepared, origin, sha256, blake2b, contributions } = await identifyPtau(
      file,
      options,
    );
    return { kind: 'ptau', power, ceremonyPower, prepared, origin, sha256, blake2b, contributions };
  }
  if (magic !== 'zkey') {
    throw new ZkinferError('ARTIFACT_FORMAT', `${file} is neither a .ptau nor a .zkey file`, { location: { file } });
  }
  const { nWires, nPublic, domainSize, development } = await readZkeyHeader(file, file);
  return {
    ...{ kind: 'zkey', wires: nWires, publicSignals: nPublic, domainPower: Math.log2(domainSize), development },
    ...(await readZkeyContributions(file, file)),
  };
}
