/** Queues without workers: tables, leases, priorities, files, and what is said where something is wrong. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Hex } from '../../src/artifacts/types.js';
import { purgeModels, readStatus } from '../../src/queue/admin.js';
import * as jobs from '../../src/queue/jobs.js';
import type { WorkerIdentity } from '../../src/queue/jobs.js';
import { fetchModel, listFetchable, queueModel, registerModel, uploadArtifact } from '../../src/queue/models.js';
import type { QueueModelFiles } from '../../src/queue/models.js';
import { openQueue, type Queue } from '../../src/queue/open.js';
import { addEntries, beginRun, completeRun, findRun, readEntries, type JobTerms } from '../../src/queue/runs.js';
import { parseQueueUrl } from '../../src/queue/url.js';
import { runCli } from '../cli/run-cli.js';
import { PASSWORD, startPostgres, type Postgres } from '../support/queue/postgres.js';

const CONTEXT: Hex = `0x${'00'.repeat(32)}`;
const TERMS: JobTerms = { priority: 0, attempts: 3, retryDelay: 1, keepOpening: false, retryFailed: false };

let postgres: Postgres;
let url: string;
let queue: Queue;
beforeAll(async () => void (postgres = await startPostgres()));
afterAll(() => postgres.remove());
beforeEach(async () => {
  url = await postgres.database();
  queue = await openQueue(url);
});
afterEach(() => queue.close());

function model(name: string, files: Record<string, string> = {}): QueueModelFiles {
  const hash = createHash('sha256').update(name).digest('hex');
  return { ...queueModel({ modelId: `0x${hash}`, verificationKey: hash }), files };
}

function worker(name: string, lease = 60): WorkerIdentity {
  return { id: randomUUID(), name, lease };
}

function identity(name: string): string {
  return createHash('sha256').update(name).digest('hex');
}

/** Queues inputs of these names. */
async function enqueue({ key }: QueueModelFiles, names: readonly string[], terms: Partial<JobTerms> = {}) {
  const run = await beginRun(queue, key, CONTEXT);
  const entries = names.map((name, number) => ({ number, identity: identity(name), input: 'AAAA' }));
  const counts = await addEntries(queue, run, entries, { ...TERMS, ...terms });
  await completeRun(queue, run, names.length);
  return { run, counts };
}

async function registered(name: string, files: Record<string, string> = {}): Promise<QueueModelFiles> {
  const made = model(name, files);
  await registerModel(queue, made);
  return made;
}

const identities = (taken: readonly jobs.Job[]): string[] =>
  taken.map(({ data }) => (data as jobs.JobData).identity).sort();
const states = async (run: Awaited<ReturnType<typeof beginRun>>): Promise<string[]> => {
  const found: string[] = [];
  for await (const { state } of readEntries(queue, run)) found.push(state);
  return found;
};

