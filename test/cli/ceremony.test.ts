import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manifest } from '../../src/artifacts/types.js';
import { runCli } from './run-cli.js';

const IRIS = fileURLToPath(new URL('../../fixtures/iris-mlp', import.meta.url));

let dir: string;
let build: string;
let ptau: string;

async function json(...args: string[]): Promise<Record<string, unknown>> {
  const { code, stdout } = await runCli([...args, '--json', '--quiet']);
  expect(code === 0 ? '' : stdout).toBe('');
  return JSON.parse(stdout) as Record<string, unknown>;
}
async function failure(...args: string[]): Promise<Record<string, unknown> & { exit: number }> {
  const { code, stdout } = await runCli([...args, '--json', '--quiet']);
  return { ...(JSON.parse(stdout) as Record<string, unknown>), exit: code };
}
async function manifest(): Promise<Manifest> {
  return JSON.parse(await readFile(join(build, 'manifest.json'), 'utf8')) as Manifest;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-ceremony-'));
  build = join(dir, 'build');
  ptau = join(dir, 'dev.ptau');
  await json('compile', join(IRIS, 'model.qdq-u8u8.onnx'), '-o', build);
  const { power } = await json(
    'ceremony',
    'dev-ptau',
    '--power',
    String((await manifest()).circuit.domainPower),
    '-o',
    ptau,
  );
  expect(power).toBe((await manifest()).circuit.domainPower);
  await json('setup', build, '--ptau', ptau);
});
afterAll(() => rm(dir, { recursive: true }));

it('a whole ceremony in a directory: every step leaves it ready to prove and verify', async () => {
  expect((await manifest()).setup).toMatchObject({ kind: 'ptau', ptauOrigin: 'development' });
  const before = await manifest();
  const ada = await json('ceremony', 'contribute', build, '--name', 'Ada');
  expect(ada).toMatchObject({
    format: 'zkinfer-contribution',
    index: 2,
    hash: expect.stringMatching(/^[0-9a-f]{128}$/) as string,
  });
  const after = await manifest();
  expect(after.setup).toEqual(before.setup);
  for (const file of ['circuit.zkey', 'verification_key.json'])
    expect(after.files[file]).not.toEqual(before.files[file]);
  const last = await json('ceremony', 'beacon', build, '0xABCDEF', '--iterations', '11', '--name', 'block 1');
  const verified = await json('ceremony', 'verify', build, '--ptau', ptau);
  expect(verified).toMatchObject({
    valid: true,
    contributions: [
      { name: 'zkinfer setup' },
      { name: 'Ada', hash: ada.hash },
      { name: 'block 1', hash: last.hash, beacon: { value: 'abcdef', iterationsExponent: 11 } },
    ],
    ptau: { origin: 'development' },
  });
  const proof = join(dir, 'proof.json');
  await json('prove', build, '--input', join(IRIS, 'inputs.npz'), '--index', '1', '-o', proof);
  expect(await json('verify', build, proof)).toMatchObject({ valid: true, setup: 'ptau' });
});

it('a key that is passed on as a file', async () => {
  const [key, next] = [join(build, 'circuit.zkey'), join(dir, 'next.zkey')];
  const added = await json('ceremony', 'contribute', key, '-o', next, '--name', 'Grace');
  const file = await json('ceremony', 'info', next);
  expect(file).toMatchObject({ format: 'zkinfer-ceremony-info', kind: 'zkey', publicSignals: 3, development: false });
  expect((file.contributions as unknown[]).at(-1)).toEqual({ name: 'Grace', hash: added.hash });
  const r1cs = join(build, 'circuit.r1cs');
  expect(await json('ceremony', 'verify', next, '--r1cs', r1cs, '--ptau', ptau)).toMatchObject({ valid: true });
  expect(await json('ceremony', 'info', ptau)).toMatchObject({ kind: 'ptau', prepared: true, origin: 'development' });
});

