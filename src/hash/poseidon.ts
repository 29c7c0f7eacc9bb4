/** Poseidon over BN254 with the parameters of circomlib: the only module that knows where it comes from. */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import type * as circomlibjs from 'circomlibjs';
import { ZkinferError } from '../errors.js';
import { isFieldElement } from './field.js';

type Library = Pick<typeof circomlibjs, 'buildPoseidon'>;
type Poseidon = circomlibjs.Poseidon;

// Loaded before anything else runs: circomlibjs carries its own copy of ffjavascript, which clears the process-wide curve of the provers when
// it is loaded. Loading it first keeps that curve, and its worker threads, reachable.
//
// Only this file of it: the package as a whole loads an addon (blake-hash 2.0.0) that writes into freed memory when a second thread loads it
// after a first has ended.
const POSEIDON = new URL(
  '../src/poseidon_wasm.js',
  pathToFileURL(createRequire(import.meta.url).resolve('circomlibjs')),
);
const { buildPoseidon } = (await import(POSEIDON.href)) as Library;

let instance: Promise<Poseidon> | undefined;

/**
 * Poseidon_k of k field elements, 1 <= k <= 16, one output, initial state zero: circomlib's template `Poseidon(k)`.
 * @throws INTERNAL on another number of inputs or on inputs that are not canonical field elements.
 */
export async function poseidon(inputs: readonly bigint[]): Promise<bigint> {
  if (inputs.length < 1 || inputs.length > 16) {
    throw new ZkinferError('INTERNAL', `Poseidon takes 1 to 16 inputs, not ${inputs.length}`);
  }
  if (!inputs.every(isFieldElement)) throw new ZkinferError('INTERNAL', 'a Poseidon input is not a field element');
  instance ??= buildPoseidon();
  const hash = await instance;
  return hash.F.toObject(hash([...inputs]));
}
