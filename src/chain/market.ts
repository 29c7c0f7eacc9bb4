/** Inferences for ether: InferenceMarket. What each function means, and the game behind it: docs/market.md. */

import type { Hex } from '../artifacts/types.js';
import { contractCall, type ContractCall, eventArguments, type SentCall } from './calls.js';
import type { ChainConnection } from './connection.js';
import { readContract } from './contract-files.js';
import type { ContractReference } from './types.js';
import { parseAddress, readView } from './views.js';

export type RequestStatus = 'none' | 'open' | 'fulfilled' | 'refunded';

const STATUSES: readonly RequestStatus[] = ['none', 'open', 'fulfilled', 'refunded'];

/** A request as it stands. Amounts are in wei, times in seconds since 1970. */
export interface MarketRequest {
  readonly id: Hex;
  readonly status: RequestStatus;
  readonly consumer: Hex;
  readonly modelToken: bigint;
  readonly bounty: bigint;
  readonly licenseFee: bigint;
  readonly stake: bigint;
  /** Last second of delivery. */
  readonly deadline: number;
  /** Seconds that a claim lives. */
  readonly claimWindow: number;
  /** The latest claim, live or lapsed; absent where there is none. */
  readonly claim?: { readonly prover: Hex; readonly expiry: number };
  /** Who delivered. */
  readonly deliveredBy?: Hex;
  /** Hash of the input while it is open; of input and output once fulfilled. */
  readonly digest: Hex;
}

export interface RequestTerms {
  readonly modelToken: bigint;
  /** Bytes of the input, or its commitment (docs: statement, "Encoding for contracts"). */
  readonly input: Hex;
  readonly bounty: bigint;
  readonly licenseFee: bigint;
  readonly stake: bigint;
  readonly deadline: number;
  readonly claimWindow: number;
}

export interface MarketDelivery {
  readonly requestId: Hex;
  /** Whom the proof names. */
  readonly prover: string;
  readonly input: Hex;
  readonly output: Hex;
  readonly proof: Hex;
}

export interface Reputation {
  readonly claimed: number;
  readonly delivered: number;
  /** Claims whose stake was lost. */
  readonly slashed: number;
}

/** A market by its address. @throws USAGE for what is no address, IO */
export async function marketAt(address: string): Promise<ContractReference> {
  const { abi } = await readContract('InferenceMarket');
  return { address: parseAddress(address, 'the market'), abi };
}

/** The registry whose models a market serves. */
export async function registryOf(connection: ChainConnection, market: ContractReference): Promise<Hex> {
  return (await readView(connection, market, 'registry')) as Hex;
}

/** Sends bounty and license fee along. */
export function requestCall(market: ContractReference, terms: RequestTerms): ContractCall {
  const { modelToken, input, bounty, licenseFee, stake, deadline, claimWindow } = terms;
  const args = [modelToken, input, bounty, stake, deadline, claimWindow];
  return contractCall('request', market, 'request', args, bounty + licenseFee);
}

/** The id of a request that was sent. */
export function requestedId(sent: SentCall): Hex {
  return eventArguments(sent, 'Requested').requestId as Hex;
}

/** Sends the stake along. */
export function claimCall(market: ContractReference, requestId: Hex, stake: bigint): ContractCall {
  return contractCall('claim', market, 'claim', [requestId], stake);
}

export function submitCall(market: ContractReference, delivery: MarketDelivery): ContractCall {
  const { requestId, prover, input, output, proof } = delivery;
  return contractCall('delivery', market, 'submit', [requestId, prover, input, output, proof]);
}

export function refundCall(market: ContractReference, requestId: Hex): ContractCall {
  return contractCall('refund', market, 'refund', [requestId]);
}

/** What a proof for a request must be bound to. */
export async function requestContext(
  connection: ChainConnection,
  market: ContractReference,
  requestId: Hex,
  prover: string,
): Promise<Hex> {
  return (await readView(connection, market, 'contextOf', [requestId, prover])) as Hex;
}

/** A request; its status is `none` where there is no such. */
export async function readRequest(
  connection: ChainConnection,
  market: ContractReference,
  requestId: Hex,
): Promise<MarketRequest> {
  const entry = (await readView(connection, market, 'getRequest', [requestId])) as {
    readonly [K in 'consumer' | 'prover' | 'digest']: Hex;
  } & {
    readonly [
      K in 'status' | 'modelToken' | 'bounty' | 'licenseFee' | 'stake' | 'deadline' | 'claimExpiry' | 'claimWindow'
    ]: bigint;
  };
  const status = STATUSES[Number(entry.status)] ?? 'none';
  const isClaimed = status === 'open' && entry.claimExpiry !== 0n;
  return {
    id: requestId,
    status,
    consumer: entry.consumer,
    modelToken: entry.modelToken,
    bounty: entry.bounty,
    licenseFee: entry.licenseFee,
    stake: entry.stake,
    deadline: Number(entry.deadline),
    claimWindow: Number(entry.claimWindow),
    ...(isClaimed ? { claim: { prover: entry.prover, expiry: Number(entry.claimExpiry) } } : {}),
    ...(status === 'fulfilled' ? { deliveredBy: entry.prover } : {}),
    digest: entry.digest,
  };
}

/** Whether a proven delivery of a request said this. */
export async function isProvenResult(
  connection: ChainConnection,
  market: ContractReference,
  requestId: Hex,
  input: Hex,
  output: Hex,
): Promise<boolean> {
  return (await readView(connection, market, 'isResult', [requestId, input, output])) as boolean;
}

/** What a prover did in a market. */
export async function readReputation(
  connection: ChainConnection,
  market: ContractReference,
  prover: string,
): Promise<Reputation> {
  const entry = (await readView(connection, market, 'reputationOf', [prover])) as Record<keyof Reputation, bigint>;
  return { claimed: Number(entry.claimed), delivered: Number(entry.delivered), slashed: Number(entry.slashed) };
}

/** Wei that an account may withdraw from a market or a feed. */
export async function readCredit(
  connection: ChainConnection,
  contract: ContractReference,
  account: string,
): Promise<bigint> {
  return (await readView(connection, contract, 'creditOf', [account])) as bigint;
}

/** Sends the signer's credit in a market or a feed to an address. */
export function withdrawCall(contract: ContractReference, to: string): ContractCall {
  return contractCall('withdrawal', contract, 'withdraw', [parseAddress(to, 'the receiver')]);
}
