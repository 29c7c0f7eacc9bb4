/** The models of a worker of a queue, each with a pool of provers while it has jobs. */
import { ZkinferError } from '../errors.js';
import { listFetchable, type QueueModelFiles, type TransferOptions } from '../queue/models.js';
import type { Queue } from '../queue/open.js';
import { openProverPool, type ProverPool, type ProverPoolOptions } from './prover-pool.js';
import { fetchDirectoryModel, readDirectoryModel, type DirectoryModel } from './queue-model.js';

/** A model that is ready to prove. */
export interface OpenModel {
  readonly directory: DirectoryModel;
  readonly pool: ProverPool;
}

export interface QueuePoolsOptions {
  readonly dirs: readonly string[];
  /** Weights file of those directories whose weights are committed. */
  readonly weights?: string;
  /** Where to put the files of models that are not among the directories. Absent: these are left to others. */
  readonly cache?: string;
  readonly proving: Pick<ProverPoolOptions, 'workers' | 'threads' | 'backend' | 'module'>;
  readonly transfer: TransferOptions;
}

/** Pools that may be open at a time: each holds a key and threads. */
const MOST_OPEN = 3;

export class QueuePools {
  readonly #queue: Queue;
  readonly #options: QueuePoolsOptions;
  /** By key; those without a directory can be fetched. */
  readonly #models = new Map<string, { readonly files: QueueModelFiles; directory?: DirectoryModel }>();
  readonly #unusable = new Set<string>();
  /** The last one used is the last. */
  readonly #open = new Map<string, OpenModel>();

  private constructor(queue: Queue, options: QueuePoolsOptions) {
    this.#queue = queue;
    this.#options = options;
  }

  /**
   * Reads and checks all directories.
   * @throws as readDirectoryModel
   */
  static async read(queue: Queue, options: QueuePoolsOptions): Promise<QueuePools> {
    const pools = new QueuePools(queue, options);
    const { dirs, weights, transfer } = options;
    for (const dir of dirs) {
      const directory = await readDirectoryModel(dir, { ...transfer, ...(weights === undefined ? {} : { weights }) });
      pools.#models.set(directory.model.key, { files: directory.model, directory });
    }
    return pools;
  }

  /** Keys of the models whose jobs can be done. */
  keys(): string[] {
    return [...this.#models.keys()];
  }

  /** Looks for models that can be fetched by now. @throws QUEUE_UNREACHABLE */
  async refresh(): Promise<void> {
    if (this.#options.cache === undefined) return;
    for (const files of await listFetchable(this.#queue)) {
      if (!this.#models.has(files.key) && !this.#unusable.has(files.key)) this.#models.set(files.key, { files });
    }
  }

  /**
   * A model that is ready to prove; its files are fetched where they are not there.
   * @param isBusy whether the pool of a model has work: it is not closed then
   * @throws as readDirectoryModel, fetchModel and openProverPool
   */
  async open(key: string, isBusy: (key: string) => boolean): Promise<OpenModel> {
    const open = this.#open.get(key);
    if (open !== undefined) {
      this.#open.delete(key);
      this.#open.set(key, open);
      return open;
    }
    const model = this.#models.get(key);
    if (model === undefined) throw new ZkinferError('INTERNAL', 'the worker was given a job of a model it has not');
    const { cache, proving, transfer } = this.#options;
    const idle = [...this.#open.keys()].find((other) => !isBusy(other));
    if (this.#open.size >= MOST_OPEN && idle !== undefined) await this.#close(idle);
    model.directory ??= await fetchDirectoryModel(this.#queue, model.files, cache!, transfer);
    const { directory } = model;
    const { dir, weights } = directory;
    const { signal, onProgress } = transfer;
    const pool = await openProverPool(dir, {
      ...proving,
      ...(weights === undefined ? {} : { weights }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    const opened = { directory, pool };
    this.#open.set(key, opened);
    return opened;
  }

  /** A model cannot be proved here: its jobs are left to others. */
  drop(key: string): void {
    this.#models.delete(key);
    this.#unusable.add(key);
  }

  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((key) => this.#close(key)));
  }

  async #close(key: string): Promise<void> {
    const model = this.#open.get(key);
    this.#open.delete(key);
    await model?.pool.close();
  }
}
