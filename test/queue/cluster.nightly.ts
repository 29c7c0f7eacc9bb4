/** Long queues, and many faults in a row. */
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { collectResults, purgeQueue, terminateCurves } from '../../src/index.js';
import { irisSamples, makeIris, type IrisFolder } from '../support/batch/iris.js';
import { ensureBuilt } from '../support/built-cli.js';
import { Cluster, type WorkerProcess } from '../support/queue/cluster.js';
import { startPostgres, type Postgres } from '../support/queue/postgres.js';
import { Random } from '../support/random.js';

let postgres: Postgres;
let iris: IrisFolder;
let cluster: Cluster;
beforeAll(async () => {
  ensureBuilt();
  [postgres, iris] = await Promise.all([startPostgres(), makeIris()]);
});
afterAll(async () => {
  await postgres.remove();
  await iris.remove();
  await terminateCurves();
});
beforeEach(async () => void (cluster = await Cluster.open(postgres, iris)));
afterEach(() => cluster.close());

const JOBS = 100_000;
const MEGABYTE = 1 << 20;

it(`queues ${JOBS} inputs with less than 300 MB, and workers are not slowed down by them`, async () => {
  const lines = Array.from({ length: JOBS }, (_, i) => [i % 200, Math.floor(i / 200) % 200, Math.floor(i / 40_000), 9]);
  const inputs = await cluster.file(lines);
  const started = performance.now();
  const producer = cluster.cli(['batch', iris.dir, '--inputs', inputs, '--integers', '--queue', '--json', '--quiet']);
  let [output, peak] = ['', 0];
  producer.stdout!.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = once(producer, 'close');
  while (producer.exitCode === null) {
    const status = await readFile(`/proc/${producer.pid}/status`, 'utf8').catch(() => '');
    peak = Math.max(peak, 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0));
    await sleep(20);
  }
  await ended;
  const seconds = (performance.now() - started) / 1_000;
  expect(JSON.parse(output)).toMatchObject({ inputs: JOBS, queued: JOBS, waiting: 0 });
  expect(peak).toBeGreaterThan(20 * MEGABYTE);
  expect(peak).toBeLessThan(300 * MEGABYTE);

  const worker = cluster.worker('one');
  await cluster.until('FROM (SELECT count(*) AS done FROM zkinfer.result) results WHERE done > 200', [], 300);
  worker.child.kill('SIGTERM');
  expect((await worker.ended).code).toBe(130);
  const [rate] = await cluster.rows<{ rate: number }>(
    'SELECT (count(*) - 1) / extract(epoch FROM max(ended_on) - min(ended_on))::float8 AS rate FROM zkinfer.result',
  );
  const [took] = await cluster.rows<{ took: number }>('SELECT avg(milliseconds) AS took FROM zkinfer.result');
  console.log(
    `${JOBS} jobs queued in ${seconds.toFixed(0)} s with ${(peak / MEGABYTE).toFixed(0)} MB; ` +
      `then ${rate!.rate.toFixed(1)} proofs a second, of ${took!.took.toFixed(0)} ms each`,
  );
  const done = await cluster.count('FROM zkinfer.result');
  expect(await purgeQueue(cluster.url, { model: iris.dir })).toEqual({ waiting: JOBS - done, dead: 0 });
  const report = await collectResults(iris.dir, `${iris.path}/sample`, cluster.url);
  expect(report).toMatchObject({ proved: done, failed: 0, waiting: 0, missing: JOBS - done, invalid: [] });
});

it('workers are killed and stopped and the database restarted, again and again', async () => {
  const { run } = await cluster.enqueue(irisSamples(1_500), { attempts: 50, retryDelay: 1 });
  const random = new Random(6);
  const workers: WorkerProcess[] = [];
  const isDone = async (): Promise<boolean> => (await cluster.count('FROM zkinfer.result')) === 1_500;
  for (let round = 0; round < 60 && !(await isDone()); round++) {
    while (workers.length < 3) workers.push(cluster.worker(`${round} ${workers.length}`));
    await sleep(2_000 + random.integer(0, 3_000));
    const [victim] = workers.splice(random.integer(0, workers.length - 1), 1);
    const fault = random.integer(0, 3);
    if (fault === 0) victim!.child.kill('SIGKILL');
    else if (fault === 1) victim!.child.kill('SIGTERM');
    else if (fault === 2) {
      victim!.child.kill('SIGSTOP');
      await sleep(4_000);
      victim!.child.kill('SIGCONT');
      workers.push(victim!);
    } else {
      await postgres.stop();
      await sleep(random.integer(0, 4_000));
      await postgres.start();
      workers.push(victim!);
    }
  }
  const last = cluster.worker('last', { args: ['--once'] });
  expect((await last.ended).code).toBe(0);
  for (const { child, ended } of workers) {
    child.kill('SIGTERM');
    expect((await ended).code).toBe(130);
  }
  await cluster.settle(run, { proved: 1_500 });
});
