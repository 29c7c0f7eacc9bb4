/** Deployment of contracts. */

import { ContractFactory, type InterfaceAbi } from 'ethers';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { chainCall, type ChainConnection } from './connection.js';
import type { ContractAbi } from './types.js';

/** Most bytes of runtime code that a chain takes (EIP-170). */
export const CONTRACT_SIZE_LIMIT = 24_576;

export interface Deployment {
  readonly address: Hex;
  readonly transactionHash: Hex;
  readonly gasUsed: bigint;
}

export interface DeployableContract {
  readonly abi: ContractAbi;
  /** Creation code, 0x hex. */
  readonly bytecode: string;
}

export interface DeployOptions {
  /** Arguments of the constructor. Default: none. */
  readonly args?: readonly unknown[];
  /** Wei that the contract gets. Default: none. */
  readonly value?: bigint;
}

/**
 * Deploys a contract and waits until it is mined.
 * @throws TOOL_FAILED with what the node says.
 */
export async function deployContract(
  connection: ChainConnection,
  contract: DeployableContract,
  { args = [], value = 0n }: DeployOptions = {},
): Promise<Deployment> {
  const signer = await connection.signer();
  return chainCall(
    'the contract was not deployed',
    async () => {
      const factory = new ContractFactory(contract.abi as InterfaceAbi, contract.bytecode, signer);
      const request = await factory.getDeployTransaction(...args);
      const receipt = await (await signer.sendTransaction({ ...request, value })).wait();
      if (!receipt?.contractAddress) throw new ZkinferError('TOOL_FAILED', 'the node gave no contract address');
      return {
        address: receipt.contractAddress as Hex,
        transactionHash: receipt.hash as Hex,
        gasUsed: receipt.gasUsed,
      };
    },
    contract.abi,
  );
}
