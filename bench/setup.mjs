/**
 * Times key generation, each as a process of its own: wall time, CPU time and peak memory.
 *
 *     node bench/setup.mjs [--powers 14,16,18] [--dir DIR] [--ptau FILE,FILE ...] [--rounds 2] [--work FOLDER] [--seed 1] [--json FILE]
 *
 * Development keys for every circuit; with --ptau also keys from a powers-of-tau file, the smallest of those given that is large enough.
 * The keys go to FOLDER; those of DIR are left as they are.
 */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { artifactCircuit, integers, runSetup, sizeOf, syntheticCircuit } from './support/circuit-files.mjs';
import { describeMachine } from './support/machine.mjs';
import { ptauPower } from './support/ptau-file.mjs';
import { markdownTable, megabytes, milliseconds, statistics } from './support/statistics.mjs';

const { values } = parseArgs({
  options: {
    powers: { type: 'string' },
    dir: { type: 'string' },
    ptau: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '2' },
    work: { type: 'string', default: join(tmpdir(), 'zkinfer-bench') },
    seed: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});
const ptaus = values.ptau
  .flatMap((list) => list.split(','))
  .map((path) => ({ path, power: ptauPower(path) }))
  .sort((a, b) => a.power - b.power);

/** One way to make keys, several times; the last keys are left. */
async function measure(circuit, ptau) {
  const rounds = [];
  for (let round = 0; round < Number(values.rounds); round++) {
    process.stderr.write(`${circuit.name}: ${ptau === undefined ? 'dev' : basename(ptau.path)}, round ${round + 1}\n`);
    rounds.push(await runSetup(circuit, ptau?.path));
  }
  const kind = ptau === undefined ? '--dev' : `--ptau (2^${ptau.power})`;
  return {
    circuit: circuit.name,
    ...(await sizeOf(circuit)),
    kind,
    times: rounds.map(({ time }) => time),
    cpu: rounds.map(({ usage }) => usage?.cpu),
    peak: rounds.map(({ usage }) => usage?.peak),
    keyBytes: statSync(circuit.zkey).size,
  };
}

function cells({ circuit, power, wires, kind, times, cpu, peak, keyBytes }) {
  const { min, median } = statistics(times);
  const known = (list) => statistics(list.filter((value) => value !== undefined));
  return [
    circuit,
    `2^${power}`,
    wires.toLocaleString('en'),
    kind,
    `${milliseconds(min)} / ${milliseconds(median)}`,
    known(cpu) === undefined ? '' : milliseconds(known(cpu).median),
    megabytes(known(peak)?.median),
    megabytes(keyBytes),
  ];
}

/** The circuit of an artifact directory, with keys that go elsewhere. */
function withOtherKeys(circuit) {
  const folder = join(values.work, `${circuit.name}-keys`);
  mkdirSync(folder, { recursive: true });
  return { ...circuit, zkey: join(folder, 'circuit.zkey'), verificationKey: join(folder, 'verification_key.json') };
}

const circuits = [
  ...(values.dir === undefined ? [] : [() => withOtherKeys(artifactCircuit(values.dir, ['r1cs']))]),
  ...(values.powers === undefined && values.dir !== undefined
    ? []
    : integers(values.powers ?? '14,16,18').map(
        (power) => () => syntheticCircuit(values.work, power, { seed: Number(values.seed) }),
      )),
];
const machine = describeMachine();
console.log(`${machine}\n`);
const results = [];
for (const open of circuits) {
  const circuit = open();
  const dev = await measure(circuit);
  results.push(dev);
  const ptau = ptaus.find(({ power }) => power >= dev.power);
  if (ptau !== undefined) results.push(await measure(circuit, ptau));
}
const head = ['circuit', 'domain', 'wires', 'setup', 'time, min / median', 'CPU', 'memory', 'key'];
console.log(markdownTable([head, ...results.map(cells)]));
if (values.json !== undefined) {
  writeFileSync(values.json, `${JSON.stringify({ date: new Date().toISOString(), machine, results }, null, 1)}\n`);
}
