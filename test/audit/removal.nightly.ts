import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditConstraints, inputWires } from '../../src/audit/audit.js';
import type { R1cs } from '../../src/circom/r1cs.js';
import { checkWitness } from '../../src/circom/r1cs.js';
import type { WitnessInputs } from '../../src/prover/witness.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { TEMPLATES, type TemplateInstance } from '../support/audit-templates.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance, mod } from '../support/circuit-harness.js';
import { withoutRow } from '../support/without-row.js';

/** By template: constraints, removals after which a second witness exists, and those of them that the audit finds. */
type Table = Record<string, { constraints: number; lost: number; found: number; alsoListed: number }>;

const expected = JSON.parse(
  readFileSync(join(import.meta.dirname, '../snapshots/audit-removals.json'), 'utf8'),
) as Table;

/** Larger instances take too long; they are made of smaller ones. */
const MAX_CONSTRAINTS = 70;

/** Input signals of main by wire, as a search for witnesses takes them. */
function given(circuit: Circuit, inputs: TemplateInstance['inputs'][number]): Map<number, bigint> {
  const values = Object.entries(inputs).flatMap(([name, value]) =>
    Array.isArray(value)
      ? (value as readonly (number | bigint)[]).map((element, i) => [`${name}[${i}]`, element] as const)
      : [[name, value as number | bigint] as const],
  );
  const present = new Set(circuit.present(values.map(([name]) => name)));
  return new Map(
    values.filter(([name]) => present.has(name)).map(([name, value]) => [circuit.wire(name), mod(BigInt(value))]),
  );
}

/** Whether a wire can be changed by itself. */
function hasLooseWire(r1cs: R1cs, witness: readonly bigint[], inputs: ReadonlyMap<number, bigint>): boolean {
  return witness.some((value, wire) => {
    if (wire === 0 || inputs.has(wire)) return false;
    const others = [value + 1n, value - 1n, 1n - value, -value].map(mod).filter((other) => other !== value);
    return others.some((other) => checkWitness(r1cs, witness.with(wire, other)) === undefined);
  });
}

/** Whether some inputs have a second witness: a wire can be changed, the search finds one, or a wire that nothing confines. */
function isAmbiguous(r1cs: R1cs, honest: readonly Honest[], mayBeSearched: boolean): boolean {
  if (honest.some(({ witness, inputs }) => hasLooseWire(r1cs, witness, inputs))) return true;
  return honest.some(({ inputs }) => {
    if (!mayBeSearched) return false;
    try {
      return allWitnesses(r1cs, inputs).length > 1;
    } catch (error) {
      if (/are not determined/.test((error as Error).message)) return true;
      throw error;
    }
  });
}

interface Honest {
  readonly inputs: ReadonlyMap<number, bigint>;
  readonly witness: readonly bigint[];
}

const CLOSED = Object.entries(TEMPLATES).filter(([, { isOpen }]) => isOpen !== true);

it.each(CLOSED)('%s: the audit finds every removed constraint that matters', async (name, template) => {
  const { includes, instance, preamble } = template;
  const circuit = await compileInstance(includes, instance, preamble);
  const { r1cs } = circuit;
  if (r1cs.nConstraints > MAX_CONSTRAINTS) {
    expect(expected[name]).toBeUndefined();
    return;
  }
  const wires = inputWires(r1cs, circuit.wires).map(({ wire }) => wire);
  const honest: Honest[] = [];
  for (const values of template.inputs) {
    honest.push({ inputs: given(circuit, values), witness: await circuit.witness(values as WitnessInputs) });
  }
  const mayBeSearched = template.isSlow !== true;
  expect(isAmbiguous(r1cs, honest, mayBeSearched)).toBe(false);
  const row = { constraints: r1cs.nConstraints, lost: 0, found: 0, alsoListed: 0 };
  const overlooked: number[] = [];
  for (let i = 0; i < r1cs.nConstraints; i++) {
    const broken = withoutRow(r1cs, i);
    const isListed = auditConstraints(broken, { given: wires }).undetermined.length > 0;
    if (!isAmbiguous(broken, honest, mayBeSearched)) {
      row.alsoListed += Number(isListed);
      continue;
    }
    row.lost++;
    row.found += Number(isListed);
    if (!isListed) overlooked.push(i);
  }
  expect(overlooked).toEqual([]);
  expect({ [name]: row }).toEqual({ [name]: expected[name] });
});
