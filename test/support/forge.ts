import { checkWitness } from '../../src/circom/r1cs.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import type { Circuit } from './circuit-harness.js';
import { mod } from './circuit-harness.js';

/** Wrong values for a wire: neighbours, the other truth value, the negative, a value beyond a range check, an arbitrary one. */
function wrongValues(value: bigint): bigint[] {
  const candidates = [value + 1n, value - 1n, 1n - value, -value, value + 256n, value + (1n << 200n), SNARK_FIELD / 3n];
  return [...new Set(candidates.map(mod))].filter((candidate) => candidate !== value);
}

/** Changes every wire but the inputs, one at a time, and returns the signals for which the constraints did not mind. */
export function unnoticedChanges(circuit: Circuit, witness: readonly bigint[], inputs: readonly string[]): string[] {
  const fixed = new Set([0, ...inputs.map((signal) => circuit.wire(signal))]);
  const names = new Map([...circuit.wires].map(([name, wire]) => [wire, name]));
  const unnoticed: string[] = [];
  for (let wire = 0; wire < witness.length; wire++) {
    if (fixed.has(wire)) continue;
    for (const value of wrongValues(witness[wire]!)) {
      if (checkWitness(circuit.r1cs, witness.with(wire, value)) === undefined) {
        unnoticed.push(`${names.get(wire)} = ${value}`);
      }
    }
  }
  return unnoticed;
}
