/** Identities of polynomials that are checked at one random point: what Freivalds' check of a product determines. */

import type { Combination } from './combination.js';
import { coefficientOf } from './combination.js';
import type { Determination } from './determine.js';
import { inverse, signed } from './field.js';
import type { Polynomial } from './polynomial.js';
import {
  addPolynomials,
  challengePolynomial,
  constantPolynomial,
  degreeOf,
  knownPolynomial,
  multiplyPolynomials,
  unknownPolynomial,
} from './polynomial.js';
import { isProduct, wiresOf } from './system.js';

/** A wire that is the hash of others. */
export interface Challenge {
  readonly output: number;
}

/**
 * Determines unknown wires by equations that hold at the challenge c, read as identities of polynomials in c: wires that are calculated from c by
 * products become polynomials, whose coefficients are numbers, known wires, and unknown wires. Where such an equation has an unknown wire as the
 * only one at some power of c, the identity determines it.
 *
 * It is only to be applied where the inputs and what is hashed to c determine all wires without it (see audit.ts). Then the polynomial is fixed by
 * the hash's input; if it is not zero, c is one of its roots with probability at most degree / p for each hash that is tried.
 * @returns the greatest degree of the equations that were used, or undefined if nothing was determined
 */
export function determineByChallenge(state: Determination, challenge: Challenge): number | undefined {
  if (state.isKnown(challenge.output)) return undefined;
  const reader = new PolynomialReader(state, challenge.output);
  let degree: number | undefined;
  for (const i of reader.equations) {
    const equation = reader.equationAt(i);
    if (equation === undefined || equation.isMixed) continue;
    const wires = [...equation.unknown.values()]
      .filter((terms) => terms.size === 1)
      .flatMap((terms) => [...terms.keys()]);
    const news = wires.filter((wire) => !state.isKnown(wire));
    if (news.length === 0) continue;
    state.markAll(news, 'challenge');
    degree = Math.max(degree ?? 0, degreeOf(equation));
  }
  return degree;
}

/** Reads wires as polynomials in the challenge. */
class PolynomialReader {
  /** Constraints between wires that depend on the challenge which calculate none of them. */
  readonly equations: number[] = [];
  private readonly definitions = new Map<number, number>();
  private readonly polynomials = new Map<number, Polynomial>();

  constructor(
    private readonly state: Determination,
    private readonly challenge: number,
  ) {
    this.follow();
  }

  /** Finds what is calculated from the challenge, product by product. */
  private follow(): void {
    const { circuit } = this.state;
    const queue = [this.challenge];
    const seen = new Set<number>();
    for (let wire = queue.pop(); wire !== undefined; wire = queue.pop()) {
      for (const i of circuit.readersOf(wire)) {
        if (seen.has(i)) continue;
        const constraint = circuit.constraints[i]!;
        const [result] = constraint.c.wires;
        const isDefinition =
          isProduct(constraint) &&
          constraint.c.wires.length === 1 &&
          !constraint.a.wires.includes(result!) &&
          !constraint.b.wires.includes(result!) &&
          result !== this.challenge &&
          !this.state.isKnown(result!) &&
          !this.definitions.has(result!) &&
          constraint.c.wires[0] !== wire;
        seen.add(i);
        if (!isDefinition) {
          this.equations.push(i);
          continue;
        }
        this.definitions.set(result!, i);
        queue.push(result!);
      }
    }
    const defining = new Set(this.definitions.values());
    const equations = this.equations.filter((i) => !defining.has(i));
    this.equations.length = 0;
    this.equations.push(...equations);
  }

  /** a b - c of a constraint. */
  equationAt(i: number): Polynomial | undefined {
    const constraint = this.state.circuit.constraints[i]!;
    if (!this.readAll(wiresOf(constraint))) return undefined;
    const c = this.read(constraint.c);
    if (!isProduct(constraint)) return c;
    return addPolynomials([
      [multiplyPolynomials(this.read(constraint.a), this.read(constraint.b)), 1n],
      [c, -1n],
    ]);
  }

  /** Reads wires that are defined by products, those that they need first; without recursion, since powers are long chains. */
  private readAll(wanted: readonly number[]): boolean {
    const stack = [...wanted];
    const open = new Set<number>();
    while (stack.length > 0) {
      const wire = stack[stack.length - 1]!;
      const definition = this.definitions.get(wire);
      if (this.polynomials.has(wire) || definition === undefined) {
        stack.pop();
        continue;
      }
      const constraint = this.state.circuit.constraints[definition]!;
      if (!isProduct(constraint)) return false;
      const needed = [...constraint.a.wires, ...constraint.b.wires].filter(
        (other) => this.definitions.has(other) && !this.polynomials.has(other),
      );
      if (needed.length > 0) {
        if (open.has(wire)) return false;
        open.add(wire);
        stack.push(...needed);
        continue;
      }
      const product = multiplyPolynomials(this.read(constraint.a), this.read(constraint.b));
      const factor = inverse(coefficientOf(constraint.c, wire));
      this.polynomials.set(
        wire,
        addPolynomials([
          [product, factor],
          [constantPolynomial(signed(-constraint.c.constant * factor)), 1n],
        ]),
      );
      stack.pop();
    }
    return true;
  }

  private read({ wires, coefficients, constant }: Combination): Polynomial {
    return addPolynomials([
      [constantPolynomial(constant), 1n],
      ...wires.map((wire, i) => [this.polynomialOf(wire), coefficients[i]!] as const),
    ]);
  }

  private polynomialOf(wire: number): Polynomial {
    if (wire === this.challenge) return challengePolynomial;
    const known = this.polynomials.get(wire);
    if (known) return known;
    return this.state.isKnown(wire) ? knownPolynomial : unknownPolynomial(wire);
  }
}
