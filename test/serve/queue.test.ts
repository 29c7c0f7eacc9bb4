/** `serve --queue`: what is asked for over HTTP, workers of a queue prove. */
import { terminateCurves, loadVerifier, verifyProof } from '../../src/index.js';
import type * as library from '../../src/index.js';
import { irisSamples, makeIris, type IrisFolder } from '../support/batch/iris.js';
import { builtLibrary } from '../support/built-library.js';
import { Cluster } from '../support/queue/cluster.js';
import { startPostgres, type Postgres } from '../support/queue/postgres.js';

let built: typeof library;
let postgres: Postgres;
let iris: IrisFolder;
let cluster: Cluster;
let server: library.RunningServer;
let modelId: string;

beforeAll(async () => {
  built = await builtLibrary();
  [postgres, iris] = await Promise.all([startPostgres(), makeIris()]);
  modelId = (await loadVerifier(iris.dir)).manifest.modelId;
});
afterAll(async () => {
  await postgres.remove();
  await iris.remove();
  await Promise.all([terminateCurves(), built.terminateCurves()]);
});
beforeEach(async () => {
  cluster = await Cluster.open(postgres, iris);
  server = await built.serveModels([iris.dir], { port: 0, queue: cluster.url });
});
afterEach(async () => {
  await server.close();
  await cluster.close();
});

interface Inference {
  readonly id: string;
  readonly status: string;
  readonly error?: { readonly code: string };
}

async function ask(input: readonly number[]): Promise<Inference> {
  const response = await fetch(`${server.url}/v1/models/${modelId}/inferences`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ input, integers: true }),
  });
  return (await response.json()) as Inference;
}

/** Reads the event stream to its end. */
async function ended({ id }: Inference): Promise<Inference> {
  const events = await (await fetch(`${server.url}/v1/inferences/${id}/events`)).text();
  return JSON.parse([...events.matchAll(/^data: (.*)$/gm)].at(-1)![1]!) as Inference;
}

const work = () =>
  built.runQueueWorker(cluster.url, { dirs: [iris.dir], once: true, workers: 1, threads: 1, interval: 50 });

it('is proved by a worker, once for the same input, and given out verified', async () => {
  const [one, two] = irisSamples(2);
  const asked = [await ask(one!), await ask(two!), await ask(one!)];
  expect(asked.map(({ status }) => status)).toEqual(['proving', 'proving', 'proving']);
  // Enqueueing goes on after the answer.
  await cluster.until('FROM (SELECT count(*) AS count FROM zkinfer_jobs.job) AS jobs WHERE count = 2');
  expect(await work()).toMatchObject({ proved: 2 });
  for (const job of asked) {
    expect(await ended(job)).toMatchObject({ status: 'proved' });
    const document = (await (await fetch(`${server.url}/v1/inferences/${job.id}/proof.json`)).json()) as unknown;
    expect(await verifyProof(await loadVerifier(iris.dir), document)).toEqual({ valid: true });
  }
  // What the queue has proven is there at once.
  expect(await ended(await ask(two!))).toMatchObject({ status: 'proved' });
});

it('gives out nothing that the queue holds for a proof and is none', async () => {
  const [one] = irisSamples(1);
  await cluster.enqueue([one!]);
  await work();
  await cluster.rows(`UPDATE zkinfer.result SET proof = jsonb_set(proof::jsonb, '{output,0}', '1')::json`);
  const job = await ended(await ask(one!));
  expect(job).toMatchObject({ status: 'failed', error: { code: 'PROOF_INVALID' } });
  expect((await fetch(`${server.url}/v1/inferences/${job.id}/proof.json`)).status).toBe(404);
});

it('waits while the database is away', async () => {
  const [one, two] = irisSamples(2);
  const before = await ask(one!);
  await cluster.until('FROM zkinfer_jobs.job');
  await postgres.stop();
  const meanwhile = await ask(two!);
  expect(meanwhile.status).toBe('proving');
  await postgres.start();
  await cluster.until('FROM (SELECT count(*) AS count FROM zkinfer_jobs.job) AS jobs WHERE count = 2');
  await work();
  for (const job of [before, meanwhile]) expect(await ended(job)).toMatchObject({ status: 'proved' });
});

it('leaves what waits in the queue when it ends', async () => {
  const [one] = irisSamples(1);
  const job = await ask(one!);
  await cluster.until('FROM zkinfer_jobs.job');
  const stream = ended(job);
  await new Promise((resolve) => setTimeout(resolve, 200));
  await server.close();
  expect(await stream).toMatchObject({ status: 'failed', error: { code: 'ABORTED' } });
  expect(await cluster.count('FROM zkinfer_jobs.job')).toBe(1);
  expect(await work()).toMatchObject({ proved: 1 });
});

it('a worker tells its metrics', async () => {
  await cluster.enqueue([...irisSamples(3), 'nothing']);
  const port = 40_000 + (process.pid % 20_000);
  const metrics = { host: '127.0.0.1', port };
  const stop = new AbortController();
  const options = { dirs: [iris.dir], workers: 1, threads: 1, interval: 50, signal: stop.signal, metrics };
  const worker = built.runQueueWorker(cluster.url, options);
  await cluster.until('FROM (SELECT count(*) AS count FROM zkinfer.result) AS results WHERE count = 3');
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  expect(text).toMatch(new RegExp(`zkinfer_jobs_ended_total\\{model="${modelId}",status="proved"\\} [23]`));
  expect(text).toMatch(/^zkinfer_database_up 1$/m);
  expect((await fetch(`http://127.0.0.1:${port}/other`)).status).toBe(404);
  await expect(built.runQueueWorker(cluster.url, options)).rejects.toMatchObject({
    code: 'IO',
    message: expect.stringMatching(/EADDRINUSE/),
  });
  stop.abort();
  expect(await worker).toMatchObject({ proved: 3, state: 'interrupted' });
});
