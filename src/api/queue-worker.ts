/** A process that takes jobs of a queue, proves them and stores the proofs. */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { pid } from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from '../artifacts/types.js';
import type { WorkerPlan } from '../batch/sizing.js';
import { ZkinferError, type ErrorCode } from '../errors.js';
import type { WorkOptions } from '../progress.js';
import type { BackendName } from '../prover/backends.js';
import { patiently, QueueAway, type Patience } from '../queue/database.js';
import * as jobs from '../queue/jobs.js';
import type { Job, WorkerIdentity } from '../queue/jobs.js';
import { openQueue, type Queue } from '../queue/open.js';
import type { ProverPoolOptions } from './prover-pool.js';
import { readJob, type JobInput } from './queue-job.js';
import { QueuePools, type OpenModel } from './queue-pools.js';
import { measureWorker } from './worker-metrics.js';

export interface QueueWorkerOptions
  extends WorkOptions, Pick<ProverPoolOptions, 'workers' | 'threads' | 'backend' | 'module'> {
  /** Artifact directories: their jobs are taken. */
  readonly dirs: readonly string[];
  /** Weights file of the directories, where their weights are committed. */
  readonly weights?: string;
  /** Folder for the files of other models, which the queue holds. Absent: their jobs are left to others. */
  readonly cache?: string;
  /** How long the worker may be silent before others take its jobs, in seconds. Default: 60. */
  readonly lease?: number;
  /** How long proofs under way are waited for at the end, in seconds, before they are given back. Default: 8. */
  readonly grace?: number;
  /** Time between two looks at an empty queue, in milliseconds. Default: 1000. */
  readonly interval?: number;
  /**
   * Ends when no job of its models is left, those included that will be tried again and those that other workers have. An error where it could
   * not prove one of the models.
   */
  readonly once?: boolean;
  /** For people; results have it. Default: host and process. */
  readonly name?: string;
  /** Serves Prometheus metrics at http://HOST:PORT/metrics. */
  readonly metrics?: { readonly host: string; readonly port: number };
  readonly onEvent?: (event: QueueWorkerEvent) => void;
}

export type QueueWorkerEvent =
  | { readonly kind: 'working'; readonly queue: string; readonly name: string }
  | ({ readonly kind: 'workers'; readonly modelId: Hex; readonly backend: BackendName } & WorkerPlan)
  | { readonly kind: 'unusable'; readonly model: string; readonly message: string }
  /** `late`: another worker's proof came first. */
  | { readonly kind: 'proved' | 'late'; readonly job: string; readonly modelId: Hex; readonly milliseconds: number }
  | {
      readonly kind: 'failed';
      readonly modelId: Hex;
      readonly job: string;
      readonly attempts: number;
      readonly code: ErrorCode;
      readonly message: string;
      readonly outcome: 'retried' | 'dead' | 'lost';
    }
  | { readonly kind: 'away'; readonly message: string }
  | { readonly kind: 'back' }
  | { readonly kind: 'stopping'; readonly running: number };

export interface QueueWorkerReport {
  /** Proofs of this worker that stayed. */
  readonly proved: number;
  /** Proofs that came after another worker's. */
  readonly late: number;
  /** Attempts that failed. */
  readonly failed: number;
  readonly givenBack: number;
  readonly state: 'finished' | 'interrupted';
}

/** Jobs are taken ahead of time where a proof takes less, in milliseconds. */
const SHORT_PROOF = 1_000;

/**
 * Takes jobs, proves them, stores the proofs, until it is aborted. While the database is away it waits; nothing is lost.
 *
 * @param url of PostgreSQL
 * @throws USAGE without directories or cache; as openQueue, readDirectoryModel and openProverPool where no model is left that it can prove
 */
export async function runQueueWorker(url: string, options: QueueWorkerOptions): Promise<QueueWorkerReport> {
  if (options.dirs.length === 0 && options.cache === undefined) {
    throw new ZkinferError('USAGE', 'the worker has no model', {
      hint: 'name artifact directories, or a folder for those of the queue with --cache',
    });
  }
  const queue = await openQueue(url);
  try {
    if (options.metrics === undefined) return await new QueueWorker(queue, options).run();
    const { onEvent, end } = await measureWorker(options.metrics, options.onEvent);
    try {
      return await new QueueWorker(queue, { ...options, onEvent }).run();
    } finally {
      await end();
    }
  } finally {
    await queue.close();
  }
}

