/** Inferences that a server has been given: waiting in one line, being proved, ended. */
import { randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import type { Hex, ProofDocument } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import type { SampleTensor } from '../inputs/types.js';

export type JobStatus = 'queued' | 'proving' | 'proved' | 'failed' | 'cancelled';

/** What a client asks for. */
export interface JobRequest {
  readonly modelId: Hex;
  readonly tensors: readonly SampleTensor[];
  /** What the proof is bound to. */
  readonly context?: Hex;
  /** Name of the API key that asked; only it sees the job. */
  readonly owner: string;
}

/** A job as it stands. Times are in milliseconds since 1970. */
export interface Job {
  readonly id: string;
  readonly modelId: Hex;
  readonly owner: string;
  readonly status: JobStatus;
  /** Jobs that come before it, while it is queued. */
  readonly ahead?: number;
  readonly createdAt: number;
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** Time from the input to the verified proof. */
  readonly milliseconds?: number;
  readonly document?: ProofDocument;
  /** Of committed parts: private, for the owner. */
  readonly opening?: object;
  readonly error?: ZkinferError;
}

export interface JobProof {
  readonly document: ProofDocument;
  readonly opening?: object;
  readonly milliseconds: number;
}

/** Where proofs are made. */
export interface JobRunner {
  /** Proofs that it makes at a time. */
  readonly workers: number;
  /** @throws ZkinferError for an input that cannot be proved, and where proving as a whole fails */
  prove(request: JobRequest): Promise<JobProof>;
}

export interface JobLimits {
  /** Jobs that may wait. */
  readonly waiting: number;
  /** Ended jobs that are kept, with their proofs. */
  readonly kept: number;
  /** How long they are kept, in milliseconds. */
  readonly keptFor: number;
}

export interface JobCounts {
  readonly queued: number;
  readonly proving: number;
  readonly proved: number;
  readonly failed: number;
  readonly cancelled: number;
}

type Mutable = { -readonly [K in keyof Job]: Job[K] } & { request?: JobRequest };

type EndStatus = 'proved' | 'failed' | 'cancelled';

const ENDED: ReadonlySet<JobStatus> = new Set<EndStatus>(['proved', 'failed', 'cancelled']);

export function hasEnded({ status }: Pick<Job, 'status'>): boolean {
  return ENDED.has(status);
}

/** The line is full: try again later. Answered with status 429. */
export class QueueFull extends Error {
  override readonly name = 'QueueFull';
}

/**
 * Jobs of all models, first come, first served; each model's runner takes as many at a time as it has workers. Everything is in memory, and
 * is lost with the process.
 */
export class JobBook {
  readonly #jobs = new Map<string, Mutable>();
  #waiting: Mutable[] = [];
  readonly #running = new Map<Hex, number>();
  readonly #ended = { proved: 0, failed: 0, cancelled: 0 };
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #isClosed = false;

  constructor(
    private readonly runners: ReadonlyMap<Hex, JobRunner>,
    private readonly limits: JobLimits,
    private readonly now: () => number = Date.now,
  ) {}

  /** @throws QueueFull; ZkinferError ABORTED after `close` */
  add(request: JobRequest): Job {
    if (this.#isClosed) throw new ZkinferError('ABORTED', 'the server is ending');
    if (this.#waiting.length >= this.limits.waiting) throw new QueueFull();
    this.#forget();
    const { modelId, owner } = request;
    const job: Mutable = { id: randomUUID(), modelId, owner, status: 'queued', createdAt: this.now(), request };
    this.#jobs.set(job.id, job);
    this.#waiting.push(job);
    this.#startNext();
    return this.#view(job);
  }

  /** A job of this owner. */
  get(id: string, owner: string): Job | undefined {
    this.#forget();
    const job = this.#jobs.get(id);
    return job?.owner === owner ? this.#view(job) : undefined;
  }

  /** The latest jobs of an owner, latest first. */
  recent(owner: string, count: number): Job[] {
    this.#forget();
    const own = [...this.#jobs.values()].filter((job) => job.owner === owner);
    return own
      .slice(-count)
      .reverse()
      .map((job) => this.#view(job));
  }

  /** Takes a job out of the line. One that is being proved is left alone. @returns the job as it is then */
  cancel(id: string, owner: string): Job | undefined {
    const job = this.#jobs.get(id);
    if (job?.owner !== owner) return undefined;
    if (job.status === 'queued') {
      this.#waiting = this.#waiting.filter((other) => other !== job);
      this.#end(job, 'cancelled');
    }
    return this.#view(job);
  }

  /** Calls back at every change of a job, its place in the line included. @returns how to stop that */
  watch(id: string, changed: () => void): () => void {
    this.#changes.on(id, changed);
    return () => void this.#changes.off(id, changed);
  }

  get counts(): JobCounts {
    const proving = [...this.#running.values()].reduce((sum, count) => sum + count, 0);
    return { queued: this.#waiting.length, proving, ...this.#ended };
  }

  /** Called with every job that ends. */
  onEnded(ended: (job: Job) => void): void {
    this.#changes.on('ended', ended);
  }

  /** Takes no more, and drops what waits. Returns when the proofs that are under way have ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { id, owner } of [...this.#waiting]) this.cancel(id, owner);
    while (this.counts.proving > 0) await new Promise((resolve) => this.#changes.once('ended', resolve));
  }

  #startNext(): void {
    const next = this.#waiting.findIndex(({ modelId }) => this.#isFree(modelId));
    if (next === -1) return;
    const [job] = this.#waiting.splice(next, 1) as [Mutable];
    void this.#run(job);
    for (const waiting of this.#waiting) this.#changes.emit(waiting.id);
    this.#startNext();
  }

  #isFree(modelId: Hex): boolean {
    return (this.#running.get(modelId) ?? 0) < this.runners.get(modelId)!.workers;
  }

  async #run(job: Mutable): Promise<void> {
    const { modelId } = job;
    this.#running.set(modelId, (this.#running.get(modelId) ?? 0) + 1);
    job.status = 'proving';
    job.startedAt = this.now();
    this.#changes.emit(job.id);
    let status: EndStatus = 'proved';
    try {
      Object.assign(job, await this.runners.get(modelId)!.prove(job.request!));
    } catch (error) {
      status = 'failed';
      job.error =
        error instanceof ZkinferError ? error : new ZkinferError('INTERNAL', 'the proof failed', { cause: error });
    }
    this.#running.set(modelId, this.#running.get(modelId)! - 1);
    this.#end(job, status);
    this.#startNext();
  }

  #end(job: Mutable, status: EndStatus): void {
    job.status = status;
    job.endedAt = this.now();
    // The input is not kept longer than it is needed.
    delete job.request;
    this.#ended[status] += 1;
    this.#changes.emit(job.id);
    this.#changes.emit('ended', this.#view(job));
  }

  #forget(): void {
    const ended = [...this.#jobs.values()].filter(hasEnded);
    const oldest = this.now() - this.limits.keptFor;
    const tooMany = ended.length - this.limits.kept;
    for (const [i, job] of ended.entries()) if (i < tooMany || job.endedAt! < oldest) this.#jobs.delete(job.id);
  }

  #view(job: Mutable): Job {
    const view: Mutable = { ...job };
    delete view.request;
    return job.status === 'queued' ? { ...view, ahead: this.#waiting.indexOf(job) } : view;
  }
}
