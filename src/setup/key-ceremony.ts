/** Contributions to a circuit's key, and the check of all of them. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { replaceFile } from '../artifacts/files.js';
import { ZkinferError } from '../errors.js';
import { availableCeremony, type CeremonyOptions, type ContributionDetails } from './ceremony.js';
import { assertBeacon, assertName, refusedDevelopmentKey, type CeremonyContribution } from './contributions.js';
import { makeFolderBeside } from './ptau.js';
import { identifyPtau, type PtauIdentity } from './ptau-origin.js';
import { readZkeyContributions } from './zkey-contributions.js';
import { readZkeyHeader } from './zkey-header.js';

export interface KeyContribution {
  /** Lower-case hex, 64 bytes: what the contributor publishes, so that everyone can see that it is in the key. */
  readonly hash: string;
  /** How many contributions the key has now. */
  readonly index: number;
}

/**
 * Contributes to a key: `to` is written, whole or not at all.
 * @param paths may name the same file twice.
 * @param inspect looks at the new key before it gets its name.
 * @throws USAGE for a name or beacon that files cannot hold; KEY_UNSAFE for a development key; ARTIFACT_MISSING, ARTIFACT_FORMAT for a damaged
 *   key; IO, ABORTED, and what `inspect` throws.
 */
export async function contributeToKey(
  { from, to }: { readonly from: string; readonly to: string },
  details: ContributionDetails,
  options: CeremonyOptions = {},
  inspect: (path: string) => Promise<void> = () => Promise.resolve(),
): Promise<KeyContribution> {
  const { signal } = options;
  if (details.name !== undefined) assertName(details.name);
  if (details.beacon !== undefined) assertBeacon(details.beacon);
  if ((await readZkeyHeader(from, from)).development) throw refusedDevelopmentKey();
  let hash = '';
  await replaceFile(
    to,
    async (temporary) => {
      hash = await availableCeremony().contribute({ from, to: temporary }, details, options);
      await inspect(temporary);
    },
    signal === undefined ? {} : { signal },
  );
  return { hash, index: (await readZkeyContributions(to, to)).contributions.length };
}

export interface KeyVerdict {
  readonly valid: boolean;
  /** What is wrong, where it is not valid. */
  readonly reason?: string;
  readonly circuitHash: string;
  readonly contributions: readonly CeremonyContribution[];
  readonly ptau: PtauIdentity;
}

/**
 * Checks a key against its circuit and the powers of tau that it was made from: that every point belongs to them, and that every contribution
 * knew the factor by which it changed the key. The powers of tau are taken as they are: see verifyPowers.
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for what is read; ARTIFACT_MISMATCH when the ptau file is not the published one whose name it has;
 *   USAGE when it does not fit the circuit; IO, ABORTED.
 */
export async function verifyKey(
  { r1cs, ptau, zkey }: { readonly r1cs: string; readonly ptau: string; readonly zkey: string },
  options: CeremonyOptions = {},
): Promise<KeyVerdict> {
  const { development } = await readZkeyHeader(zkey, zkey);
  const found = await readZkeyContributions(zkey, zkey);
  const identity = await identifyPtau(ptau, options);
  const verdict = (reason: string | undefined): KeyVerdict => ({
    ...{ valid: reason === undefined, ...found, ptau: identity },
    ...(reason === undefined ? {} : { reason }),
  });
  if (development) return verdict('it is a development key: whoever made it can forge proofs');
  if (found.contributions.length === 0) return verdict('nobody has contributed, so anyone can forge proofs');
  const folder = await makeFolderBeside(zkey);
  try {
    const paths = { r1cs, ptau, zkey, scratch: join(folder, 'initial.zkey') };
    return verdict(await availableCeremony().verify(paths, options));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface PtauVerdict {
  readonly valid: boolean;
  /** What is wrong, where it is not valid. */
  readonly reason?: string;
  readonly ptau: PtauIdentity;
}

/**
 * Checks a powers-of-tau file: that every contribution knew its factors and followed from the one before, and that all points are what they lead to.
 * Whether the contributors can be trusted is for the reader to say; a development file is valid too.
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT; ARTIFACT_MISMATCH when it is not the published file whose name it has; IO, ABORTED.
 */
export async function verifyPowers(path: string, options: CeremonyOptions = {}): Promise<PtauVerdict> {
  const ptau = await identifyPtau(path, options);
  const reason = await availableCeremony().verifyPtau(path, options);
  return { valid: reason === undefined, ptau, ...(reason === undefined ? {} : { reason }) };
}

/** Powers that files of development can have: the largest domains are those of the curve. */
const [LEAST_POWER, LARGEST_POWER] = [1, 27];

/**
 * Makes a powers-of-tau file for development, prepared for phase 2: the machine that makes it could keep what is needed to forge proofs for every
 * key that comes from it, and its contribution says so.
 * @throws USAGE for a power out of range; IO, ABORTED.
 */
export async function makeDevelopmentPtau(power: number, path: string, options: CeremonyOptions = {}): Promise<void> {
  if (!Number.isInteger(power) || power < LEAST_POWER || power > LARGEST_POWER) {
    throw new ZkinferError('USAGE', `a power is an integer from ${LEAST_POWER} to ${LARGEST_POWER}`);
  }
  const { signal } = options;
  await replaceFile(
    path,
    (temporary) => availableCeremony().makePtau(power, temporary, options),
    signal === undefined ? {} : { signal },
  );
}
