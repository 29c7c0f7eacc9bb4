/**
 * The market's ledger once more, in TypeScript, as the documentation describes it: who owes what to whom after each call, and by which
 * error a call is refused.
 */

export const BURN = 'burn';

/** A model in the registry. */
export interface MarketToken {
  fee: bigint;
  owner: string;
}

/** What a prover did, as IInferenceMarket counts it. */
export interface Counts {
  readonly claimed: number;
  readonly delivered: number;
  readonly slashed: number;
}

export interface ModelRequest {
  readonly token: MarketToken;
  readonly consumer: string;
  readonly bounty: bigint;
  readonly fee: bigint;
  readonly stake: bigint;
  readonly deadline: number;
  readonly window: number;
  status: 'open' | 'fulfilled' | 'refunded';
  claim?: { readonly prover: string; readonly expiry: number };
}

/** Every method gives the name of the error, or nothing where the call succeeds. */
export class MarketModel {
  readonly requests: ModelRequest[] = [];
  readonly credits = new Map<string, bigint>();
  balance = 0n;
  private readonly counts = new Map<string, Counts>();

  request(now: number, value: bigint, terms: Omit<ModelRequest, 'status' | 'fee' | 'claim'>): string | undefined {
    if (terms.deadline <= now) return 'DeadlineNotInFuture';
    if (terms.window === 0) return 'NoClaimWindow';
    if (value !== terms.bounty + terms.token.fee) return 'WrongPayment';
    this.requests.push({ ...terms, fee: terms.token.fee, status: 'open' });
    this.balance += value;
    return undefined;
  }

  claim(now: number, value: bigint, id: number, prover: string): string | undefined {
    const request = this.requests[id];
    if (request?.status !== 'open') return 'RequestNotOpen';
    if (now > request.deadline) return 'DeadlinePassed';
    if (request.claim && now <= request.claim.expiry) return 'ClaimLive';
    if (value !== request.stake) return 'WrongPayment';
    this.slash(request);
    request.claim = { prover, expiry: Math.min(now + request.window, request.deadline) };
    this.balance += value;
    this.count(prover, 'claimed');
    return undefined;
  }

  submit(now: number, id: number, prover: string, isValid: boolean): string | undefined {
    const request = this.requests[id];
    if (request?.status !== 'open') return 'RequestNotOpen';
    if (now > request.deadline) return 'DeadlinePassed';
    const { claim } = request;
    if (claim && claim.prover !== prover && now <= claim.expiry) return 'ClaimLive';
    if (!isValid) return 'InvalidProof';
    if (claim?.prover === prover) this.credit(prover, request.stake);
    else this.slash(request);
    this.credit(prover, request.bounty);
    this.credit(request.token.owner, request.fee);
    this.count(prover, 'delivered');
    request.status = 'fulfilled';
    return undefined;
  }

  refund(now: number, id: number): string | undefined {
    const request = this.requests[id];
    if (request?.status !== 'open') return 'RequestNotOpen';
    if (now <= request.deadline) return 'DeadlineNotPassed';
    this.slash(request);
    this.credit(request.consumer, request.bounty + request.fee);
    request.status = 'refunded';
    return undefined;
  }

  withdraw(account: string): string | undefined {
    const credit = this.creditOf(account);
    if (credit === 0n) return 'NothingToWithdraw';
    this.credits.set(account, 0n);
    this.balance -= credit;
    return undefined;
  }

  creditOf(account: string): bigint {
    return this.credits.get(account) ?? 0n;
  }

  countsOf(account: string): Counts {
    return this.counts.get(account) ?? { claimed: 0, delivered: 0, slashed: 0 };
  }

  private count(account: string, what: keyof Counts): void {
    const counts = this.countsOf(account);
    this.counts.set(account, { ...counts, [what]: counts[what] + 1 });
  }

  private credit(account: string, amount: bigint): void {
    this.credits.set(account, this.creditOf(account) + amount);
  }

  private slash({ claim, consumer, stake }: ModelRequest): void {
    if (!claim) return;
    this.credit(consumer, stake / 2n);
    this.credit(BURN, stake - stake / 2n);
    this.count(claim.prover, 'slashed');
  }
}
