/** The Solidity verifier that snarkjs generates, for comparison. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SnarkjsProof, VerificationKey } from '../../src/artifacts/types.js';

const require = createRequire(import.meta.url);

/** Its contract `Groth16Verifier` for a key, from its own template. */
export function snarkjsVerifier(key: VerificationKey): string {
  const fromSnarkjs = createRequire(require.resolve('snarkjs'));
  const ejs = fromSnarkjs('ejs') as { render(template: string, data: object): string };
  const folder = dirname(dirname(require.resolve('snarkjs')));
  return ejs.render(readFileSync(join(folder, 'templates/verifier_groth16.sol.ejs'), 'utf8'), key);
}

/** What its `verifyProof` takes. */
export function snarkjsArguments({ pi_a, pi_b, pi_c }: SnarkjsProof, signals: readonly bigint[]): unknown[] {
  const b = [pi_b[0], pi_b[1]].map(([c0, c1]) => [c1, c0]);
  return [[pi_a[0], pi_a[1]], b, [pi_c[0], pi_c[1]], signals];
}
