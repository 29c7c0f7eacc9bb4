import type { CertificateSummary } from '../artifacts/types.js';
import type { ChannelForm } from './requantization.js';

/** Counts how the requantizations of a model were made exact. */
export function summarize(
  forms: readonly Pick<ChannelForm, 'form' | 'class' | 'thresholdsChecked'>[],
): CertificateSummary {
  const exceptions = forms.map(({ form }) => form.raised.length + form.lowered.length);
  const count = (name: ChannelForm['class']): number => forms.filter((form) => form.class === name).length;
  return {
    channels: forms.length,
    powerOfTwo: count('powerOfTwo'),
    smallMultiplier: count('smallMultiplier'),
    arbitrary: count('arbitrary'),
    withExceptions: exceptions.filter((n) => n > 0).length,
    exceptions: exceptions.reduce((a, b) => a + b, 0),
    thresholdsChecked: forms.reduce((sum, { thresholdsChecked }) => sum + thresholdsChecked, 0),
  };
}
