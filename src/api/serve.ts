/** The HTTP prover: models in memory, a queue, a server. */
import { basename, resolve } from 'node:path';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { readFileBytes } from '../artifacts/files.js';
import { readManifest } from '../artifacts/manifest.js';
import { ZKINFER_VERSION } from '../artifacts/version.js';
import type { Hex } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { elementCount } from '../ir/types.js';
import { openQueue, type Queue } from '../queue/open.js';
import { JobBook, type JobRunner } from '../serve/jobs.js';
import { ApiKeys } from '../serve/keys.js';
import type { PageFile, ServedModel } from '../serve/types.js';
import { openProverPool, type ProverPool, type ProverPoolOptions } from './prover-pool.js';
import { QueueRunner } from './serve-queue.js';
import { loadVerifier } from './verify.js';

export interface ServeOptions extends Pick<
  ProverPoolOptions,
  'workers' | 'threads' | 'backend' | 'signal' | 'onProgress'
> {
  /** Where it listens. Default 127.0.0.1; other addresses need API keys. */
  readonly host?: string;
  /** Default 8080; 0 takes any that is free. */
  readonly port?: number;
  /** Text of a file of API keys, a name and a key on each line. Default: no key is asked for. */
  readonly apiKeys?: string;
  /** Inferences that may wait. Default 100. */
  readonly maxQueue?: number;
  /** Inferences that are kept with their proofs once they have ended. Default 1,000, for a day. */
  readonly kept?: number;
  /** Bytes of a request. Default: what the largest input takes as text. */
  readonly bodyLimit?: number;
  /** Milliseconds in which a request must have come whole. Default 10,000. */
  readonly requestTimeout?: number;
  /** Weights file, where the weights of a model are committed. */
  readonly weights?: string;
  /** URL of PostgreSQL: `zkinfer worker` on other machines makes the proofs, and what waits outlives the server. */
  readonly queue?: string;
}

export interface RunningServer {
  /** http URL. */
  readonly url: string;
  readonly models: readonly ServedModel[];
  /** Takes nothing new, lets proofs that are under way end, ends. */
  close(): Promise<void>;
}

const DAY = 24 * 60 * 60 * 1_000;
const LOCAL: readonly string[] = ['127.0.0.1', '::1', 'localhost'];
const CONNECTIONS = 2_000;
/** Characters of a number in JSON, at most, as programs write them. */
const NUMBER_LENGTH = 26;

/**
 * Serves proofs of the models in these artifact directories over HTTP.
 *
 * @throws as loadProver for the directories; USAGE for two directories with the same model, wrong keys, or an address that others reach
 *   without keys; IO where the address is taken
 */
export async function serveModels(dirs: readonly string[], options: ServeOptions = {}): Promise<RunningServer> {
  const { host = '127.0.0.1', port = 8080, maxQueue = 100, kept = 1_000, requestTimeout = 10_000 } = options;
  const keys = options.apiKeys === undefined ? undefined : ApiKeys.parse(options.apiKeys, 'the file of API keys');
  if (keys === undefined && !LOCAL.includes(host)) {
    throw new ZkinferError('USAGE', `without API keys everybody who reaches ${host} could ask for proofs`, {
      hint: 'give --api-keys FILE, or listen on 127.0.0.1',
    });
  }
  const page = await readPage();
  const house = await House.open(options);
  try {
    for (const dir of dirs) await house.add(dir);
    house.assertWeightsUsed();
    const { models, runners } = house;
    const jobs = new JobBook(runners, { waiting: maxQueue, kept, keptFor: DAY });
    const largest = Math.max(
      ...models.map(({ inputs }) => inputs.reduce((sum, { shape }) => sum + elementCount(shape), 0)),
    );
    // Not at the start of every command.
    const { buildServer } = await import('../serve/server.js');
    const app = await buildServer({
      models,
      jobs,
      page,
      bodyLimit: options.bodyLimit ?? 4_096 + NUMBER_LENGTH * largest,
      requestTimeout,
      connections: CONNECTIONS,
      version: ZKINFER_VERSION,
      ...(keys === undefined ? {} : { keys }),
    });
    await app.listen({ host, port }).catch((cause: unknown) => {
      const reason = cause instanceof Error && 'code' in cause ? ` (${String(cause.code)})` : '';
      throw new ZkinferError('IO', `cannot listen on ${host}:${port}${reason}`, {
        cause,
        hint: 'choose another --port',
      });
    });
    const { address, family, port: actual } = app.server.address() as AddressInfo;
    return {
      url: `http://${family === 'IPv6' ? `[${address}]` : address}:${actual}`,
      models,
      close: once(async () => {
        // Proofs under way here are waited for; those in a queue stay there.
        await Promise.all([jobs.close(), house.leave()]);
        await app.close();
        await house.close();
      }),
    };
  } catch (error) {
    await house.close();
    throw error;
  }
}

