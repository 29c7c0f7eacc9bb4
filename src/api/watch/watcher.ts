/** The loop of a watching prover. */
import type { Hex } from '../../artifacts/types.js';
import { type ContractCall, sendCall, type SentCall } from '../../chain/calls.js';
import { findRequests, type PostedRequest } from '../../chain/market-events.js';
import {
  claimCall,
  type MarketRequest,
  readCredit,
  readRequest,
  requestContext,
  submitCall,
  withdrawCall,
} from '../../chain/market.js';
import { readModel, type RegisteredModel } from '../../chain/registry.js';
import type { ContractReference } from '../../chain/types.js';
import { type BlockHead, readBalance, readFeePerGas, readHead } from '../../chain/views.js';
import { ZkinferError } from '../../errors.js';
import { verifierObjection } from '../compile-verifier.js';
import { decide, type LeaveReason } from './decide.js';
import type { WatchOptions, WatchReport } from './types.js';
import type { LoadedServedModel, Workshop } from './workshop.js';

/** Blocks that a chain may go back, and that are read again at every look. */
const REORGANIZATION_DEPTH = 64;
/** Gas of a claim, of a delivery without its bytes, of a byte of it, and of a withdrawal, at most. */
const GAS = { claim: 75_000n, delivery: 420_000n, byte: 20n, withdrawal: 40_000n };
const ATTEMPTS = 3;

interface Known {
  readonly posted: PostedRequest;
  readonly model: LoadedServedModel;
  /** What was last said about it. */
  said?: string;
  failures: number;
  /** The claim or delivery of ours that the chain last showed. */
  seen?: 'claimed' | 'delivered';
  bounty: bigint;
  /** Whether there was something to do for it during this watch. */
  isWitnessed: boolean;
  /** Block at which there was first nothing left to do. */
  settledAt?: number;
}

export class Watcher {
  private readonly known = new Map<Hex, Known>();
  private readonly tokens = new Map<
    bigint,
    { readonly verifier: Hex; readonly model: LoadedServedModel | undefined }
  >();
  /** Requests for tokens that have not been checked yet. */
  private readonly unchecked = new Map<Hex, PostedRequest>();
  /** What no reorganization will open again. */
  private readonly finished = new Map<Hex, Known>();
  private readonly missed = new Set<Hex>();
  private scannedTo: number | undefined;
  private withdrawn = 0n;
  private gasCost = 0n;
  private mayHaveCredit = true;

  constructor(
    private readonly options: WatchOptions,
    private readonly market: ContractReference,
    private readonly registry: ContractReference,
    private readonly account: Hex,
    private readonly workshop: Workshop,
  ) {}

  /**
   * Looks at the chain and does one thing, if there is one to do.
   * @returns whether it did something: the chain should then be looked at again at once
   */
  async step(isStopping: boolean): Promise<boolean> {
    const head = await readHead(this.options.connection);
    await this.discover(head);
    const balance = await readBalance(this.options.connection, this.account);
    const feePerGas = await readFeePerGas(this.options.connection);
    const looked = [...this.known.values()].filter((known) => this.isDeep(known, head));
    const requests = await Promise.all(
      looked.map(({ posted }) => readRequest(this.options.connection, this.market, posted.id)),
    );
    const claims: { known: Known; request: MarketRequest }[] = [];
    const promised: Known[] = [];
    for (const [i, known] of looked.entries()) {
      const request = requests[i]!;
      const decision = decide(request, this.terms(known, balance, feePerGas, isStopping), head.timestamp);
      this.notice(known, request, decision.kind === 'leave' ? decision.reason : decision.kind, head);
      if (known.failures >= ATTEMPTS) continue;
      if (decision.kind === 'deliver') promised.push(known);
      if (decision.kind === 'claim') claims.push({ known, request });
    }
    // What is promised comes before anything new.
    if (promised[0] !== undefined) return this.attempt(promised[0], () => this.deliver(promised[0]!));
    claims.sort((a, b) => Number(b.request.bounty - a.request.bounty));
    for (const { known, request } of claims) {
      const obstacle = await this.workshop.obstacle(known.model.prover, known.posted);
      if (obstacle === undefined) return this.attempt(known, () => this.claim(known, request));
      this.say(known, obstacle);
    }
    if (await this.withdraw(feePerGas)) return true;
    // A check takes seconds, and strangers can ask for any number of them: it comes after what earns, one at a time.
    return this.checkNext();
  }

  private isDeep({ posted }: Known, head: BlockHead): boolean {
    return head.number - posted.blockNumber + 1 >= (this.options.confirmations ?? 1);
  }

