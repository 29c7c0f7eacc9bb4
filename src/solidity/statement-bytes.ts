/** The parts of a proof document as contracts take them (docs: statement, "Encoding for contracts"). */

import type { Manifest, ProofDocument } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { hex32ToBytes } from '../hash/bytes.js';
import { isFieldElement, toBytesBE } from '../hash/field.js';
import { partShape, tensorBytes, type PartName } from '../statement/elements.js';
import { encodeProof } from '../statement/proof-bytes.js';

export interface StatementBytes {
  readonly input: Uint8Array;
  readonly output: Uint8Array;
  /** 288 bytes. */
  readonly proof: Uint8Array;
  /** 32 bytes. */
  readonly context: Uint8Array;
}

/**
 * Input, output, proof and context of a document. Does not verify it.
 * @throws ARTIFACT_MISMATCH for a proof of another model, INPUT_SHAPE and INPUT_VALUE for values that do not fit the statement,
 * ARTIFACT_FORMAT for a damaged proof.
 */
export function statementBytes(document: ProofDocument, manifest: Manifest): StatementBytes {
  if (document.modelId !== manifest.modelId) {
    throw new ZkinferError('ARTIFACT_MISMATCH', 'the proof is of another model', {
      hint: 'use the artifact directory that the proof was made with',
    });
  }
  return {
    input: partBytes(document, manifest, 'input'),
    output: partBytes(document, manifest, 'output'),
    proof: encodeProof(decimal(document.statement.C, 'C'), document.proof),
    context: hex32ToBytes(document.statement.context, 'the context'),
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
