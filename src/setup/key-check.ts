/** What a verification key must fulfil before anything relies on it. */

import type { PointObject, WasmCurve } from 'ffjavascript';
import type { VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { SNARK_FIELD } from '../hash/field.js';
import { BASE_FIELD } from '../statement/proof-bytes.js';
import { localCurve } from './curve.js';

/** Public signals of every circuit: C, r, s. */
const PUBLIC_SIGNALS = 3;

/**
 * Refuses keys that anyone could forge for: gamma equal to delta (a setup that nobody contributed to), a point at infinity, or another
 * number of public signals than a statement has.
 * @throws KEY_UNSAFE for those, ARTIFACT_FORMAT when it is no Groth16 key over BN254.
 */
export function assertKeySafe(key: VerificationKey): void {
  assertKeyForm(key);
  assertPublicSignals(key.nPublic);
  if (samePoint(key.vk_gamma_2, key.vk_delta_2)) {
    throw unsafe('gamma equals delta, so anyone can forge proofs', 'contribute to the setup before using its key');
  }
  const g1 = [key.vk_alpha_1, ...key.IC];
  const g2 = [key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2];
  if (g1.some((point) => point[2] !== '1') || g2.some((point) => point[2]![0] !== '1' || point[2]![1] !== '0')) {
    throw unsafe('one of its points is at infinity or not affine');
  }
}

/**
 * Refuses another number of public signals than a statement has.
 * @throws KEY_UNSAFE.
 */
export function assertPublicSignals(count: number): void {
  if (count !== PUBLIC_SIGNALS) throw unsafe(`it has ${count} public signals instead of ${PUBLIC_SIGNALS}`);
}

/**
 * assertKeySafe, and that every point lies on the curve and those of G2 in the subgroup of order p.
 * @throws KEY_UNSAFE, ARTIFACT_FORMAT.
 */
export async function assertKeyPoints(key: VerificationKey): Promise<void> {
  assertKeySafe(key);
  const curve = await localCurve();
  const g1 = [key.vk_alpha_1, ...key.IC];
  const g2 = [key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2];
  const sound = g1.every((point) => isG1Point(curve, point)) && g2.every((point) => isG2Point(curve, point));
  if (!sound) throw unsafe('one of its points is not in its group');
}

/** Whether affine coordinates (decimal) are a point of G1. */
export function isG1Point(curve: WasmCurve, point: readonly string[]): boolean {
  return curve.G1.isValid(curve.G1.fromObject(point.map(BigInt)));
}

/** Whether affine coordinates (decimal pairs) are a point of the twist in the subgroup of order p, as EIP-197 asks. */
export function isG2Point(curve: WasmCurve, point: readonly (readonly string[])[]): boolean {
  const object: PointObject = point.map((pair) => pair.map(BigInt));
  const bytes = curve.G2.fromObject(object);
  return curve.G2.isValid(bytes) && curve.G2.isZero(curve.G2.timesScalar(bytes, SNARK_FIELD));
}

/** Whether `text` is a canonical decimal element of BN254's base field. */
export function isCoordinate(text: unknown): text is string {
  return typeof text === 'string' && /^(0|[1-9][0-9]{0,77})$/.test(text) && BigInt(text) < BASE_FIELD;
}

function assertKeyForm(key: VerificationKey): void {
  const isG1 = (point: unknown): boolean => Array.isArray(point) && point.length === 3 && point.every(isCoordinate);
  const isG2 = (point: unknown): boolean =>
    Array.isArray(point) &&
    point.length === 3 &&
    point.every((pair) => Array.isArray(pair) && pair.length === 2 && pair.every(isCoordinate));
  const sound =
    typeof key === 'object' &&
    key !== null &&
    key.protocol === 'groth16' &&
    key.curve === 'bn128' &&
    isG1(key.vk_alpha_1) &&
    [key.vk_beta_2, key.vk_gamma_2, key.vk_delta_2].every(isG2) &&
    Array.isArray(key.IC) &&
    key.IC.length === key.nPublic + 1 &&
    key.IC.every(isG1);
  if (!sound) {
    throw new ZkinferError('ARTIFACT_FORMAT', 'the verification key is not a Groth16 key over BN254', {
      hint: 'run setup again',
    });
  }
}

function samePoint(a: readonly (readonly string[])[], b: readonly (readonly string[])[]): boolean {
  return a.every((pair, i) => pair.every((coordinate, j) => coordinate === b[i]![j]));
}

function unsafe(what: string, hint = 'run setup again'): ZkinferError {
  return new ZkinferError('KEY_UNSAFE', `the key must not be used: ${what}`, { hint });
}
