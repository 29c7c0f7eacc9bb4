/** Reference of logsoftmax nodes: integers only. */
import { FRACTION_BITS, HALF, PIECE_BITS, logSoftmaxSpread, normalizedBits } from '../ir/log-softmax.js';
import { dtypeRange } from '../ir/types.js';
import type { LogSoftmaxNode, Value } from '../ir/types.js';

export function logSoftmax(node: LogSoftmaxNode, y: Value, data: Int32Array): Int32Array {
  const { exponentials, slope, size, sources } = node;
  const { min } = dtypeRange(y.dtype as 'int8' | 'uint8');
  const { zeroPoint } = y.quantization!;
  const result = new Int32Array(data.length);
  for (let start = 0; start < sources.length; start += size) {
    const group = sources.subarray(start, start + size);
    const greatest = group.reduce((most, source) => Math.max(most, data[source]!), -Infinity);
    let sum = 0n;
    for (const source of group) sum += BigInt(exponentials[greatest - data[source]!]!);
    const logarithm = logarithmOf(node, sum);
    for (const source of group) {
      const steps = Math.floor((slope * (greatest - data[source]!) + logarithm) / 2 ** FRACTION_BITS);
      result[source] = Math.max(min, zeroPoint - steps);
    }
  }
  return result;
}

/** The logarithm of a sum over that of 2^sumBits, with the half that rounds, in units of s_y 2^-FRACTION_BITS. */
export function logarithmOf(node: LogSoftmaxNode, sum: bigint): number {
  const { coefficients, tailBits, doubling, sumBits } = node;
  const doublings = sum.toString(2).length - 1 - sumBits;
  const bits = normalizedBits(node);
  const behind = (sum << BigInt(logSoftmaxSpread(node) - doublings)) - (1n << BigInt(bits));
  const piece = Number(behind >> BigInt(bits - PIECE_BITS));
  const width = BigInt(tailBits);
  const tail = (behind >> BigInt(bits - PIECE_BITS - tailBits)) & ((1n << width) - 1n);
  let total = 0n;
  let unit = 0n;
  for (const row of [...coefficients].reverse()) {
    total = total * tail + (BigInt(row[piece]!) << unit);
    unit += width;
  }
  return Number(total >> (unit - width)) + doublings * doubling + HALF;
}
