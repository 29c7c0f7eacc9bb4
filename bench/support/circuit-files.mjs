/** Circuits to measure on: synthetic ones, made where they are missing, and those of artifact directories. */
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fromDist } from './dist.mjs';
import { runToEnd } from './processes.mjs';
import { writeSynthetic } from './synthetic.mjs';

const SETUP = fileURLToPath(new URL('setup-once.mjs', import.meta.url));

/** The files of a circuit's folder, named as the library names them. */
function filesIn(dir) {
  return {
    dir,
    r1cs: join(dir, 'circuit.r1cs'),
    wtns: join(dir, 'witness.wtns'),
    zkey: join(dir, 'circuit.zkey'),
    verificationKey: join(dir, 'verification_key.json'),
  };
}

/** The synthetic circuit for 2^power in a folder of such circuits; written where it is not there yet. */
export function syntheticCircuit(root, power, { seed = 1, isFresh = false } = {}) {
  const files = filesIn(join(root, `2^${power}-seed${seed}`));
  if (isFresh || !existsSync(files.wtns)) {
    mkdirSync(files.dir, { recursive: true });
    writeSynthetic(files, { power, seed });
  }
  return { name: `synthetic 2^${power}`, ...files };
}

/**
 * The circuit of an artifact directory.
 * @param needs names of the files that have to be there.
 * @param wtns the witness, where it is not in the directory.
 */
export function artifactCircuit(dir, needs, wtns) {
  const files = { ...filesIn(dir), ...(wtns !== undefined && { wtns }) };
  for (const name of needs) if (!existsSync(files[name])) throw new Error(`${files[name]} does not exist`);
  return { name: basename(resolve(dir)), ...files };
}

/** Makes keys by one process. @returns time in milliseconds, and usage. */
export function runSetup({ r1cs, zkey, verificationKey }, ptau) {
  const kind = ptau === undefined ? ['dev'] : ['ptau'];
  return runToEnd(process.execPath, [
    SETUP,
    ...kind,
    r1cs,
    zkey,
    verificationKey,
    ...(ptau === undefined ? [] : [ptau]),
  ]);
}

/** Wires and domain of a key. */
export async function sizeOf({ zkey }) {
  const { readZkeyHeader } = await fromDist('setup/zkey-header.js');
  const { nWires, domainSize } = await readZkeyHeader(zkey);
  return { wires: nWires, power: Math.log2(domainSize) };
}

/** `14,16` to [14, 16]. */
export function integers(text) {
  return text.split(',').map((part) => {
    const value = Number(part);
    if (!Number.isInteger(value) || value < 1) throw new Error(`${part} is no positive integer`);
    return value;
  });
}
