/**
 * Random sequences of calls, right and wrong ones: after each, the market agrees with the model of its ledger, and its balance equals what
 * it owes.
 */
import { type Contract, ZeroAddress } from 'ethers';
import fc from 'fast-check';
import { eventOf, type MarketChain, mined, mockProof, startMarketChain } from '../support/market-chain.js';
import { BURN, MarketModel, type MarketToken } from '../support/market-model.js';
import { INPUT, OUTPUT } from '../support/market-requests.js';

const BURN_ADDRESS = '0x000000000000000000000000000000000000dEaD';
const SEED = 5;
const RUNS = 4;
const STEPS = 90;
const PEOPLE = 5;

/** What is done, as often as it stands here. A step of a sequence that fails shrinks to the first. */
const NAMES = [
  'nothing',
  ...['request', 'request', 'request', 'claim', 'claim', 'claim', 'submit', 'submit', 'submit', 'submit'],
  ...['refund', 'refund', 'withdraw', 'fee', 'transfer', 'force'],
] as const;

/** Weighted: true once in so many times. */
const rarely = (times: number): fc.Arbitrary<boolean> => fc.integer({ min: 1, max: times }).map((n) => n === times);

/** A step as it is drawn: what it is about is found in the state in which it is taken, so that parts of a sequence can be left out. */
const DRAWN = fc.record({
  name: fc.constantFrom(...NAMES),
  by: fc.nat(PEOPLE - 1),
  to: fc.nat(PEOPLE - 1),
  request: fc.nat(1_000),
  anyRequest: rarely(8),
  token: fc.nat(1),
  pause: fc.integer({ min: 1, max: 4 }),
  toEdge: rarely(4),
  isWrong: rarely(5),
  byClaimant: fc.boolean(),
  byNobody: rarely(12),
  bounty: fc.integer({ min: 0, max: 1_000 }),
  stake: fc.integer({ min: 0, max: 99 }),
  time: fc.integer({ min: 5, max: 160 }),
  window: fc.integer({ min: 1, max: 40 }),
  flaw: fc.constantFrom('none', 'none', 'none', 'deadline', 'window', 'value'),
});
type Drawn = typeof DRAWN extends fc.Arbitrary<infer T> ? T : never;

/** A call as the contract and as the model take it. */
interface Step {
  readonly name: string;
  readonly by: number;
  readonly contract: Contract;
  readonly args: readonly unknown[];
  readonly value?: bigint;
  /** On success the model has changed; otherwise the name of the error. */
  readonly expected: string | undefined;
}

let m: MarketChain;
beforeAll(async () => {
  m = await startMarketChain();
});
afterAll(() => m.chain.stop());

/** How often each outcome came up, over all sequences. */
const outcomes = new Map<string, number>();

class Sequence {
  private readonly model = new MarketModel();
  private readonly ids: string[] = [];
  private readonly addresses = m.accounts.slice(0, PEOPLE).map(({ address }) => address);
  private forced = 0n;

  private constructor(
    private readonly market: Contract,
    private now: number,
    private readonly tokenIds: readonly bigint[],
    private readonly tokens: readonly MarketToken[],
  ) {}

  /** A market of its own, with two models. */
  static async start(): Promise<Sequence> {
    const owner = m.accounts[0]!.address;
    const tokens = [70n, 0n].map((fee) => ({ fee, owner }));
    const tokenIds = [];
    for (const { fee } of tokens) {
      const receipt = await mined(m.registry.register!(m.model.target, fee, '', false));
      tokenIds.push(eventOf(receipt, m.registry, 'ModelRegistered').tokenId as bigint);
    }
    const market = await m.make('InferenceMarket', [m.registry.target]);
    return new Sequence(market, await m.now(), tokenIds, tokens);
  }

  async step(drawn: Drawn): Promise<void> {
    this.advance(drawn);
    if (drawn.name === 'nothing') return;
    if (drawn.name === 'force') return this.force();
    const step = await this.choose(drawn);
    const outcome = await this.send(step);
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    expect(`${step.name}: ${outcome}`).toBe(`${step.name}: ${step.expected ?? 'done'}`);
    await this.checkBooks();
  }

