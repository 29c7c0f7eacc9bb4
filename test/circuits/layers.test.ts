import type { RequantizeForm } from '../../src/plan/form.js';
import { applyForm, formCost, formRow } from '../../src/plan/form.js';
import { insideTaps, transposeSources, windowGather } from '../../src/plan/gather.js';
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
  const sizes = [2, gather.inputSize, channels, gather.sources.length, taps, group, zeroPoint];
  const tables = [gather.sources, weights, constants, Array(channels).fill(formRow(FORM))].map(literal).join(', ');
  const circuit = await compileInstance(
    ['layers/conv'],
    `Conv(${sizes.join(', ')}, ${tables}, 1, ${literal(Array(channels).fill([0]))})`,
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
      expect(witness[wire]).toBe(mod(BigInt(applyForm(FORM, acc))));
    });
  }
  expect(circuit.r1cs.nConstraints).toBe(channels * gather.sources.length * formCost(FORM));
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

it('Permute transposes as ONNX does', () => {
  // [2, 3, 4] with perm [2, 0, 1] -> [4, 2, 3].
  const sources = transposeSources([2, 3, 4], [2, 0, 1]);
  expect(sources).toHaveLength(24);
  for (let i = 0; i < 4; i++) {
    for (let j = 0; j < 2; j++) {
      for (let k = 0; k < 3; k++) expect(sources[(i * 2 + j) * 3 + k]).toBe((j * 3 + k) * 4 + i);
    }
  }
});

it('Permute and TableLookup wire every element', async () => {
  const table = Array.from({ length: 256 }, (_, i) => 255 - i);
  const circuit = await compileInstance(
    ['layers/permute', 'layers/table-lookup'],
    'Both()',
    `template Both() {
      signal input x[3];
      signal output y[3];
      component permute = Permute(3, [2, 0, 1]);
      permute.x <== x;
      component lookup = TableLookup(3, 0, ${literal(table)});
      lookup.x <== permute.y;
      y <== lookup.y;
    }`,
  );
  const witness = await circuit.witness({ x: [1, 20, 255] });
  expect([0, 1, 2].map((i) => witness[circuit.wire(`y[${i}]`)])).toEqual([0n, 254n, 235n]);
  expect(unnoticedChanges(circuit, witness, inputNames(3))).toEqual([]);
  expect(allWitnesses(circuit.r1cs, circuit.assign({ 'x[0]': 1, 'x[1]': 20, 'x[2]': 256 }))).toEqual([]);
});
