import type { ProductStep, Step } from '../../artifacts/architecture.js';
import type { Window } from '../../ir/types.js';
import { elementCount } from '../../ir/types.js';
import { bitLength } from '../form.js';
import type { Gather } from '../gather.js';
import { windowGather } from '../gather.js';

/** |x - z| and |w - z| of bytes are at most this. */
const LARGEST_DIFFERENCE = 255;
/** Bits that a packed field element holds: every number of so many bits is below p. */
export const PACKED_BITS = 253;

/** What a product step is, in tables. */
export interface ProductGeometry {
  /** Output positions that something reads; with a pool, not every position needs to be in a window. */
  readonly gather: Gather;
  /** Pooling windows over those positions; undefined without a pool. */
  readonly pool?: Gather;
  /** Elements of one output channel. */
  readonly outputSize: number;
  readonly groupIn: number;
  readonly groupOut: number;
  /** Weights of one output channel. */
  readonly weights: number;
  /** Every difference of two accumulators of one channel is below 2^differenceBits, whatever the weights. */
  readonly differenceBits: number;
  /** Every accumulator is in [-2^(n - 1) + 1, 2^(n - 1) - 1], n = accumulatorBits, whatever the weights. */
  readonly accumulatorBits: number;
  /** Whether each product is a constraint; otherwise the whole matrix product is checked at a random point. */
  readonly isDirect: boolean;
  /** Exponents of the check; see ProductCheck in circuits/committed/product-check.circom. */
  readonly exponents: {
    readonly input: number[];
    readonly output: number[];
    readonly tap: number[];
    readonly radix: number;
  };
}

const known = new WeakMap<ProductStep, ProductGeometry>();

/** Tables of a product step. */
export function productGeometry(step: ProductStep): ProductGeometry {
  let geometry = known.get(step);
  if (!geometry) known.set(step, (geometry = deriveGeometry(step)));
  return geometry;
}

function deriveGeometry(step: ProductStep): ProductGeometry {
  const whole = windowGather([1, ...step.shape], step.window);
  const spatial = step.shape.slice(1).map((size, axis) => outputSize(size, step.window, axis));
  const pool = step.pool && windowGather([1, step.outChannels, ...spatial], step.pool);
  const positions = pool
    ? [...new Set(pool.sources.flat().filter((source) => source >= 0))].sort((a, b) => a - b)
    : whole.sources.map((_, p) => p);
  const groupIn = step.shape[0]! / step.group;
  const groupOut = step.outChannels / step.group;
  const weights = groupIn * whole.sources[0]!.length;
  const differenceBits = bitLength(weights * LARGEST_DIFFERENCE ** 2);
  const compact = new Map(positions.map((p, i) => [p, i]));
  return {
    gather: { ...whole, sources: positions.map((p) => whole.sources[p]!) },
    ...(pool && {
      pool: {
        channels: step.outChannels,
        inputSize: positions.length,
        sources: pool.sources.map((row) => row.map((source) => compact.get(source) ?? -1)),
      },
    }),
    outputSize: pool ? pool.sources.length : positions.length,
    groupIn,
    groupOut,
    weights,
    differenceBits,
    accumulatorBits: differenceBits + 1,
    isDirect: positions.length === 1 || groupOut === 1,
    exponents: exponents(step, spatial, positions),
  };
}

function outputSize(size: number, window: Window, axis: number): number {
  const extent = (window.kernel[axis]! - 1) * window.dilations[axis]! + 1;
  return Math.floor((size + window.padsBegin[axis]! + window.padsEnd[axis]! - extent) / window.strides[axis]!) + 1;
}

/**
 * Exponents by coordinates in the padded tensor, flattened: that of an input element is the sum of those of the position and the tap
 * that read it. Tap exponents are subtracted from the largest, and position exponents have the largest added.
 */
function exponents(step: ProductStep, spatial: readonly number[], positions: readonly number[]) {
  const { window } = step;
  const input = step.shape.slice(1);
  const padded = input.map((size, axis) => size + window.padsBegin[axis]! + window.padsEnd[axis]!);
  const at = (sizes: readonly number[], place: (coordinate: number, axis: number) => number): number[] =>
    Array.from({ length: elementCount(sizes) }, (_, flat) => {
      let [rest, sum, stride] = [flat, 0, 1];
      for (let axis = sizes.length - 1; axis >= 0; axis--) {
        sum += place(rest % sizes[axis]!, axis) * stride;
        rest = Math.floor(rest / sizes[axis]!);
        stride *= padded[axis]!;
      }
      return sum;
    });
  const taps = at(window.kernel, (i, axis) => i * window.dilations[axis]!);
  const last = taps.at(-1)!;
  const outputs = at(spatial, (i, axis) => i * window.strides[axis]!);
  return {
    input: at(input, (i, axis) => i + window.padsBegin[axis]!),
    output: positions.map((p) => outputs[p]! + last),
    tap: taps.map((tap) => last - tap),
    radix: elementCount(padded),
  };
}

/** Elements of a step's output. */
export function stepOutputSize(step: Step): number {
  if (step.kind === 'move') return step.sources.length;
  if (step.kind === 'maxpool') return step.shape[0]! * windowGather([1, ...step.shape], step.window).sources.length;
  return step.outChannels * productGeometry(step).outputSize;
}

/** Bits of the shifted quotient that a requantization shows to be in range, see CommittedRequantize. */
export function shiftedBits({ requantization }: ProductStep): number {
  const { divisorBits, window, excessBits } = requantization;
  return divisorBits + bitLength(window * (2 ** (excessBits + 1) + 1) - 1);
}

/** Where a step's numbers lie in the committed arrays. */
export interface ProductOffsets {
  readonly weights: number;
  /** Zero point of the input, zero point of the weights, then multiplier and offset of each channel. */
  readonly numbers: number;
  readonly exceptions: number;
}

export interface CommittedSizes {
  readonly weights: number;
  readonly numbers: number;
  readonly exceptions: number;
}

/** Lays out the committed arrays: step after step. Steps without weights have no entry. */
export function committedLayout(steps: readonly Step[]): {
  offsets: ReadonlyMap<Step, ProductOffsets>;
  sizes: CommittedSizes;
} {
  const offsets = new Map<Step, ProductOffsets>();
  let sizes: CommittedSizes = { weights: 0, numbers: 0, exceptions: 0 };
  for (const step of steps) {
    if (step.kind !== 'product') continue;
    offsets.set(step, sizes);
    sizes = {
      weights: sizes.weights + step.outChannels * productGeometry(step).weights,
      numbers: sizes.numbers + 2 + 2 * step.outChannels,
      exceptions: sizes.exceptions + step.outChannels * step.requantization.slots,
    };
  }
  return { offsets, sizes };
}
