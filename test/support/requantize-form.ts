/** A form of requantization to vary. */
import type { RequantizeForm } from '../../src/plan/form.js';

/** floor(x / 4) to two bits. */
export const PLAIN_FORM: RequantizeForm = {
  multiplier: 1,
  offset: 0,
  divisor: 4,
  rounding: 'floor',
  baseIsOdd: false,
  base: 0,
  window: 4,
  low: false,
  high: false,
  excessBits: 0,
  lowValue: 0,
  highValue: 3,
  raised: [],
  lowered: [],
};
