/**
 * The intermediate representation: a graph of single-assignment values. Two dialects share it.
 *  - the *imported* dialect mirrors the ONNX file (node kind `onnx`), float tensors between quantized ones included;
 *  - the *integer* dialect (all other kinds) is what passes leave, and what reference, plan and circuit speak of.
 */

/** Element types that values may have; names as in ONNX. */
export type DType = 'float32' | 'int8' | 'uint8' | 'int32' | 'int64' | 'bool';

/** Dimensions, outermost first. Always static after import (symbolic batch is set). */
export type Shape = readonly number[];

/** Inclusive bounds of an integer value. Always within +-2^53, so plain numbers are exact. */
export interface IntRange {
  readonly min: number;
  readonly max: number;
}

/** Per-tensor quantization: real = (q - zeroPoint) * scale, scale a float32. */
export interface Quantization {
  readonly scale: number;
  readonly zeroPoint: number;
}

/** A tensor with contents, row-major. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: Shape;
  readonly data: Float32Array | Int8Array | Uint8Array | Int32Array | BigInt64Array;
}

/** What is known of one value of the graph. */
export interface Value {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: Shape;
  /** Present on quantized (int8, uint8) values. */
  readonly quantization?: Quantization;
  /**
   * Integer range of the elements. On accumulators (int32) one per channel (axis `channelAxis`), otherwise one for all.
   * Present on every value of the integer dialect.
   */
  readonly ranges?: readonly IntRange[];
  /** Axis that `ranges` runs along when it has more than one entry. */
  readonly channelAxis?: number;
}

/** ONNX attribute values, decoded. */
export type Attribute = number | string | readonly number[] | readonly string[] | Tensor;

interface NodeBase {
  /** ONNX node name, or `#index` where the file has none. After fusion: the name of the node that does the main work. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
}

/** A node as in the file. Optional inputs left out are ''. */
export interface OnnxNode extends NodeBase {
  readonly kind: 'onnx';
  readonly domain: string;
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** Spatial geometry of Conv and MaxPool, all per spatial axis; pads resolved (auto_pad and ceil_mode applied). */
export interface Window {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly padsBegin: readonly number[];
  readonly padsEnd: readonly number[];
}

/**
 * Convolution of a quantized input [N, C, spatial...] with constant weights to an int32 accumulator [N, M, spatial...]:
 * acc = sum (x - x.zeroPoint) * weights + bias. Padding elements equal the zero point (they add nothing).
 */
export interface ConvNode extends NodeBase {
  readonly kind: 'conv';
  readonly window: Window;
  readonly group: number;
  /** [M, C / group, kernel...], row-major, weight zero points already subtracted (so within [-255, 255]). */
  readonly weights: Int32Array;
  /** One per output channel; zeros where the model has no bias. */
  readonly bias: Int32Array;
}

/**
 * Product of a quantized input [..., K] with a constant matrix to an int32 accumulator [..., N]:
 * acc = sum_k (x[k] - x.zeroPoint) * weights[k, n] + bias[n].
 */
export interface MatMulNode extends NodeBase {
  readonly kind: 'matmul';
  /** [K, N], row-major, weight zero points already subtracted. */
  readonly weights: Int32Array;
  readonly bias: Int32Array;
}

/**
 * int32 accumulator -> quantized: y = clamp(rint(f32(acc) * multiplier[c]) + zeroPoint, clamp.min, clamp.max), where f32(acc) and
 * the product are float32 and rint rounds half to even. `clamp` holds saturation of the dtype and any fused Relu or Clip, in
 * the integers of the output.
 */
export interface RequantizeNode extends NodeBase {
  readonly kind: 'requantize';
  /** float32 values; one per channel along the accumulator's channelAxis, or exactly one for all. */
  readonly multipliers: Float32Array;
  readonly clamp: IntRange;
}

/** Function of one quantized element: y = table[x - (minimum of the input dtype)]. 256 entries, within the output dtype. */
export interface TableNode extends NodeBase {
  readonly kind: 'table';
  readonly table: Int32Array;
  /** What it computes, for people: for example `Relu` or `Sigmoid`. */
  readonly label: string;
}

/** Maximum over windows of a quantized tensor [N, C, spatial...]; padding never wins. */
export interface MaxPoolNode extends NodeBase {
  readonly kind: 'maxpool';
  readonly window: Window;
}

/** Same elements in the same row-major order under another shape (Reshape, Flatten, Squeeze, Unsqueeze, Identity). */
export interface ReshapeNode extends NodeBase {
  readonly kind: 'reshape';
}

/** ONNX Transpose: output axis i is input axis perm[i]. */
export interface TransposeNode extends NodeBase {
  readonly kind: 'transpose';
  readonly perm: readonly number[];
}

export type IntegerNode =
  ConvNode | MatMulNode | RequantizeNode | TableNode | MaxPoolNode | ReshapeNode | TransposeNode;
export type Node = OnnxNode | IntegerNode;

/**
 * Where the user's tensor meets the proof's integers. `float` edges quantize (input) or dequantize (output) outside the proof by the
 * value's public scale and zero point; `integer` edges take and give the integers as they are.
 */
export interface GraphEdge {
  /** Name in the ONNX file's graph.input / graph.output. */
  readonly name: string;
  /** The integer value (after the leading QuantizeLinear, before the trailing DequantizeLinear). In the imported dialect: same as name. */
  readonly value: string;
  readonly kind: 'float' | 'integer';
  /** Shape as the user sees it. */
  readonly shape: Shape;
}

export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphEdge[];
  readonly outputs: readonly GraphEdge[];
  /** Topologically sorted. */
  readonly nodes: readonly Node[];
  readonly values: ReadonlyMap<string, Value>;
  /** Constant values of the imported dialect (initializers and Constant nodes). Empty in the integer dialect. */
  readonly constants: ReadonlyMap<string, Tensor>;
}

/** Number of elements of a shape. */
export function elementCount(shape: Shape): number {
  return shape.reduce((product, dimension) => product * dimension, 1);
}

/** Range of an 8-bit dtype. */
export function dtypeRange(dtype: 'int8' | 'uint8'): IntRange {
  return dtype === 'int8' ? { min: -128, max: 127 } : { min: 0, max: 255 };
}
