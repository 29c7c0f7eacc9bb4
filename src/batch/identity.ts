/** What one inference of a batch is known by. */
import { createHash } from 'node:crypto';
import type { Hex } from '../artifacts/types.js';

/** What is proved of every input of a batch. */
export interface BatchSubject {
  readonly modelId: Hex;
  /** What the proofs are bound to. */
  readonly context: Hex;
  /** Where the weights are committed. */
  readonly weightsCommitment?: Hex;
}

/** SHA-256 in lower-case hex. */
export type Identity = string;

const DOMAIN = 'zkinfer inference 1\0';
const NONE = '00'.repeat(32);

/**
 * Identity of an inference: SHA-256 of a domain, the model id, the context, the commitment of the weights (zero where they are fixed) and the
 * quantized input, one byte for each element (two's complement). Equal for equal statements about equal inputs, and for nothing else.
 *
 * @param elements of all input tensors, one after the other, within their dtype
 */
export function inferenceIdentity(subject: BatchSubject, elements: ArrayLike<number>): Identity {
  const { modelId, context, weightsCommitment } = subject;
  const hash = createHash('sha256').update(DOMAIN);
  for (const word of [modelId.slice(2), context.slice(2), weightsCommitment?.slice(2) ?? NONE])
    hash.update(word, 'hex');
  return hash.update(Uint8Array.from(elements, (element) => element & 0xff)).digest('hex');
}
