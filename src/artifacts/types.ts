/** The documents of an artifact directory and of a proof. Their JSON schemas are in docs/. */
import type { Shape } from '../ir/types.js';
import type { Architecture } from './architecture.js';

/** 0x-prefixed lower-case hex, 32 bytes where it names a hash. */
export type Hex = `0x${string}`;

/** Whether a part of the statement is seen by the verifier or only committed to. */
export type Visibility = 'public' | 'committed';

/** Whether the weights are constants of the circuit, or values of the prover that a public commitment binds. */
export type WeightsMode = 'fixed' | 'committed';

/** One input or output tensor as the proof sees it (integers) and as the user sees it (`edge`). */
export interface TensorSpec {
  readonly name: string;
  readonly dtype: 'int8' | 'uint8';
  readonly shape: Shape;
  readonly scale: number;
  readonly zeroPoint: number;
  /** `float`: users give or get real numbers, (de)quantized outside the proof by scale and zeroPoint. */
  readonly edge: 'float' | 'integer';
}

/** What the public values of a statement are; fixes the order of the field elements e_1..e_n (docs: statement). */
export interface StatementLayout {
  readonly input: Visibility;
  readonly output: Visibility;
  /** Absent in manifests that know no other: fixed. */
  readonly weights?: WeightsMode;
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export interface LayerReport {
  /** ONNX node name. */
  readonly name: string;
  /** Operator names as in ONNX, with what was fused: for example `Conv + Relu + MaxPool`. */
  readonly op: string;
  readonly shape: Shape;
  readonly macs: number;
  readonly constraints: number;
  /** Elements that a requantization writes. */
  readonly requantized: number;
}

/** How the requantizations of a model were made exact, by class (docs: exactness). Counts are channels. */
export interface CertificateSummary {
  readonly channels: number;
  readonly powerOfTwo: number;
  readonly smallMultiplier: number;
  readonly arbitrary: number;
  /** Channels that carry exceptional accumulators, and how many in all. */
  readonly withExceptions: number;
  readonly exceptions: number;
  /** Accumulator thresholds that were compared with float32. */
  readonly thresholdsChecked: number;
}

export interface Manifest {
  readonly format: 'zkinfer-manifest';
  readonly version: 1;
  readonly versions: { readonly zkinfer: string; readonly circom: string };
  /**
   * Names the model and its circuit: keccak256("zkinfer/model/1" hash, sha256 of model.onnx, sha256 of circuit.r1cs). With committed
   * weights it names the architecture: keccak256("zkinfer/architecture/1" hash, sha256 of circuit.r1cs).
   */
  readonly modelId: Hex;
  /** By file name: what every command checks before use. */
  readonly files: Readonly<Record<string, { readonly sha256: string; readonly bytes: number }>>;
  /** Inferences that one proof is about: how often the model stands in the circuit. */
  readonly batch: number;
  readonly statement: StatementLayout;
  /** Present exactly where the weights are committed. */
  readonly architecture?: Architecture;
  readonly circuit: {
    readonly constraints: number;
    readonly nonlinear: number;
    readonly linear: number;
    readonly wires: number;
    /** log2 of the proving domain: the ptau power needed. */
    readonly domainPower: number;
  };
  readonly layers: readonly LayerReport[];
  readonly certificate: CertificateSummary;
  /** Absent until `setup` ran. */
  readonly setup?: {
    readonly kind: 'development' | 'ptau';
    /** sha256 of the ptau file, for kind `ptau`. */
    readonly ptauSha256?: string;
    /** For kind `ptau`, where the file comes from; absent from manifests of zkinfer 0.1.0. */
    readonly ptauOrigin?: PtauOrigin;
  };
}

/**
 * Where a powers-of-tau file comes from: it is one that the Hermez ceremony published, it was made by one machine for development, which could
 * forge proofs for every key made from it, or nothing is known of it.
 */
export type PtauOrigin = 'hermez' | 'development' | 'unknown';

/** Groth16 proof in snarkjs's own JSON form. */
export interface SnarkjsProof {
  readonly pi_a: readonly [string, string, string];
  readonly pi_b: readonly [readonly [string, string], readonly [string, string], readonly [string, string]];
  readonly pi_c: readonly [string, string, string];
  readonly protocol: 'groth16';
  readonly curve: 'bn128';
}

/** Verification key in snarkjs's own JSON form. */
export interface VerificationKey {
  readonly protocol: 'groth16';
  readonly curve: 'bn128';
  readonly nPublic: number;
  readonly vk_alpha_1: readonly string[];
  readonly vk_beta_2: readonly (readonly string[])[];
  readonly vk_gamma_2: readonly (readonly string[])[];
  readonly vk_delta_2: readonly (readonly string[])[];
  readonly vk_alphabeta_12: readonly (readonly (readonly string[])[])[];
  readonly IC: readonly (readonly string[])[];
}

/** proof.json: the statement and its proof, whole, for anyone to verify. */
export interface ProofDocument {
  readonly format: 'zkinfer-proof';
  readonly version: 1;
  readonly modelId: Hex;
  readonly statement: {
    readonly context: Hex;
    /** Present where the part is committed: decimal field element. */
    readonly inputCommitment?: string;
    readonly outputCommitment?: string;
    /** Present where the weights are committed: which model of the architecture. */
    readonly weightsCommitment?: string;
    /** Decimal field elements, equal to publicSignals. */
    readonly C: string;
    readonly r: string;
    readonly s: string;
  };
  /** Integer elements, row-major, all input tensors one after the other; present where the input is public. */
  readonly input?: readonly number[];
  readonly output?: readonly number[];
  readonly proof: SnarkjsProof;
  /** [C, r, s], decimal. */
  readonly publicSignals: readonly [string, string, string];
}
