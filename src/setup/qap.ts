/** From constraints to the polynomials of Groth16's quadratic arithmetic program, evaluated at tau. */

import type { R1cs, SparseMatrix } from '../circom/r1cs.js';
import { SNARK_FIELD as P } from '../hash/field.js';
import { pause } from './lagrange.js';

/** Rows between two looks at the abort signal. */
const CHUNK = 1 << 13;

/** Per wire j: A_j(tau), B_j(tau), C_j(tau), canonical. */
export interface QapValues {
  readonly a: readonly bigint[];
  readonly b: readonly bigint[];
  readonly c: readonly bigint[];
}

/**
 * Evaluates the columns of the three matrices. As in snarkjs, rows after the constraints bind the constant one and the public signals in A
 * (row nConstraints + j is wire j), which makes their columns linearly independent.
 * @param lagrange values at tau of the Lagrange basis over the domain, one per row.
 * @throws ABORTED.
 */
export async function evaluateQap(
  r1cs: R1cs,
  lagrange: readonly bigint[],
  onRows: (done: number) => void,
  signal?: AbortSignal,
): Promise<QapValues> {
  const coefficients = r1cs.coefficients.map(signedRepresentative);
  const sums = [r1cs.A, r1cs.B, r1cs.C].map((matrix) => ({ matrix, values: new Array<bigint>(r1cs.nWires).fill(0n) }));
  for (let row = 0; row < r1cs.nConstraints; row += CHUNK) {
    await pause(signal);
    onRows(row);
    const end = Math.min(row + CHUNK, r1cs.nConstraints);
    for (const { matrix, values } of sums) addRows(matrix, row, end, lagrange, coefficients, values);
  }
  const [a, b, c] = sums.map(({ values }) => values) as [bigint[], bigint[], bigint[]];
  for (let wire = 0; wire <= r1cs.nPubOut + r1cs.nPubIn; wire++) a[wire]! += lagrange[r1cs.nConstraints + wire]!;
  for (const values of [a, b, c]) for (let wire = 0; wire < values.length; wire++) values[wire] = reduce(values[wire]!);
  return { a, b, c };
}

/** Adds coefficient * lagrange[row] to each wire of the rows; not reduced, since most coefficients are small. */
function addRows(
  matrix: SparseMatrix,
  start: number,
  end: number,
  lagrange: readonly bigint[],
  coefficients: readonly bigint[],
  sums: bigint[],
): void {
  for (let row = start; row < end; row++) {
    const weight = lagrange[row]!;
    for (let i = matrix.offsets[row]!; i < matrix.offsets[row + 1]!; i++) {
      sums[matrix.wires[i]!]! += coefficients[matrix.coefficients[i]!]! * weight;
    }
  }
}

function signedRepresentative(value: bigint): bigint {
  return value > P >> 1n ? value - P : value;
}

function reduce(value: bigint): bigint {
  const remainder = value % P;
  return remainder < 0n ? remainder + P : remainder;
}
