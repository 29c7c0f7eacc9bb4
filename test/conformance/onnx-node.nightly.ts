/** The official ONNX operator tests that pass, as circuits of any size. */
import { checkCircuits } from '../support/check-circuits.js';
import { CORE_TESTS, NodeTest } from '../support/onnx-node/archive.js';
import { circuitCases, evaluateTest } from '../support/onnx-node/evaluate.js';

it('all tests that pass give the expected outputs as circuits, and no others', async () => {
  const stored = CORE_TESTS.filter((name) => new NodeTest(name).isStored);
  const cases = circuitCases(new Map(stored.map((name) => [name, evaluateTest(name)])));
  expect(cases.length).toBeGreaterThan(0);
  await checkCircuits(cases);
});
