/** Constraints of the templates under circuits/committed/, exactly. */
import type { Architecture, ProductStep, RequantizationWidths, Step } from '../../artifacts/architecture.js';
import { boundedBitsCost } from '../form.js';
import type { Gather } from '../gather.js';
import { insideTaps, windowGather } from '../gather.js';
import { chainHashCost, maxCost } from '../cost.js';
import { committedLayout, PACKED_BITS, productGeometry, shiftedBits } from './geometry.js';

/** Bits of a difference of two 8-bit elements. */
export const BYTE_BITS = 8;

/** Field elements that n numbers of so many bits are packed into. */
export function packedElements(n: number, bits: number): number {
  return Math.ceil(n / Math.floor(PACKED_BITS / bits));
}

/** Packed elements that are sums; one that holds a single number is that number's own wire. */
function packingSums(n: number, bits: number): number {
  return packedElements(n, bits) - Number(n % Math.floor(PACKED_BITS / bits) === 1);
}

export function rangedPackCost(n: number, bits: number): number {
  return n * bits + packingSums(n, bits);
}

/** Comparisons of all windows of one channel. */
export function comparisons(gather: Gather): number {
  return insideTaps(gather) - gather.sources.length;
}

/** Packed elements that the challenge takes from a step. */
export interface BoundElements {
  readonly pool: number;
  readonly requantized: number;
}

export function boundElements(step: ProductStep): BoundElements {
  const geometry = productGeometry(step);
  if (geometry.isDirect) return { pool: 0, requantized: 0 };
  const compared = geometry.pool ? step.outChannels * comparisons(geometry.pool) : 0;
  return {
    pool: packedElements(compared, geometry.differenceBits + 1),
    requantized: packedElements(step.outChannels * geometry.outputSize, shiftedBits(step)),
  };
}

export function directProductCost(step: ProductStep): number {
  const { gather, groupIn } = productGeometry(step);
  return gather.sources.reduce((sum, row) => {
    const products = groupIn * row.filter((source) => source >= 0).length;
    return sum + step.outChannels * (products + Number(products > 1));
  }, 0);
}

export function productCheckCost(step: ProductStep): number {
  const { gather, groupIn, groupOut, exponents } = productGeometry(step);
  const read = new Set(gather.sources.flat().filter((source) => source >= 0));
  const raised = [...read].filter((source) => exponents.input[source]! > 0).length;
  const taps = exponents.tap.filter((_, t) => gather.sources.some((row) => row[t]! >= 0));
  const shifted = taps.filter((exponent) => exponent > 0).length;
  const positions = gather.sources.length;
  const columns = groupIn * taps.length;
  const perGroup = positions * groupOut + columns * groupOut + groupIn * shifted + 1;
  return exponents.radix - 1 + step.shape[0]! * raised + step.group * perGroup;
}

/** One element of CommittedRequantize. */
export function committedRequantizeCost({ divisorBits, window, excessBits, slots }: RequantizationWidths): number {
  const [multiplication, decomposition, flags, output] = [1, 1, 2, 1];
  const exceptions = slots > 0 ? slots + 2 + 1 : 0;
  return (
    multiplication +
    decomposition +
    flags +
    excessBits +
    divisorBits +
    boundedBitsCost(window - 1) +
    exceptions +
    output
  );
}

/** Constraints of a step's parts. */
export function productCosts(step: ProductStep): { product: number; pool: number; requantized: number } {
  const { isDirect, pool, differenceBits, outputSize } = productGeometry(step);
  const compared = pool ? step.outChannels * comparisons(pool) : 0;
  const elements = step.outChannels * outputSize;
  return {
    product: isDirect ? directProductCost(step) : productCheckCost(step),
    pool: compared * maxCost(differenceBits) + (isDirect ? 0 : packedElements(compared, differenceBits + 1)),
    requantized:
      elements * committedRequantizeCost(step.requantization) +
      (isDirect ? 0 : packingSums(elements, shiftedBits(step)) + step.outChannels),
  };
}

export function poolStepCost(step: Extract<Step, { kind: 'maxpool' }>): number {
  return step.shape[0]! * comparisons(windowGather([1, ...step.shape], step.window)) * maxCost(BYTE_BITS);
}

/** Range checks, packing and hash of everything that is committed to. */
export function weightsCost({ steps }: Architecture): number {
  const { sizes } = committedLayout(steps);
  let cost = rangedPackCost(sizes.weights, BYTE_BITS);
  for (const { count, bits } of exceptionGroups(steps)) cost += rangedPackCost(count, bits);
  return cost + chainHashCost(committedElements(steps));
}

/** Field elements that the commitment hashes: the salt, the packed numbers, and the numbers that stay alone. */
export function committedElements(steps: readonly Step[]): number {
  const { sizes } = committedLayout(steps);
  const exceptions = exceptionGroups(steps).map(({ count, bits }) => packedElements(count, bits));
  return 1 + packedElements(sizes.weights, BYTE_BITS) + exceptions.reduce((a, b) => a + b, 0) + sizes.numbers;
}

/** Exceptions are packed layer by layer, as wide as the layer's accumulators. */
export function exceptionGroups(steps: readonly Step[]): { step: ProductStep; count: number; bits: number }[] {
  return steps.flatMap((step) => {
    if (step.kind !== 'product' || step.requantization.slots === 0) return [];
    const count = step.outChannels * step.requantization.slots;
    return [{ step, count, bits: productGeometry(step).accumulatorBits }];
  });
}

/** Packed elements of all steps that are checked at the challenge. */
export function challengeElements(steps: readonly Step[]): number {
  return steps.reduce((sum, step) => {
    if (step.kind !== 'product') return sum;
    const { pool, requantized } = boundElements(step);
    return sum + pool + requantized;
  }, 0);
}

/** The challenge: its first element is a sum, the others have wires. Nothing where no step is checked. */
export function challengeCost(steps: readonly Step[]): number {
  const elements = challengeElements(steps);
  return elements === 0 ? 0 : 1 + chainHashCost(1 + elements);
}
