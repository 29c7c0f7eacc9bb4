/** A watching prover and a market on a real node, with real proofs of the iris network. */
import { join } from 'node:path';
import { Interface, type InterfaceAbi } from 'ethers';
import type { Hex } from '../../src/artifacts/types.js';
import { deliveredTensors } from '../../src/api/market-inference.js';
import type { WatchEvent } from '../../src/api/watch.js';
import { sendCall } from '../../src/chain/calls.js';
import { findDelivery } from '../../src/chain/market-events.js';
import { claimCall, readCredit, refundCall } from '../../src/chain/market.js';
import { readBalance, readHead } from '../../src/chain/views.js';
import { loadModel, runModel } from '../../src/index.js';
import { BOUNTY, FEE, STAKE, type StoryAccount } from '../support/market-story.js';
import { kindsOf, startWatchedStory, type WatchedStory } from '../support/watching.js';

let story: WatchedStory['story'];
let consumer: WatchedStory['consumer'];
let views: WatchedStory['views'];
let watching: WatchedStory['watching'];

beforeAll(async () => void ({ story, consumer, views, watching } = await startWatchedStory()));
afterAll(() => story?.stop());
/** Requests of other tests are settled before each one. */
afterEach(() => story.pass(2_000));
const reasonOf = (events: readonly WatchEvent[], id: Hex): unknown =>
  events.find((event) => event.kind === 'left' && event.requestId === id);

it('a request is claimed, proved, delivered, paid and fetched', async () => {
  const prover = await story.account();
  const watch = watching(prover);
  await watch.until('watching');
  const posted = await story.request(consumer.connection, { sample: 3 });
  await watch.until('withdrawn');
  const report = await watch.stop();

  expect(kindsOf(watch.events)).toEqual([
    ...['watching', 'claimed', 'proved', 'submitted', 'paid', 'withdrawn', 'stopping'],
  ]);
  const delivered = [{ requestId: posted.id, bounty: BOUNTY }];
  expect(report).toMatchObject({ account: prover.address, delivered, missed: [], withdrawn: BOUNTY + STAKE });
  expect(await readBalance(prover.connection, prover.address)).toBe(10n ** 19n + BOUNTY - report.gasCost);
  expect(await views.request(posted.id)).toMatchObject({ status: 'fulfilled', deliveredBy: prover.address });
  expect(await views.reputation(prover)).toEqual({ claimed: 1, delivered: 1, slashed: 0 });
  const maker = await (await story.chain.connection.signer()).getAddress();
  expect(await readCredit(story.chain.connection, story.market, maker)).toBe(FEE);

  const head = await readHead(story.chain.connection);
  const found = (await findDelivery(story.chain.connection, story.market, posted.id, 0, head.number))!;
  const expected = runModel(await loadModel(join(story.dir, 'model.onnx')), await story.sample(3));
  expect(deliveredTensors(story.manifest, found.output)).toEqual(expected);
});

it('two provers race, each request is paid once, and nobody loses a stake', async () => {
  const provers = [await story.account(), await story.account()];
  const watches = provers.map((prover) => watching(prover));
  await Promise.all(watches.map((watch) => watch.until('watching')));
  const posted = [];
  for (const sample of [0, 1, 2, 3]) posted.push(await story.request(consumer.connection, { sample }));
  for (const { id } of posted) await Promise.any(watches.map((watch) => watch.until('paid', id)));
  const reports = await Promise.all(watches.map((watch) => watch.stop()));
  const delivered = reports.flatMap((report) => report.delivered.map(({ requestId }) => requestId));
  expect(delivered.toSorted()).toEqual(posted.map(({ id }) => id).toSorted());
  for (const [i, prover] of provers.entries()) {
    const count = reports[i]!.delivered.length;
    expect(await views.reputation(prover)).toEqual({ claimed: count, delivered: count, slashed: 0 });
    expect(reports[i]!.withdrawn + (await views.credit(prover))).toBe(BigInt(count) * (BOUNTY + STAKE));
  }
});

it('a prover that misses its time loses the stake, and the next one is paid', async () => {
  const [sleeper, prover] = [await story.account(), await story.account()];
  const before = await views.credit(consumer);
  const posted = await story.request(consumer.connection);
  await sendCall(sleeper.connection, claimCall(story.market, posted.id, STAKE));
  const watch = watching(prover);
  await watch.until('left', posted.id);
  expect(reasonOf(watch.events, posted.id)).toMatchObject({ reason: 'claimed by another' });
  await story.pass(101);
  await watch.until('paid', posted.id);
  await watch.stop();
  expect(await views.reputation(sleeper)).toEqual({ claimed: 1, delivered: 0, slashed: 1 });
  expect(await views.credit(consumer)).toBe(before + STAKE / 2n);
});

