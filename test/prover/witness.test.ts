import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkWitness, readR1cs } from '../../src/circom/r1cs.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { WitnessGenerator, type WitnessInputs } from '../../src/prover/witness.js';
import { readWtns, wtnsLength } from '../../src/prover/wtns.js';
import { compileProduct, makeFolder, removeFolder, type CompiledCircuit } from '../support/product-circuit.js';
import { productInputs } from '../support/product-model.js';
import { runSnarkjs } from '../support/snarkjs-cli.js';

let folder: string;
let circuit: CompiledCircuit;
let generator: WitnessGenerator;
let inputs: WitnessInputs;
let wtns: Uint8Array;

beforeAll(async () => {
  folder = await makeFolder();
  circuit = await compileProduct(folder);
  generator = await WitnessGenerator.load(circuit.wasm);
  inputs = await productInputs(255, 254);
  wtns = await generator.calculate(inputs);
});
afterAll(() => removeFolder(folder));

describe('WitnessGenerator', () => {
  it('gives a witness that satisfies the constraints, byte for byte that of snarkjs', async () => {
    const values = readWtns(wtns);
    expect(checkWitness(await readR1cs(circuit.r1cs), values)).toBeUndefined();
    expect(values.slice(0, 6)).toEqual([1n, inputs['C'], inputs['r'], inputs['s'], 255n, 254n]);
    const [json, file] = [join(folder, 'input.json'), join(folder, 'snarkjs.wtns')];
    await writeFile(
      json,
      JSON.stringify(inputs, (_, value: unknown) => (typeof value === 'bigint' ? `${value}` : value)),
    );
    expect(await runSnarkjs('wtns', 'calculate', circuit.wasm, json, file)).toMatchObject({ code: 0 });
    expect((await readFile(file)).equals(wtns)).toBe(true);
  });
  it('takes every form of integers, and can be used again', async () => {
    const text = { ...inputs, x: ['255', [Uint8Array.of(254)]] };
    expect(await generator.calculate(text)).toEqual(wtns);
    const negative = { ...inputs, x: [BigInt(255) - SNARK_FIELD, 254] };
    expect(await generator.calculate(negative)).toEqual(wtns);
    expect(await generator.calculate(inputs)).toEqual(wtns);
  });
  it('gives the same after many others and after failures', async () => {
    const fresh = await WitnessGenerator.load(circuit.wasm);
    const other = await productInputs(3, 7);
    const expected = await fresh.calculate(other);
    for (let round = 0; round < 3; round++) {
      expect(await generator.calculate(inputs)).toEqual(wtns);
      await expect(generator.calculate({ ...inputs, x: [255, 311] })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
      await expect(generator.calculate({ ...inputs, z: 1 })).rejects.toMatchObject({ code: 'INPUT_SHAPE' });
      expect(await generator.calculate(other)).toEqual(expected);
    }
    const several = await Promise.all([inputs, other, inputs].map((values) => fresh.calculate(values)));
    expect(several).toEqual([wtns, expected, wtns]);
  });
  it('takes numbers of either sign and any size that are integers', async () => {
    for (const x of [-1, -(2 ** 31), -(2 ** 32), 2 ** 32 + 5, Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]) {
      // Neither is a byte: both forms reach the circuit as the same element, which refuses it the same way.
      const fails = (value: number | bigint): Promise<string> =>
        generator.calculate({ ...inputs, x: [value, 1] }).catch((error: Error) => error.message) as Promise<string>;
      expect(await fails(x)).toBe(await fails(BigInt(x)));
    }
  });
  it('gives values of which none can change alone', async () => {
    const r1cs = await readR1cs(circuit.r1cs);
    const values = readWtns(wtns);
    for (let wire = 1; wire < values.length; wire++) {
      const forged = values.with(wire, (values[wire]! + 1n) % SNARK_FIELD);
      expect(checkWitness(r1cs, forged)).toEqual({ constraint: expect.any(Number) as number });
    }
  });
  it('says where the values do not satisfy the circuit, without the values', async () => {
    const error: unknown = await generator.calculate({ ...inputs, x: [255, 311] }).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'CHECK_FAILED',
      message: expect.stringContaining('Error in template Bits') as string,
    });
    expect((error as Error).message).not.toContain('311');
  });
  it('refuses inputs that are not the circuit’s', async () => {
    const shape = { code: 'INPUT_SHAPE' };
    await expect(generator.calculate({ ...inputs, z: 1 })).rejects.toMatchObject(shape);
    await expect(generator.calculate({ ...inputs, x: [1] })).rejects.toMatchObject(shape);
    await expect(generator.calculate({ ...inputs, x: [1, 2, 3] })).rejects.toMatchObject(shape);
    await expect(generator.calculate({ x: [1, 2] })).rejects.toMatchObject(shape);
    for (const x of [
      ['1e3', 2],
      ['', 2],
      [0.5, 2],
      [NaN, 2],
      [2 ** 60, 2],
    ]) {
      await expect(generator.calculate({ ...inputs, x })).rejects.toMatchObject({
        code: 'INPUT_VALUE',
        location: { tensor: 'x' },
      });
    }
  });
  it('refuses files that are no generators', async () => {
    const format = { code: 'ARTIFACT_FORMAT' };
    await expect(WitnessGenerator.load(join(folder, 'none.wasm'))).rejects.toMatchObject({ code: 'ARTIFACT_MISSING' });
    await expect(WitnessGenerator.load(circuit.r1cs)).rejects.toMatchObject(format);
    const bytes = await readFile(circuit.wasm);
    await expect(WitnessGenerator.load(bytes.subarray(0, bytes.length - 20))).rejects.toMatchObject(format);
    const empty = await WitnessGenerator.load(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0));
    await expect(empty.calculate(inputs)).rejects.toMatchObject(format);
  });
});

describe('wtns files', () => {
  it('are refused when they are damaged', () => {
    const format = expect.objectContaining({ code: 'ARTIFACT_FORMAT' }) as Error;
    expect(wtnsLength(wtns)).toBe(44);
    for (const length of [0, 10, 40, 75, wtns.length - 1]) {
      expect(() => wtnsLength(wtns.subarray(0, length))).toThrow(format);
    }
    const otherPrime = Uint8Array.from(wtns).fill(7, 28, 29);
    expect(() => readWtns(otherPrime)).toThrow(format);
    const otherCount = Uint8Array.from(wtns).fill(43, 60, 61);
    expect(() => readWtns(otherCount)).toThrow(format);
    const tooLarge = Uint8Array.from(wtns).fill(255, wtns.length - 32);
    expect(() => readWtns(tooLarge)).toThrow(format);
  });
});
