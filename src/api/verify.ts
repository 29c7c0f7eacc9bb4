/** Verification of proof documents. */
import { dirname, join } from 'node:path';
import { checkFiles, parseDocument, manifestField, readJsonFile, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Hex, Manifest, VerificationKey } from '../artifacts/types.js';
import { sha256File } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';
import { verifyProofDocument, type Verdict } from '../prover/verify.js';
import { commitmentElement } from './commit.js';
import { isDirectory } from './load-model.js';
import { readVerificationKey } from './prove.js';

/** What a verifier trusts: the key of a circuit, and the manifest that says what its public values mean. */
export interface Verifier {
  readonly manifest: Manifest;
  readonly verificationKey: VerificationKey;
}

/**
 * Reads what verification needs: the manifest and the verification key, nothing secret and nothing large.
 *
 * @param path an artifact directory, or a verification key whose manifest lies beside it or at `manifestPath`
 * @throws ARTIFACT_MISSING, ARTIFACT_MISMATCH, ARTIFACT_FORMAT, IO
 */
export async function loadVerifier(path: string, manifestPath?: string): Promise<Verifier> {
  if (await isDirectory(path)) {
    const manifest = await readManifest(path);
    await checkFiles(path, manifest, [ArtifactName.verificationKey]);
    const verificationKey = await readVerificationKey(artifactPath(path, ArtifactName.verificationKey));
    return { manifest, verificationKey };
  }
  const verificationKey = await readVerificationKey(path);
  const beside = join(dirname(path), ArtifactName.manifest);
  const manifest = parseDocument(manifestField, await readJsonFile(manifestPath ?? beside), manifestPath ?? beside);
  const { sha256 } = await sha256File(path);
  if (manifest.files[ArtifactName.verificationKey]?.sha256 !== sha256) {
    throw new ZkinferError('ARTIFACT_MISMATCH', `${path} is not the key that the manifest names`, {
      location: { file: path },
      hint: 'give the manifest of the same artifact directory with --manifest',
    });
  }
  return { manifest, verificationKey };
}

/**
 * Whether a document proves what it states, for the model of the verifier. Never throws because of the document.
 *
 * @param document parsed JSON of any form; nothing in it is trusted
 * @param context if given, what the proof must be bound to
 * @param weightsCommitment if given, the commitment of the weights it must be about. With committed weights, a valid proof says of which
 *        model of the architecture it speaks by this commitment alone
 * @throws KEY_UNSAFE, ARTIFACT_FORMAT for the verifier itself
 */
export async function verifyProof(
  verifier: Verifier,
  document: unknown,
  context?: Hex,
  weightsCommitment?: Hex,
): Promise<Verdict> {
  return verifyProofDocument({
    ...verifier,
    document,
    ...(context === undefined ? {} : { context }),
    ...(weightsCommitment === undefined ? {} : { weightsCommitment: commitmentElement(weightsCommitment) }),
  });
}

/** A proof that does not show its statement, by its place in a list. */
export interface InvalidProof {
  readonly index: number;
  readonly reason: string;
}

/**
 * The documents that do not prove what they state: what makes a batch invalid, found without a chain. All of them are checked.
 *
 * @param weightsCommitment if given, the commitment of the weights they must be about
 * @throws as verifyProof
 */
export async function findInvalidProofs(
  verifier: Verifier,
  documents: readonly unknown[],
  weightsCommitment?: Hex,
): Promise<InvalidProof[]> {
  const invalid: InvalidProof[] = [];
  for (const [index, document] of documents.entries()) {
    const verdict = await verifyProof(verifier, document, undefined, weightsCommitment);
    if (!verdict.valid) invalid.push({ index, reason: verdict.reason });
  }
  return invalid;
}
