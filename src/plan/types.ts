import type { CertificateSummary, LayerReport, StatementLayout } from '../artifacts/types.js';
import type { RequantizeForm } from './form.js';
import type { Blocks, Gather } from './gather.js';
import type { LogSoftmaxForm } from './log-softmax.js';
import type { StepForm } from './step-form.js';
import type { SoftmaxForm } from './softmax-form.js';

/** A flat array of signals. */
export interface Wires {
  readonly signal: string;
  readonly size: number;
}

interface LayerBase {
  /** Flat signal arrays by plan name, which the layer sees as one, in this order. */
  readonly inputs: readonly Wires[];
  /** Plan name of its result. */
  readonly output: string;
  readonly outputSize: number;
  /** Comment in the generated circuit and rows of reports. */
  readonly report: LayerReport;
}

/** Conv template: linear combinations with constant weights, requantized (or left as accumulators where forms are undefined). */
export interface ConvLayer extends LayerBase {
  readonly kind: 'conv';
  readonly gather: Gather;
  readonly blocks: Blocks;
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

/** TableLookup template: element i through the table rows[i]. */
export interface TableLayer extends LayerBase {
  readonly kind: 'table';
  readonly min: number;
  readonly tables: readonly (readonly number[])[];
  readonly rows: readonly number[];
}

/** Product template: (a - zeroPoints[0]) * (b - zeroPoints[1]) of two inputs of one size. */
export interface ProductLayer extends LayerBase {
  readonly kind: 'product';
  readonly zeroPoints: readonly [number, number];
}

export interface ArgMaxLayer extends LayerBase {
  readonly kind: 'argmax';
  /** [outputs][candidates]: input elements. */
  readonly sources: readonly (readonly number[])[];
  readonly last: boolean;
  /** Bits of the difference of two elements. */
  readonly bits: number;
}

/** Softmax template. */
export interface SoftmaxLayer extends LayerBase {
  readonly kind: 'softmax';
  /** [groups][size]: places of the group's elements, in the input and in the output. */
  readonly sources: readonly (readonly number[])[];
  readonly form: SoftmaxForm;
}

/** LogSoftmax template. */
export interface LogSoftmaxLayer extends LayerBase {
  readonly kind: 'logsoftmax';
  /** As of SoftmaxLayer. */
  readonly sources: readonly (readonly number[])[];
  readonly form: LogSoftmaxForm;
}

/** StepLookups template: a step function of each accumulator. */
export interface StepsLayer extends LayerBase {
  readonly kind: 'steps';
  readonly form: StepForm;
}

/** FloatSums template: sums of groups of integers in units of a power of two, as float32 adds them, the last sum not rounded. */
export interface FloatSumLayer extends LayerBase {
  readonly kind: 'floatsum';
  /** [outputs][taps]: input elements, in the order in which they are added. */
  readonly sources: readonly (readonly number[])[];
  /** By the number of elements added before, from 2 on: bits that a sum can have beyond a float32. */
  readonly drops: readonly number[];
  readonly signed: boolean;
}

/** Wiring only. */
export interface MoveLayer extends LayerBase {
  readonly kind: 'move';
  /** For each output element, its input element, or -1 for fill. */
  readonly sources: readonly number[];
  readonly fill: number;
}

export type Layer =
  | ConvLayer
  | MaxPoolLayer
  | TableLayer
  | ProductLayer
  | ArgMaxLayer
  | StepsLayer
  | FloatSumLayer
  | SoftmaxLayer
  | LogSoftmaxLayer
  | MoveLayer;

/** Everything the circuit is: emitting it as circom text decides nothing more. */
export interface CircuitPlan {
  readonly name: string;
  readonly statement: StatementLayout;
  readonly layers: readonly Layer[];
  /** Flat arrays of the output tensors, in the order of the statement. */
  readonly outputs: readonly Wires[];
  readonly inputSize: number;
  readonly outputSize: number;
  readonly reports: readonly LayerReport[];
  readonly certificate: CertificateSummary;
  /** Constraints in all: predicted, before circom runs. */
  readonly constraints: number;
}
