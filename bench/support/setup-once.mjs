/** One setup by one process: dev R1CS ZKEY VERIFICATION_KEY, or ptau R1CS ZKEY VERIFICATION_KEY PTAU. */
import { fromDist } from './dist.mjs';

const [kind, r1cs, zkey, verificationKey, ptau] = process.argv.slice(2);
const paths = { r1cs, zkey, verificationKey };
if (kind === 'ptau') await (await fromDist('setup/ptau.js')).setupFromPtau({ ...paths, ptau });
else await (await fromDist('setup/development.js')).setupDevelopment(paths);
await (await fromDist('setup/curve.js')).terminateCurves();
