import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ensureBuilt, runBuiltCli } from '../support/built-cli.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CNN = join(ROOT, 'fixtures/digits-cnn/model.qdq-u8u8.onnx');

let dir: string;
beforeAll(async () => {
  ensureBuilt();
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-process-'));
});
afterAll(() => rm(dir, { recursive: true }));

it('sets the exit code of the process', async () => {
  expect(await runBuiltCli(['inspect', join(dir, 'none.onnx')])).toMatchObject({ code: 4, stdout: '' });
  expect(await runBuiltCli(['frobnicate'])).toMatchObject({ code: 2, stdout: '' });
  const { code, stdout } = await runBuiltCli(['doctor', '--json']);
  expect(JSON.parse(stdout)).toMatchObject({ format: 'zkinfer-doctor', version: 1, ok: true });
  expect(code).toBe(0);
});

it('shows stacks only when asked to', async () => {
  const args = ['inspect', join(dir, 'none.onnx')];
  expect((await runBuiltCli(args)).stderr).not.toMatch(/\n\s+at .*\.js:\d+/);
  expect((await runBuiltCli(args, { env: { ZKINFER_DEBUG: '1' } })).stderr).toMatch(/\n\s+at .*\.js:\d+/);
});

it.each(['SIGINT', 'SIGTERM'] as const)('%s ends a compilation with 130 and leaves nothing behind', async (signal) => {
  let isSent = false;
  const { code, stdout, stderr } = await runBuiltCli(['compile', CNN, '-o', join(dir, signal)], {
    onStderr: (text, child) => {
      if (isSent || !text.includes('compiling circuit')) return;
      isSent = true;
      setTimeout(() => child.kill(signal), 300);
    },
  });
  expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
  expect(stderr).toContain('error ABORTED: cancelled');
  expect(await readdir(dir)).toEqual([]);
});

it('is content with a reader that closes the pipe', async () => {
  const command = `node bin/zkinfer.js compile ${CNN} --stop-after emit | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = await promisify(execFile)('bash', ['-c', command], { cwd: ROOT });
  expect(stderr).toBe('');
  expect(stdout.trim().split('\n').at(-1)).toBe('0');
});

it('compares with ONNX Runtime, which agrees in exact mode', async () => {
  const data = join(ROOT, 'fixtures/digits-cnn/inputs.npz');
  const { code, stdout } = await runBuiltCli(['run', CNN, '--input', data, '--index', '0', '--compare-ort', '--json']);
  expect(code).toBe(0);
  const { samples } = JSON.parse(stdout) as { samples: { comparison: { exact: unknown } }[] };
  expect(samples[0]!.comparison.exact).toEqual([{ name: 'output', elements: 10, different: 0, largest: 0 }]);
});

it('completes command names in a shell', async () => {
  const { stdout } = await runBuiltCli(['--get-yargs-completions', 'zkinfer', 'ex']);
  expect(stdout).toContain('export-verifier');
  expect((await runBuiltCli(['completion'])).stdout).toContain('--get-yargs-completions');
});
