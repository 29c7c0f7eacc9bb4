/** Where the files of benchmark circuits are. */
import { join } from 'node:path';

/** Files of the synthetic circuit for 2^power in a folder of such circuits. */
export function circuitPaths(root, power) {
  const dir = join(root, `2^${power}`);
  return {
    dir,
    r1cs: join(dir, 'circuit.r1cs'),
    wtns: join(dir, 'witness.wtns'),
    zkey: join(dir, 'circuit.zkey'),
    verificationKey: join(dir, 'verification_key.json'),
  };
}

/** `14,16` to [14, 16]. */
export function integers(text) {
  return text.split(',').map((part) => {
    const value = Number(part);
    if (!Number.isInteger(value) || value < 1) throw new Error(`${part} is no positive integer`);
    return value;
  });
}
