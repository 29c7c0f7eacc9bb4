/** Transactions in two steps, so that a user can see what one costs before it is sent. */

import {
  ContractFactory,
  Interface,
  isError,
  type InterfaceAbi,
  type TransactionReceipt,
  type TransactionRequest,
} from 'ethers';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { chainCall, type ChainConnection } from './connection.js';
import type { ContractAbi, ContractReference } from './types.js';

/** A call of a contract, or a deployment, that has not been sent. */
export interface ContractCall {
  /** What it does, for people. */
  readonly what: string;
  /** Absent for a deployment. */
  readonly to?: Hex;
  /** Of the contract: for its events and its errors. */
  readonly abi: ContractAbi;
  readonly data: Hex;
  /** Wei that goes with it. */
  readonly value: bigint;
}

/** What a call takes as the chain stands now. */
export interface CallEstimate {
  readonly gas: bigint;
  /** Wei per gas that is offered at most. */
  readonly feePerGas: bigint;
  /** Wei in all, at most: gas and the value that goes with it. */
  readonly maxCost: bigint;
}

export interface SendOptions {
  /** Default: a new estimate. */
  readonly estimate?: CallEstimate;
  /**
   * Take the place of a transaction of this account that waits to be mined, where there is one. Only one of the two can then come to
   * anything.
   */
  readonly replacePending?: boolean;
  /** How long to wait until it is mined, in milliseconds. Default 180,000. */
  readonly timeout?: number;
}

