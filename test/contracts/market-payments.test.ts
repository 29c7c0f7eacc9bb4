/** Ether that leaves the market, ether that should not be there, and what calls cost. */
import { readFileSync } from 'node:fs';
import { type Contract, FunctionFragment, ZeroAddress } from 'ethers';
import { eventOf, type MarketChain, mined, resetBetweenTests } from '../support/market-chain.js';
import { INPUT, type MarketUser, startModelMarket, TERMS } from '../support/market-requests.js';

const [MAKER, CONSUMER, PROVER, RIVAL] = [0, 1, 2, 3];
const { bounty, fee, stake, window, time } = TERMS;

let m: MarketChain;
let user: MarketUser;

beforeAll(async () => void ({ m, user } = await startModelMarket()));
afterAll(() => m.chain.stop());
resetBetweenTests(() => m);

const OPEN_NO_MORE = (id: string, status: number): string => `RequestNotOpen(${id}, ${status})`;

describe('withdrawal', () => {
  it('sends the credit, once, to whom its owner says', async () => {
    await user.submit(await user.request(), PROVER);
    const nobody = '0x00000000000000000000000000000000000000aa';
    const receipt = await mined(user.as(PROVER).withdraw!(nobody));
    expect(eventOf(receipt, m.market, 'Withdrawn')).toMatchObject({ account: user.address(PROVER), amount: bounty });
    expect([await m.balance(nobody), await user.credit(PROVER)]).toEqual([bounty, 0n]);
    expect(await m.reverts(user.as(PROVER).withdraw!(nobody))).toBe(`NothingToWithdraw(${user.address(PROVER)})`);
  });

  it('is refused to a receiver that comes back for more', async () => {
    const receiver = await m.make('ReentrantReceiver', [], 10_000n);
    const calldata = (name: string, args: unknown[]): string => m.market.interface.encodeFunctionData(name, args);
    const posting = calldata('request', [1, INPUT, bounty, stake, (await m.now()) + time, window]);
    const receipt = await mined(receiver.run!(m.market.target, bounty + fee, posting));
    const id = eventOf(receipt, m.market, 'Requested').requestId as string;
    await m.pass(time + 1);
    await mined(m.market.refund!(id));
    const withdraw = calldata('withdraw', [receiver.target]);
    await mined(receiver.onPayment!(m.market.target, withdraw));
    expect(await m.reverts(receiver.run!(m.market.target, 0, withdraw))).toBe('ReentrancyGuardReentrantCall()');
    // Every other call from within the payment finds the books closed, and gains nothing.
    await mined(receiver.onPayment!(m.market.target, calldata('refund', [id])));
    expect(await m.reverts(receiver.run!(m.market.target, 0, withdraw))).toBe(OPEN_NO_MORE(id, 3));
    await mined(receiver.onPayment!(ZeroAddress, '0x'));
    await mined(receiver.run!(m.market.target, 0, withdraw));
    expect([await receiver.payments!(), await m.balance(receiver)]).toEqual([1n, 10_000n]);
    expect(await m.balance(m.market)).toBe(0n);
  });

  it('that is refused keeps the credit and stops nobody else', async () => {
    const refuser = await m.make('Refuser');
    const calldata = (name: string, args: unknown[]): string => m.market.interface.encodeFunctionData(name, args);
    const posting = calldata('request', [1, INPUT, bounty, stake, (await m.now()) + time, window]);
    const receipt = await mined(refuser.run!(m.market.target, posting, { value: bounty + fee }));
    const id = eventOf(receipt, m.market, 'Requested').requestId as string;
    await m.pass(time + 1);
    await mined(m.market.refund!(id));
    expect(await m.reverts(refuser.run!(m.market.target, calldata('withdraw', [refuser.target])))).toBe('NoThanks()');
    await mined(refuser.run!(m.market.target, calldata('withdraw', [user.address(CONSUMER)])));
    expect(await m.balance(m.market)).toBe(0n);
  });
});

describe('the contract', () => {
  it('has no owner, no tokens and no way for ether but these', () => {
    const changing = (contract: Contract): string[] =>
      contract.interface.fragments
        .filter((fragment) => fragment instanceof FunctionFragment)
        .filter(({ stateMutability }) => stateMutability === 'nonpayable' || stateMutability === 'payable')
        .map(({ name, stateMutability }) => `${name} ${stateMutability}`)
        .sort();
    const withdraw = 'withdraw nonpayable';
    expect(changing(m.feed)).toEqual(['update payable', withdraw]);
    const calls = ['claim payable', 'refund nonpayable', 'request payable', 'submit nonpayable', withdraw];
    expect(changing(m.market)).toEqual(calls);
  });

  it('takes no ether by itself, and forced ether changes nothing', async () => {
    const transfer = m.accounts[0]!.sendTransaction({ to: m.market.target, value: 1n });
    expect(await m.reverts(transfer)).toMatch(/^unknown/);
    await m.make('Forcer', [m.market.target], 77n);
    const id = await user.request();
    await user.submit(id, PROVER);
    await mined(user.as(PROVER).withdraw!(user.address(PROVER)));
    await mined(user.as(MAKER).withdraw!(user.address(MAKER)));
    expect(await m.balance(m.market)).toBe(77n);
  });

  it('is made for a registry only', async () => {
    for (const name of ['InferenceMarket', 'InferenceFeed']) {
      for (const address of [m.model.target, user.address(MAKER), ZeroAddress]) {
        await expect(m.make(name, [address])).rejects.toThrow(`NotARegistry(${address})`);
      }
    }
  });
});

it('costs what the snapshot says', async () => {
  // Calldata cost by their bytes, so nothing in them may depend on the clock.
  const gas: Record<string, number> = {};
  const measure = (name: string, receipt: { gasUsed: bigint }): void => void (gas[name] = Number(receipt.gasUsed));
  await user.submit(await user.request(), PROVER);
  const deadline = 4_000_000_000;
  const post = (): ReturnType<typeof mined> =>
    mined(user.as(CONSUMER).request!(1, INPUT, bounty, stake, deadline, window, { value: bounty + fee }));
  const receipt = await post();
  measure('request', receipt);
  const id = eventOf(receipt, m.market, 'Requested').requestId as string;
  measure('claim', await user.claim(id, PROVER));
  measure('submit, claimed', await user.submit(id, PROVER));
  const direct = eventOf(await post(), m.market, 'Requested').requestId as string;
  measure('submit, not claimed', await user.submit(direct, PROVER));
  const lapsed = eventOf(await post(), m.market, 'Requested').requestId as string;
  await user.claim(lapsed, PROVER);
  await m.pass(window + 1);
  measure('claim, slashing', await user.claim(lapsed, RIVAL));
  await m.pass(deadline + 1 - (await m.now()));
  measure('refund, slashing', await mined(user.as(CONSUMER).refund!(lapsed)));
  measure('withdraw', await mined(user.as(PROVER).withdraw!(user.address(PROVER))));
  measure('register', await mined(m.registry.register!(m.model.target, fee, 'ipfs://a', false)));
  expect(gas).toEqual(JSON.parse(readFileSync(new URL('../snapshots/market-gas.json', import.meta.url), 'utf8')));
});
