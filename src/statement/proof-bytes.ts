/** The 288 bytes that contracts take as `proof` (docs: statement, section "Encoding for contracts"). */

import type { SnarkjsProof } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { fromBytesBE, isFieldElement, toBytesBE } from '../hash/field.js';

/** Order q of BN254's base field, in which point coordinates live. */
export const BASE_FIELD = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;

export const PROOF_BYTES = 288;

/** The statement's commitment C and the proof, as contracts take them. */
export interface EncodedProofParts {
  readonly C: bigint;
  readonly proof: SnarkjsProof;
}

/**
 * C || A.x || A.y || B.x.c1 || B.x.c0 || B.y.c1 || B.y.c0 || C_proof.x || C_proof.y, 32 bytes big-endian each.
 * @throws ARTIFACT_FORMAT when C, a coordinate or the form of the proof is out of range; a point at infinity is refused.
 */
export function encodeProof(C: bigint, proof: SnarkjsProof): Uint8Array {
  if (!isFieldElement(C)) throw damaged('C is not a field element');
  const [bx, by] = [proof.pi_b[0], proof.pi_b[1]];
  const coordinates = [...affine(proof.pi_a), bx[1], bx[0], by[1], by[0], ...affine(proof.pi_c)].map(coordinate);
  if (proof.pi_b[2][0] !== '1' || proof.pi_b[2][1] !== '0') throw damaged('a proof point is not affine');
  const bytes = new Uint8Array(PROOF_BYTES);
  [C, ...coordinates].forEach((value, i) => bytes.set(toBytesBE(value), 32 * i));
  return bytes;
}

/**
 * The inverse of encodeProof. Whether the points lie on the curve is left to verification.
 * @throws ARTIFACT_FORMAT for another length or a number out of range.
 */
export function decodeProof(bytes: Uint8Array): EncodedProofParts {
  if (bytes.length !== PROOF_BYTES) throw damaged(`it has ${bytes.length} bytes instead of ${PROOF_BYTES}`);
  const word = (i: number): bigint => fromBytesBE(bytes.subarray(32 * i, 32 * i + 32));
  const at = (i: number): string => coordinate(word(i).toString()).toString();
  const C = word(0);
  if (!isFieldElement(C)) throw damaged('C is not a field element');
  return {
    C,
    proof: {
      pi_a: [at(1), at(2), '1'],
      pi_b: [
        [at(4), at(3)],
        [at(6), at(5)],
        ['1', '0'],
      ],
      pi_c: [at(7), at(8), '1'],
      protocol: 'groth16',
      curve: 'bn128',
    },
  };
}

function affine(point: readonly [string, string, string]): [string, string] {
  if (point[2] !== '1') throw damaged('a proof point is not affine');
  return [point[0], point[1]];
}

function coordinate(text: string): bigint {
  if (!/^(0|[1-9][0-9]{0,77})$/.test(text)) throw damaged('a coordinate is not a decimal number');
  const value = BigInt(text);
  if (value >= BASE_FIELD) throw damaged('a coordinate is not a base field element');
  return value;
}

function damaged(what: string): ZkinferError {
  return new ZkinferError('ARTIFACT_FORMAT', `the proof is damaged: ${what}`);
}
