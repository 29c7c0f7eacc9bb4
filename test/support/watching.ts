/** Watches of a market, and what became of them: for tests. */
import type { Hex } from '../../src/artifacts/types.js';
import { type WatchEvent, watchMarket, type WatchOptions, type WatchReport } from '../../src/api/watch.js';
import { readCredit, readReputation, readRequest } from '../../src/chain/market.js';
import { type MarketStory, startMarketStory, type StoryAccount } from './market-story.js';

export interface Watching {
  readonly events: WatchEvent[];
  /** Waits for an event, of a request where one is named. */
  until(kind: WatchEvent['kind'], id?: Hex): Promise<WatchEvent>;
  stop(): Promise<WatchReport>;
  readonly done: Promise<WatchReport>;
}

/** A watch of this account, its events, and how to end it. */
export function startWatching(story: MarketStory, prover: StoryAccount, options: Partial<WatchOptions> = {}): Watching {
  const events: WatchEvent[] = [];
  const controller = new AbortController();
  let hasEnded = false;
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
  void done.finally(() => (hasEnded = true)).catch(() => undefined);
  const until = async (kind: WatchEvent['kind'], id?: Hex): Promise<WatchEvent> => {
    for (let waited = 0; waited < 60_000; waited += 20) {
      const event = events.find(
        (one) => one.kind === kind && (id === undefined || ('requestId' in one && one.requestId === id)),
      );
      if (event !== undefined) return event;
      if (hasEnded) break;
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

export const kindsOf = (events: readonly WatchEvent[]): string[] =>
  events.map(({ kind }) => kind).filter((kind) => kind !== 'model');

/** What a market says, and the node itself, shortly. */
export function marketViews(story: MarketStory) {
  const { connection } = story.chain;
  return {
    request: (id: Hex) => readRequest(connection, story.market, id),
    reputation: ({ address }: StoryAccount) => readReputation(connection, story.market, address),
    credit: ({ address }: StoryAccount) => readCredit(connection, story.market, address),
    rpc: (method: string, ...params: unknown[]): Promise<unknown> => connection.provider.send(method, params),
  };
}

export interface WatchedStory {
  readonly story: MarketStory;
  readonly consumer: StoryAccount;
  readonly views: ReturnType<typeof marketViews>;
  readonly watching: (prover: StoryAccount, options?: Partial<WatchOptions>) => Watching;
}

/** A market with a real model and a consumer. */
export async function startWatchedStory(): Promise<WatchedStory> {
  const story = await startMarketStory();
  return {
    story,
    consumer: await story.account(),
    views: marketViews(story),
    watching: (prover, options) => startWatching(story, prover, options),
  };
}
