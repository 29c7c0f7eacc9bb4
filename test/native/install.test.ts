/** The package's install step, where it cannot build. (Where it can, it has built what the other tests load.) */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zkinfer-install-'));
  mkdirSync(join(folder, 'bin'));
  cpSync(join(ROOT, 'scripts/install-native.mjs'), join(folder, 'scripts/install-native.mjs'));
  cpSync(join(ROOT, 'native/binding.gyp'), join(folder, 'native/binding.gyp'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function install(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): { status: number | null; output: string } {
  const { npm_config_node_gyp: nodeGyp } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/install-native.mjs', ...args], {
    cwd: folder,
    // Neither compiler nor make nor Python.
    env: {
      PATH: join(folder, 'bin'),
      HOME: folder,
      ...(nodeGyp === undefined ? {} : { npm_config_node_gyp: nodeGyp }),
      ...env,
    },
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

it('succeeds without a compiler, and says in two lines what that means', () => {
  const { status, output } = install([], {});
  expect(status).toBe(0);
  const [first, second, ...more] = output.trimEnd().split('\n');
  expect(first).toMatch(/^zkinfer: the native prover was not built \(there is no .+\); proofs are made by snarkjs/);
  expect(second).toContain('`npm run build:native`');
  expect(more).toEqual([]);
});

it('fails where it is asked to build', () => {
  expect(install(['--require'], {}).status).toBe(1);
});

it('builds nothing where native code is switched off', () => {
  const { status, output } = install([], { ZKINFER_NATIVE: 'off' });
  expect(status).toBe(0);
  expect(output).toBe('zkinfer: ZKINFER_NATIVE=off, the native prover is not built; proofs are made by snarkjs.\n');
});
