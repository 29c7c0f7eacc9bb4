import type { R1cs, SparseMatrix } from '../../src/circom/r1cs.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { mod } from './circuit-harness.js';

/** known + sum of coefficients times unknown wires. */
interface Row {
  known: bigint;
  unknown: Map<number, bigint>;
}

const MAX_NODES = 200_000;

function inverse(value: bigint): bigint {
  let [result, base, exponent] = [1n, mod(value), SNARK_FIELD - 2n];
  for (; exponent > 0n; exponent >>= 1n, base = (base * base) % SNARK_FIELD) {
    if (exponent & 1n) result = (result * base) % SNARK_FIELD;
  }
  return result;
}

/**
 * Every witness of a circuit that agrees with the given wires: an exhaustive search that follows whatever is forced (constraints with
 * one unknown wire left) and otherwise tries both roots of a product that must vanish. Reads only the R1CS, so whatever a prover could
 * write on any wire is tried.
 * @throws Error where a wire is not confined to finitely many values: then the circuit is forgeable, or too large for this search
 */
export function allWitnesses(r1cs: R1cs, given: ReadonlyMap<number, bigint>): bigint[][] {
  return new Search(r1cs).run(given);
}

class Search {
  private readonly found: bigint[][] = [];
  private readonly readers: number[][];
  private nodes = 0;

  constructor(private readonly r1cs: R1cs) {
    this.readers = Array.from({ length: r1cs.nWires }, () => []);
    for (let i = 0; i < r1cs.nConstraints; i++) {
      const wires = [r1cs.A, r1cs.B, r1cs.C].flatMap((m) => [...m.wires.subarray(m.offsets[i], m.offsets[i + 1])]);
      for (const wire of new Set(wires)) this.readers[wire]!.push(i);
    }
  }

  run(given: ReadonlyMap<number, bigint>): bigint[][] {
    const values = new Map([[0, 1n], ...given]);
    this.extend(
      values,
      Array.from({ length: this.r1cs.nConstraints }, (_, i) => i),
    );
    return this.found;
  }

  /** Propagates from the given constraints, then branches. */
  private extend(values: Map<number, bigint>, queue: number[]): void {
    if (++this.nodes > MAX_NODES) throw new Error('too many cases for an exhaustive search');
    const pending = new Set(queue);
    for (const constraint of pending) {
      pending.delete(constraint);
      const roots = this.roots(constraint, values);
      if (roots === undefined) continue;
      if (roots.values.length === 0) return;
      if (roots.wire === undefined || roots.values.length > 1) continue;
      values.set(roots.wire, roots.values[0]!);
      for (const reader of this.readers[roots.wire]!) pending.add(reader);
    }
    if (values.size === this.r1cs.nWires) {
      this.found.push(Array.from({ length: this.r1cs.nWires }, (_, wire) => values.get(wire)!));
      return;
    }
    const branch = this.findBranch(values);
    for (const value of branch.values) {
      this.extend(new Map(values).set(branch.wire, value), this.readers[branch.wire]!);
    }
  }

  private findBranch(values: ReadonlyMap<number, bigint>): { wire: number; values: bigint[] } {
    for (let i = 0; i < this.r1cs.nConstraints; i++) {
      const roots = this.roots(i, values);
      if (roots?.wire !== undefined) return { wire: roots.wire, values: roots.values };
    }
    const free = Array.from({ length: this.r1cs.nWires }, (_, wire) => wire).filter((wire) => !values.has(wire));
    throw new Error(`wires ${free.slice(0, 5).join(', ')} are not determined`);
  }

  /**
   * What a constraint says with the values so far: nothing yet (undefined), that it holds or not (no wire; one or no value), or which values
   * its only unknown wire may have.
   */
  private roots(i: number, values: ReadonlyMap<number, bigint>): { wire?: number; values: bigint[] } | undefined {
    const [a, b, c] = [this.r1cs.A, this.r1cs.B, this.r1cs.C].map((matrix) => this.row(matrix, i, values)) as [
      Row,
      Row,
      Row,
    ];
    const unknown = new Set([...a.unknown.keys(), ...b.unknown.keys(), ...c.unknown.keys()]);
    // A factor that is known to be zero silences the other.
    for (const [zero, other] of [
      [a, b],
      [b, a],
    ] as const) {
      if (zero.unknown.size > 0 || zero.known !== 0n) continue;
      for (const wire of other.unknown.keys()) if (!c.unknown.has(wire)) unknown.delete(wire);
    }
    if (unknown.size > 1) return undefined;
    const [wire] = unknown;
    if (wire === undefined) {
      const product = a.unknown.size + b.unknown.size > 0 ? 0n : a.known * b.known;
      return { values: mod(product - c.known) === 0n ? [0n] : [] };
    }
    const coefficient = (row: Row): bigint => row.unknown.get(wire) ?? 0n;
    const [a1, b1, c1] = [coefficient(a), coefficient(b), coefficient(c)];
    const silent = (a.known === 0n && a.unknown.size === 0) || (b.known === 0n && b.unknown.size === 0);
    if (silent) return { wire, values: [mod(-c.known * inverse(c1))] };
    // (a0 + a1 w)(b0 + b1 w) = c0 + c1 w
    if (a1 === 0n || b1 === 0n) {
      const slope = mod(a1 * b.known + a.known * b1 - c1);
      const constant = mod(a.known * b.known - c.known);
      if (slope === 0n) return constant === 0n ? undefined : { values: [] };
      return { wire, values: [mod(-constant * inverse(slope))] };
    }
    if (c.known === 0n && c1 === 0n) {
      return { wire, values: [...new Set([mod(-a.known * inverse(a1)), mod(-b.known * inverse(b1))])] };
    }
    return undefined;
  }

  private row(matrix: SparseMatrix, i: number, values: ReadonlyMap<number, bigint>): Row {
    const row: Row = { known: 0n, unknown: new Map() };
    for (let entry = matrix.offsets[i]!; entry < matrix.offsets[i + 1]!; entry++) {
      const wire = matrix.wires[entry]!;
      const coefficient = this.r1cs.coefficients[matrix.coefficients[entry]!]!;
      const value = values.get(wire);
      if (value === undefined) row.unknown.set(wire, coefficient);
      else row.known = mod(row.known + coefficient * value);
    }
    return row;
  }
}
