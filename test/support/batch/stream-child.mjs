/**
 * A batch of many inputs whose proofs are made of nothing and written to nowhere: DIR INPUTS OUT. Prints the largest resident size, in bytes.
 */
import { proveBatch } from '../../../dist/index.js';

const [dir, inputs, out] = process.argv.slice(2);
const report = await proveBatch(dir, inputs, out, {
  integers: true,
  workers: 2,
  module: new URL('./nothing-worker.mjs', import.meta.url),
  write: () => Promise.resolve(),
});
console.log(JSON.stringify({ proved: report.proved, peak: report.run.peakMemoryBytes }));
