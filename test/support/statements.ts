/** Manifests and statements with simulated proofs, for tests of contracts. */
import type {
  Hex,
  Manifest,
  ProofDocument,
  SnarkjsProof,
  StatementLayout,
  TensorSpec,
  Visibility,
  WeightsMode,
} from '../../src/artifacts/types.js';
import { toHex } from '../../src/hash/bytes.js';
import { keccak256 } from '../../src/hash/keccak.js';
import { ZERO_CONTEXT } from '../../src/statement/challenge.js';
import { partShape } from '../../src/statement/elements.js';
import { buildStatement, type Statement } from '../../src/statement/statement.js';
import { simulateProof } from './simulated-key.js';

export const ONNX_SHA256: Hex = `0x${'5e'.repeat(32)}`;
export const MODEL_ID: Hex = toHex(keccak256(new TextEncoder().encode('a model')));

export function tensor(
  name: string,
  dtype: TensorSpec['dtype'],
  shape: readonly number[],
  scale = 0.0078125,
): TensorSpec {
  return { name, dtype, shape, scale, zeroPoint: dtype === 'int8' ? -3 : 7, edge: 'float' };
}

export interface LayoutChoice {
  readonly input?: Visibility;
  readonly output?: Visibility;
  readonly inputs?: readonly TensorSpec[];
  readonly outputs?: readonly TensorSpec[];
  readonly weights?: WeightsMode;
}

/** A 784-byte uint8 image and 10 int8 scores, both public, where not chosen otherwise. */
export function layoutOf(choice: LayoutChoice = {}): StatementLayout {
  return {
    input: 'public',
    output: 'public',
    inputs: [tensor('image', 'uint8', [1, 1, 28, 28])],
    outputs: [tensor('scores', 'int8', [1, 10])],
    ...choice,
  };
}

export function manifestOf(statement: StatementLayout, changes: Partial<Manifest> = {}): Manifest {
  return {
    format: 'zkinfer-manifest',
    version: 1,
    versions: { zkinfer: '0.1.0', circom: '2.2.3' },
    modelId: MODEL_ID,
    files: { 'model.onnx': { sha256: ONNX_SHA256.slice(2), bytes: 1 } },
    batch: 1,
    statement,
    circuit: { constraints: 2, nonlinear: 2, linear: 0, wires: 6, domainPower: 3 },
    layers: [],
    certificate: {
      channels: 0,
      powerOfTwo: 0,
      smallMultiplier: 0,
      arbitrary: 0,
      withExceptions: 0,
      exceptions: 0,
      thresholdsChecked: 0,
    },
    setup: { kind: 'ptau', ptauSha256: '00'.repeat(32) },
    ...changes,
  };
}

/** The manifest as `compile` leaves it. */
export function manifestBeforeSetup(statement: StatementLayout): Manifest {
  const manifest: { setup?: Manifest['setup'] } & Omit<Manifest, 'setup'> = { ...manifestOf(statement) };
  delete manifest.setup;
  return manifest;
}

/** Elements that vary, deterministic in the seed, the dtype's extremes among them. */
export function elementsOf(layout: StatementLayout, part: 'input' | 'output', seed = 1): number[] {
  const { dtype, count } = partShape(layout, part);
  let state = Math.imul(seed, 0x9e37_79b1) >>> 0;
  return Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const byte = state >>> 24;
    return dtype === 'int8' ? byte - 128 : byte;
  });
}

export interface StatementChoice {
  readonly context?: Hex;
  readonly seed?: number;
  /** Elements of both parts, where they are not to be pseudo-random. */
  readonly values?: { readonly input: readonly number[]; readonly output: readonly number[] };
  /** Makes the proof of the three signals; by default the simulator of the simulated key. */
  readonly prove?: (signals: readonly [bigint, bigint, bigint]) => SnarkjsProof | Promise<SnarkjsProof>;
}

export interface ProvenStatement {
  readonly document: ProofDocument;
  readonly statement: Statement;
}

/** What statements with committed weights are about. */
export const WEIGHTS_COMMITMENT = 0x5eed_0f_a11_7e57n;

interface ChosenValues {
  input?: readonly number[];
  output?: readonly number[];
  inputCommitment?: bigint;
  outputCommitment?: bigint;
  weightsCommitment?: bigint;
}

/** A proof document of a statement about pseudo-random elements (or commitments). */
export async function provenStatement(manifest: Manifest, choice: StatementChoice = {}): Promise<ProvenStatement> {
  const { context = ZERO_CONTEXT, seed = 1, prove = simulateProof } = choice;
  const layout = manifest.statement;
  const values: ChosenValues = {};
  if (layout.input === 'public') values.input = choice.values?.input ?? elementsOf(layout, 'input', seed);
  else values.inputCommitment = 0x1234_5678n + BigInt(seed);
  if (layout.output === 'public') values.output = choice.values?.output ?? elementsOf(layout, 'output', seed + 1);
  else values.outputCommitment = 0x8765_4321n + BigInt(seed);
  if (layout.weights === 'committed') values.weightsCommitment = WEIGHTS_COMMITMENT;
  const statement = await buildStatement({ layout, modelId: manifest.modelId, context, values });
  const signals = [statement.C, statement.r, statement.s] as const;
  const decimal = (value: bigint): string => value.toString();
  const document: ProofDocument = {
    format: 'zkinfer-proof',
    version: 1,
    modelId: manifest.modelId,
    statement: {
      context,
      ...(values.inputCommitment === undefined ? {} : { inputCommitment: decimal(values.inputCommitment) }),
      ...(values.outputCommitment === undefined ? {} : { outputCommitment: decimal(values.outputCommitment) }),
      ...(values.weightsCommitment === undefined ? {} : { weightsCommitment: decimal(values.weightsCommitment) }),
      C: decimal(statement.C),
      r: decimal(statement.r),
      s: decimal(statement.s),
    },
    ...(values.input === undefined ? {} : { input: values.input }),
    ...(values.output === undefined ? {} : { output: values.output }),
    proof: await prove(signals),
    publicSignals: [decimal(statement.C), decimal(statement.r), decimal(statement.s)],
  };
  return { document, statement };
}
