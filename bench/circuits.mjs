/**
 * Writes synthetic circuits with witnesses: DIR/2^N/circuit.r1cs and witness.wtns.
 *
 *     node bench/circuits.mjs DIR [--powers 14,16,18,20,21] [--seed 1] [--check]
 *
 * What they are like is told in support/synthetic.mjs. --check evaluates every constraint on the witness, by the library's own reader.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { circuitPaths, integers } from './support/circuit-paths.mjs';
import { fromDist } from './support/dist.mjs';
import { milliseconds } from './support/statistics.mjs';
import { writeSynthetic } from './support/synthetic.mjs';

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
  const paths = circuitPaths(dir, power);
  mkdirSync(paths.dir, { recursive: true });
  const started = performance.now();
  const { nConstraints, nWires } = writeSynthetic(paths, { power, seed: Number(values.seed) });
  const took = milliseconds(performance.now() - started);
  console.log(`2^${power}: ${nConstraints} constraints, ${nWires} wires, written to ${paths.dir} in ${took}`);
  if (!values.check) continue;
  const { checkWitness, readR1cs } = await fromDist('circom/r1cs.js');
  const { readWtns } = await fromDist('prover/wtns.js');
  const violated = checkWitness(await readR1cs(paths.r1cs), readWtns(readFileSync(paths.wtns)));
  if (violated !== undefined) throw new Error(`constraint ${violated.constraint} does not hold`);
  console.log('every constraint holds');
}
