/**
 * Random sequences of calls, right and wrong ones: after each, the market agrees with the model of its ledger, and its balance equals what
 * it owes.
 */
import type { Contract } from 'ethers';
import { eventOf, type MarketChain, mined, mockProof, revertOf, startMarketChain } from '../support/market-chain.js';
import { BURN, MarketModel } from '../support/market-model.js';
import { INPUT, OUTPUT } from '../support/market-requests.js';
import { Random } from '../support/random.js';

const BURN_ADDRESS = '0x000000000000000000000000000000000000dEaD';
const SEEDS = [1, 2, 3];
const STEPS = 110;
const PEOPLE = 5;

/** What is done, as often as it stands here. */
const NAMES = [
  ...['request', 'request', 'request', 'claim', 'claim', 'claim', 'submit', 'submit', 'submit'],
  ...['refund', 'refund', 'withdraw', 'fee', 'transfer'],
] as const;

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

class Sequence {
  private readonly random: Random;
  private readonly model: MarketModel;
  private readonly ids: string[] = [];
  private readonly market: Contract;
  private readonly addresses: readonly string[];
  private now: number;
  private forced = 0n;
  readonly outcomes = new Map<string, number>();

  private constructor(
    seed: number,
    market: Contract,
    now: number,
    private readonly token: bigint,
  ) {
    this.random = new Random(seed);
    this.addresses = m.accounts.slice(0, PEOPLE).map(({ address }) => address);
    this.model = new MarketModel(70n, this.addresses[0]!);
    this.market = market;
    this.now = now;
  }

  static async start(seed: number): Promise<Sequence> {
    const receipt = await mined(m.registry.register!(m.model.target, 70n, '', false));
    const { tokenId } = eventOf(receipt, m.registry, 'ModelRegistered');
    const market = await m.make('InferenceMarket', [m.registry.target]);
    return new Sequence(seed, market, await m.now(), tokenId as bigint);
  }

  async step(): Promise<void> {
    this.advance();
    if (this.random.integer(0, 39) === 0) return this.force();
    const step = await this.choose();
    const outcome = await this.send(step);
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    expect(`${step.name}: ${outcome}`).toBe(`${step.name}: ${step.expected ?? 'done'}`);
    await this.checkBooks();
  }

  /** Some seconds on, often exactly to where a rule changes. */
  private advance(): void {
    const edges = this.model.requests.flatMap(({ claim, deadline }) => [
      deadline,
      deadline + 1,
      ...(claim ? [claim.expiry, claim.expiry + 1] : []),
    ]);
    const ahead = edges.filter((edge) => edge > this.now && edge < this.now + 20);
    this.now =
      ahead.length > 0 && this.random.integer(0, 3) === 0 ? Math.min(...ahead) : this.now + this.random.integer(1, 4);
  }

  private async choose(): Promise<Step> {
    const { random, model, now } = this;
    const by = random.integer(0, PEOPLE - 1);
    const address = this.addresses[by]!;
    const open = model.requests.flatMap(({ status }, index) => (status === 'open' ? [index] : []));
    const isOpen = open.length > 0 && random.integer(0, 7) > 0;
    const id = isOpen ? random.pick(open) : random.integer(0, model.requests.length);
    const name = random.pick(NAMES);
    const on = { name, by, contract: this.market };
    const isWrong = random.integer(0, 4) === 0;
    const off = isWrong ? 1n : 0n;
    switch (name) {
      case 'request': {
        const [bounty, stake] = [BigInt(random.integer(0, 1_000)), BigInt(random.integer(0, 99))];
        const wrong = random.pick(['nothing', 'nothing', 'nothing', 'deadline', 'window']);
        const deadline = now + (wrong === 'deadline' ? 0 : random.integer(5, 160));
        const window = wrong === 'window' ? 0 : random.integer(1, 40);
        const value = bounty + model.fee + BigInt(random.integer(0, 9) === 0 ? 1 : 0);
        const expected = model.request(now, value, { consumer: address, bounty, stake, deadline, window });
        return { ...on, args: [this.token, INPUT, bounty, stake, deadline, window], value, expected };
      }
      case 'claim': {
        const value = (model.requests[id]?.stake ?? 0n) + off;
        return { ...on, args: [this.idOf(id)], value, expected: model.claim(now, value, id, address) };
      }
      case 'submit': {
        const claimant = model.requests[id]?.claim?.prover;
        const prover = claimant !== undefined && random.integer(0, 1) === 0 ? claimant : address;
        const context = (await this.market.contextOf!(
          this.idOf(id),
          isWrong ? this.addresses[(by + 1) % PEOPLE]! : prover,
        )) as string;
        const isValid = !isWrong || this.addresses[(by + 1) % PEOPLE] === prover;
        const expected = model.submit(now, id, prover, isValid);
        return { ...on, args: [this.idOf(id), prover, INPUT, OUTPUT, mockProof(context, INPUT, OUTPUT)], expected };
      }
      case 'refund':
        return { ...on, args: [this.idOf(id)], expected: model.refund(now, id) };
      case 'withdraw':
        return { ...on, args: [this.addresses[random.integer(0, PEOPLE - 1)]], expected: model.withdraw(address) };
      case 'fee': {
        const isOwner = address === model.modelOwner;
        const fee = BigInt(random.integer(0, 200));
        if (isOwner) model.fee = fee;
        const expected = isOwner ? undefined : 'NotModelOwner';
        return { name: 'setLicenseFee', by, contract: m.registry, args: [this.token, fee], expected };
      }
      default: {
        const owner = this.addresses.indexOf(model.modelOwner);
        const args = [model.modelOwner, address, this.token];
        model.modelOwner = address;
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
    const outcome = (await revertOf(asked, m.contracts)).replace(/\(.*/, '');
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
    const accounts = [...this.addresses, BURN_ADDRESS];
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
    expect(credits).toEqual([...this.addresses, BURN].map((account) => model.creditOf(account)));
    expect(requests.map(({ status }) => status)).toEqual(
      model.requests.map(({ status }) => ({ open: 1n, fulfilled: 2n, refunded: 3n })[status]),
    );
    expect(reputations.map(({ slashed }) => Number(slashed))).toEqual(
      this.addresses.map((account) => model.slashes.get(account) ?? 0),
    );
  }

  /** After all deadlines everybody fetches what is theirs, and nothing but the burnt half of lost stakes is left. */
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
    expect(await m.balance(this.market)).toBe(this.model.creditOf(BURN) + this.forced);
  }

  private async pay(step: Omit<Step, 'contract'>): Promise<void> {
    this.now += 1;
    expect(await this.send({ ...step, contract: this.market })).toBe('done');
  }

  private idOf(index: number): string {
    return this.ids[index] ?? `0x${'00'.repeat(32)}`;
  }
}

it.each(SEEDS)('the books are right after every call, seed %i', async (seed) => {
  const sequence = await Sequence.start(seed);
  for (let step = 0; step < STEPS; step++) await sequence.step();
  await sequence.settle();
  for (const [outcome, count] of sequence.outcomes) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
});

const outcomes = new Map<string, number>();
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
  expect(outcomes.get('done')).toBeGreaterThan((SEEDS.length * STEPS) / 3);
});
