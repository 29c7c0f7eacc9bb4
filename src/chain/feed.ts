/** The oracle of proven inferences: InferenceFeed. */

import type { Hex } from '../artifacts/types.js';
import { contractCall, type ContractCall } from './calls.js';
import type { ChainConnection } from './connection.js';
import { readContract } from './contract-files.js';
import type { ContractReference } from './types.js';
import { parseAddress, readView } from './views.js';

export interface FeedAnswer {
  readonly round: bigint;
  /** Seconds since 1970, of the block of the update. */
  readonly updatedAt: number;
  readonly inputHash: Hex;
  readonly output: Hex;
}

export interface FeedUpdate {
  readonly modelToken: bigint;
  /** The reporter's name for what the inference is about, 32 bytes. */
  readonly label: Hex;
  readonly round: bigint;
  readonly input: Hex;
  readonly output: Hex;
  /** Bound to `feedContext` of subject and round. */
  readonly proof: Hex;
  /** Wei, goes along. */
  readonly licenseFee: bigint;
}

/** A feed by its address. @throws USAGE for what is no address, IO */
export async function feedAt(address: string): Promise<ContractReference> {
  const { abi } = await readContract('InferenceFeed');
  return { address: parseAddress(address, 'the feed'), abi };
}

/** Sets the latest output of a subject of the signer. */
export function feedUpdateCall(feed: ContractReference, update: FeedUpdate): ContractCall {
  const { modelToken, label, round, input, output, proof, licenseFee } = update;
  return contractCall('update', feed, 'update', [modelToken, label, round, input, output, proof], licenseFee);
}

/** Name of what a reporter calls `label`, seen by a model. */
export async function feedSubject(
  connection: ChainConnection,
  feed: ContractReference,
  modelToken: bigint,
  reporter: string,
  label: Hex,
): Promise<Hex> {
  return (await readView(connection, feed, 'subjectOf', [modelToken, reporter, label])) as Hex;
}

/** The round that the next update must have. */
export async function nextFeedRound(
  connection: ChainConnection,
  feed: ContractReference,
  subject: Hex,
): Promise<bigint> {
  return ((await readView(connection, feed, 'roundOf', [subject])) as bigint) + 1n;
}

/** What the proof of an update must be bound to. */
export async function feedContext(
  connection: ChainConnection,
  feed: ContractReference,
  subject: Hex,
  round: bigint,
): Promise<Hex> {
  return (await readView(connection, feed, 'contextOf', [subject, round])) as Hex;
}

/**
 * The latest answer of a subject.
 * @param maxAge seconds
 * @throws TOOL_FAILED naming NoAnswer or StaleAnswer
 */
export async function readFeed(
  connection: ChainConnection,
  feed: ContractReference,
  subject: Hex,
  maxAge: number,
): Promise<FeedAnswer> {
  const answer = (await readView(connection, feed, 'latest', [subject, maxAge])) as {
    round: bigint;
    updatedAt: bigint;
    inputHash: Hex;
    output: Hex;
  };
  return {
    round: answer.round,
    updatedAt: Number(answer.updatedAt),
    inputHash: answer.inputHash,
    output: answer.output,
  };
}
