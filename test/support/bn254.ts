/** BN254 by the definitions, slow and plain: points that a test wants to know the discrete logarithm of. */

export const Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583n;
export const P = 21888242871839275222246405745257275088548364400416034343698204186575808495617n;

export function mod(value: bigint, modulus: bigint): bigint {
  const remainder = value % modulus;
  return remainder < 0n ? remainder + modulus : remainder;
}

export function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, x, y] = [mod(value, modulus), modulus, 1n, 0n];
  while (b > 0n) [a, b, x, y] = [b, a % b, y, x - (a / b) * y];
  if (a !== 1n) throw new Error('not invertible');
  return mod(x, modulus);
}

interface Field<T> {
  add(a: T, b: T): T;
  sub(a: T, b: T): T;
  mul(a: T, b: T): T;
  inv(a: T): T;
  equal(a: T, b: T): boolean;
}

const Fp: Field<bigint> = {
  add: (a, b) => mod(a + b, Q),
  sub: (a, b) => mod(a - b, Q),
  mul: (a, b) => mod(a * b, Q),
  inv: (a) => inverse(a, Q),
  equal: (a, b) => a === b,
};

export type Fp2Element = readonly [bigint, bigint];

const Fp2: Field<Fp2Element> = {
  add: (a, b) => [Fp.add(a[0], b[0]), Fp.add(a[1], b[1])],
  sub: (a, b) => [Fp.sub(a[0], b[0]), Fp.sub(a[1], b[1])],
  mul: (a, b) => [mod(a[0] * b[0] - a[1] * b[1], Q), mod(a[0] * b[1] + a[1] * b[0], Q)],
  inv: (a) => {
    const norm = Fp.inv(mod(a[0] * a[0] + a[1] * a[1], Q));
    return [mod(a[0] * norm, Q), mod(-a[1] * norm, Q)];
  },
  equal: (a, b) => a[0] === b[0] && a[1] === b[1],
};

export interface Point<T> {
  readonly x: T;
  readonly y: T;
}

/** scalar * point in affine coordinates; null is the point at infinity. Good for the group of prime order only. */
function multiply<T>(field: Field<T>, point: Point<T>, scalar: bigint): Point<T> | null {
  const line = (slope: T, a: Point<T>, b: Point<T>): Point<T> => {
    const x = field.sub(field.sub(field.mul(slope, slope), a.x), b.x);
    return { x, y: field.sub(field.mul(slope, field.sub(a.x, x)), a.y) };
  };
  const double = (a: Point<T>): Point<T> => {
    const square = field.mul(a.x, a.x);
    return line(field.mul(field.add(field.add(square, square), square), field.inv(field.add(a.y, a.y))), a, a);
  };
  const add = (a: Point<T>, b: Point<T>): Point<T> | null => {
    if (!field.equal(a.x, b.x)) return line(field.mul(field.sub(b.y, a.y), field.inv(field.sub(b.x, a.x))), a, b);
    return field.equal(a.y, b.y) ? double(a) : null;
  };
  let result: Point<T> | null = null;
  for (const bit of mod(scalar, P).toString(2)) {
    if (result !== null) result = double(result);
    if (bit === '1') result = result === null ? point : add(result, point);
  }
  return result;
}

const G1_GENERATOR: Point<bigint> = { x: 1n, y: 2n };
/** EIP-197. */
const G2_GENERATOR: Point<Fp2Element> = {
  x: [
    10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  ],
  y: [
    8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  ],
};

/** scalar * G in G1. @throws for multiples of the order. */
export function g1(scalar: bigint): Point<bigint> {
  const point = multiply(Fp, G1_GENERATOR, scalar);
  if (point === null) throw new Error('infinity');
  return point;
}

/** scalar * G in G2. @throws for multiples of the order. */
export function g2(scalar: bigint): Point<Fp2Element> {
  const point = multiply(Fp2, G2_GENERATOR, scalar);
  if (point === null) throw new Error('infinity');
  return point;
}

/** b of the twist y^2 = x^3 + b: 3 / (9 + u). */
const TWIST_B = Fp2.mul([3n, 0n], Fp2.inv([9n, 1n]));

/** A point of the twist that the order of G2 does not annihilate. */
export function pointOutsideSubgroup(): Point<Fp2Element> {
  for (let n = 1n; ; n++) {
    const x: Fp2Element = [n, 0n];
    const y = squareRoot(Fp2.add(Fp2.mul(Fp2.mul(x, x), x), TWIST_B));
    // The order p of G2 annihilates a point exactly if p - 1 times it is its negative.
    if (y === null) continue;
    const multiple = multiply(Fp2, { x, y }, P - 1n);
    if (multiple === null || !Fp2.equal(multiple.x, x)) return { x, y };
  }
}

/** A square root in F_q[u] / (u^2 + 1), by the norm; null for what is no square. */
function squareRoot([a, b]: Fp2Element): Fp2Element | null {
  const norm = power(mod(a * a + b * b, Q), (Q + 1n) / 4n);
  for (const sign of [1n, -1n]) {
    const x = power(mod((a + sign * norm) * inverse(2n, Q), Q), (Q + 1n) / 4n);
    if (x === 0n) continue;
    const root: Fp2Element = [x, mod(b * inverse(2n * x, Q), Q)];
    if (Fp2.equal(Fp2.mul(root, root), [a, b])) return root;
  }
  return null;
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (const bit of exponent.toString(2)) {
    result = mod(result * result, Q);
    if (bit === '1') result = mod(result * base, Q);
  }
  return result;
}
