/** Results of a queue into the folder that `batch` writes. */
import type { ProofDocument } from '../artifacts/types.js';
import type { OpeningDocument } from '../artifacts/proof-document.js';
import { FailureLog } from '../batch/failures.js';
import type { BatchSubject } from '../batch/identity.js';
import { Meter } from '../batch/meter.js';
import { ResultsFolder } from '../batch/results.js';
import type { BatchSummary } from '../batch/summary.js';
import { ERROR_CODES, ZkinferError, type ErrorCode } from '../errors.js';
import type { WorkOptions } from '../progress.js';
import { chooseBackend } from '../prover/backends.js';
import { endLeases } from '../queue/jobs.js';
import { fetchModel, type QueueModelFiles } from '../queue/models.js';
import { openQueue, type Queue } from '../queue/open.js';
import { findRun, readEntries, type EndedEntry, type QueueRun } from '../queue/runs.js';
import { isDirectory } from './load-model.js';
import { findModels, VERIFIER_FILES } from './queue-model.js';
import { readQueueProof } from './queue-proof.js';
import { loadVerifier, type InvalidProof, type Verifier } from './verify.js';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface CollectOptions extends WorkOptions {
  /** Default: the last run of the model whose inputs are all queued. */
  readonly run?: number;
}

export interface CollectReport extends BatchSummary {
  readonly queueRun: number;
  /** Inputs without a result: their jobs wait or are with workers. */
  readonly waiting: number;
  /** Inputs without result and without job, as after a purge, or of a run that was not queued to its end. */
  readonly missing: number;
  /** What the queue holds as proofs, and is none: not written. */
  readonly invalid: readonly InvalidProof[];
}

/** Results so old that a lease of theirs is long over, in seconds. */
const ANY_LEASE = 60;

/**
 * Writes the results of a run into a folder, as `proveBatch` does; those that are there already are left as they are. Each proof is verified
 * first, by the key of the directory, or else by the one in the queue.
 *
 * @param target artifact directory, model id (0x...) or key of a model
 * @param output folder; made where it is missing
 * @param url of PostgreSQL
 * @throws QUEUE_MODEL without such a model or run; ARTIFACT_MISMATCH where the folder has other results; USAGE where it holds anything else; IO;
 *   as openQueue
 */
export async function collectResults(
  target: string,
  output: string,
  url: string,
  options: CollectOptions = {},
): Promise<CollectReport> {
  const queue = await openQueue(url);
  try {
    await endLeases(queue, ANY_LEASE);
    const models = await findModels(queue, target);
    const run = await findRun(
      queue,
      models.map(({ key }) => key),
      options.run,
    );
    if (run === undefined) throw noRun(target, options.run);
    const model = models.find(({ key }) => key === run.model)!;
    const verifier = (await isDirectory(target)) ? await loadVerifier(target) : await fetchVerifier(queue, model);
    return await new Collector(queue, run, model, verifier, options).into(output);
  } finally {
    await queue.close();
  }
}

function noRun(target: string, run: number | undefined): ZkinferError {
  const what = run === undefined ? 'no run whose inputs are all there' : `no run ${run}`;
  return new ZkinferError('QUEUE_MODEL', `the queue has ${what} of ${target}`, {
    hint: 'queue the inputs with `zkinfer batch DIR --inputs DATA --queue URL`; it prints the number of the run',
  });
}

