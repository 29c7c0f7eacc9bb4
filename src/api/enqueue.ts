/** Inputs into a queue, for workers on other machines. */
import { artifactPath, ArtifactName } from '../artifacts/names.js';
import type { Hex, TensorSpec } from '../artifacts/types.js';
import type { WeightsFile } from '../artifacts/weights-file.js';
import { inferenceIdentity, type BatchSubject } from '../batch/identity.js';
import type { ZkinferError } from '../errors.js';
import { readInputEntries } from '../inputs/read.js';
import type { InputEntry } from '../inputs/types.js';
import type { WorkOptions } from '../progress.js';
import { patiently, type Patience } from '../queue/database.js';
import { registerModel, uploadArtifact } from '../queue/models.js';
import { openQueue, type Queue } from '../queue/open.js';
import { addEntries, beginRun, completeRun, type EntryCounts, type JobTerms, type RunEntry } from '../queue/runs.js';
import { ZERO_CONTEXT } from '../statement/challenge.js';
import { readDirectoryModel, VERIFIER_FILES, type DirectoryModel } from './queue-model.js';
import { joinElements } from './run.js';

export interface EnqueueOptions extends WorkOptions {
  /** Numbers are the model's integers, even where it takes real numbers. */
  readonly integers?: boolean;
  /** 32 bytes that bind every proof to its use. Default: zero. */
  readonly context?: Hex;
  /** Needed where the weights are committed; workers have them too, the queue has not. */
  readonly weights?: string | WeightsFile;
  /** Jobs of a higher priority come first. Those that are in the queue keep theirs. Default: 0. */
  readonly priority?: number;
  /** How many times a job is begun at most. Default: 5. */
  readonly attempts?: number;
  /** Seconds before a second attempt, about; then twice as many, and so on. Default: 5. */
  readonly retryDelay?: number;
  /** Keeps the openings of committed parts with the results: whoever reads the database then knows them for ever. */
  readonly keepOpenings?: boolean;
  readonly retryFailed?: boolean;
  /** Sends all files that proving takes, so that workers can fetch them. */
  readonly upload?: boolean;
  readonly onEvent?: (event: EnqueueEvent) => void;
}

export type EnqueueEvent =
  | { readonly kind: 'run'; readonly run: number }
  | { readonly kind: 'malformed'; readonly index: number; readonly message: string }
  | { readonly kind: 'away'; readonly message: string }
  | { readonly kind: 'back' };

export interface EnqueueReport extends EntryCounts {
  readonly format: 'zkinfer-enqueue';
  readonly version: 1;
  /** Host, port and database. */
  readonly queue: string;
  readonly modelId: Hex;
  /** Names the model in the queue. */
  readonly model: string;
  readonly run: number;
  readonly inputs: number;
}

/** Inputs of one transaction: so many, or of so many bytes. */
const CHUNK = { entries: 500, bytes: 4 << 20 };

/**
 * Queues the inference of every input that has neither a job nor a result in the queue. Inputs are read as they are needed, and sent in
 * chunks; given again, after a crash too, those that are there are left as they are.
 *
 * @param dir artifact directory with keys
 * @param inputs file or folder of samples (see readInputs)
 * @param url of PostgreSQL
 * @throws as loadProver, readInputs and openQueue; ABORTED
 */
export async function enqueueBatch(
  dir: string,
  inputs: string,
  url: string,
  options: EnqueueOptions = {},
): Promise<EnqueueReport> {
  const subject = await readDirectoryModel(dir, options);
  const queue = await openQueue(url);
  try {
    return await new Producer(queue, subject, options).run(inputs);
  } finally {
    await queue.close();
  }
}

class Producer {
  readonly #queue: Queue;
  readonly #subject: DirectoryModel;
  readonly #options: EnqueueOptions;
  readonly #terms: JobTerms;
  readonly #patience: Patience;
  #counts: EntryCounts = { queued: 0, waiting: 0, proven: 0, failed: 0, malformed: 0 };

