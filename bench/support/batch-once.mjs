/**
 * One batch in a process of its own: DIR INPUTS OUT OPTIONS, the last as JSON for proveBatch. Prints its report, with CPU time in milliseconds and
 * the largest resident size since half of the proofs were made: by then nothing more is compiled.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fromDist } from './dist.mjs';

const [dir, inputs, out, options] = process.argv.slice(2);
const { proveBatch, terminateCurves } = await fromDist('index.js');
let isReset = false;

/** See clear_refs in proc(5). */
function resetPeak() {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
    isReset = true;
  } catch {
    // Not on this system.
  }
}

function readPeak() {
  return isReset ? 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) : undefined;
}

const { state, failed, run } = await proveBatch(dir, inputs, out, {
  ...JSON.parse(options),
  onProgress: ({ stage, done, total }) => {
    if (stage === 'proving' && !isReset && 2 * done >= total) resetPeak();
  },
});
if (state !== 'finished' || failed > 0) throw new Error(`${failed} inputs failed`);
const { userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(JSON.stringify({ ...run, cpu: (userCPUTime + systemCPUTime) / 1000, steady: readPeak() }));
await terminateCurves();