  /** Claims of ours that are not delivered yet. */
  get open(): number {
    return [...this.known.values()].filter(({ seen, failures }) => seen === 'claimed' && failures < ATTEMPTS).length;
  }

  report(): WatchReport {
    const delivered = [...this.finished, ...this.known]
      .filter(([, { seen, isWitnessed }]) => seen === 'delivered' && isWitnessed)
      .map(([requestId, { bounty }]) => ({ requestId, bounty }));
    const { account, withdrawn, gasCost } = this;
    return { account, delivered, missed: [...this.missed], withdrawn, gasCost };
  }

  /** Reads new requests, and those of the last blocks again: a reorganization may have put others in their place. */
  private async discover(head: BlockHead): Promise<void> {
    const { connection, fromBlock = Math.max(0, head.number - 5_000) } = this.options;
    const from =
      this.scannedTo === undefined ? fromBlock : Math.min(this.scannedTo, head.number) - REORGANIZATION_DEPTH;
    for (const posted of await findRequests(connection, this.market, Math.max(0, from), head.number)) {
      if (this.finished.has(posted.id)) continue;
      const token = this.tokens.get(posted.modelToken);
      if (token === undefined) this.unchecked.set(posted.id, posted);
      else this.know(posted, token.model);
    }
    this.scannedTo = head.number;
  }

  /** Checks one token. @returns whether there was one */
  private async checkNext(): Promise<boolean> {
    const [next] = this.unchecked.values();
    if (next === undefined) return false;
    const model = await this.modelOf(next.modelToken);
    for (const posted of [...this.unchecked.values()].filter(({ modelToken }) => modelToken === next.modelToken)) {
      this.unchecked.delete(posted.id);
      this.know(posted, model);
    }
    return true;
  }

  private know(posted: PostedRequest, model: LoadedServedModel | undefined): void {
    if (model === undefined) return;
    const before = this.known.get(posted.id);
    const fresh = { posted, model, failures: 0, bounty: 0n, isWitnessed: false };
    this.known.set(posted.id, before === undefined ? fresh : { ...before, posted });
  }

  /** The model of a token, if it is to be served. A token never changes its verifier. */
  private async modelOf(token: bigint): Promise<LoadedServedModel | undefined> {
    const checked = this.tokens.get(token);
    if (checked !== undefined) return checked.model;
    const { connection, tokens, onEvent } = this.options;
    const registered = await readModel(connection, this.registry, token);
    const model = this.workshop.modelOf(registered);
    const isNamed = tokens?.includes(token);
    let reason: string | undefined;
    if (model === undefined) reason = 'another model';
    else if (isNamed === false) reason = 'not named';
    else if (!isNamed) reason = await this.objection(registered, model);
    const served = reason === undefined ? model : undefined;
    this.tokens.set(token, { verifier: registered.verifier, model: served });
    const result = { kind: 'model', token, modelId: registered.modelId, served: served !== undefined } as const;
    onEvent?.(reason === undefined ? result : { ...result, reason });
    return served;
  }

  private objection({ verifier }: RegisteredModel, { dir, weightsCommitment }: LoadedServedModel) {
    const { connection, universal } = this.options;
    return verifierObjection(connection, {
      dir,
      verifier,
      ...(weightsCommitment === undefined ? {} : { weightsCommitment }),
      ...(universal === undefined ? {} : { universal }),
    });
  }

  private terms({ posted }: Known, balance: bigint, feePerGas: bigint, isStopping: boolean) {
    const { minBounty = 0n, maxStake, margin = 30 } = this.options;
    const gas = GAS.claim + GAS.delivery + GAS.byte * BigInt(posted.input.length / 2);
    return {
      account: this.account,
      minBounty,
      gasCost: gas * feePerGas,
      ...(maxStake === undefined ? {} : { maxStake }),
      balance,
      margin: Math.max(margin, (3 * this.workshop.longest) / 1_000),
      isStopping,
    };
  }

