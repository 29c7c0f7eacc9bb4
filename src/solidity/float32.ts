/** Exact integer form of float32 numbers, for contracts, which have no floating point. */

import { ZkinferError } from '../errors.js';

/** mantissa * 2^exponent, mantissa odd. */
export interface BinaryFraction {
  readonly mantissa: number;
  readonly exponent: number;
}

/**
 * The exact value of a positive float32: mantissa below 2^24, exponent from -149 to 127.
 * @throws ARTIFACT_FORMAT when the number is not a positive float32.
 */
export function exactFloat32(value: number): BinaryFraction {
  if (!(value > 0) || !Number.isFinite(value) || Math.fround(value) !== value) {
    throw new ZkinferError('ARTIFACT_FORMAT', 'a scale is not a positive float32 number');
  }
  let mantissa = value;
  let exponent = 0;
  // Every step is a product with a power of two, exact in float64 for the whole range of float32.
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2;
    exponent -= 1;
  }
  while (mantissa % 2 === 0) {
    mantissa /= 2;
    exponent += 1;
  }
  return { mantissa, exponent };
}