  /** Some seconds on, often exactly to where a rule changes. */
  private advance({ pause, toEdge }: Drawn): void {
    const edges = this.model.requests.flatMap(({ claim, deadline }) => [
      deadline,
      deadline + 1,
      ...(claim ? [claim.expiry, claim.expiry + 1] : []),
    ]);
    const ahead = edges.filter((edge) => edge > this.now && edge < this.now + 20);
    this.now = ahead.length > 0 && toEdge ? Math.min(...ahead) : this.now + pause;
  }

  private async choose(drawn: Drawn): Promise<Step> {
    const { model, now, addresses } = this;
    const { name, by, isWrong, flaw } = drawn;
    const address = addresses[by]!;
    const open = model.requests.flatMap(({ status }, index) => (status === 'open' ? [index] : []));
    const isOpen = open.length > 0 && !drawn.anyRequest;
    const id = isOpen ? open[drawn.request % open.length]! : drawn.request % (model.requests.length + 1);
    const on = { name, by, contract: this.market };
    const token = this.tokens[drawn.token]!;
    const tokenId = this.tokenIds[drawn.token];
    switch (name) {
      case 'request': {
        const [bounty, stake] = [BigInt(drawn.bounty), BigInt(drawn.stake)];
        const deadline = now + (flaw === 'deadline' ? 0 : drawn.time);
        const window = flaw === 'window' ? 0 : drawn.window;
        const value = bounty + token.fee + (flaw === 'value' ? 1n : 0n);
        const expected = model.request(now, value, { token, consumer: address, bounty, stake, deadline, window });
        return { ...on, args: [tokenId, INPUT, bounty, stake, deadline, window], value, expected };
      }
      case 'claim': {
        const value = (model.requests[id]?.stake ?? 0n) + (isWrong ? 1n : 0n);
        return { ...on, args: [this.idOf(id)], value, expected: model.claim(now, value, id, address) };
      }
      case 'submit': {
        const claimant = model.requests[id]?.claim?.prover;
        // Nobody is a prover too: the address that unclaimed requests have where their prover would be.
        const proven = drawn.byNobody ? ZeroAddress : address;
        const prover = claimant !== undefined && drawn.byClaimant ? claimant : proven;
        const bound = isWrong ? addresses[(by + 1) % PEOPLE]! : prover;
        const context = (await this.market.contextOf!(this.idOf(id), bound)) as string;
        const expected = model.submit(now, id, prover, bound === prover);
        return { ...on, args: [this.idOf(id), prover, INPUT, OUTPUT, mockProof(context, INPUT, OUTPUT)], expected };
      }
      case 'refund':
        return { ...on, args: [this.idOf(id)], expected: model.refund(now, id) };
      case 'withdraw':
        return { ...on, args: [addresses[drawn.to]], expected: model.withdraw(address) };
      case 'fee': {
        const isOwner = address === token.owner;
        const fee = BigInt(drawn.bounty % 200);
        if (isOwner) token.fee = fee;
        const expected = isOwner ? undefined : 'NotModelOwner';
        return { name: 'setLicenseFee', by, contract: m.registry, args: [tokenId, fee], expected };
      }
      default: {
        const args = [token.owner, address, tokenId];
        const owner = addresses.indexOf(token.owner);
        token.owner = address;
        return { name: 'transferFrom', by: owner, contract: m.registry, args, expected: undefined };
      }
    }
  }