  constructor(queue: Queue, subject: DirectoryModel, options: EnqueueOptions) {
    this.#queue = queue;
    this.#subject = subject;
    this.#options = options;
    const { priority = 0, attempts = 5, retryDelay = 5, keepOpenings = false, retryFailed = false } = options;
    this.#terms = { priority, attempts, retryDelay, keepOpening: keepOpenings, retryFailed };
    const { signal, onEvent } = options;
    this.#patience = {
      ...(signal === undefined ? {} : { signal }),
      onAway: ({ message }) => onEvent?.({ kind: 'away', message }),
      onBack: () => onEvent?.({ kind: 'back' }),
    };
  }

  async run(inputs: string): Promise<EnqueueReport> {
    const { model, manifest } = this.#subject;
    const { context = ZERO_CONTEXT, onEvent } = this.#options;
    await this.#patiently(() => registerModel(this.#queue, model));
    await this.#upload();
    const run = await this.#patiently(() => beginRun(this.#queue, model.key, context));
    onEvent?.({ kind: 'run', run: run.id });
    let chunk: RunEntry[] = [];
    let [bytes, seen] = [0, 0];
    const send = async (): Promise<void> => {
      const counts = await this.#patiently(() => addEntries(this.#queue, run, chunk, this.#terms));
      this.#counts = sum(this.#counts, counts);
      [chunk, bytes] = [[], 0];
    };
    for await (const entry of this.#read(inputs, manifest.statement.inputs)) {
      const added = this.#toRunEntry(entry, context);
      chunk.push(added);
      bytes += added.code === undefined ? added.input.length : 0;
      seen = entry.index + 1;
      this.#options.onProgress?.({ stage: 'queueing', done: seen, ...totalOf(entry) });
      if (chunk.length >= CHUNK.entries || bytes >= CHUNK.bytes) await send();
    }
    if (chunk.length > 0) await send();
    await this.#patiently(() => completeRun(this.#queue, run, seen));
    return {
      format: 'zkinfer-enqueue',
      version: 1,
      queue: this.#queue.database.name,
      modelId: model.modelId,
      model: model.key,
      run: run.id,
      inputs: seen,
      ...this.#counts,
    };
  }

  async #upload(): Promise<void> {
    const { dir, model } = this.#subject;
    const { upload, onProgress } = this.#options;
    for (const name of Object.values(ArtifactName)) {
      if (model.files[name] === undefined || !(upload || VERIFIER_FILES.includes(name))) continue;
      const path = artifactPath(dir, name);
      await uploadArtifact(this.#queue, path, {
        ...this.#patience,
        ...(onProgress === undefined ? {} : { onProgress }),
      });
    }
  }

  #read(inputs: string, specs: readonly TensorSpec[]): AsyncGenerator<InputEntry> {
    const { signal, integers = false } = this.#options;
    return readInputEntries(inputs, specs, { integers, count: true, ...(signal === undefined ? {} : { signal }) });
  }

  #toRunEntry(entry: InputEntry, context: Hex): RunEntry {
    const { index: number } = entry;
    if (entry.error !== undefined) return this.#malformed(number, entry.error);
    const elements = joinElements(entry.tensors);
    const { modelId, weightsCommitment } = this.#subject.model;
    const subject: BatchSubject = {
      modelId,
      context,
      ...(weightsCommitment === undefined ? {} : { weightsCommitment }),
    };
    const input = Buffer.from(elements.map((element) => element & 0xff)).toString('base64');
    return { number, identity: inferenceIdentity(subject, elements), input };
  }

  #malformed(number: number, { code, message }: ZkinferError): RunEntry {
    this.#options.onEvent?.({ kind: 'malformed', index: number, message });
    return { number, code, message };
  }

  #patiently<T>(work: () => Promise<T>): Promise<T> {
    return patiently(work, this.#patience);
  }
}

function sum(one: EntryCounts, other: EntryCounts): EntryCounts {
  return {
    queued: one.queued + other.queued,
    waiting: one.waiting + other.waiting,
    proven: one.proven + other.proven,
    failed: one.failed + other.failed,
    malformed: one.malformed + other.malformed,
  };
}

function totalOf({ total }: InputEntry): { readonly total?: number } {
  return total === undefined ? {} : { total };
}
