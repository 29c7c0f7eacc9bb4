import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TensorSpec } from '../../src/artifacts/types.js';
import { readInput, readInputs } from '../../src/inputs/read.js';
import type { InputOptions } from '../../src/inputs/types.js';
import { npyBytes, npzBytes } from './npy-files.js';

/** Scale 1 and zero point 0: integers are the numbers themselves. */
const X: TensorSpec = { name: 'x', dtype: 'uint8', shape: [1, 2, 3], scale: 1, zeroPoint: 0, edge: 'float' };
const A: TensorSpec = { ...X, name: 'a', shape: [1, 2] };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-inputs-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

async function all(path: string, specs: readonly TensorSpec[] = [X], options: InputOptions = {}): Promise<number[][]> {
  const samples: number[][] = [];
  for await (const { index, tensors } of readInputs(path, specs, options)) {
    expect(index).toBe(samples.length);
    expect(tensors.map(({ name }) => name)).toEqual(specs.map(({ name }) => name));
    samples.push(tensors.flatMap(({ integers }) => [...integers]));
  }
  return samples;
}

const ONE = [[1, 2, 3, 4, 5, 6]];
const TWO = [
  [1, 2, 3, 4, 5, 6],
  [7, 8, 9, 10, 11, 12],
];
const floats = (n: number): Float32Array => Float32Array.from({ length: n }, (_, i) => i + 1);

describe('.json', () => {
  it.each([
    ['nested', '[[[1,2,3],[4,5,6]]]', ONE],
    ['without the dimension of 1', '[[1,2,3],[4,5,6]]', ONE],
    ['flat', '[1,2,3,4,5,6]', ONE],
    ['by name', '{"x":[1,2,3,4,5,6]}', ONE],
    ['a batch', '[[[[1,2,3],[4,5,6]]],[[[7,8,9],[10,11,12]]]]', TWO],
    ['with rounding', '[0.5,1.5,2.5,300,-4,1e0]', [[0, 2, 2, 255, 0, 1]]],
  ])('reads a tensor %s', async (_, json, expected) => {
    expect(await all(await file('a.json', json))).toEqual(expected);
  });

  it('reads several tensors by name, in the order of the model', async () => {
    const path = await file('two.json', '{"a":[8,9],"x":[1,2,3,4,5,6]}');
    expect(await all(path, [X, A])).toEqual([[1, 2, 3, 4, 5, 6, 8, 9]]);
  });

  it.each([
    ['wrong length', '[1,2,3,4,5]', 'INPUT_SHAPE', 'tensor x has shape [5], the model takes [1, 2, 3]'],
    ['wrong order', '[[1,2],[3,4],[5,6]]', 'INPUT_SHAPE', 'tensor x has shape [3, 2], the model takes [1, 2, 3]'],
    ['an empty batch', '[]', 'INPUT_SHAPE', 'tensor x has shape [0], the model takes [1, 2, 3]'],
    [
      'ragged lists',
      '[[1,2,3],[4,5]]',
      'INPUT_SHAPE',
      'FILE: tensor input is ragged: lists differ in length near element 3',
    ],
    [
      'deeper lists',
      '[1,2,[3],4,5,6]',
      'INPUT_SHAPE',
      'FILE: tensor input is ragged: lists differ in length near element 2',
    ],
    [
      'lists without end',
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      'INPUT_SHAPE',
      'FILE: tensor input is nested deeper than 64 lists',
    ],
    ['another name', '{"y":[1]}', 'INPUT_SHAPE', 'the model has no input named y'],
    ['no name', '{}', 'INPUT_SHAPE', 'the file has no tensor named x'],
    ['text', '[1,2,3,4,5,"6"]', 'INPUT_VALUE', 'FILE: tensor input, element 5: not a number'],
    ['null', '[1,2,3,4,null,6]', 'INPUT_VALUE', 'tensor x, element 4: not a finite number'],
    ['NaN as Python writes it', '[1,2,NaN,4,5,6]', 'INPUT_VALUE', 'tensor x, element 2: not a finite number'],
    ['-Infinity', '[1,2,3,4,5,-Infinity]', 'INPUT_VALUE', 'tensor x, element 5: not a finite number'],
    ['a string', '"x"', 'INPUT_FORMAT', 'FILE holds neither a tensor nor tensors by name'],
  ])('refuses %s', async (_, json, code, message) => {
    const path = await file('bad.json', json);
    await expect(all(path)).rejects.toMatchObject({ code, message: message.replace('FILE', path) });
  });

  it('never quotes the content of a file that is not JSON', async () => {
    const path = await file('secret.json', '[123456, 654321 987654]');
    const error = (await all(path).catch((reason: unknown) => reason)) as Error;
    expect(error).toMatchObject({ code: 'INPUT_FORMAT' });
    expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/123456|654321|987654/);
    expect(error.cause).toBeUndefined();
  });
});