describe('connections', () => {
  it('several processes make the tables at once', async () => {
    const fresh = await postgres.database();
    const queues = await Promise.all(Array.from({ length: 4 }, () => openQueue(fresh)));
    await Promise.all(queues.map((opened) => opened.close()));
  });

  it('tables of a newer version are left alone', async () => {
    await queue.database.query('UPDATE zkinfer.version SET version = 99');
    await expect(openQueue(url)).rejects.toMatchObject({ code: 'QUEUE_SCHEMA' });
    await queue.database.query('UPDATE zkinfer.version SET version = 1');
    await queue.database.query('UPDATE zkinfer_jobs.version SET version = 25');
    await expect(openQueue(url)).rejects.toMatchObject({ code: 'QUEUE_SCHEMA' });
  });

  it.each([
    ['no server', (good: URL) => void (good.port = '1')],
    ['no such host', (good: URL) => void (good.hostname = 'nowhere.invalid')],
    ['a wrong password', (good: URL) => void (good.password = 'secret')],
    ['no such database', (good: URL) => void (good.pathname = '/nothing')],
  ])('%s: QUEUE_UNREACHABLE, without the password', async (_, spoil) => {
    const wrong = new URL(url);
    spoil(wrong);
    const error: unknown = await openQueue(wrong.href).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'QUEUE_UNREACHABLE' });
    expect(String(error)).not.toContain(decodeURIComponent(wrong.password));
  });

  it('what is no URL of PostgreSQL is not quoted', () => {
    for (const text of ['nonsense:secret', 'http://user:secret@host/', 'postgres://user:secret@ho st/x']) {
      expect(() => parseQueueUrl(text)).toThrow(expect.objectContaining({ code: 'USAGE' }));
      expect(() => parseQueueUrl(text)).not.toThrow(/secret/);
    }
  });

  it('commands never print the password, given on the command line or in the environment', async () => {
    const wrong = new URL(url);
    wrong.port = '1';
    for (const [queueUrl, code] of [
      [url, 0],
      [wrong.href, 4],
      [url.replace('postgres:', 'mysql:'), 2],
    ] as const) {
      for (const result of [
        await runCli(['queue', 'status', '--queue', queueUrl], {}, { ZKINFER_DEBUG: '1' }),
        await runCli(['queue', 'status', '--json'], {}, { ZKINFER_DEBUG: '1', ZKINFER_QUEUE_URL: queueUrl }),
      ]) {
        expect(result.code).toBe(code);
        for (const secret of [PASSWORD, encodeURIComponent(PASSWORD)])
          expect(result.stdout + result.stderr).not.toContain(secret);
      }
    }
  });

  it('commands say what is missing', async () => {
    for (const args of [
      ['queue', 'status'],
      ['worker', 'build'],
      ['collect', 'build', '-o', 'out'],
      ['batch', 'build', '--inputs', 'x.jsonl'],
      ['batch', 'build', '--inputs', 'x.jsonl', '-o', 'out', '--queue', url],
      ['queue', 'purge', '--queue', url],
      ['worker', '--queue', url],
    ]) {
      expect(await runCli(args)).toMatchObject({ code: 2, stdout: '' });
    }
    const unknown = await runCli(['queue', 'purge', '--queue', url, '--model', `0x${'12'.repeat(32)}`]);
    expect(unknown.code).toBe(4);
    expect(unknown.stderr).toContain('QUEUE_MODEL');
  });

  it('commands show models, jobs and workers, and remove them', async () => {
    const one = await registered('one');
    await enqueue(one, ['a', 'b', 'c'], { attempts: 1 });
    const me = worker('me');
    const [dead] = await jobs.takeJobs(queue, [one.key], 1, me);
    await jobs.storeFailure(queue, dead!, me, { code: 'INTERNAL', message: 'no', isFinal: false });
    const [active] = await jobs.takeJobs(queue, [one.key], 1, me);
    await jobs.renewLeases(queue, me, [active!]);
    const env = { ZKINFER_QUEUE_URL: url };
    const run = async (...args: string[]): Promise<string> => (await runCli(['queue', ...args], {}, env)).stdout;
    const rows = (await run('status')).split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(rows).toContainEqual([`${one.modelId.slice(0, 18)}…`, 'here', '1', '0', '1', '1', '0', '1', '0', '1']);
    expect(rows).toContainEqual(['me', '1', 'working']);
    expect(await run('retry', '--model', one.modelId)).toBe('1 queued once more\n');
    expect(await run('purge', '--model', one.key)).toBe('removed 2 waiting and 0 given up\n');
    expect(JSON.parse(await run('status', '--json'))).toMatchObject({
      models: [{ waiting: 0, active: 1, dead: 0, failed: 0 }],
    });
    expect(await run('purge', '--model', one.key, '--all')).toBe(
      'removed 0 waiting and 0 given up, and all else of the model\n',
    );
    expect(await run('status')).toContain('no model');
  });
});

