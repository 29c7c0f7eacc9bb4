/** The market: every way through a request, and everything that it refuses, on a real node. */
import { AbiCoder, keccak256, toUtf8Bytes, ZeroAddress, ZeroHash } from 'ethers';
import { eventOf, type MarketChain, mined, mockProof, resetBetweenTests } from '../support/market-chain.js';
import { INPUT, type MarketUser, OUTPUT, startModelMarket, TERMS } from '../support/market-requests.js';

const [MAKER, CONSUMER, PROVER, RIVAL, THIEF] = [0, 1, 2, 3, 4];
const BURN = '0x000000000000000000000000000000000000dEaD';
const { bounty, fee, stake, window, time } = TERMS;
const HALF = stake / 2n;

let m: MarketChain;
let user: MarketUser;

beforeAll(async () => void ({ m, user } = await startModelMarket()));
afterAll(() => m.chain.stop());
resetBetweenTests(() => m);

const requestOf = async (id: string): Promise<Record<string, unknown>> =>
  (await m.market.getRequest!(id)).toObject() as Record<string, unknown>;
const reputation = async (account: number): Promise<bigint[]> => [
  ...((await m.market.reputationOf!(user.address(account))) as bigint[]),
];
const burnt = (): Promise<bigint> => m.market.creditOf!(BURN) as Promise<bigint>;
const OPEN_NO_MORE = (id: string, status: number): string => `RequestNotOpen(${id}, ${status})`;

describe('a request', () => {
  it('keeps its terms and shows its input to everyone', async () => {
    const deadline = (await m.now()) + 500;
    const consumer = user.as(CONSUMER);
    const receipt = await mined(consumer.request!(1, INPUT, bounty, stake, deadline, window, { value: bounty + fee }));
    const { requestId, ...posted } = eventOf(receipt, m.market, 'Requested');
    const terms = { bounty, licenseFee: fee, stake, deadline: BigInt(deadline), claimWindow: BigInt(window) };
    expect(posted).toEqual({ ...terms, modelToken: 1n, consumer: user.address(CONSUMER), input: INPUT });
    expect(await requestOf(requestId as string)).toEqual({
      ...terms,
      consumer: user.address(CONSUMER),
      status: 1n,
      prover: ZeroAddress,
      modelToken: 1n,
      claimExpiry: 0n,
      digest: keccak256(INPUT),
    });
    expect(await m.balance(m.market)).toBe(bounty + fee);
  });

  it('has an id of its own, which depends on nobody else', async () => {
    const provider = m.chain.connection.provider;
    const post = (): Promise<string> => {
      const call = user.as(CONSUMER).request!(1, INPUT, bounty, stake, 4_000_000_000, window, { value: bounty + fee });
      return mined(call).then((receipt) => eventOf(receipt, m.market, 'Requested').requestId as string);
    };
    const before = (await provider.send('evm_snapshot', [])) as string;
    const [first, second] = [await post(), await post()];
    expect(second).not.toBe(first);
    await provider.send('evm_revert', [before]);
    await user.request({ by: RIVAL });
    expect(await post()).toBe(first);
  });

  it('costs bounty and fee, to the wei', async () => {
    const deadline = (await m.now()) + 500;
    for (const value of [0n, bounty, bounty + fee - 1n, bounty + fee + 1n]) {
      const call = m.market.request!(1, INPUT, bounty, stake, deadline, window, { value });
      expect(await m.reverts(call)).toBe(`WrongPayment(${bounty + fee}, ${value})`);
    }
  });

  it('is refused with another length of input, without time and without a model', async () => {
    const now = await m.now();
    const value = bounty + fee;
    const post = (token: number, input: string, deadline: number, claimWindow: number): Promise<string> =>
      m.reverts(m.market.request!(token, input, bounty, stake, deadline, claimWindow, { value }));
    expect(await post(1, '0x010203', now + 500, 1)).toBe('WrongInputLength(4, 3)');
    expect(await post(1, '0x', now + 500, 1)).toBe('WrongInputLength(4, 0)');
    expect(await post(1, INPUT, now, 1)).toBe(`DeadlineNotInFuture(${now})`);
    expect(await post(1, INPUT, now + 500, 0)).toBe('NoClaimWindow()');
    expect(await post(2, INPUT, now + 500, 1)).toBe('ERC721NonexistentToken(2)');
  });

  it('pays the fee that it was made with, to the owner that the model then has', async () => {
    const id = await user.request();
    await mined(m.registry.setLicenseFee!(1, 5_000));
    await mined(m.registry.transferFrom!(user.address(MAKER), user.address(THIEF), 1));
    await user.submit(id, PROVER);
    expect(await user.credit(THIEF)).toBe(fee);
    expect(await user.credit(MAKER)).toBe(0n);
    expect(await m.reverts(user.request())).toBe(`WrongPayment(${bounty + 5_000n}, ${bounty + fee})`);
  });
});

