/** Inputs and proofs as a market has them. */
import type { OpeningDocument, PartOpening } from '../artifacts/proof-document.js';
import type { Hex, Manifest, ProofDocument } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { toHex } from '../hash/bytes.js';
import { toBytesBE } from '../hash/field.js';
import type { SampleTensor } from '../inputs/types.js';
import { elementCount } from '../ir/types.js';
import { commitPart, partShape, tensorBytes } from '../statement/elements.js';
import { randomFieldElement } from '../statement/statement.js';
import { joinElements, type OutputTensor, splitElements } from './run.js';

export interface RequestInput {
  /** What the request says: the bytes of the input, or its commitment. */
  readonly input: Hex;
  /** Where the input is committed: what the prover needs besides. Private: it goes to the prover off chain, and to nobody else. */
  readonly opening?: OpeningDocument;
}

/**
 * The input of a request: everybody can read it, unless the model was compiled for committed inputs.
 *
 * @param inputs one per model input: the tensors of a sample
 * @param salt of a committed input. Default: random
 * @throws INPUT_SHAPE, INPUT_VALUE
 */
export async function requestInput(
  manifest: Pick<Manifest, 'modelId' | 'statement'>,
  inputs: readonly SampleTensor[],
  salt: bigint = randomFieldElement(),
): Promise<RequestInput> {
  const { statement, modelId } = manifest;
  const elements = joinElements(
    statement.inputs.map(({ name }) => {
      const tensor = inputs.find((input) => input.name === name);
      if (tensor) return tensor;
      throw new ZkinferError('INPUT_SHAPE', `the input ${name} is missing`, { location: { tensor: name } });
    }),
  );
  const { dtype, count } = partShape(statement, 'input');
  if (elements.length !== count) {
    throw new ZkinferError('INPUT_SHAPE', `the input has ${elements.length} elements instead of ${count}`);
  }
  if (statement.input === 'public') return { input: toHex(tensorBytes(elements, dtype)) };
  const opening: OpeningDocument = {
    format: 'zkinfer-opening',
    version: 1,
    modelId,
    input: { salt: salt.toString(), elements },
  };
  return { input: await inputCommitment(manifest, opening.input!), opening };
}

/** The commitment that an opening opens, 32 bytes. @throws INPUT_SHAPE, INPUT_VALUE for elements that are none of the model */
export async function inputCommitment(
  { statement }: Pick<Manifest, 'statement'>,
  { salt, elements }: PartOpening,
): Promise<Hex> {
  const { dtype, count } = partShape(statement, 'input');
  if (elements.length !== count) {
    throw new ZkinferError('INPUT_SHAPE', `the opening has ${elements.length} elements instead of ${count}`);
  }
  return toHex(toBytesBE(await commitPart(elements, dtype, BigInt(salt))));
}

/** The tensors whose bytes a request with a public input holds. @throws INPUT_SHAPE for another number of bytes */
export function requestTensors({ statement }: Pick<Manifest, 'statement'>, input: Hex): SampleTensor[] {
  const bytes = Buffer.from(input.slice(2), 'hex');
  const { dtype, count } = partShape(statement, 'input');
  if (bytes.length !== count) {
    throw new ZkinferError('INPUT_SHAPE', `the request has ${bytes.length} bytes of input instead of ${count}`);
  }
  return tensorsOf({ statement }, dtype === 'int8' ? Int8Array.from(bytes) : bytes);
}

/** The elements of a part as the tensors of a model. */
export function tensorsOf({ statement }: Pick<Manifest, 'statement'>, elements: ArrayLike<number>): SampleTensor[] {
  let from = 0;
  return statement.inputs.map(({ name, shape }) => {
    const integers = Int32Array.from({ length: elementCount(shape) }, (_, i) => elements[from + i]!);
    from += integers.length;
    return { name, integers };
  });
}

/** The output tensors of the bytes that a delivery gives. @throws ARTIFACT_MISMATCH for another number of bytes than the model gives */
export function deliveredTensors({ statement }: Pick<Manifest, 'statement'>, output: Hex): OutputTensor[] {
  const bytes = Buffer.from(output.slice(2), 'hex');
  const { dtype, count } = partShape(statement, 'output');
  if (bytes.length !== count) {
    throw new ZkinferError('ARTIFACT_MISMATCH', `the output has ${bytes.length} bytes instead of ${count}`);
  }
  return splitElements(statement.outputs, [...(dtype === 'int8' ? Int8Array.from(bytes) : bytes)]);
}

/** @throws ARTIFACT_MISMATCH when a proof was made for another use than the one that it is sent to */
export function assertContext({ statement }: ProofDocument, context: Hex): void {
  if (statement.context === context) return;
  throw new ZkinferError('ARTIFACT_MISMATCH', 'the proof is bound to another request, prover, market or chain', {
    hint: `prove again with --context ${context}, or name with --prover whom it was made for`,
  });
}
