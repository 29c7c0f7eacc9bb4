/** Who means ill: verifiers that an attacker registered, provers and consumers that cheat, and random bytes. */
import { concat, type Contract, FunctionFragment, keccak256, ZeroAddress, ZeroHash } from 'ethers';
import {
  eventOf,
  type MarketChain,
  mined,
  mockProof,
  resetBetweenTests,
  startMarketChain,
} from '../support/market-chain.js';
import { INPUT, marketUser, type MarketUser, OUTPUT, TERMS } from '../support/market-requests.js';
import { Random } from '../support/random.js';

const [MAKER, CONSUMER, PROVER, RIVAL, ATTACKER] = [0, 1, 2, 3, 4];
const { bounty, fee, stake, window, time } = TERMS;
const BURN = '0x000000000000000000000000000000000000dEaD';
/** As HostileModel counts them. */
const DEEDS = ['accept', 'refuse', 'burn', 'long revert', 'long answer', 'short answer', 'no bool', 'call'] as const;
type Deed = (typeof DEEDS)[number];

/** What is no verdict, or the wrong one, and what calls then revert with. */
const NO_VERDICTS = [
  ['refuse', /^InvalidProof\(/],
  ['burn', /^unknown 0 bytes$/],
  ['long revert', /^unknown 50000 bytes$/],
  ['short answer', /^unknown 0 bytes$/],
  ['no bool', /^unknown 0 bytes$/],
] as const;

let m: MarketChain;
let user: MarketUser;
let hostile: Contract;
let honestToken: bigint;
let token: bigint;

beforeAll(async () => {
  m = await startMarketChain();
  user = marketUser(m);
  hostile = await m.make('HostileModel', [m.model.target]);
  honestToken = await register(m.model, MAKER);
  token = await register(hostile, ATTACKER);
});
afterAll(() => m.chain.stop());
resetBetweenTests(() => m);

async function register(verifier: Contract, by: number): Promise<bigint> {
  const registry = m.registry.connect(m.accounts[by]!) as Contract;
  const receipt = await mined(registry.register!(verifier.target, fee, '', false));
  return eventOf(receipt, m.registry, 'ModelRegistered').tokenId as bigint;
}

const does = (deed: Deed): Promise<unknown> => mined(hostile.onVerdict!(DEEDS.indexOf(deed)));
/** As `reverts` tells it, with the length of data that are no error instead of the data. */
const refusal = async (call: Promise<unknown>): Promise<string> =>
  (await m.reverts(call)).replace(/^unknown 0x(.*)$/, (_, hex: string) => `unknown ${hex.length / 2} bytes`);
const statusOf = async (id: string): Promise<bigint> => (await m.market.getRequest!(id)).status as bigint;
const credits = (): Promise<bigint[]> =>
  Promise.all([MAKER, CONSUMER, PROVER, RIVAL, ATTACKER].map((account) => user.credit(account)));

describe('a verifier of an attacker', () => {
  it.each(NO_VERDICTS)(
    'that does this: %s, gives no verdict; its requests are refunded, others served',
    async (deed, error) => {
      const [id, other] = [await user.request({ token }), await user.request({ token: honestToken })];
      await user.claim(id, PROVER);
      await does(deed);
      const delivery = m.market.submit!.staticCall(id, user.address(PROVER), INPUT, OUTPUT, '0x', {
        gasLimit: 3_000_000,
      });
      expect(await refusal(delivery)).toMatch(error);
      expect([await statusOf(id), await credits()]).toEqual([1n, [0n, 0n, 0n, 0n, 0n]]);
      await user.submit(other, PROVER);
      await m.pass(time + 1);
      await mined(m.market.refund!(id));
      const half = stake / 2n;
      expect(await credits()).toEqual([fee, bounty + fee + half, bounty, 0n, 0n]);
      expect(await m.market.creditOf!(BURN)).toBe(stake - half);
      expect(await m.balance(m.market)).toBe(fee + bounty + fee + stake + bounty);
    },
  );

  it.each(['accept', 'long answer'] as const)('that does this: %s, pays out no more than its request', async (deed) => {
    await does(deed);
    const [id, other] = [await user.request({ token }), await user.request({ token: honestToken })];
    await user.submit(id, ATTACKER, { proof: '0x' });
    expect(await credits()).toEqual([0n, 0n, 0n, 0n, bounty + fee]);
    expect(await m.reverts(user.submit(id, ATTACKER, { proof: '0x' }))).toBe(`RequestNotOpen(${id}, 2)`);
    await user.submit(other, PROVER);
    expect(await m.balance(m.market)).toBe(2n * (bounty + fee));
  });

  it('that calls back changes nothing: it is asked by static calls', async () => {
    await does('call');
    const [late, id] = [await user.request({ token, time: 10 }), await user.request({ token })];
    const label = ZeroHash;
    await m.pass(11);
    // What anybody may do, and what only the verifier's own account could.
    const calls = [
      [m.market, 'refund', [late]],
      [m.market, 'withdraw', [user.address(ATTACKER)]],
      [m.registry, 'register', [hostile.target, 0, '', true]],
    ] as const;
    for (const [contract, name, args] of calls) {
      await mined(hostile.onCall!(contract.target, contract.interface.encodeFunctionData(name, args)));
      const before = [await statusOf(late), await credits(), await m.registry.modelCount!()];
      await m.market.submit!.staticCall(id, user.address(PROVER), INPUT, OUTPUT, '0x');
      await m.feed.update!.staticCall(token, label, 1, INPUT, OUTPUT, '0x', { value: fee });
      expect([await statusOf(late), await credits(), await m.registry.modelCount!()]).toEqual(before);
    }
    await user.submit(id, PROVER, { proof: '0x' });
    expect([await statusOf(late), await statusOf(id)]).toEqual([1n, 2n]);
  });

  it('that changes its mind takes from a prover the stake, and half of it for nobody', async () => {
    await does('accept');
    const id = await user.request({ token, by: ATTACKER });
    await user.claim(id, PROVER);
    await does('refuse');
    expect(await m.reverts(user.submit(id, PROVER))).toBe(`InvalidProof(${id}, ${user.address(PROVER)})`);
    await m.pass(window + 1);
    await does('accept');
    await user.submit(id, RIVAL);
    expect(await credits()).toEqual([0n, 0n, 0n, bounty, stake / 2n + fee]);
    expect(await m.market.creditOf!(BURN)).toBe(stake - stake / 2n);
  });

  it.each(NO_VERDICTS)('that does this: %s, sets nothing in a feed', async (deed, error) => {
    await does(deed);
    const update = m.feed.update!.staticCall(token, ZeroHash, 1, INPUT, OUTPUT, '0x', {
      value: fee,
      gasLimit: 3_000_000,
    });
    expect(await refusal(update)).toMatch(error);
  });

  it.each(NO_VERDICTS.map(([deed]) => deed))(
    'that does this: %s, where ERC-165 asks, is not registered',
    async (deed) => {
      await mined(hostile.onInterfaces!(DEEDS.indexOf(deed)));
      const call = m.registry.register!.staticCall(hostile.target, fee, '', true, { gasLimit: 3_000_000 });
      expect(await m.reverts(call)).toBe(`NotAVerifier(${hostile.target})`);
    },
  );
});

describe('a prover that is nobody', () => {
  it('earns the bounty of its proof and no stake that nobody paid', async () => {
    const id = await user.request({ token: honestToken });
    const proof = mockProof((await m.market.contextOf!(id, ZeroAddress)) as string, INPUT, OUTPUT);
    await mined(m.market.submit!(id, ZeroAddress, INPUT, OUTPUT, proof));
    expect(await m.market.creditOf!(ZeroAddress)).toBe(bounty);
    expect(await m.balance(m.market)).toBe(bounty + fee);
  });
});

describe('a consumer', () => {
  it('that has seen a delivery can delay it by claims, at the price of half the stake each, not keep what is claimed', async () => {
    const id = await user.request({ token: honestToken });
    // A delivery without a claim is in the mempool; the consumer claims first.
    await user.claim(id, CONSUMER);
    expect(await m.reverts(user.submit(id, PROVER))).toMatch(/^ClaimLive/);
    await m.pass(window + 1);
    await user.submit(id, PROVER);
    expect(await credits()).toEqual([fee, stake / 2n, bounty, 0n, 0n]);
    // With a claim of its own the prover cannot be kept out.
    const claimed = await user.request({ token: honestToken });
    await user.claim(claimed, PROVER);
    expect(await m.reverts(user.claim(claimed, CONSUMER))).toMatch(/^ClaimLive/);
    await user.submit(claimed, PROVER);
    expect(await user.credit(PROVER)).toBe(2n * bounty + stake);
  });

  it('gets no result for an input that has the form of one', async () => {
    const model = await m.make('MockModel');
    await mined(model.setLengths!(64, 3));
    const posing = concat([keccak256(INPUT), keccak256(OUTPUT)]);
    const id = await user.request({ token: await register(model, MAKER), input: posing });
    const isResult = (): Promise<boolean> => m.market.isResult!(id, INPUT, OUTPUT) as Promise<boolean>;
    expect((await m.market.getRequest!(id)).digest).toBe(keccak256(posing));
    expect(await isResult()).toBe(false);
    await m.pass(time + 1);
    await mined(m.market.refund!(id));
    expect(await isResult()).toBe(false);
  });

  it('cannot spend more than numbers of wei hold, nor name a model that is none', async () => {
    const most = 2n ** 88n - 1n;
    const deadline = (await m.now()) + time;
    const post = (token_: bigint): Promise<unknown> =>
      m.market.request!.staticCall(token_, INPUT, most, most, deadline, window, { value: 1n });
    await mined(m.registry.setLicenseFee!(honestToken, most));
    expect(await m.reverts(post(honestToken))).toBe(`WrongPayment(${2n * most}, 1)`);
    for (const none of [0n, 2n ** 64n + honestToken]) {
      expect(await m.reverts(post(none))).toBe(`ERC721NonexistentToken(${none})`);
    }
  });
});

describe('random bytes', () => {
  const random = new Random(31);

  it('are no delivery', async () => {
    const id = await user.request({ token: honestToken });
    const context = (await m.market.contextOf!(id, user.address(PROVER))) as string;
    for (let round = 0; round < 40; round++) {
      const [output, proof] = [random.hex(3), random.hex(random.pick([0, 31, 32, 33, 288]))];
      const submit = (input: string, shown: string, by = user.address(PROVER)): Promise<string> =>
        m.reverts(m.market.submit!.staticCall(id, by, input, output, shown));
      expect(await submit(INPUT, proof)).toBe(`InvalidProof(${id}, ${user.address(PROVER)})`);
      expect(await submit(random.hex(random.integer(0, 40)), proof)).toBe(`WrongInput(${id})`);
      const right = mockProof(context, INPUT, output);
      const thief = random.hex(20);
      expect(await submit(INPUT, right)).toBe('no revert');
      expect(await submit(INPUT, right, thief)).toMatch(/^InvalidProof\(/);
      expect(await m.reverts(m.market.submit!.staticCall(random.hex(32), thief, INPUT, output, right))).toMatch(
        /^RequestNotOpen\(0x[0-9a-f]{64}, 0\)$/,
      );
    }
  });

  it('as calls change nothing, and are refused by a named error or as no arguments at all', async () => {
    const known = /^(\w+\(.*\)|unknown 0x)$/;
    const from = m.accounts[RIVAL]!.address;
    for (const contract of [m.market, m.feed, m.registry]) {
      const changing = contract.interface.fragments.filter(
        (fragment) => fragment instanceof FunctionFragment && !['view', 'pure'].includes(fragment.stateMutability),
      ) as FunctionFragment[];
      expect(changing.length).toBeGreaterThan(1);
      for (const { selector, name } of changing) {
        // These ask nothing of who calls.
        if (name === 'setApprovalForAll') continue;
        for (let round = 0; round < 12; round++) {
          const words = Array.from({ length: random.integer(0, 9) }, () =>
            random.pick([random.hex(32).slice(2), random.integer(0, 300).toString(16).padStart(64, '0')]),
          ).join('');
          const data = `${selector}${words}${random.hex(random.integer(0, 31)).slice(2)}`;
          const value = random.pick([0n, 0n, 1n, fee]);
          const call = m.chain.connection.provider.call({ from, to: contract.target, data, value });
          const outcome = await m.reverts(call);
          expect(`${name}: ${outcome}`).not.toMatch(/no revert/);
          expect(outcome).toMatch(known);
        }
      }
    }
  });
});
