/** Proofs that came out of a queue, checked: nothing that a queue holds is trusted. */
import { parseOpening, parseProofDocument, type OpeningDocument } from '../artifacts/proof-document.js';
import type { ProofDocument } from '../artifacts/types.js';
import { inferenceIdentity, type BatchSubject } from '../batch/identity.js';
import { ZkinferError } from '../errors.js';
import { verifyProofDocument, type VerifySource } from '../prover/verify.js';
import { commitPart } from '../statement/elements.js';
import { commitmentElement } from './commit.js';
import type { Verifier } from './verify.js';

/** What a proof from a queue must be of. */
export interface ExpectedProof {
  readonly verifier: Verifier;
  readonly subject: BatchSubject;
  readonly identity: string;
  /** What judges the proof itself. Default: portable. */
  readonly check?: VerifySource['check'];
}

export interface QueueProof {
  readonly document: ProofDocument;
  /** Where one was kept. */
  readonly opening?: OpeningDocument;
}

/**
 * @param stored as the queue has it
 * @returns the proof, or why it is none of the expected input. Of a committed input without an opening nobody can say
 */
export async function readQueueProof(
  expected: ExpectedProof,
  stored: { readonly proof?: unknown; readonly opening?: unknown },
): Promise<QueueProof | string> {
  const { verifier, subject, identity, check } = expected;
  const { context, weightsCommitment } = subject;
  const verdict = await verifyProofDocument({
    ...verifier,
    document: stored.proof,
    context,
    ...(weightsCommitment === undefined ? {} : { weightsCommitment: commitmentElement(weightsCommitment) }),
    ...(check === undefined ? {} : { check }),
  });
  if (!verdict.valid) return verdict.reason;
  const document = parseProofDocument(stored.proof);
  const opening = stored.opening === undefined ? undefined : await readOpening(verifier, document, stored.opening);
  if (typeof opening === 'string') return opening;
  const input = document.input ?? opening?.input?.elements;
  if (input !== undefined && inferenceIdentity(subject, input) !== identity) return 'it is the proof of another input';
  return opening === undefined ? { document } : { document, opening };
}

/** An opening that opens the proof's commitments, or why it does not. */
async function readOpening(
  { manifest }: Verifier,
  { statement }: ProofDocument,
  stored: unknown,
): Promise<OpeningDocument | string> {
  try {
    const opening = parseOpening(stored);
    for (const part of ['input', 'output'] as const) {
      const opened = opening[part];
      if (opened === undefined) continue;
      const { dtype } = manifest.statement[`${part}s`][0]!;
      const commitment = await commitPart(opened.elements, dtype, BigInt(opened.salt));
      if (commitment.toString() !== statement[`${part}Commitment`]) return 'its opening is another one’s';
    }
    return opening;
  } catch (error) {
    if (error instanceof ZkinferError) return error.message;
    throw error;
  }
}
