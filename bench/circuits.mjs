/**
 * Writes synthetic circuits with witnesses into folders of DIR, one each.
 *
 *     node bench/circuits.mjs DIR [--powers 14,16,18,20,21] [--seed 1] [--check]
 *
 * What they are like is told in support/synthetic.mjs. --check evaluates every constraint on the witness, by the library's own reader.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { integers, syntheticCircuit } from './support/circuit-files.mjs';
import { fromDist } from './support/dist.mjs';
import { milliseconds } from './support/statistics.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    powers: { type: 'string', default: '14,16,18,20,21' },
    seed: { type: 'string', default: '1' },
    check: { type: 'boolean', default: false },
  },
});
const [dir] = positionals;
if (dir === undefined) throw new Error('usage: node bench/circuits.mjs DIR [--powers 14,16] [--seed 1] [--check]');

for (const power of integers(values.powers)) {
  const started = performance.now();
  const circuit = syntheticCircuit(dir, power, { seed: Number(values.seed), isFresh: true });
  console.log(`${circuit.name}: written to ${circuit.dir} in ${milliseconds(performance.now() - started)}`);
  if (!values.check) continue;
  const { checkWitness, readR1cs } = await fromDist('circom/r1cs.js');
  const { readWtns } = await fromDist('prover/wtns.js');
  const r1cs = await readR1cs(circuit.r1cs);
  const violated = checkWitness(r1cs, readWtns(readFileSync(circuit.wtns)));
  if (violated !== undefined) throw new Error(`constraint ${violated.constraint} does not hold`);
  console.log(`${r1cs.nConstraints} constraints on ${r1cs.nWires} wires hold`);
}
