import type { CertificateSummary, LayerReport, StatementLayout } from '../artifacts/types.js';
import type { RequantizeForm } from './form.js';
import type { Gather } from './gather.js';

interface LayerBase {
  /** Flat signal arrays by plan name: `x` is the circuit's input. */
  readonly input: string;
  readonly output: string;
  readonly inputSize: number;
  readonly outputSize: number;
  /** Comment in the generated circuit and rows of reports. */
  readonly report: LayerReport;
}

/** Conv template: linear combinations with constant weights, requantized (or left as accumulators where forms are undefined). */
export interface ConvLayer extends LayerBase {
  readonly kind: 'conv';
  readonly gather: Gather;
  readonly outChannels: number;
  readonly group: number;
  readonly zeroPoint: number;
  /** [outChannels][channels / group * taps]. */
  readonly weights: readonly ArrayLike<number>[];
  /** Bias with the input's zero point folded in. */
  readonly constants: readonly number[];
  readonly forms: readonly (RequantizeForm | undefined)[];
}

export interface MaxPoolLayer extends LayerBase {
  readonly kind: 'maxpool';
  readonly gather: Gather;
  /** Per channel: bits of the difference of two elements. */
  readonly bits: readonly number[];
}

export interface TableLayer extends LayerBase {
  readonly kind: 'table';
  readonly min: number;
  readonly table: readonly number[];
}

export interface PermuteLayer extends LayerBase {
  readonly kind: 'permute';
  /** For each output element, its input element. */
  readonly sources: readonly number[];
}

export type Layer = ConvLayer | MaxPoolLayer | TableLayer | PermuteLayer;

/** Everything the circuit is: emitting it as circom text decides nothing more. */
export interface CircuitPlan {
  readonly name: string;
  readonly statement: StatementLayout;
  readonly layers: readonly Layer[];
  /** Flat arrays of the output tensors, in the order of the statement. */
  readonly outputs: readonly { readonly signal: string; readonly size: number }[];
  readonly inputSize: number;
  readonly outputSize: number;
  readonly reports: readonly LayerReport[];
  readonly certificate: CertificateSummary;
  /** Constraints in all: predicted, before circom runs. */
  readonly constraints: number;
}
