import { auditConstraints, inputWires } from '../../src/audit/audit.js';
import { compileInstance } from '../support/circuit-harness.js';
import { ALIASED_RELU, ASSERTED_REMAINDER } from '../support/flaws.js';

/** Signals of main that the audit lists, where a template of circomlib-ml has its flaw. */
async function openSignals(instance: string, text: string): Promise<string[]> {
  const circuit = await compileInstance([], instance, text);
  const given = inputWires(circuit.r1cs, circuit.wires).map(({ wire }) => wire);
  const names = new Map([...circuit.wires].map(([name, wire]) => [wire, name]));
  const { undetermined } = auditConstraints(circuit.r1cs, { given });
  return undetermined.map(({ wire }) => names.get(wire)!);
}

it('lists quotient and remainder of a division whose remainder is only asserted', async () => {
  expect(await openSignals('Flawed(16)', ASSERTED_REMAINDER)).toEqual(['main.y', 'main.remainder']);
});

it('lists a sign that is taken from a decomposition as wide as the field', async () => {
  const listed = await openSignals('Flawed()', ALIASED_RELU);
  expect(listed).toContain('main.y');
  expect(listed).toHaveLength(255);
});

it('lists a dense layer whose activation is only a hint', async () => {
  const text = `template Dense() {
    signal input x[2];
    signal output y;
    signal sum <== 3 * x[0] - 5 * x[1];
    signal positive <-- sum > 0 ? 1 : 0;
    positive * (positive - 1) === 0;
    y <== positive * sum;
  }`;
  expect(await openSignals('Dense()', text)).toEqual(['main.y', 'main.positive']);
});
