import { checkWitness } from '../../src/circom/r1cs.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import type { RequantizeForm } from '../../src/plan/form.js';
import { formRow } from '../../src/plan/form.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance, literal } from '../support/circuit-harness.js';
import { ALIASED_RELU } from '../support/flaws.js';

/** Relu of an integer in [-8, 7]. */
const RELU: RequantizeForm = {
  multiplier: 1,
  offset: 0,
  divisor: 1,
  rounding: 'floor',
  baseIsOdd: false,
  base: 0,
  window: 8,
  low: true,
  high: false,
  excessBits: 0,
  lowValue: 0,
  highValue: 7,
  raised: [],
  lowered: [],
};

it('finds the alias in a decomposition as wide as the field', async () => {
  const circuit = await compileInstance([], 'Flawed()', ALIASED_RELU);
  const witness = await circuit.witness({ x: 5 });
  expect(witness[circuit.wire('y')]).toBe(5n);
  const alias = SNARK_FIELD + 5n;
  const forged = [...witness];
  for (let i = 0; i < 254; i++) forged[circuit.wire(`bits[${i}]`)] = (alias >> BigInt(i)) & 1n;
  forged[circuit.wire('y')] = 0n;
  expect(checkWitness(circuit.r1cs, forged)).toBeUndefined();
});

it('Requantize gives one output for every input, alias or not', async () => {
  const instance = `Requantize(2, 1, 2, [[0, 1]], 1, [[1, 1]], [0], ${literal([formRow(RELU)])}, 1, [[0]])`;
  const circuit = await compileInstance(['quant/requantize'], instance);
  for (let x = -8; x < 8; x++) {
    const found = allWitnesses(circuit.r1cs, circuit.assign({ 'x[0]': x, 'x[1]': 0 }));
    expect(found.map((witness) => witness[circuit.wire('y[0]')])).toEqual([BigInt(Math.max(x, 0))]);
  }
  // No decomposition of any template is nearly as wide as the field.
  const widest = `BoundedBits(253, ${2n ** 252n})`;
  await expect(compileInstance(['primitives/bounded-bits'], widest)).rejects.toMatchObject({ code: 'TOOL_FAILED' });
});
