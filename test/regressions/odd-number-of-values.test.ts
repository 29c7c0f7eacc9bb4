import { requantize, rint } from '../../src/ir/float32.js';
import { applyForm, formRow } from '../../src/plan/form.js';
import { dyadicMultiplier } from '../../src/plan/requantization.js';
import { searchForm } from '../../src/plan/search.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';

// A Relu whose zero point leaves an odd number of output values, saturating on both sides, under a multiplier that meets exact ties:
// an odd window would turn the parity of w around from one window to the next, and such channels were refused.
function search(multiplier: number, zeroPoint: number, reach: number) {
  const range = { min: -reach, max: reach + 3 };
  const clamp = { min: zeroPoint, max: 127 };
  const evaluate = (acc: number): number => requantize(acc, multiplier, zeroPoint, clamp);
  const ideal = (acc: number): number => Math.min(Math.max(rint(acc * multiplier) + zeroPoint, clamp.min), clamp.max);
  const dyadic = dyadicMultiplier(multiplier)!;
  const found = searchForm({ range, evaluate }, { zeroPoint, dyadic, ideal: { range, evaluate: ideal } });
  return { range, evaluate, form: found?.form };
}

it.each([
  [2 ** -10, 3, 200_000],
  [2 ** -10, -10, 200_000],
  [2 ** -7, 125, 3_000],
  [3 * 2 ** -9, -127, 60_000],
  [13 * 2 ** -12, 101, 90_000],
])('multiplier %d with zero point %i has a form, exact on every accumulator', (multiplier, zeroPoint, reach) => {
  const { range, evaluate, form } = search(multiplier, zeroPoint, reach);
  expect(form).toMatchObject({ low: true, high: true, rounding: 'halfEven' });
  expect(form!.window % 2).toBe(0);
  for (let acc = range.min; acc <= range.max; acc++) {
    if (applyForm(form!, acc) !== evaluate(acc))
      expect({ acc, y: applyForm(form!, acc) }).toEqual({ acc, y: evaluate(acc) });
  }
});

it.each([121, 125])('the circuit has one witness, the float32 result, from zero point %i', async (zeroPoint) => {
  const { range, evaluate, form } = search(0.25, zeroPoint, 32);
  const instance = `Requantize(2, 1, 2, [[0, 1]], 1, [[1, 1]], [0], ${literal([formRow(form!)])}, 1, [[0]])`;
  const circuit = await compileInstance(['quant/requantize'], instance);
  for (let acc = range.min; acc <= range.max; acc++) {
    const found = allWitnesses(circuit.r1cs, circuit.assign({ 'x[0]': acc, 'x[1]': 0 }));
    expect(found.map((witness) => witness[circuit.wire('y[0]')])).toEqual([mod(BigInt(evaluate(acc)))]);
    expect(found).toEqual([await circuit.witness({ x: [acc, 0] })]);
  }
});
