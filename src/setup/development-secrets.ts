/** The secrets of a development setup. */

import { randomFieldElement } from '../statement/statement.js';
import { powerMod } from './lagrange.js';

/** Discrete logarithms that nobody may know, canonical field elements. gamma is 1, as in every key of snarkjs. */
export interface DevelopmentSecrets {
  /** Outside the domain and the doubled one. */
  readonly tau: bigint;
  readonly alpha: bigint;
  readonly beta: bigint;
  /** Not gamma. */
  readonly delta: bigint;
}

/**
 * Draws secrets from the system's CSPRNG.
 * @param power log2 of the domain.
 */
export function drawSecrets(power: number): DevelopmentSecrets {
  const order = 1n << BigInt(power + 1);
  return {
    tau: drawWhere((value) => powerMod(value, order) !== 1n),
    alpha: drawWhere(),
    beta: drawWhere(),
    delta: drawWhere((value) => value !== 1n),
  };
}

/** A random nonzero field element that fulfils a condition. */
function drawWhere(condition: (value: bigint) => boolean = () => true): bigint {
  for (;;) {
    const value = randomFieldElement();
    if (value !== 0n && condition(value)) return value;
  }
}
