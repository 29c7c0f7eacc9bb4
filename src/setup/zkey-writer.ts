/** Writes Groth16 proving keys in snarkjs's .zkey format: sections 1 to 10, points affine in Montgomery form, little endian. */

import type { WasmCurve } from 'ffjavascript';
import type { VerificationKey } from '../artifacts/types.js';
import type { R1cs } from '../circom/r1cs.js';
import { SNARK_FIELD as P } from '../hash/field.js';
import type { WorkOptions } from '../progress.js';
import type { FixedBasePool, GroupName } from './fixed-base.js';
import { littleEndian, u32, writeSections, type SectionWriter } from './section-writer.js';
import { makeVerificationKey } from './verification-key.js';

/** Discrete logarithms of the points of a key, canonical field elements. gamma is 1, as in every key of snarkjs. */
export interface ZkeyScalars {
  /** log2 of the domain. */
  readonly power: number;
  readonly alpha: bigint;
  readonly beta: bigint;
  readonly delta: bigint;
  /** Per wire: A_j(tau), B_j(tau). */
  readonly a: readonly bigint[];
  readonly b: readonly bigint[];
  /** Per wire: beta A_j + alpha B_j + C_j at tau, over gamma for the public ones, over delta for the others. */
  readonly k: readonly bigint[];
  /** Per domain element i: the Lagrange value of the odd point 2i + 1 of the doubled domain, over delta. */
  readonly h: readonly bigint[];
}

export interface ZkeySource {
  readonly curve: WasmCurve;
  readonly r1cs: R1cs;
  readonly scalars: ZkeyScalars;
  readonly pool: FixedBasePool;
}

const SECTIONS = 10;
const COEFFICIENT_BYTES = 44;
/** Bytes of a batch of coefficients. */
const PIECE = COEFFICIENT_BYTES << 12;

/**
 * Stands where snarkjs has the hash of the circuit (64 bytes at the start of section 10), which no tool needs for proving: every key made
 * here can be told from the file itself. Contributions keep it.
 */
export const DEVELOPMENT_MARK = Buffer.concat([Buffer.from('zkinfer development key: do not use in production')], 64);

/**
 * Writes the .zkey and gives its verification key.
 * @throws IO, ABORTED.
 */
export async function writeZkey(path: string, source: ZkeySource, work: WorkOptions): Promise<VerificationKey> {
  const { curve, r1cs, scalars } = source;
  const first = r1cs.nPubOut + r1cs.nPubIn + 1;
  const points = headerPoints(curve, scalars);
  const ic: Uint8Array[] = [];
  await writeSections(
    path,
    async (writer) => {
      const writePoints = pointWriter(writer, source, work);
      await writer.begin('zkey', 1, SECTIONS);
      await writer.section(1, 4, [u32(1)]);
      const header = headerBytes(curve, r1cs, scalars, points);
      await writer.section(2, header.length, [header]);
      await writePoints(3, 'G1', scalars.k.slice(0, first), ic);
      await writer.section(4, 4 + COEFFICIENT_BYTES * coefficientCount(r1cs), coefficientPieces(r1cs));
      await writePoints(5, 'G1', scalars.a);
      await writePoints(6, 'G1', scalars.b);
      await writePoints(7, 'G2', scalars.b);
      await writePoints(8, 'G1', scalars.k.slice(first));
      await writePoints(9, 'G1', scalars.h);
      await writer.section(10, 68, [DEVELOPMENT_MARK, u32(0)]);
    },
    work.signal,
  );
  return makeVerificationKey(curve, { ...points, ic: Buffer.concat(ic) });
}

