import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../scripts/test-native.mjs', import.meta.url));
const canCompile = spawnSync(process.env.CXX ?? 'c++', ['--version']).status === 0;

(canCompile ? describe : describe.skip)('native test program', () => {
  it('passes in the generic variant and in the fastest one, which together have all code', () => {
    const variants = ['generic', 'fastest'].flatMap((name) => ['--variant', name]);
    const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...variants], { encoding: 'utf8' });
    expect(status === 0 ? '' : `${stdout}${stderr}`.slice(-4000)).toBe('');
    expect(stdout).toMatch(/^generic\n/);
    expect(stdout).toMatch(/ tests, 0 failed\n$/);
  });
});
