/** The portable backend: snarkjs. It keeps worker threads until `terminateCurves`. */

import { groth16 } from 'snarkjs';
import type { SnarkjsProof } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import type { WorkOptions } from '../progress.js';
// Loads circomlibjs before snarkjs makes its curve.
import '../setup/curve.js';
import { readZkeyHeader } from '../setup/zkey-header.js';
import type { BackendProof, ProverBackend } from './backend.js';
import { wtnsLength } from './wtns.js';

export const snarkjsBackend: ProverBackend = {
  name: 'snarkjs',
  available: () => Promise.resolve({ available: true }),
  async prove(zkey, witness, { signal, onProgress }: WorkOptions = {}) {
    const file = typeof zkey === 'string' ? zkey : 'circuit.zkey';
    const { nWires } = await readZkeyHeader(zkey);
    const length = wtnsLength(witness);
    if (length !== nWires) {
      throw new ZkinferError('ARTIFACT_MISMATCH', `the key is for ${nWires} wires, the witness has ${length}`, {
        location: { file },
        hint: 'run setup again after compiling',
      });
    }
    throwIfAborted(signal);
    onProgress?.({ stage: 'proving' });
    try {
      const { proof, publicSignals } = await cancellable(groth16.prove(zkey, witness), signal);
      return {
        proof: proof as unknown as SnarkjsProof,
        publicSignals: publicSignals.map(String),
      } satisfies BackendProof;
    } catch (cause) {
      if (cause instanceof ZkinferError) throw cause;
      throw new ZkinferError('ARTIFACT_FORMAT', 'snarkjs cannot prove with this key', {
        cause,
        location: { file },
        hint: 'run setup again',
      });
    }
  },
};

/** Gives up waiting when cancelled. snarkjs itself cannot be stopped short of `terminateCurves`. */
function cancellable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new ZkinferError('ABORTED', 'cancelled', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
