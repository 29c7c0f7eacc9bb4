import { requantize } from '../../src/ir/float32.js';
import type { IntRange } from '../../src/ir/types.js';
import type { RequantizeForm } from '../../src/plan/form.js';
import { applyForm, formCost, formRow } from '../../src/plan/form.js';
import { outputCost } from '../../src/plan/cost.js';
import { dyadicMultiplier } from '../../src/plan/requantization.js';
import { searchForm } from '../../src/plan/search.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

const INPUTS: IntRange = { min: -8, max: 7 };
const K = 3;
const N = 24;

interface Channel {
  readonly weights: readonly number[];
  readonly constant: number;
  readonly form: RequantizeForm;
  /** The float32 formula; exceptions that a test has added are not in it. */
  readonly evaluate: (acc: number) => number;
}

function accumulatorRange(weights: readonly number[], constant: number): IntRange {
  const ends = weights.map((w) => [w * INPUTS.min, w * INPUTS.max] as const);
  const sum = (pick: (...values: number[]) => number): number =>
    ends.reduce((total, end) => total + pick(...end), constant);
  return { min: sum(Math.min), max: sum(Math.max) };
}

/** A channel whose form the search chose; some get exceptional accumulators, which small ranges never need. */
function randomChannel(random: Random, index: number): Channel {
  for (;;) {
    const weights = random.integers(K, -30, 30);
    const constant = random.integer(-200, 200);
    const range = accumulatorRange(weights, constant);
    const multiplier = [
      2 ** -random.integer(1, 6),
      random.pick([3, 5, 7]) * 2 ** -random.integer(4, 8),
      random.scale(0.01, 0.9),
    ][index % 3]!;
    const zeroPoint = random.integer(-20, 20);
    const clamp = { min: zeroPoint - random.integer(0, 20), max: zeroPoint + random.integer(1, 30) };
    const evaluate = (acc: number): number => requantize(acc, multiplier, zeroPoint, clamp);
    const dyadic = dyadicMultiplier(multiplier);
    const found = searchForm({ range, evaluate }, { zeroPoint, dyadic });
    if (!found || found.form.multiplier === 0) continue;
    const exceptional = random.integers(4, range.min, range.max);
    const distinct = new Set(exceptional).size === 4;
    if (index % 4 !== 3 || !distinct) return { weights, constant, form: found.form, evaluate };
    const form = { ...found.form, raised: exceptional.slice(0, index % 3), lowered: exceptional.slice(2) };
    return { weights, constant, form, evaluate };
  }
}

function compileChannels(channels: readonly Channel[]): Promise<Circuit> {
  const rows = channels.map(({ form }) => [...form.raised, ...form.lowered]);
  const width = Math.max(1, ...rows.map(({ length }) => length));
  const parameters = [
    channels.map(({ weights }) => weights),
    channels.map(({ constant }) => constant),
    channels.map(({ form }) => formRow(form)),
    width,
    rows.map((row) => [...row, ...Array<number>(width - row.length).fill(0)]),
  ];
  const { length } = channels[0]!.weights;
  const sizes = `${length}, 1, ${length}, ${literal([[...Array(length).keys()]])}, ${channels.length}`;
  return compileInstance(
    ['quant/requantize'],
    `Requantize(${sizes}, ${parameters.map((value) => literal(value)).join(', ')})`,
  );
}

it('gives each of many channels of all kinds its form, at its cost', async () => {
  const random = new Random(20261123);
  const channels = Array.from({ length: N }, (_, index) => randomChannel(random, index));
  const kinds = new Set(channels.map(({ form }) => `${form.rounding} ${form.low} ${form.high}`));
  expect(kinds.size).toBeGreaterThanOrEqual(4);
  const circuit = await compileChannels(channels);
  const points = [Array<number>(K).fill(INPUTS.min), Array<number>(K).fill(INPUTS.max)];
  for (let i = 0; i < 150; i++) points.push(random.integers(K, INPUTS.min, INPUTS.max));
  for (const x of points) {
    const witness = await circuit.witness({ x });
    const outputs = channels.map((_, n) => witness[circuit.wire(`y[${n}]`)]);
    const accumulators = channels.map(({ weights, constant }) =>
      weights.reduce((sum, weight, k) => sum + weight * x[k]!, constant),
    );
    const expected = channels.map(({ form, evaluate }, n) => {
      const acc = accumulators[n]!;
      return evaluate(acc) + Number(form.raised.includes(acc)) - Number(form.lowered.includes(acc));
    });
    expect(outputs).toEqual(expected.map((y) => mod(BigInt(y))));
    expect(channels.map(({ form }, n) => applyForm(form, accumulators[n]!))).toEqual(expected);
  }
  expect(circuit.r1cs.nConstraints).toBe(channels.reduce((sum, { form }) => sum + formCost(form), 0));
  expect(circuit.looseWires()).toEqual([]);
  const witness = await circuit.witness({ x: points[5]! });
  expect(unnoticedChanges(circuit, witness, ['x[0]', 'x[1]', 'x[2]'])).toEqual([]);
});

it('needs no constraint to name an accumulator that is an input', async () => {
  const random = new Random(5);
  const channel = { ...randomChannel(random, 0), weights: [1], constant: 0 };
  const form = { ...channel.form, raised: [3], lowered: [-2, 5] };
  const circuit = await compileChannels([{ ...channel, form }]);
  expect(circuit.r1cs.nConstraints).toBe(outputCost(form, 1, true));
  expect(outputCost(form, 1, true)).toBe(formCost(form, 1) - 1);
});
