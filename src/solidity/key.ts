/** The verification key as a contract needs it: checked, with the signs of the pairing equation already applied. */

import type { VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
import { assertKeySafe } from '../setup/key-check.js';
import { BASE_FIELD } from '../statement/proof-bytes.js';

/** Affine point of G1; never infinity. */
export interface G1Point {
  readonly x: bigint;
  readonly y: bigint;
}

/** Affine point of the twist; coordinates are c0 + c1*u. Never infinity. */
export interface G2Point {
  readonly x: readonly [c0: bigint, c1: bigint];
  readonly y: readonly [c0: bigint, c1: bigint];
}

/**
 * The constants of the check e(A, B) * e(-alpha, beta) * e(vk_x, -gamma) * e(C, -delta) = 1, which is Groth16's equation
 * (Groth 2016, section 3.2) without a negation at run time.
 */
export interface ContractKey {
  readonly negAlpha: G1Point;
  readonly beta: G2Point;
  readonly negGamma: G2Point;
  readonly negDelta: G2Point;
  /** IC_0 and the points of C, r and s. */
  readonly ic: readonly [G1Point, G1Point, G1Point, G1Point];
}

/** b of y^2 = x^3 + b on the twist: 3 / (9 + u). */
const TWIST_B: Fp2 = [
  19485874751759354771024239261021720505790618469301721065564631296452457478373n,
  266929791119991161246907387137283842545076965332900288569378510910307636690n,
];

/**
 * Reads a key for the three signals of a statement.
 * @throws KEY_UNSAFE as assertKeySafe does, when a point is not on its curve and when two points of G2 agree; ARTIFACT_FORMAT.
 */
export function readContractKey(key: VerificationKey): ContractKey {
  assertKeySafe(key);
  const [beta, gamma, delta] = [g2(key.vk_beta_2, 'beta'), g2(key.vk_gamma_2, 'gamma'), g2(key.vk_delta_2, 'delta')];
  assertUnrelated(beta, gamma, 'beta', 'gamma');
  assertUnrelated(beta, delta, 'beta', 'delta');
  assertUnrelated(gamma, delta, 'gamma', 'delta');
  return {
    negAlpha: negateG1(g1(key.vk_alpha_1, 'alpha')),
    beta,
    negGamma: negateG2(gamma),
    negDelta: negateG2(delta),
    ic: key.IC.map((point, i) => g1(point, `IC ${i}`)) as unknown as ContractKey['ic'],
  };
}

/**
 * Two equal or opposite points of G2 let anyone forge: with gamma = delta, C = -vk_x cancels the statement (what a key without any
 * contribution allows); with delta = beta, C = -alpha leaves e(A, B) = e(vk_x, gamma); with gamma = beta, A = alpha + vk_x and B = beta.
 */
function assertUnrelated(a: G2Point, b: G2Point, nameOfA: string, nameOfB: string): void {
  if (a.x[0] === b.x[0] && a.x[1] === b.x[1]) {
    throw unsafe(`${nameOfA} equals ${nameOfB} up to sign, so anyone can forge proofs`);
  }
}

function g1(point: readonly string[], name: string): G1Point {
  const [x, y] = point.map(BigInt) as [bigint, bigint];
  if (mod(y * y - x * x * x - 3n) !== 0n) throw unsafe(`point ${name} is not on the curve`);
  return { x, y };
}

function g2(point: readonly (readonly string[])[], name: string): G2Point {
  const [x, y] = point.map((pair) => pair.map(BigInt)) as unknown as [Fp2, Fp2];
  const [left, right] = [multiply(y, y), multiply(multiply(x, x), x)];
  if (mod(left[0] - right[0] - TWIST_B[0]) !== 0n || mod(left[1] - right[1] - TWIST_B[1]) !== 0n) {
    throw unsafe(`point ${name} is not on the curve`);
  }
  return { x, y };
}

function negateG1({ x, y }: G1Point): G1Point {
  return { x, y: mod(-y) };
}

function negateG2({ x, y }: G2Point): G2Point {
  return { x, y: [mod(-y[0]), mod(-y[1])] };
}

type Fp2 = readonly [c0: bigint, c1: bigint];

/** Product in F_q[u] / (u^2 + 1). */
function multiply(a: Fp2, b: Fp2): Fp2 {
  return [mod(a[0] * b[0] - a[1] * b[1]), mod(a[0] * b[1] + a[1] * b[0])];
}

function mod(value: bigint): bigint {
  const remainder = value % BASE_FIELD;
  return remainder < 0n ? remainder + BASE_FIELD : remainder;
}

function unsafe(what: string): ZkinferError {
  return new ZkinferError('KEY_UNSAFE', `the verification key is unsafe: ${what}`, {
    location: { file: 'verification_key.json' },
    hint: 'run the setup again and take part in its ceremony',
  });
}
