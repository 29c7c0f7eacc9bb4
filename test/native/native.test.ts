import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/test-native.mjs', import.meta.url));
const compiler = process.env.CXX ?? 'c++';
const canCompile = spawnSync(compiler, ['--version']).status === 0;

(canCompile ? describe : describe.skip)('native test program', () => {
  it('passes in every variant that this processor runs', () => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT], { encoding: 'utf8' });
    const failed = stdout.split('\n').filter((line) => line.startsWith('FAIL'));
    expect({ status, failed, stderr }).toMatchObject({ status: 0, failed: [] });
    expect(stdout).toMatch(/^portable\n/);
    expect(stdout).toMatch(/, 0 failed\n$/);
  });
});