  private async send({ name, by, contract, args, value = 0n, expected }: Step): Promise<string> {
    const { provider } = m.chain.connection;
    const transaction = {
      from: this.addresses[by],
      to: contract.target,
      data: contract.interface.encodeFunctionData(name, args),
      value: `0x${value.toString(16)}`,
      gas: '0x7a120',
    };
    // The state before, at the time of the block to come.
    const asked = provider.send('eth_call', [transaction, 'latest', {}, { time: `0x${this.now.toString(16)}` }]);
    const outcome = (await m.reverts(asked)).replace(/\(.*/, '');
    if (outcome !== 'no revert' && expected !== undefined) return outcome;
    await provider.send('evm_setNextBlockTimestamp', [this.now]);
    const hash = (await provider.send('eth_sendTransaction', [transaction])) as string;
    const receipt = (await provider.send('eth_getTransactionReceipt', [hash])) as {
      status: string;
      logs: { topics: string[]; data: string }[];
    };
    if (receipt.status !== '0x1') return outcome;
    if (name === 'request') this.ids.push(this.market.interface.parseLog(receipt.logs[0]!)!.args.requestId as string);
    return 'done';
  }

  /** Ether that nobody asked for. */
  private async force(): Promise<void> {
    await m.chain.connection.provider.send('evm_setNextBlockTimestamp', [this.now]);
    await m.make('Forcer', [this.market.target], 13n);
    this.forced += 13n;
    await this.checkBooks();
  }

  private async checkBooks(): Promise<void> {
    const { model, market } = this;
    const accounts = [...this.addresses, ZeroAddress, BURN_ADDRESS];
    const [balance, credits, requests, reputations] = await Promise.all([
      m.balance(market),
      Promise.all(accounts.map((account) => market.creditOf!(account) as Promise<bigint>)),
      Promise.all(this.ids.map((id) => market.getRequest!(id))),
      Promise.all(this.addresses.map((account) => market.reputationOf!(account))),
    ]);
    const held = requests
      .filter(({ status }) => status === 1n)
      .map(({ bounty, licenseFee, claimExpiry, stake }) => bounty + licenseFee + (claimExpiry === 0n ? 0n : stake));
    const owed = [...credits, ...held].reduce((sum, amount) => sum + amount, 0n);
    expect(balance).toBe(owed + this.forced);
    expect(balance).toBe(model.balance + this.forced);
    expect(credits).toEqual([...this.addresses, ZeroAddress, BURN].map((account) => model.creditOf(account)));
    expect(requests.map(({ status }) => status)).toEqual(
      model.requests.map(({ status }) => ({ open: 1n, fulfilled: 2n, refunded: 3n })[status]),
    );
    expect(
      reputations.map(({ claimed, delivered, slashed }) => ({
        claimed: Number(claimed),
        delivered: Number(delivered),
        slashed: Number(slashed),
      })),
    ).toEqual(this.addresses.map((account) => model.countsOf(account)));
  }

  /** After all deadlines everybody fetches what is theirs, and nothing but the burnt half of lost stakes, and what nobody earned, is left. */
  async settle(): Promise<void> {
    this.now = Math.max(this.now, ...this.model.requests.map(({ deadline }) => deadline)) + 1;
    for (const [index, { status }] of this.model.requests.entries()) {
      if (status !== 'open') continue;
      await this.pay({ name: 'refund', by: 0, args: [this.ids[index]], expected: this.model.refund(this.now, index) });
    }
    for (const [by, address] of this.addresses.entries()) {
      if (this.model.creditOf(address) === 0n) continue;
      await this.pay({ name: 'withdraw', by, args: [address], expected: this.model.withdraw(address) });
    }
    const left = this.model.creditOf(BURN) + this.model.creditOf(ZeroAddress);
    expect(await m.balance(this.market)).toBe(left + this.forced);
  }

  private async pay(step: Omit<Step, 'contract'>): Promise<void> {
    this.now += 1;
    expect(await this.send({ ...step, contract: this.market })).toBe('done');
  }

  private idOf(index: number): string {
    return this.ids[index] ?? `0x${'00'.repeat(32)}`;
  }
}

it('the books are right after every call', async () => {
  const sequences = fc.array(DRAWN, { minLength: STEPS, maxLength: STEPS });
  const property = fc.asyncProperty(sequences, async (steps) => {
    const sequence = await Sequence.start();
    for (const step of steps) await sequence.step(step);
    await sequence.settle();
  });
  await fc.assert(property, {
    numRuns: RUNS,
    seed: SEED,
    interruptAfterTimeLimit: 400_000,
    markInterruptAsFailure: true,
  });
});

it('every refusal came up', () => {
  expect([...outcomes.keys()].sort()).toEqual([
    'ClaimLive',
    'DeadlineNotInFuture',
    'DeadlineNotPassed',
    'DeadlinePassed',
    'InvalidProof',
    'NoClaimWindow',
    'NotModelOwner',
    'NothingToWithdraw',
    'RequestNotOpen',
    'WrongPayment',
    'done',
  ]);
  expect(outcomes.get('done')).toBeGreaterThan((RUNS * STEPS) / 4);
});
