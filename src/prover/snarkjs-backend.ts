/** The portable backend: snarkjs. It keeps worker threads until `terminateCurves`. */

import { readFile, stat } from 'node:fs/promises';
import { groth16 } from 'snarkjs';
import { asIoError } from '../artifacts/files.js';
import type { SnarkjsProof } from '../artifacts/types.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
// Loads circomlibjs before snarkjs makes its curve.
import '../setup/curve.js';
import { readZkeyHeader } from '../setup/zkey-header.js';
import type { BackendOptions, BackendProof, LoadedKey, ProverBackend } from './backend.js';
import { wtnsLength } from './wtns.js';

export const snarkjsBackend: ProverBackend = {
  name: 'snarkjs',
  available: () => Promise.resolve({ available: true }),
  async loadKey(zkey, { signal } = {}) {
    const key = await SnarkjsKey.check(zkey);
    throwIfAborted(signal);
    return key.with(await inMemory(zkey));
  },
  // A single proof reads a file piece by piece.
  prove: async (zkey, witness, options) => (await SnarkjsKey.check(zkey)).prove(witness, options),
};

/** Node reads no file of 2 GiB or more into one buffer. */
const LARGEST_BUFFER = 2 ** 31 - 1;

/** The bytes of a key, or its path where it is too large for one buffer. */
async function inMemory(zkey: string | Uint8Array): Promise<string | Uint8Array> {
  if (typeof zkey !== 'string') return zkey;
  try {
    return (await stat(zkey)).size < LARGEST_BUFFER ? await readFile(zkey) : zkey;
  } catch (error) {
    throw asIoError('read', zkey, error);
  }
}

class SnarkjsKey implements LoadedKey {
  readonly backend = 'snarkjs';
  readonly nWires: number;
  readonly nPublic: number;
  readonly #file: string;
  #zkey: string | Uint8Array | undefined;

  private constructor(zkey: string | Uint8Array, header: Pick<LoadedKey, 'nWires' | 'nPublic'>, file: string) {
    this.nWires = header.nWires;
    this.nPublic = header.nPublic;
    this.#zkey = zkey;
    this.#file = file;
  }

  static async check(zkey: string | Uint8Array): Promise<SnarkjsKey> {
    return new SnarkjsKey(zkey, await readZkeyHeader(zkey), typeof zkey === 'string' ? zkey : 'circuit.zkey');
  }

  /** The same key, elsewhere. */
  with(zkey: string | Uint8Array): SnarkjsKey {
    return new SnarkjsKey(zkey, this, this.#file);
  }

  async prove(witness: Uint8Array, { signal, onProgress }: BackendOptions = {}): Promise<BackendProof> {
    const zkey = this.#zkey;
    if (zkey === undefined) throw new ZkinferError('INTERNAL', 'the key was released');
    const location = { file: this.#file };
    const length = wtnsLength(witness);
    if (length !== this.nWires) {
      throw new ZkinferError('ARTIFACT_MISMATCH', `the key is for ${this.nWires} wires, the witness has ${length}`, {
        location,
        hint: 'run setup again after compiling',
      });
    }
    throwIfAborted(signal);
    onProgress?.({ stage: 'proving' });
    try {
      const { proof, publicSignals } = await cancellable(groth16.prove(zkey, witness), signal);
      return { proof: proof as unknown as SnarkjsProof, publicSignals: publicSignals.map(String) };
    } catch (cause) {
      if (cause instanceof ZkinferError) throw cause;
      throw new ZkinferError('ARTIFACT_FORMAT', 'snarkjs cannot prove with this key', {
        cause,
        location,
        hint: 'run setup again',
      });
    }
  }

  release(): void {
    this.#zkey = undefined;
  }
}

/** Gives up waiting when cancelled. snarkjs itself cannot be stopped short of `terminateCurves`. */
function cancellable<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(new ZkinferError('ABORTED', 'cancelled', { cause: signal.reason }));
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
