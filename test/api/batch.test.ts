/** Batches of the built library: its workers are real threads. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { BatchEvent, BatchOptions, BatchReport, ProofDocument } from '../../src/index.js';
import type { Failure } from '../../src/batch/failures.js';
import { irisSamples, jsonl, makeIris, type IrisFolder } from '../support/batch/iris.js';
import { builtLibrary } from '../support/built-library.js';
import { npyBytes, npzBytes } from '../inputs/npy-files.js';

let iris: IrisFolder;
let library: Awaited<ReturnType<typeof builtLibrary>>;
let out: string;
beforeAll(async () => {
  library = await builtLibrary();
  iris = await makeIris();
});
beforeEach(async () => {
  out = join(await mkdtemp(join(iris.path, 'run-')), 'out');
});
afterAll(async () => {
  await library.terminateCurves();
  await iris.remove();
});

const FAULTY = join(import.meta.dirname, '../support/batch/faulty-worker.mjs');

function prove(inputs: string, options: BatchOptions = {}): Promise<BatchReport> {
  return library.proveBatch(iris.dir, inputs, out, { integers: true, workers: 2, threads: 1, ...options });
}

async function document(index: number, folder = out): Promise<ProofDocument> {
  return JSON.parse(await readFile(join(folder, `${String(index).padStart(6, '0')}.json`), 'utf8')) as ProofDocument;
}

async function failures(): Promise<Failure[]> {
  const text = await readFile(join(out, 'failed.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Failure]));
}

/** Every input has a valid proof of itself, or else a failure; and there is nothing else in the folder. */
async function expectWhole(samples: readonly (readonly number[])[], failed: readonly number[] = []): Promise<void> {
  const verifier = await library.loadVerifier(iris.dir);
  expect((await failures()).map(({ index }) => index).sort((a, b) => a - b)).toEqual(failed);
  const proved = [...samples.keys()].filter((index) => !failed.includes(index));
  for (const index of proved) {
    const proof = await document(index);
    expect(proof.input).toEqual(samples[index]);
    expect(await library.verifyProof(verifier, proof)).toEqual({ valid: true });
  }
  const names = proved.map((index) => `${String(index).padStart(6, '0')}.json`);
  const others = failed.length > 0 ? ['failed.jsonl'] : [];
  expect((await readdir(out)).sort()).toEqual([...names, ...others, 'summary.json'].sort());
}

const SAMPLES = irisSamples(4);
const FLAT = Uint8Array.from(SAMPLES.flat());

it.each([
  ['.jsonl', 'in.jsonl', jsonl(SAMPLES)],
  ['.csv', 'in.csv', SAMPLES.map((sample) => sample.join(',')).join('\n')],
  ['.json', 'in.json', JSON.stringify(SAMPLES)],
  ['.npy', 'in.npy', npyBytes({ descr: '|u1', shape: [4, 4], data: FLAT })],
  ['.npz', 'in.npz', npzBytes({ x: { descr: '|u1', shape: [4, 4], data: FLAT } })],
])('proves the samples of %s', async (_, name, content) => {
  const events: BatchEvent[] = [];
  const stages = new Set<string>();
  const report = await prove(await iris.file(name, content), {
    onEvent: (event) => events.push(event),
    onProgress: ({ stage }) => stages.add(stage),
  });
  expect(report).toMatchObject({ state: 'finished', inputs: 4, proved: 4, failed: 0 });
  expect(report.run).toMatchObject({ proved: 4, skipped: 0, workers: 2, threads: 1 });
  expect(report.run.latency!.p50).toBeGreaterThan(0);
  expect(events).toEqual([
    expect.objectContaining({ kind: 'workers', workers: 2, reason: expect.stringContaining('2 as given') }),
  ]);
  expect([...stages]).toEqual(expect.arrayContaining(['starting workers', 'proving']));
  const summary = JSON.parse(await readFile(join(out, 'summary.json'), 'utf8')) as object;
  expect({ ...summary, invalid: report.invalid }).toEqual(report);
  await expectWhole(SAMPLES);
});

it('proves the files of a folder', async () => {
  for (const [i, sample] of SAMPLES.entries()) await iris.file(`many/${i}.json`, JSON.stringify(sample));
  expect(await prove(join(iris.path, 'many'))).toMatchObject({ proved: 4 });
  await expectWhole(SAMPLES);
});

