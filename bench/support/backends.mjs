/** The library's prover backends by name, and how each takes a key for many proofs. */
import { readFileSync, statSync } from 'node:fs';
import { fromDist, isBuilt } from './dist.mjs';

/** Node reads no file of 2 GiB or more into one buffer. */
const LARGEST_BUFFER = 2 ** 31 - 1;

const BACKENDS = {
  native: { module: 'prover/native-backend.js', name: 'nativeBackend', maps: true },
  snarkjs: { module: 'prover/snarkjs-backend.js', name: 'snarkjsBackend', maps: false },
};

/** Whether a backend can run here, and if not, why. */
export async function availabilityOf(name) {
  const { module } = BACKENDS[name];
  if (!isBuilt(module)) return { available: false, reason: `dist/${module} does not exist` };
  return (await loadBackend(name)).available();
}

export async function loadBackend(name) {
  const { module, name: exported } = BACKENDS[name];
  return (await fromDist(module))[exported];
}

/** A key as the backend wants it: the path of one that it maps itself, otherwise the bytes. */
export function loadKey(name, path) {
  return BACKENDS[name].maps || statSync(path).size >= LARGEST_BUFFER ? path : readFileSync(path);
}
