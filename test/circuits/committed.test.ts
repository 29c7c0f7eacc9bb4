import { SNARK_FIELD } from '../../src/hash/field.js';
import { committedRequantizeCost, packedElements, rangedPackCost } from '../../src/plan/committed/cost.js';
import { packNumbers } from '../../src/statement/weights.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance, mod } from '../support/circuit-harness.js';
import { fieldPower } from '../support/field-power.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

const names = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}[${i}]`);

it('RangedPack accepts numbers of its bits and nothing else, and packs as the commitment does', async () => {
  const small = await compileInstance(['committed/ranged-pack'], 'RangedElement(2, 3)');
  for (const values of [
    [0, 7],
    [5, 2],
  ]) {
    const witness = await small.witness({ in: values });
    expect(allWitnesses(small.r1cs, small.assign({ 'in[0]': values[0]!, 'in[1]': values[1]! }))).toEqual([witness]);
    expect(unnoticedChanges(small, witness, names('in', 2))).toEqual([]);
  }
  for (const value of [8, -1, 2n ** 100n]) {
    expect(allWitnesses(small.r1cs, small.assign({ 'in[0]': value, 'in[1]': 1 }))).toEqual([]);
  }
  for (const [n, bits] of [
    [40, 8],
    [33, 8],
    [32, 8],
    [19, 26],
  ] as const) {
    const circuit = await compileInstance(['committed/ranged-pack'], `RangedPack(${n}, ${bits})`);
    const values = new Random(n).integers(n, 0, 2 ** bits - 1);
    const witness = await circuit.witness({ in: values });
    const packed = names('out', packedElements(n, bits)).map((name) => witness[circuit.wire(name)]);
    expect(packed).toEqual(packNumbers({ values, bits }));
    expect(circuit.r1cs.nConstraints).toBe(rangedPackCost(n, bits));
    expect(circuit.looseWires()).toEqual([]);
  }
});

it('IsOneOfSignals flags its values, with no freedom', async () => {
  const circuit = await compileInstance(['committed/committed-requantize'], 'IsOneOfSignals(3, 10)');
  for (const [value, flag] of [
    [0, 1n],
    [5, 1n],
    [6, 0n],
    [10, 0n],
  ] as const) {
    const inputs = { in: value, 'values[0]': 10, 'values[1]': 15, 'values[2]': 0 };
    const witness = await circuit.witness({ in: value, values: [10, 15, 0] });
    expect(witness[circuit.wire('flag')]).toBe(flag);
    expect(allWitnesses(circuit.r1cs, circuit.assign(inputs))).toEqual([witness]);
    expect(allWitnesses(circuit.r1cs, circuit.assign({ ...inputs, flag: 1n - flag }))).toEqual([]);
  }
  expect(circuit.r1cs.nConstraints).toBe(5);
});

describe('CommittedRequantize', () => {
  /** F, base, window, excess bits, slots, what is added to accumulators before they are compared. */
  type Widths = readonly [F: number, base: number, window: number, excess: number, slots: number, raise: number];
  const cases: readonly Widths[] = [
    [3, -4, 8, 1, 2, 64],
    [2, 0, 5, 2, 1, 32],
    [4, -2, 4, 0, 0, 0],
  ];

  function expected([F, base, window, excess, , raise]: Widths, m: number, b: number, acc: number, slots: number[]) {
    const D = 2 ** F;
    const v = m * acc + b;
    const q = Math.floor(v / D) - base;
    if (Math.floor(q / window) < -(2 ** excess) || Math.floor(q / window) > 2 ** excess) return undefined;
    const correction = slots.includes(acc + raise) ? (((v % D) + D) % D >= D / 2 ? 1 : -1) : 0;
    return Math.min(Math.max(q, 0), window - 1) + base + correction;
  }

  it.each(cases)(
    'F = %i, base %i, window %i, %i excess bits, %i slots: one witness, the right one',
    async (...widths) => {
      const [F, base, window, excess, slots, raise] = widths;
      const circuit = await compileInstance(
        ['committed/committed-requantize'],
        `CommittedRequantize(${widths.join(', ')})`,
      );
      const reached = new Set<number>();
      for (const [multiplier, offset] of [
        [1, 3],
        [3, -5],
        // Numbers that no honest commitment has: the output is determined all the same.
        [-2, 1],
        [0, 9],
      ] as const) {
        const exceptions = slots === 0 ? [0] : Array.from({ length: slots }, (_, i) => raise + 3 + 3 * i);
        for (let acc = -12; acc <= 40; acc += slots > 0 ? 3 : 1) {
          const given = circuit.assign({
            acc,
            multiplier,
            offset,
            ...(slots > 0 && Object.fromEntries(exceptions.map((value, i) => [`exceptions[${i}]`, value]))),
          });
          const found = allWitnesses(circuit.r1cs, given);
          const y = expected(widths, multiplier, offset, acc, slots > 0 ? exceptions : []);
          expect(found.map((witness) => witness[circuit.wire('y')])).toEqual(y === undefined ? [] : [mod(BigInt(y))]);
          if (y === undefined) continue;
          reached.add(y);
          expect(await circuit.witness({ acc, multiplier, offset, exceptions })).toEqual(found[0]);
        }
      }
      expect([...reached].sort((a, b) => a - b)).toEqual(expect.arrayContaining([base, base + window - 1]));
      expect(circuit.r1cs.nConstraints).toBe(
        committedRequantizeCost({ divisorBits: F, base, window, excessBits: excess, slots }),
      );
      expect(circuit.looseWires()).toEqual([]);
    },
  );

  it('has at most one witness for numbers anywhere in the field', async () => {
    const circuit = await compileInstance(['committed/committed-requantize'], 'CommittedRequantize(3, -4, 8, 1, 0, 0)');
    const huge = SNARK_FIELD / 3n;
    // huge * inverse of huge = 1, so this is v = 1 + 4.
    const inverse = fieldPower(huge, SNARK_FIELD - 2n);
    const found = allWitnesses(circuit.r1cs, circuit.assign({ acc: huge, multiplier: inverse, offset: 4 }));
    expect(found.map((witness) => witness[circuit.wire('y')])).toEqual([0n]);
    expect(allWitnesses(circuit.r1cs, circuit.assign({ acc: huge, multiplier: 1, offset: 4 }))).toEqual([]);
  });
});

it('RequantizeChannels packs what it divides, and has no zero multiplier where accumulators are bound', async () => {
  const circuit = await compileInstance(
    ['committed/committed-requantize'],
    'RequantizeChannels(2, 2, 3, -4, 8, 1, 1, 64, 1)',
  );
  const inputs = { acc: [1, 2, 3, 4], multiplier: [1, 3], offset: [0, 2], exceptions: [0, 0] };
  const witness = await circuit.witness(inputs);
  // v - base D + D window 2^excess
  const shifted = [1, 2, 11, 14].map((v) => BigInt(v + 32 + 128));
  const bits = 3n + BigInt((8 * 5 - 1).toString(2).length);
  expect(witness[circuit.wire('packed[0]')]).toBe(shifted.reduce((sum, value) => (sum << bits) + value, 0n));
  const wires = ['acc', 'multiplier', 'offset', 'exceptions'].flatMap((name) => names(name, name === 'acc' ? 4 : 2));
  expect(unnoticedChanges(circuit, witness, wires)).toEqual([]);
  await expect(circuit.witness({ ...inputs, multiplier: [0, 3] })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
});
