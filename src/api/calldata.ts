/** The call of the generated contract for a proof. */
import { readManifest } from '../artifacts/manifest.js';
import { parseProofDocument } from '../artifacts/proof-document.js';
import { proofCalldata, type ProofCalldata } from '../solidity/calldata.js';

/**
 * Encodes a proof for the contract of an artifact directory. Does not verify it.
 *
 * @param document parsed JSON of a proof document
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT; ARTIFACT_MISMATCH for a proof of another model; INPUT_SHAPE, INPUT_VALUE
 */
export async function encodeCalldata(dir: string, document: unknown): Promise<ProofCalldata> {
  return proofCalldata(parseProofDocument(document), await readManifest(dir));
}
