/** What goes wrong in clusters: after each fault every input ends exactly once, as a valid proof or as a recorded failure. */
import { setTimeout as sleep } from 'node:timers/promises';
import { retryQueue, terminateCurves } from '../../src/index.js';
import { irisSamples, makeIris, type IrisFolder } from '../support/batch/iris.js';
import { ensureBuilt } from '../support/built-cli.js';
import { Cluster, LEASE, type WorkerProcess } from '../support/queue/cluster.js';
import { startPostgres, type Postgres } from '../support/queue/postgres.js';

/** Inputs whose fate is in test/support/queue/fate-worker.mjs. */
const [SLOW, KILLER, HOPELESS] = [240, 241, 242];
const slow = (which = 0): number[] => [SLOW, which, 1, 1];
const FATES = { preload: ['fates'] } as const;
const ONCE = { args: ['--once'] } as const;

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

it('one worker is killed in the middle of a proof, then all of them are', async () => {
  const { run } = await cluster.enqueue([slow(1), ...irisSamples(12)]);
  const workers = [cluster.worker('one', FATES), cluster.worker('two', FATES)];
  const kill = async (name: string): Promise<void> => {
    const { child, ended } = workers.find((worker) => worker.name === name)!;
    child.kill('SIGKILL');
    expect((await ended).signal).toBe('SIGKILL');
  };
  const first = await cluster.whoHas(SLOW);
  await kill(first);
  const second = first === 'one' ? 'two' : 'one';
  const more = await cluster.enqueue([slow(2)], { priority: 9 });
  await cluster.whoHas(SLOW, second);
  await kill(second);
  expect(await cluster.count('FROM zkinfer.lease')).toBeGreaterThan(0);
  const three = cluster.worker('three', ONCE);
  expect(await three.ended).toMatchObject({ code: 0, report: { late: 0, failed: 0, state: 'finished' } });
  await cluster.settle(run, { proved: 13 });
  await cluster.settle(more.run, { proved: 1 });
  const attempts = await cluster.rows<{ attempts: number }>(
    `SELECT attempts FROM zkinfer.result WHERE (proof->'input'->>0)::int = $1`,
    [SLOW],
  );
  // Which of the slow ones the second worker had when it was killed is left to chance.
  expect(attempts).toHaveLength(2);
  expect(attempts.reduce((sum, { attempts: count }) => sum + count, 0)).toBeGreaterThanOrEqual(4);
});

it('the producer is killed while it queues; the same command does what is left', async () => {
  // The first transaction of a producer has 500 inputs, the second one sleeps.
  await cluster.sql.query(`
    CREATE FUNCTION slow_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(30); RETURN NEW; END $$;
    CREATE TRIGGER slow_entry BEFORE INSERT ON zkinfer.entry FOR EACH ROW WHEN (NEW.run = 1 AND NEW.number = 505)
      EXECUTE FUNCTION slow_entry()`);
  const few = irisSamples(8);
  const lines = [...Array.from({ length: 500 }, (_, i) => few[i % 8]!), ...irisSamples(10, 50)];
  const inputs = await cluster.file(lines);
  const producer = cluster.cli(['batch', iris.dir, '--inputs', inputs, '--integers', '--queue']);
  const killed = new Promise((resolve) => producer.once('exit', (_, signal) => resolve(signal)));
  await cluster.until('FROM zkinfer.entry WHERE number = 499');
  producer.kill('SIGKILL');
  expect(await killed).toBe('SIGKILL');
  expect(await cluster.count('FROM zkinfer_jobs.job')).toBe(8);
  const report = await cluster.enqueue(lines);
  expect(report).toMatchObject({ run: 2, inputs: 510, queued: 10, waiting: 500, proven: 0 });
  expect(await cluster.worker('one', ONCE).ended).toMatchObject({ code: 0, report: { proved: 18 } });
  await cluster.settle(2, { proved: 510 });
});

it('the database is stopped while a producer and a worker are at work', async () => {
  await cluster.sql.query(`
    CREATE FUNCTION slow_entry() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2); RETURN NEW; END $$;
    CREATE TRIGGER slow_entry BEFORE INSERT ON zkinfer.entry FOR EACH ROW WHEN (NEW.run = 2) EXECUTE FUNCTION slow_entry()`);
  const first = await cluster.enqueue([slow(), ...irisSamples(10)]);
  const worker = cluster.worker('one', FATES);
  await cluster.whoHas(SLOW, 'one');
  const events: string[] = [];
  const second = cluster.enqueue(irisSamples(2, 100), { onEvent: ({ kind }) => events.push(kind) });
  await cluster.until(`FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`);
  await postgres.stop();
  // Long enough for the proof to be done while there is nowhere to put it.
  await sleep(LEASE * 1_000);
  await postgres.start();
  expect(await second).toMatchObject({ queued: 2 });
  expect(events).toEqual(['run', 'away', 'back']);
  await cluster.until('FROM (SELECT count(*) AS done FROM zkinfer.result) results WHERE done = 13');
  worker.child.kill('SIGTERM');
  expect(await worker.ended).toMatchObject({ code: 130, report: { proved: 13, late: 0, failed: 0 } });
  expect(worker.stderr()).toContain('waiting');
  expect(worker.stderr()).toContain('the database is there again');
  await cluster.settle(first.run, { proved: 11 });
  // The time without a database is not held against the worker.
  expect(await cluster.count('FROM zkinfer.result WHERE attempts > 1')).toBe(0);
});

