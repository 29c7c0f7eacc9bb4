/** Keys of the universal verifier. */

import { Contract, type InterfaceAbi } from 'ethers';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { chainCall, type ChainConnection } from './connection.js';
import type { VerifierReference } from './verifier.js';

export interface RegisteredKey {
  /** False where somebody registered the same key before: then nothing was sent. */
  readonly isNew: boolean;
  readonly transactionHash?: Hex;
  readonly gasUsed?: bigint;
}

/** What exportKey gives. */
export interface RegistrableKey {
  readonly keyId: Hex;
  readonly data: Hex;
}

/**
 * Registers a key, unless it is registered already, and waits until that is mined.
 * @throws TOOL_FAILED with what the contract or the node says; also when the contract gives the key another id.
 */
export async function registerKey(
  connection: ChainConnection,
  verifier: VerifierReference,
  { keyId, data }: RegistrableKey,
): Promise<RegisteredKey> {
  const signer = await connection.signer();
  return chainCall(
    'the key was not registered',
    async () => {
      const contract = new Contract(verifier.address, verifier.abi as InterfaceAbi, signer);
      if ((await contract.getFunction('keyIdOf')(data)) !== keyId) {
        throw new ZkinferError('TOOL_FAILED', 'the contract gives the key another id', {
          hint: 'check the address: keys are for a UniversalVerifier of the same version',
        });
      }
      if (await contract.getFunction('isRegistered')(keyId)) return { isNew: false };
      return { isNew: true, ...(await send(contract, 'registerKey', data)) };
    },
    verifier.abi,
  );
}

export interface DeployedModel extends RegisteredKey {
  readonly address: Hex;
}

/**
 * Deploys the contract that stands for a registered key where an IVerifiableModel is expected, unless it is there already.
 * @throws TOOL_FAILED with what the contract or the node says.
 */
export async function deployModel(
  connection: ChainConnection,
  verifier: VerifierReference,
  keyId: Hex,
): Promise<DeployedModel> {
  const signer = await connection.signer();
  return chainCall(
    'the model was not deployed',
    async () => {
      const contract = new Contract(verifier.address, verifier.abi as InterfaceAbi, signer);
      const address = (await contract.getFunction('modelAddress')(keyId)) as Hex;
      if ((await connection.provider.getCode(address)) !== '0x') return { isNew: false, address };
      return { isNew: true, address, ...(await send(contract, 'deployModel', keyId)) };
    },
    verifier.abi,
  );
}

async function send(
  contract: Contract,
  method: string,
  argument: Hex,
): Promise<{ transactionHash: Hex; gasUsed: bigint }> {
  const receipt = await (await contract.getFunction(method).send(argument)).wait();
  if (receipt === null) throw new ZkinferError('TOOL_FAILED', 'the node gave no receipt');
  return { transactionHash: receipt.hash as Hex, gasUsed: receipt.gasUsed };
}
