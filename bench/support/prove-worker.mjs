/** Makes proofs when told to: BACKEND ZKEY WTNS. Each message {id, threads} is answered by {id, time, proof, publicSignals} or {id, error}. */
import { readFileSync } from 'node:fs';
import { loadBackend } from './backends.mjs';

const [name, zkey, wtns] = process.argv.slice(2);
const backend = await loadBackend(name);
const witness = readFileSync(wtns);
/** Prepared by the first proof. */
let key;

process.on('message', async ({ id, threads }) => {
  try {
    const started = performance.now();
    const options = threads === undefined ? {} : { threads };
    key ??= await backend.loadKey(zkey, options);
    const { proof, publicSignals } = await key.prove(witness, options);
    process.send({ id, time: performance.now() - started, proof, publicSignals });
  } catch (error) {
    process.send({ id, error: String(error) });
  }
});
process.on('disconnect', () => process.exit());
process.send({ ready: true });
