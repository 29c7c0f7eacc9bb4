import { floatAddCost } from '../../src/plan/softmax-form.js';
import { allWitnesses } from '../support/all-witnesses.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

/** M 2^P. */
interface Float {
  readonly M: number;
  readonly P: number;
}

const value = ({ M, P }: Float): bigint => BigInt(M) << BigInt(P);

/** Rounds a non-negative integer to W significant bits, half to even. */
function round(integer: bigint, W: number): bigint {
  const excess = BigInt(Math.max(0, integer.toString(2).length - W));
  const [unit, rest] = [1n << excess, integer & ((1n << excess) - 1n)];
  const floor = integer - rest;
  const isOdd = (floor >> excess) & 1n;
  return 2n * rest > unit || (2n * rest === unit && isOdd === 1n) ? floor + unit : floor;
}

const INPUTS = ['aM', 'aP', 'bM', 'bP'];
const inputsOf = (a: Float, b: Float): Record<string, number> => ({ aM: a.M, aP: a.P, bM: b.M, bP: b.P });

function result(circuit: Circuit, witness: readonly bigint[]): bigint {
  return witness[circuit.wire('m')]! << witness[circuit.wire('p')]!;
}

async function add(circuit: Circuit, a: Float, b: Float): Promise<bigint> {
  return result(circuit, await circuit.witness(inputsOf(a, b)));
}

it.each([
  [2, 0],
  [2, 1],
  [5, 0],
] as const)('FloatAdd of 2 bits, gap %i, subnormal %i: one witness, the rounded sum', async (gap, subnormal) => {
  const circuit = await compileInstance(['quant/float-sum'], `FloatAdd(2, ${gap}, ${subnormal})`);
  const normal = [2, 3].flatMap((M) => [0, 1, gap].map((P) => ({ M, P })));
  const small = subnormal ? [0, 1].map((M) => ({ M, P: 0 })) : [];
  const [as, bs] = [
    [...normal, { M: 4, P: 0 }, { M: 4, P: gap }, ...small],
    [...normal, ...small],
  ];
  for (const [i, a] of as.entries()) {
    for (const [j, b] of bs.entries()) {
      const witness = await circuit.witness(inputsOf(a, b));
      expect(result(circuit, witness)).toBe(round(value(a) + value(b), 2));
      if ((3 * i + j) % 11 === 0) expect(allWitnesses(circuit.r1cs, circuit.assign(inputsOf(a, b)))).toEqual([witness]);
    }
  }
  expect(circuit.looseWires()).toEqual([]);
});

it('FloatAdd of 2 bits has no witness for numbers out of range', async () => {
  const circuit = await compileInstance(['quant/float-sum'], 'FloatAdd(2, 5, 0)');
  const wrong: [Float, Float][] = [
    [
      { M: 1, P: 0 },
      { M: 0, P: 0 },
    ], // below 2^(W - 1)
    [
      { M: 4, P: 0 },
      { M: 4, P: 0 },
    ], // both 2^W
    [
      { M: 2, P: 200 },
      { M: 2, P: 0 },
    ], // gap
  ];
  for (const [a, b] of wrong) {
    expect(allWitnesses(circuit.r1cs, circuit.assign(inputsOf(a, b)))).toEqual([]);
    await expect(circuit.witness(inputsOf(a, b))).rejects.toMatchObject({ code: 'CHECK_FAILED' });
  }
});

const [LEAST, GREATEST] = [2 ** 23, 2 ** 24 - 1];

