/** Verification of a proof document, trusting nothing in it. */

import { parseProofDocument } from '../artifacts/proof-document.js';
import type { Hex, Manifest, ProofDocument, StatementLayout, VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { assertKeySafe } from '../setup/key-check.js';
import { partShape, type PartName } from '../statement/elements.js';
import { buildStatement } from '../statement/statement.js';
import { checkGroth16, type Groth16Check } from './pairing-check.js';

export interface VerifySource {
  /** Trusted: which model and which layout the statement must have. */
  readonly manifest: Pick<Manifest, 'modelId' | 'statement'>;
  /** Trusted: the key of that model's circuit. */
  readonly verificationKey: VerificationKey;
  /** Not trusted: parsed JSON of any form. */
  readonly document: unknown;
  /** If given, the context that the proof must be bound to. */
  readonly context?: Hex;
  /** If given, the commitment of the weights that the proof must be about. */
  readonly weightsCommitment?: bigint;
  /** What judges the proof itself. Default: checkGroth16. */
  readonly check?: Groth16Check;
}

export type Verdict = { readonly valid: true } | { readonly valid: false; readonly reason: string };

/**
 * Whether a document proves its statement: its form is right, its public signals are those of its own values and context under the
 * manifest's model, and its proof holds for them. Never throws because of the document.
 * @throws KEY_UNSAFE, ARTIFACT_FORMAT for the verification key; MODEL_UNSUPPORTED for the layout.
 */
export async function verifyProofDocument(source: VerifySource): Promise<Verdict> {
  const { manifest, verificationKey } = source;
  assertKeySafe(verificationKey);
  const counts = {
    input: partShape(manifest.statement, 'input').count,
    output: partShape(manifest.statement, 'output').count,
  };
  let document: ProofDocument;
  try {
    assertLengths(source.document, counts);
    document = parseProofDocument(source.document);
  } catch (error) {
    return invalid(error instanceof ZkinferError ? error.message : 'the document cannot be read');
  }
  if (document.modelId !== manifest.modelId) return invalid('the proof is for another model');
  if (source.context !== undefined && document.statement.context !== source.context) {
    return invalid('the proof is bound to another context');
  }
  const { weightsCommitment } = document.statement;
  if (source.weightsCommitment !== undefined && weightsCommitment !== source.weightsCommitment.toString()) {
    return invalid('the proof is about other weights');
  }
  const misplaced = misplacedPart(document, manifest.statement);
  if (misplaced !== undefined) return invalid(misplaced);
  return checkSignalsAndProof(document, manifest.statement, verificationKey, source.check ?? checkGroth16);
}

async function checkSignalsAndProof(
  document: ProofDocument,
  layout: StatementLayout,
  key: VerificationKey,
  check: Groth16Check,
): Promise<Verdict> {
  const { statement, input, output, publicSignals } = document;
  let expected: readonly bigint[];
  try {
    const { C, r, s } = await buildStatement({
      layout,
      modelId: document.modelId,
      context: statement.context,
      values: {
        ...(input === undefined ? {} : { input }),
        ...(output === undefined ? {} : { output }),
        ...commitment('inputCommitment', statement.inputCommitment),
        ...commitment('outputCommitment', statement.outputCommitment),
        ...commitment('weightsCommitment', statement.weightsCommitment),
      },
    });
    expected = [C, r, s];
  } catch (error) {
    return invalid(error instanceof ZkinferError ? error.message : 'its statement cannot be built');
  }
  const names = ['C', 'r', 's'];
  const wrong = expected.findIndex((value, i) => publicSignals[i] !== value.toString());
  if (wrong !== -1) return invalid(`the public signal ${names[wrong]} is not that of the statement`);
  const holds = await check(key, expected, document.proof);
  return holds ? { valid: true } : invalid('the proof does not hold for its public signals');
}

function commitment<K extends string>(name: K, text: string | undefined): Partial<Record<K, bigint>> {
  return (text === undefined ? {} : { [name]: BigInt(text) }) as Partial<Record<K, bigint>>;
}

/** Refuses wrong lengths before every element is looked at. */
function assertLengths(document: unknown, counts: Readonly<Record<PartName, number>>): void {
  if (typeof document !== 'object' || document === null) return;
  for (const part of ['input', 'output'] as const) {
    const elements = (document as Partial<Record<PartName, unknown>>)[part];
    if (Array.isArray(elements) && elements.length !== counts[part]) {
      throw new ZkinferError('INPUT_SHAPE', `the ${part} has ${elements.length} elements instead of ${counts[part]}`);
    }
  }
}

function misplacedPart(document: ProofDocument, layout: StatementLayout): string | undefined {
  const commitments = { input: document.statement.inputCommitment, output: document.statement.outputCommitment };
  for (const part of ['input', 'output'] as const) {
    const isPublic = layout[part] === 'public';
    if ((document[part] !== undefined) !== isPublic || (commitments[part] === undefined) !== isPublic) {
      return isPublic ? `the ${part} must be given by its elements` : `the ${part} must be given by its commitment`;
    }
  }
  const { weightsCommitment } = document.statement;
  if ((weightsCommitment !== undefined) !== (layout.weights === 'committed')) {
    return weightsCommitment === undefined ? 'the weights must be given by their commitment' : 'the weights are fixed';
  }
  return undefined;
}

function invalid(reason: string): Verdict {
  return { valid: false, reason };
}
