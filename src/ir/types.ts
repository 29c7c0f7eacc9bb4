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
  /**
   * Where the model itself computes on the accumulator in float32 (Cast, Mul, Add after ConvInteger or MatMulInteger): these steps and the
   * division by the output's scale stand for the product with the multiplier, which then only says how steep the function is.
   */
  readonly steps?: readonly FloatStep[];
}

/** One float32 operation on an accumulator; one value per channel, or one for all. Multiplication is by positive numbers. */
export interface FloatStep {
  readonly op: 'multiply' | 'add' | 'max' | 'min';
  readonly values: Float32Array;
}

/**
 * Function of one quantized element: y[i] = tables[256 * rows[i] + x[i] - (minimum of the input dtype)]. Entries lie within the output
 * dtype. Without `rows` there is one table for all elements.
 */
export interface TableNode extends NodeBase {
  readonly kind: 'table';
  readonly tables: Int32Array;
  /** For each element, its table: how a function that differs between channels is given. */
  readonly rows?: Int32Array;
  /** What it computes, for people: for example `Relu` or `Sigmoid`. */
  readonly label: string;
}

/**
 * Function of two quantized elements at the same place, a and b of one shape: y = table[256 * (a - (minimum of a's dtype)) + b -
 * (minimum of b's dtype)]. `rule` says what real function it quantizes: it guides the search of a circuit, which is checked against the table.
 */
export interface BinaryNode extends NodeBase {
  readonly kind: 'binary';
  readonly table: Int16Array;
  readonly rule: BinaryRule;
  /** What it computes, for people: for example `Add`. */
  readonly label: string;
}

/**
 * Before rounding: a * slopes[0] + b * slopes[1] + constant, or slope * (a - zeroPoints[0]) * (b - zeroPoints[1]) + constant, slope
 * positive. Float32 rounding may move single results, but they never decrease with terms[0] + terms[1] (each by a or b - minimum of
 * its dtype, summed exactly), or with the product.
 */
export type BinaryRule =
  | {
      readonly kind: 'linear';
      readonly slopes: readonly [number, number];
      readonly terms: readonly [Float64Array, Float64Array];
    }
  | { readonly kind: 'product'; readonly zeroPoints: readonly [number, number]; readonly slope: number };

/**
 * Quantized means of groups of elements. With v = floats[x - (minimum of the input dtype)] and s, z of the output,
 *  - `exact`: y = rint(clamp(f32(f32(sum v / count) / s))) + z, the sum of real numbers exact;
 *  - `sequential`: y = clamp(rint(f32(f32(f32(sum v / count) / s) + z))), the sum in float32 in the order of the taps
 *    (ONNX Runtime's QLinearAveragePool).
 * Padding taps add nothing. All v are multiples of one power of two, and all sums below 2^53 of it; with `sequential` they are float32.
 */
export interface AverageNode extends NodeBase {
  readonly kind: 'average';
  readonly floats: Float64Array;
  /** [outputs, taps], row-major: flat input index, or -1 for padding. */
  readonly sources: Int32Array;
  /** What the sum of each output is divided by. */
  readonly counts: Int32Array;
  readonly sum: 'exact' | 'sequential';
  /** What it computes, for people: for example `AveragePool`. */
  readonly label: string;
}

/**
 * Place of the greatest of each group of elements, counted from 0: the first one, or the last where `last`. The output is uint8 with
 * scale 1 and zero point 0.
 */
export interface ArgMaxNode extends NodeBase {
  readonly kind: 'argmax';
  /** [outputs, candidates], row-major: flat input index. At most 256 candidates. */
  readonly sources: Int32Array;
  readonly last: boolean;
}

/**
 * Softmax of each group of elements, as ONNX Runtime's QLinearSoftmax computes it in float32. With e[i] = exponentials[max - x[i]] and
 * sum = e[0] + e[1] + ..., rounded to float32 after each addition, y[i] = clamp(rint(f32(f32(e[i] * factor) / sum)) + y.zeroPoint).
 */
export interface SoftmaxNode extends NodeBase {
  readonly kind: 'softmax';
  /** By distance from the greatest element of the group, 0 to 255: non-increasing, the first one a normal float32. */
  readonly exponentials: Float32Array;
  /** What the quotients are multiplied by: the integer part of 1 / y.scale. */
  readonly factor: number;
  /** [groups, size], row-major: flat index of the group's elements, in the order of the sum. Output i stands where input i stands. */
  readonly sources: Int32Array;
  /** Elements of one group. */
  readonly size: number;
}

/**
 * LogSoftmax of each group of elements, in integers (docs: exactness). With d[i] = max - x[i] and S = the sum of all exponentials[d[i]],
 * which is m 2^(sumBits + e) with 1 <= m < 2, the first 8 bits p of m and the next tailBits ones t give
 * log = floor(sum over j of coefficients[j][p] (t / 2^tailBits)^j) + e * doubling + 2^35, and y[i] = clamp(y.zeroPoint - floor((slope * d[i] + log) / 2^36)).
 */
export interface LogSoftmaxNode extends NodeBase {
  readonly kind: 'logsoftmax';
  /** 2^sumBits exp(-d s_x), by distance d from the greatest element of the group, 0 to 255: integers, non-increasing. */
  readonly exponentials: Float64Array;
  readonly sumBits: number;
  /** By power, then by p: integers, in units of s_y 2^-36. */
  readonly coefficients: readonly Float64Array[];
  readonly tailBits: number;
  /** Logarithm of 2 and s_x in these units. */
  readonly doubling: number;
  readonly slope: number;
  /** As of SoftmaxNode. */
  readonly sources: Int32Array;
  readonly size: number;
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

/**
 * Elements copied from one or more inputs of one dtype: y[i] = (all inputs, flat, one after the other)[sources[i]], or fill where
 * sources[i] is -1. Transpose, Slice, Split, Concat, Pad, Gather, and broadcasting.
 */
export interface MoveNode extends NodeBase {
  readonly kind: 'move';
  readonly sources: Int32Array;
  readonly fill: number;
  /** The operator, for people: for example `Transpose`. */
  readonly label: string;
}

export type IntegerNode =
  | ConvNode
  | MatMulNode
  | RequantizeNode
  | TableNode
  | BinaryNode
  | AverageNode
  | MaxPoolNode
  | ArgMaxNode
  | SoftmaxNode
  | LogSoftmaxNode
  | ReshapeNode
  | MoveNode;
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
