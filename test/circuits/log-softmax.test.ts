import { FRACTION_BITS, HALF, logSoftmaxSpread } from '../../src/ir/log-softmax.js';
import type { LogSoftmaxNode, Value } from '../../src/ir/types.js';
import { logSoftmaxNumbers } from '../../src/passes/lower/log-softmax.js';
import { softmaxGroups } from '../../src/passes/lower/softmax-groups.js';
import { boundedBitsCost } from '../../src/plan/form.js';
import { logSoftmaxForm, logSoftmaxRowCost } from '../../src/plan/log-softmax.js';
import { logarithmOf, logSoftmax } from '../../src/reference/log-softmax.js';
import { allWitnesses } from '../support/all-witnesses.js';
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

function build({ input, output, zeroPoint, dtype, shape, axis }: Case): { node: LogSoftmaxNode; y: Value } {
  const scale = Math.fround(output);
  const numbers = logSoftmaxNumbers(Math.fround(input), scale, shape[axis]!);
  const ends = { name: 's', inputs: ['x'], outputs: ['y'] };
  const node: LogSoftmaxNode = { kind: 'logsoftmax', ...ends, ...numbers, ...softmaxGroups(shape, axis, false) };
  return { node, y: { name: 'y', dtype, shape, quantization: { scale, zeroPoint } } };
}

const tables = (rows: readonly Float64Array[]): string => literal(rows.map((row) => [...row]));

async function compile(node: LogSoftmaxNode, y: Value): Promise<{ circuit: Circuit; cost: number }> {
  const form = logSoftmaxForm(node, y);
  const { size } = node;
  const groups = node.sources.length / size;
  const sources = Array.from({ length: groups }, (_, g) => [...node.sources.subarray(g * size, (g + 1) * size)]);
  const sums = [literal([...form.exponentials]), form.sumBits];
  const logarithm = [form.tailBits, form.coefficients.length - 1, tables(form.coefficients), form.doubling];
  const steps = [FRACTION_BITS, form.slope, form.most, form.excessBits, form.zeroPoint];
  const parameters = [groups, size, literal(sources), ...sums, ...logarithm, ...steps].join(', ');
  const circuit = await compileInstance(['layers/log-softmax'], `LogSoftmax(${parameters})`);
  return { circuit, cost: groups * logSoftmaxRowCost(node, form) };
}

const CASES: readonly Case[] = [
  { input: 0.1, output: 0.1, zeroPoint: 127, dtype: 'int8', shape: [1, 10], axis: 1 },
  { input: 0.5, output: 0.25, zeroPoint: 255, dtype: 'uint8', shape: [6], axis: 0 },
  { input: 0.004, output: 0.02, zeroPoint: 200, dtype: 'uint8', shape: [2, 3, 2], axis: 1 },
  { input: 3, output: 0.005, zeroPoint: -20, dtype: 'int8', shape: [4], axis: 0 },
  { input: 0.001, output: 0.5, zeroPoint: 255, dtype: 'uint8', shape: [2], axis: 0 },
  { input: 40, output: 300, zeroPoint: 100, dtype: 'int8', shape: [3], axis: 0 },
  { input: 0.2, output: 2 ** -12, zeroPoint: -127, dtype: 'int8', shape: [2], axis: 0 },
];

it.each(CASES)(
  'LogSoftmax equals the reference: %o',
  async (given) => {
    const { node, y } = build(given);
    const { circuit, cost } = await compile(node, y);
    expect(circuit.r1cs.nConstraints).toBe(cost);
    expect(circuit.looseWires()).toEqual([]);
    const random = new Random(given.shape.length);
    const [min, max] = given.dtype === 'int8' ? [-128, 127] : [0, 255];
    const count = node.sources.length;
    const rows = Array.from({ length: 24 }, (_, run) => {
      const width = [2, 10, 40, 255][run % 4]!;
      const level = random.integer(min, max);
      return random.integers(count, Math.max(min, level - width), Math.min(max, level + width));
    });
    const ends = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? min : max));
    for (const x of [...rows, new Array<number>(count).fill(min), ends]) {
      const witness = await circuit.witness({ x });
      const result = x.map((_, i) => witness[circuit.wire(`y[${i}]`)]);
      expect(result).toEqual([...logSoftmax(node, y, Int32Array.from(x))].map((q) => mod(BigInt(q))));
    }
  },
  60_000,
);