it('a request that nobody delivers is refunded, with half the stake', async () => {
  const sleeper = await story.account();
  const before = await views.credit(consumer);
  const posted = await story.request(consumer.connection);
  await sendCall(sleeper.connection, claimCall(story.market, posted.id, STAKE));
  await story.pass(1_001);
  await sendCall(sleeper.connection, refundCall(story.market, posted.id));
  expect(await views.request(posted.id)).toMatchObject({ status: 'refunded' });
  expect(await views.credit(consumer)).toBe(before + BOUNTY + FEE + STAKE / 2n);
  expect(await views.credit(sleeper)).toBe(0n);
});

it('a delivery copied from the mempool pays whom it was proven for', async () => {
  const [prover, thief] = [await story.account(), await story.account()];
  const posted = await story.request(consumer.connection);
  const watch = watching(prover, { withdrawFrom: 10n ** 30n });
  await watch.until('claimed', posted.id);
  await views.rpc('evm_setAutomine', false);
  try {
    const delivery = await pendingDelivery(prover);
    const contract = new Interface(story.market.abi as InterfaceAbi);
    const [id, , input, output, proof] = contract.decodeFunctionData('submit', delivery);
    const forged = contract.encodeFunctionData('submit', [id, thief.address, input, output, proof]);
    const signer = await thief.connection.signer();
    const first = {
      to: story.market.address,
      gasLimit: 1_000_000n,
      maxPriorityFeePerGas: 10n ** 11n,
      maxFeePerGas: 2n * 10n ** 11n,
    };
    const stolen = await signer.sendTransaction({ ...first, data: forged, nonce: 0 });
    const copied = await signer.sendTransaction({ ...first, data: delivery, nonce: 1 });
    await views.rpc('evm_mine');
    const receipts = await Promise.all(
      [stolen, copied].map(({ hash }) => thief.connection.provider.getTransactionReceipt(hash)),
    );
    expect(receipts.map((receipt) => receipt?.status)).toEqual([0, 1]);
    const before = `0x${(receipts[0]!.blockNumber - 1).toString(16)}`;
    const refusal = async (secondsLater: number): Promise<unknown> => {
      const { timestamp } = (await story.chain.connection.provider.getBlock(before))!;
      const time = `0x${(timestamp + secondsLater).toString(16)}`;
      const call = { from: thief.address, to: story.market.address, data: forged };
      return views
        .rpc('eth_call', call, before, {}, { time })
        .catch((error: { data: string }) => contract.parseError(error.data)?.name);
    };
    // While the claim lasts, and after it: then the proof itself is refused.
    expect([await refusal(1), await refusal(101)]).toEqual(['ClaimLive', 'InvalidProof']);
  } finally {
    await views.rpc('evm_setAutomine', true);
  }
  await watch.until('paid', posted.id);
  const report = await watch.stop();
  expect(report.delivered).toHaveLength(1);
  expect([await views.credit(prover), await views.credit(thief)]).toEqual([BOUNTY + STAKE, 0n]);
});

