/** Keys that their maker can forge for. */

import type { Manifest } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';

/**
 * Whether the artifacts' key is from a development setup.
 * @throws ARTIFACT_MISSING when no setup ran.
 */
export function isDevelopmentKey(manifest: Manifest): boolean {
  if (manifest.setup === undefined) {
    throw new ZkinferError('ARTIFACT_MISSING', 'the manifest names no setup', {
      location: { file: 'manifest.json' },
      hint: 'run zkinfer setup first',
    });
  }
  return manifest.setup.kind !== 'ptau';
}
