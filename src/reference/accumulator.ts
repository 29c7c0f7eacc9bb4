/** Exact accumulators. */
import { ZkinferError } from '../errors.js';

/** Turns exact float64 sums into int32 elements; INTERNAL where one does not fit. */
export function toInt32(sums: Float64Array, name: string): Int32Array {
  if (sums.some((sum) => sum < -(2 ** 31) || sum >= 2 ** 31)) {
    throw new ZkinferError('INTERNAL', `an accumulator of ${name} leaves int32`, { location: { tensor: name } });
  }
  return Int32Array.from(sums);
}
