import type { ProductStep } from '../../src/artifacts/architecture.js';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { boundElements, directProductCost, packedElements, productCheckCost } from '../../src/plan/committed/cost.js';
import { productGeometry } from '../../src/plan/committed/geometry.js';
import { packNumbers } from '../../src/statement/weights.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { fieldPower } from '../support/field-power.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

const names = (name: string, count: number): string[] => Array.from({ length: count }, (_, i) => `${name}[${i}]`);

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
    y[0] = BigInt(y[0]!) + fieldPower(challenge, BigInt(exponents.radix));
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
