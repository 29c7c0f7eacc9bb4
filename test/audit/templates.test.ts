import { auditConstraints, inputWires } from '../../src/audit/audit.js';
import type { WitnessInputs } from '../../src/prover/witness.js';
import { TEMPLATES } from '../support/audit-templates.js';
import { compileInstance } from '../support/circuit-harness.js';

it.each(Object.entries(TEMPLATES))('%s: every wire is determined, or listed', async (_, template) => {
  const { includes, instance, preamble, publicInputs } = template;
  const circuit = await compileInstance(includes, instance, preamble, publicInputs);
  const names = new Map([...circuit.wires].map(([name, wire]) => [wire, name]));
  const given = inputWires(circuit.r1cs, circuit.wires).map(({ wire }) => wire);
  const { undetermined } = auditConstraints(circuit.r1cs, { given });
  if (template.isOpen) expect(undetermined.length).toBeGreaterThan(0);
  else expect(undetermined.map(({ wire }) => names.get(wire))).toEqual([]);
  // The instance is not void: there is a witness.
  for (const inputs of template.inputs) await circuit.witness(inputs as WitnessInputs);
});
