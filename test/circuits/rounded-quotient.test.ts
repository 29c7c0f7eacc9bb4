import { quotientCost } from '../../src/plan/softmax-form.js';
import { allWitnesses } from '../support/all-witnesses.js';
import type { Circuit } from '../support/circuit-harness.js';
import { compileInstance, mod } from '../support/circuit-harness.js';
import { unnoticedChanges } from '../support/forge.js';
import { Random } from '../support/random.js';

const INPUTS = ['n', 'S'];

/** n / S rounded to W significant bits and then to an integer, half to even both times: all on integers. */
function roundedQuotient(n: bigint, S: bigint, W: number): bigint {
  const halfEven = (a: bigint, b: bigint): bigint => {
    const floor = a / b;
    const twice = 2n * (a - floor * b);
    return twice > b || (twice === b && floor % 2n === 1n) ? floor + 1n : floor;
  };
  if (n === 0n) return 0n;
  // unit = 2^exponent with 2^(W - 1) <= n / (S unit) < 2^W.
  let exponent = -W - 80;
  const power = (k: number): [bigint, bigint] => (k >= 0 ? [1n, 1n << BigInt(k)] : [1n << BigInt(-k), 1n]);
  for (;;) {
    const [up, down] = power(exponent);
    if (n * up < (S * down) << BigInt(W)) break;
    exponent++;
  }
  const [up, down] = power(exponent);
  const M = halfEven(n * up, S * down);
  return exponent >= 0 ? M << BigInt(exponent) : halfEven(M, 1n << BigInt(-exponent));
}

/** All witnesses, for each value that the quotient may have. */
function witnesses(circuit: Circuit, n: bigint, S: bigint): bigint[][] {
  return [0n, 1n, 2n, 3n].flatMap((q) =>
    allWitnesses(circuit.r1cs, circuit.assign({ n, S, y: q - 4n, 'bits.b[0]': q % 2n })),
  );
}

it.each([
  ['not saturated', 3, 0],
  ['saturated', 3, 1],
  ['saturated, bounded', 2, 1],
] as const)(
  'RoundedQuotient of 4 bits, %s: one witness',
  async (_, highest, saturates) => {
    const circuit = await compileInstance(
      ['quant/rounded-quotient'],
      `RoundedQuotient(4, ${highest}, ${saturates}, 8, -4)`,
    );
    for (const S of [2n, 3n]) {
      for (let n = 0n; n <= 12n; n++) {
        const exact = roundedQuotient(n, S, 4);
        if (exact > (saturates ? 4n : 3n)) break;
        const expected = exact > highest ? BigInt(highest) : exact;
        const witness = await circuit.witness({ n, S });
        expect(witness[circuit.wire('y')]).toBe(mod(expected - 4n));
        if ((n + S) % 3n === 0n) expect(witnesses(circuit, n, S)).toEqual([witness]);
      }
    }
    expect(circuit.looseWires()).toEqual([]);
  },
  60_000,
);

const quotient = (highest: number, saturates: boolean, zeroPoint: number) => ({
  highest,
  saturates,
  bits: 55,
  zeroPoint,
});

it.each([
  ['uint8, 1/256', quotient(255, true, 0)],
  ['int8, 1/128', quotient(127, true, 0)],
  ['1/100', quotient(100, false, 5)],
  ['1/300, zero point', quotient(200, true, 55)],
  ['one step', quotient(1, false, 0)],
] as const)('RoundedQuotient divides as float32, %s', async (_, { highest, saturates, bits, zeroPoint }) => {
  const instance = `RoundedQuotient(24, ${highest}, ${Number(saturates)}, ${bits}, ${zeroPoint})`;
  const circuit = await compileInstance(['quant/rounded-quotient'], instance);
  const random = new Random(highest);
  const check = async (n: number, S: number): Promise<void> => {
    const ratio = Math.fround(n / S);
    const rounded = Number(roundedQuotient(BigInt(n), BigInt(S), 24));
    const [floor, isTie] = [Math.floor(ratio), ratio % 1 === 0.5];
    expect(rounded).toBe(isTie ? floor + (floor % 2) : Math.round(ratio));
    if (rounded > highest + (saturates ? 20 : 0)) return;
    const witness = await circuit.witness({ n, S });
    expect(witness[circuit.wire('y')]).toBe(BigInt(Math.min(rounded, highest) + zeroPoint));
  };
  for (let i = 0; i < 60; i++) {
    const S = random.integer(2 ** 23, 2 ** 24 - 1) * 2 ** random.integer(1, 5);
    const k = random.integer(0, highest);
    // Floats around the end of k, where rounding twice differs from rounding once.
    const n = Math.floor(Math.fround(S * (k + 0.5)));
    const step = 2 ** Math.max(0, Math.floor(Math.log2(n)) - 23);
    for (const shift of [-2, -1, 0, 1, 2]) await check(n + shift * step, S);
    await check(Math.floor(Math.fround(random.next() * S * highest)), S);
  }
  await check(0, 2 ** 24);
  expect(circuit.r1cs.nConstraints).toBe(quotientCost({ highest, saturates, bits, zeroPoint }));
  const witness = await circuit.witness({ n: 2 ** 25 + 2, S: 2 ** 25 });
  expect(unnoticedChanges(circuit, witness, INPUTS)).toEqual([]);
  expect(circuit.looseWires()).toEqual([]);
});

it('RoundedQuotient refuses what is out of range', async () => {
  const circuit = await compileInstance(['quant/rounded-quotient'], 'RoundedQuotient(24, 100, 0, 55, 0)');
  await expect(circuit.witness({ n: 2 ** 24 * 102, S: 2 ** 24 })).rejects.toMatchObject({ code: 'CHECK_FAILED' });
});
