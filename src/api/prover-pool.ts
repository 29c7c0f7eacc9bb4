/** Proofs of one model on several worker threads, which share its key. */
import { availableParallelism } from 'node:os';
import { availableMemory } from 'node:process';
import { ArtifactName } from '../artifacts/names.js';
import type { Manifest, TensorSpec } from '../artifacts/types.js';
import type { WeightsFile } from '../artifacts/weights-file.js';
import { restoreError } from '../batch/messages.js';
import { WorkerCrash, WorkerPool } from '../batch/pool.js';
import { planWorkers, type ProvingNeed, type WorkerPlan } from '../batch/sizing.js';
import { ZkinferError, type ErrorCode } from '../errors.js';
import { nativeChoice } from '../native/load.js';
import type { WorkOptions } from '../progress.js';
import { chooseBackend, type BackendName } from '../prover/backends.js';
import { readWeightsFile } from './commit.js';
import type { ProveReply, ProveTask, ProveWorkerData, WorkerProof } from './prove-worker.js';
import { checkProver } from './prove.js';

export interface ProverPoolOptions extends WorkOptions {
  /** Proofs that are made at a time. Default: what cores and memory allow. */
  readonly workers?: number;
  /** Threads of one proof. Default: the cores' number divided by that of the workers. */
  readonly threads?: number;
  /** Default: the fastest that is available. */
  readonly backend?: BackendName;
  /** Needed where the weights are committed: a file that `commitModel` gave, or its path. */
  readonly weights?: string | WeightsFile;
  /** For tests: the module that workers run. */
  readonly module?: URL;
}

/** A proof, or why there is none of this input; the pool goes on. */
export type PoolResult =
  | { readonly proof: WorkerProof; readonly error?: undefined }
  | { readonly error: ZkinferError; readonly proof?: undefined };

export interface ProverPool {
  readonly manifest: Manifest;
  readonly backend: BackendName;
  /** Tensors of an input, in order. */
  readonly inputs: readonly TensorSpec[];
  readonly weights?: WeightsFile;
  readonly plan: WorkerPlan;
  /**
   * Proves one inference, on the next worker that is free. A worker that dies is replaced; its input is tried once more, as is one that
   * fails for reasons that may pass.
   *
   * @throws what makes all proofs impossible: the errors of loadProver; INTERNAL where workers die one after the other; ABORTED after `close`
   */
  prove(task: Required<Pick<ProveTask, 'inputs'>> & ProveTask): Promise<PoolResult>;
  /** Ends the workers; proofs that are under way are dropped. */
  close(): Promise<void>;
}

const WORKER = new URL('./prove-worker.js', import.meta.url);

/** Faults of the machine or of zkinfer, which another attempt may not meet; all others are of the input itself. */
const PASSING: readonly ErrorCode[] = ['INTERNAL', 'TOOL_FAILED', 'ARTIFACT_MISMATCH', 'IO'];

/**
 * Checks an artifact directory and starts workers for it. Returns when they are ready to prove.
 *
 * @throws as loadProver
 */
export async function openProverPool(dir: string, options: ProverPoolOptions = {}): Promise<ProverPool> {
  const { signal, onProgress } = options;
  const backend = (await chooseBackend(options.backend)).name as BackendName;
  const manifest = await checkProver(dir, options);
  const weights =
    typeof options.weights === 'string' ? await readWeightsFile(options.weights, manifest) : options.weights;
  const plan = chooseWorkers(manifest, backend, options);
  const data: ProveWorkerData = {
    dir,
    manifest,
    backend,
    threads: plan.threads,
    native: nativeChoice(),
    ...(weights === undefined ? {} : { weights }),
  };
  onProgress?.({ stage: 'starting workers' });
  const { workers } = plan;
  const pool = new WorkerPool<ProveTask, ProveReply>({ module: options.module ?? WORKER, data, workers });
  const close = (): void => void pool.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    await Promise.all(Array.from({ length: workers }, () => loadWorker(pool)));
  } catch (error) {
    await pool.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', close);
  }
  const prover = new Attempts(pool, workers);
  return {
    manifest,
    backend,
    inputs: manifest.statement.inputs,
    plan,
    ...(weights === undefined ? {} : { weights }),
    prove: (task) => prover.prove(task),
    close: () => pool.close(),
  };
}

async function loadWorker(pool: WorkerPool<ProveTask, ProveReply>): Promise<void> {
  try {
    const reply = await pool.run({});
    if (reply.kind === 'failed') throw restoreError(reply.error);
  } catch (cause) {
    if (!(cause instanceof WorkerCrash)) throw cause;
    throw new ZkinferError('INTERNAL', `a worker thread ended while it was loading: ${cause.message}`, { cause });
  }
}

class Attempts {
  readonly #pool: WorkerPool<ProveTask, ProveReply>;
  /** So many workers that end one after the other, without a proof between, are not the inputs' fault. */
  readonly #limit: number;
  #crashes = 0;

  constructor(pool: WorkerPool<ProveTask, ProveReply>, workers: number) {
    this.#pool = pool;
    this.#limit = 2 * workers + 8;
  }

  async prove(task: ProveTask): Promise<PoolResult> {
    const first = await this.#attempt(task);
    return first.proof !== undefined || !PASSING.includes(first.error.code) ? first : this.#attempt(task);
  }

  async #attempt(task: ProveTask): Promise<PoolResult> {
    let reply: ProveReply;
    try {
      reply = await this.#pool.run(task);
    } catch (cause) {
      if (!(cause instanceof WorkerCrash)) throw cause;
      this.#crashes += 1;
      const error = new ZkinferError('INTERNAL', `the worker thread ended: ${cause.message}`, { cause });
      if (this.#crashes < this.#limit) return { error };
      throw new ZkinferError('INTERNAL', `worker threads end one after the other: ${cause.message}`, {
        cause,
        hint: 'give fewer --workers if memory is scarce',
      });
    }
    if (reply.kind === 'loaded') throw new ZkinferError('INTERNAL', 'a worker gave no proof');
    if (reply.kind === 'failed') {
      if (reply.at === 'load') throw restoreError(reply.error);
      return { error: restoreError(reply.error) };
    }
    this.#crashes = 0;
    const { kind: _, ...proof } = reply;
    return { proof };
  }
}

function chooseWorkers(manifest: Manifest, backend: BackendName, options: ProverPoolOptions): WorkerPlan {
  const { workers, threads } = options;
  const room = { cores: availableParallelism(), memory: availableMemory() };
  return planWorkers(room, provingNeed(manifest, backend), {
    ...(workers === undefined ? {} : { workers }),
    ...(threads === undefined ? {} : { threads }),
  });
}

function provingNeed(manifest: Manifest, backend: BackendName): ProvingNeed {
  const key = manifest.files[ArtifactName.provingKey]?.bytes ?? 0;
  const domain = 2 ** manifest.circuit.domainPower;
  const { wires } = manifest.circuit;
  return { shared: key, each: 64e6 + 32 * (4 * domain + 4 * wires) + (backend === 'snarkjs' ? 2 * key : 0) };
}
