/** Poseidon over BN254 with the parameters of circomlib. */

import { ZkinferError } from '../errors.js';
import { isFieldElement } from './field.js';
import { buildPoseidon, type Poseidon } from './poseidon-library.js';

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
