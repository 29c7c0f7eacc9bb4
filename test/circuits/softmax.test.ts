import type { SoftmaxNode, Value } from '../../src/ir/types.js';
import { softmaxGroups } from '../../src/passes/lower/softmax-groups.js';
import { softmaxExponentials } from '../../src/passes/lower/softmax.js';
import { softmaxForm, softmaxRowCost } from '../../src/plan/softmax-form.js';
import { softmax } from '../../src/reference/softmax.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

interface Case {
  readonly input: number;
  readonly output: number;
  readonly zeroPoint: number;
  readonly dtype: 'int8' | 'uint8';
  readonly shape: readonly number[];
  readonly axis: number;
}

function build({ input, output, zeroPoint, dtype, shape, axis }: Case): { node: SoftmaxNode; y: Value } {
  const scale = Math.fround(output);
  const exponentials = softmaxExponentials(Math.fround(input), shape[axis]!);
  const groups = softmaxGroups(shape, axis, false);
  const factor = Math.floor(Math.fround(1 / scale));
  const node: SoftmaxNode = {
    kind: 'softmax',
    name: 's',
    inputs: ['x'],
    outputs: ['y'],
    exponentials,
    factor,
    ...groups,
  };
  return { node, y: { name: 'y', dtype, shape, quantization: { scale, zeroPoint } } };
}

async function compile(node: SoftmaxNode, y: Value): Promise<{ circuit: Circuit; cost: number }> {
  const { gap, subnormal, spread, tables, highest, saturates, bits, zeroPoint } = softmaxForm(node, y);
  const { size } = node;
  const groups = node.sources.length / size;
  const sources = Array.from({ length: groups }, (_, g) => [...node.sources.subarray(g * size, (g + 1) * size)]);
  const sizes = [groups, size, literal(sources), gap, Number(subnormal), spread, literal(tables)];
  const quotient = [highest, Number(saturates), bits, zeroPoint];
  const circuit = await compileInstance(['layers/softmax'], `Softmax(${[...sizes, ...quotient].join(', ')})`);
  return { circuit, cost: groups * softmaxRowCost(size, softmaxForm(node, y)) };
}

const CASES: readonly Case[] = [
  { input: 0.1, output: 1 / 256, zeroPoint: -128, dtype: 'int8', shape: [1, 10], axis: 1 },
  { input: 0.5, output: 1 / 256, zeroPoint: 0, dtype: 'uint8', shape: [6], axis: 0 },
  { input: 0.004, output: 1 / 256, zeroPoint: 0, dtype: 'uint8', shape: [2, 3, 2], axis: 1 },
  { input: 0.9, output: 1 / 300, zeroPoint: 20, dtype: 'uint8', shape: [4], axis: 0 },
  { input: 2.5, output: 1 / 255, zeroPoint: -128, dtype: 'int8', shape: [3], axis: 0 },
  { input: 0.3, output: 0.02, zeroPoint: 1, dtype: 'uint8', shape: [2], axis: 0 },
];

it.each(CASES)(
  'Softmax equals the reference: %o',
  async (given) => {
    const { node, y } = build(given);
    const { circuit, cost } = await compile(node, y);
    expect(circuit.r1cs.nConstraints).toBe(cost);
    expect(circuit.looseWires()).toEqual([]);
    const random = new Random(given.shape.length);
    const [min, max] = given.dtype === 'int8' ? [-128, 127] : [0, 255];
    for (let run = 0; run < 25; run++) {
      const width = [2, 10, 40, 255][run % 4]!;
      const level = random.integer(min, max);
      const x = random.integers(node.sources.length, Math.max(min, level - width), Math.min(max, level + width));
      const witness = await circuit.witness({ x });
      const result = x.map((_, i) => witness[circuit.wire(`y[${i}]`)]);
      expect(result).toEqual([...softmax(node, y, Int32Array.from(x))].map((q) => mod(BigInt(q))));
    }
  },
  60_000,
);

it('Softmax notices every changed wire, and inputs that one dtype cannot hold', async () => {
  const { node, y } = build({ ...CASES[4]!, shape: [2] });
  const { circuit } = await compile(node, y);
  for (const x of [
    [3, -20],
    [-128, 127],
    [5, 5],
  ]) {
    expect(unnoticedChanges(circuit, await circuit.witness({ x }), ['x[0]', 'x[1]'])).toEqual([]);
  }
  await expect(circuit.witness({ x: [-128, 128] })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
}, 60_000);

it.each([
  [0.05, 2605],
  [0.1, 2686],
  [0.5, 2722],
])('Softmax of ten elements at the input scale %d costs %i constraints', (input, cost) => {
  const { node, y } = build({ ...CASES[0]!, input });
  expect(softmaxRowCost(10, softmaxForm(node, y))).toBe(cost);
});

it('Tables gives the entries of several tables at one index', async () => {
  const tables = [(i: number) => BigInt(i * i), (i: number) => 2n ** 60n - BigInt(i), (i: number) => BigInt(i % 7)];
  const entries = tables.map((entry) => Array.from({ length: 256 }, (_, i) => entry(i)));
  const circuit = await compileInstance(['quant/table'], `Tables(3, 0, ${literal(entries)})`);
  for (const index of [0, 1, 15, 16, 100, 254, 255]) {
    const witness = await circuit.witness({ in: index });
    expect(tables.map((_, k) => witness[circuit.wire(`out[${k}]`)])).toEqual(tables.map((entry) => entry(index)));
    expect(unnoticedChanges(circuit, witness, ['in'])).toEqual([]);
  }
  await expect(circuit.witness({ in: 256 })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  expect(circuit.r1cs.nConstraints).toBe(19 + 3 * 15);
});
