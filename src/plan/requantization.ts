import { ZkinferError } from '../errors.js';
import type { Graph, IntRange, RequantizeNode, TableNode } from '../ir/types.js';
import { dtypeRange } from '../ir/types.js';
import { requantize, rint } from '../ir/float32.js';
import type { DyadicMultiplier, ExactForm } from './search.js';
import { noExactForm, searchForm } from './search.js';

/** Classes of a real multiplier (docs: exactness): a power of two, a small odd number times one, or any other float32. */
export type MultiplierClass = 'powerOfTwo' | 'smallMultiplier' | 'arbitrary';

const SMALL_MULTIPLIER = 16;
/** Up to this odd part, rounding half to even meets exact ties often enough for a form of its own. */
const MAX_DYADIC = 4096;
const MAX_SHIFT = 40;

/** One channel's exact form with the class of its multiplier. */
export interface ChannelForm extends ExactForm {
  readonly class: MultiplierClass;
}

/** Exact forms of a requantization, one per accumulator channel. */
export function requantizationForms(graph: Graph, node: RequantizeNode): ChannelForm[] {
  const accumulator = graph.values.get(node.inputs[0]!)!;
  const zeroPoint = graph.values.get(node.outputs[0]!)!.quantization!.zeroPoint;
  const known = new Map<string, ChannelForm>();
  return accumulator.ranges!.map((range, channel) => {
    const multiplier = node.multipliers[node.multipliers.length === 1 ? 0 : channel]!;
    const key = `${multiplier} ${range.min} ${range.max}`;
    const form = known.get(key) ?? channelForm(range, multiplier, zeroPoint, node.clamp);
    if (!form) throw noExactForm(node.name, channel);
    known.set(key, form);
    return form;
  });
}

function channelForm(range: IntRange, multiplier: number, zeroPoint: number, clamp: IntRange): ChannelForm | undefined {
  const dyadic = dyadicMultiplier(multiplier);
  const found = searchForm(
    { range, evaluate: (acc) => requantize(acc, multiplier, zeroPoint, clamp) },
    { zeroPoint, dyadic, ideal: { range, evaluate: (acc) => idealRequantize(acc, multiplier, zeroPoint, clamp) } },
  );
  return found && { ...found, class: multiplierClass(dyadic) };
}

/**
 * Exact form of a table over its input's range, if it is non-decreasing and has one.
 * Requantization between scales, Relu and Clip are such tables; a form is cheaper than a lookup.
 */
export function tableForm(graph: Graph, node: TableNode): ExactForm | undefined {
  const input = graph.values.get(node.inputs[0]!)!;
  const range = input.ranges![0]!;
  const { min } = dtypeRange(input.dtype as 'int8' | 'uint8');
  const evaluate = (q: number): number => node.table[q - min]!;
  for (let q = range.min; q < range.max; q++) if (evaluate(q) > evaluate(q + 1)) return undefined;
  return searchForm({ range, evaluate }, { zeroPoint: 0 });
}

/** The requantization with a real product: exact in float64, as the product of two float32 values has at most 48 bits. */
function idealRequantize(acc: number, multiplier: number, zeroPoint: number, clamp: IntRange): number {
  return Math.min(Math.max(rint(acc * multiplier) + zeroPoint, clamp.min), clamp.max);
}

/** Writes a float32 as odd * 2^-shift where the odd part is small. */
export function dyadicMultiplier(multiplier: number): DyadicMultiplier | undefined {
  let odd = multiplier;
  let shift = 0;
  while (!Number.isInteger(odd) && shift < MAX_SHIFT) {
    odd *= 2;
    shift++;
  }
  return Number.isInteger(odd) && odd < MAX_DYADIC ? { odd, shift } : undefined;
}

export function multiplierClass(dyadic: DyadicMultiplier | undefined): MultiplierClass {
  if (!dyadic) return 'arbitrary';
  if (Number.isInteger(Math.log2(dyadic.odd))) return 'powerOfTwo';
  return dyadic.odd < SMALL_MULTIPLIER ? 'smallMultiplier' : 'arbitrary';
}

/** Refuses scales that no quantizer writes. */
export function checkMultipliers(node: RequantizeNode): void {
  const bad = node.multipliers.findIndex((value) => !(value > 0 && Number.isFinite(value)));
  if (bad < 0) return;
  throw new ZkinferError('MODEL_UNSUPPORTED', `the scales of channel ${bad} give a multiplier that is not positive`, {
    location: { node: node.name },
    hint: 'Scales must be positive and finite; quantize the model again.',
  });
}
