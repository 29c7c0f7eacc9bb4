import { ZkinferError } from '../errors.js';
import type { Graph, IntRange, RequantizeNode, Value } from '../ir/types.js';
import { applySteps, rint } from '../ir/float32.js';
import { requantizeFunction } from '../ir/node-functions.js';
import { dtypeRange } from '../ir/types.js';
import type { DyadicMultiplier } from './search.js';
import { searchForm } from './search.js';
import type { Rounding } from './step-form.js';
import { stepForm } from './step-form.js';

/** Classes of a real multiplier (docs: exactness): a power of two, a small odd number times one, or any other float32. */
export type MultiplierClass = 'powerOfTwo' | 'smallMultiplier' | 'arbitrary';

const SMALL_MULTIPLIER = 16;
/** Up to this odd part, rounding half to even meets exact ties often enough for a form of its own. */
const MAX_DYADIC = 4096;
const MAX_SHIFT = 40;

/** How one channel is requantized exactly, with the class of its multiplier. */
export interface ChannelForm {
  readonly class: MultiplierClass;
  readonly rounding: Rounding;
  /** Steps of the function that were compared with it. */
  readonly checked: number;
}

/** The exact rounding of a requantization, one per accumulator channel: a form, or the function's steps where it has none. */
export function requantizationForms(graph: Graph, node: RequantizeNode): ChannelForm[] {
  const accumulator = graph.values.get(node.inputs[0]!)!;
  const output = graph.values.get(node.outputs[0]!)!;
  const known = new Map<string, ChannelForm>();
  return accumulator.ranges!.map((range, channel) => {
    const multiplier = node.multipliers[node.multipliers.length === 1 ? 0 : channel]!;
    const key = node.steps ? String(channel) : `${multiplier} ${range.min} ${range.max}`;
    const form = known.get(key) ?? channelForm(node, output, range, channel, multiplier);
    known.set(key, form);
    return form;
  });
}

function channelForm(
  node: RequantizeNode,
  output: Value,
  range: IntRange,
  channel: number,
  multiplier: number,
): ChannelForm {
  const { zeroPoint, scale } = output.quantization!;
  const dyadic = node.steps ? undefined : dyadicMultiplier(multiplier);
  const constant = node.steps ? applySteps(0, node.steps, channel) / scale : 0;
  const ideal = (acc: number): number => idealRequantize(acc, multiplier, constant, zeroPoint, node.clamp);
  const step = { range, evaluate: requantizeFunction(node, output, channel) };
  const found = searchForm(step, { zeroPoint, dyadic, ideal: { range, evaluate: ideal } });
  const multiplierKind = multiplierClass(dyadic);
  if (found) {
    const rounding = { kind: 'form', form: found.form } as const;
    return { class: multiplierKind, rounding, checked: found.thresholdsChecked };
  }
  const steps = stepForm(step, dtypeRange(output.dtype as 'int8' | 'uint8').min);
  return { class: multiplierKind, rounding: { kind: 'steps', steps }, checked: steps.checked };
}

/** The requantization with a real product: exact in float64, as the product of two float32 values has at most 48 bits. */
function idealRequantize(
  acc: number,
  multiplier: number,
  constant: number,
  zeroPoint: number,
  clamp: IntRange,
): number {
  return Math.min(Math.max(rint(acc * multiplier + constant) + zeroPoint, clamp.min), clamp.max);
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
