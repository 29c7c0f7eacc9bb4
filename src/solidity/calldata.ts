/** Calls of a verifier contract as bytes, from a proof document. */

import type { Hex, Manifest, ProofDocument } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { hex32ToBytes, toHex } from '../hash/bytes.js';
import { isFieldElement, toBytesBE } from '../hash/field.js';
import { keccak256 } from '../hash/keccak.js';
import { partShape, tensorBytes, type PartName } from '../statement/elements.js';
import { encodeProof } from '../statement/proof-bytes.js';

/** What `verifyInference` or `verifyInferenceFor` takes, and the whole call. */
export interface ProofCalldata {
  readonly input: Hex;
  readonly output: Hex;
  readonly proof: Hex;
  readonly context: Hex;
  /** ABI-encoded call: of `verifyInferenceFor` where the context is not zero. */
  readonly calldata: Hex;
}

const VERIFY = 'verifyInference(bytes,bytes,bytes)';
const VERIFY_FOR = 'verifyInferenceFor(bytes32,bytes,bytes,bytes)';

/**
 * Encodes a proof for the contract of its model (docs: statement, "Encoding for contracts"). Does not verify it.
 * @throws ARTIFACT_MISMATCH for a proof of another model, INPUT_SHAPE and INPUT_VALUE for values that do not fit the statement,
 * ARTIFACT_FORMAT for a damaged proof.
 */
export function proofCalldata(document: ProofDocument, manifest: Manifest): ProofCalldata {
  if (document.modelId !== manifest.modelId) {
    throw new ZkinferError('ARTIFACT_MISMATCH', 'the proof is of another model', {
      hint: 'use the artifact directory that the proof was made with',
    });
  }
  const input = partBytes(document, manifest, 'input');
  const output = partBytes(document, manifest, 'output');
  const proof = encodeProof(decimal(document.statement.C, 'C'), document.proof);
  const context = hex32ToBytes(document.statement.context, 'the context');
  const call = context.some((byte) => byte !== 0)
    ? encodeCall(VERIFY_FOR, [context], [input, output, proof])
    : encodeCall(VERIFY, [], [input, output, proof]);
  return {
    input: toHex(input),
    output: toHex(output),
    proof: toHex(proof),
    context: toHex(context),
    calldata: toHex(call),
  };
}

function partBytes(document: ProofDocument, manifest: Manifest, part: PartName): Uint8Array {
  const layout = manifest.statement;
  if (layout[part] === 'committed') {
    const { inputCommitment, outputCommitment } = document.statement;
    const commitment = part === 'input' ? inputCommitment : outputCommitment;
    if (commitment === undefined) throw new ZkinferError('INPUT_SHAPE', `the commitment of the ${part} is missing`);
    return toBytesBE(decimal(commitment, `the commitment of the ${part}`));
  }
  const elements = document[part];
  const { dtype, count } = partShape(layout, part);
  if (elements?.length !== count) {
    throw new ZkinferError('INPUT_SHAPE', `the ${part} has ${elements?.length ?? 0} elements instead of ${count}`);
  }
  return tensorBytes(elements, dtype);
}

function decimal(text: string, what: string): bigint {
  const value = /^(0|[1-9][0-9]{0,77})$/.test(text) ? BigInt(text) : -1n;
  if (!isFieldElement(value)) throw new ZkinferError('ARTIFACT_FORMAT', `${what} is not a field element`);
  return value;
}

/**
 * Solidity's ABI for static words followed by `bytes` arguments: selector, words, offsets, then each length and its bytes padded to
 * whole words.
 */
function encodeCall(signature: string, words: readonly Uint8Array[], parts: readonly Uint8Array[]): Uint8Array {
  const selector = keccak256(new TextEncoder().encode(signature)).subarray(0, 4);
  const offsets: Uint8Array[] = [];
  let offset = 32 * (words.length + parts.length);
  for (const part of parts) {
    offsets.push(toBytesBE(BigInt(offset)));
    offset += 32 + paddedLength(part);
  }
  const tails = parts.flatMap((part) => [
    toBytesBE(BigInt(part.length)),
    part,
    new Uint8Array(paddedLength(part) - part.length),
  ]);
  return Uint8Array.from(Buffer.concat([selector, ...words, ...offsets, ...tails]));
}

function paddedLength(bytes: Uint8Array): number {
  return 32 * Math.ceil(bytes.length / 32);
}