describe('a claim', () => {
  it('gives its prover the right to deliver, for a while', async () => {
    const id = await user.request();
    const claimed = eventOf(await user.claim(id, PROVER), m.market, 'Claimed');
    const expiry = BigInt((await m.now()) + window);
    expect(claimed).toEqual({ requestId: id, prover: user.address(PROVER), claimExpiry: expiry });
    const refusal = `ClaimLive(${id}, ${user.address(PROVER)}, ${expiry})`;
    expect(await m.reverts(user.claim(id, RIVAL))).toBe(refusal);
    expect(await m.reverts(user.claim(id, PROVER))).toBe(refusal);
    expect(await m.reverts(user.submit(id, RIVAL))).toBe(refusal);
    const delivered = eventOf(await user.submit(id, PROVER), m.market, 'Fulfilled');
    expect(delivered).toEqual({
      requestId: id,
      prover: user.address(PROVER),
      modelOwner: user.address(MAKER),
      bounty,
      licenseFee: fee,
      output: OUTPUT,
    });
    expect([await user.credit(PROVER), await user.credit(MAKER)]).toEqual([bounty + stake, fee]);
    expect([await user.credit(CONSUMER), await burnt()]).toEqual([0n, 0n]);
    expect(await reputation(PROVER)).toEqual([1n, 1n, 0n]);
  });

  it('costs the stake, to the wei', async () => {
    const id = await user.request();
    for (const value of [0n, stake - 1n, stake + 1n]) {
      expect(await m.reverts(user.claim(id, PROVER, value))).toBe(`WrongPayment(${stake}, ${value})`);
    }
    await user.claim(await user.request({ stake: 0n }), PROVER, 0n);
  });

  it('that lapsed is slashed by the next one', async () => {
    const id = await user.request();
    await user.claim(id, PROVER);
    await m.pass(window + 1);
    const slashed = eventOf(await user.claim(id, RIVAL), m.market, 'Slashed');
    expect(slashed).toEqual({ requestId: id, prover: user.address(PROVER), toConsumer: HALF, burnt: stake - HALF });
    expect([await user.credit(CONSUMER), await burnt()]).toEqual([HALF, stake - HALF]);
    expect(await m.reverts(user.submit(id, PROVER))).toMatch(/^ClaimLive/);
    await user.submit(id, RIVAL);
    expect(await user.credit(RIVAL)).toBe(bounty + stake);
    expect([await user.credit(PROVER), await reputation(PROVER)]).toEqual([0n, [1n, 0n, 1n]]);
    expect(await m.balance(m.market)).toBe(bounty + stake + fee + stake);
  });

  it('that lapsed is slashed by a delivery of somebody else', async () => {
    const id = await user.request();
    await user.claim(id, PROVER);
    await m.pass(window + 1);
    await user.submit(id, RIVAL);
    expect([await user.credit(RIVAL), await user.credit(CONSUMER), await burnt()]).toEqual([
      bounty,
      HALF,
      stake - HALF,
    ]);
    expect([await reputation(PROVER), await reputation(RIVAL)]).toEqual([
      [1n, 0n, 1n],
      [0n, 1n, 0n],
    ]);
  });

  it('that lapsed is still made good by its prover while nobody took its place', async () => {
    const id = await user.request();
    await user.claim(id, PROVER);
    await m.pass(window + 1);
    await user.submit(id, PROVER);
    expect(await user.credit(PROVER)).toBe(bounty + stake);
    expect(await reputation(PROVER)).toEqual([1n, 1n, 0n]);
  });

  it('of the same prover anew costs the old stake', async () => {
    const id = await user.request();
    await user.claim(id, PROVER);
    await m.pass(window + 1);
    await user.claim(id, PROVER);
    await user.submit(id, PROVER);
    expect([await user.credit(PROVER), await user.credit(CONSUMER)]).toEqual([bounty + stake, HALF]);
    expect(await reputation(PROVER)).toEqual([2n, 1n, 1n]);
  });

  it('comes too late after the deadline, for requests that are over, and for none', async () => {
    const id = await user.request();
    const { deadline } = await requestOf(id);
    await m.pass(time + 1);
    expect(await m.reverts(user.claim(id, PROVER))).toBe(`DeadlinePassed(${id}, ${deadline})`);
    await mined(m.market.refund!(id));
    expect(await m.reverts(user.claim(id, PROVER))).toBe(OPEN_NO_MORE(id, 3));
    const other = await user.request();
    await user.submit(other, PROVER);
    expect(await m.reverts(user.claim(other, PROVER))).toBe(OPEN_NO_MORE(other, 2));
    expect(await m.reverts(user.claim(ZeroHash, PROVER))).toBe(OPEN_NO_MORE(ZeroHash, 0));
  });
});

