/** The fast backend: the native addon. Keys of files stay mapped and are prepared once for all threads of the process. */

import { availableParallelism } from 'node:os';
import type { SnarkjsProof } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import type { NativeAddon, NativeKey, NativeProof } from '../native/addon.js';
import { missingNative, requireNative } from '../native/load.js';
import { runNative } from '../native/work.js';
import { proveOnce, type BackendOptions, type BackendProof, type LoadedKey, type ProverBackend } from './backend.js';
import { checkGroth16Native } from './pairing-check-native.js';

const OPERATIONS = ['loadKey', 'releaseKey', 'prove', 'verifyGroth16', 'mapLargeBlocks'] as const;

export const nativeBackend: ProverBackend = {
  name: 'native',
  check: checkGroth16Native,
  available() {
    const missing = missingNative(...OPERATIONS);
    return Promise.resolve(missing === undefined ? { available: true } : { available: false, ...missing });
  },
  async loadKey(zkey, options = {}) {
    const addon = requireNative(...OPERATIONS);
    const file = typeof zkey === 'string' ? zkey : 'circuit.zkey';
    options.onProgress?.({ stage: 'preparing key' });
    const key = await runNative(
      {
        stages: ['preparing key'],
        subject: 'the .zkey file',
        location: { file },
        run: (control) => addon.loadKey(zkey, threadsOf(options), control),
      },
      options,
    );
    return new PreparedKey(addon, key, file);
  },
  prove: (zkey, witness, options) => proveOnce(nativeBackend, zkey, witness, options),
};

class PreparedKey implements LoadedKey {
  readonly backend = 'native';
  readonly check = checkGroth16Native;
  readonly nWires: number;
  readonly nPublic: number;
  readonly #addon: NativeAddon;
  readonly #key: NativeKey;
  readonly #file: string;

  constructor(addon: NativeAddon, key: NativeKey, file: string) {
    this.nWires = key.nWires;
    this.nPublic = key.nPublic;
    this.#addon = addon;
    this.#key = key;
    this.#file = file;
  }

  async prove(witness: Uint8Array, options: BackendOptions = {}): Promise<BackendProof> {
    options.onProgress?.({ stage: 'proving' });
    try {
      const proven = await runNative(
        {
          stages: ['proving', 'evaluating polynomials', 'multiplying points'],
          subject: 'the wtns file',
          location: { file: 'witness.wtns' },
          run: (control) => this.#addon.prove(this.#key, witness, threadsOf(options), control),
        },
        options,
      );
      return { proof: proofOf(proven), publicSignals: integers(proven.publicSignals).map(String) };
    } catch (error) {
      if (!(error instanceof ZkinferError) || error.code !== 'ARTIFACT_MISMATCH') throw error;
      throw new ZkinferError(error.code, error.message, {
        cause: error,
        location: { file: this.#file },
        hint: 'run setup again after compiling',
      });
    }
  }

  release(): void {
    this.#addon.releaseKey(this.#key);
  }
}

function threadsOf({ threads }: BackendOptions): number {
  return Math.min(threads ?? availableParallelism(), 1024);
}

/** The proof in snarkjs's form: decimal coordinates, projective with z = 1. */
function proofOf({ proof }: NativeProof): SnarkjsProof {
  const [ax, ay, bx0, bx1, by0, by1, cx, cy] = integers(proof).map(String) as [
    ...[string, string, string, string],
    ...[string, string, string, string],
  ];
  return {
    pi_a: [ax, ay, '1'],
    pi_b: [
      [bx0, bx1],
      [by0, by1],
      ['1', '0'],
    ],
    pi_c: [cx, cy, '1'],
    protocol: 'groth16',
    curve: 'bn128',
  };
}

/** Little-endian integers of 32 bytes. */
function integers(bytes: Uint8Array): bigint[] {
  return Array.from({ length: bytes.length / 32 }, (_, i) =>
    BigInt(`0x${Buffer.from(bytes.slice(32 * i, 32 * (i + 1)).reverse()).toString('hex')}`),
  );
}
