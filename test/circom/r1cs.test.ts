import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkWitness, parseR1cs, readR1cs, type R1cs } from '../../src/circom/r1cs.js';
import { parseSym, readSym } from '../../src/circom/sym.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { compileProduct, makeFolder, removeFolder, type CompiledCircuit } from '../support/product-circuit.js';
import { r1csBytes as anyR1csBytes, section, u32, type R1csParts, type Row } from '../support/r1cs-bytes.js';

// w1 * w2 = w3, and the linear w3 = 2^40 w1 - w2.
const ROWS: readonly Row[] = [
  [[[1, 1n]], [[2, 1n]], [[3, 1n]]],
  [
    [],
    [],
    [
      [1, 1n << 40n],
      [2, SNARK_FIELD - 1n],
      [3, SNARK_FIELD - 1n],
    ],
  ],
];

function r1csBytes(parts: Partial<R1csParts> = {}): Buffer {
  return anyR1csBytes({ wires: 4, rows: ROWS, ...parts });
}

describe('parseR1cs', () => {
  it('reads header, rows and deduplicated coefficients', () => {
    const r1cs = parseR1cs(r1csBytes());
    expect(r1cs).toMatchObject({ nWires: 4, nPubOut: 0, nPubIn: 1, nPrvIn: 1, nLabels: 4, nConstraints: 2 });
    expect(r1cs).toMatchObject({ linear: 1, nonlinear: 1 });
    expect(r1cs.coefficients).toEqual([1n, 1n << 40n, SNARK_FIELD - 1n]);
    expect([...r1cs.C.offsets]).toEqual([0, 1, 4]);
    expect([...r1cs.C.wires]).toEqual([3, 1, 2, 3]);
    expect([...r1cs.C.coefficients]).toEqual([0, 1, 2, 2]);
    expect([...r1cs.A.offsets]).toEqual([0, 1, 1]);
  });
  it('checks witnesses and names the first violated constraint', () => {
    const r1cs = parseR1cs(r1csBytes());
    const inverse = (value: bigint): bigint => power(value, SNARK_FIELD - 2n);
    const w1 = 5n;
    // w1 w2 = 2^40 w1 - w2  <=>  w2 = 2^40 w1 / (w1 + 1)
    const w2 = ((w1 << 40n) * inverse(w1 + 1n)) % SNARK_FIELD;
    const w3 = (w1 * w2) % SNARK_FIELD;
    expect(checkWitness(r1cs, [1n, w1, w2, w3])).toBeUndefined();
    expect(checkWitness(r1cs, [1n, w1, w2, (w3 + 1n) % SNARK_FIELD])).toEqual({ constraint: 0 });
    expect(checkWitness(r1cs, [1n, 2n, 3n, 6n])).toEqual({ constraint: 1 });
  });
  it('refuses what is no witness', () => {
    const r1cs = parseR1cs(r1csBytes());
    const format = expect.objectContaining({ code: 'ARTIFACT_FORMAT' });
    expect(() => checkWitness(r1cs, [1n, 2n, 3n])).toThrow(format);
    expect(() => checkWitness(r1cs, [0n, 0n, 0n, 0n])).toThrow(format);
    expect(() => checkWitness(r1cs, [1n, SNARK_FIELD, 0n, 0n])).toThrow(format);
    expect(() => checkWitness(r1cs, [1n, -1n, 0n, 0n])).toThrow(format);
  });
});

describe('damaged r1cs files', () => {
  const bytes = r1csBytes();
  it('are refused wherever they are cut', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => parseR1cs(bytes.subarray(0, length), 'x.r1cs')).toThrow(
        expect.objectContaining({ code: 'ARTIFACT_FORMAT', location: { file: 'x.r1cs' } }),
      );
    }
  });
  it.each<[string, Buffer]>([
    ['trailing bytes', Buffer.concat([bytes, Buffer.alloc(1)])],
    ['another field', r1csBytes({ prime: SNARK_FIELD + 2n })],
    ['a wire that does not exist', r1csBytes({ wires: 3 })],
    ['a coefficient above p', r1csBytes({ rows: [[[], [], [[0, SNARK_FIELD]]]] })],
    ['more constraints than it holds', r1csBytes({ count: 0xffffffff })],
    ['fewer constraints than it holds', r1csBytes({ count: 1 })],
    ['fewer wires than inputs', r1csBytes({ wires: 2, rows: [] })],
    ['custom gates', r1csBytes({ more: [section(4, Buffer.alloc(4))] })],
    ['fewer labels than wires', r1csBytes({ labels: 3 })],
    ['more wires than it can name', r1csBytes({ wires: 0xffffffff, labels: 'none' })],
    ['a section twice', r1csBytes({ more: [section(1, Buffer.alloc(4))] })],
    ['another magic', Buffer.from(bytes).fill('zkey', 0, 4)],
    ['another version', Buffer.from(bytes).fill(2, 4, 5)],
  ])('with %s', (_, damaged) => {
    expect(() => parseR1cs(damaged)).toThrow(expect.objectContaining({ code: 'ARTIFACT_FORMAT' }));
  });
  it('with a constraint longer than the file', () => {
    const start = bytes.indexOf(u32(2), 12) + 12;
    const damaged = Buffer.from(bytes);
    damaged.writeUInt32LE(0x7fffffff, start);
    expect(() => parseR1cs(damaged)).toThrow('a constraint is longer than the file');
  });
});

describe('files of circom', () => {
  let folder: string;
  let circuit: CompiledCircuit;
  beforeAll(async () => {
    folder = await makeFolder();
    circuit = await compileProduct(folder);
  });
  afterAll(() => removeFolder(folder));

  it('have the counts that circom reports', async () => {
    const r1cs: R1cs = await readR1cs(circuit.r1cs);
    expect(r1cs).toMatchObject({ nPubOut: 0, nPubIn: 3, nPrvIn: 2 });
    expect(r1cs).toMatchObject({ nWires: 44, nLabels: 48, nConstraints: 42, linear: 5 });
    // 8 + 8 + 16 booleans, x[0] * x[1], C^2, r^2, t1, t2; linear: three sums of bits, y, s.
    expect(r1cs.nonlinear).toBe(32 + 1 + 4);
    expect(r1cs.coefficients).toContain(SNARK_FIELD - (1n << 15n));
    expect(r1cs.coefficients).not.toContain(0n);
  });
  it('name their signals', async () => {
    const wires = await readSym(circuit.sym);
    expect([wires.get('main.C'), wires.get('main.r'), wires.get('main.s')]).toEqual([1, 2, 3]);
    expect([wires.get('main.x[0]'), wires.get('main.x[1]')]).toEqual([4, 5]);
    expect(wires.get('main.model.y')).toBe(10);
    expect(wires.get('main.model.x[0]')).toBe(-1);
    expect(wires.size).toBe(47);
  });
  it('say when they are missing or damaged', async () => {
    await expect(readR1cs(join(folder, 'none.r1cs'))).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    await expect(readSym(join(folder, 'none.sym'))).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    const text = await readFile(circuit.sym, 'utf8');
    expect(() => parseSym(`${text}12,x,3,main.a\n`)).toThrow(expect.objectContaining({ code: 'ARTIFACT_FORMAT' }));
    expect(parseSym('')).toEqual(new Map());
  });
});

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % SNARK_FIELD) {
    if (e & 1n) result = (result * b) % SNARK_FIELD;
  }
  return result;
}
