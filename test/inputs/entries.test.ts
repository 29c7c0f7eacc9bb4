import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TensorSpec } from '../../src/artifacts/types.js';
import type { ZkinferError } from '../../src/errors.js';
import { countLines } from '../../src/inputs/lines.js';
import { readInputEntries } from '../../src/inputs/read.js';
import { npyBytes, npzBytes } from './npy-files.js';

/** Scale 1 and zero point 0: integers are the numbers themselves. */
const X: TensorSpec = { name: 'x', dtype: 'uint8', shape: [1, 2], scale: 1, zeroPoint: 0, edge: 'float' };

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'zkinfer-entries-'));
});
afterAll(() => rm(dir, { recursive: true }));

async function file(name: string, content: string | Uint8Array): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, content);
  return path;
}

/** `1 2` for a sample, the code for an error; with the total that was known. */
async function entries(path: string, specs = [X], count = false): Promise<[string, number | undefined][]> {
  const found: [string, number | undefined][] = [];
  for await (const { index, tensors, error, total } of readInputEntries(path, specs, { count })) {
    if (index !== found.length) throw new Error(`index ${index} comes as number ${found.length}`);
    found.push([error?.code ?? tensors!.map(({ integers }) => integers.join(' ')).join(), total]);
  }
  return found;
}

const texts = async (path: string): Promise<string[]> => (await entries(path)).map(([text]) => text);

it('keeps the places of lines that are no samples', async () => {
  const lines = ['[1,2]', '{', '', '[1]', '[3,4]', '["a",1]', '[1,NaN]', '{"y":[1,2]}', '[5,6]'];
  expect(await texts(await file('a.jsonl', lines.join('\n')))).toEqual([
    ...['1 2', 'INPUT_FORMAT', 'INPUT_SHAPE', '3 4', 'INPUT_VALUE', 'INPUT_VALUE', 'INPUT_SHAPE', '5 6'],
  ]);
  expect(await texts(await file('a.csv', 'a,b\n1,2\nx,y\n3\n4,z\n5,6\n'))).toEqual([
    ...['1 2', 'INPUT_FORMAT', 'INPUT_SHAPE', 'INPUT_VALUE', '5 6'],
  ]);
});

it('says where an error lies', async () => {
  const path = await file('where.jsonl', '[1,2]\n\n[');
  const errors: (ZkinferError | undefined)[] = [];
  for await (const { error } of readInputEntries(path, [X])) errors.push(error);
  expect(errors[1]!.message).toBe(`${path}, line 3 is not JSON`);
  expect(errors[1]!.location).toEqual({ file: path });
});

it('goes on after a wrong element of an array', async () => {
  const data = Float32Array.of(1, 2, NaN, 4, 5, 6);
  const source = { descr: '<f4', shape: [3, 1, 2], data };
  expect(await texts(await file('nan.npy', npyBytes(source)))).toEqual(['1 2', 'INPUT_VALUE', '5 6']);
  expect(await texts(await file('nan.npz', npzBytes({ x: source })))).toEqual(['1 2', 'INPUT_VALUE', '5 6']);
  expect(await texts(await file('nan.json', '[[1,2],[null,4],[5,6]]'))).toEqual(['1 2', 'INPUT_VALUE', '5 6']);
});

it.each([
  ['cut.json', '[1,2', 'INPUT_FORMAT'],
  ['shape.json', '[1,2,3]', 'INPUT_SHAPE'],
  ['none.jsonl', '\n \n', 'INPUT_FORMAT'],
  ['text.npy', 'no array', 'INPUT_FORMAT'],
  ['cut.npy', npyBytes({ descr: '<f4', shape: [2, 2], data: new Float32Array(4) }).subarray(0, -1), 'INPUT_FORMAT'],
  [
    'long.npy',
    Buffer.concat([npyBytes({ descr: '<f4', shape: [2], data: new Float32Array(2) }), Buffer.alloc(4)]),
    'INPUT_FORMAT',
  ],
  ['shape.npy', npyBytes({ descr: '<f4', shape: [3, 3], data: new Float32Array(9) }), 'INPUT_SHAPE'],
  ['empty.npy', npyBytes({ descr: '<f4', shape: [0, 2], data: new Float32Array(0) }), 'INPUT_SHAPE'],
  ['what.txt', '1', 'INPUT_FORMAT'],
])('refuses %s as a whole', async (name, content, code) => {
  await expect(texts(await file(name, content))).rejects.toMatchObject({ code });
});