/** Pairs at all distances that matter, ties to both sides, carries, and numbers that round up to 2^24. */
function pairs(random: Random, gap: number): [Float, Float][] {
  const distances = [0, 1, 2, 3, 12, 22, 23, 24, 25, 26, 27, 28, gap].filter((distance) => distance <= gap);
  const significands = [LEAST, LEAST + 1, LEAST + 2, 3 * 2 ** 22, GREATEST - 1, GREATEST];
  const list: [Float, Float][] = [];
  for (const distance of distances) {
    for (const M of significands) {
      const other = random.pick([...significands, random.integer(LEAST, GREATEST)]);
      list.push(
        [
          { M, P: distance },
          { M: other, P: 0 },
        ],
        [
          { M, P: 0 },
          { M: other, P: distance },
        ],
      );
    }
    list.push(
      [
        { M: 2 ** 24, P: distance },
        { M: GREATEST, P: 0 },
      ],
      [
        { M: 2 ** 24, P: 0 },
        { M: LEAST, P: distance },
      ],
    );
  }
  for (let i = 0; i < 100; i++) {
    const [P, Q] = [random.integer(0, gap), random.integer(0, gap)];
    list.push([
      { M: random.integer(LEAST, 2 ** 24), P },
      { M: random.integer(LEAST, GREATEST), P: Q },
    ]);
  }
  return list;
}

it.each([1, 7, 24, 25, 26, 60, 240])('FloatAdd of 24 bits adds as float32, gap %i', async (gap) => {
  const circuit = await compileInstance(['quant/float-sum'], `FloatAdd(24, ${gap}, 0)`);
  const list = pairs(new Random(gap), gap);
  for (const [a, b] of list) {
    const scale = 2 ** -Math.max(a.P, b.P);
    const sum = Math.fround(a.M * 2 ** a.P * scale + b.M * 2 ** b.P * scale);
    // Beyond 53 bits float64 would round first; then the lower number is far below half a unit.
    if (Math.abs(a.P - b.P) <= 28) expect(Number(await add(circuit, a, b)) * scale).toBe(sum);
    else expect(await add(circuit, a, b)).toBe(round(value(a) + value(b), 24));
  }
  expect(circuit.r1cs.nConstraints).toBe(floatAddCost(gap, false));
  expect(circuit.looseWires()).toEqual([]);
  for (const [a, b] of [list[0]!, list.at(-1)!]) {
    expect(unnoticedChanges(circuit, await circuit.witness(inputsOf(a, b)), INPUTS)).toEqual([]);
  }
});

it('FloatAdd of 24 bits adds subnormal numbers and zero', async () => {
  const circuit = await compileInstance(['quant/float-sum'], 'FloatAdd(24, 200, 1)');
  const random = new Random(3);
  const small = [0, 1, 2 ** 22, LEAST - 1, random.integer(0, LEAST)].map((M) => ({ M, P: 0 }));
  const others = [
    ...small,
    { M: LEAST, P: 0 },
    { M: GREATEST, P: 1 },
    { M: LEAST + 1, P: 20 },
    { M: GREATEST, P: 200 },
  ];
  for (const a of others) {
    for (const b of others) expect(await add(circuit, a, b)).toBe(round(value(a) + value(b), 24));
  }
  expect(circuit.r1cs.nConstraints).toBe(floatAddCost(200, true));
  const witness = await circuit.witness(inputsOf(small[4]!, others[6]!));
  expect(unnoticedChanges(circuit, witness, INPUTS)).toEqual([]);
});

it('FloatSum rounds after each addition', async () => {
  const circuit = await compileInstance(['quant/float-sum'], 'FloatSum(4, 24, 30, 0)');
  const floats = [
    { M: LEAST, P: 24 },
    { M: LEAST, P: 0 },
    { M: LEAST, P: 0 },
    { M: LEAST, P: 0 },
  ];
  const sum = async (order: readonly Float[]): Promise<bigint> =>
    result(circuit, await circuit.witness({ M: order.map(({ M }) => M), P: order.map(({ P }) => P) }));
  // Each tie goes to the even number; three of them first are more than one unit.
  expect(await sum(floats)).toBe(value(floats[0]!));
  expect(await sum(floats.toReversed())).toBe(value({ M: LEAST + 2, P: 24 }));
  expect(circuit.r1cs.nConstraints).toBe(3 * floatAddCost(30, false));
});
