import { concat, keccak256, sha256, toBeHex, toUtf8Bytes } from 'ethers';
import * as circomlibjs from 'circomlibjs';
import type { StatementLayout, TensorSpec } from '../../src/artifacts/types.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { blockArities } from '../../src/statement/blocks.js';
import { challenge, evaluateAt, modelIdOf, ZERO_CONTEXT } from '../../src/statement/challenge.js';
import {
  chainHash,
  commitPart,
  packBytes,
  partShape,
  statementElements,
  tensorBytes,
} from '../../src/statement/elements.js';
import { buildStatement, randomFieldElement } from '../../src/statement/statement.js';

const MODEL_ID = `0x${'12'.repeat(32)}`;
const CONTEXT = `0x${'0f'.repeat(32)}`;

function tensor(name: string, dtype: 'int8' | 'uint8', shape: number[]): TensorSpec {
  return { name, dtype, shape, scale: 1, zeroPoint: 0, edge: 'integer' };
}

function layout(input: 'public' | 'committed', output: 'public' | 'committed'): StatementLayout {
  return {
    input,
    output,
    inputs: [tensor('a', 'int8', [5, 6]), tensor('b', 'int8', [3])],
    outputs: [tensor('y', 'uint8', [2])],
  };
}

const INPUT = Array.from({ length: 33 }, (_, i) => i * 7 - 128);
const OUTPUT = [7, 255];

/** The reference implementation of Poseidon, unoptimised constants: not the code under test. */
const reference = await circomlibjs.buildPoseidonReference();
const poseidon = (...inputs: bigint[]): bigint => reference.F.toObject(reference(inputs, 0, 1));

describe('bytes and packing', () => {
  it('writes int8 as two’s complement and uint8 as it is', () => {
    expect([...tensorBytes([-128, -1, 0, 127], 'int8')]).toEqual([0x80, 0xff, 0, 0x7f]);
    expect([...tensorBytes(Uint8Array.of(0, 255), 'uint8')]).toEqual([0, 255]);
  });
  it.each([
    [[128], 'int8'],
    [[-129], 'int8'],
    [[-1], 'uint8'],
    [[256], 'uint8'],
    [[0.5], 'uint8'],
    [[NaN], 'int8'],
  ] as const)('refuses %j as %s', (elements, dtype) => {
    expect(() => tensorBytes(elements, dtype)).toThrow(
      expect.objectContaining({ code: 'INPUT_VALUE', location: { index: 0 } }),
    );
  });
  it('packs 31 bytes to an element, big-endian, the rest shorter', () => {
    expect(packBytes(Uint8Array.of(1, 2), false)).toEqual([0x0102n]);
    const bytes = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
    expect(packBytes(bytes, false)).toEqual([0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1fn, 0x20n]);
    expect(packBytes(Uint8Array.of(0x80, 0x7f), true)).toEqual([0x00ffn]);
    expect(packBytes(new Uint8Array(0), false)).toEqual([]);
  });
});

describe('H', () => {
  it('has the block structure of the document', () => {
    expect([1, 2, 3, 4, 5, 8, 9, 16].map((n) => blockArities(n))).toEqual([[2], [2], [4], [4], [8], [8], [16], [16]]);
    expect(blockArities(17)).toEqual([16, 2]);
    expect(blockArities(18)).toEqual([16, 4]);
    expect(blockArities(24)).toEqual([16, 16]);
    expect(blockArities(31)).toEqual([16, 16]);
    expect(blockArities(32)).toEqual([16, 16, 2]);
    expect(() => blockArities(0)).toThrow('at least one');
    expect(() => blockArities(1.5)).toThrow('at least one');
  });
  it('equals Poseidon blocks written out', async () => {
    const v = Array.from({ length: 35 }, (_, i) => BigInt(i + 1) ** 20n);
    expect(await chainHash(v.slice(0, 1))).toBe(poseidon(v[0]!, 0n));
    expect(await chainHash(v.slice(0, 3))).toBe(poseidon(v[0]!, v[1]!, v[2]!, 0n));
    const first = poseidon(...v.slice(0, 16));
    expect(await chainHash(v.slice(0, 17))).toBe(poseidon(first, v[16]!));
    expect(await chainHash(v.slice(0, 20))).toBe(poseidon(first, ...v.slice(16, 20), 0n, 0n, 0n));
    const second = poseidon(first, ...v.slice(16, 31));
    expect(await chainHash(v)).toBe(poseidon(second, ...v.slice(31), 0n, 0n, 0n));
  });
  it('commits to salt and part', async () => {
    const packed = packBytes(tensorBytes(INPUT, 'int8'), true);
    expect(packed).toHaveLength(2);
    expect(await commitPart(INPUT, 'int8', 5n)).toBe(poseidon(5n, packed[0]!, packed[1]!, 0n));
    expect(await commitPart(INPUT, 'int8', 6n)).not.toBe(await commitPart(INPUT, 'int8', 5n));
    await expect(commitPart(INPUT, 'int8', SNARK_FIELD)).rejects.toMatchObject({ code: 'USAGE' });
  });
});

