/** What happened in a market, from the logs of a range of blocks. */

import { type EventFragment, Interface, type InterfaceAbi } from 'ethers';
import type { Hex } from '../artifacts/types.js';
import { throwIfAborted } from '../errors.js';
import { chainCall, type ChainConnection } from './connection.js';
import type { ContractReference } from './types.js';

/** A request when it was posted. What it is now, `readRequest` tells. */
export interface PostedRequest {
  readonly id: Hex;
  readonly modelToken: bigint;
  readonly consumer: Hex;
  /** Bytes of the input, or its commitment. */
  readonly input: Hex;
  readonly blockNumber: number;
}

/** Where a delivered output is. */
export interface Delivered {
  readonly output: Hex;
  readonly prover: Hex;
  readonly blockNumber: number;
}

/** Nodes limit how many blocks one question may span. */
const BLOCKS_PER_QUESTION = 2_000;

/**
 * Requests that were posted in these blocks, both included, oldest first.
 * @throws TOOL_FAILED, ABORTED
 */
export async function findRequests(
  connection: ChainConnection,
  market: ContractReference,
  fromBlock: number,
  toBlock: number,
  signal?: AbortSignal,
): Promise<readonly PostedRequest[]> {
  const found: PostedRequest[] = [];
  for (let first = fromBlock; first <= toBlock; first += BLOCKS_PER_QUESTION) {
    throwIfAborted(signal);
    const last = Math.min(toBlock, first + BLOCKS_PER_QUESTION - 1);
    found.push(...(await logsOf(connection, market, 'Requested', first, last)).map(postedRequest));
  }
  return found;
}

/** A request as it was posted, searched in these blocks; nothing where it is not among them. */
export async function findRequest(
  connection: ChainConnection,
  market: ContractReference,
  requestId: Hex,
  fromBlock: number,
  toBlock: number,
): Promise<PostedRequest | undefined> {
  const log = await latestLog(connection, market, 'Requested', requestId, fromBlock, toBlock);
  return log === undefined ? undefined : postedRequest(log);
}

/** The delivery of a request, searched in these blocks; nothing where there is none. */
export async function findDelivery(
  connection: ChainConnection,
  market: ContractReference,
  requestId: Hex,
  fromBlock: number,
  toBlock: number,
): Promise<Delivered | undefined> {
  const log = await latestLog(connection, market, 'Fulfilled', requestId, fromBlock, toBlock);
  if (log === undefined) return undefined;
  const { output, prover } = log.args as { output: Hex; prover: Hex };
  return { output, prover, blockNumber: log.blockNumber };
}

function postedRequest({ args, blockNumber }: ParsedLog): PostedRequest {
  return {
    id: args.requestId as Hex,
    modelToken: args.modelToken as bigint,
    consumer: args.consumer as Hex,
    input: args.input as Hex,
    blockNumber,
  };
}

async function latestLog(
  connection: ChainConnection,
  market: ContractReference,
  event: string,
  requestId: Hex,
  fromBlock: number,
  toBlock: number,
): Promise<ParsedLog | undefined> {
  for (let last = toBlock; last >= fromBlock; last -= BLOCKS_PER_QUESTION) {
    const first = Math.max(fromBlock, last - BLOCKS_PER_QUESTION + 1);
    const log = (await logsOf(connection, market, event, first, last, requestId)).at(-1);
    if (log !== undefined) return log;
  }
  return undefined;
}

interface ParsedLog {
  readonly args: Readonly<Record<string, unknown>>;
  readonly blockNumber: number;
}

async function logsOf(
  connection: ChainConnection,
  { address, abi }: ContractReference,
  event: string,
  fromBlock: number,
  toBlock: number,
  requestId: Hex | null = null,
): Promise<readonly ParsedLog[]> {
  return chainCall('the logs of the market cannot be read', async () => {
    const contract = new Interface(abi as InterfaceAbi);
    const topics = contract.encodeFilterTopics(contract.getEvent(event) as EventFragment, [requestId]);
    const logs = await connection.provider.getLogs({ address, topics, fromBlock, toBlock });
    return logs.flatMap((log) => {
      const parsed = contract.parseLog(log);
      return parsed === null
        ? []
        : [{ args: parsed.args.toObject() as Record<string, unknown>, blockNumber: log.blockNumber }];
    });
  });
}
