import type { R1cs } from '../../src/circom/r1cs.js';
import { parseR1cs } from '../../src/circom/r1cs.js';
import { mod } from './circuit-harness.js';
import { r1csBytes } from './r1cs-bytes.js';

/** A side of a constraint: coefficients by wire; wire 0 is the constant one. */
export type Side = Readonly<Record<number, number | bigint>>;
/** a * b = c. */
export type Equation = readonly [a: Side, b: Side, c: Side];

export const booleanity = (wire: number): Equation => [{ [wire]: 1 }, { [wire]: 1, 0: -1 }, {}];
export const zero = (side: Side): Equation => [{}, {}, side];

/** An R1CS whose wires 1 .. inputs are its inputs. */
export function smallR1cs(wires: number, inputs: number, equations: readonly Equation[]): R1cs {
  const terms = (side: Side): [number, bigint][] =>
    Object.entries(side).map(([wire, value]): [number, bigint] => [Number(wire), mod(BigInt(value))]);
  const rows = equations.map((sides) => sides.map(terms));
  return parseR1cs(r1csBytes({ wires, rows, publicInputs: 0, privateInputs: inputs }));
}
