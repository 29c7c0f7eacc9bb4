/** The verification key that a .zkey holds. */

import type { VerificationKey } from '../artifacts/types.js';
import { withSections } from '../circom/iden3-sections.js';
import { localCurve } from './curve.js';
import { makeVerificationKey } from './verification-key.js';
import { readZkeyHeader } from './zkey-header.js';

const G1 = 64;
const G2 = 128;
/** Where the points of section 2 begin: after two primes and three sizes. */
const POINTS = 2 * 36 + 12;

/**
 * Reads the verification key out of a Groth16 proving key over BN254. The points are not checked: see assertKeyPoints.
 * @param source a path, or the file's bytes.
 * @throws ARTIFACT_MISSING, IO; ARTIFACT_FORMAT when the file is damaged, cut, or of another kind.
 */
export async function readVerificationKey(
  source: string | Uint8Array,
  name = 'circuit.zkey',
): Promise<VerificationKey> {
  const { nPublic } = await readZkeyHeader(source, name);
  const curve = await localCurve();
  return withSections(source, { magic: 'zkey', name }, async (file) => {
    const read = (type: number, offset: number, length: number): Promise<Buffer> =>
      file.read({ start: file.sections.get(type)!.start + offset, length });
    // alpha1, beta1, beta2, gamma2, delta1, delta2
    return makeVerificationKey(curve, {
      alpha1: await read(2, POINTS, G1),
      beta2: await read(2, POINTS + 2 * G1, G2),
      gamma2: await read(2, POINTS + 2 * G1 + G2, G2),
      delta2: await read(2, POINTS + 3 * G1 + 2 * G2, G2),
      ic: await read(3, 0, (nPublic + 1) * G1),
    });
  });
}
