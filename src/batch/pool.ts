/** Worker threads; one that dies is replaced, and those who wait for its tasks are told. */
import { Piscina } from 'piscina';
import { ZkinferError } from '../errors.js';

export interface PoolOptions {
  /** Module whose default export is a function from a task to its result. It must not throw: that counts as a crash. */
  readonly module: URL;
  /** What workers find as `workerData` of node:worker_threads. */
  readonly data: unknown;
  readonly threads: number;
  /** Tasks that one thread has at a time. Default: 1. */
  readonly tasksPerThread?: number;
}

/** A worker thread ended while it had a task, perhaps because of another one that it had. */
export class WorkerCrash extends Error {
  override readonly name = 'WorkerCrash';
}

/** A fixed number of worker threads. Tasks and results are copied (structured clone). */
export class WorkerPool<Task, Result> {
  readonly #pool: Piscina<Task, Result>;
  #isClosed = false;

  /** Threads start at once; errors of their module show when there is a task. */
  constructor({ module, data, threads, tasksPerThread = 1 }: PoolOptions) {
    this.#pool = new Piscina<Task, Result>({
      filename: module.href,
      workerData: data,
      minThreads: threads,
      maxThreads: threads,
      concurrentTasksPerWorker: tasksPerThread,
      idleTimeout: Infinity,
      // Waiting for tasks must not block the thread's own event loop, on which native work ends.
      atomics: 'disabled',
      recordTiming: false,
    });
    // A thread that dies without a task is replaced when there is one.
    this.#pool.on('error', () => undefined);
  }

  /**
   * Runs one task on the next thread that is free.
   * @throws WorkerCrash where the thread ended, for example out of memory; ABORTED after `close`
   */
  async run(task: Task): Promise<Result> {
    if (this.#isClosed) throw closed();
    try {
      return await this.#pool.run(task);
    } catch (cause) {
      if (this.#isClosed) throw closed(cause);
      const what = cause instanceof Error || isErrorLike(cause) ? cause.message : 'unknown';
      throw new WorkerCrash(what, { cause });
    }
  }

  /** Ends all threads; tasks that are under way are dropped. Returns when the threads have ended, native work of theirs included. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#pool.destroy();
  }
}

function closed(cause?: unknown): ZkinferError {
  return new ZkinferError('ABORTED', 'the workers have been ended', { cause });
}

/** Errors of another thread may be of another realm. */
function isErrorLike(value: unknown): value is { message: string } {
  return typeof value === 'object' && value !== null && 'message' in value && typeof value.message === 'string';
}
