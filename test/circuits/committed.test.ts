import type { ProductStep } from '../../src/artifacts/architecture.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import {
  boundElements,
  committedRequantizeCost,
  directProductCost,
  packedElements,
  productCheckCost,
  rangedPackCost,
} from '../../src/plan/committed/cost.js';
import { productGeometry } from '../../src/plan/committed/geometry.js';
import { packNumbers } from '../../src/statement/weights.js';
import { allWitnesses } from '../support/all-witnesses.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
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
    const inverse = power(huge, SNARK_FIELD - 2n);
    const found = allWitnesses(circuit.r1cs, circuit.assign({ acc: huge, multiplier: inverse, offset: 4 }));
    expect(found.map((witness) => witness[circuit.wire('y')])).toEqual([0n]);
    expect(allWitnesses(circuit.r1cs, circuit.assign({ acc: huge, multiplier: 1, offset: 4 }))).toEqual([]);
  });
});

function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n, square = mod(square * square)) {
    if (rest & 1n) result = mod(result * square);
  }
  return result;
}

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

const REQUANTIZATION = { divisorBits: 4, base: -8, window: 16, excessBits: 2, slots: 0 };

const STEPS: Readonly<Record<string, ProductStep>> = {
  'padding, strides, dilations and groups': {
    kind: 'product',
    op: 'Conv',
    input: 0,
    shape: [4, 4, 5],
    window: { kernel: [2, 3], strides: [1, 2], dilations: [2, 1], padsBegin: [1, 1], padsEnd: [0, 1] },
    group: 2,
    outChannels: 6,
    requantization: REQUANTIZATION,
  },
  'more padding than kernel': {
    kind: 'product',
    op: 'Conv',
    input: 0,
    shape: [1, 2],
    window: { kernel: [2], strides: [1], dilations: [1], padsBegin: [3], padsEnd: [2] },
    group: 1,
    outChannels: 2,
    requantization: REQUANTIZATION,
  },
  'rows of a matrix product': {
    kind: 'product',
    op: 'MatMul',
    input: 0,
    shape: [5, 3],
    window: { kernel: [1], strides: [1], dilations: [1], padsBegin: [0], padsEnd: [0] },
    group: 1,
    outChannels: 4,
    requantization: REQUANTIZATION,
  },
  'a pool that leaves positions out': {
    kind: 'product',
    op: 'Conv',
    input: 0,
    shape: [2, 6, 6],
    window: { kernel: [2, 2], strides: [1, 1], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0] },
    group: 1,
    outChannels: 3,
    pool: { kernel: [2, 2], strides: [2, 2], dilations: [1, 1], padsBegin: [0, 0], padsEnd: [0, 0] },
    requantization: REQUANTIZATION,
  },
};

interface ProductValues {
  readonly x: number[];
  readonly weights: number[];
  readonly inputZero: number;
  readonly weightZero: number;
}

function productValues(step: ProductStep, random: Random): ProductValues {
  const { gather, weights } = productGeometry(step);
  return {
    x: random.integers(gather.channels * gather.inputSize, -128, 127),
    weights: random.integers(step.outChannels * weights, 0, 255),
    inputZero: -3,
    weightZero: 128,
  };
}

/** The convolution from its definition. */
function convolution(step: ProductStep, { x, weights, inputZero, weightZero }: ProductValues): number[] {
  const { gather, groupIn, groupOut, weights: length } = productGeometry(step);
  return Array.from({ length: step.outChannels }, (_, m) =>
    gather.sources.map((row) => {
      let sum = 0;
      for (let c = 0; c < groupIn; c++) {
        row.forEach((source, t) => {
          if (source < 0) return;
          const channel = Math.floor(m / groupOut) * groupIn + c;
          sum +=
            (x[channel * gather.inputSize + source]! - inputZero) *
            (weights[m * length + c * row.length + t]! - weightZero);
        });
      }
      return sum;
    }),
  ).flat();
}

function sizesOf(step: ProductStep): string {
  const { gather, weights, groupIn } = productGeometry(step);
  const sizes = [
    gather.channels,
    gather.inputSize,
    step.outChannels,
    gather.sources.length,
    weights / groupIn,
    step.group,
  ];
  return `${sizes.join(', ')}, ${literal(gather.sources)}`;
}

async function compileCheck(step: ProductStep): Promise<Circuit> {
  const { exponents } = productGeometry(step);
  const tables = [exponents.input, exponents.output, exponents.tap].map(literal).join(', ');
  return compileInstance(['committed/product-check'], `ProductCheck(${sizesOf(step)}, ${tables}, ${exponents.radix})`);
}

