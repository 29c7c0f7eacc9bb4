/** Calls of verifier contracts as bytes, from proof documents. */

import type { Hex, Manifest, ProofDocument } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { hex32ToBytes, toHex } from '../hash/bytes.js';
import { encodeCall, type AbiArgument } from './abi.js';
import { statementBytes } from './statement-bytes.js';

/** What `verifyInference` or `verifyInferenceFor` takes, and the whole call. */
export interface ProofCalldata {
  readonly input: Hex;
  readonly output: Hex;
  readonly proof: Hex;
  readonly context: Hex;
  /** ABI-encoded call: of `verifyInferenceFor` where the context is not zero. */
  readonly calldata: Hex;
}

/** What `verifyBatch` and `firstInvalid` take, and the whole call of `verifyBatch`. */
export interface BatchCalldata {
  readonly contexts: readonly Hex[];
  readonly inputs: Hex;
  readonly outputs: Hex;
  readonly proofs: Hex;
  readonly calldata: Hex;
}

export interface CalldataOptions {
  /** Encode the call for the universal verifier, which is told the key. */
  readonly keyId?: Hex;
}

/**
 * Encodes a proof for the contract of its model (docs: statement, "Encoding for contracts"). Does not verify it.
 * @throws as statementBytes; USAGE for a key id that is not 32 bytes.
 */
export function proofCalldata(
  document: ProofDocument,
  manifest: Manifest,
  { keyId }: CalldataOptions = {},
): ProofCalldata {
  const { input, output, proof, context } = statementBytes(document, manifest);
  const parts = [{ bytes: input }, { bytes: output }, { bytes: proof }];
  const isBound = context.some((byte) => byte !== 0);
  const call =
    keyId !== undefined
      ? encodeCall('verifyInference(bytes32,bytes32,bytes,bytes,bytes)', [keyWord(keyId), { word: context }, ...parts])
      : isBound
        ? encodeCall('verifyInferenceFor(bytes32,bytes,bytes,bytes)', [{ word: context }, ...parts])
        : encodeCall('verifyInference(bytes,bytes,bytes)', parts);
  return {
    input: toHex(input),
    output: toHex(output),
    proof: toHex(proof),
    context: toHex(context),
    calldata: toHex(call),
  };
}

/**
 * Encodes proofs of one model for `verifyBatch`. Does not verify them.
 * @throws as proofCalldata; USAGE for no documents; ARTIFACT_MISMATCH for proofs about different weights.
 */
export function batchCalldata(
  documents: readonly ProofDocument[],
  manifest: Manifest,
  { keyId }: CalldataOptions = {},
): BatchCalldata {
  const first = documents[0];
  if (first === undefined) throw new ZkinferError('USAGE', 'a batch needs one proof or more');
  const weights = first.statement.weightsCommitment;
  if (documents.some(({ statement }) => statement.weightsCommitment !== weights)) {
    throw new ZkinferError('ARTIFACT_MISMATCH', 'the proofs are about different weights', {
      hint: 'a batch is about one model: put the proofs of each into a batch of their own',
    });
  }
  const statements = documents.map((document) => statementBytes(document, manifest));
  const join = (part: 'input' | 'output' | 'proof'): Uint8Array => Buffer.concat(statements.map((one) => one[part]));
  const contexts = statements.map(({ context }) => context);
  const [inputs, outputs, proofs] = [join('input'), join('output'), join('proof')];
  const args: AbiArgument[] = [{ words: contexts }, { bytes: inputs }, { bytes: outputs }, { bytes: proofs }];
  const call =
    keyId !== undefined
      ? encodeCall('verifyBatch(bytes32,bytes32[],bytes,bytes,bytes)', [keyWord(keyId), ...args])
      : encodeCall('verifyBatch(bytes32[],bytes,bytes,bytes)', args);
  return {
    contexts: contexts.map(toHex),
    inputs: toHex(inputs),
    outputs: toHex(outputs),
    proofs: toHex(proofs),
    calldata: toHex(call),
  };
}

function keyWord(keyId: Hex): AbiArgument {
  return { word: hex32ToBytes(keyId, 'the key id') };
}
