import { ZkinferError } from '../errors.js';
import { commonUnit } from '../ir/float32.js';
import { quantizeMean } from '../ir/node-functions.js';
import type { AverageNode, Graph, IntRange, Value } from '../ir/types.js';
import { dtypeRange } from '../ir/types.js';
import type { RequantizeForm } from './form.js';
import { searchForm } from './search.js';

/** Outputs of a mean that have the same number of elements and the same divisor, and so the same form. */
export interface AverageClass {
  readonly outputs: readonly number[];
  readonly form: RequantizeForm;
  readonly thresholdsChecked: number;
}

/** How a quantized mean becomes a form of a sum of integers. */
export interface AverageForms {
  /** What is summed: x - zeroPoint, or the entry of a table of x that gives the floats in their common unit. */
  readonly terms:
    | { readonly kind: 'linear'; readonly zeroPoint: number }
    | { readonly kind: 'table'; readonly table: readonly number[] };
  readonly classes: readonly AverageClass[];
}

/** Sums that the dynamic program over all tuples may visit, per tap, before it gives up. */
const MAX_STATES = 2 ** 31;

/**
 * Exact forms of a quantized mean. Where the floats are multiples of one scale up to rounding, the mean is a function of the sum of
 * the integers unless the rounding of the floats shows in it: all tuples with one sum are checked. Otherwise exact sums are taken of the floats themselves.
 * @throws MODEL_UNSUPPORTED where neither gives the same result for every input
 */
export function averageForms(graph: Graph, node: AverageNode): AverageForms {
  const input = graph.values.get(node.inputs[0]!)!;
  const output = graph.values.get(node.outputs[0]!)!;
  const { min } = dtypeRange(input.dtype as 'int8' | 'uint8');
  const range = input.ranges![0]!;
  const floats = node.floats.subarray(range.min - min, range.max - min + 1);
  const groups = classesOf(node);
  const linear = linearTerms(floats, range);
  if (linear) {
    const classes = groups.map(({ inside, count, outputs }) => {
      const found = linearForm(node, output, linear, inside, count);
      return found && { outputs, ...found };
    });
    if (classes.every((entry) => entry !== undefined)) {
      return { terms: { kind: 'linear', zeroPoint: linear.zeroPoint }, classes };
    }
  }
  if (node.sum === 'sequential') {
    throw new ZkinferError(
      'MODEL_UNSUPPORTED',
      `the mean of ${node.name} depends on the order of its float32 additions`,
      {
        location: { node: node.name },
        hint: 'Quantize the model with another output scale for this operator: some of its sums fall on a half-integer.',
      },
    );
  }
  return exactSums(node, output, floats, range.min - min, groups);
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

/** floats[k] = f32((min + k - zeroPoint) * scale) over a range; or undefined. */
interface LinearTerms {
  readonly scale: number;
  readonly zeroPoint: number;
  /** Integers x - zeroPoint, in order, and their floats. */
  readonly min: number;
  readonly floats: Float32Array;
}

function linearTerms(floats: Float32Array, range: IntRange): LinearTerms | undefined {
  if (floats.length < 2) return undefined;
  // The greatest float in magnitude gives the scale to within rounding; the neighbours of that scale are tried.
  const slope = (floats.at(-1)! - floats[0]!) / (floats.length - 1);
  if (!(slope > 0)) return undefined;
  const zeroPoint = Math.round(range.min - floats[0]! / slope);
  for (const scale of nearbyFloats(slope)) {
    const fits = floats.every((float, k) => Math.fround((range.min + k - zeroPoint) * scale) === float);
    if (fits) return { scale, zeroPoint, min: range.min - zeroPoint, floats };
  }
  return undefined;
}

function nearbyFloats(x: number): number[] {
  const center = Math.fround(x);
  const ulp = 2 ** (Math.floor(Math.log2(center)) - 23);
  return [0, -1, 1, -2, 2].map((steps) => Math.fround(center + steps * ulp));
}

type Found = Pick<AverageClass, 'form' | 'thresholdsChecked'>;

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
  return found && { form: found.form, thresholdsChecked: found.thresholdsChecked };
}

/** For each sum of `taps` integers, the least and the greatest float sum that a tuple with it can have. Rounded addition is monotone. */
function sumExtremes(
  node: AverageNode,
  terms: LinearTerms,
  taps: number,
): { least: Float64Array; greatest: Float64Array } | undefined {
  const { floats } = terms;
  const width = floats.length;
  if (taps * taps * width * width > MAX_STATES) return undefined;
  const round = node.sum === 'sequential' ? Math.fround : (sum: number): number => sum;
  let least = Float64Array.of(0);
  let greatest = Float64Array.of(0);
  for (let tap = 0; tap < taps; tap++) {
    const nextLeast = new Float64Array(least.length + width - 1).fill(Infinity);
    const nextGreatest = new Float64Array(nextLeast.length).fill(-Infinity);
    for (let i = 0; i < least.length; i++) {
      for (let k = 0; k < width; k++) {
        const low = round(least[i]! + floats[k]!);
        const high = round(greatest[i]! + floats[k]!);
        if (low < nextLeast[i + k]!) nextLeast[i + k] = low;
        if (high > nextGreatest[i + k]!) nextGreatest[i + k] = high;
      }
    }
    least = nextLeast;
    greatest = nextGreatest;
  }
  return { least, greatest };
}

/** The floats as integers in their common unit: the sum of these is the exact sum. */
function exactSums(
  node: AverageNode,
  output: Value,
  floats: Float32Array,
  offset: number,
  groups: readonly Group[],
): AverageForms {
  const unit = commonUnit(floats);
  const table = Array<number>(256).fill(0);
  for (const [k, float] of floats.entries()) table[offset + k] = float / unit;
  const least = Math.min(...floats) / unit;
  const greatest = Math.max(...floats) / unit;
  const classes = groups.map(({ inside, count, outputs }) => {
    const range = { min: inside * least, max: inside * greatest };
    const evaluate = (sum: number): number => quantizeMean(node, output, sum * unit, count);
    const found = searchForm({ range, evaluate }, { zeroPoint: output.quantization!.zeroPoint });
    if (!found) {
      throw new ZkinferError('MODEL_UNSUPPORTED', `no exact integer form was found for the mean of ${node.name}`, {
        location: { node: node.name },
        hint: 'Quantize between the function and the mean, or use another output scale.',
      });
    }
    return { outputs, form: found.form, thresholdsChecked: found.thresholdsChecked };
  });
  return { terms: { kind: 'table', table }, classes };
}
