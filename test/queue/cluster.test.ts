/** A queue from the inputs to the collected folder. */
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  collectResults,
  commitModel,
  enqueueBatch,
  inspectQueue,
  proveBatch,
  terminateCurves,
} from '../../src/index.js';
import type * as library from '../../src/index.js';
import { irisSamples, makeIris, type IrisFolder } from '../support/batch/iris.js';
import { builtLibrary } from '../support/built-library.js';
import { Cluster } from '../support/queue/cluster.js';
import { startPostgres, type Postgres } from '../support/queue/postgres.js';

let built: typeof library;
let postgres: Postgres;
let [one, two, committed]: IrisFolder[] = [];
let folder: string;
let cluster: Cluster;
beforeAll(async () => {
  built = await builtLibrary();
  [postgres, one, two, committed] = await Promise.all([
    startPostgres(),
    makeIris(),
    makeIris(),
    makeIris({ input: 'committed' }),
  ]);
});
afterAll(async () => {
  await postgres.remove();
  for (const { remove } of [one!, two!, committed!]) await remove();
  await Promise.all([terminateCurves(), built.terminateCurves()]);
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zkinfer-cluster-'));
  cluster = await Cluster.open(postgres, one!);
});
afterEach(async () => {
  await cluster.close();
  await rm(folder, { recursive: true });
});

const work = (options: Partial<library.QueueWorkerOptions>): Promise<library.QueueWorkerReport> =>
  built.runQueueWorker(cluster.url, { dirs: [], once: true, workers: 2, threads: 1, interval: 50, ...options });

it('serves two sets of keys for one model, fetches one of them, and collects what batch takes for its own', async () => {
  const lines = [...irisSamples(4), 'nothing', ...irisSamples(2)];
  const { run, model, modelId } = await cluster.enqueue(lines);
  const inputs = await cluster.file(lines);
  const other = await enqueueBatch(two!.dir, inputs, cluster.url, { integers: true, upload: true });
  expect(other).toMatchObject({ modelId, queued: 4, waiting: 2, malformed: 1 });
  expect(other.model).not.toBe(model);
  const cache = join(folder, 'cache');
  expect(await work({ dirs: [one!.dir], cache })).toMatchObject({ proved: 8, late: 0, failed: 0 });
  expect(await readdir(cache)).toEqual([other.model]);
  const status = await inspectQueue(cluster.url);
  expect(status.models).toMatchObject([
    { key: model, hasFiles: false, proven: 4, waiting: 0, runs: 1 },
    { key: other.model, hasFiles: true, proven: 4, waiting: 0, runs: 1 },
  ]);
  await cluster.settle(run, { proved: 6, failed: 1 });

  const output = join(folder, 'results');
  const collected = await collectResults(two!.dir, output, cluster.url);
  expect(collected).toMatchObject({ queueRun: other.run, proved: 6, failed: 1, state: 'finished', run: { proved: 6 } });
  const files = await readdir(output);
  expect(files.filter((name) => name.startsWith('0'))).toHaveLength(6);
  const again = await collectResults(other.model, output, cluster.url);
  expect(again).toMatchObject({ proved: 6, failed: 1, run: { proved: 0, failed: 0, skipped: 7 } });
  expect(await readdir(output)).toEqual(files);
  const batch = await proveBatch(two!.dir, inputs, output, { integers: true, verify: true });
  expect(batch).toMatchObject({ proved: 6, failed: 1, invalid: [], run: { proved: 0, failed: 0, skipped: 7 } });
});

it('collects while workers go on, and writes no proof that is none', async () => {
  const lines = irisSamples(4);
  const { run } = await cluster.enqueue(lines);
  const output = join(folder, 'results');
  const before = await collectResults(one!.dir, output, cluster.url);
  expect(before).toMatchObject({ state: 'running', proved: 0, waiting: 4 });
  await work({ dirs: [one!.dir] });
  // One proof that says another output, one that is of another input.
  await cluster.sql.query(`UPDATE zkinfer.result SET proof = jsonb_set(proof::jsonb, '{output,0}', '77')::json
    WHERE identity = (SELECT identity FROM zkinfer.entry WHERE number = 1)`);
  await cluster.sql
    .query(`UPDATE zkinfer.result SET proof = (SELECT proof FROM zkinfer.result JOIN zkinfer.entry USING (identity)
      WHERE number = 0) WHERE identity = (SELECT identity FROM zkinfer.entry WHERE number = 3)`);
  const report = await collectResults(one!.dir, output, cluster.url, { run });
  expect(report).toMatchObject({ proved: 2, failed: 0, invalid: [{ index: 1 }, { index: 3 }] });
  expect(report.invalid[1]!.reason).toBe('it is the proof of another input');
  expect((await readdir(output)).filter((name) => name.startsWith('0'))).toEqual(['000000.json', '000002.json']);
});

