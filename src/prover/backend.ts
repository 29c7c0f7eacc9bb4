/** What makes proofs. Every backend gives proofs that snarkjs and the contracts verify; none is trusted (see prove). */

import type { SnarkjsProof } from '../artifacts/types.js';
import type { WorkOptions } from '../progress.js';

/** A proof with the public signals that the witness has, decimal. */
export interface BackendProof {
  readonly proof: SnarkjsProof;
  readonly publicSignals: readonly string[];
}

export interface ProverBackend {
  /** Short name, as given on the command line. */
  readonly name: string;
  /** Whether it can run on this machine, and if not, why. */
  available(): Promise<{ readonly available: true } | { readonly available: false; readonly reason: string }>;
  /**
   * Proves that a witness satisfies the circuit of a key.
   * @param zkey path of the .zkey, or its bytes, to keep a key in memory for many proofs.
   * @param witness a .wtns file.
   * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for key or witness; ARTIFACT_MISMATCH when they belong to different circuits; ABORTED.
   */
  prove(zkey: string | Uint8Array, witness: Uint8Array, options?: WorkOptions): Promise<BackendProof>;
}
