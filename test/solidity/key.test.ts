/** Keys that contracts may and may not be made from. */
import { readFileSync } from 'node:fs';
import type { Manifest, VerificationKey } from '../../src/artifacts/types.js';
import { assertExportable } from '../../src/solidity/exportable.js';
import { readContractKey } from '../../src/solidity/key.js';
import { generateVerifier } from '../../src/solidity/verifier.js';
import { Q } from '../support/bn254.js';
import { simulatedKey } from '../support/simulated-key.js';
import { layoutOf, manifestBeforeSetup, manifestOf, ONNX_SHA256 } from '../support/statements.js';
import { unsafeChanges } from '../support/unsafe-keys.js';

const key = simulatedKey();
const manifest = manifestOf(layoutOf());
const fromSnarkjs = JSON.parse(
  readFileSync(new URL('../support/fixtures/toy/verification_key.json', import.meta.url), 'utf8'),
) as VerificationKey;

const notAKey: readonly [string, Partial<VerificationKey>][] = [
  ['another protocol', { protocol: 'plonk' as 'groth16' }],
  ['another curve', { curve: 'bls12381' as 'bn128' }],
  ['an IC point missing', { IC: key.IC.slice(1) }],
  ['a coordinate beyond the modulus', { vk_alpha_1: [String(BigInt(key.vk_alpha_1[0] as string) + Q), '2', '1'] }],
  ['a coordinate in hex', { vk_alpha_1: ['0x1', '2', '1'] }],
  ['code as a coordinate', { vk_alpha_1: ['1; selfdestruct', '2', '1'] }],
];

const codeOf = (run: () => unknown): unknown => {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
};

describe('a verification key', () => {
  it('of snarkjs and of the simulator is accepted', () => {
    for (const good of [fromSnarkjs, key]) {
      expect(() => assertExportable(manifest, good)).not.toThrow();
    }
  });

  it('is given with the signs of the pairing equation', () => {
    const read = readContractKey(key);
    expect(read.negAlpha.y + BigInt(key.vk_alpha_1[1] as string)).toBe(Q);
    expect(read.negGamma.y[0] + BigInt(key.vk_gamma_2[1]?.[0] as string)).toBe(Q);
    expect(read.negDelta.y[1] + BigInt(key.vk_delta_2[1]?.[1] as string)).toBe(Q);
    expect(read.beta.y[0]).toBe(BigInt(key.vk_beta_2[1]?.[0] as string));
  });

  it.each(unsafeChanges(key))('with %s is refused, whatever is allowed', (_name, change) => {
    const bad = { ...key, ...change };
    expect(codeOf(() => assertExportable(manifest, bad, { allowDevelopmentKey: true }))).toBe('KEY_UNSAFE');
    expect(codeOf(() => generateVerifier({ manifest, verificationKey: bad, onnxSha256: ONNX_SHA256 }))).toBe(
      'KEY_UNSAFE',
    );
  });

  it.each(notAKey)('with %s is none', (_name, change) => {
    const bad = { ...key, ...change };
    expect(codeOf(() => assertExportable(manifest, bad))).toBe('ARTIFACT_FORMAT');
    expect(codeOf(() => generateVerifier({ manifest, verificationKey: bad, onnxSha256: ONNX_SHA256 }))).toBe(
      'ARTIFACT_FORMAT',
    );
  });
});

describe('a development key', () => {
  const development: Manifest = { ...manifest, setup: { kind: 'development' } };

  it('is refused unless allowed', () => {
    expect(codeOf(() => assertExportable(development, key))).toBe('KEY_UNSAFE');
    expect(codeOf(() => assertExportable(development, key, { allowDevelopmentKey: false }))).toBe('KEY_UNSAFE');
    expect(codeOf(() => assertExportable(development, key, { allowDevelopmentKey: true }))).toBeUndefined();
  });

  it('is what an unknown kind of setup counts as', () => {
    const unknown = { ...manifest, setup: { kind: 'other' as 'ptau' } };
    expect(codeOf(() => assertExportable(unknown, key))).toBe('KEY_UNSAFE');
  });

  it('cannot be told before setup', () => {
    const without = manifestBeforeSetup(layoutOf());
    expect(codeOf(() => assertExportable(without, key))).toBe('ARTIFACT_MISSING');
  });
});
