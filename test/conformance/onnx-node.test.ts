/**
 * The official ONNX operator tests: onnx-node.json lists all of them, those that pass and why the others are not claimed, and has to be
 * right both ways. With ZKINFER_CONFORMANCE=print the outcome of each is printed, with =update the list gets what passes.
 */
import { importModel } from '../../src/onnx/import.js';
import { checkCircuits } from '../support/check-circuits.js';
import { CORE_TESTS, NodeTest } from '../support/onnx-node/archive.js';
import { circuitCases, evaluateTest } from '../support/onnx-node/evaluate.js';
import type { Outcome } from '../support/onnx-node/evaluate.js';
import { isForm, printOutcomes, readStatus, statusOf, updateStatus } from '../support/onnx-node/status.js';
import { problemsOf } from '../support/problems.js';

/** Larger circuits are left to the nightly tests. */
const MAX_CONSTRAINTS = 10_000;

const stored = CORE_TESTS.filter((name) => new NodeTest(name).isStored);
const outcomes = new Map<string, Outcome>();
beforeAll(() => {
  for (const name of stored) outcomes.set(name, evaluateTest(name));
  if (process.env.ZKINFER_CONFORMANCE === 'print') printOutcomes(outcomes);
  if (process.env.ZKINFER_CONFORMANCE === 'update') updateStatus(outcomes);
});

it('lists every test once, those that are not stored as too large, and gives a known reason', () => {
  const { reasons, tests } = readStatus();
  expect(Object.keys(tests).toSorted()).toEqual(CORE_TESTS.toSorted());
  const unknown = Object.values(tests).filter((status) => !isForm(status) && reasons[status] === undefined);
  expect(unknown).toEqual([]);
  const tooLarge = CORE_TESTS.filter((name) => tests[name] === 'size');
  expect(tooLarge).toEqual(CORE_TESTS.filter((name) => !stored.includes(name)));
});

it.each(stored)('%s', (name) => {
  const listed = readStatus().tests[name]!;
  expect(statusOf(outcomes.get(name)!, listed)).toBe(listed);
});

it('the tests that pass give the expected outputs as circuits, and no others', async () => {
  await checkCircuits(circuitCases(outcomes, ({ constraints }) => constraints <= MAX_CONSTRAINTS));
});

it.each([
  ['test_dynamicquantizelinear', /scale from the data/],
  ['test_quantizelinear_e4m3fn', /zero_point|type/],
  ['test_quantizelinear_int16', /int16/],
  ['test_dequantizelinear_blocked', /blocked/],
])('says why it refuses %s', (name, message) => {
  const problems = problemsOf(() => importModel(new NodeTest(name).bytes));
  expect(problems.map((problem) => problem.message).join('\n')).toMatch(message);
});