describe.each(Object.entries(STEPS))('products with %s', (_, step) => {
  it('DirectProduct is the convolution', async () => {
    const circuit = await compileInstance(['committed/direct-product'], `DirectProduct(${sizesOf(step)})`);
    const values = productValues(step, new Random(3));
    const witness = await circuit.witness({ ...values });
    const y = convolution(step, values);
    expect(y.map((_, i) => witness[circuit.wire(`y[${i}]`)])).toEqual(y.map((value) => mod(BigInt(value))));
    // An output of main that is constant, deep in the padding, keeps a constraint.
    const empty = productGeometry(step).gather.sources.filter((row) => row.every((source) => source < 0)).length;
    expect(circuit.r1cs.nConstraints).toBe(directProductCost(step) + step.outChannels * empty);
    const inputs = [
      ...names('x', values.x.length),
      ...names('weights', values.weights.length),
      'inputZero',
      'weightZero',
    ];
    expect(unnoticedChanges(circuit, witness, circuit.present(inputs))).toEqual([]);
    expect(circuit.looseWires()).toEqual([]);
  });

  it('ProductCheck accepts the convolution at any challenge, and nothing else', async () => {
    const circuit = await compileCheck(step);
    const random = new Random(5);
    for (let round = 0; round < 3; round++) {
      const values = productValues(step, random);
      const y = convolution(step, values);
      const challenge = (BigInt(random.integer(1, 2 ** 40)) ** 7n * 3n ** 100n) % SNARK_FIELD;
      const witness = await circuit.witness({ ...values, y, challenge });
      if (round === 0) {
        expect(circuit.r1cs.nConstraints).toBe(productCheckCost(step));
        const inputs = [
          ...names('x', values.x.length),
          ...names('weights', values.weights.length),
          ...names('y', y.length),
        ];
        const all = circuit.present([...inputs, 'inputZero', 'weightZero', 'challenge']);
        expect(unnoticedChanges(circuit, witness, all)).toEqual([]);
        expect(circuit.looseWires()).toEqual([]);
      }
      for (let wrong = 0; wrong < y.length; wrong++) {
        const forged = y.with(wrong, y[wrong]! + 1);
        await expect(circuit.witness({ ...values, y: forged, challenge })).rejects.toMatchObject({
          code: 'CHECK_FAILED',
        });
      }
      // Two outputs exchanged: the sums over channels and positions are as before.
      if (y[0] === y[1]) continue;
      const exchanged = y.with(0, y[1]!).with(1, y[0]!);
      await expect(circuit.witness({ ...values, y: exchanged, challenge })).rejects.toMatchObject({
        code: 'CHECK_FAILED',
      });
    }
  });

  it('ProductCheck can be fooled by who knows the challenge before the accumulators are fixed', async () => {
    const circuit = await compileCheck(step);
    const { exponents, gather } = productGeometry(step);
    const values = productValues(step, new Random(8));
    const challenge = 1_234_567n;
    const y: (bigint | number)[] = convolution(step, values);
    const positions = gather.sources.length;
    // c^(R m) y[m]: one less in channel 1 is c^R more in channel 0.
    y[0] = BigInt(y[0]!) + power(challenge, BigInt(exponents.radix));
    y[positions] = BigInt(y[positions]!) - 1n;
    await expect(circuit.witness({ ...values, y, challenge })).resolves.toBeDefined();
    await expect(circuit.witness({ ...values, y, challenge: challenge + 1n })).rejects.toMatchObject({
      code: 'CHECK_FAILED',
    });
  });
});

it('BoundMaxPool gives maxima, and packs differences from which the window follows', async () => {
  const step = STEPS['a pool that leaves positions out']!;
  const { pool } = productGeometry(step);
  const bits = 6;
  const sizes = [step.outChannels, pool!.inputSize, pool!.sources.length, 4].join(', ');
  const circuit = await compileInstance(
    ['committed/bound-max-pool'],
    `BoundMaxPool(${sizes}, ${literal(pool!.sources)}, ${bits}, 1)`,
  );
  const x = new Random(9).integers(step.outChannels * pool!.inputSize, -30, 30);
  const witness = await circuit.witness({ x });
  const differences: number[] = [];
  for (let c = 0; c < step.outChannels; c++) {
    pool!.sources.forEach((row, p) => {
      let most = x[c * pool!.inputSize + row[0]!]!;
      for (const source of row.slice(1)) {
        const next = x[c * pool!.inputSize + source]!;
        differences.push(most - next + 2 ** bits);
        most = Math.max(most, next);
      }
      expect(witness[circuit.wire(`y[${c * pool!.sources.length + p}]`)]).toBe(mod(BigInt(most)));
    });
  }
  const packed = names('packed', packedElements(differences.length, bits + 1)).map(
    (name) => witness[circuit.wire(name)],
  );
  expect(packed).toEqual(packNumbers({ values: differences, bits: bits + 1 }));
  expect(unnoticedChanges(circuit, witness, names('x', x.length))).toEqual([]);
  expect(circuit.r1cs.nConstraints).toBe(differences.length * (bits + 2) + packed.length);
  expect(boundElements(step).pool).toBeGreaterThan(0);
});
