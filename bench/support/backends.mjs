/** The library's prover backends by name. */
import { fromDist, isBuilt } from './dist.mjs';

const BACKENDS = {
  native: { module: 'prover/native-backend.js', name: 'nativeBackend' },
  snarkjs: { module: 'prover/snarkjs-backend.js', name: 'snarkjsBackend' },
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
