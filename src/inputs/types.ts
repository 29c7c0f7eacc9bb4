/** What an input file holds, before and after it is bound to the tensors of a model. */
import type { ZkinferError } from '../errors.js';
import type { Shape } from '../ir/types.js';

/**
 * Where the numbers of a tensor came from: an 8-bit integer array (by its dtype), another integer array, a float array, or text (JSON,
 * CSV), which does not tell integers from real numbers.
 */
export type NumberSource = 'int8' | 'uint8' | 'integer' | 'float' | 'text';

/** One array of a file. Elements that are no finite number are NaN or infinite and refused when bound. */
export interface RawTensor {
  readonly source: NumberSource;
  readonly shape: Shape;
  /** Row-major; every element exact. */
  readonly data: Float64Array;
}

/** Arrays of a file, or of one line of it: one that has no name, or several by name. */
export type RawRecord =
  | { readonly kind: 'unnamed'; readonly tensor: RawTensor }
  | {
      readonly kind: 'named';
      readonly tensors: ReadonlyMap<string, RawTensor>;
      /** Whether names that the model does not have are an error (JSON) or left aside (npz: data sets carry labels). */
      readonly strict: boolean;
    }
  | { readonly kind: 'row'; readonly data: Float64Array; readonly line: number };

/** One input tensor of one sample. */
export interface SampleTensor {
  readonly name: string;
  /** The integers that the proof speaks of, row-major, within the dtype. */
  readonly integers: Int32Array;
  /** The real numbers they were quantized from, where real numbers were given. */
  readonly real?: Float32Array;
}

/** The input of one inference. */
export interface Sample {
  /** Place in the file, from 0. */
  readonly index: number;
  /** In the order of the model's inputs. */
  readonly tensors: readonly SampleTensor[];
}

/** One place of the order in which samples come: a sample, or what is wrong with it. */
export type InputEntry = {
  readonly index: number;
  /** How many there are in all, as far as is known by now. */
  readonly total?: number;
} & (
  | { readonly tensors: readonly SampleTensor[]; readonly error?: undefined }
  | { readonly error: ZkinferError; readonly tensors?: undefined }
);

export interface InputOptions {
  /** Numbers are the model's integers, even where it takes real numbers. */
  readonly integers?: boolean;
  readonly signal?: AbortSignal;
}
