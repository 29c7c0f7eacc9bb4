/**
 * Compares provers on the same key and witness, in alternation: whole processes, proofs with the key kept, and several workers at once.
 *
 *     node bench/prover.mjs [--powers 14,16,18] [--dir DIR [--wtns FILE]] [--provers native,rapidsnark,snarkjs]
 *                           [--rounds 5] [--cold-rounds 3] [--workers 1,2] [--proofs 3] [--budget 120]
 *                           [--work FOLDER] [--seed 1] [--json FILE]
 *
 * See README.md here for what each figure is. rapidsnark takes part where RAPIDSNARK names its program, and with a kept key where
 * RAPIDSNARK_WARM names what bench/rapidsnark-warm.cpp is compiled to.
 */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { artifactCircuit, integers, runSetup, sizeOf, syntheticCircuit } from './support/circuit-files.mjs';
import { chooseContenders, NAMES } from './support/contenders.mjs';
import { CORES, describeMachine } from './support/machine.mjs';
import { measureCold, measureThroughput, measureWarm } from './support/measure.mjs';
import { latencyTable, throughputTable } from './support/prover-tables.mjs';

const { values } = parseArgs({
  options: {
    powers: { type: 'string' },
    dir: { type: 'string' },
    wtns: { type: 'string' },
    provers: { type: 'string', default: NAMES.join(',') },
    rounds: { type: 'string', default: '5' },
    'cold-rounds': { type: 'string', default: '3' },
    workers: { type: 'string', default: CORES === 1 ? '1' : `1,${CORES}` },
    proofs: { type: 'string', default: '3' },
    budget: { type: 'string', default: '120' },
    work: { type: 'string', default: join(tmpdir(), 'zkinfer-bench') },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const report = (what) => process.stderr.write(`${what}\n`);
const numberOf = (name) => Number(values[name]);
const { contenders, skipped } = await chooseContenders(values.provers.split(','));

async function prepare(circuit) {
  if (existsSync(circuit.zkey)) return circuit;
  report(`${circuit.name}: setup`);
  await runSetup(circuit);
  return circuit;
}

async function compare(circuit) {
  const folder = mkdtempSync(join(tmpdir(), 'zkinfer-bench-proofs-'));
  const options = { budget: 1000 * numberOf('budget'), report: (what) => report(`${circuit.name}: ${what}`) };
  try {
    const cold = await measureCold(contenders, circuit, { ...options, rounds: numberOf('cold-rounds'), folder });
    const warm = await measureWarm(contenders, circuit, { ...options, rounds: numberOf('rounds') });
    const throughput = [];
    for (const workers of !hasWarm || numberOf('proofs') === 0 ? [] : integers(values.workers)) {
      const more = { ...options, workers, proofs: numberOf('proofs'), rounds: 2 };
      throughput.push({ workers, provers: await measureThroughput(contenders, circuit, more) });
    }
    return { name: circuit.name, ...(await sizeOf(circuit)), cold, warm, throughput };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const machine = describeMachine();
console.log(`${machine}\n`);
for (const { name, reason } of skipped) console.log(`Without ${name}: ${reason}.\n`);
if (contenders.length === 0) throw new Error('no prover can run');
const hasWarm = contenders.some(({ warm }) => warm !== undefined);
const circuits = [
  ...(values.dir === undefined
    ? []
    : [() => artifactCircuit(values.dir, ['zkey', 'verificationKey', 'wtns'], values.wtns)]),
  ...(values.powers === undefined && values.dir !== undefined
    ? []
    : integers(values.powers ?? '14,16,18').map(
        (power) => () => syntheticCircuit(values.work, power, { seed: numberOf('seed') }),
      )),
];
const results = [];
for (const open of circuits) {
  const result = await compare(await prepare(open()));
  results.push(result);
  console.log(`### ${result.name}: 2^${result.power}, ${result.wires.toLocaleString('en')} wires\n`);
  console.log(`${latencyTable(result)}\n`);
  if (result.throughput.length > 0) console.log(`${throughputTable(result)}\n`);
  const document = { date: new Date().toISOString(), machine, cores: CORES, skipped, circuits: results };
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(document, null, 1)}\n`);
}
