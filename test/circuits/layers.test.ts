import type { RequantizeForm } from '../../src/plan/form.js';
import { applyForm, formCost, formRow } from '../../src/plan/form.js';
import { argMaxCost, TABLE_COST } from '../../src/plan/cost.js';
import { blocksOf, insideTaps, windowGather } from '../../src/plan/gather.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

const FORM: RequantizeForm = {
  multiplier: 1,
  offset: 3,
  divisor: 8,
  rounding: 'floor',
  baseIsOdd: false,
  base: -4,
  window: 8,
  low: true,
  high: true,
  excessBits: 3,
  lowValue: -4,
  highValue: 3,
  raised: [],
  lowered: [],
};

const inputNames = (count: number): string[] => Array.from({ length: count }, (_, i) => `x[${i}]`);

it('Conv convolves with padding, strides, dilations and groups', async () => {
  const random = new Random(11);
  const window = { kernel: [2, 3], strides: [1, 2], dilations: [2, 1], padsBegin: [1, 1], padsEnd: [0, 1] };
  const gather = windowGather([1, 2, 4, 5], window);
  const [channels, group, zeroPoint] = [4, 2, 2];
  const taps = gather.sources[0]!.length;
  const weights = Array.from({ length: channels }, () => random.integers(taps, -3, 3));
  const constants = random.integers(channels, -9, 9);
  const forms = [
    FORM,
    { ...FORM, raised: [5, 6], lowered: [-3] },
    { ...FORM, low: false, base: -64, window: 64 },
    FORM,
  ];
  const blocks = blocksOf(gather);
  expect([blocks.cells.length, blocks.taps.length]).toEqual([3, 3]);
  const sizes = [2, gather.inputSize, channels, 3, 3, blocks.cells[0]!.length, taps, group, zeroPoint];
  const tables = [blocks.cells, blocks.taps, weights, constants, forms.map(formRow)].map(literal).join(', ');
  const circuit = await compileInstance(
    ['layers/conv'],
    `Conv(${sizes.join(', ')}, ${tables}, 3, ${literal(forms.map(({ raised, lowered }) => [...raised, ...lowered, 0, 0, 0].slice(0, 3)))})`,
  );
  const x = random.integers(2 * gather.inputSize, -8, 8);
  const witness = await circuit.witness({ x });
  for (let m = 0; m < channels; m++) {
    const channel = Math.floor(m / (channels / group));
    gather.sources.forEach((row, position) => {
      const products = row.map((source, t) => {
        const value = source < 0 ? zeroPoint : x[channel * gather.inputSize + source]!;
        return weights[m]![t]! * value;
      });
      const acc = products.reduce((a, b) => a + b, constants[m]!);
      const wire = circuit.wire(`y[${m * gather.sources.length + position}]`);
      expect(witness[wire]).toBe(mod(BigInt(applyForm(forms[m]!, acc))));
    });
  }
  const cost = forms.reduce((sum, form) => sum + formCost(form), 0);
  expect(circuit.r1cs.nConstraints).toBe(gather.sources.length * cost);
  // Only the exceptional accumulators: a dense linear constraint would take circom too much memory.
  expect(circuit.r1cs.linear).toBe(gather.sources.length);
  expect(unnoticedChanges(circuit, witness, circuit.present(inputNames(x.length)))).toEqual([]);
  expect(circuit.looseWires()).toEqual([]);
});

