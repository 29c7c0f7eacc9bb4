/** Figures of a run. */
import { createHistogram } from 'node:perf_hooks';
import { peakMemory } from './memory.js';
import type { BatchRun, Latency } from './summary.js';

/** Histograms hold microseconds. */
const PER_MILLISECOND = 1000;

/** Counts proofs and their times, in memory of one size. */
export class Meter {
  readonly #times = createHistogram({ lowest: 1, highest: 24 * 3600 * 1e6, figures: 3 });
  readonly #started = performance.now();
  #first: number | undefined;
  proved = 0;
  failed = 0;
  skipped = 0;

  /** Proofs begin to be made. */
  begin(): void {
    this.#first ??= performance.now();
  }

  addProof(milliseconds: number): void {
    this.proved += 1;
    this.#times.record(Math.max(1, Math.round(PER_MILLISECOND * milliseconds)));
  }

  read(): BatchRun {
    const { proved, failed, skipped } = this;
    const now = performance.now();
    const proving = now - (this.#first ?? now);
    return {
      proved,
      failed,
      skipped,
      milliseconds: round(now - this.#started),
      proofsPerMinute: proving > 0 ? round((60_000 * proved) / proving) : 0,
      ...(proved === 0 ? {} : { latency: this.#latency() }),
      peakMemoryBytes: peakMemory(),
    };
  }

  #latency(): Latency {
    const at = (percent: number): number => round(this.#times.percentile(percent) / PER_MILLISECOND);
    return { p50: at(50), p90: at(90), p99: at(99), max: round(this.#times.max / PER_MILLISECOND) };
  }
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