it('powers of tau alone', async () => {
  const verdict = await json('ceremony', 'verify', ptau);
  expect(verdict).toMatchObject({ valid: true, ptau: { origin: 'development' } });
  const bytes = await readFile(ptau);
  bytes.copy(bytes, bytes.length - 64, bytes.length - 128, bytes.length - 64);
  await writeFile(join(dir, 'forged.ptau'), bytes);
  expect(await failure('ceremony', 'verify', join(dir, 'forged.ptau'))).toMatchObject({ exit: 1, valid: false });
  expect(await failure('ceremony', 'verify', ptau, '--ptau', ptau)).toMatchObject({ exit: 2, code: 'USAGE' });
  expect(await failure('ceremony', 'verify', build)).toMatchObject({ exit: 2, code: 'USAGE' });
});

it('says what is wrong', async () => {
  const key = join(build, 'circuit.zkey');
  expect(await failure('ceremony', 'contribute', key)).toMatchObject({ exit: 2, code: 'USAGE' });
  expect(await failure('ceremony', 'contribute', build, '-o', 'x.zkey')).toMatchObject({ exit: 2, code: 'USAGE' });
  expect(await failure('ceremony', 'verify', key, '--ptau', ptau)).toMatchObject({ exit: 2, code: 'USAGE' });
  expect(await failure('ceremony', 'beacon', build, 'no hex')).toMatchObject({ exit: 2, code: 'USAGE' });
  expect(await failure('ceremony', 'dev-ptau', '--power', '30', '-o', join(dir, 'x'))).toMatchObject({ exit: 2 });
  expect(await failure('ceremony')).toMatchObject({ exit: 2, code: 'USAGE', message: 'name a command of ceremony' });
  expect(await failure('ceremony', 'contribut', build)).toMatchObject({ exit: 2, code: 'USAGE' });
  expect(await failure('ceremony', 'info', join(build, 'circuit.r1cs'))).toMatchObject({ exit: 4 });
  const bare = join(dir, 'bare');
  await json('compile', join(IRIS, 'model.qdq-u8u8.onnx'), '-o', bare);
  expect(await failure('ceremony', 'contribute', bare)).toMatchObject({ exit: 4, code: 'ARTIFACT_MISSING' });
  await json('setup', bare, '--dev');
  expect(await failure('ceremony', 'contribute', bare)).toMatchObject({ exit: 4, code: 'KEY_UNSAFE' });
  const verdict = await failure('ceremony', 'verify', bare, '--ptau', ptau);
  expect(verdict).toMatchObject({ exit: 1, valid: false, reason: expect.stringContaining('development') as string });
});

it('shows names of strangers without what could deceive', async () => {
  const [key, next] = [join(build, 'circuit.zkey'), join(dir, 'bad.zkey')];
  const { stdout } = await runCli(['ceremony', 'contribute', key, '-o', next, '--name', 'a\u001b[2Jb', '--quiet']);
  expect(stdout).toContain('written to');
  const info = await runCli(['ceremony', 'info', next, '--quiet']);
  expect(info.stdout).toContain('a?[2Jb');
  expect(info.stdout).not.toContain('\u001b');
});

it('a contract for keys from development powers of tau is made only when it is asked for', async () => {
  expect(await failure('export-verifier', build, '-o', dir)).toMatchObject({ code: 'KEY_UNSAFE' });
  await json('export-verifier', build, '-o', dir, '--allow-development-key');
});

it('takes another verification key for a fault', async () => {
  const path = join(build, 'verification_key.json');
  const whole = await readFile(path, 'utf8');
  const manifestText = await readFile(join(build, 'manifest.json'), 'utf8');
  await writeFile(path, whole.replace('"nPublic": 3', '"nPublic": 2'));
  expect(await failure('ceremony', 'verify', build, '--ptau', ptau)).toMatchObject({ code: 'ARTIFACT_MISMATCH' });
  await writeFile(path, whole);
  await writeFile(join(build, 'manifest.json'), manifestText);
});
