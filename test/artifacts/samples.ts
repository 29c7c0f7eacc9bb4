/** Sample documents, typed, for tests of readers and schemas. */
import type { Architecture } from '../../src/artifacts/architecture.js';
import type { OpeningDocument } from '../../src/artifacts/proof-document.js';
import type { Manifest, ProofDocument, VerificationKey } from '../../src/artifacts/types.js';
import type { WeightsFile } from '../../src/artifacts/weights-file.js';

const HASH = 'ab'.repeat(32);

export const SAMPLE_MANIFEST: Manifest = {
  format: 'zkinfer-manifest',
  version: 1,
  versions: { zkinfer: '0.1.0', circom: '2.2.2' },
  modelId: `0x${HASH}`,
  files: { 'model.onnx': { sha256: HASH, bytes: 10 } },
  batch: 1,
  statement: {
    input: 'public',
    output: 'committed',
    inputs: [{ name: 'x', dtype: 'uint8', shape: [1, 4], scale: 0.25, zeroPoint: 3, edge: 'float' }],
    outputs: [{ name: 'y', dtype: 'int8', shape: [1, 3], scale: 0.5, zeroPoint: -7, edge: 'integer' }],
  },
  circuit: { constraints: 10, nonlinear: 7, linear: 3, wires: 12, domainPower: 4 },
  layers: [{ name: 'fc', op: 'Gemm + Relu', shape: [1, 3], macs: 12, constraints: 9, requantized: 3 }],
  certificate: {
    channels: 3,
    powerOfTwo: 1,
    smallMultiplier: 1,
    arbitrary: 1,
    withExceptions: 0,
    exceptions: 0,
    thresholdsChecked: 765,
  },
  setup: { kind: 'ptau', ptauSha256: HASH },
};

const WINDOW = { kernel: [1], strides: [1], dilations: [1], padsBegin: [0], padsEnd: [0] };

export const SAMPLE_ARCHITECTURE: Architecture = {
  inputs: [4],
  steps: [
    { kind: 'move', inputs: [0], sources: [0, 2, 1, 3], fill: 0 },
    { kind: 'maxpool', input: 1, shape: [2, 2], window: WINDOW },
    {
      kind: 'product',
      op: 'Conv',
      input: 2,
      shape: [2, 2],
      window: WINDOW,
      group: 1,
      outChannels: 3,
      pool: { ...WINDOW, kernel: [2] },
      requantization: { divisorBits: 20, base: -128, window: 256, excessBits: 2, slots: 2 },
    },
  ],
  outputs: [3],
};

export const SAMPLE_COMMITTED_MANIFEST: Manifest = {
  ...SAMPLE_MANIFEST,
  statement: { ...SAMPLE_MANIFEST.statement, weights: 'committed' },
  architecture: SAMPLE_ARCHITECTURE,
};

export const SAMPLE_WEIGHTS: WeightsFile = {
  format: 'zkinfer-weights',
  version: 1,
  modelId: `0x${HASH}`,
  commitment: `0x${'01'.repeat(32)}`,
  salt: '77',
  inputs: SAMPLE_MANIFEST.statement.inputs,
  outputs: SAMPLE_MANIFEST.statement.outputs,
  weights: [0, 255, 128, 1, 2, 3],
  numbers: ['-3', '128', '1', '0', '9007199254740991', '-5', '1', '1'],
  exceptions: [0, 70_000, 0, 0, 0, 0],
};

export const SAMPLE_PROOF: ProofDocument = {
  format: 'zkinfer-proof',
  version: 1,
  modelId: `0x${HASH}`,
  statement: { context: `0x${'00'.repeat(32)}`, outputCommitment: '5', C: '1', r: '2', s: '3' },
  input: [0, 255, 7],
  proof: {
    pi_a: ['1', '2', '1'],
    pi_b: [
      ['1', '2'],
      ['3', '4'],
      ['1', '0'],
    ],
    pi_c: ['1', '2', '1'],
    protocol: 'groth16',
    curve: 'bn128',
  },
  publicSignals: ['1', '2', '3'],
};

export const SAMPLE_OPENING: OpeningDocument = {
  format: 'zkinfer-opening',
  version: 1,
  modelId: `0x${HASH}`,
  output: { salt: '77', elements: [-3, 0, 127] },
};

const POINT = ['1', '2', '1'];
const POINT2 = [
  ['1', '2'],
  ['3', '4'],
  ['1', '0'],
];

export const SAMPLE_KEY: VerificationKey = {
  protocol: 'groth16',
  curve: 'bn128',
  nPublic: 3,
  vk_alpha_1: POINT,
  vk_beta_2: POINT2,
  vk_gamma_2: POINT2,
  vk_delta_2: POINT2,
  vk_alphabeta_12: [POINT2, POINT2],
  IC: [POINT, POINT, POINT, POINT],
};
