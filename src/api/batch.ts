/** Proofs of many inputs, into a folder that holds all the state. */
import type { Hex, Manifest, TensorSpec } from '../artifacts/types.js';
import { readManifest } from '../artifacts/manifest.js';
import type { WeightsFile } from '../artifacts/weights-file.js';
import { FailureLog, type Failure } from '../batch/failures.js';
import { inferenceIdentity, type BatchSubject, type Identity } from '../batch/identity.js';
import { InFlight } from '../batch/in-flight.js';
import { Meter } from '../batch/meter.js';
import { ResultsFolder, type WriteFile } from '../batch/results.js';
import type { WorkerPlan } from '../batch/sizing.js';
import type { BatchSummary } from '../batch/summary.js';
import { ZkinferError, type ErrorCode } from '../errors.js';
import { readInputEntries } from '../inputs/read.js';
import type { InputEntry, SampleTensor } from '../inputs/types.js';
import { chooseBackend, type BackendName } from '../prover/backends.js';
import { verifyProofDocument } from '../prover/verify.js';
import { ZERO_CONTEXT } from '../statement/challenge.js';
import { commitmentElement, readWeightsFile } from './commit.js';
import { openProverPool, type ProverPool, type ProverPoolOptions } from './prover-pool.js';
import { joinElements } from './run.js';
import { loadVerifier, type InvalidProof } from './verify.js';

export interface BatchOptions extends Omit<ProverPoolOptions, 'signal'> {
  /** Numbers are the model's integers, even where it takes real numbers. */
  readonly integers?: boolean;
  /** 32 bytes that bind every proof to its use. Default: zero. */
  readonly context?: Hex;
  /** Tries inputs again that have failed in an earlier run. Those that have been changed since are tried again anyway. */
  readonly retryFailed?: boolean;
  /** Reads all results back in the end and verifies them, those of earlier runs included. */
  readonly verify?: boolean;
  /** When it is aborted, proofs that are under way are finished and written, and the report says `interrupted`. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: BatchEvent) => void;
  /** For tests: in the place of writeFileAtomic, for results and the summary. */
  readonly write?: WriteFile;
}

export type BatchEvent =
  | ({ readonly kind: 'workers'; readonly backend: BackendName } & WorkerPlan)
  | { readonly kind: 'failed'; readonly index: number; readonly code: ErrorCode; readonly message: string }
  /** Nothing more is begun; so many proofs are under way. */
  | { readonly kind: 'stopping'; readonly running: number };

export interface BatchReport extends BatchSummary {
  readonly state: 'finished' | 'interrupted';
  /** With `verify`: results that do not prove what they state. */
  readonly invalid?: readonly InvalidProof[];
}

/**
 * Proves the inference of every input. The proof of input 42 is `000042.json` of the output folder, the opening of committed parts
 * `000042.opening.json`; inputs without a proof are lines of `failed.jsonl`, counts and times are in `summary.json`. Called again, it makes
 * what is missing: inputs that have a result or a failure are skipped.
 *
 * Inputs are read as they are needed. One that is malformed or cannot be proved is recorded and does not stop the others.
 *
 * @param dir artifact directory with keys
 * @param inputs file or folder of samples (see readInputs)
 * @param output folder of the results; made where it is missing
 * @throws as loadProver; IO, INPUT_FORMAT, INPUT_SHAPE where the inputs as a whole cannot be read; ARTIFACT_MISMATCH where the output folder
 *   has results of another model, other inputs or another context; USAGE where it holds anything else
 */