describe('jobs', () => {
  it('are queued once, whatever the run, until there is a proof', async () => {
    const one = await registered('one');
    const first = await enqueue(one, ['a', 'b', 'a']);
    expect(first.counts).toEqual({ queued: 2, waiting: 1, proven: 0, failed: 0, malformed: 0 });
    const me = worker('me');
    const [job] = await jobs.takeJobs(queue, [one.key], 1, me);
    const named = (job!.data as jobs.JobData).identity === identity('a') ? 'a' : 'b';
    await jobs.storeProof(queue, job!, me, { identity: identity(named), proof: {}, milliseconds: 1 });
    const second = await enqueue(one, ['a', 'b', 'c']);
    expect(second.counts).toEqual({ queued: 1, waiting: 1, proven: 1, failed: 0, malformed: 0 });
    expect(await states(first.run)).toEqual(
      named === 'a' ? ['proven', 'waiting', 'proven'] : ['waiting', 'proven', 'waiting'],
    );
    expect(await findRun(queue, [one.key])).toMatchObject({ id: second.run.id, inputs: 3 });
  });

  it('of the highest priority come first, whichever the model; then the oldest', async () => {
    const [one, two, three] = [await registered('one'), await registered('two'), await registered('three')];
    await enqueue(one, ['old']);
    await enqueue(two, ['low', 'high 1'], { priority: -1 });
    await enqueue(two, ['high 2'], { priority: 5 });
    await enqueue(three, ['not mine'], { priority: 9 });
    const take = async (): Promise<string[]> =>
      identities(await jobs.takeJobs(queue, [one.key, two.key], 1, worker('me')));
    expect(await take()).toEqual([identity('high 2')]);
    expect(await take()).toEqual([identity('old')]);
    expect(await jobs.takeJobs(queue, [one.key, two.key], 9, worker('me'))).toHaveLength(2);
    expect(await take()).toEqual([]);
  });

  it('are taken once by many at the same time', async () => {
    const one = await registered('one');
    const names = Array.from({ length: 60 }, (_, i) => String(i));
    await enqueue(one, names);
    const taken = await Promise.all(
      Array.from({ length: 12 }, (_, i) => jobs.takeJobs(queue, [one.key], 5, worker(String(i)))),
    );
    expect(identities(taken.flat())).toEqual(names.map(identity).sort());
  });

  it('whose lease has ended are another’s: the first worker can neither fail nor give back, but its proof counts', async () => {
    const one = await registered('one');
    const { run } = await enqueue(one, ['a']);
    const [first, second] = [worker('first', 1), worker('second')];
    const [lost] = await jobs.takeJobs(queue, [one.key], 1, first);
    await sleep(1_100);
    await jobs.endLeases(queue, 1);
    // It is tried again after one to two seconds.
    expect(await jobs.takeJobs(queue, [one.key], 1, second)).toEqual([]);
    await sleep(2_100);
    const [job] = await jobs.takeJobs(queue, [one.key], 1, second);
    expect(job).toMatchObject({ id: lost!.id, attempts: 2 });
    await jobs.renewLeases(queue, first, [lost!]);
    expect(await jobs.storeFailure(queue, lost!, first, { code: 'INTERNAL', message: '', isFinal: true })).toBe('lost');
    await jobs.giveBack(queue, [lost!], first);
    expect(await states(run)).toEqual(['waiting']);
    expect(await readStatus(queue)).toMatchObject({ models: [{ active: 1, waiting: 0, dead: 0 }] });
    const proof = (by: string) => ({ identity: identity('a'), proof: { by }, milliseconds: 1 });
    expect(await jobs.storeProof(queue, lost!, first, proof('first'))).toBe(true);
    expect(await jobs.storeProof(queue, job!, second, proof('second'))).toBe(false);
    expect(await states(run)).toEqual(['proven']);
    const { rows } = await queue.database.query('SELECT proof FROM zkinfer.result');
    expect(rows).toEqual([{ proof: { by: 'first' } }]);
    expect(await jobs.hasJobs(queue, [one.key])).toBe(false);
  });

  it('keep their lease as long as it is renewed', async () => {
    const one = await registered('one');
    await enqueue(one, ['a', 'b']);
    const me = worker('me', 1);
    const taken = await jobs.takeJobs(queue, [one.key], 2, me);
    for (let i = 0; i < 3; i++) {
      await sleep(600);
      // What a worker does not know that it has is not renewed.
      await jobs.renewLeases(queue, me, taken.slice(0, 1));
      await jobs.endLeases(queue, 1);
    }
    expect(await readStatus(queue)).toMatchObject({ models: [{ active: 1 }] });
  });

  it('a proof takes the place of a failure, a failure never that of a proof', async () => {
    const one = await registered('one');
    const { run } = await enqueue(one, ['a'], { attempts: 1 });
    const me = worker('me');
    const [job] = await jobs.takeJobs(queue, [one.key], 1, me);
    expect(await jobs.storeFailure(queue, job!, me, { code: 'INTERNAL', message: 'no', isFinal: false })).toBe('dead');
    expect(await states(run)).toEqual(['failed']);
    const proof = { identity: identity('a'), proof: {}, milliseconds: 1 };
    expect(await jobs.storeProof(queue, job!, me, proof)).toBe(true);
    expect(await states(run)).toEqual(['proven']);
    expect(await jobs.storeFailure(queue, job!, me, { code: 'INTERNAL', message: 'no', isFinal: true })).toBe('lost');
    expect(await states(run)).toEqual(['proven']);
  });

  it('that were queued while their proof was stored are not done again', async () => {
    const one = await registered('one');
    await enqueue(one, ['a']);
    const me = worker('me');
    const [job] = await jobs.takeJobs(queue, [one.key], 1, me);
    await jobs.storeProof(queue, job!, me, { identity: identity('a'), proof: {}, milliseconds: 1 });
    await queue.boss.insert([{ id: job!.id, name: one.key, data: job!.data as object }]);
    expect(await jobs.hasJobs(queue, [one.key])).toBe(true);
    expect(await jobs.takeJobs(queue, [one.key], 1, me)).toEqual([]);
    expect(await jobs.hasJobs(queue, [one.key])).toBe(false);
  });

  it('a model can be removed while a worker has a job of it', async () => {
    const [one, two] = [await registered('one'), await registered('two')];
    await enqueue(one, ['a', 'b']);
    const me = worker('me');
    const [job] = await jobs.takeJobs(queue, [one.key], 1, me);
    await purgeModels(queue, [one.key]);
    const proof = { identity: identity('a'), proof: {}, milliseconds: 1 };
    expect(await jobs.storeProof(queue, job!, me, proof)).toBe(false);
    expect(await jobs.takeJobs(queue, [one.key, two.key], 1, me)).toEqual([]);
    expect((await readStatus(queue)).models.map(({ key }) => key)).toEqual([two.key]);
  });
});

