/** The provers that are compared. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { availabilityOf } from './backends.mjs';
import { BackendRunner, RapidsnarkRunner } from './runners.mjs';

const ONCE = fileURLToPath(new URL('prove-once.mjs', import.meta.url));

/**
 * Each has a name; `availability`, as of a backend; `cold`, the command line of one proof; `warm`, which starts a process that keeps the key,
 * where there is one; `isShared`: whether several workers are calls of one process rather than processes of their own.
 */
const CONTENDERS = [backend('native', true), backend('snarkjs', false), rapidsnark()];

export const NAMES = CONTENDERS.map(({ name }) => name);

/** Those of the given names that can run here, and why the others cannot. */
export async function chooseContenders(names) {
  const [contenders, skipped] = [[], []];
  for (const name of names) {
    const contender = CONTENDERS.find((one) => one.name === name);
    if (contender === undefined) throw new Error(`${name} is none of ${NAMES.join(', ')}`);
    const { available, reason } = await contender.availability();
    if (available) contenders.push(contender);
    else skipped.push({ name, reason });
  }
  return { contenders, skipped };
}

function backend(name, isShared) {
  return {
    name,
    isShared,
    availability: () => availabilityOf(name),
    cold: ({ zkey, wtns }, { proof, publicSignals }) => [
      process.execPath,
      [ONCE, name, zkey, wtns, proof, publicSignals],
    ],
    warm: (circuit, cores) => BackendRunner.start(name, circuit, cores),
  };
}

function rapidsnark() {
  const { RAPIDSNARK: program, RAPIDSNARK_WARM: warmProgram } = process.env;
  return {
    name: 'rapidsnark',
    isShared: false,
    availability: async () => {
      if (program === undefined) return { available: false, reason: 'RAPIDSNARK does not name its program' };
      const missing = [program, warmProgram].find((path) => path !== undefined && !existsSync(path));
      return missing === undefined ? { available: true } : { available: false, reason: `${missing} does not exist` };
    },
    cold: ({ zkey, wtns }, { proof, publicSignals }) => [program, [zkey, wtns, proof, publicSignals]],
    ...(warmProgram !== undefined && { warm: (circuit, cores) => RapidsnarkRunner.start(warmProgram, circuit, cores) }),
  };
}