it('MaxPool takes maxima of windows; padding never wins', async () => {
  const random = new Random(13);
  const window = { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], padsBegin: [1, 0], padsEnd: [0, 0] };
  const gather = windowGather([1, 2, 3, 3], window);
  const sizes = [2, gather.inputSize, gather.sources.length, 4];
  const circuit = await compileInstance(
    ['layers/max-pool'],
    `MaxPool(${sizes.join(', ')}, ${literal(gather.sources)}, [4, 5])`,
  );
  const x = random.integers(2 * gather.inputSize, -8, -1);
  const witness = await circuit.witness({ x });
  for (let c = 0; c < 2; c++) {
    gather.sources.forEach((row, position) => {
      const inside = row.filter((source) => source >= 0).map((source) => x[c * gather.inputSize + source]!);
      const wire = circuit.wire(`y[${c * gather.sources.length + position}]`);
      expect(witness[wire]).toBe(mod(BigInt(Math.max(...inside))));
    });
  }
  const comparisons = insideTaps(gather) - gather.sources.length;
  expect(circuit.r1cs.nConstraints).toBe(comparisons * (4 + 2 + 5 + 2));
  expect(circuit.looseWires()).toEqual([]);
  expect(unnoticedChanges(circuit, witness, circuit.present(inputNames(x.length)))).toEqual([]);
});

it('Move and TableLookup wire every element', async () => {
  const tables = [0, 1].map((row) => Array.from({ length: 256 }, (_, i) => 255 - i + 1000 * row));
  const circuit = await compileInstance(
    ['layers/move', 'layers/table-lookup'],
    'Both()',
    `template Both() {
      signal input x[3];
      signal output y[4];
      component move = Move(3, 4, [2, 0, -1, 1], 7);
      move.x <== x;
      component lookup = TableLookup(4, 0, [0, 1, 0, 1], 2, ${literal(tables)});
      lookup.x <== move.y;
      y <== lookup.y;
    }`,
  );
  const witness = await circuit.witness({ x: [1, 20, 255] });
  expect([0, 1, 2, 3].map((i) => witness[circuit.wire(`y[${i}]`)])).toEqual([0n, 1254n, 248n, 1235n]);
  expect(circuit.r1cs.nConstraints).toBe(4 * TABLE_COST);
  expect(circuit.looseWires()).toEqual([]);
  expect(unnoticedChanges(circuit, witness, inputNames(3))).toEqual([]);
  expect(allWitnesses(circuit.r1cs, circuit.assign({ 'x[0]': 1, 'x[1]': 20, 'x[2]': 256 }))).toEqual([]);
});

it('Product multiplies what lies above the zero points', async () => {
  const circuit = await compileInstance(['layers/product'], 'Product(2, 3, -1)');
  const witness = await circuit.witness({ x: [5, -6, 7, 0] });
  expect([0, 1].map((i) => witness[circuit.wire(`y[${i}]`)])).toEqual([16n, mod(-9n)]);
  expect(circuit.r1cs.nConstraints).toBe(2);
  expect(unnoticedChanges(circuit, witness, inputNames(4))).toEqual([]);
});

describe.each([false, true])('ArgMax, last %s', (last) => {
  const place = (x: readonly number[]): number => {
    const greatest = Math.max(...x);
    return last ? x.lastIndexOf(greatest) : x.indexOf(greatest);
  };

  it.each([2, 3, 5])('finds the place among %i, with one witness', async (k) => {
    const sources = [Array.from({ length: k }, (_, j) => j)];
    const circuit = await compileInstance(
      ['layers/arg-max'],
      `ArgMax(2, ${Number(last)}, ${k}, 1, ${k}, ${literal(sources)})`,
    );
    expect(circuit.r1cs.nConstraints).toBe(argMaxCost(k, 2));
    expect(circuit.looseWires()).toEqual([]);
    const random = new Random(k);
    for (let round = 0; round < 20; round++) {
      const x = random.integers(k, -1, 2);
      const witness = await circuit.witness({ x });
      expect(witness[circuit.wire('y[0]')]).toBe(BigInt(place(x)));
      const inputs = Object.fromEntries(x.map((value, i) => [`x[${i}]`, value]));
      expect(allWitnesses(circuit.r1cs, circuit.assign(inputs))).toHaveLength(1);
      expect(unnoticedChanges(circuit, witness, inputNames(k))).toEqual([]);
    }
    // Elements too far apart have no witness.
    const far = Object.fromEntries(Array.from({ length: k }, (_, i) => [`x[${i}]`, 5 * i]));
    expect(allWitnesses(circuit.r1cs, circuit.assign(far))).toEqual([]);
  });
});
