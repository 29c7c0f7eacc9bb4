/** Verification keys in snarkjs's JSON form. */

import type { WasmCurve } from 'ffjavascript';
import type { VerificationKey } from '../artifacts/types.js';

/** The points of a verification key as ffjavascript has them. */
export interface KeyPoints {
  readonly alpha1: Uint8Array;
  readonly beta2: Uint8Array;
  readonly gamma2: Uint8Array;
  readonly delta2: Uint8Array;
  /** Affine, one after the other: of the constant one, then of each public signal. */
  readonly ic: Uint8Array;
}

/** The verification key in snarkjs's JSON form. */
export function makeVerificationKey(curve: WasmCurve, points: KeyPoints): VerificationKey {
  const size = 2 * curve.G1.F.n8;
  const ic = Array.from({ length: points.ic.length / size }, (_, i) =>
    curve.G1.toObject(points.ic.slice(i * size, (i + 1) * size)),
  );
  return decimals({
    protocol: 'groth16',
    curve: 'bn128',
    nPublic: ic.length - 1,
    vk_alpha_1: curve.G1.toObject(points.alpha1),
    vk_beta_2: curve.G2.toObject(points.beta2),
    vk_gamma_2: curve.G2.toObject(points.gamma2),
    vk_delta_2: curve.G2.toObject(points.delta2),
    vk_alphabeta_12: curve.Gt.toObject(curve.pairing(points.alpha1, points.beta2)),
    IC: ic,
  }) as VerificationKey;
}

/** The contents of verification_key.json. */
export function formatKey(key: VerificationKey): string {
  return `${JSON.stringify(key, null, 1)}\n`;
}

/** The same structure with every bigint as a decimal string. */
function decimals(value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (Array.isArray(value)) return value.map(decimals);
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, decimals(entry)]));
  }
  return value;
}
