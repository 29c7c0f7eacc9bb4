/** One batch in a process of its own: DIR INPUTS OUT OPTIONS, the last as JSON for proveBatch. Prints its report. */
import { fromDist } from './dist.mjs';

const [dir, inputs, out, options] = process.argv.slice(2);
const { proveBatch, terminateCurves } = await fromDist('index.js');
const { state, proved, failed, run } = await proveBatch(dir, inputs, out, JSON.parse(options));
if (state !== 'finished' || failed > 0) throw new Error(`${failed} inputs failed`);
const { userCPUTime, systemCPUTime } = process.resourceUsage();
console.log(JSON.stringify({ proved, ...run, cpu: (userCPUTime + systemCPUTime) / 1000 }));
await terminateCurves();
