/** Commitments to the weights of a model. */
import { readFileBytes } from '../artifacts/files.js';
import { readJsonFile, readManifest } from '../artifacts/manifest.js';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Architecture } from '../artifacts/architecture.js';
import type { Hex, Manifest } from '../artifacts/types.js';
import type { CommittedNumbers, WeightsFile } from '../artifacts/weights-file.js';
import { parseWeightsFile } from '../artifacts/weights-file.js';
import { ZkinferError } from '../errors.js';
import { hex32ToBytes, toHex } from '../hash/bytes.js';
import { fromBytesBE, isFieldElement, toBytesBE, toField } from '../hash/field.js';
import { numbersOf, packedParts } from '../plan/committed/weights.js';
import { committedLayout } from '../plan/committed/geometry.js';
import { commitWeights } from '../statement/weights.js';
import { randomFieldElement } from '../statement/statement.js';
import type { WitnessInputs } from '../prover/witness.js';
import { modelFromBytes } from './load-model.js';

export interface CommitOptions {
  /** Default: random. Whoever knows it can test guesses of the weights against the commitment. */
  readonly salt?: bigint;
}

/**
 * Lays out the weights of a model for the circuit of an artifact directory and commits to them.
 *
 * @param dir made by `compileModel` with committed weights, from this model or another of its architecture
 * @returns what proving needs instead of the model. Private: it holds the weights.
 * @throws IO, ARTIFACT_MISSING, ARTIFACT_FORMAT; ARTIFACT_MISMATCH for a directory with fixed weights; MODEL_* where the model has another
 *   architecture or does not fit its widths: every layer at once
 */
export async function commitModel(modelPath: string, dir: string, options: CommitOptions = {}): Promise<WeightsFile> {
  const manifest = await readManifest(dir);
  const architecture = architectureOf(manifest, dir);
  const model = modelFromBytes(await readFileBytes(modelPath));
  for (const [specs, compiled] of [
    [model.inputs, manifest.statement.inputs],
    [model.outputs, manifest.statement.outputs],
  ] as const) {
    const other = specs.find(({ dtype }, i) => dtype !== compiled[i]?.dtype);
    if (!other) continue;
    throw new ZkinferError('MODEL_UNSUPPORTED', `the tensor ${other.name} has another dtype than in the architecture`, {
      location: { tensor: other.name },
      hint: 'compile this model to a directory of its own',
    });
  }
  const numbers = numbersOf(model.graph, architecture);
  const salt = options.salt ?? randomFieldElement();
  return {
    format: 'zkinfer-weights',
    version: 1,
    modelId: manifest.modelId,
    commitment: await commitmentOf(numbers, architecture, salt),
    salt: salt.toString(),
    inputs: model.inputs,
    outputs: model.outputs,
    ...numbers,
  };
}

/** The architecture of a directory. @throws ARTIFACT_MISMATCH where its weights are fixed */
export function architectureOf(manifest: Manifest, dir: string): Architecture {
  if (manifest.architecture !== undefined) return manifest.architecture;
  throw new ZkinferError('ARTIFACT_MISMATCH', `${dir} was compiled with fixed weights`, {
    location: { file: artifactPath(dir, ArtifactName.manifest) },
    hint: 'compile it with --weights committed',
  });
}

/**
 * Reads a weights file and checks that it is whole and belongs to a directory.
 * @throws IO, ARTIFACT_FORMAT, ARTIFACT_MISMATCH. Messages never hold values.
 */
export async function readWeightsFile(path: string, manifest: Manifest): Promise<WeightsFile> {
  const file = parseWeightsFile(await readJsonFile(path), path);
  await checkWeights(file, manifest, path);
  return file;
}

/** @throws ARTIFACT_MISMATCH where the numbers are not those of the commitment, or laid out for another architecture */
export async function checkWeights(file: WeightsFile, manifest: Manifest, path = 'weights'): Promise<void> {
  const architecture = manifest.architecture!;
  const mismatch = (message: string): ZkinferError =>
    new ZkinferError('ARTIFACT_MISMATCH', message, { location: { file: path }, hint: 'run `zkinfer commit` again' });
  if (file.modelId !== manifest.modelId) throw mismatch(`${path} is for another architecture`);
  const { sizes } = committedLayout(architecture.steps);
  const isWhole = (['weights', 'numbers', 'exceptions'] as const).every((part) => file[part].length === sizes[part]);
  if (!isWhole || (await commitmentOf(file, architecture, BigInt(file.salt))) !== file.commitment) {
    throw mismatch(`${path} does not hold the numbers that its commitment names`);
  }
}

async function commitmentOf(numbers: CommittedNumbers, { steps }: Architecture, salt: bigint): Promise<Hex> {
  const elements = numbers.numbers.map((number) => toField(BigInt(number)));
  return toHex(toBytesBE(await commitWeights(salt, packedParts(numbers, steps), elements)));
}

/** Inputs of the circuit that hold the weights. */
export function weightInputs({ salt, weights, numbers, exceptions }: WeightsFile): WitnessInputs {
  return { weightsSalt: salt, weights, numbers, ...(exceptions.length > 0 ? { exceptions } : {}) };
}

/**
 * A weights commitment as the statement holds it.
 * @throws USAGE when it is no field element in hex
 */
export function commitmentElement(commitment: string): bigint {
  const value = fromBytesBE(hex32ToBytes(commitment, 'a weights commitment'));
  if (isFieldElement(value)) return value;
  throw new ZkinferError('USAGE', 'the weights commitment is not a field element', {
    hint: 'copy it from the output of `zkinfer commit`',
  });
}
