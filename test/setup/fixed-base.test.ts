import { getCurveFromName, type WasmCurve } from 'ffjavascript';
import { SNARK_FIELD } from '../../src/hash/field.js';
import { FixedBasePool, type GroupName } from '../../src/setup/fixed-base.js';
import { randomFieldElement } from '../../src/statement/statement.js';

let curve: WasmCurve;
beforeAll(async () => {
  curve = await getCurveFromName('bn128', true);
});

function le32(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
}

async function multiplyAll(scalars: bigint[], group: GroupName, expected: number, signal?: AbortSignal) {
  const pool = await FixedBasePool.open(curve, { expected: { G1: expected, G2: expected }, threads: 2, signal });
  try {
    const pieces: Uint8Array[] = [];
    for await (const piece of pool.multiply(group, Buffer.concat(scalars.map(le32)))) pieces.push(piece);
    return Buffer.concat(pieces);
  } finally {
    await pool.close();
  }
}

const EDGES = [0n, 1n, 2n, 3n, 127n, 128n, 129n, 255n, 256n, (1n << 253n) - 1n, SNARK_FIELD - 1n, SNARK_FIELD - 2n];

describe('fixed-base multiplication', () => {
  // The number expected sets the window width: 2 bits up to 14.
  it.each<[GroupName, number]>([
    ['G1', 1],
    ['G1', 300],
    ['G1', 9_000],
    ['G1', 100_000],
    ['G2', 1],
    ['G2', 10_000],
  ])('in %s with tables for %i scalars equals double-and-add', async (group, expected) => {
    const scalars = [...EDGES, ...Array.from({ length: 40 }, randomFieldElement)];
    const points = await multiplyAll(scalars, group, expected);
    const G = curve[group];
    const size = 2 * G.F.n8;
    expect(points).toHaveLength(scalars.length * size);
    scalars.forEach((scalar, i) => {
      const expectedPoint = G.toAffine(G.timesScalar(G.g, scalar));
      expect(points.subarray(i * size, (i + 1) * size).equals(expectedPoint)).toBe(true);
    });
    expect(points.subarray(0, size).every((byte) => byte === 0)).toBe(true);
  });
  it('keeps the order of many pieces', async () => {
    const scalars = Array.from({ length: 20_000 }, (_, i) => BigInt(i));
    const points = await multiplyAll(scalars, 'G1', scalars.length);
    for (const i of [1, 4095, 4096, 8192, 12_345, 19_999]) {
      const expectedPoint = curve.G1.toAffine(curve.G1.timesScalar(curve.G1.g, BigInt(i)));
      expect(points.subarray(64 * i, 64 * i + 64).equals(expectedPoint)).toBe(true);
    }
  });
  it('stops when it is cancelled', async () => {
    const controller = new AbortController();
    const scalars = new Array<bigint>(50_000).fill(SNARK_FIELD - 5n);
    setTimeout(() => controller.abort(), 100);
    await expect(multiplyAll(scalars, 'G2', 10, controller.signal)).rejects.toMatchObject({ code: 'ABORTED' });
  });
});
