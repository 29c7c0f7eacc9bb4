/** The Groth16 equation, on the calling thread. */

import type { SnarkjsProof, VerificationKey } from '../artifacts/types.js';
import { localCurve } from '../setup/curve.js';
import { isG1Point, isG2Point } from '../setup/key-check.js';

/** What judges proofs: checkGroth16, or the native one that says the same. */
export type Groth16Check = (
  key: VerificationKey,
  publicSignals: readonly bigint[],
  proof: SnarkjsProof,
) => Promise<boolean>;

/**
 * Whether e(A, B) = e(alpha, beta) e(sum of s_i IC_i, gamma) e(C, delta) (Groth 2016, section 3.2), with A, B, C in their groups.
 * @param publicSignals canonical field elements, as many as the key has.
 * @param proof coordinates canonical decimals, no point at infinity; `key` checked by assertKeySafe.
 */
export async function checkGroth16(
  key: VerificationKey,
  publicSignals: readonly bigint[],
  proof: SnarkjsProof,
): Promise<boolean> {
  const curve = await localCurve();
  const { G1, G2 } = curve;
  if (!isG1Point(curve, proof.pi_a) || !isG2Point(curve, proof.pi_b) || !isG1Point(curve, proof.pi_c)) return false;
  const g1 = (point: readonly string[]): Uint8Array => G1.fromObject(point.map(BigInt));
  const g2 = (point: readonly (readonly string[])[]): Uint8Array =>
    G2.fromObject(point.map((pair) => pair.map(BigInt)));
  if (publicSignals.length + 1 !== key.IC.length) return false;
  const input = publicSignals.reduce(
    (sum, signal, i) => G1.add(sum, G1.timesScalar(g1(key.IC[i + 1]!), signal)),
    G1.timesScalar(g1(key.IC[0]!), 1n),
  );
  return curve.pairingEq(
    G1.neg(g1(proof.pi_a)),
    g2(proof.pi_b),
    g1(key.vk_alpha_1),
    g2(key.vk_beta_2),
    input,
    g2(key.vk_gamma_2),
    g1(proof.pi_c),
    g2(key.vk_delta_2),
  );
}
