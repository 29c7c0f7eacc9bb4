/** Whether a contract may be made from a key. */

import type { Manifest, VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { isDevelopmentKey } from './development.js';
import { readContractKey } from './key.js';

export interface ExportPolicy {
  /** Accept the key of a development setup, whose maker can forge proofs. The contract then says so. */
  readonly allowDevelopmentKey?: boolean;
}

/**
 * Refuses keys that no contract may rely on. A key that anyone can forge for (gamma equal to delta, for one) is refused whatever the policy;
 * one that its maker can forge for only by default.
 * @throws KEY_UNSAFE, ARTIFACT_MISSING before setup, ARTIFACT_FORMAT when it is not a key for the three signals of a statement.
 */
export function assertExportable(
  manifest: Manifest,
  verificationKey: VerificationKey,
  { allowDevelopmentKey = false }: ExportPolicy = {},
): void {
  readContractKey(verificationKey);
  if (isDevelopmentKey(manifest) && !allowDevelopmentKey) {
    throw new ZkinferError('KEY_UNSAFE', 'the key comes from a development setup: whoever ran it can forge proofs', {
      hint: 'run setup with a ptau file, or pass --allow-development-key for a contract that is marked as such',
    });
  }
}