describe('.jsonl', () => {
  it('reads one sample from each line and skips blank ones', async () => {
    expect(await all(await file('a.jsonl', '[1,2,3,4,5,6]\r\n\n{"x":[[7,8,9],[10,11,12]]}\n'))).toEqual(TWO);
  });

  it('names the line of an error', async () => {
    const path = await file('b.jsonl', '[1,2,3,4,5,6]\n[1,2\n');
    await expect(all(path)).rejects.toMatchObject({
      code: 'INPUT_FORMAT',
      message: expect.stringMatching(/b\.jsonl, line 2 is not JSON \(position \d+\)$/) as string,
    });
  });

  it('says that a file is empty or missing', async () => {
    await expect(all(await file('c.jsonl', '\n\n'))).rejects.toMatchObject({ code: 'INPUT_FORMAT' });
    await expect(all(join(dir, 'none.jsonl'))).rejects.toMatchObject({ code: 'IO' });
  });
});

describe('.csv', () => {
  it('reads rows, with and without a header', async () => {
    expect(await all(await file('a.csv', '1,2,3,4,5,6\n7,8,9,10,11,12\n'))).toEqual(TWO);
    expect(await all(await file('b.csv', '\ufeffp0,p1,p2,p3,p4,p5\n1, 2.0,"3",4e0,5,6'))).toEqual(ONE);
  });

  it('spreads a row over all inputs', async () => {
    expect(await all(await file('c.csv', '1,2,3,4,5,6,8,9'), [X, A])).toEqual([[1, 2, 3, 4, 5, 6, 8, 9]]);
  });

  it.each([
    ['1,2,3,4,5', 'INPUT_SHAPE', 'line 1 holds 5 numbers, the model takes 6: x [1, 2, 3]'],
    ['1,2,3,4,5,nan', 'INPUT_VALUE', 'tensor x, element 5: not a finite number'],
    ['1,2,,4,5,6', 'INPUT_VALUE', 'tensor x, element 2: not a finite number'],
    ['1,2,0x3,4,5,6', 'INPUT_VALUE', 'tensor x, element 2: not a finite number'],
  ])('refuses %s', async (text, code, message) => {
    await expect(all(await file('bad.csv', text))).rejects.toMatchObject({ code, message });
  });

  it('takes only the first line for a header', async () => {
    await expect(all(await file('d.csv', '1,2,3,4,5,6\na,b,c,d,e,f'))).rejects.toMatchObject({ code: 'INPUT_FORMAT' });
  });
});

describe('.npy', () => {
  it.each([
    ['float32', '<f4', floats(6)],
    ['float64', '<f8', Float64Array.from(floats(6))],
    ['int64', '<i8', BigInt64Array.of(1n, 2n, 3n, 4n, 5n, 6n)],
    ['int32', '<i4', Int32Array.of(1, 2, 3, 4, 5, 6)],
    ['uint8', '|u1', Uint8Array.of(1, 2, 3, 4, 5, 6)],
    ['big-endian int16', '>i2', Uint8Array.of(0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6)],
  ])('reads %s', async (_, descr, data) => {
    expect(await all(await file('a.npy', npyBytes({ descr, shape: [2, 3], data })))).toEqual(ONE);
  });

  it('reads batches, column-major order and format version 2', async () => {
    const batch = npyBytes({ descr: '<f4', shape: [2, 2, 3], data: floats(12), version: 2 });
    expect(await all(await file('b.npy', batch))).toEqual(TWO);
    const columns = npyBytes({ descr: '<f4', shape: [2, 3], data: Float32Array.of(1, 4, 2, 5, 3, 6), fortran: true });
    expect(await all(await file('c.npy', columns))).toEqual(ONE);
  });

  it.each([
    ['no magic', () => Buffer.from('PK..............')],
    ['a cut header', () => npyBytes({ descr: '<f4', shape: [6], data: floats(6) }).subarray(0, 20)],
    ['missing elements', () => npyBytes({ descr: '<f4', shape: [6], data: floats(5) })],
    ['surplus elements', () => npyBytes({ descr: '<f4', shape: [6], data: floats(7) })],
    ['text elements', () => npyBytes({ descr: '<U3', shape: [6], data: floats(18) })],
    ['pickled objects', () => npyBytes({ descr: '|O', shape: [6], data: floats(6) })],
    ['an empty file', () => new Uint8Array(0)],
  ])('refuses %s', async (_, bytes) => {
    await expect(all(await file('bad.npy', bytes()))).rejects.toMatchObject({ code: 'INPUT_FORMAT' });
  });
});

