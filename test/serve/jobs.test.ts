/** The line of a server: order, limits, owners, what is kept. */
import type { Hex, ProofDocument } from '../../src/artifacts/types.js';
import { ZkinferError } from '../../src/errors.js';
import { JobBook, type JobLimits, type JobProof, QueueFull } from '../../src/serve/jobs.js';

const [A, B] = ['0xaa', '0xbb'] as Hex[] as [Hex, Hex];
const LIMITS: JobLimits = { waiting: 3, kept: 10, keptFor: 1_000 };
const PROOF: JobProof = { document: {} as ProofDocument, milliseconds: 5 };

/** A book whose proofs end when they are told to. */
function book(limits: Partial<JobLimits> = {}, workers = 1) {
  const running: { readonly context: Hex | undefined; end(result: JobProof | Error): void }[] = [];
  const runner = {
    workers,
    prove: ({ context }: { context?: Hex }) =>
      new Promise<JobProof>((resolve, reject) =>
        running.push({ context, end: (result) => (result instanceof Error ? reject(result) : resolve(result)) }),
      ),
  };
  let time = 0;
  const jobs = new JobBook(new Map([A, B].map((id) => [id, runner])), { ...LIMITS, ...limits }, () => time);
  return {
    jobs,
    running,
    add: (modelId: Hex = A, owner = 'ada', context?: Hex) =>
      jobs.add({ modelId, owner, tensors: [], ...(context === undefined ? {} : { context }) }),
    pass: (milliseconds: number) => (time += milliseconds),
  };
}
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

it('proves in the order of asking, each model as many at a time as it has workers', async () => {
  const { jobs, running, add } = book();
  const [first, second, other] = [add(A), add(A), add(B)];
  expect([first, second, other].map(({ status, ahead }) => [status, ahead])).toEqual([
    ['proving', undefined],
    ['queued', 0],
    ['proving', undefined],
  ]);
  running[0]!.end(PROOF);
  await settle();
  expect(jobs.get(first.id, 'ada')).toMatchObject({ status: 'proved', milliseconds: 5 });
  expect(jobs.get(second.id, 'ada')).toMatchObject({ status: 'proving' });
  expect(jobs.counts).toEqual({ queued: 0, proving: 2, proved: 1, failed: 0, cancelled: 0 });
});

it('refuses what does not fit into the line, and takes it when there is room', async () => {
  const { running, add } = book();
  for (let i = 0; i < 4; i++) add();
  expect(() => add()).toThrow(QueueFull);
  running[0]!.end(PROOF);
  await settle();
  expect(add().status).toBe('queued');
});

it('a job is of its owner alone', () => {
  const { jobs, add } = book();
  const { id } = add(A, 'ada');
  expect(jobs.get(id, 'eve')).toBeUndefined();
  expect(jobs.cancel(id, 'eve')).toBeUndefined();
  expect(jobs.recent('eve', 9)).toEqual([]);
  expect(jobs.recent('ada', 9)).toHaveLength(1);
});

it('what waits can be cancelled, what is being proved cannot', async () => {
  const { jobs, running, add } = book();
  const [first, second, third] = [add(), add(), add()];
  expect(jobs.cancel(second.id, 'ada')).toMatchObject({ status: 'cancelled' });
  expect(jobs.cancel(first.id, 'ada')).toMatchObject({ status: 'proving' });
  expect(jobs.get(third.id, 'ada')).toMatchObject({ ahead: 0 });
  running[0]!.end(PROOF);
  await settle();
  expect(running).toHaveLength(2);
  expect(jobs.get(third.id, 'ada')).toMatchObject({ status: 'proving' });
});

it('a failure is of its job, and says what it may', async () => {
  const { jobs, running, add } = book({}, 2);
  const [first, second] = [add(), add()];
  running[0]!.end(new ZkinferError('INPUT_VALUE', 'an element is too large'));
  running[1]!.end(new Error('a secret'));
  await settle();
  expect(jobs.get(first.id, 'ada')).toMatchObject({ status: 'failed', error: { code: 'INPUT_VALUE' } });
  expect(jobs.get(second.id, 'ada')).toMatchObject({
    status: 'failed',
    error: { code: 'INTERNAL', message: 'the proof failed' },
  });
  expect(jobs.counts.failed).toBe(2);
});

it('tells of every change, places in the line included', async () => {
  const { jobs, running, add } = book();
  add();
  const [second, third] = [add(), add()];
  const seen: unknown[] = [];
  const stop = jobs.watch(third.id, () => seen.push(jobs.get(third.id, 'ada')));
  running[0]!.end(PROOF);
  await settle();
  running[1]!.end(PROOF);
  await settle();
  stop();
  running[2]!.end(PROOF);
  await settle();
  expect(seen).toMatchObject([{ status: 'queued', ahead: 0 }, { status: 'proving' }]);
  expect(jobs.get(second.id, 'ada')).toMatchObject({ status: 'proved' });
});

it('forgets the oldest ended jobs, never those that wait or run', async () => {
  const { jobs, running, add, pass } = book({ kept: 2 });
  const ids: string[] = [];
  for (let i = 0; i < 4; i++) {
    ids.push(add().id);
    running[i]!.end(PROOF);
    await settle();
    pass(10);
  }
  expect(ids.map((id) => jobs.get(id, 'ada')?.status)).toEqual([undefined, undefined, 'proved', 'proved']);
  const { id } = add();
  pass(2_000);
  expect([...ids, id].map((one) => jobs.get(one, 'ada')?.status)).toEqual([
    undefined,
    undefined,
    undefined,
    undefined,
    'proving',
  ]);
});

it('keeps no input longer than it is needed', async () => {
  const { jobs, running, add } = book();
  const { id } = add();
  expect(jobs.get(id, 'ada')).not.toHaveProperty('request');
  running[0]!.end(PROOF);
  await settle();
  expect(JSON.stringify([...(jobs as unknown as { recent: JobBook['recent'] }).recent('ada', 1)])).not.toMatch(
    /tensors/,
  );
});

it('closing drops what waits, and waits for what runs', async () => {
  const { jobs, running, add } = book();
  const [first, second] = [add(), add()];
  let isClosed = false;
  const closed = jobs.close().then(() => (isClosed = true));
  expect(() => add()).toThrow('the server is ending');
  await settle();
  expect(isClosed).toBe(false);
  expect(jobs.get(second.id, 'ada')).toMatchObject({ status: 'cancelled' });
  running[0]!.end(PROOF);
  await closed;
  expect(jobs.get(first.id, 'ada')).toMatchObject({ status: 'proved' });
});
