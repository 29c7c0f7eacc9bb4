/**
 * The prover backends that tests run over. The native one has to be built, or its tests fail; ZKINFER_NATIVE=off says that it is knowingly
 * absent, and ZKINFER_NATIVE=portable (adx, ifma) tests one of its variants.
 */
import { selectNativeVariant, type NativeChoice } from '../../src/native/load.js';
import type { ProverBackend } from '../../src/prover/backend.js';
import { nativeBackend } from '../../src/prover/native-backend.js';
import { snarkjsBackend } from '../../src/prover/snarkjs-backend.js';

/** What ZKINFER_NATIVE asks for. */
export const chosenVariant = (process.env.ZKINFER_NATIVE ?? 'auto') as NativeChoice;
selectNativeVariant(chosenVariant);

export const isNativeAbsent = chosenVariant === 'off';

export const TESTED_BACKENDS: readonly ProverBackend[] = isNativeAbsent
  ? [snarkjsBackend]
  : [nativeBackend, snarkjsBackend];
