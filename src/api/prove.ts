/** Proofs from an artifact directory. */
import { readFileBytes } from '../artifacts/files.js';
import { checkFiles, readJsonFile, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import { parseVerificationKey, type OpeningDocument } from '../artifacts/proof-document.js';
import type { Hex, Manifest, ProofDocument, TensorSpec, VerificationKey } from '../artifacts/types.js';
import type { WeightsFile } from '../artifacts/weights-file.js';
import { ZkinferError } from '../errors.js';
import type { SampleTensor } from '../inputs/types.js';
import type { BackendOptions, LoadedKey } from '../prover/backend.js';
import { chooseBackend, type BackendName } from '../prover/backends.js';
import { proveStatement } from '../prover/prove.js';
import { WitnessGenerator } from '../prover/witness.js';
import { evaluateCommitted } from '../plan/committed/evaluate.js';
import { checkWeights, commitmentElement, readWeightsFile, weightInputs } from './commit.js';
import { modelFromBytes, type LoadedModel } from './load-model.js';
import { joinElements, runModel, splitElements, type OutputTensor } from './run.js';

/** A model with its keys in memory, for many proofs. */
export interface Prover {
  readonly manifest: Manifest;
  /** Tensors that it takes, with the model's scales and zero points. */
  readonly inputs: readonly TensorSpec[];
  /** What is evaluated: the model, or with committed weights its numbers. */
  readonly model: LoadedModel | WeightsFile;
  readonly witnessGenerator: WitnessGenerator;
  /** The proving key, prepared by one of the backends. */
  readonly key: LoadedKey;
  readonly verificationKey: VerificationKey;
  /** Gives up the key's memory; there are no more proofs then. */
  release(): void;
}

export interface ProveOptions extends BackendOptions {
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

export interface LoadOptions extends BackendOptions {
  /** What makes the proofs. Default: the fastest that is available. */
  readonly backend?: BackendName;
  /** Needed where the weights are committed: a file that `commitModel` gave, or its path. */
  readonly weights?: string | WeightsFile;
}

/** Files that a prover uses, all checked against the manifest; the model too, where the weights are fixed. */
const PROVER_FILES = [
  ArtifactName.constraints,
  ArtifactName.witnessProgram,
  ArtifactName.provingKey,
  ArtifactName.verificationKey,
] as const;

/**
 * Reads and checks everything that proving needs.
 *
 * @throws ARTIFACT_MISSING (before `setup`), ARTIFACT_MISMATCH, ARTIFACT_FORMAT, IO, ABORTED; USAGE where weights are missing, or given
 *   though they are fixed; TOOL_FAILED when the backend is not available
 */
export async function loadProver(dir: string, options: LoadOptions = {}): Promise<Prover> {
  await chooseBackend(options.backend);
  return openProver(dir, await checkProver(dir, options), options);
}

/**
 * The first half of loadProver: checks everything and loads nothing.
 *
 * @throws as loadProver
 */
export async function checkProver(
  dir: string,
  { signal, onProgress, weights }: Pick<LoadOptions, 'signal' | 'onProgress' | 'weights'> = {},
): Promise<Manifest> {
  onProgress?.({ stage: 'checking artifacts' });
  const manifest = await readManifest(dir);
  if (manifest.setup === undefined) {
    throw new ZkinferError('ARTIFACT_MISSING', `${dir} has no keys yet`, {
      location: { file: artifactPath(dir, ArtifactName.provingKey) },
      hint: 'run `zkinfer setup` first',
    });
  }
  const isCommitted = manifest.statement.weights === 'committed';
  if (isCommitted !== (weights !== undefined)) {
    throw isCommitted
      ? new ZkinferError('USAGE', `${dir} takes the weights from a file`, {
          hint: 'make one with `zkinfer commit MODEL DIR` and give it with --weights',
        })
      : new ZkinferError('USAGE', `${dir} was compiled with fixed weights`, { hint: 'leave --weights out' });
  }
  await checkFiles(dir, manifest, proverFiles(manifest), signal);
  return manifest;
}

/** Files that proving takes, but for the manifest itself and weights that are committed. */
export function proverFiles({ statement }: Manifest): readonly ArtifactName[] {
  return statement.weights === 'committed' ? PROVER_FILES : [ArtifactName.model, ...PROVER_FILES];
}

/**
 * The second half: loads files that have been checked.
 *
 * @throws as loadProver
 */
export async function openProver(
  dir: string,
  manifest: Manifest,
  options: LoadOptions & { readonly witnessGenerator?: WitnessGenerator } = {},
): Promise<Prover> {
  const backend = await chooseBackend(options.backend);
  const model =
    options.weights === undefined
      ? modelFromBytes(await readFileBytes(artifactPath(dir, ArtifactName.model)), manifest.batch)
      : await loadWeights(options.weights, manifest);
  const witnessGenerator = options.witnessGenerator ?? (await loadWitnessGenerator(dir));
  const verificationKey = await readVerificationKey(artifactPath(dir, ArtifactName.verificationKey));
  const key = await backend.loadKey(artifactPath(dir, ArtifactName.provingKey), options);
  return {
    manifest,
    inputs: model.inputs,
    model,
    witnessGenerator,
    key,
    verificationKey,
    release: () => key.release(),
  };
}

/** @throws ARTIFACT_MISSING, ARTIFACT_FORMAT, IO */
export function loadWitnessGenerator(dir: string): Promise<WitnessGenerator> {
  return WitnessGenerator.load(artifactPath(dir, ArtifactName.witnessProgram));
}

async function loadWeights(weights: string | WeightsFile, manifest: Manifest): Promise<WeightsFile> {
  if (typeof weights === 'string') return readWeightsFile(weights, manifest);
  await checkWeights(weights, manifest);
  return weights;
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
  const { manifest, witnessGenerator, key, verificationKey } = prover;
  const { context, inputSalt, outputSalt, ...work } = options;
  const { model } = prover;
  const input = joinElements(prover.inputs.map(({ name }) => inputTensor(inputs, name)));
  const outputs =
    'graph' in model
      ? runModel(model, inputs)
      : splitElements(model.outputs, evaluateCommitted(manifest.architecture!, model, input));
  const output = joinElements(outputs);
  const proven = await proveStatement(
    {
      manifest,
      witnessGenerator,
      zkey: key,
      verificationKey,
      input,
      output,
      ...(context === undefined ? {} : { context }),
      ...(inputSalt === undefined ? {} : { inputSalt }),
      ...(outputSalt === undefined ? {} : { outputSalt }),
      ...('graph' in model
        ? {}
        : { weights: { commitment: commitmentElement(model.commitment), inputs: weightInputs(model) } }),
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

function inputTensor(inputs: readonly SampleTensor[], name: string): SampleTensor {
  const tensor = inputs.find((input) => input.name === name);
  if (tensor) return tensor;
  throw new ZkinferError('INPUT_SHAPE', `the input ${name} is missing`, { location: { tensor: name } });
}

/**
 * Reads a verification key in snarkjs's form.
 *
 * @throws IO, ARTIFACT_FORMAT
 */
export async function readVerificationKey(path: string): Promise<VerificationKey> {
  return parseVerificationKey(await readJsonFile(path), path);
}
