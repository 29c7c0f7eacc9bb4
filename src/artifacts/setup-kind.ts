/** What a manifest's record of its setup means. */

import type { Manifest } from './types.js';

/** Whether whoever made the key could forge proofs: one machine made it, or the powers of tau that it comes from. */
export function isSinglePartySetup(setup: NonNullable<Manifest['setup']>): boolean {
  return setup.kind !== 'ptau' || setup.ptauOrigin === 'development';
}
