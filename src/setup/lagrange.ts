/** Lagrange basis polynomials of a subgroup, evaluated at one point. */

import { setImmediate } from 'node:timers/promises';
import { throwIfAborted } from '../errors.js';
import { SNARK_FIELD as P } from '../hash/field.js';

/** Iterations between two looks at the abort signal. */
const CHUNK = 1 << 15;

/** base^exponent mod p. */
export function powerMod(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  for (let b = base, e = exponent; e > 0n; e >>= 1n, b = (b * b) % P) if (e & 1n) result = (result * b) % P;
  return result;
}

/** Inverse mod p of a nonzero element. */
export function inverseMod(value: bigint): bigint {
  return powerMod(value, P - 2n);
}

/**
 * Values at tau of the Lagrange basis over the cyclic subgroup {1, w, w^2, ...} of `order` elements, for the exponents
 * start, start + step, ...: L_k(tau) = w^k (tau^order - 1) / (order (tau - w^k)).
 * @param root w, of exactly that order.
 * @param tau outside the subgroup.
 * @throws ABORTED.
 */
export async function lagrangeAt(
  tau: bigint,
  root: bigint,
  order: number,
  { start = 0, step = 1 }: { start?: number; step?: number } = {},
  signal?: AbortSignal,
): Promise<bigint[]> {
  const count = Math.ceil((order - start) / step);
  const stride = powerMod(root, BigInt(step));
  const scale = ((powerMod(tau, BigInt(order)) - 1n + P) * inverseMod(BigInt(order))) % P;
  // Montgomery's trick: prefix[i] is the product of all denominators before i.
  const prefix = new Array<bigint>(count);
  const values = new Array<bigint>(count);
  let product = 1n;
  let point = powerMod(root, BigInt(start));
  for (let i = 0; i < count; i++) {
    if (i % CHUNK === 0) await pause(signal);
    prefix[i] = product;
    values[i] = point;
    product = (product * (tau - point + P)) % P;
    point = (point * stride) % P;
  }
  let inverse = inverseMod(product);
  for (let i = count - 1; i >= 0; i--) {
    if (i % CHUNK === 0) await pause(signal);
    const w = values[i]!;
    values[i] = (((inverse * prefix[i]!) % P) * ((w * scale) % P)) % P;
    inverse = (inverse * (tau - w + P)) % P;
  }
  return values;
}

/** Lets other work run, then throws ABORTED if asked to. */
export async function pause(signal?: AbortSignal): Promise<void> {
  await setImmediate();
  throwIfAborted(signal);
}
