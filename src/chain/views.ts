/** Reads from contracts, without transactions. */

import { Contract, getAddress, type InterfaceAbi, toUtf8String, Utf8ErrorFuncs } from 'ethers';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { chainCall, type ChainConnection } from './connection.js';
import type { ContractReference } from './types.js';

/**
 * The result of a view function as ethers decodes it: bigint for integers, 0x hex for bytes, an array with named fields for structs.
 * @throws TOOL_FAILED naming the error of the contract, or when there is no such contract
 */
export async function readView(
  connection: ChainConnection,
  { address, abi }: ContractReference,
  method: string,
  args: readonly unknown[] = [],
): Promise<unknown> {
  return chainCall(
    `${method} of ${address} gave no answer`,
    async () => {
      const contract = new Contract(address, abi as InterfaceAbi, connection.provider);
      return (await contract.getFunction(method).staticCall(...args)) as unknown;
    },
    abi,
  );
}

/**
 * The text that a view function gives, of a contract that nobody has checked: bytes that are no UTF-8 are replaced, and where the contract
 * reverts, burns the gas or gives something else, there is no text.
 * @param call the function without its result, such as `tokenURI(uint256)`
 * @throws TOOL_FAILED when the node does not answer
 */
export async function readText(
  connection: ChainConnection,
  address: string,
  call: string,
  args: readonly unknown[] = [],
): Promise<string | undefined> {
  // The encoding of a string is that of its bytes.
  const reference = { address, abi: [`function ${call} view returns (bytes)`] };
  const ask = async (): Promise<string> =>
    toUtf8String((await readView(connection, reference, call, args)) as string, Utf8ErrorFuncs.replace);
  return ask().catch(async () => {
    // A node that answers now has answered before: then the contract is what failed, if it fails again.
    await readHead(connection);
    return ask().catch(() => undefined);
  });
}

/** An address with its checksum. @throws USAGE when it is none, or its checksum is wrong */
export function parseAddress(text: string, what = 'the address'): Hex {
  try {
    return getAddress(text) as Hex;
  } catch {
    throw new ZkinferError('USAGE', `${what} is not an address: 0x and 40 hex digits`);
  }
}

/** Code at an address, `0x` where there is none. */
export async function readCode(connection: ChainConnection, address: string): Promise<Hex> {
  return chainCall('the code is not known', async () => (await connection.provider.getCode(address)) as Hex);
}

/** Balance in wei. */
export async function readBalance(connection: ChainConnection, address: string): Promise<bigint> {
  return chainCall('the balance is not known', () => connection.provider.getBalance(address));
}

/** The account that signs. */
export async function signerAddress(connection: ChainConnection): Promise<Hex> {
  const signer = await connection.signer();
  return chainCall('no account to sign with', async () => (await signer.getAddress()) as Hex);
}

export interface BlockHead {
  readonly number: number;
  readonly hash: Hex;
  /** Seconds since 1970. */
  readonly timestamp: number;
}

/** The latest block. */
export async function readHead(connection: ChainConnection): Promise<BlockHead> {
  return chainCall('the latest block is not known', async () => {
    const block = await connection.provider.getBlock('latest');
    if (block?.hash === undefined || block.hash === null)
      throw new ZkinferError('TOOL_FAILED', 'the node gave no block');
    return { number: block.number, hash: block.hash as Hex, timestamp: block.timestamp };
  });
}

/** Wei per gas that a transaction would offer at most now. */
export async function readFeePerGas(connection: ChainConnection): Promise<bigint> {
  return chainCall('the price of gas is not known', async () => {
    const { maxFeePerGas, gasPrice } = await connection.provider.getFeeData();
    return maxFeePerGas ?? gasPrice ?? 0n;
  });
}
