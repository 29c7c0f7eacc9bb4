/** The Groth16 equation in native code. */

import type { SnarkjsProof, VerificationKey } from '../artifacts/types.js';
import { requireNative } from '../native/load.js';
import { nativeError } from '../native/work.js';

const WORD = 32;

/**
 * What checkGroth16 says, in about a millisecond. Keys are prepared once and remembered.
 * @throws KEY_UNSAFE where a point of the key is not in its group; TOOL_FAILED where native code is not available.
 */
export function checkGroth16Native(
  key: VerificationKey,
  publicSignals: readonly bigint[],
  proof: SnarkjsProof,
): Promise<boolean> {
  return new Promise((resolve) => resolve(check(key, publicSignals, proof)));
}

function check(key: VerificationKey, publicSignals: readonly bigint[], proof: SnarkjsProof): boolean {
  const addon = requireNative('verifyGroth16');
  if (![proof.pi_a, proof.pi_c].every(isAffineG1) || !isAffineG2(proof.pi_b)) return false;
  const signals = words(publicSignals);
  const points = words([...g1(proof.pi_a), ...g2(proof.pi_b), ...g1(proof.pi_c)]);
  if (signals === undefined || points === undefined) return false;
  const { vk_alpha_1, vk_beta_2, vk_gamma_2, vk_delta_2, IC } = key;
  const keyWords = words([...g1(vk_alpha_1), ...[vk_beta_2, vk_gamma_2, vk_delta_2].flatMap(g2), ...IC.flatMap(g1)]);
  try {
    return addon.verifyGroth16(keyWords ?? new Uint8Array(), signals, points);
  } catch (error) {
    throw nativeError(error, { hint: 'run setup again' });
  }
}

function isAffineG1(point: readonly string[]): boolean {
  return point[2] === '1';
}

function isAffineG2(point: readonly (readonly string[])[]): boolean {
  return point[2]![0] === '1' && point[2]![1] === '0';
}

function g1(point: readonly string[]): bigint[] {
  return point.slice(0, 2).map(BigInt);
}

function g2(point: readonly (readonly string[])[]): bigint[] {
  return point.slice(0, 2).flatMap((pair) => pair.map(BigInt));
}

/** 32 bytes each, little-endian; undefined where one has no place in them. */
function words(values: readonly bigint[]): Uint8Array | undefined {
  const bytes = new Uint8Array(WORD * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) {
    if (value < 0n || value >> 256n !== 0n) return undefined;
    for (let j = 0; j < 4; j++) view.setBigUint64(WORD * i + 8 * j, BigInt.asUintN(64, value >> BigInt(64 * j)), true);
  }
  return bytes;
}