describe('.npz', () => {
  const x = { descr: '<f4', shape: [2, 2, 3], data: floats(12) };
  const labels = { descr: '<i8', shape: [2], data: BigInt64Array.of(1n, 2n) };

  it('reads batches by name and leaves other arrays aside', async () => {
    expect(await all(await file('a.npz', npzBytes({ y: labels, x })))).toEqual(TWO);
  });

  it('refuses arrays of different batch sizes', async () => {
    const a = { descr: '<f4', shape: [3, 2], data: floats(6) };
    await expect(all(await file('b.npz', npzBytes({ x, a })), [X, A])).rejects.toMatchObject({
      code: 'INPUT_SHAPE',
      message: 'tensor a holds 3 samples, tensor x holds 2',
    });
  });

  it('takes the only array of a fitting shape where the name is another', async () => {
    expect(await all(await file('n.npz', npzBytes({ arr_0: x, labels })))).toEqual(TWO);
    const ambiguous = await file('m.npz', npzBytes({ arr_0: x, arr_1: x }));
    await expect(all(ambiguous)).rejects.toMatchObject({ code: 'INPUT_SHAPE', hint: 'it holds: arr_0, arr_1' });
  });

  it('says what a file without the right name holds', async () => {
    await expect(all(await file('c.npz', npzBytes({ labels })))).rejects.toMatchObject({
      code: 'INPUT_SHAPE',
      message: 'the file has no tensor named x',
      hint: 'it holds: labels',
    });
  });

  it('refuses what is no archive, and damaged arrays', async () => {
    await expect(all(await file('d.npz', 'nonsense'))).rejects.toMatchObject({ code: 'INPUT_FORMAT' });
    const damaged = npzBytes({ x: { ...x, data: floats(11) } });
    await expect(all(await file('e.npz', damaged))).rejects.toMatchObject({
      message: expect.stringContaining('array x is a damaged .npy array') as string,
    });
  });

  it('reads what NumPy itself writes', async () => {
    const path = fileURLToPath(new URL('../../fixtures/digits-cnn/inputs.npz', import.meta.url));
    const pixels: TensorSpec = { ...X, shape: [1, 1, 8, 8] };
    const samples = await all(path, [pixels]);
    expect(samples).toHaveLength(20);
    expect(samples.every((sample) => sample.length === 64 && sample.every((value) => value <= 16))).toBe(true);
  });
});

describe('readInput', () => {
  it('takes the only sample, or the one asked for', async () => {
    const one = await file('one.json', '[1,2,3,4,5,6]');
    const two = await file('two.jsonl', '[1,2,3,4,5,6]\n[7,8,9,10,11,12]\n');
    expect((await readInput(one, [X])).tensors[0]!.integers[0]).toBe(1);
    expect((await readInput(two, [X], { index: 1 })).tensors[0]!.integers[0]).toBe(7);
    await expect(readInput(two, [X])).rejects.toMatchObject({
      code: 'USAGE',
      hint: expect.stringContaining('--index') as string,
    });
    await expect(readInput(two, [X], { index: 2 })).rejects.toMatchObject({
      code: 'USAGE',
      message: `${two} has no sample 2: it holds 2, counted from 0`,
    });
  });

  it('knows its formats by their endings', async () => {
    await expect(readInput(await file('x.txt', '1'), [X])).rejects.toMatchObject({ code: 'INPUT_FORMAT' });
  });

  it('stops when cancelled', async () => {
    const path = await file('z.json', '[1,2,3,4,5,6]');
    await expect(readInput(path, [X], { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
