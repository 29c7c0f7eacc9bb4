/** Polynomials in a challenge, of which some coefficients are unknown wires. */

import { signed } from './field.js';

/** Sum over exponents of (number + combination of unknown wires + something known) times powers of the challenge. */
export interface Polynomial {
  readonly numbers: ReadonlyMap<number, bigint>;
  /** Exponent to unknown wires with their coefficients. */
  readonly unknown: ReadonlyMap<number, ReadonlyMap<number, bigint>>;
  /** Degree of the part whose coefficients are functions of known wires; -1 where there is none. */
  readonly known: number;
  /** True where unknown wires are multiplied with each other or with what is not a number. */
  readonly isMixed: boolean;
}

const NONE: Polynomial = { numbers: new Map(), unknown: new Map(), known: -1, isMixed: false };

export const constantPolynomial = (value: bigint): Polynomial =>
  value === 0n ? NONE : { ...NONE, numbers: new Map([[0, value]]) };
export const challengePolynomial: Polynomial = { ...NONE, numbers: new Map([[1, 1n]]) };
export const knownPolynomial: Polynomial = { ...NONE, known: 0 };
export const unknownPolynomial = (wire: number): Polynomial => ({
  ...NONE,
  unknown: new Map([[0, new Map([[wire, 1n]])]]),
});

export function addPolynomials(parts: readonly (readonly [Polynomial, bigint])[]): Polynomial {
  const numbers = new Map<number, bigint>();
  const unknown = new Map<number, Map<number, bigint>>();
  let known = -1;
  let isMixed = false;
  for (const [part, factor] of parts) {
    for (const [exponent, value] of part.numbers) add(numbers, exponent, value * factor);
    for (const [exponent, wires] of part.unknown) {
      const into = unknown.get(exponent) ?? new Map<number, bigint>();
      unknown.set(exponent, into);
      for (const [wire, value] of wires) add(into, wire, value * factor);
    }
    known = Math.max(known, part.known);
    isMixed ||= part.isMixed;
  }
  return { numbers, unknown, known, isMixed };
}

export function multiplyPolynomials(x: Polynomial, y: Polynomial): Polynomial {
  const numbers = new Map<number, bigint>();
  const unknown = new Map<number, Map<number, bigint>>();
  for (const [i, left] of x.numbers) for (const [j, right] of y.numbers) add(numbers, i + j, left * right);
  for (const [from, by] of [
    [x, y],
    [y, x],
  ] as const) {
    for (const [i, wires] of from.unknown) {
      for (const [j, factor] of by.numbers) {
        const into = unknown.get(i + j) ?? new Map<number, bigint>();
        unknown.set(i + j, into);
        for (const [wire, value] of wires) add(into, wire, value * factor);
      }
    }
  }
  const isMixed =
    x.isMixed ||
    y.isMixed ||
    (x.unknown.size > 0 && (y.unknown.size > 0 || y.known >= 0)) ||
    (y.unknown.size > 0 && x.known >= 0);
  const isKnown = (x.known >= 0 && !isZero(y)) || (y.known >= 0 && !isZero(x));
  return { numbers, unknown, known: isKnown ? degreeOf(x) + degreeOf(y) : -1, isMixed };
}

/** An upper bound of the degree; 0 for constants and zero. */
export function degreeOf({ numbers, unknown, known }: Polynomial): number {
  return Math.max(0, known, ...numbers.keys(), ...unknown.keys());
}

const isZero = ({ numbers, unknown, known, isMixed }: Polynomial): boolean =>
  numbers.size === 0 && unknown.size === 0 && known < 0 && !isMixed;

function add(map: Map<number, bigint>, key: number, value: bigint): void {
  const sum = signed((map.get(key) ?? 0n) + value);
  if (sum === 0n) map.delete(key);
  else map.set(key, sum);
}
