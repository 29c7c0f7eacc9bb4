/** What lowering knows of a value of the imported dialect. */
import type { FloatStep, OnnxNode, Quantization, Tensor, Window } from '../../ir/types.js';

/** A step of an operator that moves elements or takes extrema of them; it commutes with non-decreasing element-wise functions. */
export type Move = {
  readonly name: string;
  readonly shape: readonly number[];
  /** The ONNX operator, where it is one. */
  readonly op?: string;
} & (
  | { readonly kind: 'reshape' }
  | {
      readonly kind: 'move';
      readonly label: string;
      /** For each output element, the flat index of its input element. */
      readonly sources: Int32Array;
    }
  | {
      readonly kind: 'maxpool';
      readonly window: Window;
      /** Takes minima instead. */
      readonly least?: boolean;
    }
);

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
  /** The float for each of the 256 integers, from the minimum of the dtype up; several functions one after the other where there are rows. */
  readonly floats: Float32Array;
  /** For each element, its function: entries 256 * row to 256 * row + 255 of `floats`. One function for all where left out. */
  readonly rows?: Int32Array;
  /** Present where the function is DequantizeLinear alone. */
  readonly plain?: Quantization;
  /** The DequantizeLinear it starts from. */
  readonly origin: Quantization;
  /** Operators applied, for labels. */
  readonly ops: readonly string[];
}

/** The float result of an operator that takes several elements, then clipped, then moved. It becomes integers at its QuantizeLinear. */
export interface AccumulatorFact {
  readonly kind: 'accumulator';
  /** Node that computed it. */
  readonly node: string;
  readonly source: LinearSource | PairSource | MeanSource;
  readonly clips: readonly FloatBounds[];
  readonly moves: readonly Move[];
}

/** An int32 accumulator times scale. */
export interface LinearSource {
  readonly kind: 'linear';
  readonly value: string;
  /** float32 products s_x * s_w, one per output channel or one for all. */
  readonly products: Float32Array;
  /** Present where the model scales the accumulator with float operators of its own; the products are 1 then. */
  readonly steps?: readonly FloatStep[];
}

/** One operand of a PairSource, of the shape of the result: an activation, or the integers of a constant. */
export type PairOperand = { readonly quantization: Quantization; readonly dtype: 'int8' | 'uint8' } & (
  { readonly kind: 'element'; readonly value: string } | { readonly kind: 'constant'; readonly data: Int32Array }
);

/** Sum, difference or product of two dequantized elements. */
export interface PairSource {
  readonly kind: 'pair';
  readonly op: 'Add' | 'Sub' | 'Mul';
  readonly operands: readonly [PairOperand, PairOperand];
  readonly shape: readonly number[];
  /** Whether ONNX Runtime computes it with QLinearAdd or QLinearMul. */
  readonly fused: boolean;
  /** Whether ONNX Runtime takes the second operand first: where it spreads an element of the first one over several of the second. */
  readonly swapped: boolean;
}

/** Means of groups of elements. */
export interface MeanSource {
  readonly kind: 'mean';
  readonly op: string;
  readonly value: string;
  /** The float for each of the 256 integers. */
  readonly floats: Float32Array;
  /** The DequantizeLinear they start from. */
  readonly origin: Quantization;
  /** Whether they are those of DequantizeLinear. */
  readonly plain: boolean;
  readonly shape: readonly number[];
  /** [outputs, taps], row-major: flat input index, or -1 for padding. */
  readonly sources: Int32Array;
  readonly counts: Int32Array;
  /** Present where windows reach behind the padding that counts: ONNX Runtime's integer operator divides by more there. */
  readonly overhang?: boolean;
}

/** The float result of a Softmax or LogSoftmax of quantized integers, then moved. */
export interface SoftmaxFact {
  readonly kind: 'softmax';
  readonly node: OnnxNode;
  readonly value: string;
  readonly quantization: Quantization;
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

export type JoinedPart = PendingFact | AccumulatorFact | SoftmaxFact | InputFact | ConstantFact | JoinedFact;

/** The result of a node that was refused; what reads it is passed over silently. */
export interface LostFact {
  readonly kind: 'lost';
}

export type Fact =
  | IntegerFact
  | IndexFact
  | PendingFact
  | AccumulatorFact
  | SoftmaxFact
  | InputFact
  | JoinedFact
  | WeightsFact
  | ConstantFact
  | LostFact;
