import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checkWitness } from '../../src/circom/r1cs.js';
import { requantize, rint } from '../../src/ir/float32.js';
import type { RequantizeForm } from '../../src/plan/form.js';
import { applyForm, formCost, formRow } from '../../src/plan/form.js';
import { dyadicMultiplier } from '../../src/plan/requantization.js';
import { searchForm } from '../../src/plan/search.js';
import { allWitnesses } from '../support/all-witnesses.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';
import { PLAIN_FORM } from '../support/requantize-form.js';

const costs = JSON.parse(readFileSync(join(import.meta.dirname, '../snapshots/template-costs.json'), 'utf8')) as Record<
  string,
  number
>;

/** Small forms of every kind, each with the whole range of accumulators that its decomposition covers. */
const FORMS: Record<string, { form: RequantizeForm; min: number; max: number }> = {
  'floor, no saturation': { form: { ...PLAIN_FORM, multiplier: 3, offset: 1, divisor: 5 }, min: 0, max: 6 },
  'saturates below': {
    form: { ...PLAIN_FORM, divisor: 3, low: true, excessBits: 1 },
    min: -24,
    max: 11,
  },
  'saturates above': {
    form: { ...PLAIN_FORM, divisor: 3, base: -2, high: true, excessBits: 1, highValue: 1 },
    min: -6,
    max: 29,
  },
  'both, window of 3': {
    form: {
      ...PLAIN_FORM,
      divisor: 2,
      base: -1,
      window: 3,
      low: true,
      high: true,
      excessBits: 1,
      lowValue: -1,
      highValue: 1,
    },
    min: -14,
    max: 15,
  },
  'both, one window away': { form: { ...PLAIN_FORM, low: true, high: true }, min: -16, max: 31 },
  'divisor 1': { form: { ...PLAIN_FORM, divisor: 1, low: true, high: true }, min: -4, max: 7 },
  'window 1': {
    form: { ...PLAIN_FORM, divisor: 3, window: 1, low: true, high: true, lowValue: -1, highValue: 1 },
    min: -3,
    max: 5,
  },
  'half to even': {
    form: { ...PLAIN_FORM, offset: 2, rounding: 'halfEven', low: true, high: true },
    min: -16,
    max: 28,
  },
  'half to even, odd base': {
    form: { ...PLAIN_FORM, offset: 6, rounding: 'halfEven', baseIsOdd: true, low: true, high: true },
    min: -21,
    max: 25,
  },
  'half to even of pairs, two windows away': {
    form: { ...PLAIN_FORM, offset: 1, divisor: 2, rounding: 'halfEven', low: true, high: true, excessBits: 1 },
    min: -17,
    max: 22,
  },
  'half to even, no saturation': {
    form: { ...PLAIN_FORM, multiplier: 3, offset: 2, rounding: 'halfEven' },
    min: 0,
    max: 4,
  },
  'raised accumulators': { form: { ...PLAIN_FORM, raised: [3, 7, 8] }, min: 0, max: 15 },
  'lowered accumulators': { form: { ...PLAIN_FORM, lowered: [4] }, min: 0, max: 15 },
  'raised and lowered': {
    form: { ...PLAIN_FORM, low: true, raised: [3], lowered: [4, 12] },
    min: -16,
    max: 15,
  },
};

function instance(form: RequantizeForm, weights: number[] = [1, 1, 1], constant = 0): string {
  const exceptions = [...form.raised, ...form.lowered];
  const row = exceptions.length > 0 ? exceptions : [0];
  const inputs = `${weights.length}, 1, ${weights.length}, ${literal([[...weights.keys()]])}`;
  return `Requantize(${inputs}, 1, ${literal([weights])}, [${constant}], ${literal([formRow(form)])}, ${row.length}, ${literal([row])})`;
}

const compile = (form: RequantizeForm, weights?: number[], constant?: number): Promise<Circuit> =>
  compileInstance(['quant/requantize'], instance(form, weights, constant));

/** Short combinations save a bit where divisor or window is even; the sums of three inputs do not. */
const CASES = Object.entries(FORMS).flatMap(([name, { form, min, max }]) => {
  const saves = form.rounding === 'floor' && (form.divisor % 2 === 0 || form.window % 2 === 0);
  return [3, ...(saves ? [2] : [])].map((terms) => ({ name, terms, form, min, max }));
});

