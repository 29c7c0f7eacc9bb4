import type { RequantizationWidths } from '../../artifacts/architecture.js';
import { ZkinferError } from '../../errors.js';
import type { ChannelForm } from './channel.js';
import { formWithDivisor, smallestForm } from './channel.js';
import type { ProductSource } from './architecture.js';

/** What is added to what the model at hand needs, so that other trainings of the architecture fit. */
const SPARE_DIVISOR_BITS = 2;
const SPARE_EXCESS_BITS = 1;
const SPARE_SLOTS = 1;
const LEAST_SLOTS = 2;

/** Forms of a layer's channels, all with one divisor. */
export interface LayerForms {
  readonly needed: RequantizationWidths;
  readonly forms: readonly ChannelForm[];
}

/**
 * What a layer of this model needs: the smallest divisor that all its channels can have, and with it the excess bits and slots.
 * @throws MODEL_UNSUPPORTED where a channel has no form, however large the divisor
 */
export function neededWidths(source: ProductSource, name: string): LayerForms {
  const smallest = source.channels.map((channel) => smallestForm(channel));
  const without = smallest.findIndex((form) => form === undefined);
  if (without >= 0) throw noForm(name, without);
  const divisorBits = Math.max(...smallest.map((form) => form!.divisorBits));
  const forms = source.channels.map((channel) => smallestForm(channel, divisorBits)!);
  return { needed: widthsOf(source, divisorBits, forms), forms };
}

export function widthsOf(
  { requantize }: ProductSource,
  divisorBits: number,
  forms: readonly (ChannelForm | undefined)[],
): RequantizationWidths {
  const most = (count: (form: ChannelForm['form']) => number): number =>
    Math.max(0, ...forms.map((found) => (found ? count(found.form) : 0)));
  return {
    divisorBits,
    base: requantize.clamp.min,
    window: requantize.clamp.max - requantize.clamp.min + 1,
    excessBits: most(({ excessBits }) => excessBits),
    slots: most(({ raised, lowered }) => raised.length + lowered.length),
  };
}

/** Room for other trainings. */
export function spareWidths(source: ProductSource, { needed }: LayerForms): RequantizationWidths {
  const wider = widerDivisor(source, needed);
  return {
    ...wider,
    excessBits: wider.excessBits + SPARE_EXCESS_BITS,
    slots: Math.max(LEAST_SLOTS, wider.slots + SPARE_SLOTS),
  };
}

/** The largest divisor up to the spare bits with which every channel has a form: numbers of a form must stay in the doubles. */
function widerDivisor(source: ProductSource, needed: RequantizationWidths): RequantizationWidths {
  for (let spare = SPARE_DIVISOR_BITS; spare > 0; spare--) {
    const divisorBits = needed.divisorBits + spare;
    const forms = source.channels.map((channel) => formWithDivisor(channel, divisorBits));
    if (forms.every((form) => form !== undefined)) return widthsOf(source, divisorBits, forms);
  }
  return needed;
}

function noForm(node: string, channel: number): ZkinferError {
  return new ZkinferError(
    'MODEL_UNSUPPORTED',
    `the requantization of channel ${channel} has no form with a power of two as divisor`,
    {
      location: { node },
      hint: 'Scales that are powers of two hit exact ties, which committed weights do not support: quantize with other scales, or compile with --weights fixed.',
    },
  );
}