it('refuses a header that is longer than its file', async () => {
  const bytes = npyBytes({ descr: '<f4', shape: [2], data: new Float32Array(2), version: 2 });
  new DataView(bytes.buffer, bytes.byteOffset).setUint32(8, 2 ** 31, true);
  await expect(texts(await file('header.npy', bytes))).rejects.toMatchObject({ code: 'INPUT_FORMAT' });
});

it('reads an array of many blocks as what it holds, in either order', async () => {
  const samples = 150_000;
  const rows = Int32Array.from({ length: 2 * samples }, (_, i) => (i * 7) % 251);
  const columns = Int32Array.from(
    { length: 2 * samples },
    (_, i) => rows[2 * (i % samples) + Math.floor(i / samples)]!,
  );
  const expected = Array.from({ length: samples }, (_, i) => `${rows[2 * i]} ${rows[2 * i + 1]}`);
  const shape = [samples, 2];
  expect(await texts(await file('rows.npy', npyBytes({ descr: '<i4', shape, data: rows })))).toEqual(expected);
  const fortran = npyBytes({ descr: '<i4', shape, data: columns, fortran: true });
  expect(await texts(await file('columns.npy', fortran))).toEqual(expected);
});

it('takes an array with the dimensions of the tensor as one sample', async () => {
  const square: TensorSpec = { ...X, shape: [1, 2, 2] };
  const path = await file('one.npy', npyBytes({ descr: '|u1', shape: [2, 2], data: Uint8Array.of(1, 2, 3, 4) }));
  expect((await entries(path, [square])).map(([text]) => text)).toEqual(['1 2 3 4']);
});

describe('a folder', () => {
  it('is its files in the order of their names', async () => {
    const folder = join(dir, 'folder');
    await mkdir(join(folder, 'nested'), { recursive: true });
    await file('folder/10.json', '[10,0]');
    await file('folder/02.npy', npyBytes({ descr: '|u1', shape: [2], data: Uint8Array.of(2, 0) }));
    await file('folder/01.csv', '1,0\n');
    await file('folder/03.jsonl', '[1,2]\n[3,4]\n');
    await file('folder/04.txt', '1');
    await file('folder/.hidden', '1');
    expect(await entries(folder)).toEqual([
      ['1 0', 5],
      ['2 0', 5],
      ['USAGE', 5],
      ['INPUT_FORMAT', 5],
      ['10 0', 5],
    ]);
  });

  it('without files holds no sample', async () => {
    await mkdir(join(dir, 'void'));
    await expect(texts(join(dir, 'void'))).rejects.toMatchObject({ code: 'INPUT_FORMAT' });
  });
});

describe('how many there are', () => {
  it('is told where it is known', async () => {
    const data = Uint8Array.of(1, 2, 3, 4);
    const totals = async (path: string, count: boolean): Promise<unknown> =>
      (await entries(path, [X], count)).map(([, total]) => total);
    const source = { descr: '|u1', shape: [2, 2], data };
    expect(await totals(await file('n.npy', npyBytes(source)), false)).toEqual([2, 2]);
    expect(await totals(await file('n.npz', npzBytes({ x: source })), false)).toEqual([2, 2]);
    const lines = await file('n.jsonl', '[1,2]\n\n[[1,2],[3,4]]\n[');
    expect(await totals(lines, false)).toEqual([undefined, undefined, undefined, undefined]);
    // A line of two samples is seen when it is read.
    expect(await totals(lines, true)).toEqual([3, 4, 4, 4]);
  });

  it.each([
    ['', 0],
    ['a', 1],
    ['a\n', 1],
    ['\n\n a\r\n \t\r\nb\n\n', 2],
    [`${'x'.repeat(3 << 20)}\n${' '.repeat(3 << 20)}y`, 2],
  ])('counts lines', async (content, count) => {
    expect(await countLines(await file('lines', content))).toBe(count);
  });
});