it('LogSoftmax notices every changed wire, and inputs that one dtype cannot hold', async () => {
  const { node, y } = build({ ...CASES[1]!, shape: [2] });
  const { circuit } = await compile(node, y);
  for (const x of [
    [3, 20],
    [0, 255],
    [5, 5],
  ]) {
    expect(unnoticedChanges(circuit, await circuit.witness({ x }), ['x[0]', 'x[1]'])).toEqual([]);
  }
  await expect(circuit.witness({ x: [0, 256] })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
}, 60_000);

it('LogSoftmax has one witness', async () => {
  const exponentials = Array.from({ length: 256 }, (_, d) => Math.round(2 ** 9 * Math.exp(-d)));
  const coefficients = [
    Array.from({ length: 256 }, (_, p) => Math.round(Math.log1p(p / 256) * 8)),
    new Array<number>(256).fill(3),
  ];
  const parameters = [2, literal(exponentials), 9, 1, 1, literal(coefficients), 6, 2, 3, 2, 2, 7].join(', ');
  const circuit = await compileInstance(['layers/log-softmax'], `LogSoftmaxRow(${parameters})`);
  for (const x of [
    [4, 4],
    [4, 3],
    [2, 4],
  ]) {
    const witness = await circuit.witness({ x });
    expect(allWitnesses(circuit.r1cs, circuit.assign({ 'x[0]': x[0]!, 'x[1]': x[1]! }))).toEqual([witness]);
  }
}, 60_000);

it('Logarithm equals the reference where sums double, at the ends of pieces and at the greatest sum', async () => {
  const { node } = build(CASES[0]!);
  const { sumBits, tailBits, coefficients, doubling, size } = node;
  const sizes = [sumBits, logSoftmaxSpread(node), tailBits, coefficients.length - 1];
  const circuit = await compileInstance(
    ['quant/logarithm'],
    `Logarithm(${[...sizes, tables(coefficients), doubling, HALF].join(', ')})`,
  );
  const unit = 2n ** BigInt(sumBits);
  const edges = [unit, 2n * unit, 4n * unit, 8n * unit, unit + unit / 256n, 3n * unit, 2n * unit - unit / 256n];
  const sums = [...edges, ...edges.slice(1).map((S) => S - 1n), BigInt(size) * unit];
  for (const S of sums) {
    const witness = await circuit.witness({ S });
    expect(witness[circuit.wire('out')]).toBe(BigInt(logarithmOf(node, S)));
  }
  await expect(circuit.witness({ S: unit - 1n })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  await expect(circuit.witness({ S: 16n * unit })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
}, 60_000);

it.each([
  [3, 5, 0],
  [2, 6, 1],
  [2, 1, 3],
])('SaturatedSteps of %i bits to %i has one witness for each number', async (bits, most, excess) => {
  const circuit = await compileInstance(['layers/log-softmax'], `SaturatedSteps(${bits}, 1, ${most}, ${excess}, 100)`);
  const end = 2 ** bits * (most + 2 ** excess);
  for (let v = 0; v < end; v++) {
    const witness = await circuit.witness({ d: 0, base: v });
    expect(witness[circuit.wire('y')]).toBe(100n - BigInt(Math.min(most, Math.floor(v / 2 ** bits))));
    expect(allWitnesses(circuit.r1cs, circuit.assign({ d: 0, base: v }))).toEqual([witness]);
  }
  for (const v of [-1, end]) {
    await expect(circuit.witness({ d: 0, base: v })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
    expect(allWitnesses(circuit.r1cs, circuit.assign({ d: 0, base: v }))).toEqual([]);
  }
  expect(circuit.r1cs.nConstraints).toBe(boundedBitsCost(most) + excess + Number(excess > 0) + bits + 2);
});

it.each([
  [0.05, 1043],
  [0.1, 1030],
  [0.5, 1001],
])('LogSoftmax of ten elements at the scales %d costs %i constraints', (scale, cost) => {
  const { node, y } = build({ ...CASES[0]!, input: scale, output: scale });
  expect(logSoftmaxRowCost(node, logSoftmaxForm(node, y))).toBe(cost);
});
