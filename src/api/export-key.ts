/** The key of an artifact directory for contracts: what generated verifiers are made from and the universal verifier takes. */
import { checkFiles, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Hex, Manifest } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { assertKeyPoints } from '../setup/key-check.js';
import { readZkeyHeader } from '../setup/zkey-header.js';
import { assertExportable } from '../solidity/exportable.js';
import { encodeKeyData, type KeySource } from '../solidity/key-data.js';
import { commitmentElement } from './commit.js';
import { readVerificationKey } from './prove.js';

export interface KeyOptions {
  /** Accept the key of a development setup; contracts then say so. */
  readonly allowDevelopmentKey?: boolean;
  /** Of the model that contracts accept: needed where the weights are committed. */
  readonly weightsCommitment?: Hex;
  /** IPFS CID of model.onnx, for contracts to tell. */
  readonly cid?: string;
}

export interface ExportedKey {
  /** What contracts that use the universal verifier must name. */
  readonly keyId: Hex;
  /** What `UniversalVerifier.registerKey` takes. */
  readonly data: Hex;
  readonly modelId: Hex;
}

/**
 * The verification key, statement and description of an artifact directory as the universal verifier takes them.
 *
 * @throws KEY_UNSAFE for keys that anyone can forge for, and for development keys unless allowed; ARTIFACT_MISSING, ARTIFACT_MISMATCH,
 *   ARTIFACT_FORMAT, USAGE for text that is no CID and for a weights commitment that is missing or out of place
 */
export async function exportKey(dir: string, options: KeyOptions = {}): Promise<ExportedKey> {
  const source = await readKeySource(dir, options);
  return { ...encodeKeyData(source), modelId: source.manifest.modelId };
}

/** Reads and checks what contracts are made from. Throws as exportKey. */
export async function readKeySource(dir: string, options: KeyOptions): Promise<KeySource> {
  const manifest = await readManifest(dir);
  const weightsCommitment = checkedCommitment(manifest, dir, options.weightsCommitment);
  const isCommitted = weightsCommitment !== undefined;
  const keys = [ArtifactName.provingKey, ArtifactName.verificationKey];
  await checkFiles(dir, manifest, isCommitted ? keys : [ArtifactName.model, ...keys]);
  await checkMark(dir, manifest);
  const verificationKey = await readVerificationKey(artifactPath(dir, ArtifactName.verificationKey));
  assertExportable(manifest, verificationKey, { allowDevelopmentKey: options.allowDevelopmentKey ?? false });
  await assertKeyPoints(verificationKey);
  const model = isCommitted ? { weightsCommitment } : { onnxSha256: manifest.files[ArtifactName.model]!.sha256 };
  return { manifest, verificationKey, ...model, ...(options.cid === undefined ? {} : { cid: options.cid }) };
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