export async function proveBatch(
  dir: string,
  inputs: string,
  output: string,
  options: BatchOptions = {},
): Promise<BatchReport> {
  const manifest = await readManifest(dir);
  const weights =
    typeof options.weights === 'string' ? await readWeightsFile(options.weights, manifest) : options.weights;
  const subject: BatchSubject = {
    modelId: manifest.modelId,
    context: options.context ?? ZERO_CONTEXT,
    ...(weights === undefined ? {} : { weightsCommitment: weights.commitment }),
  };
  const specs = manifest.statement.inputs;
  const { write } = options;
  const results = await ResultsFolder.open(output, {
    subject,
    dtype: specs[0]!.dtype,
    ...(write === undefined ? {} : { write }),
  });
  const failures = await FailureLog.open(results.failuresPath);
  if (options.retryFailed) for (const index of [...failures.indexes()]) failures.forget(index);
  const run = new Run({ dir, manifest, subject, specs, results, failures, options, weights });
  return run.toEnd(inputs);
}

function isInterruption(error: unknown, signal: AbortSignal | undefined): boolean {
  return signal?.aborted === true && error instanceof ZkinferError && error.code === 'ABORTED';
}

interface Parts {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly subject: BatchSubject;
  readonly specs: readonly TensorSpec[];
  readonly results: ResultsFolder;
  readonly failures: FailureLog;
  readonly options: BatchOptions;
  readonly weights: WeightsFile | undefined;
}

class Run {
  readonly #parts: Parts;
  readonly #meter = new Meter();
  #pool: ProverPool | undefined;
  #inFlight: InFlight | undefined;
  /** Inputs that were seen, and in all as far as known. */
  #inputs = 0;
  #total: number | undefined;
  /** Of the inputs that were seen, those that had a result. */
  #results = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async toEnd(inputs: string): Promise<BatchReport> {
    const { results, failures, options } = this.#parts;
    const { signal, onEvent } = options;
    const stop = (): void => onEvent?.({ kind: 'stopping', running: this.#inFlight?.size ?? 0 });
    signal?.addEventListener('abort', stop, { once: true });
    let state: BatchSummary['state'] = 'stopped';
    try {
      await results.writeSummary(this.#summary('running'));
      try {
        await this.#proveAll(inputs);
      } catch (error) {
        if (!isInterruption(error, signal)) throw error;
      } finally {
        // Also when the inputs cannot be read on: what is under way is finished and written.
        await this.#inFlight?.end();
      }
      if (!signal?.aborted) failures.forgetFrom(this.#inputs);
      await failures.close();
      state = signal?.aborted ? 'interrupted' : 'finished';
      if (state === 'finished') await this.#assertNoMore();
      const invalid = options.verify && state === 'finished' ? await this.#verify() : undefined;
      const summary = this.#summary(state);
      await results.writeSummary(summary);
      return { ...summary, state, ...(invalid === undefined ? {} : { invalid }) };
    } catch (error) {
      await failures.close().catch(() => undefined);
      await results.writeSummary(this.#summary('stopped')).catch(() => undefined);
      throw error;
    } finally {
      signal?.removeEventListener('abort', stop);
      await this.#pool?.close();
    }
  }

  async #proveAll(inputs: string): Promise<void> {
    const { specs, options } = this.#parts;
    const { signal, integers = false } = options;
    const reading = { integers, count: true, ...(signal === undefined ? {} : { signal }) };
    for await (const entry of readInputEntries(inputs, specs, reading)) {
      this.#inputs = entry.index + 1;
      this.#total = entry.total;
      if (entry.error !== undefined) await this.#skipMalformed(entry.index, entry.error);
      else await this.#take(entry);
      this.#report();
    }
  }

  async #skipMalformed(index: number, error: ZkinferError): Promise<void> {
    if (this.#parts.failures.isKnown(index, undefined)) this.#meter.skipped += 1;
    else await this.#fail({ index, code: error.code, message: error.message });
  }

  async #take({ index, tensors }: InputEntry & { readonly tensors: readonly SampleTensor[] }): Promise<void> {
    const { subject, results, failures, options } = this.#parts;
    const identity = inferenceIdentity(subject, joinElements(tensors));
    if (await results.has(index, identity)) {
      failures.forget(index);
      this.#results += 1;
      this.#meter.skipped += 1;
      return;
    }
    if (failures.isKnown(index, identity)) {
      this.#meter.skipped += 1;
      return;
    }
    const pool = (this.#pool ??= await this.#openPool());
    this.#inFlight ??= new InFlight(pool.plan.workers);
    await this.#inFlight.begin(async () => {
      // What waited for a place is not begun after an interruption.
      if (!options.signal?.aborted) await this.#prove(pool, index, identity, tensors);
    });
  }

  async #openPool(): Promise<ProverPool> {
    const { dir, options, weights } = this.#parts;
    const pool = await openProverPool(dir, { ...options, ...(weights === undefined ? {} : { weights }) });
    options.onEvent?.({ kind: 'workers', backend: pool.backend, ...pool.plan });
    this.#meter.begin();
    return pool;
  }

