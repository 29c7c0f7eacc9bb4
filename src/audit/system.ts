/** A circuit's constraints in the form that the rules read. */

import type { R1cs } from '../circom/r1cs.js';
import type { Combination } from './combination.js';
import {
  coefficientOf,
  ratio,
  rowOf,
  scale,
  shortest,
  shorteningFactor,
  signedCoefficients,
  sum,
} from './combination.js';
import { inverse, signed } from './field.js';

/** a * b = c; where a and b are absent, c = 0. */
export interface Constraint {
  readonly a?: Combination;
  readonly b?: Combination;
  readonly c: Combination;
  /** Number of the constraint in the .r1cs file. */
  readonly row: number;
}

/** A constraint with two factors. */
export interface Product extends Constraint {
  readonly a: Combination;
  readonly b: Combination;
}

export function isProduct(constraint: Constraint): constraint is Product {
  return constraint.a !== undefined;
}

/**
 * The constraints of a circuit, with the same solutions:
 *
 * - A product with a constant factor is a linear equation.
 * - A product in which all three sides are multiples of one combination T, but for constants, has at most two roots T = r, T = s where its constant
 *   term vanishes or c is zero. It is replaced by a boolean: that wire itself for the roots 0 and 1 of a single wire, otherwise a new wire v
 *   with the linear equation T = r + (s - r) v. v is a function of T, and stands for it in the factors of other products.
 *
 * Wires from `nOriginal` on are those new ones.
 */
export class System {
  readonly constraints: Constraint[] = [];
  readonly nOriginal: number;
  /** Wires, new ones included. */
  nWires: number;
  /** 1 for wires that are 0 or 1 by a constraint of their own. */
  readonly booleans: number[] = [];
  /** Rows that no witness satisfies, whatever it is. */
  readonly impossible: number[] = [];
  /** Combinations that a new wire stands for, by their first wires. */
  private readonly sums = new Map<number, { t: Combination; roots: readonly [bigint, bigint]; flag: number }[]>();
  /** The row that shows a wire to be boolean, and each new wire's. */
  readonly booleanRows = new Map<number, number>();

  constructor(r1cs: R1cs) {
    this.nOriginal = r1cs.nWires;
    this.nWires = r1cs.nWires;
    const table = signedCoefficients(r1cs);
    for (let row = 0; row < r1cs.nConstraints; row++) {
      this.add(row, rowOf(r1cs.A, row, table), rowOf(r1cs.B, row, table), rowOf(r1cs.C, row, table));
    }
    this.constraints.forEach((constraint, i) => {
      if (!isProduct(constraint)) return;
      const { a, b } = constraint;
      const [left, right] = [this.inBooleans(a), this.inBooleans(b)];
      if (left !== a || right !== b) this.constraints[i] = { ...constraint, a: left, b: right };
    });
  }

  /** A factor k T + c, where T = r + (s - r) v, written in v. */
  private inBooleans(side: Combination): Combination {
    if (side.wires.length < 2) return side;
    for (const { t, roots, flag } of this.sums.get(side.wires[0]!) ?? []) {
      const k = ratio(t, side);
      if (k === undefined) continue;
      return {
        wires: [flag],
        coefficients: [signed(k * (roots[1] - roots[0]))],
        constant: signed(side.constant + k * roots[0]),
      };
    }
    return side;
  }

  private add(row: number, a: Combination, b: Combination, c: Combination): void {
    if (a.wires.length === 0) {
      this.addLinear(row, linear(c, b, a.constant));
    } else if (b.wires.length === 0) {
      this.addLinear(row, linear(c, a, b.constant));
    } else if (!this.addRoots(row, a, b, c)) {
      // k a l b = k l c.
      const k = shorteningFactor(a);
      const l = shorteningFactor(b);
      this.constraints.push({ a: scale(a, k), b: scale(b, l), c: scale(c, signed(k * l)), row });
    }
  }

  /** Adds the equation `equation` = 0. */
  private addLinear(row: number, equation: Combination): void {
    if (equation.wires.length > 0) this.constraints.push({ c: shortest(equation), row });
    else if (equation.constant !== 0n) this.impossible.push(row);
  }

  private addRoots(row: number, a: Combination, b: Combination, c: Combination): boolean {
    // With T = a without its constant: (T + a0) (k T + b0) = l T + c0.
    const k = ratio(a, b);
    if (k === undefined) return false;
    const l = c.wires.length === 0 ? 0n : ratio(a, c);
    if (l === undefined) return false;
    const { constant: a0 } = a;
    const { constant: b0 } = b;
    const { constant: c0 } = c;
    let roots: [bigint, bigint];
    if (signed(a0 * b0 - c0) === 0n) roots = [0n, signed((l - b0 - k * a0) * inverse(k))];
    else if (l === 0n && c0 === 0n) roots = [-a0, signed(-b0 * inverse(k))];
    else return false;
    this.addBoolean(row, { ...a, constant: 0n }, roots);
    return true;
  }

  private addBoolean(row: number, t: Combination, [first, second]: readonly [bigint, bigint]): void {
    const [wire] = t.wires;
    const factor = t.wires.length === 1 ? inverse(t.coefficients[0]!) : 1n;
    const roots = [signed(first * factor), signed(second * factor)].sort((x, y) => (x < y ? -1 : 1)) as [
      bigint,
      bigint,
    ];
    const isSingle = t.wires.length === 1;
    if (isSingle && roots[0] === 0n && roots[1] === 1n) {
      this.booleans[wire!] = 1;
      if (!this.booleanRows.has(wire!)) this.booleanRows.set(wire!, row);
      return;
    }
    const base = isSingle ? { wires: [wire!], coefficients: [1n], constant: 0n } : t;
    if (roots[0] === roots[1]) {
      this.addLinear(row, { ...base, constant: signed(-roots[0]) });
      return;
    }
    const flag = this.nWires++;
    this.booleans[flag] = 1;
    this.booleanRows.set(flag, row);
    if (!isSingle) this.sums.set(t.wires[0]!, [...(this.sums.get(t.wires[0]!) ?? []), { t, roots, flag }]);
    this.addLinear(row, {
      wires: [...base.wires, flag],
      coefficients: [...base.coefficients, signed(roots[0] - roots[1])],
      constant: signed(-roots[0]),
    });
  }
}

/** c - factor * other. */
function linear(c: Combination, other: Combination, factor: bigint): Combination {
  return factor === 0n
    ? c
    : sum([
        [c, 1n],
        [other, -factor],
      ]);
}

/**
 * The linear equation that a product is where both factors are linear in one boolean wire x: its square is x.
 * (k x + k0) (l x + l0) = (k l + k l0 + k0 l) x + k0 l0.
 */
export function linearIfIdempotent(constraint: Product, isBoolean: (wire: number) => boolean): Constraint | undefined {
  const { a, b, c, row } = constraint;
  const [x] = a.wires;
  if (a.wires.length !== 1 || b.wires.length !== 1 || b.wires[0] !== x || !isBoolean(x!)) return undefined;
  const k = coefficientOf(a, x!);
  const l = coefficientOf(b, x!);
  const product = {
    wires: [x!],
    coefficients: [k * l + k * b.constant + a.constant * l],
    constant: a.constant * b.constant,
  };
  return {
    c: shortest(
      sum([
        [c, 1n],
        [product, -1n],
      ]),
    ),
    row,
  };
}

/** Wires of a constraint, each once. */
export function wiresOf(constraint: Constraint): readonly number[] {
  if (!isProduct(constraint)) return constraint.c.wires;
  const { a, b, c } = constraint;
  return [...new Set([...a.wires, ...b.wires, ...c.wires])];
}