it('inputs that always fail are given up, also where they kill the worker; they can be tried again', async () => {
  const { run } = await cluster.enqueue([[KILLER, 0, 0, 0], [HOPELESS, 0, 0, 0], 'nothing', ...irisSamples(6)], {
    attempts: 2,
    retryDelay: 1,
  });
  const changed = `SET data = jsonb_set(data, '{input}', '"AAAAAA=="') WHERE data->>'input' = $1`;
  await cluster.sql.query(`UPDATE zkinfer_jobs.job ${changed}`, [
    Buffer.from(irisSamples(1, 5)[0]!).toString('base64'),
  ]);
  const ends: (string | number | null)[] = [];
  while (ends.at(-1) !== 0 && ends.length < 6) {
    const { code, signal } = await cluster.worker(`life ${ends.length}`, { ...FATES, ...ONCE }).ended;
    ends.push(signal ?? code);
  }
  expect(ends).toEqual(['SIGKILL', 'SIGKILL', 0]);
  const failures = await cluster.rows('SELECT code, attempts FROM zkinfer.result WHERE code IS NOT NULL ORDER BY code');
  expect(failures).toEqual([
    { code: 'INPUT_FORMAT', attempts: 1 },
    { code: 'INTERNAL', attempts: 2 },
    { code: 'WORKER_LOST', attempts: 2 },
  ]);
  await cluster.settle(run, { proved: 5, failed: 4 });
  expect(await retryQueue(cluster.url, { model: iris.dir })).toBe(3);
  expect(await cluster.worker('without fates', ONCE).ended).toMatchObject({
    code: 0,
    report: { proved: 2, failed: 1 },
  });
  await cluster.settle(run, { proved: 7, failed: 2 });
});

it('two workers have one job, as the lease of the first one ended', async () => {
  const { run } = await cluster.enqueue([slow()]);
  const stopped = cluster.worker('stopped', { ...FATES, ...ONCE });
  await cluster.whoHas(SLOW, 'stopped');
  stopped.child.kill('SIGSTOP');
  const other = cluster.worker('other', ONCE);
  expect(await other.ended).toMatchObject({ code: 0, report: { proved: 1, late: 0 } });
  const before = await cluster.rows('SELECT proof::text, worker, ended_on FROM zkinfer.result');
  stopped.child.kill('SIGCONT');
  expect(await stopped.ended).toMatchObject({ code: 0, report: { proved: 0, late: 1, failed: 0 } });
  expect(await cluster.rows('SELECT proof::text, worker, ended_on FROM zkinfer.result')).toEqual(before);
  expect(before).toMatchObject([{ worker: 'other' }]);
  await cluster.settle(run, { proved: 1 });
});

it('clocks of workers are wrong by days: no lease ends early, and the one of a worker that was killed ends', async () => {
  const { run } = await cluster.enqueue([slow(1), ...irisSamples(8)]);
  const worker = (name: string, days: number): WorkerProcess =>
    cluster.worker(name, {
      preload: ['other-clock', 'fates'],
      env: { ZKINFER_TEST_SHIFT: String(days * 86_400_000) },
      args: ['--once'],
    });
  const [past, future] = [worker('past', -3), worker('future', 3)];
  for (const { ended } of [past, future]) {
    expect(await ended).toMatchObject({ code: 0, report: { late: 0, failed: 0 } });
  }
  // Their clocks were wrong, indeed.
  for (const { stderr } of [past, future]) expect(stderr()).not.toContain(new Date().toISOString().slice(0, 10));
  await cluster.settle(run, { proved: 9 });
  expect(await cluster.count('FROM zkinfer.result WHERE attempts > 1')).toBe(0);

  const second = await cluster.enqueue([slow(2)]);
  const killed = worker('killed', 3);
  await cluster.whoHas(SLOW, 'killed');
  killed.child.kill('SIGKILL');
  expect(await worker('heir', -3).ended).toMatchObject({ code: 0, report: { proved: 1 } });
  await cluster.settle(second.run, { proved: 1 });
  expect(await cluster.rows('SELECT worker FROM zkinfer.result WHERE attempts = 2')).toEqual([{ worker: 'heir' }]);
});

it('a worker that is to end gives back what it has at once, and nobody counts it as an attempt', async () => {
  const { run } = await cluster.enqueue([slow(), ...irisSamples(3)]);
  const first = cluster.worker('first', { ...FATES, args: ['--grace', '0', '--lease', '600'] });
  await cluster.whoHas(SLOW, 'first');
  first.child.kill('SIGTERM');
  const { code, report } = await first.ended;
  expect(code).toBe(130);
  expect(report!.givenBack).toBeGreaterThan(0);
  expect(await cluster.count('FROM zkinfer.lease')).toBe(0);
  expect(await cluster.count('FROM zkinfer.worker')).toBe(0);
  expect((await cluster.worker('second', ONCE).ended).code).toBe(0);
  await cluster.settle(run, { proved: 4 });
  expect(await cluster.count('FROM zkinfer.result WHERE attempts > 1')).toBe(0);
});
