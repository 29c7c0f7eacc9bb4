/** What lowering knows of a value of the imported dialect. */
import type { OnnxNode, Quantization, Tensor, Window } from '../../ir/types.js';

/** An operator that takes maxima of or moves elements; it commutes with non-decreasing element-wise functions. */
export type Move =
  | { readonly kind: 'reshape'; readonly name: string; readonly shape: readonly number[] }
  | {
      readonly kind: 'move';
      readonly name: string;
      readonly label: string;
      readonly shape: readonly number[];
      /** For each output element, the flat index of its input element. */
      readonly sources: Int32Array;
    }
  | { readonly kind: 'maxpool'; readonly name: string; readonly shape: readonly number[]; readonly window: Window };

/** Bounds of a Relu or Clip, as floats. */
export interface FloatBounds {
  readonly min: number;
  readonly max: number;
}

/** An int8 or uint8 value of the integer graph. */
export interface IntegerFact {
  readonly kind: 'integer';
  readonly value: string;
}

/** A float value known as a function of each element of an integer value. */
export interface PendingFact {
  readonly kind: 'pending';
  readonly value: string;
  /** The float for each of the 256 integers, from the minimum of the dtype up. */
  readonly floats: Float32Array;
  /** Present where the function is DequantizeLinear alone. */
  readonly plain?: Quantization;
  /** The DequantizeLinear it starts from. */
  readonly origin: Quantization;
  /** Operators applied, for labels. */
  readonly ops: readonly string[];
}

/** The float result of a linear operator: accumulator times scale, then clipped, then moved. */
export interface AccumulatorFact {
  readonly kind: 'accumulator';
  readonly value: string;
  /** Node that computed it. */
  readonly node: string;
  /** float32 products s_x * s_w, one per output channel or one for all. */
  readonly products: Float32Array;
  readonly clips: readonly FloatBounds[];
  readonly moves: readonly Move[];
}

/** The float result of a Softmax of quantized integers. */
export interface SoftmaxFact {
  readonly kind: 'softmax';
  readonly node: OnnxNode;
  readonly value: string;
  readonly quantization: Quantization;
}

/** A float graph input before its QuantizeLinear. */
export interface InputFact {
  readonly kind: 'input';
  readonly name: string;
  readonly moves: readonly Move[];
}

/** A quantized constant: DequantizeLinear of an integer tensor. */
export interface WeightsFact {
  readonly kind: 'weights';
  readonly tensor: Tensor;
  readonly scales: Float32Array;
  readonly zeroPoints: Int32Array;
  /** Axis of scales and zero points; undefined where there is one for all. */
  readonly axis: number | undefined;
}

export interface ConstantFact {
  readonly kind: 'constant';
  readonly tensor: Tensor;
}

/** The result of a node that was refused; what reads it is passed over silently. */
export interface LostFact {
  readonly kind: 'lost';
}

export type Fact =
  IntegerFact | PendingFact | AccumulatorFact | SoftmaxFact | InputFact | WeightsFact | ConstantFact | LostFact;
