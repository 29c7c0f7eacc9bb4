/** Builds small ONNX models for tests. */
import onnxProto from 'onnx-proto';
import type { DType } from '../../src/ir/types.js';

/** Attribute values: integers are INT, `{ float }` is FLOAT, lists of integers are INTS. */
export type AttributeValue = number | string | readonly number[] | { readonly float: number };

/** Element types of tensors, some of them unknown to zkinfer. */
export type ElementType = DType | 'float64' | 'float16' | 'int16' | 'int4';

const DATA_TYPES: Readonly<Record<ElementType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
  float16: 10,
  int16: 5,
  int4: 22,
};

export interface QuantizationParameters {
  readonly scale: number | readonly number[];
  readonly zeroPoint: number | readonly number[];
  readonly dtype: 'int8' | 'uint8' | 'int32';
  /** Axis of several scales. */
  readonly axis?: number;
}

type ValueInfo = { name: string; type: { tensorType: { elemType: number; shape: { dim: object[] } } } };

/** Collects nodes and constants, then encodes a ModelProto. Every method that adds a value returns its name. */
export class ModelBuilder {
  private readonly nodes: object[] = [];
  private readonly initializers: object[] = [];
  private readonly inputs: ValueInfo[] = [];
  private readonly outputs: ValueInfo[] = [];
  private readonly declared: ValueInfo[] = [];
  private count = 0;

  constructor(private readonly opset = 13) {}

  input(name: string, dtype: ElementType, shape: readonly (number | string)[]): string {
    this.inputs.push(valueInfo(name, dtype, shape));
    return name;
  }

  /** The type of a value between nodes. */
  declare(name: string, dtype: ElementType, shape: readonly (number | string)[]): string {
    this.declared.push(valueInfo(name, dtype, shape));
    return name;
  }

  output(name: string, dtype: DType, shape: readonly (number | string)[]): string {
    this.outputs.push(valueInfo(name, dtype, shape));
    return name;
  }

  constant(dtype: ElementType, shape: readonly number[], data: readonly number[], name = this.fresh('c')): string {
    const field =
      dtype === 'float32'
        ? 'floatData'
        : dtype === 'int64'
          ? 'int64Data'
          : dtype === 'float64'
            ? 'doubleData'
            : 'int32Data';
    this.initializers.push({ name, dataType: DATA_TYPES[dtype], dims: [...shape], [field]: [...data] });
    return name;
  }

  node(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: { output?: string; name?: string; domain?: string } = {},
  ): string {
    const output = options.output ?? this.fresh('v');
    this.manyOutputs(op, inputs, attributes, [output], options);
    return output;
  }

  /** A node of several outputs with names of their own. */
  nodeOf(
    count: number,
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>> = {},
    options: { name?: string; domain?: string } = {},
  ): string[] {
    const outputs = Array.from({ length: count }, () => this.fresh('v'));
    this.manyOutputs(op, inputs, attributes, outputs, options);
    return outputs;
  }

  /** A node of several outputs, '' for those left out. */
  manyOutputs(
    op: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeValue>>,
    outputs: readonly string[],
    options: { name?: string; domain?: string } = {},
  ): void {
    this.nodes.push({
      opType: op,
      name: options.name ?? `${op}_${this.nodes.length}`,
      domain: options.domain ?? '',
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(([name, value]) => encodeAttribute(name, value)),
    });
  }

  quantize(x: string, parameters: QuantizationParameters, output?: string): string {
    return this.quantizationNode('QuantizeLinear', x, parameters, output);
  }

  dequantize(x: string, parameters: QuantizationParameters, output?: string): string {
    return this.quantizationNode('DequantizeLinear', x, parameters, output);
  }

  /** Scale and zero point constants, in this order. */
  parameters({ scale, zeroPoint, dtype }: QuantizationParameters): [string, string] {
    const scales = typeof scale === 'number' ? [scale] : scale;
    const zeroPoints = typeof zeroPoint === 'number' ? scales.map(() => zeroPoint) : zeroPoint;
    const shape = typeof scale === 'number' ? [] : [scales.length];
    return [this.constant('float32', shape, scales), this.constant(dtype, shape, zeroPoints)];
  }

  /** A quantized constant behind a DequantizeLinear, as weights of QDQ models are. */
  weights(shape: readonly number[], data: readonly number[], parameters: QuantizationParameters): string {
    return this.dequantize(this.constant(parameters.dtype, shape, data), parameters);
  }

  encode(): Uint8Array {
    const { ModelProto } = onnxProto.onnx;
    const message = ModelProto.fromObject({
      irVersion: this.opset >= 21 ? 10 : 7,
      opsetImport: [
        { domain: '', version: this.opset },
        { domain: 'com.microsoft', version: 1 },
      ],
      graph: {
        name: 'test',
        node: this.nodes,
        initializer: this.initializers,
        valueInfo: this.declared,
        input: this.inputs,
        output: this.outputs,
      },
    });
    return ModelProto.encode(message).finish();
  }

  private quantizationNode(op: string, x: string, parameters: QuantizationParameters, output?: string): string {
    const attributes: Record<string, AttributeValue> = parameters.axis === undefined ? {} : { axis: parameters.axis };
    return this.node(op, [x, ...this.parameters(parameters)], attributes, output === undefined ? {} : { output });
  }

  private fresh(prefix: string): string {
    return `${prefix}${this.count++}`;
  }
}

function valueInfo(name: string, dtype: ElementType, shape: readonly (number | string)[]): ValueInfo {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }));
  return { name, type: { tensorType: { elemType: DATA_TYPES[dtype], shape: { dim } } } };
}

function encodeAttribute(name: string, value: AttributeValue): object {
  if (typeof value === 'number') return { name, type: 2, i: value };
  if (typeof value === 'string') return { name, type: 3, s: new TextEncoder().encode(value) };
  if ('float' in value) return { name, type: 1, f: value.float };
  return { name, type: 7, ints: [...value] };
}
