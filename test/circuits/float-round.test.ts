import { floatRoundCost, stepLookupCost } from '../../src/plan/cost.js';
import { allWitnesses } from '../support/all-witnesses.js';
import { compileInstance, literal, mod } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

/** Half to even to W significant bits, by exact arithmetic. */
function roundTo(W: number, x: number): number {
  const length = x === 0 ? 0 : Math.floor(Math.log2(Math.abs(x))) + 1;
  const unit = 2 ** Math.max(0, length - W);
  const floor = Math.floor(x / unit);
  const rest = x - floor * unit;
  const isUp = rest * 2 > unit || (rest * 2 === unit && floor % 2 !== 0);
  return (floor + Number(isUp)) * unit;
}

it.each([
  [2, 1, true],
  [2, 3, true],
  [3, 2, false],
])('FloatRound to %i bits of %i more, signed %s: one witness for every integer', async (W, drop, signed) => {
  const circuit = await compileInstance(['quant/float-round'], `FloatRound(${W}, ${drop}, ${Number(signed)})`);
  expect(circuit.r1cs.nConstraints).toBe(floatRoundCost(W, drop, signed));
  expect(circuit.looseWires()).toEqual([]);
  const end = 2 ** (W + drop);
  for (let x = signed ? -end : 0; x < end; x++) {
    const witness = await circuit.witness({ in: x });
    expect([x, witness[circuit.wire('out')]]).toEqual([x, mod(BigInt(roundTo(W, x)))]);
    expect(allWitnesses(circuit.r1cs, circuit.assign({ in: x }))).toHaveLength(1);
  }
  for (const x of [end, -end - 1]) expect(allWitnesses(circuit.r1cs, circuit.assign({ in: x }))).toEqual([]);
});

it('FloatRound to 24 bits is float32', async () => {
  const circuit = await compileInstance(['quant/float-round'], 'FloatRound(24, 9, 1)');
  expect(circuit.r1cs.nConstraints).toBe(floatRoundCost(24, 9, true));
  const random = new Random(24);
  const edges = [2 ** 24 + 1, 2 ** 24 + 3, 2 ** 25 + 2, 2 ** 25 + 6, 2 ** 33 - 1, 2 ** 32 - 2 ** 8, 2 ** 30 + 2 ** 6];
  const points = [0, ...edges, ...edges.map((x) => -x)];
  for (let i = 0; i < 60; i++)
    points.push(random.integer(-(2 ** random.integer(1, 33)), 2 ** random.integer(1, 33) - 1));
  for (const x of points) {
    const witness = await circuit.witness({ in: x });
    expect([x, witness[circuit.wire('out')]]).toEqual([x, mod(BigInt(Math.fround(x)))]);
    expect(unnoticedChanges(circuit, witness, ['in'])).toEqual([]);
  }
});

it('StepLookup finds the only step that holds an integer', async () => {
  const starts = [-20, -13, -13, -3, 0, 9].concat(Array<number>(250).fill(12));
  const ends = [-13, -13, -3, 0, 9, 12].concat(Array<number>(250).fill(12));
  const circuit = await compileInstance(
    ['quant/step-lookup'],
    `StepLookup(4, -128, ${literal(starts)}, ${literal(ends)})`,
  );
  expect(circuit.r1cs.nConstraints).toBe(stepLookupCost(4));
  expect(circuit.looseWires()).toEqual([]);
  for (let x = -20; x < 12; x++) {
    const witness = await circuit.witness({ x });
    const step = starts.findIndex((start, i) => start <= x && x < ends[i]!);
    expect(witness[circuit.wire('y')]).toBe(mod(BigInt(step - 128)));
    expect(unnoticedChanges(circuit, witness, ['x'])).toEqual([]);
  }
  // Searching all witnesses takes long where the bits of y are open: every y is given in turn, with its bits, which are unique (see Tables).
  for (const x of [-21, -20, -13, 8, 11, 12]) {
    const accepted = starts.flatMap((_, place) => {
      const bits = Array.from({ length: 7 }, (_, i) => [`edges.upper[${i}]`, (place >> (i + 1)) & 1] as const);
      const assigned = circuit.assign({ x, y: place - 128, ...Object.fromEntries(bits) });
      return allWitnesses(circuit.r1cs, assigned).map(() => place - 128);
    });
    const step = starts.findIndex((start, i) => start <= x && x < ends[i]!);
    expect(accepted).toEqual(step < 0 ? [] : [step - 128]);
  }
});
