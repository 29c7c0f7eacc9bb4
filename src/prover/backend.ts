/** What makes proofs. Every backend gives proofs that snarkjs and the contracts verify; none is trusted (see prove). */

import type { SnarkjsProof } from '../artifacts/types.js';
import type { WorkOptions } from '../progress.js';
import type { Groth16Check } from './pairing-check.js';

/** A proof with the public signals that the witness has, decimal. */
export interface BackendProof {
  readonly proof: SnarkjsProof;
  readonly publicSignals: readonly string[];
}

export interface BackendOptions extends WorkOptions {
  /** How many threads one proof takes; default: the number of CPUs. A backend may know no other number than its own. */
  readonly threads?: number;
}

/** A proving key that is ready for many proofs, of which several may be under way at a time. */
export interface LoadedKey {
  /** Name of the backend. */
  readonly backend: string;
  readonly nWires: number;
  readonly nPublic: number;
  /** What judges its proofs before they are handed out. Default: checkGroth16. */
  readonly check?: Groth16Check;
  /**
   * Proves that a witness satisfies the circuit of the key.
   * @param witness a .wtns file.
   * @throws ARTIFACT_FORMAT for the witness; ARTIFACT_MISMATCH when it is of another circuit; ABORTED.
   */
  prove(witness: Uint8Array, options?: BackendOptions): Promise<BackendProof>;
  /** Gives up its memory, once the proofs that are under way are done. Afterwards there are no more proofs: they throw INTERNAL. */
  release(): void;
}

export type Availability =
  { readonly available: true } | { readonly available: false; readonly reason: string; readonly hint?: string };

export interface ProverBackend {
  /** Short name, as given on the command line. */
  readonly name: string;
  /** What judges its proofs before they are handed out. Default: checkGroth16. */
  readonly check?: Groth16Check;
  /** Whether it can run on this machine, and if not, why. */
  available(): Promise<Availability>;
  /**
   * Prepares a key for many proofs.
   * @param zkey path of the .zkey, which must stay as it is while the key is in use, or its bytes.
   * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT, IO; TOOL_FAILED where the backend is not available; ABORTED.
   */
  loadKey(zkey: string | Uint8Array, options?: BackendOptions): Promise<LoadedKey>;
  /**
   * One proof: loads the key, proves, and releases it.
   * @throws as loadKey and LoadedKey.prove.
   */
  prove(zkey: string | Uint8Array, witness: Uint8Array, options?: BackendOptions): Promise<BackendProof>;
}

/** What `prove` of a backend does, by its `loadKey`. */
export async function proveOnce(
  { loadKey }: Pick<ProverBackend, 'loadKey'>,
  zkey: string | Uint8Array,
  witness: Uint8Array,
  options?: BackendOptions,
): Promise<BackendProof> {
  const key = await loadKey(zkey, options);
  try {
    return await key.prove(witness, options);
  } finally {
    key.release();
  }
}