export interface ContractEvent {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export interface SentCall {
  readonly transactionHash: Hex;
  readonly blockNumber: number;
  readonly gasUsed: bigint;
  /** Wei that the gas cost. */
  readonly fee: bigint;
  /** Present after a deployment. */
  readonly contractAddress?: Hex;
  /** Of the called contract. */
  readonly events: readonly ContractEvent[];
}

/** A call of a function. @param what for people: what the call does */
export function contractCall(
  what: string,
  { address, abi }: ContractReference,
  method: string,
  args: readonly unknown[],
  value = 0n,
): ContractCall {
  const data = encode(what, () => new Interface(abi as InterfaceAbi).encodeFunctionData(method, args) as Hex);
  return { what, to: address as Hex, abi, data, value };
}

/** The deployment of a contract. */
export async function deploymentCall(
  what: string,
  contract: { readonly abi: ContractAbi; readonly bytecode: string },
  args: readonly unknown[] = [],
  value = 0n,
): Promise<ContractCall> {
  const factory = new ContractFactory(contract.abi as InterfaceAbi, contract.bytecode);
  const { data } = await factory.getDeployTransaction(...args);
  return { what, abi: contract.abi, data: data as Hex, value };
}

function encode(what: string, work: () => Hex): Hex {
  try {
    return work();
  } catch (cause) {
    // The message of ethers holds the values, which may be private.
    const argument = cause instanceof Error && 'argument' in cause ? ` (${String(cause.argument)})` : '';
    throw new ZkinferError('USAGE', `cannot encode the ${what}: a value does not fit${argument}`);
  }
}

/**
 * What a call costs. It is tried out on the node, so a call that would be refused is refused here.
 * @throws TOOL_FAILED naming the error of the contract
 */
export async function estimateCall(connection: ChainConnection, call: ContractCall): Promise<CallEstimate> {
  const { provider } = connection;
  const signer = await connection.signer();
  return chainCall(
    `${call.what} would fail`,
    async () => {
      // A call of an account without code succeeds, and does nothing but take the ether.
      if (call.to !== undefined && (await provider.getCode(call.to)) === '0x') {
        throw new ZkinferError('TOOL_FAILED', `${call.what} would fail: there is no contract at ${call.to}`, {
          hint: 'check the address and the chain',
        });
      }
      const transaction = provider.getRpcTransaction({ ...transactionOf(call), from: await signer.getAddress() });
      const [used, fees] = await Promise.all([
        // The state of the latest block: on that of the next one a call would fail after the one that it is to replace.
        provider.send('eth_estimateGas', [transaction, 'latest']).then(BigInt),
        provider.getFeeData(),
      ]);
      // What a call takes changes a little with the state that it meets.
      const gas = used + used / 8n;
      const feePerGas = fees.maxFeePerGas ?? fees.gasPrice ?? 0n;
      return { gas, feePerGas, maxCost: gas * feePerGas + call.value };
    },
    call.abi,
  );
}

/**
 * Sends a call and waits until it is mined.
 * @throws TOOL_FAILED naming the error of the contract, when the account cannot pay, or when it is not mined in time: it may still be later
 */
export async function sendCall(
  connection: ChainConnection,
  call: ContractCall,
  options: SendOptions = {},
): Promise<SentCall> {
  const estimate = options.estimate ?? (await estimateCall(connection, call));
  const signer = await connection.signer();
  return chainCall(
    `${call.what} failed`,
    async () => {
      const request = { ...transactionOf(call), gasLimit: estimate.gas };
      const replacing = options.replacePending ? await replacement(connection, await signer.getAddress()) : {};
      const sent = await signer.sendTransaction({ ...request, ...replacing });
      const receipt = await connection.provider
        .waitForTransaction(sent.hash, 1, options.timeout ?? 180_000)
        .catch((error: unknown) => {
          if (isError(error, 'TIMEOUT')) return null;
          throw error;
        });
      if (receipt === null) throw notMined(call.what);
      if (receipt.status === 0)
        throw new ZkinferError('TOOL_FAILED', `${call.what} failed: reverted when it was mined`);
      return resultOf(receipt, call);
    },
    call.abi,
  );
}

function transactionOf({ to, data, value }: ContractCall): TransactionRequest {
  return { data, value, ...(to === undefined ? {} : { to }) };
}

/** Number and fees of a transaction that replaces the first one that waits; nodes ask for a tenth more. */
async function replacement({ provider }: ChainConnection, account: string): Promise<TransactionRequest> {
  const [mined, pending, fees] = await Promise.all([
    provider.getTransactionCount(account, 'latest'),
    provider.getTransactionCount(account, 'pending'),
    provider.getFeeData(),
  ]);
  if (pending <= mined) return { nonce: mined };
  const raised = (fee: bigint): bigint => fee + fee / 4n + 1n;
  if (fees.maxFeePerGas === null) return { nonce: mined, gasPrice: raised(fees.gasPrice ?? 0n) };
  return {
    nonce: mined,
    maxFeePerGas: raised(fees.maxFeePerGas),
    maxPriorityFeePerGas: raised(fees.maxPriorityFeePerGas ?? 0n),
  };
}

function notMined(what: string): ZkinferError {
  return new ZkinferError('TOOL_FAILED', `${what} is not mined yet`, {
    hint: 'it may still be: look before sending again',
  });
}

function resultOf(receipt: TransactionReceipt, { to, abi }: ContractCall): SentCall {
  const contract = new Interface(abi as InterfaceAbi);
  const address = to ?? receipt.contractAddress;
  const events = receipt.logs
    .filter((log) => log.address.toLowerCase() === address?.toLowerCase())
    .flatMap((log) => contract.parseLog(log) ?? [])
    .map(({ name, args }) => ({ name, args: args.toObject() as Record<string, unknown> }));
  return {
    transactionHash: receipt.hash as Hex,
    blockNumber: receipt.blockNumber,
    gasUsed: receipt.gasUsed,
    fee: receipt.fee,
    ...(receipt.contractAddress === null ? {} : { contractAddress: receipt.contractAddress as Hex }),
    events,
  };
}

/** The arguments of an event of a sent call. @throws TOOL_FAILED when the contract did not give it: it is another contract */
export function eventArguments({ events }: SentCall, name: string): Readonly<Record<string, unknown>> {
  const event = events.find((candidate) => candidate.name === name);
  if (event !== undefined) return event.args;
  throw new ZkinferError('TOOL_FAILED', `the contract gave no event ${name}`, {
    hint: 'check the address of the contract',
  });
}
