/** A prover that serves the requests of a market. */
import { setTimeout as sleep } from 'node:timers/promises';
import { marketAt, registryOf } from '../chain/market.js';
import { registryAt } from '../chain/registry.js';
import { readHead, signerAddress } from '../chain/views.js';
import { ZkinferError } from '../errors.js';
import type { WatchOptions, WatchReport } from './watch/types.js';
import { Watcher } from './watch/watcher.js';
import { Workshop } from './watch/workshop.js';

export type { LeaveReason } from './watch/decide.js';
export type { NoInputReason, ServedModel, WatchEvent, WatchOptions, WatchReport } from './watch/types.js';

/** Longest pause after a node failed to answer, in milliseconds. */
const LONGEST_PAUSE = 60_000;

/**
 * Claims requests for models whose artifact directories are here, proves them, delivers the proofs and fetches the pay, until the signal
 * says so. What to do is decided at every look from what the chain says then, so reorganizations, lost races and restarts need no
 * special care: a claim that is there is not made again, one that is gone is, and proofs are kept since they stay right.
 *
 * @throws as loadProver for the directories; TOOL_FAILED when the market does not answer at first. Later failures are reported as
 *   events and tried again.
 */
export async function watchMarket(options: WatchOptions): Promise<WatchReport> {
  const { connection, signal, onEvent, interval = 2_000, once = false } = options;
  const market = await marketAt(options.market);
  const registry = await registryAt(await registryOf(connection, market));
  const account = await signerAddress(connection);
  const workshop = await Workshop.open(options);
  try {
    const watcher = new Watcher(options, market, registry, account, workshop);
    const block = (await readHead(connection)).number;
    onEvent?.({ kind: 'watching', account, market: market.address as `0x${string}`, block });
    let failures = 0;
    let isStopping = false;
    for (;;) {
      if (!isStopping && signal?.aborted) {
        isStopping = true;
        onEvent?.({ kind: 'stopping', open: watcher.open });
      }
      let isBusy = false;
      try {
        isBusy = await watcher.step(isStopping);
        failures = 0;
      } catch (error) {
        if (!(error instanceof ZkinferError) || error.code !== 'TOOL_FAILED') throw error;
        failures += 1;
        onEvent?.({ kind: 'failed', what: error.message, retry: true });
      }
      if (isBusy) continue;
      if ((isStopping || once) && watcher.open === 0 && failures === 0) return watcher.report();
      if (isStopping && failures > 3) return watcher.report();
      const pause = Math.min(LONGEST_PAUSE, interval * 2 ** failures);
      await sleep(pause, undefined, isStopping || signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  } finally {
    workshop.release();
  }
}
