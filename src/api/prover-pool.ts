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
import { nativeChoice, requireNative } from '../native/load.js';
import type { WorkOptions } from '../progress.js';
import { chooseBackend, type BackendName } from '../prover/backends.js';
import { readWeightsFile } from './commit.js';
import type { ProveReply, ProveTask, ProveWorkerData, WorkerProof } from './prove-task.js';
import { checkProver, loadWitnessGenerator } from './prove.js';

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
   * Proves one inference. A thread that dies is replaced; the inputs that it had are tried once more, alone in a thread of their own, as is
   * an input that fails for reasons that may pass.
   *
   * @throws what makes all proofs impossible: the errors of loadProver; INTERNAL where many inputs in a row fail so; ABORTED after `close`
   */
  prove(task: Required<Pick<ProveTask, 'inputs'>> & ProveTask): Promise<PoolResult>;
  /** Ends the workers; proofs that are under way are dropped. */
  close(): Promise<void>;
}

/**
 * Native proofs that one thread has under way: its own part of each, mostly the witness, is about an eighth of the work, and its memory is for
 * all of them.
 */
const TASKS_PER_THREAD = 4;

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
    witnessProgram: (await loadWitnessGenerator(dir)).module,
    ...(weights === undefined ? {} : { weights }),
  };
  onProgress?.({ stage: 'starting workers' });
  if (backend === 'native') requireNative('mapLargeBlocks').mapLargeBlocks();
  const tasksPerThread = backend === 'native' ? Math.min(plan.workers, TASKS_PER_THREAD) : 1;
  const module = options.module ?? WORKER;
  const open: OpenPool = (threads, tasks) => new WorkerPool({ module, data, threads, tasksPerThread: tasks });
  const threads = Math.ceil(plan.workers / tasksPerThread);
  const attempts = new Attempts(open, open(threads, tasksPerThread));
  const close = (): void => void attempts.close();
  signal?.addEventListener('abort', close, { once: true });
  try {
    await attempts.load(threads * tasksPerThread);
  } catch (error) {
    await attempts.close();
    throw error;
  } finally {
    signal?.removeEventListener('abort', close);
  }
  return {
    manifest,
    backend,
    inputs: manifest.statement.inputs,
    plan,
    ...(weights === undefined ? {} : { weights }),
    prove: (task) => attempts.prove(task),
    close: () => attempts.close(),
  };
}

type Pool = WorkerPool<ProveTask, ProveReply>;
type OpenPool = (threads: number, tasksPerThread: number) => Pool;

/** So many in a row are not the inputs' fault. */
const MOST_CRASHES = 8;

class Attempts {
  readonly #open: OpenPool;
  readonly #pool: Pool;
  /** The thread of a second attempt. */
  #second: Pool | undefined;
  /** Second attempts come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #isClosed = false;
  #crashes = 0;

  constructor(open: OpenPool, pool: Pool) {
    this.#open = open;
    this.#pool = pool;
  }

  /** @param tasks as many as all threads take at a time, so that each of them gets one */
  async load(tasks: number): Promise<void> {
    try {
      const replies = await Promise.all(Array.from({ length: tasks }, () => this.#pool.run({})));
      for (const reply of replies) if (reply.kind === 'failed') throw restoreError(reply.error);
    } catch (cause) {
      if (!(cause instanceof WorkerCrash)) throw cause;
      throw new ZkinferError('INTERNAL', `a worker thread ended while it was loading: ${cause.message}`, { cause });
    }
  }

  async prove(task: ProveTask): Promise<PoolResult> {
    const first = await this.#attempt(this.#pool, task);
    if (first.proof !== undefined) this.#crashes = 0;
    if (first.proof !== undefined || !PASSING.includes(first.error.code)) return first;
    const second = this.#turn.then(() => this.#proveAlone(task));
    this.#turn = second.catch(() => undefined);
    return second;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#pool.close(), this.#second?.close()]);
  }

  /** In a fresh thread that has nothing else to do: whatever goes wrong there is of this input. */
  async #proveAlone(task: ProveTask): Promise<PoolResult> {
    if (this.#isClosed) throw new ZkinferError('ABORTED', 'the workers have been ended');
    const pool = (this.#second = this.#open(1, 1));
    try {
      const result = await this.#attempt(pool, task);
      this.#crashes = result.proof === undefined ? this.#crashes + 1 : 0;
      if (result.proof !== undefined || this.#crashes < MOST_CRASHES) return result;
      throw new ZkinferError('INTERNAL', `proofs fail one after the other: ${result.error.message}`, {
        cause: result.error,
        hint: 'if memory is scarce, give fewer --workers',
      });
    } finally {
      await pool.close();
    }
  }

  async #attempt(pool: Pool, task: ProveTask): Promise<PoolResult> {
    let reply: ProveReply;
    try {
      reply = await pool.run(task);
    } catch (cause) {
      if (!(cause instanceof WorkerCrash)) throw cause;
      return { error: new ZkinferError('INTERNAL', `the worker thread ended: ${cause.message}`, { cause }) };
    }
    if (reply.kind === 'loaded') throw new ZkinferError('INTERNAL', 'a worker gave no proof');
    if (reply.kind === 'failed') {
      if (reply.at === 'load') throw restoreError(reply.error);
      return { error: restoreError(reply.error) };
    }
    const { document, opening, milliseconds } = reply;
    return { proof: { document, ...(opening === undefined ? {} : { opening }), milliseconds } };
  }
}

function chooseWorkers(manifest: Manifest, backend: BackendName, options: ProverPoolOptions): WorkerPlan {
  const { workers, threads } = options;
  // snarkjs has threads of its own, as many as there are cores.
  if (backend === 'snarkjs' && workers === undefined) {
    return { workers: 1, threads: threads ?? availableParallelism(), reason: 'one proof of snarkjs takes all cores' };
  }
  const room = { cores: availableParallelism(), memory: availableMemory() };
  return planWorkers(room, provingNeed(manifest, backend), {
    ...(workers === undefined ? {} : { workers }),
    ...(threads === undefined ? {} : { threads }),
  });
}

/** What the process itself takes, most of it for a short time while the witness program is compiled. */
const PROCESS = 400e6;
/** Of each worker: evaluated polynomials, digits and sums, and the witness several times, with 32 bytes an element. */
const PER_ELEMENT = 4 * 32;

function provingNeed({ files, circuit }: Manifest, backend: BackendName): ProvingNeed {
  const key = files[ArtifactName.provingKey]?.bytes ?? 0;
  const each = PER_ELEMENT * (2 ** circuit.domainPower + circuit.wires);
  // The native prover copies some of the key, once; snarkjs has it in each worker, and works on copies of its parts.
  if (backend === 'native') return { shared: PROCESS + 1.25 * key, each };
  return { shared: PROCESS, each: 3 * key + each };
}
