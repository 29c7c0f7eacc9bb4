import type { Shape, Window } from '../ir/types.js';
import { elementCount } from '../ir/types.js';
import { windowTaps } from '../ir/window.js';

/** Which elements each output position of an operator reads, within one channel. */
export interface Gather {
  /** Input channels. */
  readonly channels: number;
  /** Spatial elements of one channel. */
  readonly inputSize: number;
  /** Per output position and tap: flat spatial input index, or -1 in the padding. */
  readonly sources: readonly (readonly number[])[];
}

/** Windows over an input [1, C, spatial...]. */
export function windowGather(input: Shape, window: Window): Gather {
  const spatial = input.slice(2);
  const { positions, taps, indices } = windowTaps(spatial, window);
  const sources = Array.from({ length: positions }, (_, p) => [...indices.slice(p * taps, (p + 1) * taps)]);
  return { channels: input[1]!, inputSize: elementCount(spatial), sources };
}

/** Every element alone: `channels` times `size` of them. */
export function pointGather(channels: number, size: number): Gather {
  return { channels, inputSize: size, sources: Array.from({ length: size }, (_, i) => [i]) };
}

/** Taps inside the tensor, summed over all positions. */
export function insideTaps(gather: Gather): number {
  return gather.sources.reduce((sum, row) => sum + row.filter((source) => source >= 0).length, 0);
}