/** What is done at the first call only. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work());
}

/** The models of a server, and where their proofs are made: here, or by the workers of a queue. */
class House {
  readonly models: ServedModel[] = [];
  readonly runners = new Map<Hex, JobRunner>();
  readonly #pools: ProverPool[] = [];
  readonly #queued: QueueRunner[] = [];

  private constructor(
    private readonly options: ServeOptions,
    private readonly queue: Queue | undefined,
  ) {}

  static async open(options: ServeOptions): Promise<House> {
    return new House(options, options.queue === undefined ? undefined : await openQueue(options.queue));
  }

  async add(dir: string): Promise<void> {
    const manifest = await readManifest(dir);
    if (this.runners.has(manifest.modelId)) {
      throw new ZkinferError('USAGE', `${dir} holds a model that another directory holds too`);
    }
    const { weights: given } = this.options;
    const weights = manifest.statement.weights === 'committed' && given !== undefined ? { weights: given } : {};
    this.runners.set(manifest.modelId, await this.#runner(dir, weights));
    const { verificationKey } = await loadVerifier(dir);
    const { inputs } = manifest.statement;
    this.models.push({ name: basename(resolve(dir)), manifest, verificationKey, inputs });
  }

  /** @throws USAGE */
  assertWeightsUsed(): void {
    const isUsed = this.models.some(({ manifest }) => manifest.statement.weights === 'committed');
    if (this.options.weights === undefined || isUsed) return;
    throw new ZkinferError('USAGE', 'the weights of all these models are fixed', { hint: 'leave --weights out' });
  }

  async #runner(dir: string, weights: { readonly weights?: string }): Promise<JobRunner> {
    if (this.queue !== undefined) {
      const runner = await QueueRunner.open(this.queue, dir, weights.weights);
      this.#queued.push(runner);
      return runner;
    }
    const { workers, threads, backend, signal, onProgress } = this.options;
    const pool = await openProverPool(dir, {
      ...weights,
      ...(workers === undefined ? {} : { workers }),
      ...(threads === undefined ? {} : { threads }),
      ...(backend === undefined ? {} : { backend }),
      ...(signal === undefined ? {} : { signal }),
      ...(onProgress === undefined ? {} : { onProgress }),
    });
    this.#pools.push(pool);
    return runnerOf(pool);
  }

  /** No more waiting for what other machines do. */
  async leave(): Promise<void> {
    await Promise.all(this.#queued.map((runner) => runner.close()));
  }

  async close(): Promise<void> {
    await this.leave();
    await Promise.all(this.#pools.map((pool) => pool.close()));
    await this.queue?.close();
  }
}

function runnerOf(pool: ProverPool): JobRunner {
  return {
    workers: pool.plan.workers,
    prove: async ({ tensors, context }) => {
      const { proof, error } = await pool.prove({ inputs: tensors, ...(context === undefined ? {} : { context }) });
      if (proof === undefined) throw error;
      return proof;
    },
  };
}

const PAGE_FILES = { '/': 'index.html', '/page.js': 'page.js', '/page.css': 'page.css' } as const;
const TYPES = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
};

async function readPage(): Promise<ReadonlyMap<string, PageFile>> {
  const files = Object.entries(PAGE_FILES).map(async ([path, name]) => {
    const body = Buffer.from(await readFileBytes(fileURLToPath(new URL(`../web/${name}`, import.meta.url))));
    return [path, { type: TYPES[name.split('.')[1] as keyof typeof TYPES], body }] as const;
  });
  return new Map(await Promise.all(files));
}
