/** The seconds at which the market's rules change: each is asked in the block of the last second and in that of the next one. */
import { type MarketChain, mockProof, resetBetweenTests } from '../support/market-chain.js';
import { INPUT, type MarketUser, OUTPUT, startModelMarket, TERMS } from '../support/market-requests.js';

const [CONSUMER, PROVER, RIVAL] = [1, 2, 3];
const { bounty, fee, stake, window, time } = TERMS;

let m: MarketChain;
let user: MarketUser;

beforeAll(async () => void ({ m, user } = await startModelMarket()));
afterAll(() => m.chain.stop());
resetBetweenTests(() => m);

const termsOf = async (id: string): Promise<{ deadline: bigint; claimExpiry: bigint }> =>
  (await m.market.getRequest!(id)) as { deadline: bigint; claimExpiry: bigint };

/** Mines a block of this time. What is asked then is answered as in it: its time is that of the calls. */
async function mineAt(second: bigint): Promise<void> {
  await m.pass(Number(second) - (await m.now()));
}

/** What the calls revert with that depend on the time, in the latest block. */
async function answers(id: string, by: number): Promise<Record<'claim' | 'submit' | 'refund', string>> {
  const context = (await m.market.contextOf!(id, user.address(by))) as string;
  const delivery = [id, user.address(by), INPUT, OUTPUT, mockProof(context, INPUT, OUTPUT)];
  const market = user.as(by);
  return {
    claim: await m.reverts(market.claim!.staticCall(id, { value: stake })),
    submit: await m.reverts(market.submit!.staticCall(...delivery)),
    refund: await m.reverts(market.refund!.staticCall(id)),
  };
}

it('the last second of a deadline is one for provers, the next one for the consumer', async () => {
  const id = await user.request();
  const { deadline } = await termsOf(id);
  const early = `DeadlineNotPassed(${id}, ${deadline})`;
  const late = `DeadlinePassed(${id}, ${deadline})`;
  await mineAt(deadline);
  expect(await answers(id, PROVER)).toEqual({ claim: 'no revert', submit: 'no revert', refund: early });
  await mineAt(deadline + 1n);
  expect(await answers(id, PROVER)).toEqual({ claim: late, submit: late, refund: 'no revert' });
});

it('the last second of a claim is its prover’s, the next one everybody’s', async () => {
  const id = await user.request();
  await user.claim(id, PROVER);
  const { claimExpiry, deadline } = await termsOf(id);
  expect(claimExpiry).toBe(BigInt((await m.now()) + window));
  const live = `ClaimLive(${id}, ${user.address(PROVER)}, ${claimExpiry})`;
  const early = `DeadlineNotPassed(${id}, ${deadline})`;
  await mineAt(claimExpiry);
  expect(await answers(id, RIVAL)).toEqual({ claim: live, submit: live, refund: early });
  expect(await answers(id, PROVER)).toEqual({ claim: live, submit: 'no revert', refund: early });
  await mineAt(claimExpiry + 1n);
  for (const by of [RIVAL, PROVER]) {
    expect(await answers(id, by)).toEqual({ claim: 'no revert', submit: 'no revert', refund: early });
  }
});

it('a claim never lives beyond the deadline, nor longer than its window', async () => {
  const id = await user.request({ time: 150 });
  const { deadline } = await termsOf(id);
  await user.claim(id, PROVER);
  await mineAt((await termsOf(id)).claimExpiry + 1n);
  await user.claim(id, RIVAL);
  expect((await termsOf(id)).claimExpiry).toBe(deadline);
  await mineAt(deadline);
  expect((await answers(id, PROVER)).submit).toMatch(/^ClaimLive/);
  expect((await answers(id, RIVAL)).submit).toBe('no revert');
});

it('a deadline is in the future by a second at least', async () => {
  const now = await m.now();
  const post = (deadline: number): Promise<unknown> =>
    user.as(CONSUMER).request!.staticCall(1, INPUT, bounty, stake, deadline, window, { value: bounty + fee });
  for (const past of [0, now - 1, now]) {
    expect(await m.reverts(post(past))).toBe(`DeadlineNotInFuture(${past})`);
  }
  expect(await m.reverts(post(now + 1))).toBe('no revert');
  expect(await m.reverts(post(2 ** 40 - 1))).toBe('no revert');
  // A deadline that no chain reaches locks the bounty until somebody delivers.
  const id = await user.request({ time: 2 ** 40 - 1 - now - time });
  await user.claim(id, PROVER);
  await user.submit(id, PROVER);
  expect(await user.credit(PROVER)).toBe(bounty + stake);
});
