import { checkWitness } from '../../src/circom/r1cs.js';
import type { RequantizeForm } from '../../src/plan/form.js';
import { formRow } from '../../src/plan/form.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { ASSERTED_REMAINDER } from '../support/flaws.js';

const FORM: RequantizeForm = {
  multiplier: 1,
  offset: 0,
  divisor: 16,
  rounding: 'floor',
  baseIsOdd: false,
  base: 0,
  window: 8,
  low: true,
  high: true,
  excessBits: 0,
  lowValue: 0,
  highValue: 7,
  raised: [],
  lowered: [],
};

it('finds the flaw in a division whose remainder is only asserted', async () => {
  const circuit = await compileInstance([], 'Flawed(16)', ASSERTED_REMAINDER);
  const witness = await circuit.witness({ x: 21 });
  expect(witness[circuit.wire('y')]).toBe(1n);
  const forged = witness.with(circuit.wire('y'), 999n).with(circuit.wire('remainder'), mod(21n - 999n * 16n));
  expect(checkWitness(circuit.r1cs, forged)).toBeUndefined();
  expect(() => allWitnesses(circuit.r1cs, circuit.assign({ x: 21 }))).toThrow('not determined');
});

it('Requantize accepts 1 and neither 999 nor anything else', async () => {
  const instance = `Requantize(2, 1, 2, [[0, 1]], 1, [[1, 1]], [0], ${literal([formRow(FORM)])}, 1, [[0]])`;
  const circuit = await compileInstance(['quant/requantize'], instance);
  const input = { 'x[0]': 20, 'x[1]': 1 };
  expect(allWitnesses(circuit.r1cs, circuit.assign(input)).map((witness) => witness[circuit.wire('y[0]')])).toEqual([
    1n,
  ]);
  for (const y of [999, 0, 2, 7, -1, 17]) {
    expect(allWitnesses(circuit.r1cs, circuit.assign({ ...input, 'y[0]': y }))).toEqual([]);
  }
});