/** Calldata of the transaction of an account that waits to be mined. */
async function pendingDelivery({ address }: StoryAccount): Promise<Hex> {
  for (let waited = 0; waited < 60_000; waited += 50) {
    const { pending } = (await views.rpc('txpool_content')) as {
      pending: Record<string, Record<string, { input: Hex }>>;
    };
    const own = Object.entries(pending).find(([from]) => from.toLowerCase() === address.toLowerCase());
    if (own !== undefined) return Object.values(own[1])[0]!.input;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('nothing waits to be mined');
}

it('a restart goes on where the chain says, and claims nothing twice', async () => {
  const prover = await story.account();
  const posted = await story.request(consumer.connection);
  await sendCall(prover.connection, claimCall(story.market, posted.id, STAKE));
  const report = await watching(prover, { once: true }).done;
  expect(report.delivered.map(({ requestId }) => requestId)).toEqual([posted.id]);
  expect(await views.reputation(prover)).toEqual({ claimed: 1, delivered: 1, slashed: 0 });
  // Once more: nothing is left to do, and what was done before is not reported again.
  const again = watching(prover, { once: true });
  expect((await again.done).delivered).toEqual([]);
  expect(kindsOf(again.events)).toEqual(['watching']);
});

it('a claim that waits to be mined at a restart is replaced, not doubled', async () => {
  const prover = await story.account();
  const posted = await story.request(consumer.connection);
  await views.rpc('evm_setAutomine', false);
  const { to, data, value } = claimCall(story.market, posted.id, STAKE);
  const waiting = await (
    await prover.connection.signer()
  ).sendTransaction({ to: to!, data, value, gasLimit: 200_000n });
  const watch = watching(prover, { once: true });
  // Until the new claim took its place.
  for (let waited = 0; waited < 60_000; waited += 50) {
    const { pending } = (await views.rpc('txpool_content')) as {
      pending: Record<string, Record<string, { hash: Hex }>>;
    };
    const own = Object.entries(pending).find(([from]) => from.toLowerCase() === prover.address.toLowerCase());
    const transactions = Object.values(own?.[1] ?? {});
    expect(transactions).toHaveLength(1);
    if (transactions[0]!.hash !== waiting.hash) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  await views.rpc('evm_setAutomine', true);
  await views.rpc('evm_mine');
  const report = await watch.done;
  expect(report.delivered).toHaveLength(1);
  expect(await views.reputation(prover)).toEqual({ claimed: 1, delivered: 1, slashed: 0 });
});

it('what is not worth it is left', async () => {
  const prover = await story.account();
  const left: Record<string, Hex> = {
    'too little time': (await story.request(consumer.connection, { window: 4 })).id,
    'bounty too low': (await story.request(consumer.connection, { bounty: 1_000n })).id,
    'stake too high': (await story.request(consumer.connection, { stake: BOUNTY + 1n })).id,
  };
  const watch = watching(prover, { once: true });
  const report = await watch.done;
  expect(report).toMatchObject({ delivered: [], missed: [], gasCost: 0n });
  for (const [reason, id] of Object.entries(left)) expect(reasonOf(watch.events, id)).toMatchObject({ reason });
  await views.rpc('anvil_setBalance', prover.address, '0x1');
  const other = await story.request(consumer.connection);
  const poor = watching(prover, { once: true });
  await poor.done;
  expect(reasonOf(poor.events, other.id)).toMatchObject({ reason: 'balance too low' });
});

it('an interrupted watch still delivers what it claimed, and claims nothing more', async () => {
  const prover = await story.account();
  const posted = [await story.request(consumer.connection), await story.request(consumer.connection, { sample: 1 })];
  const watch = watching(prover);
  await watch.until('claimed');
  const report = await watch.stop();
  expect(report.delivered).toHaveLength(1);
  const open = (await Promise.all(posted.map(({ id }) => views.request(id)))).filter(({ status }) => status === 'open');
  expect(open).toHaveLength(1);
  expect(open[0]!.claim).toBeUndefined();
});

it('tokens that were not named, and of other models, are not served', async () => {
  const prover = await story.account();
  await story.request(consumer.connection);
  const watch = watching(prover, { once: true, tokens: [story.token + 1n] });
  expect((await watch.done).delivered).toEqual([]);
  expect(watch.events).toContainEqual(expect.objectContaining({ kind: 'model', served: false, reason: 'not named' }));
});

it('a node that does not answer is asked again', async () => {
  const prover = await story.account();
  const watch = watching(prover);
  await watch.until('watching');
  const { provider } = prover.connection;
  const send = provider.send.bind(provider);
  provider.send = () => Promise.reject(new Error('no answer'));
  await watch.until('failed');
  provider.send = send;
  const posted = await story.request(consumer.connection);
  await watch.until('paid', posted.id);
  expect((await watch.stop()).delivered).toHaveLength(1);
});

it('tokens of strangers are checked after what is promised, one at a time', async () => {
  const prover = await story.account();
  const own = await story.request(consumer.connection);
  await sendCall(prover.connection, claimCall(story.market, own.id, STAKE));
  const strangers = [await story.registerAgain(), await story.registerAgain()];
  for (const token of strangers) await story.request(consumer.connection, { token, bounty: 1n });
  const watch = watching(prover, { once: true, tokens: [story.token, ...strangers] });
  await watch.done;
  const told = watch.events.map((event) => ('token' in event ? `model ${event.token}` : event.kind));
  expect(told.filter((kind) => /^model|submitted|paid/.test(kind))).toEqual([
    `model ${story.token}`,
    'submitted',
    'paid',
    ...strangers.map((token) => `model ${token}`),
  ]);
});
