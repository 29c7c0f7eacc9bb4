/**
 * Groth16 setup by a single party, straight from the constraints (Groth 2016, https://eprint.iacr.org/2016/260, section 3.2), in the file
 * formats of snarkjs. Whoever runs it could forge proofs if they kept the secrets, so its keys are for development only; they carry a mark.
 */

import { writeFileAtomic } from '../artifacts/files.js';
import type { VerificationKey } from '../artifacts/types.js';
import { missingNative } from '../native/load.js';
import type { WorkOptions } from '../progress.js';
import { writeNativeKey } from './development-native.js';
import { writePortableKey } from './development-portable.js';
import { assertKeySafe } from './key-check.js';
import { formatKey } from './verification-key.js';

export interface SetupPaths {
  /** Read: the circuit. */
  readonly r1cs: string;
  /** Written: the proving key. */
  readonly zkey: string;
  /** Written: the verification key, snarkjs's JSON. */
  readonly verificationKey: string;
}

export interface DevelopmentOptions extends WorkOptions {
  /** Worker threads; default: the number of CPUs, at most 16. */
  readonly threads?: number;
}

/**
 * Makes a development key: in native code where the addon is there, else in JavaScript. The secrets are drawn from the system's CSPRNG and
 * never leave the function that uses them.
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for the circuit; KEY_UNSAFE when it has not the three public signals of a statement;
 *   MODEL_UNSUPPORTED when it is too large for the curve; TOOL_FAILED when memory is short; IO; ABORTED.
 */
export async function setupDevelopment(paths: SetupPaths, options: DevelopmentOptions = {}): Promise<VerificationKey> {
  const writeKey = missingNative('developmentKey') === undefined ? writeNativeKey : writePortableKey;
  const key = await writeKey(paths, options);
  assertKeySafe(key);
  await writeFileAtomic(paths.verificationKey, formatKey(key));
  return key;
}