describe('files', () => {
  let folder: string;
  beforeEach(async () => void (folder = await mkdtemp(join(tmpdir(), 'zkinfer-files-'))));
  afterEach(() => rm(folder, { recursive: true }));

  const hashOf = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');

  it('come back as they went, in pieces; a model is offered once all are there', async () => {
    const [large, small] = [randomBytes((17 << 20) + 1), Buffer.from('small')];
    const paths = [join(folder, 'large'), join(folder, 'small')] as const;
    await writeFile(paths[0], large);
    await writeFile(paths[1], small);
    const made = await registered('one', { large: hashOf(large), small: hashOf(small) });
    await uploadArtifact(queue, paths[0]);
    expect(await listFetchable(queue)).toEqual([]);
    await expect(fetchModel(queue, made, join(folder, 'cache'))).rejects.toMatchObject({ code: 'QUEUE_MODEL' });
    await uploadArtifact(queue, paths[1]);
    await uploadArtifact(queue, paths[1]);
    expect((await listFetchable(queue)).map(({ key }) => key)).toEqual([made.key]);
    await fetchModel(queue, made, join(folder, 'cache'));
    expect(large.equals(await readFile(join(folder, 'cache/large')))).toBe(true);
    const { rows } = await queue.database.query('SELECT count(*)::int AS pieces FROM zkinfer.piece');
    expect(rows).toEqual([{ pieces: 4 }]);
  });

  it('that were changed in the database are refused, and nothing is left of them', async () => {
    const data = randomBytes(1000);
    await writeFile(join(folder, 'file'), data);
    const made = await registered('one', { file: hashOf(data) });
    await uploadArtifact(queue, join(folder, 'file'));
    await queue.database.query('UPDATE zkinfer.piece SET data = set_byte(data, 500, (get_byte(data, 500) + 1) % 256)');
    const cache = join(folder, 'cache');
    await expect(fetchModel(queue, made, cache)).rejects.toMatchObject({ code: 'ARTIFACT_MISMATCH' });
    expect(await readdir(cache)).toEqual([]);
  });

  it('whose sending was cut off are sent once more', async () => {
    const data = randomBytes(1000);
    await writeFile(join(folder, 'file'), data);
    const made = await registered('one', { file: hashOf(data) });
    await queue.database.query('INSERT INTO zkinfer.artifact VALUES ($1, 1000)', [hashOf(data)]);
    await queue.database.query('INSERT INTO zkinfer.piece VALUES ($1, 0, $2)', [hashOf(data), Buffer.from('rest')]);
    await uploadArtifact(queue, join(folder, 'file'));
    await fetchModel(queue, made, join(folder, 'cache'));
    expect(data.equals(await readFile(join(folder, 'cache/file')))).toBe(true);
  });

  it('never leave their folder', async () => {
    const made = await registered('one', { '../outside': '00'.repeat(32) });
    await expect(fetchModel(queue, made, join(folder, 'cache'))).rejects.toMatchObject({ code: 'QUEUE_MODEL' });
  });
});

it('no decision of a queue or a worker looks at the clock of the machine', async () => {
  const root = join(import.meta.dirname, '../../src');
  const files = [
    ...(await readdir(join(root, 'queue'))).map((name) => `queue/${name}`),
    ...(await readdir(join(root, 'api'))).filter((name) => /queue|collect/.test(name)).map((name) => `api/${name}`),
  ].filter((name) => !name.endsWith('.d.ts'));
  expect(files.length).toBeGreaterThan(10);
  for (const file of files) expect(await readFile(join(root, file), 'utf8')).not.toMatch(/\bDate\b|\bhrtime\b/);
});
