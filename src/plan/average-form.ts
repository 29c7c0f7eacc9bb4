import { commonUnit } from '../ir/float32.js';
import { quantizeMean } from '../ir/node-functions.js';
import type { AverageNode, Graph, IntRange, Value } from '../ir/types.js';
import { dtypeRange } from '../ir/types.js';
import { bitLength } from './form.js';
import { searchForm } from './search.js';
import type { Rounding } from './step-form.js';
import { stepForm } from './step-form.js';

/** Outputs of a mean that have the same number of elements and the same divisor, and so the same function of the sum. */
export interface AverageClass {
  readonly outputs: readonly number[];
  readonly rounding: Rounding;
  readonly checked: number;
}

/** How a quantized mean becomes a function of a sum of integers. */
export interface AverageForms {
  /**
   * What is summed: x - zeroPoint, or the entries of a table of x, which are the floats in their common unit. The latter may be summed as float32 does:
   * then drops[k] says how many bits the sum of k + 2 of them can have beyond those of a float32.
   */
  readonly terms:
    | { readonly kind: 'linear'; readonly zeroPoint: number }
    | { readonly kind: 'table'; readonly table: readonly number[]; readonly drops?: readonly number[] };
  readonly classes: readonly AverageClass[];
}

/** Sums that the dynamic program over all tuples may visit before it gives up. */
const MAX_STATES = 2 ** 31;
const SIGNIFICAND_BITS = 24;

/**
 * The quantized mean as an exact function of integers. Where the floats are multiples of one scale up to rounding, it is a function of the sum of
 * the integers unless the rounding of the floats shows in it: all tuples with one sum are checked. Otherwise the floats themselves are summed.
 */
export function averageForms(graph: Graph, node: AverageNode): AverageForms {
  const input = graph.values.get(node.inputs[0]!)!;
  const output = graph.values.get(node.outputs[0]!)!;
  const { min } = dtypeRange(input.dtype as 'int8' | 'uint8');
  const range = input.ranges![0]!;
  const floats = node.floats.subarray(range.min - min, range.max - min + 1);
  const groups = classesOf(node);
  const linear = linearTerms(floats, range, node.sum);
  if (linear) {
    const classes = groups.map(({ inside, count, outputs }) => {
      const found = linearForm(node, output, linear, inside, count);
      return found && { outputs, ...found };
    });
    if (classes.every((entry) => entry !== undefined)) {
      return { terms: { kind: 'linear', zeroPoint: linear.zeroPoint }, classes };
    }
  }
  return floatSums(node, output, floats, range.min - min, groups);
}

interface Group {
  readonly inside: number;
  readonly count: number;
  readonly outputs: number[];
}

function classesOf(node: AverageNode): Group[] {
  const taps = node.sources.length / node.counts.length;
  const groups = new Map<string, Group>();
  for (const [output, count] of node.counts.entries()) {
    const inside = node.sources.subarray(output * taps, (output + 1) * taps).filter((source) => source >= 0).length;
    const key = `${inside} ${count}`;
    const group = groups.get(key) ?? { inside, count, outputs: [] };
    groups.set(key, group);
    group.outputs.push(output);
  }
  return [...groups.values()];
}

/** floats[k] = (min + k - zeroPoint) * scale over a range, rounded to float32 where sums are sequential. */
interface LinearTerms {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Integers x - zeroPoint, in order, and their floats. */
  readonly min: number;
  readonly floats: Float64Array;
}

function linearTerms(floats: Float64Array, range: IntRange, sum: AverageNode['sum']): LinearTerms | undefined {
  if (floats.length < 2) return undefined;
  // The greatest float in magnitude gives the scale to within rounding; the neighbours of that scale are tried.
  const slope = (floats.at(-1)! - floats[0]!) / (floats.length - 1);
  if (!(slope > 0)) return undefined;
  const zeroPoint = Math.round(range.min - floats[0]! / slope);
  for (const scale of nearbyFloats(slope)) {
    const fits = floats.every((float, k) => {
      const product = (range.min + k - zeroPoint) * scale;
      return (sum === 'exact' ? product : Math.fround(product)) === float;
    });
    if (fits) return { scale, zeroPoint, min: range.min - zeroPoint, floats };
  }
  return undefined;
}

function nearbyFloats(x: number): number[] {
  const center = Math.fround(x);
  const ulp = 2 ** (Math.floor(Math.log2(center)) - 23);
  return [0, -1, 1, -2, 2].map((steps) => Math.fround(center + steps * ulp));
}

type Found = Omit<AverageClass, 'outputs'>;

