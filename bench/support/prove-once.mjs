/** One proof by one process, as rapidsnark's program makes it: BACKEND ZKEY WTNS PROOF PUBLIC. */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadBackend } from './backends.mjs';
import { fromDist } from './dist.mjs';

const [name, zkey, wtns, proofFile, publicFile] = process.argv.slice(2);
const backend = await loadBackend(name);
const { proof, publicSignals } = await backend.prove(zkey, readFileSync(wtns));
writeFileSync(proofFile, JSON.stringify(proof));
writeFileSync(publicFile, JSON.stringify(publicSignals));
await (await fromDist('setup/curve.js')).terminateCurves();
