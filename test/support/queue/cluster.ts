/** A queue in a real PostgreSQL, a small model with keys, and workers that are processes of the built command line. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { collectResults, enqueueBatch, type CollectReport } from '../../../src/index.js';
import type { EnqueueOptions, EnqueueReport, QueueWorkerReport } from '../../../src/index.js';
import { Database, patiently } from '../../../src/queue/database.js';
import { openQueue } from '../../../src/queue/open.js';
import { parseQueueUrl } from '../../../src/queue/url.js';
import { jsonl, type IrisFolder } from '../batch/iris.js';
import type { Postgres } from './postgres.js';

const BIN = join(import.meta.dirname, '../../../bin/zkinfer.js');

/** Of the tests' workers, in seconds. */
export const LEASE = 3;

export interface WorkerProcess {
  readonly name: string;
  readonly child: ChildProcess;
  /** What it has said so far. */
  readonly stderr: () => string;
  /** How it ended: its report, where it gave one. */
  readonly ended: Promise<{ code: number | null; signal: NodeJS.Signals | null; report?: QueueWorkerReport }>;
}

export interface WorkerChoice {
  readonly args?: readonly string[];
  /** Modules of this folder to load first. */
  readonly preload?: readonly ('fates' | 'other-clock')[];
  readonly env?: Readonly<Record<string, string>>;
}

export class Cluster {
  readonly url: string;
  readonly sql: Database;
  readonly iris: IrisFolder;
  readonly #processes: ChildProcess[] = [];
  #files = 0;

  private constructor(url: string, sql: Database, iris: IrisFolder) {
    this.url = url;
    this.sql = sql;
    this.iris = iris;
  }

  /** With its tables. */
  static async open(postgres: Postgres, iris: IrisFolder): Promise<Cluster> {
    const url = await postgres.database();
    await (await openQueue(url)).close();
    return new Cluster(url, await Database.connect(parseQueueUrl(url)), iris);
  }

  async close(): Promise<void> {
    for (const child of this.#processes) if (child.exitCode === null) child.kill('SIGKILL');
    await this.sql.close();
  }

  /** Queues inputs of the model's integers, or lines that are none. */
  async enqueue(lines: readonly (readonly number[] | string)[], options: EnqueueOptions = {}): Promise<EnqueueReport> {
    return enqueueBatch(this.iris.dir, await this.file(lines), this.url, { integers: true, retryDelay: 1, ...options });
  }

  file(lines: readonly (readonly number[] | string)[]): Promise<string> {
    return this.iris.file(`inputs-${(this.#files += 1)}-${process.hrtime.bigint()}.jsonl`, jsonl(lines));
  }

  worker(name: string, { args = [], preload = [], env = {} }: WorkerChoice = {}): WorkerProcess {
    const imports = preload.map((file) => `--import=${pathToFileURL(join(import.meta.dirname, `${file}.mjs`)).href}`);
    const child = this.cli(
      ['worker', this.iris.dir, '--name', name, '--lease', String(LEASE), '--workers', '1', '--json', ...args],
      { ...env, NODE_OPTIONS: imports.join(' ') },
    );
    let [stdout, stderr] = ['', ''];
    child.stdout!.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr!.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = once(child, 'close').then((how) => {
      const [code, signal] = how as [number | null, NodeJS.Signals | null];
      return { code, signal, ...(stdout === '' ? {} : { report: JSON.parse(stdout) as QueueWorkerReport }) };
    });
    return { name, child, stderr: () => stderr, ended };
  }

  /** A process of the command line, for this queue. */
  cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): ChildProcess {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { ...process.env, ZKINFER_QUEUE_URL: this.url, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#processes.push(child);
    return child;
  }

  async rows<T>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    // Its connections may be those of a server that was restarted.
    return (await patiently(() => this.sql.query<T>(text, values))).rows;
  }

  async count(text: string, values: readonly unknown[] = []): Promise<number> {
    const rows = await this.rows<{ count: string }>(`SELECT count(*) ${text}`, values);
    return Number(rows[0]!.count);
  }

  /** Waits until there is a row. */
  async until(text: string, values: readonly unknown[] = [], seconds = 60): Promise<void> {
    const deadline = performance.now() + 1_000 * seconds;
    while ((await this.count(text, values)) === 0) {
      if (performance.now() > deadline) throw new Error(`waited in vain for ${text}`);
      await sleep(50);
    }
  }

  /** Waits until a worker has the job of an input with this first element. @returns the name of the worker */
  async whoHas(fate: number, worker?: string): Promise<string> {
    const has = `FROM zkinfer.lease JOIN zkinfer.worker ON worker.id = lease.worker
       JOIN zkinfer_jobs.job ON job.id = lease.job AND job.name = lease.model
       WHERE state = 'active' AND get_byte(decode(data->>'input', 'base64'), 0) = $1
         AND ($2::text IS NULL OR worker.name = $2)`;
    await this.until(has, [fate, worker ?? null]);
    const [found] = await this.rows<{ name: string }>(`SELECT worker.name ${has}`, [fate, worker ?? null]);
    return found!.name;
  }

  /**
   * That every input of a run has ended exactly once: no job is left, and the results, each of them verified as it is collected, are as many as
   * the inputs that differ.
   */
  async settle(run: number, expected: { readonly proved: number; readonly failed?: number }): Promise<CollectReport> {
    const folder = join(this.iris.path, `collected-${process.hrtime.bigint()}`);
    const report = await collectResults(this.iris.dir, folder, this.url, { run });
    expect(report).toMatchObject({ failed: 0, ...expected, waiting: 0, missing: 0, invalid: [], state: 'finished' });
    expect(report.inputs).toBe(expected.proved + (expected.failed ?? 0));
    expect(await this.count(`FROM zkinfer_jobs.job WHERE state < 'completed'`)).toBe(0);
    const ofModel = 'model = (SELECT model FROM zkinfer.run WHERE id = $1)';
    const inputs = await this.count(
      `FROM (SELECT DISTINCT identity FROM zkinfer.entry JOIN zkinfer.run ON id = run WHERE ${ofModel}
         AND identity IS NOT NULL) inputs`,
      [run],
    );
    expect(await this.count(`FROM zkinfer.result WHERE ${ofModel}`, [run])).toBe(inputs);
    return report;
  }
}
