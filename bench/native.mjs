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
import { loadAddon } from './support/addon.mjs';
import { integers } from './support/circuit-files.mjs';
import { CORES, describeMachine } from './support/machine.mjs';
import { markdownTable, statistics } from './support/statistics.mjs';

/** Each with the number of operations of one round. */
const ARITHMETIC = [
  ['fq.mul', 2_000_000],
  ['fq.square', 2_000_000],
  ['fq.add', 5_000_000],
  ['fq.inverse', 20_000],
  ['fr.mul', 2_000_000],
  ['fr.add', 5_000_000],
  ['fq2.mul', 1_000_000],
  ['g1.add', 200_000],
  ['g1.mixed', 200_000],
  ['g1.double', 200_000],
  ['g2.add', 100_000],
  ['g2.mixed', 100_000],
];
/** Take a size, and threads; the time is per point or coefficient. */
const SIZED = ['msm.g1', 'msm.g1.bits', 'msm.g2', 'msm.g2.bits', 'ntt'];

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

/** Figures of one operation, or undefined where this addon does not know it. */
function measure(name, n, threads) {
  const times = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    try {
      times.push(addon.bench(name, n, threads));
    } catch (error) {
      process.stderr.write(`${name}: ${error.message}\n`);
      return undefined;
    }
  }
  const figures = statistics(times);
  results.push({ name, n, threads, times });
  return figures;
}

function nanoseconds(value) {
  return value < 1000 ? `${value.toPrecision(3)} ns` : `${(value / 1000).toPrecision(3)} us`;
}

const machine = describeMachine();
console.log(`${machine}\n`);
const arithmetic = ARITHMETIC.filter(([name]) => isWanted(name)).flatMap(([name, n]) => {
  const figures = measure(name, n, 1);
  return figures === undefined ? [] : [[name, nanoseconds(figures.min), nanoseconds(figures.median)]];
});
if (arithmetic.length > 0) console.log(`${markdownTable([['operation', 'min', 'median'], ...arithmetic])}\n`);

const sized = [];
for (const name of SIZED.filter(isWanted)) {
  for (const power of integers(values.sizes)) {
    const n = 2 ** power;
    for (const threads of integers(values.threads)) {
      const figures = measure(name, n, threads);
      if (figures === undefined) continue;
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
