/** Proofs of a server that other machines make: its inferences go into a queue, and their results come out of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ArtifactName, artifactPath } from '../artifacts/names.js';
import type { Hex } from '../artifacts/types.js';
import { inferenceIdentity, type BatchSubject } from '../batch/identity.js';
import { ERROR_CODES, ZkinferError, type ErrorCode } from '../errors.js';
import { chooseBackend } from '../prover/backends.js';
import { patiently } from '../queue/database.js';
import { registerModel, uploadArtifact } from '../queue/models.js';
import type { Queue } from '../queue/open.js';
import { readResults, type QueueResult } from '../queue/results.js';
import { addEntries, beginRun, type JobTerms } from '../queue/runs.js';
import type { JobProof, JobRequest, JobRunner } from '../serve/jobs.js';
import { ZERO_CONTEXT } from '../statement/challenge.js';
import { readQueueProof } from './queue-proof.js';
import { readDirectoryModel, VERIFIER_FILES, type DirectoryModel } from './queue-model.js';
import { joinElements } from './run.js';
import { loadVerifier, type Verifier } from './verify.js';

/** Inferences of one model that a server may have in the queue. */
const UNDER_WAY = 1_000;
/** Between two looks for results, in milliseconds. */
const INTERVAL = 300;
/** Somebody waits for these: they come before what batches have queued. */
const TERMS: JobTerms = { priority: 10, attempts: 3, retryDelay: 2, keepOpening: true, retryFailed: true };

interface Waiting {
  readonly context: Hex;
  readonly resolve: (proof: JobProof) => void;
  readonly reject: (error: ZkinferError) => void;
}

/** Runs the inferences of one model through a queue. The same inference asked for twice is proved once. */
export class QueueRunner implements JobRunner {
  readonly workers = UNDER_WAY;
  /** By identity: who waits for the result. */
  readonly #waiting = new Map<string, Waiting[]>();
  readonly #stopped = new AbortController();
  readonly #polling: Promise<void>;

  private constructor(
    private readonly queue: Queue,
    private readonly subject: DirectoryModel,
    private readonly verifier: Verifier,
  ) {
    this.#polling = this.#poll();
  }

  /** Makes the model known to the queue. @throws as loadProver; QUEUE_UNREACHABLE */
  static async open(queue: Queue, dir: string, weights?: string): Promise<QueueRunner> {
    const subject = await readDirectoryModel(dir, weights === undefined ? {} : { weights });
    await registerModel(queue, subject.model);
    for (const name of Object.values(ArtifactName)) {
      if (VERIFIER_FILES.includes(name)) await uploadArtifact(queue, artifactPath(dir, name));
    }
    return new QueueRunner(queue, subject, await loadVerifier(dir));
  }

  get manifest(): DirectoryModel['manifest'] {
    return this.subject.manifest;
  }

  async prove({ tensors, context = ZERO_CONTEXT }: JobRequest): Promise<JobProof> {
    const elements = joinElements(tensors);
    const identity = inferenceIdentity(this.#subjectOf(context), elements);
    const input = Buffer.from(elements.map((element) => element & 0xff)).toString('base64');
    const { signal } = this.#stopped;
    await patiently(
      async () => {
        const run = await beginRun(this.queue, this.subject.model.key, context);
        await addEntries(this.queue, run, [{ number: 0, identity, input }], TERMS);
      },
      { signal },
    );
    if (signal.aborted) throw left();
    return new Promise((resolve, reject) => {
      const others = this.#waiting.get(identity) ?? [];
      this.#waiting.set(identity, [...others, { context, resolve, reject }]);
    });
  }

  /** Leaves what is in the queue there, and tells those who wait. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#polling;
    for (const waiting of this.#waiting.values()) for (const { reject } of waiting) reject(left());
    this.#waiting.clear();
  }

  #subjectOf(context: Hex): BatchSubject {
    const { modelId, weightsCommitment } = this.subject.model;
    return { modelId, context, ...(weightsCommitment === undefined ? {} : { weightsCommitment }) };
  }

  async #poll(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await sleep(INTERVAL, undefined, { signal }).catch(() => undefined);
      const identities = [...this.#waiting.keys()];
      if (identities.length === 0 || signal.aborted) continue;
      const { key } = this.subject.model;
      // While the database is away, those who wait go on waiting.
      const results = await patiently(() => readResults(this.queue, key, identities), { signal }).catch(() => []);
      for (const result of results) await this.#take(result);
    }
  }

  async #take(result: QueueResult): Promise<void> {
    const waiting = this.#waiting.get(result.identity) ?? [];
    this.#waiting.delete(result.identity);
    for (const { context, resolve, reject } of waiting) {
      const proof = await this.#read(result, context);
      if (proof instanceof ZkinferError) reject(proof);
      else resolve(proof);
    }
  }

  /** Checks what the queue gave. */
  async #read(
    { identity, proof, opening, code, message, milliseconds = 0 }: QueueResult,
    context: Hex,
  ): Promise<JobProof | ZkinferError> {
    if (proof === undefined) {
      const known = code !== undefined && code in ERROR_CODES ? (code as ErrorCode) : 'INTERNAL';
      return new ZkinferError(known, message ?? 'the proof failed');
    }
    const { check } = await chooseBackend();
    const subject = this.#subjectOf(context);
    const expected = { verifier: this.verifier, subject, identity, ...(check === undefined ? {} : { check }) };
    const read = await readQueueProof(expected, { proof, opening });
    if (typeof read === 'string') return new ZkinferError('PROOF_INVALID', `the queue gave what is no proof: ${read}`);
    return { ...read, milliseconds };
  }
}

function left(): ZkinferError {
  return new ZkinferError('ABORTED', 'the server has ended; the inference stays in the queue');
}
