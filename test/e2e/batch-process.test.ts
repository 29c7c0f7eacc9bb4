/** Batches of the real command, killed and interrupted. */
import { execFile, type ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BatchReport, ProofDocument } from '../../src/index.js';
import { loadVerifier, terminateCurves, verifyProof } from '../../src/index.js';
import { irisSamples, jsonl, makeIris, type IrisFolder } from '../support/batch/iris.js';
import { runBuiltCli, type CliResult } from '../support/built-cli.js';
import { ensureBuilt } from '../support/built-cli.js';

const COUNT = 60;
const SAMPLES = irisSamples(COUNT);

let iris: IrisFolder;
let inputs: string;
beforeAll(async () => {
  ensureBuilt();
  iris = await makeIris();
  inputs = await iris.file('in.jsonl', jsonl(SAMPLES));
});
afterAll(async () => {
  await terminateCurves();
  await iris.remove();
});

function batch(out: string, onChild?: (child: ChildProcess) => void, ...more: string[]): Promise<CliResult> {
  let isSeen = false;
  const args = ['batch', iris.dir, '--inputs', inputs, '-o', out, '--integers', '--workers', '2', '--json', ...more];
  return runBuiltCli(args, {
    onStderr: (_, child) => {
      if (!isSeen) onChild?.(child);
      isSeen = true;
    },
  });
}

/** Acts once there are so many results. */
function whenResults(out: string, count: number, act: () => void): void {
  const timer = setInterval(() => {
    void readdir(out)
      .catch(() => [])
      .then((names) => {
        if (names.filter((name) => /^\d+\.json$/.test(name)).length < count) return;
        clearInterval(timer);
        act();
      });
  }, 5);
}

const report = ({ stdout }: CliResult): BatchReport => JSON.parse(stdout) as BatchReport;

/** What is in the folder is whole: results that prove their inputs. */
async function expectResults(out: string, count?: number): Promise<number> {
  const verifier = await loadVerifier(iris.dir);
  const names = (await readdir(out)).filter((name) => /^\d+\.json$/.test(name));
  for (const name of names) {
    const document = JSON.parse(await readFile(join(out, name), 'utf8')) as ProofDocument;
    expect(document.input).toEqual(SAMPLES[Number(name.slice(0, 6))]);
    expect(await verifyProof(verifier, document)).toEqual({ valid: true });
  }
  if (count !== undefined) expect(names).toHaveLength(count);
  return names.length;
}

it('goes on after SIGKILL, again and again', async () => {
  const out = join(iris.path, 'killed');
  let before = 0;
  for (const count of [7, 20, 33]) {
    const killed = await batch(out, (child) => whenResults(out, count, () => child.kill('SIGKILL')));
    expect(killed.code).toBeNull();
    const there = await expectResults(out);
    expect(there).toBeGreaterThanOrEqual(Math.max(before, count));
    expect(there).toBeLessThan(COUNT);
    before = there;
  }
  const finished = await batch(out, undefined, '--verify');
  expect(finished.code).toBe(0);
  expect(report(finished)).toMatchObject({ state: 'finished', inputs: COUNT, proved: COUNT, failed: 0, invalid: [] });
  expect(report(finished).run).toMatchObject({ proved: COUNT - before, skipped: before });
  await expectResults(out, COUNT);
  expect((await readdir(out)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
});

it('ends with 130 when interrupted, everything written that was under way', async () => {
  const out = join(iris.path, 'interrupted');
  const result = await batch(out, (child) => whenResults(out, 5, () => child.kill('SIGINT')));
  expect(result.code).toBe(130);
  expect(result.stderr).toMatch(/ending, once \d proofs? under way (is|are) written; interrupt again to drop|ending$/m);
  expect(report(result)).toMatchObject({ state: 'interrupted', failed: 0 });
  const there = await expectResults(out, report(result).proved);
  expect(there).toBeLessThan(COUNT);
  expect((await readdir(out)).filter((name) => !/^(\d+|summary)\.json$/.test(name))).toEqual([]);
  expect(report(await batch(out))).toMatchObject({ proved: COUNT, run: { proved: COUNT - there } });
});

it('ends at once when interrupted twice', async () => {
  const out = join(iris.path, 'twice');
  const result = await batch(out, (child) =>
    whenResults(out, 5, () => {
      child.kill('SIGINT');
      child.kill('SIGINT');
      setTimeout(() => child.kill('SIGINT'), 1);
    }),
  );
  expect(result.code).toBe(130);
  await expectResults(out);
  expect(report(await batch(out))).toMatchObject({ state: 'finished', proved: COUNT });
});

it('ends with 1 where inputs fail, and says which', async () => {
  const out = join(iris.path, 'failed');
  const bad = await iris.file('bad.jsonl', jsonl([...SAMPLES.slice(0, 2), '[1,2]', ...SAMPLES.slice(2, 4)]));
  const args = ['batch', iris.dir, '--inputs', bad, '-o', out, '--integers'];
  const { code, stdout, stderr } = await runBuiltCli(args);
  expect(code).toBe(1);
  expect(stdout).toMatch(/^inputs\s+5\nproved\s+4, of them 4 now\nfailed\s+1: see failed\.jsonl\n/);
  expect(stderr).toContain('input 2 failed: tensor');
  expect(stderr).toMatch(/^\d+ workers? of \d+ threads?, (native|snarkjs): /m);
  const again = await runBuiltCli([...args, '--json']);
  expect(again.code).toBe(1);
  expect(report(again)).toMatchObject({ proved: 4, failed: 1, run: { proved: 0, failed: 0, skipped: 5 } });
});

it('holds no inputs in memory', async () => {
  const child = join(import.meta.dirname, '../support/batch/stream-child.mjs');
  const peakOf = async (count: number): Promise<number> => {
    const lines = jsonl(irisSamples(count).map((sample) => JSON.stringify(sample).padEnd(1000)));
    const path = await iris.file(`many-${count}.jsonl`, lines);
    // The heap is kept small, as a collector that has room does not hurry.
    const args = ['--max-old-space-size=64', child, iris.dir, path, join(iris.path, `out-${count}`)];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const { proved, peak } = JSON.parse(stdout) as { proved: number; peak: number };
    expect(proved).toBe(count);
    return peak;
  };
  const few = await peakOf(1_000);
  const many = await peakOf(100_000);
  expect(many).toBeLessThan(300e6);
  // The inputs are 100 MB.
  expect(many - few).toBeLessThan(80e6);
});
