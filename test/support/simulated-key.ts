/**
 * A Groth16 key whose toxic waste is known. Its owner can simulate a proof of any three public signals (Groth 2016, section 3.2: the
 * simulator), which tests of verifiers need and which no real key may allow.
 */
import type { SnarkjsProof, VerificationKey } from '../../src/artifacts/types.js';
import { g1, g2, inverse, mod, P, type Fp2Element, type Point } from './bn254.js';

export interface ToxicWaste {
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly gamma: bigint;
  readonly delta: bigint;
  /** One more than there are public signals. */
  readonly ic: readonly bigint[];
}

export const TOXIC_WASTE: ToxicWaste = {
  alpha: 0x1f0c_83a9_5e21_77d4_0b66n,
  beta: 0x2a91_4cd0_03be_f8e7_9153n,
  gamma: 0x37e5_b86a_d412_60c9_8fa1n,
  delta: 0x4d0a_6f13_9c85_e2b7_7d3bn,
  ic: [0x5b23_91fen, 0x6c48_d27bn, 0x7f91_0a35n, 0x8e67_bc19n],
};

export function simulatedKey(waste: ToxicWaste = TOXIC_WASTE): VerificationKey {
  return {
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: waste.ic.length - 1,
    vk_alpha_1: g1Json(g1(waste.alpha)),
    vk_beta_2: g2Json(g2(waste.beta)),
    vk_gamma_2: g2Json(g2(waste.gamma)),
    vk_delta_2: g2Json(g2(waste.delta)),
    vk_alphabeta_12: [],
    IC: waste.ic.map((scalar) => g1Json(g1(scalar))),
  };
}

/**
 * A valid proof of the public signals with A = a*G and B = b*G.
 * @param error makes it invalid where it is not zero: added to the logarithm of C_proof, so that the left side of the pairing equation is
 * e(G, -delta)^error instead of 1
 */
export function simulateProof(
  signals: readonly bigint[],
  waste: ToxicWaste = TOXIC_WASTE,
  [a, b] = [0x1234_5678_9abc_def1n, 0x0fed_cba9_8765_4321n],
  error = 0n,
): SnarkjsProof {
  const vkX = signals.reduce((sum, signal, i) => sum + signal * (waste.ic[i + 1] as bigint), waste.ic[0] as bigint);
  const c = mod((a * b - waste.alpha * waste.beta - vkX * waste.gamma) * inverse(waste.delta, P) + error, P);
  return {
    pi_a: g1Json(g1(a)),
    pi_b: g2Json(g2(b)),
    pi_c: g1Json(g1(c)),
    protocol: 'groth16',
    curve: 'bn128',
  };
}

function g1Json({ x, y }: Point<bigint>): [string, string, string] {
  return [x.toString(), y.toString(), '1'];
}

function g2Json({ x, y }: Point<Fp2Element>): [[string, string], [string, string], [string, string]] {
  return [
    [x[0].toString(), x[1].toString()],
    [y[0].toString(), y[1].toString()],
    ['1', '0'],
  ];
}
