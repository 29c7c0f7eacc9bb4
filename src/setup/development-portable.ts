/** Development keys in JavaScript and WebAssembly, for machines without the native addon. */

import type { WasmCurve } from 'ffjavascript';
import type { VerificationKey } from '../artifacts/types.js';
import { domainPower, readR1cs, type R1cs } from '../circom/r1cs.js';
import { throwIfAborted, ZkinferError } from '../errors.js';
import { SNARK_FIELD as P } from '../hash/field.js';
import type { WorkOptions } from '../progress.js';
import { localCurve } from './curve.js';
import { drawSecrets, type DevelopmentSecrets } from './development-secrets.js';
import type { DevelopmentOptions, SetupPaths } from './development.js';
import { FixedBasePool } from './fixed-base.js';
import { assertPublicSignals } from './key-check.js';
import { inverseMod, lagrangeAt } from './lagrange.js';
import { evaluateQap } from './qap.js';
import { writeZkey, type ZkeyScalars } from './zkey-writer.js';

/**
 * Writes the proving key and gives its verification key.
 * @param secrets for tests: drawn if not given.
 * @throws as setupDevelopment.
 */
export async function writePortableKey(
  paths: Pick<SetupPaths, 'r1cs' | 'zkey'>,
  options: DevelopmentOptions,
  secrets?: DevelopmentSecrets,
): Promise<VerificationKey> {
  const { signal, onProgress } = options;
  onProgress?.({ stage: 'reading constraints' });
  const r1cs = await readR1cs(paths.r1cs);
  assertPublicSignals(r1cs.nPubOut + r1cs.nPubIn);
  throwIfAborted(signal);
  const curve = await localCurve();
  const scalars = await evaluateScalars(curve, r1cs, options, secrets);
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
    return await writeZkey(paths.zkey, { curve, r1cs, scalars, pool }, options);
  } finally {
    await pool.close();
  }
}

/** Evaluates everything that the key is made of; drawn secrets are gone when it returns. */
async function evaluateScalars(
  curve: WasmCurve,
  r1cs: R1cs,
  { signal, onProgress }: WorkOptions,
  given?: DevelopmentSecrets,
): Promise<ZkeyScalars> {
  const power = domainPower(r1cs);
  if (power >= curve.Fr.s) {
    throw new ZkinferError('MODEL_UNSUPPORTED', `the circuit needs a domain of 2^${power}, more than the curve has`);
  }
  const size = 2 ** power;
  const rootOfUnity = (k: number): bigint => curve.Fr.toObject(curve.Fr.w[k]!);
  const { tau, alpha, beta, delta } = given ?? drawSecrets(power);

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
