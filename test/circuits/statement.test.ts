import { SNARK_FIELD } from '../../src/hash/field.js';
import { poseidon } from '../../src/hash/poseidon.js';
import { chainHashCost } from '../../src/plan/cost.js';
import { chainHash, commitPart, packPart } from '../../src/statement/elements.js';
import { evaluateAt } from '../../src/statement/challenge.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';

const numbers = (count: number): bigint[] =>
  Array.from({ length: count }, (_, i) => (BigInt(i + 1) ** 77n * 123_456_789n) % SNARK_FIELD);

it.each([
  [3, 2],
  [5, 3],
  [9, 8],
  [17, 16],
  [17, 11],
])('Poseidon of width %i on %i values is that of circomlib, with zeros in the free places', async (t, n) => {
  const circuit = await compileInstance(['commitment/poseidon'], `Poseidon(${t}, ${n})`);
  const values = numbers(n);
  const witness = await circuit.witness({ in: values });
  const padded = [...values, ...Array<bigint>(t - 1 - n).fill(0n)];
  expect(witness[circuit.wire('out')]).toBe(await poseidon(padded));
  const inputs = values.map((_, i) => `in[${i}]`);
  const given = circuit.assign(Object.fromEntries(inputs.map((name, i) => [name, values[i]!])));
  expect(allWitnesses(circuit.r1cs, given)).toEqual([witness]);
  expect(unnoticedChanges(circuit, witness, inputs)).toEqual([]);
  expect(circuit.looseWires()).toEqual([]);
});

it.each([1, 2, 3, 9, 17, 31, 32])('ChainHash of %i values is H of the statement', async (n) => {
  const circuit = await compileInstance(['commitment/chain-hash'], `ChainHash(${n})`);
  const values = numbers(n);
  const witness = await circuit.witness({ in: values });
  expect(witness[circuit.wire('out')]).toBe(await chainHash(values));
  expect(circuit.r1cs.nConstraints).toBe(chainHashCost(n));
  expect(circuit.looseWires()).toEqual([]);
});

it('ChainHash takes every arity for the lengths that just fit and just do not', async () => {
  const lengths = [4, 5, 8, 16];
  const circuit = await compileInstance(
    ['commitment/chain-hash'],
    'Hashes()',
    `template Hashes() {
      signal input in[16];
      ${lengths.map((n) => `signal output out${n};`).join('\n')}
      ${lengths
        .map(
          (n) => `component hash${n} = ChainHash(${n});
      for (var i = 0; i < ${n}; i++) { hash${n}.in[i] <== in[i]; }
      out${n} <== hash${n}.out;`,
        )
        .join('\n')}
    }`,
  );
  const values = numbers(16);
  const witness = await circuit.witness({ in: values });
  for (const n of lengths) expect(witness[circuit.wire(`out${n}`)]).toBe(await chainHash(values.slice(0, n)));
  expect(circuit.r1cs.nConstraints).toBe(lengths.reduce((sum, n) => sum + chainHashCost(n), 0));
});

it('PackBytes and CommittedPart follow the statement', async () => {
  const elements = Array.from({ length: 40 }, (_, i) => ((i * 37) % 256) - 128);
  const pack = await compileInstance(['commitment/pack-bytes'], 'PackBytes(40, -128)');
  const packed = await pack.witness({ in: elements });
  expect([0, 1].map((i) => packed[pack.wire(`out[${i}]`)])).toEqual(packPart(elements, 'int8'));
  expect(
    unnoticedChanges(
      pack,
      packed,
      elements.map((_, i) => `in[${i}]`),
    ),
  ).toEqual([]);

  const salt = 0x1234567890abcdefn ** 3n;
  const part = await compileInstance(['statement/statement'], 'CommittedPart(40, -128)');
  const witness = await part.witness({ in: elements, salt });
  expect(witness[part.wire('out[0]')]).toBe(await commitPart(elements, 'int8', salt));
  const inputs = [...elements.map((_, i) => `in[${i}]`), 'salt'];
  expect(unnoticedChanges(part, witness, inputs)).toEqual([]);
  const other = await part.witness({ in: elements, salt: salt + 1n });
  expect(other[part.wire('out[0]')]).not.toBe(witness[part.wire('out[0]')]);
});

it('Statement binds C, r and s to its elements', async () => {
  const circuit = await compileInstance(['statement/statement'], 'Statement(3)');
  const e = numbers(3);
  const C = await chainHash(e);
  const r = 987_654_321_987_654_321n;
  const s = evaluateAt(e, r);
  const witness = await circuit.witness({ C, r, s, e });
  expect(unnoticedChanges(circuit, witness, [])).toEqual([]);
  const given = { C, r, s, 'e[0]': e[0]!, 'e[1]': e[1]!, 'e[2]': e[2]! };
  expect(allWitnesses(circuit.r1cs, circuit.assign(given))).toHaveLength(1);
  for (const forged of [
    { C: C + 1n },
    { s: s + 1n },
    { r: r + 1n },
    { 'e[1]': e[1]! + 1n },
    { 'e[0]': e[1]!, 'e[1]': e[0]! },
  ]) {
    expect(allWitnesses(circuit.r1cs, circuit.assign({ ...given, ...forged }))).toEqual([]);
  }
  // Each public signal stands in a nonlinear constraint.
  for (const name of ['C', 'r', 's']) {
    const wire = circuit.wire(name);
    const { A, B, C: c, nConstraints } = circuit.r1cs;
    const rows = Array.from({ length: nConstraints }, (_, i) => i).filter((i) =>
      [A, B, c].some((matrix) => matrix.wires.subarray(matrix.offsets[i], matrix.offsets[i + 1]).includes(wire)),
    );
    expect(rows.some((i) => A.offsets[i + 1]! > A.offsets[i]! && B.offsets[i + 1]! > B.offsets[i]!)).toBe(true);
  }
});
