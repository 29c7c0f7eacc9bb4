/** Multiples of the two generators for many scalars, on worker threads. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { WasmCurve } from 'ffjavascript';
import { throwIfAborted, ZkinferError } from '../errors.js';
import {
  fixedBaseWorker,
  windowCount,
  type FixedBaseGroup,
  type FixedBaseJob,
  type FixedBaseResult,
  type FixedBaseSetup,
} from './fixed-base-worker.js';

export type GroupName = 'G1' | 'G2';

/** Scalars per job: small enough for progress and cancelling, large enough that messages cost nothing. */
const BATCH = 4096;

export interface FixedBaseOptions {
  /** About how many scalars each group will get: sets the size of the tables. */
  readonly expected: Readonly<Record<GroupName, number>>;
  /** Default: the number of CPUs, at most 16. */
  readonly threads?: number;
  readonly signal?: AbortSignal;
}

/**
 * A pool of threads that multiply generators. `close` must be called; it stops the threads at once.
 */
export class FixedBasePool {
  readonly #workers: Worker[];
  readonly #pending = new Map<number, { resolve(points: Uint8Array): void; reject(error: unknown): void }>();
  readonly #signal: AbortSignal | undefined;
  #nextId = 0;
  #failure: unknown;

  private constructor(workers: Worker[], signal: AbortSignal | undefined) {
    this.#workers = workers;
    this.#signal = signal;
    for (const worker of workers) {
      worker.on('message', ({ id, points }: FixedBaseResult) => {
        this.#pending.get(id)?.resolve(points);
        this.#pending.delete(id);
      });
      worker.on('error', (cause) => this.#failAll(new ZkinferError('INTERNAL', 'a worker thread failed', { cause })));
    }
    signal?.addEventListener('abort', this.#onAbort);
  }

  /** @param curve built in single-thread mode: its WebAssembly code is what the threads run. */
  static async open(curve: WasmCurve, options: FixedBaseOptions): Promise<FixedBasePool> {
    const { expected, signal } = options;
    throwIfAborted(signal);
    const code = curve.tm.code;
    if (code === undefined) throw new ZkinferError('INTERNAL', 'the curve was not built in single-thread mode');
    const threads = options.threads ?? Math.min(16, availableParallelism());
    const workerData: FixedBaseSetup = {
      module: await WebAssembly.compile(new Uint8Array(code)),
      groups: (['G1', 'G2'] as const).map((group) => describeGroup(curve, group, expected[group] / threads)),
      batch: BATCH,
    };
    const source = `const { parentPort, workerData } = require('node:worker_threads');(${fixedBaseWorker.toString()})(parentPort, workerData);`;
    const workers = Array.from({ length: threads }, () => new Worker(source, { eval: true, workerData }));
    return new FixedBasePool(workers, signal);
  }

  /**
   * Multiplies a group's generator by each scalar and gives affine points (Montgomery form, all zero for infinity) in order, in pieces.
   * @param scalars 32 bytes little-endian each, below p.
   * @throws ABORTED, INTERNAL.
   */
  async *multiply(group: GroupName, scalars: Uint8Array): AsyncGenerator<Uint8Array> {
    const step = 32 * BATCH;
    const ahead = 2 * this.#workers.length;
    const queue: Promise<Uint8Array>[] = [];
    for (let start = 0; start < scalars.length || queue.length > 0;) {
      while (start < scalars.length && queue.length < ahead) {
        queue.push(this.#post(group, new Uint8Array(scalars.subarray(start, start + step))));
        start += step;
      }
      yield await queue.shift()!;
    }
  }

  async close(): Promise<void> {
    this.#signal?.removeEventListener('abort', this.#onAbort);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#failAll(new ZkinferError('ABORTED', 'cancelled'));
  }

  #post(group: GroupName, scalars: Uint8Array): Promise<Uint8Array> {
    const id = this.#nextId++;
    const result = new Promise<Uint8Array>((resolve, reject) => {
      if (this.#failure !== undefined) reject(this.#failure);
      else this.#pending.set(id, { resolve, reject });
    });
    // A later piece may fail while an earlier one is awaited; whoever reads on meets the error.
    result.catch(() => undefined);
    const job: FixedBaseJob = { id, group: group === 'G1' ? 0 : 1, scalars };
    this.#workers[id % this.#workers.length]!.postMessage(job, [scalars.buffer as ArrayBuffer]);
    return result;
  }

  readonly #onAbort = (): void => {
    this.#failAll(new ZkinferError('ABORTED', 'cancelled', { cause: this.#signal?.reason }));
  };

  #failAll(error: unknown): void {
    this.#failure ??= error;
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}

function describeGroup(curve: WasmCurve, name: GroupName, scalarsPerThread: number): FixedBaseGroup {
  const group = curve[name];
  return {
    prefix: name === 'G1' ? 'g1m' : 'g2m',
    generator: group.g,
    coordinateBytes: group.F.n8,
    windowBits: cheapestWindow(scalarsPerThread),
  };
}

/** Window width for the fewest additions, those of making the table (about two each, with its inversion) included. */
function cheapestWindow(scalars: number): number {
  let best = 2;
  const cost = (bits: number): number => windowCount(bits) * (scalars + 2 * 2 ** (bits - 1));
  for (let bits = 3; bits <= 16; bits++) if (cost(bits) < cost(best)) best = bits;
  return best;
}
