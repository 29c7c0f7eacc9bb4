import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { ensureBuilt } from '../support/built-cli.js';

it('is that of the process, not that of the one that started it', () => {
  ensureBuilt();
  const module = pathToFileURL(join(import.meta.dirname, '../../dist/batch/memory.js')).href;
  const program = `import { peakMemory } from ${JSON.stringify(module)}; console.log(peakMemory());`;
  const ballast = Buffer.alloc(400e6, 1);
  const peak = Number(execFileSync(process.execPath, ['--input-type=module', '-e', program]).toString());
  expect(ballast.length).toBe(400e6);
  expect(peak).toBeGreaterThan(20e6);
  expect(peak).toBeLessThan(200e6);
});
