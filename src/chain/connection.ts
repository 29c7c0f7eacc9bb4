/** Connections to Ethereum nodes, and their errors as those of zkinfer. */

import { Interface, isError, JsonRpcProvider, Wallet, type InterfaceAbi, type JsonRpcSigner } from 'ethers';
import { ZkinferError } from '../errors.js';
import { contractHint } from './contract-hints.js';
import type { ContractAbi } from './types.js';

export interface ConnectionOptions {
  /** http or https URL of a node. */
  readonly rpcUrl: string;
  /** Key that signs transactions, 32 bytes in 0x hex. Without it the node's own account number `account` signs. */
  readonly privateKey?: string;
  /** Index of an unlocked account of the node. Default 0. */
  readonly account?: number;
}

export interface ChainConnection {
  readonly rpcUrl: string;
  readonly provider: JsonRpcProvider;
  /** The account that sends transactions. */
  signer(): Promise<Wallet | JsonRpcSigner>;
  /** Ends polling and open requests. */
  close(): void;
}

/**
 * Connects to a node and asks for its chain id.
 * @throws USAGE for a malformed URL or key, TOOL_FAILED when no node answers.
 */
export async function connect({ rpcUrl, privateKey, account = 0 }: ConnectionOptions): Promise<ChainConnection> {
  if (!URL.canParse(rpcUrl) || !/^https?:$/.test(new URL(rpcUrl).protocol)) {
    throw new ZkinferError('USAGE', 'the RPC address is not an http or https URL');
  }
  const provider = await openProvider(rpcUrl);
  return {
    rpcUrl,
    provider,
    signer: () =>
      chainCall('no account to sign with', async () =>
        privateKey === undefined ? provider.getSigner(account) : walletOf(privateKey, provider),
      ),
    close: () => provider.destroy(),
  };
}

async function openProvider(rpcUrl: string): Promise<JsonRpcProvider> {
  // The chain id is asked for first and then taken as fixed: a provider that detects it by itself would retry for ever.
  const probe = new JsonRpcProvider(rpcUrl, 1, { staticNetwork: true });
  let chainId: bigint;
  try {
    chainId = await chainCall('no Ethereum node answers', async () => BigInt(await probe.send('eth_chainId', [])));
  } finally {
    probe.destroy();
  }
  return new JsonRpcProvider(rpcUrl, chainId, { staticNetwork: true, pollingInterval: 500, cacheTimeout: -1 });
}

function walletOf(privateKey: string, provider: JsonRpcProvider): Wallet {
  if (!/^0x[0-9a-fA-F]{64}$/.test(privateKey)) {
    throw new ZkinferError('USAGE', 'the private key is not 32 bytes in 0x hex');
  }
  return new Wallet(privateKey, provider);
}

/**
 * Runs a request and gives what fails there as TOOL_FAILED with a hint. The request's own data stay out of the message: they may
 * hold keys of the RPC address or private inputs.
 * @param abi of the contract that is called, whose errors are then given by name
 */
export async function chainCall<T>(what: string, request: () => Promise<T>, abi: ContractAbi = []): Promise<T> {
  try {
    return await request();
  } catch (cause) {
    if (cause instanceof ZkinferError) throw cause;
    const { reason, hint } = explain(cause, abi);
    throw new ZkinferError('TOOL_FAILED', reason === undefined ? what : `${what}: ${reason}`, { hint });
  }
}

interface Explanation {
  readonly reason?: string;
  readonly hint: string;
}

function explain(error: unknown, abi: ContractAbi): Explanation {
  if (isError(error, 'CALL_EXCEPTION')) {
    const parsed = hasSelector(error.data) ? new Interface(abi as InterfaceAbi).parseError(error.data) : null;
    return {
      reason: parsed === null ? 'reverted without a reason' : `${parsed.name}(${parsed.args.map(String).join(', ')})`,
      hint: contractHint(parsed?.name),
    };
  }
  if (isError(error, 'INSUFFICIENT_FUNDS')) {
    return { reason: 'the account cannot pay for gas', hint: 'send ether to the account' };
  }
  if (isError(error, 'NONCE_EXPIRED') || isError(error, 'REPLACEMENT_UNDERPRICED')) {
    return { reason: 'another transaction took the nonce', hint: 'try again when it is mined' };
  }
  if (isError(error, 'TIMEOUT')) return { reason: 'no answer in time', hint: 'check the network and the node' };
  if (isError(error, 'BAD_DATA')) {
    return {
      reason: 'the answer is not what such a contract gives',
      hint: 'check the address of the contract and the chain',
    };
  }
  const message = isRpcError(error) ? error.error.message : undefined;
  return { reason: message, hint: 'check the RPC address and that the node is running' };
}

function hasSelector(data: string | null): data is string {
  return data !== null && data.length >= 10;
}

/** What ethers throws for errors that the node itself reports. */
function isRpcError(error: unknown): error is { error: { message: string } } {
  if (typeof error !== 'object' || error === null || !('error' in error)) return false;
  const inner = error.error;
  return typeof inner === 'object' && inner !== null && 'message' in inner && typeof inner.message === 'string';
}
