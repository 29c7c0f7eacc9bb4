import type { Shape, Window } from '../ir/types.js';
import { elementCount } from '../ir/types.js';
import { windowTaps } from '../ir/window.js';

/** Which elements each output position of an operator reads, within one channel. */
export interface Gather {
  /** Input channels. */
  readonly channels: number;
  /** Elements of one channel. */
  readonly inputSize: number;
  /** Per output position and tap: flat input index within the channel, or -1 in the padding. */
  readonly sources: readonly (readonly number[])[];
}

/** Windows over an input [N, C, spatial...] that is laid out channels first: [C, N, spatial...]. */
export function windowGather(input: Shape, window: Window): Gather {
  const [batch, channels] = [input[0]!, input[1]!];
  const spatial = input.slice(2);
  const size = elementCount(spatial);
  const { positions, taps, indices } = windowTaps(spatial, window);
  const sources = Array.from({ length: batch * positions }, (_, i) => {
    const [sample, position] = [Math.floor(i / positions), i % positions];
    const row = indices.subarray(position * taps, (position + 1) * taps);
    return Array.from(row, (index) => (index < 0 ? -1 : index + sample * size));
  });
  return { channels, inputSize: batch * size, sources };
}

/** Every element alone: `channels` times `size` of them. */
export function pointGather(channels: number, size: number): Gather {
  return { channels, inputSize: size, sources: Array.from({ length: size }, (_, i) => [i]) };
}

/** Taps inside the tensor, summed over all positions. */
export function insideTaps(gather: Gather): number {
  return gather.sources.reduce((sum, row) => sum + row.filter((source) => source >= 0).length, 0);
}

/** Output positions in blocks of one size that read alike: blocks are evaluated once by the compiler, and share what they read. */
export interface Blocks {
  /** [blocks][cells]: what each block reads, as in Gather.sources. */
  readonly cells: readonly (readonly number[])[];
  /** [positions of a block][taps]: cell, the same in every block. */
  readonly taps: readonly (readonly number[])[];
}

/**
 * Splits the positions, in order, into about as many blocks as one has positions. Taps that read the same element in every block share a
 * cell; padding is compared like an element.
 */
export function blocksOf({ sources }: Gather): Blocks {
  const size = nearestDivisor(sources.length);
  const starts = Array.from({ length: sources.length / size }, (_, block) => block * size);
  const known = new Map<string, number>();
  const columns: number[][] = [];
  const taps = sources.slice(0, size).map((row, position) =>
    row.map((_, tap) => {
      const column = starts.map((start) => sources[start + position]![tap]!);
      const key = column.join();
      if (!known.has(key)) known.set(key, columns.push(column) - 1);
      return known.get(key)!;
    }),
  );
  return { cells: starts.map((_, block) => columns.map((column) => column[block]!)), taps };
}

/** The divisor of n nearest to its square root by ratio; the smaller of two. */
function nearestDivisor(n: number): number {
  let divisor = Math.floor(Math.sqrt(n));
  while (n % divisor !== 0) divisor--;
  return divisor;
}
