/** Proofs from an artifact directory. */
import { readFileBytes } from '../artifacts/files.js';
import { checkFiles, readJsonFile, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import { parseVerificationKey, type OpeningDocument } from '../artifacts/proof-document.js';
import type { Hex, Manifest, ProofDocument, VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import type { SampleTensor } from '../inputs/types.js';
import type { WorkOptions } from '../progress.js';
import { proveStatement } from '../prover/prove.js';
import { WitnessGenerator } from '../prover/witness.js';
import { modelFromBytes, type LoadedModel } from './load-model.js';
import { joinElements, runModel, type OutputTensor } from './run.js';

/** A model with its keys in memory, for many proofs. */
export interface Prover {
  readonly manifest: Manifest;
  readonly model: LoadedModel;
  readonly witnessGenerator: WitnessGenerator;
  /** The proving key: its bytes, or its path where it is too large for one buffer. */
  readonly zkey: Uint8Array | string;
  readonly verificationKey: VerificationKey;
}

export interface ProveOptions extends WorkOptions {
  /** 32 bytes that bind the proof to its use. Default: zero. */
  readonly context?: Hex;
  /** Salts of committed parts. Default: random. Must never be used twice nor be guessable. */
  readonly inputSalt?: bigint;
  readonly outputSalt?: bigint;
}

export interface ProvenInference {
  readonly document: ProofDocument;
  readonly outputs: readonly OutputTensor[];
  /** Present where a part is committed. Private: keep it from everyone who must not know the committed values. */
  readonly opening?: OpeningDocument;
}

/** Files that a prover uses, all checked against the manifest. */
const PROVER_FILES = [
  ArtifactName.model,
  ArtifactName.constraints,
  ArtifactName.witnessProgram,
  ArtifactName.provingKey,
  ArtifactName.verificationKey,
] as const;

/** Node reads no file of 2 GiB or more into one buffer. */
const LARGEST_BUFFER = 2 ** 31 - 1;

/**
 * Reads and checks everything that proving needs.
 *
 * @throws ARTIFACT_MISSING (before `setup`), ARTIFACT_MISMATCH, ARTIFACT_FORMAT, IO, ABORTED
 */
export async function loadProver(dir: string, { signal, onProgress }: WorkOptions = {}): Promise<Prover> {
  onProgress?.({ stage: 'checking artifacts' });
  const manifest = await readManifest(dir);
  if (manifest.setup === undefined) {
    throw new ZkinferError('ARTIFACT_MISSING', `${dir} has no keys yet`, {
      location: { file: artifactPath(dir, ArtifactName.provingKey) },
      hint: 'run `zkinfer setup` first',
    });
  }
  await checkFiles(dir, manifest, PROVER_FILES, signal);
  const zkeyPath = artifactPath(dir, ArtifactName.provingKey);
  const isSmall = manifest.files[ArtifactName.provingKey]!.bytes < LARGEST_BUFFER;
  return {
    manifest,
    model: modelFromBytes(await readFileBytes(artifactPath(dir, ArtifactName.model)), manifest.batch),
    witnessGenerator: await WitnessGenerator.load(artifactPath(dir, ArtifactName.witnessProgram)),
    zkey: isSmall ? await readFileBytes(zkeyPath) : zkeyPath,
    verificationKey: await readVerificationKey(artifactPath(dir, ArtifactName.verificationKey)),
  };
}

/**
 * Evaluates the model and proves the result. The proof is verified before it is returned.
 *
 * @param inputs one per model input: the tensors of a sample
 * @throws INPUT_SHAPE, INPUT_VALUE, ARTIFACT_MISMATCH when the files do not belong together, ABORTED
 */
export async function proveInference(
  prover: Prover,
  inputs: readonly SampleTensor[],
  options: ProveOptions = {},
): Promise<ProvenInference> {
  const { manifest, witnessGenerator, zkey, verificationKey } = prover;
  const { context, inputSalt, outputSalt, ...work } = options;
  const outputs = runModel(prover.model, inputs);
  const input = joinElements(
    manifest.statement.inputs.map(({ name }) => inputs.find((tensor) => tensor.name === name)!),
  );
  const output = joinElements(outputs);
  const proven = await proveStatement(
    {
      manifest,
      witnessGenerator,
      zkey,
      verificationKey,
      input,
      output,
      ...(context === undefined ? {} : { context }),
      ...(inputSalt === undefined ? {} : { inputSalt }),
      ...(outputSalt === undefined ? {} : { outputSalt }),
    },
    work,
  );
  const opening: OpeningDocument = {
    format: 'zkinfer-opening',
    version: 1,
    modelId: manifest.modelId,
    ...(proven.inputSalt === undefined ? {} : { input: { salt: proven.inputSalt.toString(), elements: input } }),
    ...(proven.outputSalt === undefined ? {} : { output: { salt: proven.outputSalt.toString(), elements: output } }),
  };
  const isCommitted = opening.input !== undefined || opening.output !== undefined;
  return { document: proven.document, outputs, ...(isCommitted ? { opening } : {}) };
}

/**
 * Reads a verification key in snarkjs's form.
 *
 * @throws IO, ARTIFACT_FORMAT
 */
export async function readVerificationKey(path: string): Promise<VerificationKey> {
  return parseVerificationKey(await readJsonFile(path), path);
}
