/** What a generator of steps draws from: random choices that suit the graph, and tensors of it. */
import type { Shape } from '../../src/ir/types.js';
import { elementCount } from '../../src/ir/types.js';
import type { Bits } from '../support/compare-oracle.js';
import { BOUNDS, outputParameters } from '../support/compare-oracle.js';
import type { AttributeValue, QuantizationParameters } from '../support/model-builder.js';
import type { Random } from '../support/random.js';
import type { ActivationParameters, Emission, Form, Step, TensorNode } from './graph.js';

export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Elements of the largest tensor, and products of the largest linear operator: circuits of these graphs stay small. */
export const MAX_ELEMENTS = 120;
export const MAX_PRODUCTS = 2_000;

/** What is the same for all steps of a graph. */
export interface GraphSettings {
  readonly form: Form;
  readonly opset: number;
  readonly dtype: Bits;
  readonly weightDtype: Bits;
  readonly perChannel: boolean;
}

export class StepContext {
  constructor(
    readonly random: Random,
    readonly settings: GraphSettings,
    /** The tensor that the step has to read. */
    readonly x: TensorNode,
    private readonly tensors: TensorNode[],
    private readonly addInput: (shape: Shape) => TensorNode,
  ) {}

  get isQdq(): boolean {
    return this.settings.form === 'QDQ';
  }

  get parameters(): ActivationParameters {
    return this.x.parameters!;
  }

  chance(probability: number): boolean {
    return this.random.next() < probability;
  }

  /** Another tensor of a shape: one of the graph where there is one, else a new graph input. */
  other(shape: Shape): TensorNode {
    const fitting = this.tensors.filter(
      ({ id, shape: s, parameters }) => parameters && id !== this.x.id && s.join() === shape.join(),
    );
    return fitting.length > 0 && this.chance(0.8) ? this.random.pick(fitting) : this.addInput(shape);
  }

  /** A new tensor, the result of the step. */
  result(shape: Shape, parameters?: ActivationParameters): TensorNode {
    const tensor = { id: this.tensors.length, shape, ...(parameters ? { parameters } : {}) };
    this.tensors.push(tensor);
    return tensor;
  }

  /** Real numbers that a tensor can hold. */
  realRange({ parameters }: TensorNode = this.x): [min: number, max: number] {
    const { dtype, scale, zeroPoint } = parameters!;
    return BOUNDS[dtype].map((q) => (q - zeroPoint) * scale) as [number, number];
  }

  /** A quantization for real numbers in a range: some of it is cut off, or some of the integers stay unused. */
  covering(min: number, max: number): ActivationParameters {
    const { dtype } = this.settings;
    const [least, most] = BOUNDS[dtype];
    const scale = this.nice(((max - min) / 255) * (0.5 + this.random.next()));
    const zeroPoint = Math.round(least - min / scale + (this.random.next() - 0.5) * 40);
    return { dtype, scale, zeroPoint: Math.min(most, Math.max(least, zeroPoint)) };
  }

  /** The quantization of the input, or now and then another one like it. */
  sameOrSimilar(): ActivationParameters {
    return this.isQdq && this.chance(0.2) ? this.covering(...this.realRange()) : this.parameters;
  }

  /** A float32 scale, in three of ten cases a power of two: those have results halfway between integers. */
  nice(scale: number): number {
    return this.chance(0.3) ? 2 ** Math.round(Math.log2(scale)) : Math.fround(scale);
  }

  /** Quantization of weights whose output channels run along `axis`. */
  weights(channels: number, axis: number): QuantizationParameters {
    const { weightDtype: dtype, perChannel } = this.settings;
    const [least, most] = BOUNDS[dtype];
    if (!perChannel) {
      return { dtype, scale: this.nice(this.random.scale(0.001, 0.05)), zeroPoint: this.random.integer(least, most) };
    }
    const scale = Array.from({ length: channels }, () => this.nice(this.random.scale(0.001, 0.05)));
    return { dtype, scale, zeroPoint: scale.map(() => (dtype === 'uint8' ? 128 : 0)), axis };
  }

  /** Quantization of sums of `taps` products. */
  sums(weights: QuantizationParameters, taps: number): ActivationParameters {
    const { dtype } = this.settings;
    const { scale, zeroPoint } = outputParameters(this.random, dtype, this.parameters.scale, weights, taps);
    return { dtype, scale: this.nice(scale), zeroPoint: zeroPoint as number };
  }
}

/** Generator of one operator: a step that reads `x`, or undefined where its shape does not suit. */
export interface OperatorGenerator {
  readonly op: string;
  readonly forms: readonly Form[];
  /** Whether its results can only be graph outputs. */
  readonly isLast?: true;
  readonly generate: (context: StepContext) => Step | undefined;
}

/** A float operator in a QDQ model, between DequantizeLinear and QuantizeLinear. */
export function island(
  op: string,
  inputs: readonly TensorNode[],
  output: TensorNode,
  oracle: Step['oracle'],
  body: (emission: Emission, floats: readonly string[]) => string,
): Step {
  const emit = (emission: Emission): void =>
    emission.setFloat(
      output,
      body(
        emission,
        inputs.map((input) => emission.float(input)),
      ),
    );
  return { op, inputs, outputs: [output], oracle, emit };
}

/** An operator on integers. */
export function direct(
  op: string,
  inputs: readonly TensorNode[],
  output: TensorNode,
  oracle: Step['oracle'],
  body: (emission: Emission, integers: readonly string[]) => string,
): Step {
  const emit = (emission: Emission): void =>
    emission.setInteger(
      output,
      body(
        emission,
        inputs.map((input) => emission.integer(input)),
      ),
    );
  return { op, inputs, outputs: [output], oracle, emit };
}

/** An operator that takes float tensors and integers alike: an island in QDQ graphs, else on the integers themselves. */
export function eitherForm(
  context: StepContext,
  op: string,
  inputs: readonly TensorNode[],
  output: TensorNode,
  body: (emission: Emission, names: readonly string[]) => string,
): Step {
  return (context.isQdq ? island : direct)(op, inputs, output, 'exact', body);
}

export function isSmall(shape: Shape): boolean {
  return elementCount(shape) >= 1 && elementCount(shape) <= MAX_ELEMENTS;
}

/** Multiplies some numbers. */
export function product(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a * b, 1);
}
