/** The weights file: a model's committed numbers and the salt. Private: whoever has it has the model. */
import { integer, list, object, oneOf, text } from './fields.js';
import type { Field } from './fields.js';
import { hash32, parseDocument, tensorSpecField } from './manifest.js';
import { scalar } from './proof-document.js';
import type { Hex, TensorSpec } from './types.js';

export interface CommittedNumbers {
  /** Unsigned bytes, layer after layer, [out channels, channels / group, taps] each. */
  readonly weights: readonly number[];
  /** Integers of any sign in decimal, per layer: zero point of the input, of the weights, then multiplier and offset of each channel. */
  readonly numbers: readonly string[];
  /** Exceptional accumulators, raised by half the accumulators' range so that they are unsigned; 0 in unused slots. */
  readonly exceptions: readonly number[];
}

export interface WeightsFile extends CommittedNumbers {
  readonly format: 'zkinfer-weights';
  readonly version: 1;
  /** Of the architecture that the numbers are laid out for. */
  readonly modelId: Hex;
  readonly commitment: Hex;
  /** Decimal field element. */
  readonly salt: string;
  /** The model's tensors with its own scales and zero points. */
  readonly inputs: readonly TensorSpec[];
  readonly outputs: readonly TensorSpec[];
}

export const weightsFileField: Field<WeightsFile> = object<WeightsFile>({
  format: oneOf('zkinfer-weights'),
  version: oneOf(1),
  modelId: hash32,
  commitment: hash32,
  salt: scalar,
  inputs: list(tensorSpecField, 1),
  outputs: list(tensorSpecField, 1),
  weights: list(integer(0, 255)),
  numbers: list(text(/^(0|-?[1-9][0-9]{0,15})$/, 'a decimal integer')),
  exceptions: list(integer(0)),
});

/**
 * Checks the form of a weights file. Errors name fields, never values.
 *
 * @throws ARTIFACT_FORMAT naming the field
 */
export function parseWeightsFile(json: unknown, file = 'weights'): WeightsFile {
  return parseDocument(weightsFileField, json, file);
}
