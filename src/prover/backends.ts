/** Which backend makes a proof. */

import { ZkinferError } from '../errors.js';
import type { ProverBackend } from './backend.js';
import { nativeBackend } from './native-backend.js';
import { snarkjsBackend } from './snarkjs-backend.js';

/** From fast to slow; the last one is always available. */
export const BACKENDS = [nativeBackend, snarkjsBackend] as const satisfies readonly ProverBackend[];

export const BACKEND_NAMES = ['native', 'snarkjs'] as const;
export type BackendName = (typeof BACKEND_NAMES)[number];

/**
 * The backend of a name; without a name, the fastest that is available.
 * @throws TOOL_FAILED when the named one is not available.
 */
export async function chooseBackend(name?: BackendName): Promise<ProverBackend> {
  for (const backend of BACKENDS) {
    if (name !== undefined && backend.name !== name) continue;
    const verdict = await backend.available();
    if (verdict.available) return backend;
    if (name !== undefined) {
      throw new ZkinferError('TOOL_FAILED', `the backend ${name} is not available: ${verdict.reason}`, {
        hint: verdict.hint ?? 'use the backend snarkjs',
      });
    }
  }
  return snarkjsBackend;
}
