/** Calls of verifier contracts for proofs. */
import { readManifest } from '../artifacts/manifest.js';
import { parseProofDocument } from '../artifacts/proof-document.js';
import {
  batchCalldata,
  proofCalldata,
  type BatchCalldata,
  type CalldataOptions,
  type ProofCalldata,
} from '../solidity/calldata.js';

/**
 * Encodes a proof for the contract of an artifact directory, or for the universal verifier. Does not verify it.
 *
 * @param document parsed JSON of a proof document
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT; ARTIFACT_MISMATCH for a proof of another model; INPUT_SHAPE, INPUT_VALUE; USAGE for a bad key id
 */
export async function encodeCalldata(
  dir: string,
  document: unknown,
  options: CalldataOptions = {},
): Promise<ProofCalldata> {
  return proofCalldata(parseProofDocument(document), await readManifest(dir), options);
}

/**
 * Encodes proofs of one model as one call of `verifyBatch`. Does not verify them.
 *
 * @param documents parsed JSON of proof documents, one or more
 * @throws as encodeCalldata; USAGE for no documents; ARTIFACT_MISMATCH for proofs about different weights
 */
export async function encodeBatchCalldata(
  dir: string,
  documents: readonly unknown[],
  options: CalldataOptions = {},
): Promise<BatchCalldata> {
  return batchCalldata(
    documents.map((document) => parseProofDocument(document)),
    await readManifest(dir),
    options,
  );
}
