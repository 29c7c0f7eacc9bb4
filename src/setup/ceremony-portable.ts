/** Ceremonies by snarkjs: the reference, and what there is without the addon. Cancelling takes effect between its steps. */

import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { getCurveFromName } from 'ffjavascript';
import { powersOfTau, zKey } from 'snarkjs';
import { throwIfAborted, ZkinferError } from '../errors.js';
import type { Ceremony } from './ceremony.js';
import { refusedDevelopmentKey } from './contributions.js';
import './curve.js';
import { DEVELOPMENT_PTAU_NAME, readPtau } from './ptau-file.js';
import { readZkeyContributions } from './zkey-contributions.js';
import { readZkeyHeader } from './zkey-header.js';

export const portableCeremony: Ceremony = {
  async makePtau(power, path, { signal, onProgress }) {
    const [begun, contributed] = [`${path}.new`, `${path}.contributed`];
    try {
      onProgress?.({ stage: 'making points' });
      await fromSnarkjs(path, async () => powersOfTau.newAccumulator(await getCurveFromName('bn128'), power, begun));
      throwIfAborted(signal);
      await fromSnarkjs(path, () => powersOfTau.contribute(begun, contributed, DEVELOPMENT_PTAU_NAME, entropy()));
      throwIfAborted(signal);
      await fromSnarkjs(path, () => powersOfTau.preparePhase2(contributed, path));
    } finally {
      await Promise.all([begun, contributed].map((file) => rm(file, { force: true })));
    }
  },
  async makeInitialKey({ r1cs, ptau, zkey }, { signal, onProgress }) {
    throwIfAborted(signal);
    onProgress?.({ stage: 'making key from ptau' });
    const made: unknown = await fromSnarkjs(ptau, () => zKey.newZKey(r1cs, ptau, zkey));
    if (made === -1) throw damaged(ptau, 'snarkjs refuses it');
  },
  async contribute({ from, to }, { name = '', beacon }, { signal, onProgress }) {
    const { development } = await readZkeyHeader(from, from);
    if (development) throw refusedDevelopmentKey();
    await readZkeyContributions(from, from);
    throwIfAborted(signal);
    onProgress?.({ stage: 'contributing' });
    const hash: unknown = await fromSnarkjs(from, () =>
      beacon === undefined
        ? zKey.contribute(from, to, name, entropy())
        : zKey.beacon(from, to, name, beacon.value, beacon.iterationsExponent),
    );
    if (!(hash instanceof Uint8Array)) throw damaged(from, 'snarkjs refuses it');
    return Buffer.from(hash).toString('hex');
  },
  async verify({ r1cs, ptau, zkey }, { signal, onProgress }) {
    await readZkeyHeader(zkey, zkey);
    await readZkeyContributions(zkey, zkey);
    throwIfAborted(signal);
    const logger = new ComplaintLogger(() => onProgress?.({ stage: 'verifying key' }));
    const valid = await fromSnarkjs(zkey, () => zKey.verifyFromR1cs(r1cs, ptau, zkey, logger));
    return valid ? undefined : logger.complaint;
  },
  async verifyPtau(path, { signal, onProgress }) {
    await readPtau(path);
    throwIfAborted(signal);
    const logger = new ComplaintLogger(() => onProgress?.({ stage: 'verifying powers of tau' }));
    // The types name the parameters of another function of snarkjs.
    const verify = powersOfTau.verify as unknown as (file: string, logger: object) => Promise<unknown>;
    const valid = await fromSnarkjs(path, () => verify(path, logger));
    return valid === true ? undefined : logger.complaint;
  },
};

/** Keeps what snarkjs says last of what is wrong. */
class ComplaintLogger {
  complaint = 'snarkjs does not accept it';
  readonly debug: () => void;

  constructor(onStep: () => void) {
    this.debug = onStep;
  }
  info(): void {}
  warn(): void {}
  error(message: string): void {
    this.complaint = message.replace(/^INVALID:\s*/, '');
  }
}

/** For snarkjs, which hashes it with randomness of its own. */
function entropy(): string {
  return randomBytes(64).toString('hex');
}

async function fromSnarkjs<T>(file: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (cause) {
    throw damaged(file, 'snarkjs cannot read it', cause);
  }
}

function damaged(file: string, what: string, cause?: unknown): ZkinferError {
  return new ZkinferError('ARTIFACT_FORMAT', `the file is damaged: ${what}`, { location: { file }, cause });
}