/** A function that multiplies scalars and writes the points as a section, keeping them in `kept` if given. */
function pointWriter(writer: SectionWriter, { curve, pool, scalars }: ZkeySource, { onProgress }: WorkOptions) {
  const total = scalars.a.length + 2 * scalars.b.length + scalars.k.length + scalars.h.length;
  let done = 0;
  return async (type: number, group: GroupName, values: readonly bigint[], kept?: Uint8Array[]): Promise<void> => {
    const size = 2 * curve[group].F.n8;
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for await (const points of pool.multiply(group, scalarBytes(values))) {
        kept?.push(points);
        yield points;
        done += points.length / size;
        onProgress?.({ stage: 'fixed-base multiplication', done, total });
      }
    }
    await writer.section(type, values.length * size, pieces());
  };
}

/** 32 bytes each, little endian (as is every machine that Node runs on). */
function scalarBytes(values: readonly bigint[]): Uint8Array {
  const words = new BigUint64Array(4 * values.length);
  values.forEach((value, i) => {
    for (let word = 0; word < 4; word++) words[4 * i + word] = value >> BigInt(64 * word);
  });
  return new Uint8Array(words.buffer);
}

function headerPoints({ G1, G2 }: WasmCurve, { alpha, beta, delta }: ZkeyScalars) {
  const g1 = (scalar: bigint): Uint8Array => G1.toAffine(G1.timesScalar(G1.g, scalar));
  const g2 = (scalar: bigint): Uint8Array => G2.toAffine(G2.timesScalar(G2.g, scalar));
  return { alpha1: g1(alpha), beta1: g1(beta), beta2: g2(beta), gamma2: g2(1n), delta1: g1(delta), delta2: g2(delta) };
}

function headerBytes(
  curve: WasmCurve,
  r1cs: R1cs,
  { power }: ZkeyScalars,
  { alpha1, beta1, beta2, gamma2, delta1, delta2 }: ReturnType<typeof headerPoints>,
): Buffer {
  const fields = [u32(32), littleEndian(curve.q), u32(32), littleEndian(curve.r)];
  const sizes = [r1cs.nWires, r1cs.nPubOut + r1cs.nPubIn, 2 ** power].map(u32);
  return Buffer.concat([...fields, ...sizes, alpha1, beta1, beta2, gamma2, delta1, delta2]);
}

function coefficientCount(r1cs: R1cs): number {
  return entries(r1cs, 'A') + entries(r1cs, 'B') + r1cs.nPubOut + r1cs.nPubIn + 1;
}

function entries(r1cs: R1cs, matrix: 'A' | 'B'): number {
  return r1cs[matrix].offsets[r1cs.nConstraints]!;
}

/**
 * Section 4: the number of coefficients, then (matrix, row, wire, value) for A, B and the rows that bind the public signals. Values are
 * stored times R^2, R = 2^256: a Montgomery product with a plain witness value then is in Montgomery form.
 */
function* coefficientPieces(r1cs: R1cs): Generator<Uint8Array> {
  yield u32(coefficientCount(r1cs));
  const R2 = (1n << 512n) % P;
  const values = r1cs.coefficients.map((value) => littleEndian((value * R2) % P));
  let piece = Buffer.alloc(PIECE);
  let filled = 0;
  function put(matrix: number, row: number, wire: number, value: Buffer): void {
    piece.writeUInt32LE(matrix, filled);
    piece.writeUInt32LE(row, filled + 4);
    piece.writeUInt32LE(wire, filled + 8);
    value.copy(piece, filled + 12);
    filled += COEFFICIENT_BYTES;
  }
  function* take(): Generator<Uint8Array> {
    yield piece.subarray(0, filled);
    piece = Buffer.alloc(PIECE);
    filled = 0;
  }
  for (let row = 0; row < r1cs.nConstraints; row++) {
    for (const [index, { offsets, wires, coefficients }] of [r1cs.A, r1cs.B].entries()) {
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
        put(index, row, wires[i]!, values[coefficients[i]!]!);
        if (filled === PIECE) yield* take();
      }
    }
  }
  for (let wire = 0; wire <= r1cs.nPubOut + r1cs.nPubIn; wire++) {
    put(0, r1cs.nConstraints + wire, wire, littleEndian(R2));
    if (filled === PIECE) yield* take();
  }
  yield* take();
}
