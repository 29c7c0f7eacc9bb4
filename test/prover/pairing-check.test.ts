import { bn254 } from '@noble/curves/bn254.js';
import { groth16, type Groth16Proof } from 'snarkjs';
import type { SnarkjsProof, VerificationKey } from '../../src/artifacts/types.js';
import { missingNative, NATIVE_VARIANTS, selectNativeVariant } from '../../src/native/load.js';
import { checkGroth16Native } from '../../src/prover/pairing-check-native.js';
import { checkGroth16, type Groth16Check } from '../../src/prover/pairing-check.js';
import { terminateCurves } from '../../src/setup/curve.js';
import { g1, g2, P, pointOutsideSubgroup, Q, type Fp2Element, type Point } from '../support/bn254.js';
import { Random } from '../support/random.js';
import { simulatedKey, simulateProof, TOXIC_WASTE } from '../support/simulated-key.js';

type Signals = readonly [bigint, bigint, bigint];

const SIGNALS: Signals = [123_456_789n, P - 1n, 0n];
const KEY = simulatedKey();
const PROOF = simulateProof(SIGNALS);

const CHECKS: readonly (readonly [string, Groth16Check])[] = [
  ['portable', checkGroth16],
  ...NATIVE_VARIANTS.filter((variant) => {
    selectNativeVariant(variant);
    return missingNative('verifyGroth16') === undefined;
  }).map(
    (variant) =>
      [
        `native ${variant}`,
        async (...claim: Parameters<Groth16Check>) => {
          selectNativeVariant(variant);
          return checkGroth16Native(...claim);
        },
      ] as const,
  ),
];

afterEach(() => selectNativeVariant('auto'));
afterAll(terminateCurves);

const json1 = ({ x, y }: Point<bigint>): [string, string, string] => [`${x}`, `${y}`, '1'];
const json2 = ({ x, y }: Point<Fp2Element>): SnarkjsProof['pi_b'] => [
  [`${x[0]}`, `${x[1]}`],
  [`${y[0]}`, `${y[1]}`],
  ['1', '0'],
];
const negate = ([x, y]: SnarkjsProof['pi_a']): SnarkjsProof['pi_a'] => [x, `${Q - BigInt(y)}`, '1'];
const more = (text: string, by: bigint): string => `${BigInt(text) + by}`;

/** e(A, B) = e(alpha, beta) e(input, gamma) e(C, delta), by another library. */
function nobleVerifies(key: VerificationKey, signals: readonly bigint[], proof: SnarkjsProof): boolean {
  const at1 = ([x, y]: readonly string[]) => bn254.G1.Point.fromAffine({ x: BigInt(x!), y: BigInt(y!) });
  const pair = ([c0, c1]: readonly string[]) => ({ c0: BigInt(c0!), c1: BigInt(c1!) });
  const at2 = ([x, y]: readonly (readonly string[])[]) => bn254.G2.Point.fromAffine({ x: pair(x!), y: pair(y!) });
  const input = signals.reduce((sum, s, i) => sum.add(at1(key.IC[i + 1]!).multiplyUnsafe(s)), at1(key.IC[0]!));
  const product = bn254.pairingBatch([
    { g1: at1(proof.pi_a).negate(), g2: at2(proof.pi_b) },
    { g1: at1(key.vk_alpha_1), g2: at2(key.vk_beta_2) },
    { g1: input, g2: at2(key.vk_gamma_2) },
    { g1: at1(proof.pi_c), g2: at2(key.vk_delta_2) },
  ]);
  return bn254.fields.Fp12.eql(product, bn254.fields.Fp12.ONE);
}

/** Proofs that are not what they should be. */
const WRONG: Readonly<Record<string, SnarkjsProof>> = {
  'A negated': { ...PROOF, pi_a: negate(PROOF.pi_a) },
  'C negated': { ...PROOF, pi_c: negate(PROOF.pi_c) },
  'A and C exchanged': { ...PROOF, pi_a: PROOF.pi_c, pi_c: PROOF.pi_a },
  'another point of G1 as A': { ...PROOF, pi_a: json1(g1(5n)) },
  'another point of G2 as B': { ...PROOF, pi_b: json2(g2(5n)) },
  'another point of G1 as C': { ...PROOF, pi_c: json1(g1(1n)) },
  'a proof of other signals': simulateProof([SIGNALS[0] + 1n, SIGNALS[1], SIGNALS[2]]),
  'a proof of another key': simulateProof(SIGNALS, { ...TOXIC_WASTE, alpha: TOXIC_WASTE.alpha + 1n }),
  'A off the curve': { ...PROOF, pi_a: [more(PROOF.pi_a[0], 1n), PROOF.pi_a[1], '1'] },
  'C off the curve': { ...PROOF, pi_c: [PROOF.pi_c[0], more(PROOF.pi_c[1], 1n), '1'] },
  'B off the curve': { ...PROOF, pi_b: [PROOF.pi_b[1], PROOF.pi_b[0], ['1', '0']] },
  'B outside of the subgroup': { ...PROOF, pi_b: json2(pointOutsideSubgroup()) },
  'B with its parts exchanged': {
    ...PROOF,
    pi_b: [
      [PROOF.pi_b[0][1], PROOF.pi_b[0][0]],
      [PROOF.pi_b[1][1], PROOF.pi_b[1][0]],
      ['1', '0'],
    ],
  },
};

