/**
 * Batches with one worker and more, and snarkjs proving one input after the other, on the same artifacts and inputs.
 *
 *     node bench/batch.mjs DIR INPUTS [--workers 1,2] [--proofs 20] [--rounds 3] [--snarkjs-proofs 2] [--json FILE]
 *
 * Every worker has one thread. The later peak is that of the second half, when nothing is compiled any more. A round is a process of its own, whose key is prepared before time is taken; contenders alternate.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fromDist } from './support/dist.mjs';
import { describeMachine } from './support/machine.mjs';
import { runToEnd } from './support/processes.mjs';
import { markdownTable, megabytes, milliseconds, statistics } from './support/statistics.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    workers: { type: 'string', default: '1,2' },
    proofs: { type: 'string', default: '20' },
    rounds: { type: 'string', default: '3' },
    'snarkjs-proofs': { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});
const [dir, inputs] = positionals;
if (inputs === undefined) throw new Error('usage: node bench/batch.mjs DIR INPUTS');
const ONCE = fileURLToPath(new URL('support/batch-once.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'zkinfer-bench-'));

/** The first samples of the inputs, again and again, as the model's integers. */
async function writeSamples(count) {
  const { readInputs, readManifest } = await fromDist('index.js');
  const lines = [];
  for await (const { tensors } of readInputs(inputs, (await readManifest(dir)).statement.inputs)) {
    lines.push(JSON.stringify(Object.fromEntries(tensors.map(({ name, integers }) => [name, [...integers]]))));
  }
  const path = join(folder, `${count}.jsonl`);
  writeFileSync(path, Array.from({ length: count }, (_, i) => `${lines[i % lines.length]}\n`).join(''));
  return path;
}

let runs = 0;
async function batch(path, options) {
  const out = join(folder, `out-${runs++}`);
  const { output } = await runToEnd(process.execPath, [
    ONCE,
    dir,
    path,
    out,
    JSON.stringify({ integers: true, ...options }),
  ]);
  const report = JSON.parse(output);
  const { proofsPerMinute, cpu, proved, peakMemoryBytes } = report;
  return { ...report, each: 60_000 / proofsPerMinute, cpu: cpu / proved, peak: peakMemoryBytes };
}

const counts = values.workers.split(',').map(Number);
const many = await writeSamples(Number(values.proofs));
const few = await writeSamples(Number(values['snarkjs-proofs']));
const contenders = [
  ...counts.map((workers) => ({
    name: `${workers} of 1 thread`,
    run: () => batch(many, { workers, threads: 1, backend: 'native' }),
  })),
  ...(few === many || Number(values['snarkjs-proofs']) === 0
    ? []
    : [{ name: 'snarkjs, all cores', run: () => batch(few, { workers: 1, backend: 'snarkjs' }) }]),
];

console.log(describeMachine());
const results = new Map(contenders.map(({ name }) => [name, []]));
try {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const { name, run } of contenders) {
      console.error(`${name}, round ${round + 1}`);
      results.get(name).push(await run());
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}

const base = results.get(contenders[0].name);
const best = (measured, figure) => statistics(measured.map((one) => one[figure])).min;
const median = (measured, figure) => statistics(measured.map((one) => one[figure])).median;
console.log(`\nkey: ${megabytes(statSync(join(dir, 'circuit.zkey')).size)}\n`);
console.log(
  markdownTable([
    [
      'workers',
      'time for each proof, min / median',
      'throughput, ratio',
      'CPU a proof',
      'peak memory',
      'above the first',
    ],
    ...[...results].map(([name, measured]) => [
      name,
      `${milliseconds(best(measured, 'each'))} / ${milliseconds(median(measured, 'each'))}`,
      `${(best(base, 'each') / best(measured, 'each')).toFixed(2)} / ${(median(base, 'each') / median(measured, 'each')).toFixed(2)}`,
      milliseconds(best(measured, 'cpu')),
      megabytes(median(measured, 'peak')),
      megabytes(median(measured, 'steady')),
      megabytes(median(measured, 'steady') - median(base, 'steady')),
    ]),
  ]),
);
if (values.json !== undefined) writeFileSync(values.json, JSON.stringify(Object.fromEntries(results), null, 1));