it('quantizes real numbers as the model does', async () => {
  const data = join(import.meta.dirname, '../../fixtures/iris-mlp/inputs.npz');
  expect(await prove(data, { integers: false, verify: true })).toMatchObject({ proved: 20, failed: 0, invalid: [] });
});

it('records what is malformed and proves the rest; corrected, it is proved too', async () => {
  const lines = [SAMPLES[0]!, '{', SAMPLES[2]!, '[1,2]', '[1,2,3,999]'];
  const report = await prove(await iris.file('bad.jsonl', jsonl(lines)));
  expect(report).toMatchObject({ state: 'finished', inputs: 5, proved: 2, failed: 3 });
  expect(await failures()).toEqual([
    { index: 1, code: 'INPUT_FORMAT', message: `${join(iris.path, 'bad.jsonl')}, line 2 is not JSON (position 1)` },
    { index: 3, code: 'INPUT_SHAPE', message: expect.stringContaining('the model takes') },
    { index: 4, code: 'INPUT_VALUE', message: expect.stringContaining('element 3') },
  ]);
  expect(await prove(await iris.file('bad.jsonl', jsonl(lines)))).toMatchObject({
    failed: 3,
    run: { proved: 0, failed: 0, skipped: 5 },
  });
  const corrected = [...SAMPLES, [1, 2, 3, 99]];
  expect(await prove(await iris.file('bad.jsonl', jsonl(corrected)))).toMatchObject({
    proved: 5,
    failed: 0,
    run: { proved: 3, skipped: 2 },
  });
  expect(await readFile(join(out, 'failed.jsonl'), 'utf8')).toBe('');
  await rm(join(out, 'failed.jsonl'));
  await expectWhole(corrected);
});

it('does only what is left', async () => {
  const path = await iris.file('left.jsonl', jsonl(SAMPLES));
  await prove(path);
  const before = await document(1);
  await rm(join(out, '000002.json'));
  await writeFile(join(out, '.000002.json.0123456789ab.tmp'), 'left behind');
  expect(await prove(path)).toMatchObject({ inputs: 4, proved: 4, run: { proved: 1, skipped: 3 } });
  expect(await document(1)).toEqual(before);
  expect((await prove(path)).run).toEqual(expect.not.objectContaining({ workers: expect.anything() }));
  await expectWhole(SAMPLES);
});

it('takes more inputs at the end, and refuses fewer or others', async () => {
  await prove(await iris.file('grow.jsonl', jsonl(SAMPLES.slice(0, 3))));
  expect(await prove(await iris.file('grow.jsonl', jsonl(SAMPLES)))).toMatchObject({ proved: 4, run: { proved: 1 } });
  await expect(prove(await iris.file('grow.jsonl', jsonl(SAMPLES.slice(0, 3))))).rejects.toMatchObject({
    code: 'ARTIFACT_MISMATCH',
    message: expect.stringMatching(/000003\.json is a result, but there are only 3 inputs$/),
  });
  await expect(prove(await iris.file('grow.jsonl', jsonl(SAMPLES.toReversed())))).rejects.toMatchObject({
    code: 'ARTIFACT_MISMATCH',
    message: expect.stringMatching(/000000\.json is the proof of another input$/),
  });
  await expectWhole(SAMPLES);
});

it('refuses a folder of another model or context, or of other files', async () => {
  const path = await iris.file('x.jsonl', jsonl(SAMPLES.slice(0, 1)));
  await prove(path);
  await expect(prove(path, { context: `0x${'1'.repeat(64)}` })).rejects.toMatchObject({
    code: 'ARTIFACT_MISMATCH',
    message: expect.stringMatching(/summary\.json is of another context$/),
  });
  const summary = await readFile(join(out, 'summary.json'), 'utf8');
  const { modelId } = await library.readManifest(iris.dir);
  await writeFile(join(out, 'summary.json'), summary.replace(modelId, `0x${'2'.repeat(64)}`));
  await expect(prove(path)).rejects.toMatchObject({
    message: expect.stringMatching(/summary\.json is of another model$/),
  });
  await rm(join(out, 'summary.json'));
  await expect(prove(path)).rejects.toMatchObject({ code: 'USAGE', message: `${out} holds other files` });
});

