import { auditConstraints } from '../../src/audit/audit.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { mod } from '../support/circuit-harness.js';
import { Random } from '../support/random.js';
import type { Equation, Side } from '../support/small-r1cs.js';
import { booleanity, smallR1cs } from '../support/small-r1cs.js';

const INPUTS = 2;
const BOOLEANS = 5;
const OTHERS = 2;
const WIRES = 1 + INPUTS + BOOLEANS + OTHERS;
const SYSTEMS = 4000;

/** A random system that a random witness satisfies, of the kinds of constraints that the rules read. */
function randomSystem(random: Random): { equations: Equation[]; witness: number[] } {
  const witness = [1];
  for (let i = 0; i < INPUTS; i++) witness.push(random.integer(0, 4));
  for (let i = 0; i < BOOLEANS; i++) witness.push(random.integer(0, 1));
  for (let i = 0; i < OTHERS; i++) witness.push(random.integer(-2, 6));
  const value = (side: Side): number =>
    Object.entries(side).reduce((sum, [wire, c]) => sum + witness[Number(wire)]! * Number(c), 0);
  const side = (count: number): Record<number, number> => {
    const terms: Record<number, number> = {};
    for (let i = 0; i < count; i++)
      terms[random.integer(1, WIRES - 1)] = [1, -1, 2, 4, 3, 8, -2][random.integer(0, 6)]!;
    return terms;
  };
  // The constant that makes a side have a value.
  const fixed = (terms: Record<number, number>, wanted: number): Side => ({ ...terms, 0: wanted - value(terms) });
  const makers: (() => Equation)[] = [
    () => [{}, {}, fixed(side(random.integer(2, 5)), 0)],
    () => {
      const [a, b] = [side(random.integer(1, 2)), side(random.integer(1, 2))];
      return [a, b, fixed(side(random.integer(0, 2)), value(a) * value(b))];
    },
    // A product that is zero: one of its factors is.
    () => {
      const [a, b] = [fixed(side(random.integer(1, 2)), 0), side(random.integer(1, 2))];
      return random.integer(0, 1) === 1 ? [a, b, {}] : [b, a, {}];
    },
  ];
  const equations: Equation[] = [];
  for (let i = 0; i < BOOLEANS; i++) if (random.integer(0, 9) > 0) equations.push(booleanity(1 + INPUTS + i));
  for (let i = random.integer(2, 7); i > 0; i--) equations.push(makers[random.integer(0, makers.length - 1)]!());
  return { equations, witness };
}

it('says of no wire that it is determined where a second witness has another value there', () => {
  const random = new Random(20261124);
  let determined = 0;
  let compared = 0;
  for (let system = 0; system < SYSTEMS; system++) {
    const { equations, witness } = randomSystem(random);
    const r1cs = smallR1cs(WIRES, INPUTS, equations);
    const open = new Set(auditConstraints(r1cs, { given: [1, 2] }).undetermined.map(({ wire }) => wire));
    const given = new Map([1, 2].map((wire) => [wire, mod(BigInt(witness[wire]!))]));
    let found: bigint[][];
    try {
      found = allWitnesses(r1cs, given);
    } catch {
      // The search cannot list all witnesses; then the audit must not say that there is one only.
      expect({ equations, open: open.size > 0 }).toEqual({ equations, open: true });
      continue;
    }
    compared++;
    for (let wire = 1; wire < WIRES; wire++) {
      if (open.has(wire)) continue;
      determined++;
      const values = new Set(found.map((values) => values[wire]));
      expect({ equations, wire, values: values.size }).toEqual({ equations, wire, values: 1 });
    }
  }
  // The test is not void.
  expect(compared).toBeGreaterThan(SYSTEMS / 20);
  expect(determined).toBeGreaterThan(compared * 3);
});