function linearForm(
  node: AverageNode,
  output: Value,
  terms: LinearTerms,
  inside: number,
  count: number,
): Found | undefined {
  const max = terms.min + terms.floats.length - 1;
  const range = { min: inside * terms.min, max: inside * max };
  const extremes = sumExtremes(node, terms, inside);
  if (!extremes) return undefined;
  const values = new Int16Array(range.max - range.min + 1);
  for (let i = 0; i < values.length; i++) {
    const least = quantizeMean(node, output, extremes.least[i]!, count);
    if (least !== quantizeMean(node, output, extremes.greatest[i]!, count)) return undefined;
    values[i] = least;
  }
  const evaluate = (sum: number): number => values[sum - range.min]!;
  const { zeroPoint } = output.quantization!;
  const slope = terms.scale / (count * output.quantization!.scale);
  const ideal = (sum: number): number =>
    Math.min(Math.max(Math.round(sum * slope) + zeroPoint, values[0]!), values.at(-1)!);
  const found = searchForm({ range, evaluate }, { zeroPoint, ideal: { range, evaluate: ideal } });
  return found && { rounding: { kind: 'form', form: found.form }, checked: found.thresholdsChecked };
}

/** For each sum of `taps` integers, the least and the greatest float sum that a tuple with it can have. Rounded addition is monotone. */
function sumExtremes(
  node: AverageNode,
  terms: LinearTerms,
  taps: number,
): { least: Float64Array; greatest: Float64Array } | undefined {
  const { floats } = terms;
  const width = floats.length;
  if (node.sum === 'exact') {
    const sums = Float64Array.from({ length: taps * (width - 1) + 1 }, (_, i) => (taps * terms.min + i) * terms.scale);
    return { least: sums, greatest: sums };
  }
  if (taps * taps * width * width > MAX_STATES) return undefined;
  let least = Float64Array.of(0);
  let greatest = Float64Array.of(0);
  for (let tap = 0; tap < taps; tap++) {
    const nextLeast = new Float64Array(least.length + width - 1).fill(Infinity);
    const nextGreatest = new Float64Array(nextLeast.length).fill(-Infinity);
    for (let i = 0; i < least.length; i++) {
      for (let k = 0; k < width; k++) {
        const low = Math.fround(least[i]! + floats[k]!);
        const high = Math.fround(greatest[i]! + floats[k]!);
        if (low < nextLeast[i + k]!) nextLeast[i + k] = low;
        if (high > nextGreatest[i + k]!) nextGreatest[i + k] = high;
      }
    }
    least = nextLeast;
    greatest = nextGreatest;
  }
  return { least, greatest };
}

/** The floats as integers in their common unit, summed exactly or as float32 does; the mean is a step function of that sum. */
function floatSums(
  node: AverageNode,
  output: Value,
  floats: Float64Array,
  offset: number,
  groups: readonly Group[],
): AverageForms {
  const unit = commonUnit(floats);
  const table = Array<number>(256).fill(0);
  for (const [k, float] of floats.entries()) table[offset + k] = float / unit;
  const [least, greatest] = [Math.min(...floats) / unit, Math.max(...floats) / unit];
  const isSequential = node.sum === 'sequential';
  const bounds = sumBounds(
    { min: least, max: greatest },
    Math.max(...groups.map(({ inside }) => inside)),
    isSequential,
  );
  const round = isSequential ? Math.fround : (sum: number): number => sum;
  const classes = groups.map(({ inside, count, outputs }): AverageClass => {
    const range = bounds[inside - 1]!;
    const evaluate = (sum: number): number => quantizeMean(node, output, round(sum * unit), count);
    const steps = stepForm({ range, evaluate }, dtypeRange(output.dtype as 'int8' | 'uint8').min);
    return { outputs, rounding: { kind: 'steps', steps }, checked: steps.checked };
  });
  // The last sum is not rounded by itself: the steps are those of the rounded sum.
  const drops = bounds.slice(1, -1).map(({ min, max }) => {
    const bits = Math.max(bitLength(Math.abs(min)), bitLength(Math.abs(max)));
    return Math.max(0, bits - SIGNIFICAND_BITS);
  });
  return { terms: { kind: 'table', table, ...(isSequential ? { drops } : {}) }, classes };
}

/** Ranges of the sums of 1, 2, ... integers of a range, each rounded to a float32 where sequential before the next is added. */
function sumBounds(element: IntRange, taps: number, isSequential: boolean): IntRange[] {
  const bounds: IntRange[] = [element];
  const round = isSequential ? Math.fround : (sum: number): number => sum;
  for (let tap = 1; tap < taps; tap++) {
    const { min, max } = bounds.at(-1)!;
    bounds.push({ min: round(min) + element.min, max: round(max) + element.max });
  }
  return bounds;
}