describe('elements', () => {
  const packedInput = packBytes(
    Uint8Array.from(INPUT, (q) => q + 128),
    false,
  );
  const packedOutput = [0x07ffn];
  it('come commitments first, then the public parts, input before output', () => {
    const values = { input: INPUT, output: OUTPUT, inputCommitment: 11n, outputCommitment: 22n };
    expect(statementElements(layout('public', 'public'), values)).toEqual([...packedInput, ...packedOutput]);
    expect(statementElements(layout('committed', 'public'), values)).toEqual([11n, ...packedOutput]);
    expect(statementElements(layout('public', 'committed'), values)).toEqual([22n, ...packedInput]);
    expect(statementElements(layout('committed', 'committed'), values)).toEqual([11n, 22n]);
  });
  it('names what is missing or wrong', () => {
    const both = layout('public', 'public');
    expect(() => statementElements(both, { input: INPUT })).toThrow('the output is missing');
    expect(() => statementElements(both, { input: [1], output: OUTPUT })).toThrow('1 elements instead of 33');
    expect(() => statementElements(layout('committed', 'public'), { output: OUTPUT })).toThrow(
      'commitment of the input',
    );
    expect(() =>
      statementElements(layout('committed', 'public'), { output: OUTPUT, inputCommitment: SNARK_FIELD }),
    ).toThrow('not a field element');
  });
  it('refuses parts of mixed dtypes', () => {
    const mixed = { ...layout('public', 'public'), inputs: [tensor('a', 'int8', [1]), tensor('b', 'uint8', [1])] };
    expect(() => partShape(mixed, 'input')).toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', location: { tensor: 'b' } }),
    );
    expect(partShape(layout('public', 'public'), 'input')).toEqual({ dtype: 'int8', count: 33 });
  });
});

describe('signals', () => {
  const word = (value: bigint): string => toBeHex(value, 32);

  it('hashes the model id as written', () => {
    const onnx = sha256(toUtf8Bytes('model'));
    const r1cs = sha256(toUtf8Bytes('circuit'));
    const expected = keccak256(concat([keccak256(toUtf8Bytes('zkinfer/model/1')), onnx, r1cs]));
    expect(modelIdOf(onnx.slice(2), r1cs.slice(2))).toBe(expected);
    expect(modelIdOf(onnx, r1cs)).toBe(expected);
    expect(() => modelIdOf('12', r1cs)).toThrow('sha256 of the model');
  });
  it('draws r from everything the verifier sees', () => {
    const preimage = [keccak256(toUtf8Bytes('zkinfer/statement/1')), MODEL_ID, CONTEXT, word(9n), word(1n), word(2n)];
    expect(challenge(MODEL_ID, CONTEXT, 9n, [1n, 2n])).toBe(BigInt(keccak256(concat(preimage))) % SNARK_FIELD);
    const base = challenge(MODEL_ID, CONTEXT, 9n, [1n, 2n]);
    expect(challenge(CONTEXT, CONTEXT, 9n, [1n, 2n])).not.toBe(base);
    expect(challenge(MODEL_ID, ZERO_CONTEXT, 9n, [1n, 2n])).not.toBe(base);
    expect(challenge(MODEL_ID, CONTEXT, 8n, [1n, 2n])).not.toBe(base);
    expect(challenge(MODEL_ID, CONTEXT, 9n, [1n, 3n])).not.toBe(base);
    expect(() => challenge(MODEL_ID, '0x00', 9n, [])).toThrow('the context must be 32 bytes');
  });
  it('evaluates the polynomial without constant term', () => {
    expect(evaluateAt([], 5n)).toBe(0n);
    expect(evaluateAt([3n, 4n, 5n], 10n)).toBe(5430n);
    const r = SNARK_FIELD - 2n;
    expect(evaluateAt([1n, 1n], r)).toBe((r + r * r) % SNARK_FIELD);
  });
  it('builds a whole statement equal to a straight computation', async () => {
    const values = { input: INPUT, output: OUTPUT };
    const source = { layout: layout('public', 'public'), modelId: MODEL_ID, context: CONTEXT, values };
    const { elements, C, r, s } = await buildStatement(source);
    let e0 = 0n;
    for (const q of INPUT.slice(0, 31)) e0 = e0 * 256n + BigInt(q + 128);
    const e1 = BigInt(INPUT[31]! + 128) * 256n + BigInt(INPUT[32]! + 128);
    const e2 = 7n * 256n + 255n;
    expect(elements).toEqual([e0, e1, e2]);
    expect(C).toBe(poseidon(e0, e1, e2, 0n));
    const domain = keccak256(toUtf8Bytes('zkinfer/statement/1'));
    const digest = keccak256(concat([domain, MODEL_ID, CONTEXT, word(C), word(e0), word(e1), word(e2)]));
    expect(r).toBe(BigInt(digest) % SNARK_FIELD);
    expect(s).toBe((e0 * r + e1 * r ** 2n + e2 * r ** 3n) % SNARK_FIELD);
  });
  it('is pinned by a fixed vector', async () => {
    const source = { layout: layout('public', 'public'), modelId: MODEL_ID, context: CONTEXT };
    const { C, r, s } = await buildStatement({ ...source, values: { input: INPUT, output: OUTPUT } });
    expect({ C, r, s }).toMatchInlineSnapshot(`
     {
       "C": 5515533031848118893239014563421945293535138891500902310848339858348120479588n,
       "r": 11226512434961942399592935118140393553634717396401727687024537225518761652954n,
       "s": 17388226636563350191844318708585812333914228882209453587651768662527675132325n,
     }
    `);
  });
  it('draws salts from the field', () => {
    const drawn = Array.from({ length: 200 }, randomFieldElement);
    expect(new Set(drawn).size).toBe(200);
    expect(drawn.every((value) => value >= 0n && value < SNARK_FIELD)).toBe(true);
    expect(drawn.some((value) => value >> 253n === 1n)).toBe(true);
  });
});
