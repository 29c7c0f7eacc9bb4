/** The fast path of witness programs gives what circom's own functions give. */
import { execFile } from 'node:child_process';
import { copyFile, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { SNARK_FIELD, toField } from '../../src/hash/field.js';
import { CircomProgram, WORDS, type MemoryImage, type SignalWords } from '../../src/prover/circom-program.js';
import { withSmallValues } from '../../src/prover/small-values.js';
import { signedLeb, unsignedLeb, WasmModule } from '../../src/prover/wasm-module.js';
import { makeFolder, removeFolder } from '../support/product-circuit.js';

let folder: string;
let wasm: Uint8Array;
let programs: { program: CircomProgram; image: MemoryImage }[];

beforeAll(async () => {
  folder = await makeFolder();
  await copyFile('test/support/circuits/operations.circom', join(folder, 'operations.circom'));
  const circom = resolve('node_modules/circom2/cli.js');
  await promisify(execFile)(process.execPath, [circom, 'operations.circom', '--wasm', '--O0'], { cwd: folder });
  wasm = new Uint8Array(await readFile(join(folder, 'operations_js/operations.wasm')));
  programs = await Promise.all(
    [wasm, withSmallValues(wasm)].map(async (bytes) => {
      const program = await CircomProgram.instantiate(await WebAssembly.compile(bytes), 'operations.wasm');
      return { program, image: program.image() };
    }),
  );
});
afterAll(() => removeFolder(folder));

function input(name: string, value: bigint): SignalWords {
  const canonical = toField(value);
  return {
    name,
    words: Uint32Array.from({ length: WORDS }, (_, i) => Number((canonical >> BigInt(32 * i)) & 0xffffffffn)),
  };
}

/** Witnesses of circom's own program and of that with the fast path. */
function witnesses(a: bigint, b: bigint): [Uint32Array, Uint32Array] {
  return programs.map(({ program, image }) => {
    program.run([input('a', a), input('b', b)]);
    const values = new Uint32Array(WORDS * program.witnessLength);
    program.readWitness(values);
    program.reset(image);
    return values;
  }) as [Uint32Array, Uint32Array];
}

const near = (value: bigint): bigint[] => [value - 1n, value, value + 1n];
const LOW_WORD = SNARK_FIELD & 0xffffffffffffffffn;
const EDGES = [
  ...[0n, 1n << 31n, 1n << 61n, 1n << 62n, LOW_WORD, SNARK_FIELD / 2n].flatMap(near),
  ...[3n, 30n, 62n, 64n, 253n, 1n << 32n, 1n << 53n, 1n << 63n, 1n << 64n, 1n << 128n, 1n << 253n],
];
const OPERANDS = [...new Set([...EDGES, ...EDGES.map((value) => -value)].map(toField))];

it('with operands at every edge', () => {
  expect(programs[0]!.program.witnessLength).toBe(3 + 23 * 16 + 2 * 4 * 12 + 2);
  for (const a of OPERANDS) {
    for (const b of OPERANDS) {
      const [expected, found] = witnesses(a, b);
      if (Buffer.compare(Buffer.from(expected.buffer), Buffer.from(found.buffer)) === 0) continue;
      const at = expected.findIndex((word, i) => word !== found[i]);
      throw new Error(`${a} and ${b} differ at wire ${Math.floor(at / WORDS)}`);
    }
  }
});

it('with random operands of all lengths', () => {
  let state = 1n;
  const random = (): bigint => {
    state = (state * 6364136223846793005n + 1442695040888963407n) % (1n << 64n);
    const long = state * state * state * state;
    const value = long >> (long % 7n === 0n ? 0n : (state >> 20n) % 256n);
    return (state >> 40n) % 2n === 0n ? value : -value;
  };
  for (let i = 0; i < 500; i++) {
    const [expected, found] = witnesses(random(), random());
    expect(Buffer.compare(Buffer.from(expected.buffer), Buffer.from(found.buffer))).toBe(0);
  }
});

it('leaves what it does not know alone', () => {
  const refused = [
    new Uint8Array(0),
    Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0),
    wasm.subarray(0, wasm.length - 9),
    wasm.subarray(0, 5000),
  ];
  for (const bytes of refused)
    expect(() => withSmallValues(bytes)).toThrow(/^(it is no module|the module is cut|there is no function)/);
});

it('encodes a module as it was where nothing is replaced', async () => {
  const again = new WasmModule(wasm).encode();
  await expect(WebAssembly.compile(again)).resolves.toBeDefined();
  expect(new WasmModule(again).encode()).toEqual(again);
});

it('encodes integers as WebAssembly has them', () => {
  expect([0, 127, 128, 2 ** 32 - 1].map(unsignedLeb)).toEqual([[0], [127], [128, 1], [255, 255, 255, 255, 15]]);
  expect([0n, 63n, 64n, -1n, -64n, -65n, -(1n << 31n)].map(signedLeb)).toEqual([
    ...[[0], [63], [192, 0], [127], [64], [191, 127]],
    [128, 128, 128, 128, 120],
  ]);
});
