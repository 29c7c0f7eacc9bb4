import { requantize } from '../../src/ir/float32.js';
import type { Graph, IntRange, RequantizeNode, Value } from '../../src/ir/types.js';
import { applyForm } from '../../src/plan/form.js';
import { requantizationForms } from '../../src/plan/requantization.js';
import type { Rounding } from '../../src/plan/step-form.js';
import { Random } from '../support/random.js';

function round(acc: number, rounding: Rounding): number {
  if (rounding.kind === 'form') return applyForm(rounding.form, acc);
  const { starts, ends, min } = rounding.steps;
  return starts.findIndex((start, i) => start <= acc && acc < ends[i]!) + min;
}

function allOf({ min, max }: IntRange): number[] {
  return Array.from({ length: max - min + 1 }, (_, i) => min + i);
}

it('rounds every accumulator exactly, whatever the multiplier: by a form, or by the steps of the function', () => {
  const random = new Random(288);
  const kinds = new Set<string>();
  for (let i = 0; i < 60; i++) {
    // Every third accumulator is so large that float32 rounds it and its product.
    const isLarge = i % 3 === 2;
    const multiplier = Math.fround(2 ** (isLarge ? -18 - 4 * random.next() : random.next() * 12 - 6));
    const zeroPoint = random.integer(-128, 127);
    const clamp = { min: random.pick([-128, zeroPoint]), max: 127 };
    const reach = isLarge ? 2 ** 29 : 3000;
    const range = { min: -random.integer(0, reach), max: random.integer(1, reach) };
    const accumulator: Value = { name: 'acc', dtype: 'int32', shape: [1], ranges: [range] };
    const quantization = { scale: 1, zeroPoint };
    const output: Value = { name: 'y', dtype: 'int8', shape: [1], quantization };
    const node: RequantizeNode = {
      kind: 'requantize',
      name: 'n',
      inputs: ['acc'],
      outputs: ['y'],
      multipliers: Float32Array.of(multiplier),
      clamp,
    };
    const values = new Map([accumulator, output].map((value) => [value.name, value]));
    const graph: Graph = { name: 'g', inputs: [], outputs: [], nodes: [node], values, constants: new Map() };
    const { rounding } = requantizationForms(graph, node)[0]!;
    kinds.add(rounding.kind);
    let wrong = 0;
    const points = isLarge ? random.integers(3000, range.min, range.max) : allOf(range);
    for (const acc of points) {
      wrong += Number(round(acc, rounding) !== requantize(acc, multiplier, zeroPoint, clamp));
    }
    expect([multiplier, wrong]).toEqual([multiplier, 0]);
  }
  expect([...kinds].sort()).toEqual(['form', 'steps']);
});