it('keeps openings only where that is asked', async () => {
  const inputs = await cluster.file(irisSamples(2));
  const target = { integers: true, keepOpenings: true };
  const kept = await enqueueBatch(committed!.dir, inputs, cluster.url, target);
  await enqueueBatch(committed!.dir, await cluster.file(irisSamples(2, 10)), cluster.url, { integers: true });
  await work({ dirs: [committed!.dir] });
  expect(await cluster.count('FROM zkinfer.result WHERE opening IS NOT NULL')).toBe(2);
  // Private inputs are in the database until they are proved, and not longer.
  expect(await cluster.count('FROM zkinfer_jobs.job')).toBe(0);
  const [open, closed] = [join(folder, 'open'), join(folder, 'closed')];
  for (let times = 0; times < 2; times++) {
    const [first, second] = [
      await collectResults(committed!.dir, open, cluster.url, { run: kept.run }),
      await collectResults(committed!.dir, closed, cluster.url),
    ];
    for (const report of [first, second]) expect(report).toMatchObject({ proved: 2, invalid: [], state: 'finished' });
  }
  expect(existsSync(join(open, '000001.opening.json'))).toBe(true);
  expect((await readdir(closed)).filter((name) => name.includes('opening'))).toEqual([]);
  const proof = await readFile(join(closed, '000000.json'), 'utf8');
  expect(JSON.parse(proof)).not.toHaveProperty('input');
  await cluster.sql
    .query(`UPDATE zkinfer.result SET opening = (SELECT opening FROM zkinfer.result WHERE opening IS NOT NULL LIMIT 1)
    WHERE opening IS NOT NULL`);
  const spoilt = await collectResults(committed!.dir, join(folder, 'spoilt'), cluster.url, { run: kept.run });
  expect(spoilt).toMatchObject({ proved: 1, invalid: [{}] });
});

it('proves for committed weights where they are, and nowhere else', async () => {
  const iris = await makeIris({ weights: 'committed' });
  try {
    const fixtures = join(import.meta.dirname, '../../fixtures/iris-mlp');
    const weights = await commitModel(join(fixtures, 'model.qdq-u8u8.onnx'), iris.dir);
    const file = await iris.file('weights.json', JSON.stringify(weights));
    const inputs = await cluster.file(irisSamples(2));
    const report = await enqueueBatch(iris.dir, inputs, cluster.url, { integers: true, weights: file, upload: true });
    expect(await work({ cache: join(folder, 'cache') })).toMatchObject({ proved: 0 });
    expect(await work({ dirs: [iris.dir], weights: file })).toMatchObject({ proved: 2 });
    const collected = await collectResults(iris.dir, join(folder, 'results'), cluster.url, { run: report.run });
    expect(collected).toMatchObject({ proved: 2, invalid: [], weightsCommitment: weights.commitment });
    const kept = await cluster.rows<{ data: Buffer }>('SELECT data FROM zkinfer.piece');
    expect(kept.some(({ data }) => data.includes('zkinfer-weights'))).toBe(false);
  } finally {
    await iris.remove();
  }
});

it('ends with an error where the files of a model cannot be fetched', async () => {
  const inputs = await cluster.file(irisSamples(2));
  await enqueueBatch(one!.dir, inputs, cluster.url, { integers: true, upload: true });
  await cluster.sql.query('UPDATE zkinfer.piece SET data = set_byte(data, 9, (get_byte(data, 9) + 1) % 256)');
  const cache = join(folder, 'cache');
  await expect(work({ cache })).rejects.toMatchObject({ code: 'ARTIFACT_MISMATCH' });
  // The jobs are as if nobody had taken them.
  expect((await inspectQueue(cluster.url)).models).toMatchObject([{ waiting: 2, active: 0 }]);
  expect(await cluster.count('FROM zkinfer.lease')).toBe(0);
});

it('says which model or run is not there', async () => {
  const collect = (target: string, run?: number): Promise<unknown> =>
    collectResults(target, join(folder, 'none'), cluster.url, run === undefined ? {} : { run });
  await expect(collect(one!.dir)).rejects.toMatchObject({ code: 'QUEUE_MODEL' });
  await expect(collect(`0x${'12'.repeat(32)}`)).rejects.toMatchObject({ code: 'QUEUE_MODEL' });
  const { run } = await cluster.enqueue(irisSamples(1));
  await expect(collect(two!.dir)).rejects.toMatchObject({ code: 'QUEUE_MODEL' });
  await expect(collect(one!.dir, run + 1)).rejects.toMatchObject({ code: 'QUEUE_MODEL' });
  await expect(work({ dirs: [] })).rejects.toMatchObject({ code: 'USAGE' });
});
