/** What a prover does about one request: a function of what the chain says now, so that nothing depends on what was before a restart or
 * a reorganization. */
import type { MarketRequest } from '../../chain/market.js';

/** What a prover asks of a request before it risks a stake. Amounts in wei, times in seconds. */
export interface ProverTerms {
  /** Address that claims and is paid. */
  readonly account: string;
  /** Least bounty after gas. */
  readonly minBounty: bigint;
  /** Gas of claim and delivery at today's price. */
  readonly gasCost: bigint;
  /** Most that a claim may cost. Default: as much as the bounty. */
  readonly maxStake?: bigint;
  /** What the account has. */
  readonly balance: bigint;
  /** Least time between claim and the end of it. */
  readonly margin: number;
  /** Take nothing new. */
  readonly isStopping: boolean;
}

export type Decision =
  /** Prove, and send the proof. */
  | { readonly kind: 'deliver' }
  | { readonly kind: 'claim' }
  /** Nothing now; what the chain says may change. */
  | { readonly kind: 'leave'; readonly reason: LeaveReason };

export type LeaveReason =
  | 'not on the chain'
  | 'delivered'
  | 'delivered by another'
  | 'refunded'
  | 'deadline passed'
  | 'deadline missed'
  | 'claimed by another'
  | 'too little time'
  | 'bounty too low'
  | 'stake too high'
  | 'balance too low'
  | 'stopping';

/** @param now time of the latest block */
export function decide(request: MarketRequest, terms: ProverTerms, now: number): Decision {
  const { status, claim, deadline } = request;
  if (status === 'none') return leave('not on the chain');
  if (status === 'refunded') return leave('refunded');
  if (status === 'fulfilled') {
    return leave(isSame(request.deliveredBy!, terms.account) ? 'delivered' : 'delivered by another');
  }
  const isOurs = claim !== undefined && isSame(claim.prover, terms.account);
  if (now >= deadline) return leave(isOurs ? 'deadline missed' : 'deadline passed');
  // A claim that lapsed is still good while nobody took its place.
  if (isOurs) return { kind: 'deliver' };
  if (claim !== undefined && now <= claim.expiry) return leave('claimed by another');
  return worthwhile(request, terms, now);
}

function worthwhile(request: MarketRequest, terms: ProverTerms, now: number): Decision {
  const { bounty, stake, claimWindow, deadline } = request;
  if (terms.isStopping) return leave('stopping');
  if (Math.min(claimWindow, deadline - now) < terms.margin) return leave('too little time');
  if (bounty - terms.gasCost < terms.minBounty) return leave('bounty too low');
  if (stake > (terms.maxStake ?? bounty)) return leave('stake too high');
  if (stake + terms.gasCost > terms.balance) return leave('balance too low');
  return { kind: 'claim' };
}

function leave(reason: LeaveReason): Decision {
  return { kind: 'leave', reason };
}

function isSame(a: string, b: string): boolean {
  return a.toLowerCase() === b.toLowerCase();
}