async function fetchVerifier(queue: Queue, model: QueueModelFiles): Promise<Verifier> {
  const dir = await mkdtemp(join(tmpdir(), 'zkinfer-verifier-'));
  try {
    await fetchModel(queue, model, dir, { names: VERIFIER_FILES });
    const verifier = await loadVerifier(dir);
    if (verifier.manifest.modelId === model.modelId) return verifier;
    throw new ZkinferError('ARTIFACT_MISMATCH', `the queue holds the key of another model for ${model.modelId}`);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Check = Awaited<ReturnType<typeof chooseBackend>>['check'];

class Collector {
  readonly #queue: Queue;
  readonly #run: QueueRun;
  readonly #subject: BatchSubject;
  readonly #verifier: Verifier;
  readonly #options: CollectOptions;
  readonly #meter = new Meter();
  readonly #invalid: InvalidProof[] = [];
  #folder!: ResultsFolder;
  #failures!: FailureLog;
  #check: Check;
  #count = { inputs: 0, proved: 0, waiting: 0, missing: 0 };
  /** When the first and the last proof were stored, in milliseconds. */
  #ended: [first: number, last: number] = [Infinity, -Infinity];

  constructor(queue: Queue, run: QueueRun, model: QueueModelFiles, verifier: Verifier, options: CollectOptions) {
    this.#queue = queue;
    this.#run = run;
    this.#verifier = verifier;
    this.#options = options;
    const { modelId, weightsCommitment } = model;
    this.#subject = {
      modelId,
      context: run.context,
      ...(weightsCommitment === undefined ? {} : { weightsCommitment }),
    };
  }

  async into(output: string): Promise<CollectReport> {
    const { manifest } = this.#verifier;
    this.#folder = await ResultsFolder.open(output, {
      subject: this.#subject,
      dtype: manifest.statement.inputs[0]!.dtype,
    });
    this.#failures = await FailureLog.open(this.#folder.failuresPath);
    this.#check = (await chooseBackend()).check;
    await this.#folder.writeSummary(this.#summary('running'));
    try {
      const { onProgress, signal } = this.#options;
      const total = this.#run.inputs;
      for await (const entry of readEntries(this.#queue, this.#run)) {
        if (signal?.aborted) throw new ZkinferError('ABORTED', 'cancelled: collect again to go on');
        this.#count.inputs = entry.number + 1;
        await this.#take(entry);
        onProgress?.({ stage: 'collecting', done: this.#count.inputs, ...(total === undefined ? {} : { total }) });
      }
    } finally {
      await this.#failures.close();
    }
    const isEnded = this.#count.waiting + this.#count.missing === 0 && this.#run.inputs !== undefined;
    const summary = this.#summary(isEnded ? 'finished' : 'running');
    await this.#folder.writeSummary(summary);
    const { waiting, missing } = this.#count;
    return { ...summary, queueRun: this.#run.id, waiting, missing, invalid: this.#invalid };
  }

  async #take(entry: EndedEntry): Promise<void> {
    const { number: index, identity, state } = entry;
    if (state === 'proven') return this.#takeProof(entry, identity!);
    if (state === 'failed') return this.#takeFailure(entry);
    // A failure that the queue tries once more is none.
    this.#failures.forget(index);
    this.#count[state] += 1;
  }

  async #takeFailure({ number: index, identity, code, message }: EndedEntry): Promise<void> {
    if (this.#failures.isKnown(index, identity)) {
      this.#meter.skipped += 1;
      return;
    }
    const known: ErrorCode = code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : 'INTERNAL';
    await this.#failures.add({
      index,
      ...(identity === undefined ? {} : { identity }),
      code: known,
      message: message ?? '',
    });
    this.#meter.failed += 1;
  }

  async #takeProof(entry: EndedEntry, identity: string): Promise<void> {
    const { number: index, milliseconds = 0, endedOn } = entry;
    const read = await readQueueProof(
      {
        verifier: this.#verifier,
        subject: this.#subject,
        identity,
        ...(this.#check === undefined ? {} : { check: this.#check }),
      },
      entry,
    );
    if (typeof read === 'string') {
      this.#invalid.push({ index, reason: read });
      return;
    }
    const { document, opening } = read;
    this.#count.proved += 1;
    if (endedOn !== undefined) {
      this.#ended = [Math.min(this.#ended[0], endedOn), Math.max(this.#ended[1], endedOn)];
    }
    if (await this.#isWritten(index, identity, document, opening)) {
      this.#meter.skipped += 1;
      return;
    }
    await this.#folder.write(index, { document, ...(opening === undefined ? {} : { opening }) });
    this.#failures.forget(index);
    this.#meter.addProof(milliseconds);
  }

  async #isWritten(
    index: number,
    identity: string,
    document: ProofDocument,
    opening: OpeningDocument | undefined,
  ): Promise<boolean> {
    if (document.input !== undefined || opening?.input !== undefined) return this.#folder.has(index, identity);
    const written = await this.#folder.read(index);
    return written !== undefined && JSON.stringify(written) === JSON.stringify(document);
  }

  #summary(state: BatchSummary['state']): BatchSummary {
    const [first, last] = this.#ended;
    const { inputs, proved } = this.#count;
    return {
      format: 'zkinfer-batch',
      version: 1,
      ...this.#subject,
      state,
      inputs,
      proved,
      failed: this.#failures.size,
      // The rate is that of all workers, from the first stored proof to the last.
      run: {
        ...this.#meter.read(),
        proofsPerMinute: last > first ? round((60_000 * (proved - 1)) / (last - first)) : 0,
      },
    };
  }
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
