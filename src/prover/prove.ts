/** From integer tensors to a verified proof document. */

import type { Hex, Manifest, ProofDocument, VerificationKey } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { ZERO_CONTEXT } from '../statement/challenge.js';
import { commitPart, partShape, type PartName } from '../statement/elements.js';
import { buildStatement, randomFieldElement } from '../statement/statement.js';
import type { BackendOptions, BackendProof, LoadedKey, ProverBackend } from './backend.js';
import { chooseBackend } from './backends.js';
import type { Groth16Check } from './pairing-check.js';
import { verifyProofDocument } from './verify.js';
import { WitnessGenerator, type WitnessInputs } from './witness.js';

export interface ProveSource {
  readonly manifest: Pick<Manifest, 'modelId' | 'statement'>;
  /** circuit.wasm: loaded, or its path or bytes. */
  readonly witnessGenerator: WitnessGenerator | string | Uint8Array;
  /** circuit.zkey: loaded, or its path or bytes. */
  readonly zkey: LoadedKey | string | Uint8Array;
  readonly verificationKey: VerificationKey;
  /** Integer elements of all input tensors, one after the other. */
  readonly input: ArrayLike<number>;
  /** Integer elements of all output tensors, as the reference gives them for that input. */
  readonly output: ArrayLike<number>;
  /** 32 bytes in hex that bind the proof to its use; zero by default. */
  readonly context?: Hex;
  /** Of committed parts; drawn at random where not given. */
  readonly inputSalt?: bigint;
  readonly outputSalt?: bigint;
  /** Where the weights are committed: their commitment, and the circuit's inputs that open it. */
  readonly weights?: { readonly commitment: bigint; readonly inputs: WitnessInputs };
  /** Of a key that is not loaded. Default: the fastest that is available. */
  readonly backend?: ProverBackend;
}

export interface ProvenStatement {
  readonly document: ProofDocument;
  /** Private: with the elements, they open the commitments. Present for committed parts. */
  readonly inputSalt?: bigint;
  readonly outputSalt?: bigint;
}

/**
 * Proves that the model gives `output` for `input`, and verifies the proof before handing it out.
 * @throws INPUT_SHAPE, INPUT_VALUE; CHECK_FAILED when the circuit does not give this output; ARTIFACT_MISSING, ARTIFACT_FORMAT,
 *   ARTIFACT_MISMATCH for the files; KEY_UNSAFE; ABORTED. Messages never hold values.
 */
export async function proveStatement(source: ProveSource, options: BackendOptions = {}): Promise<ProvenStatement> {
  const { manifest, context = ZERO_CONTEXT } = source;
  const { signal, onProgress } = options;
  const opened = {
    input: await openPart(source, 'input', source.inputSalt),
    output: await openPart(source, 'output', source.outputSalt),
  };
  const statement = await buildStatement({
    layout: manifest.statement,
    modelId: manifest.modelId,
    context,
    values: {
      input: source.input,
      output: source.output,
      ...(opened.input && { inputCommitment: opened.input.commitment }),
      ...(opened.output && { outputCommitment: opened.output.commitment }),
      ...(source.weights && { weightsCommitment: source.weights.commitment }),
    },
  });
  throwIfAborted(signal);

  onProgress?.({ stage: 'calculating witness' });
  const inputs: WitnessInputs = {
    C: statement.C,
    r: statement.r,
    s: statement.s,
    x: Array.from(source.input),
    ...(opened.input && { inputSalt: opened.input.salt }),
    ...(opened.output && { outputSalt: opened.output.salt }),
    ...source.weights?.inputs,
  };
  const { witnessGenerator } = source;
  const generator =
    witnessGenerator instanceof WitnessGenerator ? witnessGenerator : await WitnessGenerator.load(witnessGenerator);
  const witness = await generator.calculate(inputs);
  throwIfAborted(signal);

  const { proof, check } = await proveWitness(source, witness, options);
  throwIfAborted(signal);
  const [C, r, s] = [statement.C.toString(), statement.r.toString(), statement.s.toString()];
  const document: ProofDocument = {
    format: 'zkinfer-proof',
    version: 1,
    modelId: manifest.modelId,
    statement: {
      context,
      ...(opened.input && { inputCommitment: opened.input.commitment.toString() }),
      ...(opened.output && { outputCommitment: opened.output.commitment.toString() }),
      ...(source.weights && { weightsCommitment: source.weights.commitment.toString() }),
      C,
      r,
      s,
    },
    ...(opened.input ? {} : { input: Array.from(source.input) }),
    ...(opened.output ? {} : { output: Array.from(source.output) }),
    proof,
    publicSignals: [C, r, s],
  };
  onProgress?.({ stage: 'verifying' });
  await assertProven(source, document, check);
  return {
    document,
    ...(opened.input && { inputSalt: opened.input.salt }),
    ...(opened.output && { outputSalt: opened.output.salt }),
  };
}

async function proveWitness(
  { zkey, backend }: Pick<ProveSource, 'zkey' | 'backend'>,
  witness: Uint8Array,
  options: BackendOptions,
): Promise<BackendProof & { readonly check: Groth16Check | undefined }> {
  if (typeof zkey === 'object' && 'prove' in zkey) {
    return { ...(await zkey.prove(witness, options)), check: zkey.check };
  }
  const chosen = backend ?? (await chooseBackend());
  return { ...(await chosen.prove(zkey, witness, options)), check: chosen.check };
}

interface OpenedPart {
  readonly salt: bigint;
  readonly commitment: bigint;
}

/** Salt and commitment of a committed part; undefined for a public one. */
async function openPart(source: ProveSource, part: PartName, given?: bigint): Promise<OpenedPart | undefined> {
  const layout = source.manifest.statement;
  const { dtype, count } = partShape(layout, part);
  const elements = source[part];
  if (elements.length !== count) {
    throw new ZkinferError('INPUT_SHAPE', `the ${part} has ${elements.length} elements instead of ${count}`);
  }
  if (layout[part] === 'public') return undefined;
  const salt = given ?? randomFieldElement();
  return { salt, commitment: await commitPart(elements, dtype, salt) };
}

/** A proof that does not verify never leaves: the key is for another circuit, or the backend is at fault. */
async function assertProven(
  { manifest, verificationKey }: ProveSource,
  document: ProofDocument,
  check: Groth16Check | undefined,
): Promise<void> {
  const verdict = await verifyProofDocument({ manifest, verificationKey, document, ...(check && { check }) });
  if (verdict.valid) return;
  throw new ZkinferError('ARTIFACT_MISMATCH', `the new proof does not verify: ${verdict.reason}`, {
    hint: 'proving key, verification key and circuit do not belong together: run setup again',
  });
}