class QueueWorker {
  readonly #queue: Queue;
  readonly #options: QueueWorkerOptions;
  readonly #identity: WorkerIdentity;
  readonly #stop = new AbortController();
  readonly #ready: Job[] = [];
  readonly #running = new Map<Job, Promise<void>>();
  #pools!: QueuePools;
  #open: OpenModel | undefined;
  #fatal: { readonly error: unknown } | undefined;
  /** Why a model cannot be proved here. */
  #unusable: ZkinferError | undefined;
  #isAway = false;
  #lastTook = Infinity;
  #report = { proved: 0, late: 0, failed: 0, givenBack: 0 };

  constructor(queue: Queue, options: QueueWorkerOptions) {
    this.#queue = queue;
    this.#options = options;
    const id = randomUUID();
    const { lease = 60, name = `${hostname()} ${pid}` } = options;
    this.#identity = { id, name, lease };
  }

  async run(): Promise<QueueWorkerReport> {
    const { dirs, weights, cache, workers, threads, backend, module, onProgress, onEvent, signal } = this.#options;
    const stopping = (): void => {
      onEvent?.({ kind: 'stopping', running: this.#running.size });
      this.#stop.abort();
    };
    if (signal?.aborted) stopping();
    signal?.addEventListener('abort', stopping, { once: true });
    const transfer = { ...this.#patience(), ...(onProgress === undefined ? {} : { onProgress }) };
    this.#pools = await QueuePools.read(this.#queue, {
      dirs,
      transfer,
      proving: defined({ workers, threads, backend, module }),
      ...defined({ weights, cache }),
    });
    onEvent?.({ kind: 'working', queue: this.#queue.database.name, name: this.#identity.name });
    const beating = this.#beat();
    try {
      await this.#work();
    } catch (error) {
      if (!this.#stop.signal.aborted) this.#fatal ??= { error };
    }
    this.#stop.abort();
    signal?.removeEventListener('abort', stopping);
    await this.#end();
    await beating;
    if (this.#fatal !== undefined) throw this.#fatal.error;
    return { ...this.#report, state: signal?.aborted ? 'interrupted' : 'finished' };
  }

  async #work(): Promise<void> {
    const { once = false, interval = 1_000 } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#begin();
      const room = this.#room();
      if (room > 0) {
        await this.#patiently(() => this.#pools.refresh());
        const keys = this.#pools.keys();
        const taken = await this.#patiently(() => jobs.takeJobs(this.#queue, keys, room, this.#identity));
        this.#ready.push(...taken);
        if (taken.length > 0) continue;
        const isIdle = this.#running.size === 0 && this.#ready.length === 0;
        if (once && isIdle && !(await this.#patiently(() => jobs.hasJobs(this.#queue, keys)))) {
          if (this.#unusable !== undefined) throw this.#unusable;
          return;
        }
      }
      // Without room, only the end of a proof makes a difference.
      await this.#pause(room > 0 ? interval : 3_600_000);
    }
  }

  /** Until a proof ends, the worker is to stop, or so many milliseconds are over. */
  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#stop;
    const pause = new AbortController();
    const end = (): void => pause.abort();
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
    const pausing = sleep(milliseconds, undefined, { signal: pause.signal }).catch(() => undefined);
    await Promise.race([...this.#running.values(), pausing]);
    end();
    signal.removeEventListener('abort', end);
  }

  /** How many jobs to take: what the pool is free for, and while proofs are short, as many again. */
  #room(): number {
    if (this.#ready.length > 0) return 0;
    const workers = this.#open?.pool.plan.workers ?? this.#options.workers ?? 1;
    const ahead = this.#lastTook < SHORT_PROOF ? workers : 0;
    return workers + ahead - this.#running.size;
  }

  /** Begins the jobs for which there is room. */
  async #begin(): Promise<void> {
    while (this.#ready.length > 0 && !this.#stop.signal.aborted) {
      const job = this.#ready[0]!;
      const model = await this.#openModel(job.model);
      if (model === undefined) continue;
      if (this.#running.size >= model.pool.plan.workers) return;
      this.#ready.shift();
      const running = this.#process(job, model)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => this.#running.delete(job));
      this.#running.set(job, running);
    }
  }

  /** Where that cannot be done, the jobs of the model are given back, and the worker goes on with its other models. */
  async #openModel(key: string): Promise<OpenModel | undefined> {
    try {
      const isBusy = (other: string): boolean => [...this.#running.keys()].some(({ model }) => model === other);
      const model = await this.#pools.open(key, isBusy);
      if (model !== this.#open) {
        const { backend, plan, manifest } = model.pool;
        this.#options.onEvent?.({ kind: 'workers', modelId: manifest.modelId, backend, ...plan });
      }
      return (this.#open = model);
    } catch (error) {
      if (this.#stop.signal.aborted || !(error instanceof ZkinferError)) throw error;
      this.#pools.drop(key);
      this.#unusable ??= error;
      await this.#giveBack(this.#ready.filter(({ model }) => model === key));
      if (this.#pools.keys().length === 0 && this.#options.cache === undefined) throw error;
      this.#options.onEvent?.({ kind: 'unusable', model: key, message: error.message });
      return undefined;
    }
  }

  async #process(job: Job, { directory, pool }: OpenModel): Promise<void> {
    let input: JobInput;
    try {
      input = readJob(job, directory.model, pool.inputs);
    } catch (error) {
      if (!(error instanceof ZkinferError)) throw error;
      return this.#storeFailure(job, directory.model.modelId, error, true);
    }
    const { inputs, context, identity, keepOpening } = input;
    const { proof, error } = await pool.prove({ inputs, context });
    if (error !== undefined)
      return this.#storeFailure(job, directory.model.modelId, error, error.code.startsWith('INPUT_'));
    const { document, opening, milliseconds } = proof;
    this.#lastTook = milliseconds;
    const result = { identity, proof: document, milliseconds, ...(keepOpening ? defined({ opening }) : {}) };
    const stays = await this.#patiently(() => jobs.storeProof(this.#queue, job, this.#identity, result), 'end');
    const kind = stays ? 'proved' : 'late';
    this.#report[kind] += 1;
    this.#options.onEvent?.({ kind, job: job.id, modelId: directory.model.modelId, milliseconds });
    this.#options.onProgress?.({ stage: 'proving', done: this.#report.proved });
  }

  async #storeFailure(job: Job, modelId: Hex, { code, message }: ZkinferError, isFinal: boolean): Promise<void> {
    const failure = { code, message, isFinal };
    const outcome = await this.#patiently(() => jobs.storeFailure(this.#queue, job, this.#identity, failure), 'end');
    this.#report.failed += 1;
    this.#options.onEvent?.({ kind: 'failed', modelId, job: job.id, attempts: job.attempts, code, message, outcome });
  }

  /** Nothing can be proved any more: the worker ends. */
  #fail(error: unknown): void {
    if (this.#stop.signal.aborted && error instanceof ZkinferError && error.code === 'ABORTED') return;
    this.#fatal ??= { error };
    this.#stop.abort();
  }

  /** Gives back what was not begun, waits a little for the rest, and gives that back too. */
  async #end(): Promise<void> {
    const grace = 1_000 * (this.#options.grace ?? 8);
    const waited = new AbortController();
    const timeout = sleep(grace, undefined, { signal: waited.signal }).catch(() => undefined);
    await this.#giveBack([...this.#ready]);
    if (this.#fatal === undefined) await Promise.race([timeout, Promise.all(this.#running.values())]);
    waited.abort();
    await this.#giveBack([...this.#running.keys()]);
    await this.#pools.close();
    this.#over.abort();
    await jobs.removeWorker(this.#queue, this.#identity).catch(() => undefined);
  }

  /** Aborted when nothing is waited for any more. */
  readonly #over = new AbortController();

  /** What cannot be given back, as the database is away, falls to others when its lease ends. */
  async #giveBack(given: readonly Job[]): Promise<void> {
    for (const job of given) if (this.#ready.includes(job)) this.#ready.splice(this.#ready.indexOf(job), 1);
    if (given.length === 0) return;
    try {
      await jobs.giveBack(this.#queue, given, this.#identity);
      this.#report.givenBack += given.length;
    } catch (error) {
      if (!(error instanceof QueueAway)) throw error;
    }
  }

  /** Renews leases, and ends those of workers that are silent: three times within a lease. */
  async #beat(): Promise<void> {
    const { lease } = this.#identity;
    const { signal } = this.#over;
    while (!signal.aborted) {
      try {
        await this.#patiently(async () => {
          await jobs.renewLeases(this.#queue, this.#identity, [...this.#ready, ...this.#running.keys()]);
          await jobs.endLeases(this.#queue, lease);
        }, 'end');
        await sleep((1_000 * lease) / 3, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        this.#fail(error);
        return;
      }
    }
  }

  #patiently<T>(work: () => Promise<T>, until: 'stop' | 'end' = 'stop'): Promise<T> {
    return patiently(work, this.#patience(until));
  }

  #patience(until: 'stop' | 'end' = 'stop'): Patience {
    const { onEvent } = this.#options;
    return {
      signal: until === 'stop' ? this.#stop.signal : this.#over.signal,
      onAway: ({ message }) => {
        if (!this.#isAway) onEvent?.({ kind: 'away', message });
        this.#isAway = true;
      },
      onBack: () => {
        if (this.#isAway) onEvent?.({ kind: 'back' });
        this.#isAway = false;
      },
    };
  }
}

/** Leaves out what is undefined. */
function defined<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
