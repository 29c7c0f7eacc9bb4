/** The verification key as a contract needs it: checked, with the signs of the pairing equation already applied. */

import type { VerificationKey } from '../artifacts/types.js';
import { ZkinferError } from '../errors.js';
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
 * @throws KEY_UNSAFE when a point is at infinity or not on its curve, ARTIFACT_FORMAT when it is not such a key.
 */
export function readContractKey(key: VerificationKey): ContractKey {
  if (key.protocol !== 'groth16' || key.curve !== 'bn128') throw malformed('it is not a Groth16 key on BN254');
  if (key.nPublic !== 3 || key.IC.length !== 4) throw malformed('it is not a key for three public signals');
  const ic = key.IC.map((point, i) => g1(point, `IC ${i}`)) as unknown as ContractKey['ic'];
  return {
    negAlpha: negateG1(g1(key.vk_alpha_1, 'alpha')),
    beta: g2(key.vk_beta_2, 'beta'),
    negGamma: negateG2(g2(key.vk_gamma_2, 'gamma')),
    negDelta: negateG2(g2(key.vk_delta_2, 'delta')),
    ic,
  };
}

function g1(point: readonly string[], name: string): G1Point {
  if (point.length !== 3) throw malformed(`point ${name} has another form`);
  if (point[2] !== '1') throw unsafe(`point ${name} is at infinity or not affine`);
  const [x, y] = [coordinate(point[0]), coordinate(point[1])];
  if (mod(y * y - x * x * x - 3n) !== 0n) throw unsafe(`point ${name} is not on the curve`);
  return { x, y };
}

function g2(point: readonly (readonly string[])[], name: string): G2Point {
  if (point.length !== 3 || point.some((pair) => pair.length !== 2)) throw malformed(`point ${name} has another form`);
  if (point[2]?.[0] !== '1' || point[2]?.[1] !== '0') throw unsafe(`point ${name} is at infinity or not affine`);
  const x: Fp2 = [coordinate(point[0]?.[0]), coordinate(point[0]?.[1])];
  const y: Fp2 = [coordinate(point[1]?.[0]), coordinate(point[1]?.[1])];
  const [left, right] = [multiply(y, y), multiply(multiply(x, x), x)];
  if (mod(left[0] - right[0] - TWIST_B[0]) !== 0n || mod(left[1] - right[1] - TWIST_B[1]) !== 0n) {
    throw unsafe(`point ${name} is not on the curve`);
  }
  return { x, y };
}

function coordinate(text: string | undefined): bigint {
  if (text === undefined || !/^(0|[1-9][0-9]{0,77})$/.test(text))
    throw malformed('a coordinate is not a decimal number');
  const value = BigInt(text);
  if (value >= BASE_FIELD) throw malformed('a coordinate is not a base field element');
  return value;
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

function malformed(what: string): ZkinferError {
  return new ZkinferError('ARTIFACT_FORMAT', `the verification key cannot be used: ${what}`, {
    location: { file: 'verification_key.json' },
  });
}

function unsafe(what: string): ZkinferError {
  return new ZkinferError('KEY_UNSAFE', `the verification key is unsafe: ${what}`, {
    location: { file: 'verification_key.json' },
    hint: 'run the setup again and take part in its ceremony',
  });
}
