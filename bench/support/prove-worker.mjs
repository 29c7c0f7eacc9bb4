/** Makes proofs when told to: BACKEND ZKEY WTNS. Each message {id, threads} is answered by {id, time, proof, publicSignals} or {id, error}. */
import { readFileSync } from 'node:fs';
import { loadBackend, loadKey } from './backends.mjs';

const [name, zkey, wtns] = process.argv.slice(2);
const backend = await loadBackend(name);
const witness = readFileSync(wtns);
const key = loadKey(name, zkey);

process.on('message', async ({ id, threads }) => {
  try {
    const started = performance.now();
    const { proof, publicSignals } = await backend.prove(key, witness, threads === undefined ? {} : { threads });
    process.send({ id, time: performance.now() - started, proof, publicSignals });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
