/** What lowering knows of a value of the imported dialect. */
import type { Quantization, Tensor, Window } from '../../ir/types.js';

/** A step of an operator that moves elements or takes extrema of them; it commutes with non-decreasing element-wise functions. */
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
  | {
      readonly kind: 'maxpool';
      readonly name: string;
      readonly shape: readonly number[];
      readonly window: Window;
      /** Takes minima instead. */
      readonly least?: boolean;
    };

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

/** Places that ArgMax found: a uint8 value whose numbers are the results. Nothing is computed with them but moves. */
export interface IndexFact {
  readonly kind: 'index';
  readonly value: string;
}

/**
 * A float value whose elements come from several others: joined, picked by `sources`, then moved. Its parts become integers of one
 * quantization when it is quantized.
 */
export interface JoinedFact {
  readonly kind: 'joined';
  readonly name: string;
  readonly label: string;
  readonly parts: readonly JoinedPart[];
  /** Flat indices into all parts, one after the other. */
  readonly sources: Int32Array;
  readonly shape: readonly number[];
  readonly moves: readonly Move[];
}

export type JoinedPart = PendingFact | AccumulatorFact | InputFact | ConstantFact | JoinedFact;

/** The result of a node that was refused; what reads it is passed over silently. */
export interface LostFact {
  readonly kind: 'lost';
}

export type Fact =
  | IntegerFact
  | IndexFact
  | PendingFact
  | AccumulatorFact
  | InputFact
  | JoinedFact
  | WeightsFact
  | ConstantFact
  | LostFact;
