/** What a watching prover is told, and what it tells. */
import type { Hex } from '../../artifacts/types.js';
import type { ChainConnection } from '../../chain/connection.js';
import type { BackendOptions } from '../../prover/backend.js';
import type { BackendName } from '../../prover/backends.js';
import type { LeaveReason } from './decide.js';

/** A model that the prover can prove. */
export interface ServedModel {
  /** Artifact directory with keys. */
  readonly dir: string;
  /** Weights file of `commitModel`, where the weights are committed. */
  readonly weights?: string;
}

export interface WatchOptions extends Pick<BackendOptions, 'threads'> {
  readonly connection: ChainConnection;
  /** Address of the InferenceMarket. */
  readonly market: string;
  readonly models: readonly ServedModel[];
  readonly backend?: BackendName;
  /**
   * Tokens to serve, whose verifiers the caller has checked. Default: every token whose verifier has the code that this installation makes
   * of one of the models, which needs the package `solc`. A verifier can otherwise refuse right proofs, and so cost the stake.
   */
  readonly tokens?: readonly bigint[];
  /** A universal verifier that the caller trusts: its models are served too. */
  readonly universal?: string;
  /** Wei that must be left of a bounty after gas. Default 0. */
  readonly minBounty?: bigint;
  /** Wei that a claim may cost. Default: as much as the bounty. */
  readonly maxStake?: bigint;
  /** Seconds that a claim must leave for proving and being mined, at least. Default 30; three times the longest proof is asked too. */
  readonly margin?: number;
  /** Blocks that a request must be deep. Default 1: in the latest block. */
  readonly confirmations?: number;
  /** Where to look for requests first. Default: 5,000 blocks ago. */
  readonly fromBlock?: number;
  /** Folder with the openings (`*.json`) of committed inputs, as consumers hand them over. */
  readonly openings?: string;
  /** Wei of credit from which on it is fetched. Default: what is twenty times the gas of fetching it. */
  readonly withdrawFrom?: bigint;
  /** Milliseconds between two looks at the chain. Default 2,000. */
  readonly interval?: number;
  /** Serve what there is to serve now, then end. */
  readonly once?: boolean;
  /** Ends the watch: nothing new is claimed, what is claimed is still delivered. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: WatchEvent) => void;
}

export type WatchEvent =
  | { readonly kind: 'watching'; readonly account: Hex; readonly market: Hex; readonly block: number }
  | {
      readonly kind: 'model';
      readonly token: bigint;
      readonly modelId: Hex;
      readonly served: boolean;
      readonly reason?: string;
    }
  | { readonly kind: 'left'; readonly requestId: Hex; readonly reason: LeaveReason | NoInputReason }
  | { readonly kind: 'claimed'; readonly requestId: Hex; readonly stake: bigint; readonly transactionHash: Hex }
  | { readonly kind: 'proved'; readonly requestId: Hex; readonly milliseconds: number }
  | { readonly kind: 'submitted'; readonly requestId: Hex; readonly transactionHash: Hex; readonly gasUsed: bigint }
  | { readonly kind: 'paid'; readonly requestId: Hex; readonly amount: bigint }
  | { readonly kind: 'missed'; readonly requestId: Hex; readonly stake: bigint }
  | { readonly kind: 'reorganized'; readonly requestId: Hex }
  | { readonly kind: 'withdrawn'; readonly amount: bigint; readonly transactionHash: Hex }
  | { readonly kind: 'failed'; readonly requestId?: Hex; readonly what: string; readonly retry: boolean }
  | { readonly kind: 'stopping'; readonly open: number };

export type NoInputReason = 'no opening of its input' | 'input of another form';

export interface WatchReport {
  readonly account: Hex;
  /** Requests that were delivered, as the chain stands at the end. */
  readonly delivered: readonly { readonly requestId: Hex; readonly bounty: bigint }[];
  /** Requests that were claimed and not delivered in time. */
  readonly missed: readonly Hex[];
  /** Wei, over the watch. */
  readonly withdrawn: bigint;
  readonly gasCost: bigint;
}