describe.each(CASES)('$name, $terms inputs', ({ name, terms, form, min, max }) => {
  const inputs = Array.from({ length: terms }, (_, i) => `x[${i}]`);
  const values = (acc: number): number[] => inputs.map((_, i) => (i === 0 ? acc : 0));
  const assigned = (acc: number): Record<string, number> =>
    Object.fromEntries(inputs.map((input, i) => [input, values(acc)[i]!]));
  let circuit: Circuit;
  beforeAll(async () => {
    circuit = await compile(form, Array<number>(terms).fill(1));
  });

  it('has exactly one witness for every accumulator, with the output of the form', async () => {
    for (let acc = min; acc <= max; acc++) {
      const witness = await circuit.witness({ x: values(acc) });
      expect(witness[circuit.wire('y[0]')]).toBe(mod(BigInt(applyForm(form, acc))));
      expect(allWitnesses(circuit.r1cs, circuit.assign(assigned(acc)))).toEqual([witness]);
    }
  });

  it('has no witness for accumulators that its decomposition does not cover', () => {
    // The compiler never lets one through; if it did, there would be no proof, rather than a wrong one.
    for (const acc of [min - 4, max + 4]) {
      const found = allWitnesses(circuit.r1cs, circuit.assign(assigned(acc)));
      expect(found.length).toBeLessThanOrEqual(1);
    }
  });

  it('notices every single wrong wire, and has no wire outside the constraints', async () => {
    for (const acc of [min, Math.floor((min + max) / 2), max]) {
      const witness = await circuit.witness({ x: values(acc) });
      expect(unnoticedChanges(circuit, witness, inputs)).toEqual([]);
    }
    expect(circuit.looseWires()).toEqual([]);
  });

  it('costs what the plan counts', () => {
    expect(circuit.r1cs.nConstraints).toBe(formCost(form, terms));
    const saved = terms === 2 ? 1 : 0;
    expect({ [name]: circuit.r1cs.nConstraints + saved }).toEqual({ [name]: costs[`Requantize: ${name}`] });
  });
});

it('passes accumulators through for divisor 0, and gives a constant for multiplier 0', async () => {
  const zeros = Array<number>(13).fill(0);
  const constant = formRow({ ...PLAIN_FORM, multiplier: 0, offset: 2, divisor: 1, base: 2, window: 1 });
  const circuit = await compileInstance(
    ['quant/requantize'],
    `Requantize(3, 1, 3, [[0, 1, 2]], 3, [[1, 2, 3], [-4, 5, -6], [1, 1, 1]], [7, -8, 9], ${literal([zeros, zeros, constant])}, 1, [[0], [0], [0]])`,
  );
  const witness = await circuit.witness({ x: [10, -20, 30] });
  expect([0, 1, 2].map((n) => witness[circuit.wire(`y[${n}]`)])).toEqual([67n, mod(-328n), 2n]);
  expect(circuit.r1cs.nConstraints).toBe(3);
  expect(unnoticedChanges(circuit, witness, ['x[0]', 'x[1]', 'x[2]'])).toEqual([]);
});

it('equals float32 arithmetic for multipliers of all three classes, and notices every wrong wire', async () => {
  const random = new Random(20261122);
  const range = { min: -150_000, max: 190_000 };
  const clamp = { min: -128, max: 127 };
  const multipliers = [2 ** -10, 3 * 2 ** -11, 0.0009361, 0.0021473].map(Math.fround);
  for (const multiplier of multipliers) {
    const evaluate = (acc: number): number => requantize(acc, multiplier, -3, clamp);
    const ideal = (acc: number): number => Math.min(Math.max(rint(acc * multiplier) - 3, -128), 127);
    const found = searchForm(
      { range, evaluate },
      { zeroPoint: -3, dyadic: dyadicMultiplier(multiplier), ideal: { range, evaluate: ideal } },
    )!;
    const circuit = await compile(found.form);
    const accumulators = [range.min, range.max, 0, ...found.form.raised, ...found.form.lowered];
    for (let i = 0; i < 200; i++) accumulators.push(random.integer(range.min, range.max));
    for (const acc of accumulators) {
      const witness = await circuit.witness({ x: [acc - 17, 17, 0] });
      expect(witness[1]).toBe(mod(BigInt(evaluate(acc))));
    }
    const witness = await circuit.witness({ x: [4321, 5, -6] });
    expect(checkWitness(circuit.r1cs, witness)).toBeUndefined();
    expect(unnoticedChanges(circuit, witness, ['x[0]', 'x[1]', 'x[2]'])).toEqual([]);
    expect(circuit.r1cs.nConstraints).toBe(found.cost);
  }
});
