import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt, runBuiltCli } from '../support/built-cli.js';

it('the demo goes the whole way and cleans up behind it', async () => {
  ensureBuilt();
  const dir = await mkdtemp(join(tmpdir(), 'zkinfer-demo-test-'));
  try {
    const { code, stdout, stderr } = await runBuiltCli(['demo', '--json'], { env: { TMPDIR: dir } });
    expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
    const report = JSON.parse(stdout) as { digit: number; steps: { name: string }[]; gas: Record<string, string> };
    expect(report.digit).toBe(2);
    expect(report.steps.map(({ name }) => name)).toEqual([
      'compile',
      'setup --dev',
      'prove',
      'verify',
      'export, solc',
      'deploy',
      'accept',
      'refuse',
    ]);
    expect(Number(report.gas.verification)).toBeLessThan(300_000);
    expect(await readdir(dir)).toEqual([]);
  } finally {
    await rm(dir, { recursive: true });
  }
});