describe('a delivery', () => {
  it('needs no claim', async () => {
    const id = await user.request();
    await user.submit(id, PROVER);
    expect([await user.credit(PROVER), await user.credit(MAKER)]).toEqual([bounty, fee]);
    expect(await requestOf(id)).toMatchObject({ status: 2n, prover: user.address(PROVER) });
  });

  it('shows what was proven, and nothing else', async () => {
    const id = await user.request();
    expect(await m.market.isResult!(id, INPUT, OUTPUT)).toBe(false);
    await user.submit(id, PROVER);
    expect(await m.market.isResult!(id, INPUT, OUTPUT)).toBe(true);
    expect(await m.market.isResult!(id, INPUT, '0x0a0b0d')).toBe(false);
    expect(await m.market.isResult!(id, '0x01020305', OUTPUT)).toBe(false);
    expect(await m.market.isResult!(ZeroHash, INPUT, OUTPUT)).toBe(false);
  });

  it('pays once', async () => {
    const id = await user.request();
    await user.submit(id, PROVER);
    for (const by of [PROVER, RIVAL]) expect(await m.reverts(user.submit(id, by))).toBe(OPEN_NO_MORE(id, 2));
  });

  it('with the proof of another pays the other only', async () => {
    const id = await user.request();
    const context = (await m.market.contextOf!(id, user.address(PROVER))) as string;
    const proof = mockProof(context, INPUT, OUTPUT);
    expect(await m.reverts(user.submit(id, THIEF, { proof }))).toBe(`InvalidProof(${id}, ${user.address(THIEF)})`);
    await user.submit(id, PROVER, { proof, by: THIEF });
    expect([await user.credit(THIEF), await user.credit(PROVER)]).toEqual([0n, bounty]);
  });

  it('must be of this request, this market, this chain, this input and this model', async () => {
    const [id, other] = [await user.request(), await user.request()];
    const prover = user.address(PROVER);
    const domain = keccak256(toUtf8Bytes('zkinfer/market/1'));
    const context = (...parts: unknown[]): string =>
      keccak256(
        AbiCoder.defaultAbiCoder().encode(['bytes32', 'uint256', 'address', 'bytes32', 'address'], parts as never[]),
      );
    const rightContext = context(domain, 31337, m.market.target, id, prover);
    expect(await m.market.contextOf!(id, prover)).toBe(rightContext);
    const wrong = [
      context(domain, 31337, m.market.target, other, prover),
      context(domain, 31337, m.registry.target, id, prover),
      context(domain, 1, m.market.target, id, prover),
      context(keccak256(toUtf8Bytes('zkinfer/feed/1')), 31337, m.market.target, id, prover),
      ZeroHash,
    ];
    for (const bound of wrong) {
      const proof = mockProof(bound, INPUT, OUTPUT);
      expect(await m.reverts(user.submit(id, PROVER, { proof }))).toBe(`InvalidProof(${id}, ${prover})`);
    }
    const input = '0x01020305';
    expect(await m.reverts(user.submit(id, PROVER, { input }))).toBe(`WrongInput(${id})`);
    expect(await m.reverts(user.submit(id, PROVER, { output: '0x0a' }))).toBe('InvalidOutputLength(3, 1)');
    await user.submit(id, PROVER, { proof: mockProof(rightContext, INPUT, OUTPUT) });
  });

  it('comes too late after the deadline, claimed or not', async () => {
    for (const claimed of [false, true]) {
      const id = await user.request();
      const { deadline } = await requestOf(id);
      if (claimed) await user.claim(id, PROVER);
      await m.pass(time + 1);
      expect(await m.reverts(user.submit(id, PROVER))).toBe(`DeadlinePassed(${id}, ${deadline})`);
    }
  });

  it('fails with what the verifier fails with, and the request stays open', async () => {
    const id = await user.request();
    await mined(m.model.setBroken!(true));
    expect(await m.reverts(user.submit(id, PROVER))).toBe('Broken()');
    expect((await requestOf(id)).status).toBe(1n);
  });
});

describe('a missed deadline', () => {
  it('gives the consumer all back, and half the stake', async () => {
    const id = await user.request();
    await user.claim(id, PROVER);
    const { deadline } = await requestOf(id);
    expect(await m.reverts(m.market.refund!(id))).toBe(`DeadlineNotPassed(${id}, ${deadline})`);
    await m.pass(time + 1);
    const receipt = await mined(user.as(THIEF).refund!(id));
    expect(eventOf(receipt, m.market, 'Refunded')).toEqual({
      requestId: id,
      consumer: user.address(CONSUMER),
      amount: bounty + fee,
    });
    expect([await user.credit(CONSUMER), await burnt()]).toEqual([bounty + fee + HALF, stake - HALF]);
    expect([await user.credit(PROVER), await user.credit(MAKER), await user.credit(THIEF)]).toEqual([0n, 0n, 0n]);
    expect(await reputation(PROVER)).toEqual([1n, 0n, 1n]);
    expect(await m.reverts(m.market.refund!(id))).toBe(OPEN_NO_MORE(id, 3));
    expect(await m.reverts(m.market.refund!(ZeroHash))).toBe(OPEN_NO_MORE(ZeroHash, 0));
  });

  it('without a claim gives the consumer all back', async () => {
    const id = await user.request();
    await m.pass(time + 1);
    await mined(m.market.refund!(id));
    expect([await user.credit(CONSUMER), await burnt()]).toEqual([bounty + fee, 0n]);
  });
});
