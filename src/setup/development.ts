/**
 * Groth16 setup by a single party, straight from the constraints (Groth 2016, https://eprint.iacr.org/2016/260, section 3.2), in the file
 * formats of snarkjs. Whoever runs it could forge proofs if they kept the secrets, so its keys are for development only; they carry a mark.
 */

import type { WasmCurve } from 'ffjavascript';
import { writeFileAtomic } from '../artifacts/files.js';
import type { VerificationKey } from '../artifacts/types.js';
import { domainPower, readR1cs, type R1cs } from '../circom/r1cs.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { SNARK_FIELD as P } from '../hash/field.js';
import type { WorkOptions } from '../progress.js';
import { randomFieldElement } from '../statement/statement.js';
import { localCurve } from './curve.js';
import { FixedBasePool } from './fixed-base.js';
import { assertKeySafe, assertPublicSignals } from './key-check.js';
import { inverseMod, lagrangeAt, powerMod } from './lagrange.js';
import { evaluateQap } from './qap.js';
import { formatKey } from './verification-key.js';
import { writeZkey, type ZkeyScalars } from './zkey-writer.js';

export interface SetupPaths {
  /** Read: the circuit. */
  readonly r1cs: string;
  /** Written: the proving key. */
  readonly zkey: string;
  /** Written: the verification key, snarkjs's JSON. */
  readonly verificationKey: string;
}

export interface DevelopmentOptions extends WorkOptions {
  /** Worker threads; default: the number of CPUs, at most 16. */
  readonly threads?: number;
}

/**
 * Makes a development key. The secrets are drawn from the system's CSPRNG and never leave this function.
 * @throws ARTIFACT_MISSING, ARTIFACT_FORMAT for the circuit; KEY_UNSAFE when it has not the three public signals of a statement;
 *   MODEL_UNSUPPORTED when it is too large for the curve; IO; ABORTED.
 */
export async function setupDevelopment(paths: SetupPaths, options: DevelopmentOptions = {}): Promise<VerificationKey> {
  const { signal, onProgress } = options;
  onProgress?.({ stage: 'reading constraints' });
  const r1cs = await readR1cs(paths.r1cs);
  assertPublicSignals(r1cs.nPubOut + r1cs.nPubIn);
  throwIfAborted(signal);
  const curve = await localCurve();
  const scalars = await drawScalars(curve, r1cs, options);
  const expected = {
    G1: scalars.a.length + scalars.b.length + scalars.k.length + scalars.h.length,
    G2: scalars.b.length,
  };
  const pool = await FixedBasePool.open(curve, {
    expected,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
    ...(signal === undefined ? {} : { signal }),
  });
  try {
    const key = await writeZkey(paths.zkey, { curve, r1cs, scalars, pool }, options);
    assertKeySafe(key);
    await writeFileAtomic(paths.verificationKey, formatKey(key));
    return key;
  } finally {
    await pool.close();
  }
}

/** Draws the secrets and evaluates everything that the key is made of; the secrets are gone when it returns. */
async function drawScalars(curve: WasmCurve, r1cs: R1cs, { signal, onProgress }: WorkOptions): Promise<ZkeyScalars> {
  const power = domainPower(r1cs);
  if (power >= curve.Fr.s) {
    throw new ZkinferError('MODEL_UNSUPPORTED', `the circuit needs a domain of 2^${power}, more than the curve has`);
  }
  const size = 2 ** power;
  const rootOfUnity = (k: number): bigint => curve.Fr.toObject(curve.Fr.w[k]!);
  const tau = drawWhere((value) => powerMod(value, BigInt(2 * size)) !== 1n); // outside both domains
  const [alpha, beta] = [drawWhere(), drawWhere()];
  const delta = drawWhere((value) => value !== 1n); // gamma is 1

  onProgress?.({ stage: 'evaluating polynomials', done: 0, total: r1cs.nConstraints });
  const lagrange = await lagrangeAt(tau, rootOfUnity(power), size, {}, signal);
  const report = (done: number): void =>
    onProgress?.({ stage: 'evaluating polynomials', done, total: r1cs.nConstraints });
  const { a, b, c } = await evaluateQap(r1cs, lagrange, report, signal);
  const odd = await lagrangeAt(tau, rootOfUnity(power + 1), 2 * size, { start: 1, step: 2 }, signal);

  const inverseDelta = inverseMod(delta);
  const nPublic = r1cs.nPubOut + r1cs.nPubIn;
  const k = a.map((value, wire) => {
    const sum = beta * value + alpha * b[wire]! + c[wire]!;
    return wire <= nPublic ? sum % P : ((sum % P) * inverseDelta) % P;
  });
  return { power, alpha, beta, delta, a, b, k, h: odd.map((value) => (value * inverseDelta) % P) };
}

/** A random nonzero field element that fulfils a condition. */
function drawWhere(condition: (value: bigint) => boolean = () => true): bigint {
  for (;;) {
    const value = randomFieldElement();
    if (value !== 0n && condition(value)) return value;
  }
}
