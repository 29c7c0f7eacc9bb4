/** The heavy work of ceremonies behind one interface: native code where the addon is there, else snarkjs. */

import { missingNative } from '../native/load.js';
import type { WorkOptions } from '../progress.js';
import { nativeCeremony } from './ceremony-native.js';
import { portableCeremony } from './ceremony-portable.js';
import type { Beacon } from './contributions.js';

export interface CeremonyOptions extends WorkOptions {
  /** Worker threads of native code; default: the number of CPUs, at most 16. */
  readonly threads?: number;
}

export interface ContributionDetails {
  /** At most 64 characters. */
  readonly name?: string;
  /** The value that decides everything, for the last contribution; without it the system's CSPRNG does. */
  readonly beacon?: Beacon;
}

/** Files are written in place: callers give temporary ones. */
export interface Ceremony {
  /**
   * Makes a powers-of-tau file from secrets that this machine forgets, prepared for phase 2.
   * @throws IO, ABORTED.
   */
  makePtau(power: number, path: string, options: CeremonyOptions): Promise<void>;
  /**
   * Makes the key that contributions begin with: gamma equals delta, so it is not to be used.
   * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for what is read; IO, ABORTED.
   */
  makeInitialKey(
    paths: { readonly r1cs: string; readonly ptau: string; readonly zkey: string },
    options: CeremonyOptions,
  ): Promise<void>;
  /**
   * Writes a key with one contribution more.
   * @returns the contribution's hash, lower-case hex.
   * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for the key; KEY_UNSAFE for a development key; IO, ABORTED.
   */
  contribute(
    paths: { readonly from: string; readonly to: string },
    details: ContributionDetails,
    options: CeremonyOptions,
  ): Promise<string>;
  /**
   * Checks a key against circuit and powers of tau, and all its contributions.
   * @param paths `scratch`: a file to be written, of the size of the key.
   * @returns what is wrong; undefined where nothing is.
   * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for what is read; IO, ABORTED.
   */
  verify(
    paths: { readonly r1cs: string; readonly ptau: string; readonly zkey: string; readonly scratch: string },
    options: CeremonyOptions,
  ): Promise<string | undefined>;
  /**
   * Checks a powers-of-tau file: its contributions, and that its points are what they lead to.
   * @returns what is wrong; undefined where nothing is.
   * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT; MODEL_UNSUPPORTED for power 28 in native code; IO, ABORTED.
   */
  verifyPtau(path: string, options: CeremonyOptions): Promise<string | undefined>;
}

/** What this machine has. */
export function availableCeremony(): Ceremony {
  const missing = missingNative('developmentPtau', 'initialKey', 'contribute', 'verifyKey', 'verifyPtau');
  return missing === undefined ? nativeCeremony : portableCeremony;
}
