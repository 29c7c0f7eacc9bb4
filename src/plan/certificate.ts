import type { CertificateSummary } from '../artifacts/types.js';
import type { RequantizeForm } from './form.js';
import type { ChannelForm } from './requantization.js';

/** How one function was made exact. */
export interface Evidence {
  readonly class: ChannelForm['class'];
  readonly exceptions: number;
  /** Steps or pairs that were compared with float32. */
  readonly checked: number;
}

export function exceptionCount(form: RequantizeForm): number {
  return form.raised.length + form.lowered.length;
}

/** Counts how the functions of a model were made exact. */
export function summarize(evidence: readonly Evidence[]): CertificateSummary {
  const count = (name: Evidence['class']): number => evidence.filter((item) => item.class === name).length;
  const sum = (pick: (item: Evidence) => number): number => evidence.reduce((total, item) => total + pick(item), 0);
  return {
    channels: evidence.length,
    powerOfTwo: count('powerOfTwo'),
    smallMultiplier: count('smallMultiplier'),
    arbitrary: count('arbitrary'),
    withExceptions: sum(({ exceptions }) => Number(exceptions > 0)),
    exceptions: sum(({ exceptions }) => exceptions),
    thresholdsChecked: sum(({ checked }) => checked),
  };
}
