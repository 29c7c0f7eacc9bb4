import type { R1cs, SparseMatrix } from '../../src/circom/r1cs.js';

/** The same circuit with one constraint less; wires keep their numbers. */
export function withoutRow(r1cs: R1cs, row: number): R1cs {
  return {
    ...r1cs,
    nConstraints: r1cs.nConstraints - 1,
    A: dropRow(r1cs.A, row),
    B: dropRow(r1cs.B, row),
    C: dropRow(r1cs.C, row),
  };
}

function dropRow({ offsets, wires, coefficients }: SparseMatrix, row: number): SparseMatrix {
  const [start, end] = [offsets[row]!, offsets[row + 1]!];
  const kept = (list: Uint32Array): Uint32Array =>
    Uint32Array.from([...list.subarray(0, start), ...list.subarray(end)]);
  return {
    offsets: Uint32Array.from([
      ...offsets.subarray(0, row + 1),
      ...offsets.subarray(row + 2).map((at) => at - end + start),
    ]),
    wires: kept(wires),
    coefficients: kept(coefficients),
  };
}
