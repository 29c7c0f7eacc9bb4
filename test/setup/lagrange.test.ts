import { SNARK_FIELD as P } from '../../src/hash/field.js';
import { inverseMod, lagrangeAt, powerMod } from '../../src/setup/lagrange.js';

// 5 generates the multiplicative group, so this is a root of unity of order 2^k.
const rootOfOrder = (k: number): bigint => powerMod(5n, (P - 1n) >> BigInt(k));

/** The definition: product over j != i of (tau - w^j) / (w^i - w^j). */
function byDefinition(tau: bigint, root: bigint, order: number, i: number): bigint {
  const points = Array.from({ length: order }, (_, j) => powerMod(root, BigInt(j)));
  return points.reduce((product, point, j) => {
    if (j === i) return product;
    return (product * (tau - point + P) * inverseMod((points[i]! - point + P) % P)) % P;
  }, 1n);
}

describe('lagrangeAt', () => {
  const tau = 123456789123456789123456789n;
  it('equals the definition on every point of small domains', async () => {
    for (const k of [0, 1, 3]) {
      const order = 2 ** k;
      const values = await lagrangeAt(tau, rootOfOrder(k), order);
      expect(values).toEqual(Array.from({ length: order }, (_, i) => byDefinition(tau, rootOfOrder(k), order, i)));
    }
  });
  it('gives every second point on request', async () => {
    const all = await lagrangeAt(tau, rootOfOrder(4), 16);
    const odd = await lagrangeAt(tau, rootOfOrder(4), 16, { start: 1, step: 2 });
    expect(odd).toEqual(all.filter((_, i) => i % 2 === 1));
  });
  it('sums to one', async () => {
    const values = await lagrangeAt(tau, rootOfOrder(10), 1024);
    expect(values.reduce((sum, value) => (sum + value) % P, 0n)).toBe(1n);
  });
  it('can be cancelled', async () => {
    await expect(lagrangeAt(tau, rootOfOrder(3), 8, {}, AbortSignal.abort())).rejects.toMatchObject({
      code: 'ABORTED',
    });
  });
});
