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