describe.each(CHECKS)('Groth16 equation, %s', (name, check) => {
  it('accepts what snarkjs and @noble/curves accept', async () => {
    const random = new Random(1);
    const some = (): bigint => random.integers(8, 0, 2 ** 32 - 1).reduce((sum, w) => (sum << 32n) + BigInt(w), 0n) % P;
    for (const signals of [SIGNALS, [0n, 0n, 0n], [P - 1n, 1n, 2n ** 253n], [some(), some(), some()]] as Signals[]) {
      const proof = simulateProof(signals);
      expect(await groth16.verify(KEY, signals.map(String), proof as unknown as Groth16Proof)).toBe(true);
      expect(nobleVerifies(KEY, signals, proof)).toBe(true);
      expect(await check(KEY, signals, proof)).toBe(true);
    }
  });

  it('accepts A and B negated together: proofs can be changed, statements cannot', async () => {
    const [x, [y0, y1]] = PROOF.pi_b;
    const pi_b: SnarkjsProof['pi_b'] = [x, [`${Q - BigInt(y0)}`, `${Q - BigInt(y1)}`], ['1', '0']];
    expect(await check(KEY, SIGNALS, { ...PROOF, pi_a: negate(PROOF.pi_a), pi_b })).toBe(true);
  });

  it.each(Object.entries(WRONG))('refuses %s', async (_, proof) => {
    expect(await check(KEY, SIGNALS, proof)).toBe(false);
  });

  it('refuses other signals, and another number of them', async () => {
    expect(await check(KEY, [SIGNALS[0], SIGNALS[1], 1n], PROOF)).toBe(false);
    expect(await check(KEY, [SIGNALS[1], SIGNALS[0], SIGNALS[2]], PROOF)).toBe(false);
    expect(await check(KEY, SIGNALS.slice(0, 2), PROOF)).toBe(false);
    expect(await check(KEY, [...SIGNALS, 0n], PROOF)).toBe(false);
  });

  it('refuses a key with another point', async () => {
    for (const part of ['vk_beta_2', 'vk_gamma_2', 'vk_delta_2'] as const) {
      expect(await check({ ...KEY, [part]: json2(g2(77n)) }, SIGNALS, PROOF)).toBe(false);
    }
    expect(await check({ ...KEY, vk_alpha_1: json1(g1(77n)) }, SIGNALS, PROOF)).toBe(false);
    expect(await check({ ...KEY, IC: [KEY.IC[1]!, KEY.IC[0]!, ...KEY.IC.slice(2)] }, SIGNALS, PROOF)).toBe(false);
  });

  if (name === 'portable') return;

  it('refuses numbers that are not canonical, and infinity', async () => {
    const [x, y] = PROOF.pi_a;
    const wrong: SnarkjsProof[] = [
      { ...PROOF, pi_a: [more(x, Q), y, '1'] },
      { ...PROOF, pi_c: [PROOF.pi_c[0], more(PROOF.pi_c[1], Q), '1'] },
      { ...PROOF, pi_b: [PROOF.pi_b[0], [more(PROOF.pi_b[1][0], Q), PROOF.pi_b[1][1]], ['1', '0']] },
      { ...PROOF, pi_a: [more(x, 2n ** 256n), y, '1'] },
      { ...PROOF, pi_a: [`${-BigInt(x)}`, y, '1'] },
      { ...PROOF, pi_a: ['0', '0', '1'] },
      { ...PROOF, pi_a: ['0', '1', '0'] },
      { ...PROOF, pi_c: ['0', '0', '1'] },
      { ...PROOF, pi_b: [...PROOF.pi_b.slice(0, 2), ['0', '0']] as unknown as SnarkjsProof['pi_b'] },
      { ...PROOF, pi_b: [['0', '0'], ['0', '0'], ['1', '0']] }, // prettier-ignore
    ];
    for (const proof of wrong) expect(await check(KEY, SIGNALS, proof)).toBe(false);
    for (const signal of [P, P + SIGNALS[0], 2n ** 256n - 1n, 2n ** 256n + SIGNALS[0], -1n]) {
      expect(await check(KEY, [signal, SIGNALS[1], SIGNALS[2]], PROOF)).toBe(false);
    }
  });

  it('refuses keys that anyone could forge for', async () => {
    const unsafe: Partial<VerificationKey>[] = [
      { vk_delta_2: KEY.vk_gamma_2 },
      { vk_gamma_2: json2(pointOutsideSubgroup()) },
      { vk_beta_2: [['0', '0'], ['0', '0'], ['1', '0']] }, // prettier-ignore
      { vk_alpha_1: ['0', '0', '1'] },
      { IC: [['1', '1', '1'], ...KEY.IC.slice(1)] },
    ];
    for (const part of unsafe) {
      await expect(check({ ...KEY, ...part }, SIGNALS, PROOF)).rejects.toMatchObject({ code: 'KEY_UNSAFE' });
    }
    await expect(check({ ...KEY, IC: [] }, [], PROOF)).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
    const raised: VerificationKey = { ...KEY, vk_alpha_1: [more(KEY.vk_alpha_1[0], Q), KEY.vk_alpha_1[1], '1'] };
    await expect(check(raised, SIGNALS, PROOF)).rejects.toMatchObject({ code: 'ARTIFACT_FORMAT' });
  });

  it('keeps keys apart, more of them than it remembers', async () => {
    const wastes = Array.from({ length: 6 }, (_, i) => ({ ...TOXIC_WASTE, beta: TOXIC_WASTE.beta + BigInt(i) }));
    for (let round = 0; round < 2; round++) {
      for (const [i, waste] of wastes.entries()) {
        expect(await check(simulatedKey(waste), SIGNALS, simulateProof(SIGNALS, waste))).toBe(true);
        expect(await check(simulatedKey(waste), SIGNALS, simulateProof(SIGNALS, wastes[(i + 1) % 6]))).toBe(false);
      }
    }
  });
});