  /** Tells what changed since the last look, and forgets what is long settled. */
  private notice(known: Known, request: MarketRequest, now: LeaveReason | 'deliver' | 'claim', head: BlockHead): void {
    const { id } = known.posted;
    const { onEvent } = this.options;
    const before = known.seen;
    known.bounty = request.bounty;
    if (now === 'deliver') known.seen = 'claimed';
    else if (now === 'delivered') known.seen = 'delivered';
    else delete known.seen;
    if (before === 'delivered' && now !== 'delivered') onEvent?.({ kind: 'reorganized', requestId: id });
    if (before === 'claimed' && (now === 'claim' || now === 'not on the chain')) {
      onEvent?.({ kind: 'reorganized', requestId: id });
    }
    if (now === 'delivered' && before !== 'delivered' && known.isWitnessed) {
      this.mayHaveCredit = true;
      onEvent?.({ kind: 'paid', requestId: id, amount: request.bounty });
    }
    if (now === 'deadline missed' && known.isWitnessed && !this.missed.has(id)) {
      this.missed.add(id);
      onEvent?.({ kind: 'missed', requestId: id, stake: request.stake });
    }
    if (now === 'deliver' || now === 'claim') {
      known.isWitnessed = true;
      delete known.said;
      delete known.settledAt;
      return;
    }
    const isOld = SETTLED.has(now) && !known.isWitnessed && known.said === undefined;
    if (now !== 'delivered' && now !== 'deadline missed' && !isOld) this.say(known, now);
    if (!SETTLED.has(now)) return void delete known.settledAt;
    known.settledAt ??= head.number;
    if (head.number - known.settledAt < REORGANIZATION_DEPTH) return;
    this.known.delete(id);
    this.workshop.forget(id);
    this.finished.set(id, known);
  }

  private say(
    known: Known,
    reason: Extract<Parameters<NonNullable<WatchOptions['onEvent']>>[0], { kind: 'left' }>['reason'],
  ): void {
    if (known.said === reason) return;
    known.said = reason;
    this.options.onEvent?.({ kind: 'left', requestId: known.posted.id, reason });
  }

  /** What fails is tried again after a while, but not for ever: the next look at the chain may tell why it failed. */
  private async attempt(known: Known, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      known.failures = 0;
      return true;
    } catch (error) {
      if (!(error instanceof ZkinferError)) throw error;
      known.failures += 1;
      const retry = known.failures < ATTEMPTS;
      this.options.onEvent?.({ kind: 'failed', requestId: known.posted.id, what: error.message, retry });
      return false;
    }
  }

  private async claim({ posted: { id, modelToken } }: Known, { stake }: MarketRequest): Promise<void> {
    // A reorganization of the registry can have given the number to another model.
    const { verifier } = await readModel(this.options.connection, this.registry, modelToken);
    if (this.tokens.get(modelToken)?.verifier !== verifier) {
      this.tokens.delete(modelToken);
      this.known.delete(id);
      this.scannedTo = undefined;
      return;
    }
    const { transactionHash } = await this.send(claimCall(this.market, id, stake));
    this.options.onEvent?.({ kind: 'claimed', requestId: id, stake, transactionHash });
  }

  /** One step at a time, since proving takes long: the proof, and at the next look, if it still makes sense, its delivery. */
  private async deliver({ posted, model }: Known): Promise<void> {
    const { connection, onEvent } = this.options;
    const isNew = !this.workshop.hasProof(posted.id);
    const started = performance.now();
    const context = await requestContext(connection, this.market, posted.id, this.account);
    const { input, output, proof } = await this.workshop.prove(model, posted, context);
    if (isNew) {
      onEvent?.({ kind: 'proved', requestId: posted.id, milliseconds: Math.round(performance.now() - started) });
      return;
    }
    const delivery = { requestId: posted.id, prover: this.account, input, output, proof };
    const { transactionHash, gasUsed } = await this.send(submitCall(this.market, delivery));
    onEvent?.({ kind: 'submitted', requestId: posted.id, transactionHash, gasUsed });
  }

  /** Fetches what was earned, where it is worth its gas. */
  private async withdraw(feePerGas: bigint): Promise<boolean> {
    if (!this.mayHaveCredit) return false;
    this.mayHaveCredit = false;
    const amount = await readCredit(this.options.connection, this.market, this.account);
    if (amount === 0n || amount < (this.options.withdrawFrom ?? 20n * GAS.withdrawal * feePerGas)) return false;
    const { transactionHash } = await this.send(withdrawCall(this.market, this.account));
    this.withdrawn += amount;
    this.options.onEvent?.({ kind: 'withdrawn', amount, transactionHash });
    return true;
  }

  private async send(call: ContractCall): Promise<SentCall> {
    // Whatever of ours still waits to be mined, from before a restart for one, is replaced: it cannot come on top.
    const sent = await sendCall(this.options.connection, call, { replacePending: true });
    this.gasCost += sent.fee;
    return sent;
  }
}

const SETTLED: ReadonlySet<string> = new Set<LeaveReason>([
  'delivered',
  'delivered by another',
  'refunded',
  'deadline passed',
  'deadline missed',
]);
