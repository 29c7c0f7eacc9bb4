/** What passes, reference and plan know of logsoftmax nodes. */
import type { IntRange, LogSoftmaxNode, Value } from './types.js';
import { dtypeRange } from './types.js';

/** Binary places of results before they are rounded, in units of the output's scale. */
export const FRACTION_BITS = 36;
/** One half in these units. */
export const HALF = 2 ** (FRACTION_BITS - 1);
/** Leading bits of a sum, behind the first one, that choose a polynomial. */
export const PIECE_BITS = 8;

/** How often the greatest sum is twice the least one, rounded down. */
export function logSoftmaxSpread({ size }: Pick<LogSoftmaxNode, 'size'>): number {
  return Math.floor(Math.log2(size));
}

/** Bits of a normalized sum behind its first one. */
export function normalizedBits(node: Pick<LogSoftmaxNode, 'size' | 'sumBits'>): number {
  return node.sumBits + logSoftmaxSpread(node);
}

/** A bound of the logarithms of sums, with the half that rounds: every piece of a polynomial by its coefficients, the last ones only as far as sums go. */
export function greatestLogarithm(node: LogSoftmaxNode): number {
  const { size, coefficients, doubling } = node;
  const spread = logSoftmaxSpread(node);
  const pieces = 2 ** PIECE_BITS;
  const last = Math.floor((size / 2 ** spread - 1) * pieces);
  const bound = (to: number): number => {
    let greatest = 0;
    for (let piece = 0; piece <= to; piece++) {
      const [first, ...others] = coefficients.map((row) => row[piece]!) as [number, ...number[]];
      greatest = Math.max(
        greatest,
        others.reduce((sum, c) => sum + Math.max(0, c), first),
      );
    }
    return greatest;
  };
  return Math.max((spread - 1) * doubling + bound(pieces - 1), spread * doubling + bound(last)) + HALF;
}

/** The greatest number of steps by which a result can lie below zero. */
export function greatestSteps(node: LogSoftmaxNode): number {
  return Math.floor((255 * node.slope + greatestLogarithm(node)) / 2 ** FRACTION_BITS);
}

/** Range of the output: no result is above zero. */
export function logSoftmaxRange(node: LogSoftmaxNode, y: Value): IntRange {
  const { min } = dtypeRange(y.dtype as 'int8' | 'uint8');
  const { zeroPoint } = y.quantization!;
  return { min: Math.max(min, zeroPoint - greatestSteps(node)), max: zeroPoint };
}
