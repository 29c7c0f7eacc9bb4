/** A watching prover and a market on a real node, with real proofs of the iris network. */
import type { Hex } from '../../src/artifacts/types.js';
import { outputElements } from '../../src/api/market-inference.js';
import { type WatchEvent, watchMarket, type WatchOptions } from '../../src/api/watch.js';
import { sendCall } from '../../src/chain/calls.js';
import { findDelivery } from '../../src/chain/market-events.js';
import { claimCall, readCredit, readReputation, readRequest, refundCall } from '../../src/chain/market.js';
import { readBalance, readHead } from '../../src/chain/views.js';
import { loadModel, runModel, terminateCurves } from '../../src/index.js';
import { BOUNTY, FEE, type MarketStory, STAKE, startMarketStory, type StoryAccount } from '../support/market-story.js';
import { join } from 'node:path';

let story: MarketStory;
let consumer: StoryAccount;

beforeAll(async () => {
  story = await startMarketStory();
  consumer = await story.account();
});
afterAll(async () => {
  await story?.stop();
  await terminateCurves();
});

/** A watch of this account, its events, and how to end it. */
function watching(prover: StoryAccount, options: Partial<WatchOptions> = {}) {
  const events: WatchEvent[] = [];
  const controller = new AbortController();
  const done = watchMarket({
    connection: prover.connection,
    market: story.market.address,
    models: [{ dir: story.dir }],
    tokens: [story.token],
    margin: 5,
    interval: 50,
    withdrawFrom: 1n,
    fromBlock: 0,
    signal: controller.signal,
    onEvent: (event) => events.push(event),
    ...options,
  });
  const until = async (kind: WatchEvent['kind'], id?: Hex): Promise<WatchEvent> => {
    for (let waited = 0; waited < 60_000; waited += 20) {
      const event = events.find(
        (one) => one.kind === kind && (id === undefined || ('requestId' in one && one.requestId === id)),
      );
      if (event !== undefined) return event;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`no ${kind} among ${events.map((event) => event.kind).join(', ')}`);
  };
  const stop = async () => {
    controller.abort();
    return done;
  };
  return { events, until, stop, done };
}

const request = async (id: Hex) => readRequest(story.chain.connection, story.market, id);

it('a request is claimed, proved, delivered, paid and fetched', async () => {
  const prover = await story.account();
  const watch = watching(prover);
  await watch.until('watching');
  const posted = await story.request(consumer.connection, { sample: 3 });
  await watch.until('withdrawn');
  const report = await watch.stop();

  expect(watch.events.map(({ kind }) => kind).filter((kind) => kind !== 'model')).toEqual([
    'watching',
    'claimed',
    'proved',
    'submitted',
    'paid',
    'withdrawn',
    'stopping',
  ]);
  expect(report).toMatchObject({
    account: prover.address,
    delivered: [{ requestId: posted.id, bounty: BOUNTY }],
    missed: [],
  });
  expect(report.withdrawn).toBe(BOUNTY + STAKE);
  expect(await readBalance(prover.connection, prover.address)).toBe(10n ** 19n + BOUNTY - report.gasCost);
  expect(await request(posted.id)).toMatchObject({ status: 'fulfilled', deliveredBy: prover.address });
  expect(await readReputation(prover.connection, story.market, prover.address)).toEqual({
    claimed: 1,
    delivered: 1,
    slashed: 0,
  });
  const maker = await (await story.chain.connection.signer()).getAddress();
  expect(await readCredit(story.chain.connection, story.market, maker)).toBe(FEE);

  const head = await readHead(story.chain.connection);
  const delivered = (await findDelivery(story.chain.connection, story.market, posted.id, 0, head.number))!;
  const expected = runModel(await loadModel(join(story.dir, 'model.onnx')), await story.sample(3));
  expect(outputElements(story.manifest, delivered.output)).toEqual([...expected[0]!.integers]);
});
