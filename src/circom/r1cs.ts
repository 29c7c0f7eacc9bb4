/**
 * Reader of circom's .r1cs files: iden3's binary format version 1
 * (https://github.com/iden3/r1csfile/blob/master/doc/r1cs_bin_format.md).
 */

import { readFile } from 'node:fs/promises';
import { ZkinferError } from '../errors.js';
import { SNARK_FIELD } from '../hash/field.js';
import { BinaryReader, readSections } from './iden3-file.js';

/** A sparse matrix over the scalar field, one row per constraint (compressed sparse rows). */
export interface SparseMatrix {
  /** Entries of row i are at offsets[i] to offsets[i + 1]; one more entry than rows. */
  readonly offsets: Uint32Array;
  /** Wire (column) of each entry. */
  readonly wires: Uint32Array;
  /** Index of each entry's coefficient in `R1cs.coefficients`. */
  readonly coefficients: Uint32Array;
}

/** Constraints (A w) * (B w) = (C w) for a witness w with w[0] = 1. */
export interface R1cs {
  readonly nWires: number;
  readonly nPubOut: number;
  readonly nPubIn: number;
  readonly nPrvIn: number;
  readonly nLabels: number;
  readonly nConstraints: number;
  /** Constraints whose A or B is empty: they bind C alone. */
  readonly linear: number;
  readonly nonlinear: number;
  /** The distinct coefficients, canonical, never zero. */
  readonly coefficients: readonly bigint[];
  readonly A: SparseMatrix;
  readonly B: SparseMatrix;
  readonly C: SparseMatrix;
}

const HEADER_SECTION = 1;
const CONSTRAINTS_SECTION = 2;
const LABELS_SECTION = 3;
const CUSTOM_GATE_SECTIONS = [4, 5];
const ENTRY_BYTES = 36;
const LABEL_BYTES = 8;

/**
 * Reads an .r1cs file over BN254's scalar field.
 * @throws ARTIFACT_MISSING, IO; ARTIFACT_FORMAT when it is damaged, over another field, or uses custom gates.
 */
export async function readR1cs(path: string): Promise<R1cs> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ZkinferError(missing ? 'ARTIFACT_MISSING' : 'IO', 'cannot read the circuit', {
      cause,
      location: { file: path },
    });
  }
  return parseR1cs(bytes, path);
}

/** The same from the file's bytes; `file` names it in errors. */
export function parseR1cs(bytes: Uint8Array, file = 'circuit.r1cs'): R1cs {
  const sections = readSections(bytes, 'r1cs', 1, file);
  if (CUSTOM_GATE_SECTIONS.some(sections.has)) throw sections.fail('it uses custom gates, which Groth16 has not');
  const header = readHeader(sections.unique(HEADER_SECTION), sections.fail);
  const reader = sections.unique(CONSTRAINTS_SECTION);
  const { nConstraints, nWires } = header;
  // Wires without a constraint are bounded by the file too, before anything is allocated for them.
  const labelled = sections.has(LABELS_SECTION)
    ? sections.unique(LABELS_SECTION).remaining === LABEL_BYTES * nWires
    : nWires <= 1 + header.nPubOut + header.nPubIn + header.nPrvIn + reader.remaining / ENTRY_BYTES;
  if (!labelled) throw sections.fail('it has not as many labels as wires');
  // Every constraint takes 12 bytes at least and every entry 36: sizes are bounded by the file before anything is allocated.
  if (nConstraints > reader.remaining / 12) throw sections.fail('it announces more constraints than it holds');
  const table = new CoefficientTable();
  const capacity = Math.floor((reader.remaining - 12 * nConstraints) / ENTRY_BYTES);
  const rows = countEntries(bytes, reader, nConstraints, capacity, sections.fail);
  const matrices = rows.map((count) => new MatrixBuilder(nConstraints, count));
  for (let row = 0; row < nConstraints; row++) {
    for (const matrix of matrices) readRow(matrix, row, reader, table, nWires, sections.fail);
  }
  if (reader.remaining !== 0) throw sections.fail('the constraints are followed by other bytes');
  const [A, B, C] = matrices as [MatrixBuilder, MatrixBuilder, MatrixBuilder];
  const linear = countLinear(A.offsets, B.offsets);
  return { ...header, linear, nonlinear: nConstraints - linear, coefficients: table.values, A, B, C };
}

/**
 * log2 of Groth16's evaluation domain as snarkjs chooses it: the constraints and one row for each public signal and the constant one.
 * It is the power that a ptau file needs.
 */
export function domainPower(r1cs: Pick<R1cs, 'nConstraints' | 'nPubOut' | 'nPubIn'>): number {
  const rows = r1cs.nConstraints + r1cs.nPubOut + r1cs.nPubIn + 1;
  return Math.max(1, Math.ceil(Math.log2(rows)));
}

/**
 * The first constraint that a witness violates, or undefined if it satisfies all.
 * @param witness canonical field elements, one per wire, witness[0] = 1.
 * @throws ARTIFACT_FORMAT when the witness has another length, starts otherwise or holds a number that is no field element.
 */
