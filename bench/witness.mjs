/**
 * Writes the witness of one inference, and times the witness generator: when it is loaded, and for each of several runs.
 *
 *     node bench/witness.mjs DIR INPUTS [--index 0] [--rounds 5] [-o DIR/witness.wtns]
 *
 * DIR is an artifact directory with keys and fixed weights. The file is what `snarkjs groth16 prove` and `bench/prover.mjs --wtns` take. It
 * holds the input: keep that of a private one to yourself.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fromDist } from './support/dist.mjs';
import { describeMachine } from './support/machine.mjs';
import { milliseconds, statistics } from './support/statistics.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    index: { type: 'string', default: '0' },
    rounds: { type: 'string', default: '5' },
    output: { type: 'string', short: 'o' },
  },
});
const [dir, inputs] = positionals;
if (inputs === undefined) throw new Error('usage: node bench/witness.mjs DIR INPUTS [--index N] [-o FILE]');

const { readInput, loadProver, runModel, terminateCurves } = await fromDist('index.js');
const { proveStatement } = await fromDist('prover/prove.js');
const { joinElements } = await fromDist('api/run.js');

/** Takes the witness in place of proving. */
class Taken extends Error {
  constructor(witness) {
    super('the witness was taken');
    this.witness = witness;
  }
}
const taker = {
  name: 'taker',
  available: () => Promise.resolve({ available: true }),
  prove: (zkey, witness) => Promise.reject(new Taken(witness)),
};

const prover = await loadProver(dir);
const sample = await readInput(inputs, prover.inputs, { index: Number(values.index) });
const statement = {
  ...prover,
  input: joinElements(prover.inputs.map(({ name }) => sample.tensors.find((tensor) => tensor.name === name))),
  output: joinElements(runModel(prover.model, sample.tensors)),
  backend: taker,
};

async function takeWitness() {
  try {
    await proveStatement(statement);
  } catch (error) {
    if (error instanceof Taken) return error.witness;
    throw error;
  }
}

const times = [];
let witness;
for (let round = 0; round < Number(values.rounds); round++) {
  const started = performance.now();
  witness = await takeWitness();
  times.push(performance.now() - started);
}
const file = values.output ?? join(dir, 'witness.wtns');
writeFileSync(file, witness, { mode: 0o600 });
const { min, median } = statistics(times.slice(1).length > 0 ? times.slice(1) : times);
console.log(`${describeMachine()}\n`);
console.log(`first ${milliseconds(times[0])}; then median ${milliseconds(median)}, minimum ${milliseconds(min)}`);
console.log(`written to ${file}`);
await terminateCurves();