  async #prove(pool: ProverPool, index: number, identity: Identity, tensors: readonly SampleTensor[]): Promise<void> {
    const { subject, results, failures } = this.#parts;
    const { proof, error } = await pool.prove({
      inputs: tensors.map(({ name, integers }) => ({ name, integers })),
      context: subject.context,
    });
    if (error !== undefined) {
      await this.#fail({ index, identity, code: error.code, message: error.message });
    } else {
      await results.write(index, proof);
      failures.forget(index);
      this.#results += 1;
      this.#meter.addProof(proof.milliseconds);
    }
    this.#report();
  }

  async #fail(failure: Failure): Promise<void> {
    const { failures, options } = this.#parts;
    await failures.add(failure);
    this.#meter.failed += 1;
    const { index, code, message } = failure;
    options.onEvent?.({ kind: 'failed', index, code, message });
  }

  #report(): void {
    const { proved, failed, skipped } = this.#meter;
    const { onProgress } = this.#parts.options;
    if (this.#pool === undefined) {
      onProgress?.({ stage: 'looking for what is done', done: skipped, ...this.#all(0) });
    } else onProgress?.({ stage: 'proving', done: proved + failed, ...this.#all(skipped) });
  }

  #all(less: number): { readonly total?: number } {
    return this.#total === undefined ? {} : { total: this.#total - less };
  }

  /** Results beyond the last input are of other inputs. */
  async #assertNoMore(): Promise<void> {
    const { results } = this.#parts;
    for await (const index of results.indexes()) {
      if (index < this.#inputs) continue;
      const file = results.resultPath(index);
      throw new ZkinferError('ARTIFACT_MISMATCH', `${file} is a result, but there are only ${this.#inputs} inputs`, {
        location: { file },
        hint: 'give the same inputs as before, or another output folder',
      });
    }
  }

  async #verify(): Promise<InvalidProof[]> {
    const { dir, subject, results, options } = this.#parts;
    const { manifest, verificationKey } = await loadVerifier(dir);
    const { check } = await chooseBackend(options.backend);
    const { context, weightsCommitment } = subject;
    const invalid: InvalidProof[] = [];
    for (let index = 0; index < this.#inputs; index++) {
      options.onProgress?.({ stage: 'verifying', done: index, total: this.#inputs });
      const document = await results.read(index);
      if (document === undefined) continue;
      const verdict = await verifyProofDocument({
        manifest,
        verificationKey,
        document,
        context,
        ...(weightsCommitment === undefined ? {} : { weightsCommitment: commitmentElement(weightsCommitment) }),
        ...(check === undefined ? {} : { check }),
      });
      if (!verdict.valid) invalid.push({ index, reason: verdict.reason });
    }
    return invalid;
  }

  #summary(state: BatchSummary['state']): BatchSummary {
    const { subject, failures } = this.#parts;
    const pool = this.#pool;
    return {
      format: 'zkinfer-batch',
      version: 1,
      ...subject,
      state,
      inputs: this.#inputs,
      proved: this.#results,
      failed: failures.size,
      run: {
        ...this.#meter.read(),
        ...(pool === undefined
          ? {}
          : { backend: pool.backend, workers: pool.plan.workers, threads: pool.plan.threads }),
      },
    };
  }
}
