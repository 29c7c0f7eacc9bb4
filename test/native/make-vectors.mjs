// Writes the vectors of native/test: node test/native/make-vectors.mjs FILE
// One a line, a kind and hexadecimal integers, all canonical; points as their coordinates, infinity as zeros. Field arithmetic is plain
// bigint; points and pairings are @noble/curves', what belongs to ceremonies ffjavascript's.
import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { bn254 } from '@noble/curves/bn254.js';
import { blake2b } from '@noble/hashes/blake2.js';
import { ChaCha, getCurveFromName } from 'ffjavascript';

const { Fp12, Fp2 } = bn254.fields;
const X = 4965661367192848881n;
const Q = 36n * X ** 4n + 36n * X ** 3n + 24n * X ** 2n + 6n * X + 1n;
const R = Q - 6n * X ** 2n;
const FACTOR = 1n << 256n;
const lines = [];
const write = (kind, ...numbers) => lines.push([kind, ...numbers.flat(9).map((n) => n.toString(16))].join(' '));

/** Deterministic 64-bit words (Vigna, splitmix64). */
let state = 1n;
function word() {
  state = (state + 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn;
  let z = state;
  z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn;
  z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & 0xffffffffffffffffn;
  return z ^ (z >> 31n);
}
/** 256 random bits, with frequent words of zeros and of ones. */
function bits256() {
  let n = 0n;
  for (let i = 0; i < 4; i++) {
    const kind = word() % 8n;
    n = (n << 64n) | (kind === 0n ? 0n : kind === 1n ? 0xffffffffffffffffn : word());
  }
  return n;
}

const mod = (a, p) => ((a % p) + p) % p;
function power(base, exponent, p) {
  let r = 1n;
  for (let b = mod(base, p), e = exponent; e > 0n; e >>= 1n, b = (b * b) % p) if (e & 1n) r = (r * b) % p;
  return r;
}
const inverse = (a, p) => power(a, p - 2n, p);
const random = (p) => bits256() % p;

/** Values at which carries and reductions happen, and those whose Montgomery form is one of them. */
function edges(p) {
  const plain = [0n, 1n, 2n, 3n, p - 1n, p - 2n, (p - 1n) / 2n, (p + 1n) / 2n, FACTOR, FACTOR ** 2n, 1n << 260n];
  for (const limb of [52n, 64n]) {
    const ones = (1n << limb) - 1n;
    for (let shift = 0n; shift < 254n; shift += limb) {
      plain.push(1n << shift, (1n << shift) - 1n, (1n << shift) + 1n, ones << shift);
      plain.push(p - (1n << shift), p & ~(ones << shift));
    }
  }
  plain.push((1n << 253n) - 1n, 1n << 253n);
  const unscale = inverse(FACTOR, p);
  return [...new Set(plain.flatMap((v) => [mod(v, p), mod(v * unscale, p)]))];
}

function primeField(name, p) {
  const all = edges(p);
  const unary = [...all, ...Array.from({ length: 300 }, () => random(p))];
  for (const a of unary) {
    write(`${name}1`, a, mod(-a, p), (2n * a) % p, mod(a * ((p + 1n) / 2n), p), (a * a) % p, inverse(a, p));
  }
  // Every edge value meets every fifth one and some random ones.
  for (const [i, a] of all.entries()) {
    const others = [...all.filter((_, j) => (i + j) % 5 === 0), random(p), random(p)];
    for (const b of others) write(name, a, b, (a + b) % p, mod(a - b, p), (a * b) % p);
  }
}

const add2 = (x, y) => [mod(x[0] + y[0], Q), mod(x[1] + y[1], Q)];
const negate2 = (x) => [mod(-x[0], Q), mod(-x[1], Q)];
const multiply2 = (x, y) => [mod(x[0] * y[0] - x[1] * y[1], Q), mod(x[0] * y[1] + x[1] * y[0], Q)];
function inverse2([a, b]) {
  const norm = inverse(a * a + b * b, Q);
  return [mod(a * norm, Q), mod(-b * norm, Q)];
}
function quadraticField() {
  const few = edges(Q).filter((_, i) => i < 14 || i % 12 === 0);
  const elements = [
    ...few.flatMap((a, i) => [
      [a, few[(i * 7 + 3) % few.length]],
      [a, 0n],
      [0n, a],
    ]),
    ...Array.from({ length: 100 }, () => [random(Q), random(Q)]),
  ];
  for (const x of elements) write('fq21', x, negate2(x), multiply2(x, x), inverse2(x), multiply2(x, [9n, 1n]));
  for (const [i, x] of elements.entries()) {
    for (const y of [x, negate2(x), elements[(i * 31 + 5) % elements.length], [random(Q), random(Q)]]) {
      write('fq2', x, y, add2(x, y), add2(x, negate2(y)), multiply2(x, y));
    }
  }
}

function integers() {
  const all = [0n, 1n, FACTOR - 1n, FACTOR - 2n, FACTOR / 2n, Q, R];
  for (let i = 0; i < 40; i++) all.push(bits256());
  for (const a of all) {
    for (const b of all) write('int', a, b, (a + b) % FACTOR, (a + b) / FACTOR, mod(a - b, FACTOR), a < b ? 1n : 0n);
  }
}

const flat = (value) => (typeof value === 'bigint' ? value : Object.values(value).map(flat));
function affine(point) {
  const { x, y } = point.toAffine();
  return [flat(x), flat(y)];
}
const times = (point, k) => point.multiplyUnsafe(mod(k, R));
/** k P for a point of any order. */
function anyTimes(point, k) {
  let sum = point.subtract(point);
  for (const bit of k.toString(2)) {
    sum = sum.double();
    if (bit === '1') sum = sum.add(point);
  }
  return sum;
}

function group(name, { Point }) {
  const base = Point.BASE;
  const some = [Point.ZERO, base, base.negate(), base.double(), times(base, R - 2n)];
  for (let i = 0; i < 12; i++) some.push(times(base, random(R)));
  for (const p of some) {
    write(`${name}double`, affine(p), affine(p.double()), affine(p.negate()));
    for (const q of [...some, p, p.negate(), p.double()]) write(`${name}add`, affine(p), affine(q), affine(p.add(q)));
  }
  const scalars = [0n, 1n, 2n, 3n, R - 1n, R, R + 1n, (R - 1n) / 2n, Q, 1n << 128n, FACTOR - 1n, bits256(), random(R)];
  for (const p of some.slice(0, 8)) {
    for (const k of scalars) write(`${name}times`, affine(p), k, affine(times(p, k)));
  }
}

/** Points of the twist and others: whether they are on it, and in the subgroup of order r. */
function membership() {
  const { Point } = bn254.G2;
  const b = Point.CURVE().b;
  const anywhere = () => {
    for (;;) {
      const x = Fp2.create({ c0: random(Q), c1: random(Q) });
      try {
        return Point.fromAffine({ x, y: Fp2.sqrt(Fp2.add(Fp2.pow(x, 3n), b)) });
      } catch {
        // no point with this x
      }
    }
  };
  for (let i = 0; i < 12; i++) {
    const inside = times(Point.BASE, random(R));
    const outside = anywhere();
    write('member', affine(inside), 1n, 1n);
    write('member', affine(outside), 1n, outside.isTorsionFree() ? 1n : 0n);
    write('member', affine(anyTimes(outside, 2n * Q - R)), 1n, 1n);
    const { x, y } = inside.toAffine();
    write('member', flat(x), flat(Fp2.add(y, Fp2.ONE)), 0n, 0n);
  }
}

/** e(P, Q)^c by the definition: Miller's value to the power c (q^12 - 1) / r, c = 2x (6x^2 + 3x + 1). */
function pairings() {
  const exponent = (2n * X * (6n * X * X + 3n * X + 1n) * (Q ** 12n - 1n)) / R;
  const g1 = bn254.G1.Point.BASE;
  const g2 = bn254.G2.Point.BASE;
  const scalars = [
    [1n, 1n],
    [R - 1n, 1n],
    [1n, R - 1n],
    [random(R), random(R)],
    [random(R), random(R)],
  ];
  for (const [a, b] of scalars) {
    const p = times(g1, a);
    const q = times(g2, b);
    write('pairing', affine(p), affine(q), flat(Fp12.pow(bn254.pairing(p, q, false), exponent)));
  }
}

const fromBytes = (bytes) => BigInt(`0x${Buffer.from(bytes).toString('hex')}`);

/** Digests of the bytes 7 i + length: of BLAKE2b in two halves, of SHA-256 applied twice. */
function hashes() {
  for (const length of [0, 1, 3, 55, 56, 63, 64, 111, 112, 127, 128, 129, 255, 256, 257, 1000]) {
    const data = Uint8Array.from({ length }, (_, i) => 7 * i + length);
    const digest = blake2b(data);
    write('blake2b', BigInt(length), fromBytes(digest.subarray(0, 32)), fromBytes(digest.subarray(32)));
    const sha256 = (bytes) => createHash('sha256').update(bytes).digest();
    if (length <= 255) write('sha256', BigInt(length), fromBytes(sha256(sha256(data))));
  }
}

/** What snarkjs draws from seeds, and how its arithmetic takes the difference of 64 bytes that are no point and a point. */
async function ceremonies() {
  const { G1, G2, Fr } = await getCurveFromName('bn128', true);
  const plain = (value) => [value].flat(2);
  const coordinates = (group, point) => group.toObject(group.toAffine(point)).slice(0, 2).map(plain);
  for (let k = 0; k < 30; k++) {
    const seed = random(1n << 256n);
    const bytes = Buffer.from(seed.toString(16).padStart(64, '0'), 'hex');
    const draw = () => new ChaCha(Array.from({ length: 8 }, (_, i) => bytes.readUInt32BE(4 * i)));
    const rng = draw();
    const scalar = Fr.toObject(Fr.fromRng(rng));
    write('draw', seed, scalar, coordinates(G1, G1.fromRng(rng)), coordinates(G2, G2.fromRng(rng)));
    write('hashtog2', seed, coordinates(G2, G2.fromRng(draw())));
  }
  const little = (value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
  for (let k = 0n; k < 200n; k++) {
    const [x, y] = [random(1n << 256n), k % 9n === 0n ? 0n : random(1n << 256n)];
    const point = G1.toAffine(G1.timesScalar(G1.g, k + 1n));
    const raw = Uint8Array.from(Buffer.concat([little(x), little(y)]));
    write('difference', x, y, k + 1n, coordinates(G1, G1.sub(raw, point)));
  }
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node make-vectors.mjs FILE');
integers();
primeField('fq', Q);
primeField('fr', R);
quadraticField();
group('g1', bn254.G1);
group('g2', bn254.G2);
membership();
pairings();
hashes();
await ceremonies();
writeFileSync(file, `${lines.join('\n')}\n`);
