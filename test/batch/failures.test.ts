import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FailureLog, type Failure } from '../../src/batch/failures.js';

let dir: string;
let path: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-failures-'));
  path = join(dir, 'failed.jsonl');
});
afterEach(() => rm(dir, { recursive: true }));

const identity = (digit: string): string => digit.repeat(64);
const failure = (index: number, digit: string, message = 'no'): Failure => ({
  index,
  identity: identity(digit),
  code: 'CHECK_FAILED',
  message,
});

async function lines(): Promise<Failure[]> {
  const text = await readFile(path, 'utf8');
  expect(text === '' || text.endsWith('\n')).toBe(true);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Failure);
}

it('is not there without failures', async () => {
  const log = await FailureLog.open(path);
  expect(log.size).toBe(0);
  await log.close();
  await expect(readFile(path)).rejects.toMatchObject({ code: 'ENOENT' });
});

it('keeps failures from run to run, each added at once', async () => {
  const log = await FailureLog.open(path);
  await Promise.all([
    log.add(failure(3, 'a')),
    log.add({ index: 1, code: 'INPUT_FORMAT', message: 'x' }),
    log.add(failure(7, 'b')),
  ]);
  expect(await lines()).toHaveLength(3);
  const again = await FailureLog.open(path);
  expect([...again.indexes()].sort()).toEqual([1, 3, 7]);
  expect(again.isKnown(3, identity('a'))).toBe(true);
  expect(again.isKnown(3, identity('b'))).toBe(false);
  expect(again.isKnown(3, undefined)).toBe(false);
  expect(again.isKnown(1, undefined)).toBe(true);
  expect(again.isKnown(1, identity('a'))).toBe(false);
  expect(again.isKnown(2, undefined)).toBe(false);
  await log.close();
  await again.close();
});

it('drops what no longer holds, also where an earlier run did not come to that', async () => {
  const log = await FailureLog.open(path);
  for (const [index, digit] of [
    [1, 'a'],
    [2, 'a'],
    [3, 'a'],
    [9, 'a'],
  ] as const)
    await log.add(failure(index, digit));
  await log.add(failure(2, 'b', 'again'));
  // No close: the process was killed.
  const next = await FailureLog.open(path);
  expect(next.size).toBe(4);
  expect(next.isKnown(2, identity('b'))).toBe(true);
  next.forget(1);
  next.forgetFrom(9);
  await next.add(failure(3, 'c'));
  await next.add(failure(3, 'd'));
  await next.close();
  expect(await lines()).toEqual([failure(2, 'b', 'again'), failure(3, 'd')]);
  await log.close();
});

it('removes a line that was cut off', async () => {
  await writeFile(path, `${JSON.stringify(failure(1, 'a'))}\n{"index":2,"iden`);
  const log = await FailureLog.open(path);
  await log.add(failure(5, 'c'));
  await log.close();
  expect((await lines()).map(({ index }) => index)).toEqual([1, 5]);
});

it('refuses lines that are no failures', async () => {
  await appendFile(path, `${JSON.stringify(failure(1, 'a'))}\nnonsense\n`);
  await expect(FailureLog.open(path)).rejects.toMatchObject({
    code: 'ARTIFACT_FORMAT',
    message: `${path}, line 2 is not JSON`,
  });
  await writeFile(path, '{"index":-1,"code":"INTERNAL","message":""}\n');
  await expect(FailureLog.open(path)).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
});
