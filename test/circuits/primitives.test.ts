import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maxCost, TABLE_COST } from '../../src/plan/cost.js';
import { bitLength, boundedBitsCost } from '../../src/plan/form.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

const costs = JSON.parse(readFileSync(join(import.meta.dirname, '../snapshots/template-costs.json'), 'utf8')) as Record<
  string,
  number
>;

/** Gives a template with an unconstrained hint a main that keeps the hint as a wire, for one constraint more. */
function withHint(template: string, bits: number, inputs: readonly string[]): string {
  return `template Hinted() {
    ${inputs.map((name) => `signal input ${name};`).join(' ')}
    signal output b[${bits}];
    signal output square <== hint * hint;
    component inner = ${template};
    ${inputs.map((name) => `inner.${name} <== ${name};`).join(' ')}
    b <== inner.b;
  }`;
}

it.each([1, 2, 4, 5, 6, 10, 21, 25, 31])('BoundedBits holds exactly the numbers up to %i', async (max) => {
  const n = bitLength(max);
  const main = withHint(`BoundedBits(${n}, ${max})`, n, ['hint']);
  const circuit = await compileInstance(['primitives/bounded-bits'], 'Hinted()', main);
  // The hint is not constrained: whatever it is, the bits may be any number within the bound, each in one way.
  const found = allWitnesses(circuit.r1cs, circuit.assign({ hint: 0 }));
  const bits = Array.from({ length: n }, (_, i) => circuit.wire(`b[${i}]`));
  const numbers = found.map((witness) => bits.reduce((sum, wire, i) => sum + (witness[wire]! << BigInt(i)), 0n));
  expect(numbers.map(Number).sort((a, b) => a - b)).toEqual(Array.from({ length: max + 1 }, (_, i) => i));
  for (let value = 0; value <= max; value++) {
    const witness = await circuit.witness({ hint: value });
    expect(bits.map((wire) => Number(witness[wire]))).toEqual(bits.map((_, i) => (value >> i) & 1));
  }
  expect(circuit.r1cs.nConstraints).toBe(boundedBitsCost(max) + 1);
});

it('RangeCheck accepts its range and nothing else, in one way', async () => {
  const circuit = await compileInstance(['primitives/range-check'], 'RangeCheck(4, -8)');
  for (let value = -8; value < 8; value++) {
    const witness = await circuit.witness({ in: value });
    expect(allWitnesses(circuit.r1cs, circuit.assign({ in: value }))).toEqual([witness]);
    expect(unnoticedChanges(circuit, witness, ['in'])).toEqual([]);
  }
  for (const value of [-9, 8, 9, 16, 1_000_000, -(2n ** 200n), 2n ** 253n]) {
    expect(allWitnesses(circuit.r1cs, circuit.assign({ in: value }))).toEqual([]);
  }
  await expect(circuit.witness({ in: 8 })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  expect(circuit.r1cs.nConstraints).toBe(4);
});

it('Max gives the larger of two, in one way, and no other', async () => {
  const circuit = await compileInstance(['primitives/max'], 'Max(3)');
  for (let a = -4; a < 4; a++) {
    for (let b = -4; b < 4; b++) {
      const witness = await circuit.witness({ a, b });
      expect(witness[circuit.wire('out')]).toBe(mod(BigInt(Math.max(a, b))));
      expect(allWitnesses(circuit.r1cs, circuit.assign({ a, b }))).toEqual([witness]);
      expect(unnoticedChanges(circuit, witness, ['a', 'b'])).toEqual([]);
      if (a !== b) expect(allWitnesses(circuit.r1cs, circuit.assign({ a, b, out: Math.min(a, b) }))).toEqual([]);
    }
  }
  expect(circuit.r1cs.nConstraints).toBe(maxCost(3));
  expect(circuit.r1cs.nConstraints).toBe(costs['Max(3)']);
  expect(circuit.looseWires()).toEqual([]);
});

it('IsOneOf flags its values, with no freedom in its inverse', async () => {
  const circuit = await compileInstance(['quant/requantize'], 'IsOneOf(3, 1, [99, 4, -7, 1000])');
  for (const [value, flag] of [
    [4, 1n],
    [-7, 1n],
    [1000, 1n],
    [99, 0n],
    [0, 0n],
    [5, 0n],
  ] as const) {
    const witness = await circuit.witness({ in: value });
    expect(witness[circuit.wire('flag')]).toBe(flag);
    expect(allWitnesses(circuit.r1cs, circuit.assign({ in: value }))).toEqual([witness]);
    expect(allWitnesses(circuit.r1cs, circuit.assign({ in: value, flag: 1n - flag }))).toEqual([]);
    expect(unnoticedChanges(circuit, witness, ['in'])).toEqual([]);
  }
  expect(circuit.r1cs.nConstraints).toBe(costs['IsOneOf(3)']);
});

it('HalfEvenBits leaves both ties to even numbers', async () => {
  const main = withHint('HalfEvenBits(2, 0)', 3, ['hint', 'lowest']);
  const circuit = await compileInstance(['quant/requantize'], 'Hinted()', main);
  const bits = [0, 1, 2].map((i) => circuit.wire(`b[${i}]`));
  const remainders = (lowest: number): number[] =>
    allWitnesses(circuit.r1cs, circuit.assign({ hint: 0, lowest }))
      .map((witness) => bits.reduce((sum, wire, i) => sum + Number(witness[wire]! << BigInt(i)), 0))
      .sort((a, b) => a - b);
  expect(remainders(0)).toEqual([0, 1, 2, 3, 4]);
  expect(remainders(1)).toEqual([0, 1, 2]);
  expect(circuit.r1cs.nConstraints).toBe(costs['HalfEvenBits(2)']! + 1);
});

it('Table gives the entry of its input and no other, and refuses inputs beyond 8 bits', async () => {
  const random = new Random(7);
  const table = random.integers(256, -128, 127);
  const circuit = await compileInstance(['quant/table'], `Table(-128, ${literal(table)})`);
  for (let value = -128; value < 128; value++) {
    const witness = await circuit.witness({ in: value });
    expect(witness[circuit.wire('out')]).toBe(mod(BigInt(table[value + 128]!)));
  }
  for (const value of [-128, -1, 0, 77, 127]) {
    const witness = await circuit.witness({ in: value });
    expect(allWitnesses(circuit.r1cs, circuit.assign({ in: value }))).toEqual([witness]);
    expect(unnoticedChanges(circuit, witness, ['in'])).toEqual([]);
  }
  for (const value of [-129, 128, 2n ** 128n]) {
    expect(allWitnesses(circuit.r1cs, circuit.assign({ in: value }))).toEqual([]);
  }
  expect(circuit.r1cs.nConstraints).toBe(TABLE_COST);
  expect(circuit.looseWires()).toEqual([]);
});