export function checkWitness(r1cs: R1cs, witness: readonly bigint[]): { constraint: number } | undefined {
  if (witness.length !== r1cs.nWires) {
    throw new ZkinferError('ARTIFACT_FORMAT', `the witness has ${witness.length} values instead of ${r1cs.nWires}`);
  }
  if (witness[0] !== 1n || witness.some((value) => value < 0n || value >= SNARK_FIELD)) {
    throw new ZkinferError('ARTIFACT_FORMAT', 'the witness is not a list of field elements that starts with 1');
  }
  for (let row = 0; row < r1cs.nConstraints; row++) {
    const a = evaluateRow(r1cs, r1cs.A, row, witness);
    const b = evaluateRow(r1cs, r1cs.B, row, witness);
    const c = evaluateRow(r1cs, r1cs.C, row, witness);
    if ((a * b - c) % SNARK_FIELD !== 0n) return { constraint: row };
  }
  return undefined;
}

/** Value of one row's linear combination, not reduced. */
export function evaluateRow(r1cs: R1cs, matrix: SparseMatrix, row: number, witness: readonly bigint[]): bigint {
  let sum = 0n;
  for (let i = matrix.offsets[row]!; i < matrix.offsets[row + 1]!; i++) {
    sum += witness[matrix.wires[i]!]! * r1cs.coefficients[matrix.coefficients[i]!]!;
  }
  return sum;
}

type Fail = (what: string) => ZkinferError;

function readHeader(reader: BinaryReader, fail: Fail) {
  if (reader.u32() !== 32 || reader.bigint(32) !== SNARK_FIELD) throw fail('it is not over the scalar field of BN254');
  const nWires = reader.u32();
  const nPubOut = reader.u32();
  const nPubIn = reader.u32();
  const nPrvIn = reader.u32();
  const nLabels = reader.u64();
  const nConstraints = reader.u32();
  if (nWires < 1 + nPubOut + nPubIn + nPrvIn) throw fail('it has fewer wires than inputs and outputs');
  return { nWires, nPubOut, nPubIn, nPrvIn, nLabels, nConstraints };
}

/** Numbers of entries of A, B and C in all, from a first pass over the rows' lengths. */
function countEntries(bytes: Uint8Array, reader: BinaryReader, nConstraints: number, capacity: number, fail: Fail) {
  const scan = new BinaryReader(bytes.subarray(reader.position, reader.position + reader.remaining), fail);
  const counts = [0, 0, 0];
  let total = 0;
  for (let row = 0; row < nConstraints; row++) {
    for (let matrix = 0; matrix < 3; matrix++) {
      const count = scan.u32();
      total += count;
      if (total > capacity) throw fail('a constraint is longer than the file');
      scan.skip(count * ENTRY_BYTES);
      counts[matrix]! += count;
    }
  }
  return counts;
}

function readRow(
  matrix: MatrixBuilder,
  row: number,
  reader: BinaryReader,
  table: CoefficientTable,
  nWires: number,
  fail: Fail,
): void {
  const count = reader.u32();
  for (let i = 0; i < count; i++) {
    const wire = reader.u32();
    if (wire >= nWires) throw fail(`constraint ${row} names a wire that does not exist`);
    const coefficient = table.indexOf(reader);
    if (coefficient === undefined) throw fail(`constraint ${row} has a coefficient that is not a field element`);
    if (table.values[coefficient] !== 0n) matrix.push(wire, coefficient);
  }
  matrix.endRow(row);
}

function countLinear(a: Uint32Array, b: Uint32Array): number {
  let linear = 0;
  for (let row = 0; row + 1 < a.length; row++) {
    if (a[row] === a[row + 1] || b[row] === b[row + 1]) linear++;
  }
  return linear;
}

class MatrixBuilder implements SparseMatrix {
  readonly offsets: Uint32Array;
  wires: Uint32Array;
  coefficients: Uint32Array;
  #length = 0;

  constructor(rows: number, entries: number) {
    this.offsets = new Uint32Array(rows + 1);
    this.wires = new Uint32Array(entries);
    this.coefficients = new Uint32Array(entries);
  }

  push(wire: number, coefficient: number): void {
    this.wires[this.#length] = wire;
    this.coefficients[this.#length] = coefficient;
    this.#length++;
  }

  endRow(row: number): void {
    this.offsets[row + 1] = this.#length;
  }
}

/** Distinct coefficients by their bytes; those of one 32-bit word (most of a circuit's) without making a string. */
class CoefficientTable {
  readonly values: bigint[] = [];
  readonly #small = new Map<number, number>();
  readonly #large = new Map<string, number>();

  /** Index of the coefficient that the reader stands at; undefined if it is not below p. */
  indexOf(reader: BinaryReader): number | undefined {
    const small = reader.smallInteger(32);
    if (small !== undefined) {
      const known = this.#small.get(small);
      if (known !== undefined) return known;
      this.#small.set(small, this.values.length);
      return this.values.push(BigInt(small)) - 1;
    }
    const key = reader.latin1(32);
    const known = this.#large.get(key);
    if (known !== undefined) return known;
    const value = bigintOfLatin1(key);
    if (value >= SNARK_FIELD) return undefined;
    this.#large.set(key, this.values.length);
    return this.values.push(value) - 1;
  }
}

function bigintOfLatin1(key: string): bigint {
  return BigInt(`0x${Buffer.from(key, 'latin1').reverse().toString('hex')}`);
}
