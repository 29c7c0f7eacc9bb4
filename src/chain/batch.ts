/** Asks contracts about several proofs of one model at once. */

import { Contract, type InterfaceAbi } from 'ethers';
import type { Hex } from '../artifacts/types.js';
import { chainCall, type ChainConnection } from './connection.js';
import type { VerifierReference } from './verifier.js';

/** Statements and their proofs as contracts take them; see batchCalldata. */
export interface BatchArguments {
  readonly contexts: readonly Hex[];
  readonly inputs: Hex;
  readonly outputs: Hex;
  readonly proofs: Hex;
  /** Where the contract is the universal verifier: which of its keys. */
  readonly keyId?: Hex;
}

/**
 * Asks a verifier, without a transaction, whether all proofs of a batch are valid.
 * @throws TOOL_FAILED when the contract reverts (the message names its error) or does not answer.
 */
export async function callVerifyBatch(
  connection: ChainConnection,
  verifier: VerifierReference,
  batch: BatchArguments,
): Promise<boolean> {
  return ask(connection, verifier, 'verifyBatch', batch);
}

/**
 * Asks a verifier for the first proof of a batch that is not valid. Takes as much gas as single proofs do: nodes that bound the gas of
 * calls may refuse large batches.
 * @returns undefined where all are valid
 * @throws TOOL_FAILED as callVerifyBatch does.
 */
export async function callFirstInvalid(
  connection: ChainConnection,
  verifier: VerifierReference,
  batch: BatchArguments,
): Promise<number | undefined> {
  const index = await ask<bigint>(connection, verifier, 'firstInvalid', batch);
  return index === BigInt(batch.contexts.length) ? undefined : Number(index);
}

async function ask<T>(
  connection: ChainConnection,
  verifier: VerifierReference,
  method: string,
  { keyId, contexts, inputs, outputs, proofs }: BatchArguments,
): Promise<T> {
  return chainCall(
    'the verifier gave no answer',
    async () => {
      const contract = new Contract(verifier.address, verifier.abi as InterfaceAbi, connection.provider);
      const values = [[...contexts], inputs, outputs, proofs];
      const leading = keyId === undefined ? [] : [keyId];
      return (await contract.getFunction(method).staticCall(...leading, ...values)) as T;
    },
    verifier.abi,
  );
}
