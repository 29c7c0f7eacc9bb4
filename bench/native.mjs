/**
 * Micro-benchmarks of the native addon: nanoseconds of an operation.
 *
 *     node bench/native.mjs [--sizes 14,16,18] [--threads 1,2] [--rounds 5] [--only fq,msm] [--addon FILE] [--json FILE]
 *
 * Arithmetic is measured on one thread; sums (MSM) and transforms (NTT) at each size 2^N and number of threads, per element. The least of
 * all rounds is given, and the median.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { loadAddon, runBenchmark } from './support/addon.mjs';
import { integers } from './support/circuit-files.mjs';
import { CORES, describeMachine } from './support/machine.mjs';
import { markdownTable, statistics } from './support/statistics.mjs';

/** Operations of one round, by the end of the name. */
const COUNTS = {
  add: 5_000_000,
  mul: 2_000_000,
  mul8: 10_000_000,
  square: 2_000_000,
  inverse: 20_000,
  mixed: 200_000,
  double: 200_000,
};
const SLOW = { g1: 20, g2: 50, fq2: 4, fr: 1, fq: 1 };
/** Take a size, and threads; the time is per point or coefficient. */
const isSized = (name) => name === 'ntt' || name.startsWith('msm.');

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '14,16,18' },
    threads: { type: 'string', default: CORES === 1 ? '1' : `1,${CORES}` },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    addon: { type: 'string' },
    json: { type: 'string' },
  },
});
const prefixes = values.only?.split(',');
const isWanted = (name) => prefixes === undefined || prefixes.some((prefix) => name.startsWith(prefix));
const addon = await loadAddon(values.addon);
const results = [];

/** Figures of one operation. */
async function measure(name, n, threads) {
  const times = [];
  for (let round = 0; round < Number(values.rounds); round++) times.push(await runBenchmark(addon, name, n, threads));
  results.push({ name, n, threads, times });
  return statistics(times);
}

/** How many operations of arithmetic take about as long as those of others. */
function countOf(name) {
  const [kind, operation] = name.split('.');
  return Math.ceil(COUNTS[operation] / SLOW[kind]);
}

function nanoseconds(value) {
  return value < 1000 ? `${value.toPrecision(3)} ns` : `${(value / 1000).toPrecision(3)} us`;
}

const machine = describeMachine();
console.log(`${machine}, variant ${addon.variant}\n`);
const names = addon.benchNames().filter(isWanted);
const arithmetic = [];
for (const name of names.filter((each) => !isSized(each))) {
  const figures = await measure(name, countOf(name), 1);
  arithmetic.push([name, nanoseconds(figures.min), nanoseconds(figures.median)]);
}
if (arithmetic.length > 0) console.log(`${markdownTable([['operation', 'min', 'median'], ...arithmetic])}\n`);

const sized = [];
for (const name of names.filter(isSized)) {
  for (const power of integers(values.sizes)) {
    const n = 2 ** power;
    for (const threads of integers(values.threads)) {
      const figures = await measure(name, n, threads);
      const all = ((figures.min * n) / 1e6).toPrecision(3);
      sized.push([
        name,
        `2^${power}`,
        String(threads),
        nanoseconds(figures.min),
        nanoseconds(figures.median),
        `${all} ms`,
      ]);
    }
  }
}
if (sized.length > 0) {
  console.log(markdownTable([['operation', 'size', 'threads', 'min an element', 'median', 'min in all'], ...sized]));
}
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, results }, null, 1)}\n`);
}
