/** A watching prover on a chain that is reorganized. */
import { Transaction } from 'ethers';
import type { Hex } from '../../src/artifacts/types.js';
import { BOUNTY, STAKE } from '../support/market-story.js';
import { kindsOf, startWatchedStory, type WatchedStory } from '../support/watching.js';

let story: WatchedStory['story'];
let consumer: WatchedStory['consumer'];
let views: WatchedStory['views'];
let watching: WatchedStory['watching'];

beforeAll(async () => void ({ story, consumer, views, watching } = await startWatchedStory()));
afterAll(() => story?.stop());
/** Requests of other tests are settled before each one. */
afterEach(() => story.pass(2_000));

describe('a reorganization', () => {
  /** A request that is some blocks deep. */
  async function deepRequest(): Promise<Hex> {
    const { id } = await story.request(consumer.connection);
    await views.rpc('anvil_mine', '0x5');
    return id;
  }

  it('that takes the claim is followed by a new one', async () => {
    const prover = await story.account();
    const id = await deepRequest();
    let count = 0;
    const watch = watching(prover, {
      onEvent: (event) => {
        watch.events.push(event);
        if (event.kind === 'claimed' && ++count === 1) reorganized = views.rpc('anvil_reorg', 2, []);
      },
    });
    let reorganized: Promise<unknown> | undefined;
    await watch.until('paid', id);
    await reorganized;
    await watch.stop();
    const kinds = kindsOf(watch.events);
    expect(kinds.filter((kind) => kind === 'proved')).toHaveLength(1);
    // Depending on when it comes, the claim is found gone before or after the proof.
    expect(kinds.filter((kind) => kind === 'claimed')).toHaveLength(2);
    expect(await views.reputation(prover)).toEqual({ claimed: 1, delivered: 1, slashed: 0 });
  });

  it('that takes the delivery is followed by the same proof once more', async () => {
    const prover = await story.account();
    const id = await deepRequest();
    const watch = watching(prover, { withdrawFrom: 10n ** 30n });
    await watch.until('paid', id);
    await views.rpc('anvil_reorg', 2, []);
    expect(await views.request(id)).toMatchObject({ status: 'open' });
    await watch.until('reorganized', id);
    watch.events.splice(0);
    await watch.until('paid', id);
    const report = await watch.stop();
    const kinds = kindsOf(watch.events);
    expect(kinds).not.toContain('proved');
    expect(kinds).toContain('submitted');
    expect(report.delivered.map(({ requestId }) => requestId)).toEqual([id]);
    expect(await views.credit(prover)).toBe(BOUNTY + STAKE);
  });

  it('that takes the request leaves nothing to do until it is there again', async () => {
    const prover = await story.account();
    await views.rpc('anvil_mine', '0x5');
    const { id } = await story.request(consumer.connection);
    const posting = await story.chain.connection.provider.getBlock('latest', true);
    const raw = Transaction.from((await views.rpc('eth_getRawTransactionByHash', posting!.transactions[0])) as string);
    const watch = watching(prover, { confirmations: 3 });
    await watch.until('watching');
    await views.rpc('anvil_reorg', 2, []);
    await views.rpc('anvil_mine', '0x5');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(kindsOf(watch.events)).not.toContain('claimed');
    // The consumer's node sends it again.
    await views.rpc('eth_sendRawTransaction', raw.serialized);
    await views.rpc('anvil_mine', '0x5');
    await watch.until('paid', id);
    await watch.stop();
    expect(await views.reputation(prover)).toEqual({ claimed: 1, delivered: 1, slashed: 0 });
  });
});