it('binds every proof to a context', async () => {
  const context = `0x${'1'.repeat(64)}` as const;
  await prove(await iris.file('c.jsonl', jsonl(SAMPLES.slice(0, 1))), { context, verify: true });
  expect((await document(0)).statement.context).toBe(context);
});

it('finds results that have been tampered with', async () => {
  const path = await iris.file('t.jsonl', jsonl(SAMPLES));
  await prove(path);
  const [first, second] = [await document(1), await document(2)];
  await writeFile(
    join(out, '000001.json'),
    JSON.stringify({ ...first, output: first.output!.with(0, first.output![0]! ^ 1) }),
  );
  await writeFile(join(out, '000002.json'), JSON.stringify({ ...second, proof: first.proof }));
  expect((await prove(path)).invalid).toBeUndefined();
  expect((await prove(path, { verify: true })).invalid).toEqual([
    { index: 1, reason: expect.stringContaining('is not that of the statement') },
    { index: 2, reason: 'the proof does not hold for its public signals' },
  ]);
  await writeFile(join(out, '000003.json'), '{}');
  await expect(prove(path)).rejects.toMatchObject({
    code: 'ARTIFACT_FORMAT',
    hint: expect.stringContaining('remove the file'),
  });
});

describe('faults of workers', () => {
  let marks: string;
  let module: URL;
  beforeEach(async () => {
    const folder = await mkdtemp(join(iris.path, 'marks-'));
    marks = join(folder, 'marks');
    await mkdir(marks);
    const worker = join(folder, 'worker.mjs');
    await writeFile(worker, `import { faulty } from '${FAULTY}';\nexport default faulty('${marks}');\n`);
    module = pathToFileURL(worker);
  });

  const tries = async (fate: number): Promise<number> =>
    (await readdir(marks)).filter((name) => name.startsWith(`try-${fate}-`)).length;

  it('cost nothing where they pass', async () => {
    const samples = [...irisSamples(3), [211, 0, 0, 0], ...irisSamples(3, 3), [212, 0, 0, 0], ...irisSamples(3, 6)];
    const report = await prove(await iris.file('p.jsonl', jsonl(samples)), { module });
    expect(report).toMatchObject({ proved: samples.length, failed: 0 });
    expect([await tries(211), await tries(212)]).toEqual([2, 2]);
    await expectWhole(samples);
  });

  it('make a failure of the input that always meets them, and of no other', async () => {
    const samples = [
      ...irisSamples(3),
      [201, 0, 0, 0],
      ...irisSamples(3, 3),
      [202, 0, 0, 0],
      [221, 0, 0, 0],
      [222, 0, 0, 0],
    ];
    const path = await iris.file('f.jsonl', jsonl([...samples, ...irisSamples(3, 6)]));
    const report = await prove(path, { module });
    expect(report).toMatchObject({ proved: 9, failed: 4 });
    expect([await tries(201), await tries(202), await tries(221), await tries(222)]).toEqual([2, 2, 1, 2]);
    expect((await failures()).sort((a, b) => a.index - b.index)).toMatchObject([
      { index: 3, code: 'INTERNAL', message: expect.stringContaining('the worker thread ended') },
      { index: 7, code: 'INTERNAL', message: 'the worker thread ended: a fault of the worker' },
      { index: 8, code: 'CHECK_FAILED' },
      { index: 9, code: 'INTERNAL', message: 'out of luck' },
    ]);
    await expectWhole([...samples, ...irisSamples(3, 6)], [3, 7, 8, 9]);

    expect((await prove(path, { module })).run).toMatchObject({ proved: 0, failed: 0, skipped: 13 });
    expect(await prove(path, { retryFailed: true })).toMatchObject({ proved: 13, failed: 0, run: { proved: 4 } });
  });

  it('out of memory too', async () => {
    const samples = [...irisSamples(2), [203, 0, 0, 0], ...irisSamples(2, 2)];
    const report = await prove(await iris.file('m.jsonl', jsonl(samples)), { module });
    expect(report).toMatchObject({ proved: 4, failed: 1 });
    expect((await failures())[0]!.message).toContain('memory');
  });

  it('end the run where they do not stop', async () => {
    const samples = Array.from({ length: 20 }, (_, i) => [201, i, 0, 0]);
    await expect(prove(await iris.file('e.jsonl', jsonl(samples)), { module })).rejects.toMatchObject({
      code: 'INTERNAL',
      message: expect.stringContaining('proofs fail one after the other'),
    });
    expect((await failures()).length).toBeLessThan(20);
  });

  it('an interruption lets proofs under way be finished and written', async () => {
    const samples = Array.from({ length: 40 }, (_, i) => [231, i, 0, 0]);
    const interruption = new AbortController();
    const path = await iris.file('i.jsonl', jsonl(samples));
    const events: BatchEvent[] = [];
    const report = await prove(path, {
      module,
      signal: interruption.signal,
      onEvent: (event) => events.push(event),
      onProgress: ({ stage, done }) => {
        if (stage === 'proving' && done === 4) interruption.abort();
      },
    });
    expect(report.state).toBe('interrupted');
    expect(report.proved).toBeGreaterThanOrEqual(5);
    expect(report.proved).toBeLessThanOrEqual(6);
    expect(events.at(-1)!.kind).toBe('stopping');
    expect(JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'))).toMatchObject({ state: 'interrupted' });
    expect(await prove(path)).toMatchObject({ proved: 40, run: { proved: 40 - report.proved } });
    await expectWhole(samples);
  });
});

it('a full disk ends the run, and loses nothing that was written', async () => {
  const samples = irisSamples(12);
  const path = await iris.file('full.jsonl', jsonl(samples));
  let room = 5;
  const write: BatchOptions['write'] = async (file, data, options) => {
    if (/\d\.json$/.test(file) && room-- <= 0) {
      throw new library.ZkinferError('IO', `cannot write ${file}: no space left on the device`, { location: { file } });
    }
    await library.writeFileAtomic(file, data, options);
  };
  await expect(prove(path, { write })).rejects.toMatchObject({
    code: 'IO',
    message: expect.stringContaining('no space left'),
  });
  expect((await readdir(out)).filter((name) => /^\d+\.json$/.test(name))).toHaveLength(5);
  expect(JSON.parse(await readFile(join(out, 'summary.json'), 'utf8'))).toMatchObject({ state: 'stopped', failed: 0 });
  expect(await prove(path)).toMatchObject({ proved: 12, run: { proved: 7, skipped: 5 } });
  await expectWhole(samples);
});

it('needs keys', async () => {
  const path = await iris.file('k.jsonl', jsonl(SAMPLES));
  await expect(library.proveBatch(join(iris.path, 'none'), path, out)).rejects.toMatchObject({
    code: 'ARTIFACT_MISSING',
  });
  await expect(prove(join(iris.path, 'none.jsonl'))).rejects.toMatchObject({ code: 'IO' });
});

it('proves with snarkjs in worker threads', async () => {
  const samples = irisSamples(3);
  const report = await prove(await iris.file('s.jsonl', jsonl(samples)), { backend: 'snarkjs', workers: 1 });
  expect(report).toMatchObject({ proved: 3, run: { backend: 'snarkjs' } });
  await expectWhole(samples);
});

it('recognizes committed inputs by their openings', async () => {
  const committed = await makeIris({ input: 'committed' });
  try {
    const path = await committed.file('in.jsonl', jsonl(SAMPLES.slice(0, 2)));
    const options = { integers: true, workers: 1 };
    await library.proveBatch(committed.dir, path, out, options);
    const [first, second] = [join(out, '000000.opening.json'), join(out, '000001.opening.json')];
    expect(await library.proveBatch(committed.dir, path, out, options)).toMatchObject({ run: { skipped: 2 } });
    const opening = await readFile(first);
    await writeFile(first, await readFile(second));
    await expect(library.proveBatch(committed.dir, path, out, options)).rejects.toMatchObject({
      code: 'ARTIFACT_MISMATCH',
      message: `the opening of ${join(out, '000000.json')} is not there: its input is not known`,
    });
    await writeFile(first, opening);
    const other = await committed.file('in.jsonl', jsonl(SAMPLES.slice(1, 3)));
    await expect(library.proveBatch(committed.dir, other, out, options)).rejects.toMatchObject({
      message: expect.stringContaining('000000.json is the proof of another input'),
    });
  } finally {
    await committed.remove();
  }
});
